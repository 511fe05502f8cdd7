// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Streams of levels.
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec args_meters[] = {
    {.name = "hz", .type = SQ_TYPE_FLOAT, .min = 0, .max = 100, .def = 30, .help = "Frames a second; 0 ends it."},
    {.name = "format",
     .type = SQ_TYPE_ENUM,
     .choices = "list|blob",
     .optional = true,
     .help = "One message per strip, or one blob of floats in the order of /meters/map."}};

static SqStatus meters(SqCall *call) {
  sq_control_meters(call, call->args->args[0].number, call->args->args[1].integer == 1);
  return SQ_OK;
}

static SqStatus ack(SqCall *call) {
  sq_control_meters_ack(call);
  return SQ_OK;
}

static SqStatus map(SqCall *call) {
  const SqDoc *doc = call->ctx->doc;
  SqItems items = {0};
  for (uint32_t i = 0; i < sq_doc_count(doc); i++) {
    char path[256];
    const SqStrip *strip = sq_doc_at(doc, i);
    sq_control_path(call->ctx, strip->handle, path, sizeof path);
    sq_items_clear(&items);
    sq_items_int(&items, (int32_t)i);
    sq_items_int(&items, (int32_t)sq_doc_count(doc));
    sq_items_text(&items, path);
    sq_items_int(&items, (int32_t)strip->n_channels);
    sq_control_send(call, "/meters/map", &items);
  }
  sq_items_cleanup(&items);
  return SQ_OK;
}

const SqRow sq_rows_meter[] = {
    {.address = "/meters",
     .kind = SQ_ROW_STREAM,
     .access = SQ_ACCESS_METER,
     .args = args_meters,
     .n_args = 2,
     .replies = "/meter s:strip f:peak_db f:rms_db … per channel, or /meters b:floats",
     .help = "Streams the levels after the fader of every strip, as long as the client lives.",
     .handle = meters},
    {.address = "/meters/ack",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_METER,
     .help = "Acknowledges a frame of levels; who does it once gets no more than it acknowledges.",
     .handle = ack},
    {.address = "/meters/map",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .replies = "one /meters/map i:index i:of s:strip i:channels per strip before it",
     .help = "Tells the order of strips in blobs of levels.",
     .handle = map},
};
SQ_ROWS_COUNT(meter)
