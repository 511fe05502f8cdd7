// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The tap: exact starts and stops at any block size, gaps in their place, silence without cost, two threads.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/tap.h"

enum { RING = 1024, TAKE = 40000 };

static float memory[RING * 2], take[TAKE][2];
static uint64_t n_taken, n_read;
static SqRtGap gap;
static SqRtTap tap;

/// What channel c holds at engine frame f; never 0.
static float sound(uint32_t c, uint64_t f) {
  return (float)(f + 1) * (c ? -1.0f : 1.0f);
}

static void begin(void) {
  n_taken = n_read = 0;
  gap = (SqRtGap){0};
  assert_true(sq_rt_tap_init(&tap, memory, 2, RING));
}

static void offer(uint64_t frame, uint32_t n) {
  float x[2][512];
  const float *const rows[2] = {x[0], x[1]};
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t c = 0; c < 2; c++)
      x[c][i] = sound(c, frame + i);
  sq_rt_tap_write(&tap, rows, 2, n, frame);
}

static void zeros(void) {
  while ((gap.frames || sq_ring_read(&tap.gaps, &gap)) && gap.after == n_read)
    for (; gap.frames; gap.frames--, n_taken++)
      take[n_taken][0] = take[n_taken][1] = 0;
}

/// What the disk thread does.
static void collect(void) {
  uint32_t count = sq_ring_count(&tap.ring);
  zeros();
  for (; count; count--) {
    sq_ring_read(&tap.ring, take[n_taken++]);
    n_read++;
    zeros();
  }
}

static void a_take_is_exact_at_any_block_size(void **state) {
  static const uint32_t sizes[] = {1, 17, 64, 500};
  static const uint64_t ranges[][2] = {{100, 1000}, {64, 128}, {0, 1}, {129, 129}, {1000, 3001}};
  for (int s = 0; s < 4; s++)
    for (int r = 0; r < 5; r++) {
      begin();
      sq_rt_tap_start(&tap, ranges[r][0]);
      sq_rt_tap_stop(&tap, ranges[r][1]);
      for (uint64_t f = 0; f < 4000; f += sizes[s]) {
        offer(f, sizes[s]);
        collect();
      }
      assert_int_equal(atomic_load(&tap.state), SQ_TAP_ENDED);
      assert_int_equal(n_taken, ranges[r][1] - ranges[r][0]);
      assert_int_equal(atomic_load(&tap.ended) - atomic_load(&tap.began), n_taken);
      for (uint64_t i = 0; i < n_taken; i++)
        assert_true(take[i][0] == sound(0, ranges[r][0] + i) && take[i][1] == sound(1, ranges[r][0] + i));
      assert_int_equal(atomic_load(&tap.lost), 0);
    }
}

static void a_start_or_stop_that_has_passed_means_now(void **state) {
  begin();
  offer(5000, 64);
  sq_rt_tap_start(&tap, 10);
  offer(5064, 64);
  assert_int_equal(atomic_load(&tap.began), 5064);
  offer(5128, 64);
  sq_rt_tap_stop(&tap, 20);
  offer(5192, 64);
  assert_int_equal(atomic_load(&tap.state), SQ_TAP_ENDED);
  assert_int_equal(atomic_load(&tap.ended), 5192);
  collect();
  assert_int_equal(n_taken, 128);
  offer(5256, 64); // nothing more comes
  collect();
  assert_int_equal(n_taken, 128);
}

static void a_stop_before_any_start_is_an_empty_take(void **state) {
  begin();
  sq_rt_tap_stop(&tap, 100);
  offer(64, 64);
  assert_int_equal(atomic_load(&tap.state), SQ_TAP_ENDED);
  assert_int_equal(atomic_load(&tap.ended), atomic_load(&tap.began));
}

