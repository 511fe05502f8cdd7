// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/record.h"

#include <math.h>
#include <string.h>

#define MAX_PARAMS (1u << 20)

/// Numbers of SqPluginInfo and of its type, by the key that they have in the file: one row each.
#define COUNTS(X)                                                                                                      \
  X(n_in)                                                                                                              \
  X(n_out)                                                                                                             \
  X(n_side)                                                                                                            \
  X(n_extra_out)                                                                                                       \
  X(n_params_in)                                                                                                       \
  X(n_params_out)
#define ABILITIES(X)                                                                                                   \
  X(midi_in)                                                                                                           \
  X(midi_out)                                                                                                          \
  X(time_in)                                                                                                           \
  X(reports_latency)                                                                                                   \
  X(has_state)                                                                                                         \
  X(has_worker)                                                                                                        \
  X(has_editor)

// ---- writing --------------------------------------------------------------------------------------------------------

static void text(SqJsonOut *out, const char *key, const char *value) {
  if (value && *value)
    sq_json_out_text(out, key, value);
}

static void write_param(SqJsonOut *out, const SqParamInfo *p) {
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "symbol", p->symbol);
  text(out, "name", p->name);
  text(out, "unit", p->unit);
  sq_json_out_number(out, "min", p->min);
  sq_json_out_number(out, "max", p->max);
  sq_json_out_number(out, "def", p->def);
  sq_json_out_number(out, "scale", (double)p->scale);
  sq_json_out_number(out, "class", (double)p->value_class);
  text(out, "choices", p->choices);
  sq_json_out_number(out, "kind", (p->integer ? 1 : 0) + (p->toggled ? 2 : 0) + (p->output ? 4 : 0));
  text(out, "help", p->help);
  sq_json_out_end(out, '}');
}

void sq_record_write(SqJsonOut *out, const SqPluginInfo *info) {
  const SqProcessorType *type = info->type;
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "id", type->id);
  text(out, "name", type->name);
  text(out, "help", type->help);
  text(out, "category", info->category);
  text(out, "author", info->author);
  text(out, "path", info->path);
  text(out, "module", info->module);
  sq_json_out_number(out, "flags", type->flags);
  sq_json_out_number(out, "min_channels", type->min_channels);
  sq_json_out_number(out, "max_channels", type->max_channels);
#define WRITE(name) sq_json_out_number(out, #name, (double)info->name);
  COUNTS(WRITE)
  ABILITIES(WRITE)
#undef WRITE
  sq_json_out_begin(out, "buses", '[');
  for (uint32_t i = 0; i < type->n_extra_buses; i++) {
    sq_json_out_begin(out, NULL, '{');
    sq_json_out_text(out, "id", type->extra_buses[i].id);
    text(out, "name", type->extra_buses[i].name);
    sq_json_out_number(out, "channels", type->extra_buses[i].channels);
    sq_json_out_end(out, '}');
  }
  sq_json_out_end(out, ']');
  sq_json_out_begin(out, "params", '[');
  for (uint32_t i = 0; i < type->n_params; i++)
    write_param(out, &type->params[i]);
  sq_json_out_end(out, ']');
  sq_json_out_end(out, '}');
}

void sq_record_write_refused(SqJsonOut *out, const char *id, const char *why) {
  sq_json_out_begin(out, NULL, '{');
  sq_json_out_text(out, "id", id);
  sq_json_out_text(out, "refused", why);
  sq_json_out_end(out, '}');
}

// ---- reading --------------------------------------------------------------------------------------------------------

static double number(SqJson *json, const SqJsonNode *of, const char *key) {
  const SqJsonNode *node = sq_json_member(json, of, key);
  return node && sq_json_kind(node) == SQ_JSON_NUMBER ? sq_json_number(node) : 0.0;
}

static uint32_t count(SqJson *json, const SqJsonNode *of, const char *key) {
  const double x = number(json, of, key);
  return x >= 0.0 && x < 4294967295.0 ? (uint32_t)x : 0;
}

