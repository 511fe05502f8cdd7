// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Zones of samplers in the link: loaded by jobs, heard when they are there, told once each, whatever goes meanwhile.
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/internal.h"
#include "media/cache.h"
#include "processors/sampler_zone.h"
#include "tests/unit/link/desk.h"

static char folder[] = "/tmp/sq-test-zones-XXXXXX";
static char paths[3][100], missing[100];

enum { FRAMES = 4000 };

/// Sounds 0 and 1 are 1 and 0.5 all along, in one channel; sound 2 rises from 0 to 1.
static int make_sounds(void **state) {
  if (!mkdtemp(folder))
    return -1;
  for (int k = 0; k < 3; k++) {
    SF_INFO info = {.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT, .channels = 1, .samplerate = 48000};
    snprintf(paths[k], sizeof paths[k], "%s/%d.wav", folder, k);
    SNDFILE *file = sf_open(paths[k], SFM_WRITE, &info);
    for (int i = 0; i < FRAMES; i++) {
      const float level = k == 2 ? (float)i / FRAMES : k ? 0.5F : 1.0F;
      sf_writef_float(file, &level, 1);
    }
    sf_close(file);
  }
  snprintf(missing, sizeof missing, "%s/none.wav", folder);
  return 0;
}

static int remove_sounds(void **state) {
  unlink(paths[0]);
  unlink(paths[1]);
  unlink(paths[2]);
  return rmdir(folder);
}

static SqHandle sampler;

/// A zone of file `path` on the keys from lo on, in the edits; returns its handle.
static SqHandle add_zone(const char *path, double lo, double hi) {
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
  const SqZone zone = {.handle = sq_doc_next_handle(desk.doc),
                       .path = (char *)path,
                       .root = 60,
                       .lo = lo,
                       .hi = hi,
                       .vhi = 1,
                       .end = -1,
                       .loop_start = -1,
                       .loop_end = -1};
  sq_proc_add_zone(after->generator, &zone);
  sq_edits_put(&desk.edits, after);
  return zone.handle;
}

static void remove_zone(SqHandle zone) {
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
  sq_proc_remove_zone(after->generator, zone);
  sq_edits_put(&desk.edits, after);
}

static void loaded(void) {
  while (sq_jobs_pending(desk.jobs)) {
    sq_jobs_wait(desk.jobs, 1000);
    sq_jobs_collect(desk.jobs, NULL, NULL);
  }
  sq_link_collect(desk.link);
}

static SqLinkState state_now(void) {
  SqLinkState now = SQ_LINK_FAILED;
  sq_link_proc(desk.link, mix_generator(&desk, sampler), &now, NULL, NULL);
  return now;
}

static void note(uint64_t frame) {
  const SqEvent event = {.kind = SQ_EVENT_NOTE_ON, .key = 60.0F, .value = 1.0};
  assert_int_equal(sq_link_event(desk.link, mix_generator(&desk, sampler), &event, frame, 0), SQ_OK);
}

/// The level of a note on key 60 well into its sound, then all is quiet again.
static double level_of_note(void) {
  note(0);
  desk_run(1024);
  const double level = (double)desk_output[0][1000];
  desk_run(8192);
  assert_true(desk_output[0][8191] == 0.0F);
  return level;
}

static int with_sampler(void **state) {
  desk_open(2);
  sampler = mix_source(&desk, "s", 2, "sampler");
  mix_commit(&desk, 0);
  desk_run(2048);
  memset(desk.notices, 0, sizeof desk.notices);
  return 0;
}

static uint32_t told(SqNoticeKind kind) {
  return desk.notices[kind];
}

static void a_zone_plays_when_it_is_loaded(void **state) {
  add_zone(paths[0], 0, 127);
  assert_int_equal(state_now(), SQ_LINK_READY);
  mix_commit(&desk, 0);
  assert_int_equal(state_now(), SQ_LINK_BUILDING); // nothing is playable yet
  assert_true(sq_link_zones_loading(desk.link, mix_generator(&desk, sampler)));
  assert_int_equal(told(SQ_NOTICE_ZONE_READY), 0);
  loaded();
  assert_int_equal(state_now(), SQ_LINK_READY);
  assert_false(sq_link_zones_loading(desk.link, mix_generator(&desk, sampler)));
  assert_true(told(SQ_NOTICE_ZONE_READY) == 1 && told(SQ_NOTICE_READY) == 1);
  const double one = level_of_note();
  assert_true(one > 0.5);

  add_zone(paths[1], 0, 127); // both sound
  mix_commit(&desk, 0);
  assert_int_equal(state_now(), SQ_LINK_READY); // others go on
  DESK_NEAR(level_of_note(), one);
  loaded();
  DESK_NEAR(level_of_note(), 1.5 * one);
  assert_true(told(SQ_NOTICE_ZONE_READY) == 2 && told(SQ_NOTICE_READY) == 2);
}

