// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `reverb`: a stereo room of 16 delay lines with all-passes before them; see dsp/fdn.h.
///
/// The room has two ears. Of a strip with more channels the even ones (0, 2, ...) go in left and hear left, the odd
/// ones right; a single channel goes in at both and hears their sum. With steady noise the wet sound is about as loud
/// as the dry one, whatever the decay. `size` and `predelay` change by a crossfade between the old and the new taps.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/approx.h"
#include "dsp/fade.h"
#include "dsp/fdn.h"
#include "dsp/svf.h"
#include "processors/builtin.h"

#define TAP_FADE_MS 40.0
#define SIZE_STEPS 64 ///< sizes whose lengths are worked out beforehand
#define SMALLEST 0.7f ///< scale of the lines at size 0
#define LARGEST 1.4f  ///< and at size 1

enum { DECAY, DAMPING, WIDTH, MIX, SIGNALS, SIZE = SIGNALS, PREDELAY, PARAMS };
enum { ALLPASSES = 4 };
_Static_assert(SQ_BUILTIN_CHUNK <= SQ_FDN_CHUNK, "fdn.c has room for a piece");

static const SqParamInfo params[PARAMS] = {
    {.symbol = "decay",
     .name = "Decay",
     .unit = "s",
     .min = 0.2,
     .max = 20,
     .def = 2,
     .scale = SQ_SCALE_LOG,
     .help = "Time in which the tail falls by 60 dB."},
    {.symbol = "damping",
     .name = "Damping",
     .unit = "Hz",
     .min = 500,
     .max = 20000,
     .def = 6000,
     .scale = SQ_SCALE_LOG,
     .help = "Frequency at which the tail falls twice as fast; 20000 is no damping."},
    {.symbol = "width", .name = "Width", .min = 0, .max = 1, .def = 1, .help = "Stereo width of the tail; 0 is mono."},
    {.symbol = "mix",
     .name = "Mix",
     .min = 0,
     .max = 1,
     .def = 0.3,
     .help = "Share of the reverb; 1 on a bus that is fed by sends."},
    {.symbol = "size",
     .name = "Size",
     .min = 0,
     .max = 1,
     .def = 0.5,
     .value_class = SQ_CLASS_STEPPED,
     .help = "Size of the room: echoes of 20 to 68 ms at 0, 41 to 135 ms at 1."},
    {.symbol = "predelay",
     .name = "Pre-delay",
     .unit = "ms",
     .min = 0,
     .max = 250,
     .def = 10,
     .value_class = SQ_CLASS_STEPPED,
     .help = "Time before the room answers."},
};

/// Lengths at a scale of 1: about geometric, so that no two lines repeat together.
static const float line_ms[SQ_FDN_LINES] = {29.0f, 31.7f, 34.1f, 36.8f, 40.3f, 43.4f, 47.1f, 51.0f,
                                            55.3f, 59.2f, 64.7f, 70.1f, 75.4f, 82.3f, 89.1f, 96.7f};
static const float allpass_ms[2][ALLPASSES] = {{2.39f, 3.83f, 6.11f, 9.71f}, {2.57f, 4.03f, 5.71f, 10.33f}};

typedef struct {
  double inverse_rate;
  float rate;
  uint32_t fade_frames;
  uint32_t longest; ///< frames of the longest ring
  float *memory;    ///< of all rings
  SqRtFdn fdn;
  SqRtAllpass allpass[2][ALLPASSES];
  SqRtRing before[2]; ///< the pre-delay
  uint32_t lengths[SIZE_STEPS + 1][SQ_FDN_LINES];
  uint32_t size, size_from, size_next;             ///< heard, faded away from, asked for
  uint32_t predelay, predelay_from, predelay_next; ///< likewise, frames
  SqRtFade size_fade, predelay_fade;
  uint32_t zeros;               ///< frames in which nothing but zeros was written anywhere, up to `longest`
  float for_decay, for_damping; ///< what loss[0] and gain[0] were computed for, when still
  uint32_t for_size;
  float gain[SQ_FDN_CHUNK]; ///< of what goes in
  SqFdnLoss loss[SQ_FDN_CHUNK];
} Reverb;

static void reverb_set(void *instance, uint32_t param, double value) {
  Reverb *r = instance;
  if (param == SIZE) {
    r->size_next = (uint32_t)(fmin(fmax(value, 0.0), 1.0) * SIZE_STEPS + 0.5);
  } else if (param == PREDELAY) {
    double ms = fmin(fmax(value, params[PREDELAY].min), params[PREDELAY].max);
    r->predelay_next = (uint32_t)((double)r->rate * ms * 0.001 + 0.5);
  }
}

