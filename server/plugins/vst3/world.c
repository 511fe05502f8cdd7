// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/search.h"
#include "plugins/vst3/describe.h"

static const char *const folders[] = {"~/.vst3", "/usr/lib/vst3", "/usr/local/lib/vst3", NULL};
static const SqPluginPlaces places = {"VST3_PATH", folders, ".vst3", 8, true};

SqStatus sq_vst3_world_open(const SqFormatConfig *config, void **world) {
  (void)config;
  SqVst3World *w = calloc(1, sizeof *w);
  if (!w)
    return SQ_LIMIT;
  pthread_mutexattr_t again;
  pthread_mutexattr_init(&again);
  pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&w->lock, &again);
  pthread_mutexattr_destroy(&again);
  sq_vst3_home_init(&w->home, NULL);
  *world = w;
  return SQ_OK;
}

void sq_vst3_world_close(void *world) {
  SqVst3World *w = world;
  while (w->plugins) {
    SqVst3Plugin *next = w->plugins->next;
    sq_vst3_plugin_free(w->plugins);
    w->plugins = next;
  }
  while (w->modules) {
    SqVst3Module *next = w->modules->next;
    sq_vst3_module_close(w->modules);
    w->modules = next;
  }
  pthread_mutex_destroy(&w->lock);
  free(w);
}

SqStatus sq_vst3_world_modules(void *world, SqModuleVisit visit, void *context) {
  (void)world;
  return sq_plugin_search(&places, visit, context);
}

/// The module of a real path, loaded when it was not tried yet. NULL: no memory.
static SqVst3Module *need_module(SqVst3World *w, const char *path) {
  SqVst3Module **end = &w->modules;
  for (; *end; end = &(*end)->next)
    if (strcmp((*end)->path, path) == 0)
      return *end;
  *end = sq_vst3_module_open(path, &w->home);
  return *end;
}

static bool visit_classes(const SqVst3Module *m, SqPluginVisit visit, void *context) {
  for (uint32_t i = 0; i < m->n_classes; i++) {
    const SqVst3Class *c = &m->classes[i];
    char id[64];
    snprintf(id, sizeof id, "vst3:%s", c->hex);
    if (!visit(context, &(SqPluginEntry){id, c->name, c->category, c->author}))
      return false;
  }
  return true;
}

static bool load_one(void *context, const char *path) {
  return need_module(context, path) != NULL;
}

SqStatus sq_vst3_world_list(void *world, SqPluginVisit visit, void *context) {
  SqVst3World *w = world;
  SqStatus status = SQ_OK;
  pthread_mutex_lock(&w->lock);
  if (!w->all)
    status = sq_plugin_search(&places, load_one, w);
  w->all = status == SQ_OK;
  for (SqVst3Module *m = w->modules; status == SQ_OK && m; m = m->next)
    if (!visit_classes(m, visit, context))
      break;
  pthread_mutex_unlock(&w->lock);
  return status;
}

SqStatus sq_vst3_world_load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                            size_t error_size) {
  SqVst3World *w = world;
  char real[PATH_MAX];
  if (!realpath(path, real)) {
    snprintf(error, error_size, "there is no %s", path);
    return SQ_NOT_FOUND;
  }
  pthread_mutex_lock(&w->lock);
  SqStatus status = SQ_OK;
  SqVst3Module *m = need_module(w, real);
  if (!m) {
    snprintf(error, error_size, "no memory to load %s", path);
    status = SQ_LIMIT;
  } else if (!m->factory) {
    snprintf(error, error_size, "%s: %s", path, m->error ? m->error : "it cannot be loaded");
    status = SQ_UNSUPPORTED;
  } else if (m->n_classes == 0) {
    snprintf(error, error_size, "%s holds no audio plug-in", path);
    status = SQ_UNSUPPORTED;
  } else {
    visit_classes(m, visit, context);
  }
  pthread_mutex_unlock(&w->lock);
  return status;
}

// ---- by id ----------------------------------------------------------------------------------------------------------

typedef struct {
  SqVst3World *world;
  const char *hex;
  SqVst3Module *module;
  const SqVst3Class *found;
} SqVst3Wanted;

static bool look_in(SqVst3Wanted *wanted, SqVst3Module *m) {
  for (uint32_t i = 0; i < m->n_classes && !wanted->found; i++)
    if (strcasecmp(m->classes[i].hex, wanted->hex) == 0) {
      wanted->found = &m->classes[i];
      wanted->module = m;
    }
  return wanted->found != NULL;
}

static bool load_and_look(void *context, const char *path) {
  SqVst3Wanted *wanted = context;
  SqVst3Module *m = need_module(wanted->world, path);
  return m && !look_in(wanted, m);
}

const SqVst3Class *sq_vst3_world_class(SqVst3World *world, const char *hex, SqVst3Module **module) {
  SqVst3Wanted wanted = {.world = world, .hex = hex};
  for (SqVst3Module *m = world->modules; m && !wanted.found; m = m->next)
    look_in(&wanted, m);
  bool well_formed = strlen(hex) == 32 && strspn(hex, "0123456789abcdefABCDEF") == 32;
  if (!wanted.found && well_formed && !world->all)
    sq_plugin_search(&places, load_and_look, &wanted);
  *module = wanted.module;
  return wanted.found;
}
