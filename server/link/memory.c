// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of the audio side: given to it here, taken back here.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

static void *audio(size_t n, size_t size) {
  void *memory = sq_alloc_audio(n, size);
  if (!memory) {
    abort(); // sizes here are constants of limits.h
  }
  return memory;
}

static SqRing *ring_new(uint32_t item_size, uint32_t n) {
  SqRing *ring = audio(1, sizeof *ring);
  sq_ring_init(ring, audio(n, item_size), item_size, n);
  return ring;
}

SqRtEngine *sq_link_engine_new(SqLink *link) {
  SqRtEngine *engine = audio(1, sizeof *engine);
  const uint32_t rows = 3 * SQ_MAX_CHANNELS + 4 + SQ_MAX_SIGNALS + 1;
  float *rooms = audio((size_t)rows * SQ_SCRATCH_STRIDE, sizeof(float));
  link->engine_memory = rooms;
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++) {
    engine->scratch.x[0][c] = rooms + (size_t)(3 * c) * SQ_SCRATCH_STRIDE;
    engine->scratch.x[1][c] = rooms + (size_t)(3 * c + 1) * SQ_SCRATCH_STRIDE;
    engine->scratch.aside[c] = rooms + (size_t)(3 * c + 2) * SQ_SCRATCH_STRIDE;
  }
  rooms += (size_t)3 * SQ_MAX_CHANNELS * SQ_SCRATCH_STRIDE;
  for (uint32_t i = 0; i < 4; i++, rooms += SQ_SCRATCH_STRIDE)
    engine->scratch.curve[i] = rooms;
  for (uint32_t i = 0; i < SQ_MAX_SIGNALS; i++, rooms += SQ_SCRATCH_STRIDE)
    engine->scratch.signals[i] = rooms;
  engine->scratch.zeros = rooms;
  engine->dsp = link->config.kernels ? sq_dsp_kernels_named(link->config.kernels) : NULL;
  if (!engine->dsp)
    engine->dsp = sq_dsp_kernels_best();
  engine->rate = link->config.rate;
  engine->ceiling = (float)sq_link_db_to_linear(link->config.ceiling_db);
  engine->queue = ring_new(sizeof(SqRtMessage), SQ_QUEUE_MESSAGES);
  engine->reports = ring_new(sizeof(SqRtReport), SQ_REPORT_MESSAGES);
  engine->n_slots = SQ_MAX_SLOTS;
  engine->slots = sq_alloc(SQ_MAX_SLOTS, sizeof *engine->slots); // calloc: pages that no slot uses are never touched
  engine->pending = (SqRtPending){.items = audio(SQ_PENDING_EVENTS, sizeof(SqRtMessage)), .cap = SQ_PENDING_EVENTS};
  engine->cuts = (SqRtPending){.items = audio(SQ_QUEUE_MESSAGES, sizeof(SqRtMessage)), .cap = SQ_QUEUE_MESSAGES};
  engine->n_arena = SQ_PENDING_EVENTS + 2 * SQ_QUEUE_MESSAGES;
  engine->arena = audio(engine->n_arena, sizeof *engine->arena);
  engine->out_arena = audio(SQ_EVENTS_OUT, sizeof *engine->out_arena);
  engine->transport = (SqRtTransport){.bpm = link->transport.bpm,
                                      .beats_per_bar = link->transport.beats_per_bar,
                                      .beat_unit = link->transport.beat_unit};
  engine->serial = 1;
  engine->piece = 1;
  return engine;
}

static void ring_free(SqRing *ring) {
  free(ring->memory);
  free(ring);
}

void sq_link_engine_free(SqLink *link) {
  SqRtEngine *engine = link->engine;
  ring_free(engine->queue);
  ring_free(engine->reports);
  free(engine->slots);
  free(engine->pending.items);
  free(engine->cuts.items);
  free(engine->arena);
  free(engine->out_arena);
  free(link->engine_memory);
  free(engine);
}

/// A block per channel behind `head` bytes, in one piece, with the table of channels between.
static void *with_channels(size_t head, size_t middle, uint32_t n_channels, size_t frames, float ***channels) {
  const size_t table = (head + middle + 63) / 64 * 64;
  const size_t body = (table + n_channels * sizeof(float *) + 63) / 64 * 64;
  uint8_t *memory = audio(1, body + n_channels * frames * sizeof(float));
  float **x = (float **)(void *)(memory + table);
  for (uint32_t c = 0; c < n_channels; c++)
    x[c] = (float *)(void *)(memory + body) + c * frames;
  *channels = x;
  return memory;
}

SqRtSum *sq_link_sum_new(uint32_t n_channels) {
  float **x;
  SqRtSum *sum = with_channels(sizeof(SqRtSum), n_channels * sizeof(uint64_t), n_channels, SQ_SCRATCH_STRIDE, &x);
  sum->n_channels = n_channels;
  sum->written = (uint64_t *)(void *)(sum + 1);
  sum->x = x;
  return sum;
}

