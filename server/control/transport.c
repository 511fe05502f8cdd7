// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "control/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "control/peer.h"

#define PORT_ATTEMPTS 100

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sq_transport_wake(SqTransport *transport) {
  uint64_t one = 1;
  if (!transport->wake_set && write(transport->wake, &one, sizeof one) == sizeof one)
    transport->wake_set = true;
}

bool sq_transport_admits(SqTransport *transport, const SqAddress *from) {
  if (sq_gate_admits(transport->gate, &from->any))
    return true;
  char name[64];
  sq_address_format(from, name, sizeof name);
  transport->stats.strangers++;
  if (transport->callbacks.stranger)
    transport->callbacks.stranger(transport->callbacks.context, name);
  return false;
}

static void close_listeners(SqTransport *transport) {
  for (unsigned i = 0; i < transport->n_udp; i++) {
    close(transport->udp[i].fd);
    if (transport->tcp[i] >= 0)
      close(transport->tcp[i]);
    transport->tcp[i] = -1;
    transport->udp_dropped[i] = 0;
  }
  transport->n_udp = 0;
}

/// UDP on every address and TCP beside it, all on this port (0: the first address picks it).
static SqStatus open_port(SqTransport *transport, const SqTransportConfig *config, char *why, size_t why_size) {
  static const char *const both[] = {"127.0.0.1", "::1"};
  const char *const *bind_to = config->bind ? config->bind : both;
  unsigned n = config->bind ? config->n_bind : 2;
  uint16_t port = config->port;
  for (unsigned i = 0; i < n; i++) {
    SqAddress address;
    if (!sq_address_parse(bind_to[i], strlen(bind_to[i]), port, &address)) {
      snprintf(why, why_size, "'%s' is not a numeric IPv4 or IPv6 address; write for example 127.0.0.1", bind_to[i]);
      return SQ_BAD_ARGS;
    }
    SqStatus status = sq_udp_open(transport, &address, why, why_size);
    if (status == SQ_UNSUPPORTED && !config->bind && i > 0)
      continue; // a machine without IPv6
    if (status != SQ_OK)
      return status == SQ_UNSUPPORTED ? SQ_IO : status;
    unsigned at = transport->n_udp - 1;
    port = sq_address_port(&transport->udp[at].address);
    if (!config->no_tcp && port == UINT16_MAX) {
      snprintf(why, why_size, "port 65535 leaves none for TCP (port + 1); choose a smaller --port");
      return config->port ? SQ_BAD_ARGS : SQ_EXISTS;
    }
    status = config->no_tcp ? SQ_OK : sq_tcp_listen(transport, at, (uint16_t)(port + 1), why, why_size);
    if (status != SQ_OK)
      return status;
  }
  transport->port = port;
  transport->tcp_port = config->no_tcp ? 0 : (uint16_t)(port + 1);
  return SQ_OK;
}

static SqStatus watch(SqTransport *transport, int fd, uint64_t tag) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
  return fd >= 0 && epoll_ctl(transport->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? SQ_OK : SQ_IO;
}

static SqStatus open_all(SqTransport *transport, const SqTransportConfig *config, char *why, size_t why_size) {
  transport->epoll = epoll_create1(EPOLL_CLOEXEC);
  transport->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  transport->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  transport->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
  transport->batch = sq_udp_batch_new();
  if (transport->epoll < 0 || !transport->batch ||
      watch(transport, transport->timer, SQ_TAG(SQ_TAG_TIMER, 0)) != SQ_OK ||
      watch(transport, transport->wake, SQ_TAG(SQ_TAG_WAKE, 0)) != SQ_OK) {
    snprintf(why, why_size, "cannot set up the control loop: %s", strerror(errno));
    return SQ_IO;
  }
  if (config->n_bind > SQ_TRANSPORT_BINDS || (config->bind && config->n_bind == 0)) {
    snprintf(why, why_size, "%u addresses to listen on; give 1 to %d", config->n_bind, SQ_TRANSPORT_BINDS);
    return SQ_BAD_ARGS;
  }
  SqStatus status = SQ_EXISTS;
  for (int i = 0; i < PORT_ATTEMPTS && status == SQ_EXISTS; i++) {
    close_listeners(transport);
    status = open_port(transport, config, why, why_size);
    if (config->port)
      break;
  }
  if (status == SQ_OK && config->unix_path)
    status = sq_unix_listen(transport, config->unix_path, why, why_size);
  return status;
}

SqStatus sq_transport_open(const SqTransportConfig *config, const SqTransportCallbacks *callbacks, SqTransport **out,
                           char *why, size_t why_size) {
  *out = NULL;
  SqTransport *transport = calloc(1, sizeof *transport);
  if (!transport) {
    snprintf(why, why_size, "no memory for the sockets");
    return SQ_LIMIT;
  }
  static const SqGate loopback = {.trusts_loopback = true};
  transport->callbacks = *callbacks;
  transport->gate = config->gate ? config->gate : &loopback;
  transport->lease_ms = config->lease_ms ? config->lease_ms : SQ_LEASE_MS;
  transport->stream_out = config->stream_out ? config->stream_out : SQ_STREAM_OUT;
  transport->now_ms = now_ms();
  transport->epoll = transport->timer = transport->wake = transport->spare = transport->unix_fd = -1;
  for (unsigned i = 0; i < SQ_TRANSPORT_BINDS; i++)
    transport->tcp[i] = -1;
  if (getrandom(&transport->hash_seed, sizeof transport->hash_seed, GRND_NONBLOCK) < 0)
    transport->hash_seed = (uint64_t)transport->now_ms ^ (uint64_t)getpid() << 32;
  SqStatus status = open_all(transport, config, why, why_size);
  if (status != SQ_OK) {
    sq_transport_close(transport);
    return status;
  }
  *out = transport;
  return SQ_OK;
}

