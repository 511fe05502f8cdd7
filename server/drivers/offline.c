// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The driver that advances only when told, exactly as far as told: the same input gives the same bits; control thread.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "drivers/buffers.h"
#include "drivers/list.h"

typedef struct SqDriverOffline {
  SqDriver base;
  SqDriverHost host;
  SqDriverBuffers buffers;
  uint32_t rate;
  uint64_t frames; ///< run so far: the driver's time, by which cycle() is told its microseconds
  _Atomic bool started;
  _Atomic uint32_t period;
  _Atomic uint64_t cycles;
} SqDriverOffline;

static SqStatus offline_open(const SqDriverConfig *config, const SqDriverHost *host, SqDriver **driver, char *error,
                             size_t error_size) {
  SqDriverConfig checked;
  SqStatus status = sq_driver_check(config, &checked, error, error_size);
  if (status)
    return status;
  SqDriverOffline *self = calloc(1, sizeof *self);
  if (!self || sq_driver_buffers_init(&self->buffers, checked.n_in, checked.n_out)) {
    free(self);
    snprintf(error, error_size, "out of memory for the offline driver");
    return SQ_LIMIT;
  }
  self->base.type = &sq_driver_offline;
  self->host = *host;
  self->rate = checked.rate;
  atomic_init(&self->period, checked.period);
  *driver = &self->base;
  return SQ_OK;
}

static SqStatus offline_start(SqDriver *driver, char *error, size_t error_size) {
  ((SqDriverOffline *)driver)->started = true;
  return SQ_OK;
}

static void offline_stop(SqDriver *driver) {
  ((SqDriverOffline *)driver)->started = false;
}

static void offline_close(SqDriver *driver) {
  SqDriverOffline *self = (SqDriverOffline *)driver;
  sq_driver_buffers_cleanup(&self->buffers);
  free(self);
}

static void offline_info(SqDriver *driver, SqDriverInfo *info) {
  SqDriverOffline *self = (SqDriverOffline *)driver;
  memset(info, 0, sizeof *info);
  info->rate = self->rate;
  info->period = atomic_load_explicit(&self->period, memory_order_relaxed);
  info->n_in = self->buffers.n_in;
  info->n_out = self->buffers.n_out;
  info->cycles = atomic_load_explicit(&self->cycles, memory_order_relaxed);
  info->running = self->started;
  snprintf(info->description, sizeof info->description, "offline: advances when told");
}

/// The microseconds of a frame since the first one, without overflow in any real length.
static uint64_t offline_usecs(uint64_t frames, uint32_t rate) {
  return frames / rate * 1000000u + frames % rate * 1000000u / rate;
}

static SqStatus offline_run(SqDriver *driver, uint64_t frames) {
  SqDriverOffline *self = (SqDriverOffline *)driver;
  if (!self->started)
    return SQ_NOT_NOW;
  // The bits must be those of the live drivers: same float mode, and this thread is the audio thread for the while.
  SqThreadRole role = sq_thread_become(SQ_THREAD_AUDIO);
  uint64_t floats = sq_thread_flush_denormals();
  while (frames) {
    uint32_t period = atomic_load_explicit(&self->period, memory_order_relaxed);
    uint32_t n = frames < period ? (uint32_t)frames : period;
    if (self->host.cycle)
      self->host.cycle(self->host.context, offline_usecs(self->frames, self->rate));
    sq_rt_driver_cycle(&self->host, &self->buffers, n);
    self->frames += n;
    frames -= n;
    atomic_fetch_add_explicit(&self->cycles, 1, memory_order_relaxed);
  }
  sq_thread_restore_floats(floats);
  sq_thread_become(role);
  return SQ_OK;
}

static SqStatus offline_set_period(SqDriver *driver, uint32_t frames, char *error, size_t error_size) {
  SqDriverOffline *self = (SqDriverOffline *)driver;
  SqStatus status = sq_driver_check_period(frames, error, error_size);
  if (status)
    return status;
  atomic_store_explicit(&self->period, frames, memory_order_relaxed);
  if (self->host.notify)
    self->host.notify(self->host.context, SQ_DRIVER_PERIOD, frames);
  return SQ_OK;
}

const SqDriverType sq_driver_offline = {.name = "offline",
                                        .open = offline_open,
                                        .start = offline_start,
                                        .stop = offline_stop,
                                        .close = offline_close,
                                        .info = offline_info,
                                        .run = offline_run,
                                        .set_period = offline_set_period};
