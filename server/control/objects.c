// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/recorders.h"
#include "link/text.h"
#include "protocol/nearest.h"

static const struct {
  const char *name, *word;
} parts[] = {[SQ_PART_NONE] = {"", "object"},
             [SQ_PART_SOURCE] = {"source", "source"},
             [SQ_PART_BUS] = {"bus", "bus"},
             [SQ_PART_STRIP] = {"strip", "strip"},
             [SQ_PART_PROC] = {"proc", "processor"},
             [SQ_PART_SEND] = {"send", "send to"},
             [SQ_PART_PARAM] = {"param", "parameter"},
             [SQ_PART_ZONE] = {"zone", "zone"},
             [SQ_PART_RECORD] = {"record", "recorder"},
             [SQ_PART_SECTION] = {"section", "section"},
             [SQ_PART_KEY] = {"key", "option"},
             [SQ_PART_WORD] = {"word", "word"}};

SqPart sq_part_of(const char *name) {
  for (size_t i = 1; i < sizeof parts / sizeof parts[0]; i++)
    if (strcmp(parts[i].name, name) == 0)
      return (SqPart)i;
  return SQ_PART_NONE;
}

const char *sq_part_word(SqPart part) {
  return parts[part].word;
}

static bool is_of(const SqStrip *strip, SqPart part) {
  return part == SQ_PART_STRIP || (part == SQ_PART_SOURCE && strip->kind == SQ_STRIP_SOURCE) ||
         (part == SQ_PART_BUS && strip->kind == SQ_STRIP_BUS);
}

/// A part that begins with a digit is a handle: names never do.
static SqHandle handle_of(const char *text) {
  if (*text < '1' || *text > '9')
    return 0;
  char *end;
  const long n = strtol(text, &end, 10);
  return *end == 0 && n <= INT32_MAX ? (SqHandle)n : 0;
}

static const SqProcessorType *type_of(const SqContext *ctx, const SqTarget *target) {
  SqLinkState state;
  const SqProcessorType *type = NULL;
  if (sq_link_proc(ctx->link, target->proc, &state, &type, NULL) == SQ_OK)
    return type;
  const SqStrip *strip = sq_doc_strip(ctx->doc, target->strip); // made by the bundle under way
  const SqProc *proc = strip ? sq_strip_proc(strip, target->proc) : NULL;
  return proc ? sq_link_builtin(proc->type) : NULL;
}

static bool find_strip(SqPart part, const SqContext *ctx, const char *text, SqTarget *target) {
  const SqHandle handle = handle_of(text);
  const SqStrip *strip = handle ? sq_doc_strip(ctx->doc, handle) : sq_doc_named(ctx->doc, text);
  if (!strip || !is_of(strip, part))
    return false;
  target->strip = strip->handle;
  return true;
}

static bool find_proc(const SqContext *ctx, const char *text, SqTarget *target) {
  const SqStrip *strip = sq_doc_strip(ctx->doc, target->strip);
  const SqHandle handle = handle_of(text);
  const SqProc *proc = handle ? sq_strip_proc(strip, handle) : sq_strip_proc_named(strip, text);
  if (!proc || proc == strip->generator)
    return false;
  target->proc = proc->handle;
  return true;
}

static bool find_send(const SqContext *ctx, const char *text, SqTarget *target) {
  const SqStrip *strip = sq_doc_strip(ctx->doc, target->strip);
  const SqHandle handle = handle_of(text);
  const SqStrip *bus = handle ? sq_doc_strip(ctx->doc, handle) : sq_doc_named(ctx->doc, text);
  const SqSend *send = bus ? sq_strip_send_to(strip, bus->handle) : handle ? sq_strip_send(strip, handle) : NULL;
  target->send = send ? send->handle : 0; // to be made, perhaps: the word is kept for /add
  snprintf(target->word, sizeof target->word, "%s", text);
  return strlen(text) < sizeof target->word;
}

/// Zones are the generator's, and have no names.
static bool find_zone(const SqContext *ctx, const char *text, SqTarget *target) {
  const SqStrip *strip = sq_doc_strip(ctx->doc, target->strip);
  const SqProc *proc = strip->generator;
  const SqHandle handle = handle_of(text);
  for (uint32_t i = 0; proc && i < proc->n_zones; i++)
    if (proc->zones[i].handle == handle) {
      target->proc = proc->handle;
      target->zone = handle;
      return true;
    }
  return false;
}

static bool find_record(const SqContext *ctx, const char *text, SqTarget *target) {
  const SqHandle handle = handle_of(text);
  SqRecordView view;
  for (uint32_t i = 0; sq_recorders_at(ctx->recorders, i, &view); i++)
    if (handle ? view.handle == handle : strcmp(view.name, text) == 0) {
      target->number = view.handle;
      return true;
    }
  return false;
}

typedef struct {
  SqNearest search;
} NearestVisit;

static void try_name(void *context, const char *name, const SqTarget *target) {
  (void)target;
  sq_nearest_try(&((NearestVisit *)context)->search, name);
}

