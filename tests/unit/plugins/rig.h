// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs one hosted plug-in as the engine would: any cutting into blocks, events by absolute frame; test thread.
#ifndef SQ_TESTS_UNIT_PLUGINS_RIG_H
#define SQ_TESTS_UNIT_PLUGINS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/guard.h"
#include "plugins/catalog.h"

#define RIG_RATE 48000.0
#define RIG_MAX_BLOCK 8192
#define RIG_EVENTS_OUT 4096
#define RIG_CHANNELS 8

typedef struct {
  const SqProcessorType *type;
  void *instance;
  uint32_t n_in, n_out, n_side;
  double params[4096];
  SqRtEvent out_events[RIG_EVENTS_OUT]; ///< gathered, offsets absolute
  uint32_t n_out_events;
  uint64_t frame;
  SqRtTime time;
  char error[512];
} Rig;

static inline SqCatalog *rig_catalog(void) {
  SqCatalog *catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = RIG_RATE});
  assert_non_null(catalog);
  return catalog;
}

static inline SqProcSetup rig_setup(Rig *rig) {
  for (uint32_t i = 0; i < rig->type->n_params; i++)
    rig->params[i] = rig->type->params[i].def;
  return (SqProcSetup){.rate = RIG_RATE,
                       .max_block = RIG_MAX_BLOCK,
                       .n_in = rig->n_in,
                       .n_out = rig->n_out,
                       .n_side = rig->n_side,
                       .params = rig->params,
                       .error = rig->error,
                       .error_size = sizeof rig->error};
}

/// Finds and makes the plug-in with its defaults.
static inline void rig_open(Rig *rig, SqCatalog *catalog, const char *what, uint32_t n_in, uint32_t n_out) {
  memset(rig, 0, sizeof *rig);
  rig->n_in = n_in;
  rig->n_out = n_out;
  SqStatus status = sq_catalog_find(catalog, what, &rig->type, rig->error, sizeof rig->error);
  if (status != SQ_OK)
    fail_msg("%s: %s", what, rig->error);
  SqProcSetup setup = rig_setup(rig);
  status = rig->type->create(rig->type, &setup, &rig->instance);
  if (status != SQ_OK)
    fail_msg("%s: %s", what, rig->error);
}

static inline void rig_close(Rig *rig) {
  rig->type->free(rig->instance);
}

static inline uint32_t rig_param(const Rig *rig, const char *symbol) {
  for (uint32_t i = 0; i < rig->type->n_params; i++)
    if (strcmp(rig->type->params[i].symbol, symbol) == 0)
      return i;
  fail_msg("%s has no parameter '%s'", rig->type->id, symbol);
  return 0;
}

/// One block of n frames from in[] to out[] at `at`; events with absolute offsets below `at + n` are taken from the
/// array at *next.
static inline void rig_block(Rig *rig, const float *const *in, float *const *out, uint32_t at, uint32_t n,
                             const SqRtEvent **next, const SqRtEvent *end) {
  const float *ins[RIG_CHANNELS];
  float *outs[RIG_CHANNELS];
  SqRtEvent list[256], given[RIG_EVENTS_OUT / 4];
  uint32_t n_list = 0;
  for (uint32_t c = 0; c < rig->n_in; c++)
    ins[c] = in[c] + at;
  for (uint32_t c = 0; c < rig->n_out; c++)
    outs[c] = out[c] + at;
  for (; *next < end && (*next)->offset < at + n; (*next)++) {
    assert_true(n_list < 256);
    list[n_list] = **next;
    list[n_list].offset -= at;
    list[n_list].next = NULL;
    if (n_list)
      list[n_list - 1].next = &list[n_list];
    n_list++;
  }
  SqRtEventsOut events_out = {given, 0, RIG_EVENTS_OUT / 4, 0};
  SqRtBlock block = {.frame = rig->frame,
                     .n_frames = n,
                     .n_in = rig->n_in,
                     .n_out = rig->n_out,
                     .in = ins,
                     .out = outs,
                     .events = n_list ? list : NULL,
                     .events_out = &events_out,
                     .time = &rig->time};
  sq_rt_guard_enter();
  rig->type->process(rig->instance, &block);
  sq_rt_guard_leave();
  for (uint32_t i = 0; i < events_out.n && rig->n_out_events < RIG_EVENTS_OUT; i++) {
    rig->out_events[rig->n_out_events] = given[i];
    rig->out_events[rig->n_out_events++].offset += at;
  }
  rig->frame += n;
}

/// Renders n frames in blocks of `block`; events sorted, offsets from the first frame of this call.
static inline void rig_run(Rig *rig, const float *const *in, float *const *out, uint32_t n, uint32_t block,
                           const SqRtEvent *events, uint32_t n_events) {
  const SqRtEvent *next = events, *end = events ? events + n_events : NULL;
  for (uint32_t at = 0; at < n; at += block)
    rig_block(rig, in, out, at, n - at < block ? n - at : block, &next, end);
}

#endif
