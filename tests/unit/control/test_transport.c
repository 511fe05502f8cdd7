// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The sockets for real, over loopback: what arrives, in which order, from whom, and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <lo/lo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "control/transport.h"

typedef struct {
  SqTransport *transport;
  unsigned n_packets, n_closed, n_oversize;
  size_t last_size;
  uint8_t last[64];
  uint32_t sequence[100000];
  unsigned n_sequence;
  SqPeer *peer;
  uint64_t id;
  bool echo, pause_on_packet;
  char folder[64];
  char path[96];
} Wire;

static void on_packet(void *context, SqPeer *peer, const uint8_t *data, size_t size) {
  Wire *wire = context;
  wire->n_packets++;
  wire->last_size = size;
  memcpy(wire->last, data, size < sizeof wire->last ? size : sizeof wire->last);
  if (size == 4 && wire->n_sequence < 100000)
    memcpy(&wire->sequence[wire->n_sequence++], data, 4);
  wire->peer = peer;
  wire->id = sq_peer_id(peer);
  if (wire->echo)
    sq_peer_send(peer, data, size);
  if (wire->pause_on_packet)
    sq_peer_pause(peer, true);
}

static void on_closed(void *context, SqPeer *peer) {
  Wire *wire = context;
  wire->n_closed++;
  if (wire->peer == peer)
    wire->peer = NULL;
}

static void on_oversize(void *context, SqPeer *peer, size_t size) {
  Wire *wire = context;
  wire->n_oversize++;
  wire->last_size = size;
  wire->peer = peer;
}

static Wire *wire_open(SqTransportConfig config) {
  Wire *wire = calloc(1, sizeof *wire);
  SqTransportCallbacks callbacks = {wire, on_packet, on_closed, on_oversize, NULL};
  char why[256] = "";
  snprintf(wire->folder, sizeof wire->folder, "/tmp/sq-wire-XXXXXX");
  assert_non_null(mkdtemp(wire->folder));
  snprintf(wire->path, sizeof wire->path, "%s/t.sock", wire->folder);
  config.unix_path = wire->path;
  SqStatus status = sq_transport_open(&config, &callbacks, &wire->transport, why, sizeof why);
  if (status != SQ_OK)
    print_error("%s\n", why);
  assert_int_equal(status, SQ_OK);
  return wire;
}

static void wire_close(Wire *wire) {
  sq_transport_close(wire->transport);
  struct stat info;
  assert_int_not_equal(stat(wire->path, &info), 0);
  assert_int_equal(rmdir(wire->folder), 0);
  free(wire);
}

/// Polls until nothing has happened for `quiet` ms.
static void settle(Wire *wire, int quiet) {
  struct pollfd fd = {.fd = sq_transport_fd(wire->transport), .events = POLLIN};
  while (poll(&fd, 1, quiet) > 0)
    sq_transport_poll(wire->transport);
}

static int udp_client(uint16_t port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  return fd;
}

static int tcp_client(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  return fd;
}

static int unix_client(const char *path) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  return fd;
}

static uint16_t port_of(int fd) {
  struct sockaddr_in own;
  socklen_t size = sizeof own;
  getsockname(fd, (struct sockaddr *)&own, &size);
  return ntohs(own.sin_port);
}

static ssize_t receive(int fd, void *data, size_t size) {
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  return poll(&wait, 1, 500) > 0 ? recv(fd, data, size, 0) : -1;
}

