// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The outputs' way up from silence when sound begins, or begins again after the server was away: audio thread, but
/// for what asks for it.
#ifndef SQ_ENGINE_RISE_H
#define SQ_ENGINE_RISE_H

#include <stdatomic.h>
#include <stdint.h>

typedef enum { SQ_RISE_NONE, SQ_RISE_HELD, SQ_RISE_ASKED } SqRiseWish;

typedef struct SqRtRise {
  _Atomic uint32_t wish; ///< SqRiseWish
  uint32_t length;       ///< frames
  uint32_t at;           ///< frames since the beginning, up to `length`
} SqRtRise;

/// Begins at silence, over 10 ms. [setup] The struct was zeroed once; a hold stays.
void sq_rt_rise_init(SqRtRise *rise, double rate_hz);

/// Silence from the next cycle on: what plays now would be heard from its middle. [any thread]
void sq_rt_rise_hold(SqRtRise *rise);

/// What is held rises from the next cycle on; nothing happens where nothing is held. [any thread]
void sq_rt_rise_let_go(SqRtRise *rise);

/// Shapes out[n_out][n] with a raised cosine until the way is done; costs one load afterwards. [audio]
void sq_rt_rise_run(SqRtRise *rise, float *const *out, uint32_t n_out, uint32_t n);

#endif
