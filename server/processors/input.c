// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// `input`: what comes in at the driver's inputs, from one of them on, one for each channel.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fade.h"
#include "processors/builtin.h"

typedef struct {
  uint32_t first; ///< hardware input of channel 0
  uint32_t fade_frames;
  SqRtFade fade_in;
} Input;

/// [setup] The input that the keys name: `first` (a number from 0) or `port` (its name); none: the first one.
static SqStatus input_find(const SqProcSetup *setup, uint32_t *first) {
  *first = 0;
  for (uint32_t k = 0; k < setup->n_keys; k++) {
    const char *value = setup->values[k];
    if (!strcmp(setup->keys[k], "first")) {
      char *end;
      errno = 0;
      long n = strtol(value, &end, 10);
      if (errno || end == value || *end || n < 0 || n >= SQ_MAX_HARDWARE)
        return sq_builtin_fail(setup, SQ_RANGE, "first is the number of a hardware input, 0 to %d, not \"%.40s\"",
                               SQ_MAX_HARDWARE - 1, value);
      *first = (uint32_t)n;
    } else if (!strcmp(setup->keys[k], "port")) {
      const SqServices *s = setup->services;
      *first = s && s->hardware_input ? s->hardware_input(s->context, value) : UINT32_MAX;
      if (*first == UINT32_MAX)
        return sq_builtin_fail(setup, SQ_NOT_FOUND, "there is no hardware input \"%.80s\"", value);
    }
  }
  return SQ_OK;
}

static void input_reset(void *instance) {
  Input *in = instance;
  in->fade_in = (SqRtFade){.length = in->fade_frames};
}

static SqStatus input_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  uint32_t first;
  SqStatus status = input_find(setup, &first);
  if (status != SQ_OK)
    return status;
  Input *in = calloc(1, sizeof *in);
  if (!in)
    return sq_builtin_fail(setup, SQ_LIMIT, "no memory for an input");
  in->first = first;
  in->fade_frames = sq_dsp_fade_frames(setup->rate, SQ_BUILTIN_FADE_MS);
  input_reset(in);
  *instance = in;
  return SQ_OK;
}

/// Copies, with 0 for what is not a number: another program's broken sample must not get into our filters.
static void copy_finite(float *out, const float *x, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    out[i] = x[i] - x[i] == 0.0f ? x[i] : 0.0f;
}

static SqRtResult input_process(void *instance, const SqRtBlock *block) {
  Input *in = instance;
  uint32_t left = in->fade_in.length - in->fade_in.at;
  uint32_t fading = left < block->n_frames ? left : block->n_frames;
  for (uint32_t c = 0; c < block->n_out; c++) {
    uint64_t from = (uint64_t)in->first + c;
    if (!block->hardware || from >= block->n_hardware) {
      memset(block->out[c], 0, block->n_frames * sizeof(float));
      continue;
    }
    copy_finite(block->out[c], block->hardware[from], block->n_frames);
    for (uint32_t i = 0; i < fading; i++)
      block->out[c][i] *= sq_rt_fade_at(&in->fade_in, i);
  }
  sq_rt_fade_advance(&in->fade_in, block->n_frames);
  return SQ_RT_SOUND; // no event announces a sound at the hardware's input, so it never sleeps
}

const SqProcessorType sq_processor_input = {
    .id = "input",
    .name = "Hardware input",
    .help = "Brings in the hardware inputs, from `first` or `port` on.",
    .flags = SQ_PROC_GENERATOR,
    .create = input_create,
    .free = free,
    .reset = input_reset,
    .process = input_process,
};
