// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Delay lines that align paths of unlike latency; audio thread.
#ifndef SQ_ENGINE_DELAY_H
#define SQ_ENGINE_DELAY_H

#include "engine/object.h"

/// x[n_channels][n] as it was `frames` ago, in out[n_channels][n]; returns x itself when the delay is 0.
const float *const *sq_rt_delay_run(SqRtDelay *delay, const float *const *x, float *const *out, uint32_t n);

#endif
