// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `compressor`: all channels turned down alike by the loudest, or by a sidechain; in place, without delay.
///
/// The level is the peak, held for 3 ms so that the halves of a low wave do not count as pauses, or the mean square
/// over 10 ms. See dsp/dynamics.h for the design.
#include <stdlib.h>
#include <string.h>

#include "dsp/dynamics.h"
#include "dsp/fade.h"
#include "processors/builtin.h"

#define HOLD_MS 3.0
#define RMS_MS 10.0
#define DETECTOR_FADE_MS 20.0

enum { THRESHOLD, RATIO, KNEE, ATTACK, RELEASE, MAKEUP, MIX, SIGNALS, DETECTOR = SIGNALS, GAIN_REDUCTION, PARAMS };
enum { PEAK, RMS, DETECTORS };

static const SqParamInfo params[PARAMS] = {
    {.symbol = "threshold",
     .name = "Threshold",
     .unit = "dB",
     .min = -80,
     .max = 0,
     .def = -20,
     .help = "Level above which the sound is turned down."},
    {.symbol = "ratio",
     .name = "Ratio",
     .min = 1,
     .max = 100,
     .def = 4,
     .scale = SQ_SCALE_LOG,
     .help = "How many dB more must come in above the threshold for one dB more to go out."},
    {.symbol = "knee",
     .name = "Knee",
     .unit = "dB",
     .min = 0,
     .max = 36,
     .def = 6,
     .help = "Width of the bend round the threshold."},
    {.symbol = "attack",
     .name = "Attack",
     .unit = "ms",
     .min = 0.05,
     .max = 500,
     .def = 10,
     .scale = SQ_SCALE_LOG,
     .help = "Time in which 63 % of a greater reduction in dB is reached."},
    {.symbol = "release",
     .name = "Release",
     .unit = "ms",
     .min = 5,
     .max = 5000,
     .def = 150,
     .scale = SQ_SCALE_LOG,
     .help = "Time in which 63 % of the reduction in dB is given back, from 3 ms after the level fell."},
    {.symbol = "makeup",
     .name = "Make-up gain",
     .unit = "dB",
     .min = -24,
     .max = 36,
     .def = 0,
     .help = "Gain of the compressed sound."},
    {.symbol = "mix",
     .name = "Mix",
     .min = 0,
     .max = 1,
     .def = 1,
     .help = "Share of the compressed sound; the rest is the sound as it came."},
    {.symbol = "detector",
     .name = "Detector",
     .max = DETECTORS - 1,
     .value_class = SQ_CLASS_STEPPED,
     .choices = "peak|rms",
     .integer = true,
     .help = "What counts as level: the peak, or the mean over 10 ms, where a sine reads 3 dB below its peak."},
    {.symbol = "gain_reduction",
     .name = "Gain reduction",
     .unit = "dB",
     .min = 0,
     .max = 144,
     .output = true,
     .help = "By how much the sound is turned down at most in the block, make-up gain left out."},
};

typedef struct {
  float frames_per_ms;
  uint32_t fade_frames;
  uint32_t detector, detector_next; ///< heard (or faded to), asked for
  SqRtFade fade;
  SqRtHold hold;
  SqRtMeanSquare mean_square;
  float reduction;                        ///< dB, of the last frame
  float most;                             ///< dB, of the last block
  float constant[SIGNALS];                ///< value that a row of `curve` is filled with, or NAN
  float curve[SIGNALS][SQ_BUILTIN_CHUNK]; ///< parameters of each frame, in the units of the loop
} Compressor;

static void compressor_set(void *instance, uint32_t param, double value) {
  Compressor *k = instance;
  if (param == DETECTOR)
    k->detector_next = sq_builtin_choice(value, DETECTORS);
}

static void compressor_reset(void *instance) {
  Compressor *k = instance;
  k->detector = k->detector_next;
  k->fade = (SqRtFade){0};
  k->reduction = k->most = 0.0f;
  sq_rt_hold_reset(&k->hold);
  memset(k->mean_square.mean, 0, sizeof k->mean_square.mean);
  for (uint32_t s = 0; s < SIGNALS; s++)
    k->constant[s] = NAN;
}

