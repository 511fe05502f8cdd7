// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "processors/list.h"
#include "tests/support/proc_rig.h"

enum { THRESHOLD, RATIO, KNEE, ATTACK, RELEASE, MAKEUP, MIX, DETECTOR, REDUCTION, PARAMS };
static const double rate = 48000.0;

static void defaults(double *values) {
  for (uint32_t p = 0; p < PARAMS; p++)
    values[p] = sq_processor_compressor.params[p].def;
}

/// The static curve as the textbook writes it, in dB.
static double curve(double level, const double *v) {
  double over = level - v[THRESHOLD], slope = 1.0 / v[RATIO] - 1.0;
  if (2 * over < -v[KNEE])
    return level;
  if (2 * fabs(over) <= v[KNEE] && v[KNEE] > 0)
    return level + slope * (over + v[KNEE] / 2) * (over + v[KNEE] / 2) / (2 * v[KNEE]);
  return level + slope * over;
}

/// Level in dB that comes out of a sine of `level` dB peak, once it has settled.
static double settled(const double *values, double hz, double level) {
  enum { N = 48000, LAST = 9600 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_sine(in[0], N, hz, rate, pow(10.0, level / 20.0)); // the other channel is silent: linked
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_compressor, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 256);
  proc_rig_close(&rig);
  double sum = 0.0;
  for (uint32_t i = N - LAST; i < N; i++)
    sum += (double)out[0][i] * out[0][i];
  test_channels_free(in), test_channels_free(out);
  return 10.0 * log10(2.0 * sum / LAST);
}

static void test_static_curve(void **state) {
  static const double sets[][3] = {{-20, 4, 6}, {-40, 2, 0}, {-30, 100, 24}, {-10, 1.5, 12}};
  double worst = 0.0, values[PARAMS];
  for (int detector = 0; detector < 2; detector++)
    for (size_t k = 0; k < sizeof sets / sizeof sets[0]; k++)
      for (double level = -55; level <= 6; level += 12.2) {
        defaults(values);
        values[THRESHOLD] = sets[k][0], values[RATIO] = sets[k][1], values[KNEE] = sets[k][2];
        values[DETECTOR] = detector;
        values[ATTACK] = 1;
        double read = detector ? 3.0103 : 0.0; // a sine's mean square lies so much below its peak
        double want = curve(level - read, values) + read, got = settled(values, 990.0, level);
        if (!(fabs(got - want) < 0.1))
          fail_msg("detector %d, threshold %g, ratio %g, knee %g: %g dB gives %g, not %g", detector, sets[k][0],
                   sets[k][1], sets[k][2], level, got, want);
        worst = fmax(worst, fabs(got - want));
      }
  defaults(values);
  values[MAKEUP] = 5;
  assert_true(fabs(settled(values, 990.0, -40) - -35.0) < 0.01);
  values[MIX] = 0;
  assert_true(fabs(settled(values, 990.0, -2) - -2.0) < 0.001);
  print_message("compressor: static curve within %.3f dB\n", worst);
}

/// Milliseconds until the gain has gone 1 - 1/e of its way in dB, after a step from one level to another at frame AT.
static double time_constant(double attack, double release, double from_db, double to_db, double dead_ms) {
  enum { N = 480000, AT = 96000 };
  double values[PARAMS];
  defaults(values);
  values[ATTACK] = attack, values[RELEASE] = release, values[KNEE] = 0, values[RATIO] = 10, values[THRESHOLD] = -40;
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  for (uint32_t i = 0; i < N; i++) // a quarter of the rate: |x| stands still, so the level is known in every frame
    in[0][i] = (float)((i / 2 % 2 ? -1.0 : 1.0) * pow(10.0, (i < AT ? from_db : to_db) / 20.0));
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_compressor, rate, 1, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  double start = 20.0 * log10(out[0][AT - 1] / in[0][AT - 1]), end = 20.0 * log10(out[0][N - 1] / in[0][N - 1]);
  double want = start + (end - start) * (1.0 - exp(-1.0));
  uint32_t i = AT;
  while (i < N && (20.0 * log10(out[0][i] / in[0][i]) - want) * (end - start) < 0)
    i++;
  test_channels_free(in), test_channels_free(out);
  return (i - AT) * 1000.0 / rate - dead_ms;
}

static void test_attack_and_release(void **state) {
  const double attacks[] = {0.5, 3, 10, 80}, releases[] = {10, 40, 150, 1000};
  double worst_attack = 0.0, worst_release = 0.0;
  for (int k = 0; k < 4; k++) {
    double a = time_constant(attacks[k], 150, -50, -6, 0) / attacks[k];
    double r = time_constant(1, releases[k], -6, -30, 3.0) / releases[k];
    if (!(fabs(a - 1) < 0.1) || !(fabs(r - 1) < 0.1))
      fail_msg("attack of %g ms is %g times that, release of %g ms %g times", attacks[k], a, releases[k], r);
    worst_attack = fmax(worst_attack, fabs(a - 1)), worst_release = fmax(worst_release, fabs(r - 1));
  }
  print_message("compressor: attack within %.1f %%, release within %.1f %%\n", 100 * worst_attack, 100 * worst_release);
}

