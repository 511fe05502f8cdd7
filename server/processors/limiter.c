// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `limiter`: no sample above the ceiling, all channels alike, by looking ahead; its delay is the latency it reports.
///
/// Below the ceiling the samples pass with their very bits. What is not a finite number is taken for silence. The
/// ceiling travels with the sound: when it is lowered, what is already inside comes out under the old one. See
/// dsp/lookahead.h for the gain.
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "dsp/lookahead.h"
#include "processors/builtin.h"

enum { CEILING, RELEASE, GAIN, SIGNALS, LOOKAHEAD = SIGNALS, GAIN_REDUCTION, PARAMS };

static const SqParamInfo params[PARAMS] = {
    {.symbol = "ceiling",
     .name = "Ceiling",
     .unit = "dB",
     .min = -60,
     .max = 0,
     .def = -0.1,
     .help = "Level that no sample exceeds."},
    {.symbol = "release",
     .name = "Release",
     .unit = "ms",
     .min = 1,
     .max = 2000,
     .def = 100,
     .scale = SQ_SCALE_LOG,
     .help = "Time in which 63 % of the gain comes back after a peak."},
    {.symbol = "gain",
     .name = "Gain",
     .unit = "dB",
     .min = -24,
     .max = 24,
     .def = 0,
     .help = "Gain before the limiter."},
    {.symbol = "lookahead",
     .name = "Look-ahead",
     .unit = "ms",
     .min = 0.1,
     .max = 20,
     .def = 5,
     .value_class = SQ_CLASS_CONTROL,
     .help = "How early the gain begins to fall before a peak; this is the latency."},
    {.symbol = "gain_reduction",
     .name = "Gain reduction",
     .unit = "dB",
     .min = 0,
     .max = 144,
     .output = true,
     .help = "By how much the sound is turned down at most in the block."},
};

typedef struct {
  float frames_per_ms;
  uint32_t n_channels;
  SqRtLookahead lookahead;
  void *memory;   ///< of the look-ahead
  float *delayed; ///< [n_channels + 1][ring_mask + 1]: the sound, then the ceiling that was valid for it
  uint32_t ring_mask, write;
  uint32_t filled;         ///< frames written since reset, up to the delay: emptying the ring costs nothing
  uint32_t quiet;          ///< zero frames that went in last, up to the delay
  float least;             ///< lowest gain of the last block
  float constant[SIGNALS]; ///< value that a row of `curve` is filled with, or NAN
  float curve[SIGNALS][SQ_BUILTIN_CHUNK]; ///< ceiling and gain as amplitudes; release as given
  uint32_t share[SQ_BUILTIN_CHUNK];       ///< of the release
} Limiter;

static void limiter_reset(void *instance) {
  Limiter *l = instance;
  sq_rt_lookahead_reset(&l->lookahead);
  l->write = l->filled = 0;
  l->quiet = l->lookahead.delay;
  l->least = 1.0f;
  for (uint32_t s = 0; s < SIGNALS; s++)
    l->constant[s] = NAN;
}

static void limiter_free(void *instance) {
  Limiter *l = instance;
  if (l) {
    free(l->memory);
    free(l->delayed);
  }
  free(l);
}

static SqStatus limiter_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Limiter *l = calloc(1, sizeof *l);
  uint32_t delay = sq_dsp_fade_frames(setup->rate, sq_builtin_start_value(type, setup, LOOKAHEAD));
  uint32_t ring = SQ_BUILTIN_CHUNK;
  while (ring < delay + SQ_BUILTIN_CHUNK)
    ring *= 2;
  if (l) {
    l->memory = calloc(1, sq_rt_lookahead_size(delay));
    l->delayed = calloc((size_t)(setup->n_out + 1) * ring, sizeof *l->delayed);
  }
  if (!l || !l->memory || !l->delayed) {
    limiter_free(l);
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a limiter");
  }
  l->frames_per_ms = (float)(setup->rate * 0.001);
  l->n_channels = setup->n_out;
  l->ring_mask = ring - 1;
  sq_rt_lookahead_init(&l->lookahead, delay, l->memory);
  limiter_reset(l);
  *instance = l;
  return SQ_OK;
}

/// From a parameter's unit to that of the loop. The ceiling is rounded down by more than its conversion may be off,
/// save 0 dB, which is exact: full scale passes.
static inline float convert(uint32_t signal, float value) {
  switch (signal) {
  case CEILING:
    return value < 0.0f ? sq_dsp_fast_db_to_amp(value) * 0.9999996f : 1.0f;
  case GAIN:
    return sq_dsp_fast_db_to_amp(value);
  default:
    return value;
  }
}

