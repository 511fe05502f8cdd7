// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What is asked of the sound and sent to one processor: meters, events, data, the transport, taps.
#include <stdlib.h>
#include <string.h>

#include "engine/tap.h"
#include "tests/unit/link/desk.h"

static void meters_say_what_was_since_they_last_turned(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  desk_run(4096);
  static SqLevels levels;
  assert_true(sq_link_meters_turn(desk.link));
  assert_false(sq_link_meters_turn(desk.link)); // the audio thread has not looked yet
  assert_true(sq_link_levels(desk.link, a, &levels));
  assert_true(levels.frames == 0 && levels.pre[0].peak == 0.0F && levels.post[1].squares == 0.0F);
  desk_run(1000);
  assert_true(sq_link_levels(desk.link, a, &levels)); // of the 4096 before
  assert_true(levels.frames == 4096 && levels.n_channels == 2);
  assert_true(levels.pre[1].peak == 2.0F && fabsf(levels.post[1].peak - 0.2F) < 1e-6F);
  assert_true(sq_link_levels(desk.link, a, &levels)); // each is read once
  assert_true(levels.frames == 0 && levels.pre[1].peak == 0.0F && levels.post[0].squares == 0.0F);
  assert_true(sq_link_meters_turn(desk.link));
  desk_run(10);
  assert_true(sq_link_levels(desk.link, a, &levels) && levels.frames == 1000);
  assert_true(fabsf(levels.pre[1].squares - 4000.0F) < 0.1F && fabsf(levels.post[1].squares - 40.0F) < 0.01F);
  assert_true(sq_link_levels(desk.link, SQ_HANDLE_MASTER, &levels) && levels.frames == 1000);
  assert_true(fabsf(levels.post[0].peak - 0.1F) < 1e-6F);
  assert_false(sq_link_levels(desk.link, 9999, &levels));
  sq_link_set_stopped(desk.link, true); // nobody plays: what is there can be read at once
  assert_true(sq_link_meters_turn(desk.link) && sq_link_meters_turn(desk.link));
  assert_true(sq_link_levels(desk.link, a, &levels));
}

static void a_pan_or_a_send_does_not_change_the_meter(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_PRE, 0.0);
  mix_set(&desk, a, SQ_STRIP_PAN, 1.0);
  mix_commit(&desk, 0);
  desk_run(4096);
  static SqLevels levels;
  sq_link_meters_turn(desk.link);
  desk_run(1000);
  sq_link_meters_turn(desk.link);
  desk_run(10);
  assert_true(sq_link_levels(desk.link, a, &levels));
  assert_true(levels.frames == 1000 && levels.pre[0].peak == 1.0F && levels.post[0].peak == 1.0F);
  assert_true(fabsf(levels.pre[1].squares - 4000.0F) < 0.1F);
}

/// One channel that goes to several, or to one, is measured once.
static void a_strip_of_one_channel_is_measured_once(void **state) {
  const SqHandle wide = desk_source("wide", 1, 1), narrow = desk_source("narrow", 1, 1), bus = mix_bus(&desk, "bus", 1);
  mix_route(&desk, narrow, bus);
  mix_send(&desk, wide, bus, SQ_TAP_POST, 0.0);
  mix_commit(&desk, 0);
  desk_run(4096);
  static SqLevels levels;
  sq_link_meters_turn(desk.link);
  desk_run(1000);
  sq_link_meters_turn(desk.link);
  desk_run(10);
  const SqHandle both[] = {wide, narrow};
  for (uint32_t i = 0; i < 2; i++) {
    assert_true(sq_link_levels(desk.link, both[i], &levels) && levels.frames == 1000 && levels.n_channels == 1);
    assert_true(levels.pre[0].peak == 2.0F && levels.post[0].peak == 2.0F);
    assert_true(fabsf(levels.pre[0].squares - 4000.0F) < 0.1F && fabsf(levels.post[0].squares - 4000.0F) < 0.1F);
  }
}

