// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The tree of addresses as OSCQuery JSON (Vidvox, OSCQueryProposal, 2019), in pages for clients without HTTP.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/value.h"
#include "control/control.h"
#include "protocol/name.h"
#include "protocol/number.h"

#define DEPTH 16

typedef struct {
  char *text;
  size_t n, cap;
} Json;

static void put(Json *json, const char *text) {
  const size_t n = strlen(text);
  if (json->n + n + 1 > json->cap) {
    json->cap = 2 * (json->n + n + 1);
    json->text = sq_realloc(json->text, json->cap, 1);
  }
  memcpy(json->text + json->n, text, n + 1);
  json->n += n;
}

static void put_string(Json *json, const char *text) {
  put(json, "\"");
  for (const char *c = text; *c; c++) {
    char one[8] = {*c, 0};
    if (*c == '"' || *c == '\\')
      snprintf(one, sizeof one, "\\%c", *c);
    else if ((unsigned char)*c < 32)
      snprintf(one, sizeof one, "\\u%04x", (unsigned)(unsigned char)*c);
    put(json, one);
  }
  put(json, "\"");
}

static void put_key(Json *json, const char *key) {
  if (json->text[json->n - 1] != '{' && json->text[json->n - 1] != '[')
    put(json, ",");
  put_string(json, key);
  put(json, ":");
}

static void put_number(Json *json, double value) {
  char text[SQ_NUMBER_TEXT];
  sq_number_format(value, text, sizeof text);
  put(json, isfinite(value) ? text : "null"); // JSON knows no infinity
}

// ---- one address ----------------------------------------------------------------------------------------------------

static char type_tag(SqType type) {
  switch (type) {
  case SQ_TYPE_INT:
    return 'i';
  case SQ_TYPE_FLOAT:
    return 'f';
  case SQ_TYPE_DOUBLE:
  case SQ_TYPE_POSITION:
    return 'd';
  case SQ_TYPE_BOOL:
    return 'T';
  case SQ_TYPE_BLOB:
    return 'b';
  default:
    return 's';
  }
}

static void put_range(Json *json, const SqArgSpec *spec) {
  char choice[SQ_ARGS_TEXT];
  put(json, json->text[json->n - 1] == '[' ? "{" : ",{");
  if (spec->choices) {
    put_key(json, "VALS");
    put(json, "[");
    for (uint32_t i = 0; sq_choice_at(spec->choices, i, choice, sizeof choice); i++) {
      if (i)
        put(json, ",");
      put_string(json, choice);
    }
    put(json, "]");
  } else if (spec->min < spec->max) {
    put_key(json, "MIN");
    put_number(json, spec->min);
    put_key(json, "MAX");
    put_number(json, spec->max);
  }
  put(json, "}");
}

static void put_args(Json *json, const SqArgSpec *args, uint32_t n) {
  char tags[SQ_ARGS_MAX + 1] = "";
  bool units = false;
  for (uint32_t i = 0; i < n; i++) {
    tags[i] = type_tag(args[i].type);
    units |= args[i].unit != NULL;
  }
  put_key(json, "TYPE");
  put_string(json, tags);
  put_key(json, "RANGE");
  put(json, "[");
  for (uint32_t i = 0; i < n; i++)
    put_range(json, &args[i]);
  put(json, "]");
  if (!units)
    return;
  put_key(json, "UNIT");
  put(json, "[");
  for (uint32_t i = 0; i < n; i++) {
    if (i)
      put(json, ",");
    put_string(json, args[i].unit ? args[i].unit : "none");
  }
  put(json, "]");
}

static void put_items(Json *json, const SqItems *items, bool truth) {
  char text[32];
  put_key(json, "VALUE");
  put(json, "[");
  for (uint32_t i = 0; i < items->n; i++) {
    const SqItem *item = &items->items[i];
    if (i)
      put(json, ",");
    if (item->tag == 's')
      put_string(json, sq_items_string(items, i));
    else if (item->tag == 'f' || item->tag == 'd')
      put_number(json, item->u.d);
    else if (truth)
      put(json, item->u.i ? "true" : "false");
    else {
      snprintf(text, sizeof text, "%lld", (long long)(item->tag == 'h' ? item->u.h : item->u.i));
      put(json, text);
    }
  }
  put(json, "]");
}