static bool find_section(const char *text, SqTarget *target) {
  for (int32_t i = 0; i < SQ_OPTION_COUNT; i++)
    if (strcmp(sq_option_rows()[i].section, text) == 0) {
      snprintf(target->word, sizeof target->word, "%s", text);
      target->number = i;
      return true;
    }
  return false;
}

static bool find_key(const char *text, SqTarget *target) {
  const SqOption *row = sq_option_find(target->word, text);
  target->number = row ? (int32_t)(row - sq_option_rows()) : 0;
  return row != NULL;
}

static void list_options(bool sections, const SqTarget *from, SqPartVisit visit, void *context) {
  const SqOption *rows = sq_option_rows();
  SqTarget target = *from;
  for (int32_t i = 0; i < SQ_OPTION_COUNT; i++) {
    const bool first = i == 0 || strcmp(rows[i].section, rows[i - 1].section) != 0;
    target.number = i;
    if (sections && first) {
      snprintf(target.word, sizeof target.word, "%s", rows[i].section);
      visit(context, rows[i].section, &target);
    } else if (!sections && strcmp(rows[i].section, from->word) == 0) {
      visit(context, rows[i].key, &target);
    }
  }
}

static bool find(SqPart part, const SqContext *ctx, const char *text, SqTarget *target) {
  switch (part) {
  case SQ_PART_SOURCE:
  case SQ_PART_BUS:
  case SQ_PART_STRIP:
    return find_strip(part, ctx, text, target);
  case SQ_PART_PROC:
    return find_proc(ctx, text, target);
  case SQ_PART_SEND:
    return find_send(ctx, text, target);
  case SQ_PART_PARAM: {
    const SqProcessorType *type = type_of(ctx, target);
    target->param = type ? sq_link_param_index(type, text) : 0; // building: its row waits until the type is known
    return target->param != UINT32_MAX;
  }
  case SQ_PART_ZONE:
    return find_zone(ctx, text, target);
  case SQ_PART_SECTION:
    return find_section(text, target);
  case SQ_PART_KEY:
    return find_key(text, target);
  case SQ_PART_WORD:
    snprintf(target->word, sizeof target->word, "%s", text);
    return strlen(text) < sizeof target->word;
  case SQ_PART_RECORD:
    return find_record(ctx, text, target);
  case SQ_PART_NONE:
    break;
  }
  return false;
}

bool sq_part_find(SqPart part, const SqContext *ctx, const char *text, SqTarget *target, const char **nearest) {
  if (find(part, ctx, text, target))
    return true;
  if (nearest) {
    NearestVisit visit;
    sq_nearest_begin(&visit.search, text);
    sq_part_list(part, ctx, target, try_name, &visit);
    *nearest = visit.search.best;
  }
  return false;
}

static void list_params(const SqContext *ctx, SqTarget *target, SqPartVisit visit, void *context) {
  const SqProcessorType *type = type_of(ctx, target);
  for (uint32_t i = 0; type && i < type->n_params; i++) {
    target->param = i;
    visit(context, type->params[i].symbol, target);
  }
}

void sq_part_list(SqPart part, const SqContext *ctx, const SqTarget *from, SqPartVisit visit, void *context) {
  SqTarget target = *from;
  const SqStrip *strip = sq_doc_strip(ctx->doc, target.strip);
  switch (part) {
  case SQ_PART_SOURCE:
  case SQ_PART_BUS:
  case SQ_PART_STRIP:
    for (uint32_t i = 0; i < sq_doc_count(ctx->doc); i++) {
      const SqStrip *s = sq_doc_at(ctx->doc, i);
      target.strip = s->handle;
      if (is_of(s, part))
        visit(context, s->name, &target);
    }
    break;
  case SQ_PART_PROC:
    for (uint32_t i = 0; strip && i < strip->n_chain; i++) {
      target.proc = strip->chain[i]->handle;
      visit(context, strip->chain[i]->name, &target);
    }
    break;
  case SQ_PART_SEND:
    for (uint32_t i = 0; strip && i < strip->n_sends; i++) {
      const SqStrip *bus = sq_doc_strip(ctx->doc, strip->sends[i].bus);
      target.send = strip->sends[i].handle;
      if (bus)
        visit(context, bus->name, &target);
    }
    break;
  case SQ_PART_PARAM:
    list_params(ctx, &target, visit, context);
    break;
  case SQ_PART_ZONE: {
    const SqProc *proc = strip ? strip->generator : NULL;
    for (uint32_t i = 0; proc && i < proc->n_zones; i++) {
      char name[16];
      snprintf(name, sizeof name, "%d", proc->zones[i].handle);
      target.proc = proc->handle;
      target.zone = proc->zones[i].handle;
      visit(context, name, &target);
    }
    break;
  }
  case SQ_PART_RECORD: {
    SqRecordView view;
    for (uint32_t i = 0; sq_recorders_at(ctx->recorders, i, &view); i++) {
      target.number = view.handle;
      visit(context, view.name, &target);
    }
    break;
  }
  case SQ_PART_SECTION:
  case SQ_PART_KEY:
    list_options(part == SQ_PART_SECTION, from, visit, context);
    break;
  case SQ_PART_WORD:
  case SQ_PART_NONE:
    break;
  }
}
