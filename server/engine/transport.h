// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The musical position as a closed form of the engine frame since the last change; audio and control thread.
#ifndef SQ_ENGINE_TRANSPORT_H
#define SQ_ENGINE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/processor.h"

typedef struct SqRtTransport {
  bool rolling;
  bool changed;    ///< since the last piece
  uint64_t anchor; ///< engine frame at which the position was `beats`
  double beats, bpm;
  uint32_t beats_per_bar, beat_unit;
} SqRtTransport;

/// Position in beats at `frame`. A transport that stands stays where it is.
static inline double sq_rt_transport_beats(const SqRtTransport *t, uint64_t frame, double rate) {
  if (!t->rolling)
    return t->beats;
  return t->beats + ((double)frame - (double)t->anchor) * t->bpm / (60.0 * rate);
}

/// The frame at which a rolling transport reaches `beats` (not rounded; may lie before the anchor).
static inline double sq_rt_transport_frame(const SqRtTransport *t, double beats, double rate) {
  return (double)t->anchor + (beats - t->beats) * 60.0 * rate / t->bpm;
}

/// What a processor is told of the piece that begins at `frame`.
static inline void sq_rt_transport_time(const SqRtTransport *t, uint64_t frame, double rate, SqRtTime *time) {
  const double beats = sq_rt_transport_beats(t, frame, rate);
  *time = (SqRtTime){.rolling = t->rolling,
                     .changed = t->changed,
                     .beats = beats,
                     .bpm = t->bpm,
                     .beats_per_bar = t->beats_per_bar,
                     .beat_unit = t->beat_unit,
                     .position_frames = beats > 0.0 ? (uint64_t)(beats * 60.0 * rate / t->bpm + 0.5) : 0};
}

#endif
