// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Fader, mute, pan, send and meter: a strip's signal on its way into a sum; audio thread.
#ifndef SQ_ENGINE_EDGE_H
#define SQ_ENGINE_EDGE_H

#include "engine/engine.h"

/// True while the strip's own gain (fader x mute) moves in the present piece; scratch.curve[0] then holds it.
static inline bool sq_rt_strip_moves(const SqRtEngine *engine, const SqRtStrip *strip) {
  return engine->frame < strip->moving_until || sq_rt_sets_of(engine, &strip->object);
}

/// What the products of an edge's gains were computed for.
static inline uint64_t sq_rt_edge_revisions(const SqRtEdge *edge) {
  return (uint64_t)edge->strip->object.revision << 32 | edge->object.revision;
}

/// Takes the present piece's new targets of the strip's fader and mute; once per program, before its edges, when it
/// moves.
void sq_rt_strip_move(SqRtEngine *engine, SqRtStrip *strip, uint32_t n);

/// Adds x[n_channels][n] into the edge's sum with all gains. `measures`: feeds the strip's meter. `silent`: x is zero.
void sq_rt_edge_run(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures, bool silent);

/// Measures x[n_channels][n] into the strip's meter without sending it anywhere.
void sq_rt_strip_measure(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n);

/// The strip's signal after fader and mute, in scratch.aside (or x itself at unity).
const float *const *sq_rt_strip_post(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n);

#endif
