// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/edge.h"

#include <math.h>

#include "engine/coast.h"

static void times(float *a, const SqSignal *b, uint32_t n) {
  if (b->shape == SQ_SIGNAL_FRAMES)
    for (uint32_t i = 0; i < n; i++)
      a[i] *= b->frames[i];
  else
    for (uint32_t i = 0; i < n; i++)
      a[i] *= sq_signal_at(b, i);
}

static uint64_t rests_at(const SqRtSignal *s) {
  return s->length ? s->start + s->length : 0;
}

/// The strip's own curve of this piece (fader x mute): computed once, in scratch.curve[0].
void sq_rt_strip_move(SqRtEngine *engine, SqRtStrip *strip, uint32_t n) {
  const SqRtEvent *sets = sq_rt_sets_of(engine, &strip->object);
  float *curve = engine->scratch.curve[0];
  const SqSignal fader = sq_rt_signal_piece(engine, &strip->fader, sets, SQ_STRIP_FADER, n, engine->scratch.curve[1]);
  sq_signal_fill(&fader, curve, n);
  const SqSignal audible =
      sq_rt_signal_piece(engine, &strip->audible, sets, SQ_STRIP_AUDIBLE, n, engine->scratch.curve[1]);
  times(curve, &audible, n);
  const uint64_t a = rests_at(&strip->fader), b = rests_at(&strip->audible);
  strip->moving_until = a > b ? a : b;
  strip->object.revision++;
}

static float strip_gain(const SqRtStrip *strip) {
  return strip->fader.to * strip->audible.to;
}

static SqMeterBank *bank_of(const SqRtEngine *engine, const SqRtStrip *strip) {
  return &strip->meter->banks[engine->epoch & 1];
}

static void peak_to(SqDspLevel *level, float peak, float squares) {
  level->peak = peak > level->peak ? peak : level->peak;
  level->squares += squares;
}

/// Books what was seen before the fader, and from it what is heard after it.
static void book(SqMeterBank *bank, uint32_t channel, const SqDspLevel *seen, float gain) {
  peak_to(&bank->pre[channel], seen->peak, seen->squares);
  peak_to(&bank->post[channel], seen->peak * fabsf(gain), seen->squares * (gain * gain));
}

/// While the fader moves, what is heard after it is measured, not derived.
static void book_moving(SqRtEngine *engine, SqRtStrip *strip, uint32_t channel, const float *x, uint32_t n) {
  SqMeterBank *bank = bank_of(engine, strip);
  float *post = engine->scratch.curve[3];
  engine->dsp->measure(x, n, &bank->pre[channel]);
  engine->dsp->mix_frames(post, x, engine->scratch.curve[0], n, false);
  engine->dsp->measure(post, n, &bank->post[channel]);
}

static void count_frames(SqRtEngine *engine, SqRtStrip *strip, uint32_t n) {
  bank_of(engine, strip)->frames += n;
}

static bool claim(SqRtEngine *engine, SqRtSum *sum, uint32_t channel) {
  const bool add = sum->written[channel] == engine->piece;
  sum->written[channel] = engine->piece;
  return add;
}

static bool is_straight(const SqRtEdge *edge, uint32_t i) {
  const SqRtLane *lane = &edge->lanes[i];
  return lane->from == i && lane->to == i && lane->measures;
}

/// The products of all gains, after something has changed and come to rest.
static void still_gains(SqRtEdge *edge, uint64_t now) {
  const float fader = strip_gain(edge->strip), g = edge->level.to * (edge->pre ? 1.0F : fader);
  for (uint32_t i = 0; i < edge->n_lanes; i++)
    edge->lanes[i].still = g * edge->lanes[i].gain.to;
  edge->paired = edge->strip->coast && edge->n_lanes == 2 && is_straight(edge, 0) && is_straight(edge, 1) &&
                 (edge->lanes[0].still != 0.0F || edge->lanes[1].still != 0.0F);
  for (uint32_t i = 0; i < 2 && edge->paired; i++)
    edge->pair[i] = edge->lanes[i].still;
  edge->cached = now;
}

static void run_still(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures) {
  const uint64_t now = sq_rt_edge_revisions(edge);
  if (edge->cached != now)
    still_gains(edge, now);
  const SqDspKernels *dsp = engine->dsp;
  for (uint32_t i = 0; i < edge->n_lanes; i++) {
    const SqRtLane *lane = &edge->lanes[i];
    const float *from = x[lane->from];
    const bool heard = lane->still != 0.0F, add = heard && claim(engine, edge->sum, lane->to);
    float *to = edge->sum->x[lane->to];
    if (measures && lane->measures) {
      SqDspLevel seen = {0};
      if (heard)
        dsp->mix_measure(to, from, lane->still, n, add, &seen);
      else
        dsp->measure(from, n, &seen);
      book(bank_of(engine, edge->strip), lane->from, &seen, strip_gain(edge->strip));
    } else if (heard) {
      dsp->mix(to, from, lane->still, n, add);
    }
  }
}

