// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/args.h"

#include <stdio.h>
#include <string.h>

#include "protocol/name.h"

SqArgsWant sq_args_want(const SqRow *row) {
  return (SqArgsWant){.specs = row->args,
                      .n_specs = row->n_args,
                      .rest = row->rest,
                      .limiting = row->kind == SQ_ROW_VALUE ? SQ_LIMIT_CLAMP : SQ_LIMIT_REFUSE};
}

uint32_t sq_args_flatten(SqOscArg *args, uint32_t n) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < n; i++)
    if (args[i].tag != '[' && args[i].tag != ']')
      args[kept++] = args[i];
  return kept;
}

const char *sq_args_key(const SqArgs *args, uint32_t i, const SqOscArg **value) {
  if (2 * i + 1 >= args->n_rest)
    return NULL;
  *value = &args->rest[2 * i + 1];
  return args->rest[2 * i].u.s;
}

static bool is_completion(const SqOscArg *arg) {
  if (arg->tag != 'b' || arg->u.b.size < 4)
    return false;
  return arg->u.b.data[0] == '/' || sq_osc_is_bundle(arg->u.b.data, arg->u.b.size);
}

/// True when the last of `n` arguments stands where none is wanted.
static bool is_spare(const SqArgsWant *want, uint32_t n) {
  if (n > want->n_specs)
    return want->rest == SQ_REST_NONE || (want->rest == SQ_REST_PAIRS && (n - want->n_specs) % 2 == 1);
  const SqArgSpec *spec = &want->specs[n - 1];
  return spec->optional && spec->type != SQ_TYPE_BLOB && spec->type != SQ_TYPE_ANY;
}

/// "s:name f:gain", for the errors that are about the number of arguments.
static void list_wanted(const SqArgsWant *want, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (uint32_t i = 0; i < want->n_specs && used < size; i++)
    used += (size_t)snprintf(text + used, size - used, want->specs[i].optional ? "%s[%s]" : "%s%s", i ? ", " : "",
                             want->specs[i].name);
  if (want->rest != SQ_REST_NONE && used < size)
    snprintf(text + used, size - used, "%s%s", want->n_specs ? ", " : "",
             want->rest == SQ_REST_PAIRS ? "then key and value pairs" : "then any");
}

static SqStatus wrong_count(const SqArgsWant *want, uint32_t n, const char *missing, SqArgs *out) {
  char list[160];
  list_wanted(want, list, sizeof list);
  const char *s = n == 1 ? "" : "s";
  if (missing)
    snprintf(out->why, sizeof out->why, "%u argument%s came and '%s' is missing; send: %s", n, s, missing, list);
  else
    snprintf(out->why, sizeof out->why, "%u argument%s came, too many; send: %s", n, s,
             want->n_specs ? list : "none at all");
  return SQ_BAD_ARGS;
}

static void take_default(const SqArgSpec *spec, SqArg *arg, char *text) {
  *arg = (SqArg){.type = spec->type, .number = spec->def, .integer = (int64_t)spec->def};
  if (spec->type == SQ_TYPE_ENUM && sq_choice_at(spec->choices, (uint32_t)spec->def, text, SQ_ARGS_TEXT))
    arg->text = text;
  else if (spec->type == SQ_TYPE_STRING || spec->type == SQ_TYPE_PATH || spec->type == SQ_TYPE_NAME ||
           spec->type == SQ_TYPE_REF)
    arg->text = "";
}

static SqStatus check_pairs(const SqArgsWant *want, SqArgs *out) {
  for (uint32_t i = 0; i < out->n_rest; i += 2) {
    const SqOscArg *key = &out->rest[i];
    if ((key->tag != 's' && key->tag != 'S') || !sq_text_is_utf8(key->u.s)) {
      snprintf(out->why, sizeof out->why,
               "argument %u stands where a key is wanted and is not (UTF-8) text; after %s come keys "
               "and values in turn",
               want->n_specs + i + 1, want->n_specs ? "the first arguments" : "the address");
      return SQ_BAD_ARGS;
    }
    if (i + 1 == out->n_rest) {
      snprintf(out->why, sizeof out->why, "the key '%.*s' has no value behind it; send keys and values in turn",
               sq_text_cut(key->u.s, 60), key->u.s);
      return SQ_BAD_ARGS;
    }
  }
  return SQ_OK;
}

SqStatus sq_args_read(const SqArgsWant *want, SqOscArg *args, uint32_t n, SqArgs *out) {
  out->completion = NULL;
  out->completion_size = 0;
  out->why[0] = '\0';
  n = sq_args_flatten(args, n);
  if (n > 0 && is_completion(&args[n - 1]) && is_spare(want, n)) {
    n--;
    out->completion = args[n].u.b.data;
    out->completion_size = args[n].u.b.size;
  }
  out->n_given = n < want->n_specs ? n : want->n_specs;
  out->rest = args + out->n_given;
  out->n_rest = n - out->n_given;
  for (uint32_t i = 0; i < want->n_specs; i++) {
    const SqArgSpec *spec = &want->specs[i];
    bool absent = i >= n || (spec->optional && args[i].tag == 'N');
    if (absent && !spec->optional)
      return wrong_count(want, n, spec->name, out);
    if (absent) {
      take_default(spec, &out->args[i], out->text[i]);
      continue;
    }
    SqStatus status = sq_arg_read(spec, want->limiting, &args[i], &out->args[i], out->text[i], out->why);
    if (status != SQ_OK)
      return status;
  }
  if (out->n_rest && want->rest == SQ_REST_NONE)
    return wrong_count(want, n, NULL, out);
  return want->rest == SQ_REST_PAIRS ? check_pairs(want, out) : SQ_OK;
}