static void test_udp_echo_and_peers(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  wire->echo = true;
  uint16_t port = sq_transport_port(wire->transport);
  assert_int_not_equal(port, 0);
  assert_int_equal(sq_transport_tcp_port(wire->transport), port + 1);
  int a = udp_client(port), b = udp_client(port);
  uint8_t got[64];
  assert_int_equal(send(a, "/ping\0\0\0", 8, 0), 8);
  settle(wire, 5);
  uint64_t id_a = wire->id;
  assert_int_equal(receive(a, got, sizeof got), 8);
  assert_memory_equal(got, "/ping\0\0\0", 8);
  send(b, "/x\0\0", 4, 0);
  settle(wire, 5);
  assert_int_not_equal(wire->id, id_a);
  SqPeer *peer = sq_transport_peer(wire->transport, id_a);
  assert_non_null(peer);
  char name[64], want[64];
  sq_peer_name(peer, name, sizeof name);
  snprintf(want, sizeof want, "udp:127.0.0.1:%u", (unsigned)port_of(a));
  assert_string_equal(name, want);
  assert_false(sq_peer_is_stream(peer));
  assert_true(sq_peer_is_local(peer));
  assert_false(sq_peer_is_local_uid(peer));
  assert_int_equal(sq_peer_max_reply(peer), SQ_REPLY_UDP);
  // Packets up to the largest datagram; replies up to 1,400 bytes.
  static uint8_t large[SQ_PACKET_UDP];
  memset(large, 7, sizeof large);
  wire->echo = false;
  assert_int_equal(send(a, large, sizeof large, 0), sizeof large);
  settle(wire, 5);
  assert_int_equal(wire->last_size, SQ_PACKET_UDP);
  assert_int_equal(wire->id, id_a);
  assert_int_equal(sq_peer_send(peer, large, SQ_REPLY_UDP + 1), SQ_LIMIT);
  assert_int_equal(sq_peer_send(peer, large, SQ_REPLY_UDP), SQ_OK);
  assert_int_equal(receive(a, large, sizeof large), SQ_REPLY_UDP);
  SqTransportStats stats;
  sq_transport_stats(wire->transport, &stats);
  assert_int_equal(stats.packets_in, 3);
  assert_int_equal(stats.peers, 2);
  assert_int_equal(stats.too_big, 1);
  close(a);
  close(b);
  wire_close(wire);
}

static void test_udp_v6_on_the_same_port(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  wire->echo = true;
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(sq_transport_port(wire->transport))};
  to.sin6_addr = in6addr_loopback;
  int fd = socket(AF_INET6, SOCK_DGRAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  send(fd, "/six", 4, 0);
  settle(wire, 5);
  uint8_t got[16];
  assert_int_equal(receive(fd, got, sizeof got), 4);
  char url[128];
  assert_true(sq_transport_url(wire->transport, 1, url, sizeof url));
  assert_memory_equal(url, "osc.udp://[::1]:", 16);
  close(fd);
  wire_close(wire);
}

static void test_order_and_burst(void **state) {
  // Within what the kernel's buffer holds every datagram of a burst arrives, in order.
  Wire *wire = wire_open((SqTransportConfig){0});
  int fd = udp_client(sq_transport_port(wire->transport));
  for (uint32_t i = 0; i < 2000; i++)
    send(fd, &i, 4, 0);
  settle(wire, 5);
  SqTransportStats stats;
  sq_transport_stats(wire->transport, &stats);
  assert_int_equal(wire->n_sequence + stats.kernel_dropped, 2000);
  for (unsigned i = 1; i < wire->n_sequence; i++)
    assert_true(wire->sequence[i] > wire->sequence[i - 1]);
  assert_true(stats.receive_buffer > 0);
  close(fd);
  wire_close(wire);
}

static void test_every_dropped_datagram_is_counted(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  int fd = udp_client(sq_transport_port(wire->transport));
  static uint8_t large[60000];
  unsigned sent = 0;
  for (int i = 0; i < 500; i++)
    sent += send(fd, large, sizeof large, 0) > 0;
  SqTransportStats stats;
  settle(wire, 5);
  sq_transport_stats(wire->transport, &stats);
  assert_true(stats.kernel_dropped > 0);
  assert_int_equal(wire->n_packets + stats.kernel_dropped, sent);
  close(fd);
  wire_close(wire);
}

static void test_lease(void **state) {
  // "Clients over UDP live by a 60 s lease that any packet renews" (here 200 ms).
  Wire *wire = wire_open((SqTransportConfig){.lease_ms = 200});
  int fd = udp_client(sq_transport_port(wire->transport)), other = udp_client(sq_transport_port(wire->transport));
  send(other, "/two", 4, 0);
  settle(wire, 1);
  for (int i = 0; i < 60 && wire->n_closed == 0; i++) {
    send(fd, "/one", 4, 0);
    settle(wire, 10);
  }
  assert_int_equal(wire->n_closed, 1);
  uint64_t id = wire->id;
  assert_non_null(sq_transport_peer(wire->transport, id));
  settle(wire, 250);
  assert_int_equal(wire->n_closed, 2);
  assert_null(sq_transport_peer(wire->transport, id));
  send(fd, "/one", 4, 0);
  settle(wire, 5);
  assert_int_not_equal(wire->id, id); // never reused
  close(fd);
  close(other);
  wire_close(wire);
}

