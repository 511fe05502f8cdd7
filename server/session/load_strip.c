// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// One strip, but for what names other strips.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "protocol/name.h"
#include "session/reader.h"

static const double gains[2] = {-144, 10};
static const double pans[2] = {-1, 1};
static const double widths[2] = {1, SQ_MAX_CHANNELS};
static const double sequences[2] = {0, 4294967295.0 - SQ_MAX_STRIPS};

/// As an enumerated number.
static bool choice(SqReader *r, const SqJsonNode *node, const char *key, const char *choices, double *value) {
  int index = (int)*value;
  const bool good = sq_reader_choice(r, node, key, choices, &index);
  *value = index;
  return good;
}

static bool send(SqReader *r, SqStrip *strip, const SqJsonNode *node) {
  if (sq_json_kind(node) != SQ_JSON_OBJECT)
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "a send must be an object {}");
  SqSend *s = sq_strip_add_send(strip, ++r->next, 0);
  const char *bus = NULL;
  if (!sq_reader_text(r, node, "bus", &bus) ||
      !sq_reader_number(r, node, "gain", gains, &s->numbers[SQ_SEND_GAIN_DB]) ||
      !sq_reader_number(r, node, "pan", pans, &s->numbers[SQ_SEND_PAN]) ||
      !sq_reader_flag(r, node, "mute", &s->numbers[SQ_SEND_MUTE]) ||
      !choice(r, node, "tap", SQ_SESSION_TAPS, &s->numbers[SQ_SEND_TAP]))
    return false;
  if (!bus)
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "the send has no \"bus\"");
  s->unknown = sq_reader_rest(r, node);
  return true;
}

static bool parts(SqReader *r, SqStrip *strip, const SqJsonNode *node) {
  const SqJsonNode *generator, *chain, *sends;
  if (!sq_reader_child(r, node, "generator", SQ_JSON_OBJECT, &generator) ||
      !sq_reader_child(r, node, "chain", SQ_JSON_ARRAY, &chain) ||
      !sq_reader_child(r, node, "sends", SQ_JSON_ARRAY, &sends))
    return false;
  if (generator && strip->kind != SQ_STRIP_SOURCE)
    return sq_reader_fail(r, generator, SQ_BAD_ARGS, "\"%s\" has a generator and is no source", strip->name);
  if (generator && !(strip->generator = sq_reader_proc(r, generator, true)))
    return false;
  for (const SqJsonNode *p = chain ? sq_json_first(chain) : NULL; p; p = sq_json_next(p)) {
    SqProc *proc = sq_reader_proc(r, p, false);
    if (!proc)
      return false;
    const bool again = sq_strip_proc_named(strip, proc->name);
    sq_strip_insert(strip, proc, UINT32_MAX);
    if (again)
      return sq_reader_fail(r, p, SQ_BAD_ARGS, "the chain has two processors \"%s\"", proc->name);
  }
  for (const SqJsonNode *s = sends ? sq_json_first(sends) : NULL; s; s = sq_json_next(s))
    if (!send(r, strip, s))
      return false;
  return true;
}

static bool values(SqReader *r, SqStrip *strip, const SqJsonNode *node) {
  const char *label = NULL, *color = NULL;
  double *n = strip->numbers;
  double sequence = r->session->n ? r->session->strips[r->session->n - 1]->sequence + 1.0 : 0.0;
  if (!sq_reader_whole(r, node, "sequence", sequences, &sequence) || !sq_reader_text(r, node, "label", &label) ||
      !sq_reader_text(r, node, "color", &color) || !sq_reader_number(r, node, "gain", gains, &n[SQ_STRIP_GAIN_DB]) ||
      !sq_reader_number(r, node, "pan", pans, &n[SQ_STRIP_PAN]) ||
      !choice(r, node, "pan_law", SQ_SESSION_PAN_LAWS, &n[SQ_STRIP_PAN_LAW]) ||
      !sq_reader_flag(r, node, "mute", &n[SQ_STRIP_MUTE]) || !sq_reader_flag(r, node, "solo", &n[SQ_STRIP_SOLO]) ||
      !sq_reader_flag(r, node, "solo_safe", &n[SQ_STRIP_SOLO_SAFE]))
    return false;
  strip->sequence = (uint32_t)sequence;
  strip->label = sq_text_copy(label);
  strip->color = sq_text_copy(color);
  return true;
}

/// Kind and name first: the rest hangs on them.
static SqStrip *begin(SqReader *r, const SqJsonNode *node) {
  const char *name = NULL, *why = "";
  int kind = -1;
  double channels = 2;
  if (sq_json_kind(node) != SQ_JSON_OBJECT) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "a strip must be an object {}");
    return NULL;
  }
  if (!sq_reader_text(r, node, "name", &name) || !sq_reader_choice(r, node, "kind", SQ_SESSION_KINDS, &kind) ||
      !sq_reader_whole(r, node, "channels", widths, &channels))
    return NULL;
  if (!name || kind < 0) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "the strip has no \"%s\"", name ? "kind" : "name");
    return NULL;
  }
  const bool master = strcmp(name, "master") == 0;
  if (master != (kind == SQ_STRIP_MASTER)) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "the strip of kind \"master\" is called \"master\", and no other is");
    return NULL;
  }
  if (!master && sq_name_check(name, &why) != SQ_OK) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "the name \"%.64s\" %s", name, why);
    return NULL;
  }
  SqStrip *strip = sq_strip_new((SqStripKind)kind, name, (uint32_t)channels);
  strip->handle = master ? SQ_HANDLE_MASTER : ++r->next;
  strip->output = 0;
  return strip;
}

SqStrip *sq_reader_strip(SqReader *r, const SqJsonNode *node) {
  SqStrip *strip = begin(r, node);
  if (strip && values(r, strip, node) && parts(r, strip, node))
    return strip;
  sq_strip_unref(strip);
  return NULL;
}