static void events_reach_their_processor(void **state) {
  const SqHandle a = mix_source(&desk, "a", 2, "sampler");
  mix_commit(&desk, 0);
  const SqEvent event = {.kind = SQ_EVENT_NOTE_ON, .key = 60.0F, .value = 1.0};
  assert_int_equal(sq_link_event(desk.link, 9999, &event, 0, 0), SQ_NOT_FOUND);
  assert_int_equal(sq_link_event(desk.link, a, &event, 0, 0), SQ_NOT_FOUND); // the strip is no processor
  assert_int_equal(sq_link_event(desk.link, mix_generator(&desk, a), &event, 0, 0), SQ_OK);
  uint32_t sent = 0;
  while (sq_link_event(desk.link, mix_generator(&desk, a), &event, 0, 0) == SQ_OK)
    sent++;
  assert_true(sent > SQ_QUEUE_MESSAGES / 2 && sent < SQ_QUEUE_MESSAGES); // full: busy, nothing is lost
  assert_int_equal(sq_link_event(desk.link, mix_generator(&desk, a), &event, 0, 0), SQ_BUSY);
  desk_run(64);
  assert_int_equal(sq_link_event(desk.link, mix_generator(&desk, a), &event, 0, 0), SQ_OK);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_true(stats.lost == 0 && stats.stale == 0);
}

static void an_event_that_comes_late_is_told(void **state) {
  const SqHandle a = mix_source(&desk, "a", 2, "sampler");
  mix_commit(&desk, 0);
  desk_run(1000);
  const SqEvent event = {.kind = SQ_EVENT_NOTE_ON, .key = 60.0F, .value = 1.0};
  assert_int_equal(sq_link_event(desk.link, mix_generator(&desk, a), &event, 500, 0), SQ_OK);
  desk_run(64);
  assert_int_equal(desk.notices[SQ_NOTICE_LATE], 1);
}

static uint32_t n_freed;

static void count_free(SqProcData *self) {
  n_freed++;
}

static void data_for_nobody_is_freed(void **state) {
  SqProcData data = {.free = count_free};
  n_freed = 0;
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  assert_int_equal(sq_link_swap(desk.link, 9999, &data), SQ_NOT_FOUND);
  assert_int_equal(n_freed, 1);
  assert_int_equal(sq_link_swap(desk.link, mix_generator(&desk, a), &data), SQ_OK); // it takes none: it comes back
  assert_int_equal(n_freed, 1);
  desk_run(64);
  assert_int_equal(n_freed, 2);
}

static void the_transport_goes_and_is_told(void **state) {
  const double rate = sq_link_rate(desk.link);
  assert_true(rate == MIX_RATE && !sq_link_position(desk.link)->rolling);
  assert_true(sq_link_beats_at(desk.link, 12345) == 0.0);
  const uint32_t generation = sq_link_transport_generation(desk.link);
  mix_set(&desk, SQ_HANDLE_GLOBAL, SQ_GLOBAL_BAR, 3.0);
  mix_set(&desk, SQ_HANDLE_GLOBAL, SQ_GLOBAL_UNIT, 8.0);
  mix_commit(&desk, 0);
  assert_int_equal(sq_link_set_transport(desk.link, true, 2.0, 90.0, 0), SQ_OK);
  assert_int_equal(sq_link_transport_generation(desk.link), generation + 1);
  desk_run(1000);
  assert_int_equal(desk.notices[SQ_NOTICE_TRANSPORT], 1);
  const SqPosition *p = sq_link_position(desk.link);
  assert_true(p->rolling && p->beats == 2.0 && p->bpm == 90.0 && p->anchor == 0);
  assert_true(fabs(sq_link_beats_at(desk.link, 48000) - 3.5) < 1e-12); // 1.5 beats a second
  assert_true(fabs(sq_link_frame_of(desk.link, 3.5) - 48000.0) < 1e-6);
  const SqRtTransport *t = &sq_link_engine(desk.link)->transport;
  assert_true(t->beats_per_bar == 3 && t->beat_unit == 8);
  assert_int_equal(sq_link_set_transport(desk.link, false, (double)NAN, 90.0, 2000), SQ_OK);
  desk_run(500);
  assert_true(p->rolling);
  desk_run(1000);
  assert_true(!p->rolling && p->anchor == 2000 && fabs(p->beats - (2.0 + 1.5 * 2000.0 / 48000.0)) < 1e-12);
}

