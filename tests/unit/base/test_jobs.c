// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Jobs: done in order of asking, each told once, progress coalesced, cancelled before and while they run.
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/jobs.h"

typedef struct {
  atomic_int begun, let_go; ///< a job that holds runs until it is let go or cancelled
  bool holds, tells;
  SqStatus result, status; ///< what run() says; what done() was told
  uint32_t times;          ///< done() was called
  int32_t id;
  uint32_t place; ///< in the order of done()
} Work;

static uint32_t places;

static SqStatus run(SqJob *job, void *context) {
  Work *work = context;
  if (work->tells) {
    sq_job_progress(job, 0.25, "a quarter");
    sq_job_progress(job, 0.5, "half");
  }
  atomic_store(&work->begun, 1);
  while (work->holds && !atomic_load(&work->let_go))
    if (sq_job_cancelled(job))
      return SQ_CANCELLED;
    else
      sched_yield();
  return work->result;
}

static void done(void *context, int32_t id, SqStatus status) {
  Work *work = context;
  work->status = status;
  work->times++;
  work->id = id;
  work->place = ++places;
}

static int32_t add(SqJobs *jobs, Work *work) {
  return sq_jobs_add(jobs, &(SqJobSpec){.name = "work", .context = work, .run = run, .done = done});
}

static void await(const Work *work) {
  while (!atomic_load(&work->begun))
    sched_yield();
}

static void finish(SqJobs *jobs) {
  while (sq_jobs_pending(jobs)) {
    assert_true(sq_jobs_wait(jobs, 5000));
    sq_jobs_collect(jobs, NULL, NULL);
  }
}

static void done_in_order_and_told_once(void **state) {
  static Work work[20];
  memset(work, 0, sizeof work);
  SqJobs *jobs = sq_jobs_new(1);
  int32_t ids[20];
  places = 0;
  for (uint32_t i = 0; i < 20; i++) {
    work[i].result = i % 3 ? SQ_OK : SQ_IO;
    ids[i] = add(jobs, &work[i]);
    assert_true(ids[i] > 0 && (i == 0 || ids[i] > ids[i - 1]));
  }
  finish(jobs);
  for (uint32_t i = 0; i < 20; i++) {
    assert_true(work[i].times == 1 && work[i].id == ids[i] && work[i].place == i + 1);
    assert_int_equal(work[i].status, i % 3 ? SQ_OK : SQ_IO);
  }
  assert_false(sq_jobs_wait(jobs, 0)); // nothing more to collect
  sq_jobs_free(jobs);
}

static void nothing_is_done_before_it_is_collected(void **state) {
  Work work = {.result = SQ_OK};
  SqJobs *jobs = sq_jobs_new(2);
  assert_int_equal(sq_jobs_pending(jobs), 0);
  add(jobs, &work);
  assert_true(sq_jobs_wait(jobs, 5000));
  struct pollfd p = {.fd = sq_jobs_fd(jobs), .events = POLLIN};
  assert_int_equal(poll(&p, 1, 0), 1);
  assert_true(work.times == 0 && sq_jobs_pending(jobs) == 1);
  finish(jobs);
  assert_int_equal(poll(&p, 1, 0), 0);
  assert_int_equal(work.times, 1);
  sq_jobs_free(jobs);
}

static void threads_work_side_by_side(void **state) {
  Work work[3] = {{.holds = true}, {.holds = true}, {.holds = true}};
  SqJobs *jobs = sq_jobs_new(3);
  for (uint32_t i = 0; i < 3; i++)
    add(jobs, &work[i]);
  for (uint32_t i = 0; i < 3; i++)
    await(&work[i]); // all have begun, none has ended
  for (uint32_t i = 0; i < 3; i++)
    atomic_store(&work[2 - i].let_go, 1);
  finish(jobs);
  sq_jobs_free(jobs);
}

typedef struct {
  uint32_t n;
  int32_t id;
  double fraction;
  char text[32], name[16];
} Told;

static void progress(void *context, int32_t id, const char *name, double fraction, const char *text) {
  Told *told = context;
  told->n++;
  told->id = id;
  told->fraction = fraction;
  snprintf(told->text, sizeof told->text, "%s", text);
  snprintf(told->name, sizeof told->name, "%s", name);
}

