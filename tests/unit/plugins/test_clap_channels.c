// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// CLAP effects on strips of any width: copies, sidechain, MIDI there and back, time, sleep; and packaged ones.
#include "unit/plugins/clap_rig.h"

#include <math.h>

#define ECHO "hostile.echo"

static void fill(Clap *c) {
  for (uint32_t ch = 0; ch < 4; ch++)
    for (uint32_t i = 0; i < CLAP_FRAMES; i++) {
      c->in[ch][i] = (float)(i % 7 + 10 * ch);
      c->side[ch][i] = (float)ch * 0.5f;
    }
}

/// A mono effect covers any strip, each channel in a copy of its own, with the sidechain's channel beside it.
static void test_a_copy_for_each_channel(void **state) {
  for (uint32_t n = 1; n <= 4; n++) {
    Clap *c = clap_open(*state, ECHO, n, n);
    fill(c);
    assert_true(c->type->flags & SQ_PROC_SIDECHAIN && c->type->flags & SQ_PROC_EFFECT);
    assert_int_equal(c->info->n_side, 1);
    const ClapSet twice = {0, 0, 0, 2};
    clap_run(c, 64, 64, NULL, 0, NULL, 0);
    clap_run(c, 128, 64, NULL, 0, &twice, 1);
    for (uint32_t ch = 0; ch < n; ch++)
      for (uint32_t i = 0; i < 128; i++)
        assert_true(c->out[ch][i] == 2 * c->in[ch][i] + c->side[ch][i]);
    c->setup.n_side = 0; // nothing is connected
    clap_run(c, 64, 64, NULL, 0, NULL, 0);
    assert_true(c->out[n - 1][5] == 2 * c->in[n - 1][5]);
    clap_free(c);
  }
}

/// A knob of the first copy's window turns the others' in the same block; nobody else's.
static void test_copies_follow_the_first(void **state) {
  Clap *c = clap_open(*state, ECHO, 3, 3);
  c->setup.n_side = 0;
  fill(c);
  c->in[0][0] = 42;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  for (uint32_t ch = 0; ch < 3; ch++)
    assert_true(c->out[ch][1] == 2 * c->in[ch][1]);
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 1);
  assert_true(c->news[0].what == SQ_NEWS_VALUE && c->news[0].index == 0 && c->news[0].value == 2);
  clap_free(c);
}

static void test_midi_there_and_back(void **state) {
  Clap *c = clap_open(*state, ECHO, 2, 2);
  assert_true(c->info->midi_in && c->info->midi_out);
  const SqRtEvent events[] = {{.kind = SQ_EVENT_NOTE_ON, .offset = 3, .key = 60.4f, .value = 1, .channel = 5, .id = 9},
                              {.kind = SQ_EVENT_CC, .offset = 10, .index = 64, .value = 1},
                              {.kind = SQ_EVENT_BEND, .offset = 11, .value = -1},
                              {.kind = SQ_EVENT_PROGRAM, .offset = 12, .index = 33},
                              {.kind = SQ_EVENT_PRESSURE, .offset = 100, .id = 9, .value = 0.5, .channel = 5},
                              {.kind = SQ_EVENT_NOTE_OFF, .offset = 127, .key = 60, .channel = 5}};
  clap_run(c, 128, 64, events, 6, NULL, 0);
  static const uint16_t kinds[] = {SQ_EVENT_NOTE_ON, SQ_EVENT_CC,   SQ_EVENT_BEND,
                                   SQ_EVENT_PROGRAM, SQ_EVENT_MIDI, SQ_EVENT_NOTE_OFF};
  assert_int_equal(c->n_said, 6); // by one of the two copies
  for (uint32_t i = 0; i < 6; i++) {
    assert_int_equal(c->said[i].kind, kinds[i]);
    assert_int_equal(c->said[i].offset, events[i].offset);
  }
  assert_true(c->said[0].key == 60 && c->said[0].channel == 5 && c->said[0].value == 1);
  assert_memory_equal(c->said[4].midi, ((uint8_t[]){0xa5, 60, 64}), 3);
  c->type->reset(c->instance);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_int_equal(c->n_said, 32); // 16 times sound off, 16 times notes off
  SqRtEvent flood[255];
  for (uint32_t i = 0; i < 255; i++)
    flood[i] = (SqRtEvent){.kind = SQ_EVENT_NOTE_ON, .key = (float)(i % 128), .value = 1};
  clap_run(c, 64, 64, flood, 255, NULL, 0);
  const SqRtEvent off = {.kind = SQ_EVENT_ALL_OFF};
  clap_run(c, 64, 64, &off, 1, NULL, 0);
  assert_int_equal(c->n_said, 128 + 16);
  assert_int_equal(c->n_lost, 0);
  clap_free(c);
}

static void test_time_is_told_in_quarter_notes(void **state) {
  Clap *c = clap_open(*state, ECHO, 1, 1);
  c->setup.n_side = 0;
  c->time = (SqRtTime){.rolling = true, .beats = 7.5, .bpm = 90, .beats_per_bar = 6, .beat_unit = 8};
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][0] == 7.5f + 200); // in 6/8 the third bar begins at quarter 6
  c->time.beats = 8.25;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][0] == 8.25f + 200);
  c->time.rolling = false;
  c->time.changed = true;
  c->in[0][0] = 1;
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[0][0] == 1);
  clap_free(c);
}