static void values_of_an_older_transport_are_void(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_run(2048);
  sq_link_set_transport(desk.link, true, 0.0, 120.0, 0);
  desk_run(64);
  sq_link_set_voids(desk.link, sq_link_transport_generation(desk.link));
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -144.0);
  mix_commit(&desk, sq_link_frame(desk.link) + 1000);
  sq_link_set_voids(desk.link, 0);
  sq_link_set_transport(desk.link, false, 0.0, 120.0, 0); // it was planned for a song that does not play any more
  desk_run(2048);
  DESK_NEAR((double)desk_output[0][2047], 1.0);
}

/// Structure is of no time of the transport: what is made after such a value stays, and so does a mute.
static void structure_and_mutes_are_never_void(void **state) {
  const SqHandle a = desk_source("a", 0, 2), b = desk_source("b", 2, 2);
  mix_commit(&desk, 0);
  desk_run(2048);
  sq_link_set_transport(desk.link, true, 0.0, 120.0, 0);
  desk_run(64);
  sq_link_set_voids(desk.link, sq_link_transport_generation(desk.link));
  const uint64_t at = sq_link_frame(desk.link) + 1000;
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -144.0);
  mix_set(&desk, b, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, at);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -140.0);
  mix_commit(&desk, at);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_param(&desk, gain, "gain", 6.0206);
  desk_source("c", 3, 2);
  mix_commit(&desk, at);
  sq_link_set_voids(desk.link, 0);
  sq_link_set_transport(desk.link, false, 0.0, 120.0, 0);
  desk_run(4096);
  DESK_NEAR((double)desk_output[0][999], 1.0 + 4.0);
  DESK_NEAR((double)desk_output[0][4095], 2.0 + 8.0);
}

static void taps_are_written_and_let_go(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  desk_run(2048);
  static float memory[2][2 * 4096];
  static SqRtTap pre, post;
  assert_true(sq_rt_tap_init(&pre, memory[0], 2, 4096) && sq_rt_tap_init(&post, memory[1], 2, 4096));
  sq_rt_tap_start(&pre, 0);
  sq_rt_tap_start(&post, 0);
  sq_link_tap(desk.link, a, &pre, false, true);
  sq_link_tap(desk.link, a, &post, true, true);
  desk_run(512);
  float frame[2];
  assert_true(sq_ring_count(&pre.ring) == 512 && sq_ring_read(&pre.ring, frame) && frame[1] == 2.0F);
  assert_true(sq_ring_read(&post.ring, frame) && fabsf(frame[1] - 0.2F) < 1e-6F);
  const uint64_t number = sq_link_tap(desk.link, a, &pre, false, false);
  assert_false(sq_link_settled(desk.link, number));
  desk_run(512);
  assert_true(sq_link_settled(desk.link, number));
  assert_int_equal(sq_ring_count(&pre.ring), 511); // the one left is not written any more
  assert_int_equal(sq_ring_count(&post.ring), 1023);
  sq_link_settled(desk.link, sq_link_tap(desk.link, a, &post, true, false));
  desk_run(512);
  assert_int_equal(sq_ring_count(&post.ring), 1023);
}

/// Where no block comes any more a take ends all the same, once its stop has passed.
static void a_take_ends_where_no_block_comes(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_run(2048);
  static float memory[2 * 4096];
  static SqRtTap tap;
  assert_true(sq_rt_tap_init(&tap, memory, 2, 4096));
  sq_rt_tap_start(&tap, 0);
  sq_link_tap(desk.link, a, &tap, false, true);
  desk_run(512);
  const uint64_t now = sq_link_frame(desk.link);
  sq_rt_tap_stop(&tap, now);
  sq_link_tap_end(desk.link, &tap, false); // the next block will end it
  assert_int_equal(tap.state, SQ_TAP_RUNNING);
  sq_rt_tap_stop(&tap, now + 1);
  sq_link_set_stopped(desk.link, true);
  sq_link_tap_end(desk.link, &tap, false); // it is not over
  assert_int_equal(tap.state, SQ_TAP_RUNNING);
  sq_link_set_stopped(desk.link, false);
  sq_rt_tap_stop(&tap, now);
  sq_link_tap_end(desk.link, &tap, true);
  assert_int_equal(tap.state, SQ_TAP_ENDED);
  assert_true(tap.ended == now && sq_ring_count(&tap.ring) == 512);
}

