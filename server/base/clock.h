// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Which engine frame an NTP time tag means: a slow loop filter over the driver's cycle times; cycle() is for the audio
/// thread, the rest for the control thread.
///
/// The driver tells when (CLOCK_MONOTONIC_RAW) which frame began; the wall clock is tied to RAW by bracketing, anew at
/// each update, because NTP slews one and not the other. Frames are 64-bit and ours, so JACK's 32-bit counter, which
/// wraps after a day, plays no part. Offline there is no wall clock: a tag then means an exact frame after an epoch.
#ifndef SQ_BASE_CLOCK_H
#define SQ_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/status.h"

#define SQ_CLOCK_UPDATE_MS 100 ///< how often sq_clock_update() is to be called

typedef struct SqClock {
  // The last cycle, behind a sequence lock: even = whole, odd = being written.
  _Atomic uint32_t sequence;
  _Atomic uint64_t cycle_usecs, cycle_frame;

  uint32_t rate;
  bool offline;
  uint64_t epoch; ///< NTP time of frame 0 when offline

  // The filter's line: frame = line_frame + slope * (wall - line_wall).
  uint64_t updates;     ///< since the last restart; 0: no line yet
  uint64_t restarts;    ///< after the first: jumps of the wall clock, lost frames
  uint64_t seen_frame;  ///< of the cycle used last: an old one teaches nothing
  int64_t line_wall_ns; ///< CLOCK_REALTIME
  double line_frame;
  double slope;         ///< frames per nanosecond
  double jumped_frames; ///< deviation of the last reading when it was too far off; 0: it was not
} SqClock;

/// Nothing known yet: tags have no frame until cycles come. Also after a change of rate.
void sq_clock_init(SqClock *clock, uint32_t rate);

/// From now on the NTP time `epoch` is frame 0 and a tag maps exactly (rounded to the nearest frame), whatever the wall
/// clock says. With the epoch 0, the seconds of a tag are the seconds of the engine.
void sq_clock_set_offline(SqClock *clock, uint64_t epoch);

/// [audio] A cycle began at `usecs` (CLOCK_MONOTONIC_RAW) and its first frame is `frame`.
void sq_clock_cycle(SqClock *clock, uint64_t usecs, uint64_t frame);

/// Reads the last cycle into the filter; every SQ_CLOCK_UPDATE_MS. True when a line exists.
bool sq_clock_update(SqClock *clock);

/// The same with the times given: RAW microseconds of `wall_ns` on CLOCK_REALTIME (tests, simulations).
bool sq_clock_update_at(SqClock *clock, int64_t raw_ns, int64_t wall_ns);

/// Forgets the line: frames were lost (xrun, server gone). The next cycle starts a new one.
void sq_clock_restart(SqClock *clock);

/// The frame of an NTP time, right within 68 years of now, so past the end of the era in 2036 too; 0 for a time
/// before frame 0. Errors: not_now (no cycles yet).
SqStatus sq_clock_ntp_to_frame(const SqClock *clock, uint64_t ntp, uint64_t *frame);

/// The NTP time of a frame. Errors: not_now.
SqStatus sq_clock_frame_to_ntp(const SqClock *clock, uint64_t frame, uint64_t *ntp);

/// The NTP time now (RFC 5905: seconds since 1900 in the upper 32 bits, modulo the era).
uint64_t sq_clock_ntp_now(void);

/// Milliseconds that only ever grow, for time-outs (CLOCK_MONOTONIC).
int64_t sq_clock_now_ms(void);

#endif
