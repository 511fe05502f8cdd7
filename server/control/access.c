// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Who may call what: the access class of each row against where its caller sits and which secret it knows.
#include <string.h>

#include "control/control.h"

#define TRIES 8 ///< wrong keys of one lease that are answered

SqAccess sq_access_of(const SqControl *control, const SqClient *client) {
  if (!client)
    return SQ_ACCESS_CONTROL;
  if (client->has_token || sq_peer_is_local_uid(client->peer))
    return SQ_ACCESS_CODE;
  if (!sq_peer_is_local(client->peer))
    return client->has_key ? SQ_ACCESS_CONTROL : SQ_ACCESS_METER;
  return control->ctx.options->security.code_from_loopback ? SQ_ACCESS_CODE : SQ_ACCESS_FILE;
}

const char *sq_access_refusal(SqAccess access) {
  return access == SQ_ACCESS_FILE
             ? "files are named by clients on the daemon's own machine; send it from there, or the token first"
             : "this loads code: send it on the daemon's Unix socket, or the token of its runtime folder with "
               "/client/key first, or set security.code_from_loopback = on in squeezed.conf";
}

/// Where the message would be answered, if it is one.
static bool read_address(const uint8_t *data, size_t size, SqReturn *to) {
  const char *ignored;
  return !sq_osc_is_bundle(data, size) && memchr(data, 0, size) &&
         sq_return_read(to, (const char *)data, &ignored) == SQ_OK;
}

bool sq_access_admits(SqControl *control, SqClient *client, const uint8_t *data, size_t size) {
  if (!client || client->has_key || client->has_token || sq_peer_is_local(client->peer))
    return true;
  SqReturn to = {.address = "#bundle"};
  if (read_address(data, size, &to) && strcmp(to.address, "/client/key") == 0)
    return client->bad_keys < TRIES;
  if (!client->told_of_key)
    sq_answer_fail(control, client, &to, SQ_DENIED, "send the key first: /client/key KEY; security.key_file names it");
  client->told_of_key = true;
  return false;
}

SqStatus sq_control_key(SqCall *call, const char *text) {
  static const char *const classes[] = {"meter", "control", "file", "code"};
  const SqControl *control = call->ctx->control;
  SqClient *client = call->client;
  if (!client)
    return SQ_NOT_NOW;
  const bool key = sq_gate_fits(control->gate.key, text), token = sq_gate_fits(control->access_token, text);
  client->has_key |= key;
  client->has_token |= token;
  if (!key && !token) {
    if (client->bad_keys < TRIES)
      client->bad_keys++;
    return SQ_DENIED;
  }
  sq_items_text(&call->results, classes[sq_access_of(control, client)]);
  return SQ_OK;
}

void sq_control_set_gate(SqControl *control, SqGate *gate) {
  const SqGate old = control->gate;
  control->gate = *gate;
  *gate = old;
  for (SqClient *client = control->clients; client && strcmp(control->gate.key, old.key) != 0; client = client->next)
    client->has_key = client->told_of_key = false;
  sq_transport_recheck(control->transport);
}
