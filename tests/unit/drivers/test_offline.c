// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The offline driver runs exactly as many frames as told, at any period.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/thread.h"
#include "drivers/buffers.h"
#include "drivers/list.h"

typedef struct {
  uint64_t frames, cycles;
  uint32_t blocks, longest, last;
  uint64_t last_usecs;
  uint32_t notices;
  int64_t noticed;
  bool all_audio, silent, denormal_zero;
} Seen;

static void process(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                    uint32_t n) {
  Seen *seen = context;
  seen->blocks++;
  seen->frames += n;
  seen->last = n;
  if (n > seen->longest)
    seen->longest = n;
  seen->all_audio = seen->all_audio && sq_thread_role() == SQ_THREAD_AUDIO;
  for (uint32_t c = 0; c < n_in; c++)
    for (uint32_t i = 0; i < n; i++)
      seen->silent = seen->silent && in[c][i] == 0.0f;
  for (uint32_t c = 0; c < n_out; c++)
    for (uint32_t i = 0; i < n; i++)
      out[c][i] = 1.0f; // would be seen by the next block if inputs and outputs shared memory
  volatile float tiny = 1e-39f;
  seen->denormal_zero = seen->denormal_zero && tiny * 0.5f == 0.0f;
}

static void cycle(void *context, uint64_t usecs) {
  Seen *seen = context;
  seen->cycles++;
  seen->last_usecs = usecs;
}

static void notify(void *context, SqDriverNotice notice, int64_t value) {
  Seen *seen = context;
  if (notice == SQ_DRIVER_PERIOD) {
    seen->notices++;
    seen->noticed = value;
  }
}

static SqDriver *opened(Seen *seen, uint32_t period) {
  *seen = (Seen){.all_audio = true, .silent = true, .denormal_zero = true};
  SqDriverConfig config = {.rate = 44100, .period = period, .n_in = 2, .n_out = 3};
  SqDriverHost host = {.context = seen, .process = process, .cycle = cycle, .notify = notify};
  SqDriver *driver = NULL;
  char error[200] = "";
  assert_int_equal(sq_driver_offline.open(&config, &host, &driver, error, sizeof error), SQ_OK);
  assert_int_equal(driver->type->start(driver, error, sizeof error), SQ_OK);
  return driver;
}

static void runs_exactly_as_told(void **state) {
  static const uint32_t periods[] = {1, 17, 64, 1024, 8192};
  static const uint64_t lengths[] = {0, 1, 63, 64, 65, 44100, 100003};
  for (size_t p = 0; p < sizeof periods / sizeof *periods; p++)
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
      Seen seen;
      SqDriver *driver = opened(&seen, periods[p]);
      assert_int_equal(driver->type->run(driver, lengths[l]), SQ_OK);
      assert_int_equal(seen.frames, lengths[l]);
      assert_int_equal(seen.cycles, (lengths[l] + periods[p] - 1) / periods[p]);
      assert_true(seen.longest <= periods[p] && seen.longest <= SQ_MAX_BLOCK);
      if (lengths[l])
        assert_int_equal(seen.last, ((lengths[l] - 1) % periods[p]) % SQ_MAX_BLOCK + 1);
      assert_true(seen.all_audio && seen.silent && seen.denormal_zero);
      SqDriverInfo info;
      driver->type->info(driver, &info);
      assert_int_equal(info.cycles, seen.cycles);
      assert_int_equal(info.rate, 44100);
      driver->type->close(driver);
    }
}

static void leaves_the_thread_as_it_was(void **state) {
  Seen seen;
  SqDriver *driver = opened(&seen, 64);
  sq_thread_become(SQ_THREAD_CONTROL);
  volatile float tiny = 1e-39f;
  assert_true(tiny * 0.5f > 0.0f);
  driver->type->run(driver, 100);
  assert_int_equal(sq_thread_role(), SQ_THREAD_CONTROL);
  assert_true(tiny * 0.5f > 0.0f);
  sq_thread_become(SQ_THREAD_UNKNOWN);
  driver->type->close(driver);
}

static void period_changes_between_runs(void **state) {
  Seen seen;
  char error[200];
  SqDriver *driver = opened(&seen, 64);
  driver->type->run(driver, 640);
  assert_int_equal(driver->type->set_period(driver, 7, error, sizeof error), SQ_OK);
  assert_int_equal(seen.notices, 1);
  assert_int_equal(seen.noticed, 7);
  driver->type->run(driver, 70);
  assert_int_equal(seen.blocks, 20);
  // 710 frames are run; the last cycle began 7 frames before their end.
  assert_int_equal(seen.last_usecs, 703u * 1000000u / 44100u);
  assert_int_equal(driver->type->set_period(driver, 0, error, sizeof error), SQ_RANGE);
  assert_int_equal(driver->type->set_period(driver, 8193, error, sizeof error), SQ_RANGE);
  assert_string_equal(error, "a period of 8193 frames is not possible; it must be 1 to 8192");
  assert_int_equal(seen.notices, 1);
  driver->type->stop(driver);
  assert_int_equal(driver->type->run(driver, 1), SQ_NOT_NOW);
  driver->type->close(driver);
}

static void refuses_what_cannot_be(void **state) {
  SqDriverHost host = {.process = process};
  SqDriver *driver = NULL;
  char error[200] = "";
  SqDriverConfig config = {.rate = 3999};
  assert_int_equal(sq_driver_offline.open(&config, &host, &driver, error, sizeof error), SQ_RANGE);
  assert_non_null(strstr(error, "3999 Hz"));
  config = (SqDriverConfig){.n_out = SQ_MAX_HARDWARE + 1};
  assert_int_equal(sq_driver_offline.open(&config, &host, &driver, error, sizeof error), SQ_RANGE);
  assert_non_null(strstr(error, "257 outputs"));
  config = (SqDriverConfig){.period = 9000};
  assert_int_equal(sq_driver_offline.open(&config, &host, &driver, error, sizeof error), SQ_RANGE);
  assert_null(driver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs_exactly_as_told),
      cmocka_unit_test(leaves_the_thread_as_it_was),
      cmocka_unit_test(period_changes_between_runs),
      cmocka_unit_test(refuses_what_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
