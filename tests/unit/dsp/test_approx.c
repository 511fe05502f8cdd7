// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"

static void test_exp2(void **state) {
  double worst = 0.0;
  for (float x = -125.9f; x < 126.0f; x += 0.00713f)
    worst = fmax(worst, fabs((double)sq_dsp_fast_exp2(x) / exp2((double)x) - 1.0));
  assert_true(worst < 2e-7);
  assert_true(sq_dsp_fast_exp2(0.0f) == 1.0f && sq_dsp_fast_exp2(1.0f) == 2.0f && sq_dsp_fast_exp2(-3.0f) == 0.125f);
  assert_true(sq_dsp_fast_exp2(-1e9f) == sq_dsp_fast_exp2(-126.0f) && sq_dsp_fast_exp2(-126.0f) > 0.0f);
  assert_true(sq_dsp_fast_exp2(1e9f) == sq_dsp_fast_exp2(126.0f) && isfinite(sq_dsp_fast_exp2(1e9f)));
}

static void test_log2(void **state) {
  double worst = 0.0;
  for (float x = 1e-29f; x < 1e30f; x *= 1.0037f)
    worst = fmax(worst, fabs((double)sq_dsp_fast_log2(x) - log2((double)x)) / fmax(1.0, fabs(log2((double)x))));
  assert_true(worst < 1e-6);
  assert_true(sq_dsp_fast_log2(1.0f) == 0.0f && sq_dsp_fast_log2(8.0f) == 3.0f);
  assert_true(sq_dsp_fast_log2(0.0f) == sq_dsp_fast_log2(1e-30f) && sq_dsp_fast_log2(-5.0f) < -99.0f);
}

static void test_decibels(void **state) {
  assert_true(sq_dsp_fast_db_to_amp(0.0f) == 1.0f);
  assert_true(sq_dsp_fast_db_to_amp(-144.0f) == 0.0f && sq_dsp_fast_db_to_amp(-200.0f) == 0.0f);
  assert_true(sq_dsp_fast_db_to_amp(-143.9f) > 0.0f);
  for (float db = -143.0f; db < 60.0f; db += 0.37f) {
    assert_true(fabs((double)sq_dsp_fast_db_to_amp(db) / pow(10.0, (double)db / 20.0) - 1.0) < 2e-6);
    assert_true(fabsf(sq_dsp_fast_amp_to_db(sq_dsp_fast_db_to_amp(db)) - db) < 3e-5f);
  }
}

static void test_sine(void **state) {
  double worst = 0.0;
  for (uint64_t k = 0; k < 4096; k++) {
    uint64_t phase = k << 52;
    worst = fmax(worst, fabs(sq_dsp_sine_of_phase(phase) - sin(2.0 * M_PI * (double)k / 4096.0)));
  }
  assert_true(worst < 1e-11);
}

static void test_fade(void **state) {
  SqRtFade fade = {.length = sq_dsp_fade_frames(48000, 5.0)};
  assert_int_equal(fade.length, 240);
  assert_int_equal(sq_dsp_fade_frames(48000, 0.0), 1);
  assert_true(sq_rt_fade_moves(&fade) && sq_rt_fade_at(&fade, 0) == 0.0f);
  float last = 0.0f;
  for (uint32_t i = 1; i <= 240; i++) {
    assert_true(sq_rt_fade_at(&fade, i) > last);
    last = sq_rt_fade_at(&fade, i);
  }
  assert_true(last == 1.0f && sq_rt_fade_at(&fade, 10000) == 1.0f);
  assert_true(fabsf(sq_rt_fade_at(&fade, 120) - 0.5f) < 1e-6f && sq_rt_fade_at(&fade, 12) < 0.002f);
  float at100 = sq_rt_fade_at(&fade, 100);
  sq_rt_fade_advance(&fade, 60);
  assert_true(sq_rt_fade_at(&fade, 40) == at100);
  sq_rt_fade_advance(&fade, 179);
  assert_true(sq_rt_fade_moves(&fade));
  sq_rt_fade_advance(&fade, 5000);
  assert_false(sq_rt_fade_moves(&fade));
  assert_true(sq_rt_fade_at(&fade, 0) == 1.0f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exp2), cmocka_unit_test(test_log2), cmocka_unit_test(test_decibels),
      cmocka_unit_test(test_sine), cmocka_unit_test(test_fade),
  };
  return cmocka_run_group_tests_name("approx and fade", tests, NULL, NULL);
}
