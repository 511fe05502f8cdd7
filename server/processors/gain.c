// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `gain`: a level in dB and a switch of polarity, in place, on any number of channels.
#include <stdlib.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "processors/builtin.h"

enum { GAIN_GAIN, GAIN_POLARITY, GAIN_PARAMS };

static const SqParamInfo params[GAIN_PARAMS] = {
    {.symbol = "gain",
     .name = "Gain",
     .unit = "dB",
     .min = -144,
     .max = 24,
     .def = 0,
     .value_class = SQ_CLASS_SIGNAL,
     .help = "Level by which the signal is raised; -144 is silence."},
    {.symbol = "polarity",
     .name = "Polarity",
     .min = 0,
     .max = 1,
     .value_class = SQ_CLASS_STEPPED,
     .toggled = true,
     .help = "Turns the signal upside down."},
};

typedef struct {
  float sign, sign_from; ///< where the polarity goes, and came from
  float sign_next;       ///< what was asked for while a fade was under way
  SqRtFade fade;
  uint32_t fade_frames;
  float cached_db, cached_amp;
} Gain;

static void gain_set(void *instance, uint32_t param, double value) {
  Gain *g = instance;
  if (param != GAIN_POLARITY)
    return;
  g->sign_next = value >= 0.5 ? -1.0f : 1.0f;
}

/// Starts the fade that was asked for, once the one before it is over.
static void gain_start_fade(Gain *g) {
  if (sq_rt_fade_moves(&g->fade) || g->sign_next == g->sign)
    return;
  g->sign_from = g->sign;
  g->sign = g->sign_next;
  g->fade = (SqRtFade){.length = g->fade_frames};
}

static SqStatus gain_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Gain *g = calloc(1, sizeof *g);
  if (!g)
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a gain");
  g->sign = sq_builtin_start_value(type, setup, GAIN_POLARITY) >= 0.5 ? -1.0f : 1.0f;
  g->sign_from = g->sign_next = g->sign;
  g->fade_frames = sq_dsp_fade_frames(setup->rate, SQ_BUILTIN_FADE_MS);
  g->cached_amp = 1.0f;
  *instance = g;
  return SQ_OK;
}

static void gain_reset(void *instance) {
  Gain *g = instance;
  g->sign = g->sign_from = g->sign_next;
  g->fade = (SqRtFade){0};
}

/// Frames [at, at + n) of the block, n <= SQ_BUILTIN_CHUNK, with the gain of each frame.
static void gain_moving(Gain *g, const SqRtBlock *block, uint32_t at, uint32_t n) {
  float amp[SQ_BUILTIN_CHUNK];
  const SqSignal *db = &block->signals[0];
  for (uint32_t i = 0; i < n; i++)
    amp[i] = sq_signal_at(db, at + i);
  for (uint32_t i = 0; i < n; i++)
    amp[i] = sq_dsp_fast_db_to_amp(amp[i]);
  if (sq_rt_fade_moves(&g->fade))
    for (uint32_t i = 0; i < n; i++)
      amp[i] *= g->sign_from + sq_rt_fade_at(&g->fade, i) * (g->sign - g->sign_from);
  else
    for (uint32_t i = 0; i < n; i++)
      amp[i] *= g->sign;
  for (uint32_t c = 0; c < block->n_out; c++)
    for (uint32_t i = 0; i < n; i++)
      block->out[c][at + i] = block->in[c][at + i] * amp[i] + 0.0f; // + 0: silence is 0, never -0
}

/// The same while nothing moves.
static void gain_still(Gain *g, const SqRtBlock *block, uint32_t at, uint32_t n) {
  float db = sq_signal_at(&block->signals[0], at);
  if (db != g->cached_db) {
    g->cached_db = db;
    g->cached_amp = sq_dsp_fast_db_to_amp(db);
  }
  float amp = g->cached_amp * g->sign;
  for (uint32_t c = 0; c < block->n_out; c++) {
    const float *in = block->in[c] + at;
    float *out = block->out[c] + at;
    if (amp == 1.0f && in == out)
      continue;
    for (uint32_t i = 0; i < n; i++)
      out[i] = in[i] * amp + 0.0f;
  }
}

static SqRtResult gain_process(void *instance, const SqRtBlock *block) {
  Gain *g = instance;
  const SqRtEvent *next = block->events;
  bool still = sq_builtin_is_constant(&block->signals[0]);
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_builtin_take_events(block, &next, at, gain_set, g);
    gain_start_fade(g);
    uint32_t n = end - at;
    if (sq_rt_fade_moves(&g->fade)) { // a piece never reaches past the fade's end
      uint32_t left = g->fade.length - g->fade.at;
      n = n < left ? n : left;
    }
    if (still && !sq_rt_fade_moves(&g->fade)) {
      gain_still(g, block, at, n);
    } else {
      n = n < SQ_BUILTIN_CHUNK ? n : SQ_BUILTIN_CHUNK;
      gain_moving(g, block, at, n);
      sq_rt_fade_advance(&g->fade, n);
    }
    at += n;
  }
  return sq_builtin_outputs_silent(block) && !sq_rt_fade_moves(&g->fade) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

const SqProcessorType sq_processor_gain = {
    .id = "gain",
    .name = "Gain",
    .help = "Raises or lowers the level and can turn the polarity.",
    .flags = SQ_PROC_EFFECT | SQ_PROC_IN_PLACE,
    .params = params,
    .n_params = GAIN_PARAMS,
    .create = gain_create,
    .free = free,
    .reset = gain_reset,
    .process = gain_process,
};
