// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of the document as targets of the engine's signals.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

double sq_link_db_to_linear(double db) {
  return db <= -144.0 ? 0.0 : pow(10.0, db / 20.0);
}

double sq_link_strip_fader(const SqStrip *node) {
  return sq_link_db_to_linear(node->numbers[SQ_STRIP_GAIN_DB]);
}

typedef struct {
  uint32_t length;
  SqCurve curve;
} Way;

/// The usual smoothing, or the ramp that was asked for.
static Way way_of(const SqLink *link, const SqEdit *edit) {
  if (edit->seconds < 0.0)
    return (Way){link->smoothing_frames, SQ_CURVE_SMOOTH};
  const double frames = edit->seconds * link->config.rate;
  const uint32_t length = frames > 4.0e9 ? UINT32_MAX : (uint32_t)frames;
  return (Way){length > link->smoothing_frames ? length : link->smoothing_frames, (SqCurve)edit->curve};
}

static void post_strip(SqLink *link, const SqStrip *node, const SqEdit *edit) {
  SqLinkStrip *strip = sq_link_strip(link, node->handle);
  if (!strip)
    return;
  const Way way = way_of(link, edit);
  switch ((SqStripNumber)edit->ref.property) {
  case SQ_STRIP_GAIN_DB:
    sq_link_post_set(link, &strip->rt->object, SQ_STRIP_FADER, sq_link_strip_fader(node), way.length, way.curve, false);
    break;
  case SQ_STRIP_PAN:
  case SQ_STRIP_PAN_LAW:
    for (uint32_t i = 0; i < strip->n_edges; i++)
      if (!strip->edges[i].ghost && strip->edges[i].key == 0)
        sq_link_edge_gains(link, strip, &strip->edges[i], node);
    break;
  case SQ_STRIP_MUTE:
  case SQ_STRIP_SOLO:
  case SQ_STRIP_SOLO_SAFE:
    link->solo_dirty = true;
    break;
  case SQ_STRIP_NUMBERS:
    break;
  }
}

static void post_send(SqLink *link, const SqStrip *node, const SqEdit *edit) {
  SqLinkStrip *strip = sq_link_strip(link, node->handle);
  if (!strip)
    return;
  const SqSend *send = sq_strip_send(node, edit->ref.object);
  if (edit->ref.property == SQ_SEND_TAP) { // another edge: it crossfades
    link->stamp = 0;
    sq_link_sync_edges(link, strip, node);
    strip->dirty = link->plan_dirty = true;
    return;
  }
  for (uint32_t i = 0; i < strip->n_edges; i++) {
    SqLinkEdge *edge = &strip->edges[i];
    if (edge->ghost || edge->key != send->handle)
      continue;
    if (edit->ref.property == SQ_SEND_GAIN_DB && edit->seconds >= 0.0) {
      const Way way = way_of(link, edit);
      const double level = send->numbers[SQ_SEND_MUTE] != 0.0 ? 0.0 : sq_link_db_to_linear(edit->new_number);
      sq_link_post_set(link, &edge->rt->object, SQ_EDGE_LEVEL, level, way.length, way.curve, false);
    } else {
      sq_link_edge_gains(link, strip, edge, node);
    }
  }
}

static void post_proc(SqLink *link, const SqEdit *edit) {
  const SqLinkProc *proc = sq_link_find_proc(link, edit->ref.object);
  if (!proc || !proc->rt)
    return; // building: it will start with what the document says
  if (edit->ref.property == SQ_PROC_BYPASS) {
    sq_link_post_set(link, &proc->rt->object, SQ_PROC_WET, edit->new_number != 0.0 ? 0.0 : 1.0, link->smoothing_frames,
                     SQ_CURVE_SMOOTH, false);
    return;
  }
  const uint32_t param = edit->ref.property - SQ_PROC_PARAM;
  const uint32_t signal = proc->rt->signal_index[param];
  if (signal != UINT32_MAX) {
    const Way way = way_of(link, edit);
    sq_link_post_set(link, &proc->rt->object, signal, edit->new_number, way.length, way.curve, false);
    return;
  }
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                    .event = SQ_EVENT_PARAM,
                                    .slot = proc->rt->object.slot,
                                    .generation = proc->rt->object.generation,
                                    .frame = sq_link_frame_for(link, &proc->rt->object),
                                    .voided_by = link->stamp,
                                    .index = param,
                                    .value = edit->new_number});
}

void sq_link_post_number(SqLink *link, const SqEdit *edit) {
  const SqStrip *node;
  link->stamp = link->commit_frame ? link->voids : 0;
  switch (sq_doc_object(link->doc, edit->ref.object, &node)) {
  case SQ_OBJECT_STRIP:
    post_strip(link, node, edit);
    break;
  case SQ_OBJECT_SEND:
    post_send(link, node, edit);
    break;
  case SQ_OBJECT_PROC:
    post_proc(link, edit);
    break;
  case SQ_OBJECT_GLOBAL: // tempo and meter travel with the transport
  case SQ_OBJECT_NONE:
    break;
  }
  link->stamp = 0;
}

// ---- mute and solo --------------------------------------------------------------------------------------------------

static void mark_down(const SqDoc *doc, SqHandle at, uint8_t *heard) {
  const SqStrip *strip = sq_doc_strip(doc, at);
  if (!strip || heard[at] & 1)
    return;
  heard[at] |= 1;
  mark_down(doc, strip->output, heard);
  for (uint32_t i = 0; i < strip->n_sends; i++)
    mark_down(doc, strip->sends[i].bus, heard);
}

/// Solo in place: heard is what is soloed, what it flows through, what feeds it, and what is safe.
static void find_heard(const SqDoc *doc, uint8_t *heard) {
  const uint32_t n = sq_doc_count(doc);
  for (uint32_t i = 0; i < n; i++)
    if (sq_doc_at(doc, i)->numbers[SQ_STRIP_SOLO] != 0.0)
      mark_down(doc, sq_doc_at(doc, i)->handle, heard);
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *strip = sq_doc_at(doc, i);
    bool yes = strip->kind == SQ_STRIP_MASTER || strip->numbers[SQ_STRIP_SOLO_SAFE] != 0.0;
    for (uint32_t k = 0; k < n && !yes; k++)
      yes = sq_doc_at(doc, k)->numbers[SQ_STRIP_SOLO] != 0.0 &&
            sq_doc_feeds(doc, strip->handle, sq_doc_at(doc, k)->handle);
    if (yes)
      heard[strip->handle] |= 2;
  }
}

void sq_link_solo(SqLink *link) {
  const SqDoc *doc = link->doc;
  const uint32_t n = sq_doc_count(doc);
  bool any = false;
  for (uint32_t i = 0; i < n && !any; i++)
    any = sq_doc_at(doc, i)->numbers[SQ_STRIP_SOLO] != 0.0;
  uint8_t *heard = any ? sq_alloc(sq_sparse_end(&link->by_handle), 1) : NULL;
  if (any)
    find_heard(doc, heard);
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *node = sq_doc_at(doc, i);
    SqLinkStrip *strip = sq_link_strip(link, node->handle);
    if (!strip)
      continue;
    const bool audible = node->numbers[SQ_STRIP_MUTE] == 0.0 && (!any || heard[node->handle]);
    if (audible == strip->audible)
      continue;
    strip->audible = audible;
    sq_link_post_set(link, &strip->rt->object, SQ_STRIP_AUDIBLE, audible ? 1.0 : 0.0,
                     strip->fresh ? 0 : link->smoothing_frames, SQ_CURVE_SMOOTH, false);
  }
  free(heard);
  link->solo_dirty = false;
}
