// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `sampler`: plays sounds in memory for notes, each from its exact frame; audio thread but for create and free.
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "processors/builtin.h"
#include "processors/sampler_voice.h"

enum { GAIN, ATTACK, DECAY, SUSTAIN, RELEASE, POLYPHONY, BEND_RANGE, N_PARAMS };
enum { MAX_VOICES = 64, CHUNK = SQ_SAMPLER_CHUNK };

static const SqParamInfo params[N_PARAMS] = {
    [GAIN] = {.symbol = "gain",
              .name = "Gain",
              .unit = "dB",
              .min = -144,
              .max = 24,
              .value_class = SQ_CLASS_SIGNAL,
              .help = "Level of all voices; -144 is silence."},
    [ATTACK] = {.symbol = "attack",
                .name = "Attack",
                .unit = "ms",
                .min = 0,
                .max = 60000,
                .value_class = SQ_CLASS_STEPPED,
                .help = "Time from silence to full level."},
    [DECAY] = {.symbol = "decay",
               .name = "Decay",
               .unit = "ms",
               .min = 0,
               .max = 60000,
               .def = 100,
               .value_class = SQ_CLASS_STEPPED,
               .help = "Time from full level to the sustain level (gate and loop)."},
    [SUSTAIN] = {.symbol = "sustain",
                 .name = "Sustain",
                 .min = 0,
                 .max = 1,
                 .def = 1,
                 .value_class = SQ_CLASS_STEPPED,
                 .help = "Level while the key is held, 0..1 (gate and loop)."},
    [RELEASE] = {.symbol = "release",
                 .name = "Release",
                 .unit = "ms",
                 .min = 0,
                 .max = 60000,
                 .def = 10,
                 .value_class = SQ_CLASS_STEPPED,
                 .help = "Time from the note's end to silence (gate and loop)."},
    [POLYPHONY] = {.symbol = "polyphony",
                   .name = "Polyphony",
                   .min = 1,
                   .max = MAX_VOICES,
                   .def = MAX_VOICES,
                   .value_class = SQ_CLASS_STEPPED,
                   .integer = true,
                   .help = "Voices at once; one more takes the place of a released one or of the oldest."},
    [BEND_RANGE] = {.symbol = "bend_range",
                    .name = "Bend range",
                    .unit = "semitones",
                    .min = 0,
                    .max = 48,
                    .def = 2,
                    .value_class = SQ_CLASS_STEPPED,
                    .help = "Semitones at full pitch bend."},
};

/// What a lone looping player touches comes first, its voice right behind it: with a thousand of them, pages count.
typedef struct {
  _Alignas(SQ_CACHE_LINE) uint64_t active; ///< bit v: voices[v] sounds
  uint32_t tail_left;                      ///< frames of the tail that may still sound
  uint32_t n_out;
  float cached_db, cached_gain;
  float last_gain; ///< of the last frame rendered: where a fade begins
  uint32_t polyphony;
  SqSamplerZones *zones;
  const SqDspKernels *kernels;
  double rate;
  SqRtVoice voices[MAX_VOICES];
  double bend, bend_range; ///< -1..1, semitones
  SqRtAdsr adsr;
  uint64_t order;               ///< of the next voice
  uint16_t pedals;              ///< bit c: the sustain pedal of MIDI channel c is down
  uint32_t tail_at;             ///< frame of the tail's ring that comes next
  uint32_t tail_len;            ///< frames of a fade
  float *tail[SQ_MAX_CHANNELS]; ///< [n_out][tail_len], a ring: voices that were cut off, already faded
} Sampler;

// ---- setup ----------------------------------------------------------------------------------------------------------

static uint32_t frames_of_ms(const Sampler *s, double ms) {
  return (uint32_t)(ms * 0.001 * s->rate + 0.5);
}

static void set_value(Sampler *s, uint32_t param, double value) {
  switch (param) {
  case ATTACK:
    s->adsr.attack = frames_of_ms(s, value);
    break;
  case DECAY:
    s->adsr.decay = frames_of_ms(s, value);
    break;
  case SUSTAIN:
    s->adsr.sustain = (float)value;
    break;
  case RELEASE:
    s->adsr.release = frames_of_ms(s, value);
    break;
  case POLYPHONY:
    s->polyphony = 1 + sq_builtin_choice(value - 1, MAX_VOICES);
    break;
  case BEND_RANGE:
    s->bend_range = value;
    break;
  default:
    break;
  }
}

