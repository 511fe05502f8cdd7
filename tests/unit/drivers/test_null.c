// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The null driver keeps the pace of the wall clock, survives late cycles and stops clean.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/thread.h"
#include "drivers/list.h"

typedef struct {
  _Atomic uint64_t frames, blocks;
  _Atomic uint32_t last, cycle; ///< frames of this cycle and of the one before
  _Atomic int stall_ms;         ///< the next cycle sleeps for so long
  _Atomic bool inside, wrong;
  uint64_t first_usecs, last_usecs;
} Seen;

static void sleep_ms(int ms) {
  struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
  nanosleep(&t, NULL);
}

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void process(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                    uint32_t n) {
  Seen *seen = context;
  seen->inside = true;
  int stall = atomic_exchange(&seen->stall_ms, 0);
  if (stall)
    sleep_ms(stall);
  volatile float tiny = 1e-39f;
  if (tiny * 0.5f != 0.0f || sq_thread_role() != SQ_THREAD_AUDIO)
    seen->wrong = true;
  for (uint32_t c = 0; c < n_out; c++)
    memset(out[c], 0, n * sizeof(float));
  seen->frames += n;
  seen->blocks++;
  seen->last += n;
  seen->inside = false;
}

static void cycle(void *context, uint64_t usecs) {
  Seen *seen = context;
  if (!seen->first_usecs)
    seen->first_usecs = usecs;
  seen->last_usecs = usecs;
  seen->cycle = seen->last;
  seen->last = 0;
}

static SqDriver *started(Seen *seen, uint32_t period) {
  memset(seen, 0, sizeof *seen);
  SqDriverConfig config = {.rate = 48000, .period = period, .n_out = 2};
  SqDriverHost host = {.context = seen, .process = process, .cycle = cycle};
  SqDriver *driver = NULL;
  char error[200] = "";
  assert_int_equal(sq_driver_null.open(&config, &host, &driver, error, sizeof error), SQ_OK);
  assert_int_equal(driver->type->start(driver, error, sizeof error), SQ_OK);
  return driver;
}

static void keeps_the_pace(void **state) {
  Seen seen;
  double begin = now_s();
  SqDriver *driver = started(&seen, 64);
  sleep_ms(300);
  driver->type->stop(driver);
  double passed = now_s() - begin;
  double run = (double)seen.frames / 48000;
  // What was skipped after a stall of the machine is no pace error: each xrun may have cost its 50 ms and more.
  SqDriverInfo info;
  driver->type->info(driver, &info);
  if (info.xruns == 0)
    assert_true(run > passed - 0.1 && run < passed + 0.002);
  assert_true(run < passed + 0.002);
  assert_int_equal(info.cycles, seen.blocks);
  assert_true(info.load > 0 && !info.running);
  assert_false(seen.wrong);
  // Cycle times are the schedule's: exact multiples of the period, but for the slewing of the clocks and for skips.
  double spacing = (double)(seen.last_usecs - seen.first_usecs) / (double)(seen.blocks - 1);
  if (info.xruns == 0)
    assert_true(spacing > 1333.3 - 1 && spacing < 1333.3 + 1);
  uint64_t after = seen.blocks;
  sleep_ms(20);
  assert_int_equal(seen.blocks, after); // stop() means stopped
  driver->type->close(driver);
}

static void counts_and_catches_up(void **state) {
  Seen seen;
  SqDriver *driver = started(&seen, 256);
  sleep_ms(60);
  SqDriverInfo before, after;
  driver->type->info(driver, &before);
  uint64_t frames = seen.frames;
  double begin = now_s();
  seen.stall_ms = 30; // short: made good
  sleep_ms(120);
  double run = (double)(seen.frames - frames) / 48000, passed = now_s() - begin;
  driver->type->info(driver, &after);
  assert_true(after.xruns >= before.xruns + 1);
  assert_true(run <= passed + 0.011);
  if (after.xruns == before.xruns + 1)
    assert_true(run > passed - 0.02);
  frames = seen.frames;
  begin = now_s();
  seen.stall_ms = 300; // long: skipped, no burst of 56 cycles
  sleep_ms(400);
  run = (double)(seen.frames - frames) / 48000;
  assert_true(run < 0.2);
  driver->type->close(driver);
}

static void changes_period_while_running(void **state) {
  static const uint32_t periods[] = {1024, 1, 17, 8192, 64, 500};
  Seen seen;
  char error[200];
  SqDriver *driver = started(&seen, 64);
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    assert_int_equal(driver->type->set_period(driver, periods[i], error, sizeof error), SQ_OK);
    for (int wait = 0; wait < 2000 && seen.cycle != periods[i]; wait++)
      sleep_ms(1);
    assert_int_equal(seen.cycle, periods[i]);
  }
  assert_int_equal(driver->type->set_period(driver, 8193, error, sizeof error), SQ_RANGE);
  driver->type->close(driver);
}

static void starts_again_after_stop(void **state) {
  Seen seen;
  char error[200];
  SqDriver *driver = started(&seen, 64);
  for (int i = 0; i < 20; i++) {
    driver->type->stop(driver);
    assert_false(seen.inside);
    assert_int_equal(driver->type->start(driver, error, sizeof error), SQ_OK);
  }
  uint64_t blocks = seen.blocks;
  sleep_ms(30);
  assert_true(seen.blocks > blocks);
  driver->type->close(driver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_pace),
      cmocka_unit_test(counts_and_catches_up),
      cmocka_unit_test(changes_period_while_running),
      cmocka_unit_test(starts_again_after_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
