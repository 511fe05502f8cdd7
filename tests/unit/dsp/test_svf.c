// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/svf.h"
#include "tests/support/proc_rig.h"

enum { N = 64 };

static SqDspSvfCoef coef(SqSvfType type, float hz, double q, double amp) {
  SqDspSvfShape shape = sq_dsp_svf_shape(type, sq_dsp_prewarp(hz, 1.0 / 48000.0), 1.0 / q, amp);
  return sq_dsp_svf_coef(&shape);
}

static void test_prewarp(void **state) {
  for (float hz = 1.0f; hz < 23000.0f; hz *= 1.07f)
    assert_true(fabs(sq_dsp_prewarp(hz, 1.0 / 48000.0) / tan(M_PI * (double)hz / 48000.0) - 1.0) < 1e-10);
  assert_true(sq_dsp_prewarp(1e9f, 1.0 / 48000.0) == sq_dsp_prewarp(47520.0f / 2.0f, 1.0 / 47520.0 * 0.98));
  assert_true(sq_dsp_prewarp(NAN, 1.0 / 48000.0) > 0.0 && sq_dsp_prewarp(-1.0f, 1.0 / 48000.0) > 0.0);
}

/// Gains at 0 Hz and near half the rate, by a constant and by an alternating signal.
static void check_ends(SqSvfType type, double amp, double low, double high) {
  SqDspSvfCoef c = coef(type, 1000, 0.7, amp);
  const SqDspSvfCoef *coefs = &c;
  SqDspSvfState low_state = {0}, high_state = {0}, *states[2] = {&low_state, &high_state};
  float a[N], b[N];
  for (uint32_t round = 0; round < 40; round++) {
    for (uint32_t i = 0; i < N; i++)
      a[i] = 1.0f, b[i] = i % 2 ? -1.0f : 1.0f;
    const SqDspSvfBlock block = {.x = {a, b}, .out = {a, b}, .frame = round * N, .n = N};
    sq_dsp_svf_run(&block, &coefs, states, 1);
  }
  if (fabs(a[N - 1] - low) > 1e-4 || fabs(-b[N - 1] - high) > 1e-4)
    fail_msg("type %d: %g at 0 Hz, %g at half the rate", (int)type, (double)a[N - 1], (double)-b[N - 1]);
}

static void test_ends_of_the_curves(void **state) {
  check_ends(SQ_SVF_BELL, 2, 1, 1);
  check_ends(SQ_SVF_LOW_SHELF, 2, 4, 1);
  check_ends(SQ_SVF_HIGH_SHELF, 2, 1, 4);
  check_ends(SQ_SVF_HIGH_PASS, 1, 0, 1);
  check_ends(SQ_SVF_LOW_PASS, 1, 1, 0);
  check_ends(SQ_SVF_BAND_PASS, 1, 0, 0);
  check_ends(SQ_SVF_NOTCH, 1, 1, 1);
  check_ends(SQ_SVF_OFF, 1, 1, 1);
}

