// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "processors/list.h"
#include "tests/support/proc_rig.h"

enum { BANDS = 8, PARAMS = 40, ON = 0, TYPE, FREQ, GAIN, Q };
enum { BELL, LOW_SHELF, HIGH_SHELF, HIGH_PASS, LOW_PASS, BAND_PASS, NOTCH };

typedef struct {
  int type;
  double hz, db, q;
} Curve;

/// The analytic curve, from Bristow-Johnson's "Audio EQ cookbook" as printed, not from our code.
static double cookbook_db(const Curve *c, double hz, double rate) {
  double A = pow(10.0, c->db / 40.0), w = 2.0 * M_PI * c->hz / rate, cw = cos(w), alpha = sin(w) / (2.0 * c->q);
  double r = 2.0 * sqrt(A) * alpha, b0, b1, b2, a0, a1, a2;
  a0 = 1 + alpha, a1 = -2 * cw, a2 = 1 - alpha;
  switch (c->type) {
  case BELL:
    b0 = 1 + alpha * A, b1 = -2 * cw, b2 = 1 - alpha * A;
    a0 = 1 + alpha / A, a2 = 1 - alpha / A;
    break;
  case LOW_SHELF:
    b0 = A * ((A + 1) - (A - 1) * cw + r), b1 = 2 * A * ((A - 1) - (A + 1) * cw);
    b2 = A * ((A + 1) - (A - 1) * cw - r);
    a0 = (A + 1) + (A - 1) * cw + r, a1 = -2 * ((A - 1) + (A + 1) * cw), a2 = (A + 1) + (A - 1) * cw - r;
    break;
  case HIGH_SHELF:
    b0 = A * ((A + 1) + (A - 1) * cw + r), b1 = -2 * A * ((A - 1) + (A + 1) * cw);
    b2 = A * ((A + 1) + (A - 1) * cw - r);
    a0 = (A + 1) - (A - 1) * cw + r, a1 = 2 * ((A - 1) - (A + 1) * cw), a2 = (A + 1) - (A - 1) * cw - r;
    break;
  case HIGH_PASS:
    b0 = (1 + cw) / 2, b1 = -(1 + cw), b2 = b0;
    break;
  case LOW_PASS:
    b0 = (1 - cw) / 2, b1 = 1 - cw, b2 = b0;
    break;
  case BAND_PASS:
    b0 = alpha, b1 = 0, b2 = -alpha;
    break;
  default:
    b0 = 1, b1 = -2 * cw, b2 = 1;
  }
  double complex z = cexp(-I * 2.0 * M_PI * hz / rate);
  double complex h = (b0 + b1 * z + b2 * z * z) / (a0 + a1 * z + a2 * z * z);
  return 20.0 * log10(cabs(h) + 1e-30);
}

/// All bands off, then those of `curves`.
static void set_curves(double *values, const Curve *curves, uint32_t n) {
  for (uint32_t p = 0; p < PARAMS; p++)
    values[p] = p % 5 == ON ? 0.0 : sq_processor_eq.params[p].def;
  for (uint32_t b = 0; b < n; b++) {
    values[b * 5 + ON] = 1;
    values[b * 5 + TYPE] = curves[b].type;
    values[b * 5 + FREQ] = curves[b].hz;
    values[b * 5 + GAIN] = curves[b].db;
    values[b * 5 + Q] = curves[b].q;
  }
}

/// Largest distance in dB from the analytic curve, 20 Hz to 20 kHz, where the curve is above -80 dB.
static double distance_db(const Curve *curves, uint32_t n_curves, double rate) {
  enum { N = 1 << 16 };
  static double re[N], im[N];
  double values[PARAMS], worst = 0.0;
  set_curves(values, curves, n_curves);
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  in[0][0] = 1.0f;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_eq, rate, 1, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 512);
  proc_rig_close(&rig);
  for (uint32_t i = 0; i < N; i++)
    re[i] = out[0][i], im[i] = 0.0;
  test_fft(re, im, N);
  uint32_t last = 0;
  for (double f = 20.0; f <= 20000.0; f *= 1.005) {
    uint32_t k = (uint32_t)(f * N / rate + 0.5);
    double hz = k * rate / N, want = 0.0;
    if (k == last || hz > 20000.0)
      continue;
    last = k;
    for (uint32_t b = 0; b < n_curves; b++)
      want += cookbook_db(&curves[b], hz, rate);
    if (want > -80.0)
      worst = fmax(worst, fabs(10.0 * log10(re[k] * re[k] + im[k] * im[k]) - want));
  }
  test_channels_free(in), test_channels_free(out);
  return worst;
}

