// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// CLAP plug-ins that are wrong in one way each, named by it; and one that is right where the probe is not: a mono
// effect (gain and a mono sidechain) that speaks MIDI, keeps no state, and sends back what it hears.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/abi.h"

#define KINDS(X)                                                                                                       \
  X(echo)                                                                                                              \
  X(params)                                                                                                            \
  X(ports)                                                                                                             \
  X(channels)                                                                                                          \
  X(garbage)                                                                                                           \
  X(nothing)                                                                                                           \
  X(holes)                                                                                                             \
  X(init)                                                                                                              \
  X(activate)                                                                                                          \
  X(start)                                                                                                             \
  X(latency)                                                                                                           \
  X(tables)
#define KIND_ENUM(name) KIND_##name,
#define KIND_NAME(name) "hostile." #name,
typedef enum { KINDS(KIND_ENUM) N_KINDS } Kind;
static const char *const ids[N_KINDS] = {KINDS(KIND_NAME)};

typedef struct {
  SqClapPlugin plugin;
  const SqClapHost *host;
  Kind kind;
  double gain;
  int window; ///< 0 none, 1 made, 2 within the host's, 3 shown
} Hostile;

static Hostile *of(const SqClapPlugin *plugin) {
  return plugin->data;
}

// ---- parameters -----------------------------------------------------------------------------------------------------

static uint32_t param_count(const SqClapPlugin *plugin) {
  return of(plugin)->kind == KIND_params ? 0x80000000u : of(plugin)->kind == KIND_garbage ? 12 : 1;
}

static bool garbage(uint32_t index, SqClapParamInfo *info) {
  static const double ranges[12][3] = {
      {NAN, NAN, NAN},   {10, -10, 99},      {0, INFINITY, 1},     {-INFINITY, 1, -5}, {0, 0, 0}, {0.5, 2.5, 1.5},
      {0, 1e300, 1e299}, {-1e300, 1e300, 0}, {0, 0x7fffffff, 100}, {0, 1, NAN},        {5, 5, 5}, {1, 0, 0}};
  memset(info->name, index % 2 ? 0xff : 'x', sizeof info->name); // does not end
  memset(info->module, '/', sizeof info->module);
  info->id = index == 7 ? 3 : index;
  info->flags = index % 3 ? SQ_CLAP_PARAM_STEPPED | (index % 2 ? (uint32_t)SQ_CLAP_PARAM_ENUM : 0) : 0xffffffe0u;
  info->min = ranges[index][0];
  info->max = ranges[index][1];
  info->def = ranges[index][2];
  info->cookie = info;
  return index != 4;
}

static bool param_info(const SqClapPlugin *plugin, uint32_t index, SqClapParamInfo *info) {
  if (of(plugin)->kind == KIND_garbage)
    return garbage(index, info);
  *info = (SqClapParamInfo){.id = 77, .flags = SQ_CLAP_PARAM_AUTOMATABLE, .name = "Gain", .max = 4, .def = 1};
  return index == 0;
}

static bool param_value(const SqClapPlugin *plugin, uint32_t id, double *value) {
  *value = of(plugin)->kind == KIND_garbage ? NAN : of(plugin)->gain;
  return id == 77 || of(plugin)->kind == KIND_garbage;
}

static bool value_to_text(const SqClapPlugin *plugin, uint32_t id, double value, char *text, uint32_t size) {
  (void)id;
  if (of(plugin)->kind == KIND_garbage) {
    memset(text, value > 0 ? 0xfe : '\n', size); // does not end
    return true;
  }
  snprintf(text, size, "%.2f x", value);
  return true;
}

static void take(Hostile *h, const SqClapEventsIn *in) {
  for (uint32_t i = 0; i < in->size(in); i++) {
    const SqClapEventHeader *e = in->get(in, i);
    if (e->type == SQ_CLAP_EVENT_PARAM_VALUE)
      h->gain = ((const SqClapEventParam *)(const void *)e)->value;
  }
}

