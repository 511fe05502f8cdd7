// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a CLAP plug-in is told, on which frame, and what is heard of it; the probe counts breaches of CLAP's rules.
#include "unit/plugins/clap_rig.h"

#include <math.h>
#include <pthread.h>

#define PROBE "squeezed.probe"
#define LEVEL_BUS 0 // left of the probe's second output
#define TONES 1     // right of it: semitones of all voices
#define PULSES 2    // its third output

static SqRtEvent note(SqEventKind kind, uint32_t offset, float key, uint32_t id) {
  return (SqRtEvent){.kind = (uint16_t)kind, .offset = offset, .key = key, .value = 0.5, .id = id};
}

static void test_notes_begin_and_end_on_their_frames(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 5, 64, 1), note(SQ_EVENT_NOTE_ON, 100, 32, 2),
                              note(SQ_EVENT_NOTE_OFF, 333, 64, 1), note(SQ_EVENT_NOTE_OFF, 334, 32, 0)};
  clap_run(c, 1000, 77, events, 4, NULL, 0);
  for (uint32_t i = 0; i < 1000; i++) {
    const float pulse = i == 5 ? 0.5f : i == 100 ? 0.25f : i == 333 || i == 334 ? -1.0f : 0.0f;
    assert_true(c->extra[PULSES][i] == pulse);
  }
  assert_true(c->out[0][6] != 0 && c->out[0][300] != 0 && c->out[0][335] == 0);
  assert_memory_equal(c->out[0], c->out[1], 1000 * sizeof(float));
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_expressions_reach_their_note(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  SqRtEvent events[] = {
      note(SQ_EVENT_NOTE_ON, 0, 60.25f, 7), note(SQ_EVENT_NOTE_ON, 0, 70, 8),    note(SQ_EVENT_NOTE_BEND, 10, 0, 7),
      note(SQ_EVENT_BEND, 20, 0, 0),        note(SQ_EVENT_NOTE_BEND, 30, 0, 99), note(SQ_EVENT_PRESSURE, 40, 0, 7),
      note(SQ_EVENT_PRESSURE, 40, 0, 8),    note(SQ_EVENT_TIMBRE, 50, 0, 8),     note(SQ_EVENT_NOTE_OFF, 60, 99, 8)};
  events[2].value = 1.5;
  events[3].value = -0.5;
  events[5].value = events[6].value = 0;
  clap_run(c, 100, 64, events, 9, NULL, 0);
  const float *tones = c->extra[TONES];
  assert_true(tones[0] == 130.25f && tones[9] == 130.25f); // a key between two is tuned
  assert_true(tones[10] == 131.75f);                       // its own bend is added to that
  assert_true(tones[20] == 131.75f - 2);                   // the channel's bends both, by a half of two semitones
  assert_true(tones[30] == tones[20]);                     // a note that is not there
  assert_true(c->out[0][39] != 0 && c->out[0][45] == 0);   // pressed to nothing
  assert_true(tones[60] == tones[20] - 69);                // an id ends its note whatever key it says
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_all_off_ends_every_note(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 0, 60, 1),
                              note(SQ_EVENT_NOTE_ON, 0, 60, 2),
                              note(SQ_EVENT_NOTE_ON, 0, 61, 0),
                              note(SQ_EVENT_ALL_OFF, 50, 0, 0),
                              {.kind = SQ_EVENT_MIDI, .offset = 60, .midi = {0x90, 64, 100}}};
  clap_run(c, 64, 64, events, 5, NULL, 0);
  assert_true(c->extra[PULSES][50] == -3);
  assert_true(c->extra[PULSES][60] == 0.5f); // raw MIDI is understood where CLAP has a word for it
  c->type->reset(c->instance);
  c->deaf = true; // its level is heard whatever sounds
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][0] == 0 && c->result == SQ_RT_SILENT);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

/// Continuous values go by the grid of engine frames, steps and notes by their own frames: the period is not heard.
static void test_any_period_gives_the_same_bits(void **state) {
  static const uint32_t periods[] = {1024, 1, 16, 17, 64, 333};
  static float first[5][3000];
  for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
    Clap *c = clap_open(*state, PROBE, 0, 2);
    c->frame = (1ull << 40) + 5;
    SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 3, 60, 1),
                          {.kind = SQ_EVENT_PARAM, .offset = 1001, .index = clap_param(c, "wave"), .value = 1},
                          note(SQ_EVENT_NOTE_OFF, 2777, 60, 1)};
    const ClapSet sets[] = {{500, clap_param(c, "level"), 700, 1}, {999, clap_param(c, "osc_1_tune"), 333, 7}};
    clap_run(c, 3000, periods[i], events, 3, sets, 2);
    for (int ch = 0; ch < 5; ch++) {
      const float *x = ch < 2 ? c->out[ch] : c->extra[ch - 2];
      if (i == 0)
        memcpy(first[ch], x, sizeof first[ch]);
      else
        assert_memory_equal(x, first[ch], sizeof first[ch]);
    }
    const float *level = c->extra[LEVEL_BUS];
    for (uint32_t k = 1; k < 3000; k++) // it moves where the engine's frame is a multiple of 16
      assert_true(level[k] == level[k - 1] || ((1ull << 40) + 5 + k) % SQ_GRID == 0);
    assert_true(level[499] == 0.5f && fabsf(level[850] - 0.75f) < 0.02f && level[1300] == 1);
    clap_free(c);
  }
  assert_int_equal(clap_breaches(), 0);
}

