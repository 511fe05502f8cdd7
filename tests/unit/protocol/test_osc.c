// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder against liblo's encoder, and against packets that lie.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lo/lo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/osc.h"

#define CAP 64

static SqOscArg args[CAP];
static SqOscMessage message;
static const char *why;

static SqStatus decode(const void *data, size_t size) {
  // A copy of exactly this size, so that a sanitizer sees a read past it.
  uint8_t *copy = malloc(size ? size : 1);
  memcpy(copy, data, size);
  SqStatus status = sq_osc_decode(copy, size, args, CAP, &message, &why);
  if (status != SQ_OK)
    assert_non_null(why);
  static uint8_t *kept;
  free(kept);
  kept = copy;
  return status;
}

#define DECODE(text) decode(text, sizeof(text) - 1)

/// One argument of every type, written by liblo.
static lo_message every_type(lo_blob blob) {
  lo_message m = lo_message_new();
  lo_timetag tag = {0x12345678u, 0x9abcdef0u};
  uint8_t midi[4] = {1, 0x90, 60, 127};
  lo_message_add_int32(m, -123456789);
  lo_message_add_int64(m, INT64_MIN + 5);
  lo_message_add_float(m, -0.1f);
  lo_message_add_double(m, 1e300);
  lo_message_add_string(m, "string");
  lo_message_add_symbol(m, "");
  lo_message_add_char(m, 'x');
  lo_message_add_blob(m, blob);
  lo_message_add_timetag(m, tag);
  lo_message_add_midi(m, midi);
  lo_message_add_true(m);
  lo_message_add_false(m);
  lo_message_add_nil(m);
  lo_message_add_infinitum(m);
  return m;
}

static void test_every_type_as_liblo_writes_it(void **state) {
  lo_blob blob = lo_blob_new(5, "\1\2\3\4\5");
  lo_message m = every_type(blob);
  size_t size;
  void *data = lo_message_serialise(m, "/all/of/them", NULL, &size);
  assert_int_equal(decode(data, size), SQ_OK);
  assert_string_equal(message.address, "/all/of/them");
  assert_false(message.untagged);
  assert_int_equal(message.n_args, 14);
  const char *tags = lo_message_get_types(m);
  for (uint32_t i = 0; i < message.n_args; i++)
    assert_int_equal(message.args[i].tag, tags[i]);
  assert_int_equal(args[0].u.i, -123456789);
  assert_true(args[1].u.h == INT64_MIN + 5);
  assert_true(args[2].u.f == -0.1f);
  assert_true(args[3].u.d == 1e300);
  assert_string_equal(args[4].u.s, "string");
  assert_string_equal(args[5].u.s, "");
  assert_int_equal(args[6].u.i, 'x');
  assert_int_equal(args[7].u.b.size, 5);
  assert_memory_equal(args[7].u.b.data, "\1\2\3\4\5", 5);
  assert_true(args[8].u.t == UINT64_C(0x123456789abcdef0));
  assert_int_equal((uint32_t)args[9].u.i, 0x01903c7fu);
  lo_message_free(m);
  lo_blob_free(blob);
  free(data);
}

static uint64_t seed = 88172645463325252u;

static uint32_t dice(uint32_t n) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)(seed >> 20) % n;
}

/// Adds a random argument to `m`, the same to `want`.
static void add_random(lo_message m, SqOscArg *want) {
  static const char *const words[] = {"", "a", "abc", "four", "a longer one, with spaces", "\xc3\xa9\xc3\xa8"};
  static const char tags[] = "ihfdsSctTFNI";
  *want = (SqOscArg){.tag = tags[dice(12)]};
  uint64_t bits = (uint64_t)dice(1u << 31) << 33 ^ dice(1u << 31);
  const char *word = words[dice(6)];
  lo_timetag time = {(uint32_t)(bits >> 32), (uint32_t)bits};
  switch (want->tag) {
  case 'i':
    lo_message_add_int32(m, want->u.i = (int32_t)bits);
    break;
  case 'h':
    lo_message_add_int64(m, want->u.h = (int64_t)bits);
    break;
  case 'f':
    lo_message_add_float(m, want->u.f = (float)bits);
    break;
  case 'd':
    lo_message_add_double(m, want->u.d = (double)bits * 1e-5);
    break;
  case 's':
    lo_message_add_string(m, want->u.s = word);
    break;
  case 'S':
    lo_message_add_symbol(m, want->u.s = word);
    break;
  case 'c':
    lo_message_add_char(m, (char)(want->u.i = (int32_t)(bits % 128)));
    break;
  case 't':
    lo_message_add_timetag(m, time);
    want->u.t = bits;
    break;
  case 'T':
    lo_message_add_true(m);
    break;
  case 'F':
    lo_message_add_false(m);
    break;
  case 'N':
    lo_message_add_nil(m);
    break;
  default:
    lo_message_add_infinitum(m);
    break;
  }
}

