// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/specs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/text.h"
#include "protocol/name.h"
#include "protocol/nearest.h"
#include "protocol/scale.h"

// ---- strips ---------------------------------------------------------------------------------------------------------

static const SqArgSpec spec_pan_law = {.name = "pan_law", .type = SQ_TYPE_ENUM, .choices = "balance|equal_power"};
static const SqArgSpec spec_solo = {.name = "solo", .type = SQ_TYPE_BOOL};
static const SqArgSpec spec_fader = {.name = "fader", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1};
static const SqArgSpec spec_text = {.name = "text", .type = SQ_TYPE_STRING};
static const SqArgSpec spec_ref = {.name = "output", .type = SQ_TYPE_REF};
static const SqArgSpec spec_channels = {
    .name = "channels", .type = SQ_TYPE_INT, .min = 1, .max = SQ_MAX_CHANNELS, .def = 2};

static const struct {
  const char *key;
  const SqArgSpec *spec;
  SqStripNumber number;
} strip_keys[] = {{"gain", &sq_spec_gain, SQ_STRIP_GAIN_DB},     {"pan", &sq_spec_pan, SQ_STRIP_PAN},
                  {"mute", &sq_spec_mute, SQ_STRIP_MUTE},        {"solo", &spec_solo, SQ_STRIP_SOLO},
                  {"solo_safe", &spec_solo, SQ_STRIP_SOLO_SAFE}, {"pan_law", &spec_pan_law, SQ_STRIP_PAN_LAW}};

static SqStatus read_pair(SqCall *call, const SqArgSpec *spec, const SqOscArg *value, SqArg *arg, char *text) {
  return sq_arg_read(spec, SQ_LIMIT_CLAMP, value, arg, text, call->why);
}

static void replace_text(char **to, const char *text) {
  free(*to);
  *to = sq_text_copy(text);
}

SqStatus sq_strip_route(SqCall *call, SqStrip *strip, const SqArg *to) {
  if (strip->kind == SQ_STRIP_MASTER)
    return sq_call_fail(call, SQ_UNSUPPORTED, "the master feeds the hardware; it cannot be routed elsewhere");
  if (to->integer <= 0 && strcmp(to->text, "none") == 0) {
    strip->output = 0;
    return SQ_OK;
  }
  const SqStrip *target = sq_call_find_strip(call, to);
  if (!target)
    return SQ_NOT_FOUND;
  if (target->kind == SQ_STRIP_SOURCE)
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is a source and takes no input; route to a bus or the master",
                        target->name);
  if (strip->handle && sq_doc_feeds(call->ctx->doc, target->handle, strip->handle))
    return sq_call_fail(call, SQ_BAD_ARGS, "this would make a loop: '%s' feeds '%s' already", target->name,
                        strip->name);
  strip->output = target->handle;
  return SQ_OK;
}

static SqStatus apply_pair(SqCall *call, SqStrip *strip, const char *key, const SqOscArg *value, bool *known) {
  SqArg arg;
  char text[SQ_ARGS_TEXT];
  SqStatus status;
  *known = true;
  for (size_t i = 0; i < sizeof strip_keys / sizeof strip_keys[0]; i++)
    if (strcmp(strip_keys[i].key, key) == 0) {
      status = read_pair(call, strip_keys[i].spec, value, &arg, text);
      if (status == SQ_OK)
        strip->numbers[strip_keys[i].number] =
            strip_keys[i].spec->type == SQ_TYPE_FLOAT ? arg.number : (double)arg.integer;
      return status;
    }
  if (strcmp(key, "fader") == 0) {
    status = read_pair(call, &spec_fader, value, &arg, text);
    if (status == SQ_OK)
      strip->numbers[SQ_STRIP_GAIN_DB] = sq_scale_from_norm(SQ_SCALE_FADER, 0, 1, arg.number);
    return status;
  }
  if (strcmp(key, "label") == 0 || strcmp(key, "color") == 0) {
    status = read_pair(call, &spec_text, value, &arg, text);
    if (status == SQ_OK)
      replace_text(key[0] == 'l' ? &strip->label : &strip->color, arg.text);
    return status;
  }
  if (strcmp(key, "output") == 0) {
    status = read_pair(call, &spec_ref, value, &arg, text);
    return status == SQ_OK ? sq_strip_route(call, strip, &arg) : status;
  }
  if (strcmp(key, "channels") == 0) {
    status = sq_arg_read(&spec_channels, SQ_LIMIT_REFUSE, value, &arg, text, call->why);
    if (status == SQ_OK && strip->handle && (uint32_t)arg.integer != strip->n_channels)
      return sq_call_fail(call, SQ_UNSUPPORTED, "the channels of a strip are fixed when it is made; make a new one");
    if (status == SQ_OK)
      strip->n_channels = (uint32_t)arg.integer;
    if (status == SQ_OK && !strip->handle)
      strip->numbers[SQ_STRIP_PAN_LAW] = arg.integer == 1 ? SQ_PAN_EQUAL_POWER : SQ_PAN_BALANCE;
    return status;
  }
  *known = false;
  return SQ_OK;
}

