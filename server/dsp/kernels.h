// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The arithmetic of the mixer on the caller's memory, one table per instruction set; pure, audio thread.
///
/// Samples are computed one by one with the same operations in every table, so audio bits do not depend on length,
/// alignment or instruction set. Only the sum of squares of a meter may differ in its last digits.
#ifndef SQ_DSP_KERNELS_H
#define SQ_DSP_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/// What a meter has seen of one channel.
typedef struct {
  float peak;    ///< largest absolute sample
  float squares; ///< sum of squares
} SqDspLevel;

/// What a meter has seen of a stereo signal, before any root is taken: that is for who reads it.
typedef struct {
  float largest[2]; ///< squares
  float total[2];   ///< sum of squares
} SqDspSquares;

typedef struct {
  const char *name;
  /// out[i] = x[i] * g, or out[i] += x[i] * g when `add`.
  void (*mix)(float *out, const float *x, float g, uint32_t n, bool add);
  /// The same, and measures x (not x * g) into `level` (accumulating).
  void (*mix_measure)(float *out, const float *x, float g, uint32_t n, bool add, SqDspLevel *level);
  /// out[0][i] = l[i] * g[0], out[1][i] = r[i] * g[1], and takes the squares of l and r (accumulating).
  void (*mix_pair)(float *const *out, const float *l, const float *r, const float *g, uint32_t n,
                   SqDspSquares *squares);
  /// The same with +=.
  void (*add_pair)(float *const *out, const float *l, const float *r, const float *g, uint32_t n,
                   SqDspSquares *squares);
  /// out[i] (+)= x[i] * g[i].
  void (*mix_frames)(float *out, const float *x, const float *g, uint32_t n, bool add);
  /// out[i] = x[0][i] + x[1][i] + … + x[n_x - 1][i], added in that order, n_x >= 1; when `add` out[i] comes first.
  void (*sum)(float *out, const float *const *x, uint32_t n_x, bool add, uint32_t n);
  /// out[i] = wet[i] * out[i] + (1 - wet[i]) * dry[i]: exact at both ends, so that a block in which a fade ends has the
  /// bits of blocks without one
  void (*crossfade)(float *out, const float *dry, const float *wet, uint32_t n);
  /// Measures x into `level` (accumulating).
  void (*measure)(const float *x, uint32_t n, SqDspLevel *level);
  /// True when every sample of x[n_channels][n] is finite and below 1e15 (what a broken filter makes on its way to
  /// infinity). Both numbers are 1 at least.
  bool (*sane)(const float *const *x, uint32_t n_channels, uint32_t n);
  /// out[i] = x[i] held within +-ceiling, 0 where x[i] is not a number; returns how many samples were changed.
  uint32_t (*ceiling)(float *out, const float *x, float ceiling, uint32_t n);
} SqDspKernels;

extern const SqDspKernels sq_dsp_kernels_base;
#ifdef __x86_64__
extern const SqDspKernels sq_dsp_kernels_avx2, sq_dsp_kernels_avx512;
#endif

/// The best table for this machine. [any thread]
const SqDspKernels *sq_dsp_kernels_best(void);

/// The table of this name ("base", "avx2", "avx512"), NULL where this machine has none such. [any thread]
const SqDspKernels *sq_dsp_kernels_named(const char *name);

#endif
