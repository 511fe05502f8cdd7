// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Outputs and sends: which sum a strip adds into, with which channel matrix.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

// ---- the matrix -----------------------------------------------------------------------------------------------------

/// Cells of a matrix from n to m channels: one channel goes everywhere, equal widths go straight, a wider strip is
/// folded (channel i into i mod m, averaged), a narrower one fills the first m.
static uint32_t lane_count(uint32_t n, uint32_t m) {
  return n == 1 ? m : n;
}

static void lane_ends(uint32_t n, uint32_t m, uint32_t i, SqRtLane *lane) {
  lane->from = (uint16_t)(n == 1 ? 0 : i);
  lane->to = (uint16_t)(n == 1 ? i : i % m);
  lane->measures = n > 1 || i == 0;
}

/// Channels of n that are folded into the one of m that channel i goes to. They are averaged: what is equal in all of
/// them keeps its level, and the fold is never louder than the loudest.
static uint32_t folded(uint32_t n, uint32_t m, uint32_t i) {
  return n > m ? (n - i % m + m - 1) / m : 1;
}

/// Pan into a stereo sum. Balance turns the far side down and leaves the centre alone; equal power keeps the sum of
/// squares (the sine/cosine law, -3 dB at the centre). More than two channels are not panned.
static double lane_gain(uint32_t n, uint32_t m, uint32_t i, double pan, SqPanLaw law) {
  if (m != 2 || n > 2)
    return 1.0 / folded(n, m, i);
  const bool right = i % 2 == 1;
  if (law == SQ_PAN_EQUAL_POWER) {
    const double angle = (pan + 1.0) * M_PI / 4.0;
    return right ? sin(angle) : cos(angle);
  }
  const double far = right ? 1.0 + pan : 1.0 - pan;
  return far < 1.0 ? far : 1.0;
}

typedef struct {
  double pan, level;
  SqPanLaw law;
} Gains;

static Gains gains_of(const SqLinkEdge *edge, const SqStrip *node) {
  Gains g = {node->numbers[SQ_STRIP_PAN], 1.0, (SqPanLaw)node->numbers[SQ_STRIP_PAN_LAW]};
  if (edge->key == 0)
    return g;
  const SqSend *send = sq_strip_send(node, edge->key);
  g.pan = send->numbers[SQ_SEND_PAN];
  g.level = send->numbers[SQ_SEND_MUTE] != 0.0 ? 0.0 : sq_link_db_to_linear(send->numbers[SQ_SEND_GAIN_DB]);
  return g;
}

void sq_link_edge_gains(SqLink *link, SqLinkStrip *strip, SqLinkEdge *edge, const SqStrip *node) {
  const Gains g = gains_of(edge, node);
  const uint32_t length = link->smoothing_frames;
  sq_link_post_set(link, &edge->rt->object, SQ_EDGE_LEVEL, g.level, length, SQ_CURVE_SMOOTH, false);
  const uint32_t m = edge->rt->sum->n_channels;
  for (uint32_t i = 0; i < edge->rt->n_lanes; i++)
    sq_link_post_set(link, &edge->rt->object, SQ_EDGE_LANE + i, lane_gain(strip->n_channels, m, i, g.pan, g.law),
                     length, SQ_CURVE_SMOOTH, false);
}

// ---- sums -----------------------------------------------------------------------------------------------------------

/// The partial sum that a strip of this place in the order adds into.
static SqRtSum *sum_for(SqLink *link, SqLinkStrip *bus, uint32_t sequence) {
  const uint32_t group = sequence / SQ_GROUP;
  uint32_t at = 0;
  while (at < bus->n_sums && bus->sums[at].group < group)
    at++;
  if (at < bus->n_sums && bus->sums[at].group == group)
    return bus->sums[at].rt;
  bus->sums = sq_realloc(bus->sums, bus->n_sums + 1, sizeof *bus->sums);
  memmove(bus->sums + at + 1, bus->sums + at, (bus->n_sums - at) * sizeof *bus->sums);
  bus->sums[at] = (SqLinkSum){group, sq_link_sum_new(bus->n_channels)};
  bus->n_sums++;
  bus->dirty = true;
  return bus->sums[at].rt;
}

// ---- edges ----------------------------------------------------------------------------------------------------------

static SqLinkEdge *find_edge(SqLinkStrip *strip, SqHandle key, SqHandle to) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    if (!strip->edges[i].ghost && strip->edges[i].key == key && strip->edges[i].to == to)
      return &strip->edges[i];
  return NULL;
}

static void fade(SqLink *link, SqLinkEdge *edge) {
  if (edge->ghost)
    return;
  edge->ghost = true;
  link->n_ghosts++;
  sq_link_slot_renew(link, &edge->rt->object);
  sq_link_post_set(link, &edge->rt->object, SQ_EDGE_LEVEL, 0.0, link->smoothing_frames, SQ_CURVE_SMOOTH, true);
}

static bool is_pre(const SqLinkEdge *edge, const SqStrip *node) {
  if (edge->key == 0)
    return false;
  const SqSend *send = sq_strip_send(node, edge->key);
  return send && (int)send->numbers[SQ_SEND_TAP] == SQ_TAP_PRE;
}

