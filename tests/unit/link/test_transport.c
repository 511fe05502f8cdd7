// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the transport is and will be: what is known at once, what is told later, what was never meant.
#include "tests/unit/link/desk.h"

static const SqPosition *at(void) {
  return sq_link_position(desk.link);
}

static bool known(void) {
  return sq_link_position_known(desk.link);
}

static SqStatus go(bool rolling, double beats, double bpm, uint64_t frame) {
  return sq_link_set_transport(desk.link, rolling, beats, bpm, frame);
}

static double beats_after(uint64_t frames) {
  return sq_link_beats_at(desk.link, sq_link_frame(desk.link) + frames);
}

#define HERE ((double)NAN)

static void at_rest_a_place_is_known_at_once(void **state) {
  desk_run(1000);
  assert_true(known());
  assert_int_equal(go(false, 7.0, 120.0, 0), SQ_OK);
  assert_true(known() && at()->beats == 7.0 && !at()->rolling && !at()->wanted);
  assert_int_equal(go(false, HERE, 90.0, 0), SQ_OK);
  assert_true(known() && at()->beats == 7.0 && at()->bpm == 90.0);
  assert_true(beats_after(48000) == 7.0);
  assert_int_equal(desk.notices[SQ_NOTICE_TRANSPORT], 0);
  desk_run(64);
  assert_int_equal(desk.notices[SQ_NOTICE_TRANSPORT], 2);
  assert_true(known() && at()->beats == 7.0 && at()->bpm == 90.0);
}

static void a_start_at_once_is_known_when_it_is_told(void **state) {
  desk_run(1000);
  assert_int_equal(go(true, 2.0, 120.0, 0), SQ_OK);
  assert_true(!known() && !at()->rolling && at()->wanted);
  desk_run(64);
  assert_true(known() && at()->rolling && at()->anchor == 1000 && at()->beats == 2.0);
  assert_true(fabs(beats_after(0) - (2.0 + 64.0 / 24000.0)) < 1e-12);
  assert_int_equal(go(false, HERE, 120.0, 0), SQ_OK);
  assert_true(!known() && at()->rolling && !at()->wanted);
  desk_run(64);
  assert_true(known() && !at()->rolling && at()->anchor == 1064);
  assert_true(fabs(at()->beats - (2.0 + 64.0 / 24000.0)) < 1e-12);
}

static void a_start_for_later_is_known_at_once(void **state) {
  desk_run(1000);
  go(false, 4.0, 120.0, 0);
  assert_int_equal(go(true, HERE, 120.0, 6000), SQ_OK);
  assert_true(known() && at()->rolling && at()->anchor == 6000 && at()->beats == 4.0);
  assert_true(beats_after(0) == 4.0 && beats_after(5000) == 4.0); // it is not on its way yet
  assert_true(fabs(sq_link_beats_at(desk.link, 6000 + 24000) - 5.0) < 1e-12);
  assert_true(fabs(sq_link_frame_of(desk.link, 5.0) - 30000.0) < 1e-6);
  desk_run(4999);
  assert_true(known() && at()->anchor == 6000 && !sq_link_engine(desk.link)->transport.rolling);
  desk_run(100);
  assert_true(known() && at()->anchor == 6000 && at()->beats == 4.0 && sq_link_engine(desk.link)->transport.rolling);
  assert_int_equal(go(true, HERE, 60.0, 20000), SQ_OK); // while it rolls it is told when it happens
  assert_false(known());
  assert_true(at()->bpm == 120.0);
  desk_run(16000);
  assert_true(known() && at()->bpm == 60.0 && at()->anchor == 20000);
  assert_true(fabs(at()->beats - (4.0 + 14000.0 / 24000.0)) < 1e-9);
}

static void from_the_beginning_it_is_known(void **state) {
  assert_true(known());
  assert_int_equal(go(true, HERE, 120.0, 6000), SQ_OK);
  assert_true(known() && at()->rolling && at()->anchor == 6000 && at()->beats == 0.0);
}

/// A frame that is now or gone is none to come.
static void a_start_for_a_frame_that_is_gone_is_at_once(void **state) {
  desk_run(1000);
  go(true, 1.0, 120.0, 1000);
  assert_false(known());
  desk_run(64);
  assert_true(known() && at()->anchor == 1000);
  go(false, 0.0, 120.0, 0);
  desk_run(64);
  go(true, 1.0, 120.0, 300);
  assert_false(known());
  desk_run(64);
  assert_true(known() && at()->anchor == 1128 && at()->rolling);
}

