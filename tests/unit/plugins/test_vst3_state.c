// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a VST3 plug-in keeps and tells: states, programs, texts, latency by restart, its window's knobs.
#include "unit/plugins/vst3_rig.h"

#include <math.h>
#include <time.h>

#define ZAM "2046504473616C63504D435A00000000" // ZamComp: programs, a sidechain, no steps with texts
#define MAXIM "2046504473616C6332584D5A00000000"
#define AUTOSAT "2046504473616C635441535A00000000" // ZamAutoSat: no parameters, and it refuses its own state

static void states_go_there_and_back(void **state) {
  static float first[4800];
  const SqRtEvent note = {.kind = SQ_EVENT_NOTE_ON, .offset = 64, .key = 64, .value = 0.8};
  Clap *a = clap_open(*state, SYNTH, 0, 2);
  const SqRtEvent set = vst3_set(a, "count", 0, 5);
  const ClapSet move = {0, clap_param(a, "level"), 0, 1.25};
  clap_run(a, 64, 64, &set, 1, &move, 1);
  SqBlob blob = {0};
  assert_int_equal(a->type->save(a->instance, &blob), SQ_OK);
  assert_string_equal(blob.format, "vst3");
  clap_run(a, 4800, 64, &note, 1, NULL, 0);
  memcpy(first, a->out[0], sizeof first);
  double values[16] = {0};
  assert_int_equal(sq_format_vst3.state_values(*state, a->info, &blob, values), SQ_OK);
  assert_true(values[clap_param(a, "count")] == 5 && values[clap_param(a, "level")] == 1.25);
  clap_free(a);
  for (int way = 0; way < 2; way++) { // into a new one; into one that is there
    Clap *b = clap_new(*state, SYNTH, 0, 2);
    if (way == 0) {
      b->setup.state = &blob;
      memcpy(b->params, values, sizeof values);
    }
    clap_create(b);
    if (way == 1)
      assert_int_equal(CALL(b, restore, &blob), SQ_OK);
    assert_true(vst3_value(b, "count") == 5 && vst3_value(b, "level") == 1.25);
    clap_run(b, 64, 64, NULL, 0, NULL, 0);
    clap_run(b, 4800, 64, &note, 1, NULL, 0);
    assert_memory_equal(b->out[0], first, sizeof first);
    clap_free(b);
  }
  free(blob.data);
}

static void foreign_states_are_refused(void **state) {
  Clap *a = clap_open(*state, SYNTH, 0, 2), *g = clap_open(*state, GAIN, 2, 2);
  SqBlob blob = {0}, other;
  double values[16];
  assert_int_equal(a->type->save(a->instance, &blob), SQ_OK);
  assert_int_equal(CALL(g, restore, &blob), SQ_BAD_ARGS); // of another plug-in
  other = blob;
  snprintf(other.format, sizeof other.format, "lv2");
  assert_int_equal(CALL(a, restore, &other), SQ_BAD_ARGS);
  for (size_t size = 0; size < blob.size; size++) { // cut anywhere
    other = blob;
    other.size = size;
    assert_int_equal(sq_format_vst3.state_values(*state, a->info, &other, values), SQ_BAD_ARGS);
    assert_int_equal(CALL(a, restore, &other), SQ_BAD_ARGS);
  }
  uint8_t *bytes = blob.data;
  for (size_t i = 40; i < blob.size; i++) { // any byte wrong: refused or taken, never a crash
    bytes[i] ^= 0xff;
    CALL(a, restore, &blob);
    bytes[i] ^= 0xff;
  }
  Clap *n = clap_new(*state, SYNTH, 0, 2);
  bytes[9] ^= 1;
  n->setup.state = &blob;
  assert_int_equal(n->type->create(n->type, &n->setup, &n->instance), SQ_BAD_ARGS);
  assert_non_null(strstr(n->error, "Probe Synth"));
  free(blob.data);
  clap_free(n);
  clap_free(g);
  clap_free(a);
}

