// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Numbers of the document as they are heard: faders, ramps, mute, solo in place, parameters, bypass.
#include "tests/unit/link/desk.h"

static void a_fader_is_in_decibels(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  static const double levels[][2] = {{-20.0, 0.1}, {6.0206, 2.0}, {-143.9, 6.4e-8}, {-144.0, 0.0}, {-200.0, 0.0}};
  for (int i = 0; i < 5; i++) {
    mix_set(&desk, a, SQ_STRIP_GAIN_DB, levels[i][0]);
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), levels[i][1]);
  }
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -143.9);
  mix_commit(&desk, 0);
  assert_true(desk_heard(0) > 0.0);
}

static void a_set_is_smoothed_over_ten_milliseconds(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -144.0);
  mix_commit(&desk, 0);
  desk_run(1024);
  DESK_NEAR((double)desk_output[0][0], 1.0);
  DESK_NEAR((double)desk_output[0][DESK_FADE / 2], 0.5);
  assert_true(desk_output[0][DESK_FADE - 1] > 0.0F && desk_output[0][DESK_FADE] == 0.0F);
}

static void a_ramp_takes_its_time_and_follows_its_curve(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, a, bus, SQ_TAP_PRE, -144.0);
  mix_set(&desk, bus, SQ_STRIP_GAIN_DB, -144.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  sq_edits_ramp(&desk.edits, (SqValueRef){a, SQ_STRIP_GAIN_DB}, -40.0, 0.1, SQ_CURVE_DB);
  mix_commit(&desk, 0);
  desk_run(8192);
  DESK_NEAR((double)desk_output[0][2400], 0.1); // half of the way in decibels
  DESK_NEAR((double)desk_output[0][4800], 0.01);
  sq_edits_ramp(&desk.edits, (SqValueRef){a, SQ_STRIP_GAIN_DB}, 0.0, 0.0, SQ_CURVE_LINEAR); // never faster than 10 ms
  mix_commit(&desk, 0);
  desk_run(1024);
  DESK_NEAR((double)desk_output[0][0], 0.01);
  DESK_NEAR((double)desk_output[0][DESK_FADE / 2], 0.505);
  DESK_NEAR((double)desk_output[0][DESK_FADE], 1.0);
  mix_set(&desk, bus, SQ_STRIP_GAIN_DB, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  sq_edits_ramp(&desk.edits, (SqValueRef){send, SQ_SEND_GAIN_DB}, 0.0, 0.1, SQ_CURVE_LINEAR);
  mix_commit(&desk, 0);
  desk_run(8192);
  DESK_NEAR((double)desk_output[0][2400], 1.5);
  DESK_NEAR((double)desk_output[0][4800], 2.0);
  mix_set(&desk, send, SQ_SEND_MUTE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  sq_edits_ramp(&desk.edits, (SqValueRef){send, SQ_SEND_GAIN_DB}, 6.0, 0.01, SQ_CURVE_LINEAR); // muted it stays
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
}

static void values_for_later_come_on_their_frame(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const uint64_t at = sq_link_frame(desk.link) + 1000;
  sq_edits_ramp(&desk.edits, (SqValueRef){a, SQ_STRIP_GAIN_DB}, -144.0, 0.01, SQ_CURVE_LINEAR);
  mix_commit(&desk, at);
  desk_run(2048);
  DESK_NEAR((double)desk_output[0][1000], 1.0);
  assert_true(desk_output[0][1001] < 1.0F && desk_output[0][1479] > 0.0F && desk_output[0][1480] == 0.0F);
}

static void mute_and_solo_in_place(void **state) {
  const SqHandle a = desk_source("a", 0, 1), b = desk_source("b", 1, 1), c = desk_source("c", 2, 1),
                 bus = mix_bus(&desk, "bus", 2), other = mix_bus(&desk, "other", 2);
  mix_route(&desk, a, bus);
  mix_send(&desk, c, other, SQ_TAP_PRE, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0 + 2.0 + 4.0 + 4.0);
  mix_set(&desk, b, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 9.0);
  mix_set(&desk, a, SQ_STRIP_SOLO, 1.0); // what it flows through is heard too
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_set(&desk, b, SQ_STRIP_SOLO, 1.0); // muted is muted
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_set(&desk, b, SQ_STRIP_MUTE, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 3.0);
  mix_set(&desk, a, SQ_STRIP_SOLO, 0.0);
  mix_set(&desk, b, SQ_STRIP_SOLO, 0.0);
  mix_set(&desk, bus, SQ_STRIP_SOLO, 1.0); // what feeds it is heard too
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_set(&desk, b, SQ_STRIP_SOLO_SAFE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 3.0);
  mix_set(&desk, bus, SQ_STRIP_SOLO, 0.0);
  mix_set(&desk, c, SQ_STRIP_SOLO, 1.0); // what it is sent to is heard too
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0 + 4.0 + 4.0);
  mix_set(&desk, c, SQ_STRIP_SOLO, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 11.0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.0);
}

/// The master is like any other strip, but for one thing: what is heard is heard through it.
static void the_master_is_muted_and_soloed_too(void **state) {
  const SqHandle a = desk_source("a", 0, 2), b = desk_source("b", 1, 2), nowhere = desk_source("nowhere", 2, 2);
  mix_route(&desk, nowhere, 0);
  mix_commit(&desk, 0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_MUTE, 0.0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_SOLO, 1.0); // heard is what feeds it
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0 + 2.0);
  SqLevels levels;
  sq_link_meters_turn(desk.link);
  desk_run(1024);
  sq_link_meters_turn(desk.link);
  desk_run(64);
  assert_true(sq_link_levels(desk.link, nowhere, &levels) && levels.pre[0].peak == 4.0F && levels.post[0].peak == 0.0F);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_SOLO, 0.0);
  mix_set(&desk, nowhere, SQ_STRIP_SOLO, 1.0); // which does not flow through the master
  mix_set(&desk, b, SQ_STRIP_SOLO_SAFE, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  mix_set(&desk, a, SQ_STRIP_SOLO, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 3.0);
}

