// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `eq`: eight bands, each a bell, shelf, pass or notch, on any number of channels.
///
/// A band that does nothing (off, or at 0 dB) sleeps: it costs nothing and leaves the very bits. Coefficients are
/// computed for every frame while a value moves, and kept while none does; see dsp/svf.h for the filter.
#include <stdlib.h>
#include <string.h>

#include "dsp/fade.h"
#include "dsp/svf.h"
#include "processors/builtin.h"

enum { BANDS = 8, BAND_ON = 0, BAND_TYPE, BAND_FREQ, BAND_GAIN, BAND_Q, BAND_PARAMS };
enum { SIGNALS_PER_BAND = 3, SIGNAL_FREQ = 0, SIGNAL_GAIN, SIGNAL_Q };
enum { IDLE_FRAMES = 2048 }; ///< a band at rest goes to sleep after these: a sweep through 0 dB must not reset it

_Static_assert(BANDS <= SQ_SVF_MAX_BANDS && SQ_BUILTIN_CHUNK <= SQ_SVF_CHUNK, "svf.c has room for the bands");

#define TYPES "bell|low_shelf|high_shelf|high_pass|low_pass|band_pass|notch"

#define EQ_BAND(n, is_on, a_type, hz, a_q)                                                                             \
  {.symbol = "b" #n "_on",                                                                                             \
   .name = "Band " #n " on",                                                                                           \
   .max = 1,                                                                                                           \
   .def = is_on,                                                                                                       \
   .value_class = SQ_CLASS_STEPPED,                                                                                    \
   .toggled = true,                                                                                                    \
   .help = "Whether band " #n " is heard."},                                                                           \
      {.symbol = "b" #n "_type",                                                                                       \
       .name = "Band " #n " type",                                                                                     \
       .max = SQ_SVF_OFF - 1,                                                                                          \
       .def = a_type,                                                                                                  \
       .value_class = SQ_CLASS_STEPPED,                                                                                \
       .choices = TYPES,                                                                                               \
       .integer = true,                                                                                                \
       .help = "Curve of band " #n "; passes fall by 12 dB an octave."},                                               \
      {.symbol = "b" #n "_freq",                                                                                       \
       .name = "Band " #n " frequency",                                                                                \
       .unit = "Hz",                                                                                                   \
       .min = 20,                                                                                                      \
       .max = 20000,                                                                                                   \
       .def = hz,                                                                                                      \
       .scale = SQ_SCALE_LOG,                                                                                          \
       .value_class = SQ_CLASS_SIGNAL,                                                                                 \
       .help = "Centre of a bell, band-pass or notch, middle of a shelf's slope, corner of a pass."},                  \
      {.symbol = "b" #n "_gain",                                                                                       \
       .name = "Band " #n " gain",                                                                                     \
       .unit = "dB",                                                                                                   \
       .min = -24,                                                                                                     \
       .max = 24,                                                                                                      \
       .value_class = SQ_CLASS_SIGNAL,                                                                                 \
       .help = "Gain of a bell or shelf; at 0 dB they cost nothing."},                                                 \
      {.symbol = "b" #n "_q",                                                                                          \
       .name = "Band " #n " Q",                                                                                        \
       .min = 0.1,                                                                                                     \
       .max = 20,                                                                                                      \
       .def = a_q,                                                                                                     \
       .scale = SQ_SCALE_LOG,                                                                                          \
       .value_class = SQ_CLASS_SIGNAL,                                                                                 \
       .help = "Quality: how narrow a bell or notch, how resonant a pass, how steep a shelf is."},

static const SqParamInfo params[] = {
    // clang-format off
    EQ_BAND(1, 0, SQ_SVF_HIGH_PASS, 30, 0.70710678)
    EQ_BAND(2, 1, SQ_SVF_LOW_SHELF, 100, 0.70710678)
    EQ_BAND(3, 1, SQ_SVF_BELL, 250, 1)
    EQ_BAND(4, 1, SQ_SVF_BELL, 800, 1)
    EQ_BAND(5, 1, SQ_SVF_BELL, 2500, 1)
    EQ_BAND(6, 1, SQ_SVF_BELL, 6000, 1)
    EQ_BAND(7, 1, SQ_SVF_HIGH_SHELF, 10000, 0.70710678)
    EQ_BAND(8, 0, SQ_SVF_LOW_PASS, 18000, 0.70710678)
    // clang-format on
};
_Static_assert(sizeof params / sizeof params[0] == BANDS * BAND_PARAMS, "the table and the bands agree");

typedef struct {
  bool on;         ///< as set
  SqSvfType type;  ///< as set
  SqSvfType shape; ///< heard: the type, or OFF
  SqSvfType from;  ///< faded away from
  SqRtFade fade;
  uint32_t idle; ///< frames in a row in which it did nothing, up to IDLE_FRAMES: then it sleeps and its states are zero
  float hz, db, q;     ///< what `shape_now` and `coef` were computed for
  SqSvfType for_shape; ///< likewise
  SqDspSvfShape shape_now;
  SqDspSvfCoef coef;
} Band;

typedef struct {
  double inverse_rate;
  uint32_t fade_frames;
  uint32_t n_pairs;
  SqDspSvfState *states; ///< [n_pairs][BANDS]
  Band bands[BANDS];
  SqDspSvfCoef moving[BANDS][SQ_BUILTIN_CHUNK];
} Eq;

/// How one band takes part in one piece of a block.
typedef struct {
  bool moves, awake;
} Part;

static void eq_set(void *instance, uint32_t param, double value) {
  Eq *eq = instance;
  if (param >= BANDS * BAND_PARAMS)
    return;
  Band *band = &eq->bands[param / BAND_PARAMS];
  if (param % BAND_PARAMS == BAND_ON)
    band->on = value >= 0.5;
  else if (param % BAND_PARAMS == BAND_TYPE)
    band->type = (SqSvfType)sq_builtin_choice(value, SQ_SVF_OFF);
}

static void eq_reset(void *instance) {
  Eq *eq = instance;
  memset(eq->states, 0, (size_t)eq->n_pairs * BANDS * sizeof *eq->states);
  for (uint32_t b = 0; b < BANDS; b++) {
    Band *band = &eq->bands[b];
    band->shape = band->from = band->on ? band->type : SQ_SVF_OFF;
    band->fade = (SqRtFade){0};
    band->idle = IDLE_FRAMES;
    band->hz = 0.0f; // no such frequency: computed at the first block
  }
}

static void eq_free(void *instance) {
  Eq *eq = instance;
  if (eq)
    free(eq->states);
  free(eq);
}

static SqStatus eq_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Eq *eq = calloc(1, sizeof *eq);
  uint32_t n_pairs = (setup->n_out + 1) / 2;
  if (eq)
    eq->states = calloc((size_t)n_pairs * BANDS, sizeof *eq->states);
  if (!eq || !eq->states) {
    eq_free(eq);
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for an eq");
  }
  eq->n_pairs = n_pairs;
  eq->inverse_rate = 1.0 / setup->rate;
  eq->fade_frames = sq_dsp_fade_frames(setup->rate, 2.0 * SQ_BUILTIN_FADE_MS);
  for (uint32_t p = 0; p < BANDS * BAND_PARAMS; p++)
    if (params[p].value_class == SQ_CLASS_STEPPED)
      eq_set(eq, p, sq_builtin_start_value(type, setup, p));
  eq_reset(eq);
  *instance = eq;
  return SQ_OK;
}

/// The curve of a band at one frame, `x` of the way from one type to another.
static inline SqDspSvfShape blend_shapes(const SqDspSvfShape *from, const SqDspSvfShape *to, double x) {
  return (SqDspSvfShape){from->g + x * (to->g - from->g), from->k + x * (to->k - from->k),
                         from->m0 + x * (to->m0 - from->m0), from->m1 + x * (to->m1 - from->m1),
                         from->m2 + x * (to->m2 - from->m2)};
}

/// The cookbook's A.
static inline float amp_of(float db) {
  return sq_dsp_fast_exp2(db * (0.5f / SQ_DSP_DB_PER_OCTAVE));
}

static inline double inverse_of(float q) {
  return 1.0 / (double)(q > 0.01f ? q : 0.01f);
}

static const SqSignal *band_signals(const SqRtBlock *block, uint32_t b) {
  return &block->signals[(size_t)b * SIGNALS_PER_BAND];
}

static bool has_gain(SqSvfType type) {
  return type <= SQ_SVF_HIGH_SHELF;
}

/// True when the band leaves the signal alone at that gain.
static bool is_neutral(const Band *band, float db) {
  return !sq_rt_fade_moves(&band->fade) && (band->shape == SQ_SVF_OFF || (has_gain(band->shape) && db == 0.0f));
}

/// Starts the fade to what was last set, once the one before it is over.
static void start_fades(Eq *eq) {
  for (uint32_t b = 0; b < BANDS; b++) {
    Band *band = &eq->bands[b];
    SqSvfType wanted = band->on ? band->type : SQ_SVF_OFF;
    if (wanted == band->shape || sq_rt_fade_moves(&band->fade))
      continue;
    band->from = band->shape;
    band->shape = wanted;
    band->fade = (SqRtFade){.length = eq->fade_frames};
  }
}

/// Decides whether the band sleeps or works in the next piece; returns how long that holds, at most n frames.
static uint32_t plan_band(Band *band, const SqSignal *s, uint32_t at, uint32_t n, Part *part) {
  part->moves = sq_rt_fade_moves(&band->fade) || !sq_builtin_is_constant(&s[SIGNAL_FREQ]) ||
                !sq_builtin_is_constant(&s[SIGNAL_GAIN]) || !sq_builtin_is_constant(&s[SIGNAL_Q]);
  part->awake = true;
  if (!part->moves) {
    if (!is_neutral(band, s[SIGNAL_GAIN].value))
      return n;
    part->awake = band->idle < IDLE_FRAMES;
    uint32_t left = IDLE_FRAMES - band->idle;
    return part->awake && left < n ? left : n;
  }
  uint32_t max = n < SQ_BUILTIN_CHUNK ? n : SQ_BUILTIN_CHUNK, i = 0;
  if (sq_rt_fade_moves(&band->fade) && band->fade.length - band->fade.at < max)
    max = band->fade.length - band->fade.at;
  uint32_t idle = band->idle;
  part->awake = idle < IDLE_FRAMES || !is_neutral(band, sq_signal_at(&s[SIGNAL_GAIN], at));
  if (!part->awake) { // asleep until the first frame that does something
    while (i < max && is_neutral(band, sq_signal_at(&s[SIGNAL_GAIN], at + i)))
      i++;
    return i;
  }
  while (i < max) { // awake until it did nothing for long enough
    idle = is_neutral(band, sq_signal_at(&s[SIGNAL_GAIN], at + i)) ? idle + 1 : 0;
    i++;
    if (idle == IDLE_FRAMES)
      break;
  }
  return i;
}

/// Counts the frames of rest after a piece; puts the band to sleep when there are enough.
static void account_band(Eq *eq, uint32_t b, const SqRtBlock *block, uint32_t at, uint32_t n) {
  Band *band = &eq->bands[b];
  const SqSignal *gain = &band_signals(block, b)[SIGNAL_GAIN];
  if (sq_builtin_is_constant(gain))
    band->idle = is_neutral(band, gain->value) ? band->idle + n : 0;
  else
    for (uint32_t i = 0; i < n; i++)
      band->idle = is_neutral(band, sq_signal_at(gain, at + i)) ? band->idle + 1 : 0;
  if (band->idle == IDLE_FRAMES)
    for (uint32_t p = 0; p < eq->n_pairs; p++)
      eq->states[p * BANDS + b] = (SqDspSvfState){0};
}

/// Coefficients of a band at rest.
static void compute_still(Eq *eq, Band *band, const SqSignal *s) {
  float hz = s[SIGNAL_FREQ].value, db = s[SIGNAL_GAIN].value, q = s[SIGNAL_Q].value;
  if (hz == band->hz && db == band->db && q == band->q && band->shape == band->for_shape)
    return;
  band->hz = hz, band->db = db, band->q = q, band->for_shape = band->shape;
  band->shape_now =
      sq_dsp_svf_shape(band->shape, sq_dsp_prewarp(hz, eq->inverse_rate), inverse_of(q), (double)amp_of(db));
  band->coef = sq_dsp_svf_coef(&band->shape_now);
}

/// Coefficients of each frame of a band that moves, in loops that become SIMD.
static void compute_moving(Eq *eq, uint32_t b, const SqSignal *s, uint32_t at, uint32_t n) {
  Band *band = &eq->bands[b];
  float hz[SQ_BUILTIN_CHUNK], amp[SQ_BUILTIN_CHUNK];
  double g[SQ_BUILTIN_CHUNK], inverse_q[SQ_BUILTIN_CHUNK];
  SqDspSvfShape shapes[SQ_BUILTIN_CHUNK];
  for (uint32_t i = 0; i < n; i++) {
    hz[i] = sq_signal_at(&s[SIGNAL_FREQ], at + i);
    amp[i] = sq_signal_at(&s[SIGNAL_GAIN], at + i);
    inverse_q[i] = inverse_of(sq_signal_at(&s[SIGNAL_Q], at + i));
  }
  for (uint32_t i = 0; i < n; i++)
    g[i] = sq_dsp_prewarp(hz[i], eq->inverse_rate);
  for (uint32_t i = 0; i < n; i++)
    amp[i] = amp_of(amp[i]);
  for (uint32_t i = 0; i < n; i++)
    shapes[i] = sq_dsp_svf_shape(band->shape, g[i], inverse_q[i], (double)amp[i]);
  if (sq_rt_fade_moves(&band->fade))
    for (uint32_t i = 0; i < n; i++) {
      SqDspSvfShape from = sq_dsp_svf_shape(band->from, g[i], inverse_q[i], (double)amp[i]);
      if (band->from == SQ_SVF_OFF) // nothing to come from: only the output is faded
        from.g = shapes[i].g, from.k = shapes[i].k;
      else if (band->shape == SQ_SVF_OFF)
        shapes[i].g = from.g, shapes[i].k = from.k;
      shapes[i] = blend_shapes(&from, &shapes[i], (double)sq_rt_fade_at(&band->fade, i));
    }
  for (uint32_t i = 0; i < n; i++)
    eq->moving[b][i] = sq_dsp_svf_coef(&shapes[i]);
  band->shape_now = shapes[n - 1];
  band->hz = 0.0f; // the cache no longer holds
}

/// Frames [at, at + n) through the bands that are awake.
static void run_piece(Eq *eq, const SqRtBlock *block, const Part *parts, uint32_t at, uint32_t n) {
  const SqDspSvfCoef *coefs[BANDS];
  uint32_t stride[BANDS], band[BANDS], n_awake = 0;
  bool moves = false;
  for (uint32_t b = 0; b < BANDS; b++) {
    if (!parts[b].awake)
      continue;
    const SqSignal *s = band_signals(block, b);
    if (parts[b].moves)
      compute_moving(eq, b, s, at, n);
    else
      compute_still(eq, &eq->bands[b], s);
    coefs[n_awake] = parts[b].moves ? eq->moving[b] : &eq->bands[b].coef;
    stride[n_awake] = parts[b].moves;
    moves |= parts[b].moves;
    band[n_awake++] = b;
  }
  for (uint32_t c = 0; c < block->n_out; c += 2) {
    uint32_t other = c + 1 < block->n_out ? c + 1 : c;
    const SqDspSvfBlock piece = {.x = {block->in[c] + at, block->in[other] + at},
                                 .out = {block->out[c] + at, block->out[other] + at},
                                 .frame = block->frame + at,
                                 .n = n};
    SqDspSvfState *states[BANDS];
    for (uint32_t k = 0; k < n_awake; k++)
      states[k] = &eq->states[c / 2 * BANDS + band[k]];
    if (!n_awake) {
      for (uint32_t k = 0; k < 2; k++)
        if (piece.x[k] != piece.out[k])
          memcpy(piece.out[k], piece.x[k], n * sizeof(float));
    } else if (moves) {
      sq_dsp_svf_run_moving(&piece, coefs, stride, states, n_awake);
    } else {
      sq_dsp_svf_run(&piece, coefs, states, n_awake);
    }
  }
}

static bool eq_is_quiet(const Eq *eq) {
  const SqDspSvfState zero = {0};
  for (uint32_t b = 0; b < BANDS; b++) {
    const Band *band = &eq->bands[b];
    if (sq_rt_fade_moves(&band->fade) || (band->idle > 0 && band->idle < IDLE_FRAMES)) // on its way to sleep
      return false;
    for (uint32_t p = 0; band->idle == 0 && p < eq->n_pairs; p++)
      if (memcmp(&eq->states[p * BANDS + b], &zero, sizeof zero)) // -0.0 counts as sound until the next grid line
        return false;
  }
  return true;
}

static SqRtResult eq_process(void *instance, const SqRtBlock *block) {
  Eq *eq = instance;
  const SqRtEvent *next = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_builtin_take_events(block, &next, at, eq_set, eq);
    start_fades(eq);
    Part parts[BANDS];
    uint32_t n = end - at;
    bool moves = false;
    for (uint32_t b = 0; b < BANDS; b++) {
      n = plan_band(&eq->bands[b], band_signals(block, b), at, n, &parts[b]);
      moves |= parts[b].moves && parts[b].awake;
    }
    if (moves && n > SQ_BUILTIN_CHUNK)
      n = SQ_BUILTIN_CHUNK;
    run_piece(eq, block, parts, at, n);
    for (uint32_t b = 0; b < BANDS; b++) {
      if (parts[b].awake)
        account_band(eq, b, block, at, n);
      sq_rt_fade_advance(&eq->bands[b].fade, n);
    }
    at += n;
  }
  return sq_builtin_outputs_silent(block) && eq_is_quiet(eq) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static uint32_t eq_tail(const void *instance) {
  const Eq *eq = instance;
  uint64_t tail = 0;
  for (uint32_t b = 0; b < BANDS; b++)
    if (eq->bands[b].idle < IDLE_FRAMES)
      tail += sq_dsp_svf_tail(&eq->bands[b].shape_now);
  return tail < UINT32_MAX ? (uint32_t)tail : UINT32_MAX;
}

const SqProcessorType sq_processor_eq = {
    .id = "eq",
    .name = "Equalizer",
    .help = "Shapes the spectrum by eight bands of any type.",
    .flags = SQ_PROC_EFFECT | SQ_PROC_IN_PLACE,
    .params = params,
    .n_params = BANDS * BAND_PARAMS,
    .create = eq_create,
    .free = eq_free,
    .reset = eq_reset,
    .process = eq_process,
    .tail = eq_tail,
};