static SqLinkEdge *edge_new(SqLink *link, SqLinkStrip *strip, SqHandle key, SqHandle to, const SqStrip *node) {
  SqLinkStrip *bus = to ? sq_link_strip(link, to) : NULL;
  SqRtSum *sum = bus ? sum_for(link, bus, strip->sequence) : link->hardware;
  const uint32_t n = strip->n_channels, m = sum->n_channels, lanes = lane_count(n, m);
  SqRtEdge *rt = sq_alloc_audio(1, sizeof *rt + lanes * sizeof rt->lanes[0]);
  if (!rt)
    abort();
  strip->edges = sq_realloc(strip->edges, strip->n_edges + 1, sizeof *strip->edges);
  SqLinkEdge *edge = &strip->edges[strip->n_edges++];
  *edge = (SqLinkEdge){.key = key, .to = to, .dest = bus, .rt = rt, .delay = sq_link_delay_new(n, 0)};
  const Gains g = gains_of(edge, node);
  rt->object.kind = SQ_RT_EDGE;
  rt->object.coast = strip->rt->coast;
  rt->strip = strip->rt;
  rt->sum = sum;
  rt->pre = is_pre(edge, node);
  rt->cached = UINT64_MAX;
  rt->n_lanes = lanes;
  for (uint32_t i = 0; i < lanes; i++) {
    lane_ends(n, m, i, &rt->lanes[i]);
    sq_rt_signal_init(&rt->lanes[i].gain, (float)lane_gain(n, m, i, g.pan, g.law));
  }
  sq_rt_signal_init(&rt->level, strip->fresh && !link->crossfade ? (float)g.level : 0.0F);
  sq_link_slot_take(link, &rt->object);
  link->strip_of_slot[rt->object.slot] = strip;
  if (!strip->fresh || link->crossfade) // it joins a sound that plays
    sq_link_post_set(link, &rt->object, SQ_EDGE_LEVEL, g.level, link->smoothing_frames, SQ_CURVE_SMOOTH, false);
  link->n_edges++;
  link->order_dirty = true;
  return edge;
}

void sq_link_edge_discard(SqLink *link, SqLinkEdge *edge) {
  link->n_ghosts -= edge->ghost;
  sq_link_slot_give(link, &edge->rt->object);
  sq_link_discard(link, edge->rt, free);
  sq_link_discard(link, edge->delay, free);
  link->n_edges--;
}

static bool wanted(const SqLink *link, const SqLinkEdge *edge, const SqStrip *node) {
  if (edge->to && edge->dest != sq_link_strip(link, edge->to))
    return false; // a twin that was replaced
  if (edge->key == 0)
    return edge->to == (node->kind == SQ_STRIP_MASTER ? 0 : node->output);
  const SqSend *send = sq_strip_send(node, edge->key);
  return send && send->bus == edge->to && is_pre(edge, node) == edge->rt->pre;
}

/// Whether `from` feeds `to` as things sound now, with what still fades.
static bool flows(SqLinkStrip *from, const SqLinkStrip *to, uint32_t mark) {
  if (from == to)
    return true;
  if (from->visit == mark)
    return false;
  from->visit = mark;
  for (uint32_t i = 0; i < from->n_edges; i++)
    if (from->edges[i].dest && flows(from->edges[i].dest, to, mark))
      return true;
  return false;
}

/// The document has no loops, but a new edge and one that still fades can be one together: then the new one waits.
static bool closes_loop(SqLink *link, const SqLinkStrip *strip, SqHandle to) {
  if (!link->n_ghosts || !to)
    return false;
  return flows(sq_link_strip(link, to), strip, ++link->mark);
}

static void want(SqLink *link, SqLinkStrip *strip, SqHandle key, SqHandle to, const SqStrip *node) {
  if (find_edge(strip, key, to) || (to && !sq_link_strip(link, to)))
    return;
  if (closes_loop(link, strip, to)) {
    link->edges_wait = true;
    return;
  }
  edge_new(link, strip, key, to, node);
  strip->dirty = link->plan_dirty = true;
}

void sq_link_sync_edges(SqLink *link, SqLinkStrip *strip, const SqStrip *node) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    if (!strip->edges[i].ghost && !wanted(link, &strip->edges[i], node))
      fade(link, &strip->edges[i]);
  if (node->kind == SQ_STRIP_MASTER)
    want(link, strip, 0, 0, node);
  else if (node->output)
    want(link, strip, 0, node->output, node);
  for (uint32_t i = 0; i < node->n_sends; i++)
    want(link, strip, node->sends[i].handle, node->sends[i].bus, node);
}

void sq_link_sync_all_edges(SqLink *link) {
  link->edges_dirty = link->edges_wait = false;
  for (uint32_t i = 0; i < sq_doc_count(link->doc); i++) {
    const SqStrip *node = sq_doc_at(link->doc, i);
    sq_link_sync_edges(link, sq_link_strip(link, node->handle), node);
  }
}

void sq_link_fade_edges(SqLink *link, SqLinkStrip *strip) {
  for (uint32_t i = 0; i < strip->n_edges; i++)
    fade(link, &strip->edges[i]);
}