static void a_strip_that_comes_while_another_is_soloed_is_silent(void **state) {
  const SqHandle a = desk_source("a", 0, 1);
  mix_set(&desk, a, SQ_STRIP_SOLO, 1.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  desk_source("b", 3, 1);
  mix_commit(&desk, 0);
  desk_run(2048);
  for (uint32_t i = 0; i < 2048; i++)
    DESK_NEAR((double)desk_output[0][i], 1.0); // not even while it fades in
  mix_remove(&desk, a);                        // nobody is soloed any more
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 8.0);
}

static void parameters_and_bypass(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_param(&desk, gain, "gain", 6.0206);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 4.0);
  mix_param(&desk, gain, "gain", -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 0.2);
  mix_param(&desk, gain, "polarity", 1.0); // a stepped one
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), -0.2);
  mix_set(&desk, gain, SQ_PROC_BYPASS, 1.0);
  mix_commit(&desk, 0);
  desk_run(2048);
  DESK_NEAR((double)desk_output[1][0], -0.2); // a crossfade
  DESK_NEAR((double)desk_output[1][DESK_FADE / 2], 0.9);
  DESK_NEAR((double)desk_output[1][2047], 2.0);
  sq_edits_ramp(&desk.edits, (SqValueRef){gain, SQ_PROC_PARAM}, 0.0, 0.05, SQ_CURVE_LINEAR);
  mix_param(&desk, gain, "polarity", 0.0);
  mix_commit(&desk, 0);
  desk_run(4096); // bypassed it still takes its values
  mix_set(&desk, gain, SQ_PROC_BYPASS, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 2.0);
  mix_param(&desk, gain, "gain", 6.0206);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 4.0);
}

static void a_bypassed_one_begins_bypassed(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_param(&desk, gain, "gain", 20.0);
  mix_set(&desk, gain, SQ_PROC_BYPASS, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  const SqHandle other = mix_insert(&desk, a, "gain", 0); // also one that joins a sound that plays
  mix_param(&desk, other, "gain", 20.0);
  mix_set(&desk, other, SQ_PROC_BYPASS, 1.0);
  mix_commit(&desk, 0);
  desk_run(2048);
  for (uint32_t i = 0; i < 2048; i++)
    DESK_NEAR((double)desk_output[0][i], 1.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(a_fader_is_in_decibels),
      WITH_DESK(a_set_is_smoothed_over_ten_milliseconds),
      WITH_DESK(a_ramp_takes_its_time_and_follows_its_curve),
      WITH_DESK(values_for_later_come_on_their_frame),
      WITH_DESK(mute_and_solo_in_place),
      WITH_DESK(the_master_is_muted_and_soloed_too),
      WITH_DESK(a_strip_that_comes_while_another_is_soloed_is_silent),
      WITH_DESK(parameters_and_bypass),
      WITH_DESK(a_bypassed_one_begins_bypassed),
  };
  return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
