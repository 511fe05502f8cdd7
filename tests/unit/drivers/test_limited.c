// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A call that hangs is left behind, and cleans up after itself when it ends after all.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "drivers/limited.h"

typedef struct {
  int sleep_ms;
  _Atomic int *dropped;
  int result;
} Work;

static void run(void *data) {
  Work *work = data;
  struct timespec t = {.tv_nsec = work->sleep_ms * 1000000L};
  nanosleep(&t, NULL);
  work->result = 42;
}

static void drop(void *data) {
  Work *work = data;
  atomic_fetch_add(work->dropped, work->result == 42 ? 1 : 100);
  free(work);
}

static Work *work_new(int sleep_ms, _Atomic int *dropped) {
  Work *work = calloc(1, sizeof *work);
  work->sleep_ms = sleep_ms;
  work->dropped = dropped;
  return work;
}

static void gives_back_what_ends_in_time(void **state) {
  _Atomic int dropped = 0;
  Work *work = work_new(1, &dropped);
  SqLimitedCall call = {.run = run, .drop = drop, .data = work};
  assert_int_equal(sq_limited_call(&call, 5000), SQ_OK);
  assert_int_equal(work->result, 42);
  assert_int_equal(dropped, 0);
  free(work);
}

static void leaves_behind_what_hangs(void **state) {
  _Atomic int dropped = 0;
  SqLimitedCall call = {.run = run, .drop = drop, .data = work_new(300, &dropped)};
  int64_t begin = sq_clock_now_ms();
  assert_int_equal(sq_limited_call(&call, 20), SQ_TIMEOUT);
  assert_in_range(sq_clock_now_ms() - begin, 19, 250);
  assert_int_equal(dropped, 0);
  for (int i = 0; i < 400 && !dropped; i++)
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  assert_int_equal(dropped, 1); // once, after run()
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gives_back_what_ends_in_time),
      cmocka_unit_test(leaves_behind_what_hangs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
