// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/describe.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/name.h"

const char *sq_describe_kind(SqRowKind kind) {
  static const char *const words[] = {"value", "action", "command", "stream"};
  return words[kind];
}

const char *sq_describe_access(SqAccess access) {
  static const char *const words[] = {"meter", "control", "file", "code"};
  return words[access];
}

const char *sq_describe_type(SqType type) {
  static const char *const words[] = {"int", "float", "double",   "bool", "string", "name",
                                      "ref", "enum",  "position", "path", "blob",   "any"};
  return words[type];
}

/// The OSC tag that the reference shows for a type.
static char tag_of(SqType type) {
  static const char tags[] = {'i', 'f', 'd', 'i', 's', 's', 's', 's', 's', 's', 'b', '*'};
  return tags[type];
}

void sq_describe_usage(const SqRow *row, char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "%s", row->address);
  for (uint8_t i = 0; i < row->n_args && used < size; i++) {
    const SqArgSpec *arg = &row->args[i];
    bool choice = arg->type == SQ_TYPE_ENUM && arg->choices;
    used += (size_t)snprintf(text + used, size - used, " %s%c:%s%s%s%s%s", arg->optional ? "[" : "", tag_of(arg->type),
                             arg->name, choice ? "(" : "", choice ? arg->choices : "", choice ? ")" : "",
                             arg->optional ? "]" : "");
  }
  if (row->rest != SQ_REST_NONE && used < size)
    snprintf(text + used, size - used, "%s", row->rest == SQ_REST_PAIRS ? " [k v …]" : " […]");
}

static int by_address(const void *a, const void *b) {
  const SqRow *x = *(const SqRow *const *)a, *y = *(const SqRow *const *)b;
  int order = strcmp(x->address, y->address);
  return order ? order : (int)x->kind - (int)y->kind;
}

const SqRow **sq_describe_sorted(const SqContract *contract) {
  const SqRow **rows = malloc((contract->n + 1) * sizeof *rows);
  if (!rows)
    return NULL;
  memcpy(rows, contract->rows, contract->n * sizeof *rows);
  qsort(rows, contract->n, sizeof *rows, by_address);
  return rows;
}

static void add_text(cJSON *object, const char *key, const char *text) {
  if (text)
    cJSON_AddStringToObject(object, key, text);
}

static cJSON *choices_of(const char *choices) {
  cJSON *list = cJSON_CreateArray();
  for (const char *p = choices;; p++) {
    char word[128];
    size_t n = strcspn(p, "|");
    snprintf(word, sizeof word, "%.*s", (int)n, p);
    cJSON_AddItemToArray(list, cJSON_CreateString(word));
    p += n;
    if (!*p)
      return list;
  }
}

static cJSON *arg_of(const SqArgSpec *arg, SqRowKind kind) {
  static const char *const scales[] = {"linear", "log", "fader"};
  static const char *const classes[] = {"signal", "stepped", "control"};
  char tag[] = {tag_of(arg->type), '\0'};
  cJSON *object = cJSON_CreateObject();
  add_text(object, "name", arg->name);
  add_text(object, "type", sq_describe_type(arg->type));
  add_text(object, "tag", tag);
  add_text(object, "unit", arg->unit);
  if (arg->min < arg->max) {
    cJSON_AddNumberToObject(object, "min", arg->min);
    cJSON_AddNumberToObject(object, "max", arg->max);
  }
  if (arg->type == SQ_TYPE_ENUM && arg->choices)
    cJSON_AddItemToObject(object, "choices", choices_of(arg->choices));
  bool numeric = arg->type <= SQ_TYPE_BOOL || arg->type == SQ_TYPE_ENUM || arg->type == SQ_TYPE_POSITION;
  if (numeric && (arg->optional || kind == SQ_ROW_VALUE))
    cJSON_AddNumberToObject(object, "default", arg->def);
  if (arg->optional)
    cJSON_AddTrueToObject(object, "optional");
  if (kind == SQ_ROW_VALUE) {
    add_text(object, "scale", scales[arg->scale]);
    add_text(object, "class", classes[arg->value_class]);
  }
  add_text(object, "help", arg->help);
  return object;
}

