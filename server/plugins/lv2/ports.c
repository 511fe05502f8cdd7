// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/describe.h"
#include "plugins/text.h"

#define SQ_LV2_ATOM_BYTES 65536u        ///< enough for every packaged plug-in tried; more when it asks
#define SQ_LV2_ATOM_BYTES_MAX (1 << 26) ///< no sane plug-in asks for more than 64 MiB a port

/// True for an audio input that is a sidechain: said by the port, by its group, or only by a name (few plug-ins do
/// more).
static bool is_side(SqLv2Plugin *p, const LilvPort *port, const char *name) {
  SqLv2Nodes *n = &p->world->nodes;
  if (lilv_port_has_property(p->lilv, port, n->is_side_chain))
    return true;
  LilvNode *group = lilv_port_get(p->lilv, port, n->group);
  bool side = false;
  if (group) {
    side = lilv_world_ask(p->world->lilv, group, n->side_chain_of, NULL) ||
           sq_plugin_text_is_side(lilv_node_as_string(group));
    lilv_node_free(group);
  }
  return side || sq_plugin_text_is_side(name);
}

/// The ranges of a control port; a missing one is made up so that min <= def <= max.
static void read_range(SqLv2Plugin *p, const LilvPort *port, SqLv2Port *out) {
  LilvNode *def = NULL, *min = NULL, *max = NULL;
  lilv_port_get_range(p->lilv, port, &def, &min, &max);
  bool has_def = lilv_node_is_float(def) || lilv_node_is_int(def);
  out->min = lilv_node_is_float(min) || lilv_node_is_int(min) ? lilv_node_as_float(min) : NAN;
  out->max = lilv_node_is_float(max) || lilv_node_is_int(max) ? lilv_node_as_float(max) : NAN;
  out->def = has_def ? lilv_node_as_float(def) : NAN;
  lilv_node_free(def);
  lilv_node_free(min);
  lilv_node_free(max);
  if (!isfinite(out->min))
    out->min = isfinite(out->def) ? fminf(0, out->def) : isfinite(out->max) ? fminf(0, out->max) : 0;
  if (!isfinite(out->max))
    out->max = isfinite(out->def) ? fmaxf(out->min + 1, out->def) : out->min + 1;
  if (out->max < out->min) {
    float swap = out->max;
    out->max = out->min;
    out->min = swap;
  }
  if (!isfinite(out->def))
    out->def = out->min;
  out->def = fminf(fmaxf(out->def, out->min), out->max);
}

/// What an input or output of class control is for.
static SqLv2PortRole control_role(SqLv2Plugin *p, const LilvPort *port, bool input) {
  SqLv2Nodes *n = &p->world->nodes;
  SqLv2PortRole role = SQ_LV2_PARAM;
  LilvNode *designation = lilv_port_get(p->lilv, port, n->designation);
  const char *uri = designation && lilv_node_is_uri(designation) ? lilv_node_as_uri(designation) : "";
  if (input && strcmp(uri, LV2_CORE__enabled) == 0)
    role = SQ_LV2_ENABLED;
  else if (input && strcmp(uri, LV2_CORE__freeWheeling) == 0)
    role = SQ_LV2_FREEWHEEL;
  else if (!input && (strcmp(uri, LV2_CORE__latency) == 0 || lilv_port_has_property(p->lilv, port, n->reports_latency)))
    role = SQ_LV2_LATENCY;
  lilv_node_free(designation);
  return role;
}

static void read_control(SqLv2Plugin *p, const LilvPort *port, SqLv2Port *out) {
  SqLv2Nodes *n = &p->world->nodes;
  out->kind = SQ_LV2_CONTROL;
  out->role = control_role(p, port, out->input);
  out->integer = lilv_port_has_property(p->lilv, port, n->integer);
  out->toggled = lilv_port_has_property(p->lilv, port, n->toggled);
  out->trigger = out->input && lilv_port_has_property(p->lilv, port, n->trigger);
  out->sample_rate = lilv_port_has_property(p->lilv, port, n->sample_rate);
  read_range(p, port, out);
}

