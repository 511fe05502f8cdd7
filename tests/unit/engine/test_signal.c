// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A moving value: where it starts and ends, that it never has a corner, and equal bits however time is cut.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/signal.h"

static const SqCurve curves[] = {SQ_CURVE_SMOOTH, SQ_CURVE_LINEAR, SQ_CURVE_DB};

/// out[n] by one view after another, each `block` frames long, none of which writes more.
static void read_in_blocks(const SqRtSignal *s, uint64_t frame, uint32_t n, uint32_t block, float *out) {
  float buffer[512 + 1];
  for (uint32_t at = 0; at < n; at += block) {
    const uint32_t size = n - at < block ? n - at : block;
    buffer[size] = 1234.5F;
    const SqSignal view = sq_rt_signal_view(s, frame + at, size, buffer);
    assert_true(buffer[size] == 1234.5F);
    sq_signal_fill(&view, out + at, size);
  }
}

static void a_new_one_rests(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 0.7F);
  float buffer[4] = {9, 9, 9, 9};
  const SqSignal view = sq_rt_signal_view(&s, 12345, 4, buffer);
  assert_int_equal(view.shape, SQ_SIGNAL_CONSTANT);
  assert_true(view.value == 0.7F && buffer[0] == 9.0F);
  assert_true(sq_rt_signal_settled(&s, 0) && sq_rt_signal_value(&s, 0) == 0.7F);
}

static void starts_where_it_was_and_ends_on_the_target(void **state) {
  for (unsigned k = 0; k < 3; k++) {
    SqRtSignal s;
    sq_rt_signal_init(&s, 1.0F);
    sq_rt_signal_go(&s, 1000, 0.25F, 480, curves[k]);
    assert_true(sq_rt_signal_value(&s, 1000) == 1.0F);
    assert_true(sq_rt_signal_value(&s, 999) == 1.0F); // before it began
    assert_false(sq_rt_signal_settled(&s, 1479));
    assert_true(sq_rt_signal_value(&s, 1479) != 0.25F);
    assert_true(sq_rt_signal_settled(&s, 1480));
    assert_true(sq_rt_signal_value(&s, 1480) == 0.25F && sq_rt_signal_value(&s, 9999999) == 0.25F);
    float last = 1.0F;
    for (uint64_t frame = 1001; frame <= 1480; frame++) { // monotonic, without a jump
      const float now = sq_rt_signal_value(&s, frame);
      assert_true(now <= last && last - now < 0.01F);
      last = now;
    }
  }
}

static void at_once_means_at_once(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 1.0F);
  sq_rt_signal_go(&s, 10, 0.5F, 0, SQ_CURVE_SMOOTH);
  assert_true(sq_rt_signal_settled(&s, 10) && sq_rt_signal_value(&s, 10) == 0.5F);
  sq_rt_signal_go(&s, 20, 0.5F, 480, SQ_CURVE_SMOOTH); // it is there already: it need not be computed
  assert_true(sq_rt_signal_settled(&s, 20));
  sq_rt_signal_go(&s, 100, 1.0F, 100, SQ_CURVE_LINEAR);
  sq_rt_signal_go(&s, 150, 0.1F, 0, SQ_CURVE_LINEAR);
  assert_true(sq_rt_signal_settled(&s, 150) && sq_rt_signal_value(&s, 150) == 0.1F);
}

static void a_line_is_straight(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 2.0F);
  sq_rt_signal_go(&s, 64, 4.0F, 128, SQ_CURVE_LINEAR);
  for (uint32_t i = 0; i <= 128; i++)
    assert_true(sq_rt_signal_value(&s, 64 + i) == 2.0F + (float)i / 64.0F);
}

static void the_smooth_curve_is_half_way_at_half_time(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 0.0F);
  sq_rt_signal_go(&s, 0, 1.0F, 480, SQ_CURVE_SMOOTH);
  for (uint32_t i = 0; i <= 480; i++) { // from rest it is 3 t^2 - 2 t^3
    const double t = i / 480.0;
    assert_true(fabs((double)sq_rt_signal_value(&s, i) - t * t * (3.0 - 2.0 * t)) < 1e-6);
  }
}

static void decibels_are_exact_on_the_grid_and_straight_between(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 1.0F);
  sq_rt_signal_go(&s, 160, 0.001F, 4800, SQ_CURVE_DB); // 60 dB down
  for (uint32_t i = 16; i < 4800; i += 16) {
    const double want = pow(10.0, -3.0 * i / 4800.0);
    assert_true(fabs((double)sq_rt_signal_value(&s, 160 + i) / want - 1.0) < 1e-5);
    const double a = (double)sq_rt_signal_value(&s, 160 + i), b = (double)sq_rt_signal_value(&s, 160 + i + 16);
    for (uint32_t k = 1; k < 16; k++)
      assert_true(fabs((double)sq_rt_signal_value(&s, 160 + i + k) - (a + (b - a) * k / 16.0)) < 1e-7);
  }
  // knots stand on the engine's grid, also for a ramp that begins and ends off it
  sq_rt_signal_init(&s, 0.01F);
  sq_rt_signal_go(&s, 1003, 1.0F, 1001, SQ_CURVE_DB);
  for (uint64_t frame = 1008; frame < 2004; frame += 16) {
    const double want = pow(10.0, -2.0 + 2.0 * (double)(frame - 1003) / 1001.0);
    assert_true(fabs((double)sq_rt_signal_value(&s, frame) / want - 1.0) < 1e-5);
  }
  assert_true(sq_rt_signal_value(&s, 1003) == 0.01F && sq_rt_signal_value(&s, 2004) == 1.0F);
  const double half = (0.01 + (double)sq_rt_signal_value(&s, 1008) - 0.01) - 0.01;
  assert_true(fabs((double)sq_rt_signal_value(&s, 1005) - (0.01 + half * 2.0 / 5.0)) < 1e-7); // the first, shorter cell
  const double last = (double)sq_rt_signal_value(&s, 2000);
  assert_true(fabs((double)sq_rt_signal_value(&s, 2003) - (last + (1.0 - last) * 3.0 / 4.0)) < 1e-6);
}

