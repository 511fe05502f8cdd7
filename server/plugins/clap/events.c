// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SQ_CLAP_BEND_RANGE 2.0f ///< semitones of a channel's bend: the only one that can be assumed
#define SQ_CLAP_ANY (-1)

SqStatus sq_clap_queue_init(SqClapQueue *queue, uint32_t cap, uint32_t dialects) {
  memset(queue, 0, sizeof *queue);
  queue->events = calloc(cap, sizeof *queue->events);
  queue->cap = cap;
  queue->clap = dialects & SQ_CLAP_DIALECT_CLAP;
  queue->midi = dialects & (SQ_CLAP_DIALECT_MIDI | SQ_CLAP_DIALECT_MPE);
  return queue->events ? SQ_OK : SQ_LIMIT;
}

void sq_clap_queue_cleanup(SqClapQueue *queue) {
  free(queue->events);
  queue->events = NULL;
}

// ---- audio: one event -----------------------------------------------------------------------------------------------

/// Room at the list's end with its head written, or NULL.
static SqClapEvent *append(SqClapQueue *q, uint32_t offset, SqClapEventType type, size_t size) {
  if (q->n == q->cap) {
    q->lost++;
    return NULL;
  }
  SqClapEvent *event = &q->events[q->n++];
  event->header = (SqClapEventHeader){.size = (uint32_t)size, .time = offset, .type = (uint16_t)type};
  return event;
}

void sq_rt_clap_queue_param(SqClapQueue *queue, uint32_t offset, uint32_t id, double own) {
  SqClapEvent *event = append(queue, offset, SQ_CLAP_EVENT_PARAM_VALUE, sizeof event->param);
  if (!event)
    return;
  event->param.id = id;
  event->param.cookie = NULL;
  event->param.note_id = SQ_CLAP_ANY;
  event->param.port = event->param.channel = event->param.key = SQ_CLAP_ANY;
  event->param.value = own;
}

static int32_t note_id(uint32_t id) {
  return id ? (int32_t)(id & INT32_MAX) : SQ_CLAP_ANY;
}

static void append_note(SqClapQueue *q, uint32_t offset, SqClapEventType type, SqClapHeld note, double velocity) {
  SqClapEvent *event = append(q, offset, type, sizeof event->note);
  if (!event)
    return;
  event->note.note_id = note_id(note.id);
  event->note.port = note.key == SQ_CLAP_ANY ? SQ_CLAP_ANY : 0;
  event->note.channel = note.channel;
  event->note.key = note.key;
  event->note.velocity = velocity;
}

static void append_expression(SqClapQueue *q, uint32_t offset, SqClapExpression what, SqClapHeld note, double value) {
  SqClapEvent *event = append(q, offset, SQ_CLAP_EVENT_EXPRESSION, sizeof event->expression);
  if (!event)
    return;
  event->expression.expression = (int32_t)what;
  event->expression.note_id = note_id(note.id);
  event->expression.port = 0;
  event->expression.channel = note.channel;
  event->expression.key = note.key;
  event->expression.value = value;
}

static void append_midi(void *context, uint32_t frame, const uint8_t bytes[3], uint32_t n_bytes) {
  (void)n_bytes;
  SqClapEvent *event = append(context, frame, SQ_CLAP_EVENT_MIDI, sizeof event->midi);
  if (!event)
    return;
  event->midi.port = 0;
  memcpy(event->midi.data, bytes, 3);
}

// ---- audio: notes ---------------------------------------------------------------------------------------------------

static void tune(SqClapQueue *q, uint32_t offset, const SqClapHeld *note) {
  const double semitones = (double)(note->offset + note->bend + q->bends[note->channel & 15]);
  append_expression(q, offset, SQ_CLAP_EXPRESSION_TUNING, *note, fmin(fmax(semitones, -120), 120));
}

static SqClapHeld *find_id(SqClapQueue *q, uint32_t id) {
  for (uint32_t i = 0; id && i < q->n_held; i++)
    if (q->held[i].id == id)
      return &q->held[i];
  return NULL;
}

/// Forgets the notes that `end` names.
static void let_go(SqClapQueue *q, SqClapHeld end) {
  for (uint32_t i = 0; i < q->n_held;) {
    const SqClapHeld *held = &q->held[i];
    if (end.id && held->id ? held->id == end.id : held->key == end.key && held->channel == end.channel)
      q->held[i] = q->held[--q->n_held];
    else
      i++;
  }
}