static void read_atom(SqLv2Plugin *p, const LilvPort *port, SqLv2Port *out) {
  SqLv2Nodes *n = &p->world->nodes;
  out->kind = SQ_LV2_ATOM;
  out->role = SQ_LV2_EVENTS;
  out->midi = lilv_port_supports_event(p->lilv, port, n->midi_event);
  out->time_pos = lilv_port_supports_event(p->lilv, port, n->time_position);
  out->n_bytes = SQ_LV2_ATOM_BYTES;
  LilvNode *size = lilv_port_get(p->lilv, port, n->minimum_size);
  if (size && lilv_node_is_int(size)) {
    int bytes = lilv_node_as_int(size);
    if (bytes > (int)out->n_bytes && bytes <= SQ_LV2_ATOM_BYTES_MAX)
      out->n_bytes = ((uint32_t)bytes + 7u) & ~7u;
  }
  lilv_node_free(size);
}

static SqStatus read_port(SqLv2Plugin *p, const LilvPort *port, SqLv2Port *out, char *error, size_t error_size) {
  SqLv2Nodes *n = &p->world->nodes;
  out->param = out->channel = SQ_LV2_NONE;
  out->symbol = sq_lv2_plugin_keep(p, lilv_node_as_string(lilv_port_get_symbol(p->lilv, port)));
  out->input = lilv_port_is_a(p->lilv, port, n->input_port);
  bool way = out->input || lilv_port_is_a(p->lilv, port, n->output_port);
  if (way && lilv_port_is_a(p->lilv, port, n->audio_port)) {
    LilvNode *name = lilv_port_get_name(p->lilv, port);
    out->kind = SQ_LV2_AUDIO;
    out->role = SQ_LV2_MAIN;
    if (out->input && (is_side(p, port, out->symbol) || sq_plugin_text_is_side(lilv_node_as_string(name))))
      out->role = SQ_LV2_SIDE;
    lilv_node_free(name);
  } else if (way && lilv_port_is_a(p->lilv, port, n->control_port)) {
    read_control(p, port, out);
  } else if (way && lilv_port_is_a(p->lilv, port, n->atom_port)) {
    read_atom(p, port, out);
  } else if (way && lilv_port_is_a(p->lilv, port, n->cv_port)) {
    out->kind = SQ_LV2_CV;
    out->role = SQ_LV2_EXTRA;
  } else if (lilv_port_has_property(p->lilv, port, n->optional)) {
    out->kind = SQ_LV2_ABSENT;
  } else {
    snprintf(error, error_size, "its port '%s' is of a kind that is not known here", out->symbol);
    return SQ_UNSUPPORTED;
  }
  return SQ_OK;
}

// ---- which outputs are the main ones --------------------------------------------------------------------------------

/// The group that is the main output: named so by the plug-in, else the first that an output is in. May be NULL.
static LilvNode *main_group(SqLv2Plugin *p) {
  LilvNodes *said = lilv_plugin_get_value(p->lilv, p->world->nodes.main_output);
  LilvNode *group = said ? lilv_node_duplicate(lilv_nodes_get_first(said)) : NULL;
  lilv_nodes_free(said);
  for (uint32_t i = 0; !group && i < p->n_ports; i++)
    if (p->ports[i].kind == SQ_LV2_AUDIO && !p->ports[i].input)
      group = lilv_port_get(p->lilv, lilv_plugin_get_port_by_index(p->lilv, i), p->world->nodes.group);
  return group;
}

/// True when `port` is in `group` and its place there is not taken yet (calf repeats left and right in one group).
static bool joins(SqLv2Plugin *p, const LilvPort *port, const LilvNode *group, LilvNode **taken, uint32_t *n_taken) {
  LilvNode *own = lilv_port_get(p->lilv, port, p->world->nodes.group);
  bool in = own && lilv_node_equals(own, group);
  lilv_node_free(own);
  if (!in)
    return false;
  LilvNode *place = lilv_port_get(p->lilv, port, p->world->nodes.designation);
  for (uint32_t i = 0; place && i < *n_taken; i++)
    if (lilv_node_equals(taken[i], place)) {
      lilv_node_free(place);
      return false;
    }
  if (place)
    taken[(*n_taken)++] = place;
  return true;
}

