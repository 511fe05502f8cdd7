// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Work of processors: done on another thread, in order, none lost, refused when there is too much.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/thread.h"
#include "plugins/worker.h"

typedef struct {
  _Atomic uint32_t done;
  _Atomic bool wrong;
  pthread_t asker;
} Seen;

static void nap(void) {
  nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void work(void *instance, uint32_t size, const void *data) {
  Seen *seen = instance;
  uint32_t number;
  memcpy(&number, data, sizeof number);
  if (size != sizeof number || number != seen->done || pthread_equal(pthread_self(), seen->asker) ||
      sq_thread_role() != SQ_THREAD_JOBS)
    seen->wrong = true;
  seen->done++;
}

static void test_work_is_done_elsewhere_in_order(void **state) {
  (void)state;
  SqWorker *worker = sq_worker_new(false, 2, NULL, NULL);
  const SqServices *services = sq_worker_services(worker);
  Seen seen = {.asker = pthread_self()};
  for (uint32_t i = 0; i < 1000;) {
    if (services->schedule(services->context, &seen, work, sizeof i, &i))
      i++;
    else
      nap();
  }
  for (int i = 0; i < 500 && seen.done < 1000; i++)
    nap();
  assert_int_equal(seen.done, 1000);
  assert_false(seen.wrong);
  sq_worker_stop(worker);
  sq_worker_free(worker);
}

static void test_too_much_is_refused_and_the_rest_done_before_the_end(void **state) {
  (void)state;
  SqWorker *worker = sq_worker_new(false, 2, NULL, NULL);
  const SqServices *services = sq_worker_services(worker);
  Seen seen = {.asker = pthread_self()};
  static const uint8_t large[4097];
  assert_false(services->schedule(services->context, &seen, work, sizeof large, large));
  uint32_t taken = 0;
  while (services->schedule(services->context, &seen, work, sizeof taken, &taken) && taken < 100000)
    taken++;
  assert_true(taken >= 255); // room for as much, whatever is done meanwhile
  sq_worker_stop(worker);
  assert_int_equal(seen.done, taken);
  assert_false(seen.wrong);
  sq_worker_free(worker);
}

static void test_inputs_are_numbered_from_one(void **state) {
  (void)state;
  SqWorker *worker = sq_worker_new(true, 2, NULL, NULL);
  const SqServices *services = sq_worker_services(worker);
  assert_true(services->offline(services->context));
  assert_int_equal(services->hardware_input(services->context, "1"), 0);
  assert_int_equal(services->hardware_input(services->context, "2"), 1);
  const char *const wrong[] = {"0", "3", "", "x", "1x", "-1"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_int_equal(services->hardware_input(services->context, wrong[i]), UINT32_MAX);
  sq_worker_stop(worker);
  sq_worker_free(worker);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_work_is_done_elsewhere_in_order),
      cmocka_unit_test(test_too_much_is_refused_and_the_rest_done_before_the_end),
      cmocka_unit_test(test_inputs_are_numbered_from_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
