// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that the queue has no room for: none is refused, the newest of each is heard.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "link/internal.h"
#include "support/mix_rig.h"

#define SOURCES 3
#define FRAMES 4800u

typedef struct {
  MixRig rig;
  SqHandle source[SOURCES];
  float *x[2];
} Desk;

static void open_desk(Desk *d) {
  memset(d, 0, sizeof *d);
  mix_open(&d->rig, 2, 0, 0);
  for (int i = 0; i < SOURCES; i++)
    d->source[i] = mix_source(&d->rig, i == 0 ? "a" : i == 1 ? "b" : "c", 2, "tone");
  mix_commit(&d->rig, 0);
  for (int c = 0; c < 2; c++)
    d->x[c] = calloc(FRAMES, sizeof(float));
  mix_run(&d->rig, d->x, 0, 256, 64);
}

static void close_desk(Desk *d) {
  for (int c = 0; c < 2; c++)
    free(d->x[c]);
  mix_close(&d->rig);
}

/// One message that sets a number, as control does it.
static bool set(Desk *d, int source, double db) {
  MixRig *rig = &d->rig;
  mix_set(rig, d->source[source], SQ_STRIP_GAIN_DB, db);
  const bool room = sq_link_has_room(rig->link, &rig->edits, 0, 0);
  if (room)
    mix_commit(rig, 0);
  return room;
}

static void test_flood_is_heard_as_its_last(void **state) {
  static Desk flood, calm;
  open_desk(&flood);
  open_desk(&calm);
  for (uint32_t i = 0; i < 2 * SQ_QUEUE_MESSAGES; i++)
    for (int s = 0; s < SOURCES; s++)
      assert_true(set(&flood, s, -60.0 + (double)(i % 50)));
  for (int s = 0; s < SOURCES; s++) {
    assert_true(set(&flood, s, -6.0 - s));
    assert_true(set(&calm, s, -6.0 - s));
  }
  for (int i = 0; i < 20; i++) {
    mix_run(&flood.rig, flood.x, 0, FRAMES, 256);
    mix_run(&calm.rig, calm.x, 0, FRAMES, 256);
    sq_link_collect(flood.rig.link);
  }
  float loudest = 0.0F;
  for (uint32_t f = 0; f < FRAMES; f++)
    loudest = calm.x[0][f] > loudest ? calm.x[0][f] : loudest;
  assert_true(loudest > 0.1F);
  assert_memory_equal(flood.x[0], calm.x[0], FRAMES * sizeof(float));
  assert_memory_equal(flood.x[1], calm.x[1], FRAMES * sizeof(float));
  close_desk(&flood);
  close_desk(&calm);
  (void)state;
}

/// What has a time, or is more than a number, is refused while there is no room: it cannot be merged.
static void test_what_cannot_wait_is_refused(void **state) {
  static Desk d;
  open_desk(&d);
  for (uint32_t i = 0; i < 2 * SQ_QUEUE_MESSAGES; i++)
    assert_true(set(&d, 0, -60.0 + (double)(i % 50)));
  mix_set(&d.rig, d.source[0], SQ_STRIP_GAIN_DB, -3.0);
  assert_true(sq_link_has_room(d.rig.link, &d.rig.edits, 0, 0));
  assert_false(sq_link_has_room(d.rig.link, &d.rig.edits, 0, 9600));
  assert_false(sq_link_has_room(d.rig.link, &d.rig.edits, 1, 0));
  sq_edits_undo_to(&d.rig.edits, 0);
  sq_edits_ramp(&d.rig.edits, (SqValueRef){d.source[0], SQ_STRIP_GAIN_DB}, -3.0, 0.0, SQ_CURVE_LINEAR);
  assert_false(sq_link_has_room(d.rig.link, &d.rig.edits, 0, 0)); // a ramp has its way, even one of no time
  sq_edits_undo_to(&d.rig.edits, 0);
  close_desk(&d);
  (void)state;
}

