// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Values in bulk, subscriptions and the caller's own settings.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/value.h"
#include "control/control.h"

typedef struct {
  SqCall *call;
  int32_t n;
  const SqReturn *to; ///< NULL: as the answer
} Listing;

/// Gets one value and sends it on its address.
static void send_value(void *context, const char *address, const SqMatch *match) {
  Listing *listing = context;
  SqCall *call = listing->call;
  SqControl *control = call->ctx->control;
  SqArgs none = {0};
  SqCall get = {.ctx = call->ctx,
                .row = match->row,
                .client = call->client,
                .address = address,
                .args = &none,
                .target = match->target};
  if (match->row->kind != SQ_ROW_VALUE)
    return;
  if (match->row->needs_instance) {
    SqLinkState state;
    if (!get.target.proc || sq_link_proc(call->ctx->link, get.target.proc, &state, NULL, NULL) != SQ_OK ||
        state != SQ_LINK_READY)
      return;
  }
  if (match->target.send == 0 && strstr(match->row->address, "{send}"))
    return;
  const SqStatus status = match->row->handle ? match->row->handle(&get) : sq_value_handle(&get);
  if (status == SQ_OK) {
    sq_answer_send(control, call->client, listing->to ? listing->to : control->returning, address, &get.results);
    listing->n++;
  }
  sq_items_cleanup(&get.results);
}

static void send_settable(void *context, const char *address, const SqMatch *match) {
  const bool view = strcmp(match->row->address, "{any}/fader") == 0; // of gain, which would be rounded by it
  if (!match->row->read_only && !view && strncmp(match->row->address, "/client/", 8) != 0 &&
      strncmp(match->row->address, "/server/", 8) != 0)
    send_value(context, address, match);
}

void sq_control_list_values(SqCall *call, const char *prefix) {
  Listing listing = {.call = call};
  sq_tree_values(call->ctx->control->tree, call->ctx, prefix, send_settable, &listing);
  sq_items_int(&call->results, listing.n);
}

SqStatus sq_control_subscribe(SqCall *call, const char *pattern, double max_hz, const char *url) {
  if (!call->client)
    return SQ_NOT_NOW;
  if (pattern[0] != '/' || strlen(pattern) >= SQ_ADDRESS_MAX)
    return sq_call_fail(call, SQ_BAD_ARGS, "'%.80s' is no address pattern; they begin with '/'", pattern);
  uint16_t port = 0;
  if (url && url[0] && sq_peer_port_of(call->client->peer, url, &port) != SQ_OK)
    return sq_call_fail(call, SQ_BAD_ARGS,
                        "'%.80s' is no place for changes; give a UDP port of your host, or osc.udp://HOST:PORT/", url);
  call->ctx->control->listening_known = false;
  sq_client_unsubscribe(call->client, pattern);
  SqSubscription *s = sq_alloc(1, sizeof *s);
  snprintf(s->pattern, sizeof s->pattern, "%s", pattern);
  s->max_hz = max_hz;
  s->port = port;
  s->next = call->client->subscriptions;
  call->client->subscriptions = s;
  call->client->max_hz = max_hz;
  SqReturn to = *call->ctx->control->returning;
  to.port = port ? port : to.port;
  Listing listing = {.call = call, .to = &to};
  sq_tree_expand(call->ctx->control->tree, call->ctx, pattern, send_value, &listing);
  sq_items_int(&call->results, listing.n);
  return SQ_OK;
}

void sq_control_unsubscribe(SqCall *call, const char *pattern) {
  call->ctx->control->listening_known = false;
  if (call->client)
    sq_client_unsubscribe(call->client, pattern);
}

// ---- the caller -----------------------------------------------------------------------------------------------------

void sq_control_client(const SqCall *call, SqClientSettings *settings) {
  *settings = (SqClientSettings){0};
  if (!call->client)
    return;
  settings->full = sq_peer_profile(call->client->peer) == SQ_PROFILE_FULL;
  settings->notify = call->client->notify;
  settings->echo = call->client->echo;
  memcpy(settings->name, call->client->name, sizeof settings->name);
}

void sq_control_set_client(SqCall *call, const SqClientSettings *settings) {
  if (!call->client)
    return;
  sq_peer_set_profile(call->client->peer, settings->full ? SQ_PROFILE_FULL : SQ_PROFILE_PLAIN);
  call->ctx->control->listening_known = false;
  call->client->notify = settings->notify;
  call->client->echo = settings->echo;
  memcpy(call->client->name, settings->name, sizeof call->client->name);
}

SqStatus sq_control_reply_to(SqCall *call, const char *url) {
  return call->client ? sq_peer_reply_to(call->client->peer, url) : SQ_NOT_NOW;
}

void sq_control_hold(SqCall *call, SqHandle proc, float key, uint32_t id) {
  sq_client_hold(call->client, proc, key, id);
}

void sq_control_release(SqCall *call, SqHandle proc, float key, uint32_t id) {
  sq_client_release(call->client, proc, key, id);
}

void sq_control_quit(SqControl *control) {
  control->quitting = true;
}

void sq_control_set_lease(SqControl *control, uint32_t seconds) {
  sq_transport_set_lease(control->transport, seconds * 1000U);
}

const char *sq_control_contract_hash(const SqCall *call) {
  return call->ctx->control->contract_hash;
}

void sq_control_stats(const SqCall *call, SqControlStats *stats) {
  const SqControl *control = call->ctx->control;
  SqTransportStats transport;
  sq_transport_stats(control->transport, &transport);
  *stats = (SqControlStats){.messages = control->messages,
                            .failures = control->failures,
                            .kernel_dropped = transport.kernel_dropped,
                            .stored = control->store.frames.n + control->store.beats.n,
                            .clients = transport.peers + transport.streams,
                            .uptime_ms = sq_clock_now_ms() - control->started_ms};
}
