// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/module.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugins/text.h"

/// The folder of a bundle that holds this machine's code.
#if defined(__x86_64__)
#define SQ_VST3_MACHINE "x86_64-linux"
#elif defined(__aarch64__)
#define SQ_VST3_MACHINE "aarch64-linux"
#elif defined(__arm__)
#define SQ_VST3_MACHINE "armv7l-linux"
#elif defined(__i386__)
#define SQ_VST3_MACHINE "i386-linux"
#elif defined(__riscv)
#define SQ_VST3_MACHINE "riscv64-linux"
#else
#define SQ_VST3_MACHINE "unknown-linux"
#endif

static void set_error(SqVst3Module *m, const char *what, const char *why) {
  char text[1024], words[768];
  sq_plugin_text(words, sizeof words, why, SIZE_MAX);
  snprintf(text, sizeof text, "%s%s%s", what, *words ? ": " : "", words);
  free(m->error);
  m->error = strdup(text);
}

// ---- the file -------------------------------------------------------------------------------------------------------

static int shared_object(const struct dirent *entry) {
  const char *dot = strrchr(entry->d_name, '.');
  return dot && strcmp(dot, ".so") == 0;
}

/// The file of a bundle: called like it, else the only one there. False: none.
static bool find_file(const char *path, char *file, size_t size) {
  struct stat what;
  if (stat(path, &what) != 0)
    return false;
  if (!S_ISDIR(what.st_mode))
    return snprintf(file, size, "%s", path) < (int)size;
  const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
  const char *dot = strrchr(name, '.');
  int length = dot ? (int)(dot - name) : (int)strlen(name);
  int n = snprintf(file, size, "%s/Contents/" SQ_VST3_MACHINE "/%.*s.so", path, length, name);
  if (n < (int)size && stat(file, &what) == 0)
    return true;
  char folder[PATH_MAX];
  snprintf(folder, sizeof folder, "%s/Contents/" SQ_VST3_MACHINE, path);
  struct dirent **found = NULL;
  int n_found = scandir(folder, &found, shared_object, alphasort);
  if (n_found == 1)
    n = snprintf(file, size, "%s/%s", folder, found[0]->d_name);
  for (int i = 0; i < n_found; i++)
    free(found[i]);
  free(found);
  return n_found == 1 && n < (int)size;
}

// ---- classes --------------------------------------------------------------------------------------------------------

static bool is_audio(const char category[32]) {
  return strncmp(category, "Audio Module Class", 32) == 0;
}

static const char *keep(SqVst3Module *m, const char *from, size_t n) {
  char text[SQ_VST3_UTF8];
  sq_plugin_text(text, sizeof text, from, n);
  return sq_vst3_texts_keep(&m->texts, text);
}

static const char *keep_wide(SqVst3Module *m, const uint16_t *from, size_t n) {
  char text[SQ_VST3_UTF8];
  sq_vst3_text(text, sizeof text, from, n);
  return sq_vst3_texts_keep(&m->texts, text);
}

/// "Fx|Dynamics" is "Dynamics" to people, "Instrument|Synth" an "Instrument".
static void read_category(SqVst3Module *m, SqVst3Class *c, const char *sub_categories) {
  c->instrument = strncmp(sub_categories, "Instrument", 10) == 0;
  const char *text = strncmp(sub_categories, "Fx|", 3) == 0 ? sub_categories + 3 : sub_categories;
  c->category = c->instrument ? "Instrument" : *text ? sq_vst3_texts_keep(&m->texts, text) : "Fx";
}

static uint32_t version_of(const char *text) {
  unsigned major = 0, minor = 0;
  for (; *text >= '0' && *text <= '9'; text++)
    major = major * 10 + (unsigned)(*text - '0');
  if (*text == '.')
    for (text++; *text >= '0' && *text <= '9'; text++)
      minor = minor * 10 + (unsigned)(*text - '0');
  return (major & 0xffff) << 16 | (minor & 0xffff);
}

