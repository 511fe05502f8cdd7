// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages for later: in order of time, then of arrival; dropped by tag and strip; what was fed comes back.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/store.h"

static uint32_t random_next(uint32_t *seed) {
  *seed = *seed * 1664525U + 1013904223U;
  return *seed >> 8;
}

static SqStatus add(SqStore *store, bool in_beats, double time, const char *tag, int32_t strip) {
  uint8_t packet[16];
  char copy[16] = "";
  const int n = snprintf((char *)packet, sizeof packet, "%g", time);
  if (tag)
    snprintf(copy, sizeof copy, "%s", tag);
  const SqStatus status = sq_store_add(store, in_beats,
                                       &(SqStored){.time = time,
                                                   .tag = tag ? copy : NULL,
                                                   .strip = strip,
                                                   .packet = packet,
                                                   .size = (size_t)n + 1,
                                                   .client = 7});
  memset(packet, 'x', sizeof packet); // the store has copies of its own
  memset(copy, 'x', sizeof copy - 1);
  return status;
}

static void by_time_then_by_arrival(void **state) {
  uint32_t seed = 5;
  for (uint32_t round = 0; round < 50; round++) {
    SqStore store = {0};
    const uint32_t n = 1 + random_next(&seed) % 300;
    for (uint32_t i = 0; i < n; i++)
      assert_int_equal(add(&store, false, random_next(&seed) % 16, NULL, 0), SQ_OK);
    SqStored last = {0}, s;
    for (uint32_t i = 0; i < n; i++) {
      const double next = sq_store_next(&store, false);
      assert_false(sq_store_take(&store, false, next, &s)); // below, not at
      assert_true(sq_store_take(&store, false, next + 0.5, &s) && s.time == next);
      char want[16];
      snprintf(want, sizeof want, "%g", next);
      assert_string_equal((const char *)s.packet, want);
      assert_true(s.size == strlen(want) + 1 && s.client == 7 && s.tag == NULL);
      if (i)
        assert_true(s.time > last.time || (s.time == last.time && s.serial > last.serial));
      last.time = s.time;
      last.serial = s.serial;
      sq_stored_cleanup(&s);
    }
    assert_true(isinf(sq_store_next(&store, false)));
    assert_false(sq_store_take(&store, false, INFINITY, &s));
    sq_store_cleanup(&store);
  }
}

static void frames_and_beats_are_apart(void **state) {
  SqStore store = {0};
  SqStored s;
  add(&store, false, 48000.0, NULL, 0);
  add(&store, true, 4.0, "b", 0);
  assert_true(sq_store_next(&store, false) == 48000.0 && sq_store_next(&store, true) == 4.0);
  assert_true(sq_store_take(&store, true, 4.5, &s));
  assert_string_equal(s.tag, "b");
  sq_stored_cleanup(&s);
  assert_true(s.packet == NULL && s.tag == NULL);
  assert_true(isinf(sq_store_next(&store, true)) && sq_store_next(&store, false) == 48000.0);
  sq_store_cleanup(&store);
}

static void stored_again_it_keeps_its_place(void **state) {
  SqStore store = {0};
  SqStored first, s;
  add(&store, false, 10.0, "first", 0);
  add(&store, false, 10.0, "second", 0);
  assert_true(sq_store_take(&store, false, 11.0, &first));
  sq_store_add(&store, false, &first); // put back
  sq_stored_cleanup(&first);
  assert_true(sq_store_take(&store, false, 11.0, &s));
  assert_string_equal(s.tag, "first");
  sq_stored_cleanup(&s);
  sq_store_cleanup(&store);
}

static uint32_t n_dropped;

static void dropped(void *context, const SqStored *stored) {
  assert_ptr_equal(context, &n_dropped);
  assert_non_null(stored->packet);
  n_dropped++;
}

