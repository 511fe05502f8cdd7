// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one text of the mixer's arithmetic, compiled once per instruction set by kernels_*.c; pure, audio thread.
///
/// The includer defines V (a vector of V_N floats) and its operations, those on bits only where V is more than a float.
/// Ends of blocks run the same operations singly.
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
#define V_LARGEST(a) (a)
#define V_TOTAL(a) (a)
#endif

#include <math.h>
#include <string.h>

#include "dsp/kernels.h"

/// Frames of a block that whole vectors cover; the ends are done one by one, out of line: most blocks have none.
static inline size_t k_whole(uint32_t n) {
  return n & ~(uint32_t)(V_N - 1);
}

__attribute__((noinline)) static void k_mix_end(float *out, const float *x, float g, size_t i, size_t n, bool add) {
  for (; i < n; i++)
    out[i] = add ? out[i] + x[i] * g : x[i] * g;
}

static void k_mix(float *restrict out, const float *restrict x, float g, uint32_t n, bool add) {
  const V vg = V_SET(g);
  const size_t whole = k_whole(n);
  if (add)
    for (size_t i = 0; i < whole; i += V_N)
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(V_LOAD(x + i), vg)));
  else
    for (size_t i = 0; i < whole; i += V_N)
      V_STORE(out + i, V_MUL(V_LOAD(x + i), vg));
  if (whole < n)
    k_mix_end(out, x, g, whole, n, add);
}

/// Largest square and sum of squares. The root of the rounded square of a float is that float again (where the square
/// neither overflows nor vanishes: 1e-19 to 1e19), so the peak is exact.
typedef struct {
  V largest, total;
} SqDspSeen;

#define K_NOTHING ((SqDspSeen){V_SET(0.0F), V_SET(0.0F)})

static inline void k_see(SqDspSeen *seen, V x) {
  const V square = V_MUL(x, x);
  seen->largest = V_MAX(seen->largest, square);
  seen->total = V_ADD(seen->total, square);
}

static inline void k_book(SqDspLevel *level, float peak, float squares) {
  level->peak = peak > level->peak ? peak : level->peak;
  level->squares += squares;
}

static inline void k_book_seen(SqDspLevel *level, const SqDspSeen *seen) {
  k_book(level, sqrtf(V_LARGEST(seen->largest)), V_TOTAL(seen->total));
}

__attribute__((noinline)) static void k_measure_end(const float *x, size_t i, size_t n, SqDspLevel *level) {
  for (; i < n; i++)
    k_book(level, fabsf(x[i]), x[i] * x[i]);
}

static void k_measure(const float *x, uint32_t n, SqDspLevel *level) {
  const size_t whole = k_whole(n);
  SqDspSeen seen = K_NOTHING;
  for (size_t i = 0; i < whole; i += V_N)
    k_see(&seen, V_LOAD(x + i));
  k_book_seen(level, &seen);
  if (whole < n)
    k_measure_end(x, whole, n, level);
}

static void k_mix_measure(float *restrict out, const float *restrict x, float g, uint32_t n, bool add,
                          SqDspLevel *restrict level) {
  const V vg = V_SET(g);
  const size_t whole = k_whole(n);
  SqDspSeen seen = K_NOTHING;
  if (add)
    for (size_t i = 0; i < whole; i += V_N) {
      const V v = V_LOAD(x + i);
      k_see(&seen, v);
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(v, vg)));
    }
  else
    for (size_t i = 0; i < whole; i += V_N) {
      const V v = V_LOAD(x + i);
      k_see(&seen, v);
      V_STORE(out + i, V_MUL(v, vg));
    }
  k_book_seen(level, &seen);
  if (whole < n) {
    k_measure_end(x, whole, n, level);
    k_mix_end(out, x, g, whole, n, add);
  }
}

