// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plays one sampler through a score of timed events, the time cut into blocks of any size; tests only.
#ifndef SQ_TESTS_SAMPLER_RIG_H
#define SQ_TESTS_SAMPLER_RIG_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/guard.h"
#include "media/sample.h"
#include "processors/list.h"
#include "processors/sampler_zone.h"

#define RIG_RATE 48000.0
enum { RIG_MAX_EVENTS = 2048, RIG_MAX_BLOCK = 4096 };

typedef struct {
  uint64_t frame;
  SqRtEvent event; ///< SQ_EVENT_SWAP: data is the new set
} RigEvent;

typedef struct {
  const SqProcessorType *type;
  void *instance;
  uint32_t n_out, n_events, next;
  uint64_t frame;
  RigEvent events[RIG_MAX_EVENTS];
  SqSignal gain; ///< of every block; a RAMP begins at frame 0
  SqRtResult result;
  uint32_t n_borrowed; ///< blocks in which the output was the sample's own memory
} Rig;

static inline void rig_open(Rig *rig, uint32_t n_out, const double *params) {
  memset(rig, 0, sizeof *rig);
  rig->type = &sq_processor_sampler;
  rig->n_out = n_out;
  SqProcSetup setup = {.rate = RIG_RATE, .max_block = RIG_MAX_BLOCK, .n_out = n_out, .params = params};
  if (rig->type->create(rig->type, &setup, &rig->instance) != SQ_OK)
    abort();
}

static inline void rig_swap(Rig *rig, SqSamplerZones *zones) {
  SqProcData *old = rig->type->swap(rig->instance, zones ? &zones->data : NULL);
  if (old)
    old->free(old);
}

static inline void rig_close(Rig *rig) {
  rig->type->free(rig->instance);
}

static inline RigEvent *rig_event(Rig *rig, uint64_t frame, SqEventKind kind) {
  RigEvent *e = &rig->events[rig->n_events++];
  *e = (RigEvent){.frame = frame, .event.kind = (uint16_t)kind};
  return e;
}

static inline void rig_on(Rig *rig, uint64_t frame, double key, double velocity, uint32_t id) {
  SqRtEvent *e = &rig_event(rig, frame, SQ_EVENT_NOTE_ON)->event;
  e->key = (float)key;
  e->value = velocity;
  e->id = id;
}

static inline void rig_off(Rig *rig, uint64_t frame, double key, uint32_t id) {
  SqRtEvent *e = &rig_event(rig, frame, SQ_EVENT_NOTE_OFF)->event;
  e->key = (float)key;
  e->id = id;
}

static inline void rig_param(Rig *rig, uint64_t frame, uint32_t index, double value) {
  SqRtEvent *e = &rig_event(rig, frame, SQ_EVENT_PARAM)->event;
  e->index = index;
  e->value = value;
}

/// One block of n frames, appended to out[c] + at.
static inline void rig_block(Rig *rig, float *const *out, uint32_t at, uint32_t n) {
  SqRtEvent list[256];
  uint32_t n_list = 0;
  for (; rig->next < rig->n_events && rig->events[rig->next].frame < rig->frame + n; rig->next++) {
    if (rig->events[rig->next].event.kind == SQ_EVENT_SWAP)
      break; // the caller cuts blocks so that it comes first
    list[n_list] = rig->events[rig->next].event;
    list[n_list].offset = (uint32_t)(rig->events[rig->next].frame - rig->frame);
    list[n_list].next = NULL;
    if (n_list)
      list[n_list - 1].next = &list[n_list];
    n_list++;
  }
  static float room[SQ_MAX_CHANNELS][RIG_MAX_BLOCK];
  float *x[SQ_MAX_CHANNELS];
  for (uint32_t c = 0; c < rig->n_out; c++) {
    x[c] = room[c];
    for (uint32_t i = 0; i < n; i++)
      x[c][i] = 99; // whatever is not written will be seen
  }
  SqSignal gain = rig->gain;
  gain.offset = (uint32_t)rig->frame;
  SqRtTime time = {0};
  SqRtBlock block = {.frame = rig->frame,
                     .n_frames = n,
                     .n_out = rig->n_out,
                     .out = x,
                     .signals = &gain,
                     .events = n_list ? list : NULL,
                     .time = &time};
  sq_rt_guard_enter();
  rig->result = rig->type->process(rig->instance, &block);
  sq_rt_guard_leave();
  rig->n_borrowed += x[0] != room[0];
  for (uint32_t c = 0; c < rig->n_out; c++)
    memcpy(out[c] + at, x[c], n * sizeof(float));
  rig->frame += n;
}

/// `total` frames in blocks of `size`; swaps are made on their frame, between blocks.
static inline void rig_run(Rig *rig, float *const *out, uint32_t total, uint32_t size) {
  uint64_t end = rig->frame + total, begin = rig->frame;
  while (rig->frame < end) {
    uint64_t n = size < end - rig->frame ? size : end - rig->frame;
    for (uint32_t i = rig->next; i < rig->n_events; i++) {
      RigEvent *e = &rig->events[i];
      if (e->event.kind != SQ_EVENT_SWAP || e->frame >= rig->frame + n)
        continue;
      if (e->frame > rig->frame)
        n = e->frame - rig->frame;
      break;
    }
    while (rig->next < rig->n_events && rig->events[rig->next].event.kind == SQ_EVENT_SWAP &&
           rig->events[rig->next].frame <= rig->frame)
      rig_swap(rig, rig->events[rig->next++].event.data);
    rig_block(rig, out, (uint32_t)(rig->frame - begin), (uint32_t)n);
  }
}

/// A sound of one or more channels from f(channel, frame).
static inline SqSample *rig_sample(uint32_t n_channels, uint32_t n_frames, double (*f)(uint32_t c, double i)) {
  float *x = malloc((size_t)n_channels * n_frames * sizeof *x);
  for (uint32_t i = 0; i < n_frames; i++)
    for (uint32_t c = 0; c < n_channels; c++)
      x[i * n_channels + c] = (float)f(c, i);
  SqSample *sample;
  if (sq_sample_new(x, n_channels, n_frames, RIG_RATE, &sample) != SQ_OK)
    abort();
  free(x);
  return sample;
}

/// A set of one zone over all keys; takes over the caller's reference to `sample`.
static inline SqSamplerZones *rig_zone(SqSample *sample, SqSamplerMode mode) {
  SqSamplerZones *zones = sq_sampler_zones_new();
  SqSamplerZone zone = sq_sampler_zone_of(sample);
  zone.mode = mode;
  char error[200];
  if (sq_sampler_zones_add(zones, &zone, error, sizeof error) != SQ_OK)
    abort();
  sq_sample_release(sample);
  return zones;
}

#endif
