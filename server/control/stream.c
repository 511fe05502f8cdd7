// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// accept4 and SO_PEERCRED are Linux's own.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/peer.h"

#define READ_SIZE ((size_t)65536)
#define FLUSH_EARLY ((size_t)262144) ///< within one poll: start sending a long answer while it is being made
#define KEEP_OUT ((size_t)1 << 20)   ///< a larger block is given back once it is empty

static SqStatus listen_on(SqTransport *transport, int fd, uint64_t tag) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
  if (listen(fd, 64) < 0 || epoll_ctl(transport->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    return SQ_IO;
  return SQ_OK;
}

SqStatus sq_tcp_listen(SqTransport *transport, unsigned i, uint16_t port, char *why, size_t why_size) {
  SqAddress address = transport->udp[i].address;
  sq_address_set_port(&address, port);
  int on = 1;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // only past connections may linger, no listener
    if (address.any.sa_family == AF_INET6)
      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (fd < 0 || bind(fd, &address.any, sq_address_size(&address)) < 0 ||
      listen_on(transport, fd, SQ_TAG(SQ_TAG_TCP, i)) != SQ_OK) {
    int error = errno;
    char text[64];
    sq_address_format(&address, text, sizeof text);
    snprintf(why, why_size, "cannot listen on TCP %s: %s; choose another --port, or switch OSC over TCP off", text,
             strerror(error));
    if (fd >= 0)
      close(fd);
    return error == EADDRINUSE ? SQ_EXISTS : SQ_IO;
  }
  transport->tcp[i] = fd;
  return SQ_OK;
}

/// True when a process answers at this Unix socket.
static bool unix_alive(const struct sockaddr_un *address) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  // A full backlog (EAGAIN) has a process behind it too.
  bool alive = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
  close(fd);
  return alive;
}

SqStatus sq_unix_listen(SqTransport *transport, const char *path, char *why, size_t why_size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat info;
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) {
    snprintf(why, why_size, "the path of the Unix socket is longer than %zu bytes: %s; choose a shorter runtime folder",
             sizeof address.sun_path - 1, path);
    return SQ_BAD_ARGS;
  }
  memcpy(address.sun_path, path, length + 1);
  memcpy(transport->unix_path, path, length + 1);
  if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode)) {
    if (unix_alive(&address)) {
      snprintf(why, why_size, "%s belongs to a running squeezed; stop it, or start this one with another --name", path);
      return SQ_EXISTS;
    }
    unlink(path); // left behind by one that was killed
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // The mode of the socket is the mode of the file that bind makes: no moment at which others may connect.
  if (fd < 0 || fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
    snprintf(why, why_size, "cannot make the Unix socket %s: %s; check that its folder exists and is writable", path,
             strerror(errno));
    if (fd >= 0)
      close(fd);
    return SQ_IO;
  }
  transport->unix_fd = fd;
  if (lstat(path, &info) == 0) {
    transport->unix_dev = info.st_dev;
    transport->unix_ino = info.st_ino;
  }
  if (listen_on(transport, fd, SQ_TAG(SQ_TAG_UNIX, 0)) != SQ_OK) {
    snprintf(why, why_size, "cannot listen on %s: %s", path, strerror(errno));
    return SQ_IO;
  }
  return SQ_OK;
}

void sq_stream_free(SqStream *stream) {
  if (stream->fd >= 0)
    close(stream->fd);
  sq_bytes_cleanup(&stream->framing.in);
  sq_bytes_cleanup(&stream->out);
  free(stream);
}