#ifdef __SSE2__
/// Adds what was seen of left and right to {largest l, largest r, total l, total r}.
static inline void k_join(SqDspSquares *squares, const SqDspSeen *l, const SqDspSeen *r) {
  const V m = V_MAX(V_UNPACK_LOW(l->largest, r->largest), V_UNPACK_HIGH(l->largest, r->largest));
  const V t = V_ADD(V_UNPACK_LOW(l->total, r->total), V_UNPACK_HIGH(l->total, r->total));
  const __m128 m4 = V_MAX_4(m), t4 = V_ADD_4(t);
  const __m128 m2 = _mm_max_ps(m4, _mm_movehl_ps(m4, m4)), t2 = _mm_add_ps(t4, _mm_movehl_ps(t4, t4));
  const __m128 old = _mm_loadu_ps(squares->largest), seen = _mm_movelh_ps(m2, t2);
  _mm_storeu_ps(squares->largest,
                _mm_shuffle_ps(_mm_max_ps(old, seen), _mm_add_ps(old, seen), _MM_SHUFFLE(3, 2, 1, 0)));
}
#else
static inline void k_join(SqDspSquares *squares, const SqDspSeen *l, const SqDspSeen *r) {
  const SqDspSeen *sides[2] = {l, r};
  for (uint32_t c = 0; c < 2; c++) {
    const float largest = V_LARGEST(sides[c]->largest);
    squares->largest[c] = largest > squares->largest[c] ? largest : squares->largest[c];
    squares->total[c] += V_TOTAL(sides[c]->total);
  }
}
#endif

static inline void k_one(float *restrict out, const float *restrict x, V g, bool add, SqDspSeen *seen) {
  const V v = V_LOAD(x), y = V_MUL(v, g);
  k_see(seen, v);
  V_STORE(out, add ? V_ADD(V_LOAD(out), y) : y);
}

/// The first `whole` frames, whole vectors, two of each side at a time: a loop over 16 bytes spends a third of its
/// instructions on itself.
__attribute__((always_inline)) static inline void k_pair(float *const *out, const float *l, const float *r,
                                                         const float *g, size_t whole, SqDspSquares *squares,
                                                         bool add) {
  float *to_l = out[0], *to_r = out[1];
  const V gl = V_SET(g[0]), gr = V_SET(g[1]);
  SqDspSeen seen_l = K_NOTHING, seen_r = K_NOTHING;
  size_t i = 0;
  for (; i + 2 * V_N <= whole; i += 2 * V_N) {
    k_one(to_l + i, l + i, gl, add, &seen_l);
    k_one(to_r + i, r + i, gr, add, &seen_r);
    k_one(to_l + i + V_N, l + i + V_N, gl, add, &seen_l);
    k_one(to_r + i + V_N, r + i + V_N, gr, add, &seen_r);
  }
  if (i < whole) {
    k_one(to_l + i, l + i, gl, add, &seen_l);
    k_one(to_r + i, r + i, gr, add, &seen_r);
  }
  k_join(squares, &seen_l, &seen_r);
}

static inline void k_pair_end(float *const *out, const float *l, const float *r, const float *g, uint32_t n,
                              SqDspSquares *squares, bool add) {
  const float *const x[2] = {l, r};
  for (uint32_t c = 0; c < 2; c++) {
    k_mix_end(out[c], x[c], g[c], k_whole(n), n, add);
    for (size_t i = k_whole(n); i < n; i++) {
      const float square = x[c][i] * x[c][i];
      squares->largest[c] = square > squares->largest[c] ? square : squares->largest[c];
      squares->total[c] += square;
    }
  }
}

// Blocks with an end are done by functions of their own: a call among the vectors would cost all blocks their spilling.

__attribute__((noinline)) static void k_mix_pair_odd(float *const *out, const float *l, const float *r, const float *g,
                                                     uint32_t n, SqDspSquares *squares) {
  k_pair(out, l, r, g, k_whole(n), squares, false);
  k_pair_end(out, l, r, g, n, squares, false);
}

__attribute__((noinline)) static void k_add_pair_odd(float *const *out, const float *l, const float *r, const float *g,
                                                     uint32_t n, SqDspSquares *squares) {
  k_pair(out, l, r, g, k_whole(n), squares, true);
  k_pair_end(out, l, r, g, n, squares, true);
}

static void k_mix_pair(float *const *out, const float *l, const float *r, const float *g, uint32_t n,
                       SqDspSquares *squares) {
  if (n % V_N)
    k_mix_pair_odd(out, l, r, g, n, squares);
  else
    k_pair(out, l, r, g, n, squares, false);
}

static void k_add_pair(float *const *out, const float *l, const float *r, const float *g, uint32_t n,
                       SqDspSquares *squares) {
  if (n % V_N)
    k_add_pair_odd(out, l, r, g, n, squares);
  else
    k_pair(out, l, r, g, n, squares, true);
}

