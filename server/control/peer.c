// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool loopback_only(const SqPeer *peer) {
  return (peer->stream && peer->stream->is_unix) || sq_address_loopback(&peer->address);
}

/// Splits "osc.udp://host:port/…" or "port" into host (may be empty) and port.
static SqStatus split_url(const char *url, const char **host, size_t *n_host, uint16_t *port) {
  const char *rest = url;
  *n_host = 0;
  if (strncmp(url, "osc.", 4) == 0) {
    if (strncmp(url, "osc.udp://", 10) != 0)
      return SQ_UNSUPPORTED;
    rest = url + 10;
    const char *from = rest;
    if (*rest == '[')
      rest += strcspn(rest, "]/");
    rest += strcspn(rest, ":/");
    if (*rest != ':')
      return SQ_BAD_ARGS;
    *host = from;
    *n_host = (size_t)(rest - from);
    rest++;
  }
  char *end = NULL;
  unsigned long number = *rest >= '0' && *rest <= '9' ? strtoul(rest, &end, 10) : 0;
  if (number == 0 || number > UINT16_MAX || (*end && *end != '/'))
    return SQ_BAD_ARGS;
  *port = (uint16_t)number;
  return SQ_OK;
}

/// The peer's host with another port; a Unix peer's host is this machine.
static void peer_host(const SqPeer *peer, uint16_t port, SqAddress *out) {
  if (peer->stream && peer->stream->is_unix)
    sq_address_parse("127.0.0.1", 9, port, out);
  else
    *out = peer->address;
  sq_address_set_port(out, port);
  if (sq_udp_socket_for(peer->transport, peer->socket, out) < 0 && loopback_only(peer))
    sq_address_parse("::1", 3, port, out);
}

SqStatus sq_peer_reply_to(SqPeer *peer, const char *url) {
  if (!url[0]) {
    peer->redirected = false;
    return SQ_OK;
  }
  const char *host = NULL;
  size_t n_host = 0;
  uint16_t port = 0;
  SqStatus status = split_url(url, &host, &n_host, &port);
  if (status != SQ_OK)
    return status;
  SqAddress own, to;
  peer_host(peer, port, &own);
  if (n_host == 0)
    to = own;
  else if (!sq_address_parse(host, n_host, port, &to))
    return SQ_BAD_ARGS;
  if (!sq_address_same(&to, &own) && !(sq_address_loopback(&to) && loopback_only(peer)))
    return SQ_DENIED;
  if (sq_udp_socket_for(peer->transport, peer->socket, &to) < 0)
    return SQ_UNSUPPORTED;
  peer->reply = to;
  peer->redirected = true;
  return SQ_OK;
}

SqStatus sq_peer_port_of(const SqPeer *peer, const char *url, uint16_t *port) {
  const char *host = NULL;
  size_t n_host = 0;
  const SqStatus status = split_url(url, &host, &n_host, port);
  if (status != SQ_OK || n_host == 0)
    return status;
  SqAddress own, to;
  peer_host(peer, *port, &own);
  if (!sq_address_parse(host, n_host, *port, &to))
    return SQ_BAD_ARGS;
  return sq_address_same(&to, &own) ? SQ_OK : SQ_DENIED;
}

static SqStatus send_datagram(SqPeer *peer, const SqAddress *to, const void *data, size_t size) {
  SqTransport *transport = peer->transport;
  if (size > SQ_REPLY_UDP) {
    transport->stats.too_big++;
    return SQ_LIMIT;
  }
  int socket = sq_udp_socket_for(transport, peer->socket, to);
  return socket < 0 ? SQ_UNSUPPORTED : sq_udp_send(transport, (unsigned)socket, to, data, size);
}

SqStatus sq_peer_send(SqPeer *peer, const void *data, size_t size) {
  if (peer->redirected)
    return send_datagram(peer, &peer->reply, data, size);
  if (peer->stream)
    return sq_stream_send(peer, data, size);
  if (peer->deaf && size <= SQ_REPLY_UDP) {
    peer->transport->stats.send_failed++;
    return SQ_IO;
  }
  return send_datagram(peer, &peer->address, data, size);
}

SqStatus sq_peer_send_to_port(SqPeer *peer, uint16_t port, const void *data, size_t size) {
  if (port == 0)
    return SQ_BAD_ARGS;
  SqAddress to;
  peer_host(peer, port, &to);
  return send_datagram(peer, &to, data, size);
}

size_t sq_peer_max_reply(const SqPeer *peer) {
  return peer->stream && !peer->redirected ? SQ_PACKET_STREAM : SQ_REPLY_UDP;
}

size_t sq_peer_waiting(const SqPeer *peer) {
  return peer->stream ? peer->stream->out.end - peer->stream->out.begin : 0;
}

void sq_peer_name(const SqPeer *peer, char *name, size_t size) {
  if (peer->stream && peer->stream->is_unix) {
    snprintf(name, size, "unix:uid=%u,pid=%d", (unsigned)peer->stream->uid, (int)peer->stream->pid);
    return;
  }
  char address[64];
  sq_address_format(&peer->address, address, sizeof address);
  snprintf(name, size, "%s:%s", peer->stream ? "tcp" : "udp", address);
}

void sq_peer_pause(SqPeer *peer, bool pause) {
  SqStream *stream = peer->stream;
  if (!stream || stream->paused == pause)
    return;
  stream->paused = pause;
  sq_stream_watch(peer);
  if (!pause) {
    stream->more = true; // what was read before the pause
    sq_transport_wake(peer->transport);
  }
}

uint64_t sq_peer_id(const SqPeer *peer) {
  return peer->id;
}

void sq_peer_set_user(SqPeer *peer, void *user) {
  peer->user = user;
}

void *sq_peer_user(const SqPeer *peer) {
  return peer->user;
}

void sq_peer_set_profile(SqPeer *peer, SqProfile profile) {
  peer->profile = profile;
}

SqProfile sq_peer_profile(const SqPeer *peer) {
  return peer->profile;
}

bool sq_peer_is_stream(const SqPeer *peer) {
  return peer->stream != NULL;
}

bool sq_peer_is_local(const SqPeer *peer) {
  return (peer->stream && peer->stream->is_unix) || sq_gate_is_local(peer->transport->gate, &peer->address.any);
}

bool sq_peer_is_deaf(const SqPeer *peer) {
  return peer->deaf;
}
