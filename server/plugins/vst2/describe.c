// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/text.h"
#include "plugins/vst2/instance.h"
#include "plugins/width.h"

#define SQ_VST2_PARAMS 16384 ///< the largest packaged plug-in has 3,000
#define SQ_VST2_PORTS 1024   ///< channels of one direction

/// Names of the categories, by number.
static const char *const categories[] = {"Plugin", "Effect",   "Instrument",  "Analyser", "Mastering", "Spatial",
                                         "Reverb", "Surround", "Restoration", "Offline",  "Shell",     "Generator"};

void sq_vst2_file_name(const char *path, char *name) {
  const char *file = strrchr(path, '/');
  sq_plugin_text(name, SQ_VST2_NAME, file ? file + 1 : path, SIZE_MAX);
  char *end = strrchr(name, '.');
  if (end && end != name)
    *end = '\0';
}

void sq_vst2_read_names(SqVst2Host *host, const char *path, char *name, char *author, const char **category) {
  if (!sq_vst2_host_text(host, SQ_VST2_EFFECT_NAME, 0, name, SQ_VST2_NAME) &&
      !sq_vst2_host_text(host, SQ_VST2_PRODUCT, 0, name, SQ_VST2_NAME))
    sq_vst2_file_name(path, name);
  sq_vst2_host_text(host, SQ_VST2_VENDOR, 0, author, SQ_VST2_NAME);
  intptr_t number = sq_vst2_ask(host->effect, SQ_VST2_CATEGORY, 0, 0, NULL);
  if (number <= 0 || number >= (intptr_t)(sizeof categories / sizeof categories[0]))
    number = host->effect->flags & SQ_VST2_IS_SYNTH ? 2 : 1;
  *category = categories[number];
}

// ---- buses ----------------------------------------------------------------------------------------------------------

/// The pin of an output; false: it tells nothing (most do not).
static bool read_pin(SqVst2Host *host, uint32_t i, SqVst2Pin *pin, char *label, size_t size) {
  char room[sizeof *pin * 2] = ""; // some write more than a pin
  bool told = sq_vst2_ask(host->effect, SQ_VST2_OUTPUT_PIN, (int32_t)i, 0, room) == 1;
  memcpy(pin, room, sizeof *pin);
  sq_plugin_text(label, size, pin->label, sizeof pin->label);
  return told && *label;
}

/// Outputs beside the main ones are pairs, as is the custom, unless their pins say that they stand alone.
static SqStatus read_buses(SqVst2Plugin *p, SqVst2Host *host) {
  uint32_t n_outs = (uint32_t)p->n_outs, at = p->info.n_out;
  SqProcBus *buses = sq_keep_array(&p->keep, n_outs, sizeof *buses);
  if (!buses)
    return SQ_LIMIT;
  while (at < n_outs) {
    char id[32], name[SQ_VST2_NAME];
    SqVst2Pin pin;
    bool told = read_pin(host, at, &pin, name, sizeof name);
    uint32_t width = at + 1 == n_outs || (told && !(pin.flags & SQ_VST2_PIN_STEREO)) ? 1 : 2;
    if (!told && width == 2)
      snprintf(name, sizeof name, "Out %u/%u", at + 1, at + 2);
    else if (!told)
      snprintf(name, sizeof name, "Out %u", at + 1);
    snprintf(id, sizeof id, "out%u", at + 1);
    buses[p->type.n_extra_buses++] = (SqProcBus){sq_keep_text(&p->keep, id), sq_keep_text(&p->keep, name), width};
    at += width;
  }
  p->type.extra_buses = buses;
  p->info.n_extra_out = n_outs - p->info.n_out;
  return SQ_OK;
}

/// Of an effect with one or two outputs, inputs beyond these are its sidechain: pins that would tell are rare.
static void split_inputs(SqVst2Plugin *p) {
  uint32_t n_in = (uint32_t)p->n_ins, n_out = (uint32_t)p->n_outs;
  bool side = !(p->flags & SQ_VST2_IS_SYNTH) && n_out >= 1 && n_out <= 2 && n_in > n_out && n_in <= 2 * n_out;
  p->info.n_in = side ? n_out : n_in;
  p->info.n_side = n_in - p->info.n_in;
  p->info.n_out = sq_width_mains(p->info.n_in, n_out);
}

// ---- the whole ------------------------------------------------------------------------------------------------------

