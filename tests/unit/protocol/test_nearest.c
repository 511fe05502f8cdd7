// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "protocol/nearest.h"

static void test_distances(void **state) {
  static const struct {
    const char *a, *b;
    unsigned distance;
  } rows[] = {{"", "", 0},
              {"gain", "gain", 0},
              {"gain", "gian", 1},
              {"gain", "gai", 1},
              {"gain", "agin", 1},
              {"gain", "gainn", 1},
              {"kitten", "sitting", 3},
              {"", "abc", 3},
              {"Mute", "mute", 0},
              {"ca", "abc", 3},
              {"/sourc/kick", "/source/kick", 1}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(sq_nearest_distance(rows[i].a, rows[i].b, 9), rows[i].distance);
    assert_int_equal(sq_nearest_distance(rows[i].b, rows[i].a, 9), rows[i].distance);
    // The bound only cuts off what is beyond it.
    for (unsigned limit = 0; limit < 6; limit++)
      assert_int_equal(sq_nearest_distance(rows[i].a, rows[i].b, limit),
                       rows[i].distance <= limit ? rows[i].distance : limit + 1);
  }
}

static void test_the_nearest_wins(void **state) {
  SqNearest nearest;
  sq_nearest_begin(&nearest, "/source/kick/gian");
  sq_nearest_try(&nearest, "/source/kick/pan");
  sq_nearest_try(&nearest, "/source/kick/gain");
  sq_nearest_try(&nearest, "/source/kick/main");
  assert_string_equal(nearest.best, "/source/kick/gain");
  sq_nearest_begin(&nearest, "xyzzy");
  sq_nearest_try(&nearest, "gain");
  sq_nearest_try(&nearest, "reverb");
  assert_null(nearest.best);
  char longer[300];
  memset(longer, 'x', 299);
  longer[299] = 0;
  sq_nearest_begin(&nearest, longer);
  sq_nearest_try(&nearest, "x");
  sq_nearest_try(&nearest, longer + 1);
  assert_ptr_equal(nearest.best, longer + 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_distances), cmocka_unit_test(test_the_nearest_wins)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
