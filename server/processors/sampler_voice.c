// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_voice.h"

#include <math.h>

#include "dsp/approx.h"
#include "processors/sampler_sinc.h"

/// Its position is a whole number of frames for as long as its step is.
static void look_at_pitch(SqRtVoice *v) {
  v->plain = v->full && v->step == SQ_SAMPLER_UNITY && (uint32_t)v->pos == 0;
}

static void look_at_envelope(SqRtVoice *v) {
  v->full = sq_rt_envelope_rests(&v->envelope) && v->envelope.level == 1.0;
  look_at_pitch(v);
}

void sq_rt_voice_start(SqRtVoice *v, const SqSamplerZone *zone, const SqRtEvent *e, const SqRtAdsr *adsr) {
  float velocity = (float)e->value;
  *v = (SqRtVoice){.x = zone->sample->x[0],
                   .pos = (uint64_t)zone->start << 32,
                   .step = SQ_SAMPLER_UNITY,
                   .stride = zone->sample->stride,
                   .n_channels = zone->sample->n_channels,
                   .end = zone->mode == SQ_SAMPLER_LOOP ? zone->loop_end : zone->end,
                   .loop_start = zone->loop_start,
                   // power follows the fourth power of velocity, as in SFZ (amp_veltrack = 100)
                   .gain = velocity * velocity * sq_dsp_fast_db_to_amp(zone->gain_db),
                   .loops = zone->mode == SQ_SAMPLER_LOOP,
                   .one_shot = zone->mode == SQ_SAMPLER_ONE_SHOT,
                   .down = true,
                   .channel = (uint8_t)(e->channel & 15),
                   .sample = zone->sample,
                   .semitones = (double)e->key - (double)zone->root + (double)zone->tune_cents / 100,
                   .key = e->key,
                   .id = e->id};
  sq_rt_envelope_start(&v->envelope, adsr, !v->one_shot);
  look_at_envelope(v);
}

bool sq_rt_voice_release(SqRtVoice *v, const SqRtAdsr *adsr) {
  v->full = v->plain = false;
  sq_rt_envelope_release(&v->envelope, adsr);
  return v->envelope.stage != SQ_ENVELOPE_OVER;
}

void sq_rt_voice_sustain(SqRtVoice *v, float sustain, uint32_t frames) {
  sq_rt_envelope_move(&v->envelope, sustain, frames);
  look_at_envelope(v);
}

void sq_rt_voice_tune(SqRtVoice *v, double bend, double rate) {
  double octaves = (v->semitones + v->bend + bend) / 12;
  if (octaves > SQ_SAMPLER_MAX_OCTAVES)
    octaves = SQ_SAMPLER_MAX_OCTAVES;
  double step = exp2(octaves) * (v->sample->rate / rate) * (double)SQ_SAMPLER_UNITY;
  v->step = step < 1 ? 1 : (uint64_t)(step + 0.5); // a step of 0 would never end
  look_at_pitch(v);
}

/// How channels of the sound (S) meet channels of the strip (N): pairs k = 0 … n - 1 of source[k] -> target[k].
typedef struct {
  uint32_t n;
  bool fan_out, mix_down; ///< one source for all; one target for all
} Pairs;

static Pairs pairs_of(const SqRtVoice *v, uint32_t n_out) {
  uint32_t n_in = v->n_channels;
  if (n_in == 1)
    return (Pairs){.n = n_out, .fan_out = true};
  if (n_out == 1)
    return (Pairs){.n = n_in, .mix_down = true};
  return (Pairs){.n = n_in < n_out ? n_in : n_out};
}

/// Where channel 0's frame `i` is found when the loop is taken as endless; may lie outside of the sound's memory.
static int64_t unroll(const SqRtVoice *v, int64_t i) {
  if (!v->loops)
    return i;
  int64_t start = v->loop_start, end = v->end, length = end - start;
  if (i >= end)
    return start + (i - end) % length;
  if (v->wrapped && i < start)
    return end - 1 - (start - 1 - i) % length;
  return i;
}

static bool readable(const SqRtVoice *v, int64_t i) {
  return i >= -SQ_SAMPLE_PAD && i < (int64_t)v->sample->n_frames + SQ_SAMPLE_PAD;
}

