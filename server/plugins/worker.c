// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/thread.h"
#include "engine/ring.h"

/// One piece of work; the data is at most what LV2 plug-ins send in practice.
typedef struct {
  void *instance;
  void (*work)(void *instance, uint32_t size, const void *data);
  uint32_t size;
  uint8_t data[4096];
} Work;

#define WORK_ITEMS 256u

struct SqWorker {
  SqServices services;
  SqRing ring;
  void *memory;
  pthread_t thread;
  bool started;
  atomic_bool ending;
  bool offline;
  uint32_t n_in;
  void (*log)(void *, int, const char *);
  void *log_context;
};

/// How long the thread sleeps between two looks: the audio thread never makes a system call to wake it.
#define WORK_LOOK_MS 2 ///< while there was work in the last second
#define WORK_IDLE_MS 20
#define WORK_IDLE_LOOKS (1000 / WORK_LOOK_MS)

/// True when there was something to do.
static bool work_off(SqWorker *worker, Work *room) {
  bool any = false;
  for (; sq_ring_read(&worker->ring, room); any = true)
    room->work(room->instance, room->size, room->data);
  return any;
}

static void *thread_main(void *context) {
  SqWorker *worker = context;
  Work *room = sq_alloc(1, sizeof *room);
  sq_thread_become(SQ_THREAD_JOBS);
  for (uint32_t idle = WORK_IDLE_LOOKS; !atomic_load(&worker->ending);) {
    idle = work_off(worker, room) ? 0 : idle + (idle < WORK_IDLE_LOOKS);
    const long ms = idle < WORK_IDLE_LOOKS ? WORK_LOOK_MS : WORK_IDLE_MS;
    nanosleep(&(struct timespec){0, ms * 1000000L}, NULL);
  }
  work_off(worker, room);
  free(room);
  return NULL;
}

static bool schedule(void *context, void *instance, void (*work)(void *, uint32_t, const void *), uint32_t size,
                     const void *data) {
  SqWorker *worker = context;
  if (size > sizeof((Work *)0)->data || sq_ring_space(&worker->ring) == 0)
    return false;
  SqRingSpan span = sq_ring_write_span(&worker->ring, 1);
  Work *to = span.first;
  to->instance = instance;
  to->work = work;
  to->size = size;
  memcpy(to->data, data, size);
  sq_ring_write_done(&worker->ring, 1);
  return true;
}

static void say(void *context, int level, const char *text) {
  SqWorker *worker = context;
  if (worker->log)
    worker->log(worker->log_context, level, text);
}

static bool is_offline(void *context) {
  return ((SqWorker *)context)->offline;
}

static uint32_t hardware_input(void *context, const char *port) {
  const SqWorker *worker = context;
  char *end;
  const unsigned long n = strtoul(port, &end, 10);
  return end != port && *end == 0 && n >= 1 && n <= worker->n_in ? (uint32_t)n - 1 : UINT32_MAX;
}

SqWorker *sq_worker_new(bool offline, uint32_t n_in, void (*log)(void *, int, const char *), void *log_context) {
  SqWorker *worker = sq_alloc(1, sizeof *worker);
  worker->offline = offline;
  worker->n_in = n_in;
  worker->log = log;
  worker->log_context = log_context;
  worker->memory = sq_alloc_audio(WORK_ITEMS, sizeof(Work));
  sq_ring_init(&worker->ring, worker->memory, sizeof(Work), WORK_ITEMS);
  worker->services = (SqServices){
      .context = worker, .log = say, .schedule = schedule, .offline = is_offline, .hardware_input = hardware_input};
  worker->started = sq_thread_start(&worker->thread, "sq-worker", thread_main, worker) == SQ_OK;
  if (!worker->started)
    say(worker, 3, "no thread for the plug-ins' workers: they will not load what they are told to");
  return worker;
}

void sq_worker_stop(SqWorker *worker) {
  atomic_store(&worker->ending, true);
  if (worker->started)
    pthread_join(worker->thread, NULL);
  worker->started = false;
}

void sq_worker_free(SqWorker *worker) {
  free(worker->memory);
  free(worker);
}

const SqServices *sq_worker_services(SqWorker *worker) {
  return &worker->services;
}