static void flush(const SqClapPlugin *plugin, const SqClapEventsIn *in, const SqClapEventsOut *out) {
  (void)out;
  take(of(plugin), in);
}

static const SqClapParams params = {param_count, param_info, param_value, value_to_text, NULL, flush};

// ---- ports ----------------------------------------------------------------------------------------------------------

static uint32_t audio_count(const SqClapPlugin *plugin, bool is_input) {
  return of(plugin)->kind == KIND_ports ? 1000000 : is_input ? 2 : 1;
}

static bool audio_get(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapAudioPort *port) {
  *port = (SqClapAudioPort){.id = index,
                            .flags = index == 0 ? SQ_CLAP_PORT_MAIN : 0,
                            .n_channels = of(plugin)->kind == KIND_channels ? 100000 : 1,
                            .in_place_pair = SQ_CLAP_NONE};
  return !is_input || of(plugin)->kind != KIND_garbage;
}

static const SqClapAudioPorts audio_ports = {audio_count, audio_get};

static uint32_t note_count(const SqClapPlugin *plugin, bool is_input) {
  (void)is_input;
  return of(plugin)->kind == KIND_echo;
}

static bool note_get(const SqClapPlugin *plugin, uint32_t index, bool is_input, SqClapNotePort *port) {
  (void)plugin;
  (void)is_input;
  *port = (SqClapNotePort){.id = 3, .dialects = SQ_CLAP_DIALECT_MIDI, .preferred = SQ_CLAP_DIALECT_MIDI};
  return index == 0;
}

static const SqClapNotePorts note_ports = {note_count, note_get};

static uint32_t latency_get(const SqClapPlugin *plugin) {
  return of(plugin)->kind == KIND_latency ? UINT32_MAX : 0;
}

static const SqClapLatency latency = {latency_get};

// ---- sound ----------------------------------------------------------------------------------------------------------

/// What it hears comes back; a first sample of 42 is a hand that turns the gain to 2.
static void echo(Hostile *h, const SqClapProcess *p) {
  for (uint32_t i = 0; i < p->in_events->size(p->in_events); i++)
    p->out_events->try_push(p->out_events, p->in_events->get(p->in_events, i));
  if (p->ins[0].data32[0][0] != 42)
    return;
  h->gain = 2;
  const SqClapEventParam turned = {.header = {sizeof turned, 0, 0, SQ_CLAP_EVENT_PARAM_VALUE, 0},
                                   .id = 77,
                                   .note_id = -1,
                                   .port = -1,
                                   .channel = -1,
                                   .key = -1,
                                   .value = h->gain};
  p->out_events->try_push(p->out_events, &turned.header);
}

static int32_t process(const SqClapPlugin *plugin, const SqClapProcess *p) {
  Hostile *h = of(plugin);
  take(h, p->in_events);
  if (h->kind == KIND_echo && !(p->transport && (p->transport->flags & SQ_CLAP_IS_PLAYING)))
    echo(h, p);
  for (uint32_t i = 0; p->n_ins && p->ins[0].n_channels && i < p->n_frames; i++)
    p->outs[0].data32[0][i] = (float)h->gain * p->ins[0].data32[0][i] + p->ins[1].data32[0][i];
  if (p->transport && (p->transport->flags & SQ_CLAP_IS_PLAYING)) // what the transport says, to be looked at
    for (uint32_t i = 0; i < p->n_frames; i++)
      p->outs[0].data32[0][i] = (float)((double)p->transport->beats / 2147483648.0) + 100 * (float)p->transport->bar;
  h->host->request_process(h->host);
  const uint8_t junk[sizeof(SqClapEventHeader)] = {sizeof junk, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff};
  if (h->kind == KIND_latency) { // events that are not what they say
    SqClapEventHeader head;
    memcpy(&head, junk, sizeof head);
    p->out_events->try_push(p->out_events, &head);
    p->out_events->try_push(p->out_events, NULL);
    for (uint16_t type = 0; type < 16; type++)
      p->out_events->try_push(p->out_events, &(SqClapEventHeader){sizeof head, 0x7fffffff, 0, type, 0});
    return 12345;
  }
  return SQ_CLAP_SLEEP;
}

