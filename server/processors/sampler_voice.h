// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One sounding note of a sampler: where it reads, how fast, how loud; audio thread.
///
/// The position is a fixed-point number of 32 bits after the point, so that it is the same however often the time is
/// cut. At exactly the recorded pitch frames are copied; else they are interpolated (sampler_sinc.h).
#ifndef SQ_PROCESSORS_SAMPLER_VOICE_H
#define SQ_PROCESSORS_SAMPLER_VOICE_H

#include "dsp/kernels.h"
#include "engine/ring.h"
#include "processors/sampler_envelope.h"
#include "processors/sampler_zone.h"

#define SQ_SAMPLER_UNITY ((uint64_t)1 << 32) ///< a step of one frame
#define SQ_SAMPLER_CHUNK 64                  ///< frames rendered at once, at most
#define SQ_SAMPLER_MAX_OCTAVES 8             ///< up: a fundamental is then far above hearing

/// What a voice that plays its sound as it is needs comes first, in one cache line.
typedef struct SqRtVoice {
  _Alignas(SQ_CACHE_LINE) const float *x; ///< channel 0 of the sample
  uint64_t pos, step;                     ///< frames, 32.32
  size_t stride;                          ///< frames from one channel to the next
  uint32_t n_channels;
  uint32_t end;        ///< frames; for a loop: loop_end
  uint32_t loop_start; //
  float gain;          ///< zone and velocity, amplitude
  bool loops;          //
  bool wrapped;        ///< has gone round its loop at least once: what lies before loop_start is the loop's end
  bool full;           ///< its envelope rests at 1
  bool plain;          ///< full, at the recorded pitch and on whole frames: it plays its sound as it is
  bool one_shot;       ///< does not hear its note's end
  bool down;           ///< its key is held
  bool sustained;      ///< its key is up, the pedal holds it
  uint8_t channel;     ///< MIDI channel
  SqRtEnvelope envelope;
  const SqSample *sample;
  double semitones; ///< from the recorded pitch, without bends
  double bend;      ///< semitones, this note's own
  uint64_t order;   ///< of its start: the lowest is the oldest
  float key;
  uint32_t id;
} SqRtVoice;

/// Where a voice adds its frames to.
typedef struct SqRtVoiceOut {
  const SqDspKernels *kernels;
  float *const *out; ///< [n_out]
  uint32_t n_out;
  uint32_t at;       ///< first frame of out[c] to add to
  const float *gain; ///< [n] amplitude per frame, or NULL: `level` for all
  float level;
} SqRtVoiceOut;

/// Starts on `zone` with note-on event `e` (key, velocity, id, channel).
void sq_rt_voice_start(SqRtVoice *v, const SqSamplerZone *zone, const SqRtEvent *e, const SqRtAdsr *adsr);

/// Sets the pitch: `bend` semitones beside the voice's own, at `rate` Hz of the engine.
void sq_rt_voice_tune(SqRtVoice *v, double bend, double rate);

/// Its note ends: the release begins. False: that takes no time, it is over.
bool sq_rt_voice_release(SqRtVoice *v, const SqRtAdsr *adsr);

/// The sustain level has changed: it goes there within `frames`.
void sq_rt_voice_sustain(SqRtVoice *v, float sustain, uint32_t frames);

/// Adds the next n <= SQ_SAMPLER_CHUNK frames; false: it is over (what was left of it has been added).
///
/// Channels: a mono sound goes to every channel of the strip; a mono strip gets the mean of all channels of the
/// sound; else channel goes to channel, and what the other side does not have is not heard.
bool sq_rt_voice_render(SqRtVoice *v, const SqRtAdsr *adsr, const SqRtVoiceOut *to, uint32_t n);

/// True when the next n frames are a stretch of the sample itself, unchanged but for v->gain. Then
/// sq_rt_voice_skip() passes them.
static inline bool sq_rt_voice_is_plain(const SqRtVoice *v, uint32_t n) {
  return v->plain && (v->pos >> 32) + n <= v->end;
}

/// Passes n frames of one that is plain, round its loop as often as they go; false: it is over.
static inline bool sq_rt_voice_skip(SqRtVoice *v, uint64_t n) {
  const uint32_t left = v->end - (uint32_t)(v->pos >> 32);
  if (n < left) {
    v->pos += n << 32;
    return true;
  }
  if (!v->loops)
    return false;
  v->pos = (v->loop_start + (n - left) % (v->end - v->loop_start)) << 32;
  return v->wrapped = true;
}

#endif
