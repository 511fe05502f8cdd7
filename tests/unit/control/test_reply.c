// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What we send, read back by liblo and by our own decoder; lists in pages over a real socket.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <lo/lo.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "control/reply.h"

static uint8_t packet[4096];
static SqOscArg args[SQ_MAX_ARGS];
static SqOscMessage message;

static void add_all(SqReply *reply) {
  sq_reply_int(reply, -1);
  sq_reply_float(reply, 0.5f);
  sq_reply_string(reply, "text");
  sq_reply_double(reply, 123456.123456789);
  sq_reply_int64(reply, INT64_MIN);
  sq_reply_bool(reply, true);
  sq_reply_bool(reply, false);
}

static size_t finish(SqReply *reply) {
  size_t size = 0, before = sq_reply_size(reply);
  assert_int_equal(sq_reply_end(reply, packet, sizeof packet, &size), SQ_OK);
  assert_int_equal(size, before);
  assert_int_equal(sq_osc_decode(packet, size, args, SQ_MAX_ARGS, &message, NULL), SQ_OK);
  return size;
}

static void test_plain_is_i_f_s_only(void **state) {
  SqReply reply;
  sq_reply_begin(&reply, SQ_PROFILE_PLAIN, "/@7", "/done");
  add_all(&reply);
  size_t size = finish(&reply);
  assert_string_equal(message.address, "/@7/done");
  static const char tags[] = "ifsssii";
  assert_int_equal(message.n_args, 7);
  for (uint32_t i = 0; i < 7; i++)
    assert_int_equal(args[i].tag, tags[i]);
  assert_string_equal(args[3].u.s, "123456.123456789");
  assert_string_equal(args[4].u.s, "-9223372036854775808");
  assert_int_equal(args[5].u.i, 1);
  // The other implementation reads the same.
  int result = 0;
  lo_message theirs = lo_message_deserialise(packet, size, &result);
  assert_non_null(theirs);
  assert_string_equal(lo_message_get_types(theirs), tags);
  float half; // theirs lies at any alignment
  memcpy(&half, lo_message_get_argv(theirs)[1], sizeof half);
  assert_true(half == 0.5f);
  lo_message_free(theirs);
}

static void test_full_keeps_types(void **state) {
  SqReply reply;
  sq_reply_begin(&reply, SQ_PROFILE_FULL, "", "/x");
  add_all(&reply);
  sq_reply_blob(&reply, "abc", 3);
  finish(&reply);
  static const char tags[] = "ifsdhTFb";
  for (uint32_t i = 0; i < 8; i++)
    assert_int_equal(args[i].tag, tags[i]);
  assert_true(args[3].u.d == 123456.123456789);
  assert_true(args[4].u.h == INT64_MIN);
  assert_int_equal(args[7].u.b.size, 3);
}

static void test_echo_returns_what_came(void **state) {
  SqReply reply;
  sq_reply_begin(&reply, SQ_PROFILE_PLAIN, "", "/pong");
  static const uint8_t in[] = "/x\0\0,ifdhTFNIcSsmt\0\0\0\0\0\1\x3f\x80\0\0\x3f\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\2"
                              "\0\0\0x"
                              "sym\0"
                              "str\0"
                              "\1\2\3\4"
                              "\0\0\0\3\0\0\0\4";
  SqOscArg came[16];
  SqOscMessage m;
  assert_int_equal(sq_osc_decode(in, sizeof in - 1, came, 16, &m, NULL), SQ_OK);
  for (uint32_t i = 0; i < m.n_args; i++)
    sq_reply_osc(&reply, &came[i]);
  size_t size = finish(&reply);
  assert_int_equal(message.n_args, 13);
  assert_memory_equal(packet + 8, in + 4, sizeof in - 1 - 4);
  assert_int_equal(size, sizeof in - 1 + 4);
}

static void test_bounds(void **state) {
  SqReply reply;
  size_t size;
  char address[SQ_REPLY_ADDRESS + 1];
  memset(address, 'a', sizeof address - 1);
  address[sizeof address - 1] = 0;
  sq_reply_begin(&reply, SQ_PROFILE_PLAIN, "", address);
  sq_reply_int(&reply, 1);
  assert_int_equal(sq_reply_end(&reply, packet, sizeof packet, &size), SQ_LIMIT);
  sq_reply_begin(&reply, SQ_PROFILE_PLAIN, "", "/x");
  sq_reply_string(&reply, address);
  assert_int_equal(sq_reply_end(&reply, packet, 64, &size), SQ_LIMIT);
}

typedef struct {
  SqPeer *peer;
} Ear;

static void on_packet(void *context, SqPeer *peer, const uint8_t *data, size_t size) {
  ((Ear *)context)->peer = peer;
}

static void on_closed(void *context, SqPeer *peer) {
  ((Ear *)context)->peer = NULL;
}

