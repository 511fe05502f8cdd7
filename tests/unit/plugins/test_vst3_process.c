// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What goes into a VST3 plug-in and what comes out, to the frame: notes, controllers, values, buses, wrong outputs.
#include "unit/plugins/vst3_rig.h"

#include <math.h>

static bool close_to(float a, double b) {
  return fabs((double)a - b) < 1e-5;
}

static void notes_keep_their_frames(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const SqRtEvent events[] = {{.kind = SQ_EVENT_NOTE_ON, .offset = 100, .key = 60.25f, .value = 0.5, .id = 7},
                              {.kind = SQ_EVENT_NOTE_ON, .offset = 333, .key = 72, .value = 1, .id = 8},
                              {.kind = SQ_EVENT_NOTE_OFF, .offset = 700, .key = 0, .id = 7}, // by its id alone
                              {.kind = SQ_EVENT_NOTE_OFF, .offset = 701, .key = 72}};        // by its key alone
  clap_run(c, 1000, 64, events, 4, NULL, 0);
  assert_true(close_to(c->extra[2][100], 60 / 128.0) && close_to(c->extra[2][333], 72 / 128.0));
  assert_true(c->extra[2][700] == -1 && c->extra[2][701] == -1);
  for (int i = 0; i < 1000; i++)
    assert_true(c->extra[2][i] == 0 || i == 100 || i == 333 || i == 700 || i == 701);
  assert_true(c->extra[0][99] == 0 && close_to(c->extra[0][100], 60.25) && close_to(c->extra[0][333], 132.25) &&
              close_to(c->extra[0][700], 72) && c->extra[0][701] == 0);
  assert_true(c->out[0][110] != 0 && c->out[0][701] == 0);
  clap_free(c);
}

static void cutting_leaves_no_trace(void **state) {
  static float first[1000];
  const SqRtEvent events[] = {{.kind = SQ_EVENT_NOTE_ON, .offset = 100, .key = 60, .value = 0.5},
                              {.kind = SQ_EVENT_BEND, .offset = 400, .value = 0.5},
                              {.kind = SQ_EVENT_NOTE_OFF, .offset = 900, .key = 60}};
  for (uint32_t block = 0; block < 4; block++) {
    Clap *c = clap_open(*state, SYNTH, 0, 2);
    const ClapSet set = {160, clap_param(c, "level"), 480, 1.5};
    clap_run(c, 1000, (uint32_t[]){64, 1, 1000, 37}[block], events, 3, &set, 1);
    if (block == 0)
      memcpy(first, c->out[0], sizeof first);
    assert_memory_equal(c->out[0], first, sizeof first);
    clap_free(c);
  }
}

static void expression_reaches_its_note(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const SqRtEvent events[] = {{.kind = SQ_EVENT_NOTE_ON, .offset = 0, .key = 60, .value = 0.5, .id = 1},
                              {.kind = SQ_EVENT_NOTE_ON, .offset = 0, .key = 64, .value = 0.5, .id = 2},
                              {.kind = SQ_EVENT_NOTE_BEND, .offset = 10, .id = 2, .value = 1.5},
                              {.kind = SQ_EVENT_PRESSURE, .offset = 20, .id = 1, .value = 0.75},
                              {.kind = SQ_EVENT_PRESSURE, .offset = 30, .id = 0, .value = 0.125}, // the channel's
                              {.kind = SQ_EVENT_BEND, .offset = 40, .value = -1},
                              {.kind = SQ_EVENT_BEND, .offset = 50, .value = 0}};
  clap_run(c, 64, 64, events, 7, NULL, 0);
  assert_true(close_to(c->extra[0][9], 124) && close_to(c->extra[0][10], 125.5));
  assert_true(c->extra[1][19] == 0 && close_to(c->extra[1][20], 0.75) && close_to(c->extra[1][30], 0.875));
  assert_true(close_to(c->extra[0][40], 125.5 - 4) && c->extra[0][50] == c->extra[0][39]); // the middle is exact
  clap_free(c);
}

static void all_off_and_reset_end_all(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  SqRtEvent events[18];
  for (uint32_t i = 0; i < 15; i++)
    events[i] = (SqRtEvent){.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 1, .id = i + 1, .channel = (uint16_t)i};
  events[15] = (SqRtEvent){.kind = SQ_EVENT_ALL_OFF, .offset = 10};
  events[16] = (SqRtEvent){.kind = SQ_EVENT_MIDI, .offset = 20, .midi = {0x91, 50, 100}};
  clap_run(c, 64, 64, events, 17, NULL, 0);
  assert_true(close_to(c->extra[0][9], 15 * 60) && c->extra[0][10] == 0 && close_to(c->extra[0][20], 50));
  c->type->reset(c->instance);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->extra[0][0] == 0 && c->extra[2][0] == -1);
  clap_free(c);
}

static void values_come_at_their_frames(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const uint32_t level = clap_param(c, "level");
  assert_int_equal(c->type->params[level].value_class, SQ_CLASS_SIGNAL);
  const ClapSet sets[] = {{40, level, 0, 2}, {200, level, 160, 1}};
  clap_run(c, 640, 640, NULL, 0, sets, 2);
  assert_true(c->out[1][47] == 0.25f && c->out[1][48] == 1); // the grid's first frame after 40
  for (int i = 208; i < 360; i++)                            // straight, in steps of the grid
    assert_true(fabs((double)c->out[1][i] - (1 - (i / 16 * 16 - 200) / 320.0)) < 1e-5);
  assert_true(c->out[1][639] == 0.5f && vst3_value(c, "level") == 1);
  const SqRtEvent cc = {.kind = SQ_EVENT_CC, .index = 7, .offset = 5, .value = 0.125}; // mapped to the same
  clap_run(c, 64, 64, &cc, 1, NULL, 0);
  assert_true(c->out[1][4] == 0.5f && c->out[1][5] == 0.125f);
  const SqRtEvent count = vst3_set(c, "count", 5, 3);
  clap_run(c, 64, 64, &count, 1, NULL, 0);
  assert_true(vst3_value(c, "count") == 3);
  clap_free(c);
}

