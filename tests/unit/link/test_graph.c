// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Strips and processors come, go and move: what is heard meanwhile, and that nothing of them stays behind.
#include <stdlib.h>
#include <string.h>

#include "link/internal.h"
#include "tests/unit/link/desk.h"

static void what_is_removed_fades_and_leaves_nothing(void **state) {
  desk_heard(0);
  const SqLinkStats empty = desk_stats();
  assert_true(empty.strips == 1 && empty.edges == 1 && empty.processors == 0 && empty.garbage == 0);
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_POST, 0.0);
  mix_insert(&desk, a, "gain", 0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  const SqLinkStats full = desk_stats();
  assert_true(full.strips == 3 && full.edges == 4 && full.processors == 2);
  mix_remove(&desk, a);
  mix_remove(&desk, bus);
  mix_commit(&desk, 0);
  desk_run(2048);
  desk_smooth(2048, 0.02F);
  DESK_NEAR((double)desk_output[0][0], 2.0);
  assert_true(desk_output[0][2047] == 0.0F);
  desk_run(1024);
  const SqLinkStats after = desk_stats();
  assert_true(after.strips == 1 && after.edges == 1 && after.processors == 0 && after.garbage == 0);
  assert_true(after.lost == 0 && after.insane == 0 && desk.link->n_ghosts == 0);
  SqLinkState s;
  assert_int_equal(sq_link_proc(desk.link, a + 1, &s, NULL, NULL), SQ_NOT_FOUND);
}

/// A bus that stands before what feeds it, and fades at the same time: nothing else has to end for it to go.
static void a_bus_goes_with_the_last_that_feeds_it(void **state) {
  const SqHandle bus = mix_bus(&desk, "bus", 2), a = desk_source("a", 0, 2);
  mix_route(&desk, a, bus);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_route(&desk, a, SQ_HANDLE_MASTER);
  mix_remove(&desk, bus);
  mix_commit(&desk, 0);
  desk_run(4096);
  desk_run(4096);
  assert_true(desk_stats().strips == 2 && desk_stats().edges == 2 && desk_stats().garbage == 0);
}

/// Hundreds of strips, in rounds: slots and handles are given again, and every sum is right.
static void many_come_and_go(void **state) {
  SqHandle all[300];
  char name[16];
  for (uint32_t round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < 300; i++) {
      snprintf(name, sizeof name, "s%u", i);
      all[i] = desk_source(name, 0, 1);
      if (i % 50 == 49)
        mix_commit(&desk, 0);
    }
    desk_heard(0);
    DESK_NEAR(desk_heard(0), 300.0);
    for (uint32_t i = 0; i < 300; i++)
      mix_remove(&desk, all[(i * 7) % 300]);
    mix_commit(&desk, 0);
    desk_heard(0);
    DESK_NEAR(desk_heard(0), 0.0);
    assert_true(desk_stats().strips == 1 && desk_stats().edges == 1 && desk_stats().garbage == 0 &&
                desk_stats().processors == 0);
  }
}

