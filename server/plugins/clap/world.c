// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/world.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugins/clap/describe.h"
#include "plugins/search.h"

SqStatus sq_clap_world_open(const SqFormatConfig *config, void **world) {
  SqClapWorld *w = calloc(1, sizeof *w);
  if (!w)
    return SQ_LIMIT;
  pthread_mutexattr_t recursive;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&w->lock, &recursive);
  pthread_mutexattr_destroy(&recursive);
  *world = w;
  return SQ_OK;
}

static void module_free(SqClapModule *module) {
  if (module->factory && module->entry->deinit)
    module->entry->deinit();
  if (module->handle)
    dlclose(module->handle);
  free(module->path);
  free(module);
}

void sq_clap_world_close(void *world) {
  SqClapWorld *w = world;
  sq_clap_world_enter(w);
  while (w->kinds) {
    SqClapKind *next = w->kinds->next;
    sq_clap_kind_free(w->kinds);
    w->kinds = next;
  }
  while (w->modules) {
    SqClapModule *next = w->modules->next;
    module_free(w->modules);
    w->modules = next;
  }
  sq_clap_world_leave(w);
  pthread_mutex_destroy(&w->lock);
  free(w);
}

// ---- main thread ----------------------------------------------------------------------------------------------------

void sq_clap_world_enter(SqClapWorld *world) {
  pthread_mutex_lock(&world->lock);
  if (world->depth++ == 0)
    atomic_store_explicit(&world->main, pthread_self(), memory_order_relaxed);
}

void sq_clap_world_leave(SqClapWorld *world) {
  if (--world->depth == 0)
    atomic_store_explicit(&world->main, 0, memory_order_relaxed);
  pthread_mutex_unlock(&world->lock);
}

bool sq_clap_world_is_main(const SqClapWorld *world) {
  return pthread_equal(atomic_load_explicit(&world->main, memory_order_relaxed), pthread_self());
}

// ---- modules --------------------------------------------------------------------------------------------------------

/// Loads the code and asks it for its plug-ins.
static SqStatus load(SqClapModule *module, char *error, size_t error_size) {
  module->handle = dlopen(module->path, RTLD_NOW | RTLD_LOCAL);
  if (!module->handle) {
    const char *why = dlerror();
    snprintf(error, error_size, "%s cannot be loaded: %s", module->path, why ? why : "unknown reason");
    return SQ_UNSUPPORTED;
  }
  const SqClapEntry *entry = dlsym(module->handle, "clap_entry");
  if (!entry || !entry->init || !entry->get_factory) {
    snprintf(error, error_size, "%s is not a CLAP module: it has no clap_entry", module->path);
    return SQ_UNSUPPORTED;
  }
  if (entry->version.major < 1) {
    snprintf(error, error_size, "%s speaks CLAP %u.%u, which was never final", module->path, entry->version.major,
             entry->version.minor);
    return SQ_UNSUPPORTED;
  }
  if (!entry->init(module->path)) {
    snprintf(error, error_size, "%s refuses to be used; its own messages may say why", module->path);
    return SQ_UNSUPPORTED;
  }
  module->entry = entry;
  module->factory = entry->get_factory(SQ_CLAP_FACTORY);
  const SqClapFactory *f = module->factory;
  if (f && f->count && f->descriptor && f->create) {
    module->n_plugins = f->count(f);
    if (module->n_plugins <= SQ_CLAP_MAX_PLUGINS)
      return SQ_OK;
    snprintf(error, error_size, "%s says that it holds %u plug-ins", module->path, module->n_plugins);
  } else {
    snprintf(error, error_size, "%s holds no plug-ins", module->path);
  }
  if (entry->deinit)
    entry->deinit();
  module->factory = NULL;
  return SQ_UNSUPPORTED;
}

SqStatus sq_clap_world_module(SqClapWorld *world, const char *path, SqClapModule **module, char *error,
                              size_t error_size) {
  char *real = realpath(path, NULL);
  struct stat is;
  const bool found = real && stat(real, &is) == 0;
  if (!found || !S_ISREG(is.st_mode)) {
    free(real);
    snprintf(error, error_size, found ? "%s is no file" : "there is no file %s", path);
    return found ? SQ_UNSUPPORTED : SQ_NOT_FOUND;
  }
  for (SqClapModule *m = world->modules; m; m = m->next)
    if (strcmp(m->path, real) == 0) {
      free(real);
      *module = m;
      return SQ_OK;
    }
  SqClapModule *m = calloc(1, sizeof *m);
  if (!m) {
    free(real);
    snprintf(error, error_size, "no memory for %s", path);
    return SQ_LIMIT;
  }
  m->path = real;
  SqStatus status = load(m, error, error_size);
  if (status != SQ_OK) {
    module_free(m);
    return status;
  }
  m->next = world->modules;
  world->modules = m;
  *module = m;
  return SQ_OK;
}

const SqClapDescriptor *sq_clap_module_descriptor(const SqClapModule *module, uint32_t index) {
  const SqClapDescriptor *d = module->factory->descriptor(module->factory, index);
  return d && d->id && d->id[0] && d->name && d->clap_version.major >= 1 ? d : NULL;
}

SqStatus sq_clap_modules(void *world, SqModuleVisit visit, void *context) {
  static const char *const folders[] = {"~/.clap", "/usr/lib/clap", "/usr/local/lib/clap", NULL};
  const SqPluginPlaces places = {.variable = "CLAP_PATH", .folders = folders, .suffix = ".clap", .depth = 8};
  (void)world;
  return sq_plugin_search(&places, visit, context);
}
