// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The parts of a feed-forward compressor: level, static curve, ballistics; pure, audio thread.
///
/// Design and names as in Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design: a tutorial and
/// analysis", JAES 60(6), 2012: detector before a gain computer in dB, smoothing in dB after it (their 'log domain,
/// branching' detector), because then attack and release mean the same at every level.
#ifndef SQ_DSP_DYNAMICS_H
#define SQ_DSP_DYNAMICS_H

#include <stdint.h>

#include "base/limits.h"
#include "dsp/approx.h"

#define SQ_DSP_FLOOR_DB (-150.0f) ///< what a level detector says of silence

/// Share of the way that a one-pole goes in a frame, for a time constant of `frames`: 1 - exp(-1 / frames), by the
/// continued fraction of coth; error below 5e-4 of it from 1 frame up.
static inline float sq_dsp_one_pole_share(float frames) {
  float x = 1.0f / (frames > 1.0f ? frames : 1.0f);
  return x / (1.0f + x * (0.5f + x * (1.0f / 12.0f)));
}

/// level[i] = the largest |x[c][at + i]| of all channels.
void sq_dsp_link_peak(const float *const *x, uint32_t n_channels, uint32_t at, uint32_t n, float *level);

/// Largest level of the last `cells` cells of SQ_GRID frames and of the present one.
typedef struct SqRtHold {
  float *cells; ///< [n_cells] maxima of whole cells, memory of the owner
  uint32_t n_cells, next;
  float past;    ///< largest of cells
  float present; ///< of the cell under way
} SqRtHold;

/// Replaces level[n] by the held level. `frame`: engine frame of level[0].
void sq_rt_hold_run(SqRtHold *hold, uint64_t frame, float *level, uint32_t n);
void sq_rt_hold_reset(SqRtHold *hold);

/// Mean squares of each channel by one-poles, the largest of them to power[i]. Channels whose mean has sunk below -200
/// dB are set to zero on the grid.
typedef struct SqRtMeanSquare {
  float share; ///< sq_dsp_one_pole_share() of the time constant
  float mean[SQ_MAX_CHANNELS];
} SqRtMeanSquare;

/// `x` are the channels at the first frame of the piece: x[c][at], `frame` its engine frame.
typedef struct SqDspPiece {
  const float *const *x;
  uint32_t n_channels, at, n;
  uint64_t frame;
} SqDspPiece;

void sq_rt_mean_square_run(SqRtMeanSquare *m, const SqDspPiece *piece, float *power);

/// Gain computer (their equation 4): reduction in dB, >= 0, of a level with threshold and knee width in dB,
/// slope = 1 - 1 / ratio.
static inline float sq_dsp_reduction(float level_db, float threshold, float slope, float knee) {
  float over = level_db - threshold;
  float width = knee > 1e-3f ? knee : 1e-3f;
  float in_knee = over + 0.5f * width;
  in_knee = in_knee > 0.0f ? in_knee : 0.0f;
  in_knee = in_knee < width ? in_knee : width;
  float above = over - 0.5f * width;
  above = above > 0.0f ? above : 0.0f;
  return slope * (in_knee * in_knee / (2.0f * width) + above);
}

/// Smooths reduction[n] in place: towards more by `attack[i]`, towards less by `release[i]` of the way a frame. What is
/// left of a reduction below 1e-6 dB ends on the grid. `frame`: engine frame of the first; returns the new `state`.
float sq_dsp_ballistics(float *reduction, const float *attack, const float *release, uint32_t n, uint64_t frame,
                        float state);

#endif
