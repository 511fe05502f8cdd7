// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/ladspa/instance.h"
#include "plugins/text.h"
#include "plugins/width.h"

#define SQ_LADSPA_PORTS 16384u ///< more than any strip or client could use: the largest packaged plug-in has 500

/// Units that a port's name ends with, in brackets of any kind.
static const char *const units[] = {
    "dB",  "Hz",  "kHz", "ms",      "s",    "sec",       "seconds", "Seconds", "us",     "%",    "cents",
    "ct",  "deg", "°",   "degrees", "st",   "semitones", "samples", "samp",    "frames", "beat", "bar",
    "bpm", "BPM", "m",   "cm",      "bits", "octaves",   "V",       "ratio",   "x",      "G",    "Np"};

static const char *kept(SqLadspaPlugin *p, const char *from) {
  char text[SQ_LADSPA_TEXT];
  sq_plugin_text(text, sizeof text, from, SIZE_MAX);
  return sq_keep_text(&p->keep, text);
}

/// Takes "(dB)" or "[dB]" off the end of a name; NULL: it does not end with a unit that is known.
static const char *take_unit(char *name) {
  size_t n = strlen(name);
  char *open = n ? strrchr(name, name[n - 1] == ')' ? '(' : '[') : NULL;
  if (!open || open == name || (name[n - 1] != ')' && name[n - 1] != ']'))
    return NULL;
  size_t length = (size_t)(name + n - 1 - (open + 1));
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (strlen(units[i]) != length || strncmp(open + 1, units[i], length) != 0)
      continue;
    do
      *open-- = '\0';
    while (open > name && *open == ' ');
    return units[i];
  }
  return NULL;
}

static void port_name(const LADSPA_Descriptor *d, uint32_t i, char *name) {
  sq_plugin_text(name, SQ_LADSPA_TEXT, d->PortNames ? d->PortNames[i] : NULL, SIZE_MAX);
  if (!*name)
    snprintf(name, SQ_LADSPA_TEXT, "Port %u", i + 1);
}

// ---- ports ----------------------------------------------------------------------------------------------------------

static SqStatus read_port(SqLadspaPlugin *p, uint32_t i, char *error, size_t error_size) {
  const LADSPA_Descriptor *d = p->descriptor;
  SqLadspaPort *port = &p->ports[i];
  LADSPA_PortDescriptor bits = d->PortDescriptors[i];
  static const LADSPA_PortRangeHint none;
  char name[SQ_LADSPA_TEXT];
  port_name(d, i, name);
  port->input = LADSPA_IS_PORT_INPUT(bits);
  port->audio = LADSPA_IS_PORT_AUDIO(bits);
  port->param = port->channel = SQ_LADSPA_NONE;
  if (port->input == !!LADSPA_IS_PORT_OUTPUT(bits) || port->audio == !!LADSPA_IS_PORT_CONTROL(bits)) {
    snprintf(error, error_size, "its port '%s' is neither audio nor control, in nor out", name);
    return SQ_UNSUPPORTED;
  }
  if (port->audio) {
    port->role = port->input && sq_plugin_text_is_side(name) ? SQ_LADSPA_SIDE : SQ_LADSPA_MAIN;
    return SQ_OK;
  }
  sq_ladspa_range(d->PortRangeHints ? &d->PortRangeHints[i] : &none, p->world->rate_hz, port);
  port->role = SQ_LADSPA_PARAM;
  if (!port->input && p->latency == SQ_LADSPA_NONE && (!strcasecmp(name, "latency") || !strcasecmp(name, "_latency"))) {
    port->role = SQ_LADSPA_LATENCY;
    p->latency = i;
  }
  return SQ_OK;
}