/// What is on its way when the driver stops has happened.
static void stopping_takes_what_is_on_its_way(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_true(stats.queue_used > 0);
  sq_link_set_stopped(desk.link, true);
  sq_link_stats(desk.link, &stats);
  assert_int_equal(stats.queue_used, 0);
}

static void what_clips_is_told(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  sq_link_engine(desk.link)->ceiling = 1.5F; // 1 is below, 2 above
  for (uint32_t i = 0; i < 2; i++)
    desk_run(8192);
  assert_true(desk.notices[SQ_NOTICE_CLIP] >= 1);
  assert_true(desk_output[0][8191] == 1.0F && desk_output[1][8191] == 1.5F);
}

static void numbers_that_find_no_room_wait_with_their_newest_value(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_run(2048);
  for (uint32_t i = 0; i < 2 * SQ_QUEUE_MESSAGES; i++) { // nobody takes them
    mix_set(&desk, a, SQ_STRIP_GAIN_DB, i % 2 ? -20.0 : -40.0);
    assert_true(sq_link_has_room(desk.link, &desk.edits, 0, 0));
    mix_commit(&desk, 0);
  }
  for (uint32_t i = 0; i < 8; i++) // but structure has none
    desk_source("b", 2, 2);
  assert_false(sq_link_has_room(desk.link, &desk.edits, 0, 0));
  sq_edits_undo_to(&desk.edits, 0);
  sq_edits_clear(&desk.edits);
  desk_run(8192);
  DESK_NEAR((double)desk_output[0][8191], 0.1);
  desk_source("c", 2, 2);
  assert_true(sq_link_has_room(desk.link, &desk.edits, 0, 0));
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 4.1);
}

static void stopped_it_does_what_it_is_told_at_once(void **state) {
  sq_link_set_stopped(desk.link, true);
  char name[16];
  for (uint32_t i = 0; i < 400; i++) { // more messages than the queue would take in one
    snprintf(name, sizeof name, "s%u", i);
    const SqHandle s = desk_source(name, 0, 2);
    for (uint32_t k = 0; k < 100; k++)
      mix_set(&desk, s, SQ_STRIP_GAIN_DB, k == 99 ? -40.0 : 0.0);
  }
  assert_true(sq_link_has_room(desk.link, &desk.edits, 0, 0));
  mix_commit(&desk, 0);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_true(stats.queue_used == 0 && stats.strips == 401 && stats.messages > SQ_QUEUE_MESSAGES);
  sq_link_set_stopped(desk.link, false);
  desk_run(2048);
  assert_true(fabs((double)desk_output[0][2047] - 4.0) < 1e-3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(meters_say_what_was_since_they_last_turned),
      WITH_DESK(a_pan_or_a_send_does_not_change_the_meter),
      WITH_DESK(a_strip_of_one_channel_is_measured_once),
      WITH_DESK(events_reach_their_processor),
      WITH_DESK(an_event_that_comes_late_is_told),
      WITH_DESK(data_for_nobody_is_freed),
      WITH_DESK(the_transport_goes_and_is_told),
      WITH_DESK(values_of_an_older_transport_are_void),
      WITH_DESK(structure_and_mutes_are_never_void),
      WITH_DESK(taps_are_written_and_let_go),
      WITH_DESK(a_take_ends_where_no_block_comes),
      WITH_DESK(stopping_takes_what_is_on_its_way),
      WITH_DESK(what_clips_is_told),
      WITH_DESK(numbers_that_find_no_room_wait_with_their_newest_value),
      WITH_DESK(stopped_it_does_what_it_is_told_at_once),
  };
  return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
