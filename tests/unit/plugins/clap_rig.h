// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs one CLAP plug-in as the engine would: signals that move, events by frame, further outputs, news; test thread.
#ifndef SQ_TESTS_UNIT_PLUGINS_CLAP_RIG_H
#define SQ_TESTS_UNIT_PLUGINS_CLAP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <dlfcn.h>

#include "engine/guard.h"
#include "plugins/format.h"
#include "plugins/plugin.h"

#define CLAP_RATE 48000.0
#define CLAP_BLOCK 1024u
#define CLAP_FRAMES 8192u
#define CLAP_NEWS 4096

#ifndef CLAP_FORMAT
#define CLAP_FORMAT sq_format_clap ///< another format of events may borrow the rig
#endif
extern const SqFormat CLAP_FORMAT;

typedef struct {
  uint32_t what, index;
  double value;
} ClapNews;

typedef struct {
  const SqPluginInfo *info;
  const SqProcessorType *type;
  void *instance;
  SqServices services;
  SqProcSetup setup;
  double params[512];
  SqRtSignal signals[SQ_MAX_SIGNALS];
  uint32_t n_in, n_out;
  uint64_t frame;
  SqRtTime time;
  SqRtResult result; ///< of the last block
  bool deaf;         ///< nobody hears the further outputs
  float in[4][CLAP_FRAMES], side[4][CLAP_FRAMES], out[4][CLAP_FRAMES], extra[8][CLAP_FRAMES];
  SqRtEvent said[1024]; ///< in the last run, offsets from its first frame
  uint32_t n_said, n_lost;
  ClapNews news[CLAP_NEWS];
  uint32_t n_news;
  char error[512], logged[512];
} Clap;

/// A value that is set at a frame of a run, reached within `length` frames.
typedef struct {
  uint32_t at, param, length;
  double value;
} ClapSet;

/// The path of a plug-in of ours.
static inline const char *clap_path(const char *name) {
  static char path[1024];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 128);
  assert_true(n > 0);
  path[n] = '\0';
  for (int up = 0; up < 3; up++)
    *strrchr(path, '/') = '\0';
  snprintf(path + strlen(path), 100, "/plugins/%s", name);
  return path;
}

static inline bool clap_ignore(void *context, const SqPluginEntry *entry) {
  (void)context;
  (void)entry;
  return true;
}

/// An empty world with one module loaded (NULL: none).
static inline void *clap_world(const char *name) {
  void *world;
  char error[512] = "";
  assert_int_equal(CLAP_FORMAT.open(NULL, &world), SQ_OK);
  if (name && CLAP_FORMAT.load(world, clap_path(name), clap_ignore, NULL, error, sizeof error) != SQ_OK)
    fail_msg("%s", error);
  return world;
}

static inline void clap_news(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  Clap *c = context;
  (void)instance;
  if (c->n_news < CLAP_NEWS)
    c->news[c->n_news++] = (ClapNews){what, index, value};
}

static inline void clap_log(void *context, int level, const char *text) {
  char *logged = ((Clap *)context)->logged;
  snprintf(logged + strlen(logged), 512 - strlen(logged), "%d %s; ", level, text);
}

static inline uint32_t clap_param(const Clap *c, const char *symbol) {
  for (uint32_t i = 0; i < c->type->n_params; i++)
    if (strcmp(c->type->params[i].symbol, symbol) == 0)
      return i;
  fail_msg("%s has no parameter '%s'", c->type->id, symbol);
  return 0;
}

/// Describes; all values are the defaults.
static inline Clap *clap_new(void *world, const char *id, uint32_t n_in, uint32_t n_out) {
  Clap *c = calloc(1, sizeof *c);
  assert_non_null(c);
  if (CLAP_FORMAT.describe(world, id, &c->info, c->error, sizeof c->error) != SQ_OK)
    fail_msg("%s", c->error);
  c->type = c->info->type;
  c->n_in = n_in;
  c->n_out = n_out;
  c->services = (SqServices){.context = c, .news = clap_news, .log = clap_log};
  assert_true(c->type->n_params <= 512);
  for (uint32_t i = 0; i < c->type->n_params; i++)
    c->params[i] = c->type->params[i].def;
  c->setup = (SqProcSetup){.rate = CLAP_RATE,
                           .max_block = CLAP_BLOCK,
                           .n_in = n_in,
                           .n_out = n_out,
                           .n_side = c->info->n_side ? n_out : 0,
                           .params = c->params,
                           .services = &c->services,
                           .error = c->error,
                           .error_size = sizeof c->error};
  return c;
}

