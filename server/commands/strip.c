// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The channel strip that sources, buses and the master share: its values.
#include <stdlib.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"
#include "protocol/scale.h"

const SqArgSpec sq_spec_gain = {.name = "gain",
                                .type = SQ_TYPE_FLOAT,
                                .unit = "dB",
                                .min = -144,
                                .max = 10,
                                .def = 0,
                                .scale = SQ_SCALE_FADER,
                                .value_class = SQ_CLASS_SIGNAL,
                                .help = "Level of the fader; -144 and less is silence."};
const SqArgSpec sq_spec_pan = {.name = "pan",
                               .type = SQ_TYPE_FLOAT,
                               .min = -1,
                               .max = 1,
                               .def = 0,
                               .value_class = SQ_CLASS_STEPPED,
                               .help = "Place between left (-1) and right (1) in a stereo output."};
const SqArgSpec sq_spec_mute = {
    .name = "mute", .type = SQ_TYPE_BOOL, .value_class = SQ_CLASS_STEPPED, .help = "Whether it is silenced."};

static const SqArgSpec arg_fader[] = {{.name = "fader",
                                       .type = SQ_TYPE_FLOAT,
                                       .min = 0,
                                       .max = 1,
                                       .def = 0.75,
                                       .value_class = SQ_CLASS_SIGNAL,
                                       .help = "The gain as a fader's way, 0.75 is 0 dB."}};
static const SqArgSpec arg_law[] = {{.name = "pan_law",
                                     .type = SQ_TYPE_ENUM,
                                     .choices = "balance|equal_power",
                                     .value_class = SQ_CLASS_CONTROL,
                                     .help = "Balance leaves the centre at 0 dB, equal_power at -3 dB."}};
static const SqArgSpec arg_solo[] = {
    {.name = "solo", .type = SQ_TYPE_BOOL, .value_class = SQ_CLASS_STEPPED, .help = "Whether it is heard alone."}};
static const SqArgSpec arg_safe[] = {{.name = "solo_safe",
                                      .type = SQ_TYPE_BOOL,
                                      .value_class = SQ_CLASS_CONTROL,
                                      .help = "Whether the solo of others leaves it audible."}};
static const SqArgSpec arg_text[] = {
    {.name = "text", .type = SQ_TYPE_STRING, .value_class = SQ_CLASS_CONTROL, .help = "Any UTF-8 text."}};
static const SqArgSpec arg_output[] = {{.name = "strip",
                                        .type = SQ_TYPE_REF,
                                        .value_class = SQ_CLASS_CONTROL,
                                        .help = "Name or handle of a bus, `master`, or `none`."}};
static const SqArgSpec arg_channels[] = {
    {.name = "channels", .type = SQ_TYPE_INT, .min = 1, .max = SQ_MAX_CHANNELS, .help = "How many channels it has."}};
static const SqArgSpec arg_handle[] = {{.name = "handle", .type = SQ_TYPE_INT, .help = "Its number."}};

static SqStatus fader(SqCall *call) {
  const SqValueRef ref = {call->target.strip, SQ_STRIP_GAIN_DB};
  double db = 0.0;
  sq_doc_number(call->ctx->doc, ref, &db);
  if (sq_call_is_get(call)) {
    sq_items_float(&call->results, sq_scale_to_norm(SQ_SCALE_FADER, 0, 1, db));
    return SQ_OK;
  }
  return sq_edits_number(&call->ctx->edits, ref, sq_scale_from_norm(SQ_SCALE_FADER, 0, 1, call->args->args[0].number));
}