/// What feeds another is rendered before it, in whatever order they were made.
static void a_long_way_is_no_later_than_a_short_one(void **state) {
  enum { BUSES = 12 };
  SqHandle buses[BUSES];
  char name[16];
  for (uint32_t i = 0; i < BUSES; i++) {
    snprintf(name, sizeof name, "b%u", i);
    buses[i] = mix_bus(&desk, name, 2); // made first the last of the way
    if (i)
      mix_route(&desk, buses[i], buses[i - 1]);
  }
  const SqHandle a = desk_source("a", 0, 2);
  mix_route(&desk, a, buses[BUSES - 1]);
  mix_send(&desk, a, buses[0], SQ_TAP_PRE, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  mix_set(&desk, buses[5], SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  desk_run(1024); // a ramp on the way: it reaches the end in the same frame
  assert_true(desk_output[0][0] == 2.0F && desk_output[0][2] < 2.0F);
  DESK_NEAR(desk_heard(0), 1.1);
  mix_route(&desk, buses[8], 0);
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_remove(&desk, buses[0]); // what fed it stays, and is heard nowhere
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 0.0);
}

static void structure_for_later_comes_on_its_frame(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const uint64_t at = sq_link_frame(desk.link) + 1000;
  desk_source("b", 2, 2);
  mix_commit(&desk, at);
  assert_int_equal(sq_link_armed_frame(desk.link), at);
  desk_run(4096);
  assert_true(desk_output[0][1000] == 1.0F && desk_output[0][1100] > 1.0F);
  DESK_NEAR((double)desk_output[0][4095], 5.0);
  assert_int_equal(sq_link_armed_frame(desk.link), 0);
}

/// Values are of now while a plan waits for its frame; what makes a plan joins it.
static void a_value_does_not_wait_for_the_plan(void **state) {
  const SqHandle a = desk_source("a", 0, 2), b = desk_source("b", 2, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, b, bus, SQ_TAP_POST, 0.0);
  mix_set(&desk, b, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0 + 0.4 + 0.4);
  for (uint32_t property = 0; property < SQ_STRIP_NUMBERS; property++) {
    static const double values[SQ_STRIP_NUMBERS] = {
        [SQ_STRIP_GAIN_DB] = -20.0, [SQ_STRIP_PAN] = 1.0,  [SQ_STRIP_PAN_LAW] = SQ_PAN_EQUAL_POWER,
        [SQ_STRIP_MUTE] = 1.0,      [SQ_STRIP_SOLO] = 1.0, [SQ_STRIP_SOLO_SAFE] = 1.0};
    double before;
    assert_int_equal(sq_doc_number(desk.doc, (SqValueRef){a, property}, &before), SQ_OK);
    const uint64_t at = sq_link_frame(desk.link) + 5000;
    const SqHandle gain = mix_insert(&desk, b, "gain", 0);
    mix_commit(&desk, at);
    mix_set(&desk, a, property, values[property]);
    mix_commit(&desk, 0);
    assert_int_equal(sq_link_armed_frame(desk.link), at);
    desk_run(4000);
    const double heard = (double)desk_output[0][3999];
    DESK_NEAR(heard, property == SQ_STRIP_GAIN_DB                            ? 0.9
                     : property == SQ_STRIP_PAN || property == SQ_STRIP_MUTE ? 0.8
                     : property == SQ_STRIP_PAN_LAW                          ? sqrt(0.5) + 0.8
                     : property == SQ_STRIP_SOLO                             ? 1.0
                                                                             : 1.8);
    desk_run(1000);
    assert_int_equal(sq_link_frame(desk.link), at);
    assert_int_equal(sq_link_armed_frame(desk.link), 0); // it is due
    desk_run(1000);
    mix_set(&desk, a, property, before);
    mix_take(&desk, b, gain);
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), 1.8);
    desk_heard(0);
  }
  const uint64_t at = sq_link_frame(desk.link) + 5000;
  mix_insert(&desk, b, "gain", 0);
  mix_commit(&desk, at);
  mix_set(&desk, send, SQ_SEND_TAP, SQ_TAP_PRE);
  mix_commit(&desk, 0);
  desk_run(8192);
  DESK_NEAR((double)desk_output[0][5000], 1.8);
  DESK_NEAR((double)desk_output[0][8191], 1.0 + 0.4 + 4.0);
}

static void what_comes_and_goes_in_one_commit_never_was(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const SqLinkStats before = desk_stats();
  mix_remove(&desk, desk_source("b", 1, 2));
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_take(&desk, a, gain);
  mix_commit(&desk, 0);
  desk_run(1024);
  desk_smooth(1024, 1e-6F);
  assert_true(desk_stats().strips == before.strips && desk_stats().edges == before.edges &&
              desk_stats().processors == before.processors);
  mix_remove(&desk, a);
  mix_commit(&desk, 0);
  mix_remove(&desk, desk_source("c", 1, 2)); // while another goes
  mix_commit(&desk, 0);
  desk_heard(0);
  assert_true(desk_heard(0) == 0.0 && desk_stats().strips == 1);
}