static cJSON *row_of(const SqRow *row) {
  char usage[SQ_USAGE_TEXT];
  cJSON *object = cJSON_CreateObject();
  sq_describe_usage(row, usage, sizeof usage);
  add_text(object, "address", row->address);
  add_text(object, "kind", sq_describe_kind(row->kind));
  add_text(object, "access", sq_describe_access(row->access));
  add_text(object, "usage", usage);
  cJSON *args = cJSON_AddArrayToObject(object, "args");
  for (uint8_t i = 0; i < row->n_args; i++)
    cJSON_AddItemToArray(args, arg_of(&row->args[i], row->kind));
  if (row->rest != SQ_REST_NONE)
    add_text(object, "rest", row->rest == SQ_REST_PAIRS ? "pairs" : "any");
  add_text(object, "rest_help", row->rest_help);
  add_text(object, "replies", row->replies);
  if (row->timed)
    cJSON_AddTrueToObject(object, "timed");
  if (row->read_only)
    cJSON_AddTrueToObject(object, "read_only");
  add_text(object, "help", row->help);
  return object;
}

static void add_errors(cJSON *root) {
  cJSON *list = cJSON_AddArrayToObject(root, "errors");
  for (int code = SQ_BAD_ADDRESS; code <= SQ_INTERNAL; code++) {
    cJSON *error = cJSON_CreateObject();
    cJSON_AddNumberToObject(error, "code", code);
    cJSON_AddStringToObject(error, "symbol", sq_status_symbol((SqStatus)code));
    cJSON_AddItemToArray(list, error);
  }
}

static void add_families(cJSON *root, const SqContract *contract) {
  cJSON *families = contract->n_families ? cJSON_AddObjectToObject(root, "families") : NULL;
  for (size_t i = 0; i < contract->n_families; i++) {
    cJSON *prefixes = cJSON_AddArrayToObject(families, contract->families[i].word);
    for (const char *const *prefix = contract->families[i].prefixes; *prefix; prefix++)
      cJSON_AddItemToArray(prefixes, cJSON_CreateString(*prefix));
  }
}

char *sq_describe_json_text(const SqContract *contract) {
  const SqRow **rows = sq_describe_sorted(contract);
  cJSON *root = cJSON_CreateObject();
  char *text = NULL;
  if (rows && root) {
    add_text(root, "protocol", "squeezed");
    add_errors(root);
    cJSON *reserved = cJSON_AddArrayToObject(root, "reserved_names");
    for (unsigned i = 0; sq_name_reserved_at(i); i++)
      cJSON_AddItemToArray(reserved, cJSON_CreateString(sq_name_reserved_at(i)));
    add_families(root, contract);
    cJSON *list = cJSON_AddArrayToObject(root, "rows");
    for (size_t i = 0; i < contract->n; i++)
      cJSON_AddItemToArray(list, row_of(rows[i]));
    text = cJSON_Print(root);
  }
  cJSON_Delete(root);
  free(rows);
  return text;
}

SqStatus sq_describe_json(const SqContract *contract, FILE *file) {
  char *text = sq_describe_json_text(contract);
  if (!text)
    return SQ_LIMIT;
  int written = fprintf(file, "%s\n", text);
  free(text);
  return written < 0 || fflush(file) != 0 ? SQ_IO : SQ_OK;
}

uint64_t sq_describe_hash(const SqContract *contract) {
  // Fowler, Noll, Vo: FNV-1a, 64 bits.
  char *text = sq_describe_json_text(contract);
  uint64_t hash = text ? UINT64_C(0xcbf29ce484222325) : 0;
  for (const char *p = text; p && *p; p++)
    hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
  free(text);
  return hash;
}