static void what_cannot_be_loaded_is_told_and_the_others_play(void **state) {
  add_zone(paths[0], 0, 127);
  add_zone(missing, 0, 127);
  mix_commit(&desk, 0);
  loaded();
  assert_true(told(SQ_NOTICE_ZONE_READY) == 1 && told(SQ_NOTICE_ZONE_FAILED) == 1);
  assert_int_equal(state_now(), SQ_LINK_READY);
  assert_true(level_of_note() > 0.5);
}

static void a_zone_goes_and_changes_without_a_job(void **state) {
  const SqHandle first = add_zone(paths[0], 0, 127), second = add_zone(paths[1], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  const double both = level_of_note();
  remove_zone(second);
  mix_commit(&desk, 0);
  assert_int_equal(sq_jobs_pending(desk.jobs), 0);
  DESK_NEAR(level_of_note(), both / 1.5);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
  after->generator->zones[0].gain_db = -6.0205999;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  assert_int_equal(sq_jobs_pending(desk.jobs), 0);
  DESK_NEAR(level_of_note(), both / 3.0);
  remove_zone(first);
  mix_commit(&desk, 0);
  assert_true(level_of_note() == 0.0);
  sq_link_collect(desk.link);
  assert_int_equal(told(SQ_NOTICE_ZONE_READY), 2); // each once
}

static void a_zone_that_goes_before_it_is_loaded_is_told(void **state) {
  const SqHandle zone = add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  remove_zone(zone);
  mix_commit(&desk, 0);
  loaded();
  assert_true(told(SQ_NOTICE_ZONE_FAILED) == 1 && told(SQ_NOTICE_ZONE_READY) == 0);
  assert_int_equal(state_now(), SQ_LINK_READY);
  assert_true(level_of_note() == 0.0);
}

static void what_is_known_is_told_while_others_are_loaded(void **state) {
  const SqHandle first = add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  remove_zone(first); // before it is loaded
  add_zone(paths[1], 0, 127);
  mix_commit(&desk, 0);
  sq_link_collect(desk.link);
  assert_int_equal(told(SQ_NOTICE_ZONE_FAILED), 1);
  loaded();
  assert_true(told(SQ_NOTICE_ZONE_FAILED) == 1 && told(SQ_NOTICE_ZONE_READY) == 1 && told(SQ_NOTICE_READY) == 1);
}

/// Who waits for the sampler is told when nothing of it is on its way any more.
static void a_sampler_is_not_ready_while_something_is_loaded(void **state) {
  add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  assert_int_equal(told(SQ_NOTICE_READY), 1);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
  after->generator->zones[0].gain_db = -6.0;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0); // heard at once
  add_zone(paths[1], 0, 127);
  mix_commit(&desk, 0);
  sq_link_collect(desk.link);
  assert_int_equal(told(SQ_NOTICE_READY), 1);
  loaded();
  assert_int_equal(told(SQ_NOTICE_READY), 2);
}

