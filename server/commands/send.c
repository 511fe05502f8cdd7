// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Sends: a tap with a gain from a strip into a bus.
#include <stdlib.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_gain[] = {{.name = "gain",
                                      .type = SQ_TYPE_FLOAT,
                                      .unit = "dB",
                                      .min = -144,
                                      .max = 10,
                                      .def = 0,
                                      .scale = SQ_SCALE_FADER,
                                      .value_class = SQ_CLASS_SIGNAL,
                                      .help = "Level of the send."}};
static const SqArgSpec arg_tap[] = {{.name = "tap",
                                     .type = SQ_TYPE_ENUM,
                                     .choices = "pre|post",
                                     .def = 1,
                                     .value_class = SQ_CLASS_CONTROL,
                                     .help = "Before or after the strip's fader."}};

static SqStatus set_pair(SqCall *call, SqSend *send, const char *key, const SqOscArg *value) {
  static const struct {
    const char *key;
    const SqArgSpec *spec;
    SqSendNumber number;
  } keys[] = {{"gain", arg_gain, SQ_SEND_GAIN_DB},
              {"pan", &sq_spec_pan, SQ_SEND_PAN},
              {"mute", &sq_spec_mute, SQ_SEND_MUTE},
              {"tap", arg_tap, SQ_SEND_TAP}};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (strcmp(keys[i].key, key) != 0)
      continue;
    SqArg arg;
    char text[SQ_ARGS_TEXT];
    const SqStatus status = sq_arg_read(keys[i].spec, SQ_LIMIT_CLAMP, value, &arg, text, call->why);
    if (status == SQ_OK)
      send->numbers[keys[i].number] = keys[i].spec->type == SQ_TYPE_FLOAT ? arg.number : (double)arg.integer;
    return status;
  }
  return sq_call_fail(call, SQ_BAD_ARGS, "a send has no '%s'; keys are gain pan mute tap", key);
}

static SqStatus make(SqCall *call, bool ensure) {
  const SqStrip *strip = sq_call_strip(call);
  const char *word = call->target.word;
  const SqArg name = {.text = word, .integer = word[0] >= '1' && word[0] <= '9' ? strtol(word, NULL, 10) : 0};
  const SqStrip *bus = sq_call_find_strip(call, &name);
  if (!bus)
    return SQ_NOT_FOUND;
  if (bus->kind != SQ_STRIP_BUS)
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is no bus; sends go to buses", bus->name);
  const SqSend *present = sq_strip_send_to(strip, bus->handle);
  if (present && !ensure)
    return sq_call_fail(call, SQ_EXISTS, "'%s' sends to '%s' already; set its gain, or use ensure", strip->name,
                        bus->name);
  if (!present && sq_doc_feeds(call->ctx->doc, bus->handle, strip->handle))
    return sq_call_fail(call, SQ_BAD_ARGS, "this would make a loop: '%s' feeds '%s' already", bus->name, strip->name);
  SqStrip *after = sq_strip_copy(strip);
  SqSend *send = present ? sq_strip_send_to(after, bus->handle)
                         : sq_strip_add_send(after, sq_doc_next_handle(call->ctx->doc), bus->handle);
  SqStatus status = SQ_OK;
  for (uint32_t i = 0; i < call->args->n_rest / 2 && status == SQ_OK; i++) {
    const SqOscArg *value;
    const char *key = sq_args_key(call->args, i, &value);
    status = set_pair(call, send, key, value);
  }
  if (status != SQ_OK) {
    sq_strip_unref(after);
    return status;
  }
  sq_items_text(&call->results, bus->name);
  sq_items_int(&call->results, send->handle);
  double wanted[SQ_SEND_NUMBERS];
  memcpy(wanted, send->numbers, sizeof wanted);
  const SqHandle handle = send->handle;
  if (present) // numbers travel as numbers, so that they move without a click
    memcpy(send->numbers, present->numbers, sizeof send->numbers);
  sq_edits_put(&call->ctx->edits, after);
  for (uint32_t i = 0; i < SQ_SEND_NUMBERS && present && status == SQ_OK; i++)
    status = sq_edits_number(&call->ctx->edits, (SqValueRef){handle, i}, wanted[i]);
  return status;
}

static SqStatus add(SqCall *call) {
  return make(call, false);
}

static SqStatus ensure(SqCall *call) {
  return make(call, true);
}

static SqStatus remove_send(SqCall *call) {
  SqStrip *after = sq_call_copy_strip(call);
  const SqStrip *bus = sq_doc_strip(call->ctx->doc, sq_call_send(call)->bus);
  sq_items_text(&call->results, bus ? bus->name : "");
  sq_items_int(&call->results, call->target.send);
  sq_strip_remove_send(after, call->target.send);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

const SqRow sq_rows_send[] = {
    {.address = "{any}/send/{send}/add",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .rest = SQ_REST_PAIRS,
     .rest_help = "gain pan mute tap",
     .replies = "s:bus i:handle",
     .help = "Makes a send to this bus; one per strip and bus.",
     .handle = add,
     .timed = true},
    {.address = "{any}/send/{send}/ensure",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .rest = SQ_REST_PAIRS,
     .rest_help = "gain pan mute tap",
     .replies = "s:bus i:handle",
     .help = "Makes a send to this bus, or brings it to these values.",
     .handle = ensure,
     .timed = true},
    {.address = "{any}/send/{send}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:bus i:handle",
     .help = "Fades the send out and removes it.",
     .handle = remove_send,
     .timed = true},
    SQ_ROW_NUMBER("{any}/send/{send}/gain", arg_gain, SQ_SEND_GAIN_DB, "Level of the send in dB."),
    SQ_ROW_NUMBER("{any}/send/{send}/pan", &sq_spec_pan, SQ_SEND_PAN, "Place in the bus."),
    SQ_ROW_NUMBER("{any}/send/{send}/mute", &sq_spec_mute, SQ_SEND_MUTE, "Silences the send."),
    SQ_ROW_NUMBER("{any}/send/{send}/tap", arg_tap, SQ_SEND_TAP, "Whether it is taken before or after the fader."),
};
SQ_ROWS_COUNT(send)
