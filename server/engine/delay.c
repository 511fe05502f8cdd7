// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/delay.h"

const float *const *sq_rt_delay_run(SqRtDelay *delay, const float *const *x, float *const *out, uint32_t n) {
  if (delay->frames == 0)
    return x;
  const uint32_t mask = delay->size - 1;
  for (uint32_t c = 0; c < delay->n_channels; c++) {
    float *line = delay->x[c];
    for (uint32_t i = 0; i < n; i++)
      line[(delay->at + i) & mask] = x[c][i];
    for (uint32_t i = 0; i < n; i++)
      out[c][i] = line[(delay->at + i - delay->frames) & mask];
  }
  delay->at = (delay->at + n) & mask;
  return (const float *const *)out;
}
