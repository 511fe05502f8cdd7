// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plug-ins that do not tell how long they sound on sleep after ten seconds of silence, at the same frame at any
/// period, and wake at the frame of what comes.
#include "unit/plugins/rig.h"

#include <math.h>

#include "plugins/lv2/instance.h"

#define MDA "lv2:http://drobilla.net/plugins/mda/"
#define SWH "lv2:http://plugin.org.uk/swh-plugins/"
#define EG "lv2:http://lv2plug.in/plugins/eg-"

enum { N = 1400000, BACK = 700003, TOUCHED = 1390007, SLEEPS = 9 * SQ_DOZE_CELL };

static float out[2][2][N];

typedef struct {
  uint64_t asleep_at, first_back; ///< the first frame of the first block said to be silent; the first sound after BACK
  uint32_t calls, silent;
} Seen;

/// The effects' input: sound, silence until BACK, sound, silence.
static float input(uint32_t frame) {
  return frame < 9601 || (frame >= BACK && frame < BACK + 5000) ? 0.3F * sinf((float)frame * 0.05F) : 0.0F;
}

/// As the engine plays it: from buffers that stay, and not at all while it has said that it is silent and nothing
/// comes.
static Seen play(SqCatalog *catalog, const char *id, uint32_t n_in, uint32_t period, float (*to)[N],
                 const SqRtEvent *events, uint32_t n_events) {
  static Rig rig;
  static float in[2][1024], now[2][1024];
  const float *ins[2] = {in[0], in[1]};
  Seen seen = {0};
  bool idle = false;
  rig_open(&rig, catalog, id, n_in, 2);
  for (uint32_t at = 0, next = 0; at < N; at += period) {
    const uint32_t n = N - at < period ? N - at : period;
    bool silent = true;
    for (uint32_t i = 0; i < n; i++)
      silent &= (in[0][i] = in[1][i] = n_in ? input(at + i) : 0.0F) == 0.0F;
    SqRtEvent event = {0};
    const bool due = next < n_events && events[next].offset < at + n;
    if (due) {
      event = events[next++];
      event.offset -= at;
    }
    memset(now, 0, sizeof now);
    if (!idle || !silent || due) {
      float *outs[2] = {now[0], now[1]};
      SqRtBlock block = {.frame = at, .n_frames = n, .end = at + n, .n_in = n_in, .n_out = 2, .in = ins, .out = outs};
      block.events = due ? &event : NULL;
      block.time = &rig.time;
      idle = rig.type->process(rig.instance, &block) == SQ_RT_SILENT;
      seen.calls++;
      seen.silent += idle;
      seen.asleep_at = idle && !seen.asleep_at ? at : seen.asleep_at;
    }
    for (uint32_t c = 0; c < 2; c++)
      memcpy(to[c] + at, now[c], n * sizeof(float));
    for (uint32_t i = 0; i < n && !seen.first_back; i++)
      seen.first_back = at + i >= BACK && fabsf(now[0][i]) > 1e-6F ? at + i : 0;
  }
  rig_close(&rig);
  return seen;
}

static void effects_sleep_at_the_same_frame(void **state) {
  const char *const ids[] = {MDA "Overdrive", MDA "DeEss", SWH "amp",
                             MDA "RingMod"}; // the last goes on inside while it runs
  const uint32_t periods[] = {64, 1024, 57};
  const SqRtEvent touch = {.kind = SQ_EVENT_PARAM, .offset = TOUCHED, .index = 0, .value = 0.25};
  for (uint32_t k = 0; k < 4; k++)
    for (uint32_t p = 0; p < 3; p++) {
      const Seen seen = play(*state, ids[k], 2, periods[p], out[p > 0], &touch, 1);
      const uint64_t whole = (SLEEPS + periods[p] - 1) / periods[p] * periods[p]; // the first block that is silence
      if (seen.asleep_at != whole)
        fail_msg("%s sleeps at %lu in periods of %u", ids[k], (unsigned long)seen.asleep_at, periods[p]);
      assert_in_range(seen.first_back, BACK, BACK + 3000);
      assert_in_range(seen.calls, 2, N / periods[p] - 100000 / periods[p]); // it was left alone
      assert_int_equal(seen.silent, 2);                                     // it slept twice
      if (p && memcmp(out[0], out[1], sizeof out[0]) != 0)
        fail_msg("%s differs in periods of %u", ids[k], periods[p]);
    }
}

static SqRtEvent note(bool on, uint32_t frame) {
  return (SqRtEvent){
      .kind = on ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF, .offset = frame, .key = 60, .value = 0.8, .id = 7};
}

/// An event is no silence: ten seconds are counted from its cell on.
static void an_event_puts_it_off(void **state) {
  const SqRtEvent touch = {.kind = SQ_EVENT_PARAM, .offset = 5 * SQ_DOZE_CELL - 1, .index = 0, .value = 0.0};
  const Seen seen = play(*state, SWH "amp", 2, 64, out[0], &touch, 1);
  assert_int_equal(seen.asleep_at, 19 * SQ_DOZE_CELL); // behind the sound at BACK
}

static void an_instrument_sleeps_when_nothing_is_held(void **state) {
  const SqRtEvent events[] = {note(true, 1000), note(false, 5000), note(true, BACK + 11)};
  const Seen a = play(*state, MDA "EPiano", 0, 256, out[0], events, 3);
  const Seen b = play(*state, MDA "EPiano", 0, 1000, out[1], events, 3);
  assert_in_range(a.asleep_at, 10 * 48000, BACK);
  assert_true(a.silent >= 1 && a.first_back == b.first_back);
  assert_in_range(a.first_back, BACK + 11, BACK + 40);
  const Seen held = play(*state, MDA "EPiano", 0, 1024, out[0], events, 1); // never let go
  assert_int_equal(held.silent, 0);
}

/// Who makes sound or events from nothing, or hears more than its input, is never left alone.
static void others_never_sleep(void **state) {
  const struct {
    const char *id;
    uint32_t n_in;
    bool dozes;
  } all[] = {{EG "metro", 0, false},        {EG "midigate", 1, true}, {SWH "sc3", 2, false},
             {SWH "analogueOsc", 0, false}, {MDA "EPiano", 0, true},  {MDA "Delay", 2, true}};
  for (uint32_t k = 0; k < sizeof all / sizeof all[0]; k++) {
    Rig rig;
    rig_open(&rig, *state, all[k].id, all[k].n_in, all[k].n_in ? all[k].n_in : 2);
    if (((SqLv2Instance *)rig.instance)->dozes != all[k].dozes)
      fail_msg("%s", all[k].id);
    rig_close(&rig);
  }
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(effects_sleep_at_the_same_frame, catalog),
                                     cmocka_unit_test_prestate(an_event_puts_it_off, catalog),
                                     cmocka_unit_test_prestate(an_instrument_sleeps_when_nothing_is_held, catalog),
                                     cmocka_unit_test_prestate(others_never_sleep, catalog)};
  const int failed = cmocka_run_group_tests_name("lv2 doze", tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
