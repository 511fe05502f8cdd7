// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What names other strips: outputs, sends, sidechains; and that no sound comes back to where it was.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/reader.h"

/// `from` feeds `to`; places in session->strips.
typedef struct {
  uint32_t from, to;
} Feed;

typedef struct {
  SqReader *r;
  const SqStrip **by_name; ///< [n] sorted
  uint32_t *place;         ///< [n_handles + 1] of a strip's handle
  Feed *feeds;
  uint32_t n_feeds, cap_feeds;
} Links;

static int by_name(const void *a, const void *b) {
  return strcmp((*(const SqStrip *const *)a)->name, (*(const SqStrip *const *)b)->name);
}

static int to_name(const void *name, const void *strip) {
  return strcmp(name, (*(const SqStrip *const *)strip)->name);
}

/// The strip that `node` (a text, or NULL) names; false: told.
static bool named(Links *l, const SqJsonNode *node, const char *what, const SqStrip **strip) {
  *strip = NULL;
  if (!node || sq_json_kind(node) == SQ_JSON_NULL)
    return true;
  if (sq_json_kind(node) != SQ_JSON_TEXT)
    return sq_reader_fail(l->r, node, SQ_BAD_ARGS, "\"%s\" is %s, it must be the name of a strip", what,
                          sq_json_kind_words(sq_json_kind(node)));
  const SqStrip **found = bsearch(sq_json_text(node), l->by_name, l->r->session->n, sizeof(SqStrip *), to_name);
  if (!found)
    return sq_reader_fail(l->r, node, SQ_BAD_ARGS, "\"%s\" is \"%.64s\", and there is no such strip", what,
                          sq_json_text(node));
  *strip = *found;
  return true;
}

static void feed(Links *l, const SqStrip *from, const SqStrip *to) {
  if (l->n_feeds == l->cap_feeds) {
    l->cap_feeds = l->cap_feeds ? 2 * l->cap_feeds : 64;
    l->feeds = sq_realloc(l->feeds, l->cap_feeds, sizeof *l->feeds);
  }
  l->feeds[l->n_feeds++] = (Feed){l->place[from->handle], l->place[to->handle]};
}

static bool output(Links *l, SqStrip *strip, const SqJsonNode *node) {
  SqReader *r = l->r;
  const SqJsonNode *to = sq_json_member(r->json, node, "output");
  const SqStrip *target;
  if (strip->kind == SQ_STRIP_MASTER)
    return !to || sq_reader_fail(r, to, SQ_BAD_ARGS, "the master feeds the hardware, it has no \"output\"");
  if (!named(l, to, "output", &target))
    return false;
  if (!to)
    target = r->session->strips[0];
  if (target && target->kind == SQ_STRIP_SOURCE)
    return sq_reader_fail(r, to, SQ_BAD_ARGS, "\"output\" is the source \"%s\", it must be a bus or the master",
                          target->name);
  strip->output = target ? target->handle : 0;
  if (target)
    feed(l, strip, target);
  return true;
}

static bool sends(Links *l, SqStrip *strip, const SqJsonNode *node) {
  const SqJsonNode *all = sq_json_member(l->r->json, node, "sends"), *s = all ? sq_json_first(all) : NULL;
  for (uint32_t i = 0; i < strip->n_sends; i++, s = sq_json_next(s)) {
    const SqJsonNode *bus = sq_json_member(l->r->json, s, "bus");
    const SqStrip *target;
    if (!named(l, bus, "bus", &target))
      return false;
    if (!target || target->kind != SQ_STRIP_BUS)
      return sq_reader_fail(l->r, bus, SQ_BAD_ARGS, "sends go to buses, \"%s\" is none", target ? target->name : "");
    if (sq_strip_send_to(strip, target->handle))
      return sq_reader_fail(l->r, bus, SQ_BAD_ARGS, "\"%s\" has two sends to \"%s\"", strip->name, target->name);
    strip->sends[i].bus = target->handle;
    feed(l, strip, target);
  }
  return true;
}