SqStatus sq_strip_apply_pairs(SqCall *call, SqStrip *strip, SqOtherKey other, void *context) {
  for (uint32_t i = 0; i < call->args->n_rest / 2; i++) {
    const SqOscArg *value;
    const char *key = sq_args_key(call->args, i, &value);
    bool known;
    SqStatus status = apply_pair(call, strip, key, value, &known);
    if (status == SQ_OK && !known)
      status = other ? other(call, context, key, value)
                     : sq_call_fail(call, SQ_BAD_ARGS,
                                    "there is no key '%s'; keys are gain fader pan pan_law mute solo solo_safe output "
                                    "label color channels",
                                    key);
    if (status != SQ_OK)
      return status;
  }
  return SQ_OK;
}

SqStatus sq_strip_check_name(SqCall *call, const char *name) {
  const char *why = "";
  if (sq_name_check(name, &why) != SQ_OK)
    return sq_call_fail(call, SQ_BAD_ARGS, "the name '%.64s' %s", name, why);
  if (sq_doc_named(call->ctx->doc, name))
    return sq_call_fail(call, SQ_EXISTS, "there is a strip '%s' already; take another name, or /…/ensure", name);
  return SQ_OK;
}

// ---- processors -----------------------------------------------------------------------------------------------------

void sq_value_as_text(const SqOscArg *value, char *text, size_t size) {
  double number;
  int64_t integer;
  if (value->tag == 's' || value->tag == 'S')
    snprintf(text, size, "%s", value->u.s);
  else if (value->tag == 'i' || value->tag == 'h')
    snprintf(text, size, "%" PRId64, value->tag == 'i' ? (int64_t)value->u.i : value->u.h);
  else if (sq_arg_number(value, &number, &integer))
    snprintf(text, size, "%.9g", number);
  else
    snprintf(text, size, "%s", "");
}

/// "tone", or "eq2" when there is an "eq" already; a plug-in's name comes from its identifier's end.
static void make_name(const SqStrip *strip, const char *type, char *name, size_t size) {
  const char *end = strrchr(type, '/');
  end = end && end[1] ? end + 1 : type;
  const char *hash = strrchr(end, '#');
  end = hash && hash[1] ? hash + 1 : end;
  char base[SQ_MAX_NAME - 8];
  size_t n = 0;
  for (; *end && n + 1 < sizeof base; end++) {
    const bool fine = (*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') || *end == '_' ||
                      (n && ((*end >= '0' && *end <= '9') || *end == '-'));
    if (fine)
      base[n++] = *end;
  }
  base[n] = 0;
  const char *why;
  if (!n || sq_name_check(base, &why) != SQ_OK)
    snprintf(base, sizeof base, "proc");
  snprintf(name, size, "%s", base);
  for (int k = 2; sq_strip_proc_named(strip, name); k++)
    snprintf(name, size, "%s%d", base, k);
}

static SqStatus place_of(SqCall *call, const SqStrip *strip, const char *key, const char *text, uint32_t *index) {
  if (strcmp(key, "at") == 0) {
    *index = (uint32_t)strtoul(text, NULL, 10);
    return SQ_OK;
  }
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strcmp(strip->chain[i]->name, text) == 0 || strtol(text, NULL, 10) == strip->chain[i]->handle) {
      *index = key[0] == 'a' ? i + 1 : i;
      return SQ_OK;
    }
  return sq_call_fail(call, SQ_NOT_FOUND, "the chain has no processor '%s' to stand %s", text, key);
}