static void sounds_that_nobody_plays_are_forgotten(void **state) {
  add_zone(paths[0], 0, 127);
  const SqHandle second = add_zone(paths[1], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  desk_run(1024);
  assert_int_equal(sq_sample_cache_count(desk.link->samples), 2);
  remove_zone(second);
  mix_commit(&desk, 0);
  desk_run(1024);
  assert_int_equal(sq_sample_cache_count(desk.link->samples), 1);
  mix_remove(&desk, sampler);
  mix_commit(&desk, 0);
  desk_run(4096);
  assert_int_equal(sq_sample_cache_count(desk.link->samples), 0);
}

static void a_zone_that_comes_while_others_are_loaded_is_loaded_next(void **state) {
  add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  add_zone(paths[1], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  assert_true(told(SQ_NOTICE_ZONE_READY) == 2 && told(SQ_NOTICE_ZONE_FAILED) == 0);
  const double both = level_of_note();
  assert_true(both > 1.2); // 1.5 of the one above
}

static void a_sampler_that_goes_takes_its_zones_along(void **state) {
  add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  mix_remove(&desk, sampler);
  mix_commit(&desk, 0);
  desk_run(4096);
  sq_link_collect(desk.link);
  loaded();
  desk_run(4096);
  sq_link_collect(desk.link);
  assert_int_equal(told(SQ_NOTICE_ZONE_READY) + told(SQ_NOTICE_ZONE_FAILED), 1);
}

static void a_set_for_later_is_not_overtaken(void **state) {
  const SqHandle first = add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  const double one = level_of_note();
  const uint64_t now = sq_link_frame(desk.link);
  remove_zone(first); // from 4096 frames on it is silent
  mix_commit(&desk, now + 4096);
  note(now + 16);
  desk_run(1024);
  DESK_NEAR((double)desk_output[0][1000], one);
  add_zone(paths[1], 0, 127); // loaded at once, heard after the removal: never with the first one gone too early
  mix_commit(&desk, 0);
  loaded();
  desk_run(2048);
  assert_true(desk_output[0][2000] > 0.5 * one); // the first one's note is not cut before its time
  desk_run(4096);
  desk_run(4096);
  DESK_NEAR(level_of_note(), one / 2.0);
}

static void a_note_on_the_first_frame_of_all_finds_its_zone(void **state) {
  add_zone(paths[0], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  note(0);
  assert_int_equal(sq_link_frame(desk.link), 0);
  desk_run(1024);
  assert_true(desk_output[0][1000] > 0.5F);
}

static int with_new_sampler(void **state) {
  desk_open(2);
  sampler = mix_source(&desk, "s", 2, "sampler");
  return 0;
}

/// A note on key 60 at velocity 0.5 for 300 frames: what is heard `at` frames after it began.
static double rising(uint32_t at) {
  const SqHandle proc = mix_generator(&desk, sampler);
  SqEvent event = {.kind = SQ_EVENT_NOTE_ON, .id = 7, .key = 60.0F, .value = 0.5};
  assert_int_equal(sq_link_event(desk.link, proc, &event, 0, 0), SQ_OK);
  event.kind = SQ_EVENT_NOTE_OFF;
  assert_int_equal(sq_link_event(desk.link, proc, &event, sq_link_frame(desk.link) + 300, 0), SQ_OK);
  desk_run(at + 1);
  const double level = (double)desk_output[0][at];
  desk_run(8192); // to its end
  return level;
}

/// Each thing that a zone says is heard, as soon as it is said.
static void what_a_zone_says_is_heard(void **state) {
  const struct {
    SqZone zone;
    uint32_t at;
    double heard; ///< place in the sound; 0: nothing
  } rows[] = {
      {.at = 200, .heard = 200},
      {.at = 3000, .heard = 3000},
      {.zone.root = 48, .at = 1000, .heard = 2000},
      {.zone.tune_cents = 1200, .at = 1000, .heard = 2000},
      {.zone.gain_db = -6.0205999, .at = 1000, .heard = 500},
      {.zone.start = 1500, .at = 1000, .heard = 2500},
      {.zone.end = 900, .at = 1000},
      {.zone.end = 1100, .at = 1000, .heard = 1000},
      {.zone.lo = 60, .at = 1000, .heard = 1000},
      {.zone.lo = 61, .at = 1000},
      {.zone.hi = 59, .at = 1000},
      {.zone.hi = 60, .at = 1000, .heard = 1000},
      {.zone.vlo = 0.51, .at = 1000},
      {.zone.vlo = 0.49, .at = 1000, .heard = 1000},
      {.zone.vhi = 0.49, .at = 1000},
      {.zone.vhi = 0.51, .at = 1000, .heard = 1000},
      {.zone.mode = SQ_SAMPLER_GATE, .at = 200, .heard = 200},
      {.zone.mode = SQ_SAMPLER_GATE, .at = 3000},
      {.zone = {.mode = SQ_SAMPLER_LOOP, .loop_end = 160}, .at = 240, .heard = 80},
      {.zone = {.mode = SQ_SAMPLER_LOOP, .loop_start = 80, .loop_end = 160}, .at = 200, .heard = 120},
  };
  add_zone(paths[2], 0, 127);
  mix_commit(&desk, 0);
  loaded();
  const double unit = rising(1000) / 1000.0;
  assert_true(unit * FRAMES > 0.1);
  for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const SqZone *z = &rows[i].zone;
    SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
    SqZone *to = &after->generator->zones[0];
    to->root = z->root > 0 ? z->root : 60;
    to->tune_cents = z->tune_cents;
    to->gain_db = z->gain_db;
    to->start = z->start;
    to->end = z->end > 0 ? z->end : -1;
    to->lo = z->lo;
    to->hi = z->hi > 0 ? z->hi : 127;
    to->vlo = z->vlo;
    to->vhi = z->vhi > 0 ? z->vhi : 1;
    to->mode = z->mode;
    to->loop_start = z->loop_start > 0 ? z->loop_start : -1;
    to->loop_end = z->loop_end > 0 ? z->loop_end : -1;
    sq_edits_put(&desk.edits, after);
    mix_commit(&desk, 0);
    const double heard = rising(rows[i].at) / unit;
    if (fabs(heard - rows[i].heard) > 2.0)
      fail_msg("row %u: heard %g, not %g", i, heard, rows[i].heard);
  }
}

/// A sound that plays on by itself is measured behind the fader as it is, in every period.
static void a_sound_that_goes_on_is_measured_behind_the_fader(void **state) {
  static SqLevels levels;
  add_zone(paths[0], 0, 127);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, sampler));
  after->generator->zones[0].mode = SQ_SAMPLER_LOOP;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  loaded();
  note(0);
  desk_run(4096);
  for (uint32_t i = 0; i < 12; i++) {
    static const double db[] = {0.0, -20.0, -6.0205999};
    if (i % 4 == 0) {
      mix_set(&desk, sampler, SQ_STRIP_GAIN_DB, db[i / 4]);
      mix_commit(&desk, 0);
      desk_run(2048);
    }
    if (i % 3 == 1) { // a short one between, so that each falls on either of two banks
      assert_true(sq_link_meters_turn(desk.link));
      desk_run(48);
      assert_true(sq_link_levels(desk.link, sampler, &levels));
    }
    assert_true(sq_link_meters_turn(desk.link));
    desk_run(1000);
    assert_true(sq_link_levels(desk.link, sampler, &levels) && sq_link_meters_turn(desk.link));
    desk_run(16);
    assert_true(sq_link_levels(desk.link, sampler, &levels) && levels.frames == 1000);
    assert_true(sq_link_strip(desk.link, sampler)->rt->coast->until > sq_link_frame(desk.link)); // it is lent ahead
    const double fader = pow(10.0, db[i / 4] / 20.0), before = (double)levels.pre[0].peak;
    assert_true(before > 0.5 && fabs((double)levels.post[0].peak - fader * before) < 1e-5);
    assert_true(fabs((double)levels.pre[0].squares - 1000.0 * before * before) < 0.1);
    assert_true(fabs((double)levels.post[0].squares - 1000.0 * fader * fader * before * before) < 0.1);
  }
}

