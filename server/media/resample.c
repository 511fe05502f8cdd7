// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/resample.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>

enum { STEP_FRAMES = 1 << 16 }; // between two looks at progress

bool sq_frames_reserve(SqFrames *frames, uint64_t cap) {
  if (cap <= frames->cap)
    return true;
  float *data = realloc(frames->data, (size_t)cap * frames->n_channels * sizeof *data);
  if (!data)
    return false;
  frames->data = data;
  frames->cap = cap;
  return true;
}

/// Pushes all of `from` through `soxr` into `to`, whose room is final.
static SqStatus run(soxr_t soxr, const SqFrames *from, SqFrames *to, const SqFileLoad *how) {
  uint64_t done_in = 0;
  while (to->n < to->cap) {
    uint64_t left = from->n - done_in, n_in = left < STEP_FRAMES ? left : STEP_FRAMES;
    size_t used = 0, made = 0;
    // At the end of the input NULL tells the library to let out what it still holds.
    const float *in = n_in ? from->data + done_in * from->n_channels : NULL;
    if (soxr_process(soxr, in, (size_t)n_in, &used, to->data + to->n * to->n_channels, (size_t)(to->cap - to->n),
                     &made))
      return SQ_INTERNAL;
    done_in += used;
    to->n += made;
    if (how->progress && !how->progress(how->context, 0.5f + 0.5f * (float)done_in / (float)from->n))
      return SQ_CANCELLED;
    if (!in && made == 0)
      break;
  }
  while (to->n < to->cap) { // a last frame may be missing to rounding
    for (uint32_t c = 0; c < to->n_channels; c++)
      to->data[to->n * to->n_channels + c] = 0;
    to->n++;
  }
  return SQ_OK;
}

SqStatus sq_resample(SqFrames *frames, double from, double to, const SqFileLoad *how) {
  SqFrames out = {.n_channels = frames->n_channels};
  if (!sq_frames_reserve(&out, (uint64_t)ceil((double)frames->n * to / from)))
    return SQ_LIMIT;
  soxr_error_t problem = NULL;
  soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_t soxr = soxr_create(from, to, frames->n_channels, &problem, &io, &quality, &runtime);
  SqStatus status = soxr && !problem ? run(soxr, frames, &out, how) : SQ_INTERNAL;
  soxr_delete(soxr);
  if (status != SQ_OK) {
    free(out.data);
    return status;
  }
  free(frames->data);
  *frames = out;
  return SQ_OK;
}
