// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The runtime twin of each strip: made, brought up to date, let fade, freed.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

SqLinkStrip *sq_link_strip(const SqLink *link, SqHandle handle) {
  SqLinkStrip *const *strip = handle > 0 ? sq_sparse_get(&link->by_handle, (uint32_t)handle) : NULL;
  return strip ? *strip : NULL;
}

SqLinkProc *sq_link_find_proc(const SqLink *link, SqHandle handle) {
  SqLinkProc *const *proc = handle > 0 ? sq_sparse_get(&link->procs_by_handle, (uint32_t)handle) : NULL;
  return proc ? *proc : NULL;
}

void sq_link_name_strip(SqLink *link, SqHandle handle, SqLinkStrip *strip) {
  sq_sparse_put(&link->by_handle, (uint32_t)handle, &strip);
}

void sq_link_name_proc(SqLink *link, SqHandle handle, SqLinkProc *proc) {
  sq_sparse_put(&link->procs_by_handle, (uint32_t)handle, &proc);
}

static uint32_t place(const SqLink *link, uint32_t sequence) {
  uint32_t lo = 0, hi = link->n_strips;
  while (lo < hi) {
    const uint32_t mid = (lo + hi) / 2;
    if (link->strips[mid]->sequence < sequence)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

static SqLinkStrip *strip_new(SqLink *link, const SqStrip *node) {
  SqLinkStrip *strip = sq_alloc(1, sizeof *strip);
  strip->handle = node->handle;
  strip->kind = node->kind;
  strip->sequence = node->sequence;
  strip->n_channels = node->n_channels;
  strip->fresh = true;
  strip->audible = true;
  SqRtStrip *rt = sq_alloc_audio(1, sizeof *rt);
  if (!rt)
    abort();
  rt->object.kind = SQ_RT_STRIP;
  rt->n_channels = node->n_channels;
  rt->meter = sq_link_meter_new(node->n_channels);
  if (node->n_channels == 2)
    sq_link_coast_take(link, rt);
  sq_rt_signal_init(&rt->fader, (float)sq_link_strip_fader(node));
  sq_rt_signal_init(&rt->audible, 1.0F);
  strip->rt = rt;
  sq_link_slot_take(link, &rt->object);
  link->strip_of_slot[rt->object.slot] = strip;
  if (link->n_strips == link->cap_strips) {
    link->cap_strips = link->cap_strips ? 2 * link->cap_strips : 64;
    link->strips = sq_realloc(link->strips, link->cap_strips, sizeof(SqLinkStrip *));
  }
  const uint32_t at = place(link, strip->sequence);
  memmove(link->strips + at + 1, link->strips + at, (link->n_strips - at) * sizeof(SqLinkStrip *));
  link->strips[at] = strip;
  link->n_strips++;
  sq_link_name_strip(link, node->handle, strip);
  link->order_dirty = true;
  return strip;
}

/// Everything of a strip that nothing hears any more goes with the plan that still names it.
static void strip_discard(SqLink *link, SqLinkStrip *strip) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    sq_link_edge_discard(link, &strip->edges[i]);
  sq_link_procs_gone(link, strip);
  for (uint32_t i = 0; i < strip->n_sums; i++)
    sq_link_discard(link, strip->sums[i].rt, free);
  sq_link_slot_give(link, &strip->rt->object);
  sq_link_coast_give(link, strip->rt);
  sq_link_discard(link, strip->rt->meter, free);
  sq_link_discard(link, strip->rt, free);
  sq_link_discard(link, strip->program, free);
  free(strip->edges);
  free(strip->chain);
  free(strip->was);
  free(strip->sums);
  free(strip->taps);
  if (sq_link_strip(link, strip->handle) == strip)
    sq_link_name_strip(link, strip->handle, NULL);
  free(strip);
  link->order_dirty = true;
}

static void go(SqLink *link, SqLinkStrip *strip) {
  strip->gone = true;
  link->ghosts_over = true; // at least when it has no edge to fade
  sq_link_fade_edges(link, strip);
}

/// Whether the twin can go on as `node`: what it was made for is the same.
static bool fits(const SqLinkStrip *strip, const SqStrip *node) {
  const SqLinkProc *generator = strip->generator;
  if (strip->n_channels != node->n_channels || strip->kind != node->kind || !generator != !node->generator)
    return false;
  return !generator || sq_link_proc_fits(generator, node->generator);
}

void sq_link_sync_strip(SqLink *link, SqHandle handle) {
  const SqStrip *node = sq_doc_strip(link->doc, handle);
  SqLinkStrip *strip = sq_link_strip(link, handle);
  if (!node) {
    if (strip && !strip->gone) {
      go(link, strip);
      link->plan_dirty = true;
      link->solo_dirty = true;
    }
    return;
  }
  if (strip && (strip->gone || !fits(strip, node))) {
    // the same handle came back (undo) while its ghost fades, or it is another thing now: a new twin is made
    if (!strip->gone)
      go(link, strip);
    sq_link_name_strip(link, handle, NULL);
    link->edges_dirty = true;
    strip = NULL;
  }
  if (!strip)
    strip = strip_new(link, node);
  if (strip->sequence != node->sequence) {
    strip->sequence = node->sequence;
    link->order_dirty = true;
  }
  link->solo_dirty = true;
  sq_link_sync_procs(link, strip, node);
  strip->dirty = true;
  link->plan_dirty = true;
}

static bool feeds(const SqLinkStrip *strip, const SqLinkStrip *bus) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    if (strip->edges[i].dest == bus)
      return true;
  return false;
}