static bool sidechains(Links *l, SqStrip *strip, const SqJsonNode *node) {
  SqReader *r = l->r;
  const SqJsonNode *all = sq_json_member(r->json, node, "chain"), *p = all ? sq_json_first(all) : NULL;
  for (uint32_t i = 0; i < strip->n_chain; i++, p = sq_json_next(p)) {
    const SqJsonNode *side = sq_json_member(r->json, p, "sidechain");
    const SqStrip *target;
    if (!side || sq_json_kind(side) == SQ_JSON_NULL)
      continue;
    if (!named(l, sq_json_member(r->json, side, "strip"), "strip", &target))
      return false;
    strip->chain[i]->sidechain = target ? target->handle : 0;
    if (target)
      feed(l, target, strip);
  }
  return true;
}

/// Takes away strips that nothing feeds until none is left (Kahn 1962); what stays is a loop, or fed by one.
static bool no_loops(Links *l) {
  const uint32_t n = l->r->session->n;
  uint32_t *first = sq_alloc(n + 1, sizeof *first), *to = sq_alloc(l->n_feeds, sizeof *to);
  uint32_t *fed = sq_alloc(n, sizeof *fed), *free_ones = sq_alloc(n, sizeof *free_ones), n_free = 0, done = 0;
  for (uint32_t i = 0; i < l->n_feeds; i++) {
    first[l->feeds[i].from + 1]++;
    fed[l->feeds[i].to]++;
  }
  for (uint32_t i = 0; i < n; i++)
    first[i + 1] += first[i];
  uint32_t *at = sq_alloc(n, sizeof *at);
  memcpy(at, first, n * sizeof *at);
  for (uint32_t i = 0; i < l->n_feeds; i++)
    to[at[l->feeds[i].from]++] = l->feeds[i].to;
  for (uint32_t i = 0; i < n; i++)
    if (!fed[i])
      free_ones[n_free++] = i;
  for (; done < n_free; done++)
    for (uint32_t i = first[free_ones[done]]; i < first[free_ones[done] + 1]; i++)
      if (--fed[to[i]] == 0)
        free_ones[n_free++] = to[i];
  bool good = done == n;
  for (uint32_t i = 0; i < n && !good && l->r->status == SQ_OK; i++) // the master is fed by the loop: name another
    if (fed[i] && l->r->session->strips[i]->kind != SQ_STRIP_MASTER)
      sq_reader_fail(l->r, l->r->nodes[i], SQ_BAD_ARGS, "\"%s\" feeds itself, or is fed by strips that do",
                     l->r->session->strips[i]->name);
  if (!good)
    sq_reader_fail(l->r, l->r->nodes[0], SQ_BAD_ARGS, "the master feeds itself by a sidechain");
  free(first);
  free(to);
  free(fed);
  free(free_ones);
  free(at);
  return good;
}

/// Names and places in the order of sums are the strips' own.
static bool alone(Links *l) {
  const SqSession *session = l->r->session;
  for (uint32_t i = 1; i < session->n; i++)
    if (strcmp(l->by_name[i - 1]->name, l->by_name[i]->name) == 0)
      return sq_reader_fail(l->r, l->r->nodes[l->place[l->by_name[i]->handle]], SQ_BAD_ARGS,
                            "there are two strips \"%s\"", l->by_name[i]->name);
  for (uint32_t i = 1; i < session->n; i++)
    if (session->strips[i]->sequence <= session->strips[i - 1]->sequence)
      return sq_reader_fail(l->r, l->r->nodes[i], SQ_BAD_ARGS,
                            "\"sequence\" of \"%s\" is not above the one of the strip before it",
                            session->strips[i]->name);
  return true;
}

bool sq_reader_links(SqReader *r) {
  const uint32_t n = r->session->n;
  Links l = {
      .r = r, .by_name = sq_alloc(n, sizeof(SqStrip *)), .place = sq_alloc((size_t)r->next + 1, sizeof *l.place)};
  for (uint32_t i = 0; i < n; i++) {
    l.by_name[i] = r->session->strips[i];
    l.place[r->session->strips[i]->handle] = i;
  }
  qsort(l.by_name, n, sizeof(SqStrip *), by_name);
  bool good = alone(&l);
  for (uint32_t i = 0; i < n && good; i++)
    good = output(&l, r->session->strips[i], r->nodes[i]) && sends(&l, r->session->strips[i], r->nodes[i]) &&
           sidechains(&l, r->session->strips[i], r->nodes[i]);
  good = good && no_loops(&l);
  free(l.by_name);
  free(l.place);
  free(l.feeds);
  return good;
}