// ---- window ---------------------------------------------------------------------------------------------------------

/// Says what is done with its window, in the host's log.
static bool say(const SqClapPlugin *plugin, const char *what, bool in_order) {
  const SqClapHost *host = of(plugin)->host;
  const SqClapHostLog *log = host->get_extension(host, SQ_CLAP_EXT_LOG);
  char line[64];
  snprintf(line, sizeof line, "%s%s", in_order ? "" : "WRONG ", what);
  log->log(host, SQ_CLAP_LOG_INFO, line);
  return in_order;
}

static bool gui_supported(const SqClapPlugin *plugin, const char *api, bool floating) {
  (void)plugin;
  return strcmp(api, SQ_CLAP_API_X11) == 0 && !floating;
}

static bool gui_create(const SqClapPlugin *plugin, const char *api, bool floating) {
  const bool good = gui_supported(plugin, api, floating) && of(plugin)->window == 0;
  of(plugin)->window = 1;
  return say(plugin, "create", good);
}

static void gui_destroy(const SqClapPlugin *plugin) {
  say(plugin, "destroy", of(plugin)->window > 0 && of(plugin)->window < 3);
  of(plugin)->window = 0;
}

static bool gui_scale(const SqClapPlugin *plugin, double scale) {
  return say(plugin, "scale", of(plugin)->window == 1 && scale == 1.5);
}

static bool gui_size(const SqClapPlugin *plugin, uint32_t *width, uint32_t *height) {
  *width = 300;
  *height = 200;
  return say(plugin, "size", of(plugin)->window > 0);
}

static bool gui_parent(const SqClapPlugin *plugin, const SqClapWindow *window) {
  const bool good = of(plugin)->window == 1 && strcmp(window->api, SQ_CLAP_API_X11) == 0 && window->u.x11 == 0x1234;
  of(plugin)->window = 2;
  return say(plugin, "parent", good);
}

static bool gui_show(const SqClapPlugin *plugin) {
  const SqClapHost *host = of(plugin)->host;
  const SqClapHostGui *gui = host->get_extension(host, SQ_CLAP_EXT_GUI);
  const bool good = of(plugin)->window == 2 && gui->request_resize(host, 640, 480) && !gui->request_resize(host, 0, 7);
  of(plugin)->window = 3;
  return say(plugin, "show", good);
}

static bool gui_hide(const SqClapPlugin *plugin) {
  const SqClapHost *host = of(plugin)->host;
  const SqClapHostGui *gui = host->get_extension(host, SQ_CLAP_EXT_GUI);
  const bool good = of(plugin)->window == 3;
  of(plugin)->window = 2;
  gui->closed(host, false);
  return say(plugin, "hide", good);
}

static const SqClapGui gui = {.is_api_supported = gui_supported,
                              .create = gui_create,
                              .destroy = gui_destroy,
                              .set_scale = gui_scale,
                              .get_size = gui_size,
                              .set_parent = gui_parent,
                              .show = gui_show,
                              .hide = gui_hide};

// ---- presets --------------------------------------------------------------------------------------------------------

/// Within the plug-in: Loud and Soft; in files that end in .gain: a number.
static bool from_location(const SqClapPlugin *plugin, uint32_t kind, const char *location, const char *key) {
  FILE *file = kind == SQ_CLAP_LOCATION_FILE && !key ? fopen(location, "r") : NULL;
  char text[32] = "";
  if (file) {
    const bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    of(plugin)->gain = strtod(text, NULL);
    return read;
  }
  if (kind != SQ_CLAP_LOCATION_PLUGIN || location || !key)
    return false;
  of(plugin)->gain = strcmp(key, "loud") == 0 ? 3 : 0.5;
  return true;
}

