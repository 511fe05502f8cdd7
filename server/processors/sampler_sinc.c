// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_sinc.h"

#include <string.h>

enum { TAPS = SQ_SAMPLER_TAPS, PHASES = SQ_SAMPLER_PHASES, PHASE_BITS = 9 };

#define UNITY ((uint64_t)1 << 32)

/// Four lanes: every compiler keeps their order of operations, so the bits are those of the code as written.
typedef float Four __attribute__((vector_size(16)));

static Four load(const float *x) {
  Four v;
  memcpy(&v, x, sizeof v);
  return v;
}

uint32_t sq_rt_sinc_taps(uint64_t step) {
  if (step <= UNITY)
    return TAPS;
  if (step >= SQ_SAMPLER_STRETCH * UNITY)
    return SQ_SAMPLER_MAX_TAPS;
  uint64_t taps = (TAPS * step + UNITY - 1) >> 32;
  return (uint32_t)(taps + 3) & ~3u;
}

/// All taps of one fraction stand in one row: a mix of two rows.
static void weights_plain(float *weights, uint32_t fraction) {
  uint64_t back = UNITY - fraction; // the first tap lies 1 - fraction - TAPS / 2 from the middle
  uint32_t row = (uint32_t)(back >> (32 - PHASE_BITS));
  if (row == PHASES)
    row = PHASES - 1;
  float mix = (float)(back - ((uint64_t)row << (32 - PHASE_BITS))) * (float)(1.0 / (1 << (32 - PHASE_BITS)));
  const float *a = sq_sampler_sinc_table + (size_t)row * TAPS, *b = a + TAPS;
  for (uint32_t k = 0; k < TAPS; k += 4) {
    Four low = load(a + k), v = low + mix * (load(b + k) - low);
    memcpy(weights + k, &v, sizeof v);
  }
}

/// The kernel stretched by the ratio: each tap falls on a row of its own.
static void weights_stretched(float *weights, uint32_t taps, uint32_t fraction, uint64_t step) {
  double ratio = (double)step * (1.0 / (double)UNITY);
  if (ratio > SQ_SAMPLER_STRETCH)
    ratio = SQ_SAMPLER_STRETCH;
  double squeeze = 1.0 / ratio, to_middle = (1.0 - taps / 2.0) - fraction * (1.0 / (double)UNITY);
  // in rows, 32 bits after the point
  int64_t at = (int64_t)((to_middle * squeeze + TAPS / 2.0) * PHASES * (double)UNITY);
  int64_t by = (int64_t)(squeeze * PHASES * (double)UNITY), end = (int64_t)TAPS * PHASES * (int64_t)UNITY;
  float gain = (float)squeeze;
  for (uint32_t k = 0; k < taps; k++, at += by) {
    if (at < 0 || at >= end) { // rounding of `taps` reaches past the kernel
      weights[k] = 0;
      continue;
    }
    uint32_t row = (uint32_t)(at >> 32);
    const float *a = sq_sampler_sinc_table + (size_t)(row & (PHASES - 1)) * TAPS + (row >> PHASE_BITS);
    float mix = (float)(uint32_t)at * (float)(1.0 / (double)UNITY);
    weights[k] = gain * (a[0] + mix * (a[TAPS] - a[0]));
  }
}

void sq_rt_sinc_weights(float *weights, uint32_t taps, uint32_t fraction, uint64_t step) {
  if (step <= UNITY)
    weights_plain(weights, fraction);
  else
    weights_stretched(weights, taps, fraction, step);
}

float sq_rt_sinc_dot(const float *x, const float *weights, uint32_t taps) {
  Four sum = {0, 0, 0, 0};
  for (uint32_t k = 0; k < taps; k += 4)
    sum += load(x + k) * load(weights + k);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
