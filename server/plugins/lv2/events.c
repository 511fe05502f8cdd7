// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/events.h"

#include <lv2/atom/util.h>
#include <math.h>
#include <string.h>

#define SQ_LV2_BEND_RANGE 2.0 ///< semitones: the General MIDI default, the only one that can be assumed

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

static void append_midi(SqLv2Sequence *s, const SqLv2Keys *keys, uint32_t frame, const uint8_t bytes[3]) {
  bool two = (bytes[0] & 0xe0) == 0xc0; // program and channel pressure
  bool one = bytes[0] >= 0xf4 && bytes[0] != 0xf7;
  uint32_t size = one ? 1 : two || bytes[0] == 0xf1 || bytes[0] == 0xf3 ? 2 : 3;
  uint8_t *to = append(s, frame, keys->midi_event, size);
  if (to)
    memcpy(to, bytes, size);
}

static uint8_t seven_bits(double value, double scale) {
  return (uint8_t)fmin(fmax(round(value * scale), 0), 127);
}

static void hold(SqLv2Notes *notes, uint32_t channel, uint32_t key, uint32_t id) {
  notes->held[channel][key >> 6] |= 1ull << (key & 63);
  notes->ids[key] = id;
  notes->channels[key] = (uint8_t)channel;
}

static void let_go(SqLv2Notes *notes, uint32_t channel, uint32_t key) {
  notes->held[channel][key >> 6] &= ~(1ull << (key & 63));
}

/// Raw MIDI holds and lets go too.
static void follow(SqLv2Notes *notes, const uint8_t bytes[3]) {
  uint32_t channel = bytes[0] & 15u, key = bytes[1] & 127u;
  if ((bytes[0] & 0xf0) == 0x90 && bytes[2] > 0)
    hold(notes, channel, key, 0);
  else if ((bytes[0] & 0xe0) == 0x80)
    let_go(notes, channel, key);
}

/// The key that a note id sounds on, or 128.
static uint32_t key_of(const SqLv2Notes *notes, uint32_t id) {
  for (uint32_t key = 0; key < 128; key++)
    if (notes->ids[key] == id && (notes->held[notes->channels[key]][key >> 6] >> (key & 63) & 1))
      return key;
  return 128;
}

/// Every held note ends by a note-off of its own (some plug-ins do not know controller 123), then the controller.
static void all_off(SqLv2Sequence *s, const SqLv2Keys *keys, SqLv2Notes *notes, uint32_t frame) {
  for (uint32_t channel = 0; channel < 16; channel++) {
    for (uint32_t key = 0; key < 128; key++)
      if (notes->held[channel][key >> 6] >> (key & 63) & 1)
        append_midi(s, keys, frame, (uint8_t[]){(uint8_t)(0x80 | channel), (uint8_t)key, 64});
    notes->held[channel][0] = notes->held[channel][1] = 0;
  }
  for (uint8_t channel = 0; channel < 16; channel++)
    append_midi(s, keys, frame, (uint8_t[]){0xb0 | channel, 123, 0});
}

static void bend_bytes(uint8_t bytes[3], uint8_t channel, double bend) {
  uint32_t wheel = (uint32_t)fmin(fmax(round(8192 + bend * 8192), 0), 16383);
  bytes[0] = 0xe0 | channel;
  bytes[1] = wheel & 127;
  bytes[2] = (uint8_t)(wheel >> 7);
}

