// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// libsqueeze's connection: sockets, framing, requests.
#include "clients/libsqueeze/squeeze.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
  READ_SIZE = 1 << 16,        ///< bytes of one read; holds any UDP packet
  PACKET_MAX = 1 << 26,       ///< bytes of a packet on a stream past which the stream is taken for broken
  RECEIVE_BUFFER = 4 << 20,   ///< bytes wished for a UDP socket: the answers to a burst
  DEFAULT_TIMEOUT_MS = 10000, ///< a plug-in may take seconds to load
  BUNDLE_DEPTH = 8
};

struct SqRemote {
  char url[SQ_REMOTE_URL];
  int fd;
  bool stream;
  bool lost;
  int timeout_ms;
  uint32_t last_tag;
  SqOscArg *args;         ///< [SQ_REMOTE_ARGS] of the message in hand
  uint8_t *in;            ///< [in_cap], in_size bytes not yet handed over: framed packets, for UDP too
  size_t in_size, in_cap; ///< bytes
};

int64_t sq_remote_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// ---- open and close -------------------------------------------------------------------------------------------------

static SqStatus open_unix(SqRemote *remote, const char *path, char error[SQ_REMOTE_TEXT]) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  while (path[0] == '/' && path[1] == '/')
    path++;
  if (strlen(path) >= sizeof address.sun_path) {
    snprintf(error, SQ_REMOTE_TEXT, "the socket's path is too long: %s", path);
    return SQ_BAD_ARGS;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  remote->stream = true;
  remote->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (remote->fd >= 0 && connect(remote->fd, (struct sockaddr *)&address, sizeof address) == 0)
    return SQ_OK;
  snprintf(error, SQ_REMOTE_TEXT, "no daemon at %s (%s): start one by `squeezed`", remote->url, strerror(errno));
  return SQ_IO;
}

/// Cuts "//HOST:PORT/" or "//[HOST]:PORT/" in two, in place of `host`.
static bool cut_host(char *host, char **name, char **port) {
  while (*host == '/')
    host++;
  host[strcspn(host, "/")] = '\0';
  char *colon = strrchr(host, ':');
  if (!colon || !colon[1])
    return false;
  *colon = '\0';
  *port = colon + 1;
  *name = host;
  if (*host == '[') {
    (*name)++;
    host[strcspn(host, "]")] = '\0';
  }
  return **name != '\0';
}

static SqStatus open_inet(SqRemote *remote, const char *rest, char error[SQ_REMOTE_TEXT]) {
  char copy[SQ_REMOTE_URL], *name = NULL, *port = NULL;
  snprintf(copy, sizeof copy, "%s", rest);
  if (!cut_host(copy, &name, &port)) {
    snprintf(error, SQ_REMOTE_TEXT, "%s is no URL: write osc.udp://HOST:PORT/ or osc.unix:///PATH", remote->url);
    return SQ_BAD_ARGS;
  }
  struct addrinfo hints = {.ai_socktype = remote->stream ? SOCK_STREAM : SOCK_DGRAM}, *found = NULL;
  int trouble = getaddrinfo(name, port, &hints, &found);
  if (trouble != 0) {
    snprintf(error, SQ_REMOTE_TEXT, "%s: %s", remote->url, gai_strerror(trouble));
    return SQ_IO;
  }
  int number = 0;
  for (struct addrinfo *at = found; at; at = at->ai_next) {
    remote->fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (remote->fd >= 0 && connect(remote->fd, at->ai_addr, at->ai_addrlen) == 0)
      break;
    number = errno;
    if (remote->fd >= 0)
      close(remote->fd);
    remote->fd = -1;
  }
  freeaddrinfo(found);
  if (remote->fd >= 0) {
    int size = RECEIVE_BUFFER;
    (void)setsockopt(remote->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return SQ_OK;
  }
  snprintf(error, SQ_REMOTE_TEXT, "no daemon at %s (%s): start one by `squeezed`", remote->url, strerror(number));
  return SQ_IO;
}

static SqStatus open_url(SqRemote *remote, const char *url, char error[SQ_REMOTE_TEXT]) {
  if (strncmp(url, "osc.unix:", 9) == 0)
    return open_unix(remote, url + 9, error);
  remote->stream = strncmp(url, "osc.tcp:", 8) == 0;
  bool named = remote->stream || strncmp(url, "osc.udp:", 8) == 0;
  return open_inet(remote, named ? url + 8 : url, error);
}

SqStatus sq_remote_open(const char *url, SqRemote **out, char error[SQ_REMOTE_TEXT]) {
  SqRemote *remote = calloc(1, sizeof *remote);
  SqOscArg *args = calloc(SQ_REMOTE_ARGS, sizeof *args);
  SqStatus status = SQ_LIMIT;
  snprintf(error, SQ_REMOTE_TEXT, "no memory left");
  if (remote && args) {
    *remote = (SqRemote){.fd = -1, .timeout_ms = DEFAULT_TIMEOUT_MS, .args = args};
    snprintf(remote->url, sizeof remote->url, "%s", url);
    status = open_url(remote, url, error);
  }
  if (status == SQ_OK && fcntl(remote->fd, F_SETFL, O_NONBLOCK) == 0) {
    error[0] = '\0';
    *out = remote;
    return SQ_OK;
  }
  if (remote && remote->fd >= 0)
    close(remote->fd);
  free(args);
  free(remote);
  return status == SQ_OK ? SQ_IO : status;
}

void sq_remote_close(SqRemote *remote) {
  if (!remote)
    return;
  close(remote->fd);
  free(remote->in);
  free(remote->args);
  free(remote);
}

const char *sq_remote_url(const SqRemote *remote) {
  return remote->url;
}

int sq_remote_fd(const SqRemote *remote) {
  return remote->fd;
}

void sq_remote_set_timeout(SqRemote *remote, int timeout_ms) {
  remote->timeout_ms = timeout_ms;
}

// ---- bytes in and out -----------------------------------------------------------------------------------------------

static void put_size(uint8_t at[4], size_t size) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(size >> (24 - 8 * i));
}