static void what_it_turns_itself_is_told(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const uint32_t level = clap_param(c, "level");
  SqRtEvent self = vst3_set(c, "mode", 3, 7);
  clap_run(c, 64, 64, &self, 1, NULL, 0);
  assert_int_equal(c->n_news, 0);
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 1);
  assert_true(c->news[0].what == SQ_NEWS_VALUE && c->news[0].index == level && c->news[0].value == 1.5);
  self.value = 0;
  clap_run(c, 64, 64, &self, 1, NULL, 0); // the signal that did not move is not sent against it
  assert_true(c->out[1][63] == 0.75f);
  const ClapSet back = {0, level, 160, 1}; // a glide from what it is no longer: only its end counts
  clap_run(c, 256, 64, NULL, 0, &back, 1);
  assert_true(c->out[1][0] == 0.75f && c->out[1][159] == 0.75f && c->out[1][255] == 0.5f);
  clap_free(c);
}

static void meters_and_notes_come_out(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const uint32_t meter = clap_param(c, "meter");
  const SqRtEvent events[] = {{.kind = SQ_EVENT_NOTE_ON, .offset = 70, .key = 60, .value = 0.5, .id = 9},
                              {.kind = SQ_EVENT_NOTE_OFF, .offset = 500, .key = 60, .id = 9}};
  c->type->plugin->idle(c->instance);
  clap_run(c, 1000, 64, events, 2, NULL, 0);
  assert_int_equal(c->n_said, 2);
  assert_true(c->said[0].kind == SQ_EVENT_NOTE_ON && c->said[0].offset == 70 && c->said[0].key == 72 &&
              c->said[0].id == 9 && fabs(c->said[0].value - 0.5) < 1e-6);
  assert_true(c->said[1].kind == SQ_EVENT_NOTE_OFF && c->said[1].offset == 500 && c->said[1].key == 72);
  assert_true(c->type->output_value(c->instance, meter) == 0); // of the last block
  clap_run(c, 64, 64, events, 0, NULL, 0);
  const SqRtEvent loud = {.kind = SQ_EVENT_NOTE_ON, .key = 69, .value = 1};
  clap_run(c, 128, 128, &loud, 1, NULL, 0);
  assert_true(fabs((double)c->type->output_value(c->instance, meter) - 0.25) < 0.01);
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 0); // a meter is no news
  clap_free(c);
}

static void the_sidechain_may_be_there(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  for (int i = 0; i < 64; i++)
    c->side[0][i] = (float)i;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][63] == 63);
  c->setup.n_side = 0;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][63] == 0);
  c->deaf = true;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  clap_free(c);
}

static void it_takes_the_strips_width_or_runs_twice(void **state) {
  for (uint32_t n = 1; n <= 3; n++)
    for (int mono = 0; mono < 2; mono++) {
      Clap *c = clap_new(*state, mono ? MONO : GAIN, n, n);
      c->params[0] = 1.5;
      clap_create(c);
      for (uint32_t ch = 0; ch < n; ch++)
        for (int i = 0; i < 64; i++)
          c->in[ch][i] = (float)(i + 100 * (int)ch);
      clap_run(c, 64, 64, NULL, 0, NULL, 0);
      for (uint32_t ch = 0; ch < n; ch++)
        for (int i = 0; i < 64; i++)
          assert_true(c->out[ch][i] == 1.5f * c->in[ch][i]);
      clap_free(c);
    }
}

static void wrong_outputs_are_wiped(void **state) {
  for (double mode = 4; mode <= 6; mode++) {
    Clap *c = clap_open(*state, SYNTH, 0, 2);
    const SqRtEvent wrong = vst3_set(c, "mode", 0, mode);
    clap_run(c, 64, 64, &wrong, 1, NULL, 0);
    assert_true(mode == 4 ? isnan(c->out[0][0]) : c->out[0][0] == 0); // the engine's guard finds the first
    assert_true(mode == 5 ? c->out[1][0] == 0 : c->out[1][0] == 0.25f);
    clap_free(c);
  }
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const SqRtEvent allocates = vst3_set(c, "mode", 0, 3);
  clap_run(c, 64, 64, &allocates, 1, NULL, 0); // under the guard it is counted, and carried out
  clap_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(notes_keep_their_frames),
                                     cmocka_unit_test(cutting_leaves_no_trace),
                                     cmocka_unit_test(expression_reaches_its_note),
                                     cmocka_unit_test(all_off_and_reset_end_all),
                                     cmocka_unit_test(values_come_at_their_frames),
                                     cmocka_unit_test(what_it_turns_itself_is_told),
                                     cmocka_unit_test(meters_and_notes_come_out),
                                     cmocka_unit_test(the_sidechain_may_be_there),
                                     cmocka_unit_test(it_takes_the_strips_width_or_runs_twice),
                                     cmocka_unit_test(wrong_outputs_are_wiped)};
  return cmocka_run_group_tests(tests, vst3_open_world, vst3_close_world);
}
