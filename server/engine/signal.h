// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A value as a function of the engine frame: how gains and parameters move without a click; audio thread.
///
/// Every curve is a closed form of (frame - start), so a block boundary leaves no trace in the bits.
#ifndef SQ_ENGINE_SIGNAL_H
#define SQ_ENGINE_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/// How one block sees a value: the same number, a straight line, or a number per frame.
typedef enum { SQ_SIGNAL_CONSTANT, SQ_SIGNAL_RAMP, SQ_SIGNAL_FRAMES } SqSignalShape;

/// One value for one block, as a processor gets it.
typedef struct SqSignal {
  SqSignalShape shape;
  float value;         ///< CONSTANT: the value; RAMP: the value at the line's start
  float step;          ///< RAMP: per frame
  uint32_t offset;     ///< RAMP: frames from the line's start to the block's first frame
  const float *frames; ///< FRAMES: [n_frames]; else NULL
} SqSignal;

/// The value at frame `i` of the block: equal bits however the time was cut into blocks.
static inline float sq_signal_at(const SqSignal *s, uint32_t i) {
  switch (s->shape) {
  case SQ_SIGNAL_CONSTANT:
    return s->value;
  case SQ_SIGNAL_RAMP:
    return s->value + s->step * (float)(s->offset + i);
  case SQ_SIGNAL_FRAMES:
    return s->frames[i];
  }
  return s->value;
}

/// Writes the value of each frame to out[n].
void sq_signal_fill(const SqSignal *s, float *out, uint32_t n);

typedef enum {
  SQ_CURVE_SMOOTH, ///< cubic Hermite from the present value and slope: never a corner (the smoothing of every set)
  SQ_CURVE_LINEAR, ///< a straight line
  SQ_CURVE_DB      ///< straight in decibels between two amplitudes (exact at each 16th frame, straight between)
} SqCurve;

/// The moving value itself; lives in a slot, outside the plan.
typedef struct SqRtSignal {
  float to;         ///< where it rests once frame >= start + length
  float from;       ///< at `start`
  float c1, c2, c3; ///< SMOOTH: value = from + t (c1 + t (c2 + t c3)), t = (frame - start) / length
  float inv_length; ///< 1 / length
  uint64_t start;   ///< engine frame
  uint32_t length;  ///< frames; 0: at rest
  SqCurve curve;
} SqRtSignal;

/// At rest at `value`.
void sq_rt_signal_init(SqRtSignal *s, float value);

/// From what it is at `frame`, go to `target` within `length` frames (0: at once).
void sq_rt_signal_go(SqRtSignal *s, uint64_t frame, float target, uint32_t length, SqCurve curve);

/// The value at `frame` (not before its start).
float sq_rt_signal_value(const SqRtSignal *s, uint64_t frame);

/// True when it no longer moves at `frame`.
static inline bool sq_rt_signal_settled(const SqRtSignal *s, uint64_t frame) {
  return s->length == 0 || frame >= s->start + s->length;
}

/// The view of frames [frame, frame + n); FRAMES are written to buffer[n].
SqSignal sq_rt_signal_view(const SqRtSignal *s, uint64_t frame, uint32_t n, float *buffer);

#endif
