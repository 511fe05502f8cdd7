// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/ladspa/instance.h"
#include "plugins/list.h"
#include "plugins/module.h"
#include "plugins/search.h"
#include "plugins/text.h"
#include "plugins/values.h"

#define SQ_LADSPA_DESCRIPTORS 4096u ///< of one module: one that never says it is over ends here

static const char *const folders[] = {"~/.ladspa", "/usr/local/lib/ladspa", "/usr/lib/ladspa",
                                      "/usr/lib/x86_64-linux-gnu/ladspa", NULL};
static const SqPluginPlaces places = {.variable = "LADSPA_PATH", .folders = folders, .suffix = ".so", .depth = 1};

static SqStatus open_world(const SqFormatConfig *config, void **world) {
  SqLadspaWorld *w = calloc(1, sizeof *w);
  if (!w)
    return SQ_LIMIT;
  w->rate_hz = config && config->rate_hz > 0 ? config->rate_hz : 48000;
  pthread_mutexattr_t again; // a visitor may ask for what it is shown
  pthread_mutexattr_init(&again);
  pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&w->lock, &again);
  pthread_mutexattr_destroy(&again);
  pthread_mutex_init(&w->life, NULL);
  *world = w;
  return SQ_OK;
}

static void close_world(void *world) {
  SqLadspaWorld *w = world;
  while (w->plugins) {
    SqLadspaPlugin *next = w->plugins->next;
    sq_ladspa_plugin_free(w->plugins);
    w->plugins = next;
  }
  while (w->modules) {
    SqLadspaModule *next = w->modules->next;
    dlclose(w->modules->handle);
    free(w->modules->path);
    free(w->modules);
    w->modules = next;
  }
  pthread_mutex_destroy(&w->lock);
  pthread_mutex_destroy(&w->life);
  free(w);
}

// ---- modules --------------------------------------------------------------------------------------------------------

const char *sq_ladspa_file(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

const LADSPA_Descriptor *sq_ladspa_descriptor(const SqLadspaModule *module, uint32_t i) {
  return i < SQ_LADSPA_DESCRIPTORS ? module->get(i) : NULL;
}

static SqStatus modules(void *world, SqModuleVisit visit, void *context) {
  (void)world;
  return sq_plugin_search(&places, visit, context);
}

/// Loads what is not loaded yet.
static SqStatus load_module(SqLadspaWorld *w, const char *path, SqLadspaModule **module, char *error,
                            size_t error_size) {
  void *handle = NULL;
  SqStatus status = sq_module_open(path, &handle, error, error_size);
  if (status != SQ_OK)
    return status;
  SqLadspaModule *m = calloc(1, sizeof *m);
  char *copy = strdup(path);
  status = m && copy ? SQ_OK : SQ_LIMIT;
  if (status == SQ_OK) {
    *(void **)&m->get = dlsym(handle, "ladspa_descriptor");
    status = m->get ? SQ_OK : SQ_UNSUPPORTED;
  }
  if (status != SQ_OK) {
    snprintf(error, error_size, status == SQ_LIMIT ? "no memory for '%s'" : "'%s' is no LADSPA module", path);
    dlclose(handle);
    free(copy);
    free(m);
    return status;
  }
  m->path = copy;
  m->handle = handle;
  m->next = w->modules;
  w->modules = *module = m;
  return SQ_OK;
}

SqStatus sq_ladspa_module(SqLadspaWorld *world, const char *path, SqLadspaModule **module, char *error,
                          size_t error_size) {
  char real[PATH_MAX];
  if (!realpath(path, real)) {
    snprintf(error, error_size, "'%s': %s", path, strerror(errno));
    return SQ_NOT_FOUND;
  }
  for (SqLadspaModule *m = world->modules; m; m = m->next)
    if (strcmp(m->path, real) == 0) {
      *module = m;
      return SQ_OK;
    }
  return load_module(world, real, module, error, error_size);
}

/// True when a plug-in before number `n` has its label: only the first can be named.
static bool repeats(const SqLadspaModule *module, const LADSPA_Descriptor *d, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const LADSPA_Descriptor *other = sq_ladspa_descriptor(module, i);
    if (other && sq_ladspa_is_plugin(other) && strcmp(other->Label, d->Label) == 0)
      return true;
  }
  return false;
}

static bool visit_descriptor(const SqLadspaModule *module, const LADSPA_Descriptor *d, SqPluginVisit visit,
                             void *context) {
  char id[1024], name[SQ_LADSPA_TEXT], author[SQ_LADSPA_TEXT];
  bool hears = false;
  snprintf(id, sizeof id, "ladspa:%s:%s", sq_ladspa_file(module->path), d->Label);
  sq_plugin_text(name, sizeof name, d->Name && *d->Name ? d->Name : d->Label, SIZE_MAX);
  sq_plugin_text(author, sizeof author, d->Maker, SIZE_MAX);
  for (unsigned long i = 0; d->PortDescriptors && i < d->PortCount && !hears; i++)
    hears = LADSPA_IS_PORT_AUDIO(d->PortDescriptors[i]) && LADSPA_IS_PORT_INPUT(d->PortDescriptors[i]);
  return visit(context, &(SqPluginEntry){id, name, hears ? "Effect" : "Generator", author});
}

