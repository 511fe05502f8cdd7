// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The weights with which the sampler reads between two frames; pure, audio thread.
///
/// Band-limited interpolation (J. O. Smith, "Digital Audio Resampling", CCRMA, 2002): a windowed sinc, kept as short
/// cubics. Played faster, the kernel is stretched by the ratio, so that what would fold back is removed instead.
#ifndef SQ_PROCESSORS_SAMPLER_SINC_H
#define SQ_PROCESSORS_SAMPLER_SINC_H

#include <stdint.h>

#define SQ_SAMPLER_TAPS 48    ///< frames under the kernel at ratios up to 1
#define SQ_SAMPLER_PHASES 16  ///< cells a frame: the cubics err by less than -110 dB
#define SQ_SAMPLER_STRETCH 16 ///< the kernel stops growing past four octaves up
#define SQ_SAMPLER_MAX_TAPS (SQ_SAMPLER_TAPS * SQ_SAMPLER_STRETCH)
#define SQ_SAMPLER_CELLS (SQ_SAMPLER_TAPS * SQ_SAMPLER_PHASES)

/// The kernel from its left edge on: [cell][power of the place within the cell, 0..1].
extern const float sq_sampler_sinc_cells[SQ_SAMPLER_CELLS * 4];

/// The same, all taps of one fraction together: [row][power][tap] is cell tap * SQ_SAMPLER_PHASES + row.
extern const float sq_sampler_sinc_rows[SQ_SAMPLER_CELLS * 4];

/// Frames under the kernel when each output frame moves `step` / 2^32 input frames: a multiple of 8.
uint32_t sq_rt_sinc_taps(uint64_t step);

/// weights[taps] for the frames first, first + 1 … where the position lies `fraction` / 2^32 past frame 0 and
/// first = 1 - taps / 2. `taps` as sq_rt_sinc_taps(step) gave it.
void sq_rt_sinc_weights(float *weights, uint32_t taps, uint32_t fraction, uint64_t step);

/// The sum of x[i] * weights[i] over `taps`, a multiple of 8, added in one fixed order.
float sq_rt_sinc_dot(const float *x, const float *weights, uint32_t taps);

#endif
