// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The gain of a look-ahead limiter: low enough before each peak arrives, exactly 1 when nothing is too loud; pure,
/// audio thread.
///
/// Needed gain -> sliding minimum over the look-ahead -> release -> two moving averages in a row (a triangular window),
/// as long together as the look-ahead: the gain reaches the minimum in time and has no corner. Moving minimum by a
/// monotonic queue (Lemire, "Streaming maximum-minimum filter using no more than three comparisons per element", 2006);
/// structure as in Giannoulis, Massberg, Reiss (JAES 60(6), 2012) and Haemaelaeinen, "Smoothing of the control signal
/// without clipped output in digital peak limiters" (DAFx 2002).
/// All of it counts in whole numbers, 2^30 = 1: sums never drift, and 1 comes back as exactly 1.
#ifndef SQ_DSP_LOOKAHEAD_H
#define SQ_DSP_LOOKAHEAD_H

#include <stdbool.h>
#include <stdint.h>

#define SQ_LOOKAHEAD_ONE (UINT32_C(1) << 30)

typedef struct SqRtLookahead {
  uint32_t delay;         ///< frames by which the sound must be delayed
  uint32_t clock;         ///< frames run, modulo 2^32
  uint32_t *queue, *born; ///< [queue_mask + 1] minima in rising order, and when each came
  uint32_t queue_mask, head, tail;
  uint32_t state; ///< after release
  uint32_t *box1; ///< [n1] the last n1 states
  uint64_t *box2; ///< [n2] the last n2 sums of box1
  uint32_t n1, n2, at1, at2;
  uint64_t sum1, sum2, full; ///< full: sum2 when every state was 1
  double scale;              ///< 1 / full
} SqRtLookahead;

/// Bytes of memory for a delay of `frames`. [setup]
uint32_t sq_rt_lookahead_size(uint32_t frames);

/// Takes `memory` (8-byte aligned, of that size, the owner's) into use. [setup]
void sq_rt_lookahead_init(SqRtLookahead *l, uint32_t frames, void *memory);

void sq_rt_lookahead_reset(SqRtLookahead *l);

/// True when the gain is 1 and nothing that would change it is under way.
bool sq_rt_lookahead_rests(const SqRtLookahead *l);

/// The needed gain of a peak under a ceiling.
static inline uint32_t sq_dsp_needed_gain(float peak, float ceiling) {
  return peak <= ceiling ? SQ_LOOKAHEAD_ONE : (uint32_t)((double)SQ_LOOKAHEAD_ONE * ((double)ceiling / (double)peak));
}

/// Share of the way back in a frame in 1/2^32, for a time constant in frames.
static inline uint32_t sq_dsp_release_share(float frames) {
  double share = 4294967296.0 / (double)(frames > 2.0f ? frames : 2.0f);
  return (uint32_t)share;
}

/// One frame: takes the needed gain of the newest sample and gives the gain for the one `delay` frames older.
float sq_rt_lookahead_step(SqRtLookahead *l, uint32_t needed, uint32_t release_share);

/// Peaks of all channels of a piece, each times gain[i] and with 0 for what is not finite, are written to out[c][n] and
/// linked in peak[i].
void sq_dsp_drive(const float *x, const float *gain, float *out, float *peak, uint32_t n);

/// out[i] = x[i] * gain[i], held within +-ceiling[i]: only the rounding of the product can be above it.
void sq_dsp_apply_under(const float *x, const float *gain, const float *ceiling, float *out, uint32_t n);

#endif