static void test_choices_switches_and_units(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 0, 60, 1),
                              {.kind = SQ_EVENT_PARAM, .offset = 10, .index = clap_param(c, "wave"), .value = 1},
                              {.kind = SQ_EVENT_PARAM, .offset = 20, .index = clap_param(c, "wave"), .value = 77},
                              {.kind = SQ_EVENT_PARAM, .offset = 30, .index = clap_param(c, "breaches"), .value = 1},
                              {.kind = SQ_EVENT_PARAM, .offset = 30, .index = 4000, .value = 1}};
  clap_run(c, 64, 64, events, 5, NULL, 0);
  assert_true(c->out[0][11] == 0.25f && c->out[0][19] == 0.25f); // the square's first half
  assert_true(c->out[0][21] < 0);                                // beyond the last choice: the last
  assert_true(c->type->plugin->value(c->instance, clap_param(c, "wave")) == 2);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_further_outputs_heard_and_not(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  for (uint32_t i = 0; i < 8; i++)
    c->extra[i][0] = 9;
  c->deaf = true;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->extra[0][0] == 9 && c->extra[2][0] == 9); // nobody hears them: nobody is told
  c->deaf = false;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->extra[LEVEL_BUS][0] == 0.5f && c->extra[PULSES][0] == 0 && c->extra[5][0] == 9);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_sleep_and_tail(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  c->deaf = true; // its level is always heard
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SILENT);
  const SqRtEvent on = note(SQ_EVENT_NOTE_ON, 0, 60, 1), off = note(SQ_EVENT_NOTE_OFF, 63, 60, 1);
  clap_run(c, 64, 64, &on, 1, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SOUND);
  clap_run(c, 64, 64, &off, 1, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SOUND); // it sleeps, but its last block was heard
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SILENT);
  const SqRtEvent tail = {.kind = SQ_EVENT_PARAM, .index = clap_param(c, "mode"), .value = 7};
  assert_int_equal(c->type->tail(c->instance), 1000);
  clap_run(c, 100, 100, &tail, 1, NULL, 0);
  for (uint32_t frames = 100; frames <= 1000; frames += 100) {
    clap_run(c, 100, 100, NULL, 0, NULL, 0);
    assert_int_equal(c->result, frames < 1000 ? SQ_RT_SOUND : SQ_RT_SILENT);
  }
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_what_goes_wrong_is_contained(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const uint32_t mode = clap_param(c, "mode");
  SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 0, 60, 1), {.kind = SQ_EVENT_PARAM, .index = mode, .value = 5}};
  clap_run(c, 64, 64, events, 2, NULL, 0); // process() fails: silence, also from the further outputs
  for (uint32_t i = 0; i < 64; i++)
    assert_true(c->out[0][i] == 0 && c->extra[LEVEL_BUS][i] == 0);
  assert_int_equal(c->result, SQ_RT_SOUND);
  events[1].value = 4; // the engine looks for what is not a number
  assert_true(c->type->flags & SQ_PROC_NEEDS_DSP_GUARD);
  clap_run(c, 64, 64, events + 1, 1, NULL, 0);
  assert_true(isnan(c->out[0][0]));
  events[1].value = 6; // 100,000 values in a block: what finds room is kept, the rest is asked for
  clap_run(c, 64, 64, events + 1, 1, NULL, 0);
  c->type->plugin->idle(c->instance);
  bool asks = false;
  for (uint32_t i = 0; i < c->n_news; i++)
    asks |= c->news[i].what == SQ_NEWS_VALUES;
  assert_true(asks && c->n_news <= 2); // values of one parameter in a row are one piece of news
  SqRtEvent flood[256];
  for (uint32_t i = 0; i < 256; i++)
    flood[i] = note(SQ_EVENT_NOTE_ON, i / 8, (float)(i % 128), i + 1);
  events[1].value = 0;
  clap_run(c, 64, 64, events + 1, 1, NULL, 0);
  for (int round = 0; round < 20; round++) // more notes than can be named
    clap_run(c, 64, 64, flood, 256, NULL, 0);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void *play(void *context) {
  Clap *c = context;
  const SqRtEvent events[] = {note(SQ_EVENT_NOTE_ON, 0, 60, 1), note(SQ_EVENT_NOTE_OFF, 500, 60, 1)};
  for (int round = 0; round < 200; round++) {
    clap_run(c, 1000, 64, events, 2, NULL, 0);
    if (round % 50 == 0)
      c->type->reset(c->instance);
  }
  return NULL;
}

/// One thread plays while another saves, asks and idles, as in a host; the probe knows who may call what.
static void test_two_threads(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, play, c), 0);
  for (int round = 0; round < 50; round++) {
    SqBlob blob;
    char text[64];
    c->type->plugin->idle(c->instance);
    assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
    free(blob.data);
    assert_int_equal(c->type->plugin->value_text(c->instance, clap_param(c, "cutoff"), 1500, text, sizeof text), SQ_OK);
    assert_true(c->type->latency(c->instance) == 0);
    Clap *other = clap_open(*state, PROBE, 0, 2);
    clap_free(other);
  }
  pthread_join(thread, NULL);
  assert_true(c->type->output_value(c->instance, clap_param(c, "breaches")) == 0);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static int open_world(void **state) {
  *state = clap_world("probe.clap");
  return 0;
}

static int close_world(void **state) {
  sq_format_clap.close(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_notes_begin_and_end_on_their_frames),
                                     cmocka_unit_test(test_expressions_reach_their_note),
                                     cmocka_unit_test(test_all_off_ends_every_note),
                                     cmocka_unit_test(test_any_period_gives_the_same_bits),
                                     cmocka_unit_test(test_choices_switches_and_units),
                                     cmocka_unit_test(test_further_outputs_heard_and_not),
                                     cmocka_unit_test(test_sleep_and_tail),
                                     cmocka_unit_test(test_what_goes_wrong_is_contained),
                                     cmocka_unit_test(test_two_threads)};
  return cmocka_run_group_tests(tests, open_world, close_world);
}
