// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/lookahead.h"

static void *make(SqRtLookahead *l, uint32_t frames) {
  void *memory = malloc(sq_rt_lookahead_size(frames));
  sq_rt_lookahead_init(l, frames, memory);
  return memory;
}

static void test_gain_is_never_above_what_is_needed(void **state) {
  static const uint32_t delays[] = {1, 2, 3, 5, 16, 240};
  enum { N = 4000 };
  static uint32_t needed[N];
  uint32_t seed = 1;
  for (size_t d = 0; d < sizeof delays / sizeof delays[0]; d++) {
    SqRtLookahead l;
    void *memory = make(&l, delays[d]);
    assert_int_equal(l.delay, delays[d]);
    assert_true(sq_rt_lookahead_rests(&l));
    for (uint32_t i = 0; i < N; i++) {
      seed = seed * 1664525u + 1013904223u;
      needed[i] = i < N / 2 && seed >> 27 == 0 ? (seed & 0xffffff) * 64 : SQ_LOOKAHEAD_ONE;
      float gain = sq_rt_lookahead_step(&l, needed[i], sq_dsp_release_share(50.0f));
      if (i >= delays[d]) // float rounding is the clamp's business
        assert_true((double)gain <= needed[i - delays[d]] / 1073741824.0 * (1.0 + 1e-7) + 1e-9);
    }
    assert_true(sq_rt_lookahead_rests(&l)); // and it comes back to exactly 1
    assert_true(sq_rt_lookahead_step(&l, SQ_LOOKAHEAD_ONE, 1) == 1.0f);
    sq_rt_lookahead_step(&l, 0, 1);
    assert_false(sq_rt_lookahead_rests(&l));
    sq_rt_lookahead_reset(&l);
    assert_true(sq_rt_lookahead_rests(&l));
    free(memory);
  }
}

static void test_holds_as_long_as_the_peak_is_inside(void **state) {
  SqRtLookahead l;
  void *memory = make(&l, 100);
  float gain[400];
  for (uint32_t i = 0; i < 400; i++)
    gain[i] = sq_rt_lookahead_step(&l, i == 50 ? SQ_LOOKAHEAD_ONE / 2 : SQ_LOOKAHEAD_ONE, UINT32_MAX);
  assert_true(gain[49] == 1.0f && gain[50] < 1.0f);
  assert_true(fabsf(gain[150] - 0.5f) < 1e-6f && gain[149] > gain[150] && gain[151] > gain[150]);
  assert_true(gain[251] == 1.0f); // the same again on the way back: a release that is at once
  free(memory);
}

static void test_release_share(void **state) {
  SqRtLookahead l;
  void *memory = make(&l, 2);
  sq_rt_lookahead_step(&l, 0, 0);
  uint32_t i = 0;
  while (sq_rt_lookahead_step(&l, SQ_LOOKAHEAD_ONE, sq_dsp_release_share(1000.0f)) < 0.63212f)
    i++;
  assert_in_range(i, 995, 1008);
  assert_int_equal(sq_dsp_release_share(0.0f), sq_dsp_release_share(2.0f));
  free(memory);
}

static void test_needed_gain(void **state) {
  assert_int_equal(sq_dsp_needed_gain(0.5f, 0.5f), SQ_LOOKAHEAD_ONE);
  assert_int_equal(sq_dsp_needed_gain(1.0f, 0.5f), SQ_LOOKAHEAD_ONE / 2);
  assert_int_equal(sq_dsp_needed_gain(3e38f, 0.5f), 0);
}

static void test_drive_and_apply(void **state) {
  const float x[] = {1, NAN, INFINITY, -2, 3e38f, -0.5f}, two[] = {2, 2, 2, 2, 2, 2};
  float out[6], peak[] = {0, 0, 0, 9, 0, 0};
  sq_dsp_drive(x, two, out, peak, 6);
  const float want[] = {2, 0, 0, -4, 0, -1}, peaks[] = {2, 0, 0, 9, 0, 1};
  assert_memory_equal(out, want, sizeof want);
  assert_memory_equal(peak, peaks, sizeof peaks);
  const float gain[] = {0.5f, 1, 1, 0.5f, 1, 1}, ceiling[] = {0.9f, 1, 1, 1.5f, 1, 2};
  sq_dsp_apply_under(out, gain, ceiling, out, 6);
  const float under[] = {0.9f, 0, 0, -1.5f, 0, -1};
  assert_memory_equal(out, under, sizeof under);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gain_is_never_above_what_is_needed),
      cmocka_unit_test(test_holds_as_long_as_the_peak_is_inside),
      cmocka_unit_test(test_release_share),
      cmocka_unit_test(test_needed_gain),
      cmocka_unit_test(test_drive_and_apply),
  };
  return cmocka_run_group_tests_name("lookahead", tests, NULL, NULL);
}
