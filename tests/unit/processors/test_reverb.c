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

enum { DECAY, DAMPING, WIDTH, MIX, SIZE, PREDELAY, PARAMS };
static const double rate = 48000.0;

/// Impulse response of the wet sound to an impulse in both channels; n frames, the caller frees.
static float **response(double decay, double damping, double size, uint32_t n) {
  const double values[PARAMS] = {decay, damping, 1, 1, size, 0};
  float **in = test_channels_new(2, n), **out = test_channels_new(2, n);
  in[0][0] = in[1][0] = 1.0f;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_reverb, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, out, n, 512);
  proc_rig_close(&rig);
  test_channels_free(in);
  return out;
}

/// Lets a band round hz through, twice over, in place.
static void band_pass(double *x, uint32_t n, double hz, double q) {
  double g = tan(M_PI * hz / rate), a1 = 1.0 / (1.0 + g * (g + 1.0 / q));
  for (int pass = 0; pass < 2; pass++) {
    double s1 = 0, s2 = 0;
    for (uint32_t i = 0; i < n; i++) {
      double v1 = a1 * (s1 + g * (x[i] - s2)), v2 = s2 + g * v1;
      s1 = 2 * v1 - s1, s2 = 2 * v2 - s2, x[i] = v1;
    }
  }
}

/// RT60 from the slope between -5 and -35 dB of the backward integral (Schroeder, JASA 37, 1965; ISO 3382-1), in a band
/// round hz; hz 0: of everything.
static double rt60(const float *x, uint32_t n, double hz, double q) {
  double *e = calloc(n + 1, sizeof *e);
  for (uint32_t i = 0; i < n; i++)
    e[i] = x[i];
  if (hz > 0)
    band_pass(e, n, hz, q);
  for (uint32_t i = 0; i < n; i++)
    e[i] *= e[i];
  for (uint32_t i = n; i-- > 0;)
    e[i] += e[i + 1];
  double sx = 0, sy = 0, sxx = 0, sxy = 0, count = 0;
  for (uint32_t i = 0; i < n; i++) {
    double db = 10 * log10(e[i] / e[0] + 1e-30);
    if (db > -5 || db < -35)
      continue;
    sx += i, sy += db, sxx += (double)i * i, sxy += i * db, count++;
  }
  free(e);
  return -60.0 / ((count * sxy - sx * sy) / (count * sxx - sx * sx)) / rate;
}

static void test_decay_is_the_rt60(void **state) {
  static const double decays[] = {0.3, 0.7, 2, 5, 8}, sizes[] = {0, 0.5, 1};
  double worst = 0.0;
  for (int d = 0; d < 5; d++)
    for (int s = 0; s < (decays[d] < 0.5 ? 2 : 3); s++) { // 0.3 s are over before the largest room has answered thrice
      uint32_t n = (uint32_t)(decays[d] * 1.1 * rate) + 24000;
      float **out = response(decays[d], 20000, sizes[s], n), **damped = response(decays[d], 5000, sizes[s], n);
      double all = rt60(out[0], n, 0, 1) / decays[d], middle = rt60(damped[1], n, 500, 1) / decays[d];
      if (!(fabs(all - 1) < 0.1) || !(fabs(middle - 1) < 0.1))
        fail_msg("decay %g s at size %g: %.3f of it, damped %.3f of it at 500 Hz", decays[d], sizes[s], all, middle);
      worst = fmax(worst, fmax(fabs(all - 1), fabs(middle - 1)));
      test_channels_free(out), test_channels_free(damped);
    }
  // at the frequency of damping it falls twice as fast
  float **out = response(4, 4000, 0.5, 240000);
  double half = rt60(out[0], 240000, 4000, 8);
  print_message("reverb: RT60 within %.1f %%; %.2f of it at the damping frequency\n", 100 * worst, half / 4);
  assert_true(fabs(half / 2.0 - 1) < 0.1);
  test_channels_free(out);
}