static void note_on(SqClapQueue *q, const SqRtEvent *e) {
  const float key = fminf(fmaxf(roundf(e->key), 0), 127);
  SqClapHeld note = {.id = e->id, .channel = (int16_t)(e->channel & 15), .key = (int16_t)key, .offset = e->key - key};
  let_go(q, note);
  append_note(q, e->offset, SQ_CLAP_EVENT_NOTE_ON, note, e->value);
  if (note.offset != 0 || q->bends[note.channel] != 0)
    tune(q, e->offset, &note);
  if (q->n_held < SQ_CLAP_HELD)
    q->held[q->n_held++] = note;
}

static void note_off(SqClapQueue *q, const SqRtEvent *e) {
  SqClapHeld note = {
      .id = e->id, .channel = (int16_t)(e->channel & 15), .key = (int16_t)fminf(fmaxf(roundf(e->key), 0), 127)};
  const SqClapHeld *held = find_id(q, e->id);
  if (held) // whatever key it says: the id is what counts
    note = *held;
  append_note(q, e->offset, SQ_CLAP_EVENT_NOTE_OFF, note, e->value);
  let_go(q, note);
}

/// Ends each note by name, then all that is left (which some plug-ins do not understand).
static void end_all(SqClapQueue *q, uint32_t offset, SqClapEventType type) {
  for (uint32_t i = 0; i < q->n_held; i++)
    append_note(q, offset, type, q->held[i], 0.5);
  q->n_held = 0;
  append_note(q, offset, type, (SqClapHeld){.channel = SQ_CLAP_ANY, .key = SQ_CLAP_ANY}, 0.5);
}

/// An expression of one note; id 0: of all of the channel.
static void express(SqClapQueue *q, const SqRtEvent *e, SqClapExpression what) {
  const SqClapHeld all = {.channel = (int16_t)(e->channel & 15), .key = SQ_CLAP_ANY};
  const SqClapHeld *held = find_id(q, e->id);
  if (held || !e->id)
    append_expression(q, e->offset, what, held ? *held : all, e->value);
}

// ---- audio: the rest ------------------------------------------------------------------------------------------------

/// What is said to a channel of a plug-in that takes no MIDI.
static void add_without_midi(SqClapQueue *q, const SqRtEvent *e) {
  if (e->kind == SQ_EVENT_BEND) {
    q->bends[e->channel & 15] = (float)e->value * SQ_CLAP_BEND_RANGE;
    for (uint32_t i = 0; i < q->n_held; i++)
      if (q->held[i].channel == (e->channel & 15))
        tune(q, e->offset, &q->held[i]);
  } else if (e->kind == SQ_EVENT_CC && (e->index == 74 || e->index == 11)) {
    express(q, e, e->index == 74 ? SQ_CLAP_EXPRESSION_BRIGHTNESS : SQ_CLAP_EXPRESSION_EXPRESSION);
  } else if (e->kind == SQ_EVENT_MIDI) {
    SqRtEvent meant = {0};
    SqRtEventsOut one = {&meant, 0, 1, 0};
    sq_rt_midi_collect(e->midi, e->offset, &one);
    if (one.n && meant.kind != SQ_EVENT_MIDI)
      sq_rt_clap_queue_add(q, &meant);
  }
}

/// Notes as CLAP's own; false: this event is none.
static bool add_note(SqClapQueue *q, const SqRtEvent *e) {
  switch (e->kind) {
  case SQ_EVENT_NOTE_ON:
    note_on(q, e);
    return true;
  case SQ_EVENT_NOTE_OFF:
    note_off(q, e);
    return true;
  case SQ_EVENT_NOTE_BEND: {
    SqClapHeld *held = find_id(q, e->id);
    if (held) {
      held->bend = (float)e->value;
      tune(q, e->offset, held);
    }
    return true;
  }
  case SQ_EVENT_PRESSURE:
    express(q, e, SQ_CLAP_EXPRESSION_PRESSURE);
    return true;
  case SQ_EVENT_TIMBRE:
    express(q, e, SQ_CLAP_EXPRESSION_BRIGHTNESS);
    return true;
  case SQ_EVENT_ALL_OFF:
    end_all(q, e->offset, SQ_CLAP_EVENT_NOTE_OFF);
    return !q->midi; // notes may have come as raw MIDI too
  default:
    return false;
  }
}