static void reap(SqTransport *transport) {
  while (transport->doomed)
    sq_peer_end(transport->doomed);
}

static void close_fd(int fd) {
  if (fd >= 0)
    close(fd);
}

void sq_transport_close(SqTransport *transport) {
  if (!transport)
    return;
  while (transport->by_age.first) {
    sq_peer_close(transport->by_age.first);
    reap(transport);
  }
  while (transport->streams.first) {
    sq_peer_close(transport->streams.first);
    reap(transport);
  }
  close_listeners(transport);
  struct stat info;
  // Only our own file: a successor may have replaced it.
  if (transport->unix_fd >= 0 && lstat(transport->unix_path, &info) == 0 && info.st_ino == transport->unix_ino &&
      info.st_dev == transport->unix_dev)
    unlink(transport->unix_path);
  close_fd(transport->unix_fd);
  close_fd(transport->timer);
  close_fd(transport->wake);
  close_fd(transport->spare);
  close_fd(transport->epoll);
  for (unsigned i = 0; i < transport->n_chunks; i++)
    free(transport->chunks[i]);
  free(transport->batch);
  free(transport);
}

void sq_transport_set_lease(SqTransport *transport, uint32_t lease_ms) {
  transport->lease_ms = lease_ms;
  transport->armed = false; // the timer may be set for later than the new lease
  sq_transport_wake(transport);
}

void sq_transport_recheck(SqTransport *transport) {
  const SqPeerList *lists[] = {&transport->by_age, &transport->streams};
  for (size_t i = 0; i < 2; i++)
    for (SqPeer *peer = lists[i]->first, *newer; peer; peer = newer) {
      newer = peer->newer;
      if (!(peer->stream && peer->stream->is_unix) && !sq_gate_admits(transport->gate, &peer->address.any))
        sq_peer_close(peer);
    }
}

int sq_transport_fd(const SqTransport *transport) {
  return transport->epoll;
}

static void handle(SqTransport *transport, const struct epoll_event *event) {
  uint64_t tag = event->data.u64;
  uint64_t drained;
  if (!(tag >> 63)) {
    SqPeer *peer = sq_transport_peer(transport, tag);
    if (peer)
      sq_stream_event(peer, event->events);
    return;
  }
  unsigned index = (unsigned)(tag & 0xff);
  switch (tag >> 8 & 0xff) {
  case SQ_TAG_UDP:
    if (event->events & (uint32_t)EPOLLERR)
      sq_udp_errors(transport, index);
    sq_udp_receive(transport, index);
    break;
  case SQ_TAG_TCP:
    sq_stream_accept(transport, transport->tcp[index], false);
    break;
  case SQ_TAG_UNIX:
    sq_stream_accept(transport, transport->unix_fd, true);
    break;
  case SQ_TAG_TIMER:
    if (read(transport->timer, &drained, sizeof drained) > 0)
      transport->armed = false;
    break;
  default:
    if (read(transport->wake, &drained, sizeof drained) > 0)
      transport->wake_set = false;
    break;
  }
}

/// Streams with whole packets left over from an earlier poll, then the answers gathered in this one.
static void serve_streams(SqTransport *transport) {
  SqPeer *next;
  for (SqPeer *peer = transport->streams.first; peer; peer = next) {
    next = peer->newer;
    if (peer->stream->more && !peer->stream->paused)
      sq_stream_event(peer, 0);
  }
  for (SqPeer *peer = transport->streams.first; peer; peer = next) {
    next = peer->newer;
    if (peer->stream->dirty && !peer->closing)
      sq_stream_flush(peer);
  }
}

void sq_transport_poll(SqTransport *transport) {
  struct epoll_event events[SQ_POLL_EVENTS];
  transport->now_ms = now_ms();
  int n = epoll_wait(transport->epoll, events, SQ_POLL_EVENTS, 0);
  transport->polling = true;
  bool woken = false;
  for (int i = 0; i < n; i++) {
    woken |= events[i].data.u64 == SQ_TAG(SQ_TAG_WAKE, 0);
    handle(transport, &events[i]);
  }
  if (woken || transport->stats.streams)
    serve_streams(transport);
  transport->polling = false;
  reap(transport);
  sq_peer_expire(transport);
}

uint16_t sq_transport_port(const SqTransport *transport) {
  return transport->port;
}

uint16_t sq_transport_tcp_port(const SqTransport *transport) {
  return transport->tcp_port;
}

bool sq_transport_url(const SqTransport *transport, unsigned i, char *url, size_t size) {
  char text[64];
  unsigned n = transport->n_udp;
  if (i < n) {
    sq_address_format(&transport->udp[i].address, text, sizeof text);
    snprintf(url, size, "osc.udp://%s/", text);
    return true;
  }
  i -= n;
  if (transport->tcp_port && i < n) {
    SqAddress address = transport->udp[i].address;
    sq_address_set_port(&address, transport->tcp_port);
    sq_address_format(&address, text, sizeof text);
    snprintf(url, size, "osc.tcp://%s/", text);
    return true;
  }
  i -= transport->tcp_port ? n : 0;
  if (i > 0 || transport->unix_fd < 0)
    return false;
  snprintf(url, size, "osc.unix://%s", transport->unix_path);
  return true;
}

void sq_transport_stats(SqTransport *transport, SqTransportStats *out) {
  sq_udp_count_dropped(transport);
  *out = transport->stats;
}
