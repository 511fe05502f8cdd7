// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one text of the mixer's arithmetic, compiled once per instruction set by kernels_*.c; pure, audio thread.
///
/// The includer defines V (a vector of V_N floats) and its operations. Ends of blocks run the same operations singly.
#ifndef SQ_DSP_KERNELS_IMPL_H
#define SQ_DSP_KERNELS_IMPL_H

#ifndef V_N // read on its own (a header must compile alone): one float at a time
#define V float
#define V_N 1
#define V_LOAD(p) (*(p))
#define V_STORE(p, v) (*(p) = (v))
#define V_SET(f) (f)
#define V_ADD(a, b) ((a) + (b))
#define V_SUB(a, b) ((a) - (b))
#define V_MUL(a, b) ((a) * (b))
#define V_MAX(a, b) ((a) > (b) ? (a) : (b))
#define V_ABS(a) fabsf(a)
#define V_LARGEST(a) (a)
#define V_TOTAL(a) (a)
#endif

#include <math.h>
#include <string.h>

#include "dsp/kernels.h"

static inline void k_mix(float *restrict out, const float *restrict x, float g, uint32_t n, bool add) {
  const V vg = V_SET(g);
  uint32_t i = 0;
  if (add) {
    for (; i + V_N <= n; i += V_N)
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(V_LOAD(x + i), vg)));
    for (; i < n; i++)
      out[i] += x[i] * g;
  } else {
    for (; i + V_N <= n; i += V_N)
      V_STORE(out + i, V_MUL(V_LOAD(x + i), vg));
    for (; i < n; i++)
      out[i] = x[i] * g;
  }
}

static inline void k_level_tail(const float *x, uint32_t i, uint32_t n, SqDspLevel *level) {
  for (; i < n; i++) {
    const float a = fabsf(x[i]);
    level->peak = a > level->peak ? a : level->peak;
    level->squares += x[i] * x[i];
  }
}

static inline void k_level_vectors(V peak, V squares, SqDspLevel *level) {
  const float p = V_LARGEST(peak);
  level->peak = p > level->peak ? p : level->peak;
  level->squares += V_TOTAL(squares);
}

#define K_SEE(v) (peak = V_MAX(peak, V_ABS(v)), squares = V_ADD(squares, V_MUL(v, v)))

static inline void k_mix_measure(float *restrict out, const float *restrict x, float g, uint32_t n, bool add,
                                 SqDspLevel *restrict level) {
  const V vg = V_SET(g);
  V peak = V_SET(0.0F), squares = V_SET(0.0F);
  uint32_t i = 0;
  if (add) {
    for (; i + V_N <= n; i += V_N) {
      const V v = V_LOAD(x + i);
      K_SEE(v);
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(v, vg)));
    }
  } else {
    for (; i + V_N <= n; i += V_N) {
      const V v = V_LOAD(x + i);
      K_SEE(v);
      V_STORE(out + i, V_MUL(v, vg));
    }
  }
  k_level_vectors(peak, squares, level);
  k_level_tail(x, i, n, level);
  for (; i < n; i++)
    out[i] = add ? out[i] + x[i] * g : x[i] * g;
}

static inline void k_mix_frames(float *restrict out, const float *restrict x, const float *restrict g, uint32_t n,
                                bool add) {
  uint32_t i = 0;
  if (add) {
    for (; i + V_N <= n; i += V_N)
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(V_LOAD(x + i), V_LOAD(g + i))));
    for (; i < n; i++)
      out[i] += x[i] * g[i];
  } else {
    for (; i + V_N <= n; i += V_N)
      V_STORE(out + i, V_MUL(V_LOAD(x + i), V_LOAD(g + i)));
    for (; i < n; i++)
      out[i] = x[i] * g[i];
  }
}

/// Four vectors at a time, added up in registers.
static inline void k_sum(float *out, const float *const *x, uint32_t n_x, bool add, uint32_t n) {
  const float *first = add ? out : x[0];
  uint32_t i = 0;
  for (; i + 4 * V_N <= n; i += 4 * V_N) {
    const float *at = first + i;
    V a = V_LOAD(at), b = V_LOAD(at + V_N), c = V_LOAD(at + 2 * V_N), d = V_LOAD(at + 3 * V_N);
    for (uint32_t k = !add; k < n_x; k++) {
      at = x[k] + i;
      a = V_ADD(a, V_LOAD(at));
      b = V_ADD(b, V_LOAD(at + V_N));
      c = V_ADD(c, V_LOAD(at + 2 * V_N));
      d = V_ADD(d, V_LOAD(at + 3 * V_N));
    }
    V_STORE(out + i, a);
    V_STORE(out + i + V_N, b);
    V_STORE(out + i + 2 * V_N, c);
    V_STORE(out + i + 3 * V_N, d);
  }
  for (; i < n; i++) {
    float a = first[i];
    for (uint32_t k = !add; k < n_x; k++)
      a += x[k][i];
    out[i] = a;
  }
}

static inline void k_crossfade(float *restrict out, const float *restrict dry, const float *restrict wet, uint32_t n) {
  uint32_t i = 0;
  for (; i + V_N <= n; i += V_N) {
    const V d = V_LOAD(dry + i);
    V_STORE(out + i, V_ADD(d, V_MUL(V_LOAD(wet + i), V_SUB(V_LOAD(out + i), d))));
  }
  for (; i < n; i++)
    out[i] = dry[i] + wet[i] * (out[i] - dry[i]);
}

static inline void k_measure(const float *x, uint32_t n, SqDspLevel *level) {
  V peak = V_SET(0.0F), squares = V_SET(0.0F);
  uint32_t i = 0;
  for (; i + V_N <= n; i += V_N) {
    const V v = V_LOAD(x + i);
    peak = V_MAX(peak, V_ABS(v));
    squares = V_ADD(squares, V_MUL(v, v));
  }
  k_level_vectors(peak, squares, level);
  k_level_tail(x, i, n, level);
}

/// Bits, not comparisons: the exponent of an insane number is what tells it.
static inline bool k_sane(const float *x, uint32_t n) {
  uint32_t worst = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffffU;
    worst = bits > worst ? bits : worst;
  }
  return worst < 0x58635fa9U; // 1e15
}

static inline uint32_t k_ceiling(float *out, const float *x, float ceiling, uint32_t n) {
  uint32_t changed = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    float y = x[i];
    y = y > ceiling ? ceiling : y;
    y = y < -ceiling ? -ceiling : y;
    y = (bits & 0x7fffffffU) > 0x7f800000U ? 0.0F : y;
    uint32_t after;
    memcpy(&after, &y, sizeof after);
    changed += after != bits;
    out[i] = y;
  }
  return changed;
}

#define SQ_DSP_KERNELS_TABLE(text)                                                                                     \
  {                                                                                                                    \
    .name = text, .mix = k_mix, .mix_measure = k_mix_measure, .mix_frames = k_mix_frames, .sum = k_sum,                \
    .crossfade = k_crossfade, .measure = k_measure, .sane = k_sane, .ceiling = k_ceiling                               \
  }

#endif
