// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What a client says of itself.
#include <stdio.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_profile[] = {
    {.name = "profile", .type = SQ_TYPE_ENUM, .choices = "plain|full", .help = "plain: answers hold i, f and s only."}};
static const SqArgSpec arg_url[] = {
    {.name = "url", .type = SQ_TYPE_STRING, .help = "A port, or osc.udp://host:port/; empty: back to the source."}};
static const SqArgSpec arg_key[] = {{.name = "key", .type = SQ_TYPE_STRING, .help = "The key, or the token."}};
static const SqArgSpec arg_on[] = {{.name = "on", .type = SQ_TYPE_BOOL, .help = "Whether."}};
static const SqArgSpec arg_name[] = {{.name = "name", .type = SQ_TYPE_STRING, .help = "For logs."}};

static SqStatus profile(SqCall *call) {
  SqClientSettings s;
  sq_control_client(call, &s);
  if (sq_call_is_get(call)) {
    sq_items_text(&call->results, s.full ? "full" : "plain");
    return SQ_OK;
  }
  s.full = call->args->args[0].integer == 1;
  sq_control_set_client(call, &s);
  return SQ_OK;
}

static SqStatus reply_to(SqCall *call) {
  const char *url = call->args->args[0].text;
  if (sq_control_reply_to(call, url) != SQ_OK)
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is no place for replies; give a port or osc.udp://127.0.0.1:9000/",
                        url);
  return SQ_OK;
}

static SqStatus key(SqCall *call) {
  const SqStatus status = sq_control_key(call, call->args->args[0].text);
  if (status != SQ_OK)
    return sq_call_fail(call, status,
                        "this is neither the key of security.key_file nor the token in the runtime "
                        "folder of this run; read it there again");
  return SQ_OK;
}

static SqStatus echo(SqCall *call) {
  SqClientSettings s;
  sq_control_client(call, &s);
  if (sq_call_is_get(call)) {
    sq_items_int(&call->results, s.echo);
    return SQ_OK;
  }
  s.echo = call->args->args[0].integer != 0;
  sq_control_set_client(call, &s);
  return SQ_OK;
}

static SqStatus name(SqCall *call) {
  SqClientSettings s;
  sq_control_client(call, &s);
  if (sq_call_is_get(call)) {
    sq_items_text(&call->results, s.name);
    return SQ_OK;
  }
  snprintf(s.name, sizeof s.name, "%.*s", SQ_MAX_NAME, call->args->args[0].text);
  sq_control_set_client(call, &s);
  return SQ_OK;
}

static SqStatus notify(SqCall *call) {
  SqClientSettings s;
  sq_control_client(call, &s);
  s.notify = call->args->args[0].integer != 0;
  sq_control_set_client(call, &s);
  return SQ_OK;
}

const SqRow sq_rows_client[] = {
    {.address = "/client/profile",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_profile,
     .n_args = 1,
     .help = "Which types the client can receive.",
     .handle = profile,
     .property = SQ_NO_PROPERTY},
    {.address = "/client/reply_to",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_url,
     .n_args = 1,
     .help = "Where answers to this client go from now on.",
     .handle = reply_to},
    {.address = "/client/key",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .alone = true,
     .args = arg_key,
     .n_args = 1,
     .replies = "s:meter|control|file|code, what the client may do from now on, until its lease or stream ends",
     .help = "Shows the key of security.key_file, which clients on other machines must send first, or the token in "
             "NAME.token of the runtime folder, which gives all rights.",
     .handle = key},
    {.address = "/client/echo",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_on,
     .n_args = 1,
     .help = "Whether the client's own changes are sent back to it.",
     .handle = echo,
     .property = SQ_NO_PROPERTY},
    {.address = "/client/name",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_name,
     .n_args = 1,
     .help = "A name for logs.",
     .handle = name,
     .property = SQ_NO_PROPERTY},
    {.address = "/notify",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_on,
     .n_args = 1,
     .replies = "nothing; then comes every event: /event/added|removed s:path i:handle, /event/renamed s:old s:new, "
                "/event/dirty i, /event/late s:address f:seconds, /event/drops i:new h:all (datagrams that the kernel "
                "had no room for), /event/xrun f:count, /event/clip s:where f:channel, /event/plugin s:path f, "
                "/event/device s:what f:number, /event/record s:name s:state s:text, /event/progress s:job f:part "
                "s:text",
     .help = "Whether the client gets every event.",
     .handle = notify},
};
SQ_ROWS_COUNT(client)