void sq_rt_clap_queue_add(SqClapQueue *queue, const SqRtEvent *event) {
  if (event->kind == SQ_EVENT_PARAM || event->kind == SQ_EVENT_SWAP || (queue->clap && add_note(queue, event)))
    return;
  if (queue->midi)
    sq_rt_midi_write(&queue->midi_notes, event, event->offset, append_midi, queue);
  else if (queue->clap)
    add_without_midi(queue, event);
}

void sq_rt_clap_queue_hush(SqClapQueue *queue) {
  if (queue->clap)
    end_all(queue, 0, SQ_CLAP_EVENT_NOTE_CHOKE);
  if (queue->midi)
    sq_rt_midi_hush(&queue->midi_notes, append_midi, queue);
  memset(queue->bends, 0, sizeof queue->bends);
}

void sq_rt_clap_queue_ended(SqClapQueue *queue, const SqClapEventNote *note) {
  if (note->note_id > 0)
    let_go(queue, (SqClapHeld){.id = (uint32_t)note->note_id, .key = SQ_CLAP_ANY});
}

// ---- audio: out -----------------------------------------------------------------------------------------------------

static void collect_note(const SqClapEventNote *n, uint32_t offset, SqRtEventsOut *out) {
  if (n->key < 0 || n->key > 127)
    return;
  sq_rt_events_give(out,
                    (SqRtEvent){.offset = offset,
                                .kind = n->header.type == SQ_CLAP_EVENT_NOTE_ON ? SQ_EVENT_NOTE_ON : SQ_EVENT_NOTE_OFF,
                                .channel = n->channel > 0 ? (uint16_t)(n->channel & 15) : 0,
                                .id = n->note_id > 0 ? (uint32_t)n->note_id : 0,
                                .key = n->key,
                                .value = n->velocity >= 0 && n->velocity <= 1 ? n->velocity : 1});
}

static void collect_expression(const SqClapEventExpression *x, uint32_t offset, SqRtEventsOut *out) {
  const uint16_t kind = x->expression == SQ_CLAP_EXPRESSION_TUNING       ? SQ_EVENT_NOTE_BEND
                        : x->expression == SQ_CLAP_EXPRESSION_PRESSURE   ? SQ_EVENT_PRESSURE
                        : x->expression == SQ_CLAP_EXPRESSION_BRIGHTNESS ? SQ_EVENT_TIMBRE
                                                                         : SQ_EVENT_SWAP;
  if (kind != SQ_EVENT_SWAP && isfinite(x->value))
    sq_rt_events_give(out, (SqRtEvent){.offset = offset,
                                       .kind = kind,
                                       .channel = x->channel > 0 ? (uint16_t)(x->channel & 15) : 0,
                                       .id = x->note_id > 0 ? (uint32_t)x->note_id : 0,
                                       .value = x->value});
}

void sq_rt_clap_collect(const SqClapEventHeader *event, uint32_t n_frames, SqRtEventsOut *out) {
  if (!out)
    return;
  const uint32_t offset = event->time < n_frames ? event->time : n_frames - 1;
  switch (event->type) {
  case SQ_CLAP_EVENT_NOTE_ON:
  case SQ_CLAP_EVENT_NOTE_OFF:
  case SQ_CLAP_EVENT_NOTE_CHOKE:
    if (event->size >= sizeof(SqClapEventNote))
      collect_note((const SqClapEventNote *)(const void *)event, offset, out);
    break;
  case SQ_CLAP_EVENT_EXPRESSION:
    if (event->size >= sizeof(SqClapEventExpression))
      collect_expression((const SqClapEventExpression *)(const void *)event, offset, out);
    break;
  case SQ_CLAP_EVENT_MIDI:
    if (event->size >= offsetof(SqClapEventMidi, data) + 3 &&
        ((const SqClapEventMidi *)(const void *)event)->data[0] >= 0x80)
      sq_rt_midi_collect(((const SqClapEventMidi *)(const void *)event)->data, offset, out);
    break;
  default:
    break;
  }
}
