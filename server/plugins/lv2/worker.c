// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/worker.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/instance.h"

#define SQ_LV2_WORD 8u          ///< bytes
#define SQ_LV2_RING_WORDS 8192u ///< 64 KiB of answers: hundreds of the pointers that plug-ins send

// ---- answers --------------------------------------------------------------------------------------------------------

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data) {
  SqLv2Unit *unit = handle;
  SqRing *ring = &unit->worker.ring;
  if (size > SQ_LV2_RING_WORDS * SQ_LV2_WORD)
    return LV2_WORKER_ERR_NO_SPACE;
  uint32_t n = 1 + (size + SQ_LV2_WORD - 1) / SQ_LV2_WORD;
  if (n > sq_ring_space(ring))
    return LV2_WORKER_ERR_NO_SPACE;
  SqRingSpan span = sq_ring_write_span(ring, n);
  uint64_t header = size;
  memcpy(span.first, &header, SQ_LV2_WORD);
  size_t room = (size_t)(span.n_first - 1) * SQ_LV2_WORD, first = size < room ? size : room;
  if (first)
    memcpy((char *)span.first + SQ_LV2_WORD, data, first);
  if (size > first)
    memcpy(span.second, (const char *)data + first, size - first);
  sq_ring_write_done(ring, n);
  return LV2_WORKER_SUCCESS;
}

void sq_lv2_worker_respond(SqLv2Unit *unit) {
  SqLv2Worker *w = &unit->worker;
  uint64_t header;
  while (sq_ring_count(&w->ring) && sq_ring_read(&w->ring, &header)) {
    uint32_t size = (uint32_t)header;
    sq_ring_read_n(&w->ring, w->body, (size + SQ_LV2_WORD - 1) / SQ_LV2_WORD);
    if (w->interface->work_response)
      w->interface->work_response(unit->lilv.lv2_handle, size, w->body);
  }
  if (w->interface->end_run)
    w->interface->end_run(unit->lilv.lv2_handle);
}

// ---- requests -------------------------------------------------------------------------------------------------------

/// Called on a worker thread: a request begins with the number of the unit that sent it.
static void work(void *instance, uint32_t size, const void *data) {
  SqLv2Instance *self = instance;
  uint64_t number;
  memcpy(&number, data, SQ_LV2_WORD);
  pthread_mutex_lock(&self->work_lock);
  if (!self->dead) {
    SqLv2Unit *unit = &self->units[number];
    atomic_store(&self->outside, pthread_self());
    unit->worker.interface->work(unit->lilv.lv2_handle, respond, unit, size - SQ_LV2_WORD,
                                 (const char *)data + SQ_LV2_WORD);
    atomic_store(&self->outside, 0);
  }
  pthread_mutex_unlock(&self->work_lock);
  sq_lv2_instance_release(self);
}

/// Does the work in the calling thread: restoring a state, rendering offline.
static LV2_Worker_Status work_now(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data) {
  SqLv2Unit *unit = handle;
  if (!unit->worker.interface)
    return LV2_WORKER_ERR_UNKNOWN;
  return unit->worker.interface->work(unit->lilv.lv2_handle, respond, unit, size, data);
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data) {
  SqLv2Unit *unit = handle;
  SqLv2Instance *self = unit->instance;
  const SqServices *services = self->services;
  if (!unit->worker.interface)
    return LV2_WORKER_ERR_UNKNOWN;
  if (self->offline || !services || !services->schedule)
    return work_now(handle, size, data);
  if (size > SQ_LV2_REQUEST - SQ_LV2_WORD)
    return LV2_WORKER_ERR_NO_SPACE;
  unit->worker.request[0] = (uint64_t)(unit - self->units);
  if (size)
    memcpy(unit->worker.request + 1, data, size);
  atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
  if (services->schedule(services->context, self, work, size + SQ_LV2_WORD, unit->worker.request))
    return LV2_WORKER_SUCCESS;
  atomic_fetch_sub_explicit(&self->references, 1, memory_order_relaxed); // not the last: the engine holds one
  return LV2_WORKER_ERR_NO_SPACE;
}

void sq_lv2_worker_init(SqLv2Unit *unit) {
  unit->worker.schedule = (LV2_Worker_Schedule){unit, schedule_work};
  unit->worker.schedule_now = (LV2_Worker_Schedule){unit, work_now};
}

SqStatus sq_lv2_worker_bind(SqLv2Unit *unit) {
  SqLv2Worker *w = &unit->worker;
  const LV2_Descriptor *d = unit->lilv.lv2_descriptor;
  const LV2_Worker_Interface *interface = d->extension_data ? d->extension_data(LV2_WORKER__interface) : NULL;
  if (!interface || !interface->work)
    return SQ_OK;
  w->memory = calloc(SQ_LV2_RING_WORDS, SQ_LV2_WORD);
  w->body = calloc(SQ_LV2_RING_WORDS, SQ_LV2_WORD);
  if (!w->memory || !w->body || !sq_ring_init(&w->ring, w->memory, SQ_LV2_WORD, SQ_LV2_RING_WORDS))
    return SQ_LIMIT;
  w->interface = interface;
  return SQ_OK;
}

void sq_lv2_worker_cleanup(SqLv2Unit *unit) {
  free(unit->worker.memory);
  free(unit->worker.body);
}
