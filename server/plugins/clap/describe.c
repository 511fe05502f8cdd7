// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/instance.h"
#include "plugins/clap/presets.h"

void sq_clap_kind_free(SqClapKind *kind) {
  if (!kind)
    return;
  sq_clap_presets_free(kind->presets);
  sq_texts_free(&kind->texts);
  free(kind->params);
  free(kind->shown);
  free((void *)(uintptr_t)kind->type.params);
  free((void *)(uintptr_t)kind->type.extra_buses);
  free(kind);
}

// ---- what a descriptor says -----------------------------------------------------------------------------------------

static bool has_feature(const SqClapDescriptor *d, const char *feature) {
  for (const char *const *f = d->features; f && *f; f++)
    if (strcmp(*f, feature) == 0)
      return true;
  return false;
}

/// The first word that says more than what it is fed and how wide it is, with a capital; else its main one.
static void category_of(const SqClapDescriptor *d, char text[64]) {
  static const char *const broad[] = {"instrument", "audio-effect", "note-effect", "note-detector", "analyzer",
                                      "mono",       "stereo",       "surround",    "ambisonic"};
  const char *best = NULL;
  for (const char *const *f = d->features; f && *f; f++) {
    bool is_broad = false;
    for (size_t i = 0; i < sizeof broad / sizeof broad[0]; i++)
      is_broad |= strcmp(*f, broad[i]) == 0;
    if (!is_broad) {
      best = *f;
      break;
    }
    best = best ? best : *f;
  }
  sq_plugin_text(text, 64, best, SIZE_MAX);
  for (char *c = text; *c; c++)
    if (*c == '-' && c[1])
      *c = ' ';
  if (text[0] >= 'a' && text[0] <= 'z')
    text[0] = (char)(text[0] - 'a' + 'A');
}

/// "1.12.3" as 1 << 16 | 12 << 8 | 3.
static uint32_t version_of(const char *text) {
  uint32_t parts[3] = {0}, at = 0;
  for (; text && *text && at < 3; text++)
    if (*text >= '0' && *text <= '9')
      parts[at] = (parts[at] * 10 + (uint32_t)(*text - '0')) & 0xffff;
    else if (*text == '.')
      at++;
    else
      break;
  return parts[0] << 16 | (parts[1] & 0xff) << 8 | (parts[2] & 0xff);
}

/// True for an identifier that can be written down and found again.
static bool is_usable(const char *id) {
  char clean[SQ_CLAP_ID];
  sq_plugin_text(clean, sizeof clean, id, SIZE_MAX);
  return clean[0] && strcmp(clean, id) == 0;
}

// ---- the type -------------------------------------------------------------------------------------------------------

/// The outputs beside the main one as buses, named by the plug-in's own numbers.
static SqStatus build_buses(SqClapKind *k) {
  const SqClapPorts *ports = &k->ports;
  SqProcBus *buses = calloc(ports->n_outs + 1, sizeof *buses);
  k->type.extra_buses = buses;
  if (!buses)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < ports->n_outs; i++) {
    const SqClapPort *port = &ports->outs[i];
    bool twice = false;
    for (uint32_t j = 0; j < i; j++)
      twice |= ports->outs[j].id == port->id;
    if (i == ports->main_out || !port->n_channels || twice)
      continue;
    char id[16];
    snprintf(id, sizeof id, "%u", port->id);
    SqProcBus *bus = &buses[k->type.n_extra_buses++];
    bus->id = sq_texts_keep(&k->texts, id);
    bus->name = sq_texts_keep(&k->texts, port->name[0] ? port->name : id);
    bus->channels = port->n_channels;
    k->info.n_extra_out += port->n_channels;
  }
  return SQ_OK;
}