static SqStatus set_param(SqCall *call, SqProc *proc, const SqProcessorType *type, const char *key, const char *text) {
  if (!type) { // a plug-in: known when it is built
    sq_proc_add_wish(proc, key, text);
    return SQ_OK;
  }
  const uint32_t p = sq_link_param_index(type, key);
  if (p == UINT32_MAX || type->params[p].output) {
    SqNearest nearest;
    sq_nearest_begin(&nearest, key);
    for (uint32_t i = 0; i < type->n_params; i++)
      sq_nearest_try(&nearest, type->params[i].symbol);
    return sq_call_fail(call, SQ_BAD_ARGS, "%s has no parameter '%s'%s%s%s", type->id, key,
                        nearest.best ? "; did you mean '" : "", nearest.best ? nearest.best : "",
                        nearest.best ? "'?" : "");
  }
  if (!sq_link_param_parse(&type->params[p], text, &proc->params[p]))
    return sq_call_fail(call, SQ_BAD_ARGS, "parameter '%s' of %s cannot be '%s'", key, type->id, text);
  return SQ_OK;
}

static bool is_setting(const char *key) {
  return strcmp(key, "port") == 0 || strcmp(key, "first") == 0 || strcmp(key, "path") == 0;
}

static const SqProcessorType *builtin_of(SqCall *call, const char *type, bool generator, SqStatus *status) {
  const SqProcessorType *found = sq_link_builtin(type);
  *status = SQ_OK;
  if (!found) {
    if (sq_catalog_is_plugin_id(type))
      return NULL;
    SqNearest nearest;
    sq_nearest_begin(&nearest, type);
    for (uint32_t i = 0; sq_link_builtin_at(i); i++)
      sq_nearest_try(&nearest, sq_link_builtin_at(i)->id);
    if (nearest.best && nearest.distance <= 1)
      *status = sq_call_fail(call, SQ_NOT_FOUND, "there is no processor '%s'; did you mean '%s'?", type, nearest.best);
    return NULL; // a plug-in's name, perhaps: the catalog knows
  }
  const uint32_t role = generator ? SQ_PROC_GENERATOR : SQ_PROC_EFFECT;
  if (!(found->flags & role))
    *status = sq_call_fail(call, SQ_UNSUPPORTED, "'%s' is %s", type,
                           generator ? "an effect; put it into a chain with /…/chain/add"
                                     : "a generator; make a source of it with /source/add");
  return found;
}

SqProc *sq_proc_from_call(SqCall *call, const SqStrip *strip, const char *id, bool generator, uint32_t first_pair,
                          uint32_t *index, SqStatus *status) {
  const SqProcessorType *type = builtin_of(call, id, generator, status);
  if (*status != SQ_OK)
    return NULL;
  char name[SQ_MAX_NAME + 1];
  make_name(strip, id, name, sizeof name);
  SqProc *proc = sq_proc_new(id, generator ? "generator" : name);
  if (type) {
    proc->n_params = type->n_params;
    proc->params = malloc((type->n_params ? type->n_params : 1) * sizeof *proc->params);
    for (uint32_t i = 0; i < type->n_params; i++)
      proc->params[i] = type->params[i].def;
  }
  *index = UINT32_MAX;
  for (uint32_t i = first_pair; i < call->args->n_rest / 2 && *status == SQ_OK; i++) {
    const SqOscArg *value;
    const char *key = sq_args_key(call->args, i, &value);
    char text[1024];
    sq_value_as_text(value, text, sizeof text);
    if (strcmp(key, "name") == 0 && !generator) {
      const char *why = "";
      if (sq_name_check(text, &why) != SQ_OK)
        *status = sq_call_fail(call, SQ_BAD_ARGS, "the name '%.64s' %s", text, why);
      else if (sq_strip_proc_named(strip, text))
        *status = sq_call_fail(call, SQ_EXISTS, "the chain has a processor '%s' already", text);
      else
        snprintf(proc->name, sizeof proc->name, "%.*s", SQ_MAX_NAME, text);
    } else if (!generator && (strcmp(key, "at") == 0 || strcmp(key, "before") == 0 || strcmp(key, "after") == 0)) {
      *status = place_of(call, strip, key, text, index);
    } else if (!generator && strcmp(key, "bypass") == 0) {
      proc->bypass = text[0] != '0' && text[0] != 'f';
    } else if (!type && strcmp(key, "isolate") == 0) {
      if (sq_choice_find(SQ_ISOLATION_NAMES, text) < 0)
        *status = sq_call_fail(call, SQ_BAD_ARGS, "isolate cannot be '%.64s'; it is one of " SQ_ISOLATION_NAMES, text);
      else
        sq_proc_set_key(proc, key, text);
    } else if (is_setting(key)) {
      sq_proc_set_key(proc, key, text);
    } else {
      *status = set_param(call, proc, type, key, text);
    }
  }
  if (*status == SQ_OK)
    return proc;
  sq_proc_free(proc);
  return NULL;
}
