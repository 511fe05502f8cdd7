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

enum { N = 4096 };

static void run(double db, double polarity, const float *const *in, float **out) {
  const double values[] = {db, polarity};
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_gain, 48000, 3, values);
  proc_rig_run(&rig, in, out, N, 100);
  proc_rig_close(&rig);
}

static void test_levels(void **state) {
  float **in = test_channels_new(3, N), **out = test_channels_new(3, N);
  test_noise(in[0], 3 * N, 1.0f, 5);
  run(0, 0, (const float *const *)in, out);
  assert_memory_equal(in[0], out[0], 3 * N * sizeof(float)); // 0 dB: the very bits
  const double levels[] = {-143.5, -60, -6.0206, 3, 24};
  for (uint32_t k = 0; k < sizeof levels / sizeof levels[0]; k++) {
    run(levels[k], k % 2, (const float *const *)in, out);
    double want = pow(10.0, levels[k] / 20.0) * (k % 2 ? -1 : 1);
    for (uint32_t i = 0; i < 3 * N; i++)
      assert_true(fabs(out[0][i] - want * in[0][i]) <= 1e-6 * fabs(want));
  }
  run(-144, 0, (const float *const *)in, out);
  for (uint32_t i = 0; i < 3 * N; i++)
    assert_true(out[0][i] == 0.0f);
  test_channels_free(in), test_channels_free(out);
}

static void test_polarity_turns_on_its_frame(void **state) {
  float **in = test_channels_new(1, N), **out = test_channels_new(1, N);
  for (uint32_t i = 0; i < N; i++)
    in[0][i] = 1.0f;
  ProcRig rig = {0};
  proc_rig_open(&rig, &sq_processor_gain, 48000, 1, NULL);
  proc_rig_set(&rig, 1001, "polarity", 1, 0);
  proc_rig_set(&rig, 1100, "polarity", 0, 0); // before the fade is over: done after it
  proc_rig_set(&rig, 3000, "polarity", 1, 0);
  proc_rig_run(&rig, (const float *const *)in, out, N, 64);
  assert_true(out[0][1001] == 1.0f && out[0][1005] < 1.0f);
  assert_true(out[0][1001 + 239] > -1.0f && out[0][1001 + 240] == -1.0f);
  assert_true(fabsf(out[0][1001 + 120]) < 0.01f);
  assert_true(out[0][1001 + 480] == 1.0f && out[0][2999] == 1.0f && out[0][N - 1] == -1.0f);
  proc_rig_close(&rig);
  test_channels_free(in), test_channels_free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_levels),
      cmocka_unit_test(test_polarity_turns_on_its_frame),
  };
  return cmocka_run_group_tests_name("gain", tests, NULL, NULL);
}
