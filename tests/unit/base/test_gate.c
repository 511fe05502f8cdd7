// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gate.h"

static const struct sockaddr *address_of(const char *text) {
  static union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } a;
  memset(&a, 0, sizeof a);
  if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
    a.v4.sin_family = AF_INET;
  } else {
    assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
    a.v6.sin6_family = AF_INET6;
  }
  return &a.any;
}

static void nets_hold_their_addresses_and_no_others(void **state) {
  static const struct {
    const char *allow, *address;
    bool admitted;
  } cases[] = {
      {"", "10.1.2.3", false},
      {"", "127.0.0.1", false},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"192.168.1.7", "192.168.1.7", true},
      {"192.168.1.7", "192.168.1.6", false},
      {"192.168.1.0/25", "192.168.1.127", true},
      {"192.168.1.0/25", "192.168.1.128", false},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "192.168.1.1", true},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "192.168.1.2", false},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "172.31.255.255", true},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "172.32.0.0", false},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "fdff::1", true},
      {"192.168.1.0/31 , 172.16.0.0/12,fd00::/8", "fe80::1", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "fd00::1", false}, // a net of IPv4 says nothing of IPv6
      {"::/0", "2001:db8::1", true},
      {"::/0", "8.8.8.8", false},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true}, // IPv4 in IPv6's clothes
      {"::ffff:0:0/96", "::ffff:10.0.0.1", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SqGate gate;
    char why[256] = "";
    assert_int_equal(sq_gate_read(&(SqGateConfig){cases[i].allow, "", false}, &gate, why, sizeof why), SQ_OK);
    if (sq_gate_admits(&gate, address_of(cases[i].address)) != cases[i].admitted)
      fail_msg("'%s' and %s", cases[i].allow, cases[i].address);
    assert_false(sq_gate_is_local(&gate, address_of(cases[i].address)));
    sq_gate_cleanup(&gate);
  }
}

static void loopback_is_local_where_it_is_trusted(void **state) {
  SqGate gate;
  char why[256];
  assert_int_equal(sq_gate_read(&(SqGateConfig){"", "", true}, &gate, why, sizeof why), SQ_OK);
  static const char *const own[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"};
  static const char *const others[] = {"128.0.0.1", "126.255.255.255", "::2", "::", "::ffff:10.0.0.1", "0.0.0.0"};
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
    assert_true(sq_gate_is_local(&gate, address_of(own[i])) && sq_gate_admits(&gate, address_of(own[i])));
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    assert_false(sq_gate_is_local(&gate, address_of(others[i])) || sq_gate_admits(&gate, address_of(others[i])));
  const struct sockaddr unknown = {.sa_family = AF_UNIX};
  assert_false(sq_gate_admits(&gate, &unknown));
}

static void what_is_no_net_is_refused(void **state) {
  static const char *const wrong[] = {"10.0.0.0/33", "10.0.0/8",        "host.local", "::/129",
                                      "10.0.0.1/",   "10.0.0.0/8/8",    "/8",         "10.0.0.0/-1",
                                      "10.0.0.0/ 8", "1.2.3.4, banana", "10.0.0.0/8x"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    SqGate gate;
    char why[256] = "";
    if (sq_gate_read(&(SqGateConfig){wrong[i], "", true}, &gate, why, sizeof why) != SQ_BAD_ARGS)
      fail_msg("'%s' is taken", wrong[i]);
    assert_non_null(strstr(why, "neither an address nor a net"));
    assert_null(gate.nets);
  }
}

static SqStatus read_key(const char *text, mode_t mode, SqGate *gate, char why[256]) {
  char path[64];
  snprintf(path, sizeof path, "%s/sq-gate-XXXXXX", "/tmp");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  fchmod(fd, mode);
  close(fd);
  const SqStatus status = sq_gate_read(&(SqGateConfig){"10.0.0.0/8", path, true}, gate, why, 256);
  unlink(path);
  return status;
}

static void a_key_is_long_and_its_readers_few(void **state) {
  SqGate gate;
  char why[256];
  assert_int_equal(read_key("0123456789abcdef\nsecond line\n", 0600, &gate, why), SQ_OK);
  assert_string_equal(gate.key, "0123456789abcdef");
  sq_gate_cleanup(&gate);
  assert_int_equal(read_key("0123456789abcde\n", 0600, &gate, why), SQ_BAD_ARGS);
  assert_non_null(strstr(why, "has 15 bytes"));
  assert_int_equal(read_key("", 0600, &gate, why), SQ_BAD_ARGS);
  assert_int_equal(read_key("0123456789abcdef\n", 0640, &gate, why), SQ_DENIED);
  assert_non_null(strstr(why, "chmod 600"));
  assert_int_equal(read_key("0123456789abcdef\n", 0604, &gate, why), SQ_DENIED);
  assert_null(gate.nets);
  assert_int_equal(sq_gate_read(&(SqGateConfig){"", "/nonexistent/key", true}, &gate, why, sizeof why), SQ_IO);
}

static void only_the_whole_key_fits(void **state) {
  assert_true(sq_gate_fits("secret", "secret"));
  static const char *const wrong[] = {"", "s", "secre", "secrett", "Secret", "secreT", "secretsecret"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_false(sq_gate_fits("secret", wrong[i]));
  assert_false(sq_gate_fits("", ""));
  assert_false(sq_gate_fits("", "x"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nets_hold_their_addresses_and_no_others),
      cmocka_unit_test(loopback_is_local_where_it_is_trusted),
      cmocka_unit_test(what_is_no_net_is_refused),
      cmocka_unit_test(a_key_is_long_and_its_readers_few),
      cmocka_unit_test(only_the_whole_key_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
