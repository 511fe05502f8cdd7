// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Notes and controllers for the generator of a source.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

#define KEY                                                                                                            \
  {                                                                                                                    \
    .name = "key", .type = SQ_TYPE_FLOAT, .unit = "semitones", .min = 0, .max = 127.99,                                \
    .help = "60 is middle C; fractions are between the keys."                                                          \
  }
#define VELOCITY                                                                                                       \
  {                                                                                                                    \
    .name = "velocity", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .def = 0.8, .help = "0 to 1; a MIDI value / 127.",  \
    .hint = "velocity is 0..1; divide MIDI values by 127"                                                              \
  }

static const SqArgSpec args_note[] = {
    KEY,
    VELOCITY,
    {.name = "beats", .type = SQ_TYPE_DOUBLE, .unit = "beats", .min = 0, .max = 1e9, .help = "Length at the tempo."}};
static const SqArgSpec args_for[] = {
    KEY, VELOCITY, {.name = "seconds", .type = SQ_TYPE_FLOAT, .unit = "s", .min = 0, .max = 86400, .help = "Length."}};
static const SqArgSpec args_on[] = {
    KEY,
    VELOCITY,
    {.name = "id", .type = SQ_TYPE_STRING, .optional = true, .help = "Names the note for what follows."}};
static const SqArgSpec args_off[] = {
    {.name = "key_or_id", .type = SQ_TYPE_STRING, .help = "The key, or the id it was given."},
    {.name = "velocity", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .optional = true, .help = "Of the release."}};
static const SqArgSpec args_expression[] = {
    {.name = "id", .type = SQ_TYPE_STRING, .help = "The note's id."},
    {.name = "value", .type = SQ_TYPE_FLOAT, .min = -96, .max = 96, .help = "Semitones, or 0 to 1."}};
static const SqArgSpec args_cc[] = {
    {.name = "controller", .type = SQ_TYPE_INT, .min = 0, .max = 127, .help = "Its number."},
    {.name = "value", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .help = "0 to 1."}};
static const SqArgSpec arg_bend[] = {
    {.name = "bend", .type = SQ_TYPE_FLOAT, .min = -1, .max = 1, .help = "Of the whole channel."}};
static const SqArgSpec arg_pressure[] = {
    {.name = "pressure", .type = SQ_TYPE_FLOAT, .min = 0, .max = 1, .help = "Of the whole channel."}};
static const SqArgSpec arg_program[] = {
    {.name = "program", .type = SQ_TYPE_INT, .min = 0, .max = 16383, .help = "Its number."}};
static const SqArgSpec args_midi[] = {
    {.name = "status", .type = SQ_TYPE_INT, .min = 128, .max = 255, .help = "First byte."},
    {.name = "data1", .type = SQ_TYPE_INT, .min = 0, .max = 127, .help = "Second byte."},
    {.name = "data2", .type = SQ_TYPE_INT, .min = 0, .max = 127, .optional = true, .help = "Third byte."}};

/// Ids are chosen by clients as text; processors get a number that is never 0 (FNV-1a).
static uint32_t id_of(const char *text) {
  uint32_t h = 2166136261U;
  for (; *text; text++)
    h = (h ^ (uint8_t)*text) * 16777619U;
  return h ? h : 1;
}

static void act(SqCall *call, const SqEvent *event, uint64_t frame) {
  sq_call_act(call, call->target.proc, event, frame, 0);
}

static bool takes_notes(const SqCall *call) {
  const SqProcessorType *type = sq_call_type(call);
  return !type || type->flags & SQ_PROC_NOTES;
}

