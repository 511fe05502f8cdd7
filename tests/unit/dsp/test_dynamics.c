// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dynamics.h"

static void test_one_pole_share(void **state) {
  for (float frames = 1.0f; frames < 1e7f; frames *= 1.3f)
    assert_true(fabs((double)sq_dsp_one_pole_share(frames) / -expm1(-1.0 / (double)frames) - 1.0) < 2e-3);
  assert_true(sq_dsp_one_pole_share(0.0f) == sq_dsp_one_pole_share(1.0f));
}

static void test_link_peak(void **state) {
  const float a[] = {0, 1, -2, 0.5f}, b[] = {9, -1.5f, 1, 0.25f}, *x[] = {a, b};
  float level[3];
  sq_dsp_link_peak(x, 2, 1, 3, level);
  assert_true(level[0] == 1.5f && level[1] == 2.0f && level[2] == 0.5f);
  sq_dsp_link_peak(x, 1, 0, 3, level);
  assert_true(level[0] == 0.0f && level[1] == 1.0f && level[2] == 2.0f);
}

static void test_hold(void **state) {
  float cells[3], level[160] = {0};
  SqRtHold hold = {.cells = cells, .n_cells = 3};
  sq_rt_hold_reset(&hold);
  level[20] = 1.0f; // in the cell of frames 16..31
  level[70] = 0.5f; // in that of 64..79
  sq_rt_hold_run(&hold, 0, level, 100);
  sq_rt_hold_run(&hold, 100, level + 100, 60);
  for (uint32_t i = 0; i < 160; i++) {
    float want = i < 20 ? 0.0f : i < 80 ? 1.0f : i < 128 ? 0.5f : 0.0f;
    assert_true(level[i] == want);
  }
  level[0] = 2.0f;
  sq_rt_hold_run(&hold, 160, level, 1);
  sq_rt_hold_reset(&hold);
  level[0] = 0.0f;
  sq_rt_hold_run(&hold, 161, level, 1);
  assert_true(level[0] == 0.0f && hold.past == 0.0f && hold.present == 0.0f);
}

static void test_mean_square(void **state) {
  float a[64], b[64], power[64];
  const float *x[] = {a, b};
  for (uint32_t i = 0; i < 64; i++)
    a[i] = i % 2 ? 0.5f : -0.5f, b[i] = 0.1f;
  SqRtMeanSquare m = {.share = sq_dsp_one_pole_share(100.0f)};
  uint64_t frame = 0;
  for (uint32_t k = 0; k < 40; k++, frame += 64) {
    const SqDspPiece piece = {.x = x, .n_channels = 2, .at = 0, .n = 64, .frame = frame};
    sq_rt_mean_square_run(&m, &piece, power);
    if (k == 0)
      assert_true(fabs((double)power[63] - 0.25 * (1.0 - exp(-0.64))) < 1e-4);
  }
  assert_true(fabsf(power[63] - 0.25f) < 1e-5f && fabsf(m.mean[1] - 0.01f) < 1e-5f);
  memset(a, 0, sizeof a), memset(b, 0, sizeof b);
  for (uint32_t k = 0; k < 80; k++, frame += 64) {
    const SqDspPiece piece = {.x = x, .n_channels = 2, .at = 0, .n = 64, .frame = frame};
    sq_rt_mean_square_run(&m, &piece, power);
  }
  assert_true(m.mean[0] == 0.0f && m.mean[1] == 0.0f && power[63] == 0.0f);
  m.mean[0] = 9e-21f; // ends on the grid, which frame 16 is on
  const SqDspPiece piece = {.x = x, .n_channels = 1, .at = 0, .n = 12, .frame = 5};
  sq_rt_mean_square_run(&m, &piece, power);
  assert_true(power[10] > 0.0f && power[11] == 0.0f);
  const SqDspPiece on_it = {.x = x, .n_channels = 1, .n = 1, .frame = 16};
  m.mean[0] = 1e-20f; // -200 dB is heard, less is not
  sq_rt_mean_square_run(&m, &on_it, power);
  assert_true(power[0] > 0.0f);
}

static void test_reduction(void **state) {
  assert_true(sq_dsp_reduction(-30, -20, 0.75f, 6) == 0.0f);
  assert_true(fabsf(sq_dsp_reduction(-10, -20, 0.75f, 6) - 7.5f) < 1e-5f);
  assert_true(fabsf(sq_dsp_reduction(-20, -20, 0.75f, 6) - 0.75f * 9.0f / 12.0f) < 1e-5f);
  assert_true(fabsf(sq_dsp_reduction(-17, -20, 0.75f, 6) - 2.25f) < 1e-5f); // the knee's end
  assert_true(sq_dsp_reduction(-23, -20, 0.75f, 6) == 0.0f);
  assert_true(fabsf(sq_dsp_reduction(-19, -20, 0.5f, 0) - 0.5f) < 1e-3f);
}

static void test_ballistics(void **state) {
  float attack[64], release[64], x[64];
  for (uint32_t i = 0; i < 64; i++)
    attack[i] = 0.5f, release[i] = 0.25f, x[i] = i < 32 ? 8.0f : 0.0f;
  float last = sq_dsp_ballistics(x, attack, release, 64, 0, 0.0f);
  assert_true(x[0] == 4.0f && x[1] == 6.0f && x[2] == 7.0f);
  assert_true(fabsf(x[32] - 6.0f) < 1e-3f && fabsf(x[33] - 4.5f) < 1e-3f && last == x[63] && last > 0.0f);
  memset(x, 0, sizeof x); // what is left ends on the grid
  float at_7 = sq_dsp_ballistics(x, attack, release, 7, 1, 9e-7f);
  assert_true(at_7 > 0.0f);
  memset(x, 0, sizeof x);
  assert_true(sq_dsp_ballistics(x, attack, release, 16, 8, 9e-7f) == 0.0f);
  memset(x, 0, sizeof x);
  assert_true(sq_dsp_ballistics(x, attack, release, 1, 16, 1e-6f) > 0.0f); // where quiet begins
  x[0] = 1e-3f;                                                            // not while something is asked for
  assert_true(sq_dsp_ballistics(x, attack, release, 1, 16, 9e-7f) > 0.0f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_pole_share), cmocka_unit_test(test_link_peak), cmocka_unit_test(test_hold),
      cmocka_unit_test(test_mean_square),    cmocka_unit_test(test_reduction), cmocka_unit_test(test_ballistics),
  };
  return cmocka_run_group_tests_name("dynamics", tests, NULL, NULL);
}
