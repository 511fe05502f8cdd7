// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "processors/list.h"
#include "tests/support/proc_rig.h"

enum { N = 65536, SKIP = 4800 };

/// Plays the tone for SKIP + N frames; the caller frees.
static float **play(double rate, double hz, double db, double wave) {
  const double values[] = {hz, db, wave};
  float **out = test_channels_new(2, SKIP + N);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_tone, rate, 2, values);
  proc_rig_run(&rig, NULL, out, SKIP + N, 256);
  proc_rig_close(&rig);
  return out;
}

static void test_sine_is_a_sine(void **state) {
  float **out = play(48000, 1000, -6.0206, 0);
  // 1 kHz at 48 kHz repeats exactly each 48 frames: compare with libm from the second the fade-in is over
  for (uint32_t i = 0; i < N; i++) {
    double want = 0.5 * sin(2.0 * M_PI * ((SKIP + i) % 48) / 48.0);
    assert_true(fabs(out[0][SKIP + i] - want) < 2e-7);
    assert_true(out[0][SKIP + i] == out[1][SKIP + i]);
  }
  test_channels_free(out);
}

static void test_fades_in(void **state) {
  float **out = play(48000, 1000, 0, 0);
  assert_true(out[0][0] == 0.0f);
  double most = 0;
  for (uint32_t i = 0; i < 24; i++)
    most = fmax(most, fabs(out[0][i]));
  assert_true(most < 0.02);
  test_channels_free(out);
}

/// Energy that belongs to no harmonic below half the rate, in dB below the fundamental's.
static double alias_db(double wave, double hz) {
  const double rate = 48000.0;
  float **out = play(rate, hz, 0, wave);
  double *re = calloc(N, sizeof *re), *im = calloc(N, sizeof *im);
  for (uint32_t i = 0; i < N; i++) { // Blackman-Harris: side lobes below -92 dB
    double t = 2.0 * M_PI * i / N;
    re[i] = out[0][SKIP + i] * (0.35875 - 0.48829 * cos(t) + 0.14128 * cos(2 * t) - 0.01168 * cos(3 * t));
  }
  test_fft(re, im, N);
  double worst = 0, top = 0;
  for (uint32_t k = 8; k < N / 2; k++) {
    double f = k * rate / N, h = floor(f / hz + 0.5);
    double power = re[k] * re[k] + im[k] * im[k];
    top = fmax(top, power);
    if (f < 8000.0 && fabs(f - h * hz) > 8.0 * rate / N)
      worst = fmax(worst, power);
  }
  free(re), free(im);
  test_channels_free(out);
  return 10.0 * log10(worst / top);
}

static void test_corners_are_band_limited(void **state) {
  // without the correction the saw folds back at -25.8 dB below 8 kHz
  assert_true(alias_db(2, 2137.0) < -50.0);
  assert_true(alias_db(3, 2137.0) < -50.0);
  assert_true(alias_db(1, 2137.0) < -80.0);
  assert_true(alias_db(0, 2137.0) < -91.0);
}

static void test_comes_back_in_phase(void **state) {
  // a tone that was not asked for 7 blocks continues where it would have been
  float **ref = test_channels_new(1, 4096), **out = test_channels_new(1, 4096);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_tone, 48000, 1, NULL);
  proc_rig_run(&rig, NULL, ref, 4096, 64);
  proc_rig_close(&rig);
  proc_rig_open(&rig, &sq_processor_tone, 48000, 1, NULL);
  proc_rig_run(&rig, NULL, out, 1024, 64);
  rig.frame += 7 * 64;
  float *rest = out[0] + 1024 + 7 * 64;
  proc_rig_run(&rig, NULL, &rest, 2048, 64);
  for (uint32_t i = 0; i < 2048; i++)
    assert_true(rest[i] == ref[0][1024 + 7 * 64 + i]);
  proc_rig_close(&rig);
  test_channels_free(ref), test_channels_free(out);
}

static void test_wave_changes_without_a_gap(void **state) {
  enum { AT = 1001 };
  float **sine = play(48000, 330, 0, 0), **square = play(48000, 330, 0, 3), **out = test_channels_new(1, 2000);
  const double values[] = {330, 0, 0};
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_tone, 48000, 1, values);
  proc_rig_set(&rig, AT, "wave", 3, 0);
  proc_rig_run(&rig, NULL, out, 2000, 64);
  for (uint32_t i = 0; i < 2000; i++) {
    double t = i < AT ? 0 : fmin(1.0, (i - AT) / 240.0), x = t * t * t * (10 - 15 * t + 6 * t * t);
    assert_true(fabs(out[0][i] - (sine[0][i] + x * (square[0][i] - sine[0][i]))) < 1e-5);
  }
  proc_rig_close(&rig);
  test_channels_free(sine), test_channels_free(square), test_channels_free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sine_is_a_sine),
      cmocka_unit_test(test_fades_in),
      cmocka_unit_test(test_corners_are_band_limited),
      cmocka_unit_test(test_comes_back_in_phase),
      cmocka_unit_test(test_wave_changes_without_a_gap),
  };
  return cmocka_run_group_tests_name("tone", tests, NULL, NULL);
}
