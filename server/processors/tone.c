// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `tone`: a test oscillator, the same on every channel.
///
/// The phase is a 64-bit fraction of a turn, added up in whole numbers: cutting time otherwise cannot change a bit, and
/// a tone that was not asked for some blocks comes back where it would have been.
/// Steps are band-limited by PolyBLEP (Valimaki, Pekonen, Nam: "Perceptually informed synthesis of bandlimited
/// classical waveforms using integrated polynomial interpolation", JASA 131(1), 2012), corners of the triangle by its
/// integral, PolyBLAMP (Esqueda, Valimaki, Bilbao: "Rounding corners with BLAMP", DAFx 2016).
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "processors/builtin.h"

enum { TONE_FREQ, TONE_LEVEL, TONE_WAVE, TONE_PARAMS };
typedef enum { WAVE_SINE, WAVE_TRIANGLE, WAVE_SAW, WAVE_SQUARE, WAVES } Wave;

static const SqParamInfo params[TONE_PARAMS] = {
    {.symbol = "freq",
     .name = "Frequency",
     .unit = "Hz",
     .min = 20,
     .max = 20000,
     .def = 440,
     .scale = SQ_SCALE_LOG,
     .value_class = SQ_CLASS_SIGNAL,
     .help = "Frequency of the tone."},
    {.symbol = "level",
     .name = "Level",
     .unit = "dB",
     .min = -144,
     .max = 0,
     .def = -20,
     .value_class = SQ_CLASS_SIGNAL,
     .help = "Peak level of the tone; -144 is silence."},
    {.symbol = "wave",
     .name = "Wave",
     .min = 0,
     .max = WAVES - 1,
     .value_class = SQ_CLASS_STEPPED,
     .choices = "sine|triangle|saw|square",
     .integer = true,
     .help = "Shape of the tone."},
};

typedef struct {
  double turns_per_hz; ///< 2^64 / rate
  float max_hz;
  uint64_t phase;
  uint64_t step;   ///< phase per frame of the last frame made
  uint64_t frame;  ///< engine frame that is due next
  bool started;    ///< a frame was made since reset
  Wave wave, from; ///< playing, and faded away from
  Wave wave_next;  ///< asked for
  SqRtFade wave_fade;
  SqRtFade fade_in;
  uint32_t fade_frames;
} Tone;

static void tone_set(void *instance, uint32_t param, double value) {
  Tone *t = instance;
  if (param == TONE_WAVE)
    t->wave_next = (Wave)sq_builtin_choice(value, WAVES);
}

static void tone_reset(void *instance) {
  Tone *t = instance;
  t->phase = 0;
  t->step = 0;
  t->started = false;
  t->wave = t->from = t->wave_next;
  t->wave_fade = (SqRtFade){0};
  t->fade_in = (SqRtFade){.length = t->fade_frames};
}

static SqStatus tone_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Tone *t = calloc(1, sizeof *t);
  if (!t)
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a tone");
  t->turns_per_hz = 18446744073709551616.0 / setup->rate;
  t->max_hz = (float)(setup->rate * 0.49);
  t->fade_frames = sq_dsp_fade_frames(setup->rate, SQ_BUILTIN_FADE_MS);
  t->wave_next = (Wave)sq_builtin_choice(sq_builtin_start_value(type, setup, TONE_WAVE), WAVES);
  tone_reset(t);
  *instance = t;
  return SQ_OK;
}

/// What a step of height 2 at phase 0 lacks to be band-limited; t in turns, dt turns per frame.
static double poly_blep(double t, double dt) {
  if (t < dt) {
    double x = t / dt - 1.0;
    return -x * x;
  }
  if (t > 1.0 - dt) {
    double x = (t - 1.0) / dt + 1.0;
    return x * x;
  }
  return 0.0;
}

/// The same for a corner of slope 1 per frame at phase 0.
static double poly_blamp(double t, double dt) {
  double x = t < 0.5 ? t / dt : (1.0 - t) / dt;
  return x < 1.0 ? (1.0 - x) * (1.0 - x) * (1.0 - x) / 6.0 : 0.0;
}

static double turns_of(uint64_t phase) {
  return (double)(phase >> 11) * (1.0 / 9007199254740992.0); // 2^-53: exact
}

