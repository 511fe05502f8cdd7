// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/peer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>

// An id is index + 1 of the memory in the low bits and the count of its uses above: the lookup is one access, and no id
// comes twice (43 bits of uses).
#define INDEX_BITS 20
_Static_assert(SQ_MAX_PEERS + SQ_MAX_STREAMS < 1u << INDEX_BITS, "peers fit in the index of an id");
_Static_assert((SQ_MAX_PEERS + SQ_MAX_STREAMS) % SQ_PEER_CHUNK == 0, "whole chunks");

static void list_append(SqPeerList *list, SqPeer *peer) {
  peer->older = list->last;
  peer->newer = NULL;
  if (list->last)
    list->last->newer = peer;
  else
    list->first = peer;
  list->last = peer;
}

static void list_remove(SqPeerList *list, SqPeer *peer) {
  if (peer->older)
    peer->older->newer = peer->newer;
  else
    list->first = peer->newer;
  if (peer->newer)
    peer->newer->older = peer->older;
  else
    list->last = peer->older;
  peer->older = peer->newer = NULL;
}

/// splitmix64's finisher (Steele, Lea, Flood 2014), seeded at random so that nobody can choose addresses of one bucket.
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static unsigned bucket_of(const SqTransport *transport, unsigned socket, const SqAddress *address) {
  uint64_t key[2] = {0, 0};
  uint64_t port = sq_address_port(address);
  if (address->any.sa_family == AF_INET)
    key[0] = address->v4.sin_addr.s_addr;
  else
    memcpy(key, &address->v6.sin6_addr, sizeof key);
  uint64_t hash = mix(transport->hash_seed ^ key[0]);
  hash = mix(hash ^ key[1]);
  hash = mix(hash ^ port << 8 ^ socket);
  return (unsigned)(hash % SQ_PEER_BUCKETS);
}

static SqPeer *peer_take(SqTransport *transport) {
  if (!transport->free_peers) {
    if (transport->n_chunks == SQ_PEER_CHUNKS)
      return NULL;
    SqPeer *chunk = calloc(SQ_PEER_CHUNK, sizeof *chunk);
    if (!chunk)
      return NULL;
    for (unsigned i = SQ_PEER_CHUNK; i-- > 0;) {
      chunk[i].id = transport->n_chunks * SQ_PEER_CHUNK + i + 1;
      chunk[i].chained = transport->free_peers;
      transport->free_peers = &chunk[i];
    }
    transport->chunks[transport->n_chunks++] = chunk;
  }
  SqPeer *peer = transport->free_peers;
  transport->free_peers = peer->chained;
  uint64_t id = peer->id;
  *peer = (SqPeer){.transport = transport, .id = id, .heard_ms = transport->now_ms};
  return peer;
}

static void peer_give(SqPeer *peer) {
  SqTransport *transport = peer->transport;
  uint64_t id = peer->id + (UINT64_C(1) << INDEX_BITS);
  *peer = (SqPeer){.id = id, .chained = transport->free_peers};
  transport->free_peers = peer;
}

SqPeer *sq_transport_peer(SqTransport *transport, uint64_t id) {
  uint64_t index = (id & ((1u << INDEX_BITS) - 1));
  if (index == 0 || index > (uint64_t)transport->n_chunks * SQ_PEER_CHUNK)
    return NULL;
  SqPeer *peer = &transport->chunks[(index - 1) / SQ_PEER_CHUNK][(index - 1) % SQ_PEER_CHUNK];
  return peer->id == id && peer->transport && !peer->closing ? peer : NULL;
}

SqPeer *sq_peer_find(SqTransport *transport, unsigned socket, const SqAddress *address) {
  SqPeer *peer = transport->buckets[bucket_of(transport, socket, address)];
  while (peer && !(peer->socket == socket && sq_address_same(&peer->address, address)))
    peer = peer->chained;
  return peer;
}

/// Takes a UDP peer out of the table: what comes from its address later is a new peer.
static void peer_unlist(SqPeer *peer) {
  SqTransport *transport = peer->transport;
  SqPeer **at = &transport->buckets[bucket_of(transport, peer->socket, &peer->address)];
  while (*at != peer)
    at = &(*at)->chained;
  *at = peer->chained;
  list_remove(&transport->by_age, peer);
  transport->stats.peers--;
}

SqPeer *sq_peer_heard(SqTransport *transport, unsigned socket, const SqAddress *address) {
  SqPeer *peer = sq_peer_find(transport, socket, address);
  if (peer) {
    if (peer != transport->by_age.last) {
      list_remove(&transport->by_age, peer);
      list_append(&transport->by_age, peer);
    }
    peer->heard_ms = transport->now_ms;
    peer->deaf = false;
    return peer;
  }
  if (transport->stats.peers >= SQ_MAX_PEERS) {
    transport->stats.evicted++;
    SqPeer *oldest = transport->by_age.first;
    sq_peer_close(oldest);
    sq_peer_end(oldest);
  }
  peer = peer_take(transport);
  if (!peer)
    return NULL;
  peer->socket = (uint8_t)socket;
  peer->address = *address;
  SqPeer **bucket = &transport->buckets[bucket_of(transport, socket, address)];
  peer->chained = *bucket;
  *bucket = peer;
  list_append(&transport->by_age, peer);
  transport->stats.peers++;
  return peer;
}

SqPeer *sq_peer_add_stream(SqTransport *transport, SqStream *stream) {
  SqPeer *peer = peer_take(transport);
  if (!peer)
    return NULL;
  peer->stream = stream;
  list_append(&transport->streams, peer);
  transport->stats.streams++;
  return peer;
}

void sq_peer_close(SqPeer *peer) {
  SqTransport *transport = peer->transport;
  if (peer->closing)
    return;
  peer->closing = true;
  if (!peer->stream)
    peer_unlist(peer);
  peer->doomed = transport->doomed;
  transport->doomed = peer;
  sq_transport_wake(transport);
}

void sq_peer_end(SqPeer *peer) {
  SqTransport *transport = peer->transport;
  SqPeer **at = &transport->doomed;
  while (*at != peer)
    at = &(*at)->doomed;
  *at = peer->doomed;
  transport->callbacks.closed(transport->callbacks.context, peer);
  if (peer->stream) {
    list_remove(&transport->streams, peer);
    transport->stats.streams--;
    sq_stream_flush(peer);
    sq_stream_free(peer->stream);
  }
  peer_give(peer);
}

void sq_peer_expire(SqTransport *transport) {
  for (unsigned n = 0; n < SQ_POLL_LEASES; n++) {
    SqPeer *oldest = transport->by_age.first;
    if (!oldest || transport->now_ms - oldest->heard_ms < transport->lease_ms)
      break;
    sq_peer_close(oldest);
    sq_peer_end(oldest);
  }
  const SqPeer *oldest = transport->by_age.first;
  if (!oldest || transport->armed)
    return;
  int64_t wait = oldest->heard_ms + transport->lease_ms - transport->now_ms;
  wait = wait < 1 ? 1 : wait;
  struct itimerspec when = {.it_value = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000}};
  timerfd_settime(transport->timer, 0, &when, NULL);
  transport->armed = true;
}