static void progress_is_told_with_its_newest_value(void **state) {
  Work work = {.holds = true, .tells = true};
  Told told = {0};
  SqJobs *jobs = sq_jobs_new(1);
  const int32_t id = add(jobs, &work);
  await(&work);
  assert_true(sq_jobs_wait(jobs, 5000));
  sq_jobs_collect(jobs, progress, &told);
  assert_true(told.n == 1 && told.id == id && told.fraction == 0.5);
  assert_string_equal(told.text, "half");
  assert_string_equal(told.name, "work");
  sq_jobs_collect(jobs, progress, &told);
  assert_int_equal(told.n, 1); // once
  atomic_store(&work.let_go, 1);
  finish(jobs);
  sq_jobs_free(jobs);
}

static void cancel_at_news(void *context, int32_t id, const char *name, double fraction, const char *text) {
  assert_int_equal(sq_jobs_cancel(context, id), SQ_OK);
}

static void who_hears_of_progress_may_ask_for_something(void **state) {
  alarm(10); // a lock held meanwhile would keep us for good
  Work work = {.holds = true, .tells = true};
  SqJobs *jobs = sq_jobs_new(1);
  add(jobs, &work);
  await(&work);
  assert_true(sq_jobs_wait(jobs, 5000));
  sq_jobs_collect(jobs, cancel_at_news, jobs);
  finish(jobs);
  assert_int_equal(work.status, SQ_CANCELLED);
  sq_jobs_free(jobs);
  alarm(0);
}

static void cancelled_before_it_begins_it_never_runs(void **state) {
  Work first = {.holds = true}, second = {.result = SQ_OK}, third = {.result = SQ_OK};
  SqJobs *jobs = sq_jobs_new(1);
  add(jobs, &first);
  await(&first);
  const int32_t id = add(jobs, &second);
  add(jobs, &third);
  assert_int_equal(sq_jobs_cancel(jobs, id), SQ_OK);
  assert_int_equal(sq_jobs_cancel(jobs, id + 99), SQ_NOT_FOUND);
  assert_int_equal(second.times, 0); // told as the others, not at once
  atomic_store(&first.let_go, 1);
  finish(jobs);
  assert_true(!second.begun && second.times == 1 && second.status == SQ_CANCELLED);
  assert_true(third.begun && third.status == SQ_OK && first.status == SQ_OK);
  assert_int_equal(sq_jobs_cancel(jobs, id), SQ_NOT_FOUND); // it is over
  sq_jobs_free(jobs);
}

static void cancelled_while_it_runs_it_may_stop(void **state) {
  Work work = {.holds = true};
  SqJobs *jobs = sq_jobs_new(1);
  const int32_t id = add(jobs, &work);
  await(&work);
  assert_int_equal(sq_jobs_cancel(jobs, id), SQ_OK);
  finish(jobs);
  assert_true(work.times == 1 && work.status == SQ_CANCELLED);
  sq_jobs_free(jobs);
}

static void the_end_cancels_all_and_tells_all(void **state) {
  Work running = {.holds = true}, waiting[3] = {{0}};
  SqJobs *jobs = sq_jobs_new(1);
  add(jobs, &running);
  await(&running);
  for (uint32_t i = 0; i < 3; i++)
    add(jobs, &waiting[i]);
  sq_jobs_free(jobs);
  assert_true(running.times == 1 && running.status == SQ_CANCELLED);
  for (uint32_t i = 0; i < 3; i++)
    assert_true(waiting[i].times == 1 && waiting[i].status == SQ_CANCELLED && !waiting[i].begun);
  sq_jobs_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(done_in_order_and_told_once),
      cmocka_unit_test(nothing_is_done_before_it_is_collected),
      cmocka_unit_test(threads_work_side_by_side),
      cmocka_unit_test(progress_is_told_with_its_newest_value),
      cmocka_unit_test(who_hears_of_progress_may_ask_for_something),
      cmocka_unit_test(cancelled_before_it_begins_it_never_runs),
      cmocka_unit_test(cancelled_while_it_runs_it_may_stop),
      cmocka_unit_test(the_end_cancels_all_and_tells_all),
  };
  return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