static double correlation(const float *a, const float *b, uint32_t n) {
  double ab = 0, aa = 0, bb = 0;
  for (uint32_t i = 0; i < n; i++)
    ab += (double)a[i] * b[i], aa += (double)a[i] * a[i], bb += (double)b[i] * b[i];
  return ab / sqrt(aa * bb);
}

static void test_left_and_right_are_apart(void **state) {
  enum { N = 96000 };
  double worst = 0.0;
  for (int s = 0; s < 5; s++) {
    float **out = response(2, 8000, s / 4.0, N);
    for (uint32_t at = 0; at < N; at += N / 4)
      worst = fmax(worst, fabs(correlation(out[0] + at, out[1] + at, N / 4)));
    test_channels_free(out);
  }
  print_message("reverb: correlation of left and right at most %.3f\n", worst);
  assert_true(worst < 0.2);
}

/// How far the strongest line of the late tail stands above its neighbourhood of 200 Hz, in dB. Noise that decays has a
/// strongest line, too: 10.4 dB above by this measure.
static double ringing(const float *x) {
  enum { N = 1 << 16, BINS = 274 };
  double *re = calloc(N, sizeof *re), *im = calloc(N, sizeof *im), worst = 0.0;
  for (uint32_t i = 0; i < N; i++)
    re[i] = x[i] * (0.5 - 0.5 * cos(2.0 * M_PI * i / N));
  test_fft(re, im, N);
  for (uint32_t k = 0; k < N / 2; k++)
    re[k] = re[k] * re[k] + im[k] * im[k];
  double sum = 0.0;
  const uint32_t from = (uint32_t)(100 * N / rate), to = (uint32_t)(8000 * N / rate);
  for (uint32_t k = from; k < from + BINS; k++)
    sum += re[k];
  for (uint32_t k = from + BINS / 2; k < to; k++) {
    worst = fmax(worst, re[k] / (sum / BINS));
    sum += re[k + BINS / 2] - re[k - BINS / 2];
  }
  free(re), free(im);
  return 10.0 * log10(worst);
}

/// Share of samples beyond one standard deviation in windows of 20 ms, 1 where it is that of noise: the echo density of
/// Abel and Huang, "A simple, robust measure of reverberation echo density" (AES 121, 2006).
static double echo_density(const float *x) {
  enum { WINDOW = 960 };
  double squares = 0.0, beyond = 0.0;
  for (uint32_t i = 0; i < WINDOW; i++)
    squares += (double)x[i] * x[i];
  double deviation = sqrt(squares / WINDOW);
  for (uint32_t i = 0; i < WINDOW; i++)
    beyond += fabs(x[i]) > deviation;
  return beyond / WINDOW / 0.3173;
}

static void test_tail_is_dense_and_does_not_ring(void **state) {
  double loudest = 0.0, density = 10.0;
  for (int s = 0; s < 5; s++) {
    float **out = response(3, 8000, s / 4.0, 48000 + 65536);
    loudest = fmax(loudest, fmax(ringing(out[0] + 48000), ringing(out[1] + 48000)));
    for (uint32_t at = 14400; at < 48000; at += 4800)
      density = fmin(density, echo_density(out[0] + at));
    test_channels_free(out);
  }
  print_message(
      "reverb: strongest line of the late tail %.1f dB above its neighbours; echo density from 0.3 s on %.2f\n",
      loudest, density);
  assert_true(loudest < 15.0);
  assert_true(density > 0.8);
}

static void test_predelay_and_mix(void **state) {
  enum { N = 9600 };
  const double values[PARAMS] = {2, 20000, 1, 0.4, 0.5, 50};
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  in[0][0] = 1.0f;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_reverb, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  assert_true(fabsf(out[0][0] - 0.6f) < 1e-6f && out[1][0] == 0.0f);
  uint32_t first = 1;
  while (first < N && out[0][first] == 0.0f)
    first++;
  assert_in_range(first, 2400 + 1461, 2400 + 1461 + 48); // 50 ms, then the shortest line of 30.4 ms
  test_channels_free(in), test_channels_free(out);
}

