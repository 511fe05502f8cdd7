// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// recvmmsg, SO_RXQ_OVFL and the error queue are Linux's own.
#define _GNU_SOURCE
#include <errno.h>
#include <time.h>

#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "control/peer.h"

#define BATCH 32
// One line more than the packet, so that the starts of the buffers do not all fall into one set of the cache.
#define STRIDE (SQ_PACKET_UDP + 29 + 192)

struct SqUdpBatch {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  SqAddress from[BATCH];
  char control[BATCH][64];
  uint8_t bytes[BATCH][STRIDE];
};

struct SqUdpBatch *sq_udp_batch_new(void) {
  struct SqUdpBatch *batch = calloc(1, sizeof *batch);
  if (!batch)
    return NULL;
  for (int i = 0; i < BATCH; i++) {
    batch->parts[i] = (struct iovec){batch->bytes[i], SQ_PACKET_UDP};
    batch->messages[i].msg_hdr.msg_iov = &batch->parts[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
    batch->messages[i].msg_hdr.msg_name = &batch->from[i];
    batch->messages[i].msg_hdr.msg_control = batch->control[i];
  }
  return batch;
}

static void want_buffers(SqTransport *transport, int fd) {
  int want = SQ_RECEIVE_BUFFER, got = 0;
  socklen_t size = sizeof got;
  // The kernel doubles what is asked for its own book-keeping; FORCE passes rmem_max where we may.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
  int send = 1 << 20;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
  getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
  uint32_t granted = (uint32_t)got / 2;
  if (transport->stats.receive_buffer == 0 || granted < transport->stats.receive_buffer)
    transport->stats.receive_buffer = granted;
}

SqStatus sq_udp_open(SqTransport *transport, const SqAddress *address, char *why, size_t why_size) {
  char text[64];
  sq_address_format(address, text, sizeof text);
  bool v6 = address->any.sa_family == AF_INET6;
  int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    snprintf(why, why_size, "cannot make a UDP socket for %s: %s", text, strerror(errno));
    return errno == EAFNOSUPPORT ? SQ_UNSUPPORTED : SQ_IO;
  }
  int on = 1;
  if (v6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, &address->any, sq_address_size(address)) < 0) {
    int error = errno;
    close(fd);
    snprintf(why, why_size, "cannot listen on UDP %s: %s; %s", text, strerror(error),
             error == EADDRINUSE ? "another squeezed may run: stop it, or choose another --port"
                                 : "check [network] bind");
    return error == EADDRINUSE ? SQ_EXISTS : error == EADDRNOTAVAIL ? SQ_UNSUPPORTED : SQ_IO;
  }
  want_buffers(transport, fd);
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  // Asks for the error queue, which names the peer whose port is closed.
  setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
  SqUdpSocket *udp = &transport->udp[transport->n_udp];
  *udp = (SqUdpSocket){.fd = fd, .loopback = sq_address_loopback(address)};
  socklen_t size = sizeof udp->address;
  getsockname(fd, &udp->address.any, &size);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = SQ_TAG(SQ_TAG_UDP, transport->n_udp)};
  if (epoll_ctl(transport->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
    snprintf(why, why_size, "cannot watch UDP %s: %s", text, strerror(errno));
    close(fd);
    return SQ_IO;
  }
  transport->n_udp++;
  return SQ_OK;
}

/// The kernel's 32-bit count of drops, made 64 bits wide.
static void note_dropped(SqTransport *transport, unsigned socket, uint32_t count) {
  uint64_t *known = &transport->udp_dropped[socket];
  int32_t step = (int32_t)(count - (uint32_t)*known);
  if (step > 0) {
    *known += (uint32_t)step;
    transport->stats.kernel_dropped += (uint32_t)step;
  }
}