static void reverb_reset(void *instance) {
  Reverb *r = instance;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    sq_rt_ring_empty(&r->fdn.lines[l]);
  for (uint32_t side = 0; side < 2; side++) {
    sq_rt_ring_empty(&r->before[side]);
    for (uint32_t k = 0; k < ALLPASSES; k++)
      sq_rt_ring_empty(&r->allpass[side][k].ring);
  }
  memset(r->fdn.last, 0, sizeof r->fdn.last);
  r->size = r->size_from = r->size_next;
  r->predelay = r->predelay_from = r->predelay_next;
  r->size_fade = r->predelay_fade = (SqRtFade){0};
  r->zeros = r->longest;
  r->for_decay = NAN;
}

static void reverb_free(void *instance) {
  Reverb *r = instance;
  if (r)
    free(r->memory);
  free(r);
}

/// [setup] Room for `frames` and a piece in `memory` from `*used` on; memory NULL: only adds up.
static void lay_out_ring(SqRtRing *ring, double frames, float *memory, size_t *used) {
  uint32_t n = SQ_FDN_CHUNK;
  while (n < frames + 2 * SQ_FDN_CHUNK)
    n *= 2;
  *ring = (SqRtRing){.data = memory ? memory + *used : NULL, .mask = n - 1};
  *used += n;
}

/// [setup] All rings in one piece of memory; returns how many floats they take.
static size_t lay_out(Reverb *r, float *memory) {
  size_t used = 0;
  const double ms = (double)r->rate * 0.001;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    lay_out_ring(&r->fdn.lines[l], ms * ((double)line_ms[SQ_FDN_LINES - 1] * (double)LARGEST + 2.0), memory, &used);
  for (uint32_t side = 0; side < 2; side++) {
    lay_out_ring(&r->before[side], ms * params[PREDELAY].max, memory, &used);
    for (uint32_t k = 0; k < ALLPASSES; k++) {
      SqRtAllpass *allpass = &r->allpass[side][k];
      allpass->length = sq_dsp_next_prime((uint32_t)(ms * (double)allpass_ms[side][k]));
      lay_out_ring(&allpass->ring, allpass->length, memory, &used);
    }
  }
  uint32_t line = r->fdn.lines[0].mask, before = r->before[0].mask;
  r->longest = (line > before ? line : before) + 1;
  return used;
}

/// [setup] Lengths of the lines for each size.
static void compute_lengths(Reverb *r) {
  for (uint32_t s = 0; s <= SIZE_STEPS; s++) {
    float scale = SMALLEST + (LARGEST - SMALLEST) * (float)s / SIZE_STEPS;
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
      uint32_t n = (uint32_t)(line_ms[l] * scale * r->rate * 0.001f);
      r->lengths[s][l] = sq_dsp_next_prime(n > SQ_FDN_CHUNK ? n : SQ_FDN_CHUNK + 2 * l);
    }
  }
}

static SqStatus reverb_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  Reverb *r = calloc(1, sizeof *r);
  if (r) {
    r->rate = (float)setup->rate;
    r->inverse_rate = 1.0 / setup->rate;
    r->memory = calloc(lay_out(r, NULL), sizeof *r->memory);
  }
  if (!r || !r->memory) {
    reverb_free(r);
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for a reverb");
  }
  lay_out(r, r->memory);
  compute_lengths(r);
  r->fade_frames = sq_dsp_fade_frames(setup->rate, TAP_FADE_MS);
  reverb_set(r, SIZE, sq_builtin_start_value(type, setup, SIZE));
  reverb_set(r, PREDELAY, sq_builtin_start_value(type, setup, PREDELAY));
  reverb_reset(r);
  *instance = r;
  return SQ_OK;
}

/// Losses and input gain of one frame. The gain makes up for the energy that the lines store, g^2 / (1 - g^2) each, but
/// for half of its fall in short rooms, whose first echo would stand out.
static void compute_frame(const Reverb *r, float decay, float damping, uint32_t i, SqFdnLoss *loss, float *gain) {
  float length[SQ_FDN_LINES], mean = 0.0f, x = sq_rt_fade_at(&r->size_fade, i);
  const uint32_t *from = r->lengths[r->size_from], *to = r->lengths[r->size];
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
    length[l] = (float)from[l] + x * ((float)to[l] - (float)from[l]);
    mean += length[l] * (1.0f / SQ_FDN_LINES);
  }
  double t = (double)damping * r->inverse_rate, s = sq_dsp_sin_pi(t < 0.49 ? t : 0.49);
  float excess = (20000.0f - damping) * (1.0f / 4000.0f); // fades out from 16 kHz on
  const SqFdnDecay way = {.frames = (decay > 0.05f ? decay : 0.05f) * r->rate,
                          .corner = (float)(1.0 - 2.0 * s * s),
                          .excess = excess < 0.0f   ? 0.0f
                                    : excess < 1.0f ? excess
                                                    : 1.0f};
  sq_dsp_fdn_loss(loss, length, &way);
  float g = sq_dsp_fast_exp2(-9.9657843f * mean / way.frames);
  *gain = __builtin_sqrtf((1.0f - g * g) / (8.0f * g));
}