/// The message for an event of one note or channel; false: there is none.
static bool midi_of(const SqRtEvent *e, SqLv2Notes *notes, uint8_t b[3]) {
  uint8_t channel = e->channel & 15, key = seven_bits((double)e->key, 1);
  switch (e->kind) {
  case SQ_EVENT_NOTE_ON:
    b[0] = 0x90 | channel, b[1] = key, b[2] = seven_bits(fmax(e->value, 1 / 127.0), 127); // 0 would be a note-off
    hold(notes, channel, key, e->id);
    return true;
  case SQ_EVENT_NOTE_OFF:
    b[0] = 0x80 | channel, b[1] = key, b[2] = seven_bits(e->value, 127);
    let_go(notes, channel, key);
    return true;
  case SQ_EVENT_NOTE_BEND:
    bend_bytes(b, channel, e->value / SQ_LV2_BEND_RANGE);
    return true;
  case SQ_EVENT_PRESSURE: {
    uint32_t held = e->id ? key_of(notes, e->id) : 128;
    b[0] = (held < 128 ? 0xa0 : 0xd0) | channel;
    b[1] = held < 128 ? (uint8_t)held : seven_bits(e->value, 127);
    b[2] = seven_bits(e->value, 127);
    return e->id == 0 || held < 128;
  }
  case SQ_EVENT_TIMBRE:
    b[0] = 0xb0 | channel, b[1] = 74, b[2] = seven_bits(e->value, 127);
    return true;
  case SQ_EVENT_CC:
    b[0] = 0xb0 | channel, b[1] = e->index & 127, b[2] = seven_bits(e->value, 127);
    return true;
  case SQ_EVENT_BEND:
    bend_bytes(b, channel, e->value);
    return true;
  case SQ_EVENT_PROGRAM:
    b[0] = 0xc0 | channel, b[1] = e->index & 127, b[2] = 0;
    return true;
  case SQ_EVENT_MIDI:
    memcpy(b, e->midi, 3);
    follow(notes, b);
    return b[0] >= 0x80 && b[0] != 0xf0 && b[0] != 0xf7;
  default:
    return false;
  }
}

void sq_lv2_sequence_event(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqLv2Notes *notes, const SqRtEvent *event,
                           uint32_t frame) {
  uint8_t bytes[3];
  if (event->kind == SQ_EVENT_ALL_OFF)
    all_off(sequence, keys, notes, frame);
  else if (midi_of(event, notes, bytes))
    append_midi(sequence, keys, frame, bytes);
}

void sq_lv2_sequence_hush(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqLv2Notes *notes) {
  for (uint8_t channel = 0; channel < 16; channel++)
    append_midi(sequence, keys, 0, (uint8_t[]){0xb0 | channel, 120, 0});
  all_off(sequence, keys, notes, 0);
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

/// The event that three MIDI bytes mean.
static SqRtEvent event_of(const uint8_t b[3], uint32_t offset) {
  SqRtEvent e = {.offset = offset, .kind = SQ_EVENT_MIDI, .channel = b[0] & 15u};
  memcpy(e.midi, b, 3);
  switch (b[0] & 0xf0) {
  case 0x80:
  case 0x90:
    e.kind = (b[0] & 0x10) && b[2] ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF;
    e.key = b[1];
    e.value = b[2] / 127.0;
    break;
  case 0xb0:
    e.kind = SQ_EVENT_CC;
    e.index = b[1];
    e.value = b[2] / 127.0;
    break;
  case 0xc0:
    e.kind = SQ_EVENT_PROGRAM;
    e.index = b[1];
    break;
  case 0xd0:
    e.kind = SQ_EVENT_PRESSURE;
    e.value = b[1] / 127.0;
    break;
  case 0xe0:
    e.kind = SQ_EVENT_BEND;
    e.value = ((b[2] << 7 | b[1]) - 8192) / 8192.0;
    break;
  default:
    break;
  }
  return e;
}

/// Puts `e` behind the last event that is not later.
static void insert_sorted(SqRtEventsOut *out, SqRtEvent e) {
  if (out->n == out->cap) {
    out->lost++;
    return;
  }
  uint32_t at = out->n++;
  for (; at > 0 && out->events[at - 1].offset > e.offset; at--)
    out->events[at] = out->events[at - 1];
  out->events[at] = e;
}

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
      insert_sorted(out, event_of(bytes, start + (uint32_t)(event->time.frames > 0 ? event->time.frames : 0)));
    }
    at += sizeof(LV2_Atom_Event) + lv2_atom_pad_size(size);
  }
}
