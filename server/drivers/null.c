// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The driver without any sound system: a thread on an absolute timer, silence in, nothing heard; own audio thread.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/thread.h"
#include "drivers/buffers.h"
#include "drivers/list.h"

#define NULL_PRIORITY 70         // as jackd's own default for its driver thread
#define NULL_SLICE_NS 50000000   // longest sleep: how long stop() may have to wait with a slow rate
#define NULL_GIVE_UP_NS 50000000 // later than this (and two periods): what is lost is skipped, not run in a burst

typedef struct SqDriverNull {
  SqDriver base;
  SqDriverHost host;
  SqDriverBuffers buffers;
  uint32_t rate;
  pthread_t thread;
  _Atomic bool started;
  _Atomic bool quit;
  _Atomic uint32_t period;
  _Atomic uint64_t cycles, xruns;
  _Atomic float load;
} SqDriverNull;

static int64_t null_now(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// Sleeps to the absolute `due`; false when asked to quit meanwhile.
static bool null_sleep(SqDriverNull *self, int64_t due) {
  for (;;) {
    if (atomic_load_explicit(&self->quit, memory_order_acquire))
      return false;
    int64_t now = null_now(CLOCK_MONOTONIC);
    if (now >= due)
      return true;
    int64_t until = due - now > NULL_SLICE_NS ? now + NULL_SLICE_NS : due;
    struct timespec t = {.tv_sec = (time_t)(until / 1000000000), .tv_nsec = (long)(until % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
  }
}

/// One cycle that was due at `due`; keeps the load.
static void null_cycle(SqDriverNull *self, int64_t due, uint32_t n) {
  int64_t begin = null_now(CLOCK_MONOTONIC);
  // Cycle times are those of the schedule, free of wake-up jitter, told on the RAW clock as JACK's are.
  if (self->host.cycle)
    self->host.cycle(self->host.context, (uint64_t)((null_now(CLOCK_MONOTONIC_RAW) - (begin - due)) / 1000));
  sq_rt_driver_cycle(&self->host, &self->buffers, n);
  atomic_fetch_add_explicit(&self->cycles, 1, memory_order_relaxed);
  float part = (float)(null_now(CLOCK_MONOTONIC) - begin) * (float)self->rate / ((float)n * 1e9f);
  float load = atomic_load_explicit(&self->load, memory_order_relaxed);
  atomic_store_explicit(&self->load, load + 0.05f * (part - load), memory_order_relaxed);
}

static void *null_run(void *argument) {
  SqDriverNull *self = argument;
  sq_thread_become(SQ_THREAD_AUDIO);
  sq_thread_flush_denormals();
  int64_t base = null_now(CLOCK_MONOTONIC);
  uint64_t frames = 0; // since base: due times are computed from it, so rounding never adds up
  bool late = false;
  for (;;) {
    uint32_t n = atomic_load_explicit(&self->period, memory_order_relaxed);
    int64_t length = (int64_t)n * 1000000000 / self->rate;
    int64_t due =
        base + (int64_t)(frames / self->rate) * 1000000000 + (int64_t)(frames % self->rate * 1000000000u / self->rate);
    if (!null_sleep(self, due))
      return NULL;
    int64_t behind = null_now(CLOCK_MONOTONIC) - due;
    if (behind > length && !late) // one count for one incident, however many cycles it takes to catch up
      atomic_fetch_add_explicit(&self->xruns, 1, memory_order_relaxed);
    late = behind > length;
    if (behind > NULL_GIVE_UP_NS && behind > 2 * length) {
      base = due = null_now(CLOCK_MONOTONIC);
      frames = 0;
    }
    null_cycle(self, due, n);
    frames += n;
  }
}

static SqStatus null_open(const SqDriverConfig *config, const SqDriverHost *host, SqDriver **driver, char *error,
                          size_t error_size) {
  SqDriverConfig checked;
  SqStatus status = sq_driver_check(config, &checked, error, error_size);
  if (status)
    return status;
  SqDriverNull *self = calloc(1, sizeof *self);
  if (!self || sq_driver_buffers_init(&self->buffers, checked.n_in, checked.n_out)) {
    free(self);
    snprintf(error, error_size, "out of memory for the null driver");
    return SQ_LIMIT;
  }
  self->base.type = &sq_driver_null;
  self->host = *host;
  self->rate = checked.rate;
  atomic_init(&self->period, checked.period);
  *driver = &self->base;
  return SQ_OK;
}

static SqStatus null_start(SqDriver *driver, char *error, size_t error_size) {
  SqDriverNull *self = (SqDriverNull *)driver;
  if (self->started)
    return SQ_OK;
  atomic_store(&self->quit, false);
  SqStatus status = sq_thread_start(&self->thread, "sq-null", null_run, self);
  if (status) {
    snprintf(error, error_size, "cannot start the timer thread of the null driver");
    return status;
  }
  self->started = true;
  if (sq_thread_realtime(self->thread, NULL_PRIORITY) && self->host.log)
    self->host.log(self->host.context, 6, "null driver: no right to real-time scheduling, cycles may come late");
  return SQ_OK;
}

static void null_stop(SqDriver *driver) {
  SqDriverNull *self = (SqDriverNull *)driver;
  if (!self->started)
    return;
  atomic_store_explicit(&self->quit, true, memory_order_release);
  pthread_join(self->thread, NULL);
  self->started = false;
}

static void null_close(SqDriver *driver) {
  SqDriverNull *self = (SqDriverNull *)driver;
  null_stop(driver);
  sq_driver_buffers_cleanup(&self->buffers);
  free(self);
}

static void null_info(SqDriver *driver, SqDriverInfo *info) {
  SqDriverNull *self = (SqDriverNull *)driver;
  memset(info, 0, sizeof *info);
  info->rate = self->rate;
  info->period = atomic_load_explicit(&self->period, memory_order_relaxed);
  info->n_in = self->buffers.n_in;
  info->n_out = self->buffers.n_out;
  info->xruns = atomic_load_explicit(&self->xruns, memory_order_relaxed);
  info->cycles = atomic_load_explicit(&self->cycles, memory_order_relaxed);
  info->load = atomic_load_explicit(&self->load, memory_order_relaxed);
  info->running = self->started;
  snprintf(info->description, sizeof info->description, "null: a timer, no sound");
}

static SqStatus null_set_period(SqDriver *driver, uint32_t frames, char *error, size_t error_size) {
  SqDriverNull *self = (SqDriverNull *)driver;
  SqStatus status = sq_driver_check_period(frames, error, error_size);
  if (status)
    return status;
  atomic_store_explicit(&self->period, frames, memory_order_relaxed); // from the next cycle on
  if (self->host.notify)
    self->host.notify(self->host.context, SQ_DRIVER_PERIOD, frames);
  return SQ_OK;
}

const SqDriverType sq_driver_null = {.name = "null",
                                     .open = null_open,
                                     .start = null_start,
                                     .stop = null_stop,
                                     .close = null_close,
                                     .info = null_info,
                                     .set_period = null_set_period};
