// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Events as atoms: MIDI there and back, time, and buffers that are full or lie.
#include "unit/plugins/rig.h"

#include <lv2/atom/util.h>

#include "plugins/lv2/events.h"

static SqRtEvent note(bool on, uint32_t offset, float key) {
  return (SqRtEvent){
      .kind = on ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF, .offset = offset, .key = key, .value = 0.8, .id = 7};
}

/// What is written comes back the same, whatever the kind that MIDI can carry.
static void test_events_round_trip(void **state) {
  (void)state;
  SqLv2World *world;
  assert_int_equal(sq_lv2_world_open(NULL, (void **)&world), SQ_OK);
  uint64_t buffer[1024];
  SqLv2Sequence sequence = {(LV2_Atom_Sequence *)buffer, sizeof buffer, 0};
  SqRtMidiNotes notes = {0};
  const SqRtEvent in[] = {{.kind = SQ_EVENT_NOTE_ON, .key = 60.4f, .value = 0, .id = 9, .channel = 3},
                          {.kind = SQ_EVENT_PRESSURE, .id = 9, .value = 0.5, .channel = 3},
                          {.kind = SQ_EVENT_PRESSURE, .id = 8, .value = 0.5},
                          {.kind = SQ_EVENT_PRESSURE, .value = 1, .channel = 2},
                          {.kind = SQ_EVENT_CC, .index = 64, .value = 1},
                          {.kind = SQ_EVENT_BEND, .value = -1},
                          {.kind = SQ_EVENT_NOTE_BEND, .value = 1, .id = 9},
                          {.kind = SQ_EVENT_PROGRAM, .index = 5},
                          {.kind = SQ_EVENT_PARAM, .index = 5},
                          {.kind = SQ_EVENT_MIDI, .midi = {0xa1, 60, 10}},
                          {.kind = SQ_EVENT_NOTE_OFF, .key = 60, .value = 0.5, .channel = 3}};
  sq_lv2_sequence_clear(&sequence, &world->keys);
  for (uint32_t i = 0; i < sizeof in / sizeof in[0]; i++)
    sq_lv2_sequence_event(&sequence, &world->keys, &notes, &in[i], i);
  SqRtEvent room[16];
  SqRtEventsOut out = {room, 0, 16, 0};
  sq_lv2_sequence_collect(&sequence, &world->keys, 100, &out);
  assert_int_equal(out.n, 9);
  const uint16_t kinds[9] = {SQ_EVENT_NOTE_ON, SQ_EVENT_MIDI,    SQ_EVENT_PRESSURE, SQ_EVENT_CC,      SQ_EVENT_BEND,
                             SQ_EVENT_BEND,    SQ_EVENT_PROGRAM, SQ_EVENT_MIDI,     SQ_EVENT_NOTE_OFF};
  const uint32_t offsets[9] = {100, 101, 103, 104, 105, 106, 107, 109, 110};
  for (uint32_t i = 0; i < 9; i++) {
    assert_int_equal(room[i].kind, kinds[i]);
    assert_int_equal(room[i].offset, offsets[i]);
  }
  assert_float_equal(room[0].key, 60, 0);
  assert_float_equal(room[0].value, 1 / 127.0f, 1e-6); // velocity 0 would have been a note-off
  assert_int_equal(room[0].channel, 3);
  assert_memory_equal(room[1].midi, ((uint8_t[]){0xa3, 60, 64}), 3);
  assert_float_equal(room[4].value, -1, 0);
  assert_float_equal(room[5].value, 0.5, 1e-9); // one of the two semitones of a bend
  assert_int_equal(room[6].index, 5);
  out = (SqRtEventsOut){room, 0, 2, 0};
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 2);
  assert_int_equal(out.lost, 7);
  sq_lv2_world_close(world);
}

static void test_full_sequence_counts_what_it_loses(void **state) {
  (void)state;
  SqLv2World *world;
  assert_int_equal(sq_lv2_world_open(NULL, (void **)&world), SQ_OK);
  uint64_t buffer[64];
  memset(buffer, 0x55, sizeof buffer);
  SqLv2Sequence sequence = {(LV2_Atom_Sequence *)buffer, 16 + 24 * 3, 0};
  SqRtMidiNotes notes = {0};
  SqRtEvent on = note(true, 0, 60);
  sq_lv2_sequence_clear(&sequence, &world->keys);
  for (uint32_t i = 0; i < 5; i++)
    sq_lv2_sequence_event(&sequence, &world->keys, &notes, &on, i);
  assert_int_equal(sequence.lost, 2);
  assert_int_equal(buffer[11], 0x5555555555555555ull);
  sq_lv2_world_close(world);
}

