// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Processors' twins in their chains: who is rendered, who fades in, out, or moves.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/zones.h"

void sq_link_fade_wet(SqLink *link, const SqLinkProc *proc, double wet, bool tell) {
  sq_link_post_set(link, &proc->rt->object, SQ_PROC_WET, wet, link->smoothing_frames, SQ_CURVE_SMOOTH, tell);
}

static void mark_side(SqLink *link, SqHandle strip) {
  SqLinkStrip *source = sq_link_strip(link, strip);
  if (source)
    source->dirty = true;
  link->order_dirty = link->plan_dirty = true;
}

SqLinkProc *sq_link_proc_new(SqLink *link, SqLinkStrip *strip, const SqProc *node, bool generator) {
  SqLinkProc *proc = sq_alloc(1, sizeof *proc);
  proc->handle = node->handle;
  proc->id = sq_text_copy(node->type);
  proc->strip = strip;
  proc->generator = generator;
  sq_link_name_proc(link, node->handle, proc);
  link->n_procs++;
  sq_link_proc_build(link, proc, node);
  return proc;
}

static void instance_discard(SqLink *link, SqLinkProc *proc) {
  if (proc->rt) {
    sq_link_slot_give(link, &proc->rt->object);
    sq_link_discard(link, proc->rt->signals, free);
    sq_link_discard(link, proc->rt->views, free);
    sq_link_discard(link, proc->rt->signal_index, free);
    sq_link_discard(link, (void *)proc->rt->outputs, free);
    sq_link_discard(link, proc->rt, free);
  }
  if (proc->instance)
    sq_link_discard_instance(link, proc->type, proc->instance);
}

void sq_link_proc_discard(SqLink *link, SqLinkProc *proc) {
  if (sq_link_find_proc(link, proc->handle) == proc)
    sq_link_name_proc(link, proc->handle, NULL);
  if (proc->side_of)
    mark_side(link, proc->side_of);
  sq_link_zones_gone(link, proc);
  instance_discard(link, proc);
  sq_link_discard(link, proc->aux, free);
  sq_link_discard(link, proc->dry, free);
  free(proc->error);
  free(proc->id);
  free(proc);
  link->n_procs--;
}

void sq_link_procs_gone(SqLink *link, SqLinkStrip *strip) {
  if (strip->generator)
    sq_link_proc_discard(link, strip->generator);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    sq_link_proc_discard(link, strip->chain[i]);
}

// ---- chains ---------------------------------------------------------------------------------------------------------

static const SqProc *node_of(const SqStrip *node, const SqLinkProc *proc) {
  for (uint32_t i = 0; i < node->n_chain; i++)
    if (sq_link_proc_fits(proc, node->chain[i]))
      return node->chain[i];
  return NULL;
}

/// Whether the twin is that of `node`: handles of a session that was loaded may name other things than before.
bool sq_link_proc_fits(const SqLinkProc *proc, const SqProc *node) {
  return proc->handle == node->handle && strcmp(proc->id, node->type) == 0;
}

static SqLinkProc *rendered(const SqLinkStrip *strip, SqHandle handle) {
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strip->chain[i]->handle == handle && !strip->chain[i]->ghost)
      return strip->chain[i];
  return NULL;
}

static void make_ghost(SqLink *link, SqLinkProc *proc) {
  proc->ghost = true;
  proc->faded = proc->rt == NULL;
  link->ghosts_over |= proc->faded;
  if (sq_link_find_proc(link, proc->handle) == proc)
    sq_link_name_proc(link, proc->handle, NULL);
  if (!proc->rt)
    return;
  sq_link_slot_renew(link, &proc->rt->object);
  sq_link_fade_wet(link, proc, 0.0, true);
}

/// True when the processors that stay are in another order than they sound in now.
static bool order_differs(const SqLinkStrip *strip, const SqStrip *node) {
  uint32_t at = 0;
  for (uint32_t i = 0; i < node->n_chain; i++) {
    uint32_t k = at;
    while (k < strip->n_chain && (strip->chain[k]->ghost || strip->chain[k]->handle != node->chain[i]->handle))
      k++;
    if (k == strip->n_chain) {
      if (rendered(strip, node->chain[i]->handle))
        return true; // it stands before one that it should follow
      continue;      // a new one
    }
    at = k + 1;
  }
  return false;
}

