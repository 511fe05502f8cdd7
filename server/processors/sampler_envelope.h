// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The level of one voice in time: attack, decay, sustain, release, exact to the frame; pure, audio thread.
///
/// The attack is a straight line. Decay and release are exponentials that fall by 60 dB in their time, bent so that
/// they end exactly on their target at its last frame. Each frame follows from the one before it, so that blocks
/// leave no trace in the bits.
#ifndef SQ_PROCESSORS_SAMPLER_ENVELOPE_H
#define SQ_PROCESSORS_SAMPLER_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  SQ_ENVELOPE_REST,
  SQ_ENVELOPE_ATTACK,
  SQ_ENVELOPE_FALL,
  SQ_ENVELOPE_RELEASE,
  SQ_ENVELOPE_OVER
} SqRtStage;

/// Times in frames, sustain 0..1.
typedef struct SqRtAdsr {
  uint32_t attack, decay, release;
  float sustain;
} SqRtAdsr;

typedef struct SqRtEnvelope {
  double level; ///< of the next frame
  double rest;  ///< FALL, RELEASE: what the exponential nears
  double keep;  ///< FALL, RELEASE: share of the distance to `rest` kept each frame
  float target; ///< FALL, RELEASE: where it ends; REST: == level
  uint32_t at, length;
  uint8_t stage; ///< SqRtStage
  bool held;     ///< falls to the sustain level after the attack; else stays at 1 (a one-shot)
} SqRtEnvelope;

/// A note begins. A one-shot (not `held`) stays at 1 after its attack.
void sq_rt_envelope_start(SqRtEnvelope *e, const SqRtAdsr *adsr, bool held);

/// The note is let go: from where it is down to nothing within adsr->release frames (0: over at once).
void sq_rt_envelope_release(SqRtEnvelope *e, const SqRtAdsr *adsr);

/// The sustain level has changed: a held note that rests or falls goes there within `frames`.
void sq_rt_envelope_move(SqRtEnvelope *e, float sustain, uint32_t frames);

/// Writes the levels of the next n frames; returns how many there are before it is over (n: it is not).
uint32_t sq_rt_envelope_run(SqRtEnvelope *e, const SqRtAdsr *adsr, float *out, uint32_t n);

/// True while every frame has the level `e->level`.
static inline bool sq_rt_envelope_rests(const SqRtEnvelope *e) {
  return e->stage == SQ_ENVELOPE_REST;
}

#endif