/// Any number of bands in one call gives the bits of one band after the other, moving or not.
static void test_bands_in_a_row(void **state) {
  SqDspSvfCoef c[SQ_SVF_MAX_BANDS], many[SQ_SVF_MAX_BANDS][N];
  const SqDspSvfCoef *coefs[SQ_SVF_MAX_BANDS], *moving[SQ_SVF_MAX_BANDS];
  uint32_t stride[SQ_SVF_MAX_BANDS];
  float in[2][N], one[2][N], all[2][N];
  for (uint32_t k = 0; k < SQ_SVF_MAX_BANDS; k++) {
    c[k] = coef((SqSvfType)(k % 7), 100.0f * (float)(k + 1), 0.7 + k, 1.5);
    coefs[k] = &c[k];
    for (uint32_t i = 0; i < N; i++)
      many[k][i] = c[k];
    moving[k] = k % 2 ? many[k] : &c[k];
    stride[k] = k % 2;
  }
  test_noise(in[0], 2 * N, 1.0f, 3);
  for (uint32_t n = 1; n <= SQ_SVF_MAX_BANDS; n++) {
    SqDspSvfState a[SQ_SVF_MAX_BANDS] = {0}, b[SQ_SVF_MAX_BANDS] = {0}, m[SQ_SVF_MAX_BANDS] = {0};
    SqDspSvfState *as[SQ_SVF_MAX_BANDS], *ms[SQ_SVF_MAX_BANDS];
    for (uint32_t k = 0; k < n; k++)
      as[k] = &a[k], ms[k] = &m[k];
    const SqDspSvfBlock block = {.x = {in[0], in[1]}, .out = {all[0], all[1]}, .frame = 5, .n = N};
    sq_dsp_svf_run(&block, coefs, as, n);
    const SqDspSvfBlock again = {.x = {in[0], in[1]}, .out = {one[0], one[1]}, .frame = 5, .n = N};
    sq_dsp_svf_run_moving(&again, moving, stride, ms, n);
    assert_memory_equal(one, all, sizeof one);
    assert_memory_equal(a, m, sizeof a);
    // frame by frame and band by band: the same but for the rounding to float between bands
    for (uint32_t i = 0; i < N; i++) {
      float x[2] = {in[0][i], in[1][i]};
      for (uint32_t k = 0; k < n; k++) {
        SqDspSvfState *s = &b[k];
        const SqDspSvfBlock frame = {.x = {&x[0], &x[1]}, .out = {&x[0], &x[1]}, .frame = 5 + i, .n = 1};
        sq_dsp_svf_run(&frame, &coefs[k], &s, 1);
      }
      assert_true(fabsf(x[0] - all[0][i]) < 1e-5f && fabsf(x[1] - all[1][i]) < 1e-5f);
    }
  }
}

static void test_quiet_states_end_on_the_grid(void **state) {
  SqDspSvfCoef c = coef(SQ_SVF_BELL, 100, 1, 2);
  const SqDspSvfCoef *coefs = &c;
  float x[2][8] = {{0}};
  SqDspSvfState s = {.s1 = {1e-11, 1e-11}, .s2 = {-1e-11, 1e-9}}, *states = &s;
  SqDspSvfBlock block = {.x = {x[0], x[1]}, .out = {x[0], x[1]}, .frame = 16, .n = 8};
  sq_dsp_svf_run(&block, &coefs, &states, 1);
  assert_true(s.s1[0] != 0.0 && s.s2[0] != 0.0); // frame 24 is not on the grid
  block.frame = 24;
  sq_dsp_svf_run(&block, &coefs, &states, 1);
  assert_true(s.s1[0] == 0.0 && s.s2[0] == 0.0);
  assert_true(s.s1[1] != 0.0 && s.s2[1] != 0.0); // the other channel is still heard
}

/// A tail dies away on the same frames with the same bits however time is cut, moving or not.
static void test_tails_in_any_cuts(void **state) {
  static const uint32_t cuts[] = {1, 7, 16, 61};
  SqDspSvfCoef c = coef(SQ_SVF_LOW_PASS, 2000, 1, 1);
  const SqDspSvfCoef *coefs = &c;
  const uint32_t stride = 0;
  float whole[2][2048], x[2][2048];
  uint32_t last[2] = {0};
  for (uint32_t k = 0; k < 8; k++) {
    SqDspSvfState s = {.s1 = {1e-4, 1e-7}, .s2 = {1e-5, -1e-6}}, *states = &s;
    memset(x, 0, sizeof x);
    for (uint32_t at = 0, cut = cuts[k / 2]; at < 2048; at += cut) {
      const uint32_t n = 2048 - at < cut ? 2048 - at : cut;
      const SqDspSvfBlock block = {
          .x = {x[0] + at, x[1] + at}, .out = {x[0] + at, x[1] + at}, .frame = 1003 + at, .n = n};
      if (k % 2)
        sq_dsp_svf_run_moving(&block, &coefs, &stride, &states, 1);
      else
        sq_dsp_svf_run(&block, &coefs, &states, 1);
    }
    if (k == 0)
      memcpy(whole, x, sizeof whole);
    assert_memory_equal(whole, x, sizeof whole);
    assert_true(s.s1[0] == 0.0 && s.s2[0] == 0.0 && s.s1[1] == 0.0 && s.s2[1] == 0.0);
  }
  for (uint32_t channel = 0; channel < 2; channel++) {
    for (uint32_t i = 0; i < 2048; i++)
      if (whole[channel][i] != 0.0f)
        last[channel] = i;
    assert_int_equal((1003 + last[channel] + 1) % 16, 0); // the grid counts from engine frame 0
  }
}

