// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// For clients that cannot build bundles with time tags: messages for a frame, a beat, a while from now.
#include <lo/lo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

#define ADDRESS                                                                                                        \
  { .name = "address", .type = SQ_TYPE_STRING, .help = "Address of the message, then its arguments." }

static const SqArgSpec args_beat[] = {
    {.name = "beat", .type = SQ_TYPE_POSITION, .unit = "beats", .help = "Position, or bar|beat."}, ADDRESS};
static const SqArgSpec args_frame[] = {
    {.name = "frame", .type = SQ_TYPE_DOUBLE, .unit = "frames", .help = "Engine frame, as text when it is large."},
    ADDRESS};
static const SqArgSpec args_in[] = {
    {.name = "seconds", .type = SQ_TYPE_FLOAT, .unit = "s", .min = 0, .max = 1e7, .help = "From now."}, ADDRESS};
static const SqArgSpec args_next[] = {
    {.name = "grid", .type = SQ_TYPE_STRING, .help = "beat, bar, or a number of beats."}, ADDRESS};
static const SqArgSpec arg_tag[] = {
    {.name = "tag", .type = SQ_TYPE_STRING, .help = "The TAG of the /@TAG/ it was sent with."}};
static const SqArgSpec arg_strip[] = {
    {.name = "strip", .type = SQ_TYPE_REF, .optional = true, .help = "Only what concerns this strip."}};

double sq_position_beats(const SqCall *call, const SqArg *arg);

static void add_arg(lo_message message, const SqOscArg *arg) {
  switch (arg->tag) {
  case 'i':
    lo_message_add_int32(message, arg->u.i);
    break;
  case 'h':
    lo_message_add_int64(message, arg->u.h);
    break;
  case 'f':
    lo_message_add_float(message, arg->u.f);
    break;
  case 'd':
    lo_message_add_double(message, arg->u.d);
    break;
  case 's':
  case 'S':
    lo_message_add_string(message, arg->u.s);
    break;
  case 'T':
    lo_message_add_true(message);
    break;
  case 'F':
    lo_message_add_false(message);
    break;
  default:
    break;
  }
}

/// The message inside, as a packet of its own; a tag of the call goes with it, so that its outcome is answered so.
static SqStatus store(SqCall *call, const SqArg *address, uint64_t frame, double beats) {
  if (address->text[0] != '/')
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is no address; they begin with '/'", address->text);
  lo_message message = lo_message_new();
  for (uint32_t i = 0; i < call->args->n_rest; i++)
    add_arg(message, &call->args->rest[i]);
  size_t size;
  void *packet = lo_message_serialise(message, address->text, NULL, &size);
  lo_message_free(message);
  const SqStatus status = sq_control_store(call, frame, beats, sq_control_tag(call), packet, size);
  free(packet);
  return status;
}

static SqStatus at_beat(SqCall *call) {
  const double beats = sq_position_beats(call, &call->args->args[0]);
  return store(call, &call->args->args[1], 0, beats);
}

static SqStatus at_frame(SqCall *call) {
  const double frame = call->args->args[0].number;
  if (!(frame >= 1.0 && frame < 9e15))
    return sq_call_fail(call, SQ_RANGE, "a frame is a whole number from 1 on; /status tells the present one");
  return store(call, &call->args->args[1], (uint64_t)frame, 0.0);
}

static SqStatus at_in(SqCall *call) {
  const double frames = round(call->args->args[0].number * sq_link_rate(call->ctx->link));
  return store(call, &call->args->args[1], sq_link_frame(call->ctx->link) + 1 + (uint64_t)frames, 0.0);
}

static SqStatus at_next(SqCall *call) {
  const SqArg *grid_arg = &call->args->args[0];
  const SqPosition *t = sq_link_position(call->ctx->link);
  double grid = strtod(grid_arg->text, NULL);
  if (strcmp(grid_arg->text, "beat") == 0)
    grid = 1.0;
  if (strcmp(grid_arg->text, "bar") == 0)
    grid = (double)t->beats_per_bar * 4.0 / (double)t->beat_unit;
  if (!(grid > 0.0 && grid < 1e6))
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is no grid; give beat, bar or a number of beats", grid_arg->text);
  const double now = sq_link_beats_at(call->ctx->link, sq_link_frame(call->ctx->link));
  return store(call, &call->args->args[1], 0, (floor(now / grid + 1e-9) + 1.0) * grid);
}

static SqStatus cancel(SqCall *call) {
  const uint32_t n = sq_control_unstore(call->ctx->control, call->args->args[0].text, 0);
  if (n == 0)
    return sq_call_fail(call, SQ_NOT_FOUND, "nothing is stored under the tag '%s'", call->args->args[0].text);
  sq_items_int(&call->results, (int32_t)n);
  return SQ_OK;
}

static SqStatus clear(SqCall *call) {
  SqHandle handle = 0;
  if (call->args->args[0].present) {
    const SqStrip *strip = sq_call_find_strip(call, &call->args->args[0]);
    if (!strip)
      return SQ_NOT_FOUND;
    handle = strip->handle;
  }
  sq_items_int(&call->results, (int32_t)sq_control_unstore(call->ctx->control, NULL, handle));
  return SQ_OK;
}

#define AT_ROW(path, arguments, text, handler)                                                                         \
  {                                                                                                                    \
    .address = path, .kind = SQ_ROW_ACTION, .access = SQ_ACCESS_CONTROL, .args = arguments, .n_args = 2,               \
    .rest = SQ_REST_ANY, .rest_help = "arguments of the message", .help = text, .handle = handler                      \
  }

const SqRow sq_rows_at[] = {
    AT_ROW("/at/beat", args_beat, "Carries a message out at a position of the transport.", at_beat),
    AT_ROW("/at/frame", args_frame, "Carries a message out at an engine frame.", at_frame),
    AT_ROW("/at/in", args_in, "Carries a message out after so many seconds.", at_in),
    AT_ROW("/at/next", args_next, "Carries a message out at the next beat or bar.", at_next),
    {.address = "/at/cancel",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_tag,
     .n_args = 1,
     .replies = "i:how_many",
     .help = "Drops what is stored under a tag.",
     .handle = cancel},
    {.address = "/sched/clear",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_strip,
     .n_args = 1,
     .replies = "i:how_many",
     .help = "Drops everything stored for later.",
     .handle = clear},
};
SQ_ROWS_COUNT(at)