/// Numbers the channels of the buses. Groups are not known to LADSPA: each output beside the main ones is a bus.
static SqStatus number_channels(SqLadspaPlugin *p) {
  SqPluginInfo *info = &p->info;
  uint32_t n_outs = 0;
  for (uint32_t i = 0; i < p->n_ports; i++) {
    SqLadspaPort *port = &p->ports[i];
    if (!port->audio)
      continue;
    if (!port->input)
      n_outs++;
    else
      port->channel = port->role == SQ_LADSPA_SIDE ? info->n_side++ : info->n_in++;
  }
  if (info->n_in == 0 && info->n_side && n_outs) // only sidechains: they are what it works on
    for (uint32_t i = 0; i < p->n_ports; i++)
      if (p->ports[i].audio && p->ports[i].input) {
        p->ports[i].role = SQ_LADSPA_MAIN;
        info->n_in++;
        info->n_side = 0;
      }
  info->n_out = sq_width_mains(info->n_in, n_outs);
  info->n_extra_out = n_outs - info->n_out;
  SqProcBus *buses = sq_keep_array(&p->keep, info->n_extra_out, sizeof *buses);
  if (!buses)
    return SQ_LIMIT;
  uint32_t at = 0;
  for (uint32_t i = 0; i < p->n_ports; i++) {
    SqLadspaPort *port = &p->ports[i];
    if (!port->audio || port->input)
      continue;
    port->channel = at < info->n_out ? at : at - info->n_out;
    if (at++ < info->n_out)
      continue;
    char name[SQ_LADSPA_TEXT], id[32];
    port_name(p->descriptor, i, name);
    snprintf(id, sizeof id, "port%u", i); // the index is all of its own that a port has
    port->role = SQ_LADSPA_EXTRA;
    buses[port->channel] = (SqProcBus){sq_keep_text(&p->keep, id), sq_keep_text(&p->keep, name), 1};
  }
  p->type.extra_buses = buses;
  p->type.n_extra_buses = info->n_extra_out;
  return SQ_OK;
}

static void describe_param(SqLadspaPlugin *p, uint32_t i, const SqParamInfo *params, uint32_t at, SqParamInfo *info) {
  const SqLadspaPort *port = &p->ports[i];
  double scale = port->sample_rate ? p->world->rate_hz : 1;
  char name[SQ_LADSPA_TEXT], symbol[SQ_SYMBOL];
  port_name(p->descriptor, i, name);
  info->unit = take_unit(name);
  if (!info->unit && port->sample_rate)
    info->unit = "Hz";
  sq_plugin_symbol_unique(symbol, name, params, at);
  info->symbol = sq_keep_text(&p->keep, symbol);
  info->name = sq_keep_text(&p->keep, name);
  info->min = port->min * scale;
  info->max = port->max * scale;
  info->def = port->def * scale;
  info->integer = port->integer || port->toggled;
  info->toggled = port->toggled;
  info->scale = port->logarithmic && port->min > 0 && port->max > port->min ? SQ_SCALE_LOG : SQ_SCALE_LINEAR;
  info->value_class = SQ_CLASS_STEPPED;
  info->output = !port->input;
}

static SqStatus build_params(SqLadspaPlugin *p) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < p->n_ports; i++)
    n += !p->ports[i].audio && p->ports[i].role == SQ_LADSPA_PARAM;
  SqParamInfo *params = sq_keep_array(&p->keep, n, sizeof *params);
  p->param_ports = sq_keep_array(&p->keep, n, sizeof *p->param_ports);
  if (!params || !p->param_ports)
    return SQ_LIMIT;
  for (uint32_t i = 0, at = 0; i < p->n_ports; i++) {
    SqLadspaPort *port = &p->ports[i];
    if (port->audio || port->role != SQ_LADSPA_PARAM)
      continue;
    describe_param(p, i, params, at, &params[at]);
    port->param = at;
    p->param_ports[at++] = i;
    if (port->input)
      p->info.n_params_in++;
    else
      p->info.n_params_out++;
  }
  p->type.params = params;
  p->type.n_params = n;
  return p->keep.no_memory ? SQ_LIMIT : SQ_OK;
}