static void fill_info(SqClapKind *k, const SqClapGuest *guest) {
  SqPluginInfo *info = &k->info;
  const SqClapPorts *ports = &k->ports;
  info->n_in = ports->main_in == SQ_CLAP_NONE ? 0 : ports->ins[ports->main_in].n_channels;
  info->n_out = ports->main_out == SQ_CLAP_NONE ? 0 : ports->outs[ports->main_out].n_channels;
  info->n_side = ports->side == SQ_CLAP_NONE ? 0 : ports->ins[ports->side].n_channels;
  info->midi_in = ports->dialects != 0;
  info->midi_out = ports->notes_out;
  info->time_in = true; // every one is told; none says whether it listens
  info->reports_latency = guest->can.latency;
  info->has_state = guest->can.state;
  info->has_editor = guest->can.gui && guest->can.gui->is_api_supported(guest->plugin, SQ_CLAP_API_X11, false);
  uint32_t flags = SQ_PROC_SEPARATE | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
  if (info->n_out && (info->n_in == 0 || k->instrument))
    flags |= SQ_PROC_GENERATOR;
  if (info->n_in || info->n_out == 0)
    flags |= SQ_PROC_EFFECT;
  if (info->n_side)
    flags |= SQ_PROC_SIDECHAIN;
  if (info->midi_in)
    flags |= SQ_PROC_NOTES;
  k->type.flags = flags;
  k->type.min_channels = 1;
  k->type.data = k;
  sq_clap_instance_fill_type(&k->type);
  info->type = &k->type;
}

static void fill_texts(SqClapKind *k, const SqClapDescriptor *d) {
  char text[1024];
  snprintf(text, sizeof text, "clap:%s", d->id);
  k->type.id = sq_texts_keep(&k->texts, text);
  k->id = sq_texts_keep(&k->texts, d->id);
  sq_plugin_text(text, 128, d->name, SIZE_MAX);
  k->type.name = sq_texts_keep(&k->texts, text[0] ? text : d->id);
  sq_plugin_text(text, sizeof text, d->description, SIZE_MAX);
  k->type.help = sq_texts_keep(&k->texts, text);
  sq_plugin_text(text, 128, d->vendor, SIZE_MAX);
  k->info.author = sq_texts_keep(&k->texts, text);
  category_of(d, text);
  k->info.category = sq_texts_keep(&k->texts, text);
  k->info.path = sq_texts_keep(&k->texts, k->module->path);
  k->version = version_of(d->version);
  k->instrument = has_feature(d, "instrument");
}

/// Makes an instance to look at.
static SqStatus build(SqClapKind *k, const SqClapDescriptor *d, char *error, size_t error_size) {
  fill_texts(k, d);
  SqClapGuest *guest = calloc(1, sizeof *guest);
  if (!guest)
    return SQ_LIMIT;
  char reason[256] = "";
  SqStatus status = sq_clap_guest_open(guest, k->world, k->module, d->id, error, error_size);
  if (status == SQ_OK) {
    status = sq_clap_ports_read(guest, k->instrument, &k->ports, reason, sizeof reason);
    if (status == SQ_OK)
      status = sq_clap_params_build(k, guest, reason, sizeof reason);
    if (status == SQ_OK)
      status = build_buses(k);
    if (status == SQ_OK)
      fill_info(k, guest);
    if (status == SQ_UNSUPPORTED)
      snprintf(error, error_size, "'%s' cannot be hosted: %s", d->id, reason);
  }
  sq_clap_guest_close(guest);
  free(guest);
  return status == SQ_OK && k->texts.no_memory ? SQ_LIMIT : status;
}

static SqStatus describe(SqClapWorld *w, const SqClapModule *module, const SqClapDescriptor *d,
                         const SqPluginInfo **info, char *error, size_t error_size) {
  snprintf(error, error_size, "no memory to describe '%s'", d->id);
  SqClapKind *k = calloc(1, sizeof *k);
  if (!k)
    return SQ_LIMIT;
  k->world = w;
  k->module = module;
  SqStatus status = build(k, d, error, error_size);
  if (status != SQ_OK) {
    sq_clap_kind_free(k);
    return status;
  }
  k->next = w->kinds;
  w->kinds = k;
  *info = &k->info;
  return SQ_OK;
}

// ---- finding --------------------------------------------------------------------------------------------------------

static const SqClapDescriptor *find_in(const SqClapModule *module, const char *id) {
  for (uint32_t i = 0; i < module->n_plugins; i++) {
    const SqClapDescriptor *d = sq_clap_module_descriptor(module, i);
    if (d && strcmp(d->id, id) == 0)
      return d;
  }
  return NULL;
}

