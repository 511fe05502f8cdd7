// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The load of work W3: floods of sets, and queries against a bare echo, over real sockets to a running daemon.
///
///     load unix PATH N RATE SECONDS      sets of gains of s0 … s(N-1) on a stream; then reads all of them back
///     load udp PORT N RATE SECONDS       the same in datagrams
///     load query PORT N COUNT            one get and one echo in turn
///
/// Prints one line of numbers: sent, seconds, values that were not the last ones set; or p50, p99 and max of the get,
/// then of the echo, in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 200, PACKET = 256, MAX_SOURCES = 4096, TRIES = 5000 };

typedef struct {
  int fd;
  bool stream;
  uint8_t in[1 << 16];
  size_t n_in;
} Peer;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_udp(int port) {
  const struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
    fail("udp");
  return fd;
}

static int open_unix(const char *path) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
    fail(path);
  return fd;
}

// ---- packets --------------------------------------------------------------------------------------------------------

static void put32(uint8_t *to, uint32_t value) {
  const uint32_t big = htonl(value);
  memcpy(to, &big, sizeof big);
}

static size_t put_text(uint8_t *to, const char *text) {
  const size_t n = strlen(text) + 1, padded = (n + 3) / 4 * 4;
  memset(to, 0, padded);
  memcpy(to, text, n);
  return padded;
}

/// `/source/sI/gain` with or without a value, framed for a stream.
static size_t make_gain(uint8_t *to, bool stream, uint32_t source, const float *value) {
  char address[64];
  snprintf(address, sizeof address, "/source/s%u/gain", source);
  uint8_t *at = to + (stream ? 4 : 0);
  at += put_text(at, address);
  at += put_text(at, value ? ",f" : ",");
  if (value) {
    uint32_t bits;
    memcpy(&bits, value, sizeof bits);
    put32(at, bits);
    at += 4;
  }
  const size_t n = (size_t)(at - to);
  if (stream)
    put32(to, (uint32_t)n - 4);
  return n;
}

static void send_all(const Peer *peer, const uint8_t *data, size_t n) {
  while (n) {
    const ssize_t k = send(peer->fd, data, n, 0);
    if (k < 0)
      fail("send");
    data += k;
    n -= (size_t)k;
  }
}

/// The next packet that came, in packet[size]; 0: none in time.
static size_t receive(Peer *peer, uint8_t *packet, size_t size, int ms) {
  for (;;) {
    struct pollfd p = {.fd = peer->fd, .events = POLLIN};
    if (peer->stream && peer->n_in >= 4) {
      uint32_t n;
      memcpy(&n, peer->in, sizeof n);
      n = ntohl(n);
      if (peer->n_in >= 4 + (size_t)n && n <= size) {
        memcpy(packet, peer->in + 4, n);
        peer->n_in -= 4 + (size_t)n;
        memmove(peer->in, peer->in + 4 + n, peer->n_in);
        return n;
      }
    }
    if (poll(&p, 1, ms) <= 0)
      return 0;
    const ssize_t k = peer->stream ? recv(peer->fd, peer->in + peer->n_in, sizeof peer->in - peer->n_in, 0)
                                   : recv(peer->fd, packet, size, 0);
    if (k <= 0)
      return 0;
    if (!peer->stream)
      return (size_t)k;
    peer->n_in += (size_t)k;
  }
}

/// What the daemon says a source's gain is; NAN: it said nothing.
static float read_gain(Peer *peer, uint32_t source) {
  uint8_t packet[1 << 12];
  send_all(peer, packet, make_gain(packet, peer->stream, source, NULL));
  for (int tries = 0; tries < TRIES; tries++) {
    const size_t n = receive(peer, packet, sizeof packet, 5000);
    char address[64];
    snprintf(address, sizeof address, "/source/s%u/gain", source);
    if (n == 0)
      return NAN;
    if (n < 8 || strncmp((const char *)packet, address, sizeof address) != 0)
      continue; // something else
    uint32_t bits;
    float value;
    memcpy(&bits, packet + n - 4, sizeof bits);
    bits = ntohl(bits);
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  return NAN;
}

// ---- floods ---------------------------------------------------------------------------------------------------------

/// Sends one batch of sets; a stream in one piece, datagrams in one call.
static void send_batch(const Peer *peer, uint64_t serial, uint32_t n_sources, uint32_t n, float *last) {
  static uint8_t room[BATCH * PACKET];
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  size_t used = 0;
  memset(messages, 0, sizeof messages);
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t source = (uint32_t)((serial + i) * 7919 % n_sources);
    last[source] = -40.0F - (float)((serial + i) % 1000) * 0.01F;
    const size_t size = make_gain(room + used, peer->stream, source, &last[source]);
    parts[i] = (struct iovec){room + used, size};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    used += size;
  }
  if (peer->stream) {
    send_all(peer, room, used);
    return;
  }
  for (uint32_t done = 0; done < n;) {
    const int k = sendmmsg(peer->fd, messages + done, n - done, 0);
    if (k < 0)
      fail("sendmmsg");
    done += (uint32_t)k;
  }
}