/// Hundreds of numbers wait, some of them set again: each is heard with its newest value.
static void test_many_wait(void **state) {
  enum { MANY = 200 };
  static Desk d;
  open_desk(&d);
  SqHandle many[MANY];
  for (uint32_t i = 0; i < MANY; i++) {
    char name[8];
    snprintf(name, sizeof name, "m%u", i);
    many[i] = mix_source(&d.rig, name, 2, NULL);
  }
  mix_commit(&d.rig, 0);
  mix_run(&d.rig, d.x, 0, 256, 64);
  for (uint32_t i = 0; i < 2 * SQ_QUEUE_MESSAGES; i++)
    assert_true(set(&d, 0, -60.0 + (double)(i % 50)));
  for (uint32_t round = 0; round < 3; round++)
    for (uint32_t i = 0; i < MANY; i++)
      if (round == 0 || i % (2 + round) == 0) {
        mix_set(&d.rig, many[(i * 7) % MANY], SQ_STRIP_GAIN_DB, -1.0 - round - 0.1 * i);
        mix_commit(&d.rig, 0);
      }
  assert_int_equal(d.rig.link->n_late_sets, MANY + 1);
  for (int i = 0; i < 30; i++)
    mix_run(&d.rig, d.x, 0, FRAMES, 256);
  assert_int_equal(d.rig.link->n_late_sets, 0);
  for (uint32_t i = 0; i < MANY; i++) {
    const uint32_t last = i % 4 == 0 ? 2 : i % 3 == 0 ? 1 : 0;
    const double db = -1.0 - last - 0.1 * i;
    assert_true(sq_link_strip(d.rig.link, many[(i * 7) % MANY])->rt->fader.to == (float)sq_link_db_to_linear(db));
  }
  close_desk(&d);
  (void)state;
}

/// Room for n events is room for n events: what was promised is taken.
static void test_room_for_events_is_room(void **state) {
  static Desk d;
  open_desk(&d);
  uint32_t n = 0;
  while (sq_link_has_room(d.rig.link, &d.rig.edits, n + 1, 0))
    n++;
  assert_true(n > SQ_QUEUE_MESSAGES / 2 && n <= SQ_QUEUE_MESSAGES);
  const SqEvent event = {.kind = SQ_EVENT_NOTE_ON, .key = 60.0F, .value = 0.5};
  for (uint32_t i = 0; i < n; i++)
    assert_int_equal(sq_link_event(d.rig.link, mix_generator(&d.rig, d.source[0]), &event, 0, 0), SQ_OK);
  assert_false(sq_link_has_room(d.rig.link, &d.rig.edits, 1, 0));
  SqStatus last = SQ_OK;
  for (uint32_t i = 0; i < SQ_QUEUE_MESSAGES && last == SQ_OK; i++)
    last = sq_link_event(d.rig.link, mix_generator(&d.rig, d.source[0]), &event, 0, 0);
  assert_int_equal(last, SQ_BUSY);
  close_desk(&d);
  (void)state;
}

/// Room for an edit is room for all that comes of it: what was promised enters the queue at once, whole.
static void test_room_for_edits_is_room(void **state) {
  for (int kind = 0; kind < 2; kind++) {
    static Desk d;
    open_desk(&d);
    MixRig *rig = &d.rig;
    SqHandle buses[12], wide = mix_source(rig, "wide", SQ_MAX_CHANNELS, NULL);
    for (uint32_t i = 0; i < 12; i++) {
      char name[8];
      snprintf(name, sizeof name, "b%u", i);
      buses[i] = mix_bus(rig, name, 2);
    }
    mix_commit(rig, 0);
    mix_run(rig, d.x, 0, 256, 64);
    uint32_t n = 0;
    for (;; n++) {
      if (kind == 0) { // a matrix of 64 cells
        sq_edits_ramp(&rig->edits, (SqValueRef){wide, SQ_STRIP_PAN}, 0.01 * (n % 100), 0.02, SQ_CURVE_SMOOTH);
      } else { // a strip with all it has
        char name[16];
        snprintf(name, sizeof name, "s%u", n);
        const SqHandle strip = mix_source(rig, name, 2, "tone");
        SqStrip *after = sq_strip_copy(sq_doc_strip(rig->doc, strip));
        for (uint32_t k = 0; k < 12; k++)
          sq_strip_add_send(after, sq_doc_next_handle(rig->doc), buses[k]);
        sq_edits_put(&rig->edits, after);
        for (uint32_t k = 0; k < 6; k++)
          mix_insert(rig, strip, "gain", 0);
      }
      if (n % 10 != 9) // ten in one
        continue;
      if (!sq_link_has_room(rig->link, &rig->edits, 0, 0))
        break;
      mix_commit(rig, 0);
      assert_int_equal(rig->link->n_batch, 0);
    }
    assert_true(n > 100);
    sq_edits_undo_to(&rig->edits, 0);
    close_desk(&d);
  }
  (void)state;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_flood_is_heard_as_its_last),
                                     cmocka_unit_test(test_what_cannot_wait_is_refused),
                                     cmocka_unit_test(test_many_wait), cmocka_unit_test(test_room_for_events_is_room),
                                     cmocka_unit_test(test_room_for_edits_is_room)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
