// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A flood from another thread, through real sockets, the decoder and the validator: what is lost is counted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "control/transport.h"
#include "protocol/args.h"

#define STREAM_MESSAGES 200000
#define DATAGRAMS 75000
#define SPLIT 750 ///< datagrams each 5 ms: 150,000 a second

// "/source/kick/gain" with the number of the message as its value.
#define MESSAGE 28

typedef struct {
  SqTransport *transport;
  SqOscArg args[16];
  SqArgs result;
  uint32_t next; ///< number of the message that should come
  uint32_t out_of_order, applied;
  int fd;
  atomic_uint sent;
  atomic_bool done;
} Flood;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void on_packet(void *context, SqPeer *peer, const uint8_t *data, size_t size) {
  static const SqArgSpec spec = {.name = "n", .type = SQ_TYPE_INT};
  static const SqArgsWant want = {&spec, 1, SQ_REST_NONE, SQ_LIMIT_CLAMP};
  Flood *flood = context;
  SqOscMessage message;
  assert_int_equal(sq_osc_decode(data, size, flood->args, 16, &message, NULL), SQ_OK);
  assert_int_equal(sq_args_read(&want, flood->args, message.n_args, &flood->result), SQ_OK);
  flood->out_of_order += flood->result.args[0].integer < flood->next;
  flood->next = (uint32_t)flood->result.args[0].integer + 1;
  flood->applied++;
}

static void on_closed(void *context, SqPeer *peer) {}

static void write_message(uint8_t *to, uint32_t number) {
  uint8_t value[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
  memcpy(to, "/source/kick/gain\0\0\0,i\0", 24);
  memcpy(to + 24, value, 4);
}

static void *flood_stream(void *context) {
  Flood *flood = context;
  static uint8_t burst[1000 * (MESSAGE + 4)];
  for (uint32_t i = 0; i < STREAM_MESSAGES;) {
    for (uint32_t k = 0; k < 1000; k++, i++) {
      memcpy(burst + k * (MESSAGE + 4), "\0\0\0\x1c", 4);
      write_message(burst + k * (MESSAGE + 4) + 4, i);
    }
    for (size_t at = 0; at < sizeof burst;) {
      ssize_t n = send(flood->fd, burst + at, sizeof burst - at, 0);
      at += n > 0 ? (size_t)n : 0;
    }
  }
  flood->done = true;
  return NULL;
}

static void *flood_udp(void *context) {
  Flood *flood = context;
  uint8_t message[MESSAGE];
  double start = seconds();
  for (uint32_t i = 0; i < DATAGRAMS; i++) {
    write_message(message, i);
    if (send(flood->fd, message, sizeof message, 0) == sizeof message)
      flood->sent++;
    if (i % SPLIT == SPLIT - 1) {
      double ahead = start + (double)(i + 1) / (SPLIT * 200.0) - seconds();
      if (ahead > 0)
        usleep((useconds_t)(ahead * 1e6));
    }
  }
  flood->done = true;
  return NULL;
}

/// Polls until the flood is over and nothing comes any more.
static double drain(Flood *flood, void *(*sender)(void *)) {
  pthread_t thread;
  double start = seconds(), last = start;
  assert_int_equal(pthread_create(&thread, NULL, sender, flood), 0);
  struct pollfd fd = {.fd = sq_transport_fd(flood->transport), .events = POLLIN};
  while (!flood->done || poll(&fd, 1, 20) > 0) {
    if (poll(&fd, 1, 20) > 0) {
      sq_transport_poll(flood->transport);
      last = seconds();
    }
  }
  pthread_join(thread, NULL);
  return last - start;
}

static Flood *flood_open(const char *path) {
  Flood *flood = calloc(1, sizeof *flood);
  SqTransportConfig config = {.unix_path = path};
  SqTransportCallbacks callbacks = {flood, on_packet, on_closed, NULL, NULL};
  char why[256];
  assert_int_equal(sq_transport_open(&config, &callbacks, &flood->transport, why, sizeof why), SQ_OK);
  return flood;
}

static void flood_close(Flood *flood) {
  close(flood->fd);
  sq_transport_close(flood->transport);
  free(flood);
}

static void test_a_stream_loses_nothing(void **state) {
  char folder[] = "/tmp/sq-flood-XXXXXX";
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  assert_non_null(mkdtemp(folder));
  snprintf(to.sun_path, sizeof to.sun_path, "%s/s", folder);
  Flood *flood = flood_open(to.sun_path);
  flood->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(flood->fd, (struct sockaddr *)&to, sizeof to), 0);
  double time = drain(flood, flood_stream);
  assert_int_equal(flood->applied, STREAM_MESSAGES);
  assert_int_equal(flood->out_of_order, 0);
  print_message("Unix stream: %.0f messages a second read, decoded and validated\n", STREAM_MESSAGES / time);
  flood_close(flood);
  rmdir(folder);
}

static void test_udp_sent_is_applied_plus_dropped(void **state) {
  Flood *flood = flood_open(NULL);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sq_transport_port(flood->transport))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  flood->fd = socket(AF_INET, SOCK_DGRAM, 0);
  assert_int_equal(connect(flood->fd, (struct sockaddr *)&to, sizeof to), 0);
  double time = drain(flood, flood_udp);
  SqTransportStats stats;
  sq_transport_stats(flood->transport, &stats);
  assert_int_equal(flood->applied + stats.kernel_dropped, flood->sent);
  assert_int_equal(flood->out_of_order, 0);
  print_message("UDP: %u sent at %.0f a second, %u applied, %llu dropped by the kernel (buffer %u bytes)\n",
                (unsigned)flood->sent, flood->sent / time, flood->applied, (unsigned long long)stats.kernel_dropped,
                stats.receive_buffer);
  flood_close(flood);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_stream_loses_nothing),
                                     cmocka_unit_test(test_udp_sent_is_applied_plus_dropped)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
