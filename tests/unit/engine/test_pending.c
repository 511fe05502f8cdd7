// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Timed messages come out by frame, then by arrival, whatever the order they went in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/pending.h"

enum { CAP = 64 };

static uint32_t random_next(uint32_t *seed) {
  *seed = *seed * 1664525U + 1013904223U;
  return *seed >> 8;
}

static void by_frame_then_by_arrival(void **state) {
  SqRtMessage items[CAP];
  uint32_t seed = 1;
  for (uint32_t round = 0; round < 500; round++) {
    SqRtPending pending = {.items = items, .cap = CAP};
    const uint32_t n = 1 + random_next(&seed) % CAP;
    const uint64_t base = round % 2 ? (UINT64_C(1) << 32) - 4 : 0; // a day at 48 kHz: 32 bits wrap here
    for (uint32_t i = 0; i < n; i++)                               // few frames, so that many are equal
      assert_true(sq_rt_pending_push(
          &pending, &(SqRtMessage){.frame = base + random_next(&seed) % 8, .serial = i, .index = i * 3}));
    SqRtMessage last = {0};
    for (uint32_t i = 0; i < n; i++) {
      const uint64_t next = sq_rt_pending_next(&pending);
      const SqRtMessage m = sq_rt_pending_pop(&pending);
      assert_true(m.frame == next && m.index == m.serial * 3); // whole messages
      if (i)
        assert_true(m.frame > last.frame || (m.frame == last.frame && m.serial > last.serial));
      last = m;
    }
    assert_int_equal(pending.n, 0);
    assert_true(sq_rt_pending_next(&pending) == UINT64_MAX);
  }
}

/// The same with taking in between: never one before another that was waiting and is due earlier.
static void pushes_and_pops_mixed(void **state) {
  SqRtMessage items[CAP];
  SqRtPending pending = {.items = items, .cap = CAP};
  uint8_t waiting[4096] = {0};
  uint64_t frames[4096];
  uint32_t seed = 7, serial = 0, taken = 0;
  while (taken < 3000) {
    if (pending.n < CAP && serial < 4096 && random_next(&seed) % 3) {
      frames[serial] = random_next(&seed) % 100;
      waiting[serial] = 1;
      sq_rt_pending_push(&pending, &(SqRtMessage){.frame = frames[serial], .serial = serial});
      serial++;
    } else if (pending.n) {
      const SqRtMessage m = sq_rt_pending_pop(&pending);
      assert_int_equal(waiting[m.serial], 1); // each once
      waiting[m.serial] = 0;
      for (uint32_t i = 0; i < serial; i++)
        assert_false(waiting[i] && (frames[i] < m.frame || (frames[i] == m.frame && i < m.serial)));
      taken++;
    }
  }
}

static void a_full_one_says_so_and_keeps_what_it_has(void **state) {
  SqRtMessage items[4];
  SqRtPending pending = {.items = items, .cap = 3};
  items[3].index = 77; // beyond the end
  for (uint32_t i = 0; i < 3; i++)
    assert_true(sq_rt_pending_push(&pending, &(SqRtMessage){.frame = 10 - i, .serial = i}));
  assert_false(sq_rt_pending_push(&pending, &(SqRtMessage){.frame = 1}));
  assert_int_equal(items[3].index, 77);
  for (uint64_t frame = 8; frame <= 10; frame++)
    assert_int_equal(sq_rt_pending_pop(&pending).frame, frame);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_frame_then_by_arrival),
      cmocka_unit_test(pushes_and_pops_mixed),
      cmocka_unit_test(a_full_one_says_so_and_keeps_what_it_has),
  };
  return cmocka_run_group_tests_name("pending", tests, NULL, NULL);
}