static inline void clap_create(Clap *c) {
  if (c->type->create(c->type, &c->setup, &c->instance) != SQ_OK)
    fail_msg("%s", c->error);
  for (uint32_t i = 0, k = 0; i < c->type->n_params; i++)
    if (c->type->params[i].value_class == SQ_CLASS_SIGNAL && !c->type->params[i].output)
      sq_rt_signal_init(&c->signals[k++], (float)c->params[i]);
}

static inline Clap *clap_open(void *world, const char *id, uint32_t n_in, uint32_t n_out) {
  Clap *c = clap_new(world, id, n_in, n_out);
  clap_create(c);
  return c;
}

static inline void clap_free(Clap *c) {
  if (c->instance)
    c->type->free(c->instance);
  free(c);
}

static inline uint32_t clap_signal(const Clap *c, uint32_t param) {
  uint32_t k = 0;
  for (uint32_t i = 0; i < param; i++)
    k += c->type->params[i].value_class == SQ_CLASS_SIGNAL && !c->type->params[i].output;
  return k;
}

/// One block at frame `at` of the run. Sets of signals that fall into it cut nothing: they begin at its first frame or
/// are part of a run of their own (clap_run() sees to it).
static inline void clap_block(Clap *c, uint32_t at, uint32_t n, const SqRtEvent *events) {
  static float buffers[SQ_MAX_SIGNALS][CLAP_BLOCK];
  SqSignal views[SQ_MAX_SIGNALS];
  const float *in[4], *side[4];
  float *out[4], *extra[8];
  SqRtEvent room[256];
  for (uint32_t i = 0; i < 4; i++) {
    in[i] = c->in[i] + at;
    side[i] = c->side[i] + at;
    out[i] = c->out[i] + at;
  }
  for (uint32_t i = 0; i < 8; i++)
    extra[i] = c->extra[i] + at;
  for (uint32_t i = 0; i < sq_proc_count_signals(c->type); i++)
    views[i] = sq_rt_signal_view(&c->signals[i], c->frame, n, buffers[i]);
  SqRtEventsOut said = {room, 0, 256, 0};
  const SqRtBlock block = {.frame = c->frame,
                           .n_frames = n,
                           .n_in = c->n_in,
                           .n_out = c->n_out,
                           .n_side = c->setup.n_side,
                           .in = in,
                           .out = out,
                           .side = c->setup.n_side ? side : NULL,
                           .extra = c->deaf ? NULL : extra,
                           .n_extra = c->deaf ? 0 : c->info->n_extra_out,
                           .signals = views,
                           .events = events,
                           .events_out = &said,
                           .time = &c->time};
  sq_rt_guard_enter();
  c->result = c->type->process(c->instance, &block);
  sq_rt_guard_leave();
  for (uint32_t i = 0; i < said.n && c->n_said < 1024; i++) {
    c->said[c->n_said] = room[i];
    c->said[c->n_said++].offset += at;
  }
  c->n_lost += said.lost;
  c->frame += n;
}

/// Renders n frames in blocks of at most `length`, cut where a signal is set; events are sorted by offset.
static inline void clap_run(Clap *c, uint32_t n, uint32_t length, const SqRtEvent *events, uint32_t n_events,
                            const ClapSet *sets, uint32_t n_sets) {
  SqRtEvent list[256];
  uint32_t next = 0, set = 0;
  c->n_said = 0;
  for (uint32_t at = 0; at < n;) {
    uint32_t end = at + length < n ? at + length : n, n_list = 0;
    for (; set < n_sets && sets[set].at <= at; set++)
      sq_rt_signal_go(&c->signals[clap_signal(c, sets[set].param)], c->frame, (float)sets[set].value, sets[set].length,
                      SQ_CURVE_LINEAR);
    if (set < n_sets && sets[set].at < end)
      end = sets[set].at;
    for (; next < n_events && events[next].offset < end; next++) {
      assert_true(n_list < 256);
      list[n_list] = events[next];
      list[n_list].offset -= at;
      list[n_list].next = NULL;
      if (n_list)
        list[n_list - 1].next = &list[n_list];
      n_list++;
    }
    clap_block(c, at, end - at, n_list ? list : NULL);
    at = end;
  }
}

/// The breaches of CLAP's rules that the probe has seen in this process.
static inline int clap_breaches(void) {
  void *module = dlopen(clap_path("probe.clap"), RTLD_NOW | RTLD_NODELETE); // counted also between worlds
  assert_non_null(module);
  int (*breaches)(void) = NULL;
  *(void **)&breaches = dlsym(module, "probe_breaches");
  assert_non_null(breaches);
  dlclose(module);
  return breaches();
}

#endif