/// Without groups: all outputs when there are at most two or as many as inputs, else the first two.
static uint32_t ungrouped_mains(uint32_t n_in, uint32_t n_out) {
  return n_out <= 2 || n_out == n_in ? n_out : 2;
}

/// Numbers the channels of the buses; outputs that are not of the main bus become extra.
static void number_channels(SqLv2Plugin *p) {
  SqPluginInfo *info = &p->info;
  uint32_t n_outs = 0, n_taken = 0, n_seen = 0;
  for (uint32_t i = 0; i < p->n_ports; i++) {
    SqLv2Port *port = &p->ports[i];
    if (port->kind != SQ_LV2_AUDIO)
      continue;
    if (!port->input)
      n_outs++;
    else if (port->role == SQ_LV2_SIDE)
      port->channel = info->n_side++;
    else
      port->channel = info->n_in++;
  }
  LilvNode *group = main_group(p);
  LilvNode *taken[SQ_MAX_CHANNELS];
  uint32_t limit = group ? SQ_MAX_CHANNELS : ungrouped_mains(info->n_in, n_outs);
  for (uint32_t i = 0; i < p->n_ports; i++) {
    SqLv2Port *port = &p->ports[i];
    if (port->kind != SQ_LV2_AUDIO || port->input)
      continue;
    bool main = n_seen < limit && n_seen < SQ_MAX_CHANNELS;
    if (main && group)
      main = joins(p, lilv_plugin_get_port_by_index(p->lilv, i), group, taken, &n_taken);
    if (main) {
      port->channel = n_seen++;
    } else {
      port->role = SQ_LV2_EXTRA;
      info->n_extra_out++;
    }
  }
  info->n_out = n_seen;
  while (n_taken)
    lilv_node_free(taken[--n_taken]);
  lilv_node_free(group);
}

// ---- all of them ----------------------------------------------------------------------------------------------------

SqStatus sq_lv2_ports_read(SqLv2Plugin *plugin, char *error, size_t error_size) {
  plugin->n_ports = lilv_plugin_get_num_ports(plugin->lilv);
  plugin->ports = calloc(plugin->n_ports + 1, sizeof *plugin->ports);
  plugin->atoms = calloc(plugin->n_ports + 1, sizeof *plugin->atoms);
  plugin->triggers = calloc(plugin->n_ports + 1, sizeof *plugin->triggers);
  if (!plugin->ports || !plugin->atoms || !plugin->triggers)
    return SQ_LIMIT;
  plugin->midi_in = plugin->latency = SQ_LV2_NONE;
  for (uint32_t i = 0; i < plugin->n_ports; i++) {
    SqLv2Port *port = &plugin->ports[i];
    SqStatus status = read_port(plugin, lilv_plugin_get_port_by_index(plugin->lilv, i), port, error, error_size);
    if (status != SQ_OK)
      return status;
    SqPluginInfo *info = &plugin->info;
    if (port->trigger)
      plugin->triggers[plugin->n_triggers++] = i;
    if (port->kind == SQ_LV2_ATOM) {
      plugin->atoms[plugin->n_atoms++] = i;
      if (port->input && port->midi && plugin->midi_in == SQ_LV2_NONE)
        plugin->midi_in = i;
      info->midi_in |= port->input && port->midi;
      info->midi_out |= !port->input && port->midi;
      info->time_in |= port->input && port->time_pos;
    } else if (port->kind == SQ_LV2_CONTROL && port->role == SQ_LV2_LATENCY) {
      plugin->latency = i;
      info->reports_latency = true;
    }
  }
  number_channels(plugin);
  return plugin->no_memory ? SQ_LIMIT : SQ_OK;
}
