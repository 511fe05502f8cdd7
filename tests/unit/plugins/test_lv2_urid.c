// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Numbers for URIs: stable, unique, and readable while others are made.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "plugins/lv2/urid.h"

#define N 5000

static void test_numbers_are_stable_and_unique(void **state) {
  (void)state;
  SqLv2Urids *urids = sq_lv2_urids_new();
  char uri[64];
  for (uint32_t i = 0; i < N; i++) {
    snprintf(uri, sizeof uri, "urn:number:%u", i);
    assert_int_equal(sq_lv2_urids_map(urids, uri), i + 1);
  }
  const char *first = sq_lv2_urids_unmap(urids, 1);
  for (uint32_t i = 0; i < N; i++) {
    snprintf(uri, sizeof uri, "urn:number:%u", i);
    assert_int_equal(sq_lv2_urids_map(urids, uri), i + 1);
    assert_string_equal(sq_lv2_urids_unmap(urids, i + 1), uri);
  }
  assert_ptr_equal(sq_lv2_urids_unmap(urids, 1), first); // never moves
  assert_null(sq_lv2_urids_unmap(urids, 0));
  assert_null(sq_lv2_urids_unmap(urids, N + 1));
  assert_int_equal(sq_lv2_urids_map(urids, NULL), 0);
  sq_lv2_urids_free(urids);
}

static void *map_all(void *context) {
  char uri[64];
  for (uint32_t i = 0; i < N; i++) {
    snprintf(uri, sizeof uri, "urn:number:%u", i * 7 % N);
    LV2_URID urid = sq_lv2_urids_map(context, uri);
    const char *back = sq_lv2_urids_unmap(context, urid);
    if (!back || strcmp(back, uri) != 0)
      return context;
  }
  return NULL;
}

static void test_threads_agree(void **state) {
  (void)state;
  SqLv2Urids *urids = sq_lv2_urids_new();
  pthread_t threads[3];
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, map_all, urids), 0);
  for (int i = 0; i < 3; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
  assert_non_null(sq_lv2_urids_unmap(urids, N));
  assert_null(sq_lv2_urids_unmap(urids, N + 1));
  sq_lv2_urids_free(urids);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_are_stable_and_unique),
      cmocka_unit_test(test_threads_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
