// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/midi.h"

#include <math.h>
#include <string.h>

#define SQ_MIDI_BEND_RANGE 2.0 ///< semitones: the General MIDI default, the only one that can be assumed

// ---- MIDI in --------------------------------------------------------------------------------------------------------

static void give(SqRtMidiSink sink, void *context, uint32_t frame, const uint8_t bytes[3]) {
  bool two = (bytes[0] & 0xe0) == 0xc0; // program and channel pressure
  bool one = bytes[0] >= 0xf4 && bytes[0] != 0xf7;
  sink(context, frame, bytes, one ? 1 : two || bytes[0] == 0xf1 || bytes[0] == 0xf3 ? 2 : 3);
}

static uint8_t seven_bits(double value, double scale) {
  return (uint8_t)fmin(fmax(round(value * scale), 0), 127);
}

static void hold(SqRtMidiNotes *notes, uint32_t channel, uint32_t key, uint32_t id) {
  notes->held[channel][key >> 6] |= 1ull << (key & 63);
  notes->ids[key] = id;
  notes->channels[key] = (uint8_t)channel;
}

static void let_go(SqRtMidiNotes *notes, uint32_t channel, uint32_t key) {
  notes->held[channel][key >> 6] &= ~(1ull << (key & 63));
}

/// Raw MIDI holds and lets go too.
static void follow(SqRtMidiNotes *notes, const uint8_t bytes[3]) {
  uint32_t channel = bytes[0] & 15u, key = bytes[1] & 127u;
  if ((bytes[0] & 0xf0) == 0x90 && bytes[2] > 0)
    hold(notes, channel, key, 0);
  else if ((bytes[0] & 0xe0) == 0x80)
    let_go(notes, channel, key);
}

/// The key that a note id sounds on, or 128.
static uint32_t key_of(const SqRtMidiNotes *notes, uint32_t id) {
  for (uint32_t key = 0; key < 128; key++)
    if (notes->ids[key] == id && (notes->held[notes->channels[key]][key >> 6] >> (key & 63) & 1))
      return key;
  return 128;
}

/// Every held note ends by a note-off of its own (some plug-ins do not know controller 123), then the controller.
static void all_off(SqRtMidiNotes *notes, uint32_t frame, SqRtMidiSink sink, void *context) {
  for (uint32_t channel = 0; channel < 16; channel++) {
    for (uint32_t key = 0; key < 128; key++)
      if (notes->held[channel][key >> 6] >> (key & 63) & 1)
        give(sink, context, frame, (uint8_t[]){(uint8_t)(0x80 | channel), (uint8_t)key, 64});
    notes->held[channel][0] = notes->held[channel][1] = 0;
  }
  for (uint8_t channel = 0; channel < 16; channel++)
    give(sink, context, frame, (uint8_t[]){0xb0 | channel, 123, 0});
}

static void bend_bytes(uint8_t bytes[3], uint8_t channel, double bend) {
  uint32_t wheel = (uint32_t)fmin(fmax(round(8192 + bend * 8192), 0), 16383);
  bytes[0] = 0xe0 | channel;
  bytes[1] = wheel & 127;
  bytes[2] = (uint8_t)(wheel >> 7);
}

/// The message for an event of one note or channel; false: there is none.
static bool midi_of(const SqRtEvent *e, SqRtMidiNotes *notes, uint8_t b[3]) {
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
    bend_bytes(b, channel, e->value / SQ_MIDI_BEND_RANGE);
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

void sq_rt_midi_write(SqRtMidiNotes *notes, const SqRtEvent *event, uint32_t frame, SqRtMidiSink sink, void *context) {
  uint8_t bytes[3];
  if (event->kind == SQ_EVENT_ALL_OFF)
    all_off(notes, frame, sink, context);
  else if (midi_of(event, notes, bytes))
    give(sink, context, frame, bytes);
}

void sq_rt_midi_hush(SqRtMidiNotes *notes, SqRtMidiSink sink, void *context) {
  for (uint8_t channel = 0; channel < 16; channel++)
    give(sink, context, 0, (uint8_t[]){0xb0 | channel, 120, 0});
  all_off(notes, 0, sink, context);
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

void sq_rt_events_give(SqRtEventsOut *out, SqRtEvent event) {
  if (out->n == out->cap) {
    out->lost++;
    return;
  }
  uint32_t at = out->n++;
  for (; at > 0 && out->events[at - 1].offset > event.offset; at--)
    out->events[at] = out->events[at - 1];
  out->events[at] = event;
}

void sq_rt_midi_collect(const uint8_t bytes[3], uint32_t offset, SqRtEventsOut *out) {
  if (out && bytes[0] >= 0x80)
    sq_rt_events_give(out, event_of(bytes, offset));
}
