// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "processors/list.h"
#include "tests/support/proc_rig.h"

enum { CEILING, RELEASE, GAIN, LOOKAHEAD, REDUCTION, PARAMS };
static const double rate = 48000.0;

static void defaults(double *values) {
  for (uint32_t p = 0; p < PARAMS; p++)
    values[p] = sq_processor_limiter.params[p].def;
}

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/// Stretches of what breaks limiters: bursts at any level, lone peaks, square waves, huge and non-finite numbers.
static void hostile(float *x, uint32_t n, uint32_t *seed) {
  for (uint32_t i = 0; i < n;) {
    uint32_t kind = next_random(seed) % 10, length = 1 + next_random(seed) % 3000;
    float level = (float)pow(10.0, (double)(next_random(seed) % 1600) / 200.0 - 5.0); // -100..+60 dB
    uint32_t period = 1 + next_random(seed) % 300;
    for (uint32_t k = 0; k < length && i < n; k++, i++) {
      float noise = (float)next_random(seed) / 8388608.0f - 1.0f;
      switch (kind) {
      case 0:
        x[i] = k == length / 2 ? level : 0.1f * noise;
        break;
      case 1:
        x[i] = k / period % 2 ? level : -level;
        break;
      case 2:
        x[i] = level * sinf((float)k * 6.2831853f / (float)(period + 2));
        break;
      case 3:
        x[i] = level * (float)k / (float)length;
        break;
      case 4:
        x[i] = k % period ? 0.0f : next_random(seed) % 2 ? NAN : INFINITY;
        break;
      case 5:
        x[i] = k % period ? noise : 1e30f * noise;
        break;
      case 6:
        x[i] = noise * 1e-40f;
        break;
      default:
        x[i] = level * noise;
      }
    }
  }
}

static void test_no_sample_above_the_ceiling(void **state) {
  enum { N = 1 << 16 };
  // the hundred million of a night's run: SQ_NIGHTLY=1
  uint32_t rounds = getenv("SQ_NIGHTLY") ? 770 : 77, seed = 4711, limited = 0;
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  for (uint32_t round = 0; round < rounds; round++) {
    double values[PARAMS];
    defaults(values);
    values[CEILING] = -(double)(next_random(&seed) % 240) / 10.0;
    values[RELEASE] = pow(10.0, next_random(&seed) % 330 / 100.0);
    values[LOOKAHEAD] = 0.1 + next_random(&seed) % 100 / 10.0;
    values[GAIN] = next_random(&seed) % 24;
    hostile(in[0], N, &seed);
    hostile(in[1], N, &seed);
    ProcRig rig = {.seed = 1};
    proc_rig_open(&rig, &sq_processor_limiter, rate, 2, values);
    proc_rig_run(&rig, (const float *const *)in, out, N, round % 2 ? 64 : 0);
    proc_rig_close(&rig);
    double ceiling = pow(10.0, values[CEILING] / 20.0);
    for (uint32_t i = 0; i < 2 * N; i++) {
      if (!(fabs(out[0][i]) <= ceiling))
        fail_msg("round %u: %.9g is above the ceiling of %.9g", round, (double)out[0][i], ceiling);
      limited += fabs(out[0][i]) > 0.5 * ceiling;
    }
  }
  assert_true(limited > rounds * N / 50); // it did not just go silent
  print_message("limiter: %.3g hostile samples, none above the ceiling\n", 2.0 * rounds * N);
  test_channels_free(in), test_channels_free(out);
}

static void test_a_moving_ceiling_holds(void **state) {
  enum { N = 48000 };
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  test_noise(in[0], N, 3.0f, 5);
  double values[PARAMS];
  defaults(values);
  values[CEILING] = 0;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_limiter, rate, 1, values);
  uint32_t latency = sq_processor_limiter.latency(rig.instance);
  proc_rig_set(&rig, 10000, "ceiling", -12, 0);
  proc_rig_set(&rig, 30000, "ceiling", -3, 240);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  for (uint32_t i = 0; i < N; i++) {
    double ceiling = i < 10000 + latency ? 1.0 : i < 30000 + latency ? 0.2511887 : 0.7079458;
    assert_true(fabs(out[0][i]) <= ceiling);
  }
  test_channels_free(in), test_channels_free(out);
}

