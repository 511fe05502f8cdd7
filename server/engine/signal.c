// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/signal.h"

#include <math.h>

/// Below this amplitude (-120 dB) a decibel ramp starts or ends: silence has no logarithm.
static const float db_floor = 1e-6F;

void sq_signal_fill(const SqSignal *s, float *out, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    out[i] = sq_signal_at(s, i);
}

void sq_rt_signal_init(SqRtSignal *s, float value) {
  *s = (SqRtSignal){.to = value, .from = value};
}

/// Slope per frame at `frame`, for the corner-free start of the next curve.
static float slope(const SqRtSignal *s, uint64_t frame) {
  if (sq_rt_signal_settled(s, frame) || frame < s->start)
    return 0.0F;
  if (s->curve == SQ_CURVE_SMOOTH) {
    const float t = (float)(frame - s->start) * s->inv_length;
    return (s->c1 + t * (2.0F * s->c2 + t * 3.0F * s->c3)) * s->inv_length;
  }
  if (s->curve == SQ_CURVE_LINEAR)
    return (s->to - s->from) * s->inv_length;
  return sq_rt_signal_value(s, frame + 1) - sq_rt_signal_value(s, frame);
}

void sq_rt_signal_go(SqRtSignal *s, uint64_t frame, float target, uint32_t length, SqCurve curve) {
  const float now = sq_rt_signal_value(s, frame);
  const float slope_now = slope(s, frame);
  if (length == 0 || (now == target && slope_now == 0.0F)) {
    sq_rt_signal_init(s, target);
    return;
  }
  s->from = now;
  s->to = target;
  s->start = frame;
  s->length = length;
  s->inv_length = 1.0F / (float)length;
  s->curve = curve;
  if (curve == SQ_CURVE_SMOOTH) {
    const float distance = target - now;
    s->c1 = slope_now * (float)length;
    s->c2 = 3.0F * distance - 2.0F * s->c1;
    s->c3 = s->c1 - 2.0F * distance;
  }
}

static float smooth_at(const SqRtSignal *s, uint32_t at) {
  const float t = (float)at * s->inv_length;
  return s->from + t * (s->c1 + t * (s->c2 + t * s->c3));
}

/// The exact decibel curve at `at` frames after the start.
static float db_knot(const SqRtSignal *s, uint32_t at) {
  if (at == 0)
    return s->from;
  if (at >= s->length)
    return s->to;
  const float a = fmaxf(fabsf(s->from), db_floor), b = fmaxf(fabsf(s->to), db_floor);
  return a * exp2f(log2f(b / a) * ((float)at * s->inv_length));
}

/// Knots stand on the engine's grid, so that a curve reads the same wherever a block begins.
static float db_at(const SqRtSignal *s, uint64_t frame) {
  const uint64_t cell = frame - frame % SQ_GRID;
  const uint32_t lo = cell < s->start ? 0 : (uint32_t)(cell - s->start);
  uint32_t hi = (uint32_t)(cell + SQ_GRID - s->start);
  if (hi > s->length)
    hi = s->length;
  const float a = db_knot(s, lo), b = db_knot(s, hi);
  return a + (b - a) * ((float)((uint32_t)(frame - s->start) - lo) / (float)(hi - lo));
}

float sq_rt_signal_value(const SqRtSignal *s, uint64_t frame) {
  if (sq_rt_signal_settled(s, frame))
    return s->to;
  if (frame < s->start)
    return s->from;
  const uint32_t at = (uint32_t)(frame - s->start);
  switch (s->curve) {
  case SQ_CURVE_SMOOTH:
    return smooth_at(s, at);
  case SQ_CURVE_LINEAR:
    return s->from + ((s->to - s->from) * s->inv_length) * (float)at;
  case SQ_CURVE_DB:
    return db_at(s, frame);
  }
  return s->to;
}

SqSignal sq_rt_signal_view(const SqRtSignal *s, uint64_t frame, uint32_t n, float *buffer) {
  if (sq_rt_signal_settled(s, frame))
    return (SqSignal){.shape = SQ_SIGNAL_CONSTANT, .value = s->to};
  if (s->start >= frame + n)
    return (SqSignal){.shape = SQ_SIGNAL_CONSTANT, .value = s->from};
  if (s->start > frame) { // it begins within the block
    for (uint32_t i = 0; i < n; i++)
      buffer[i] = sq_rt_signal_value(s, frame + i);
    return (SqSignal){.shape = SQ_SIGNAL_FRAMES, .frames = buffer};
  }
  const uint32_t at = (uint32_t)(frame - s->start);
  const uint32_t moving = s->length - at < n ? s->length - at : n;
  if (s->curve == SQ_CURVE_LINEAR && moving == n)
    return (SqSignal){
        .shape = SQ_SIGNAL_RAMP, .value = s->from, .step = (s->to - s->from) * s->inv_length, .offset = at};
  for (uint32_t i = 0; i < moving; i++)
    buffer[i] = s->curve == SQ_CURVE_SMOOTH ? smooth_at(s, at + i) : sq_rt_signal_value(s, frame + i);
  for (uint32_t i = moving; i < n; i++)
    buffer[i] = s->to;
  return (SqSignal){.shape = SQ_SIGNAL_FRAMES, .frames = buffer};
}
