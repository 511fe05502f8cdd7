// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Another sample rate: a new link takes the place of the old one, and time, transport, taps and plans go on.
#include <stdlib.h>
#include <string.h>

#include "engine/tap.h"
#include "link/renew.h"
#include "tests/unit/link/desk.h"

static void told(void *context, const SqNotice *notice) {
  ((MixRig *)context)->notices[notice->kind]++;
}

/// The desk at another rate.
static void renew(double rate) {
  sq_link_set_stopped(desk.link, true);
  SqLinkKept *kept = sq_link_keep(desk.link);
  sq_link_free(desk.link);
  const SqLinkConfig config = {.rate = rate,
                               .n_in = desk.n_in,
                               .n_out = desk.n_out,
                               .ceiling_db = 100.0,
                               .offline = true,
                               .jobs = desk.jobs,
                               .first_plan = sq_link_plans(kept),
                               .context = &desk,
                               .notice = told};
  assert_int_equal(sq_link_new(&config, desk.doc, &desk.link), SQ_OK);
  sq_link_resume(desk.link, kept);
  sq_link_set_stopped(desk.link, false);
}

static void the_mix_plays_on_at_another_rate(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_send(&desk, a, bus, SQ_TAP_POST, 0.0);
  mix_insert(&desk, a, "eq", 0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 0.4);
  const uint64_t frame = sq_link_frame(desk.link);
  SqLinkStats before, after;
  sq_link_stats(desk.link, &before);
  renew(96000.0);
  assert_true(sq_link_frame(desk.link) == frame && sq_link_rate(desk.link) == 96000.0);
  DESK_NEAR(desk_heard(1), 0.4);
  assert_int_equal(sq_link_frame(desk.link), frame + 2048);
  sq_link_stats(desk.link, &after);
  assert_true(after.strips == 3 && after.edges == 4 && after.processors == 2 && after.plans > before.plans);
}

static void the_transport_goes_on_where_it_was(void **state) {
  sq_link_set_transport(desk.link, true, 8.0, 120.0, 0);
  desk_run(4800); // a tenth of a second: 0.2 beats
  const uint32_t generation = sq_link_transport_generation(desk.link);
  renew(96000.0);
  assert_int_equal(sq_link_transport_generation(desk.link), generation + 1); // what was computed before is void
  const SqPosition *p = sq_link_position(desk.link);
  assert_true(p->rolling && p->bpm == 120.0 && fabs(p->beats - 8.2) < 1e-9 && p->anchor == 4800);
  assert_true(fabs(sq_link_beats_at(desk.link, 4800 + 9600) - 8.4) < 1e-9); // the same tenth has 9600 frames now
  sq_link_set_transport(desk.link, false, (double)NAN, 120.0, 0);
  desk_run(64);
  renew(48000.0);
  assert_true(!sq_link_position(desk.link)->rolling);
}

static void taps_go_over_and_what_waited_for_a_plan_waits_no_more(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_run(1024);
  static float memory[2][2 * 4096];
  static SqRtTap pre, post;
  assert_true(sq_rt_tap_init(&pre, memory[0], 2, 4096) && sq_rt_tap_init(&post, memory[1], 2, 4096));
  sq_rt_tap_start(&pre, 0);
  sq_rt_tap_start(&post, 0);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  desk_run(1024);
  sq_link_tap(desk.link, a, &pre, false, true);
  sq_link_tap(desk.link, SQ_HANDLE_MASTER, &post, true, true);
  desk_run(100);
  const uint64_t number = sq_link_tap(desk.link, a, &pre, false, false);
  renew(96000.0);
  assert_true(sq_link_settled(desk.link, number));
  const uint32_t taken = sq_ring_count(&pre.ring);
  assert_int_equal(taken, 100);
  desk_run(1000);
  assert_int_equal(sq_ring_count(&pre.ring), 100);
  assert_int_equal(sq_ring_count(&post.ring), 1100); // without a gap
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(the_mix_plays_on_at_another_rate),
      WITH_DESK(the_transport_goes_on_where_it_was),
      WITH_DESK(taps_go_over_and_what_waited_for_a_plan_waits_no_more),
  };
  return cmocka_run_group_tests_name("renew", tests, NULL, NULL);
}