void sq_udp_count_dropped(SqTransport *transport) {
  for (unsigned i = 0; i < transport->n_udp; i++) {
    // SO_RXQ_OVFL rides on the next packet only; this also tells of drops after the last one.
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;
    if (getsockopt(transport->udp[i].fd, SOL_SOCKET, SO_MEMINFO, memory, &size) == 0 &&
        size > SK_MEMINFO_DROPS * sizeof memory[0])
      note_dropped(transport, i, memory[SK_MEMINFO_DROPS]);
  }
}

static void read_dropped(SqTransport *transport, unsigned socket, struct msghdr *header) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      uint32_t count;
      memcpy(&count, CMSG_DATA(c), sizeof count);
      note_dropped(transport, socket, count);
    }
}

static void hand_over(SqTransport *transport, unsigned socket, const SqAddress *from, const uint8_t *data,
                      size_t size) {
  transport->stats.packets_in++;
  transport->stats.bytes_in += size;
  if (!sq_transport_admits(transport, from))
    return;
  SqPeer *peer = sq_peer_heard(transport, socket, from);
  if (peer)
    transport->callbacks.packet(transport->callbacks.context, peer, data, size);
}

void sq_udp_receive(SqTransport *transport, unsigned socket) {
  struct SqUdpBatch *batch = transport->batch;
  for (unsigned done = 0; done < SQ_POLL_DATAGRAMS; done += BATCH) {
    for (int i = 0; i < BATCH; i++) {
      batch->messages[i].msg_hdr.msg_namelen = sizeof batch->from[i];
      batch->messages[i].msg_hdr.msg_controllen = sizeof batch->control[i];
    }
    int n = recvmmsg(transport->udp[socket].fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      continue; // an error of an earlier send: reading it cleared it
    if (n <= 0)
      return;
    read_dropped(transport, socket, &batch->messages[n - 1].msg_hdr);
    for (int i = 0; i < n; i++)
      hand_over(transport, socket, &batch->from[i], batch->bytes[i], batch->messages[i].msg_len);
    if (n < BATCH)
      return;
  }
}

void sq_udp_errors(SqTransport *transport, unsigned socket) {
  for (int i = 0; i < BATCH; i++) {
    SqAddress to = {0};
    char control[256];
    char data[1];
    struct iovec part = {data, sizeof data};
    struct msghdr header = {.msg_name = &to,
                            .msg_namelen = sizeof to,
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    if (recvmsg(transport->udp[socket].fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
      return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
      bool ours = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                  (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
      struct sock_extended_err error;
      if (!ours)
        continue;
      memcpy(&error, CMSG_DATA(c), sizeof error);
      SqPeer *peer = error.ee_errno == ECONNREFUSED ? sq_peer_find(transport, socket, &to) : NULL;
      if (peer)
        peer->deaf = true;
    }
  }
}

int sq_udp_socket_for(const SqTransport *transport, unsigned prefer, const SqAddress *to) {
  bool loopback = sq_address_loopback(to);
  if (prefer < transport->n_udp && transport->udp[prefer].address.any.sa_family == to->any.sa_family)
    return (int)prefer;
  int best = -1;
  for (unsigned i = 0; i < transport->n_udp; i++)
    if (transport->udp[i].address.any.sa_family == to->any.sa_family &&
        (best < 0 || transport->udp[i].loopback == loopback))
      best = (int)i;
  return best;
}

SqStatus sq_udp_send(SqTransport *transport, unsigned socket, const SqAddress *to, const void *data, size_t size) {
  for (int attempt = 0; attempt < 2; attempt++) {
    ssize_t n =
        sendto(transport->udp[socket].fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, &to->any, sq_address_size(to));
    if (n >= 0) {
      transport->stats.packets_out++;
      transport->stats.bytes_out += size;
      return SQ_OK;
    }
    if (errno == EAGAIN || errno == ENOBUFS) {
      transport->stats.send_again++;
      return SQ_IO;
    }
    if (errno != ECONNREFUSED) // that one was an earlier datagram's: this one was not tried
      break;
  }
  transport->stats.send_failed++;
  return SQ_IO;
}