static void test_curves_are_the_analytic_ones(void **state) {
  static const double hz[] = {31.5, 1000, 16000}, db[] = {-24, 12}, q[] = {0.3, 0.70710678, 8};
  double worst = 0.0;
  for (int type = BELL; type <= NOTCH; type++)
    for (int f = 0; f < 3; f++)
      for (int g = 0; g < (type <= HIGH_SHELF ? 2 : 1); g++)
        for (int k = 0; k < 3; k += type <= HIGH_SHELF ? 1 : 2) {
          Curve c = {type, hz[f], db[g], type == LOW_SHELF || type == HIGH_SHELF ? fmin(q[k], 1.0) : q[k]};
          double d = distance_db(&c, 1, 48000.0);
          if (!(d < 0.1))
            fail_msg("type %d, %g Hz, %g dB, Q %g: %g dB off the analytic curve", type, c.hz, c.db, c.q, d);
          worst = fmax(worst, d);
        }
  const Curve all[BANDS] = {{HIGH_PASS, 40, 0, 0.7},    {LOW_SHELF, 120, 5, 0.7}, {BELL, 300, -4, 2},
                            {BELL, 900, 3, 1},          {BELL, 2500, 6, 4},       {BELL, 7000, -6, 1},
                            {HIGH_SHELF, 9000, 4, 0.7}, {LOW_PASS, 17000, 0, 1}};
  double eight = distance_db(all, BANDS, 48000.0), high_rate = distance_db(all, BANDS, 192000.0);
  print_message("eq: at most %.4f dB off one analytic curve, %.4f dB off eight (%.4f at 192 kHz)\n", worst, eight,
                high_rate);
  assert_true(eight < 0.1 && high_rate < 0.1);
}

/// Plays a sine while the sets come; returns the ratio of the largest fourth difference to that of a sine as loud as
/// the loudest moment.
static double click_ratio(const Curve *curve, double hz, uint32_t what, const double *path, uint32_t n_path) {
  enum { SETTLE = 24000, HOP = 2400 };
  uint32_t n = 2 * SETTLE + n_path * HOP;
  double values[PARAMS];
  set_curves(values, curve, 1);
  values[what] = path[0];
  float **in = test_channels_new(2, n), **out = test_channels_new(2, n);
  test_sine(in[0], n, hz, 48000, 0.5);
  test_sine(in[1], n, hz, 48000, 0.5);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_eq, 48000, 2, values);
  for (uint32_t k = 1; k < n_path; k++)
    proc_rig_set_index(&rig, SETTLE + k * HOP + 5, what, path[k], 480);
  proc_rig_run(&rig, (const float *const *)in, out, n, 64);
  double all = test_fourth_difference(out[0] + SETTLE / 2, n - SETTLE / 2), peak = 0.0;
  for (uint32_t i = SETTLE / 2; i < n; i++)
    peak = fmax(peak, fabs(out[0][i]));
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out);
  return all / (peak * pow(2.0 * sin(M_PI * hz / 48000.0), 4.0));
}