static const SqClapPresetLoad preset_load = {from_location};

static bool provider_init(const SqClapPresetProvider *provider) {
  const SqClapPresetIndexer *indexer = provider->data;
  const char *folder = getenv("HOSTILE_PRESETS");
  const SqClapPresetFileType type = {.name = "Gain", .extension = "gain"};
  const SqClapPresetLocation inside = {.name = "Inside", .kind = SQ_CLAP_LOCATION_PLUGIN},
                             files = {.name = "Files", .kind = SQ_CLAP_LOCATION_FILE, .location = folder};
  for (int i = 0; i < 100; i++) // more than anybody wants
    indexer->declare_soundpack(indexer, NULL);
  return indexer->declare_filetype(indexer, &type) && indexer->declare_location(indexer, &inside) &&
         indexer->declare_location(indexer, &files) == (folder != NULL);
}

static void provider_destroy(const SqClapPresetProvider *provider) {
  free((void *)(uintptr_t)provider);
}

static bool get_metadata(const SqClapPresetProvider *provider, uint32_t kind, const char *location,
                         const SqClapPresetReceiver *receiver) {
  static const char *const names[] = {"Loud", "Soft", "Another's", NULL};
  static const char *const keys[] = {"loud", "soft", "no", "no"};
  const SqClapUniversalId ours = {"clap", "hostile.echo"}, other = {"clap", "hostile.latency"}, vst = {"vst2", "1"};
  (void)provider;
  if (kind == SQ_CLAP_LOCATION_FILE) {
    const char *name = strrchr(location, '/') + 1;
    receiver->begin_preset(receiver, name, NULL);
    receiver->add_plugin_id(receiver, &vst);
    receiver->add_plugin_id(receiver, &ours);
    return true;
  }
  for (int i = 0; i < 4; i++) {
    receiver->begin_preset(receiver, names[i], keys[i]);
    if (i < 3) // the last one is nobody's
      receiver->add_plugin_id(receiver, i == 2 ? &other : &ours);
    receiver->add_feature(receiver, "warm");
  }
  receiver->on_error(receiver, 0, "enough");
  return true;
}

static uint32_t provider_count(const SqClapPresetFactory *factory) {
  (void)factory;
  return 1;
}

static const SqClapPresetProviderInfo provider_info = {
    .version = {1, 2, 2}, .id = "hostile.presets", .name = "Presets"};

static const SqClapPresetProviderInfo *provider_at(const SqClapPresetFactory *factory, uint32_t index) {
  (void)factory;
  return index == 0 ? &provider_info : NULL;
}

static const SqClapPresetProvider *provider_create(const SqClapPresetFactory *factory,
                                                   const SqClapPresetIndexer *indexer, const char *id) {
  (void)factory;
  SqClapPresetProvider *p = strcmp(id, provider_info.id) == 0 ? calloc(1, sizeof *p) : NULL;
  if (p)
    *p = (SqClapPresetProvider){.info = &provider_info,
                                .data = (void *)(uintptr_t)indexer,
                                .init = provider_init,
                                .destroy = provider_destroy,
                                .get_metadata = get_metadata};
  return p;
}

static const SqClapPresetFactory preset_factory = {provider_count, provider_at, provider_create};

// ---- life -----------------------------------------------------------------------------------------------------------

static bool init(const SqClapPlugin *plugin) {
  of(plugin)->gain = 1;
  of(plugin)->host->request_restart(of(plugin)->host);
  return of(plugin)->kind != KIND_init;
}

static void destroy(const SqClapPlugin *plugin) {
  free(of(plugin));
}

static bool activate(const SqClapPlugin *plugin, double rate, uint32_t min, uint32_t max) {
  (void)rate;
  return min <= max && of(plugin)->kind != KIND_activate;
}

static void deactivate(const SqClapPlugin *plugin) {
  (void)plugin;
}