static size_t get_size(const uint8_t at[4]) {
  return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | (size_t)at[3];
}

/// Reads what has come into `in`. True: something did.
static bool fill(SqRemote *remote) {
  bool got = false;
  while (!remote->lost) {
    if (remote->in_cap < remote->in_size + READ_SIZE + 4) {
      size_t cap = 2 * (remote->in_size + READ_SIZE + 4);
      uint8_t *in = realloc(remote->in, cap);
      if (!in)
        return got;
      remote->in = in;
      remote->in_cap = cap;
    }
    size_t head = remote->stream ? 0 : 4;
    ssize_t n = recv(remote->fd, remote->in + remote->in_size + head, READ_SIZE, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return got;
    if (n < 0 || (n == 0 && remote->stream)) {
      remote->lost = true;
      return got;
    }
    if (head)
      put_size(remote->in + remote->in_size, (size_t)n);
    remote->in_size += head + (size_t)n;
    got = true;
  }
  return got;
}

/// Waits until the socket can do `events`, at most `timeout_ms`.
static bool wait_for(const SqRemote *remote, short events, int timeout_ms) {
  struct pollfd poller = {.fd = remote->fd, .events = events};
  return poll(&poller, 1, timeout_ms) > 0;
}

static SqStatus write_all(SqRemote *remote, const uint8_t *data, size_t size) {
  while (size > 0 && !remote->lost) {
    ssize_t n = send(remote->fd, data, size, MSG_NOSIGNAL);
    if (n > 0) {
      data += n;
      size -= (size_t)n;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // The daemon may be waiting for us to read: take what it says, or both would wait for ever.
      wait_for(remote, POLLIN | POLLOUT, remote->timeout_ms);
      fill(remote);
    } else if (errno == EMSGSIZE) {
      return SQ_LIMIT;
    } else if (errno == ECONNREFUSED && !remote->stream) {
      remote->lost = true; // an earlier datagram found nobody
    } else if (errno != EINTR) {
      remote->lost = true;
    }
  }
  return remote->lost ? SQ_IO : SQ_OK;
}

SqStatus sq_remote_send_packet(SqRemote *remote, const void *packet, size_t size) {
  uint8_t head[4];
  put_size(head, size);
  if (remote->stream && write_all(remote, head, sizeof head) != SQ_OK)
    return SQ_IO;
  return write_all(remote, packet, size);
}

SqStatus sq_remote_send(SqRemote *remote, const char *address, lo_message args) {
  lo_message message = args ? args : lo_message_new();
  size_t size = 0;
  void *packet = message ? lo_message_serialise(message, address, NULL, &size) : NULL;
  SqStatus status = packet ? sq_remote_send_packet(remote, packet, size) : SQ_LIMIT;
  free(packet);
  if (!args && message)
    lo_message_free(message);
  return status;
}

// ---- messages -------------------------------------------------------------------------------------------------------

static void hand_over(SqRemote *remote, const uint8_t *data, size_t size, const SqRemoteListener *listener, int depth) {
  SqOscBundle bundle;
  SqOscMessage message;
  if (sq_osc_is_bundle(data, size)) {
    const uint8_t *part = NULL;
    size_t part_size = 0;
    if (depth < BUNDLE_DEPTH && sq_osc_bundle_open(data, size, &bundle) == SQ_OK)
      while (sq_osc_bundle_next(&bundle, &part, &part_size))
        hand_over(remote, part, part_size, listener, depth + 1);
  } else if (sq_osc_decode(data, size, remote->args, SQ_REMOTE_ARGS, &message, NULL) == SQ_OK) {
    listener->handle(listener->context, &message);
  }
}

/// Hands all whole packets of `in` over. The buffer is taken away meanwhile, so that a handler may send and poll.
static void drain(SqRemote *remote, const SqRemoteListener *listener) {
  uint8_t *in = remote->in;
  size_t size = remote->in_size, cap = remote->in_cap, at = 0;
  remote->in = NULL;
  remote->in_size = remote->in_cap = 0;
  while (size - at >= 4) {
    size_t packet = get_size(in + at);
    if (packet > PACKET_MAX) { // no daemon sends such: the stream is broken, nothing after it can be read
      remote->lost = true;
      at = size;
      break;
    }
    if (packet > size - at - 4)
      break;
    if (listener && listener->handle)
      hand_over(remote, in + at + 4, packet, listener, 0);
    at += 4 + packet;
  }
  if (remote->in_size == 0) { // nothing came from inside a handler: the rest goes on where it was
    free(remote->in);
    memmove(in, in + at, size - at);
    remote->in = in;
    remote->in_size = size - at;
    remote->in_cap = cap;
  } else {
    free(in);
  }
}

/// True when a whole packet waits in `in`.
static bool has_packet(const SqRemote *remote) {
  return remote->in_size >= 4 && remote->in_size - 4 >= get_size(remote->in);
}

SqStatus sq_remote_poll(SqRemote *remote, int timeout_ms, const SqRemoteListener *listener) {
  if (!has_packet(remote)) {
    if (!remote->lost)
      wait_for(remote, POLLIN, timeout_ms);
    fill(remote);
  }
  if (!has_packet(remote))
    return remote->lost ? SQ_IO : SQ_TIMEOUT;
  drain(remote, listener);
  return SQ_OK;
}

// ---- requests -------------------------------------------------------------------------------------------------------

/// A request that waits for its outcome.
typedef struct Waiting {
  const SqRemoteListener *listener;
  SqOutcome *out;
  char prefix[32]; ///< "/@TAG"
  size_t prefix_size;
  bool over;
} Waiting;

static void read_fail(const SqOscMessage *message, SqOutcome *out) {
  // s:address i:code s:symbol s:text
  bool whole =
      message->n_args >= 4 && message->args[1].tag == 'i' && message->args[2].tag == 's' && message->args[3].tag == 's';
  out->status = whole && message->args[1].u.i > 0 ? (SqStatus)message->args[1].u.i : SQ_INTERNAL;
  snprintf(out->text, sizeof out->text, "%s", whole ? message->args[3].u.s : "the daemon's /fail is malformed");
}

static void on_message(void *context, const SqOscMessage *message) {
  Waiting *waiting = context;
  SqOscMessage plain = *message;
  if (strncmp(message->address, waiting->prefix, waiting->prefix_size) == 0 &&
      message->address[waiting->prefix_size] == '/') {
    plain.address += waiting->prefix_size;
    if (strcmp(plain.address, "/done") == 0)
      waiting->over = true;
    if (strcmp(plain.address, "/fail") == 0) {
      waiting->over = true;
      read_fail(&plain, waiting->out);
      return;
    }
  }
  if (waiting->listener && waiting->listener->handle)
    waiting->listener->handle(waiting->listener->context, &plain);
}

SqStatus sq_remote_request(SqRemote *remote, const char *address, lo_message args, const SqRemoteListener *listener,
                           SqOutcome *out) {
  Waiting waiting = {.listener = listener, .out = out};
  *out = (SqOutcome){.status = SQ_OK};
  snprintf(waiting.prefix, sizeof waiting.prefix, "/@q%u", ++remote->last_tag);
  waiting.prefix_size = strlen(waiting.prefix);
  size_t size = strlen(address) + sizeof waiting.prefix;
  char *tagged = malloc(size);
  if (!tagged)
    return out->status = SQ_LIMIT;
  snprintf(tagged, size, "%s%s%s", waiting.prefix, *address == '/' ? "" : "/", address);
  SqStatus status = sq_remote_send(remote, tagged, args);
  free(tagged);
  const SqRemoteListener own = {.handle = on_message, .context = &waiting};
  int64_t end = sq_remote_now_ms() + remote->timeout_ms;
  while (status == SQ_OK && !waiting.over) {
    int64_t left = end - sq_remote_now_ms();
    status = left > 0 ? sq_remote_poll(remote, (int)left, &own) : SQ_TIMEOUT;
    if (status == SQ_TIMEOUT && end > sq_remote_now_ms())
      status = SQ_OK; // a signal cut the wait short
  }
  if (waiting.over)
    return out->status;
  out->status = status;
  out->lost = status != SQ_LIMIT;
  if (status == SQ_TIMEOUT)
    snprintf(out->text, sizeof out->text, "no answer from %s within %g s: is it busy, or a longer --timeout needed?",
             remote->url, remote->timeout_ms / 1000.0);
  else if (status == SQ_LIMIT)
    snprintf(out->text, sizeof out->text, "the message is too big for one UDP packet: use the Unix socket");
  else
    snprintf(out->text, sizeof out->text, "no daemon at %s: start one by `squeezed`, or name another by -u URL",
             remote->url);
  return status;
}
