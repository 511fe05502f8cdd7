// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Blocks of LV2 effects that are nothing but run(): from buffers that stay where they are, as the engine's do, comes
/// the same as from buffers that never do, whatever happens in between.
#include "unit/plugins/rig.h"

#include <math.h>

#include "base/thread.h"
#include "plugins/lv2/instance.h"

#define SWH "lv2:http://plugin.org.uk/swh-plugins/"
#define EG "lv2:http://lv2plug.in/plugins/eg-"

enum { BLOCKS = 1500, LONGEST = 40, PLACES = 4 };

typedef struct {
  Rig rig;
  float in[PLACES][2][LONGEST], out[PLACES][2][LONGEST];
  uint32_t in_at[2], out_at[2]; ///< which of the places a channel lies at
  uint32_t quick;               ///< blocks that found their ports connected
} Side;

static uint32_t seed;

static uint32_t roll(uint32_t n) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % n;
}

static void run_side(Side *side, uint32_t n, const float x[2][LONGEST], const SqRtEvent *events) {
  const float *ins[2];
  float *outs[2];
  SqRtEvent room[16];
  SqRtEventsOut events_out = {.events = room, .cap = 16};
  for (uint32_t c = 0; c < 2; c++) {
    ins[c] = memcpy(side->in[side->in_at[c]][c], x[c], n * sizeof(float));
    outs[c] = memset(side->out[side->out_at[c]][c], 0x55, LONGEST * sizeof(float));
  }
  const SqLv2Instance *self = side->rig.instance;
  side->quick += self->n_quick && !events && self->seen[0] == ins[0] && self->seen[1] == outs[0];
  SqRtBlock block = {.frame = side->rig.frame,
                     .n_frames = n,
                     .n_in = side->rig.n_in,
                     .n_out = side->rig.n_out,
                     .in = ins,
                     .out = outs,
                     .events = events,
                     .events_out = &events_out,
                     .time = &side->rig.time};
  side->rig.type->process(side->rig.instance, &block);
  side->rig.frame += n;
}

/// One thing that may happen to both in a block; returns the events.
static const SqRtEvent *something_happens(Side *still, Side *moving, uint32_t n, SqRtEvent *event) {
  const SqProcessorType *type = still->rig.type;
  *event = (SqRtEvent){.kind = SQ_EVENT_PARAM, .offset = roll(n), .index = roll(type->n_params + 1)};
  switch (roll(12)) {
  case 0:
    if (event->index < type->n_params) { // else of none
      const SqParamInfo *param = &type->params[event->index];
      event->value = param->min + (param->max - param->min) * roll(100) / 99.0;
    }
    return event;
  case 1:
    *event =
        (SqRtEvent){.kind = roll(2) ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF, .offset = roll(n), .key = 60, .value = 1};
    return event;
  case 2:
    still->in_at[roll(2)] = roll(2);
    break;
  case 3:
    still->out_at[roll(2)] = roll(2);
    break;
  case 4:
    if (roll(8) == 0) {
      type->reset(still->rig.instance);
      type->reset(moving->rig.instance);
    }
    break;
  default:
    break;
  }
  return NULL;
}

static void same(SqCatalog *catalog, const char *id, uint32_t n_channels, uint32_t n_quick) {
  static Side still, moving;
  memset(&still, 0, sizeof still);
  memset(&moving, 0, sizeof moving);
  rig_open(&still.rig, catalog, id, n_channels, n_channels);
  rig_open(&moving.rig, catalog, id, n_channels, n_channels);
  assert_int_equal(((SqLv2Instance *)still.rig.instance)->n_quick, n_quick);
  seed = 5;
  for (uint32_t b = 0; b < BLOCKS; b++) {
    const uint32_t n = 1 + roll(LONGEST);
    float x[2][LONGEST];
    SqRtEvent event;
    const SqRtEvent *events = something_happens(&still, &moving, n, &event);
    for (uint32_t c = 0; c < 2; c++) {
      moving.in_at[c] = moving.out_at[c] = 2 + b % 2;
      for (uint32_t i = 0; i < n; i++)
        x[c][i] = (float)roll(2000) * 1e-3F - 1.0F;
    }
    run_side(&still, n, (const float(*)[LONGEST])x, events);
    run_side(&moving, n, (const float(*)[LONGEST])x, events);
    for (uint32_t c = 0; c < n_channels; c++)
      if (memcmp(still.out[still.out_at[c]][c], moving.out[moving.out_at[c]][c], n * sizeof(float)) != 0)
        fail_msg("%s: channel %u of block %u differs", id, c, b);
  }
  assert_true(moving.quick == 0 && (n_quick ? still.quick > BLOCKS / 2 : still.quick == 0));
  rig_close(&still.rig);
  rig_close(&moving.rig);
}

static void still_buffers_make_the_same_sound(void **state) {
  same(*state, SWH "amp", 1, 1);
  same(*state, SWH "amp", 2, 2); // two copies
  same(*state, SWH "singlePara", 2, 2);
  same(*state, SWH "sc4", 2, 2);
  same(*state, EG "amp", 1, 1);
  same(*state, EG "midigate", 1, 0); // notes
  same(*state, SWH "sc3", 2, 0);     // a sidechain
  same(*state, SWH "sc4", 1, 1);     // one of its two channels is the strip's
}

/// A plug-in that puts the float mode back is found out after its run(), however short the way to it was.
static void the_float_mode_is_put_right(void **state) {
  for (uint32_t n_channels = 1; n_channels <= 2; n_channels++) {
    static Side side;
    memset(&side, 0, sizeof side);
    rig_open(&side.rig, *state, SWH "amp", n_channels, n_channels);
    const uint64_t before = sq_thread_flush_denormals();
    const uint64_t keeps_small = before & ~(uint64_t)0x8040 & ~(1ull << 24); // on x86 and on ARM
    static const float x[2][LONGEST];
    for (uint32_t b = 0; b < 3; b++) {
      sq_thread_restore_floats(keeps_small);
      run_side(&side, 16, x, NULL);
      volatile float small = 1e-30F;
      assert_true(small * 1e-10F == 0.0F);
    }
    assert_int_equal(side.quick, 2);
    sq_thread_restore_floats(before);
    rig_close(&side.rig);
  }
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(still_buffers_make_the_same_sound, catalog),
                                     cmocka_unit_test_prestate(the_float_mode_is_put_right, catalog)};
  const int failed = cmocka_run_group_tests_name("lv2 quick", tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