static void test_reply_elsewhere(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  int fd = udp_client(sq_transport_port(wire->transport)), ear = udp_client(sq_transport_port(wire->transport));
  char url[64];
  uint8_t got[16];
  send(fd, "/one", 4, 0);
  settle(wire, 5);
  assert_int_equal(sq_peer_send_to_port(wire->peer, port_of(ear), "/to.", 4), SQ_OK);
  assert_int_equal(receive(ear, got, sizeof got), 4);
  assert_int_equal(sq_peer_send_to_port(wire->peer, 0, "/to.", 4), SQ_BAD_ARGS);
  snprintf(url, sizeof url, "osc.udp://127.0.0.1:%u/", (unsigned)port_of(ear));
  assert_int_equal(sq_peer_reply_to(wire->peer, url), SQ_OK);
  assert_int_equal(sq_peer_send(wire->peer, "/url", 4), SQ_OK);
  assert_int_equal(receive(ear, got, sizeof got), 4);
  assert_memory_equal(got, "/url", 4);
  snprintf(url, sizeof url, "%u", (unsigned)port_of(ear));
  assert_int_equal(sq_peer_reply_to(wire->peer, url), SQ_OK);
  snprintf(url, sizeof url, "osc.udp://localhost:%u/path", (unsigned)port_of(ear));
  assert_int_equal(sq_peer_reply_to(wire->peer, url), SQ_OK);
  static const struct {
    const char *url;
    SqStatus status;
  } bad[] = {{"osc.udp://192.0.2.1:9000/", SQ_DENIED},
             {"osc.tcp://127.0.0.1:9000/", SQ_UNSUPPORTED},
             {"osc.udp://127.0.0.1/", SQ_BAD_ARGS},
             {"osc.udp://127.0.0.1:0/", SQ_BAD_ARGS},
             {"osc.udp://127.0.0.1:70000/", SQ_BAD_ARGS},
             {"osc.udp://host.example:9/", SQ_BAD_ARGS},
             {"nonsense", SQ_BAD_ARGS},
             {"90x", SQ_BAD_ARGS},
             {"osc.udp://[::1:9000/", SQ_BAD_ARGS},
             {"osc.udp://", SQ_BAD_ARGS}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(sq_peer_reply_to(wire->peer, bad[i].url), bad[i].status);
  assert_int_equal(sq_peer_reply_to(wire->peer, ""), SQ_OK);
  assert_int_equal(sq_peer_send(wire->peer, "/own", 4), SQ_OK);
  assert_int_equal(receive(fd, got, sizeof got), 4);
  close(fd);
  close(ear);
  wire_close(wire);
}

static void test_a_dead_port_costs_no_one_a_reply(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  int dead = udp_client(sq_transport_port(wire->transport)), alive = udp_client(sq_transport_port(wire->transport));
  send(dead, "/one", 4, 0);
  settle(wire, 5);
  SqPeer *gone = wire->peer;
  send(alive, "/two", 4, 0);
  settle(wire, 5);
  uint16_t port = port_of(dead);
  close(dead);
  uint8_t got[16];
  for (int i = 0; i < 20; i++) {
    sq_peer_send(gone, "/die", 4);
    assert_int_equal(sq_peer_send(wire->peer, "/yes", 4), SQ_OK);
    assert_int_equal(receive(alive, got, sizeof got), 4);
  }
  settle(wire, 5);
  assert_true(sq_peer_is_deaf(gone));
  assert_false(sq_peer_is_deaf(wire->peer));
  assert_int_equal(sq_peer_send(gone, "/die", 4), SQ_IO);
  // It is back on its port: what it sends makes it heard again.
  dead = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(dead, (struct sockaddr *)&at, sizeof at), 0);
  at.sin_port = htons(sq_transport_port(wire->transport));
  assert_int_equal(sendto(dead, "/one", 4, 0, (struct sockaddr *)&at, sizeof at), 4);
  settle(wire, 5);
  assert_ptr_equal(wire->peer, gone);
  assert_int_equal(sq_peer_send(gone, "/yes", 4), SQ_OK);
  assert_int_equal(receive(dead, got, sizeof got), 4);
  close(dead);
  close(alive);
  wire_close(wire);
}

