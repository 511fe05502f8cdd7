// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What every built-in processor must keep, whichever it is: loops over the list.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "processors/list.h"
#include "tests/support/proc_rig.h"

static const double rate = 48000.0;

/// for (EACH_TYPE(type)) …: every type in the list.
#define EACH_TYPE(type)                                                                                                \
  const SqProcessorType **all_ = all_types(), *type;                                                                   \
  (type = *all_) != NULL;                                                                                              \
  all_++

static const SqProcessorType **all_types(void) {
  static const SqProcessorType *types[64];
  uint32_t n = 0;
  while ((types[n] = sq_processor_at(n)) != NULL)
    n++;
  return types;
}

static bool is_effect(const SqProcessorType *type) {
  return !(type->flags & SQ_PROC_GENERATOR);
}

static bool may_be_set(const SqParamInfo *p) {
  return !p->output && p->value_class != SQ_CLASS_CONTROL;
}

static void check_symbol(const SqProcessorType *type, const char *symbol) {
  assert_true(symbol[0] >= 'a' && symbol[0] <= 'z');
  for (const char *s = symbol; *s; s++)
    if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_'))
      fail_msg("%s: bad symbol %s", type->id, symbol);
}

static void check_sentence(const char *id, const char *what, const char *help) {
  if (!help || strlen(help) < 8 || help[strlen(help) - 1] != '.' || help[0] < 'A' || help[0] > 'Z')
    fail_msg("%s: the help of %s is not a sentence: %s", id, what, help ? help : "(none)");
}

static uint32_t count_choices(const char *choices) {
  uint32_t n = 1;
  for (const char *c = choices; *c; c++)
    n += *c == '|';
  return n;
}

static void check_param(const SqProcessorType *type, uint32_t p) {
  const SqParamInfo *info = &type->params[p];
  check_symbol(type, info->symbol);
  for (uint32_t q = 0; q < p; q++)
    if (!strcmp(type->params[q].symbol, info->symbol))
      fail_msg("%s: two parameters are called %s", type->id, info->symbol);
  assert_non_null(info->name);
  check_sentence(type->id, info->symbol, info->help);
  if (!(info->min < info->max) || info->def < info->min || info->def > info->max)
    fail_msg("%s: %s has no sane range", type->id, info->symbol);
  if (info->scale == SQ_SCALE_LOG)
    assert_true(info->min > 0.0);
  if (info->choices)
    assert_int_equal(count_choices(info->choices), (int)info->max + 1);
  if (info->choices || info->toggled || info->integer)
    assert_int_not_equal(info->value_class, SQ_CLASS_SIGNAL);
  if (info->output)
    assert_non_null(type->output_value);
}

static void test_descriptions_are_sane(void **state) {
  for (EACH_TYPE(type)) {
    check_symbol(type, type->id);
    assert_ptr_equal(sq_processor_find(type->id), type);
    assert_non_null(type->name);
    check_sentence(type->id, "the type", type->help);
    assert_true(!!(type->flags & SQ_PROC_GENERATOR) != !!(type->flags & SQ_PROC_EFFECT));
    for (uint32_t p = 0; p < type->n_params; p++)
      check_param(type, p);
  }
  assert_null(sq_processor_find("no_such_thing"));
}

static void test_silence_stays_silent(void **state) {
  const uint32_t n = 9600;
  float **out = test_channels_new(2, n);
  for (EACH_TYPE(type)) {
    if (!is_effect(type))
      continue;
    ProcRig rig = {0};
    proc_rig_open(&rig, type, rate, 2, NULL);
    proc_rig_run(&rig, NULL, out, n, 64);
    for (uint32_t i = 0; i < 2 * n; i++)
      if (out[0][i] != 0.0f)
        fail_msg("%s makes %g from silence at frame %u", type->id, (double)out[0][i], i);
    if (!rig.last_silent)
      fail_msg("%s never says that it is silent", type->id);
    proc_rig_close(&rig);
  }
  test_channels_free(out);
}