static void test_tail_is_an_upper_bound(void **state) {
  const double qs[] = {0.2, 0.5, 3, 30}, hz[] = {50, 1000, 15000};
  for (int q = 0; q < 4; q++)
    for (int f = 0; f < 3; f++) {
      SqDspSvfShape shape =
          sq_dsp_svf_shape(SQ_SVF_LOW_PASS, sq_dsp_prewarp((float)hz[f], 1.0 / 48000.0), 1 / qs[q], 1);
      SqDspSvfCoef c = sq_dsp_svf_coef(&shape);
      const SqDspSvfCoef *coefs = &c;
      SqDspSvfState s = {0}, *states = &s;
      uint32_t frames = 0;
      for (; frames < 10000000; frames += 16) {
        float x[16] = {frames ? 0.0f : 1.0f};
        const SqDspSvfBlock block = {.x = {x, x}, .out = {x, x}, .frame = frames, .n = 16};
        sq_dsp_svf_run(&block, &coefs, &states, 1);
        if (s.s1[0] == 0.0 && s.s2[0] == 0.0)
          break;
      }
      uint32_t tail = sq_dsp_svf_tail(&shape);
      if (frames + 16 > tail || tail > 3 * frames + 200)
        fail_msg("%g Hz, Q %g: the tail is %u frames, said %u", hz[f], qs[q], frames + 16, tail);
    }
}

/// What is louder by 120 dB is heard for as long as it takes to sink by that, whichever way it is loud.
static void test_a_louder_tail_is_longer_by_its_level(void **state) {
  const double g = sq_dsp_prewarp(500, 1.0 / 48000.0);
  for (int kind = 0; kind < 4; kind++) { // of share 0, 1 and 2, and narrow
    const double k = kind == 3 ? 1e-6 : 0.5;
    const double m = kind == 3 ? 0.0 : 1e6, radius = sqrt((1.0 - g * k + g * g) / (1.0 + g * k + g * g));
    const SqDspSvfShape plain = {.g = g, .k = k, .m0 = 1.0}, loud = {.g = g,
                                                                     .k = k,
                                                                     .m0 = kind == 0 ? m : 1.0,
                                                                     .m1 = kind == 1 ? -m : 0.0,
                                                                     .m2 = kind == 2 ? m : 0.0};
    const double level = kind == 3 ? 1e6 : (2.0 + m) / 4.0; // beside what the plain one may swing
    const double quiet = log(1e4 * (kind == 3 ? 1.0 : 4.0) / SQ_SVF_QUIET) / -log(radius);
    assert_true(fabs(sq_dsp_svf_tail(&loud) - (quiet + log(level) / -log(radius))) < 0.02 * quiet);
    assert_true(kind == 3 || fabs(sq_dsp_svf_tail(&plain) - quiet) < 0.02 * quiet);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_prewarp),
      cmocka_unit_test(test_ends_of_the_curves),
      cmocka_unit_test(test_bands_in_a_row),
      cmocka_unit_test(test_quiet_states_end_on_the_grid),
      cmocka_unit_test(test_tails_in_any_cuts),
      cmocka_unit_test(test_tail_is_an_upper_bound),
      cmocka_unit_test(test_a_louder_tail_is_longer_by_its_level),
  };
  return cmocka_run_group_tests_name("svf", tests, NULL, NULL);
}