static void describe_class(SqVst3Module *m, SqVst3Class *c, const char *vendor, const SqVst3ClassInfo *plain,
                           int32_t index) {
  SqVst3Factory *second = sq_vst3_query(m->factory, sq_vst3_id_factory2);
  SqVst3Factory *third = sq_vst3_query(m->factory, sq_vst3_id_factory3);
  SqVst3ClassInfo2 *info = calloc(1, sizeof *info);
  SqVst3ClassInfoW *wide = calloc(1, sizeof *wide);
  const char *sub = "";
  memcpy(c->id, plain->id, sizeof c->id);
  for (size_t i = 0; i < sizeof c->id; i++)
    snprintf(c->hex + 2 * i, 3, "%02X", c->id[i]);
  if (info && second && second->table->class_info2(second, index, info) == SQ_VST3_OK) {
    sub = keep(m, info->sub_categories, sizeof info->sub_categories);
    c->author = keep(m, info->vendor, sizeof info->vendor);
    c->version = version_of(keep(m, info->version, sizeof info->version));
  }
  if (wide && third && third->table->class_info_w(third, index, wide) == SQ_VST3_OK) {
    c->name = keep_wide(m, wide->name, 64);
    const char *author = keep_wide(m, wide->vendor, 64);
    c->author = *author ? author : c->author;
    sub = *sub ? sub : keep(m, wide->sub_categories, sizeof wide->sub_categories);
  }
  if (!c->name || !*c->name)
    c->name = keep(m, plain->name, sizeof plain->name);
  if (!*c->name)
    c->name = sq_vst3_texts_keep(&m->texts, c->hex);
  if (!c->author || !*c->author)
    c->author = vendor;
  read_category(m, c, sub);
  free(info);
  free(wide);
  sq_vst3_drop(second);
  sq_vst3_drop(third);
}

static bool known(const SqVst3Module *m, const SqVst3Id id) {
  for (uint32_t i = 0; i < m->n_classes; i++)
    if (memcmp(m->classes[i].id, id, sizeof(SqVst3Id)) == 0)
      return true;
  return false;
}

static void read_classes(SqVst3Module *m) {
  SqVst3FactoryInfo about = {0};
  m->factory->table->factory_info(m->factory, &about);
  const char *vendor = keep(m, about.vendor, sizeof about.vendor);
  int32_t n = m->factory->table->n_classes(m->factory);
  n = n < 0 ? 0 : n > SQ_VST3_CLASSES ? SQ_VST3_CLASSES : n;
  m->classes = calloc((size_t)n + 1, sizeof *m->classes);
  for (int32_t i = 0; m->classes && i < n; i++) {
    SqVst3ClassInfo plain = {0};
    if (m->factory->table->class_info(m->factory, i, &plain) != SQ_VST3_OK || !is_audio(plain.category) ||
        known(m, plain.id))
      continue;
    describe_class(m, &m->classes[m->n_classes++], vendor, &plain, i);
  }
}

// ---- life -----------------------------------------------------------------------------------------------------------

static void load(SqVst3Module *m, SqVst3Home *home) {
  char file[PATH_MAX];
  if (!find_file(m->path, file, sizeof file)) {
    set_error(m, "it holds no code for this machine (Contents/" SQ_VST3_MACHINE ")", NULL);
    return;
  }
  m->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!m->handle) {
    set_error(m, "it cannot be loaded", dlerror());
    return;
  }
  bool (*enter)(void *handle) = NULL;
  SqVst3Factory *(*get_factory)(void) = NULL;
  *(void **)&enter = dlsym(m->handle, "ModuleEntry");
  *(void **)&get_factory = dlsym(m->handle, "GetPluginFactory");
  if (!get_factory) {
    set_error(m, "it is not a VST3 plug-in: it has no GetPluginFactory", NULL);
    return;
  }
  if (enter && !(m->entered = enter(m->handle))) {
    set_error(m, "its ModuleEntry refuses to start", NULL);
    return;
  }
  m->factory = get_factory();
  if (!m->factory) {
    set_error(m, "it gives no factory", NULL);
    return;
  }
  SqVst3Factory *third = sq_vst3_query(m->factory, sq_vst3_id_factory3);
  if (third)
    third->table->set_context(third, &home->application);
  sq_vst3_drop(third);
  read_classes(m);
}

SqVst3Module *sq_vst3_module_open(const char *path, SqVst3Home *home) {
  SqVst3Module *m = calloc(1, sizeof *m);
  if (m)
    m->path = strdup(path);
  if (!m || !m->path) {
    free(m);
    return NULL;
  }
  load(m, home);
  return m;
}

void sq_vst3_module_close(SqVst3Module *module) {
  sq_vst3_drop(module->factory);
  bool (*leave)(void) = NULL;
  if (module->entered)
    *(void **)&leave = dlsym(module->handle, "ModuleExit");
  if (leave)
    leave();
  if (module->handle)
    dlclose(module->handle);
  sq_vst3_texts_cleanup(&module->texts);
  free(module->classes);
  free(module->error);
  free(module->path);
  free(module);
}