static void test_below_the_ceiling_the_very_bits(void **state) {
  enum { N = 1 << 18 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_noise(in[0], 2 * N, 0.988f, 12);
  in[0][1] = -0.0f, in[0][2] = 1e-42f;
  const double looks[] = {0.1, 1.0, 5.0, 20.0};
  for (int k = 0; k < 4; k++) {
    double values[PARAMS];
    defaults(values);
    values[LOOKAHEAD] = looks[k];
    ProcRig rig = {0};
    proc_rig_open(&rig, &sq_processor_limiter, rate, 2, values);
    uint32_t latency = sq_processor_limiter.latency(rig.instance);
    assert_int_equal(latency, (uint32_t)(looks[k] * 48.0 + 0.5));
    proc_rig_run(&rig, (const float *const *)in, out, N, k ? 0 : 64);
    for (uint32_t c = 0; c < 2; c++)
      assert_memory_equal(in[c], out[c] + latency, (N - latency) * sizeof(float));
    assert_true(sq_processor_limiter.output_value(rig.instance, REDUCTION) == 0.0f);
    proc_rig_close(&rig);
  }
  test_channels_free(in), test_channels_free(out);
}

/// A lone peak of 12 dB in one channel: the other, a constant, shows the gain.
static void test_gain_falls_in_time_and_without_a_corner(void **state) {
  enum { N = 48000, AT = 12000 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  double values[PARAMS];
  defaults(values);
  values[CEILING] = 0, values[RELEASE] = 50;
  for (uint32_t i = 0; i < N; i++)
    in[1][i] = 0.5f;
  in[0][AT] = 4.0f;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_limiter, rate, 2, values);
  uint32_t d = sq_processor_limiter.latency(rig.instance);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  const float *gain = out[1] + d; // of the input frame, times 0.5
  assert_true(out[0][AT + d] <= 1.0f && out[0][AT + d] > 0.999999f);
  assert_true(gain[AT] <= 0.125f);       // by the gain, not by the clamp behind it
  assert_true(gain[AT - d - 2] == 0.5f); // not before the look-ahead
  for (uint32_t i = 1; i <= AT; i++)
    assert_true(gain[i] <= gain[i - 1]);
  double bend = 0.0;
  for (uint32_t i = 2; i < N - d; i++)
    bend = fmax(bend, fabs(gain[i] - 2.0 * gain[i - 1] + gain[i - 2]));
  assert_true(bend < 1.05 * 0.375 * 4.0 / ((double)d * d)); // that of the triangular window, no more
  uint32_t back = AT;
  while (gain[back] < 0.5f - 0.375f * 0.36788f)
    back++;
  double ms = (back - AT) / 48.0 - d / 48.0 / 2.0; // half of the smoothing comes on top
  print_message("limiter: release of 50 ms measured as %.1f\n", ms);
  assert_true(fabs(ms - 50.0) < 5.0);
  assert_true(gain[N - d - 1] == 0.5f);
  test_channels_free(in), test_channels_free(out);
}

static void test_sweeps_do_not_click_at_work(void **state) {
  enum { N = 96000 };
  const double hz = 997.0;
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  test_sine(in[0], N, hz, rate, 0.8);
  double most = 0.0;
  for (uint32_t p = 0; p < LOOKAHEAD; p++) {
    const SqParamInfo *info = &sq_processor_limiter.params[p];
    double values[PARAMS];
    defaults(values);
    values[GAIN] = 6;
    double ratio = proc_rig_sweep(&sq_processor_limiter, values, p, &(ProcRigSines){in, out, 1, N, hz});
    if (!(ratio < 20.0))
      fail_msg("a sweep of %s clicks: %g", info->symbol, ratio);
    most = fmax(most, ratio);
  }
  print_message("limiter: largest fourth difference while swept: %.1f times the clean one\n", most);
  test_channels_free(in), test_channels_free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_sample_above_the_ceiling),
      cmocka_unit_test(test_a_moving_ceiling_holds),
      cmocka_unit_test(test_below_the_ceiling_the_very_bits),
      cmocka_unit_test(test_gain_falls_in_time_and_without_a_corner),
      cmocka_unit_test(test_sweeps_do_not_click_at_work),
  };
  return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
