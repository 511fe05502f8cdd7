// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/describe.h"

#define SQ_LV2_SYMBOL 64          ///< bytes of an address part
#define SQ_LV2_CHOICES 1024       ///< more is a list of files, not of choices
#define SQ_LV2_CHOICES_TEXT 65536 ///< bytes of all names of one list

// ---- values ---------------------------------------------------------------------------------------------------------

float sq_lv2_param_to_port(const SqLv2Port *port, double value, double rate_hz) {
  if (!(value == value)) // not a number: the plug-in's own choice
    value = port->points ? sq_lv2_param_from_port(port, port->def) : (double)port->def;
  if (port->points) {
    double index = fmin(fmax(round(value), 0), port->n_points - 1.0);
    return port->points[(uint32_t)index];
  }
  double scale = port->sample_rate ? rate_hz : 1;
  value = fmin(fmax(value, (double)port->min * scale), (double)port->max * scale);
  if (port->toggled)
    return value > 0 ? (port->max > 0 ? port->max : 1) : 0;
  return (float)(port->integer ? round(value) : value);
}

double sq_lv2_param_from_port(const SqLv2Port *port, float value) {
  if (!port->points)
    return port->toggled ? (value > 0 ? 1 : 0) : (double)value;
  uint32_t nearest = 0;
  for (uint32_t i = 1; i < port->n_points; i++)
    if (fabsf(port->points[i] - value) < fabsf(port->points[nearest] - value))
      nearest = i;
  return nearest;
}

// ---- texts ----------------------------------------------------------------------------------------------------------

/// An address part from a port's symbol: small letters, digits and _, beginning with a letter, unique among `params`.
static const char *address_symbol(SqLv2Plugin *p, const SqParamInfo *params, uint32_t n, const char *symbol) {
  char base[SQ_LV2_SYMBOL - 8], text[SQ_LV2_SYMBOL];
  size_t length = 0;
  if (!isalpha((unsigned char)symbol[0]))
    base[length++] = 'p';
  for (; *symbol && length < sizeof base - 1; symbol++)
    base[length++] = isalnum((unsigned char)*symbol) ? (char)tolower((unsigned char)*symbol) : '_';
  base[length] = '\0';
  snprintf(text, sizeof text, "%s", base);
  for (uint32_t i = 0, number = 2; i < n; i++)
    if (strcmp(params[i].symbol, text) == 0) {
      snprintf(text, sizeof text, "%s_%u", base, number++ % 100000u);
      i = UINT32_MAX; // begin again
    }
  return sq_lv2_plugin_keep(p, text);
}

/// A node's text, freed and kept; NULL for no node.
static const char *keep_node(SqLv2Plugin *p, LilvNode *node) {
  const char *text = node ? sq_lv2_plugin_keep(p, lilv_node_as_string(node)) : NULL;
  lilv_node_free(node);
  return text;
}

/// The unit's sign as the units extension (or the plug-in itself) spells it, or NULL.
static const char *unit_of(SqLv2Plugin *p, const LilvPort *port) {
  LilvNode *unit = lilv_port_get(p->lilv, port, p->world->nodes.unit);
  LilvNode *sign = unit ? lilv_world_get(p->world->lilv, unit, p->world->nodes.unit_symbol, NULL) : NULL;
  lilv_node_free(unit);
  const char *text = keep_node(p, sign);
  return text && *text ? text : NULL;
}

// ---- choices --------------------------------------------------------------------------------------------------------

typedef struct {
  float value;
  const LilvScalePoint *point;
} SqLv2Choice;

static int compare_choices(const void *a, const void *b) {
  float x = ((const SqLv2Choice *)a)->value, y = ((const SqLv2Choice *)b)->value;
  return x < y ? -1 : x > y;
}

/// Names of the choices joined by '|' (a '|' within a name becomes '/'), kept.
static const char *join_names(SqLv2Plugin *p, const SqLv2Choice *choices, uint32_t n) {
  char *text = malloc(SQ_LV2_CHOICES_TEXT);
  if (!text) {
    p->no_memory = true;
    return "";
  }
  size_t used = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (i && used < SQ_LV2_CHOICES_TEXT - 1)
      text[used++] = '|';
    for (const char *c = lilv_node_as_string(lilv_scale_point_get_label(choices[i].point));
         *c && used < SQ_LV2_CHOICES_TEXT - 1; c++)
      text[used++] = *c == '|' ? '/' : *c;
  }
  text[used] = '\0';
  const char *kept = sq_lv2_plugin_keep(p, text);
  free(text);
  return kept;
}

