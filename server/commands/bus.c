// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Buses: sums with a channel strip.
#include "commands/constructors.h"
#include "commands/list.h"

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
  return sq_strip_bring(call, strip, NULL, NULL);
}

const SqRow sq_rows_bus[] = {
    SQ_ROW_CONSTRUCTOR("/bus/add", arg_name, keys_help, "Makes a bus.", make),
    SQ_ROW_CONSTRUCTOR("/bus/ensure", arg_name, keys_help,
                       "Makes a bus, or brings the one of this name to these values.", ensure),
};
SQ_ROWS_COUNT(bus)