static void frame(int fd, const void *data, uint32_t size) {
  uint8_t head[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};
  assert_int_equal(send(fd, head, 4, 0), 4);
  assert_int_equal(send(fd, data, size, 0), size);
}

static void test_unix_stream(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  struct stat info;
  assert_int_equal(stat(wire->path, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0600);
  wire->echo = true;
  int fd = unix_client(wire->path);
  frame(fd, "/ping\0\0\0", 8);
  settle(wire, 5);
  uint8_t got[64];
  assert_int_equal(receive(fd, got, sizeof got), 12);
  assert_memory_equal(got, "\0\0\0\x08/ping\0\0\0", 12);
  assert_true(sq_peer_is_stream(wire->peer));
  assert_true(sq_peer_is_local_uid(wire->peer));
  assert_int_equal(sq_peer_max_reply(wire->peer), SQ_PACKET_STREAM);
  close(fd);
  settle(wire, 5);
  assert_int_equal(wire->n_closed, 1);
  wire_close(wire);
}

static void test_tcp_slip(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  wire->echo = true;
  int fd = tcp_client(sq_transport_tcp_port(wire->transport));
  static const uint8_t slip[] = {0xC0, '/', 'a', 0xDB, 0xDC, 0xDB, 0xDD, 0, 0, 0, 0, 0xC0};
  for (size_t i = 0; i < sizeof slip; i++) { // byte by byte
    send(fd, &slip[i], 1, 0);
    settle(wire, 1);
  }
  assert_int_equal(wire->last_size, 8);
  static const uint8_t plain[] = {'/', 'a', 0xC0, 0xDB, 0, 0, 0, 0};
  assert_memory_equal(wire->last, plain, 8);
  uint8_t got[64];
  assert_int_equal(receive(fd, got, sizeof got), sizeof slip);
  assert_memory_equal(got, slip, sizeof slip);
  close(fd);
  // liblo's single-ended SLIP begins with the packet itself.
  fd = tcp_client(sq_transport_tcp_port(wire->transport));
  send(fd, "/b\0\0\xC0", 5, 0);
  settle(wire, 5);
  assert_int_equal(wire->last_size, 4);
  close(fd);
  wire_close(wire);
}

static void test_liblo_over_tcp(void **state) {
  for (int slip = 0; slip < 2; slip++) {
    Wire *wire = wire_open((SqTransportConfig){0});
    char port[16];
    snprintf(port, sizeof port, "%u", (unsigned)sq_transport_tcp_port(wire->transport));
    lo_address them = lo_address_new_with_proto(LO_TCP, "127.0.0.1", port);
    lo_address_set_stream_slip(them, slip);
    for (int i = 0; i < 3; i++) {
      assert_true(lo_send(them, "/ping", "i", 0xC0DB) > 0);
      settle(wire, 5);
    }
    assert_int_equal(wire->n_packets, 3);
    assert_int_equal(wire->last_size, 16);
    assert_memory_equal(wire->last, "/ping\0\0\0,i\0\0\0\0\xC0\xDB", 16);
    lo_address_free(them);
    settle(wire, 5);
    assert_int_equal(wire->n_closed, 1);
    wire_close(wire);
  }
}

static void test_stream_sizes(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  int fd = unix_client(wire->path);
  uint8_t *large = malloc(SQ_PACKET_STREAM + 8);
  memset(large, 1, SQ_PACKET_STREAM + 8); // no framing begins with this byte
  uint32_t sizes[] = {SQ_PACKET_STREAM, SQ_PACKET_STREAM + 4, 8};
  for (int k = 0; k < 3; k++) { // a bigger one is skipped, the next is read
    uint8_t head[4] = {0, (uint8_t)(sizes[k] >> 16), (uint8_t)(sizes[k] >> 8), (uint8_t)sizes[k]};
    send(fd, head, 4, 0);
    for (size_t at = 0; at < sizes[k];) {
      ssize_t n = send(fd, large + at, sizes[k] - at, MSG_DONTWAIT);
      at += n > 0 ? (size_t)n : 0;
      settle(wire, 0);
    }
    settle(wire, 5);
    if (k == 0)
      assert_int_equal(wire->last_size, SQ_PACKET_STREAM);
  }
  assert_int_equal(wire->n_packets, 2);
  assert_int_equal(wire->n_oversize, 1);
  assert_int_equal(wire->last_size, 8);
  assert_int_equal(wire->n_closed, 0);
  // Neither framing: closed.
  send(fd, "GET / HTTP/1.1", 14, 0);
  settle(wire, 5);
  assert_int_equal(wire->n_closed, 1);
  close(fd);
  free(large);
  wire_close(wire);
}

static void test_pause_keeps_order_and_loses_nothing(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  wire->pause_on_packet = true;
  int fd = unix_client(wire->path);
  static uint8_t burst[5000 * 8];
  for (uint32_t i = 0; i < 5000; i++) {
    memcpy(burst + i * 8, "\0\0\0\4", 4);
    memcpy(burst + i * 8 + 4, &i, 4);
  }
  assert_int_equal(send(fd, burst, sizeof burst, 0), sizeof burst);
  close(fd); // gone already: what it sent still counts
  settle(wire, 5);
  assert_int_equal(wire->n_packets, 1);
  assert_int_equal(wire->n_closed, 0);
  sq_peer_pause(wire->peer, false);
  settle(wire, 5);
  assert_int_equal(wire->n_packets, 2);
  wire->pause_on_packet = false;
  sq_peer_pause(wire->peer, false);
  settle(wire, 5);
  assert_int_equal(wire->n_sequence, 5000);
  for (uint32_t i = 0; i < 5000; i++)
    assert_int_equal(wire->sequence[i], i);
  assert_int_equal(wire->n_closed, 1);
  wire_close(wire);
}

static void test_slow_reader_is_bounded(void **state) {
  Wire *wire = wire_open((SqTransportConfig){.stream_out = 1 << 20});
  int fd = unix_client(wire->path);
  frame(fd, "/one", 4);
  settle(wire, 5);
  static uint8_t page[10000];
  SqStatus status = SQ_OK;
  unsigned sent = 0;
  for (; sent < 1000 && status == SQ_OK; sent++)
    status = sq_peer_send(wire->peer, page, sizeof page);
  assert_int_equal(status, SQ_LIMIT);
  assert_true(sent > 100 && sent < 200);
  settle(wire, 5);
  assert_int_equal(wire->n_closed, 1);
  SqTransportStats stats;
  sq_transport_stats(wire->transport, &stats);
  assert_int_equal(stats.slow_readers, 1);
  assert_int_equal(stats.streams, 0);
  close(fd);
  wire_close(wire);
}

static void test_long_answer_arrives_whole_after_half_close(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  int fd = unix_client(wire->path);
  frame(fd, "/one", 4);
  settle(wire, 5);
  static uint8_t page[100000], got[65536];
  for (int i = 0; i < 50; i++)
    assert_int_equal(sq_peer_send(wire->peer, page, sizeof page), SQ_OK);
  shutdown(fd, SHUT_WR);
  size_t total = 0;
  for (ssize_t n = 1; n > 0;) {
    settle(wire, 1);
    n = recv(fd, got, sizeof got, MSG_DONTWAIT);
    total += n > 0 ? (size_t)n : 0;
  }
  assert_int_equal(total, 50 * (sizeof page + 4));
  assert_int_equal(wire->n_closed, 1);
  close(fd);
  wire_close(wire);
}

static void test_a_flood_starves_no_one(void **state) {
  // One poll handles a bounded part of a flood and still serves the others.
  Wire *wire = wire_open((SqTransportConfig){0});
  int flood = udp_client(sq_transport_port(wire->transport)), stream = unix_client(wire->path);
  settle(wire, 5);
  for (uint32_t i = 0; i < 1500; i++)
    send(flood, &i, 4, 0);
  frame(stream, "/quiet\0\0", 8);
  sq_transport_poll(wire->transport);
  sq_transport_poll(wire->transport);
  SqTransportStats stats;
  sq_transport_stats(wire->transport, &stats);
  assert_true(wire->n_sequence < 600);
  assert_int_equal(wire->n_packets, wire->n_sequence + 1);
  settle(wire, 5);
  // The same the other way round: a burst on a stream.
  static uint8_t burst[5000 * 8];
  for (uint32_t i = 0; i < 5000; i++)
    memcpy(burst + i * 8, "\0\0\0\4/s\0\0", 8);
  assert_int_equal(send(stream, burst, sizeof burst, 0), sizeof burst);
  unsigned before = wire->n_packets;
  sq_transport_poll(wire->transport);
  assert_true(wire->n_packets - before < 600);
  settle(wire, 5);
  assert_int_equal(wire->n_packets - before, 5000);
  close(flood);
  close(stream);
  wire_close(wire);
}

static void test_taken_and_stale(void **state) {
  Wire *wire = wire_open((SqTransportConfig){0});
  SqTransportCallbacks callbacks = {wire, on_packet, on_closed, NULL, NULL};
  SqTransport *second = NULL;
  char why[256] = "";
  SqTransportConfig config = {.port = sq_transport_port(wire->transport)};
  assert_int_equal(sq_transport_open(&config, &callbacks, &second, why, sizeof why), SQ_EXISTS);
  assert_null(second);
  assert_non_null(strstr(why, "another squeezed"));
  config = (SqTransportConfig){.unix_path = wire->path};
  assert_int_equal(sq_transport_open(&config, &callbacks, &second, why, sizeof why), SQ_EXISTS);
  struct stat info;
  assert_int_equal(stat(wire->path, &info), 0); // the living one's socket is not touched
  const char *names[] = {"localhost.example"};
  config = (SqTransportConfig){.bind = names, .n_bind = 1};
  assert_int_equal(sq_transport_open(&config, &callbacks, &second, why, sizeof why), SQ_BAD_ARGS);
  // A socket left behind by a killed daemon is replaced.
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  char stale[sizeof at.sun_path];
  snprintf(stale, sizeof stale, "%s/stale.sock", wire->folder);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(at.sun_path, sizeof at.sun_path, "%s", stale);
  assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
  close(fd);
  config = (SqTransportConfig){.unix_path = stale};
  assert_int_equal(sq_transport_open(&config, &callbacks, &second, why, sizeof why), SQ_OK);
  fd = unix_client(stale);
  close(fd);
  sq_transport_close(second);
  wire_close(wire);
}

static void test_many_peers_and_streams(void **state) {
  Wire *wire = wire_open((SqTransportConfig){.no_tcp = true});
  int streams[SQ_MAX_STREAMS + 1];
  for (unsigned i = 0; i <= SQ_MAX_STREAMS; i++) {
    streams[i] = unix_client(wire->path);
    settle(wire, 0);
  }
  settle(wire, 5);
  SqTransportStats stats;
  sq_transport_stats(wire->transport, &stats);
  assert_int_equal(stats.streams, SQ_MAX_STREAMS);
  assert_int_equal(stats.streams_refused, 1);
  uint8_t byte;
  assert_int_equal(receive(streams[SQ_MAX_STREAMS], &byte, 1), 0);
  for (unsigned i = 0; i <= SQ_MAX_STREAMS; i++)
    close(streams[i]);
  for (unsigned i = 0; i < 1000; i++) { // a shell loop with oscsend: a port each
    int fd = udp_client(sq_transport_port(wire->transport));
    send(fd, "/one", 4, 0);
    close(fd);
    settle(wire, 0);
  }
  settle(wire, 5);
  sq_transport_stats(wire->transport, &stats);
  assert_int_equal(stats.streams, 0);
  assert_true(stats.peers > 500);
  assert_int_equal(wire->n_packets, 1000);
  wire_close(wire);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_udp_echo_and_peers),
      cmocka_unit_test(test_udp_v6_on_the_same_port),
      cmocka_unit_test(test_order_and_burst),
      cmocka_unit_test(test_every_dropped_datagram_is_counted),
      cmocka_unit_test(test_lease),
      cmocka_unit_test(test_reply_elsewhere),
      cmocka_unit_test(test_a_dead_port_costs_no_one_a_reply),
      cmocka_unit_test(test_unix_stream),
      cmocka_unit_test(test_tcp_slip),
      cmocka_unit_test(test_liblo_over_tcp),
      cmocka_unit_test(test_stream_sizes),
      cmocka_unit_test(test_pause_keeps_order_and_loses_nothing),
      cmocka_unit_test(test_slow_reader_is_bounded),
      cmocka_unit_test(test_long_answer_arrives_whole_after_half_close),
      cmocka_unit_test(test_a_flood_starves_no_one),
      cmocka_unit_test(test_taken_and_stale),
      cmocka_unit_test(test_many_peers_and_streams),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
