// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_sinc.h"

#include <string.h>

enum { TAPS = SQ_SAMPLER_TAPS, PHASES = SQ_SAMPLER_PHASES, PHASE_BITS = 4, CELLS = SQ_SAMPLER_CELLS, CELL_BITS = 20 };

#define UNITY ((uint64_t)1 << 32)

/// Four lanes: every compiler keeps their order of operations, so the bits are those of the code as written.
typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourInt __attribute__((vector_size(16)));

static Four load(const float *x) {
  Four v;
  memcpy(&v, x, sizeof v);
  return v;
}

static void store(float *x, Four v) {
  memcpy(x, &v, sizeof v);
}

uint32_t sq_rt_sinc_taps(uint64_t step) {
  if (step <= UNITY)
    return TAPS;
  if (step >= SQ_SAMPLER_STRETCH * UNITY)
    return SQ_SAMPLER_MAX_TAPS;
  uint64_t taps = (TAPS * step + UNITY - 1) >> 32;
  return (uint32_t)(taps + 7) & ~7u;
}

/// All taps lie at the same place of their cells, and these stand in one row.
static void weights_plain(float *weights, uint32_t fraction) {
  uint64_t back = UNITY - fraction; // the first tap lies 1 - fraction - TAPS / 2 from the middle
  uint32_t row = (uint32_t)(back >> (32 - PHASE_BITS));
  if (row == PHASES)
    row = PHASES - 1;
  float place = (float)(back - ((uint64_t)row << (32 - PHASE_BITS))) * (float)(1.0 / (1 << (32 - PHASE_BITS)));
  const float *c0 = sq_sampler_sinc_rows + (size_t)row * 4 * TAPS, *c1 = c0 + TAPS, *c2 = c1 + TAPS, *c3 = c2 + TAPS;
  for (uint32_t k = 0; k < TAPS; k += 4)
    store(weights + k, ((load(c3 + k) * place + load(c2 + k)) * place + load(c1 + k)) * place + load(c0 + k));
}

/// Four taps at cells[at >> CELL_BITS], each at a place of its own.
static Four four_weights(FourInt at) {
  FourInt cell = at >> CELL_BITS;
  Four place = __builtin_convertvector(at & ((1 << CELL_BITS) - 1), Four) * (float)(1.0 / (1 << CELL_BITS));
  const float *cells = sq_sampler_sinc_cells;
  Four a = load(cells + 4 * cell[0]), b = load(cells + 4 * cell[1]), c = load(cells + 4 * cell[2]),
       d = load(cells + 4 * cell[3]);
  // rows to columns: c0 … c3 hold one power of all four
  Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  Four c0 = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
       c1 = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  Four c2 = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  Four c3 = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  return ((c3 * place + c2) * place + c1) * place + c0;
}

/// The kernel stretched by the ratio: each tap falls into a cell of its own. Rounding up `taps` may reach past the
/// kernel by a few: those weigh nothing.
static void weights_stretched(float *weights, uint32_t taps, uint32_t fraction, uint64_t step) {
  const double one = (double)(1 << CELL_BITS);
  double ratio = (double)step * (1.0 / (double)UNITY);
  if (ratio > SQ_SAMPLER_STRETCH)
    ratio = SQ_SAMPLER_STRETCH;
  double squeeze = PHASES / ratio, first = 1.0 - taps / 2.0 - fraction * (1.0 / (double)UNITY);
  int32_t at = (int32_t)((first * squeeze + CELLS / 2.0) * one), by = (int32_t)(squeeze * one + 0.5);
  FourInt lane = {at, at + by, at + 2 * by, at + 3 * by}, end = {0, 0, 0, 0};
  end += CELLS << CELL_BITS;
  float gain = (float)(1.0 / ratio);
  for (uint32_t k = 0; k < taps; k += 4, lane += 4 * by) {
    FourInt inside = (lane >= 0) & (lane < end);
    Four v = four_weights(lane & inside) * gain;
    store(weights + k, (Four)((FourInt)v & inside));
  }
}

void sq_rt_sinc_weights(float *weights, uint32_t taps, uint32_t fraction, uint64_t step) {
  if (step <= UNITY)
    weights_plain(weights, fraction);
  else
    weights_stretched(weights, taps, fraction, step);
}

float sq_rt_sinc_dot(const float *x, const float *weights, uint32_t taps) {
  Four sum = {0, 0, 0, 0}, other = sum;
  for (uint32_t k = 0; k < taps; k += 8) {
    sum += load(x + k) * load(weights + k);
    other += load(x + k + 4) * load(weights + k + 4);
  }
  sum += other;
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