// ---- the whole ------------------------------------------------------------------------------------------------------

static void fill_type(SqLadspaPlugin *p) {
  SqPluginInfo *info = &p->info;
  uint32_t flags =
      SQ_PROC_SEPARATE | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD; // never in place: some do not say they break
  if (info->n_in == 0 && info->n_out)
    flags |= SQ_PROC_GENERATOR;
  else
    flags |= SQ_PROC_EFFECT;
  if (info->n_side)
    flags |= SQ_PROC_SIDECHAIN;
  p->type.flags = flags;
  p->type.min_channels = 1;
  p->type.data = p;
  sq_ladspa_instance_fill_type(&p->type);
  info->type = &p->type;
  info->category = flags & SQ_PROC_GENERATOR ? "Generator" : "Effect";
  info->reports_latency = p->latency != SQ_LADSPA_NONE;
}

static SqStatus build(SqLadspaPlugin *p, const SqLadspaModule *module, char *error, size_t error_size) {
  const LADSPA_Descriptor *d = p->descriptor;
  if (!d->instantiate || !d->connect_port || !d->run || !d->cleanup || (d->PortCount && !d->PortDescriptors)) {
    snprintf(error, error_size, "it lacks a function that every plug-in has");
    return SQ_UNSUPPORTED;
  }
  if (d->PortCount > SQ_LADSPA_PORTS) {
    snprintf(error, error_size, "it has %lu ports; at most %u are hosted", d->PortCount, SQ_LADSPA_PORTS);
    return SQ_UNSUPPORTED;
  }
  char id[1024];
  p->file = sq_keep_text(&p->keep, sq_ladspa_file(module->path));
  p->label = sq_keep_text(&p->keep, d->Label);
  snprintf(id, sizeof id, "ladspa:%s:%s", p->file, p->label);
  p->type.id = sq_keep_text(&p->keep, id);
  p->type.name = kept(p, d->Name && *d->Name ? d->Name : d->Label);
  p->type.help = "";
  p->info.author = kept(p, d->Maker);
  p->info.path = sq_keep_text(&p->keep, module->path);
  p->n_ports = (uint32_t)d->PortCount;
  p->ports = sq_keep_array(&p->keep, p->n_ports, sizeof *p->ports);
  p->latency = SQ_LADSPA_NONE;
  SqStatus status = p->ports ? SQ_OK : SQ_LIMIT;
  for (uint32_t i = 0; status == SQ_OK && i < p->n_ports; i++)
    status = read_port(p, i, error, error_size);
  if (status == SQ_OK)
    status = number_channels(p);
  if (status == SQ_OK)
    status = build_params(p);
  if (status == SQ_OK)
    fill_type(p);
  return status;
}

void sq_ladspa_plugin_free(SqLadspaPlugin *plugin) {
  sq_keep_cleanup(&plugin->keep);
  free(plugin);
}

SqStatus sq_ladspa_describe(SqLadspaWorld *world, const SqLadspaModule *module, const LADSPA_Descriptor *descriptor,
                            SqLadspaPlugin **plugin, char *error, size_t error_size) {
  for (SqLadspaPlugin *p = world->plugins; p; p = p->next)
    if (p->descriptor == descriptor) {
      *plugin = p;
      return SQ_OK;
    }
  char reason[SQ_LADSPA_TEXT * 2] = "no memory";
  SqLadspaPlugin *p = calloc(1, sizeof *p);
  SqStatus status = SQ_LIMIT;
  if (p) {
    p->world = world;
    p->descriptor = descriptor;
    status = build(p, module, reason, sizeof reason);
  }
  if (status != SQ_OK) {
    snprintf(error, error_size, "'%s' in %s cannot be hosted: %s", descriptor->Label, module->path, reason);
    if (p)
      sq_ladspa_plugin_free(p);
    return status;
  }
  p->next = world->plugins;
  world->plugins = p;
  *plugin = p;
  return SQ_OK;
}
