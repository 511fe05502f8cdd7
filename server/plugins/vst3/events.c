// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/vst3/host.h"

#define SQ_VST3_TUNING_RANGE 240.0 ///< semitones: a tuning expression of 0..1 is -120..120

// ---- the list -------------------------------------------------------------------------------------------------------

static SqVst3Result query(void *self, const SqVst3Id id, void **object) {
  return sq_vst3_answer(self, id, sq_vst3_id_event_list, object);
}

static int32_t count(void *self) {
  return (int32_t)((SqVst3List *)self)->n;
}

static SqVst3Result get(void *self, int32_t index, SqVst3Event *event) {
  SqVst3List *list = self;
  if (index < 0 || (uint32_t)index >= list->n || !event)
    return SQ_VST3_BAD_ARGUMENT;
  *event = list->events[index];
  return SQ_VST3_OK;
}

static SqVst3Result add(void *self, SqVst3Event *event) {
  SqVst3List *list = self;
  if (!event || list->n == SQ_VST3_LIST) {
    list->lost += event != NULL;
    return event ? SQ_VST3_FALSE : SQ_VST3_BAD_ARGUMENT;
  }
  list->events[list->n++] = *event;
  return SQ_VST3_OK;
}

static const SqVst3EventListTable table = {query, sq_vst3_retain, sq_vst3_release, count, get, add};

bool sq_vst3_list_init(SqVst3List *list) {
  *list = (SqVst3List){.object = {&table}, .events = calloc(SQ_VST3_LIST, sizeof *list->events)};
  return list->events != NULL;
}

void sq_vst3_list_cleanup(SqVst3List *list) {
  free(list->events);
}

// ---- who sounds -----------------------------------------------------------------------------------------------------

static void hold(SqVst3Notes *notes, uint32_t id, uint8_t channel, uint8_t key) {
  if (notes->n == SQ_VST3_SOUNDING) { // the oldest is let go of: it has its own end to come
    memmove(notes->held, notes->held + 1, (SQ_VST3_SOUNDING - 1) * sizeof *notes->held);
    notes->n--;
  }
  notes->held[notes->n++] = (SqVst3Note){id, channel, key};
}

/// The note of an id, or the oldest on a key; NULL: none sounds.
static SqVst3Note *find(SqVst3Notes *notes, uint32_t id, uint8_t channel, uint8_t key) {
  for (uint32_t i = 0; i < notes->n; i++) {
    SqVst3Note *note = &notes->held[i];
    if (id ? note->id == id : note->channel == channel && note->key == key)
      return note;
  }
  return NULL;
}

static void let_go(SqVst3Notes *notes, SqVst3Note *note) {
  uint32_t at = (uint32_t)(note - notes->held);
  memmove(note, note + 1, (notes->n - at - 1) * sizeof *note);
  notes->n--;
}

/// The interface's number of a note: -1 is none.
static int32_t number_of(uint32_t id) {
  return id ? (int32_t)(id & INT32_MAX) : -1;
}

// ---- in -------------------------------------------------------------------------------------------------------------

static float unit(double value) {
  return value > 0 ? (float)fmin(value, 1) : 0;
}

static uint8_t key_of(float key) {
  return (uint8_t)fminf(fmaxf(roundf(key), 0), 127);
}

static SqVst3Event at(uint32_t offset, uint16_t type) {
  return (SqVst3Event){.offset = (int32_t)offset, .flags = SQ_VST3_EVENT_LIVE, .type = type};
}

static void note_on(SqVst3List *list, SqVst3Notes *notes, const SqRtEvent *e) {
  SqVst3Event event = at(e->offset, SQ_VST3_NOTE_ON);
  uint8_t key = key_of(e->key);
  event.on.channel = e->channel & 15;
  event.on.key = key;
  event.on.cents = (e->key - (float)key) * 100;
  event.on.velocity = unit(fmax(e->value, 1 / 127.0)); // 0 ends notes in some
  event.on.id = number_of(e->id);
  if (add(list, &event) == SQ_VST3_OK)
    hold(notes, e->id, (uint8_t)(e->channel & 15), key);
}

static void end_note(SqVst3List *list, const SqVst3Note *note, uint32_t offset, float velocity) {
  SqVst3Event event = at(offset, SQ_VST3_NOTE_OFF);
  event.off.channel = note->channel;
  event.off.key = note->key;
  event.off.velocity = velocity;
  event.off.id = number_of(note->id);
  add(list, &event);
}

static void note_off(SqVst3List *list, SqVst3Notes *notes, const SqRtEvent *e) {
  SqVst3Note unknown = {e->id, (uint8_t)(e->channel & 15), key_of(e->key)};
  SqVst3Note *note = find(notes, e->id, unknown.channel, unknown.key);
  end_note(list, note ? note : &unknown, e->offset, unit(e->value));
  if (note)
    let_go(notes, note);
}

static void pressure(SqVst3List *list, const SqVst3Note *note, uint32_t offset, double value) {
  SqVst3Event event = at(offset, SQ_VST3_POLY_PRESSURE);
  event.pressure.channel = note->channel;
  event.pressure.key = note->key;
  event.pressure.pressure = unit(value);
  event.pressure.id = number_of(note->id);
  add(list, &event);
}

static void express(SqVst3List *list, const SqRtEvent *e, uint32_t type, double value) {
  SqVst3Event event = at(e->offset, SQ_VST3_EXPRESSION);
  event.expression.type = type;
  event.expression.id = number_of(e->id);
  event.expression.value = (double)unit(value);
  add(list, &event);
}