/// Noise through the type with the given values: finite and not absurdly loud.
static void check_finite(const SqProcessorType *type, const double *values, const char *what) {
  enum { N = 4096 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_noise(in[0], N, 1.0f, 3);
  test_sine(in[1], N, 30.0, rate, 1.0);
  ProcRig rig = {0};
  proc_rig_open(&rig, type, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 256);
  for (uint32_t i = 0; i < 2 * N; i++)
    if (!(fabsf(out[0][i]) < 1e6f))
      fail_msg("%s with %s makes %g", type->id, what, (double)out[0][i]);
  proc_rig_close(&rig);
  test_channels_free(in);
  test_channels_free(out);
}

static void test_extremes_are_finite(void **state) {
  for (EACH_TYPE(type)) {
    double *values = malloc((type->n_params + 1) * sizeof *values);
    char what[128];
    for (uint32_t p = 0; p <= type->n_params; p++) // the last round: all at once
      for (int high = 0; high < 2; high++) {
        for (uint32_t q = 0; q < type->n_params; q++) {
          const SqParamInfo *info = &type->params[q];
          values[q] = p == q || p == type->n_params ? (high ? info->max : info->min) : info->def;
        }
        snprintf(what, sizeof what, "%s at its %s", p < type->n_params ? type->params[p].symbol : "everything",
                 high ? "highest" : "lowest");
        check_finite(type, values, what);
      }
    free(values);
  }
}

/// Plans sets of every parameter at odd frames, the same for each instance.
static void plan_sets(ProcRig *rig, uint32_t n) {
  uint32_t seed = 77;
  for (uint32_t k = 0; k < 60; k++) {
    seed = seed * 1664525u + 1013904223u;
    uint32_t p = (seed >> 8) % (rig->type->n_params ? rig->type->n_params : 1);
    if (!rig->type->n_params || !may_be_set(&rig->type->params[p]))
      continue;
    const SqParamInfo *info = &rig->type->params[p];
    seed = seed * 1664525u + 1013904223u;
    double x = (double)(seed >> 8) / 16777215.0;
    double v = info->scale == SQ_SCALE_LOG ? info->min * pow(info->max / info->min, x)
                                           : info->min + x * (info->max - info->min);
    if (info->choices || info->toggled || info->integer)
      v = floor(v + 0.5);
    proc_rig_set_index(rig, (uint64_t)(k + 1) * n / 64 + (seed >> 8) % 7, p, v, k % 4 ? 240 : 0);
  }
}

/// Signal with pauses, so that what sleeps in silence is tried too.
static float **make_input(uint32_t n_channels, uint32_t n) {
  float **in = test_channels_new(n_channels, n);
  for (uint32_t c = 0; c < n_channels; c++) {
    test_noise(in[c], n, 0.7f, c + 1);
    for (uint32_t i = n / 2; i < n * 7 / 8; i++)
      in[c][i] = 0.0f;
  }
  return in;
}

static void test_bits_do_not_depend_on_blocks(void **state) {
  enum { N = 20011 };
  const uint32_t periods[] = {1, 17, 1024, 0};
  float **in = make_input(2, N), **ref = test_channels_new(2, N), **out = test_channels_new(2, N);
  for (EACH_TYPE(type)) {
    ProcRig rig = {0};
    proc_rig_open(&rig, type, rate, 2, NULL);
    plan_sets(&rig, N);
    proc_rig_run(&rig, (const float *const *)in, ref, N, 64);
    proc_rig_close(&rig);
    for (size_t k = 0; k < sizeof periods / sizeof periods[0]; k++) {
      rig.separate = k % 2;
      proc_rig_open(&rig, type, rate, 2, NULL);
      plan_sets(&rig, N);
      proc_rig_run(&rig, (const float *const *)in, out, N, periods[k]);
      proc_rig_close(&rig);
      for (uint32_t i = 0; i < 2 * N; i++)
        if (memcmp(&ref[0][i], &out[0][i], sizeof(float)))
          fail_msg("%s: blocks of %u give other bits at channel %u frame %u: %.9g, not %.9g", type->id, periods[k],
                   i / N, i % N, (double)out[0][i], (double)ref[0][i]);
    }
  }
  test_channels_free(in), test_channels_free(ref), test_channels_free(out);
}

static void test_reset_leaves_nothing(void **state) {
  enum { N = 16384 };
  float **in = make_input(2, N), **ref = test_channels_new(2, N), **out = test_channels_new(2, N);
  for (EACH_TYPE(type)) {
    ProcRig used = {0}, fresh = {0};
    proc_rig_open(&used, type, rate, 2, NULL);
    plan_sets(&used, N);
    proc_rig_run(&used, (const float *const *)in, out, N, 64);
    type->reset(used.instance);
    used.frame = N;
    proc_rig_run(&used, (const float *const *)in, out, N, 64);
    proc_rig_open(&fresh, type, rate, 2, used.values);
    fresh.frame = N;
    proc_rig_run(&fresh, (const float *const *)in, ref, N, 64);
    for (uint32_t i = 0; i < 2 * N; i++)
      if (memcmp(&ref[0][i], &out[0][i], sizeof(float)))
        fail_msg("%s after reset differs from a new one at channel %u frame %u: %.9g, not %.9g", type->id, i / N, i % N,
                 (double)out[0][i], (double)ref[0][i]);
    proc_rig_close(&used);
    proc_rig_close(&fresh);
  }
  test_channels_free(in), test_channels_free(ref), test_channels_free(out);
}

static void test_latency_is_true(void **state) {
  enum { N = 8192, AT = 100 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  in[0][AT] = in[1][AT] = 0.01f;
  for (EACH_TYPE(type)) {
    if (!is_effect(type))
      continue;
    ProcRig rig = {0};
    proc_rig_open(&rig, type, rate, 2, NULL);
    uint32_t latency = type->latency ? type->latency(rig.instance) : 0;
    proc_rig_run(&rig, (const float *const *)in, out, N, 64);
    uint32_t first = 0;
    while (first < N && out[0][first] == 0.0f)
      first++;
    if (first != AT + latency)
      fail_msg("%s says %u frames of latency, its impulse comes after %d", type->id, latency, (int)first - AT);
    proc_rig_close(&rig);
  }
  test_channels_free(in), test_channels_free(out);
}

static void test_tail_is_true(void **state) {
  enum { SOUND = 4096 };
  for (EACH_TYPE(type)) {
    if (!is_effect(type))
      continue;
    ProcRig rig = {0};
    proc_rig_open(&rig, type, rate, 2, NULL);
    float **in = test_channels_new(2, SOUND), **out = test_channels_new(2, SOUND);
    test_noise(in[0], 2 * SOUND, 1.0f, 9);
    proc_rig_run(&rig, (const float *const *)in, out, SOUND, 64);
    uint32_t tail = (type->latency ? type->latency(rig.instance) : 0) + (type->tail ? type->tail(rig.instance) : 0);
    assert_true(tail < 60 * 48000);
    float **rest = test_channels_new(2, tail + 1);
    proc_rig_run(&rig, NULL, rest, tail + 1, 64);
    proc_rig_run(&rig, NULL, out, 1024, 64);
    for (uint32_t i = 0; i < 1024; i++)
      if (out[0][i] != 0.0f || out[1][i] != 0.0f)
        fail_msg("%s still sounds (%g) %u frames after its tail of %u", type->id, (double)out[0][i], i, tail);
    for (uint32_t s = 0; s < 20 * 48 && !rig.last_silent; s++) // what is inside may take longer to come to rest
      proc_rig_run(&rig, NULL, out, 1024, 1024);
    if (!rig.last_silent)
      fail_msg("%s does not say that it is silent 20 s after its tail", type->id);
    proc_rig_close(&rig);
    test_channels_free(in), test_channels_free(out), test_channels_free(rest);
  }
}

static void test_any_channels_and_rate(void **state) {
  enum { N = 2048 };
  static const struct {
    uint32_t channels;
    double rate;
  } cases[] = {{1, 48000}, {2, 44100}, {3, 48000}, {64, 48000}, {2, 8000}, {2, 192000}, {5, 96000}};
  float **in = make_input(64, N), **out = test_channels_new(64, N);
  for (EACH_TYPE(type))
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
      uint32_t channels = cases[k].channels;
      if (type->max_channels && (channels < type->min_channels || channels > type->max_channels))
        continue;
      ProcRig rig = {0};
      proc_rig_open(&rig, type, cases[k].rate, channels, NULL);
      plan_sets(&rig, N);
      proc_rig_run(&rig, (const float *const *)in, out, N, 0);
      for (uint32_t i = 0; i < channels * N; i++)
        if (!isfinite(out[0][i]))
          fail_msg("%s with %u channels at %g Hz leaves %g at channel %u", type->id, channels, cases[k].rate,
                   (double)out[0][i], i / N);
      proc_rig_close(&rig);
    }
  test_channels_free(in), test_channels_free(out);
}

/// A 997 Hz sine while `param` leaps between its ends, with the smoothing of every set: the fourth difference may grow
/// to 20 times that of the louder of the two steady states, no more.
static void check_sweep(const SqProcessorType *type, uint32_t param, bool down) {
  enum { SETTLE = 24000, HOP = 480, N = 4 * SETTLE };
  const SqParamInfo *info = &type->params[param];
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_sine(in[0], N, 997.0, rate, 0.5);
  test_sine(in[1], N, 997.0, rate, 0.5);
  double *values = malloc(type->n_params * sizeof *values);
  for (uint32_t q = 0; q < type->n_params; q++)
    values[q] = strcmp(type->params[q].symbol, "freq") ? type->params[q].def : 997.0;
  values[param] = down ? info->max : info->min;
  ProcRig rig = {0};
  proc_rig_open(&rig, type, rate, 2, values);
  proc_rig_set_index(&rig, 2 * SETTLE, param, down ? info->min : info->max, 240);
  for (uint32_t k = 1; k < 16; k++) { // and back in steps that do not wait for each other
    double x = (down ? k : 15 - k) / 15.0;
    double v = info->scale == SQ_SCALE_LOG ? info->min * pow(info->max / info->min, x)
                                           : info->min + x * (info->max - info->min);
    if (info->choices || info->toggled || info->integer)
      v = floor(v + 0.5);
    proc_rig_set_index(&rig, 2 * SETTLE + 8 * HOP + k * 200, param, v, 240);
  }
  proc_rig_set_index(&rig, 3 * SETTLE - HOP, param, down ? info->min : info->max, 240);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  double before = test_fourth_difference(out[0] + SETTLE, SETTLE);
  double after = test_fourth_difference(out[0] + N - SETTLE / 2, SETTLE / 2);
  double during = test_fourth_difference(out[0] + 2 * SETTLE - 16, 2 * SETTLE - SETTLE / 2);
  double clean = before > after ? before : after;
  clean = clean > 1e-7 ? clean : 1e-7;
  if (during > 20.0 * clean)
    fail_msg("%s: %s clicks: fourth difference %g is %.1f times the clean %g", type->id, info->symbol, during,
             during / clean, clean);
  proc_rig_close(&rig);
  free(values);
  test_channels_free(in), test_channels_free(out);
}

static void test_no_parameter_clicks(void **state) {
  for (EACH_TYPE(type))
    for (uint32_t p = 0; p < type->n_params; p++)
      if (may_be_set(&type->params[p])) {
        check_sweep(type, p, false);
        check_sweep(type, p, true);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_descriptions_are_sane), cmocka_unit_test(test_silence_stays_silent),
      cmocka_unit_test(test_extremes_are_finite),   cmocka_unit_test(test_bits_do_not_depend_on_blocks),
      cmocka_unit_test(test_reset_leaves_nothing),  cmocka_unit_test(test_latency_is_true),
      cmocka_unit_test(test_tail_is_true),          cmocka_unit_test(test_any_channels_and_rate),
      cmocka_unit_test(test_no_parameter_clicks),
  };
  return cmocka_run_group_tests_name("processors", tests, NULL, NULL);
}
