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
/// {peak, squares} of left and right, as two SqDspLevel lie in memory.
static inline __m128 k_join(const SqDspSeen *l, const SqDspSeen *r) {
  const V m = V_MAX(V_UNPACK_LOW(l->largest, r->largest), V_UNPACK_HIGH(l->largest, r->largest));
  const V t = V_ADD(V_UNPACK_LOW(l->total, r->total), V_UNPACK_HIGH(l->total, r->total));
  const __m128 m4 = V_MAX_4(m), t4 = V_ADD_4(t);
  const __m128 peaks = _mm_sqrt_ps(_mm_max_ps(m4, _mm_movehl_ps(m4, m4)));
  return _mm_unpacklo_ps(peaks, _mm_add_ps(t4, _mm_movehl_ps(t4, t4)));
}

static inline void k_book_pair(SqDspLevel *levels, __m128 seen) {
  const __m128 old = _mm_loadu_ps(&levels->peak);
  const __m128 m = _mm_max_ps(old, seen), t = _mm_add_ps(old, seen);
  const __m128 both = _mm_shuffle_ps(m, t, _MM_SHUFFLE(3, 1, 2, 0));
  _mm_storeu_ps(&levels->peak, _mm_shuffle_ps(both, both, _MM_SHUFFLE(3, 1, 2, 0)));
}

static inline void k_book_both(const SqDspPair *pair, const SqDspSeen *l, const SqDspSeen *r, SqDspLevel *pre,
                               SqDspLevel *post) {
  const __m128 seen = k_join(l, r);
  k_book_pair(pre, seen);
  const __m128 after = _mm_loadl_pi(_mm_setzero_ps(), (const __m64 *)pair->after);
  k_book_pair(post, _mm_mul_ps(seen, _mm_movelh_ps(after, after)));
}
#else
static inline void k_book_both(const SqDspPair *pair, const SqDspSeen *l, const SqDspSeen *r, SqDspLevel *pre,
                               SqDspLevel *post) {
  const SqDspSeen *sides[2] = {l, r};
  for (uint32_t c = 0; c < 2; c++) {
    const float peak = sqrtf(V_LARGEST(sides[c]->largest)), squares = V_TOTAL(sides[c]->total);
    k_book(&pre[c], peak, squares);
    k_book(&post[c], peak * pair->after[0], squares * pair->after[1]);
  }
}
#endif

__attribute__((noinline)) static void k_mix_pair_end(const SqDspPair *pair, const float *const *x, uint32_t n, bool add,
                                                     SqDspLevel *pre, SqDspLevel *post) {
  for (uint32_t c = 0; c < 2; c++) {
    k_mix_end(pair->out[c], x[c], pair->g[c], k_whole(n), n, add);
    for (size_t i = k_whole(n); i < n; i++) {
      const float peak = fabsf(x[c][i]), square = x[c][i] * x[c][i];
      k_book(&pre[c], peak, square);
      k_book(&post[c], peak * pair->after[0], square * pair->after[1]);
    }
  }
}

static void k_mix_pair(const SqDspPair *restrict pair, const float *const *x, uint32_t n, bool add,
                       SqDspLevel *restrict pre, SqDspLevel *restrict post) {
  const float *restrict l = x[0], *restrict r = x[1];
  float *restrict to_l = pair->out[0], *restrict to_r = pair->out[1];
  const V gl = V_SET(pair->g[0]), gr = V_SET(pair->g[1]);
  const size_t whole = k_whole(n);
  SqDspSeen seen_l = K_NOTHING, seen_r = K_NOTHING;
  if (add)
    for (size_t i = 0; i < whole; i += V_N) {
      const V a = V_LOAD(l + i), b = V_LOAD(r + i);
      k_see(&seen_l, a);
      k_see(&seen_r, b);
      V_STORE(to_l + i, V_ADD(V_LOAD(to_l + i), V_MUL(a, gl)));
      V_STORE(to_r + i, V_ADD(V_LOAD(to_r + i), V_MUL(b, gr)));
    }
  else
    for (size_t i = 0; i < whole; i += V_N) {
      const V a = V_LOAD(l + i), b = V_LOAD(r + i);
      k_see(&seen_l, a);
      k_see(&seen_r, b);
      V_STORE(to_l + i, V_MUL(a, gl));
      V_STORE(to_r + i, V_MUL(b, gr));
    }
  k_book_both(pair, &seen_l, &seen_r, pre, post);
  if (whole < n)
    k_mix_pair_end(pair, x, n, add, pre, post);
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
static bool k_sane(const float *x, uint32_t n) {
  uint32_t worst = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffffU;
    worst = bits > worst ? bits : worst;
  }
  return worst < 0x58635fa9U; // 1e15
}

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
    .name = text, .mix = k_mix, .mix_measure = k_mix_measure, .mix_pair = k_mix_pair, .mix_frames = k_mix_frames,      \
    .sum = k_sum, .crossfade = k_crossfade, .measure = k_measure, .sane = k_sane, .ceiling = k_ceiling                 \
  }

#endif
