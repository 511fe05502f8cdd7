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

enum { N = 2048 };

static void test_copies_from_the_first_on(void **state) {
  float **hardware = test_channels_new(3, N), **out = test_channels_new(3, N);
  test_noise(hardware[0], 3 * N, 1.0f, 8);
  hardware[2][1500] = NAN;
  hardware[2][1501] = INFINITY;
  ProcRig rig = {
      .hardware = (const float *const *)hardware, .n_hardware = 3, .keys = {"first"}, .key_values = {"1"}, .n_keys = 1};
  proc_rig_open(&rig, &sq_processor_input, 48000, 3, NULL);
  proc_rig_run(&rig, NULL, out, N, 128);
  assert_true(out[0][0] == 0.0f && fabsf(out[0][10]) < 0.01f); // fades in
  for (uint32_t i = 240; i < N; i++) {
    assert_true(out[0][i] == hardware[1][i]);
    assert_true(out[1][i] == (i == 1500 || i == 1501 ? 0.0f : hardware[2][i]));
    assert_true(out[2][i] == 0.0f); // there is no fourth input
  }
  proc_rig_close(&rig);
  test_channels_free(hardware), test_channels_free(out);
}

static uint32_t find_port(void *context, const char *port) {
  return strcmp(port, "mic") ? UINT32_MAX : 2;
}

static SqStatus create(const char *key, const char *value, char *error) {
  const SqServices services = {.hardware_input = find_port};
  const SqProcSetup setup = {.rate = 48000,
                             .max_block = 64,
                             .n_out = 1,
                             .keys = &key,
                             .values = &value,
                             .n_keys = 1,
                             .services = &services,
                             .error = error,
                             .error_size = 128};
  void *instance = NULL;
  SqStatus status = sq_processor_input.create(&sq_processor_input, &setup, &instance);
  sq_processor_input.free(instance);
  return status;
}

static void test_names_what_is_not_there(void **state) {
  char error[128] = "";
  assert_int_equal(create("port", "mic", error), SQ_OK);
  assert_int_equal(create("port", "nowhere", error), SQ_NOT_FOUND);
  assert_string_equal(error, "there is no hardware input \"nowhere\"");
  assert_int_equal(create("first", "255", error), SQ_OK);
  assert_int_equal(create("first", "256", error), SQ_RANGE);
  assert_int_equal(create("first", "-1", error), SQ_RANGE);
  assert_int_equal(create("first", "2x", error), SQ_RANGE);
  assert_int_equal(create("first", "", error), SQ_RANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_copies_from_the_first_on),
      cmocka_unit_test(test_names_what_is_not_there),
  };
  return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