static SqStatus one_shot(SqCall *call, double frames) {
  if (!takes_notes(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the generator of this source plays no notes");
  const uint64_t on = call->frame ? call->frame : sq_link_frame(call->ctx->link);
  const uint64_t off = on + (frames < 1.0 ? 1 : (uint64_t)round(frames));
  const float key = (float)call->args->args[0].number;
  // an id of its own: another note on the same key does not end this one
  const uint32_t id = (uint32_t)(++call->ctx->notes & 0x3fffffff) | 0x40000000U;
  act(call, &(SqEvent){.kind = SQ_EVENT_NOTE_ON, .key = key, .value = call->args->args[1].number, .id = id},
      call->frame);
  act(call, &(SqEvent){.kind = SQ_EVENT_NOTE_OFF, .key = key, .id = id}, off);
  return SQ_OK;
}

static SqStatus note(SqCall *call) {
  const SqPosition *t = sq_link_position(call->ctx->link);
  return one_shot(call, call->args->args[2].number * 60.0 * sq_link_rate(call->ctx->link) / t->bpm);
}

static SqStatus note_for(SqCall *call) {
  return one_shot(call, call->args->args[2].number * sq_link_rate(call->ctx->link));
}

static SqStatus note_on(SqCall *call) {
  if (!takes_notes(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the generator of this source plays no notes");
  const SqArg *args = call->args->args;
  const float key = (float)args[0].number;
  const uint32_t id = args[2].present ? id_of(args[2].text) : 0;
  sq_control_hold(call, call->target.proc, key, id);
  act(call, &(SqEvent){.kind = SQ_EVENT_NOTE_ON, .key = key, .value = args[1].number, .id = id}, call->frame);
  return SQ_OK;
}

static SqStatus note_off(SqCall *call) {
  const SqArg *args = call->args->args;
  char *end;
  const double number = strtod(args[0].text, &end);
  const bool is_key = *args[0].text && *end == 0 && number >= 0.0 && number < 128.0;
  const uint32_t id = is_key ? 0 : id_of(args[0].text);
  const float key = is_key ? (float)number : 0.0F;
  sq_control_release(call, call->target.proc, key, id);
  act(call, &(SqEvent){.kind = SQ_EVENT_NOTE_OFF, .key = key, .value = args[1].number, .id = id}, call->frame);
  return SQ_OK;
}

static SqStatus expression(SqCall *call) {
  const char *leaf = strrchr(call->row->address, '/') + 1;
  const SqEventKind kind = strcmp(leaf, "bend") == 0       ? SQ_EVENT_NOTE_BEND
                           : strcmp(leaf, "pressure") == 0 ? SQ_EVENT_PRESSURE
                                                           : SQ_EVENT_TIMBRE;
  act(call,
      &(SqEvent){.kind = (uint16_t)kind, .id = id_of(call->args->args[0].text), .value = call->args->args[1].number},
      call->frame);
  return SQ_OK;
}

static SqStatus all_off(SqCall *call) {
  act(call, &(SqEvent){.kind = SQ_EVENT_ALL_OFF}, call->frame);
  return SQ_OK;
}

static SqStatus cc(SqCall *call) {
  const SqArg *args = call->args->args;
  act(call, &(SqEvent){.kind = SQ_EVENT_CC, .index = (uint32_t)args[0].integer, .value = args[1].number}, call->frame);
  return SQ_OK;
}

static SqStatus bend(SqCall *call) {
  act(call, &(SqEvent){.kind = SQ_EVENT_BEND, .value = call->args->args[0].number}, call->frame);
  return SQ_OK;
}

static SqStatus pressure(SqCall *call) {
  act(call, &(SqEvent){.kind = SQ_EVENT_PRESSURE, .value = call->args->args[0].number}, call->frame);
  return SQ_OK;
}

static SqStatus program(SqCall *call) {
  act(call, &(SqEvent){.kind = SQ_EVENT_PROGRAM, .index = (uint32_t)call->args->args[0].integer}, call->frame);
  return SQ_OK;
}

static SqStatus midi(SqCall *call) {
  const SqArg *args = call->args->args;
  const uint8_t status = (uint8_t)args[0].integer, d1 = (uint8_t)args[1].integer, d2 = (uint8_t)args[2].integer;
  act(call, &(SqEvent){.kind = SQ_EVENT_MIDI, .channel = status & 15, .midi = {status, d1, d2, 0}}, call->frame);
  return SQ_OK;
}

static SqStatus panic(SqCall *call) {
  const SqDoc *doc = call->ctx->doc;
  sq_control_unstore(call->ctx->control, NULL, 0);
  for (uint32_t i = 0; i < sq_doc_count(doc); i++)
    if (sq_doc_at(doc, i)->generator)
      sq_call_act(call, sq_doc_at(doc, i)->generator->handle, &(SqEvent){.kind = SQ_EVENT_ALL_OFF}, 0, 0);
  return SQ_OK;
}

#define NOTE_ROW(leaf, arguments, count, text, handler)                                                                \
  {                                                                                                                    \
    .address = "/source/{source}/" leaf, .kind = SQ_ROW_ACTION, .access = SQ_ACCESS_CONTROL, .args = arguments,        \
    .n_args = count, .help = text, .handle = handler, .timed = true, .needs_instance = true                            \
  }

const SqRow sq_rows_note[] = {
    NOTE_ROW("note", args_note, 3, "Plays a note for so many beats.", note),
    NOTE_ROW("note/for", args_for, 3, "Plays a note for so many seconds.", note_for),
    NOTE_ROW("note/on", args_on, 3, "Begins a note; it ends with note/off, or when its client goes away.", note_on),
    NOTE_ROW("note/off", args_off, 2, "Ends a note.", note_off),
    NOTE_ROW("note/bend", args_expression, 2, "Bends one note by so many semitones.", expression),
    NOTE_ROW("note/pressure", args_expression, 2, "Pressure of one note, 0 to 1.", expression),
    NOTE_ROW("note/timbre", args_expression, 2, "Timbre of one note, 0 to 1.", expression),
    NOTE_ROW("note/all_off", NULL, 0, "Ends all notes of the source.", all_off),
    NOTE_ROW("cc", args_cc, 2, "Moves a MIDI controller.", cc),
    NOTE_ROW("bend", arg_bend, 1, "Bends all notes, -1 to 1.", bend),
    NOTE_ROW("pressure", arg_pressure, 1, "Pressure of the whole channel.", pressure),
    NOTE_ROW("program", arg_program, 1, "Changes the program.", program),
    NOTE_ROW("midi", args_midi, 3, "Sends raw MIDI bytes.", midi),
    {.address = "/panic",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_CONTROL,
     .help = "Ends every note and drops everything stored for later.",
     .handle = panic},
};
SQ_ROWS_COUNT(note)
