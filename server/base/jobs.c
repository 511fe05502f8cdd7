// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/jobs.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"

#define MAX_THREADS 8

struct SqJob {
  SqJob *next;
  SqJobs *jobs;
  SqJobSpec spec;
  int32_t id;
  atomic_bool cancelled;
  SqStatus status;
  double fraction; ///< under the lock
  char text[96];   ///< under the lock
  bool told;       ///< progress not yet collected; under the lock
};

typedef struct {
  SqJob *first, *last;
} List;

struct SqJobs {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  List waiting, running, over;
  bool ending;
  int32_t next_id;
  uint32_t pending;
  int fd;
  unsigned n_threads;
  pthread_t threads[MAX_THREADS];
};

static void append(List *list, SqJob *job) {
  job->next = NULL;
  if (list->last)
    list->last->next = job;
  else
    list->first = job;
  list->last = job;
}

static SqJob *shift(List *list) {
  SqJob *job = list->first;
  if (job && !(list->first = job->next))
    list->last = NULL;
  return job;
}

static void take(List *list, SqJob *job) {
  SqJob *before = NULL;
  for (SqJob *at = list->first; at; before = at, at = at->next)
    if (at == job) {
      if (before)
        before->next = at->next;
      else
        list->first = at->next;
      if (list->last == at)
        list->last = before;
      return;
    }
}

static void ring(SqJobs *jobs) {
  const uint64_t one = 1;
  const ssize_t n = write(jobs->fd, &one, sizeof one);
  (void)n; // the counter can only be full when it is readable anyway
}

static void *thread_main(void *context) {
  SqJobs *jobs = context;
  pthread_mutex_lock(&jobs->lock);
  for (;;) {
    SqJob *job = shift(&jobs->waiting);
    if (!job) {
      if (jobs->ending)
        break;
      pthread_cond_wait(&jobs->wake, &jobs->lock);
      continue;
    }
    append(&jobs->running, job);
    pthread_mutex_unlock(&jobs->lock);
    job->status = atomic_load(&job->cancelled) ? SQ_CANCELLED : job->spec.run(job, job->spec.context);
    pthread_mutex_lock(&jobs->lock);
    take(&jobs->running, job);
    append(&jobs->over, job);
    ring(jobs);
  }
  pthread_mutex_unlock(&jobs->lock);
  return NULL;
}

SqJobs *sq_jobs_new(unsigned n_threads) {
  SqJobs *jobs = sq_alloc(1, sizeof *jobs);
  pthread_mutex_init(&jobs->lock, NULL);
  pthread_cond_init(&jobs->wake, NULL);
  jobs->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  jobs->n_threads = n_threads < MAX_THREADS ? n_threads : MAX_THREADS;
  for (unsigned i = 0; i < jobs->n_threads; i++)
    if (pthread_create(&jobs->threads[i], NULL, thread_main, jobs) != 0) {
      fputs("squeezed: cannot start a job thread\n", stderr);
      abort();
    }
  return jobs;
}

void sq_jobs_free(SqJobs *jobs) {
  if (!jobs)
    return;
  pthread_mutex_lock(&jobs->lock);
  jobs->ending = true;
  for (SqJob *job = jobs->waiting.first; job; job = job->next)
    atomic_store(&job->cancelled, true);
  for (SqJob *job = jobs->running.first; job; job = job->next)
    atomic_store(&job->cancelled, true);
  pthread_cond_broadcast(&jobs->wake);
  pthread_mutex_unlock(&jobs->lock);
  for (unsigned i = 0; i < jobs->n_threads; i++)
    pthread_join(jobs->threads[i], NULL);
  sq_jobs_collect(jobs, NULL, NULL);
  close(jobs->fd);
  pthread_cond_destroy(&jobs->wake);
  pthread_mutex_destroy(&jobs->lock);
  free(jobs);
}

int32_t sq_jobs_add(SqJobs *jobs, const SqJobSpec *spec) {
  SqJob *job = sq_alloc(1, sizeof *job);
  job->jobs = jobs;
  job->spec = *spec;
  pthread_mutex_lock(&jobs->lock);
  job->id = ++jobs->next_id;
  const int32_t id = job->id;
  jobs->pending++;
  append(&jobs->waiting, job);
  pthread_cond_signal(&jobs->wake);
  pthread_mutex_unlock(&jobs->lock);
  return id;
}

SqStatus sq_jobs_cancel(SqJobs *jobs, int32_t id) {
  SqStatus status = SQ_NOT_FOUND;
  pthread_mutex_lock(&jobs->lock);
  for (int k = 0; k < 2; k++)
    for (SqJob *job = k ? jobs->running.first : jobs->waiting.first; job; job = job->next)
      if (job->id == id) {
        atomic_store(&job->cancelled, true);
        status = SQ_OK;
      }
  pthread_mutex_unlock(&jobs->lock);
  return status;
}

int sq_jobs_fd(const SqJobs *jobs) {
  return jobs->fd;
}

typedef struct {
  int32_t id;
  const char *name;
  double fraction;
  char text[sizeof((SqJob *)0)->text];
} News;

/// What the running jobs have to tell; under the lock.
static unsigned news_take(SqJobs *jobs, News news[static MAX_THREADS]) {
  unsigned n = 0;
  for (SqJob *job = jobs->running.first; job; job = job->next)
    if (job->told) {
      job->told = false;
      news[n] = (News){.id = job->id, .name = job->spec.name, .fraction = job->fraction};
      memcpy(news[n++].text, job->text, sizeof job->text);
    }
  return n;
}

void sq_jobs_collect(SqJobs *jobs, SqJobProgress progress, void *context) {
  uint64_t count;
  News news[MAX_THREADS];
  pthread_mutex_lock(&jobs->lock); // before the look: what rings from here on is not taken below
  const ssize_t n = read(jobs->fd, &count, sizeof count);
  (void)n; // nothing to read is fine
  const unsigned n_news = progress ? news_take(jobs, news) : 0;
  List over = jobs->over;
  jobs->over = (List){0};
  for (const SqJob *job = over.first; job; job = job->next)
    jobs->pending--;
  pthread_mutex_unlock(&jobs->lock);
  for (unsigned i = 0; i < n_news;
       i++) // without the lock: who hears it may ask for something, and jobs go on meanwhile
    progress(context, news[i].id, news[i].name, news[i].fraction, news[i].text);
  for (SqJob *job = shift(&over); job; job = shift(&over)) {
    job->spec.done(job->spec.context, job->id, job->status);
    free(job);
  }
}

uint32_t sq_jobs_pending(const SqJobs *jobs) {
  return jobs->pending;
}

bool sq_jobs_wait(SqJobs *jobs, int ms) {
  struct pollfd p = {.fd = jobs->fd, .events = POLLIN};
  return poll(&p, 1, ms) > 0;
}

bool sq_job_cancelled(const SqJob *job) {
  return atomic_load(&job->cancelled);
}

void sq_job_progress(SqJob *job, double fraction, const char *text) {
  pthread_mutex_lock(&job->jobs->lock);
  job->fraction = fraction;
  snprintf(job->text, sizeof job->text, "%s", text);
  job->told = true;
  ring(job->jobs);
  pthread_mutex_unlock(&job->jobs->lock);
}