static void set_up(SqStream *stream) {
  int on = 1;
  if (stream->is_unix) {
    struct ucred who = {.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t size = sizeof who;
    getsockopt(stream->fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
    stream->uid = who.uid;
    stream->pid = who.pid;
  } else {
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  stream->framing.max = SQ_PACKET_STREAM;
}

/// Without a free descriptor the connection would stay in the backlog and keep us awake: the spare one refuses it.
static void refuse_with_spare(SqTransport *transport, int listener) {
  close(transport->spare);
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    close(fd);
    transport->stats.streams_refused++;
  }
  transport->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void admit(SqTransport *transport, int fd, const SqAddress *from, bool is_unix) {
  SqStream *stream = transport->stats.streams < SQ_MAX_STREAMS ? calloc(1, sizeof *stream) : NULL;
  if (stream)
    *stream = (SqStream){.fd = fd, .is_unix = is_unix};
  SqPeer *peer = stream ? sq_peer_add_stream(transport, stream) : NULL;
  if (!peer) {
    free(stream);
    close(fd);
    transport->stats.streams_refused++;
    return;
  }
  peer->address = *from;
  set_up(stream);
  sq_stream_watch(peer);
}

void sq_stream_accept(SqTransport *transport, int listener, bool is_unix) {
  for (int i = 0; i < SQ_POLL_ACCEPTS; i++) {
    SqAddress from = {0};
    socklen_t size = sizeof from;
    int fd = accept4(listener, is_unix ? NULL : &from.any, is_unix ? NULL : &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE)
        refuse_with_spare(transport, listener);
      return;
    }
    if (is_unix || sq_transport_admits(transport, &from))
      admit(transport, fd, &from, is_unix);
    else
      close(fd);
  }
}

void sq_stream_watch(SqPeer *peer) {
  SqStream *stream = peer->stream;
  uint32_t want = (stream->paused || stream->ended || stream->more ? 0u : (uint32_t)EPOLLIN) |
                  (stream->out.end > stream->out.begin ? (uint32_t)EPOLLOUT : 0u);
  // Out of the set altogether, because a hang-up is reported even to those who ask for nothing.
  bool watch = want != 0;
  if (watch == stream->watched && (!watch || want == stream->events))
    return;
  struct epoll_event event = {.events = want, .data.u64 = peer->id};
  int operation = !watch ? EPOLL_CTL_DEL : stream->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(peer->transport->epoll, operation, stream->fd, &event) < 0 && watch) {
    sq_peer_close(peer);
    return;
  }
  stream->watched = watch;
  stream->events = want;
}

void sq_stream_flush(SqPeer *peer) {
  SqStream *stream = peer->stream;
  SqBytes *out = &stream->out;
  stream->dirty = false;
  while (out->end > out->begin) {
    ssize_t n = send(stream->fd, out->bytes + out->begin, out->end - out->begin, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      if (errno != EAGAIN) {
        out->begin = out->end;
        sq_peer_close(peer);
      }
      break;
    }
    out->begin += (size_t)n;
  }
  if (out->begin == out->end && out->capacity > KEEP_OUT)
    sq_bytes_cleanup(out);
  if (peer->closing)
    return;
  if (stream->ended && !stream->more && !stream->paused && out->begin == out->end)
    sq_peer_close(peer);
  else
    sq_stream_watch(peer);
}

SqStatus sq_stream_send(SqPeer *peer, const void *data, size_t size) {
  SqTransport *transport = peer->transport;
  SqStream *stream = peer->stream;
  if (peer->closing)
    return SQ_IO;
  if (size > SQ_PACKET_STREAM) {
    transport->stats.too_big++;
    return SQ_LIMIT;
  }
  size_t waiting = stream->out.end - stream->out.begin;
  if (waiting + size > transport->stream_out ||
      sq_framing_wrap(stream->framing.kind, &stream->out, data, size) != SQ_OK) {
    transport->stats.slow_readers++;
    sq_peer_close(peer);
    return SQ_LIMIT;
  }
  transport->stats.packets_out++;
  transport->stats.bytes_out += size;
  // Within a poll answers are gathered: one write for a burst of queries instead of one each.
  if (transport->polling && waiting + size < FLUSH_EARLY) {
    stream->dirty = true;
    return SQ_OK;
  }
  if (waiting < FLUSH_EARLY || !(stream->events & (uint32_t)EPOLLOUT))
    sq_stream_flush(peer);
  return SQ_OK;
}

/// Reads once. False when nothing came.
static bool read_some(SqPeer *peer) {
  SqStream *stream = peer->stream;
  SqBytes *in = &stream->framing.in;
  if (sq_bytes_reserve(in, READ_SIZE) != SQ_OK) {
    sq_peer_close(peer);
    return false;
  }
  ssize_t n = recv(stream->fd, in->bytes + in->end, in->capacity - in->end, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (n <= 0) {
    stream->ended = true;
    return false;
  }
  in->end += (size_t)n;
  return true;
}

void sq_stream_dispatch(SqPeer *peer, unsigned *budget) {
  SqTransport *transport = peer->transport;
  SqStream *stream = peer->stream;
  const SqTransportCallbacks *call = &transport->callbacks;
  stream->more = true;
  while (*budget > 0 && !stream->paused && !peer->closing) {
    const uint8_t *data = NULL;
    size_t size = 0;
    SqFrame frame = sq_framing_next(&stream->framing, &data, &size);
    if (frame == SQ_FRAME_NONE) {
      stream->more = false;
      break;
    }
    --*budget;
    if (frame == SQ_FRAME_PACKET) {
      transport->stats.packets_in++;
      transport->stats.bytes_in += size;
      peer->heard_ms = transport->now_ms;
      call->packet(call->context, peer, data, size);
    } else if (frame == SQ_FRAME_OVERSIZE) {
      transport->stats.oversize++;
      if (call->oversize)
        call->oversize(call->context, peer, size);
    } else {
      transport->stats.bad_framing++;
      sq_peer_close(peer);
    }
  }
}

void sq_stream_event(SqPeer *peer, uint32_t events) {
  SqStream *stream = peer->stream;
  unsigned budget = SQ_POLL_PACKETS;
  if (peer->closing)
    return;
  if (events & (uint32_t)EPOLLOUT)
    sq_stream_flush(peer);
  if (stream->more && !stream->paused)
    sq_stream_dispatch(peer, &budget);
  // What is whole is handed out before more is read, so a paused or busy client is held back by its own socket.
  if (!stream->more && !stream->paused && !stream->ended && !peer->closing && budget > 0 &&
      (events & (uint32_t)(EPOLLIN | EPOLLHUP | EPOLLERR))) {
    read_some(peer);
    sq_stream_dispatch(peer, &budget);
  }
  if (peer->closing)
    return;
  if (stream->more && !stream->paused)
    sq_transport_wake(peer->transport);
  sq_stream_flush(peer);
}

bool sq_peer_is_local_uid(const SqPeer *peer) {
  return peer->stream && peer->stream->is_unix && peer->stream->uid == geteuid();
}
