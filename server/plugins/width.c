// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/width.h"

#include <stdlib.h>
#include <string.h>

#define SQ_WIDTH_ALIGN 64u ///< bytes: what SIMD code of plug-ins may hope for

float *sq_width_buffer(uint32_t n_frames) {
  size_t bytes = ((size_t)n_frames * sizeof(float) + SQ_WIDTH_ALIGN - 1) / SQ_WIDTH_ALIGN * SQ_WIDTH_ALIGN;
  float *buffer = aligned_alloc(SQ_WIDTH_ALIGN, bytes);
  if (buffer)
    memset(buffer, 0, bytes);
  return buffer;
}

SqStatus sq_width_init(SqWidth *width, uint32_t n_in, uint32_t n_out, const SqProcSetup *setup) {
  memset(width, 0, sizeof *width);
  width->n_units = 1;
  if (n_out > 0 && n_in == n_out && setup->n_out > n_out && setup->n_in > 0)
    width->n_units = (setup->n_out + n_out - 1) / n_out;
  uint32_t reach = width->n_units * n_out;
  width->n_written = reach < setup->n_out ? reach : setup->n_out;
  width->mix = width->n_units == 1 && n_in == 1 && setup->n_in > 1;
  width->spread = width->n_units == 1 && n_out == 1;
  width->pass = n_out == 0;
  width->silence = sq_width_buffer(setup->max_block);
  width->nowhere = sq_width_buffer(setup->max_block);
  width->mixed = width->mix ? sq_width_buffer(setup->max_block) : NULL;
  return width->silence && width->nowhere && (width->mixed || !width->mix) ? SQ_OK : SQ_LIMIT;
}

void sq_width_cleanup(SqWidth *width) {
  free(width->mixed);
  free(width->silence);
  free(width->nowhere);
  memset(width, 0, sizeof *width);
}

// ---- audio ----------------------------------------------------------------------------------------------------------

void sq_rt_width_mix(SqWidth *width, const SqRtBlock *block) {
  float scale = 1.0f / (float)block->n_in, *to = width->mixed;
  memcpy(to, block->in[0], block->n_frames * sizeof *to);
  for (uint32_t c = 1; c < block->n_in; c++)
    for (uint32_t i = 0; i < block->n_frames; i++)
      to[i] += block->in[c][i];
  for (uint32_t i = 0; i < block->n_frames; i++)
    to[i] *= scale;
}

void sq_rt_width_fill(const SqWidth *width, const SqRtBlock *block) {
  for (uint32_t c = width->n_written; c < block->n_out; c++) {
    const float *from = width->spread ? block->out[0] : width->pass && c < block->n_in ? block->in[c] : width->silence;
    if (from != block->out[c])
      memcpy(block->out[c], from, block->n_frames * sizeof *from);
  }
}