typedef struct {
  SqClapWorld *world;
  const char *id, *word; ///< word: what a module's file name holds, or NULL: any
  const SqClapModule *module;
  const SqClapDescriptor *found;
} Wanted;

static bool look_into(void *context, const char *path) {
  Wanted *wanted = context;
  const char *name = strrchr(path, '/');
  char error[512];
  SqClapModule *module;
  if (wanted->word && !sq_plugin_text_holds(name ? name : path, wanted->word))
    return true;
  if (sq_clap_world_module(wanted->world, path, &module, error, sizeof error) == SQ_OK &&
      (wanted->found = find_in(module, wanted->id)))
    wanted->module = module;
  return !wanted->found;
}

/// Among what is loaded, then in files that are called like it, then in all.
static void find(Wanted *wanted) {
  for (const SqClapModule *m = wanted->world->modules; m; m = m->next)
    if ((wanted->found = find_in(m, wanted->id))) {
      wanted->module = m;
      return;
    }
  const char *dot = strrchr(wanted->id, '.');
  wanted->word = dot ? dot + 1 : wanted->id;
  sq_clap_modules(wanted->world, look_into, wanted);
  wanted->word = NULL;
  if (!wanted->found)
    sq_clap_modules(wanted->world, look_into, wanted);
}

SqStatus sq_clap_describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size) {
  SqClapWorld *w = world;
  SqStatus status = SQ_NOT_FOUND;
  snprintf(error, error_size, "no CLAP plug-in '%.200s' is installed", id);
  sq_clap_world_enter(w);
  for (const SqClapKind *k = w->kinds; k && status != SQ_OK; k = k->next)
    if (strcmp(k->id, id) == 0) {
      *info = &k->info;
      status = SQ_OK;
    }
  if (status != SQ_OK && is_usable(id)) {
    Wanted wanted = {.world = w, .id = id};
    find(&wanted);
    if (wanted.found)
      status = describe(w, wanted.module, wanted.found, info, error, error_size);
  }
  sq_clap_world_leave(w);
  return status;
}

// ---- lists ----------------------------------------------------------------------------------------------------------

/// Visits what a module holds; false: the visitor has had enough.
static bool visit_all(const SqClapModule *module, SqPluginVisit visit, void *context, uint32_t *n) {
  for (uint32_t i = 0; i < module->n_plugins; i++) {
    const SqClapDescriptor *d = sq_clap_module_descriptor(module, i);
    if (!d || !is_usable(d->id) || find_in(module, d->id) != d)
      continue;
    char id[SQ_CLAP_ID + 8], name[128], author[128], category[64];
    snprintf(id, sizeof id, "clap:%s", d->id);
    sq_plugin_text(name, sizeof name, d->name, SIZE_MAX);
    sq_plugin_text(author, sizeof author, d->vendor, SIZE_MAX);
    category_of(d, category);
    ++*n;
    if (!visit(context, &(SqPluginEntry){id, name[0] ? name : d->id, category, author}))
      return false;
  }
  return true;
}

SqStatus sq_clap_load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                      size_t error_size) {
  SqClapWorld *w = world;
  SqClapModule *module;
  uint32_t n = 0;
  sq_clap_world_enter(w);
  SqStatus status = sq_clap_world_module(w, path, &module, error, error_size);
  if (status == SQ_OK) {
    visit_all(module, visit, context, &n);
    if (!n) {
      snprintf(error, error_size, "%s holds no plug-in that has an identifier and a name", path);
      status = SQ_UNSUPPORTED;
    }
  }
  sq_clap_world_leave(w);
  return status;
}

typedef struct {
  SqClapWorld *world;
  SqPluginVisit visit;
  void *context;
} Listing;

static bool list_module(void *context, const char *path) {
  const Listing *listing = context;
  SqClapModule *module;
  char error[512];
  uint32_t n = 0;
  return sq_clap_world_module(listing->world, path, &module, error, sizeof error) != SQ_OK ||
         visit_all(module, listing->visit, listing->context, &n);
}

SqStatus sq_clap_list(void *world, SqPluginVisit visit, void *context) {
  Listing listing = {world, visit, context};
  sq_clap_world_enter(world);
  SqStatus status = sq_clap_modules(world, list_module, &listing);
  sq_clap_world_leave(world);
  return status;
}
