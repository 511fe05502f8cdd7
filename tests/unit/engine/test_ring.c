// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The ring: order, bounds, wrap-around, spans, and two threads at full speed (run under the thread sanitizer too).
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/ring.h"

typedef struct {
  uint64_t words[4];
} Item;

static Item item_of(uint64_t n) {
  return (Item){{n, ~n, n * 0x9E3779B97F4A7C15u, n ^ 0x5555}};
}

static int is_item(const Item *item, uint64_t n) {
  Item want = item_of(n);
  return memcmp(item, &want, sizeof want) == 0;
}

static void refuses_bad_sizes(void **state) {
  Item memory[8];
  SqRing ring;
  assert_false(sq_ring_init(&ring, memory, sizeof(Item), 0));
  assert_false(sq_ring_init(&ring, memory, sizeof(Item), 6));
  assert_false(sq_ring_init(&ring, memory, 0, 8));
  assert_false(sq_ring_init(&ring, NULL, sizeof(Item), 8));
  assert_true(sq_ring_init(&ring, memory, sizeof(Item), 8));
}

static void full_and_empty_are_told(void **state) {
  Item memory[8], item;
  SqRing ring;
  assert_true(sq_ring_init(&ring, memory, sizeof(Item), 8));
  for (uint64_t round = 0; round < 5; round++) {
    assert_false(sq_ring_read(&ring, &item));
    for (uint64_t i = 0; i < 8; i++) {
      assert_int_equal(sq_ring_space(&ring), 8 - i);
      item = item_of(round * 8 + i);
      assert_true(sq_ring_write(&ring, &item));
      assert_int_equal(sq_ring_count(&ring), i + 1);
    }
    item = item_of(99);
    assert_false(sq_ring_write(&ring, &item));
    for (uint64_t i = 0; i < 8; i++) {
      assert_true(sq_ring_read(&ring, &item));
      assert_true(is_item(&item, round * 8 + i));
    }
  }
}

static void bulk_is_all_or_none_and_wraps(void **state) {
  Item memory[8], items[8], out[8];
  SqRing ring;
  assert_true(sq_ring_init(&ring, memory, sizeof(Item), 8));
  uint64_t next = 0, want = 0;
  for (int round = 0; round < 50; round++) {
    for (uint32_t i = 0; i < 5; i++)
      items[i] = item_of(next + i);
    assert_true(sq_ring_write_n(&ring, items, 5));
    next += 5;
    assert_false(sq_ring_write_n(&ring, items, 4)); // 3 are free
    uint32_t n = sq_ring_read_n(&ring, out, 8);
    assert_int_equal(n, 5);
    for (uint32_t i = 0; i < n; i++)
      assert_true(is_item(&out[i], want + i));
    want += n;
  }
  assert_false(sq_ring_write_n(&ring, items, 9));
}

static void spans_cover_the_same_items(void **state) {
  uint32_t memory[16], out;
  SqRing ring;
  assert_true(sq_ring_init(&ring, memory, sizeof(uint32_t), 16));
  uint32_t next = 0, want = 0;
  for (uint32_t round = 0; round < 40; round++) {
    uint32_t n = 1 + round % 13;
    SqRingSpan span = sq_ring_write_span(&ring, n);
    assert_int_equal(span.n_first + span.n_second, n);
    for (uint32_t i = 0; i < span.n_first; i++)
      ((uint32_t *)span.first)[i] = next++;
    for (uint32_t i = 0; i < span.n_second; i++)
      ((uint32_t *)span.second)[i] = next++;
    sq_ring_write_done(&ring, n);
    SqRingSpan got = sq_ring_read_span(&ring, n);
    assert_int_equal(((uint32_t *)got.first)[0], want);
    assert_true(sq_ring_read(&ring, &out));
    assert_int_equal(out, want++);
    sq_ring_read_done(&ring, n - 1);
    want += n - 1;
    assert_int_equal(sq_ring_count(&ring), 0);
  }
}

enum { N_STRESS = 300000 };

static void *writer(void *context) {
  SqRing *ring = context;
  Item items[7];
  uint64_t next = 0;
  while (next < N_STRESS) {
    uint32_t n = 1 + (uint32_t)(next % 7);
    if (next + n > N_STRESS)
      n = (uint32_t)(N_STRESS - next);
    for (uint32_t i = 0; i < n; i++)
      items[i] = item_of(next + i);
    if (n == 1 ? sq_ring_write(ring, items) : sq_ring_write_n(ring, items, n))
      next += n;
    else
      sched_yield();
  }
  return NULL;
}

static void two_threads_keep_every_item_in_order(void **state) {
  static Item memory[64];
  SqRing ring;
  pthread_t thread;
  assert_true(sq_ring_init(&ring, memory, sizeof(Item), 64));
  assert_int_equal(pthread_create(&thread, NULL, writer, &ring), 0);
  uint64_t want = 0;
  Item items[5];
  while (want < N_STRESS) {
    uint32_t n = want % 3 ? sq_ring_read_n(&ring, items, 5) : sq_ring_read(&ring, items);
    for (uint32_t i = 0; i < n; i++)
      if (!is_item(&items[i], want + i))
        fail_msg("item %llu is torn or out of order", (unsigned long long)(want + i));
    want += n;
    if (n == 0)
      sched_yield();
  }
  pthread_join(thread, NULL);
  assert_int_equal(sq_ring_count(&ring), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses_bad_sizes),
      cmocka_unit_test(full_and_empty_are_told),
      cmocka_unit_test(bulk_is_all_or_none_and_wraps),
      cmocka_unit_test(spans_cover_the_same_items),
      cmocka_unit_test(two_threads_keep_every_item_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
