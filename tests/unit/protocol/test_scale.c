// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Knobs: the X32's fader law at its corners, straight between them; linear and logarithmic ranges there and back.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "protocol/scale.h"

static double fader(double norm) {
  return sq_scale_from_norm(SQ_SCALE_FADER, -144.0, 10.0, norm);
}

static double knob(double db) {
  return sq_scale_to_norm(SQ_SCALE_FADER, -144.0, 10.0, db);
}

static void the_corners_of_the_fader(void **state) {
  static const double points[][2] = {{0.0625, -60.0}, {0.25, -30.0}, {0.5, -10.0}, {0.75, 0.0}, {1.0, 10.0}};
  for (int i = 0; i < 5; i++) {
    assert_true(fader(points[i][0]) == points[i][1]);
    assert_true(knob(points[i][1]) == points[i][0]);
  }
  for (int i = 0; i < 4; i++) { // straight between the corners
    const double norm = 0.5 * (points[i][0] + points[i + 1][0]);
    const double db = 0.5 * (points[i][1] + points[i + 1][1]);
    assert_true(fabs(fader(norm) - db) < 1e-12 && fabs(knob(db) - norm) < 1e-12);
  }
  assert_true(fader(0.0) == -144.0 && fader(-1.0) == -144.0 && fader(2.0) == 10.0);
  assert_true(fabs(fader(0.03125) + 75.0) < 1e-12); // half of the lowest segment
  assert_true(fabs(knob(-75.0) - 0.03125) < 1e-12);
  assert_true(knob(-90.0) == 0.0 && knob(-144.0) == 0.0 && knob(-1000.0) == 0.0 && knob(20.0) == 1.0);
  assert_true(knob(-89.0) > 0.0 && fader(0.001) > -90.0 && fader(0.001) < -89.0);
}

static void the_fader_comes_back(void **state) {
  double last = -200.0;
  for (int i = 1; i <= 1000; i++) {
    const double norm = i / 1000.0, db = fader(norm);
    assert_true(fabs(knob(db) - norm) < 1e-12 && db > last);
    last = db;
  }
}

static void linear_and_logarithmic(void **state) {
  assert_true(sq_scale_from_norm(SQ_SCALE_LINEAR, -2.0, 6.0, 0.25) == 0.0);
  assert_true(sq_scale_to_norm(SQ_SCALE_LINEAR, -2.0, 6.0, 0.0) == 0.25);
  assert_true(sq_scale_to_norm(SQ_SCALE_LINEAR, -2.0, 6.0, 99.0) == 1.0);
  assert_true(sq_scale_to_norm(SQ_SCALE_LINEAR, -2.0, 6.0, -99.0) == 0.0);
  assert_true(sq_scale_to_norm(SQ_SCALE_LINEAR, 5.0, 5.0, 5.0) == 0.0); // no range
  assert_true(sq_scale_from_norm(SQ_SCALE_LINEAR, -2.0, 6.0, 1.5) == 6.0);
  assert_true(fabs(sq_scale_from_norm(SQ_SCALE_LOG, 20.0, 20000.0, 1.0 / 3.0) - 200.0) < 1e-9);
  assert_true(fabs(sq_scale_to_norm(SQ_SCALE_LOG, 20.0, 20000.0, 2000.0) - 2.0 / 3.0) < 1e-12);
  assert_true(sq_scale_to_norm(SQ_SCALE_LOG, 20.0, 20000.0, 1.0) == 0.0);
  assert_true(sq_scale_to_norm(SQ_SCALE_LOG, 20.0, 20000.0, 99999.0) == 1.0);
  assert_true(sq_scale_to_norm(SQ_SCALE_LOG, 20.0, 20000.0, -5.0) == 0.0); // there is no logarithm of it
  assert_true(sq_scale_to_norm(SQ_SCALE_LOG, 0.0, 10.0, 5.0) == 0.5);      // from 0 up: linear
  assert_true(sq_scale_from_norm(SQ_SCALE_LOG, 0.0, 10.0, 0.5) == 5.0);
  assert_true(sq_scale_from_norm(SQ_SCALE_LOG, 0.5, 2.0, 0.5) == 1.0);
  assert_true(fabs(sq_scale_to_norm(SQ_SCALE_LOG, 0.5, 2.0, 1.0) - 0.5) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_corners_of_the_fader),
      cmocka_unit_test(the_fader_comes_back),
      cmocka_unit_test(linear_and_logarithmic),
  };
  return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