/// Visits the plug-ins of a module; false: enough.
static bool visit_module(const SqLadspaModule *module, SqPluginVisit visit, void *context, uint32_t *n_visited) {
  const LADSPA_Descriptor *d;
  for (uint32_t i = 0; (d = sq_ladspa_descriptor(module, i)); i++) {
    if (!sq_ladspa_is_plugin(d) || repeats(module, d, i))
      continue;
    ++*n_visited;
    if (!visit_descriptor(module, d, visit, context))
      return false;
  }
  return true;
}

static SqStatus load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                     size_t error_size) {
  SqLadspaWorld *w = world;
  SqLadspaModule *module = NULL;
  uint32_t n = 0;
  pthread_mutex_lock(&w->lock);
  SqStatus status = sq_ladspa_module(w, path, &module, error, error_size);
  if (status == SQ_OK && visit_module(module, visit, context, &n) && n == 0) {
    snprintf(error, error_size, "'%s' holds no LADSPA plug-in", path);
    status = SQ_UNSUPPORTED;
  }
  pthread_mutex_unlock(&w->lock);
  return status;
}

typedef struct {
  SqLadspaWorld *world;
  SqPluginVisit visit;
  void *context;
} SqLadspaList;

/// What cannot be loaded is no plug-in: the list goes on.
static bool list_module(void *context, const char *path) {
  SqLadspaList *l = context;
  SqLadspaModule *module;
  char error[PATH_MAX + 128];
  uint32_t n = 0;
  return sq_ladspa_module(l->world, path, &module, error, sizeof error) != SQ_OK ||
         visit_module(module, l->visit, l->context, &n);
}

static SqStatus list(void *world, SqPluginVisit visit, void *context) {
  SqLadspaList l = {world, visit, context};
  pthread_mutex_lock(&l.world->lock);
  SqStatus status = sq_plugin_search(&places, list_module, &l);
  pthread_mutex_unlock(&l.world->lock);
  return status;
}

// ---- one plug-in ----------------------------------------------------------------------------------------------------

/// The search for FILE:LABEL.
typedef struct {
  SqLadspaWorld *world;
  const char *id, *label;
  SqLadspaPlugin *plugin;
  SqStatus status;
  char *error;
  size_t error_size;
} SqLadspaFind;

/// True when the module's file is the one that the identifier names.
static bool is_file(const SqLadspaFind *f, const char *path) {
  const char *file = sq_ladspa_file(path);
  size_t n = (size_t)(f->label - 1 - f->id);
  return strncmp(file, f->id, n) == 0 && file[n] == '\0';
}

static bool find_in(SqLadspaFind *f, const SqLadspaModule *module) {
  const LADSPA_Descriptor *d;
  for (uint32_t i = 0; (d = sq_ladspa_descriptor(module, i)); i++) {
    if (!sq_ladspa_is_plugin(d) || strcmp(d->Label, f->label) != 0)
      continue;
    f->status = sq_ladspa_describe(f->world, module, d, &f->plugin, f->error, f->error_size);
    return true;
  }
  return false;
}

static bool find_module(void *context, const char *path) {
  SqLadspaFind *f = context;
  SqLadspaModule *module;
  if (!is_file(f, path))
    return true;
  SqStatus status = sq_ladspa_module(f->world, path, &module, f->error, f->error_size);
  if (status == SQ_OK)
    return !find_in(f, module);
  f->status = status;
  return true; // one of the same name may be whole
}

/// Looks among what is loaded, then in the standard places. The lock is held.
static void find(SqLadspaFind *f) {
  for (SqLadspaPlugin *p = f->world->plugins; p; p = p->next)
    if (strcmp(p->label, f->label) == 0 && is_file(f, p->file)) {
      f->plugin = p;
      f->status = SQ_OK;
      return;
    }
  for (SqLadspaModule *m = f->world->modules; m; m = m->next)
    if (is_file(f, m->path) && find_in(f, m))
      return;
  SqStatus status = sq_plugin_search(&places, find_module, f);
  if (status != SQ_OK)
    f->status = status;
}

static SqStatus describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size) {
  const char *colon = strchr(id, ':');
  SqLadspaFind f = {world, id, colon ? colon + 1 : id, NULL, SQ_NOT_FOUND, error, error_size};
  snprintf(error, error_size, "no LADSPA plug-in '%s' is installed; identifiers are ladspa:FILE:LABEL", id);
  if (!colon || colon == id || strchr(id, '/') == id)
    return SQ_NOT_FOUND;
  pthread_mutex_lock(&f.world->lock);
  find(&f);
  pthread_mutex_unlock(&f.world->lock);
  if (f.status == SQ_OK)
    *info = &f.plugin->info;
  return f.status;
}

static SqStatus state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values) {
  (void)world;
  return sq_ladspa_state_read(sq_ladspa_plugin_of(info->type), state, values);
}

const SqFormat sq_format_ladspa = {.prefix = "ladspa",
                                   .open = open_world,
                                   .close = close_world,
                                   .list = list,
                                   .describe = describe,
                                   .modules = modules,
                                   .load = load,
                                   .state_values = state_values};
