// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/svf.h"

#include <math.h>
#include <string.h>

#include "base/limits.h"

typedef double Pair __attribute__((vector_size(16))); ///< two channels
typedef int64_t PairMask __attribute__((vector_size(16)));

uint32_t sq_dsp_svf_tail(const SqDspSvfShape *shape) {
  // the slower pole of p^2 + k p + 1, moved to the z plane by z = (1 + g p) / (1 - g p)
  double g = shape->g, k = shape->k, half = 0.5 * k, radius;
  if (half < 1.0) {
    radius = sqrt((1.0 - g * k + g * g) / (1.0 + g * k + g * g));
  } else {
    double root = sqrt(half * half - 1.0), slow = -1.0 / (half + root), fast = -(half + root);
    radius = fmax(fabs((1.0 + g * slow) / (1.0 - g * slow)), fabs((1.0 + g * fast) / (1.0 - g * fast)));
  }
  double loud = 1.0 + fabs(shape->m0) + fabs(shape->m1) + fabs(shape->m2) + 1.0 / k; // how far the states may swing
  double frames = log(1e4 * loud / SQ_SVF_QUIET) / -log(radius);
  return frames < 4e9 ? (uint32_t)frames + 2 * SQ_GRID : UINT32_MAX;
}

static inline Pair both(double x) {
  return (Pair){x, x};
}

/// Coefficients for both channels.
typedef struct {
  Pair g, a1, a2, m0, m1, m2;
} Wide;

static inline Wide widen(const SqDspSvfCoef *c) {
  return (Wide){both(c->g), both(c->a1), both(c->a2), both(c->m0), both(c->m1), both(c->m2)};
}

/// One frame of one filter.
static inline Pair step(Pair x, const Wide *c, Pair *s1, Pair *s2) {
  Pair v1 = c->a1 * *s1 + c->a2 * (x - *s2);
  Pair rise = c->g * v1;
  Pair v2 = *s2 + rise;
  *s1 = (v1 + v1) - *s1;
  *s2 = v2 + rise;
  return (c->m0 * x + c->m1 * v1) + c->m2 * v2;
}

/// Makes states zero that nobody can hear.
static inline void settle(Pair *s1, Pair *s2) {
  const Pair quiet = both(SQ_SVF_QUIET), loud = both(-SQ_SVF_QUIET);
  PairMask keep = ~((*s1 < quiet) & (*s1 > loud) & (*s2 < quiet) & (*s2 > loud));
  *s1 = (Pair)((PairMask)*s1 & keep);
  *s2 = (Pair)((PairMask)*s2 & keep);
}

static inline uint32_t to_grid(uint64_t frame, uint32_t n) {
  uint32_t left = SQ_GRID - (uint32_t)(frame % SQ_GRID);
  return left < n ? left : n;
}

/// All bands frame by frame: their recursions overlap in the pipeline, which one band alone would leave idle. Made once
/// for each number of bands, so that the states stay in registers.
__attribute__((always_inline)) static inline void run_bands(const SqDspSvfBlock *b, const SqDspSvfCoef *const *coefs,
                                                            SqDspSvfState *const *states, uint32_t n_bands) {
  Pair s1[SQ_SVF_MAX_BANDS], s2[SQ_SVF_MAX_BANDS];
  Wide c[SQ_SVF_MAX_BANDS];
  for (uint32_t k = 0; k < n_bands; k++) {
    memcpy(&s1[k], states[k]->s1, sizeof s1[k]);
    memcpy(&s2[k], states[k]->s2, sizeof s2[k]);
    c[k] = widen(coefs[k]);
  }
  for (uint32_t at = 0; at < b->n;) {
    uint32_t end = at + to_grid(b->frame + at, b->n - at);
    for (uint32_t i = at; i < end; i++) {
      Pair x = {(double)b->x[0][i], (double)b->x[1][i]};
      for (uint32_t k = 0; k < n_bands; k++)
        x = step(x, &c[k], &s1[k], &s2[k]);
      b->out[0][i] = (float)x[0];
      b->out[1][i] = (float)x[1];
    }
    at = end;
    if ((b->frame + at) % SQ_GRID == 0)
      for (uint32_t k = 0; k < n_bands; k++)
        settle(&s1[k], &s2[k]);
  }
  for (uint32_t k = 0; k < n_bands; k++) {
    memcpy(states[k]->s1, &s1[k], sizeof s1[k]);
    memcpy(states[k]->s2, &s2[k], sizeof s2[k]);
  }
}

void sq_dsp_svf_run(const SqDspSvfBlock *block, const SqDspSvfCoef *const *coefs, SqDspSvfState *const *states,
                    uint32_t n_bands) {
  switch (n_bands) {
  case 1:
    run_bands(block, coefs, states, 1);
    break;
  case 2:
    run_bands(block, coefs, states, 2);
    break;
  case 3:
    run_bands(block, coefs, states, 3);
    break;
  case 4:
    run_bands(block, coefs, states, 4);
    break;
  default:
    run_bands(block, coefs, states, n_bands);
  }
}

/// One band over a chunk in x[n].
static void run_band_moving(const SqDspSvfBlock *b, Pair *x, const SqDspSvfCoef *coefs, uint32_t stride,
                            SqDspSvfState *state) {
  Pair s1, s2;
  memcpy(&s1, state->s1, sizeof s1);
  memcpy(&s2, state->s2, sizeof s2);
  for (uint32_t i = 0; i < b->n; i++) {
    Wide c = widen(&coefs[i * stride]);
    x[i] = step(x[i], &c, &s1, &s2);
    if ((b->frame + i + 1) % SQ_GRID == 0)
      settle(&s1, &s2);
  }
  memcpy(state->s1, &s1, sizeof s1);
  memcpy(state->s2, &s2, sizeof s2);
}

void sq_dsp_svf_run_moving(const SqDspSvfBlock *block, const SqDspSvfCoef *const *coefs, const uint32_t *stride,
                           SqDspSvfState *const *states, uint32_t n_bands) {
  Pair x[SQ_SVF_CHUNK];
  for (uint32_t i = 0; i < block->n; i++)
    x[i] = (Pair){(double)block->x[0][i], (double)block->x[1][i]};
  for (uint32_t k = 0; k < n_bands; k++)
    run_band_moving(block, x, coefs[k], stride[k], states[k]);
  for (uint32_t i = 0; i < block->n; i++) {
    block->out[0][i] = (float)x[i][0];
    block->out[1][i] = (float)x[i][1];
  }
}
