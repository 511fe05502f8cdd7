// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A feedback delay network of 16 lines, and the all-passes before it: the core of a reverb; pure, audio thread.
///
/// Lossless Hadamard feedback with an absorbing one-pole in each line, after Jot and Chaigne, "Digital delay networks
/// for designing artificial reverberators" (AES 90, 1991); choice of orthogonal matrix and many lines after Schlecht
/// and Habets, "On lossless feedback delay networks" (IEEE TSP 65(6), 2017). Work is done line by line over pieces
/// shorter than every delay, so that nearly all of it is vertical SIMD.
#ifndef SQ_DSP_FDN_H
#define SQ_DSP_FDN_H

#include <stdbool.h>
#include <stdint.h>

#define SQ_FDN_LINES 16
#define SQ_FDN_CHUNK 64
#define SQ_FDN_QUIET 1e-8f ///< what is written below this (-160 dB) is zero, so that a tail has an end

typedef float SqFdnBlock[SQ_FDN_LINES][SQ_FDN_CHUNK];

/// Share of the input and of the last output in the output of each line's absorption.
typedef struct SqFdnLoss {
  float b[SQ_FDN_LINES], a[SQ_FDN_LINES];
} SqFdnLoss;

/// A delay line. Emptying it costs nothing: what was not written since counts as zero.
typedef struct SqRtRing {
  float *data;          ///< [mask + 1], the owner's
  uint32_t mask, write; ///< mask + 1 is a power of 2
  uint32_t filled;      ///< frames written since it was emptied, up to mask + 1
} SqRtRing;

typedef struct SqRtFdn {
  SqRtRing lines[SQ_FDN_LINES]; ///< all of one size
  float last[SQ_FDN_LINES];     ///< outputs of the absorption
} SqRtFdn;

/// Frames from the writing position to the ring's end: a piece may not reach past it.
static inline uint32_t sq_rt_ring_room(const SqRtRing *ring) {
  return ring->mask + 1 - ring->write;
}

static inline void sq_rt_ring_empty(SqRtRing *ring) {
  ring->write = ring->filled = 0;
}

/// n frames were written at data + write.
static inline void sq_rt_ring_advance(SqRtRing *ring, uint32_t n) {
  ring->write = (ring->write + n) & ring->mask;
  ring->filled = ring->mask + 1 - ring->filled < n ? ring->mask + 1 : ring->filled + n;
}

/// out[i] = what was written `delay` frames before frame i of the piece that is about to be written (or was, and the
/// ring not yet advanced); n <= SQ_FDN_CHUNK; n <= delay unless it was written.
void sq_rt_ring_read(const SqRtRing *ring, uint32_t delay, float *out, uint32_t n);

/// The smallest prime that is not below n. [setup]
uint32_t sq_dsp_next_prime(uint32_t n);

/// What the tail loses on its way.
typedef struct SqFdnDecay {
  float frames; ///< in which it falls by 60 dB
  float corner; ///< cos(2 pi f / rate) of the frequency at which it falls faster
  float excess; ///< by how much: 1 = twice as fast, 0 = no faster
} SqFdnDecay;

/// Losses for lines of length[l] frames.
void sq_dsp_fdn_loss(SqFdnLoss *loss, const float *length, const SqFdnDecay *decay);

/// x[l][i] = what line l was given length[l] frames before frame i; n <= SQ_FDN_CHUNK and below every length.
void sq_rt_fdn_read(const SqRtFdn *fdn, const uint32_t *length, SqFdnBlock x, uint32_t n);

/// Absorbs x in place. `loss`: one for each frame with stride 1, one for all with 0.
void sq_rt_fdn_absorb(SqRtFdn *fdn, const SqFdnLoss *loss, uint32_t stride, SqFdnBlock x, uint32_t n);

/// Adds up the lines for the ears: even lines left, odd ones right, with signs that keep them apart.
void sq_dsp_fdn_hear(SqFdnBlock x, float *left, float *right, uint32_t n);

/// Mixes x by the Hadamard matrix, adds left and right to it and writes it into the lines. x is spoilt. n may not reach
/// past the rings' end. Returns how many of the last frames wrote zeros only, at most n.
uint32_t sq_rt_fdn_write(SqRtFdn *fdn, SqFdnBlock x, const float *left, const float *right, uint32_t n);

/// One all-pass (Schroeder, "Natural sounding artificial reverberation", JAES 10(3), 1962).
typedef struct SqRtAllpass {
  SqRtRing ring;
  uint32_t length;
} SqRtAllpass;

/// x[n] in place; n <= length and not past the ring's end. Returns as sq_rt_fdn_write().
uint32_t sq_rt_allpass_run(SqRtAllpass *allpass, float *x, uint32_t n);

/// How many of the last of x[n] are zero.
uint32_t sq_dsp_trailing_zeros(const float *x, uint32_t n);

#endif