static void test_sweeps_do_not_click(void **state) {
  const double gains[] = {-24, 24, -24, 0, 24, 0, -12, 12}, freqs[] = {20, 20000, 20, 997, 20000, 500},
               qs[] = {0.1, 20, 0.1, 1}, on[] = {0, 1, 0, 1}, types[] = {0, 1, 2, 3, 4, 5, 6, 0, 4, 2, 6, 3};
  double worst = 0.0;
  for (int type = BELL; type <= NOTCH; type++) {
    const Curve c = {type, 1200, type <= HIGH_SHELF ? 18 : 0, 0.9};
    const struct {
      uint32_t what;
      const double *path;
      uint32_t n;
    } sweeps[] = {{ON, on, 4}, {TYPE, types, 12}, {FREQ, freqs, 6}, {GAIN, gains, 8}, {Q, qs, 4}};
    for (size_t k = 0; k < sizeof sweeps / sizeof sweeps[0]; k++) {
      double ratio = click_ratio(&c, 997.0, sweeps[k].what, sweeps[k].path, sweeps[k].n);
      if (!(ratio < 20.0))
        fail_msg("type %d: sweep of %s clicks: %g", type, sq_processor_eq.params[sweeps[k].what].symbol, ratio);
      worst = fmax(worst, ratio);
    }
  }
  print_message("eq: largest fourth difference while swept: %.1f times the clean one\n", worst);
}

static void test_flat_is_the_very_signal(void **state) {
  enum { N = 8192 };
  float **in = test_channels_new(3, N), **out = test_channels_new(3, N);
  test_noise(in[0], 3 * N, 1.0f, 4);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_eq, 48000, 3, NULL);
  proc_rig_set(&rig, 1000, "b3_gain", 6, 100);
  proc_rig_set(&rig, 2000, "b3_gain", 0, 100);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  assert_memory_equal(in[0], out[0], 1000 * sizeof(float));
  assert_true(in[0][1500] != out[0][1500]);
  for (uint32_t c = 0; c < 3; c++) // as soon as the gain is back at 0 dB
    assert_memory_equal(in[c] + 2101, out[c] + 2101, (N - 2101) * sizeof(float));
  assert_int_equal(sq_processor_eq.tail(rig.instance), 0);
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out);
}

static void test_tail_of_a_resonance_ends(void **state) {
  enum { SOUND = 4800 };
  const Curve c = {BELL, 60, 24, 20};
  double values[PARAMS];
  set_curves(values, &c, 1);
  float **in = test_channels_new(1, SOUND), **out = test_channels_new(1, SOUND);
  test_sine(in[0], SOUND, 60, 48000, 1.0);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_eq, 48000, 1, values);
  proc_rig_run(&rig, (const float *const *)in, out, SOUND, 64);
  uint32_t tail = sq_processor_eq.tail(rig.instance), n = tail + 4096, last = 0;
  float **rest = test_channels_new(1, n);
  proc_rig_run(&rig, NULL, rest, n, 64);
  for (uint32_t i = 0; i < n; i++)
    if (rest[0][i] != 0.0f)
      last = i;
  assert_true(rig.last_silent);
  assert_true(last < tail && last > tail / 3); // true, and not a mere "long"
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out), test_channels_free(rest);
}

static void test_channels_do_not_mix(void **state) {
  enum { N = 2048 };
  const Curve curves[] = {{BELL, 500, 9, 2}, {HIGH_SHELF, 4000, -9, 0.7}};
  double values[PARAMS];
  set_curves(values, curves, 2);
  float **in = test_channels_new(5, N), **out = test_channels_new(5, N), **one = test_channels_new(1, N);
  test_noise(in[0], 5 * N, 1.0f, 4);
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_eq, 48000, 5, values);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  proc_rig_close(&rig);
  for (uint32_t c = 0; c < 5; c++) {
    proc_rig_open(&rig, &sq_processor_eq, 48000, 1, values);
    const float *x = in[c];
    proc_rig_run(&rig, &x, one, N, 64);
    assert_memory_equal(one[0], out[c], N * sizeof(float));
    proc_rig_close(&rig);
  }
  test_channels_free(in), test_channels_free(out), test_channels_free(one);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_curves_are_the_analytic_ones), cmocka_unit_test(test_sweeps_do_not_click),
      cmocka_unit_test(test_flat_is_the_very_signal),      cmocka_unit_test(test_tail_of_a_resonance_ends),
      cmocka_unit_test(test_channels_do_not_mix),
  };
  return cmocka_run_group_tests_name("eq", tests, NULL, NULL);
}
