// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The sampler's instance, and what its two files share: sampler.c renders, sampler_notes.c hears; audio thread.
#ifndef SQ_PROCESSORS_SAMPLER_STATE_H
#define SQ_PROCESSORS_SAMPLER_STATE_H

#include "processors/sampler_voice.h"

/// Parameters in the order of the table.
enum {
  SQ_SAMPLER_GAIN,
  SQ_SAMPLER_ATTACK,
  SQ_SAMPLER_DECAY,
  SQ_SAMPLER_SUSTAIN,
  SQ_SAMPLER_RELEASE,
  SQ_SAMPLER_POLYPHONY,
  SQ_SAMPLER_BEND_RANGE,
  SQ_SAMPLER_PARAMS
};

enum { SQ_SAMPLER_VOICES = 64 };

/// What a lone looping player touches comes first, its voice right behind it: with a thousand of them, pages count.
typedef struct SqRtSampler {
  _Alignas(SQ_CACHE_LINE) uint64_t active; ///< bit v: voices[v] sounds
  SqRtVoice *lone;                         ///< the only one, whose sound is lent as it is at lone_db; or NULL
  float lone_db;
  uint32_t tail_left; ///< frames of the tail that may still sound
  uint32_t n_out;
  float cached_db, cached_gain;
  float last_gain; ///< of the last frame rendered: where a fade begins
  uint32_t polyphony;
  SqSamplerZones *zones;
  const SqDspKernels *kernels;
  double rate;
  SqRtVoice voices[SQ_SAMPLER_VOICES];
  double bend, bend_range; ///< -1..1, semitones
  SqRtAdsr adsr;
  uint64_t order;               ///< of the next voice
  uint16_t pedals;              ///< bit c: the sustain pedal of MIDI channel c is down
  uint32_t tail_at;             ///< frame of the tail's ring that comes next
  uint32_t tail_len;            ///< frames of a fade
  float *tail[SQ_MAX_CHANNELS]; ///< [n_out][tail_len], a ring: voices that were cut off, already faded
} SqRtSampler;

/// Index of the lowest bit that is set. [audio]
static inline uint32_t sq_rt_lowest(uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits);
}

/// Takes a parameter's value, in its own unit, without regard to voices that sound. [setup or audio]
void sq_sampler_set(SqRtSampler *s, uint32_t param, double value);

/// Carries one event out before the next frame is rendered. [audio]
void sq_rt_sampler_take(SqRtSampler *s, const SqRtEvent *e);

/// Ends a voice now: its next few ms, fading out, are rendered into the tail, so that the voice is free and its sound
/// may go. [audio]
void sq_rt_sampler_cut_off(SqRtSampler *s, uint32_t index);

#endif
