// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs one VST3 plug-in as the engine would, with the rig of CLAP; test thread.
#ifndef SQ_TESTS_UNIT_PLUGINS_VST3_RIG_H
#define SQ_TESTS_UNIT_PLUGINS_VST3_RIG_H

#define CLAP_FORMAT sq_format_vst3
#include "unit/plugins/clap_rig.h"

#if defined(__x86_64__)
#define VST3_MACHINE "x86_64-linux"
#else
#define VST3_MACHINE "aarch64-linux"
#endif
#define SYNTH "73717A0150524F424500000000000001"
#define GAIN "73717A0250524F424500000000000002"
#define MONO "73717A0350524F424500000000000003"
#define CALL(c, function, ...) (c)->type->plugin->function((c)->instance, __VA_ARGS__)

/// A number that a module of ours keeps for the whole process.
static inline int vst3_count(const char *what) {
  char path[1200];
  snprintf(path, sizeof path, "%s/Contents/" VST3_MACHINE "/probe.so", clap_path("probe.vst3"));
  void *module = dlopen(path, RTLD_NOW | RTLD_NODELETE); // counted also between worlds
  if (!module)
    fail_msg("%s", dlerror());
  int (*count)(void) = NULL;
  *(void **)&count = dlsym(module, what);
  assert_non_null(count);
  dlclose(module);
  return count();
}

static inline SqRtEvent vst3_set(const Clap *c, const char *symbol, uint32_t offset, double value) {
  return (SqRtEvent){.kind = SQ_EVENT_PARAM, .offset = offset, .index = clap_param(c, symbol), .value = value};
}

static inline double vst3_value(Clap *c, const char *symbol) {
  return CALL(c, value, clap_param(c, symbol));
}

/// How often something was told since the rig was made or `n_news` was set.
static inline uint32_t vst3_told(const Clap *c, uint32_t what) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < c->n_news; i++)
    n += c->news[i].what == what;
  return n;
}

static inline int vst3_open_world(void **state) {
  *state = clap_world("probe.vst3");
  return 0;
}

/// Nothing is left, and no rule was broken.
static inline int vst3_close_world(void **state) {
  assert_int_equal(vst3_count("probe_alive"), 0);
  sq_format_vst3.close(*state);
  assert_int_equal(vst3_count("probe_breaches"), 0);
  return 0;
}

#endif
