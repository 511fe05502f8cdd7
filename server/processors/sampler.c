// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `sampler`: plays sounds in memory for notes, each from its exact frame; audio thread but for create and free.
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "processors/builtin.h"
#include "processors/sampler_state.h"

static const SqParamInfo params[SQ_SAMPLER_PARAMS] = {
    [SQ_SAMPLER_GAIN] = {.symbol = "gain",
                         .name = "Gain",
                         .unit = "dB",
                         .min = -144,
                         .max = 24,
                         .value_class = SQ_CLASS_SIGNAL,
                         .help = "Level of all voices; -144 is silence."},
    [SQ_SAMPLER_ATTACK] = {.symbol = "attack",
                           .name = "Attack",
                           .unit = "ms",
                           .min = 0,
                           .max = 60000,
                           .value_class = SQ_CLASS_STEPPED,
                           .help = "Time from silence to full level."},
    [SQ_SAMPLER_DECAY] = {.symbol = "decay",
                          .name = "Decay",
                          .unit = "ms",
                          .min = 0,
                          .max = 60000,
                          .def = 100,
                          .value_class = SQ_CLASS_STEPPED,
                          .help = "Time from full level to the sustain level (gate and loop)."},
    [SQ_SAMPLER_SUSTAIN] = {.symbol = "sustain",
                            .name = "Sustain",
                            .min = 0,
                            .max = 1,
                            .def = 1,
                            .value_class = SQ_CLASS_STEPPED,
                            .help = "Level while the key is held, 0..1 (gate and loop)."},
    [SQ_SAMPLER_RELEASE] = {.symbol = "release",
                            .name = "Release",
                            .unit = "ms",
                            .min = 0,
                            .max = 60000,
                            .def = 10,
                            .value_class = SQ_CLASS_STEPPED,
                            .help = "Time from the note's end to silence (gate and loop)."},
    [SQ_SAMPLER_POLYPHONY] = {.symbol = "polyphony",
                              .name = "Polyphony",
                              .min = 1,
                              .max = SQ_SAMPLER_VOICES,
                              .def = SQ_SAMPLER_VOICES,
                              .value_class = SQ_CLASS_STEPPED,
                              .integer = true,
                              .help = "Voices at once; one more takes the place of a released one or of the oldest."},
    [SQ_SAMPLER_BEND_RANGE] = {.symbol = "bend_range",
                               .name = "Bend range",
                               .unit = "semitones",
                               .min = 0,
                               .max = 48,
                               .def = 2,
                               .value_class = SQ_CLASS_STEPPED,
                               .help = "Semitones at full pitch bend."},
};

// ---- setup ----------------------------------------------------------------------------------------------------------

static void sampler_free(void *instance) {
  SqRtSampler *s = instance;
  sq_sampler_zones_free(s->zones);
  free(s->tail[0]);
  free(s);
}

static SqStatus sampler_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  SqRtSampler *s = aligned_alloc(SQ_CACHE_LINE, sizeof *s);
  uint32_t tail_len = sq_dsp_fade_frames(setup->rate, SQ_BUILTIN_FADE_MS);
  float *tail = calloc((size_t)tail_len * setup->n_out, sizeof *tail);
  if (!s || !tail) {
    free(s);
    free(tail);
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a sampler");
  }
  memset(s, 0, sizeof *s);
  s->kernels = sq_dsp_kernels_best();
  s->rate = setup->rate;
  s->n_out = setup->n_out;
  s->tail_len = tail_len;
  for (uint32_t c = 0; c < setup->n_out; c++)
    s->tail[c] = tail + (size_t)c * tail_len;
  for (uint32_t p = SQ_SAMPLER_ATTACK; p < SQ_SAMPLER_PARAMS; p++)
    sq_sampler_set(s, p, sq_builtin_start_value(type, setup, p));
  s->cached_db = (float)sq_builtin_start_value(type, setup, SQ_SAMPLER_GAIN);
  s->cached_gain = s->last_gain = sq_dsp_fast_db_to_amp(s->cached_db);
  *instance = s;
  return SQ_OK;
}

static void sampler_reset(void *instance) {
  SqRtSampler *s = instance;
  s->active = 0;
  s->lone = NULL;
  s->tail_left = s->tail_at = 0;
  s->bend = 0;
  s->pedals = 0;
  memset(s->tail[0], 0, (size_t)s->n_out * s->tail_len * sizeof(float));
}

// ---- one block ------------------------------------------------------------------------------------------------------

static float gain_of_db(SqRtSampler *s, float db) {
  if (db != s->cached_db) {
    s->cached_db = db;
    s->cached_gain = sq_dsp_fast_db_to_amp(db);
  }
  return s->cached_gain;
}

static void play_tail(SqRtSampler *s, float *const *out, uint32_t at, uint32_t n) {
  if (n > s->tail_left)
    n = s->tail_left;
  for (uint32_t c = 0; c < s->n_out; c++)
    for (uint32_t i = 0, from = s->tail_at; i < n; i++, from = from + 1 < s->tail_len ? from + 1 : 0) {
      out[c][at + i] += s->tail[c][from];
      s->tail[c][from] = 0;
    }
  s->tail_at = (s->tail_at + n) % s->tail_len;
  s->tail_left -= n;
}