static void programs_are_presets(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  char name[64];
  assert_int_equal(c->type->plugin->n_presets(c->instance), 3);
  assert_int_equal(CALL(c, preset_name, 1, name, sizeof name), SQ_OK);
  assert_string_equal(name, "Loud");
  assert_int_equal(CALL(c, preset_name, 3, name, sizeof name), SQ_NOT_FOUND);
  assert_int_equal(CALL(c, preset_load, 3), SQ_NOT_FOUND);
  assert_int_equal(CALL(c, preset_load, 1), SQ_OK);
  assert_true(vst3_value(c, "level") == 2);
  c->type->plugin->idle(c->instance);
  assert_int_equal(vst3_told(c, SQ_NEWS_VALUES), 1);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[1][63] == 1); // and the signal that rests does not take it back
  SqBlob blob = {0};
  assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
  double values[16];
  assert_int_equal(sq_format_vst3.state_values(*state, c->info, &blob, values), SQ_OK);
  assert_true(values[clap_param(c, "level")] == 2);
  free(blob.data);
  const SqRtEvent change = {.kind = SQ_EVENT_PROGRAM, .offset = 9, .index = 2};
  clap_run(c, 64, 64, &change, 1, NULL, 0);
  assert_true(c->out[1][8] == 1 && c->out[1][9] == 0.625f);
  c->type->plugin->idle(c->instance);
  assert_true(vst3_value(c, "level") == 1.25);
  clap_free(c);
}

static void texts_go_both_ways(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const uint32_t cut = clap_param(c, "cut_off"), wave = clap_param(c, "wave"), curve = clap_param(c, "curve");
  char text[64];
  double value = 0;
  assert_int_equal(CALL(c, value_text, cut, 2500, text, sizeof text), SQ_OK);
  assert_string_equal(text, "2500.00 Hz");
  assert_int_equal(CALL(c, value_text, wave, 1, text, sizeof text), SQ_OK);
  assert_string_equal(text, "Sq|uare");
  assert_int_equal(CALL(c, text_value, wave, "ramp", &value), SQ_OK);
  assert_true(value == 2);
  assert_int_equal(CALL(c, text_value, cut, "200 Hz", &value), SQ_OK);
  assert_true(fabs(value - 200) < 1e-6);
  assert_int_equal(CALL(c, text_value, curve, "30", &value), SQ_OK);
  assert_true(fabs(value - 30) < 1e-3);
  assert_int_equal(CALL(c, text_value, cut, "loud", &value), SQ_BAD_ARGS);
  assert_int_equal(CALL(c, text_value, 999, "1", &value), SQ_BAD_ARGS);
  clap_free(c);
}

static void a_new_latency_wants_a_restart(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  assert_int_equal(c->type->latency(c->instance), 0);
  assert_int_equal(c->type->tail(c->instance), 4800);
  SqRtEvent set = vst3_set(c, "latency", 0, 480);
  clap_run(c, 64, 64, &set, 1, NULL, 0);
  c->type->plugin->idle(c->instance); // the controller hears of it,
  c->type->plugin->idle(c->instance);
  assert_int_equal(vst3_told(c, SQ_NEWS_RESTART), 1); // and asks, once
  assert_int_equal(c->type->latency(c->instance), 0); // this one stays what it is
  SqBlob blob = {0};
  assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
  Clap *next = clap_new(*state, SYNTH, 0, 2);
  next->setup.state = &blob;
  next->params[clap_param(next, "latency")] = 480;
  clap_create(next);
  assert_int_equal(next->type->latency(next->instance), 480);
  next->type->plugin->idle(next->instance);
  assert_int_equal(next->n_news, 0);
  const SqRtEvent note = {.kind = SQ_EVENT_NOTE_ON, .offset = 20, .key = 64, .value = 1};
  clap_run(next, 1000, 64, &note, 1, NULL, 0);
  assert_true(next->extra[2][20] == 0 && next->extra[2][500] == 0.5f);
  clap_free(next);
  next = clap_new(*state, SYNTH, 0, 2); // a value at the start is as good as a state
  next->params[clap_param(next, "latency")] = 77;
  clap_create(next);
  assert_int_equal(next->type->latency(next->instance), 77);
  assert_true(fabs((double)next->type->output_value(next->instance, clap_param(next, "heard")) - 78 / 4097.0) < 1e-6);
  clap_free(next);
  free(blob.data);
  clap_free(c);
}

