// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/clock.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define CLOCK_GAIN 0.1    // of the deviation goes into the line's height at each update,
#define CLOCK_SLOPE 0.01  // and this much, per update interval, into its slope: a loop of about 2 s, damping 0.5
#define CLOCK_WARMUP 10   // updates: 1 / CLOCK_GAIN, until then the running mean is the better estimate
#define CLOCK_JUMP_S 1e-3 // further off than any cycle's jitter, seen twice: lost frames or a set wall clock
#define NTP_UNIX_SECONDS 2208988800u // 1900-01-01 to 1970-01-01

void sq_clock_init(SqClock *clock, uint32_t rate) {
  memset(clock, 0, sizeof *clock);
  clock->rate = rate;
}

void sq_clock_set_offline(SqClock *clock, uint64_t epoch) {
  clock->offline = true;
  clock->epoch = epoch;
}

void sq_clock_cycle(SqClock *clock, uint64_t usecs, uint64_t frame) {
  // Seqlock with one writer, after H.-J. Boehm, "Can seqlocks get along with programming language memory models?"
  // (MSPC 2012): the data are relaxed atomics, the fence keeps them behind the odd number.
  uint32_t sequence = atomic_load_explicit(&clock->sequence, memory_order_relaxed);
  atomic_store_explicit(&clock->sequence, sequence + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&clock->cycle_usecs, usecs, memory_order_relaxed);
  atomic_store_explicit(&clock->cycle_frame, frame, memory_order_relaxed);
  atomic_store_explicit(&clock->sequence, sequence + 2, memory_order_release);
}

/// The last cycle, both numbers of the same one; false when there was none, or none could be read whole.
static bool clock_read_cycle(SqClock *clock, uint64_t *usecs, uint64_t *frame) {
  for (int attempt = 0; attempt < 1000; attempt++) {
    uint32_t before = atomic_load_explicit(&clock->sequence, memory_order_acquire);
    if (before == 0)
      return false;
    *usecs = atomic_load_explicit(&clock->cycle_usecs, memory_order_relaxed);
    *frame = atomic_load_explicit(&clock->cycle_frame, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    if (!(before & 1u) && atomic_load_explicit(&clock->sequence, memory_order_relaxed) == before)
      return true;
  }
  return false;
}

static int64_t clock_now_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool sq_clock_update(SqClock *clock) {
  // The narrowest of some brackets: a preemption between the readings would tie the clocks wrongly together.
  int64_t best = INT64_MAX, raw = 0, wall = 0;
  for (int attempt = 0; attempt < 5 && best > 1000; attempt++) {
    int64_t before = clock_now_ns(CLOCK_MONOTONIC_RAW);
    int64_t between = clock_now_ns(CLOCK_REALTIME);
    int64_t after = clock_now_ns(CLOCK_MONOTONIC_RAW);
    if (after - before < best) {
      best = after - before;
      raw = before + (after - before) / 2;
      wall = between;
    }
  }
  return sq_clock_update_at(clock, raw, wall);
}

void sq_clock_restart(SqClock *clock) {
  if (clock->updates)
    clock->restarts++;
  clock->updates = 0;
  clock->jumped_frames = 0;
}

/// A new line through one reading, with the slope that the rate promises.
static void clock_begin(SqClock *clock, int64_t wall_ns, uint64_t frame) {
  clock->line_wall_ns = wall_ns;
  clock->line_frame = (double)frame;
  clock->slope = clock->rate * 1e-9;
  clock->updates = 1;
  clock->jumped_frames = 0;
}

bool sq_clock_update_at(SqClock *clock, int64_t raw_ns, int64_t wall_ns) {
  uint64_t usecs, frame;
  if (clock->offline)
    return true;
  if (!clock_read_cycle(clock, &usecs, &frame) || (clock->updates && frame == clock->seen_frame))
    return clock->updates > 0;
  clock->seen_frame = frame;
  int64_t at = (int64_t)usecs * 1000 + (wall_ns - raw_ns); // the cycle's start on the wall clock
  if (!clock->updates) {
    clock_begin(clock, at, frame);
    return true;
  }
  double passed = (double)(at - clock->line_wall_ns);
  double expected = clock->line_frame + clock->slope * passed;
  double deviation = (double)frame - expected;
  if (fabs(deviation) > CLOCK_JUMP_S * clock->rate || passed <= 0) {
    // Once may be a cycle that woke late; twice is a fact.
    if (clock->jumped_frames == 0 && passed > 0) {
      clock->jumped_frames = deviation;
      return true;
    }
    sq_clock_restart(clock);
    clock_begin(clock, at, frame);
    return true;
  }
  clock->jumped_frames = 0;
  clock->updates++;
  double gain = clock->updates < CLOCK_WARMUP ? 1.0 / (double)clock->updates : CLOCK_GAIN;
  clock->line_wall_ns = at;
  clock->line_frame = expected + gain * deviation;
  if (clock->updates >= CLOCK_WARMUP)
    clock->slope += CLOCK_SLOPE * deviation / passed;
  return true;
}

/// 32.32 fixed point seconds as whole and part times `scale`, rounded to the nearest; whole seconds apart, so that
/// nothing overflows 64 bits.
static int64_t clock_scale(int64_t ntp, int64_t scale) {
  return (ntp >> 32) * scale + (((ntp & 0xffffffff) * scale + (1ll << 31)) >> 32);
}

/// And back.
static int64_t clock_unscale(int64_t value, int64_t scale) {
  int64_t seconds = value / scale, rest = value % scale;
  if (rest < 0) {
    seconds--;
    rest += scale;
  }
  return (int64_t)((uint64_t)seconds << 32) + ((rest << 32) + scale / 2) / scale;
}

/// A wall clock time (Unix epoch) as an NTP time, modulo the era.
static uint64_t clock_wall_to_ntp(int64_t wall_ns) {
  return (uint64_t)clock_unscale(wall_ns, 1000000000) + ((uint64_t)NTP_UNIX_SECONDS << 32);
}

SqStatus sq_clock_ntp_to_frame(const SqClock *clock, uint64_t ntp, uint64_t *frame) {
  if (clock->offline) {
    int64_t frames = clock_scale((int64_t)(ntp - clock->epoch), clock->rate);
    *frame = frames < 0 ? 0 : (uint64_t)frames;
    return SQ_OK;
  }
  if (!clock->updates)
    return SQ_NOT_NOW;
  // Modular difference to the line's own time: never near the ends of the era's numbers.
  int64_t since_ns = clock_scale((int64_t)(ntp - clock_wall_to_ntp(clock->line_wall_ns)), 1000000000);
  double at = clock->line_frame + clock->slope * (double)since_ns;
  *frame = at < 0 ? 0 : (uint64_t)(at + 0.5);
  return SQ_OK;
}

SqStatus sq_clock_frame_to_ntp(const SqClock *clock, uint64_t frame, uint64_t *ntp) {
  if (clock->offline) {
    *ntp = clock->epoch + (uint64_t)clock_unscale((int64_t)frame, clock->rate);
    return SQ_OK;
  }
  if (!clock->updates)
    return SQ_NOT_NOW;
  int64_t since_ns = (int64_t)llround(((double)frame - clock->line_frame) / clock->slope);
  *ntp = clock_wall_to_ntp(clock->line_wall_ns + since_ns);
  return SQ_OK;
}

uint64_t sq_clock_ntp_now(void) {
  return clock_wall_to_ntp(clock_now_ns(CLOCK_REALTIME));
}

int64_t sq_clock_now_ms(void) {
  return clock_now_ns(CLOCK_MONOTONIC) / 1000000;
}