/// A plug-in that lies about sizes is not followed out of its buffer.
static void test_lying_sequence_is_not_followed(void **state) {
  (void)state;
  SqLv2World *world;
  assert_int_equal(sq_lv2_world_open(NULL, (void **)&world), SQ_OK);
  uint64_t buffer[16] = {0};
  SqLv2Sequence sequence = {(LV2_Atom_Sequence *)buffer, sizeof buffer, 0};
  SqRtEvent room[4];
  SqRtEventsOut out = {room, 0, 4, 0};
  buffer[0] = 0xfffffff0u | (uint64_t)world->keys.atom_sequence << 32;
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 0);
  buffer[0] = 40 | (uint64_t)world->keys.atom_sequence << 32;
  buffer[3] = 0xffffffffu | (uint64_t)world->keys.midi_event << 32;
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 0);
  buffer[0] = 24 | (uint64_t)world->keys.atom_sequence << 32; // ends where the body of the event begins
  buffer[3] = 3 | (uint64_t)world->keys.midi_event << 32;
  buffer[4] = 0x403c90;
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 0);
  buffer[0] += 8;
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 1); // and now it is told
  sq_lv2_world_close(world);
}

/// What a second port or copy says is put in its place.
static void test_collected_events_are_sorted(void **state) {
  (void)state;
  SqLv2World *world;
  assert_int_equal(sq_lv2_world_open(NULL, (void **)&world), SQ_OK);
  uint64_t buffer[64];
  SqLv2Sequence sequence = {(LV2_Atom_Sequence *)buffer, sizeof buffer, 0};
  SqRtMidiNotes notes = {0};
  SqRtEvent room[16], on = note(true, 0, 60), off = note(false, 0, 60);
  SqRtEventsOut out = {room, 0, 16, 0};
  sq_lv2_sequence_clear(&sequence, &world->keys);
  sq_lv2_sequence_event(&sequence, &world->keys, &notes, &on, 10);
  sq_lv2_sequence_event(&sequence, &world->keys, &notes, &off, 30);
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  sq_lv2_sequence_clear(&sequence, &world->keys);
  sq_lv2_sequence_event(&sequence, &world->keys, &notes, &on, 5);
  sq_lv2_sequence_event(&sequence, &world->keys, &notes, &off, 10);
  sq_lv2_sequence_collect(&sequence, &world->keys, 0, &out);
  assert_int_equal(out.n, 4);
  const uint32_t offsets[4] = {5, 10, 10, 30};
  for (uint32_t i = 0; i < 4; i++)
    assert_int_equal(room[i].offset, offsets[i]);
  assert_int_equal(room[1].kind, SQ_EVENT_NOTE_ON); // of one frame: in order of arrival
  sq_lv2_world_close(world);
}

/// 6/8 at 90 quarter notes a minute, 13 quarters from the start: bar 4, beat 2 of its eighths.
static void test_time_is_told_in_beat_units(void **state) {
  (void)state;
  SqLv2World *world;
  assert_int_equal(sq_lv2_world_open(NULL, (void **)&world), SQ_OK);
  const SqLv2Keys *k = &world->keys;
  uint64_t buffer[64];
  SqLv2Sequence sequence = {(LV2_Atom_Sequence *)buffer, sizeof buffer, 0};
  const SqRtTime time = {
      .rolling = true, .beats = 13, .bpm = 90, .beats_per_bar = 6, .beat_unit = 8, .position_frames = 1ull << 40};
  sq_lv2_sequence_clear(&sequence, k);
  sq_lv2_sequence_time(&sequence, k, &time);
  const LV2_Atom_Event *event = lv2_atom_sequence_begin(&sequence.atom->body);
  assert_int_equal(event->time.frames, 0);
  const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
  assert_int_equal(object->body.otype, k->time_position);
  const LV2_Atom *frame = NULL, *speed = NULL, *bar = NULL, *bar_beat = NULL, *beat = NULL, *unit = NULL, *bpm = NULL;
  lv2_atom_object_get(object, k->time_frame, &frame, k->time_speed, &speed, k->time_bar, &bar, k->time_bar_beat,
                      &bar_beat, k->time_beat, &beat, k->time_beat_unit, &unit, k->time_beats_per_minute, &bpm, 0);
  assert_true(frame->type == k->atom_long && ((const LV2_Atom_Long *)frame)->body == 1ll << 40);
  assert_true(speed->type == k->atom_float && ((const LV2_Atom_Float *)speed)->body == 1);
  assert_true(bar->type == k->atom_long && ((const LV2_Atom_Long *)bar)->body == 4);
  assert_true(bar_beat->type == k->atom_float && ((const LV2_Atom_Float *)bar_beat)->body == 2);
  assert_true(beat->type == k->atom_double && ((const LV2_Atom_Double *)beat)->body == 26);
  assert_true(unit->type == k->atom_int && ((const LV2_Atom_Int *)unit)->body == 8);
  assert_true(bpm->type == k->atom_float && ((const LV2_Atom_Float *)bpm)->body == 180);
  sq_lv2_world_close(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_events_round_trip),
      cmocka_unit_test(test_full_sequence_counts_what_it_loses),
      cmocka_unit_test(test_lying_sequence_is_not_followed),
      cmocka_unit_test(test_collected_events_are_sorted),
      cmocka_unit_test(test_time_is_told_in_beat_units),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