static bool start_processing(const SqClapPlugin *plugin) {
  return of(plugin)->kind != KIND_start;
}

static const void *get_extension(const SqClapPlugin *plugin, const char *id) {
  static const void *const holes[16] = {NULL};
  if (of(plugin)->kind == KIND_tables && strcmp(id, SQ_CLAP_EXT_AUDIO_PORTS) != 0)
    return holes;
  return strcmp(id, SQ_CLAP_EXT_PARAMS) == 0                                         ? (const void *)&params
         : strcmp(id, SQ_CLAP_EXT_AUDIO_PORTS) == 0                                  ? (const void *)&audio_ports
         : strcmp(id, SQ_CLAP_EXT_NOTE_PORTS) == 0                                   ? (const void *)&note_ports
         : strcmp(id, SQ_CLAP_EXT_LATENCY) == 0                                      ? (const void *)&latency
         : strcmp(id, SQ_CLAP_EXT_PRESET_LOAD) == 0 && of(plugin)->kind == KIND_echo ? (const void *)&preset_load
         : strcmp(id, SQ_CLAP_EXT_GUI) == 0 && of(plugin)->kind == KIND_echo         ? (const void *)&gui
                                                                                     : NULL;
}

// ---- module ---------------------------------------------------------------------------------------------------------

#define LONG 10000000
static char long_text[LONG + 1];
static SqClapDescriptor descriptors[N_KINDS];

static uint32_t plugin_count(const SqClapFactory *factory) {
  (void)factory;
  return N_KINDS + 5;
}

static const SqClapDescriptor *plugin_descriptor(const SqClapFactory *factory, uint32_t index) {
  static const SqClapDescriptor bad[] = {{{1, 0, 0}, .id = NULL, .name = "no id"},
                                         {{1, 0, 0}, .id = "bad\xff", .name = "id is not UTF-8"},
                                         {{1, 0, 0}, .id = long_text, .name = "endless id"},
                                         {{1, 0, 0}, .id = "hostile.echo", .name = "twice"}};
  (void)factory;
  if (index < N_KINDS) {
    descriptors[index] = (SqClapDescriptor){{1, 0, 0},
                                            .id = ids[index],
                                            .name = index == KIND_garbage ? long_text : ids[index],
                                            .vendor = index == KIND_garbage ? "\xc3\x28 \x80" : NULL};
    return &descriptors[index];
  }
  return index == N_KINDS ? NULL : &bad[index - N_KINDS - 1];
}

static const SqClapPlugin *create(const SqClapFactory *factory, const SqClapHost *host, const char *id) {
  (void)factory;
  uint32_t kind = 0;
  while (kind < N_KINDS && strcmp(ids[kind], id) != 0)
    kind++;
  Hostile *h = kind == KIND_nothing || kind == N_KINDS ? NULL : calloc(1, sizeof *h);
  if (!h)
    return NULL;
  h->kind = (Kind)kind;
  h->host = host;
  h->plugin = (SqClapPlugin){.descriptor = &descriptors[kind],
                             .data = h,
                             .init = init,
                             .destroy = destroy,
                             .activate = activate,
                             .deactivate = deactivate,
                             .start_processing = start_processing,
                             .process = kind == KIND_holes ? NULL : process,
                             .get_extension = get_extension};
  return &h->plugin;
}

static const SqClapFactory factory = {plugin_count, plugin_descriptor, create};

static bool entry_init(const char *path) {
  (void)path;
  memset(long_text, 'y', LONG);
  return true;
}

static void entry_deinit(void) {}

static const void *get_factory(const char *id) {
  return strcmp(id, SQ_CLAP_FACTORY) == 0          ? (const void *)&factory
         : strcmp(id, SQ_CLAP_PRESET_FACTORY) == 0 ? (const void *)&preset_factory
                                                   : NULL;
}

extern const SqClapEntry clap_entry;
const SqClapEntry clap_entry = {{1, 0, 0}, entry_init, entry_deinit, get_factory};