static void fill_type(SqVst2Plugin *p, SqVst2Host *host) {
  SqPluginInfo *info = &p->info;
  bool synth = p->flags & SQ_VST2_IS_SYNTH;
  info->midi_in = synth || sq_vst2_host_can(host, "receiveVstMidiEvent") || sq_vst2_host_can(host, "receiveVstEvents");
  info->midi_out = sq_vst2_host_can(host, "sendVstMidiEvent") || sq_vst2_host_can(host, "sendVstEvents");
  info->time_in = sq_vst2_host_can(host, "receiveVstTimeInfo");
  info->has_state = p->flags & SQ_VST2_HAS_CHUNKS;
  info->has_editor = p->flags & SQ_VST2_HAS_EDITOR;
  info->reports_latency = host->effect->latency > 0;
  uint32_t flags = SQ_PROC_SEPARATE | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
  if (info->n_out && (info->n_in == 0 || synth))
    flags |= SQ_PROC_GENERATOR;
  if (info->n_in || info->n_out == 0)
    flags |= SQ_PROC_EFFECT;
  if (info->n_side)
    flags |= SQ_PROC_SIDECHAIN;
  if (info->midi_in)
    flags |= SQ_PROC_NOTES;
  p->type.flags = flags;
  p->type.min_channels = 1;
  p->type.data = p;
  sq_vst2_instance_fill_type(&p->type);
  info->type = &p->type;
}

static SqStatus check_counts(const SqVst2Effect *e, char *error, size_t error_size) {
  if (e->n_params < 0 || e->n_params > SQ_VST2_PARAMS)
    snprintf(error, error_size, "it claims %d parameters; at most %d are hosted", e->n_params, SQ_VST2_PARAMS);
  else if (e->n_ins < 0 || e->n_ins > SQ_VST2_PORTS || e->n_outs < 0 || e->n_outs > SQ_VST2_PORTS)
    snprintf(error, error_size, "it claims %d inputs and %d outputs; at most %d are hosted", e->n_ins, e->n_outs,
             SQ_VST2_PORTS);
  else
    return SQ_OK;
  return SQ_UNSUPPORTED;
}

static SqStatus build(SqVst2Plugin *p, SqVst2Host *host, char *error, size_t error_size) {
  const SqVst2Effect *e = host->effect;
  SqStatus status = check_counts(e, error, error_size);
  if (status != SQ_OK)
    return status;
  char id[SQ_VST2_NAME * 20], name[SQ_VST2_NAME], author[SQ_VST2_NAME];
  p->unique_id = e->id;
  p->version = e->version;
  p->flags = e->flags;
  p->n_ins = e->n_ins;
  p->n_outs = e->n_outs;
  p->n_programs = e->n_programs > 1 ? (uint32_t)e->n_programs : 0;
  sq_vst2_read_names(host, p->path, name, author, &p->info.category);
  if (p->shell_id)
    snprintf(id, sizeof id, "vst2:%s#%08x", p->path, (unsigned)p->shell_id);
  else
    snprintf(id, sizeof id, "vst2:%s", p->path);
  p->type.id = sq_keep_text(&p->keep, id);
  p->type.name = sq_keep_text(&p->keep, name);
  p->type.help = "";
  p->info.author = sq_keep_text(&p->keep, author);
  p->info.path = p->path;
  split_inputs(p);
  status = read_buses(p, host);
  if (status == SQ_OK)
    status = sq_vst2_params_build(p, host);
  if (status == SQ_OK)
    fill_type(p, host);
  return status;
}

void sq_vst2_plugin_free(SqVst2Plugin *plugin) {
  sq_vst2_host_close(&plugin->asked);
  sq_keep_cleanup(&plugin->keep);
  free(plugin);
}

/// Makes the description from an effect that lives no longer than this takes.
static SqStatus ask_effect(SqVst2Plugin *p, char *error, size_t error_size) {
  SqVst2Host host = {.rate_hz = p->world->rate_hz, .max_block = 64, .shell_id = p->shell_id};
  pthread_mutex_lock(&p->world->life);
  SqStatus status = sq_vst2_host_open(&host, p->entry, error, error_size);
  if (status == SQ_OK)
    status = build(p, &host, error, error_size);
  sq_vst2_host_close(&host);
  pthread_mutex_unlock(&p->world->life);
  return status;
}

SqStatus sq_vst2_describe(SqVst2World *world, const SqVst2Module *module, int32_t shell_id, SqVst2Plugin **plugin,
                          char *error, size_t error_size) {
  for (SqVst2Plugin *p = world->plugins; p; p = p->next)
    if (p->entry == module->entry && p->shell_id == shell_id) {
      *plugin = p;
      return SQ_OK;
    }
  char reason[SQ_VST2_NAME] = "no memory";
  SqVst2Plugin *p = calloc(1, sizeof *p);
  SqStatus status = SQ_LIMIT;
  if (p) {
    p->world = world;
    p->entry = module->entry;
    p->path = sq_keep_text(&p->keep, module->path);
    p->shell_id = shell_id;
    status = ask_effect(p, reason, sizeof reason);
  }
  if (status != SQ_OK) {
    snprintf(error, error_size, "'%s' cannot be hosted: %s", module->path, reason);
    if (p)
      sq_vst2_plugin_free(p);
    return status;
  }
  p->next = world->plugins;
  world->plugins = p;
  *plugin = p;
  return SQ_OK;
}