/// Fills loss and gain for frames [at, at + n); returns the stride of loss.
static uint32_t compute_losses(Reverb *r, const SqRtBlock *block, uint32_t at, uint32_t n) {
  const SqSignal *decay = &block->signals[DECAY], *damping = &block->signals[DAMPING];
  if (sq_builtin_is_constant(decay) && sq_builtin_is_constant(damping) && !sq_rt_fade_moves(&r->size_fade)) {
    if (decay->value != r->for_decay || damping->value != r->for_damping || r->size != r->for_size) {
      r->for_decay = decay->value, r->for_damping = damping->value, r->for_size = r->size;
      compute_frame(r, decay->value, damping->value, 0, &r->loss[0], &r->gain[0]);
      for (uint32_t i = 1; i < SQ_FDN_CHUNK; i++)
        r->gain[i] = r->gain[0];
    }
    return 0;
  }
  for (uint32_t i = 0; i < n; i++)
    compute_frame(r, sq_signal_at(decay, at + i), sq_signal_at(damping, at + i), i, &r->loss[i], &r->gain[i]);
  r->for_decay = NAN;
  return 1;
}

/// What goes into one side of the room: the sum of its channels, as loud as one of them when they differ.
static void gather(const SqRtBlock *block, uint32_t side, uint32_t at, uint32_t n, float *x) {
  uint32_t first = block->n_in > 1 ? side : 0, count = 0;
  memset(x, 0, n * sizeof *x);
  for (uint32_t c = first; c < block->n_in; c += 2, count++)
    for (uint32_t i = 0; i < n; i++)
      x[i] += block->in[c][at + i];
  if (count > 1) {
    float scale = __builtin_sqrtf(1.0f / (float)count);
    for (uint32_t i = 0; i < n; i++)
      x[i] *= scale;
  }
}

/// One side of the input through pre-delay and all-passes; returns the zeros written last.
static uint32_t diffuse(Reverb *r, uint32_t side, float *x, uint32_t n) {
  SqRtRing *ring = &r->before[side];
  memcpy(ring->data + ring->write, x, n * sizeof *x);
  uint32_t zeros = sq_dsp_trailing_zeros(x, n);
  sq_rt_ring_read(ring, r->predelay, x, n);
  if (sq_rt_fade_moves(&r->predelay_fade)) {
    float old[SQ_FDN_CHUNK];
    sq_rt_ring_read(ring, r->predelay_from, old, n);
    for (uint32_t i = 0; i < n; i++)
      x[i] = old[i] + sq_rt_fade_at(&r->predelay_fade, i) * (x[i] - old[i]);
  }
  sq_rt_ring_advance(ring, n);
  for (uint32_t i = 0; i < n; i++)
    x[i] *= r->gain[i];
  for (uint32_t k = 0; k < ALLPASSES; k++) {
    uint32_t z = sq_rt_allpass_run(&r->allpass[side][k], x, n);
    zeros = z < zeros ? z : zeros;
  }
  return zeros;
}

/// Dry and wet together for all channels.
static void mix_out(const SqRtBlock *block, uint32_t at, uint32_t n, float *left, float *right) {
  float dry[SQ_FDN_CHUNK], wet[SQ_FDN_CHUNK];
  for (uint32_t i = 0; i < n; i++) {
    float middle = 0.5f * (left[i] + right[i]), side = 0.5f * (left[i] - right[i]);
    side *= sq_signal_at(&block->signals[WIDTH], at + i);
    left[i] = middle + side;
    right[i] = middle - side;
    wet[i] = sq_signal_at(&block->signals[MIX], at + i);
    dry[i] = 1.0f - wet[i];
  }
  if (block->n_out == 1)
    for (uint32_t i = 0; i < n; i++)
      left[i] = 0.70710678f * (left[i] + right[i]);
  for (uint32_t c = 0; c < block->n_out; c++) {
    const float *room = c % 2 ? right : left;
    for (uint32_t i = 0; i < n; i++)
      block->out[c][at + i] = (dry[i] * block->in[c][at + i] + wet[i] * room[i]) + 0.0f; // + 0: never -0
  }
}

