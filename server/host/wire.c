// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

void sq_wire_cleanup(SqWire *wire) {
  free(wire->data);
  *wire = (SqWire){0};
}

static void put(SqWire *wire, const void *bytes, size_t size) {
  const size_t need = wire->head.size + size;
  if (need > wire->cap) {
    wire->cap = need < 256 ? 256 : 2 * need;
    wire->data = sq_realloc(wire->data, wire->cap, 1);
  }
  if (size)
    memcpy(wire->data + wire->head.size, bytes, size);
  wire->head.size = need;
}

void sq_wire_put_u32(SqWire *wire, uint32_t value) {
  put(wire, &value, sizeof value);
}

void sq_wire_put_f64(SqWire *wire, double value) {
  put(wire, &value, sizeof value);
}

void sq_wire_put_bytes(SqWire *wire, const void *bytes, size_t size) {
  const uint64_t n = size;
  put(wire, &n, sizeof n);
  put(wire, bytes, size);
}

void sq_wire_put_text(SqWire *wire, const char *text) {
  sq_wire_put_bytes(wire, text ? text : "", text ? strlen(text) + 1 : 1);
}

static const void *take(SqWire *wire, size_t size) {
  if (wire->bad || size > wire->head.size - wire->at) {
    wire->bad = true;
    return NULL;
  }
  const void *from = wire->data + wire->at;
  wire->at += size;
  return from;
}

uint32_t sq_wire_u32(SqWire *wire) {
  uint32_t value = 0;
  const void *from = take(wire, sizeof value);
  if (from)
    memcpy(&value, from, sizeof value);
  return value;
}

double sq_wire_f64(SqWire *wire) {
  double value = 0.0;
  const void *from = take(wire, sizeof value);
  if (from)
    memcpy(&value, from, sizeof value);
  return value;
}

const void *sq_wire_bytes(SqWire *wire, size_t *size) {
  uint64_t n = 0;
  const void *from = take(wire, sizeof n);
  if (from)
    memcpy(&n, from, sizeof n);
  from = take(wire, (size_t)n);
  *size = from ? (size_t)n : 0;
  return from;
}

const char *sq_wire_text(SqWire *wire) {
  size_t size;
  const char *text = sq_wire_bytes(wire, &size);
  if (text && size && text[size - 1] == '\0')
    return text;
  wire->bad = true;
  return "";
}

// ---- sending --------------------------------------------------------------------------------------------------------

/// Sends some of the bytes, with the descriptor if there is one. Returns how many; -1: errno.
static ssize_t send_some(int socket, const void *from, size_t size, int fd) {
  struct iovec io = {.iov_base = (void *)(uintptr_t)from, .iov_len = size};
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    *c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static SqStatus send_all(int socket, const void *from, size_t size, int fd, int ms) {
  const char *at = from;
  while (size) {
    const ssize_t n = send_some(socket, at, size, fd);
    if (n > 0) {
      fd = -1;
      at += n;
      size -= (size_t)n;
      continue;
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return SQ_IO;
    struct pollfd ready = {.fd = socket, .events = POLLOUT};
    if (poll(&ready, 1, ms) == 0)
      return SQ_TIMEOUT;
  }
  return SQ_OK;
}

SqStatus sq_wire_send(int socket, SqWire *wire, int fd, int ms) {
  const SqStatus status = send_all(socket, &wire->head, sizeof wire->head, fd, ms);
  return status == SQ_OK ? send_all(socket, wire->data, (size_t)wire->head.size, -1, ms) : status;
}

// ---- receiving ------------------------------------------------------------------------------------------------------

void sq_wire_reader_init(SqWireReader *reader) {
  *reader = (SqWireReader){.fd = -1};
}

void sq_wire_reader_cleanup(SqWireReader *reader) {
  sq_wire_cleanup(&reader->wire);
  if (reader->fd >= 0)
    close(reader->fd);
  reader->fd = -1;
}

/// One descriptor is kept, further ones are closed: the other side has no business to send them.
static void keep_fd(SqWireReader *reader, struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
      continue;
    const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < n; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      if (reader->fd < 0)
        reader->fd = fd;
      else
        close(fd);
    }
  }
}

static ssize_t receive_some(int socket, SqWireReader *reader, void *to, size_t size) {
  struct iovec io = {.iov_base = to, .iov_len = size};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
  struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  const ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (n >= 0)
    keep_fd(reader, &message);
  return n;
}

SqStatus sq_wire_receive(int socket, SqWireReader *reader) {
  SqWire *wire = &reader->wire;
  if (reader->whole) {
    sq_wire_cleanup(wire);
    reader->head_got = reader->data_got = 0;
    reader->whole = false;
  }
  for (;;) {
    const bool head = reader->head_got < sizeof wire->head;
    if (!head && reader->data_got == wire->head.size) {
      reader->whole = true;
      return SQ_OK;
    }
    char *to = head ? (char *)&wire->head + reader->head_got : (char *)wire->data + reader->data_got;
    const size_t size = head ? sizeof wire->head - reader->head_got : (size_t)wire->head.size - reader->data_got;
    const ssize_t n = receive_some(socket, reader, to, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return SQ_NOT_NOW;
    if (n <= 0)
      return SQ_IO;
    *(head ? &reader->head_got : &reader->data_got) += (size_t)n;
    if (head && reader->head_got == sizeof wire->head) {
      if (wire->head.size > SQ_WIRE_MAX)
        return SQ_IO;
      wire->cap = (size_t)wire->head.size;
      wire->data = malloc(wire->cap + 1);
      if (!wire->data) // the other side may ask for more than there is
        return SQ_IO;
    }
  }
}
