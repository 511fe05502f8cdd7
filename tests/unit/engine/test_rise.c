// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The way up from silence: 10 ms, no step anywhere, the same however the time is cut, asked for again at any time.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/rise.h"

enum { N = 2000, RISE = 480 };

static void run(SqRtRise *rise, float *x, uint32_t n, uint32_t period) {
  for (uint32_t at = 0; at < n; at += period) {
    const uint32_t length = n - at < period ? n - at : period;
    float *out[2] = {x + at, x + N + at};
    sq_rt_rise_run(rise, out, 2, length);
  }
}

static void fill(float *x) {
  for (uint32_t i = 0; i < 2 * N; i++)
    x[i] = i < N ? 1.0F : -0.5F;
}

static void test_it_rises_in_10_ms(void **state) {
  (void)state;
  SqRtRise rise = {0};
  float x[2 * N];
  fill(x);
  sq_rt_rise_init(&rise, 48000.0);
  run(&rise, x, N, 64);
  assert_true(x[0] == 0.0F && x[N] == 0.0F);
  for (uint32_t i = 1; i < N; i++) {
    assert_true(x[i] >= x[i - 1] && x[i] - x[i - 1] < 0.004F);
    assert_true(fabsf(x[N + i] + 0.5F * x[i]) < 1e-6F);
  }
  assert_true(fabsf(x[RISE / 2] - 0.5F) < 1e-3F);
  for (uint32_t i = RISE; i < N; i++)
    assert_true(x[i] == 1.0F);
}

static void test_it_is_the_same_at_any_period(void **state) {
  (void)state;
  float first[2 * N], x[2 * N];
  const uint32_t periods[] = {1, 17, 64, 1024};
  for (int k = 0; k < 4; k++) {
    SqRtRise rise = {0};
    sq_rt_rise_init(&rise, 48000.0);
    fill(k ? x : first);
    run(&rise, k ? x : first, N, periods[k]);
    assert_true(k == 0 || memcmp(first, x, sizeof x) == 0);
  }
}

static void test_it_is_silent_while_held_and_rises_again(void **state) {
  (void)state;
  SqRtRise rise = {0};
  float x[2 * N];
  sq_rt_rise_init(&rise, 48000.0);
  fill(x);
  run(&rise, x, N, 256);
  sq_rt_rise_let_go(&rise); // nothing was held
  fill(x);
  run(&rise, x, N, 256);
  assert_true(x[0] == 1.0F && x[N - 1] == 1.0F);
  sq_rt_rise_hold(&rise);
  fill(x);
  run(&rise, x, N, 256);
  for (uint32_t i = 0; i < 2 * N; i++)
    assert_true(x[i] == 0.0F);
  sq_rt_rise_init(&rise, 48000.0); // another rate meanwhile: still held
  fill(x);
  run(&rise, x, N, 256);
  assert_true(x[N - 1] == 0.0F);
  sq_rt_rise_let_go(&rise);
  fill(x);
  run(&rise, x, N, 256);
  assert_true(x[0] == 0.0F && x[RISE - 1] < 1.0F && x[RISE] == 1.0F);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_it_rises_in_10_ms),
                                     cmocka_unit_test(test_it_is_the_same_at_any_period),
                                     cmocka_unit_test(test_it_is_silent_while_held_and_rises_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