static void test_random_messages_agree_with_liblo(void **state) {
  for (int k = 0; k < 2000; k++) {
    SqOscArg want[20];
    uint32_t n = dice(20);
    lo_message m = lo_message_new();
    for (uint32_t i = 0; i < n; i++)
      add_random(m, &want[i]);
    size_t size;
    void *data = lo_message_serialise(m, "/x", NULL, &size);
    assert_int_equal(decode(data, size), SQ_OK);
    assert_int_equal(message.n_args, n);
    for (uint32_t i = 0; i < n; i++) {
      assert_int_equal(args[i].tag, want[i].tag);
      if (want[i].tag == 's' || want[i].tag == 'S')
        assert_string_equal(args[i].u.s, want[i].u.s);
      else
        assert_true(args[i].u.t == want[i].u.t);
    }
    // Every shorter packet is refused or holds less, and none reads past its end.
    for (size_t cut = 0; cut < size; cut += 4)
      decode(data, cut);
    lo_message_free(m);
    free(data);
  }
}

static void test_arrays_are_flat_with_brackets(void **state) {
  assert_int_equal(DECODE("/a\0\0,i[fF]\0\0\0\0\0\x07\x3f\x80\0\0"), SQ_OK);
  assert_int_equal(message.n_args, 5);
  assert_int_equal(args[1].tag, '[');
  assert_true(args[2].u.f == 1.0f);
  assert_int_equal(args[4].tag, ']');
}

static void test_no_slash(void **state) {
  assert_int_equal(DECODE("noslash\0,\0\0\0"), SQ_OK);
  assert_string_equal(message.address, "noslash");
}

static void test_untagged(void **state) {
  assert_int_equal(DECODE("/xremote\0\0\0\0"), SQ_OK);
  assert_true(message.untagged);
  assert_int_equal(message.n_args, 0);
  static const struct {
    const char *bytes;
    size_t size;
    char tag;
    double number;
    const char *text;
  } words[] = {
      {"\0\0\0\0", 4, 'i', 0, NULL},
      {"\0\0\0\x3c", 4, 'i', 60, NULL},
      {"\xff\xff\xff\xff", 4, 'i', -1, NULL},
      {"\x3f\x40\0\0", 4, 'f', 0.75, NULL},
      {"\xc2\x34\0\0", 4, 'f', -45, NULL},
      {"\x43\xdc\0\0", 4, 'f', 440, NULL},
      {"?\0\0\0", 4, 'f', 0.5, NULL},
      {"on\0\0", 4, 's', 0, "on"},
      {"off\0", 4, 's', 0, "off"},
      {"yes\0", 4, 's', 0, "yes"},
      {"Bass\0\0\0\0", 8, 's', 0, "Bass"},
      {"drums/kick\0\0", 12, 's', 0, "drums/kick"},
      {"my bass\0", 8, 's', 0, "my bass"},
      {"0.5\0", 4, 's', 0, "0.5"},
      {"60\0\0", 4, 's', 0, "60"},
      {"\x7f\x80\0\0", 4, 'i', 0x7f800000, 0},
      {"aaaa", 4, 'f', 0, NULL},
  };
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    uint8_t packet[64] = "/x\0";
    memcpy(packet + 4, words[i].bytes, words[i].size);
    assert_int_equal(decode(packet, 4 + words[i].size), SQ_OK);
    assert_int_equal(message.n_args, 1);
    assert_int_equal(args[0].tag, words[i].tag);
    if (words[i].tag == 's')
      assert_string_equal(args[0].u.s, words[i].text);
    else if (words[i].tag == 'i')
      assert_int_equal(args[0].u.i, (int32_t)words[i].number);
    else if (words[i].number != 0)
      assert_true((double)args[0].u.f == words[i].number);
  }
  assert_int_equal(DECODE("/x\0\0main\0\0\0\0\x3f\0\0\0\0\0\0\x05"), SQ_OK);
  assert_int_equal(message.n_args, 3);
  assert_string_equal(args[0].u.s, "main");
  assert_true(args[1].u.f == 0.5f);
  assert_int_equal(args[2].u.i, 5);
}

static void test_broken_packets_are_refused(void **state) {
  assert_int_equal(DECODE(""), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/abc"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("\0\0\0\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("#bundle\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\n\0,\0\0\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,iii"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,i\0\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,d\0\0\0\0\0\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,s\0\0abcd"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,a\0\0"), SQ_BAD_ARGS);
  assert_int_equal(DECODE("/a\0\0,b\0\0"), SQ_BAD_ARGS); // no room for the size
  assert_int_equal(DECODE("/a\0\0,b\0\0\0\0\0\x05"
                          "abcd"),
                   SQ_BAD_ARGS); // longer than the packet
  assert_int_equal(DECODE("/a\0\0,b\0\0\xff\xff\xff\xff"
                          "abcd"),
                   SQ_BAD_ARGS); // wraps when rounded up
  assert_int_equal(DECODE("/a\0\0,b\0\0\x80\0\0\0"
                          "abcd"),
                   SQ_BAD_ARGS);                                             // negative
  assert_int_equal(DECODE("/a\0\0,i\0\0\0\0\0\1\0\0\0\2"), SQ_BAD_ARGS);     // bytes left over
  assert_int_equal(DECODE("/abcdefghijkl\0\0\0,ib\0\0\0\0\0"), SQ_BAD_ARGS); // liblo reads past this one
}