static void dropped_by_tag_and_strip(void **state) {
  SqStore store = {.context = &n_dropped, .dropped = dropped};
  static const char *const tags[] = {"a", "b", NULL};
  n_dropped = 0;
  for (uint32_t i = 0; i < 120; i++) // each tag with each strip, in frames and in beats: ten times
    add(&store, i % 2, (i * 37) % 100, tags[i / 2 % 3], (int32_t)(i / 6 % 2) + 1);
  assert_int_equal(sq_store_drop(&store, "a", 2), 20);
  assert_int_equal(sq_store_drop(&store, "a", 2), 0);
  assert_int_equal(sq_store_drop(&store, "a", 0), 20);
  assert_int_equal(sq_store_drop(&store, "nobody", 0), 0);
  assert_int_equal(sq_store_drop(&store, NULL, 1), 40);
  assert_int_equal(n_dropped, 80);
  for (int beats = 0; beats < 2; beats++) { // what is left is still in order
    SqStored s;
    double last = -1.0;
    uint32_t n = 0;
    while (sq_store_take(&store, beats, INFINITY, &s)) {
      assert_true(s.time >= last && s.strip == 2 && (!s.tag || strcmp(s.tag, "b") == 0));
      last = s.time;
      n++;
      sq_stored_cleanup(&s);
    }
    assert_int_equal(n, 20);
  }
  add(&store, false, 1.0, NULL, 1);
  add(&store, true, 1.0, "z", 9);
  assert_int_equal(sq_store_drop(&store, NULL, 0), 2);
  sq_store_cleanup(&store);
}

/// The bound is of both heaps together; nothing that is refused is kept.
static void a_full_one_refuses(void **state) {
  SqStore store = {.frames = {.n = SQ_STORE_MAX - 1}, .beats = {.n = 1}};
  assert_int_equal(add(&store, false, 1.0, NULL, 0), SQ_LIMIT);
  assert_int_equal(add(&store, true, 1.0, NULL, 0), SQ_LIMIT);
  assert_true(store.frames.n == SQ_STORE_MAX - 1 && store.beats.n == 1);
}

static SqStored stored(double frame, const char *text) {
  SqStore store = {0};
  SqStored s;
  add(&store, false, frame, text, 0);
  sq_store_take(&store, false, INFINITY, &s);
  sq_store_cleanup(&store);
  return s;
}

static void what_was_fed_comes_back_in_beats(void **state) {
  SqFed fed = {0};
  for (uint32_t i = 0; i < 100; i++) {
    const SqStored s = stored(100.0 * i, i % 2 ? "odd" : "even");
    sq_fed_add(&fed, &s, i / 4.0, 7);
  }
  sq_fed_forget(&fed, 1000.0); // those before have sounded
  assert_int_equal(fed.n, 90);
  SqStored s;
  assert_false(sq_fed_take(&fed, 2000.0, 7, &s)); // all of it was fed for generation 7: its report voids none of it
  assert_true(sq_fed_take(&fed, 9700.0, 8, &s));
  assert_true(s.time == 97.0 / 4.0);
  assert_string_equal(s.tag, "odd");
  sq_stored_cleanup(&s);
  uint32_t n = 0;
  double last = -1.0;
  while (sq_fed_take(&fed, 2000.0, 8, &s)) {
    assert_true(s.time >= 5.0 && s.time > last && s.time != 97.0 / 4.0);
    last = s.time;
    n++;
    sq_stored_cleanup(&s);
  }
  assert_true(n == 79 && fed.n == 10); // the others were not asked for
  sq_fed_cleanup(&fed);
  assert_true(fed.n == 0 && fed.items == NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_time_then_by_arrival),
      cmocka_unit_test(frames_and_beats_are_apart),
      cmocka_unit_test(stored_again_it_keeps_its_place),
      cmocka_unit_test(dropped_by_tag_and_strip),
      cmocka_unit_test(a_full_one_refuses),
      cmocka_unit_test(what_was_fed_comes_back_in_beats),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