static void sampler_free(void *instance) {
  Sampler *s = instance;
  sq_sampler_zones_free(s->zones);
  free(s->tail[0]);
  free(s);
}

static SqStatus sampler_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Sampler *s = aligned_alloc(SQ_CACHE_LINE, sizeof *s);
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
  for (uint32_t p = ATTACK; p < N_PARAMS; p++)
    set_value(s, p, sq_builtin_start_value(type, setup, p));
  s->cached_db = (float)sq_builtin_start_value(type, setup, GAIN);
  s->cached_gain = s->last_gain = sq_dsp_fast_db_to_amp(s->cached_db);
  *instance = s;
  return SQ_OK;
}

static void sampler_reset(void *instance) {
  Sampler *s = instance;
  s->active = 0;
  s->tail_left = s->tail_at = 0;
  s->bend = 0;
  s->pedals = 0;
  memset(s->tail[0], 0, (size_t)s->n_out * s->tail_len * sizeof(float));
}

// ---- voices ---------------------------------------------------------------------------------------------------------

static uint32_t lowest(uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits);
}

/// Ends a voice now: its next few ms, fading out, are rendered into the tail, so that the voice is free and its sound
/// may go.
static void cut_off(Sampler *s, uint32_t index) {
  SqRtVoice *v = &s->voices[index];
  float gain[CHUNK];
  for (uint32_t done = 0; done < s->tail_len;) {
    uint32_t at = (s->tail_at + done) % s->tail_len, n = s->tail_len - done;
    n = n < CHUNK ? n : CHUNK;
    n = n < s->tail_len - at ? n : s->tail_len - at;
    for (uint32_t i = 0; i < n; i++)
      gain[i] = s->last_gain * (1.0f - sq_dsp_smoother((float)(done + i + 1) / (float)s->tail_len));
    SqRtVoiceOut to = {.kernels = s->kernels, .out = s->tail, .n_out = s->n_out, .at = at, .gain = gain};
    if (!sq_rt_voice_render(v, &s->adsr, &to, n))
      break;
    done += n;
  }
  s->tail_left = s->tail_len;
  s->active &= ~((uint64_t)1 << index);
}

/// The voice to be given up: the oldest of those in their release, else the oldest.
static uint32_t victim(const Sampler *s) {
  uint32_t best = MAX_VOICES;
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    uint32_t i = lowest(bits);
    const SqRtVoice *v = &s->voices[i], *b = &s->voices[best % MAX_VOICES];
    bool released = v->envelope.stage == SQ_ENVELOPE_RELEASE;
    bool best_released = best < MAX_VOICES && b->envelope.stage == SQ_ENVELOPE_RELEASE;
    if (best == MAX_VOICES || (released && !best_released) || (released == best_released && v->order < b->order))
      best = i;
  }
  return best;
}

static void limit_voices(Sampler *s, uint32_t most) {
  while ((uint32_t)__builtin_popcountll(s->active) > most)
    cut_off(s, victim(s));
}

static void note_on(Sampler *s, const SqRtEvent *e) {
  for (uint32_t z = 0; s->zones && z < s->zones->n; z++) {
    const SqSamplerZone *zone = &s->zones->zones[z];
    if (!sq_rt_sampler_zone_matches(zone, e->key, (float)e->value))
      continue;
    limit_voices(s, s->polyphony - 1);
    uint32_t i = lowest(~s->active);
    SqRtVoice *v = &s->voices[i];
    sq_rt_voice_start(v, zone, e, &s->adsr);
    sq_rt_voice_tune(v, s->bend * s->bend_range, s->rate);
    v->order = s->order++;
    s->active |= (uint64_t)1 << i;
  }
}

/// Lets go; a voice whose release takes no time ends before its next frame.
static void let_go(Sampler *s, uint32_t i) {
  SqRtVoice *v = &s->voices[i];
  v->down = v->sustained = false;
  if (v->one_shot)
    return;
  if (!sq_rt_voice_release(v, &s->adsr))
    s->active &= ~((uint64_t)1 << i);
}

