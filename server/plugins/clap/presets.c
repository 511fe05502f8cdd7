// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/version.h"
#include "plugins/search.h"

#define SQ_CLAP_DECLARED 32u ///< file types and locations of one provider

typedef struct {
  const char *name, *location, *key; ///< location: NULL: within the plug-in; key: NULL: all of the file
} Preset;

struct SqClapPresets {
  SqTexts texts;
  Preset *all; ///< [n]
  uint32_t n, cap;
};

/// One provider at work. Its declarations are copied: they are its own only while it declares.
typedef struct {
  SqClapPresets *presets;
  const SqClapKind *kind;
  const SqClapPresetProvider *provider;
  const char *suffixes[SQ_CLAP_DECLARED], *folders[SQ_CLAP_DECLARED]; ///< folder NULL: within the plug-in
  uint32_t n_suffixes, n_folders;
  const char *location; ///< being read
  Preset begun;         ///< not yet known whose it is
  bool any_id, ours;
} Search;

void sq_clap_presets_free(SqClapPresets *presets) {
  if (!presets)
    return;
  sq_texts_free(&presets->texts);
  free(presets->all);
  free(presets);
}

// ---- what a provider says -------------------------------------------------------------------------------------------

/// Keeps the preset that was begun when it is one of this plug-in: by its word, or because its module has no other.
static void finish(Search *s) {
  SqClapPresets *p = s->presets;
  const bool keep = s->begun.name && (s->any_id ? s->ours : s->kind->module->n_plugins == 1);
  if (keep && p->n == p->cap && p->cap < SQ_CLAP_MAX_PRESETS) {
    const uint32_t cap = p->cap ? p->cap * 2 : 64;
    Preset *grown = realloc(p->all, cap * sizeof *grown);
    if (grown) {
      p->all = grown;
      p->cap = cap;
    }
  }
  if (keep && p->n < p->cap)
    p->all[p->n++] = s->begun;
  s->begun.name = NULL;
}

static const char *keep_clean(Search *s, const char *text) {
  char clean[256];
  sq_plugin_text(clean, sizeof clean, text, SIZE_MAX);
  return sq_texts_keep(&s->presets->texts, clean);
}

static bool begin_preset(const SqClapPresetReceiver *receiver, const char *name, const char *key) {
  Search *s = receiver->data;
  finish(s);
  if (s->presets->n == SQ_CLAP_MAX_PRESETS)
    return false;
  s->any_id = s->ours = false;
  s->begun = (Preset){.name = keep_clean(s, name), .location = s->location};
  s->begun.key = key ? sq_texts_keep(&s->presets->texts, key) : NULL;
  return true;
}

static void add_plugin_id(const SqClapPresetReceiver *receiver, const SqClapUniversalId *id) {
  Search *s = receiver->data;
  s->any_id = true;
  s->ours |= id && id->abi && id->id && strcmp(id->abi, "clap") == 0 && strcmp(id->id, s->kind->id) == 0;
}

static void ignore_text(const SqClapPresetReceiver *receiver, const char *text) {
  (void)receiver;
  (void)text;
}

static void ignore_error(const SqClapPresetReceiver *receiver, int32_t why, const char *text) {
  (void)receiver;
  (void)why;
  (void)text;
}

static void ignore_flags(const SqClapPresetReceiver *receiver, uint32_t flags) {
  (void)receiver;
  (void)flags;
}

static void ignore_times(const SqClapPresetReceiver *receiver, uint64_t made, uint64_t changed) {
  (void)receiver;
  (void)made;
  (void)changed;
}

static void ignore_pair(const SqClapPresetReceiver *receiver, const char *key, const char *value) {
  (void)receiver;
  (void)key;
  (void)value;
}

static bool declare_filetype(const SqClapPresetIndexer *indexer, const SqClapPresetFileType *type) {
  Search *s = indexer->data;
  char suffix[64] = "";
  if (!type || s->n_suffixes == SQ_CLAP_DECLARED)
    return false;
  if (type->extension && *type->extension)
    snprintf(suffix, sizeof suffix, ".%.60s", type->extension);
  s->suffixes[s->n_suffixes++] = sq_texts_keep(&s->presets->texts, suffix);
  return true;
}

static bool declare_location(const SqClapPresetIndexer *indexer, const SqClapPresetLocation *location) {
  Search *s = indexer->data;
  if (!location || s->n_folders == SQ_CLAP_DECLARED || (location->kind == SQ_CLAP_LOCATION_FILE && !location->location))
    return false;
  s->folders[s->n_folders++] =
      location->kind == SQ_CLAP_LOCATION_FILE ? sq_texts_keep(&s->presets->texts, location->location) : NULL;
  return true;
}

static bool declare_soundpack(const SqClapPresetIndexer *indexer, const void *pack) {
  (void)indexer;
  (void)pack;
  return true;
}

static const void *no_extension(const SqClapPresetIndexer *indexer, const char *id) {
  (void)indexer;
  (void)id;
  return NULL;
}

// ---- looking --------------------------------------------------------------------------------------------------------

