// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Exponentials, logarithms and sines that a compiler can vectorize; pure, any thread (made for the audio thread).
///
/// They are our own, not libm's, for two reasons: a loop over them becomes SIMD, and their bits do not depend on the
/// libm of the machine. Only +, -, *, / and integer steps are used, so a vector lane and a scalar give equal bits.
#ifndef SQ_DSP_APPROX_H
#define SQ_DSP_APPROX_H

#include <stdint.h>
#include <string.h>

#define SQ_DSP_SILENCE_DB (-144.0f)      ///< at or below this a level in dB means nothing at all
#define SQ_DSP_DB_PER_OCTAVE 6.02059991f ///< 20 log10(2)

static inline float sq_dsp_float_of_bits(int32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline int32_t sq_dsp_bits_of_float(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/// 2^x, x clamped to -126..126; relative error below 2e-7; exactly 1 at 0.
/// Split at the nearest integer, Taylor series of 2^f on [-0.5, 0.5] (Cody and Waite, "Software Manual for the
/// Elementary Functions", 1980, chapter 6).
static inline float sq_dsp_fast_exp2(float x) {
  x = x < -126.0f ? -126.0f : x;
  x = x > 126.0f ? 126.0f : x;
  const float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to the nearest integer without SSE4.1
  float shifted = x + magic;
  float f = x - (shifted - magic);
  float p = 1.5252734e-5f;
  p = p * f + 1.5403530e-4f;
  p = p * f + 1.3333558e-3f;
  p = p * f + 9.6181291e-3f;
  p = p * f + 5.5504109e-2f;
  p = p * f + 2.4022651e-1f;
  p = p * f + 6.9314718e-1f;
  p = p * f + 1.0f;
  int32_t exponent = (int32_t)((uint32_t)sq_dsp_bits_of_float(shifted) << 23); // low bits of `shifted` = the integer
  return sq_dsp_float_of_bits((int32_t)((uint32_t)sq_dsp_bits_of_float(p) + (uint32_t)exponent));
}

/// log2(x), x clamped to at least 1e-30; absolute error below 1e-6 (6e-6 dB when used as a level).
/// Mantissa in [sqrt(1/2), sqrt(2)), then the series of atanh in (m - 1)/(m + 1).
static inline float sq_dsp_fast_log2(float x) {
  x = x < 1e-30f ? 1e-30f : x;
  int32_t bits = sq_dsp_bits_of_float(x);
  int32_t exponent = (bits - 0x3f3504f3) >> 23; // 0x3f3504f3 = sqrt(1/2)
  float m = sq_dsp_float_of_bits(bits - (int32_t)((uint32_t)exponent << 23));
  float t = (m - 1.0f) / (m + 1.0f);
  float t2 = t * t;
  float p = 0.32059890f;    // 2 / (9 ln 2)
  p = p * t2 + 0.41219858f; // 2 / (7 ln 2)
  p = p * t2 + 0.57707802f; // 2 / (5 ln 2)
  p = p * t2 + 0.96179669f; // 2 / (3 ln 2)
  p = p * t2 + 2.88539008f; // 2 / ln 2
  return (float)exponent + t * p;
}

/// Amplitude of a level in dB: exactly 1 at 0 dB, exactly 0 at or below SQ_DSP_SILENCE_DB.
static inline float sq_dsp_fast_db_to_amp(float db) {
  float amp = sq_dsp_fast_exp2(db * (1.0f / SQ_DSP_DB_PER_OCTAVE));
  return db <= SQ_DSP_SILENCE_DB ? 0.0f : amp;
}

/// Level in dB of an amplitude; about -600 dB for zero.
static inline float sq_dsp_fast_amp_to_db(float amp) {
  return SQ_DSP_DB_PER_OCTAVE * sq_dsp_fast_log2(amp);
}

/// sin(2 pi phase / 2^64); error below 1e-11. Taylor series on a quarter turn, in double.
static inline double sq_dsp_sine_of_phase(uint64_t phase) {
  double x = (double)(int32_t)(uint32_t)(phase >> 32) * (1.0 / 4294967296.0); // turns, -0.5..0.5
  x = x > 0.25 ? 0.5 - x : x;
  x = x < -0.25 ? -0.5 - x : x;
  double r = x * 6.283185307179586;
  double r2 = r * r;
  double p = -1.0 / 1307674368000.0;
  p = p * r2 + 1.0 / 6227020800.0;
  p = p * r2 - 1.0 / 39916800.0;
  p = p * r2 + 1.0 / 362880.0;
  p = p * r2 - 1.0 / 5040.0;
  p = p * r2 + 1.0 / 120.0;
  p = p * r2 - 1.0 / 6.0;
  p = p * r2 + 1.0;
  return r * p;
}

#endif