typedef struct {
  SqTransport *transport;
  Ear ear;
  int client;
} Line;

/// A UDP client that the daemon's side knows.
static Line *line_open(void) {
  Line *line = calloc(1, sizeof *line);
  SqTransportConfig config = {0};
  SqTransportCallbacks callbacks = {&line->ear, on_packet, on_closed, NULL, NULL};
  char why[256];
  assert_int_equal(sq_transport_open(&config, &callbacks, &line->transport, why, sizeof why), SQ_OK);
  line->client = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sq_transport_port(line->transport))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(line->client, (struct sockaddr *)&to, sizeof to);
  send(line->client, "/a\0", 4, 0);
  struct pollfd fd = {.fd = sq_transport_fd(line->transport), .events = POLLIN};
  assert_int_equal(poll(&fd, 1, 1000), 1);
  sq_transport_poll(line->transport);
  assert_non_null(line->ear.peer);
  return line;
}

static void line_close(Line *line) {
  sq_transport_close(line->transport);
  close(line->client);
  free(line);
}

/// Receives the next reply; false when there is none.
static bool hear(Line *line) {
  ssize_t n = recv(line->client, packet, sizeof packet, MSG_DONTWAIT);
  if (n <= 0)
    return false;
  assert_true(n <= SQ_REPLY_UDP);
  assert_int_equal(sq_osc_decode(packet, (size_t)n, args, SQ_MAX_ARGS, &message, NULL), SQ_OK);
  return true;
}

static void add_item(void *context, uint32_t i, SqReply *reply) {
  char name[64];
  snprintf(name, sizeof name, "%.*s%u", (int)(i % 40), "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", i);
  sq_reply_string(reply, name);
  sq_reply_int(reply, (int32_t)i);
}

static void test_lists_are_paged(void **state) {
  // "Replies on UDP: at most 1,400 bytes; lists are paged with `i:index i:of`."
  for (uint32_t n = 0; n < 1200; n = n < 200 ? n + 1 : n + 333) {
    Line *line = line_open();
    SqReplyList list = {"/strips", n, add_item, NULL};
    SqReplyTo to = {line->ear.peer, 0, "/@t"};
    assert_int_equal(sq_reply_send_list(&to, &list), SQ_OK);
    uint32_t seen = 0;
    int32_t page = 0, of = -1;
    size_t smallest_sum = SQ_REPLY_UDP;
    while (hear(line)) {
      assert_string_equal(message.address, "/@t/strips");
      assert_int_equal(args[0].u.i, page++);
      assert_true(of < 0 || of == args[1].u.i);
      of = args[1].u.i;
      for (uint32_t i = 2; i < message.n_args; i += 2)
        assert_int_equal(args[i + 1].u.i, seen++);
    }
    assert_int_equal(seen, n);
    assert_int_equal(page, of);
    assert_true(of >= 1 && (size_t)(of - 1) * (smallest_sum - 60) < (size_t)n * 52 + 60); // no page is left half empty
    line_close(line);
  }
}

static void add_huge(void *context, uint32_t i, SqReply *reply) {
  static char text[1500];
  memset(text, 'x', sizeof text - 1);
  sq_reply_string(reply, i == 5 ? text : "small");
}

static void test_an_item_too_large_sends_nothing(void **state) {
  Line *line = line_open();
  SqReplyList list = {"/strips", 10, add_huge, NULL};
  SqReplyTo to = {line->ear.peer, 0, ""};
  assert_int_equal(sq_reply_send_list(&to, &list), SQ_LIMIT);
  assert_false(hear(line));
  line_close(line);
}

static void test_done_and_fail(void **state) {
  Line *line = line_open();
  SqReplyTo to = {line->ear.peer, 0, "/@a"};
  assert_int_equal(sq_reply_send_done(&to, "/source/add"), SQ_OK);
  assert_true(hear(line));
  assert_string_equal(message.address, "/@a/done");
  assert_string_equal(args[0].u.s, "/source/add");
  to.prefix = "";
  assert_int_equal(sq_reply_send_fail(&to, "/x", SQ_NOT_FOUND, "no x; see /list"), SQ_OK);
  assert_true(hear(line));
  assert_string_equal(message.address, "/fail");
  assert_int_equal(message.n_args, 4);
  assert_int_equal(args[1].u.i, 4);
  assert_string_equal(args[2].u.s, "not_found");
  assert_string_equal(args[3].u.s, "no x; see /list");
  line_close(line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_plain_is_i_f_s_only),    cmocka_unit_test(test_full_keeps_types),
      cmocka_unit_test(test_echo_returns_what_came), cmocka_unit_test(test_bounds),
      cmocka_unit_test(test_lists_are_paged),        cmocka_unit_test(test_an_item_too_large_sends_nothing),
      cmocka_unit_test(test_done_and_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
