// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Buses: sums with a channel strip.
#include "commands/constructors.h"
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_name[] = {
    {.name = "name", .type = SQ_TYPE_NAME, .help = "A new name, unique among strips."}};

static const char *const keys_help = "channels gain fader pan pan_law mute solo solo_safe output label color";

static SqStatus make(SqCall *call) {
  const char *name = call->args->args[0].text;
  SqStatus status = sq_strip_check_name(call, name);
  if (status != SQ_OK)
    return status;
  SqStrip *strip = sq_strip_new(SQ_STRIP_BUS, name, 2);
  status = sq_strip_apply_pairs(call, strip, NULL, NULL);
  if (status == SQ_OK)
    return sq_strip_publish(call, strip);
  sq_strip_unref(strip);
  return status;
}

static SqStatus ensure(SqCall *call) {
  const SqStrip *strip = sq_doc_named(call->ctx->doc, call->args->args[0].text);
  if (!strip)
    return make(call);
  if (strip->kind != SQ_STRIP_BUS)
    return sq_call_fail(call, SQ_EXISTS, "'%s' is there and is no bus; take another name", strip->name);
  SqStrip *after = sq_strip_copy(strip);
  SqStatus status = sq_strip_apply_pairs(call, after, NULL, NULL);
  for (uint32_t i = 0; i < SQ_STRIP_NUMBERS && status == SQ_OK; i++) {
    const double value = after->numbers[i];
    if (value < strip->numbers[i] || value > strip->numbers[i])
      status = sq_edits_number(&call->ctx->edits, (SqValueRef){after->handle, i}, value);
  }
  if (status != SQ_OK) {
    sq_strip_unref(after);
    return status;
  }
  sq_strip_answer(call, after);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

const SqRow sq_rows_bus[] = {
    {.address = "/bus/add",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .rest = SQ_REST_PAIRS,
     .rest_help = keys_help,
     .replies = "s:name i:handle",
     .help = "Makes a bus.",
     .handle = make,
     .timed = true},
    {.address = "/bus/ensure",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .rest = SQ_REST_PAIRS,
     .rest_help = keys_help,
     .replies = "s:name i:handle",
     .help = "Makes a bus, or brings the one of this name to these values.",
     .handle = ensure,
     .timed = true},
    {.address = "/bus/{bus}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle",
     .help = "Fades the bus out and removes it; what fed it goes on to the master.",
     .handle = sq_strip_handle_remove,
     .timed = true},
    {.address = "/bus/{bus}/rename",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .replies = "s:name i:handle",
     .help = "Gives it another name; its handle stays.",
     .handle = sq_strip_handle_rename},
    {.address = "/bus/{bus}/copy",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .replies = "s:name i:handle",
     .help = "Makes another bus like it.",
     .handle = sq_strip_handle_copy},
};
SQ_ROWS_COUNT(bus)