/// Asks what presets are in one file, or (NULL) in the plug-in itself.
static bool read_presets(void *context, const char *path) {
  Search *s = context;
  const SqClapPresetReceiver receiver = {.data = s,
                                         .on_error = ignore_error,
                                         .begin_preset = begin_preset,
                                         .add_plugin_id = add_plugin_id,
                                         .set_soundpack_id = ignore_text,
                                         .set_flags = ignore_flags,
                                         .add_creator = ignore_text,
                                         .set_description = ignore_text,
                                         .set_timestamps = ignore_times,
                                         .add_feature = ignore_text,
                                         .add_extra_info = ignore_pair};
  s->location = path ? sq_texts_keep(&s->presets->texts, path) : NULL;
  s->provider->get_metadata(s->provider, path ? SQ_CLAP_LOCATION_FILE : SQ_CLAP_LOCATION_PLUGIN, path, &receiver);
  finish(s);
  return s->presets->n < SQ_CLAP_MAX_PRESETS;
}

static void read_location(Search *s, const char *folder) {
  struct stat is;
  if (!folder || (stat(folder, &is) == 0 && S_ISREG(is.st_mode))) {
    read_presets(s, folder);
    return;
  }
  const char *const folders[] = {folder, NULL};
  for (uint32_t i = 0; i < s->n_suffixes; i++) {
    const SqPluginPlaces places = {.folders = folders, .suffix = s->suffixes[i], .depth = 8};
    sq_plugin_search(&places, read_presets, s);
  }
}

static void ask_provider(SqClapPresets *presets, const SqClapKind *kind, const SqClapPresetFactory *factory,
                         const char *id) {
  Search s = {.presets = presets, .kind = kind};
  const SqClapPresetIndexer indexer = {.version = {1, 2, 2},
                                       .name = "squeezed",
                                       .vendor = "squeezed",
                                       .url = "",
                                       .host_version = SQ_VERSION,
                                       .data = &s,
                                       .declare_filetype = declare_filetype,
                                       .declare_location = declare_location,
                                       .declare_soundpack = declare_soundpack,
                                       .get_extension = no_extension};
  s.provider = factory->create(factory, &indexer, id);
  if (!s.provider)
    return;
  if (s.provider->init && s.provider->get_metadata && s.provider->init(s.provider))
    for (uint32_t i = 0; i < s.n_folders; i++)
      read_location(&s, s.folders[i]);
  if (s.provider->destroy)
    s.provider->destroy(s.provider);
}

/// The presets of a kind, looked for the first time. The world is entered. NULL: no memory.
static const SqClapPresets *need(SqClapKind *kind) {
  if (kind->presets)
    return kind->presets;
  kind->presets = calloc(1, sizeof *kind->presets);
  const SqClapEntry *entry = kind->module->entry;
  const SqClapPresetFactory *factory = entry->get_factory(SQ_CLAP_PRESET_FACTORY);
  if (!factory)
    factory = entry->get_factory(SQ_CLAP_PRESET_FACTORY_DRAFT);
  const bool whole = kind->presets && factory && factory->count && factory->info && factory->create;
  const uint32_t n = whole ? factory->count(factory) : 0;
  for (uint32_t i = 0; i < n && i < SQ_CLAP_DECLARED; i++) {
    const SqClapPresetProviderInfo *info = factory->info(factory, i);
    if (info && info->id)
      ask_provider(kind->presets, kind, factory, info->id);
  }
  return kind->presets;
}

/// One that cannot load any has none.
static const SqClapPresets *presets_of(const SqClapInstance *self) {
  return self->units[0].guest.can.preset_load ? need(sq_clap_kind_of(&self->kind->type)) : NULL;
}

// ---- for the host ---------------------------------------------------------------------------------------------------

uint32_t sq_clap_presets_count(void *instance) {
  SqClapInstance *self = instance;
  sq_clap_world_enter(self->kind->world);
  const SqClapPresets *presets = presets_of(self);
  sq_clap_world_leave(self->kind->world);
  return presets ? presets->n : 0;
}

SqStatus sq_clap_presets_name(void *instance, uint32_t index, char *name, size_t size) {
  SqClapInstance *self = instance;
  sq_clap_world_enter(self->kind->world);
  const SqClapPresets *presets = presets_of(self);
  const bool there = presets && index < presets->n;
  if (there)
    snprintf(name, size, "%s", presets->all[index].name);
  sq_clap_world_leave(self->kind->world);
  return there ? SQ_OK : SQ_RANGE;
}

SqStatus sq_clap_presets_load(void *instance, uint32_t index) {
  SqClapInstance *self = instance;
  sq_clap_world_enter(self->kind->world);
  const SqClapPresets *presets = presets_of(self);
  SqStatus status = presets && index < presets->n ? SQ_OK : SQ_RANGE;
  atomic_store_explicit(&self->touched, true, memory_order_relaxed);
  for (uint32_t u = 0; status == SQ_OK && u < self->n_units; u++) {
    const SqClapGuest *guest = &self->units[u].guest;
    const Preset *preset = &presets->all[index];
    const uint32_t kind = preset->location ? SQ_CLAP_LOCATION_FILE : SQ_CLAP_LOCATION_PLUGIN;
    if (!guest->can.preset_load->from_location(guest->plugin, kind, preset->location, preset->key))
      status = SQ_PLUGIN;
  }
  sq_clap_world_leave(self->kind->world);
  return status;
}
