// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/edge.h"

#include <string.h>

/// The strip's own curve of this piece (fader x mute), when it moves: computed once, in scratch.curve[0].
static bool strip_moves(const SqRtEngine *engine, const SqRtStrip *strip) {
  return engine->frame < strip->moving_until || sq_rt_sets_of(engine, &strip->object);
}

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

void sq_rt_strip_begin(SqRtEngine *engine, SqRtStrip *strip, uint32_t n) {
  if (!strip_moves(engine, strip))
    return;
  const SqRtEvent *sets = sq_rt_sets_of(engine, &strip->object);
  float *curve = engine->scratch.curve[0];
  const SqSignal fader = sq_rt_signal_piece(engine, &strip->fader, sets, SQ_STRIP_FADER, n, engine->scratch.curve[1]);
  sq_signal_fill(&fader, curve, n);
  const SqSignal audible =
      sq_rt_signal_piece(engine, &strip->audible, sets, SQ_STRIP_AUDIBLE, n, engine->scratch.curve[1]);
  times(curve, &audible, n);
  const uint64_t a = rests_at(&strip->fader), b = rests_at(&strip->audible);
  strip->moving_until = a > b ? a : b;
  strip->revision++;
}

/// Whether scratch.curve[0] holds the strip's gain of this piece (else it is constant).
static bool strip_moved(const SqRtEngine *engine, const SqRtStrip *strip) {
  // strip_begin() ran first and left `moving_until` behind the piece's start only when nothing moved in it
  return engine->frame < strip->moving_until || sq_rt_sets_of(engine, &strip->object);
}

static float strip_gain(const SqRtStrip *strip) {
  return strip->fader.to * strip->audible.to;
}

static void peak_to(SqDspLevel *level, float peak, float squares) {
  level->peak = peak > level->peak ? peak : level->peak;
  level->squares += squares;
}

/// Books what was seen before the fader, and from it what is heard after it.
static void book(SqRtEngine *engine, SqRtStrip *strip, uint32_t channel, const SqDspLevel *seen, float gain) {
  SqMeterBank *bank = &strip->meter->banks[engine->epoch & 1];
  const float g = gain < 0.0F ? -gain : gain;
  peak_to(&bank->pre[channel], seen->peak, seen->squares);
  peak_to(&bank->post[channel], seen->peak * g, seen->squares * g * g);
}

/// While the fader moves, what is heard after it is measured, not derived.
static void book_moving(SqRtEngine *engine, SqRtStrip *strip, uint32_t channel, const float *x, uint32_t n) {
  SqMeterBank *bank = &strip->meter->banks[engine->epoch & 1];
  float *post = engine->scratch.curve[3];
  engine->dsp->measure(x, n, &bank->pre[channel]);
  engine->dsp->mix_frames(post, x, engine->scratch.curve[0], n, false);
  engine->dsp->measure(post, n, &bank->post[channel]);
}

static void count_frames(SqRtEngine *engine, SqRtStrip *strip, uint32_t n) {
  strip->meter->banks[engine->epoch & 1].frames += n;
}

static bool claim(SqRtEngine *engine, SqRtSum *sum, uint32_t channel) {
  const bool add = sum->written[channel] == engine->piece;
  sum->written[channel] = engine->piece;
  return add;
}

static void run_still(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures) {
  SqRtStrip *strip = edge->strip;
  const uint64_t revisions = (uint64_t)strip->revision << 32 | edge->revision;
  if (edge->cached != revisions) {
    const float g = edge->level.to * (edge->pre ? 1.0F : strip_gain(strip));
    for (uint32_t i = 0; i < edge->n_lanes; i++)
      edge->lanes[i].still = g * edge->lanes[i].gain.to;
    edge->cached = revisions;
  }
  const SqDspKernels *dsp = engine->dsp;
  for (uint32_t i = 0; i < edge->n_lanes; i++) {
    SqRtLane *lane = &edge->lanes[i];
    const float *from = x[lane->from];
    const bool measure = measures && lane->measures;
    SqDspLevel seen = {0};
    if (lane->still == 0.0F) { // nothing of it is heard there
      if (measure)
        dsp->measure(from, n, &seen);
    } else {
      const bool add = claim(engine, edge->sum, lane->to);
      float *to = edge->sum->x[lane->to];
      if (measure)
        dsp->mix_measure(to, from, lane->still, n, add, &seen);
      else
        dsp->mix(to, from, lane->still, n, add);
    }
    if (measure)
      book(engine, strip, lane->from, &seen, strip_gain(strip));
  }
}

static void run_moving(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures) {
  SqRtStrip *strip = edge->strip;
  const SqRtEvent *sets = sq_rt_sets_of(engine, &edge->object);
  const bool moved = strip_moved(engine, strip);
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
        book(engine, strip, lane->from, &seen, strip_gain(strip));
      }
    }
  }
  edge->revision++;
}

void sq_rt_edge_run(SqRtEngine *engine, SqRtEdge *edge, const float *const *x, uint32_t n, bool measures, bool silent) {
  const bool moving = engine->frame < edge->moving_until || sq_rt_sets_of(engine, &edge->object) ||
                      (!edge->pre && strip_moved(engine, edge->strip));
  if (moving)
    run_moving(engine, edge, x, n, measures);
  else if (!silent)
    run_still(engine, edge, x, n, measures);
  if (measures)
    count_frames(engine, edge->strip, n);
}

void sq_rt_strip_measure(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n) {
  for (uint32_t c = 0; c < strip->n_channels; c++) {
    if (strip_moved(engine, strip)) {
      book_moving(engine, strip, c, x[c], n);
      continue;
    }
    SqDspLevel seen = {0};
    engine->dsp->measure(x[c], n, &seen);
    book(engine, strip, c, &seen, strip_gain(strip));
  }
  count_frames(engine, strip, n);
}

const float *const *sq_rt_strip_post(SqRtEngine *engine, SqRtStrip *strip, const float *const *x, uint32_t n) {
  const bool moved = strip_moved(engine, strip);
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