/// Channel `c`'s frames first … first + taps - 1 in one row: the sample's memory where it can be, else `copy`.
static const float *window(const SqRtVoice *v, uint32_t c, int64_t first, uint32_t taps, float *copy) {
  const float *x = v->x + c * v->stride;
  int64_t last = first + taps - 1;
  bool straight = !v->loops || (last < v->end && !(v->wrapped && first < v->loop_start));
  if (straight && readable(v, first) && readable(v, last))
    return x + first;
  for (uint32_t k = 0; k < taps; k++) {
    int64_t i = unroll(v, first + k);
    copy[k] = readable(v, i) ? x[i] : 0.0f;
  }
  return copy;
}

/// Moves on by one step; false: past the end.
static bool advance(SqRtVoice *v) {
  v->pos += v->step;
  if ((v->pos >> 32) < v->end)
    return true;
  if (!v->loops)
    return false;
  uint64_t length = (uint64_t)(v->end - v->loop_start) << 32;
  v->pos = ((uint64_t)v->loop_start << 32) + (v->pos - ((uint64_t)v->end << 32)) % length;
  v->wrapped = true;
  return true;
}

static bool play_between(SqRtVoice *v, const SqRtVoiceOut *to, const float *gain, uint32_t n) {
  float weights[SQ_SAMPLER_MAX_TAPS], copy[SQ_SAMPLER_MAX_TAPS];
  uint32_t taps = sq_rt_sinc_taps(v->step);
  Pairs pairs = pairs_of(v, to->n_out);
  for (uint32_t i = 0; i < n; i++) {
    int64_t first = (int64_t)(v->pos >> 32) + 1 - (int64_t)(taps / 2);
    sq_rt_sinc_weights(weights, taps, (uint32_t)v->pos, v->step);
    float y = 0;
    for (uint32_t k = 0; k < pairs.n; k++) {
      if (k == 0 || !pairs.fan_out)
        y = sq_rt_sinc_dot(window(v, pairs.fan_out ? 0 : k, first, taps, copy), weights, taps) * gain[i];
      to->out[pairs.mix_down ? 0 : k][to->at + i] += y;
    }
    if (!advance(v))
      return false;
  }
  return true;
}

/// The frames as they are, times gain[n] or, where that is NULL, times `level`.
static bool play_frames(SqRtVoice *v, const SqRtVoiceOut *to, const float *gain, float level, uint32_t n) {
  Pairs pairs = pairs_of(v, to->n_out);
  for (uint32_t i = 0; i < n;) {
    uint32_t at = (uint32_t)(v->pos >> 32), run = v->end - at < n - i ? v->end - at : n - i;
    for (uint32_t k = 0; k < pairs.n; k++) {
      const float *x = v->x + (pairs.fan_out ? 0 : k) * v->stride + at;
      float *out = to->out[pairs.mix_down ? 0 : k] + to->at + i;
      if (gain)
        to->kernels->mix_frames(out, x, gain + i, run, true);
      else
        to->kernels->mix(out, x, level, run, true);
    }
    i += run;
    if (!sq_rt_voice_skip(v, run))
      return false;
  }
  return true;
}

bool sq_rt_voice_render(SqRtVoice *v, const SqRtAdsr *adsr, const SqRtVoiceOut *to, uint32_t n) {
  float gain[SQ_SAMPLER_CHUNK], level = v->gain;
  bool unity = v->step == SQ_SAMPLER_UNITY && (uint32_t)v->pos == 0;
  if (to->n_out == 1 && v->n_channels > 1)
    level /= (float)v->n_channels;
  if (unity && v->full && !to->gain) // the same numbers as below, without the arrays
    return play_frames(v, to, NULL, level * to->level, n);
  uint32_t lasts = sq_rt_envelope_run(&v->envelope, adsr, gain, n);
  look_at_envelope(v);
  for (uint32_t i = 0; i < lasts; i++)
    gain[i] = gain[i] * level * (to->gain ? to->gain[i] : to->level);
  bool goes_on = unity ? play_frames(v, to, gain, 0, lasts) : play_between(v, to, gain, lasts);
  return goes_on && lasts == n;
}