static float tone_sample(Wave wave, uint64_t phase, uint64_t step) {
  const uint64_t quarter = UINT64_C(1) << 62;
  double t = turns_of(phase), dt = turns_of(step);
  switch (wave) {
  case WAVE_TRIANGLE: {
    double x = t < 0.25 ? 4.0 * t : t < 0.75 ? 2.0 - 4.0 * t : 4.0 * t - 4.0;
    double top = poly_blamp(turns_of(phase - quarter), dt), bottom = poly_blamp(turns_of(phase - 3 * quarter), dt);
    return (float)(x + 8.0 * dt * (bottom - top));
  }
  case WAVE_SAW:
    return (float)(2.0 * t - 1.0 - poly_blep(t, dt));
  case WAVE_SQUARE:
    return (float)((t < 0.5 ? 1.0 : -1.0) + poly_blep(t, dt) - poly_blep(turns_of(phase + 2 * quarter), dt));
  case WAVE_SINE:
  default:
    return (float)sq_dsp_sine_of_phase(phase);
  }
}

static uint64_t tone_step(const Tone *t, float hz) {
  hz = hz > 0.0f ? hz : 0.0f; // NaN too
  hz = hz < t->max_hz ? hz : t->max_hz;
  return (uint64_t)((double)hz * t->turns_per_hz);
}

/// Frames [at, at + n), n <= SQ_BUILTIN_CHUNK, into x[n].
static void tone_chunk(Tone *t, const SqRtBlock *block, uint32_t at, uint32_t n, float *x) {
  uint64_t phase[SQ_BUILTIN_CHUNK], step[SQ_BUILTIN_CHUNK];
  const SqSignal *hz = &block->signals[0], *db = &block->signals[1];
  bool steady = sq_builtin_is_constant(hz);
  uint64_t s = tone_step(t, sq_signal_at(hz, at));
  for (uint32_t i = 0; i < n; i++) {
    step[i] = steady ? s : tone_step(t, sq_signal_at(hz, at + i));
    phase[i] = t->phase;
    t->phase += step[i];
  }
  t->step = step[n - 1];
  if (t->wave == WAVE_SINE)
    for (uint32_t i = 0; i < n; i++)
      x[i] = (float)sq_dsp_sine_of_phase(phase[i]);
  else
    for (uint32_t i = 0; i < n; i++)
      x[i] = tone_sample(t->wave, phase[i], step[i]);
  if (sq_rt_fade_moves(&t->wave_fade))
    for (uint32_t i = 0; i < n; i++) {
      float from = tone_sample(t->from, phase[i], step[i]);
      x[i] = from + sq_rt_fade_at(&t->wave_fade, i) * (x[i] - from);
    }
  float still = sq_dsp_fast_db_to_amp(sq_signal_at(db, at));
  if (sq_builtin_is_constant(db))
    for (uint32_t i = 0; i < n; i++)
      x[i] *= still;
  else
    for (uint32_t i = 0; i < n; i++)
      x[i] *= sq_dsp_fast_db_to_amp(sq_signal_at(db, at + i));
  if (sq_rt_fade_moves(&t->fade_in))
    for (uint32_t i = 0; i < n; i++)
      x[i] *= sq_rt_fade_at(&t->fade_in, i);
}

static SqRtResult tone_process(void *instance, const SqRtBlock *block) {
  Tone *t = instance;
  const SqRtEvent *next = block->events;
  if (t->started)
    t->phase += (block->frame - t->frame) * t->step; // blocks in which nobody heard it
  t->started = true;
  t->frame = block->frame + block->n_frames;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_builtin_take_events(block, &next, at, tone_set, t);
    if (!sq_rt_fade_moves(&t->wave_fade) && t->wave_next != t->wave) {
      t->from = t->wave;
      t->wave = t->wave_next;
      t->wave_fade = (SqRtFade){.length = t->fade_frames};
    }
    uint32_t n = end - at < SQ_BUILTIN_CHUNK ? end - at : SQ_BUILTIN_CHUNK;
    if (sq_rt_fade_moves(&t->wave_fade)) { // a piece never reaches past the fade's end
      uint32_t left = t->wave_fade.length - t->wave_fade.at;
      n = n < left ? n : left;
    }
    float x[SQ_BUILTIN_CHUNK];
    tone_chunk(t, block, at, n, x);
    for (uint32_t c = 0; c < block->n_out; c++)
      memcpy(block->out[c] + at, x, n * sizeof x[0]);
    sq_rt_fade_advance(&t->wave_fade, n);
    sq_rt_fade_advance(&t->fade_in, n);
    at += n;
  }
  return SQ_RT_SOUND; // even at -144 dB: the next block's level may be another
}

const SqProcessorType sq_processor_tone = {
    .id = "tone",
    .name = "Test tone",
    .help = "Plays a steady tone for tests and line-up.",
    .flags = SQ_PROC_GENERATOR,
    .params = params,
    .n_params = TONE_PARAMS,
    .create = tone_create,
    .free = free,
    .reset = tone_reset,
    .process = tone_process,
};
