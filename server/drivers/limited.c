// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "drivers/limited.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"

typedef struct {
  SqLimitedCall call;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  bool done, abandoned;
} LimitedJob;

static void limited_free(LimitedJob *job) {
  pthread_mutex_destroy(&job->lock);
  pthread_cond_destroy(&job->ended);
  free(job);
}

static void *limited_run(void *argument) {
  LimitedJob *job = argument;
  sq_thread_become(SQ_THREAD_JOBS);
  job->call.run(job->call.data);
  pthread_mutex_lock(&job->lock);
  job->done = true;
  bool abandoned = job->abandoned;
  pthread_cond_signal(&job->ended);
  pthread_mutex_unlock(&job->lock);
  if (abandoned) {
    job->call.drop(job->call.data);
    limited_free(job);
  }
  return NULL;
}

static LimitedJob *limited_new(const SqLimitedCall *call) {
  LimitedJob *job = calloc(1, sizeof *job);
  if (!job)
    return NULL;
  job->call = *call;
  pthread_mutex_init(&job->lock, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&job->ended, &attributes);
  pthread_condattr_destroy(&attributes);
  return job;
}

SqStatus sq_limited_call(const SqLimitedCall *call, uint32_t limit_ms) {
  LimitedJob *job = limited_new(call);
  pthread_t thread;
  if (!job || sq_thread_start(&thread, "sq-limited", limited_run, job)) {
    if (job)
      limited_free(job);
    call->drop(call->data);
    return SQ_LIMIT;
  }
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += limit_ms / 1000;
  until.tv_nsec += limit_ms % 1000 * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&job->lock);
  while (!job->done)
    if (pthread_cond_timedwait(&job->ended, &job->lock, &until) == ETIMEDOUT)
      break;
  bool done = job->done;
  job->abandoned = !done;
  pthread_mutex_unlock(&job->lock);
  if (!done) {
    pthread_detach(thread);
    return SQ_TIMEOUT;
  }
  pthread_join(thread, NULL);
  limited_free(job);
  return SQ_OK;
}
