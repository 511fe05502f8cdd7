// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/rise.h"

#include <math.h>

static const double rise_seconds = 0.010;

void sq_rt_rise_init(SqRtRise *rise, double rate_hz) {
  rise->length = (uint32_t)(rise_seconds * rate_hz);
  rise->at = 0;
  atomic_store(&rise->asked, false);
}

void sq_rt_rise_ask(SqRtRise *rise) {
  atomic_store(&rise->asked, true);
}

void sq_rt_rise_run(SqRtRise *rise, float *const *out, uint32_t n_out, uint32_t n) {
  if (atomic_load_explicit(&rise->asked, memory_order_relaxed)) {
    atomic_store_explicit(&rise->asked, false, memory_order_relaxed);
    rise->at = 0;
  }
  for (uint32_t i = 0; i < n && rise->at < rise->length; i++, rise->at++) {
    const float part = (float)rise->at / (float)rise->length, gain = 0.5F - 0.5F * cosf((float)M_PI * part);
    for (uint32_t c = 0; c < n_out; c++)
      out[c][i] *= gain;
  }
}