static int flood(Peer *peer, uint32_t n_sources, double rate, double length) {
  static float last[MAX_SOURCES];
  for (uint32_t i = 0; i < n_sources; i++)
    last[i] = NAN;
  const double begin = seconds();
  uint64_t sent = 0;
  while ((double)sent < rate * length) {
    const double due = (seconds() - begin) * rate;
    if ((double)sent + BATCH > due) { // never ahead of the clock, and caught up with when late
      const struct timespec nap = {.tv_nsec = 200000};
      nanosleep(&nap, NULL);
      continue;
    }
    send_batch(peer, sent, n_sources, BATCH, last);
    sent += BATCH;
  }
  const double taken = seconds() - begin;
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < n_sources; i++)
    if (!isnan(last[i]))
      wrong += !(fabsf(read_gain(peer, i) - last[i]) < 1e-3F);
  printf("%llu %.6f %u\n", (unsigned long long)sent, taken, wrong);
  return 0;
}

// ---- queries --------------------------------------------------------------------------------------------------------

static pid_t start_echo(int *port) {
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in bound;
  socklen_t size = sizeof bound;
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) < 0 ||
      getsockname(fd, (struct sockaddr *)&bound, &size) < 0)
    fail("echo");
  *port = ntohs(bound.sin_port);
  const pid_t child = fork();
  if (child == 0) {
    for (;;) {
      uint8_t packet[2048];
      struct sockaddr_in from;
      socklen_t n_from = sizeof from;
      const ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &n_from);
      if (n > 0 && sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, n_from) < 0)
        _exit(1);
    }
  }
  close(fd);
  return child;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void print_times(double *us, uint32_t n) {
  qsort(us, n, sizeof *us, by_size);
  printf("%.1f %.1f %.1f ", us[n / 2], us[(uint64_t)n * 99 / 100], us[n - 1]);
}

/// A get and an echo in turn, a random time apart, so that every part of a period is hit.
static int query(Peer *peer, uint32_t n_sources, uint32_t count) {
  int port = 0;
  const pid_t child = start_echo(&port);
  Peer echo = {.fd = open_udp(port)};
  double *get_us = calloc(count, sizeof *get_us), *echo_us = calloc(count, sizeof *echo_us);
  uint32_t seed = 1, failed = 0;
  for (uint32_t i = 0; get_us && echo_us && i < count; i++) {
    uint8_t packet[PACKET];
    seed = seed * 1664525U + 1013904223U;
    const struct timespec nap = {.tv_nsec = 100000 + (long)(seed >> 12)};
    nanosleep(&nap, NULL);
    double begin = seconds();
    failed += isnan(read_gain(peer, seed % n_sources)) ? 1 : 0;
    get_us[i] = (seconds() - begin) * 1e6;
    nanosleep(&nap, NULL);
    const size_t n = make_gain(packet, false, seed % n_sources, NULL);
    begin = seconds();
    send_all(&echo, packet, n);
    failed += receive(&echo, packet, sizeof packet, 5000) == 0;
    echo_us[i] = (seconds() - begin) * 1e6;
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  print_times(get_us, count);
  print_times(echo_us, count);
  printf("%u\n", failed);
  return 0;
}

int main(int argc, char **argv) {
  static Peer peer;
  if (argc < 5)
    return 64;
  const uint32_t n = (uint32_t)strtoul(argv[3], NULL, 10);
  peer.stream = strcmp(argv[1], "unix") == 0;
  if (n == 0 || n > MAX_SOURCES)
    return 64;
  peer.fd = peer.stream ? open_unix(argv[2]) : open_udp((int)strtol(argv[2], NULL, 10));
  if (strcmp(argv[1], "query") == 0)
    return query(&peer, n, (uint32_t)strtoul(argv[4], NULL, 10));
  return argc > 5 ? flood(&peer, n, strtod(argv[4], NULL), strtod(argv[5], NULL)) : 64;
}
