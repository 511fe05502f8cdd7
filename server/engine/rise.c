// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/rise.h"

#include <math.h>
#include <string.h>

static const double rise_seconds = 0.010;

void sq_rt_rise_init(SqRtRise *rise, double rate_hz) {
  rise->length = (uint32_t)(rise_seconds * rate_hz);
  rise->at = 0;
}

void sq_rt_rise_hold(SqRtRise *rise) {
  atomic_store(&rise->wish, SQ_RISE_HELD);
}

void sq_rt_rise_let_go(SqRtRise *rise) {
  uint32_t held = SQ_RISE_HELD;
  atomic_compare_exchange_strong(&rise->wish, &held, SQ_RISE_ASKED);
}

void sq_rt_rise_run(SqRtRise *rise, float *const *out, uint32_t n_out, uint32_t n) {
  uint32_t wish = atomic_load_explicit(&rise->wish, memory_order_relaxed);
  if (wish == SQ_RISE_HELD) {
    for (uint32_t c = 0; c < n_out; c++)
      memset(out[c], 0, n * sizeof(float));
    return;
  }
  if (wish == SQ_RISE_ASKED) {
    rise->at = 0;
    atomic_compare_exchange_strong(&rise->wish, &wish, SQ_RISE_NONE); // held again meanwhile: in the next cycle
  }
  for (uint32_t i = 0; i < n && rise->at < rise->length; i++, rise->at++) {
    const float part = (float)rise->at / (float)rise->length, gain = 0.5F - 0.5F * cosf((float)M_PI * part);
    for (uint32_t c = 0; c < n_out; c++)
      out[c][i] *= gain;
  }
}
