// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "dsp/dynamics.h"

#include <math.h>
#include <string.h>

static const float quiet_power = 1e-20f;
static const float quiet_reduction_db = 1e-6f;

void sq_dsp_link_peak(const float *const *x, uint32_t n_channels, uint32_t at, uint32_t n, float *level) {
  for (uint32_t i = 0; i < n; i++)
    level[i] = 0.0f;
  for (uint32_t c = 0; c < n_channels; c++) {
    const float *row = x[c] + at;
    for (uint32_t i = 0; i < n; i++) {
      float a = fabsf(row[i]), b = level[i];
      level[i] = a > b ? a : b;
    }
  }
}

void sq_rt_hold_reset(SqRtHold *hold) {
  memset(hold->cells, 0, hold->n_cells * sizeof *hold->cells);
  hold->past = hold->present = 0.0f;
}

/// A grid line: the present cell becomes a past one.
static void hold_turn(SqRtHold *hold) {
  hold->cells[hold->next] = hold->present;
  hold->next = hold->next + 1 < hold->n_cells ? hold->next + 1 : 0;
  hold->present = 0.0f;
  float past = 0.0f;
  for (uint32_t k = 0; k < hold->n_cells; k++)
    past = hold->cells[k] > past ? hold->cells[k] : past;
  hold->past = past;
}

void sq_rt_hold_run(SqRtHold *hold, uint64_t frame, float *level, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if ((frame + i) % SQ_GRID == 0)
      hold_turn(hold);
    hold->present = level[i] > hold->present ? level[i] : hold->present;
    level[i] = hold->present > hold->past ? hold->present : hold->past;
  }
}

void sq_rt_mean_square_run(SqRtMeanSquare *m, const SqDspPiece *piece, float *power) {
  for (uint32_t i = 0; i < piece->n; i++)
    power[i] = 0.0f;
  for (uint32_t c = 0; c < piece->n_channels; c++) {
    const float *x = piece->x[c] + piece->at;
    float mean = m->mean[c];
    for (uint32_t i = 0; i < piece->n; i++) {
      if ((piece->frame + i) % SQ_GRID == 0)
        mean = mean < quiet_power ? 0.0f : mean;
      mean += m->share * (x[i] * x[i] - mean);
      power[i] = mean > power[i] ? mean : power[i];
    }
    m->mean[c] = mean;
  }
}

float sq_dsp_ballistics(float *reduction, const float *attack, const float *release, uint32_t n, uint64_t frame,
                        float state) {
  for (uint32_t i = 0; i < n; i++) {
    float target = reduction[i];
    if ((frame + i) % SQ_GRID == 0)
      state = target == 0.0f && state < quiet_reduction_db ? 0.0f : state;
    float up = state + attack[i] * (target - state), down = state + release[i] * (target - state);
    state = target > state ? up : down;
    reduction[i] = state;
  }
  return state;
}