static void values_that_a_sound_cannot_have_are_refused(void **state) {
  const SqHandle handle = add_zone(paths[0], 0, 127), proc = mix_generator(&desk, sampler);
  mix_commit(&desk, 0);
  char why[200] = "";
  SqZone zone = sq_doc_strip(desk.doc, sampler)->generator->zones[0];
  zone.start = FRAMES;
  assert_int_equal(sq_link_check_zone(desk.link, proc, &zone, why, sizeof why), SQ_OK); // not loaded: not known
  sq_link_zone_effective(desk.link, proc, &zone);
  assert_true(zone.end < 0);
  loaded();
  assert_int_equal(sq_link_check_zone(desk.link, proc, &zone, why, sizeof why), SQ_RANGE);
  assert_non_null(strstr(why, "start"));
  zone.start = 10;
  assert_int_equal(sq_link_check_zone(desk.link, proc, &zone, why, sizeof why), SQ_OK);
  sq_link_zone_effective(desk.link, proc, &zone);
  assert_true(zone.end == FRAMES && zone.loop_start == 0 && zone.loop_end == FRAMES && zone.root == 60);
  zone.handle = handle + 100; // no zone of it
  zone.start = FRAMES;
  assert_int_equal(sq_link_check_zone(desk.link, proc, &zone, why, sizeof why), SQ_OK);
  assert_false(sq_link_zones_loading(desk.link, 9999));
}

#define WITH_SAMPLER(test) cmocka_unit_test_setup_teardown(test, with_sampler, desk_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_SAMPLER(a_zone_plays_when_it_is_loaded),
      WITH_SAMPLER(what_cannot_be_loaded_is_told_and_the_others_play),
      WITH_SAMPLER(a_zone_goes_and_changes_without_a_job),
      WITH_SAMPLER(a_zone_that_goes_before_it_is_loaded_is_told),
      WITH_SAMPLER(what_is_known_is_told_while_others_are_loaded),
      WITH_SAMPLER(a_sampler_is_not_ready_while_something_is_loaded),
      WITH_SAMPLER(sounds_that_nobody_plays_are_forgotten),
      WITH_SAMPLER(a_zone_that_comes_while_others_are_loaded_is_loaded_next),
      WITH_SAMPLER(a_sampler_that_goes_takes_its_zones_along),
      WITH_SAMPLER(a_set_for_later_is_not_overtaken),
      cmocka_unit_test_setup_teardown(a_note_on_the_first_frame_of_all_finds_its_zone, with_new_sampler, desk_close),
      WITH_SAMPLER(what_a_zone_says_is_heard),
      WITH_SAMPLER(a_sound_that_goes_on_is_measured_behind_the_fader),
      WITH_SAMPLER(values_that_a_sound_cannot_have_are_refused),
  };
  return cmocka_run_group_tests(tests, make_sounds, remove_sounds);
}
