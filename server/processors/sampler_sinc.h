// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The weights with which the sampler reads between two frames; pure, audio thread.
///
/// Band-limited interpolation (J. O. Smith, "Digital Audio Resampling", CCRMA, 2002): a windowed sinc, read from a
/// table of fractions with a straight line between two rows. Played faster, the kernel is stretched by the ratio, so
/// that what would fold back is removed instead.
#ifndef SQ_PROCESSORS_SAMPLER_SINC_H
#define SQ_PROCESSORS_SAMPLER_SINC_H

#include <stdint.h>

#define SQ_SAMPLER_TAPS 48    ///< frames under the kernel at ratios up to 1
#define SQ_SAMPLER_PHASES 512 ///< rows: the line between two of them errs by less than -106 dB
#define SQ_SAMPLER_STRETCH 16 ///< the kernel stops growing past four octaves up
#define SQ_SAMPLER_MAX_TAPS (SQ_SAMPLER_TAPS * SQ_SAMPLER_STRETCH)

/// [row][tap]: the kernel at tap + row / SQ_SAMPLER_PHASES - SQ_SAMPLER_TAPS / 2 frames from its middle.
extern const float sq_sampler_sinc_table[(SQ_SAMPLER_PHASES + 1) * SQ_SAMPLER_TAPS];

/// Frames under the kernel when each output frame moves `step` / 2^32 input frames: a multiple of 4.
uint32_t sq_rt_sinc_taps(uint64_t step);

/// weights[taps] for the frames first, first + 1 … where the position lies `fraction` / 2^32 past frame 0 and
/// first = 1 - taps / 2. `taps` as sq_rt_sinc_taps(step) gave it.
void sq_rt_sinc_weights(float *weights, uint32_t taps, uint32_t fraction, uint64_t step);

/// The sum of x[i] * weights[i] over `taps`, a multiple of 4, added in one fixed order.
float sq_rt_sinc_dot(const float *x, const float *weights, uint32_t taps);

#endif