/// Turns the scale points of an enumeration into choices, sorted by the port's value.
static void read_choices(SqLv2Plugin *p, const LilvPort *lilv_port, SqLv2Port *port, SqParamInfo *info) {
  LilvScalePoints *points = lilv_port_get_scale_points(p->lilv, lilv_port);
  uint32_t n = points ? lilv_scale_points_size(points) : 0;
  if (n < 2 || n > SQ_LV2_CHOICES) {
    lilv_scale_points_free(points);
    return;
  }
  SqLv2Choice *choices = calloc(n, sizeof *choices);
  port->points = calloc(n, sizeof *port->points);
  if (choices && port->points) {
    uint32_t i = 0;
    LILV_FOREACH(scale_points, at, points) {
      const LilvScalePoint *point = lilv_scale_points_get(points, at);
      choices[i].value = lilv_node_as_float(lilv_scale_point_get_value(point));
      choices[i++].point = point;
    }
    qsort(choices, n, sizeof *choices, compare_choices);
    for (i = 0; i < n; i++)
      port->points[i] = choices[i].value;
    port->n_points = n;
    info->choices = join_names(p, choices, n);
    info->integer = true;
    info->min = 0;
    info->max = n - 1;
    info->def = sq_lv2_param_from_port(port, port->def);
  } else {
    p->no_memory = true;
  }
  free(choices);
  lilv_scale_points_free(points);
}

// ---- the table ------------------------------------------------------------------------------------------------------

static void describe_param(SqLv2Plugin *p, uint32_t index, SqLv2Port *port, SqParamInfo *info) {
  SqLv2Nodes *n = &p->world->nodes;
  const LilvPort *lilv_port = lilv_plugin_get_port_by_index(p->lilv, index);
  double scale = port->sample_rate ? p->world->rate_hz : 1;
  info->name = keep_node(p, lilv_port_get_name(p->lilv, lilv_port));
  if (!info->name)
    info->name = port->symbol;
  info->unit = unit_of(p, lilv_port);
  if (!info->unit && port->sample_rate)
    info->unit = "Hz";
  info->min = (double)port->min * scale;
  info->max = (double)port->max * scale;
  info->def = (double)port->def * scale;
  info->toggled = port->toggled;
  info->integer = port->integer || port->toggled;
  if (port->toggled) {
    info->min = 0;
    info->max = 1;
    info->def = port->def > 0 ? 1 : 0;
  }
  bool logarithmic = lilv_port_has_property(p->lilv, lilv_port, n->logarithmic);
  info->scale = logarithmic && info->min > 0 && info->max > info->min ? SQ_SCALE_LOG : SQ_SCALE_LINEAR;
  info->value_class = SQ_CLASS_STEPPED;
  info->output = !port->input;
  info->help = keep_node(p, lilv_port_get(p->lilv, lilv_port, n->comment));
  if (port->input && !port->toggled && lilv_port_has_property(p->lilv, lilv_port, n->enumeration))
    read_choices(p, lilv_port, port, info);
}

SqStatus sq_lv2_params_build(SqLv2Plugin *plugin) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < plugin->n_ports; i++)
    n += plugin->ports[i].kind == SQ_LV2_CONTROL && plugin->ports[i].role == SQ_LV2_PARAM;
  SqParamInfo *params = calloc(n + 1, sizeof *params);
  plugin->type.params = params;
  plugin->param_ports = calloc(n + 1, sizeof *plugin->param_ports);
  if (!params || !plugin->param_ports)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < plugin->n_ports; i++) {
    SqLv2Port *port = &plugin->ports[i];
    if (port->kind != SQ_LV2_CONTROL || port->role != SQ_LV2_PARAM)
      continue;
    uint32_t at = plugin->type.n_params++;
    params[at].symbol = address_symbol(plugin, params, at, port->symbol);
    describe_param(plugin, i, port, &params[at]);
    port->param = at;
    plugin->param_ports[at] = i;
    if (port->input)
      plugin->info.n_params_in++;
    else
      plugin->info.n_params_out++;
  }
  return plugin->no_memory ? SQ_LIMIT : SQ_OK;
}