/// Adds frames [at, at + n) of the block, n <= SQ_SAMPLER_CHUNK.
static void render(SqRtSampler *s, const SqRtBlock *block, uint32_t at, uint32_t n) {
  float gain[SQ_SAMPLER_CHUNK];
  const SqSignal *db = &block->signals[0];
  SqRtVoiceOut to = {.kernels = s->kernels, .out = block->out, .n_out = s->n_out, .at = at};
  if (db->shape == SQ_SIGNAL_CONSTANT) {
    to.level = s->last_gain = gain_of_db(s, db->value);
  } else {
    for (uint32_t i = 0; i < n; i++)
      gain[i] = gain_of_db(s, sq_signal_at(db, at + i));
    to.gain = gain;
    s->last_gain = gain[n - 1];
  }
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    uint32_t i = sq_rt_lowest(bits);
    if (!sq_rt_voice_render(&s->voices[i], &s->adsr, &to, n))
      s->active &= ~((uint64_t)1 << i);
  }
  if (s->tail_left)
    play_tail(s, block->out, at, n);
}

/// Looks for one voice that plays its sound as it is. This is what a looping player does all day: its memory is then
/// the output, nothing is copied, and nothing but this is looked at.
static void find_lone(SqRtSampler *s) {
  SqRtVoice *v = &s->voices[sq_rt_lowest(s->active | (uint64_t)1 << (SQ_SAMPLER_VOICES - 1))];
  const bool straight = v->n_channels == 1 || (v->n_channels >= s->n_out && s->n_out > 1);
  const bool one = s->active && !(s->active & (s->active - 1)) && !s->tail_left;
  s->lone = one && v->plain && straight && v->gain * s->cached_gain == 1.0f ? v : NULL;
  s->lone_db = s->cached_db;
}

static void sampler_passed(void *instance, uint64_t n_frames) {
  SqRtSampler *s = instance;
  if (!sq_rt_voice_skip(s->lone, n_frames)) {
    s->active = 0;
    s->lone = NULL;
  }
}

static inline bool lend(SqRtSampler *s, const SqRtBlock *block) {
  const SqSignal *db = &block->signals[0];
  SqRtVoice *v = s->lone;
  if (!v || block->events || db->shape != SQ_SIGNAL_CONSTANT || db->value != s->lone_db ||
      !sq_rt_voice_is_plain(v, block->n_frames))
    return false;
  float *x = (float *)(uintptr_t)(v->x + (v->pos >> 32));
  const size_t stride = v->n_channels == 1 ? 0 : v->stride;
  block->out[0] = x;
  for (uint32_t c = 1; c < s->n_out; c++)
    block->out[c] = x += stride;
  if (block->loan)
    *block->loan = (SqRtLoan){.frames = v->end - (uint32_t)(v->pos >> 32) - block->n_frames,
                              .loop = v->loops ? v->end - v->loop_start : 0};
  sampler_passed(s, block->n_frames);
  return true;
}

/// Zeros, and what events and voices add to them.
__attribute__((noinline)) static SqRtResult play(SqRtSampler *s, const SqRtBlock *block) {
  bool sounds = s->active || s->tail_left;
  for (uint32_t c = 0; c < s->n_out; c++)
    memset(block->out[c], 0, block->n_frames * sizeof(float));
  const SqRtEvent *e = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    for (; e && e->offset <= at; e = e->next)
      sq_rt_sampler_take(s, e);
    uint32_t n = (e && e->offset < block->n_frames ? e->offset : block->n_frames) - at;
    if (s->active || s->tail_left) {
      n = n < SQ_SAMPLER_CHUNK ? n : SQ_SAMPLER_CHUNK;
      render(s, block, at, n);
      sounds = true;
    }
    at += n;
  }
  find_lone(s);
  return sounds ? SQ_RT_SOUND : SQ_RT_SILENT;
}

static SqRtResult sampler_process(void *instance, const SqRtBlock *block) {
  SqRtSampler *s = instance;
  return lend(s, block) ? SQ_RT_SOUND : play(s, block);
}

static uint32_t sampler_tail(const void *instance) {
  const SqRtSampler *s = instance;
  return s->active || s->tail_left ? UINT32_MAX : 0;
}

/// New zones: a voice whose sound is not among them any more fades out now, while its memory is still there.
static SqProcData *sampler_swap(void *instance, SqProcData *data) {
  SqRtSampler *s = instance;
  SqSamplerZones *old = s->zones, *zones = (SqSamplerZones *)data;
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    uint32_t z = 0;
    while (zones && z < zones->n && zones->zones[z].sample != s->voices[sq_rt_lowest(bits)].sample)
      z++;
    if (!zones || z == zones->n)
      sq_rt_sampler_cut_off(s, sq_rt_lowest(bits));
  }
  s->zones = zones;
  s->lone = NULL;
  return old ? &old->data : NULL;
}

const SqProcessorType sq_processor_sampler = {
    .id = "sampler",
    .name = "SqRtSampler",
    .help = "Plays sound files for notes: one-shots, gated sounds and loops over zones of keys and velocities.",
    .flags = SQ_PROC_GENERATOR | SQ_PROC_NOTES | SQ_PROC_BORROWS,
    .params = params,
    .n_params = SQ_SAMPLER_PARAMS,
    .create = sampler_create,
    .free = sampler_free,
    .reset = sampler_reset,
    .process = sampler_process,
    .passed = sampler_passed,
    .tail = sampler_tail,
    .swap = sampler_swap,
};