static void k_mix_frames(float *restrict out, const float *restrict x, const float *restrict g, uint32_t n, bool add) {
  const size_t whole = k_whole(n);
  if (add)
    for (size_t i = 0; i < whole; i += V_N)
      V_STORE(out + i, V_ADD(V_LOAD(out + i), V_MUL(V_LOAD(x + i), V_LOAD(g + i))));
  else
    for (size_t i = 0; i < whole; i += V_N)
      V_STORE(out + i, V_MUL(V_LOAD(x + i), V_LOAD(g + i)));
  for (size_t i = whole; i < n; i++)
    out[i] = add ? out[i] + x[i] * g[i] : x[i] * g[i];
}

/// Four vectors at a time, added up in registers.
static void k_sum(float *out, const float *const *x, uint32_t n_x, bool add, uint32_t n) {
  const float *first = add ? out : x[0];
  size_t i = 0;
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

static void k_crossfade(float *restrict out, const float *restrict dry, const float *restrict wet, uint32_t n) {
  const size_t whole = k_whole(n);
  const V one = V_SET(1.0F);
  for (size_t i = 0; i < whole; i += V_N) {
    const V w = V_LOAD(wet + i);
    V_STORE(out + i, V_ADD(V_MUL(w, V_LOAD(out + i)), V_MUL(V_SUB(one, w), V_LOAD(dry + i))));
  }
  for (size_t i = whole; i < n; i++)
    out[i] = wet[i] * out[i] + (1.0F - wet[i]) * dry[i];
}

/// Bits, not comparisons: the exponent of an insane number is what tells it.
__attribute__((noinline)) static bool k_sane_exactly(const float *const *x, uint32_t n_channels, uint32_t n) {
  uint32_t worst = 0;
  for (uint32_t c = 0; c < n_channels; c++)
    for (uint32_t i = 0; i < n; i++) {
      uint32_t bits;
      memcpy(&bits, x[c] + i, sizeof bits);
      bits &= 0x7fffffffU;
      worst = bits > worst ? bits : worst;
    }
  return worst < 0x58635fa9U; // 1e15
}

#ifdef V_OR
/// As k_sane(), for n that is no multiple of K_TURN; the last vector of a channel may overlap the one before.
__attribute__((noinline)) static bool k_sane_any(const float *const *x, uint32_t n_channels, uint32_t n) {
  V seen = V_SET(0.0F);
  for (uint32_t c = 0; c < n_channels && n >= V_N; c++) {
    const float *last = x[c] + n - V_N;
    for (const float *at = x[c]; at < last; at += V_N)
      seen = V_OR(seen, V_LOAD(at));
    seen = V_OR(seen, V_LOAD(last));
  }
  return (n >= V_N && !V_ANY_FROM_TWO(seen)) || k_sane_exactly(x, n_channels, n);
}

#define K_OR_4(seen, at)                                                                                               \
  V_OR(V_OR(V_OR(V_OR(seen, V_LOAD(at)), V_LOAD((at) + V_N)), V_LOAD((at) + 2 * V_N)), V_LOAD((at) + 3 * V_N))
#define K_TURN (V_N < 16 ? 8 * V_N : 4 * V_N) ///< frames: blocks are multiples of 64 as a rule

static inline V k_or_all(V seen, const float *at, uint32_t n) {
  const float *end = at + n;
  do {
    seen = K_OR_4(seen, at);
    if (K_TURN == 8 * V_N)
      seen = K_OR_4(seen, at + 4 * V_N);
    at += K_TURN;
  } while (at != end);
  return seen;
}

/// All but always no sample has the highest bit of its exponent - that of 2 and above, of what is infinite, and of what
/// is no number - and one operation a vector shows it.
static bool k_sane(const float *const *x, uint32_t n_channels, uint32_t n) {
  if (n % K_TURN)
    return k_sane_any(x, n_channels, n);
  V seen = k_or_all(V_SET(0.0F), x[0], n);
  for (uint32_t c = 1; c < n_channels; c++)
    seen = k_or_all(seen, x[c], n);
  return !V_ANY_FROM_TWO(seen) || k_sane_exactly(x, n_channels, n);
}
#else
#define k_sane k_sane_exactly
#endif

static uint32_t k_ceiling(float *out, const float *x, float ceiling, uint32_t n) {
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
    .name = text, .mix = k_mix, .mix_measure = k_mix_measure, .mix_pair = k_mix_pair, .add_pair = k_add_pair,          \
    .mix_frames = k_mix_frames, .sum = k_sum, .crossfade = k_crossfade, .measure = k_measure, .sane = k_sane,          \
    .ceiling = k_ceiling                                                                                               \
  }

#endif