static void a_start_to_come_is_not_overtaken(void **state) {
  desk_run(1000);
  go(true, 0.0, 120.0, 6000);
  assert_int_equal(go(true, HERE, 60.0, 0), SQ_OK); // slower, from its start on
  desk_run(4000);
  assert_false(sq_link_engine(desk.link)->transport.rolling);
  desk_run(2000);
  assert_true(known() && at()->rolling && at()->anchor == 6000 && at()->bpm == 60.0 && at()->beats == 0.0);
  go(false, 0.0, 120.0, 0);
  desk_run(64);
  go(true, 0.0, 120.0, 20000);
  go(false, HERE, 120.0, 8000);
  desk_run(14000);
  assert_true(known() && !at()->rolling && at()->anchor == 20000 && at()->beats == 0.0);
}

static void a_full_queue_is_busy_and_changes_nothing(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_run(64);
  const SqEvent event = {.kind = SQ_EVENT_CC};
  while (sq_link_event(desk.link, mix_generator(&desk, a), &event, 0, 0) == SQ_OK)
    continue;
  const uint32_t generation = sq_link_transport_generation(desk.link);
  assert_int_equal(go(false, 3.0, 120.0, 0), SQ_BUSY);
  assert_int_equal(go(true, 3.0, 120.0, 5000), SQ_BUSY);
  assert_true(known() && at()->beats == 0.0 && !at()->wanted && !at()->rolling);
  assert_int_equal(sq_link_transport_generation(desk.link), generation);
  desk_run(64);
  assert_int_equal(go(false, 3.0, 120.0, 0), SQ_OK);
  assert_int_equal(sq_link_transport_generation(desk.link), generation + 1);
}

/// What a bundle changes is kept back until it has succeeded as a whole, or never was.
static void what_is_held_is_sent_or_never_was(void **state) {
  desk_run(1000);
  go(false, 5.0, 100.0, 0);
  desk_run(64);
  const uint32_t generation = sq_link_transport_generation(desk.link), told = desk.notices[SQ_NOTICE_TRANSPORT];
  sq_link_hold(desk.link);
  go(true, 8.0, 120.0, 0);
  go(true, HERE, 60.0, 0);
  assert_true(!known() && sq_link_transport_generation(desk.link) == generation + 2);
  sq_link_release(desk.link, false);
  assert_true(known() && at()->beats == 5.0 && at()->bpm == 100.0 && !at()->wanted);
  assert_int_equal(sq_link_transport_generation(desk.link), generation);
  desk_run(64);
  assert_true(!at()->rolling && desk.notices[SQ_NOTICE_TRANSPORT] == told);
  sq_link_hold(desk.link);
  go(true, 8.0, 120.0, 0);
  desk_run(64); // it is not sent yet
  assert_true(!sq_link_engine(desk.link)->transport.rolling && desk.notices[SQ_NOTICE_TRANSPORT] == told);
  sq_link_release(desk.link, true);
  desk_run(64);
  assert_true(known() && at()->rolling && at()->beats == 8.0 && desk.notices[SQ_NOTICE_TRANSPORT] == told + 1);
  assert_int_equal(sq_link_transport_generation(desk.link), generation + 1);
}

/// While no driver calls us a change happens at once, and is known as what the engine says it was.
static void stopped_it_changes_at_once(void **state) {
  desk_run(1000);
  sq_link_set_stopped(desk.link, true);
  assert_int_equal(go(true, 3.0, 120.0, 0), SQ_OK);
  assert_true(sq_link_engine(desk.link)->transport.rolling);
  sq_link_collect(desk.link);
  assert_true(known() && at()->rolling && at()->anchor == 1000 && at()->beats == 3.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(at_rest_a_place_is_known_at_once),
      WITH_DESK(a_start_at_once_is_known_when_it_is_told),
      WITH_DESK(a_start_for_later_is_known_at_once),
      WITH_DESK(from_the_beginning_it_is_known),
      WITH_DESK(a_start_for_a_frame_that_is_gone_is_at_once),
      WITH_DESK(a_start_to_come_is_not_overtaken),
      WITH_DESK(a_full_queue_is_busy_and_changes_nothing),
      WITH_DESK(what_is_held_is_sent_or_never_was),
      WITH_DESK(stopped_it_changes_at_once),
  };
  return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
