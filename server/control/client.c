// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Clients: made with their first packet, gone with their lease or stream; what they held is let go.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control.h"

SqClient *sq_client_of(SqControl *control, SqPeer *peer) {
  SqClient *client = sq_peer_user(peer);
  if (client)
    return client;
  client = sq_alloc(1, sizeof *client);
  client->peer = peer;
  client->id = sq_peer_id(peer);
  client->max_hz = 30.0;
  client->last_change = &client->changes;
  client->next = control->clients;
  control->clients = client;
  sq_peer_set_user(peer, client);
  return client;
}

SqClient *sq_client_find(SqControl *control, uint64_t id) {
  SqPeer *peer = id && control->transport ? sq_transport_peer(control->transport, id) : NULL;
  return peer ? sq_peer_user(peer) : NULL;
}

uint64_t sq_client_origin(const SqClient *client) {
  return client && sq_peer_is_stream(client->peer) ? client->id : 0;
}

void sq_client_unsubscribe(SqClient *client, const char *pattern) {
  for (SqSubscription **at = &client->subscriptions; *at;) {
    SqSubscription *s = *at;
    if (pattern && strcmp(s->pattern, pattern) != 0) {
      at = &s->next;
      continue;
    }
    *at = s->next;
    free(s);
  }
}

void sq_client_hold(SqClient *client, SqHandle proc, float key, uint32_t id) {
  if (!client)
    return;
  if (client->n_held == client->cap_held) {
    client->cap_held = client->cap_held ? 2 * client->cap_held : 16;
    client->held = sq_realloc(client->held, client->cap_held, sizeof *client->held);
  }
  client->held[client->n_held++] = (SqHeld){proc, key, id};
}

void sq_client_release(SqClient *client, SqHandle proc, float key, uint32_t id) {
  for (uint32_t i = 0; client && i < client->n_held; i++) {
    const SqHeld *h = &client->held[i];
    if (h->proc == proc && h->id == id && (id || !(h->key < key || h->key > key))) {
      client->held[i] = client->held[--client->n_held];
      return;
    }
  }
}

void sq_client_gone(SqControl *control, SqPeer *peer) {
  SqClient *client = sq_peer_user(peer);
  if (!client)
    return;
  for (uint32_t i = 0; i < client->n_held; i++) {
    const SqHeld *h = &client->held[i];
    sq_link_event(control->ctx.link, h->proc, &(SqEvent){.kind = SQ_EVENT_NOTE_OFF, .key = h->key, .id = h->id}, 0, 0);
  }
  control->listening_known = false;
  sq_client_unsubscribe(client, NULL);
  for (SqChange *change = client->changes; change;) {
    SqChange *next = change->next;
    sq_items_cleanup(&change->items);
    free(change);
    change = next;
  }
  for (SqClient **at = &control->clients; *at; at = &(*at)->next)
    if (*at == client) {
      *at = client->next;
      break;
    }
  free(client->held);
  free(client);
  sq_peer_set_user(peer, NULL);
}
