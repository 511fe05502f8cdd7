// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the built-in processors share: start values, walking the events of a block, judging silence; audio thread,
/// save where a function says [setup].
#ifndef SQ_PROCESSORS_BUILTIN_H
#define SQ_PROCESSORS_BUILTIN_H

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/processor.h"

#define SQ_BUILTIN_FADE_MS 5.0 ///< crossfade of a stepped parameter, and fade-in of a generator
#define SQ_BUILTIN_CHUNK 64    ///< frames worked on at once: the scratch arrays of a chunk stay in the first cache

/// [setup] Start value of parameter `p`: the given one, within its range, or the default.
static inline double sq_builtin_start_value(const SqProcessorType *type, const SqProcSetup *setup, uint32_t p) {
  const SqParamInfo *info = &type->params[p];
  double v = setup->params ? setup->params[p] : info->def;
  if (!isfinite(v))
    return info->def;
  return v < info->min ? info->min : v > info->max ? info->max : v;
}

/// [setup] Writes the sentence of a failed create(); returns `status`.
__attribute__((format(printf, 3, 4))) static inline SqStatus sq_builtin_fail(const SqProcSetup *setup, SqStatus status,
                                                                             const char *format, ...) {
  if (setup->error && setup->error_size) {
    va_list list;
    va_start(list, format);
    vsnprintf(setup->error, setup->error_size, format, list);
    va_end(list);
  }
  return status;
}

/// [audio] Index of a choice from an event's value, kept within 0..n - 1.
static inline uint32_t sq_builtin_choice(double value, uint32_t n) {
  if (!(value > 0.0))
    return 0;
  return value >= (double)(n - 1) ? n - 1 : (uint32_t)(value + 0.5);
}

typedef void (*SqBuiltinSet)(void *instance, uint32_t param, double value);

/// [audio] Calls set() for the parameter events due at `offset` and returns the first frame that has a later one, or
/// n_frames. `*next` walks the block's list.
static inline uint32_t sq_builtin_take_events(const SqRtBlock *block, const SqRtEvent **next, uint32_t offset,
                                              SqBuiltinSet set, void *instance) {
  const SqRtEvent *e = *next;
  for (; e && e->offset <= offset; e = e->next)
    if (e->kind == SQ_EVENT_PARAM)
      set(instance, e->index, e->value);
  *next = e;
  return e && e->offset < block->n_frames ? e->offset : block->n_frames;
}

/// [audio] True when x[n] holds nothing but zeros; leaves at the first sound.
static inline bool sq_builtin_is_silent(const float *x, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (x[i] != 0.0f)
      return false;
  return true;
}

/// [audio] The same of all outputs of a block.
static inline bool sq_builtin_outputs_silent(const SqRtBlock *block) {
  for (uint32_t c = 0; c < block->n_out; c++)
    if (!sq_builtin_is_silent(block->out[c], block->n_frames))
      return false;
  return true;
}

/// [audio] True when the parameter's signal stands still through the block.
static inline bool sq_builtin_is_constant(const SqSignal *s) {
  return s->shape == SQ_SIGNAL_CONSTANT || (s->shape == SQ_SIGNAL_RAMP && s->step == 0.0f);
}

/// [audio] Puts the values of frames [at, at + n) of a signal, n <= SQ_BUILTIN_CHUNK, into `row` and returns how many
/// it wrote. One that stands still is written whole, once: `*kept` is what the row is full of, or NAN.
static inline uint32_t sq_builtin_fill_row(const SqSignal *s, uint32_t at, uint32_t n, float *kept, float *row) {
  const bool constant = sq_builtin_is_constant(s);
  if (constant && s->value == *kept)
    return 0;
  *kept = constant ? s->value : NAN;
  const uint32_t end = constant ? SQ_BUILTIN_CHUNK : n;
  for (uint32_t i = 0; i < end; i++)
    row[i] = constant ? s->value : sq_signal_at(s, at + i);
  return end;
}

#endif
