// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/buffers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SqStatus sq_driver_check_period(uint32_t frames, char *error, size_t error_size) {
  if (frames >= 1 && frames <= SQ_DRIVER_PERIOD_MAX)
    return SQ_OK;
  snprintf(error, error_size, "a period of %u frames is not possible; it must be 1 to %u", frames,
           SQ_DRIVER_PERIOD_MAX);
  return SQ_RANGE;
}

SqStatus sq_driver_check(const SqDriverConfig *config, SqDriverConfig *checked, char *error, size_t error_size) {
  *checked = *config;
  if (!checked->rate)
    checked->rate = SQ_DRIVER_RATE_DEFAULT;
  if (!checked->period)
    checked->period = SQ_DRIVER_PERIOD_DEFAULT;
  if (checked->rate < SQ_DRIVER_RATE_MIN || checked->rate > SQ_DRIVER_RATE_MAX) {
    snprintf(error, error_size, "a rate of %u Hz is not possible; it must be %u to %u", checked->rate,
             SQ_DRIVER_RATE_MIN, SQ_DRIVER_RATE_MAX);
    return SQ_RANGE;
  }
  if (checked->n_in > SQ_MAX_HARDWARE || checked->n_out > SQ_MAX_HARDWARE) {
    snprintf(error, error_size, "%u inputs and %u outputs are too many; each may be up to %d", checked->n_in,
             checked->n_out, SQ_MAX_HARDWARE);
    return SQ_RANGE;
  }
  return sq_driver_check_period(checked->period, error, error_size);
}

SqStatus sq_driver_buffers_init(SqDriverBuffers *buffers, uint32_t n_in, uint32_t n_out) {
  memset(buffers, 0, sizeof *buffers);
  size_t block = SQ_MAX_BLOCK * sizeof(float);
  buffers->silence = malloc(block);
  buffers->memory = malloc(n_out ? n_out * block : block);
  if (!buffers->silence || !buffers->memory) {
    sq_driver_buffers_cleanup(buffers);
    return SQ_LIMIT;
  }
  // Written, not merely calloc'ed: so the audio thread never takes the page fault.
  memset(buffers->silence, 0, block);
  memset(buffers->memory, 0, n_out ? n_out * block : block);
  buffers->n_in = n_in;
  buffers->n_out = n_out;
  for (uint32_t i = 0; i < n_in; i++)
    buffers->in[i] = buffers->silence;
  for (uint32_t i = 0; i < n_out; i++)
    buffers->out[i] = buffers->memory + (size_t)i * SQ_MAX_BLOCK;
  return SQ_OK;
}

void sq_rt_driver_cycle(const SqDriverHost *host, const SqDriverBuffers *buffers, uint32_t n) {
  while (n) {
    uint32_t piece = n < SQ_MAX_BLOCK ? n : SQ_MAX_BLOCK;
    host->process(host->context, buffers->in, buffers->n_in, buffers->out, buffers->n_out, piece);
    n -= piece;
  }
}

void sq_driver_buffers_cleanup(SqDriverBuffers *buffers) {
  free(buffers->silence);
  free(buffers->memory);
  memset(buffers, 0, sizeof *buffers);
}
