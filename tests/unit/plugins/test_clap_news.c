// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a CLAP plug-in tells and is asked beside its sound: knobs, texts, timers, descriptors, callbacks, sleep.
#include "unit/plugins/clap_rig.h"

#include <math.h>
#include <time.h>

#define PROBE "squeezed.probe"

static SqRtEvent mode(const Clap *c, double value) {
  return (SqRtEvent){.kind = SQ_EVENT_PARAM, .index = clap_param(c, "mode"), .value = value};
}

static void wait_ms(long ms) {
  nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
}

static void test_a_knob_that_is_turned(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const uint32_t level = clap_param(c, "level");
  const SqRtEvent turn = mode(c, 8);
  clap_run(c, 64, 64, &turn, 1, NULL, 0);
  assert_int_equal(c->n_news, 0); // not from the audio thread
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 3);
  assert_int_equal(c->news[0].what, SQ_NEWS_GESTURE_BEGIN);
  assert_int_equal(c->news[1].what, SQ_NEWS_VALUE);
  assert_int_equal(c->news[2].what, SQ_NEWS_GESTURE_END);
  for (int i = 0; i < 3; i++)
    assert_int_equal(c->news[i].index, level);
  assert_true(c->news[1].value == 0.25 && c->type->plugin->value(c->instance, level) == 0.25);
  clap_run(c, 640, 64, NULL, 0, NULL, 0); // the engine's value, which did not move, is not sent against it
  assert_true(c->extra[0][639] == 0.25f);
  const ClapSet back = {0, level, 0, 0.75};
  clap_run(c, 64, 64, NULL, 0, &back, 1);
  assert_true(c->extra[0][63] == 0.75f);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_texts(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const SqPluginOps *ops = c->type->plugin;
  const uint32_t cutoff = clap_param(c, "cutoff"), wave = clap_param(c, "wave");
  char text[64];
  double value = 0;
  assert_int_equal(ops->value_text(c->instance, cutoff, 2500, text, sizeof text), SQ_OK);
  assert_string_equal(text, "2.500 kHz");
  assert_int_equal(ops->value_text(c->instance, wave, 1, text, sizeof text), SQ_OK);
  assert_string_equal(text, "Sq|uare");
  assert_int_equal(ops->value_text(c->instance, wave, 1, text, 3), SQ_OK);
  assert_string_equal(text, "Sq");
  assert_int_equal(ops->text_value(c->instance, cutoff, "3 kHz", &value), SQ_OK);
  assert_true(value == 3000);
  assert_int_equal(ops->text_value(c->instance, cutoff, "30000", &value), SQ_OK);
  assert_true(value == 20000); // no further than it goes
  assert_int_equal(ops->text_value(c->instance, wave, "ramp", &value), SQ_OK);
  assert_true(value == 2);
  assert_int_equal(ops->text_value(c->instance, cutoff, "loud", &value), SQ_BAD_ARGS);
  assert_int_equal(ops->text_value(c->instance, 4000, "1", &value), SQ_BAD_ARGS);
  assert_int_equal(ops->value_text(c->instance, 4000, 1, text, sizeof text), SQ_BAD_ARGS);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

/// The probe's timer counts 1, its descriptor, written to in a callback, 1,000.
static void test_timers_descriptors_and_callbacks(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const uint32_t ticks = clap_param(c, "ticks");
  c->type->plugin->idle(c->instance);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->type->output_value(c->instance, ticks) == 0);
  wait_ms(12);
  c->type->plugin->idle(c->instance);
  c->type->plugin->idle(c->instance); // not due again
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->type->output_value(c->instance, ticks) == 1);
  const SqRtEvent call = mode(c, 9);
  clap_run(c, 64, 64, &call, 1, NULL, 0);
  c->type->plugin->idle(c->instance);
  c->type->plugin->idle(c->instance);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_true(c->type->output_value(c->instance, ticks) >= 1001);
  assert_int_equal(c->n_news, 0);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static void test_one_without_an_editor(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  uint32_t width, height;
  assert_false(c->info->has_editor);
  assert_int_equal(c->type->plugin->editor_size(c->instance, &width, &height), SQ_UNSUPPORTED);
  assert_int_equal(c->type->plugin->editor_open(c->instance, &(SqEditorSetup){.window = 1, .scale = 1}),
                   SQ_UNSUPPORTED);
  c->type->plugin->editor_close(c->instance);
  clap_free(c);
}

static uint32_t count(const Clap *c, uint32_t what) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n_news; i++)
    n += c->news[i].what == what;
  return n;
}

/// A window of the host's is given in CLAP's order, asked for its size before, and closed on the way out.
static void test_an_editor_in_the_hosts_window(void **state) {
  void *world = clap_world("hostile.clap");
  Clap *c = clap_open(world, "hostile.echo", 1, 1);
  const SqPluginOps *ops = c->type->plugin;
  const SqEditorSetup setup = {.window = 0x1234, .title = "Echo", .scale = 1.5};
  uint32_t width, height;
  (void)state;
  assert_true(c->info->has_editor);
  unsetenv("DISPLAY");
  assert_int_equal(ops->editor_size(c->instance, &width, &height), SQ_UNSUPPORTED);
  assert_int_equal(ops->editor_open(c->instance, &setup), SQ_UNSUPPORTED);
  setenv("DISPLAY", ":77", 1); // this one looks for nothing there
  assert_int_equal(ops->editor_size(c->instance, &width, &height), SQ_OK);
  assert_true(width == 300 && height == 200);
  assert_int_equal(ops->editor_open(c->instance, &setup), SQ_OK);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SOUND); // zeros, but its knobs are to be heard
  ops->idle(c->instance);
  assert_int_equal(count(c, SQ_NEWS_EDITOR_SIZE), 1);
  for (uint32_t i = 0; i < c->n_news; i++)
    if (c->news[i].what == SQ_NEWS_EDITOR_SIZE)
      assert_true(c->news[i].index == 640 && c->news[i].value == 480);
  ops->editor_close(c->instance);
  ops->editor_close(c->instance);
  ops->idle(c->instance);
  assert_int_equal(count(c, SQ_NEWS_EDITOR_CLOSED), 1);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  assert_int_equal(c->result, SQ_RT_SILENT);
  static const char *const order[] = {"create", "size", "scale", "size", "parent", "show", "hide", "destroy"};
  char expected[512] = "";
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
    snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "6 hostile.echo: %s; ", order[i]);
  assert_string_equal(c->logged, expected);
  c->logged[0] = '\0';
  assert_int_equal(ops->editor_open(c->instance, &setup), SQ_OK);
  c->type->free(c->instance); // with its window open
  c->instance = NULL;
  assert_non_null(strstr(c->logged, "hide; 6 hostile.echo: destroy"));
  assert_null(strstr(c->logged, "WRONG"));
  clap_free(c);
  sq_format_clap.close(world);
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_knob_that_is_turned), cmocka_unit_test(test_texts),
                                     cmocka_unit_test(test_timers_descriptors_and_callbacks),
                                     cmocka_unit_test(test_one_without_an_editor),
                                     cmocka_unit_test(test_an_editor_in_the_hosts_window)};
  return cmocka_run_group_tests(tests, open_world, close_world);
}