/// Raw MIDI that speaks of notes.
static bool raw(SqVst3List *list, SqVst3Notes *notes, const SqRtEvent *e) {
  const uint8_t *b = e->midi;
  SqRtEvent note = {.offset = e->offset, .channel = b[0] & 15, .key = (float)(b[1] & 127), .value = b[2] / 127.0};
  switch (b[0] & 0xf0) {
  case 0x80:
    note_off(list, notes, &note);
    return true;
  case 0x90:
    if (b[2])
      note_on(list, notes, &note);
    else
      note_off(list, notes, &note);
    return true;
  case 0xa0: {
    SqVst3Note *held = find(notes, 0, b[0] & 15, b[1] & 127);
    if (held)
      pressure(list, held, e->offset, note.value);
    return true;
  }
  default:
    return false;
  }
}

bool sq_vst3_list_note(SqVst3List *list, SqVst3Notes *notes, const SqRtEvent *event) {
  const SqVst3Note *note;
  switch (event->kind) {
  case SQ_EVENT_NOTE_ON:
    note_on(list, notes, event);
    return true;
  case SQ_EVENT_NOTE_OFF:
    note_off(list, notes, event);
    return true;
  case SQ_EVENT_NOTE_BEND:
    express(list, event, SQ_VST3_EXPRESS_TUNING, 0.5 + event->value / SQ_VST3_TUNING_RANGE);
    return true;
  case SQ_EVENT_PRESSURE:
    note = event->id ? find(notes, event->id, 0, 0) : NULL;
    if (note)
      pressure(list, note, event->offset, event->value);
    return event->id != 0;
  case SQ_EVENT_TIMBRE:
    if (event->id)
      express(list, event, SQ_VST3_EXPRESS_BRIGHTNESS, event->value);
    return event->id != 0;
  case SQ_EVENT_ALL_OFF:
    sq_vst3_list_all_off(list, notes, event->offset);
    return false; // controllers have a part in it
  case SQ_EVENT_MIDI:
    return raw(list, notes, event);
  default:
    return false;
  }
}

void sq_vst3_list_all_off(SqVst3List *list, SqVst3Notes *notes, uint32_t offset) {
  for (uint32_t i = 0; i < notes->n; i++)
    end_note(list, &notes->held[i], offset, 0);
  notes->n = 0;
}

// ---- out ------------------------------------------------------------------------------------------------------------

static void insert_sorted(SqRtEventsOut *out, SqRtEvent e) {
  if (out->n == out->cap) {
    out->lost++;
    return;
  }
  uint32_t i = out->n++;
  for (; i > 0 && out->events[i - 1].offset > e.offset; i--)
    out->events[i] = out->events[i - 1];
  out->events[i] = e;
}

static bool midi_out(const SqVst3Event *from, SqRtEvent *to) {
  double value = (from->midi.value & 127) / 127.0;
  to->channel = from->midi.channel & 15;
  switch (from->midi.controller) {
  case SQ_VST3_CC_PRESSURE:
    to->kind = SQ_EVENT_PRESSURE;
    to->value = value;
    return true;
  case SQ_VST3_CC_BEND:
    to->kind = SQ_EVENT_BEND;
    to->value = (((from->midi.value2 & 127) << 7 | (from->midi.value & 127)) - 8192) / 8192.0;
    return true;
  case SQ_VST3_CC_PROGRAM:
    to->kind = SQ_EVENT_PROGRAM;
    to->index = from->midi.value & 127;
    return true;
  default:
    to->kind = SQ_EVENT_CC;
    to->index = from->midi.controller;
    to->value = value;
    return from->midi.controller < 128;
  }
}

/// The event that one of the plug-in's means; false: none of ours.
static bool event_of(const SqVst3Event *from, SqRtEvent *to) {
  switch (from->type) {
  case SQ_VST3_NOTE_ON:
  case SQ_VST3_NOTE_OFF: {
    bool on = from->type == SQ_VST3_NOTE_ON;
    int32_t id = on ? from->on.id : from->off.id;
    to->kind = on ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF;
    to->channel = (uint16_t)((on ? from->on.channel : from->off.channel) & 15);
    to->key = (float)((on ? from->on.key : from->off.key) & 127) + (on ? from->on.cents : from->off.cents) / 100;
    to->value = (double)unit((double)(on ? from->on.velocity : from->off.velocity));
    to->id = id > 0 ? (uint32_t)id : 0;
    return isfinite(to->key);
  }
  case SQ_VST3_POLY_PRESSURE:
    to->kind = SQ_EVENT_MIDI;
    to->channel = from->pressure.channel & 15;
    to->midi[0] = (uint8_t)(0xa0 | (from->pressure.channel & 15));
    to->midi[1] = from->pressure.key & 127;
    to->midi[2] = (uint8_t)(unit((double)from->pressure.pressure) * 127 + 0.5f);
    return true;
  case SQ_VST3_MIDI_OUT:
    return midi_out(from, to);
  default:
    return false;
  }
}

void sq_vst3_list_collect(const SqVst3List *list, uint32_t n_frames, SqRtEventsOut *out) {
  for (uint32_t i = 0; out && i < list->n; i++) {
    int32_t offset = list->events[i].offset;
    SqRtEvent e = {.offset = offset < 0 ? 0 : offset < (int32_t)n_frames ? (uint32_t)offset : n_frames - 1};
    if (event_of(&list->events[i], &e))
      insert_sorted(out, e);
  }
}
