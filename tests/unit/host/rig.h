// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosts with real processes around them, and a plug-in in one: blocks as the engine would give them; test thread.
#ifndef SQ_TESTS_UNIT_HOST_RIG_H
#define SQ_TESTS_UNIT_HOST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/hosts.h"
#include "plugins/formats.h"

#define RATE 48000.0
#define MAX_SEATS 64

typedef struct {
  SqFormats *formats;
  SqHosts *hosts;
  char program[512];
  struct {
    void *instance;
    uint32_t what;
    double value;
  } news[4096];
  _Atomic uint32_t n_news;
} Rig;

typedef struct {
  const SqProcessorType *type;
  void *instance;
  uint32_t n_in, n_out;
  double params[1024];
  SqSignal signals[128];
  uint64_t frame;
  char error[512];
} Hosted;

static inline void rig_news(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  Rig *rig = context;
  const uint32_t i = atomic_load(&rig->n_news);
  if (i < 4096) {
    rig->news[i].instance = instance;
    rig->news[i].what = what;
    rig->news[i].value = value;
    atomic_store(&rig->n_news, i + 1);
  }
}

static inline void rig_log(void *context, int level, const char *text) {
  if (getenv("SQ_TEST_LOG"))
    fprintf(stderr, "%d %s\n", level, text);
}

static inline void rig_open(Rig *rig, const SqHostsConfig *config) {
  memset(rig, 0, sizeof *rig);
  const ssize_t n = readlink("/proc/self/exe", rig->program, sizeof rig->program - 20);
  assert_true(n > 0);
  rig->program[n] = 0;
  for (int i = 0; i < 4; i++) // …/tests/unit/host/test_x
    *strrchr(rig->program, '/') = 0;
  snprintf(strchr(rig->program, 0), 20, "/squeezed-host");
  rig->formats = sq_formats_new(&(SqFormatConfig){.rate_hz = RATE});
  SqHostsConfig with = config ? *config : (SqHostsConfig){.offline = true};
  with.program = rig->program;
  with.rate = RATE;
  with.context = rig;
  with.news = rig_news;
  with.log = rig_log;
  assert_int_equal(sq_hosts_new(&with, &rig->hosts), SQ_OK);
}

static inline void rig_close(Rig *rig) {
  sq_hosts_free(rig->hosts);
  sq_formats_free(rig->formats);
}

/// `hosted` false: the same plug-in in this process.
static inline SqStatus hosted_try(Rig *rig, Hosted *h, const char *id, uint32_t n_in, uint32_t n_out, bool hosted,
                                  const char *isolate, const char *strip, const SqBlob *state) {
  const SqPluginInfo *info = NULL;
  memset(h, 0, sizeof *h);
  if (sq_formats_describe(rig->formats, id, NULL, &info, h->error, sizeof h->error) != SQ_OK)
    fail_msg("%s", h->error);
  h->type = hosted ? sq_hosts_type(rig->hosts, info) : info->type;
  h->n_in = n_in;
  h->n_out = n_out;
  for (uint32_t i = 0, k = 0; i < h->type->n_params; i++) {
    h->params[i] = h->type->params[i].def;
    if (h->type->params[i].value_class == SQ_CLASS_SIGNAL && !h->type->params[i].output)
      h->signals[k++] = (SqSignal){.value = (float)h->params[i]};
  }
  const char *const keys[] = {"isolate", "strip"}, *const values[] = {isolate, strip};
  const SqProcSetup setup = {.rate = RATE,
                             .max_block = SQ_MAX_BLOCK,
                             .n_in = n_in,
                             .n_out = n_out,
                             .params = h->params,
                             .state = state,
                             .keys = keys,
                             .values = values,
                             .n_keys = 2,
                             .error = h->error,
                             .error_size = sizeof h->error};
  return h->type->create(h->type, &setup, &h->instance);
}

static inline void hosted_open(Rig *rig, Hosted *h, const char *id, uint32_t n_in, uint32_t n_out, bool hosted) {
  if (hosted_try(rig, h, id, n_in, n_out, hosted, "auto", "1", NULL) != SQ_OK)
    fail_msg("%s", h->error);
}

static inline void hosted_close(Hosted *h) {
  h->type->free(h->instance);
}

static inline uint64_t rig_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline SqRtBlock hosted_block(Hosted *h, const float *const *in, float *const *out, uint32_t n,
                                     const SqRtEvent *events, SqRtEventsOut *sent, const SqRtTime *time) {
  return (SqRtBlock){.frame = h->frame,
                     .n_frames = n,
                     .n_in = h->n_in,
                     .n_out = h->n_out,
                     .in = in,
                     .out = (float **)(uintptr_t)out,
                     .signals = h->signals,
                     .events = events,
                     .events_out = sent,
                     .time = time};
}

/// One block; deadline_ns from now, 0: none.
static inline SqRtResult hosted_run(Rig *rig, Hosted *h, const float *const *in, float *const *out, uint32_t n,
                                    const SqRtEvent *events, uint64_t deadline_ns) {
  SqRtEvent room[256];
  SqRtEventsOut sent = {.events = room, .cap = 256};
  const SqRtTime time = {.bpm = 120, .beats_per_bar = 4, .beat_unit = 4};
  SqRtBlock block = hosted_block(h, in, out, n, events, &sent, &time);
  SqRtResult result;
  if (h->type->begin) {
    sq_rt_hops_begin(sq_hosts_hops(rig->hosts), deadline_ns ? rig_ns() + deadline_ns : 0);
    h->type->begin(h->instance, &block);
    result = h->type->collect(h->instance, &block);
  } else {
    result = h->type->process(h->instance, &block);
  }
  h->frame += n;
  return result;
}

/// Runs blocks of silence until the plug-in is there again; seconds it took, or -1.
static inline double hosted_wait_back(Rig *rig, Hosted *h, const float *const *in, float *const *out) {
  const uint64_t begin = rig_ns();
  while (rig_ns() - begin < 5000000000u) {
    const uint64_t dry = sq_hosted_dry_blocks(h->instance);
    hosted_run(rig, h, in, out, 64, NULL, 0);
    if (sq_hosted_dry_blocks(h->instance) == dry)
      return (double)(rig_ns() - begin) * 1e-9;
    usleep(1000);
  }
  return -1.0;
}

#endif