static void a_windows_knobs_are_heard(void **state) {
  Clap *c = clap_open(*state, SYNTH, 0, 2);
  const uint32_t level = clap_param(c, "level"), cut = clap_param(c, "cut_off");
  uint32_t width = 0, height = 0;
  assert_int_equal(CALL(c, editor_size, &width, &height), SQ_OK);
  assert_true(width == 400 && height == 200);
  const SqEditorSetup none = {.title = "x"}, window = {.window = 1, .title = "x", .scale = 1};
  assert_int_equal(CALL(c, editor_open, &none), SQ_UNSUPPORTED);
  assert_int_equal(CALL(c, editor_open, &window), SQ_OK);
  assert_int_equal(CALL(c, editor_open, &window), SQ_EXISTS);
  assert_true(c->n_news == 1 && c->news[0].what == SQ_NEWS_EDITOR_SIZE && c->news[0].index == 500 &&
              c->news[0].value == 300);
  nanosleep(&(struct timespec){0, 5000000}, NULL);
  c->type->plugin->idle(c->instance);
  assert_int_equal(vst3_told(c, SQ_NEWS_GESTURE_BEGIN), 2);
  assert_int_equal(vst3_told(c, SQ_NEWS_VALUE), 2);
  assert_int_equal(vst3_told(c, SQ_NEWS_GESTURE_END), 2);
  assert_true(vst3_value(c, "level") == 0.75 && vst3_value(c, "cut_off") == 20000);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->out[1][0] == 0.375f);
  CALL(c, editor_value, level, 0.5);
  CALL(c, editor_value, cut, 20);
  c->type->plugin->editor_close(c->instance);
  c->n_news = 0;
  nanosleep(&(struct timespec){0, 5000000}, NULL);
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 0); // its timer went with it
  assert_int_equal(CALL(c, editor_open, &window), SQ_OK);
  clap_free(c); // with its window open
  Clap *g = clap_open(*state, GAIN, 2, 2);
  assert_int_equal(CALL(g, editor_size, &width, &height), SQ_UNSUPPORTED);
  assert_int_equal(CALL(g, editor_open, &window), SQ_UNSUPPORTED);
  clap_free(g);
}

static void packaged_ones_do_all_that(void **state) {
  static float first[4800];
  for (int which = 0; which < 2; which++) {
    SqBlob blob = {0};
    for (int way = 0; way < 2; way++) {
      Clap *c = clap_new(*state, which ? MAXIM : ZAM, 2, 2);
      for (uint32_t i = 0; way == 0 && i < c->type->n_params; i++)
        if (c->type->params[i].value_class == SQ_CLASS_SIGNAL)
          c->params[i] = 0.7 * c->type->params[i].max + 0.3 * c->type->params[i].min;
      if (way == 1)
        c->setup.state = &blob;
      if (way == 1)
        assert_int_equal(sq_format_vst3.state_values(*state, c->info, &blob, c->params), SQ_OK);
      clap_create(c);
      if (way == 0)
        assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
      for (uint32_t i = 0; i < 4800; i++)
        c->in[0][i] = c->in[1][i] = sinf((float)i * 0.05f);
      clap_run(c, 4800, 256, NULL, 0, NULL, 0);
      c->type->plugin->idle(c->instance);
      if (way == 0)
        memcpy(first, c->out[0], sizeof first);
      assert_memory_equal(c->out[0], first, sizeof first);
      float peak = 0;
      for (uint32_t i = 0; i < 4800; i++)
        peak = fmaxf(peak, fabsf(c->out[1][i]));
      assert_true(peak > 0.05f && peak != 1);
      assert_int_equal(c->type->latency(c->instance), which ? 480 : 0);
      if (!which && way == 1) {
        char name[64];
        assert_int_equal(CALL(c, preset_name, 2, name, sizeof name), SQ_OK);
        assert_string_equal(name, "VocalLeveller");
        double before = CALL(c, value, 0);
        assert_int_equal(CALL(c, preset_load, 2), SQ_OK);
        assert_true(CALL(c, value, 0) != before);
      }
      clap_free(c);
    }
    free(blob.data);
  }
}

static void one_without_values_comes_back(void **state) {
  Clap *a = clap_open(*state, AUTOSAT, 2, 2);
  SqBlob blob = {0};
  assert_int_equal(a->type->save(a->instance, &blob), SQ_OK);
  clap_free(a);
  Clap *b = clap_new(*state, AUTOSAT, 2, 2);
  b->setup.state = &blob;
  clap_create(b);
  clap_run(b, 64, 64, NULL, 0, NULL, 0);
  clap_free(b);
  free(blob.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states_go_there_and_back),      cmocka_unit_test(foreign_states_are_refused),
      cmocka_unit_test(programs_are_presets),          cmocka_unit_test(texts_go_both_ways),
      cmocka_unit_test(a_new_latency_wants_a_restart), cmocka_unit_test(a_windows_knobs_are_heard),
      cmocka_unit_test(packaged_ones_do_all_that),     cmocka_unit_test(one_without_values_comes_back)};
  return cmocka_run_group_tests(tests, vst3_open_world, vst3_close_world);
}
