// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Outputs and sends: matrices between widths, pan laws, taps, routes; and that every change of them is a fade.
#include "tests/unit/link/desk.h"

static void one_channel_goes_everywhere(void **state) {
  desk_source("a", 3, 1);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 8.0);
  DESK_NEAR(desk_heard(1), 8.0);
}

static void one_channel_is_at_minus_three_decibels_in_the_centre(void **state) {
  mix_source(&desk, "a", 1, "input");
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), sqrt(0.5));
  DESK_NEAR(desk_heard(1), sqrt(0.5));
}

static void equal_widths_go_straight(void **state) {
  desk_source("a", 1, 2);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  DESK_NEAR(desk_heard(1), 4.0);
}

static void a_wider_strip_is_folded_a_narrower_one_fills_the_first(void **state) {
  const SqHandle wide = desk_source("wide", 0, 6);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), (1.0 + 16.0) / 2.0); // a fold is an average
  DESK_NEAR(desk_heard(1), (2.0 + 32.0) / 2.0);
  DESK_NEAR(desk_heard(2), 4.0);
  mix_remove(&desk, wide);
  desk_source("narrow", 5, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 32.0);
  DESK_NEAR(desk_heard(1), 64.0);
  DESK_NEAR(desk_heard(2), 0.0);
}

static void balance_leaves_the_centre_alone(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  static const double pans[][3] = {{0.0, 1, 1}, {0.25, 0.75, 1}, {1.0, 0, 1}, {-0.5, 1, 0.5}, {-1.0, 1, 0}};
  for (int i = 0; i < 5; i++) {
    mix_set(&desk, a, SQ_STRIP_PAN, pans[i][0]);
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), pans[i][1]);
    DESK_NEAR(desk_heard(1), 2.0 * pans[i][2]);
  }
}

static void equal_power_keeps_the_sum_of_squares(void **state) {
  const SqHandle a = desk_source("a", 0, 1);
  mix_set(&desk, a, SQ_STRIP_PAN_LAW, SQ_PAN_EQUAL_POWER);
  mix_set(&desk, a, SQ_STRIP_PAN, -1.0); // set before it is ever heard: it begins there
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  DESK_NEAR(desk_heard(1), 0.0);
  for (double pan = -1.0; pan <= 1.0; pan += 0.25) {
    mix_set(&desk, a, SQ_STRIP_PAN, pan);
    mix_commit(&desk, 0);
    const double l = desk_heard(0), r = desk_heard(1);
    DESK_NEAR(l * l + r * r, 1.0);
    DESK_NEAR(r, sin((pan + 1.0) * M_PI / 4.0));
  }
  mix_set(&desk, a, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.0);
  DESK_NEAR(desk_heard(1), 1.0);
}

static void what_is_not_stereo_is_not_panned(void **state) {
  const SqHandle a = desk_source("a", 0, 1);
  mix_set(&desk, a, SQ_STRIP_PAN, -1.0);
  mix_commit(&desk, 0);
  for (uint32_t c = 0; c < 4; c++)
    DESK_NEAR(desk_heard(c), 1.0);
}

static void a_wide_strip_into_stereo_is_not_panned(void **state) {
  const SqHandle a = desk_source("a", 0, 3);
  mix_set(&desk, a, SQ_STRIP_PAN, -1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), (1.0 + 4.0) / 2.0);
  DESK_NEAR(desk_heard(1), 2.0);
}