/// Fills the rows of `curve` for frames [at, at + n); rows that stand still are filled whole, once.
static void fill_curves(Limiter *l, const SqRtBlock *block, uint32_t at, uint32_t n) {
  for (uint32_t s = 0; s < SIGNALS; s++) {
    const uint32_t end = sq_builtin_fill_row(&block->signals[s], at, n, &l->constant[s], l->curve[s]);
    for (uint32_t i = 0; i < end; i++)
      l->curve[s][i] = convert(s, l->curve[s][i]);
    if (s == RELEASE)
      for (uint32_t i = 0; i < end; i++)
        l->share[i] = sq_dsp_release_share(l->curve[s][i] * l->frames_per_ms);
  }
}

/// The gain of each frame that comes out, from the peaks that go in; true when it is 1 throughout.
static bool run_gain(Limiter *l, const float *peak, uint32_t n, float *gain) {
  uint32_t needed[SQ_BUILTIN_CHUNK], all = SQ_LOOKAHEAD_ONE;
  for (uint32_t i = 0; i < n; i++) {
    needed[i] = sq_dsp_needed_gain(peak[i], l->curve[CEILING][i]);
    all = needed[i] < all ? needed[i] : all;
  }
  for (uint32_t i = 0; i < n; i++)
    l->quiet = peak[i] != 0.0f ? 0 : l->quiet + (l->quiet < l->lookahead.delay);
  if (all == SQ_LOOKAHEAD_ONE && sq_rt_lookahead_rests(&l->lookahead))
    return true; // the queue of minima would hold a single 1 all the while
  for (uint32_t i = 0; i < n; i++) {
    gain[i] = sq_rt_lookahead_step(&l->lookahead, needed[i], l->share[i]);
    l->least = gain[i] < l->least ? gain[i] : l->least;
  }
  return false;
}

/// Frames [at, at + n), n no more than to the end of the ring for both its ends.
static void run_piece(Limiter *l, const SqRtBlock *block, uint32_t at, uint32_t n) {
  uint32_t ring = l->ring_mask + 1, write = l->write, read = (write - l->lookahead.delay) & l->ring_mask;
  float *ceiling = l->delayed + (size_t)l->n_channels * ring;
  float peak[SQ_BUILTIN_CHUNK] = {0}, gain[SQ_BUILTIN_CHUNK];
  fill_curves(l, block, at, n);
  for (uint32_t c = 0; c < block->n_out; c++)
    sq_dsp_drive(block->in[c] + at, l->curve[GAIN], l->delayed + (size_t)c * ring + write, peak, n);
  memcpy(ceiling + write, l->curve[CEILING], n * sizeof *ceiling);
  bool transparent = run_gain(l, peak, n, gain);
  uint32_t none = l->lookahead.delay - l->filled < n ? l->lookahead.delay - l->filled : n; // from before the reset
  for (uint32_t c = 0; c < block->n_out; c++) {
    const float *x = l->delayed + (size_t)c * ring + read;
    if (transparent)
      memcpy(block->out[c] + at, x, n * sizeof *x);
    else
      sq_dsp_apply_under(x, gain, ceiling + read, block->out[c] + at, n);
    memset(block->out[c] + at, 0, none * sizeof *x);
  }
  l->filled += none;
  l->write = (write + n) & l->ring_mask;
}

static SqRtResult limiter_process(void *instance, const SqRtBlock *block) {
  Limiter *l = instance;
  uint32_t ring = l->ring_mask + 1;
  l->least = 1.0f;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t n = block->n_frames - at, read = (l->write - l->lookahead.delay) & l->ring_mask;
    n = n < SQ_BUILTIN_CHUNK ? n : SQ_BUILTIN_CHUNK;
    n = n < ring - l->write ? n : ring - l->write;
    n = n < ring - read ? n : ring - read;
    run_piece(l, block, at, n);
    at += n;
  }
  bool rests = l->quiet == l->lookahead.delay && sq_rt_lookahead_rests(&l->lookahead);
  return rests && sq_builtin_outputs_silent(block) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static uint32_t limiter_latency(const void *instance) {
  const Limiter *l = instance;
  return l->lookahead.delay;
}

static float limiter_output_value(const void *instance, uint32_t param) {
  const Limiter *l = instance;
  return param == GAIN_REDUCTION && l->least < 1.0f ? -sq_dsp_fast_amp_to_db(l->least > 6e-8f ? l->least : 6e-8f)
                                                    : 0.0f;
}

const SqProcessorType sq_processor_limiter = {
    .id = "limiter",
    .name = "Limiter",
    .help = "Lets no sample above a ceiling, by looking ahead.",
    .flags = SQ_PROC_EFFECT | SQ_PROC_IN_PLACE,
    .params = params,
    .n_params = PARAMS,
    .create = limiter_create,
    .free = limiter_free,
    .reset = limiter_reset,
    .process = limiter_process,
    .latency = limiter_latency,
    .output_value = limiter_output_value,
};
