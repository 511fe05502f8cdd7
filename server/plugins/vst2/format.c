// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/list.h"
#include "plugins/module.h"
#include "plugins/search.h"
#include "plugins/text.h"
#include "plugins/vst2/instance.h"

#define SQ_VST2_IN_SHELL 4096 ///< plug-ins of one shell: one that never says it is over ends here

static const char *const folders[] = {
    "~/.vst", "~/.lxvst", "/usr/local/lib/vst", "/usr/local/lib/lxvst", "/usr/lib/vst", "/usr/lib/lxvst", NULL};
static const SqPluginPlaces places = {.variable = "VST_PATH", .folders = folders, .suffix = ".so", .depth = 3};

static SqStatus open_world(const SqFormatConfig *config, void **world) {
  SqVst2World *w = calloc(1, sizeof *w);
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
  SqVst2World *w = world;
  while (w->plugins) {
    SqVst2Plugin *next = w->plugins->next;
    sq_vst2_plugin_free(w->plugins);
    w->plugins = next;
  }
  while (w->modules) {
    SqVst2Module *next = w->modules->next;
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

static SqStatus modules(void *world, SqModuleVisit visit, void *context) {
  (void)world;
  return sq_plugin_search(&places, visit, context);
}

/// The entry: under its name, or that which it had before VST 2.4. The module itself must define it: a search goes on
/// to what it was linked with.
static SqVst2Entry entry_of(void *handle) {
  SqVst2Entry entry = NULL;
  *(void **)&entry = dlsym(handle, "VSTPluginMain");
  if (!entry)
    *(void **)&entry = dlsym(handle, "main");
  return entry;
}

static SqStatus load_module(SqVst2World *w, const char *path, SqVst2Module **module, char *error, size_t error_size) {
  void *handle = NULL;
  SqStatus status = sq_module_open(path, &handle, error, error_size);
  if (status != SQ_OK)
    return status;
  SqVst2Module *m = calloc(1, sizeof *m);
  char *copy = strdup(path);
  status = m && copy ? SQ_OK : SQ_LIMIT;
  if (status == SQ_OK) {
    m->entry = entry_of(handle);
    status = m->entry ? SQ_OK : SQ_UNSUPPORTED;
  }
  if (status != SQ_OK) {
    snprintf(error, error_size, status == SQ_LIMIT ? "no memory for '%s'" : "'%s' is no VST2 module: it has no entry",
             path);
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

/// Finds a module by its real path, or loads it. The lock is held.
static SqStatus need_module(SqVst2World *w, const char *path, SqVst2Module **module, char *error, size_t error_size) {
  char real[PATH_MAX];
  if (!realpath(path, real)) {
    snprintf(error, error_size, "'%s': %s", path, strerror(errno));
    return SQ_NOT_FOUND;
  }
  for (SqVst2Module *m = w->modules; m; m = m->next)
    if (strcmp(m->path, real) == 0) {
      *module = m;
      return SQ_OK;
    }
  return load_module(w, real, module, error, error_size);
}

/// Visits all that a shell holds; false: enough.
static bool visit_shell(SqVst2Host *host, const SqVst2Module *module, SqPluginVisit visit, void *context) {
  char author[SQ_VST2_NAME], name[SQ_VST2_NAME], id[PATH_MAX + 32];
  sq_vst2_host_text(host, SQ_VST2_VENDOR, 0, author, sizeof author);
  for (int i = 0; i < SQ_VST2_IN_SHELL; i++) {
    char room[SQ_VST2_TEXT] = "";
    intptr_t number = sq_vst2_ask(host->effect, SQ_VST2_NEXT_IN_SHELL, 0, 0, room);
    if (number == 0)
      return true;
    sq_plugin_text(name, sizeof name, room, sizeof room);
    snprintf(id, sizeof id, "vst2:%s#%08x", module->path, (unsigned)(int32_t)number);
    if (!visit(context, &(SqPluginEntry){id, name, "Plugin", author}))
      return false;
  }
  return true;
}

/// Makes an effect for its name; `*more` false: the visitor has had enough. The lock is held.
static SqStatus visit_module(SqVst2World *w, const SqVst2Module *module, SqPluginVisit visit, void *context, bool *more,
                             char *error, size_t error_size) {
  SqVst2Host host = {.rate_hz = w->rate_hz, .max_block = 64};
  char name[SQ_VST2_NAME], author[SQ_VST2_NAME], id[PATH_MAX + 32], reason[SQ_VST2_NAME] = "";
  const char *category;
  pthread_mutex_lock(&w->life);
  SqStatus status = sq_vst2_host_open(&host, module->entry, reason, sizeof reason);
  bool shell = status == SQ_OK && sq_vst2_ask(host.effect, SQ_VST2_CATEGORY, 0, 0, NULL) == SQ_VST2_SHELL;
  if (shell)
    *more = visit_shell(&host, module, visit, context);
  else if (status == SQ_OK)
    sq_vst2_read_names(&host, module->path, name, author, &category);
  sq_vst2_host_close(&host);
  pthread_mutex_unlock(&w->life);
  if (status != SQ_OK)
    snprintf(error, error_size, "'%s' cannot be hosted: %s", module->path, reason);
  if (status != SQ_OK || shell)
    return status;
  snprintf(id, sizeof id, "vst2:%s", module->path);
  *more = visit(context, &(SqPluginEntry){id, name, category, author});
  return SQ_OK;
}

static SqStatus load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                     size_t error_size) {
  SqVst2World *w = world;
  SqVst2Module *module = NULL;
  bool more = true;
  pthread_mutex_lock(&w->lock);
  SqStatus status = need_module(w, path, &module, error, error_size);
  if (status == SQ_OK)
    status = visit_module(w, module, visit, context, &more, error, error_size);
  pthread_mutex_unlock(&w->lock);
  return status;
}

typedef struct {
  SqPluginVisit visit;
  void *context;
} SqVst2List;

/// By the file's name: to know more, its code would have to run.
static bool list_module(void *context, const char *path) {
  SqVst2List *l = context;
  char name[SQ_VST2_NAME], id[PATH_MAX + 32];
  snprintf(id, sizeof id, "vst2:%s", path);
  sq_vst2_file_name(path, name);
  return l->visit(l->context, &(SqPluginEntry){id, name, "", ""});
}

/// Loads nothing: to make 200 effects takes seconds, and the one that crashes takes the asker along. Whoever may load
/// them (a scanner) does so by modules() and load().
static SqStatus list(void *world, SqPluginVisit visit, void *context) {
  (void)world;
  return sq_plugin_search(&places, list_module, &(SqVst2List){visit, context});
}

// ---- one plug-in ----------------------------------------------------------------------------------------------------

typedef struct {
  const char *path;
  bool found;
} SqVst2Place;

static bool is_place(void *context, const char *path) {
  SqVst2Place *place = context;
  place->found |= strcmp(place->path, path) == 0;
  return !place->found;
}

/// Splits PATH[#ID]; false: it is no identifier.
static bool read_id(const char *id, char path[PATH_MAX], int32_t *shell_id) {
  const char *sign = strrchr(id, '#');
  char given[PATH_MAX], *end = NULL;
  unsigned long number = sign ? strtoul(sign + 1, &end, 16) : 0;
  bool one_of_shell = sign && end == sign + 9 && !*end && number;
  size_t n = one_of_shell ? (size_t)(sign - id) : strlen(id);
  if (id[0] != '/' || n >= sizeof given)
    return false;
  memcpy(given, id, n);
  given[n] = '\0';
  *shell_id = one_of_shell ? (int32_t)(uint32_t)number : 0;
  return realpath(given, path) != NULL;
}

/// The loaded module of a path, or one in the standard places. The lock is held.
static SqStatus find_module(SqVst2World *w, const char *path, SqVst2Module **module, char *error, size_t error_size) {
  for (SqVst2Module *m = w->modules; m; m = m->next)
    if (strcmp(m->path, path) == 0) {
      *module = m;
      return SQ_OK;
    }
  SqVst2Place place = {path, false};
  SqStatus status = sq_plugin_search(&places, is_place, &place);
  if (status != SQ_OK || !place.found)
    return status != SQ_OK ? status : SQ_NOT_FOUND;
  return need_module(w, path, module, error, error_size);
}

static SqStatus describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size) {
  SqVst2World *w = world;
  char path[PATH_MAX];
  int32_t shell_id;
  SqVst2Module *module = NULL;
  SqVst2Plugin *plugin = NULL;
  snprintf(error, error_size, "no VST2 plug-in '%s' is installed; identifiers are vst2:PATH", id);
  if (!read_id(id, path, &shell_id))
    return SQ_NOT_FOUND;
  pthread_mutex_lock(&w->lock);
  SqStatus status = find_module(w, path, &module, error, error_size);
  if (status == SQ_OK)
    status = sq_vst2_describe(w, module, shell_id, &plugin, error, error_size);
  pthread_mutex_unlock(&w->lock);
  if (status == SQ_OK)
    *info = &plugin->info;
  return status;
}

static SqStatus state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values) {
  (void)world;
  return sq_vst2_state_values(sq_vst2_plugin_of(info->type), state, values);
}

const SqFormat sq_format_vst2 = {.prefix = "vst2",
                                 .open = open_world,
                                 .close = close_world,
                                 .list = list,
                                 .describe = describe,
                                 .modules = modules,
                                 .load = load,
                                 .state_values = state_values};
