// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Where a strip's sound leaves for the disk: the audio thread writes, the disk thread reads, nobody waits.
///
/// Frames go interleaved through a ring. Frames that are not there (the ring was full, or the strip slept) go as
/// records of a second ring, each saying how many zeros belong behind which frame, so that a take keeps its length and
/// every later frame its place. The take is [start, stop) in engine frames, both set by the control thread.
#ifndef SQ_ENGINE_TAP_H
#define SQ_ENGINE_TAP_H

#include "engine/ring.h"

#define SQ_TAP_NEVER UINT64_MAX ///< a start or stop that is not set yet
#define SQ_TAP_GAPS 256         ///< records on their way; while none is free zeros add up in the tap

/// Zeros in a take.
typedef struct SqRtGap {
  uint64_t after;  ///< frames of the ring that come before
  uint64_t frames; ///< zeros
} SqRtGap;

typedef enum {
  SQ_TAP_WAITING, ///< not begun
  SQ_TAP_RUNNING, //
  SQ_TAP_ENDED    ///< all of the take is in the rings, but for zeros up to its length
} SqTapState;

typedef struct SqRtTap {
  SqRing ring;            ///< items: one float for each channel
  SqRing gaps;            ///< items: SqRtGap
  _Atomic uint64_t start; ///< [control] engine frame, or SQ_TAP_NEVER
  _Atomic uint64_t stop;  ///< [control] engine frame, or SQ_TAP_NEVER
  _Atomic uint64_t began; ///< [audio] engine frame of the take's first frame, valid unless WAITING
  _Atomic uint64_t ended; ///< [audio] engine frame behind its last one, valid when ENDED
  _Atomic uint64_t lost;  ///< [audio] frames for which there was no room, so far
  _Atomic uint32_t state; ///< [audio] SqTapState
  uint32_t n_channels;    //
  uint64_t position;      ///< [audio] engine frame that comes next
  uint64_t n_ring;        ///< [audio] frames written to the ring
  uint64_t gap;           ///< [audio] zeros that are not in `gaps` yet
  bool full;              ///< [audio] waits for a quarter of the ring, so that there are few gaps instead of many
  SqRtGap gap_items[SQ_TAP_GAPS];
} SqRtTap;

/// An idle tap over memory[n_frames][n_channels], n_frames a power of two. [setup] False: bad sizes.
bool sq_rt_tap_init(SqRtTap *tap, float *memory, uint32_t n_channels, uint32_t n_frames);

/// The take begins at engine frame `frame`, or with the next block where that has passed. [control]
void sq_rt_tap_start(SqRtTap *tap, uint64_t frame);

/// The take ends before engine frame `frame`, or with the present block where that has passed. [control] Before any
/// start: it has ended, empty.
void sq_rt_tap_stop(SqRtTap *tap, uint64_t frame);

/// Offers the block x[n_channels][n] that begins at engine frame `frame`; x NULL: silence, at no cost. [audio]
/// Calls may be left out while the strip is silent: a jump of `frame` counts as silence. Channels that the tap has
/// beyond `n_channels` are silent.
void sq_rt_tap_write(SqRtTap *tap, const float *const *x, uint32_t n_channels, uint32_t n, uint64_t frame);

#endif
