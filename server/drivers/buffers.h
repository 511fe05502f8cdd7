// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Channel buffers for drivers without hardware: silent inputs, outputs nobody hears, and the checks of a
/// configuration; made by the opener, used by the audio thread.
#ifndef SQ_DRIVERS_BUFFERS_H
#define SQ_DRIVERS_BUFFERS_H

#include "base/limits.h"
#include "drivers/driver.h"

#define SQ_DRIVER_RATE_MIN 4000u   ///< Hz: below, filters and the 16-frame grid lose their meaning
#define SQ_DRIVER_RATE_MAX 768000u ///< Hz: the highest that sound cards are sold with
#define SQ_DRIVER_RATE_DEFAULT 48000u
#define SQ_DRIVER_PERIOD_DEFAULT 256u
#define SQ_DRIVER_PERIOD_MAX 8192u ///< frames: the longest that JACK allows

typedef struct SqDriverBuffers {
  float *silence; ///< [SQ_MAX_BLOCK] zeros, shared by all inputs
  float *memory;  ///< [n_out][SQ_MAX_BLOCK]
  const float *in[SQ_MAX_HARDWARE];
  float *out[SQ_MAX_HARDWARE];
  uint32_t n_in, n_out;
} SqDriverBuffers;

/// Checks rate, period and channels of `config` against the bounds (0 means the default where there is one) and writes
/// what is to be used. Errors: range, with a sentence in error[error_size].
SqStatus sq_driver_check(const SqDriverConfig *config, SqDriverConfig *checked, char *error, size_t error_size);

/// Checks a new period: 1..SQ_DRIVER_PERIOD_MAX frames. Errors: range, with a sentence.
SqStatus sq_driver_check_period(uint32_t frames, char *error, size_t error_size);

/// Allocates and touches all memory. Errors: limit.
SqStatus sq_driver_buffers_init(SqDriverBuffers *buffers, uint32_t n_in, uint32_t n_out);

/// One cycle of `n` frames, any number: process() in pieces of SQ_MAX_BLOCK and a shorter rest. [audio]
void sq_rt_driver_cycle(const SqDriverHost *host, const SqDriverBuffers *buffers, uint32_t n);

/// Frees it; also after a failed init.
void sq_driver_buffers_cleanup(SqDriverBuffers *buffers);

#endif
