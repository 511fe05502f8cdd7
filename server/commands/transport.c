// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Transport and tempo: one tempo, one signature.
#include <math.h>
#include <stdlib.h>

#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_position[] = {
    {.name = "position", .type = SQ_TYPE_POSITION, .unit = "beats", .help = "Beats, or bar|beat counted from 1|1."}};
static const SqArgSpec arg_tempo[] = {{.name = "bpm",
                                       .type = SQ_TYPE_FLOAT,
                                       .unit = "bpm",
                                       .min = 1,
                                       .max = 1000,
                                       .def = 120,
                                       .value_class = SQ_CLASS_CONTROL,
                                       .help = "Quarter notes per minute."}};
static const SqArgSpec args_signature[] = {
    {.name = "beats", .type = SQ_TYPE_INT, .min = 1, .max = 64, .def = 4, .help = "Beats in a bar."},
    {.name = "unit", .type = SQ_TYPE_INT, .min = 1, .max = 64, .def = 4, .help = "Note value of a beat."}};

static double number(const SqCall *call, SqGlobalNumber which) {
  double value = 0.0;
  sq_doc_number(call->ctx->doc, (SqValueRef){SQ_HANDLE_GLOBAL, which}, &value);
  return value;
}

/// Beats of a position argument; bars count by the signature in force.
double sq_position_beats(const SqCall *call, const SqArg *arg) {
  if (!arg->text)
    return arg->number;
  const double per_bar = number(call, SQ_GLOBAL_BAR) * 4.0 / number(call, SQ_GLOBAL_UNIT);
  return (double)(arg->integer - 1) * per_bar + (arg->number - 1.0);
}

static SqStatus change(SqCall *call, bool rolling, double beats) {
  const SqStatus status =
      sq_link_set_transport(call->ctx->link, rolling, beats, number(call, SQ_GLOBAL_TEMPO), call->frame);
  if (status != SQ_OK)
    return sq_call_fail(call, status, "the queue to the audio side is full; send it again");
  return SQ_OK;
}

static bool rolls(const SqCall *call) {
  return sq_link_position(call->ctx->link)->wanted;
}

/// A start for now begins so far ahead that what stands at its first beat reaches the audio side before it: two periods
/// and some turns of the control loop. Offline there is no haste.
static void start_soon(SqCall *call) {
  const SqContext *ctx = call->ctx;
  SqDriverInfo info;
  if (call->frame || ctx->driver->type->run)
    return;
  ctx->driver->type->info(ctx->driver, &info);
  call->frame = sq_link_frame(ctx->link) + 2 * (uint64_t)info.period + (uint64_t)(0.015 * sq_link_rate(ctx->link));
}

static SqStatus play(SqCall *call) {
  if (rolls(call))
    return SQ_OK;
  start_soon(call);
  return change(call, true, (double)NAN);
}

static SqStatus stop(SqCall *call) {
  const SqDoc *doc = call->ctx->doc;
  for (uint32_t i = 0; i < sq_doc_count(doc) && rolls(call); i++) // no note hangs past the end of its music
    if (sq_doc_at(doc, i)->generator)
      sq_call_act(call, sq_doc_at(doc, i)->generator->handle, &(SqEvent){.kind = SQ_EVENT_ALL_OFF}, call->frame, 0);
  return change(call, false, (double)NAN);
}

static SqStatus toggle(SqCall *call) {
  return rolls(call) ? stop(call) : play(call);
}

static SqStatus locate(SqCall *call) {
  const double beats = sq_position_beats(call, &call->args->args[0]);
  if (beats < 0.0)
    return sq_call_fail(call, SQ_RANGE, "a position is not before 0 beats or bar 1|1");
  return change(call, rolls(call), beats);
}

static SqStatus position(SqCall *call) {
  if (!sq_call_is_get(call))
    return locate(call);
  sq_items_double(&call->results, sq_link_beats_at(call->ctx->link, sq_link_frame(call->ctx->link)));
  return SQ_OK;
}

static SqStatus rolling(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "use /transport/play and /transport/stop");
  sq_items_int(&call->results, rolls(call));
  return SQ_OK;
}

static SqStatus tempo(SqCall *call) {
  const SqValueRef ref = {SQ_HANDLE_GLOBAL, SQ_GLOBAL_TEMPO};
  if (sq_call_is_get(call)) {
    sq_items_float(&call->results, number(call, SQ_GLOBAL_TEMPO));
    return SQ_OK;
  }
  const SqStatus status = sq_edits_number(&call->ctx->edits, ref, call->args->args[0].number);
  return status == SQ_OK ? change(call, rolls(call), (double)NAN) : status;
}

static SqStatus signature(SqCall *call) {
  if (sq_call_is_get(call)) {
    sq_items_int(&call->results, (int32_t)number(call, SQ_GLOBAL_BAR));
    sq_items_int(&call->results, (int32_t)number(call, SQ_GLOBAL_UNIT));
    return SQ_OK;
  }
  if (call->args->n_given < 2)
    return sq_call_fail(call, SQ_BAD_ARGS, "give two numbers: /signature 3 4");
  sq_edits_number(&call->ctx->edits, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_BAR},
                  (double)call->args->args[0].integer);
  sq_edits_number(&call->ctx->edits, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_UNIT},
                  (double)call->args->args[1].integer);
  return change(call, rolls(call), (double)NAN);
}

#define ACTION_ROW(path, text, handler)                                                                                \
  {                                                                                                                    \
    .address = path, .kind = SQ_ROW_ACTION, .access = SQ_ACCESS_CONTROL, .help = text, .handle = handler,              \
    .timed = true                                                                                                      \
  }

static const SqArgSpec arg_rolling[] = {{.name = "rolling", .type = SQ_TYPE_BOOL, .help = "Whether it plays."}};

const SqRow sq_rows_transport[] = {
    ACTION_ROW("/transport/play", "Lets the transport roll from where it stands.", play),
    ACTION_ROW("/transport/stop", "Stops the transport where it is and ends all notes.", stop),
    ACTION_ROW("/transport/toggle", "Plays or stops.", toggle),
    {.address = "/transport/locate",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_position,
     .n_args = 1,
     .help = "Goes to a position, rolling or not.",
     .handle = locate,
     .timed = true},
    {.address = "/transport/position",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_position,
     .n_args = 1,
     .replies = "d:beats",
     .help = "Where the transport is, in beats; setting it is locate.",
     .handle = position,
     .property = SQ_NO_PROPERTY},
    {.address = "/transport/rolling",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_rolling,
     .n_args = 1,
     .help = "Whether the transport rolls.",
     .handle = rolling,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    {.address = "/tempo",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_tempo,
     .n_args = 1,
     .help = "The tempo; the beat under the playhead stays.",
     .handle = tempo,
     .property = SQ_NO_PROPERTY,
     .timed = true},
    {.address = "/signature",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = args_signature,
     .n_args = 2,
     .help = "Beats in a bar and the note value of a beat.",
     .handle = signature,
     .property = SQ_NO_PROPERTY},
};
SQ_ROWS_COUNT(transport)
