// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Second-order filters as a state-variable filter integrated by the trapezoidal rule; pure, audio thread.
///
/// The states are the integrators' own, so the filter stays stable and clicks nowhere when its coefficients move from
/// frame to frame: Zavalishin, "The Art of VA Filter Design" (2.1.0, 2018), chapter 4; outputs mixed as in Simper,
/// "Solving the continuous SVF equations using trapezoidal integration" (Cytomic, 2013). The curves are those of
/// Bristow-Johnson's "Audio EQ cookbook" (bilinear, prewarped), in double: a 20 Hz band at 192 kHz is as exact as any.
#ifndef SQ_DSP_SVF_H
#define SQ_DSP_SVF_H

#include <stdint.h>

#include "dsp/approx.h"

typedef enum {
  SQ_SVF_BELL,
  SQ_SVF_LOW_SHELF,
  SQ_SVF_HIGH_SHELF,
  SQ_SVF_HIGH_PASS,
  SQ_SVF_LOW_PASS,
  SQ_SVF_BAND_PASS,
  SQ_SVF_NOTCH,
  SQ_SVF_OFF ///< the signal itself
} SqSvfType;

/// What a curve is made of; each number may be interpolated to that of another curve.
typedef struct SqDspSvfShape {
  double g;          ///< tan(pi f / rate), of the integrators
  double k;          ///< damping, 1 / Q
  double m0, m1, m2; ///< share of input, band-pass, low-pass in the output
} SqDspSvfShape;

/// The same as the loop uses it.
typedef struct SqDspSvfCoef {
  double g, a1, a2, m0, m1, m2;
} SqDspSvfCoef;

/// Two channels of one filter.
typedef struct SqDspSvfState {
  double s1[2], s2[2];
} SqDspSvfState;

#define SQ_SVF_MAX_BANDS 8
#define SQ_SVF_QUIET 1e-10 ///< states below this (-200 dB) become zero on the grid, so that a tail has an end

/// sin(pi t), |t| <= 0.5; relative error below 1e-11.
static inline double sq_dsp_sin_pi(double t) {
  double r = t * 3.141592653589793, r2 = r * r;
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

/// tan(pi hz / rate) for the bilinear transform; hz is kept within 1e-5 .. 0.49 rate.
static inline double sq_dsp_prewarp(float hz, double inverse_rate) {
  double t = (double)hz * inverse_rate;
  t = t > 1e-5 ? t : 1e-5; // NaN too
  t = t < 0.49 ? t : 0.49;
  return sq_dsp_sin_pi(t) / sq_dsp_sin_pi(0.5 - t);
}

/// The curve of a band. `amp` = 10^(gain_db / 40), as the cookbook's A; used by bell and shelves only.
static inline SqDspSvfShape sq_dsp_svf_shape(SqSvfType type, double g, double inverse_q, double amp) {
  double k = inverse_q, a2 = amp * amp;
  switch (type) {
  case SQ_SVF_BELL:
    return (SqDspSvfShape){g, k / amp, 1.0, k / amp * (a2 - 1.0), 0.0};
  case SQ_SVF_LOW_SHELF:
    return (SqDspSvfShape){g / __builtin_sqrt(amp), k, 1.0, k * (amp - 1.0), a2 - 1.0};
  case SQ_SVF_HIGH_SHELF:
    return (SqDspSvfShape){g * __builtin_sqrt(amp), k, a2, k * (1.0 - amp) * amp, 1.0 - a2};
  case SQ_SVF_HIGH_PASS:
    return (SqDspSvfShape){g, k, 1.0, -k, -1.0};
  case SQ_SVF_LOW_PASS:
    return (SqDspSvfShape){g, k, 0.0, 0.0, 1.0};
  case SQ_SVF_BAND_PASS:
    return (SqDspSvfShape){g, k, 0.0, k, 0.0};
  case SQ_SVF_NOTCH:
    return (SqDspSvfShape){g, k, 1.0, -k, 0.0};
  case SQ_SVF_OFF:
    break;
  }
  return (SqDspSvfShape){g, k, 1.0, 0.0, 0.0};
}

static inline SqDspSvfCoef sq_dsp_svf_coef(const SqDspSvfShape *s) {
  double a1 = 1.0 / (1.0 + s->g * (s->g + s->k));
  return (SqDspSvfCoef){s->g, a1, s->g * a1, s->m0, s->m1, s->m2};
}

/// Frames until an impulse of 1 has sunk below SQ_SVF_QUIET in this filter; an upper bound. [any thread]
uint32_t sq_dsp_svf_tail(const SqDspSvfShape *shape);

/// One block of two channels through n_bands (1..8) filters in a row. `x`, `out`: two channels of n frames each; one
/// channel is passed twice. out[c] may be x[c]. `frame`: engine frame of the first, for the grid.
typedef struct SqDspSvfBlock {
  const float *x[2];
  float *out[2];
  uint64_t frame;
  uint32_t n;
} SqDspSvfBlock;

/// Coefficients that stand still.
void sq_dsp_svf_run(const SqDspSvfBlock *block, const SqDspSvfCoef *const *coefs, SqDspSvfState *const *states,
                    uint32_t n_bands);

#define SQ_SVF_CHUNK 64 ///< frames at most of a block of moving coefficients

/// The same with coefficients of their own for each frame: coefs[band][frame * stride[band]], stride 0 or 1.
/// Equal bits to sq_dsp_svf_run() where they happen to stand still.
void sq_dsp_svf_run_moving(const SqDspSvfBlock *block, const SqDspSvfCoef *const *coefs, const uint32_t *stride,
                           SqDspSvfState *const *states, uint32_t n_bands);

#endif