static bool is_of_note(const SqRtVoice *v, const SqRtEvent *e) {
  return e->id ? v->id == e->id : v->key == e->key && v->channel == (e->channel & 15);
}

static void note_off(Sampler *s, const SqRtEvent *e) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    SqRtVoice *v = &s->voices[lowest(bits)];
    if (!v->down || !is_of_note(v, e))
      continue;
    v->down = false;
    if (s->pedals >> v->channel & 1)
      v->sustained = true;
    else
      let_go(s, lowest(bits));
  }
}

static void all_off(Sampler *s) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    let_go(s, lowest(bits));
}

static void bend_note(Sampler *s, const SqRtEvent *e) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    SqRtVoice *v = &s->voices[lowest(bits)];
    if (!is_of_note(v, e))
      continue;
    v->bend = e->value;
    sq_rt_voice_tune(v, s->bend * s->bend_range, s->rate);
  }
}

static void bend_all(Sampler *s) {
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    sq_rt_voice_tune(&s->voices[lowest(bits)], s->bend * s->bend_range, s->rate);
}

// ---- events ---------------------------------------------------------------------------------------------------------

static void set_pedal(Sampler *s, uint32_t channel, bool down) {
  if (down) {
    s->pedals = (uint16_t)(s->pedals | 1u << channel);
    return;
  }
  s->pedals = (uint16_t)(s->pedals & ~(1u << channel));
  for (uint64_t bits = s->active; bits; bits &= bits - 1)
    if (s->voices[lowest(bits)].sustained && s->voices[lowest(bits)].channel == channel)
      let_go(s, lowest(bits));
}

static void control_change(Sampler *s, uint32_t channel, uint32_t controller, double value) {
  if (controller == 64)
    set_pedal(s, channel, value >= 0.5);
  else if (controller == 120 || controller == 123) // all sound off, all notes off
    all_off(s);
}

static void take_param(Sampler *s, const SqRtEvent *e) {
  set_value(s, e->index, e->value);
  if (e->index == POLYPHONY)
    limit_voices(s, s->polyphony);
  if (e->index == BEND_RANGE)
    bend_all(s);
  if (e->index == SUSTAIN) { // never a step: at least as long as any fade
    uint32_t frames = s->adsr.decay > s->tail_len ? s->adsr.decay : s->tail_len;
    for (uint64_t bits = s->active; bits; bits &= bits - 1)
      sq_rt_voice_sustain(&s->voices[lowest(bits)], s->adsr.sustain, frames);
  }
}

static void take_midi(Sampler *s, const SqRtEvent *e) {
  uint32_t channel = e->midi[0] & 15u;
  SqRtEvent note = {.key = (float)e->midi[1], .value = e->midi[2] / 127.0, .channel = (uint16_t)channel};
  switch (e->midi[0] & 0xF0) {
  case 0x90:
    if (e->midi[2]) {
      note_on(s, &note);
      break;
    } // a note-on without velocity is a note-off
    // fall through
  case 0x80:
    note_off(s, &note);
    break;
  case 0xB0:
    control_change(s, channel, e->midi[1], e->midi[2] / 127.0);
    break;
  case 0xE0:
    s->bend = (e->midi[1] + 128 * e->midi[2] - 8192) / 8192.0;
    bend_all(s);
    break;
  default:
    break;
  }
}

static void take_event(Sampler *s, const SqRtEvent *e) {
  switch (e->kind) {
  case SQ_EVENT_NOTE_ON:
    note_on(s, e);
    break;
  case SQ_EVENT_NOTE_OFF:
    note_off(s, e);
    break;
  case SQ_EVENT_NOTE_BEND:
    bend_note(s, e);
    break;
  case SQ_EVENT_BEND:
    s->bend = e->value;
    bend_all(s);
    break;
  case SQ_EVENT_PARAM:
    take_param(s, e);
    break;
  case SQ_EVENT_CC:
    control_change(s, e->channel & 15u, e->index, e->value);
    break;
  case SQ_EVENT_MIDI:
    take_midi(s, e);
    break;
  case SQ_EVENT_ALL_OFF:
    all_off(s);
    break;
  default: // pressure, timbre and program mean nothing here
    break;
  }
}

// ---- one block ------------------------------------------------------------------------------------------------------