/// "" when there is none.
static const char *kept(SqJson *json, const SqJsonNode *of, const char *key, SqKeep *keep) {
  const SqJsonNode *node = sq_json_member(json, of, key);
  return sq_keep_text(keep, node && sq_json_kind(node) == SQ_JSON_TEXT ? sq_json_text(node) : "");
}

static const char *kept_or_null(SqJson *json, const SqJsonNode *of, const char *key, SqKeep *keep) {
  const char *text = kept(json, of, key, keep);
  return text && *text ? text : NULL;
}

static void read_param(SqJson *json, const SqJsonNode *node, SqKeep *keep, SqParamInfo *p) {
  const uint32_t kind = count(json, node, "kind"), scale = count(json, node, "scale"),
                 class = count(json, node, "class");
  p->symbol = kept(json, node, "symbol", keep);
  p->name = kept(json, node, "name", keep);
  p->unit = kept_or_null(json, node, "unit", keep);
  p->min = number(json, node, "min");
  p->max = number(json, node, "max");
  p->def = number(json, node, "def");
  p->scale = (SqScale)scale;
  p->value_class = (SqValueClass) class;
  p->choices = kept_or_null(json, node, "choices", keep);
  p->integer = kind & 1;
  p->toggled = kind & 2;
  p->output = kind & 4;
  p->help = kept_or_null(json, node, "help", keep);
}

static uint32_t length(const SqJsonNode *array) {
  return array && sq_json_kind(array) == SQ_JSON_ARRAY ? sq_json_count(array) : 0;
}

static void read_params(SqJson *json, const SqJsonNode *node, SqKeep *keep, SqProcessorType *type) {
  const SqJsonNode *array = sq_json_member(json, node, "params");
  const uint32_t n = length(array);
  SqParamInfo *params = n && n <= MAX_PARAMS ? sq_keep_array(keep, n, sizeof *params) : NULL;
  type->params = params;
  for (const SqJsonNode *at = params ? sq_json_first(array) : NULL; at; at = sq_json_next(at))
    read_param(json, at, keep, &params[type->n_params++]);
}

static void read_buses(SqJson *json, const SqJsonNode *node, SqKeep *keep, SqProcessorType *type) {
  const SqJsonNode *array = sq_json_member(json, node, "buses");
  const uint32_t n = length(array);
  SqProcBus *buses = n && n <= 256 ? sq_keep_array(keep, n, sizeof *buses) : NULL;
  type->extra_buses = buses;
  for (const SqJsonNode *at = buses ? sq_json_first(array) : NULL; at; at = sq_json_next(at)) {
    SqProcBus *bus = &buses[type->n_extra_buses++];
    bus->id = kept(json, at, "id", keep);
    bus->name = kept(json, at, "name", keep);
    bus->channels = count(json, at, "channels");
    if (bus->channels > SQ_MAX_CHANNELS)
      bus->channels = SQ_MAX_CHANNELS;
  }
}

const SqPluginInfo *sq_record_read(SqJson *json, const SqJsonNode *node, SqKeep *keep) {
  if (!node || sq_json_kind(node) != SQ_JSON_OBJECT)
    return NULL;
  SqPluginInfo *info = sq_keep_array(keep, 1, sizeof *info);
  SqProcessorType *type = sq_keep_array(keep, 1, sizeof *type);
  if (!info || !type)
    return NULL;
  info->type = type;
  type->id = kept(json, node, "id", keep);
  type->name = kept(json, node, "name", keep);
  type->help = kept(json, node, "help", keep);
  info->category = kept(json, node, "category", keep);
  info->author = kept(json, node, "author", keep);
  info->path = kept(json, node, "path", keep);
  info->module = kept_or_null(json, node, "module", keep);
  type->flags = count(json, node, "flags") | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
  type->min_channels = count(json, node, "min_channels");
  type->max_channels = count(json, node, "max_channels");
#define READ(name) info->name = count(json, node, #name);
  COUNTS(READ)
#undef READ
#define READ(name) info->name = number(json, node, #name) > 0.0;
  ABILITIES(READ)
#undef READ
  read_params(json, node, keep, type);
  read_buses(json, node, keep, type);
  return keep->no_memory || !strchr(type->id, ':') || sq_proc_count_signals(type) > SQ_MAX_SIGNALS ? NULL : info;
}