/// A processor cannot sound in two places: those of a chain whose order changes fade out where they are and in where
/// they go. Both places are in the program meanwhile, and the audio thread goes from one to the other at the exact
/// frame at which they are dry. False: the move before is not over, and this one waits.
static bool begin_moves(SqLink *link, SqLinkStrip *strip) {
  if (strip->was)
    return false;
  strip->was = sq_alloc(strip->n_chain, sizeof(SqLinkProc *));
  strip->n_was = strip->n_chain;
  bool any = false;
  for (uint32_t i = 0; i < strip->n_chain; i++) {
    SqLinkProc *proc = strip->chain[i];
    strip->was[i] = proc;
    proc->stays = proc->ghost;
    if (proc->ghost || !proc->rt)
      continue;
    any = true;
    proc->moving = true;
    proc->faded = false;
    proc->place ^= 1;
    sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_SET,
                                      .slot = proc->rt->object.slot,
                                      .generation = proc->rt->object.generation,
                                      .frame = sq_link_frame_for(link, &proc->rt->object),
                                      .index = SQ_PROC_WET,
                                      .length = link->smoothing_frames,
                                      .curve = SQ_CURVE_SMOOTH,
                                      .flags = SQ_MESSAGE_MOVE});
  }
  if (!any) {
    free(strip->was);
    strip->was = NULL;
    strip->n_was = 0;
  }
  return true;
}

/// Ends the move when every processor has arrived and what went meanwhile is gone.
void sq_link_end_moves(SqLink *link, SqLinkStrip *strip) {
  const SqStrip *node = strip->gone ? NULL : sq_doc_strip(link->doc, strip->handle);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (strip->chain[i]->moving && (strip->chain[i]->ghost || !strip->chain[i]->faded))
      return;
  for (uint32_t i = 0; i < strip->n_chain; i++) {
    SqLinkProc *proc = strip->chain[i];
    proc->moving = proc->faded = proc->stays = false;
  }
  free(strip->was);
  strip->was = NULL;
  strip->n_was = 0;
  if (node)
    sq_link_sync_strip(link, strip->handle); // its program is made anew; a move that waited begins
}

static void lay_out(SqLink *link, SqLinkStrip *strip, const SqStrip *node) {
  SqLinkProc **list = sq_alloc(strip->n_chain + node->n_chain, sizeof *list);
  uint32_t n = 0;
  for (uint32_t i = 0; i < node->n_chain; i++) {
    SqLinkProc *proc = rendered(strip, node->chain[i]->handle);
    list[n++] = proc ? proc : sq_link_proc_new(link, strip, node->chain[i], false);
  }
  for (uint32_t i = 0; i < strip->n_chain; i++) { // a ghost stays behind what it was behind: it still sounds
    if (!strip->chain[i]->ghost)
      continue;
    uint32_t at = 0;
    while (i > 0 && list[at++] != strip->chain[i - 1])
      continue;
    memmove(list + at + 1, list + at, (n - at) * sizeof *list);
    list[at] = strip->chain[i];
    n++;
  }
  free(strip->chain);
  strip->chain = list;
  strip->n_chain = n;
}

static void sync_side(SqLink *link, SqLinkStrip *strip, SqLinkProc *proc, const SqProc *node) {
  const bool post = node->sidechain_tap == SQ_TAP_POST;
  if (proc->side_of == node->sidechain && proc->side_post == post)
    return;
  if (proc->side_of)
    mark_side(link, proc->side_of);
  proc->side_of = node->sidechain;
  proc->side_post = post;
  if (node->sidechain)
    mark_side(link, node->sidechain);
  if (node->sidechain && !proc->aux)
    proc->aux = sq_link_aux_new(strip->n_channels);
}

void sq_link_sync_procs(SqLink *link, SqLinkStrip *strip, const SqStrip *node) {
  if (node->generator && !strip->generator)
    strip->generator = sq_link_proc_new(link, strip, node->generator, true);
  if (node->generator)
    sq_link_sync_zones(link, strip->generator, node->generator);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (!strip->chain[i]->ghost && !node_of(node, strip->chain[i]))
      make_ghost(link, strip->chain[i]);
  if (strip->fresh || !order_differs(strip, node) || begin_moves(link, strip))
    lay_out(link, strip, node);
  for (uint32_t i = 0; i < strip->n_chain; i++) {
    const SqProc *p = node_of(node, strip->chain[i]);
    if (p && !strip->chain[i]->ghost)
      sync_side(link, strip, strip->chain[i], p);
  }
}