static void compressor_free(void *instance) {
  Compressor *k = instance;
  if (k)
    free(k->hold.cells);
  free(k);
}

static SqStatus compressor_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Compressor *k = calloc(1, sizeof *k);
  if (k) {
    k->hold.n_cells = (sq_dsp_fade_frames(setup->rate, HOLD_MS) + SQ_GRID - 1) / SQ_GRID;
    k->hold.cells = calloc(k->hold.n_cells, sizeof *k->hold.cells);
  }
  if (!k || !k->hold.cells) {
    compressor_free(k);
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a compressor");
  }
  k->frames_per_ms = (float)(setup->rate * 0.001);
  k->fade_frames = sq_dsp_fade_frames(setup->rate, DETECTOR_FADE_MS);
  k->mean_square.share = sq_dsp_one_pole_share((float)RMS_MS * k->frames_per_ms);
  k->detector_next = sq_builtin_choice(sq_builtin_start_value(type, setup, DETECTOR), DETECTORS);
  compressor_reset(k);
  *instance = k;
  return SQ_OK;
}

/// From a parameter's unit to that of the loop.
static inline float convert(const Compressor *k, uint32_t signal, float value) {
  switch (signal) {
  case RATIO:
    return 1.0f - 1.0f / (value > 1.0f ? value : 1.0f);
  case ATTACK:
  case RELEASE:
    return sq_dsp_one_pole_share(value * k->frames_per_ms);
  default:
    return value;
  }
}

/// Fills the rows of `curve` for frames [at, at + n); rows that stand still are filled whole, once.
static void fill_curves(Compressor *k, const SqRtBlock *block, uint32_t at, uint32_t n) {
  for (uint32_t s = 0; s < SIGNALS; s++) {
    const uint32_t end = sq_builtin_fill_row(&block->signals[s], at, n, &k->constant[s], k->curve[s]);
    for (uint32_t i = 0; i < end; i++)
      k->curve[s][i] = convert(k, s, k->curve[s][i]);
  }
}

/// Level in dB of each frame, by the detector or, while it fades, by both.
static void detect(Compressor *k, const SqDspPiece *piece, float *level_db) {
  bool fades = sq_rt_fade_moves(&k->fade);
  float power[SQ_BUILTIN_CHUNK];
  uint32_t n = piece->n;
  sq_dsp_link_peak(piece->x, piece->n_channels, piece->at, n, level_db);
  sq_rt_hold_run(&k->hold, piece->frame, level_db, n); // always, so that a change of detector finds it true
  if (k->detector == RMS || fades)
    sq_rt_mean_square_run(&k->mean_square, piece, power);
  if (k->detector == PEAK || fades)
    for (uint32_t i = 0; i < n; i++)
      level_db[i] = sq_dsp_fast_amp_to_db(level_db[i]);
  if (k->detector == RMS || fades)
    for (uint32_t i = 0; i < n; i++)
      power[i] = 0.5f * sq_dsp_fast_amp_to_db(power[i]);
  if (fades)
    for (uint32_t i = 0; i < n; i++) {
      float peak = level_db[i] > SQ_DSP_FLOOR_DB ? level_db[i] : SQ_DSP_FLOOR_DB;
      float rms = power[i] > SQ_DSP_FLOOR_DB ? power[i] : SQ_DSP_FLOOR_DB;
      float x = sq_rt_fade_at(&k->fade, i);
      level_db[i] = k->detector == RMS ? peak + x * (rms - peak) : rms + x * (peak - rms);
    }
  else if (k->detector == RMS)
    memcpy(level_db, power, n * sizeof level_db[0]);
}