static void undone_while_it_fades_it_comes_back_as_it_was(void **state) {
  const SqHandle a = desk_source("a", 1, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  SqStrip *kept = sq_strip_copy(sq_doc_strip(desk.doc, a));
  mix_remove(&desk, a);
  mix_commit(&desk, 0);
  desk_run(100);
  sq_edits_put(&desk.edits, kept);
  mix_commit(&desk, 0);
  desk_run(4096);
  desk_smooth(4096, 0.03F);
  DESK_NEAR((double)desk_output[0][4095], 2.0);
  assert_true(desk_stats().strips == 2 && desk_stats().edges == 2 && desk_stats().processors == 1);
}

/// a feeds b while b still fades out of a: the new way waits for the old one, for both at once would be a loop.
static void ways_that_turn_round_wait_for_each_other(void **state) {
  const SqHandle a = mix_bus(&desk, "a", 2), b = mix_bus(&desk, "b", 2), source = desk_source("s", 0, 2);
  mix_route(&desk, source, a);
  mix_route(&desk, a, b);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  for (uint32_t turn = 0; turn < 3; turn++) {
    const SqHandle from = turn % 2 ? a : b, to = turn % 2 ? b : a;
    mix_route(&desk, to, SQ_HANDLE_MASTER);
    mix_route(&desk, from, to);
    mix_route(&desk, source, from);
    mix_commit(&desk, 0);
    desk_run(4096);
    desk_smooth(4096, 0.05F);
    DESK_NEAR((double)desk_output[0][4095], 1.0);
    mix_set(&desk, to, SQ_STRIP_GAIN_DB, -20.0); // all of it goes that way
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), 0.1);
    mix_set(&desk, to, SQ_STRIP_GAIN_DB, 0.0);
    mix_commit(&desk, 0);
    desk_heard(0);
  }
  assert_true(desk_stats().edges == 4 && desk_stats().garbage == 0);
}

