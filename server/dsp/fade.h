// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A crossfade from one stepped setting to the next without a corner; pure, audio thread.
///
/// The position is a whole number of frames, so a block boundary leaves no trace in the bits.
#ifndef SQ_DSP_FADE_H
#define SQ_DSP_FADE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SqRtFade {
  uint32_t at;     ///< frames done
  uint32_t length; ///< frames; at == length: over
} SqRtFade;

/// 0..1 along t = 0..1 with first and second derivatives zero at both ends (Perlin, "Improving Noise", 2002).
static inline float sq_dsp_smoother(float t) {
  return t * t * t * (10.0f + t * (6.0f * t - 15.0f));
}

/// Frames of `ms` at `rate` Hz, at least 1.
static inline uint32_t sq_dsp_fade_frames(double rate, double ms) {
  double n = rate * ms * 0.001 + 0.5;
  return n < 1.0 ? 1u : (uint32_t)n;
}

/// True while it moves.
static inline bool sq_rt_fade_moves(const SqRtFade *f) {
  return f->at < f->length;
}

/// How far it is `i` frames from now, 0..1; exactly 1 when over.
static inline float sq_rt_fade_at(const SqRtFade *f, uint32_t i) {
  uint32_t at = f->at + i;
  return at >= f->length ? 1.0f : sq_dsp_smoother((float)at / (float)f->length);
}

/// `n` frames pass.
static inline void sq_rt_fade_advance(SqRtFade *f, uint32_t n) {
  f->at = f->length - f->at < n ? f->length : f->at + n;
}

#endif