/// Frames [at, at + n), n <= SQ_BUILTIN_CHUNK.
static void run_piece(Compressor *k, const SqRtBlock *block, uint32_t at, uint32_t n) {
  float x[SQ_BUILTIN_CHUNK];
  const SqDspPiece piece = {.x = block->side ? block->side : block->in,
                            .n_channels = block->side ? block->n_side : block->n_in,
                            .at = at,
                            .n = n,
                            .frame = block->frame + at};
  fill_curves(k, block, at, n);
  detect(k, &piece, x);
  for (uint32_t i = 0; i < n; i++)
    x[i] = sq_dsp_reduction(x[i], k->curve[THRESHOLD][i], k->curve[RATIO][i], k->curve[KNEE][i]);
  k->reduction = sq_dsp_ballistics(x, k->curve[ATTACK], k->curve[RELEASE], n, piece.frame, k->reduction);
  for (uint32_t i = 0; i < n; i++)
    k->most = x[i] > k->most ? x[i] : k->most;
  for (uint32_t i = 0; i < n; i++) {
    float gain = sq_dsp_fast_exp2((k->curve[MAKEUP][i] - x[i]) * (1.0f / SQ_DSP_DB_PER_OCTAVE));
    x[i] = 1.0f + k->curve[MIX][i] * (gain - 1.0f);
  }
  for (uint32_t c = 0; c < block->n_out; c++)
    for (uint32_t i = 0; i < n; i++)
      block->out[c][at + i] = block->in[c][at + i] * x[i];
}

/// True when nothing would change in silence. A sidechain may start at any time, so then it never is.
static bool is_at_rest(const Compressor *k, const SqRtBlock *block) {
  if (block->side || sq_rt_fade_moves(&k->fade) || k->reduction != 0.0f || k->hold.past != 0.0f ||
      k->hold.present != 0.0f)
    return false;
  for (uint32_t c = 0; k->detector == RMS && c < block->n_in; c++)
    if (k->mean_square.mean[c] != 0.0f)
      return false;
  return true;
}

/// Starts the change of detector that was asked for, once the one before it is over.
static void start_fade(Compressor *k, const SqRtBlock *block) {
  if (sq_rt_fade_moves(&k->fade) || k->detector_next == k->detector)
    return;
  k->detector = k->detector_next;
  k->fade = (SqRtFade){.length = k->fade_frames};
  if (k->detector == RMS) { // it has not listened so far: a sine of the peak that is held is a fair guess
    float held = k->hold.past > k->hold.present ? k->hold.past : k->hold.present;
    uint32_t n = block->side ? block->n_side : block->n_in;
    for (uint32_t c = 0; c < n; c++)
      k->mean_square.mean[c] = 0.5f * held * held;
  }
}

static SqRtResult compressor_process(void *instance, const SqRtBlock *block) {
  Compressor *k = instance;
  const SqRtEvent *next = block->events;
  k->most = 0.0f;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_builtin_take_events(block, &next, at, compressor_set, k);
    start_fade(k, block);
    uint32_t n = end - at < SQ_BUILTIN_CHUNK ? end - at : SQ_BUILTIN_CHUNK;
    if (sq_rt_fade_moves(&k->fade)) { // a piece never reaches past the fade's end
      uint32_t left = k->fade.length - k->fade.at;
      n = n < left ? n : left;
    }
    run_piece(k, block, at, n);
    sq_rt_fade_advance(&k->fade, n);
    at += n;
  }
  return sq_builtin_outputs_silent(block) && is_at_rest(k, block) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static float compressor_output_value(const void *instance, uint32_t param) {
  const Compressor *k = instance;
  return param == GAIN_REDUCTION ? k->most : 0.0f;
}

const SqProcessorType sq_processor_compressor = {
    .id = "compressor",
    .name = "Compressor",
    .help = "Turns down what is louder than a threshold, all channels alike, or by a sidechain.",
    .flags = SQ_PROC_EFFECT | SQ_PROC_IN_PLACE | SQ_PROC_SIDECHAIN,
    .params = params,
    .n_params = PARAMS,
    .create = compressor_create,
    .free = compressor_free,
    .reset = compressor_reset,
    .process = compressor_process,
    .output_value = compressor_output_value,
};