SqRtAux *sq_link_aux_new(uint32_t n_channels) {
  float **x;
  SqRtAux *aux = with_channels(sizeof(SqRtAux), 0, n_channels, SQ_SCRATCH_STRIDE, &x);
  aux->n_channels = n_channels;
  aux->x = x;
  return aux;
}

SqRtDelay *sq_link_delay_new(uint32_t n_channels, uint32_t frames) {
  uint32_t size = frames ? SQ_MAX_BLOCK : 1;
  while (frames && size < frames + SQ_MAX_BLOCK)
    size *= 2;
  float **x;
  SqRtDelay *delay = with_channels(sizeof(SqRtDelay), 0, n_channels, frames ? size : 16, &x);
  delay->n_channels = n_channels;
  delay->frames = frames;
  delay->size = size;
  delay->x = x;
  return delay;
}

SqRtMeter *sq_link_meter_new(uint32_t n_channels) {
  SqRtMeter *meter = audio(1, sizeof *meter + 4 * n_channels * sizeof(SqDspLevel));
  SqDspLevel *levels = (SqDspLevel *)(void *)(meter + 1);
  meter->n_channels = n_channels;
  for (uint32_t b = 0; b < 2; b++) {
    meter->banks[b].pre = levels + (size_t)(2 * b) * n_channels;
    meter->banks[b].post = levels + (size_t)(2 * b + 1) * n_channels;
  }
  return meter;
}

// ---- garbage --------------------------------------------------------------------------------------------------------

void sq_link_discard(SqLink *link, void *memory, void (*free_it)(void *)) {
  if (!memory)
    return;
  if (link->n_garbage == link->cap_garbage) {
    link->cap_garbage = link->cap_garbage ? 2 * link->cap_garbage : 64;
    link->garbage = sq_realloc(link->garbage, link->cap_garbage, sizeof *link->garbage);
  }
  link->garbage[link->n_garbage++] = (SqLinkGarbage){memory, free_it, link->plan_number};
}

/// An instance whose free() may block (a plug-in waits for its work): freed on a job thread.
typedef struct {
  SqLink *link;
  const SqProcessorType *type;
  void *instance;
} SlowInstance;

static SqStatus free_slowly(SqJob *job, void *context) {
  const SlowInstance *slow = context;
  slow->type->free(slow->instance);
  return SQ_OK;
}

static void freed(void *context, int32_t id, SqStatus status) {
  SlowInstance *slow = context;
  if (status == SQ_CANCELLED) // the house is going down and no job runs any more
    slow->type->free(slow->instance);
  free(slow);
}

void sq_link_free_instance(SqLink *link, const SqProcessorType *type, void *instance) {
  if (link->ending || !link->config.jobs || !(type->flags & SQ_PROC_SLOW)) {
    type->free(instance);
    return;
  }
  SlowInstance *slow = sq_alloc(1, sizeof *slow);
  *slow = (SlowInstance){link, type, instance};
  sq_jobs_add(link->config.jobs,
              &(SqJobSpec){.name = "unload plug-in", .context = slow, .run = free_slowly, .done = freed});
}

static void free_discarded(void *context) {
  SlowInstance *slow = context;
  sq_link_free_instance(slow->link, slow->type, slow->instance);
  free(slow);
}

void sq_link_discard_instance(SqLink *link, const SqProcessorType *type, void *instance) {
  if (!(type->flags & SQ_PROC_SLOW)) {
    sq_link_discard(link, instance, type->free);
    return;
  }
  SlowInstance *slow = sq_alloc(1, sizeof *slow);
  *slow = (SlowInstance){link, type, instance};
  sq_link_discard(link, slow, free_discarded);
}

/// A plan came back. Plans may come back out of order (one that waited for its frame was replaced): what an older one
/// still names must stay.
void sq_link_plan_retired(SqLink *link, uint64_t number) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < link->n_on_way; i++)
    if (link->on_way[i] != number)
      link->on_way[kept++] = link->on_way[i];
  link->n_on_way = kept;
  link->plans_retired = kept ? link->on_way[0] - 1 : number;
  sq_link_free_retired(link, link->plans_retired);
}

void sq_link_free_retired(SqLink *link, uint64_t plan) {
  uint32_t kept = 0;
  if (link->pins)
    return;
  for (uint32_t i = 0; i < link->n_garbage; i++) {
    if (link->garbage[i].plan <= plan)
      link->garbage[i].free(link->garbage[i].memory);
    else
      link->garbage[kept++] = link->garbage[i];
  }
  link->n_garbage = kept;
}

void sq_link_pin(SqLink *link) {
  link->pins++;
}

void sq_link_unpin(SqLink *link) {
  link->pins--;
  sq_link_free_retired(link, link->plans_retired);
}

void sq_link_free_all(SqLink *link) {
  link->pins = 0;
  sq_link_free_retired(link, UINT64_MAX);
  free(link->garbage);
  free(link->on_way);
}