/// Equal sides of a stereo strip keep their level in a mono bus, and so on to the outputs.
static void stereo_into_mono_is_the_average(void **state) {
  const SqHandle bus = mix_bus(&desk, "mono", 1), a = desk_source("a", 0, 2);
  mix_set(&desk, bus, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
  mix_route(&desk, a, bus);
  mix_commit(&desk, 0);
  for (uint32_t i = 0; i < DESK_RUN; i++)
    desk_inputs[1][i] = 1.0F; // as the left one
  DESK_NEAR(desk_heard(0), 1.0);
  DESK_NEAR(desk_heard(1), 1.0);
  for (uint32_t i = 0; i < DESK_RUN; i++)
    desk_inputs[1][i] = 0.0F;
  DESK_NEAR(desk_heard(0), 0.5);
}

static void sends_have_gain_pan_mute_and_tap(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, a, bus, SQ_TAP_POST, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.1);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0); // a post-fader send goes down with the fader
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.11);
  mix_set(&desk, send, SQ_SEND_TAP, SQ_TAP_PRE);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.2);
  mix_set(&desk, a, SQ_STRIP_MUTE, 1.0); // a pre-fader send stays
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.1);
  mix_set(&desk, send, SQ_SEND_PAN, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.0);
  DESK_NEAR(desk_heard(1), 0.2);
  mix_set(&desk, send, SQ_SEND_GAIN_DB, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 2.0);
  mix_set(&desk, send, SQ_SEND_MUTE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 0.0);
  mix_set(&desk, send, SQ_SEND_MUTE, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 2.0);
  mix_unsend(&desk, a, send);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 0.0);
}

static void a_pan_of_the_strip_is_not_that_of_its_sends(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_POST, 0.0);
  mix_commit(&desk, 0);
  desk_run(2048);
  mix_set(&desk, a, SQ_STRIP_PAN, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  DESK_NEAR(desk_heard(1), 4.0);
}

static void a_route_goes_over_in_a_fade(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_set(&desk, bus, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_route(&desk, a, bus);
  mix_commit(&desk, 0);
  desk_run(1024);
  assert_true(desk_output[0][0] > 0.99F); // it begins where it was
  for (uint32_t i = 1; i < DESK_FADE; i++) {
    assert_true(desk_output[0][i] <= desk_output[0][i - 1] + 1e-6F);
    assert_true(desk_output[0][i - 1] - desk_output[0][i] < 0.01F);
  }
  DESK_NEAR((double)desk_output[0][DESK_FADE + 1], 0.1);
  mix_route(&desk, a, 0); // nowhere
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.0);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_int_equal(stats.edges, 2); // the bus's and the master's
}

/// Strips far apart in the order add into different partial sums; all are heard, in any order of coming.
static void more_strips_than_one_sum_takes(void **state) {
  SqHandle all[40];
  char name[16];
  for (uint32_t i = 0; i < 40; i++) {
    snprintf(name, sizeof name, "s%u", i);
    all[i] = desk_source(name, i % 4, 1);
  }
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 10.0 * (1 + 2 + 4 + 8));
  for (uint32_t i = 0; i < 40; i += 2)
    mix_remove(&desk, all[i]);
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(1), 10.0 * (2 + 8));
}

static void a_mix_that_is_made_at_once_begins_at_full_level(void **state) {
  const SqHandle bus = mix_bus(&desk, "bus", 2), a = desk_source("a", 0, 2);
  mix_route(&desk, a, bus);
  mix_commit(&desk, 0);
  desk_run(1024); // only the generator's own fade: nothing else was playing before
  assert_true(desk_output[0][260] > 0.2F);
  DESK_NEAR((double)desk_output[0][1023], 1.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(one_channel_goes_everywhere),
      WITH_DESK(one_channel_is_at_minus_three_decibels_in_the_centre),
      WITH_DESK(equal_widths_go_straight),
      WITH_QUAD(a_wider_strip_is_folded_a_narrower_one_fills_the_first),
      WITH_DESK(balance_leaves_the_centre_alone),
      WITH_DESK(equal_power_keeps_the_sum_of_squares),
      WITH_QUAD(what_is_not_stereo_is_not_panned),
      WITH_DESK(a_wide_strip_into_stereo_is_not_panned),
      WITH_DESK(stereo_into_mono_is_the_average),
      WITH_DESK(sends_have_gain_pan_mute_and_tap),
      WITH_DESK(a_pan_of_the_strip_is_not_that_of_its_sends),
      WITH_DESK(a_route_goes_over_in_a_fade),
      WITH_DESK(more_strips_than_one_sum_takes),
      WITH_DESK(a_mix_that_is_made_at_once_begins_at_full_level),
  };
  return cmocka_run_group_tests_name("edges", tests, NULL, NULL);
}