static void a_full_ring_leaves_a_gap_of_exact_length(void **state) {
  begin();
  sq_rt_tap_start(&tap, 0);
  uint64_t f = 0;
  for (; f < 3000; f += 50) // nobody collects: 1,024 fit
    offer(f, 50);
  assert_int_equal(atomic_load(&tap.lost), 3000 - RING);
  collect();
  assert_int_equal(n_taken, RING);
  for (; f < 6000; f += 50) {
    offer(f, 50);
    collect();
  }
  assert_int_equal(n_taken, 6000);
  for (uint64_t i = 0; i < 6000; i++)
    assert_true(take[i][0] == (i < RING || i >= 3000 ? sound(0, i) : 0));
}

static void silence_costs_no_room_and_keeps_its_place(void **state) {
  begin();
  sq_rt_tap_start(&tap, 0);
  offer(0, 100);
  sq_rt_tap_write(&tap, NULL, 2, 20000, 100);
  offer(20100, 100);
  offer(25000, 100); // blocks left out
  sq_rt_tap_write(&tap, NULL, 2, 300, 25100);
  sq_rt_tap_stop(&tap, 25300);
  sq_rt_tap_write(&tap, NULL, 2, 300, 25400);
  collect();
  assert_int_equal(atomic_load(&tap.lost), 0);
  assert_int_equal(n_taken, 25100); // the rest is known from the length of the take
  assert_int_equal(atomic_load(&tap.ended), 25400);
  for (uint64_t i = 0; i < n_taken; i++) {
    bool sounds = i < 100 || (i >= 20100 && i < 20200) || i >= 25000;
    assert_true(take[i][0] == (sounds ? sound(0, i) : 0));
  }
}

static void more_gaps_than_records_are_added_up(void **state) {
  begin();
  sq_rt_tap_start(&tap, 0);
  for (uint64_t f = 0; f < 2000; f += 4) { // 500 gaps, 256 records
    offer(f, 2);
    sq_rt_tap_write(&tap, NULL, 2, 2, f + 2);
  }
  uint64_t whole = atomic_load(&tap.lost);
  assert_true(whole > 0);
  collect();
  offer(2000, 2);
  collect();
  assert_int_equal(n_taken, 2002);
  for (uint64_t i = 0; i < n_taken; i++)
    assert_true(take[i][0] == 0 || take[i][0] == sound(0, i));
  assert_true(take[2001][0] == sound(0, 2001) && take[400][0] == sound(0, 400));
}

static void channels_that_are_not_there_are_silent(void **state) {
  begin();
  sq_rt_tap_start(&tap, 0);
  float x[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const float *const rows[1] = {x};
  sq_rt_tap_write(&tap, rows, 1, 10, 0);
  collect();
  assert_true(n_taken == 10 && take[9][0] == 1 && take[9][1] == 0);
}

static void *audio(void *context) {
  for (uint64_t f = 0; f < TAKE; f += 16) {
    offer(f, 16);
    if (f % 512 == 0)
      sched_yield();
  }
  return NULL;
}

static void two_threads_lose_no_place(void **state) {
  begin();
  sq_rt_tap_start(&tap, 0);
  sq_rt_tap_stop(&tap, TAKE);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, audio, NULL), 0);
  for (bool over = false; !over;) {
    over = atomic_load_explicit(&tap.state, memory_order_acquire) == SQ_TAP_ENDED;
    collect();
  }
  pthread_join(thread, NULL);
  uint64_t n_zeros = 0;
  for (uint64_t i = 0; i < n_taken; i++) {
    n_zeros += take[i][0] == 0;
    if (take[i][0] != 0 && take[i][0] != sound(0, i))
      fail_msg("frame %llu is out of place", (unsigned long long)i);
  }
  assert_int_equal(n_zeros + TAKE - n_taken, atomic_load(&tap.lost));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_take_is_exact_at_any_block_size),
      cmocka_unit_test(a_start_or_stop_that_has_passed_means_now),
      cmocka_unit_test(a_stop_before_any_start_is_an_empty_take),
      cmocka_unit_test(a_full_ring_leaves_a_gap_of_exact_length),
      cmocka_unit_test(silence_costs_no_room_and_keeps_its_place),
      cmocka_unit_test(more_gaps_than_records_are_added_up),
      cmocka_unit_test(channels_that_are_not_there_are_silent),
      cmocka_unit_test(two_threads_lose_no_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