static void test_as_loud_as_what_goes_in(void **state) {
  enum { N = 480000 };
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_noise(in[0], 2 * N, 0.5f, 2);
  for (double decay = 0.5; decay <= 8.0; decay *= 4.0) {
    const double values[PARAMS] = {decay, 20000, 1, 1, 0.5, 0};
    ProcRig rig = {0};
    proc_rig_open(&rig, &sq_processor_reverb, rate, 2, values);
    proc_rig_run(&rig, (const float *const *)in, out, N, 512);
    proc_rig_close(&rig);
    double dry = 0, wet = 0;
    for (uint32_t i = N - 96000; i < N; i++)
      dry += (double)in[0][i] * in[0][i], wet += (double)out[0][i] * out[0][i];
    double db = 10 * log10(wet / dry);
    if (!(db > -6.0 && db < 2.0))
      fail_msg("a decay of %g s makes noise %g dB louder", decay, db);
  }
  test_channels_free(in), test_channels_free(out);
}

static void test_more_channels_and_one(void **state) {
  enum { N = 9600 };
  const double values[PARAMS] = {1, 8000, 1, 1, 0.5, 0};
  float **in = test_channels_new(5, N), **out = test_channels_new(5, N), **two = test_channels_new(2, N);
  test_noise(in[0], N, 0.5f, 2);
  memcpy(in[1], in[0], N * sizeof(float));
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_reverb, rate, 2, values);
  proc_rig_run(&rig, (const float *const *)in, two, N, 64);
  proc_rig_close(&rig);
  proc_rig_open(&rig, &sq_processor_reverb, rate, 1, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  for (uint32_t i = 0; i < N; i++) // one channel hears both ears
    assert_true(fabsf(out[0][i] - 0.70710678f * (two[0][i] + two[1][i])) < 1e-6f);
  for (uint32_t c = 2; c < 5; c++)
    memset(in[c], 0, N * sizeof(float));
  proc_rig_open(&rig, &sq_processor_reverb, rate, 5, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  assert_memory_equal(out[0], out[2], N * sizeof(float)); // even ones hear left, odd ones right
  assert_memory_equal(out[0], out[4], N * sizeof(float));
  assert_memory_equal(out[1], out[3], N * sizeof(float));
  assert_true(fabs(correlation(out[0] + 4800, out[1] + 4800, 4800)) < 0.3);
  test_channels_free(in), test_channels_free(out), test_channels_free(two);
}

static void test_sweeps_do_not_click(void **state) {
  enum { N = 144000 };
  const double hz = 997.0;
  float **in = test_channels_new(2, N), **out = test_channels_new(2, N);
  test_sine(in[0], N, hz, rate, 0.5);
  test_sine(in[1], N, hz, rate, 0.5);
  double most = 0.0;
  for (uint32_t p = 0; p < PARAMS; p++) {
    const SqParamInfo *info = &sq_processor_reverb.params[p];
    double values[PARAMS] = {2, 6000, 1, 1, 0.5, 10};
    double ratio = proc_rig_sweep(&sq_processor_reverb, values, p, &(ProcRigSines){in, out, 2, N, hz});
    if (!(ratio < 20.0))
      fail_msg("a sweep of %s clicks: %g", info->symbol, ratio);
    most = fmax(most, ratio);
  }
  print_message("reverb: largest fourth difference while swept: %.1f times the clean one\n", most);
  test_channels_free(in), test_channels_free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decay_is_the_rt60),
      cmocka_unit_test(test_left_and_right_are_apart),
      cmocka_unit_test(test_tail_is_dense_and_does_not_ring),
      cmocka_unit_test(test_predelay_and_mix),
      cmocka_unit_test(test_as_loud_as_what_goes_in),
      cmocka_unit_test(test_more_channels_and_one),
      cmocka_unit_test(test_sweeps_do_not_click),
  };
  return cmocka_run_group_tests_name("reverb", tests, NULL, NULL);
}