/// Nothing of it is heard, and nothing adds into it.
static bool is_over(const SqLink *link, const SqLinkStrip *strip) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    if (!strip->edges[i].faded)
      return false;
  for (uint32_t i = 0; i < link->n_strips && strip->n_sums; i++)
    if (link->strips[i] != strip && feeds(link->strips[i], strip))
      return false;
  return true;
}

static void drop_edges(SqLink *link, SqLinkStrip *strip) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < strip->n_edges; i++) {
    SqLinkEdge *edge = &strip->edges[i];
    if (edge->ghost && edge->faded && !strip->gone) {
      link->ghosts_over |= edge->dest && edge->dest->gone; // it may have been the last that fed it
      sq_link_edge_discard(link, edge);
      link->edges_dirty |= link->edges_wait;
      strip->dirty = link->order_dirty = link->plan_dirty = true;
    } else {
      strip->edges[kept++] = *edge;
    }
  }
  strip->n_edges = kept;
}

static void forget_was(SqLinkStrip *strip, const SqLinkProc *proc) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < strip->n_was; i++)
    if (strip->was[i] != proc)
      strip->was[kept++] = strip->was[i];
  strip->n_was = kept;
}

static void drop_procs(SqLink *link, SqLinkStrip *strip) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < strip->n_chain; i++) {
    SqLinkProc *proc = strip->chain[i];
    if (proc->ghost && proc->faded) {
      forget_was(strip, proc);
      sq_link_proc_discard(link, proc);
      strip->dirty = link->plan_dirty = true;
    } else {
      strip->chain[kept++] = proc;
    }
  }
  const bool fewer = kept < strip->n_chain;
  strip->n_chain = kept;
  if (fewer && strip->was)
    sq_link_end_moves(link, strip);
}

void sq_link_drop_all(SqLink *link) {
  for (uint32_t i = 0; i < link->n_strips; i++)
    strip_discard(link, link->strips[i]);
  link->n_strips = 0;
}

void sq_link_drop_ghosts(SqLink *link) {
  link->ghosts_over = false;
  for (uint32_t i = 0; i < link->n_strips; i++) {
    SqLinkStrip *strip = link->strips[i];
    drop_edges(link, strip);
    drop_procs(link, strip);
    if (strip->gone && is_over(link, strip)) {
      memmove(link->strips + i, link->strips + i + 1, (link->n_strips - i - 1) * sizeof(SqLinkStrip *));
      link->n_strips--;
      i--;
      strip_discard(link, strip);
      link->plan_dirty = link->ghosts_over = true; // what fed it or was fed by it may go next
    }
  }
}
