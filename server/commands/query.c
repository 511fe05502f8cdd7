// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Asking and following: what there is, what it is worth, and when it changes.
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_path[] = {
    {.name = "path", .type = SQ_TYPE_STRING, .optional = true, .help = "An address; nothing: all."}};
static const SqArgSpec args_subscribe[] = {
    {.name = "pattern", .type = SQ_TYPE_STRING, .help = "An address pattern of values, or of events."},
    {.name = "max_hz",
     .type = SQ_TYPE_FLOAT,
     .min = 0.1,
     .max = 1000,
     .def = 30,
     .optional = true,
     .help = "How often at most changes are sent."},
    {.name = "reply_url",
     .type = SQ_TYPE_STRING,
     .optional = true,
     .help = "A UDP port of the sender's host, or osc.udp://HOST:PORT/, that gets the values instead."}};
static const SqArgSpec arg_pattern[] = {
    {.name = "pattern", .type = SQ_TYPE_STRING, .optional = true, .help = "As it was subscribed; nothing: all."}};

static SqStatus dump(SqCall *call) {
  const SqArg *path = &call->args->args[0];
  sq_control_list_values(call, path->present && strcmp(path->text, "/") != 0 ? path->text : "");
  return SQ_OK;
}

static SqStatus query(SqCall *call) {
  const SqArg *path = &call->args->args[0];
  return sq_control_query(call, path->present ? path->text : "/");
}

static SqStatus subscribe(SqCall *call) {
  const SqArg *args = call->args->args;
  return sq_control_subscribe(call, args[0].text, args[1].number, args[2].present ? args[2].text : NULL);
}

static SqStatus unsubscribe(SqCall *call) {
  const SqArg *pattern = &call->args->args[0];
  sq_control_unsubscribe(call, pattern->present ? pattern->text : NULL);
  return SQ_OK;
}

const SqRow sq_rows_query[] = {
    {.address = "/dump",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_path,
     .n_args = 1,
     .replies = "one message per value before it, ready to send back",
     .help = "Sends every value below an address.",
     .handle = dump},
    {.address = "/query",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_path,
     .n_args = 1,
     .replies = "i:pages, after /query.reply s:path i:index i:of s:json; the texts of all pages together are the JSON",
     .help = "Describes everything below an address as OSCQuery JSON.",
     .handle = query},
    {.address = "/subscribe",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = args_subscribe,
     .n_args = 3,
     .replies = "i:how_many, after all present values",
     .help = "Sends all values that match now, then each change on its own address.",
     .handle = subscribe},
    {.address = "/unsubscribe",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_pattern,
     .n_args = 1,
     .help = "Ends a subscription.",
     .handle = unsubscribe},
};
SQ_ROWS_COUNT(query)