/// What stands at the address itself.
static void put_row(Json *json, SqCall *asking, const char *address, const SqMatch *match) {
  const SqRow *row = match->row;
  const SqArgs none = {0};
  SqCall get = {.ctx = asking->ctx,
                .row = row,
                .client = asking->client,
                .address = address,
                .args = &none,
                .target = match->target};
  const bool value = row->kind == SQ_ROW_VALUE;
  SqArgSpec room;
  const SqArgSpec *spec = row->n_args ? row->args : NULL;
  put_key(json, "DESCRIPTION");
  put_string(json, row->help ? row->help : "");
  put_key(json, "ACCESS");
  put(json, !value ? "2" : row->read_only ? "1" : "3");
  if (value && row->property == SQ_PROPERTY_PARAM) {
    if (!sq_call_type(&get))
      return; // building
    spec = sq_value_spec(&get, &room);
    put_args(json, spec, 1);
  } else {
    put_args(json, row->args, row->n_args);
  }
  if (!value || (row->needs_instance && !sq_call_type(&get)) || (!match->target.send && strstr(row->address, "{send}")))
    return;
  if ((row->handle ? row->handle(&get) : sq_value_handle(&get)) == SQ_OK)
    put_items(json, &get.results, spec && spec->type == SQ_TYPE_BOOL);
  sq_items_cleanup(&get.results);
}

// ---- the tree -------------------------------------------------------------------------------------------------------

static void add_name(void *context, const char *name) {
  sq_items_text(context, name);
}

static void put_node(Json *json, SqCall *call, const char *address, unsigned depth) {
  const SqControl *control = call->ctx->control;
  char below[SQ_ADDRESS_MAX], why[SQ_ARGS_WHY];
  SqItems names = {0};
  SqMatch match;
  put(json, "{");
  put_key(json, "FULL_PATH");
  put_string(json, address[0] ? address : "/");
  if (address[0] && sq_tree_find(control->tree, call->ctx, address, &match, why, sizeof why) == SQ_OK)
    put_row(json, call, address, &match);
  snprintf(below, sizeof below, "%s/", address);
  if (depth < DEPTH)
    sq_tree_children(control->tree, call->ctx, below, add_name, &names);
  if (names.n) {
    put_key(json, "CONTENTS");
    put(json, "{");
    for (uint32_t i = 0; i < names.n; i++) {
      const char *name = sq_items_string(&names, i);
      if (!address[0] && strcmp(name, "strip") == 0)
        continue; // another word for what stands there already
      if (snprintf(below, sizeof below, "%s/%s", address, name) >= (int)sizeof below)
        continue;
      put_key(json, name);
      put_node(json, call, below, depth + 1);
    }
    put(json, "}");
  }
  put(json, "}");
  sq_items_cleanup(&names);
}

/// Bytes of one page: what fits with everything around it.
static int page_of(const SqCall *call, const char *path) {
  const size_t max = call->client ? sq_peer_max_reply(call->client->peer) : SQ_REPLY_UDP;
  const size_t udp = call->ctx->control->returning->port ? SQ_REPLY_UDP : max;
  return (int)(udp - SQ_TAG_MAX - strlen(path) - 64);
}

SqStatus sq_control_query(SqCall *call, const char *path) {
  char address[SQ_ADDRESS_MAX], below[SQ_ADDRESS_MAX + 2], why[SQ_ARGS_WHY];
  const SqControl *control = call->ctx->control;
  size_t n = strlen(path);
  while (n && path[n - 1] == '/')
    n--;
  if (path[0] != '/' || n + 2 >= sizeof address)
    return sq_call_fail(call, SQ_BAD_ARGS, "'%.80s' is no address; they begin with '/'", path);
  snprintf(address, sizeof address, "%.*s", (int)n, path);
  snprintf(below, sizeof below, "%s/", address);
  SqMatch match;
  SqItems names = {0};
  const bool inner = sq_tree_children(control->tree, call->ctx, below, add_name, &names);
  sq_items_cleanup(&names);
  if (!inner && sq_tree_find(control->tree, call->ctx, address, &match, why, sizeof why) != SQ_OK)
    return sq_call_fail(call, SQ_NOT_FOUND, "%s", why);
  Json json = {0};
  put_node(&json, call, address, 0);
  const int page = page_of(call, path);
  int32_t pages = 0, i = 0;
  for (const char *at = json.text; *at; at += sq_text_cut(at, page))
    pages++;
  for (const char *at = json.text; *at; i++) {
    const int length = sq_text_cut(at, page);
    char *part = sq_alloc((size_t)length + 1, 1);
    memcpy(part, at, (size_t)length);
    SqItems items = {0};
    sq_items_text(&items, path);
    sq_items_int(&items, i);
    sq_items_int(&items, pages);
    sq_items_text(&items, part);
    sq_control_send(call, "/query.reply", &items);
    sq_items_cleanup(&items);
    free(part);
    at += length;
  }
  sq_items_int(&call->results, pages);
  free(json.text);
  return SQ_OK;
}