static float gain_of_db(Sampler *s, float db) {
  if (db != s->cached_db) {
    s->cached_db = db;
    s->cached_gain = sq_dsp_fast_db_to_amp(db);
  }
  return s->cached_gain;
}

static void play_tail(Sampler *s, float *const *out, uint32_t at, uint32_t n) {
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

/// Adds frames [at, at + n) of the block, n <= CHUNK.
static void render(Sampler *s, const SqRtBlock *block, uint32_t at, uint32_t n) {
  float gain[CHUNK];
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
    uint32_t i = lowest(bits);
    if (!sq_rt_voice_render(&s->voices[i], &s->adsr, &to, n))
      s->active &= ~((uint64_t)1 << i);
  }
  if (s->tail_left)
    play_tail(s, block->out, at, n);
}

/// One voice that plays its sound as it is: its memory is the output, nothing is copied. This is what a looping
/// player costs all day.
static bool borrow(Sampler *s, const SqRtBlock *block) {
  if (block->events || s->tail_left || (s->active & (s->active - 1)) || block->signals[0].shape != SQ_SIGNAL_CONSTANT)
    return false;
  SqRtVoice *v = &s->voices[lowest(s->active)];
  if (!sq_rt_voice_is_plain(v, block->n_frames) || v->gain * gain_of_db(s, block->signals[0].value) != 1.0f)
    return false;
  uint32_t n_in = v->n_channels;
  if (n_in < s->n_out ? n_in != 1 : s->n_out == 1 && n_in != 1)
    return false; // channels that are silent, or mixed
  size_t stride = n_in == 1 ? 0 : v->stride;
  const float *x = v->x + (v->pos >> 32);
  for (uint32_t c = 0; c < s->n_out; c++, x += stride)
    block->out[c] = (float *)(uintptr_t)x;
  s->last_gain = s->cached_gain;
  if (!sq_rt_voice_skip(v, block->n_frames))
    s->active = 0;
  return true;
}

/// Zeros, and what events and voices add to them.
static SqRtResult play(Sampler *s, const SqRtBlock *block) {
  bool sounds = s->active || s->tail_left;
  for (uint32_t c = 0; c < s->n_out; c++)
    memset(block->out[c], 0, block->n_frames * sizeof(float));
  const SqRtEvent *e = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    for (; e && e->offset <= at; e = e->next)
      take_event(s, e);
    uint32_t n = (e && e->offset < block->n_frames ? e->offset : block->n_frames) - at;
    if (s->active || s->tail_left) {
      n = n < CHUNK ? n : CHUNK;
      render(s, block, at, n);
      sounds = true;
    }
    at += n;
  }
  return sounds ? SQ_RT_SOUND : SQ_RT_SILENT;
}

static SqRtResult sampler_process(void *instance, const SqRtBlock *block) {
  Sampler *s = instance;
  return s->active && borrow(s, block) ? SQ_RT_SOUND : play(s, block);
}

static uint32_t sampler_tail(const void *instance) {
  const Sampler *s = instance;
  return s->active || s->tail_left ? UINT32_MAX : 0;
}

/// New zones: a voice whose sound is not among them any more fades out now, while its memory is still there.
static SqProcData *sampler_swap(void *instance, SqProcData *data) {
  Sampler *s = instance;
  SqSamplerZones *old = s->zones, *zones = (SqSamplerZones *)data;
  for (uint64_t bits = s->active; bits; bits &= bits - 1) {
    uint32_t z = 0;
    while (zones && z < zones->n && zones->zones[z].sample != s->voices[lowest(bits)].sample)
      z++;
    if (!zones || z == zones->n)
      cut_off(s, lowest(bits));
  }
  s->zones = zones;
  return old ? &old->data : NULL;
}

const SqProcessorType sq_processor_sampler = {
    .id = "sampler",
    .name = "Sampler",
    .help = "Plays sound files for notes: one-shots, gated sounds and loops over zones of keys and velocities.",
    .flags = SQ_PROC_GENERATOR | SQ_PROC_NOTES | SQ_PROC_BORROWS,
    .params = params,
    .n_params = N_PARAMS,
    .create = sampler_create,
    .free = sampler_free,
    .reset = sampler_reset,
    .process = sampler_process,
    .tail = sampler_tail,
    .swap = sampler_swap,
};