/// A desk of many ways: from one end to the other go more than could ever be walked one by one.
static void many_ways_are_searched_in_no_time(void **state) {
  enum { STAGES = 40 };
  SqHandle first = 0, before = 0;
  char name[16];
  for (uint32_t i = 0; i < STAGES; i++) {
    snprintf(name, sizeof name, "b%u", i);
    const SqHandle bus = mix_bus(&desk, name, 2);
    SqHandle ways[2];
    for (uint32_t k = 0; k < 2; k++) {
      snprintf(name, sizeof name, "w%u.%u", i, k);
      ways[k] = mix_bus(&desk, name, 2);
      mix_set(&desk, ways[k], SQ_STRIP_GAIN_DB, -6.0205999);
      mix_set(&desk, ways[k], SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
      if (before)
        mix_route(&desk, ways[k], before);
    }
    mix_set(&desk, bus, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
    mix_route(&desk, bus, ways[0]);
    mix_send(&desk, bus, ways[1], SQ_TAP_POST, 0.0);
    before = bus;
    if (i == 0)
      first = bus;
  }
  const SqHandle a = desk_source("a", 0, 2);
  mix_route(&desk, a, before);
  mix_commit(&desk, 0);
  assert_true(fabs(desk_heard(0) - 1.0) < 1e-3);
  mix_route(&desk, first, 0); // it fades, while a new way must not close a loop with it
  const SqHandle end = mix_bus(&desk, "end", 2);
  mix_set(&desk, end, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
  mix_route(&desk, end, before);
  mix_route(&desk, a, end);
  mix_send(&desk, a, end, SQ_TAP_POST, 0.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  assert_true(fabs(desk_heard(0) - 1.0) < 1e-3); // twice as much comes in, and half of it goes out
  mix_route(&desk, first, SQ_HANDLE_MASTER);
  mix_commit(&desk, 0);
  assert_true(fabs(desk_heard(0) - 3.0) < 1e-3 && desk.link->n_ghosts == 0);
}

static void another_document_takes_over_in_a_crossfade(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  SqDoc *old = desk.doc, *other = sq_doc_new(2);
  sq_edits_cleanup(&desk.edits);
  sq_edits_init(&desk.edits, other);
  desk.doc = other;
  sq_doc_reserve(other, 1000, 100); // handles of its own
  desk_source("b", 2, 2);
  sq_edits_clear(&desk.edits);
  sq_link_set_doc(desk.link, other);
  desk_run(4096);
  desk_smooth(4096, 0.05F);
  DESK_NEAR((double)desk_output[0][0], 1.0);
  DESK_NEAR((double)desk_output[0][4095], 4.0);
  assert_true(desk_stats().strips == 2 && desk_stats().processors == 1 && desk_stats().edges == 2);
  sq_doc_free(old);
}

/// A session that holds the same strip with other values: it stays, and goes over to them.
static void what_is_in_both_documents_goes_over_to_its_new_values(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_PRE, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.1);
  SqDoc *old = desk.doc, *other = sq_doc_new(2);
  sq_doc_reserve(other, 1000, 100);
  sq_edits_cleanup(&desk.edits);
  sq_edits_init(&desk.edits, other);
  desk.doc = other;
  sq_edits_put(&desk.edits, sq_strip_copy(sq_doc_strip(old, a)));
  sq_edits_put(&desk.edits, sq_strip_copy(sq_doc_strip(old, bus)));
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_set(&desk, a, SQ_STRIP_PAN, 0.5);
  mix_set(&desk, sq_doc_strip(other, a)->sends[0].handle, SQ_SEND_GAIN_DB, 0.0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, 6.0206);
  mix_param(&desk, mix_insert(&desk, SQ_HANDLE_MASTER, "gain", 0), "gain", 6.0206);
  sq_edits_clear(&desk.edits);
  sq_link_set_doc(desk.link, other);
  assert_int_equal(desk_stats().edges, 4); // the same edges
  desk_run(4096);
  desk_smooth(4096, 0.02F);
  DESK_NEAR((double)desk_output[0][4095], 4.0 * (0.05 + 1.0));
  DESK_NEAR((double)desk_output[1][4095], 4.0 * (0.2 + 2.0));
  sq_doc_free(old);
}

/// Another document fades in where something plays; where nothing does it is there at once, and so is what comes later.
static void only_what_takes_over_fades_in(void **state) {
  for (int playing = 0; playing < 2; playing++) {
    if (playing) {
      desk_source("a", 0, 2);
      mix_commit(&desk, 0);
      desk_heard(0);
    }
    SqDoc *old = desk.doc, *other = sq_doc_new(2);
    sq_edits_cleanup(&desk.edits);
    sq_edits_init(&desk.edits, other);
    desk.doc = other;
    sq_doc_reserve(other, 1000 * (playing + 1), 100);
    const SqHandle b = desk_source("b", 1, 2);
    sq_edits_clear(&desk.edits);
    sq_link_set_doc(desk.link, other);
    assert_int_equal(sq_link_armed_frame(desk.link), 0);
    const SqHandle c = desk_source("c", 2, 2);
    mix_commit(&desk, 0);
    const SqRtEngine *engine = sq_link_engine(desk.link);
    desk_run(64);
    assert_int_equal(sq_rt_signal_settled(&sq_link_strip(desk.link, b)->edges[0].rt->level, engine->frame), !playing);
    assert_true(sq_rt_signal_settled(&sq_link_strip(desk.link, c)->edges[0].rt->level, engine->frame));
    DESK_NEAR(desk_heard(0), 2.0 + 4.0);
    sq_doc_free(old);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(what_is_removed_fades_and_leaves_nothing),
      WITH_DESK(a_bus_goes_with_the_last_that_feeds_it),
      WITH_DESK(many_come_and_go),
      WITH_DESK(a_long_way_is_no_later_than_a_short_one),
      WITH_DESK(structure_for_later_comes_on_its_frame),
      WITH_DESK(a_value_does_not_wait_for_the_plan),
      WITH_DESK(what_comes_and_goes_in_one_commit_never_was),
      WITH_DESK(undone_while_it_fades_it_comes_back_as_it_was),
      WITH_DESK(ways_that_turn_round_wait_for_each_other),
      WITH_DESK(many_ways_are_searched_in_no_time),
      WITH_DESK(another_document_takes_over_in_a_crossfade),
      WITH_DESK(what_is_in_both_documents_goes_over_to_its_new_values),
      WITH_DESK(only_what_takes_over_fades_in),
  };
  return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