static void run_moving(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures) {
  SqRtStrip *strip = edge->strip;
  const SqRtEvent *sets = sq_rt_sets_of(engine, &edge->object);
  const bool moved = sq_rt_strip_moves(engine, strip);
  float *common = engine->scratch.curve[1], *own = engine->scratch.curve[2];
  const SqSignal level = sq_rt_signal_piece(engine, &edge->level, sets, SQ_EDGE_LEVEL, n, own);
  sq_signal_fill(&level, common, n);
  if (!edge->pre) {
    if (moved)
      for (uint32_t i = 0; i < n; i++)
        common[i] *= engine->scratch.curve[0][i];
    else
      for (uint32_t i = 0; i < n; i++)
        common[i] *= strip_gain(strip);
  }
  edge->moving_until = rests_at(&edge->level);
  for (uint32_t i = 0; i < edge->n_lanes; i++) {
    SqRtLane *lane = &edge->lanes[i];
    const SqSignal view = sq_rt_signal_piece(engine, &lane->gain, sets, SQ_EDGE_LANE + i, n, own);
    if (view.shape == SQ_SIGNAL_CONSTANT)
      for (uint32_t k = 0; k < n; k++)
        own[k] = common[k] * view.value;
    else
      for (uint32_t k = 0; k < n; k++)
        own[k] = common[k] * sq_signal_at(&view, k);
    const uint64_t rest = rests_at(&lane->gain);
    edge->moving_until = rest > edge->moving_until ? rest : edge->moving_until;
    const bool add = claim(engine, edge->sum, lane->to);
    engine->dsp->mix_frames(edge->sum->x[lane->to], x[lane->from], own, n, add);
    if (measures && lane->measures) {
      if (moved) {
        book_moving(engine, strip, lane->from, x[lane->from], n);
      } else {
        SqDspLevel seen = {0};
        engine->dsp->measure(x[lane->from], n, &seen);
        book(bank_of(engine, strip), lane->from, &seen, strip_gain(strip));
      }
    }
  }
  edge->object.revision++;
}

static inline bool edge_moves(const SqRtEngine *engine, const SqRtEdge *edge) {
  return engine->frame < edge->moving_until || sq_rt_sets_of(engine, &edge->object) ||
         (!edge->pre && sq_rt_strip_moves(engine, edge->strip));
}

/// A stereo signal whose gains all rest, into a sum that both or none of whose sides have been written: in one pass.
static inline bool run_pair(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n) {
  uint64_t *written = edge->sum->written;
  const bool add = written[0] == engine->piece;
  if (!edge->paired || edge->cached != sq_rt_edge_revisions(edge) || add != (written[1] == engine->piece))
    return false;
  SqMeterSquares *squares = sq_rt_coast_squares(engine, edge->strip);
  written[0] = written[1] = engine->piece;
  squares->frames += n;
  (add ? engine->dsp->add_pair : engine->dsp->mix_pair)(edge->sum->x, x[0], x[1], edge->pair, n, &squares->seen);
  return true;
}

__attribute__((noinline)) static void run_any(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n,
                                              bool measures, bool silent) {
  if (edge_moves(engine, edge))
    run_moving(engine, edge, x, n, measures);
  else if (!silent)
    run_still(engine, edge, x, n, measures);
  if (measures)
    count_frames(engine, edge->strip, n);
}

void sq_rt_edge_run(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures, bool silent) {
  if (silent || !measures || edge_moves(engine, edge) || !run_pair(engine, edge, x, n))
    run_any(engine, edge, x, n, measures, silent);
}

void sq_rt_strip_measure(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n) {
  for (uint32_t c = 0; c < strip->n_channels; c++) {
    if (sq_rt_strip_moves(engine, strip)) {
      book_moving(engine, strip, c, x[c], n);
      continue;
    }
    SqDspLevel seen = {0};
    engine->dsp->measure(x[c], n, &seen);
    book(bank_of(engine, strip), c, &seen, strip_gain(strip));
  }
  count_frames(engine, strip, n);
}

const float *const *sq_rt_strip_post(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n) {
  const bool moved = sq_rt_strip_moves(engine, strip);
  const float g = strip_gain(strip);
  if (!moved && g == 1.0F)
    return x;
  for (uint32_t c = 0; c < strip->n_channels; c++) {
    if (moved)
      engine->dsp->mix_frames(engine->scratch.aside[c], x[c], engine->scratch.curve[0], n, false);
    else
      engine->dsp->mix(engine->scratch.aside[c], x[c], g, n, false);
  }
  return (const float *const *)engine->scratch.aside;
}
