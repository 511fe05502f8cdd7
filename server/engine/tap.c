// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tap.h"

bool sq_rt_tap_init(SqRtTap *tap, float *memory, uint32_t n_channels, uint32_t n_frames) {
  *tap = (SqRtTap){.n_channels = n_channels};
  atomic_init(&tap->start, SQ_TAP_NEVER);
  atomic_init(&tap->stop, SQ_TAP_NEVER);
  atomic_init(&tap->state, SQ_TAP_WAITING);
  return sq_ring_init(&tap->ring, memory, n_channels * (uint32_t)sizeof(float), n_frames) &&
         sq_ring_init(&tap->gaps, tap->gap_items, sizeof(SqRtGap), SQ_TAP_GAPS);
}

void sq_rt_tap_start(SqRtTap *tap, uint64_t frame) {
  atomic_store_explicit(&tap->start, frame, memory_order_release);
}

void sq_rt_tap_stop(SqRtTap *tap, uint64_t frame) {
  atomic_store_explicit(&tap->stop, frame, memory_order_release);
}

/// Writes x[c][at … at + n) into n items of the ring.
static void interleave(float *to, const float *const *x, const SqRtTap *tap, uint32_t n_channels, uint32_t at,
                       uint32_t n) {
  const uint32_t n_all = tap->n_channels, n_both = n_channels < n_all ? n_channels : n_all;
  for (uint32_t c = 0; c < n_both; c++)
    for (uint32_t i = 0; i < n; i++)
      to[i * n_all + c] = x[c][at + i];
  for (uint32_t c = n_both; c < n_all; c++)
    for (uint32_t i = 0; i < n; i++)
      to[i * n_all + c] = 0;
}

/// Hands the zeros that have added up to the reader; false: no record is free, so nothing may follow them yet.
static bool post_gap(SqRtTap *tap) {
  if (tap->gap == 0)
    return true;
  if (!sq_ring_write(&tap->gaps, &(SqRtGap){.after = tap->n_ring, .frames = tap->gap}))
    return false;
  tap->gap = 0;
  return true;
}

/// How many of n frames may go into the ring now.
static uint32_t room_for(SqRtTap *tap, uint32_t n) {
  uint32_t space = sq_ring_space(&tap->ring);
  if (tap->full && space < tap->ring.n_items / 4)
    return 0;
  if (!post_gap(tap))
    return 0;
  tap->full = space < n;
  return space < n ? space : n;
}

static void write_frames(SqRtTap *tap, const float *const *x, uint32_t n_channels, uint32_t at, uint32_t n) {
  uint32_t fits = room_for(tap, n);
  if (fits) {
    SqRingSpan span = sq_ring_write_span(&tap->ring, fits);
    interleave(span.first, x, tap, n_channels, at, span.n_first);
    if (span.n_second)
      interleave(span.second, x, tap, n_channels, at + span.n_first, span.n_second);
    // Counted first: who sees these frames also sees every gap before them.
    tap->n_ring += fits;
    sq_ring_write_done(&tap->ring, fits);
  }
  if (fits < n) {
    tap->full = true;
    tap->gap += n - fits;
    atomic_fetch_add_explicit(&tap->lost, n - fits, memory_order_relaxed);
  }
}

/// Begins at the later of `frame` and the start asked for, when that lies in [frame, end). False: not yet.
static bool begin(SqRtTap *tap, uint64_t frame, uint64_t end) {
  uint64_t start = atomic_load_explicit(&tap->start, memory_order_acquire);
  if (start >= end)
    return false;
  tap->position = start > frame ? start : frame;
  atomic_store_explicit(&tap->began, tap->position, memory_order_relaxed);
  atomic_store_explicit(&tap->state, SQ_TAP_RUNNING, memory_order_release);
  return true;
}

static void end_take(SqRtTap *tap, uint64_t frame) {
  if (atomic_load_explicit(&tap->state, memory_order_relaxed) == SQ_TAP_WAITING)
    atomic_store_explicit(&tap->began, frame, memory_order_relaxed);
  atomic_store_explicit(&tap->ended, frame, memory_order_relaxed);
  atomic_store_explicit(&tap->state, SQ_TAP_ENDED, memory_order_release);
}

void sq_rt_tap_write(SqRtTap *tap, const float *const *x, uint32_t n_channels, uint32_t n, uint64_t frame) {
  uint32_t state = atomic_load_explicit(&tap->state, memory_order_relaxed);
  uint64_t end = frame + n, stop = atomic_load_explicit(&tap->stop, memory_order_acquire);
  if (state == SQ_TAP_ENDED)
    return;
  if (state == SQ_TAP_WAITING && (stop <= frame || !begin(tap, frame, stop < end ? stop : end))) {
    if (stop < end)
      end_take(tap, stop > frame ? stop : frame);
    return;
  }
  uint64_t last = stop < end ? stop : end; // behind the last frame wanted
  if (last < tap->position)
    last = tap->position;
  uint64_t from = frame > tap->position ? frame : tap->position;
  if (from > last)
    from = last;
  tap->gap += from - tap->position; // blocks that were not offered
  if (!x)
    tap->gap += last - from;
  else if (last > from)
    write_frames(tap, x, n_channels, (uint32_t)(from - frame), (uint32_t)(last - from));
  tap->position = last;
  if (stop <= end)
    end_take(tap, last);
}
