// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/fdn.h"

#include <math.h>
#include <string.h>

#include "dsp/approx.h"

typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourMask __attribute__((vector_size(16)));

static const float allpass_gain = 0.6f;

uint32_t sq_dsp_next_prime(uint32_t n) {
  for (n = n < 3 ? 3 : n | 1;; n += 2) {
    uint32_t d = 3;
    while (d * d <= n && n % d)
      d += 2;
    if (d * d > n)
      return n;
  }
}

void sq_dsp_fdn_loss(SqFdnLoss *loss, const float *length, const SqFdnDecay *decay) {
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
    float octaves = -9.9657843f * length[l] / decay->frames; // 60 dB = 2^9.966
    float gain = sq_dsp_fast_exp2(octaves);
    // one-pole with gain 1 at 0 Hz and power q at the corner: a^2 - 2 p a + 1 = 0
    float q = sq_dsp_fast_exp2(2.0f * octaves * decay->excess);
    q = q < 0.999999f ? q : 0.999999f;
    float p = (1.0f - q * decay->corner) / (1.0f - q);
    float root = p * p - 1.0f;
    float a = 1.0f / (p + __builtin_sqrtf(root > 0.0f ? root : 0.0f));
    loss->a[l] = a;
    loss->b[l] = gain * (1.0f - a);
  }
}

void sq_rt_ring_read(const SqRtRing *ring, uint32_t delay, float *out, uint32_t n) {
  uint32_t from = (ring->write - delay) & ring->mask;
  uint32_t first = ring->mask + 1 - from < n ? ring->mask + 1 - from : n;
  memcpy(out, ring->data + from, first * sizeof *out);
  memcpy(out + first, ring->data, (n - first) * sizeof *out);
  if (delay > ring->filled) { // from before it was emptied
    uint32_t none = delay - ring->filled < n ? delay - ring->filled : n;
    memset(out, 0, none * sizeof *out);
  }
}

uint32_t sq_dsp_trailing_zeros(const float *x, uint32_t n) {
  uint32_t zeros = 0;
  while (zeros < n && x[n - 1 - zeros] == 0.0f)
    zeros++;
  return zeros;
}

void sq_rt_fdn_read(const SqRtFdn *fdn, const uint32_t *length, SqFdnBlock x, uint32_t n) {
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    sq_rt_ring_read(&fdn->lines[l], length[l], x[l], n);
}

static inline Four load(const float *x) {
  Four v;
  memcpy(&v, x, sizeof v);
  return v;
}

/// Zero where nobody can hear it.
static inline Four audible(Four gate, Four x) {
  const Four quiet = {SQ_FDN_QUIET, SQ_FDN_QUIET, SQ_FDN_QUIET, SQ_FDN_QUIET};
  return (Four)((FourMask)x & ((gate >= quiet) | (gate <= -quiet)));
}

/// A frame of four lines.
static inline Four absorb(Four x, Four last, Four b, Four a) {
  return b * x + audible(last, a * last);
}

static inline void transpose(Four v[4]) {
  Four a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5), b = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
  Four c = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7), d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  v[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  v[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  v[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

/// Lines first .. first + 3; four frames at a time lie side by side in lines, are turned to lie in frames, and back.
static Four absorb_four(const SqFdnLoss *loss, uint32_t stride, float (*x)[SQ_FDN_CHUNK], uint32_t first, uint32_t n,
                        Four last) {
  uint32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    Four v[4];
    for (uint32_t l = 0; l < 4; l++)
      v[l] = load(&x[first + l][i]);
    transpose(v);
    for (uint32_t k = 0; k < 4; k++) {
      const SqFdnLoss *now = &loss[(i + k) * stride];
      last = v[k] = absorb(v[k], last, load(&now->b[first]), load(&now->a[first]));
    }
    transpose(v);
    for (uint32_t l = 0; l < 4; l++)
      memcpy(&x[first + l][i], &v[l], sizeof v[l]);
  }
  for (; i < n; i++) {
    Four v = {x[first][i], x[first + 1][i], x[first + 2][i], x[first + 3][i]};
    const SqFdnLoss *now = &loss[i * stride];
    last = absorb(v, last, load(&now->b[first]), load(&now->a[first]));
    for (uint32_t l = 0; l < 4; l++)
      x[first + l][i] = last[l];
  }
  return last;
}

void sq_rt_fdn_absorb(SqRtFdn *fdn, const SqFdnLoss *loss, uint32_t stride, SqFdnBlock x, uint32_t n) {
  for (uint32_t first = 0; first < SQ_FDN_LINES; first += 4) {
    Four last = absorb_four(loss, stride, x, first, n, load(&fdn->last[first]));
    memcpy(&fdn->last[first], &last, sizeof last);
  }
}

void sq_dsp_fdn_hear(SqFdnBlock x, float *left, float *right, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    left[i] = ((x[0][i] - x[2][i]) + (x[4][i] - x[6][i])) + ((x[8][i] + x[10][i]) - (x[12][i] + x[14][i]));
    right[i] = ((x[1][i] + x[3][i]) - (x[5][i] + x[7][i])) + ((x[9][i] - x[11][i]) + (x[13][i] - x[15][i]));
  }
}

/// Fast Walsh-Hadamard transform across the lines, unscaled.
static void hadamard(SqFdnBlock x, uint32_t n) {
  for (uint32_t half = 1; half < SQ_FDN_LINES; half *= 2)
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
      if (l & half)
        continue;
      float *p = x[l], *q = x[l + half];
      for (uint32_t i = 0; i < n; i++) {
        float sum = p[i] + q[i], difference = p[i] - q[i];
        p[i] = sum;
        q[i] = difference;
      }
    }
}

uint32_t sq_rt_fdn_write(SqRtFdn *fdn, SqFdnBlock x, const float *left, const float *right, uint32_t n) {
  hadamard(x, n);
  uint32_t zeros = n;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
    float *ring = fdn->lines[l].data + fdn->lines[l].write;
    const float *in = l % 2 ? right : left;
    float sign = (l / 2) % 2 ? -1.0f : 1.0f;
    // the matrix alone is symmetric, its modes pile up; taking its rows in another order spreads them (by 1 dB)
    const float *mixed = x[(7 * l + 1) % SQ_FDN_LINES];
    for (uint32_t i = 0; i < n; i++) {
      float y = mixed[i] * 0.25f + sign * in[i];
      float size = fabsf(y);
      ring[i] = size < SQ_FDN_QUIET ? 0.0f : y;
    }
    if (zeros)
      zeros = sq_dsp_trailing_zeros(ring + n - zeros, zeros);
    sq_rt_ring_advance(&fdn->lines[l], n);
  }
  return zeros;
}

uint32_t sq_rt_allpass_run(SqRtAllpass *allpass, float *x, uint32_t n) {
  float old[SQ_FDN_CHUNK];
  float *ring = allpass->ring.data + allpass->ring.write;
  sq_rt_ring_read(&allpass->ring, allpass->length, old, n);
  for (uint32_t i = 0; i < n; i++) {
    float y = old[i] - allpass_gain * x[i];
    float in = x[i] + allpass_gain * y;
    float size = fabsf(in);
    ring[i] = size < SQ_FDN_QUIET ? 0.0f : in;
    x[i] = y;
  }
  sq_rt_ring_advance(&allpass->ring, n);
  return sq_dsp_trailing_zeros(ring, n);
}