static SqStatus text(SqCall *call, size_t offset) {
  const SqStrip *strip = sq_call_strip(call);
  if (sq_call_is_get(call)) {
    char *const *now = (char *const *)(const void *)((const char *)strip + offset);
    sq_items_text(&call->results, *now ? *now : "");
    return SQ_OK;
  }
  SqStrip *after = sq_strip_copy(strip);
  char **to = (char **)(void *)((char *)after + offset);
  free(*to);
  *to = sq_text_copy(call->args->args[0].text);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus label(SqCall *call) {
  return text(call, offsetof(SqStrip, label));
}

static SqStatus color(SqCall *call) {
  return text(call, offsetof(SqStrip, color));
}

static SqStatus output(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  if (sq_call_is_get(call)) {
    const SqStrip *to = sq_doc_strip(call->ctx->doc, strip->output);
    sq_items_text(&call->results, strip->kind == SQ_STRIP_MASTER ? "hardware" : to ? to->name : "none");
    return SQ_OK;
  }
  SqStrip *after = sq_strip_copy(strip);
  const SqStatus status = sq_strip_route(call, after, &call->args->args[0]);
  if (status == SQ_OK)
    sq_edits_put(&call->ctx->edits, after);
  else
    sq_strip_unref(after);
  return status;
}

static SqStatus channels(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the channels of a strip are fixed when it is made; make a new one");
  sq_items_int(&call->results, (int32_t)sq_call_strip(call)->n_channels);
  return SQ_OK;
}

static SqStatus handle(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "handles are given by the server");
  sq_items_int(&call->results, call->target.strip);
  return SQ_OK;
}

static SqStatus solo_clear(SqCall *call) {
  const SqDoc *doc = call->ctx->doc;
  int32_t n = 0;
  for (uint32_t i = 0; i < sq_doc_count(doc); i++) {
    const SqStrip *strip = sq_doc_at(doc, i);
    if (strip->numbers[SQ_STRIP_SOLO] == 0.0)
      continue;
    sq_edits_number(&call->ctx->edits, (SqValueRef){strip->handle, SQ_STRIP_SOLO}, 0.0);
    n++;
  }
  sq_items_int(&call->results, n);
  return SQ_OK;
}

const SqRow sq_rows_strip[] = {
    SQ_ROW_NUMBER("{any}/gain", &sq_spec_gain, SQ_STRIP_GAIN_DB, "Level of the strip's fader in dB."),
    {.address = "{any}/fader",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_fader,
     .n_args = 1,
     .help = "The same level as a fader shows it, 0 to 1.",
     .handle = fader,
     .property = SQ_NO_PROPERTY,
     .timed = true},
    SQ_ROW_NUMBER("{any}/pan", &sq_spec_pan, SQ_STRIP_PAN, "Place in a stereo output."),
    SQ_ROW_NUMBER("{any}/pan_law", arg_law, SQ_STRIP_PAN_LAW, "How pan turns the two sides up and down."),
    SQ_ROW_NUMBER("{any}/mute", &sq_spec_mute, SQ_STRIP_MUTE, "Silences the strip after its pre-fader sends."),
    SQ_ROW_NUMBER("{any}/solo", arg_solo, SQ_STRIP_SOLO,
                  "Solo in place: what neither feeds it nor carries it is silenced."),
    SQ_ROW_NUMBER("{any}/solo_safe", arg_safe, SQ_STRIP_SOLO_SAFE, "Keeps the strip audible while others are soloed."),
    {.address = "{any}/output",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_output,
     .n_args = 1,
     .help = "The strip that it feeds; loops are refused. Of a wider strip the channels that meet in one are averaged.",
     .handle = output,
     .property = SQ_NO_PROPERTY,
     .timed = true},
    {.address = "{any}/label",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_text,
     .n_args = 1,
     .help = "Free text for people beside the name.",
     .handle = label,
     .property = SQ_NO_PROPERTY},
    {.address = "{any}/color",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_text,
     .n_args = 1,
     .help = "Colour for mixers that show it, as #rrggbb or a word.",
     .handle = color,
     .property = SQ_NO_PROPERTY},
    {.address = "{any}/channels",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_channels,
     .n_args = 1,
     .help = "Number of channels, fixed when the strip is made.",
     .handle = channels,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    {.address = "{any}/handle",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_handle,
     .n_args = 1,
     .help = "The strip's number, stable across renaming, usable wherever its name is.",
     .handle = handle,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    {.address = "/solo/clear",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .help = "Ends the solo of every strip.",
     .replies = "i:how_many",
     .handle = solo_clear,
     .timed = true},
};
SQ_ROWS_COUNT(strip)
