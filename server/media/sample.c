// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/// Frames from one channel to the next: room for both pads, rows beginning on a cache line.
static uint64_t stride_of(uint64_t n_frames) {
  return (n_frames + 2 * SQ_SAMPLE_PAD + 15) & ~(uint64_t)15;
}

uint64_t sq_sample_bytes(uint32_t n_channels, uint64_t n_frames) {
  return stride_of(n_frames) * n_channels * sizeof(float);
}

static void sample_free(SqSample *sample) {
  if (sample->x)
    free((void *)(uintptr_t)(sample->x[0] - SQ_SAMPLE_PAD));
  free((void *)(uintptr_t)sample->x);
  free(sample->name);
  free(sample);
}

static void take_channel(float *to, const float *interleaved, uint32_t n_channels, uint64_t n_frames) {
  memset(to - SQ_SAMPLE_PAD, 0, SQ_SAMPLE_PAD * sizeof(float));
  for (uint64_t i = 0; i < n_frames; i++) {
    float v = interleaved[i * n_channels];
    to[i] = isfinite(v) ? v + 0.0f : 0.0f;
  }
  memset(to + n_frames, 0, (stride_of(n_frames) - n_frames - SQ_SAMPLE_PAD) * sizeof(float));
}

SqStatus sq_sample_new(const float *interleaved, uint32_t n_channels, uint64_t n_frames, double rate,
                       SqSample **sample) {
  *sample = NULL;
  if (n_channels == 0 || n_frames == 0 || !(rate > 0))
    return SQ_RANGE;
  if (n_channels > SQ_MAX_CHANNELS || n_frames > INT32_MAX)
    return SQ_LIMIT;
  SqSample *made = calloc(1, sizeof *made);
  float **x = calloc(n_channels, sizeof *x);
  float *data = aligned_alloc(64, sq_sample_bytes(n_channels, n_frames));
  if (!made || !x || !data) {
    free(data);
    free(x);
    free(made);
    return SQ_LIMIT;
  }
  for (uint32_t c = 0; c < n_channels; c++) {
    x[c] = data + c * stride_of(n_frames) + SQ_SAMPLE_PAD;
    take_channel(x[c], interleaved + c, n_channels, n_frames);
  }
  atomic_init(&made->refs, 1);
  made->free = sample_free;
  made->x = (const float *const *)x;
  made->stride = (size_t)stride_of(n_frames);
  made->n_channels = n_channels;
  made->n_frames = (uint32_t)n_frames;
  made->rate = rate;
  made->file_rate = rate;
  *sample = made;
  return SQ_OK;
}

SqStatus sq_sample_set_name(SqSample *sample, const char *name) {
  char *copy = strdup(name);
  if (!copy)
    return SQ_LIMIT;
  free(sample->name);
  sample->name = copy;
  return SQ_OK;
}