/// Frames [at, at + n): no fade ends and no ring ends within them.
static void run_piece(Reverb *r, const SqRtBlock *block, uint32_t at, uint32_t n) {
  SqFdnBlock x;
  float in[2][SQ_FDN_CHUNK], left[SQ_FDN_CHUNK], right[SQ_FDN_CHUNK];
  uint32_t stride = compute_losses(r, block, at, n), zeros = n;
  for (uint32_t side = 0; side < 2; side++) {
    gather(block, side, at, n, in[side]);
    uint32_t z = diffuse(r, side, in[side], n);
    zeros = z < zeros ? z : zeros;
  }
  sq_rt_fdn_read(&r->fdn, r->lengths[r->size], x, n);
  if (sq_rt_fade_moves(&r->size_fade)) {
    SqFdnBlock old;
    sq_rt_fdn_read(&r->fdn, r->lengths[r->size_from], old, n);
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
      for (uint32_t i = 0; i < n; i++)
        x[l][i] = old[l][i] + sq_rt_fade_at(&r->size_fade, i) * (x[l][i] - old[l][i]);
  }
  sq_rt_fdn_absorb(&r->fdn, r->loss, stride, x, n);
  sq_dsp_fdn_hear(x, left, right, n);
  uint32_t z = sq_rt_fdn_write(&r->fdn, x, in[0], in[1], n);
  zeros = z < zeros ? z : zeros;
  r->zeros = zeros < n ? zeros : r->zeros + n < r->longest ? r->zeros + n : r->longest;
  mix_out(block, at, n, left, right);
}

/// Starts the changes of taps that were asked for, once the ones before are over.
static void start_fades(Reverb *r) {
  if (!sq_rt_fade_moves(&r->size_fade)) {
    r->size_from = r->size;
    if (r->size != r->size_next) {
      r->size = r->size_next;
      r->size_fade = (SqRtFade){.length = r->fade_frames};
    }
  }
  if (!sq_rt_fade_moves(&r->predelay_fade) && r->predelay != r->predelay_next) {
    r->predelay_from = r->predelay;
    r->predelay = r->predelay_next;
    r->predelay_fade = (SqRtFade){.length = r->fade_frames};
  }
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

/// Frames from `at` on that can be worked on at once, at most n.
static uint32_t piece_length(const Reverb *r, uint32_t n) {
  n = least(n, SQ_BUILTIN_CHUNK);
  n = least(n, least(sq_rt_ring_room(&r->fdn.lines[0]), sq_rt_ring_room(&r->before[0])));
  if (sq_rt_fade_moves(&r->size_fade))
    n = least(n, r->size_fade.length - r->size_fade.at);
  if (sq_rt_fade_moves(&r->predelay_fade))
    n = least(n, r->predelay_fade.length - r->predelay_fade.at);
  for (uint32_t side = 0; side < 2; side++)
    for (uint32_t k = 0; k < ALLPASSES; k++) {
      const SqRtAllpass *allpass = &r->allpass[side][k];
      n = least(n, least(allpass->length, sq_rt_ring_room(&allpass->ring)));
    }
  return n;
}

static bool is_at_rest(const Reverb *r) {
  if (r->zeros < r->longest || sq_rt_fade_moves(&r->size_fade) || sq_rt_fade_moves(&r->predelay_fade))
    return false;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    if (r->fdn.last[l] != 0.0f)
      return false;
  return true;
}

static SqRtResult reverb_process(void *instance, const SqRtBlock *block) {
  Reverb *r = instance;
  const SqRtEvent *next = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_builtin_take_events(block, &next, at, reverb_set, r);
    start_fades(r);
    uint32_t n = piece_length(r, end - at);
    run_piece(r, block, at, n);
    sq_rt_fade_advance(&r->size_fade, n);
    sq_rt_fade_advance(&r->predelay_fade, n);
    at += n;
  }
  return sq_builtin_outputs_silent(block) && is_at_rest(r) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static uint32_t reverb_tail(const void *instance) {
  const Reverb *r = instance;
  float decay = r->for_decay > 0.0f ? r->for_decay : (float)params[DECAY].max; // NAN while it moves
  return (uint32_t)(decay * r->rate * (170.0f / 60.0f)) + 3 * r->longest;
}

const SqProcessorType sq_processor_reverb = {
    .id = "reverb",
    .name = "Reverb",
    .help = "Adds the sound of a room, left and right apart.",
    .flags = SQ_PROC_EFFECT | SQ_PROC_IN_PLACE,
    .params = params,
    .n_params = PARAMS,
    .create = reverb_create,
    .free = reverb_free,
    .reset = reverb_reset,
    .process = reverb_process,
    .tail = reverb_tail,
};