static void test_too_many_arguments(void **state) {
  uint8_t packet[4 + 68] = "/a\0";
  memset(packet + 4, 'T', 66);
  packet[4] = ',';
  assert_int_equal(decode(packet, sizeof packet), SQ_LIMIT);
  packet[4 + CAP + 1] = 0;
  assert_int_equal(decode(packet, sizeof packet), SQ_OK);
  assert_int_equal(message.n_args, CAP);
}

static void test_bundle_as_liblo_writes_it(void **state) {
  lo_timetag time = {0xe0000000u, 0x80000000u};
  lo_bundle outer = lo_bundle_new(time), inner = lo_bundle_new(LO_TT_IMMEDIATE);
  lo_message a = lo_message_new(), b = lo_message_new();
  lo_message_add_int32(a, 1);
  lo_bundle_add_message(outer, "/a", a);
  lo_bundle_add_message(inner, "/bb", b);
  lo_bundle_add_bundle(outer, inner);
  size_t size, n;
  uint8_t *data = lo_bundle_serialise(outer, NULL, &size);
  const uint8_t *element;
  SqOscBundle bundle;
  assert_true(sq_osc_is_bundle(data, size));
  assert_int_equal(sq_osc_bundle_open(data, size, &bundle), SQ_OK);
  assert_true(bundle.time == UINT64_C(0xe000000080000000));
  assert_true(sq_osc_bundle_next(&bundle, &element, &n));
  assert_int_equal(decode(element, n), SQ_OK);
  assert_string_equal(message.address, "/a");
  assert_true(sq_osc_bundle_next(&bundle, &element, &n));
  assert_true(sq_osc_is_bundle(element, n));
  SqOscBundle nested;
  assert_int_equal(sq_osc_bundle_open(element, n, &nested), SQ_OK);
  assert_true(nested.time == SQ_OSC_NOW);
  assert_true(sq_osc_bundle_next(&nested, &element, &n));
  assert_int_equal(decode(element, n), SQ_OK);
  assert_string_equal(message.address, "/bb");
  assert_false(sq_osc_bundle_next(&nested, &element, &n));
  assert_false(sq_osc_bundle_next(&bundle, &element, &n));
  lo_bundle_free_recursive(outer);
  free(data);
}

static SqStatus bundle_of(const void *bytes, size_t size) {
  uint8_t *copy = malloc(size);
  memcpy(copy, bytes, size);
  SqOscBundle bundle;
  SqStatus status = sq_osc_bundle_open(copy, size, &bundle);
  free(copy);
  return status;
}

#define HEAD "#bundle\0\0\0\0\0\0\0\0\1"
#define BUNDLE(text) bundle_of(HEAD text, sizeof(HEAD text) - 1)

static void test_bundles_that_lie(void **state) {
  assert_int_equal(BUNDLE(""), SQ_OK);
  assert_int_equal(BUNDLE("\0\0\0\4/a\0\0"), SQ_OK);
  assert_int_equal(BUNDLE("\0\0\0\0"), SQ_BAD_ARGS); // empty last element: liblo compares it with "#bundle"
  assert_int_equal(BUNDLE("\0\0\0\3/a\0\0"), SQ_BAD_ARGS);
  assert_int_equal(BUNDLE("\0\0\0\x08/a\0\0"), SQ_BAD_ARGS);
  assert_int_equal(BUNDLE("\xff\xff\xff\xfc/a\0\0"), SQ_BAD_ARGS);
  assert_int_equal(BUNDLE("\0\0\0\4/a\0\0\0\0"), SQ_BAD_ARGS);
  assert_int_equal(bundle_of("#bundle\0\0\0\0\0", 12), SQ_BAD_ARGS);
  assert_int_equal(bundle_of("#bundlf\0\0\0\0\0\0\0\0\1", 16), SQ_BAD_ARGS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_type_as_liblo_writes_it),
      cmocka_unit_test(test_random_messages_agree_with_liblo),
      cmocka_unit_test(test_arrays_are_flat_with_brackets),
      cmocka_unit_test(test_no_slash),
      cmocka_unit_test(test_untagged),
      cmocka_unit_test(test_broken_packets_are_refused),
      cmocka_unit_test(test_too_many_arguments),
      cmocka_unit_test(test_bundle_as_liblo_writes_it),
      cmocka_unit_test(test_bundles_that_lie),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