static uint32_t count(const Clap *c, uint32_t what) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n_news; i++)
    n += c->news[i].what == what;
  return n;
}

/// One that asks to be called, and sleeps, is told of; one that is called is not.
static void test_a_sleeper_that_wants_to_be_called(void **state) {
  Clap *c = clap_open(*state, ECHO, 1, 1);
  for (int i = 0; i < 3; i++) {
    clap_run(c, 64, 64, NULL, 0, NULL, 0);
    c->type->plugin->idle(c->instance);
  }
  assert_int_equal(c->result, SQ_RT_SILENT);
  assert_int_equal(count(c, SQ_NEWS_WAKE), 0);
  c->type->plugin->idle(c->instance);
  assert_int_equal(count(c, SQ_NEWS_WAKE), 1);
  c->type->plugin->idle(c->instance);
  assert_int_equal(count(c, SQ_NEWS_WAKE), 1);
  assert_int_equal(count(c, SQ_NEWS_RESTART), 0); // asked for before it was active
  clap_free(c);
}

// ---- packaged -------------------------------------------------------------------------------------------------------

static void sine(float *x, float amplitude, float step) {
  for (uint32_t i = 0; i < CLAP_FRAMES; i++)
    x[i] = amplitude * sinf((float)i * step);
}

static float peak(const float *x, uint32_t from, uint32_t to) {
  float most = 0;
  for (uint32_t i = from; i < to; i++)
    most = fmaxf(most, fabsf(x[i]));
  return most;
}

/// ZaMaximX2 holds its ceiling, is 480 frames late, says how much it takes away.
static void test_a_limiter(void **state) {
  Clap *c = clap_open(*state, "com.zamaudio.ZaMaximX2", 2, 2);
  assert_int_equal(c->type->latency(c->instance), 480);
  const ClapSet moves = {0, clap_param(c, "release"), 500, 30};
  c->in[0][100] = c->in[1][100] = 0.25f;
  clap_run(c, 1024, 64, NULL, 0, &moves, 1);
  uint32_t at = 0;
  while (at < 1024 && fabsf(c->out[0][at]) < 0.01f)
    at++;
  assert_int_equal(at, 580);
  c->type->plugin->idle(c->instance);
  assert_int_equal(count(c, SQ_NEWS_RESTART), 0); // it asks for one in its first block, when a value moves too
  sine(c->in[0], 0.9f, 0.05f);
  memcpy(c->in[1], c->in[0], sizeof c->in[0]);
  const ClapSet sets[] = {{0, clap_param(c, "threshold"), 0, -20}, {0, clap_param(c, "output_ceiling"), 0, -12}};
  clap_run(c, CLAP_FRAMES, 256, NULL, 0, sets, 2);
  clap_run(c, CLAP_FRAMES, 256, NULL, 0, NULL, 0);
  assert_float_equal(peak(c->out[0], 4000, 8000), 0.2512, 0.02); // -12 dB
  assert_true(c->type->output_value(c->instance, clap_param(c, "gain_reduction")) > 10);
  clap_free(c);
}

/// ZamCompX2 listens to its sidechain when told to.
static void test_a_compressor_with_a_sidechain(void **state) {
  Clap *c = clap_open(*state, "com.zamaudio.ZamCompX2", 2, 2);
  assert_int_equal(c->info->n_side, 1);
  sine(c->in[0], 0.1f, 0.05f);
  memcpy(c->in[1], c->in[0], sizeof c->in[0]);
  const SqRtEvent listen = {.kind = SQ_EVENT_PARAM, .index = clap_param(c, "sidechain"), .value = 1};
  const ClapSet sets[] = {{0, clap_param(c, "threshold"), 0, -30}, {0, clap_param(c, "ratio"), 0, 20}};
  clap_run(c, CLAP_FRAMES, 256, &listen, 1, sets, 2);
  assert_float_equal(peak(c->out[0], 4000, 8000), 0.1, 0.01);
  sine(c->side[0], 1, 0.03f);
  clap_run(c, CLAP_FRAMES, 256, NULL, 0, NULL, 0);
  assert_true(peak(c->out[0], 4000, 8000) < 0.03f);
  clap_free(c);
}

static int open_world(void **state) {
  *state = clap_world("hostile.clap");
  return 0;
}

static int close_world(void **state) {
  sq_format_clap.close(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_copy_for_each_channel),
                                     cmocka_unit_test(test_copies_follow_the_first),
                                     cmocka_unit_test(test_midi_there_and_back),
                                     cmocka_unit_test(test_time_is_told_in_quarter_notes),
                                     cmocka_unit_test(test_a_sleeper_that_wants_to_be_called),
                                     cmocka_unit_test(test_a_limiter),
                                     cmocka_unit_test(test_a_compressor_with_a_sidechain)};
  return cmocka_run_group_tests(tests, open_world, close_world);
}