static void decibels_from_and_to_silence_have_a_floor(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 0.0F);
  sq_rt_signal_go(&s, 0, 1.0F, 1600, SQ_CURVE_DB);
  assert_true(sq_rt_signal_value(&s, 0) == 0.0F);
  assert_true(fabs(20.0 * log10((double)sq_rt_signal_value(&s, 800)) + 60.0) < 0.01); // half of 120 dB
  sq_rt_signal_init(&s, 1.0F);
  sq_rt_signal_go(&s, 0, 0.0F, 1600, SQ_CURVE_DB);
  assert_true(fabs(20.0 * log10((double)sq_rt_signal_value(&s, 800)) + 60.0) < 0.01);
  assert_true(sq_rt_signal_value(&s, 1600) == 0.0F);
}

/// A new target in the middle of the way: the value goes on from where it is, the slope too.
static void a_new_target_makes_no_corner(void **state) {
  for (unsigned k = 0; k < 3; k++)
    for (uint64_t turn = 1; turn < 480; turn += 53) {
      SqRtSignal before, s;
      sq_rt_signal_init(&before, 0.2F);
      sq_rt_signal_go(&before, 0, 1.0F, 480, curves[k]);
      s = before;
      sq_rt_signal_go(&s, turn, 0.3F, 480, SQ_CURVE_SMOOTH);
      assert_true(sq_rt_signal_value(&s, turn) == sq_rt_signal_value(&before, turn));
      // the first step after the turn is the one that the old curve would have made, but for the curvature
      const double old = (double)sq_rt_signal_value(&before, turn + 1) - (double)sq_rt_signal_value(&before, turn);
      const double new = (double)sq_rt_signal_value(&s, turn + 1) - (double)sq_rt_signal_value(&s, turn);
      assert_true(fabs(old - new) < 4e-5 + 0.02 * fabs(old));
      const double arrive = (double)sq_rt_signal_value(&s, turn + 480) - (double)sq_rt_signal_value(&s, turn + 479);
      assert_true(fabs(arrive) < 4e-5); // it comes to rest without one
      assert_true(sq_rt_signal_value(&s, turn + 480) == 0.3F);
    }
}

static void passing_through_the_target_is_not_resting_there(void **state) {
  SqRtSignal s;
  sq_rt_signal_init(&s, 0.0F);
  sq_rt_signal_go(&s, 0, 1.0F, 480, SQ_CURVE_SMOOTH);
  const float here = sq_rt_signal_value(&s, 240);
  sq_rt_signal_go(&s, 240, here, 480, SQ_CURVE_SMOOTH); // it is there, but in motion
  assert_false(sq_rt_signal_settled(&s, 240));
  assert_true(sq_rt_signal_value(&s, 300) > here);
}

static void equal_bits_however_time_is_cut(void **state) {
  static const uint32_t cuts[] = {1, 7, 16, 61, 64, 500};
  enum { N = 700 };
  float whole[N], pieces[N];
  for (unsigned k = 0; k < 3; k++) {
    SqRtSignal s;
    sq_rt_signal_init(&s, 0.9F);
    sq_rt_signal_go(&s, 1013, 0.1F, 601, curves[k]);
    for (uint32_t i = 0; i < N; i++)
      whole[i] = sq_rt_signal_value(&s, 1013 + i);
    for (unsigned c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
      read_in_blocks(&s, 1013, N, cuts[c], pieces);
      assert_memory_equal(whole, pieces, sizeof whole);
    }
  }
}

static void the_view_says_what_it_is(void **state) {
  float buffer[64];
  SqRtSignal s;
  sq_rt_signal_init(&s, 0.0F);
  sq_rt_signal_go(&s, 100, 1.0F, 100, SQ_CURVE_LINEAR);
  SqSignal view = sq_rt_signal_view(&s, 110, 64, buffer);
  assert_int_equal(view.shape, SQ_SIGNAL_RAMP); // the whole block lies on the line
  assert_true(view.value == 0.0F && view.offset == 10 && fabsf(view.step - 0.01F) < 1e-9F);
  view = sq_rt_signal_view(&s, 136, 64, buffer);
  assert_int_equal(view.shape, SQ_SIGNAL_RAMP); // up to its last frame
  view = sq_rt_signal_view(&s, 137, 64, buffer);
  assert_int_equal(view.shape, SQ_SIGNAL_FRAMES); // it ends within
  assert_true(view.frames == buffer && buffer[62] < 1.0F && buffer[63] == 1.0F);
  view = sq_rt_signal_view(&s, 200, 64, buffer);
  assert_int_equal(view.shape, SQ_SIGNAL_CONSTANT);
  assert_true(view.value == 1.0F);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_one_rests),
      cmocka_unit_test(starts_where_it_was_and_ends_on_the_target),
      cmocka_unit_test(at_once_means_at_once),
      cmocka_unit_test(a_line_is_straight),
      cmocka_unit_test(the_smooth_curve_is_half_way_at_half_time),
      cmocka_unit_test(decibels_are_exact_on_the_grid_and_straight_between),
      cmocka_unit_test(decibels_from_and_to_silence_have_a_floor),
      cmocka_unit_test(a_new_target_makes_no_corner),
      cmocka_unit_test(passing_through_the_target_is_not_resting_there),
      cmocka_unit_test(equal_bits_however_time_is_cut),
      cmocka_unit_test(the_view_says_what_it_is),
  };
  return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
