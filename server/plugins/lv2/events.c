// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/events.h"

#include <lv2/atom/util.h>
#include <math.h>
#include <string.h>

void sq_lv2_sequence_clear(SqLv2Sequence *sequence, const SqLv2Keys *keys) {
  sequence->atom->atom = (LV2_Atom){sizeof(LV2_Atom_Sequence_Body), keys->atom_sequence};
  sequence->atom->body = (LV2_Atom_Sequence_Body){0, 0};
}

void sq_lv2_sequence_offer(SqLv2Sequence *sequence, const SqLv2Keys *keys) {
  sequence->atom->atom = (LV2_Atom){sequence->capacity - (uint32_t)sizeof(LV2_Atom), keys->atom_chunk};
}

/// Room for an event with a body of `size` bytes at the sequence's end, or NULL.
static void *append(SqLv2Sequence *s, uint32_t frame, LV2_URID type, uint32_t size) {
  uint32_t at = (uint32_t)sizeof(LV2_Atom) + lv2_atom_pad_size(s->atom->atom.size);
  uint32_t total = (uint32_t)sizeof(LV2_Atom_Event) + lv2_atom_pad_size(size);
  if (at + total > s->capacity) {
    s->lost++;
    return NULL;
  }
  LV2_Atom_Event *event = (LV2_Atom_Event *)(void *)((char *)s->atom + at);
  event->time.frames = frame;
  event->body = (LV2_Atom){size, type};
  s->atom->atom.size = at + total - (uint32_t)sizeof(LV2_Atom);
  return event + 1;
}

// ---- MIDI in --------------------------------------------------------------------------------------------------------

/// Where messages go.
typedef struct {
  SqLv2Sequence *sequence;
  const SqLv2Keys *keys;
} SqLv2Sink;

static void append_midi(void *context, uint32_t frame, const uint8_t bytes[3], uint32_t n_bytes) {
  const SqLv2Sink *to = context;
  uint8_t *room = append(to->sequence, frame, to->keys->midi_event, n_bytes);
  if (room)
    memcpy(room, bytes, n_bytes);
}

void sq_lv2_sequence_event(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqRtMidiNotes *notes, const SqRtEvent *event,
                           uint32_t frame) {
  sq_rt_midi_write(notes, event, frame, append_midi, &(SqLv2Sink){sequence, keys});
}

void sq_lv2_sequence_hush(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqRtMidiNotes *notes) {
  sq_rt_midi_hush(notes, append_midi, &(SqLv2Sink){sequence, keys});
}

// ---- time in --------------------------------------------------------------------------------------------------------

/// The seven (and one) properties in the order written; each is {key, context, atom, 8 bytes of value}.
typedef struct {
  LV2_Atom_Property_Body head;
  union {
    int64_t l;
    int32_t i;
    float f;
    double d;
  } value;
} SqLv2Property;

typedef struct {
  LV2_Atom_Object_Body object;
  SqLv2Property frame, speed, bar, bar_beat, beat, beat_unit, beats_per_bar, beats_per_minute;
} SqLv2Position;

static LV2_Atom_Property_Body head(LV2_URID key, uint32_t size, LV2_URID type) {
  return (LV2_Atom_Property_Body){key, 0, {size, type}};
}

void sq_lv2_sequence_time(SqLv2Sequence *sequence, const SqLv2Keys *keys, const SqRtTime *time) {
  SqLv2Position *p = append(sequence, 0, keys->atom_object, sizeof *p);
  if (!p)
    return;
  uint32_t unit = time->beat_unit ? time->beat_unit : 4, per_bar = time->beats_per_bar ? time->beats_per_bar : 4;
  double beats = time->beats * unit / 4; // quarter notes to beat units
  double bar = floor(beats / per_bar);
  memset(p, 0, sizeof *p);
  p->object = (LV2_Atom_Object_Body){0, keys->time_position};
  p->frame.head = head(keys->time_frame, 8, keys->atom_long);
  p->frame.value.l = (int64_t)time->position_frames;
  p->speed.head = head(keys->time_speed, 4, keys->atom_float);
  p->speed.value.f = time->rolling ? 1 : 0;
  p->bar.head = head(keys->time_bar, 8, keys->atom_long);
  p->bar.value.l = (int64_t)bar;
  p->bar_beat.head = head(keys->time_bar_beat, 4, keys->atom_float);
  p->bar_beat.value.f = (float)(beats - bar * per_bar);
  p->beat.head = head(keys->time_beat, 8, keys->atom_double);
  p->beat.value.d = beats;
  p->beat_unit.head = head(keys->time_beat_unit, 4, keys->atom_int);
  p->beat_unit.value.i = (int32_t)unit;
  p->beats_per_bar.head = head(keys->time_beats_per_bar, 4, keys->atom_float);
  p->beats_per_bar.value.f = (float)per_bar;
  p->beats_per_minute.head = head(keys->time_beats_per_minute, 4, keys->atom_float);
  p->beats_per_minute.value.f = (float)(time->bpm * unit / 4);
}

// ---- MIDI out -------------------------------------------------------------------------------------------------------

void sq_lv2_sequence_collect(const SqLv2Sequence *sequence, const SqLv2Keys *keys, uint32_t start, SqRtEventsOut *out) {
  const LV2_Atom_Sequence *atom = sequence->atom;
  if (!out || atom->atom.type != keys->atom_sequence || atom->atom.size > sequence->capacity - sizeof(LV2_Atom) ||
      atom->atom.size < sizeof(LV2_Atom_Sequence_Body))
    return; // nothing was written
  const char *end = (const char *)&atom->body + atom->atom.size;
  const char *at = (const char *)(&atom->body + 1);
  while (at + sizeof(LV2_Atom_Event) <= end) {
    const LV2_Atom_Event *event = (const LV2_Atom_Event *)(const void *)at;
    const uint8_t *body = (const uint8_t *)(event + 1);
    uint32_t size = event->body.size;
    if (size > (size_t)(end - (const char *)body))
      return; // it lies about its size
    if (event->body.type == keys->midi_event && size >= 1 && size <= 3) {
      uint8_t bytes[3] = {0, 0, 0};
      memcpy(bytes, body, size);
      sq_rt_midi_collect(bytes, start + (uint32_t)(event->time.frames > 0 ? event->time.frames : 0), out);
    }
    at += sizeof(LV2_Atom_Event) + lv2_atom_pad_size(size);
  }
}