static void test_below_the_threshold_the_very_bits(void **state) {
  enum { N = 20000 };
  float **in = test_channels_new(3, N), **out = test_channels_new(3, N);
  test_noise(in[0], 3 * N, 0.06f, 3); // -24.4 dB, the knee of the default begins at -23
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_compressor, rate, 3, NULL);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  assert_memory_equal(in[0], out[0], 3 * N * sizeof(float));
  assert_true(sq_processor_compressor.output_value(rig.instance, REDUCTION) == 0.0f);
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out);
}

static void test_channels_stay_linked(void **state) {
  enum { N = 9600 };
  float **in = test_channels_new(3, N), **out = test_channels_new(3, N);
  test_sine(in[0], N, 100, rate, 0.01);
  test_sine(in[1], N, 333, rate, 0.02);
  test_sine(in[2], N, 997, rate, 1.0); // only this one is loud
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_compressor, rate, 3, NULL);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  for (uint32_t i = 4800; i < N; i++)
    for (uint32_t c = 0; c < 2; c++)
      assert_true(fabs((double)out[c][i] * in[2][i] - (double)out[2][i] * in[c][i]) < 1e-8);
  double reduction = sq_processor_compressor.output_value(rig.instance, REDUCTION);
  assert_true(fabs(reduction - 15.0) < 0.2); // 20 dB above, 4 : 1
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out);
}

static void test_ducks_by_a_sidechain(void **state) {
  enum { N = 48000 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N), **side = test_channels_new(1, N);
  test_sine(in[0], N, 997, rate, 0.5);
  test_sine(in[1], N, 997, rate, 0.5);
  test_sine(side[0], N, 200, rate, 1.0);
  for (uint32_t i = 0; i < N; i++) // speaks in the middle third only
    side[0][i] = i >= N / 3 && i < 2 * N / 3 ? side[0][i] : 0.0f;
  double values[PARAMS];
  defaults(values);
  values[THRESHOLD] = -30, values[RATIO] = 100, values[ATTACK] = 2, values[RELEASE] = 50;
  ProcRig rig = {.side = (const float *const *)side, .n_side = 1};
  proc_rig_open(&rig, &sq_processor_compressor, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  float before = 0, during = 0, after = 0;
  for (uint32_t i = 0; i < 480; i++) {
    before = fmaxf(before, fabsf(out[0][N / 3 - 480 + i]));
    during = fmaxf(during, fabsf(out[1][2 * N / 3 - 480 + i]));
    after = fmaxf(after, fabsf(out[0][N - 480 + i]));
  }
  assert_true(fabsf(before - 0.5f) < 1e-3f); // its own level of -6 dB does not count
  assert_true(fabs(20 * log10(during / 0.5) + 29.7) < 0.2);
  assert_true(fabsf(after - 0.5f) < 0.01f);
  test_channels_free(in), test_channels_free(out), test_channels_free(side);
}

static void test_sweeps_do_not_click_at_work(void **state) {
  enum { N = 96000 };
  const double hz = 997.0;
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  test_sine(in[0], N, hz, rate, 0.5);
  double most = 0.0;
  for (uint32_t p = 0; p < REDUCTION; p++)
    for (int detector = 0; detector < 2; detector++) {
      const SqParamInfo *info = &sq_processor_compressor.params[p];
      double values[PARAMS];
      defaults(values);
      values[THRESHOLD] = -40, values[DETECTOR] = detector;
      values[ATTACK] = p == DETECTOR ? 0.05 : 10; // a quick attack hides no leap of the detector
      double ratio = proc_rig_sweep(&sq_processor_compressor, values, p, &(ProcRigSines){in, out, 1, N, hz});
      if (!(ratio < 20.0))
        fail_msg("a sweep of %s clicks: %g (detector %d)", info->symbol, ratio, detector);
      most = fmax(most, ratio);
    }
  print_message("compressor: largest fourth difference while swept: %.1f times the clean one\n", most);
  test_channels_free(in), test_channels_free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_static_curve),
      cmocka_unit_test(test_attack_and_release),
      cmocka_unit_test(test_below_the_threshold_the_very_bits),
      cmocka_unit_test(test_channels_stay_linked),
      cmocka_unit_test(test_ducks_by_a_sidechain),
      cmocka_unit_test(test_sweeps_do_not_click_at_work),
  };
  return cmocka_run_group_tests_name("compressor", tests, NULL, NULL);
}
