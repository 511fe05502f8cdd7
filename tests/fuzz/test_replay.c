// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The corpus of bad packets, then 100,000 packets made by a seeded generator that knows the format and breaks it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>

#include "fuzz/walk.h"

#define CORPUS "tests/fuzz/corpus"
#define GENERATED 100000
#define LARGEST 2048

static Walk walk;

/// Walks a copy of exactly `size` bytes, so that a sanitizer sees a read past it.
static void walk_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  memcpy(copy, data, size);
  walk_packet(&walk, copy, size, 0);
  walk_stream(&walk, copy, size, 1 + size / 3);
  free(copy);
}

static void test_corpus(void **state) {
  static uint8_t packet[SQ_PACKET_UDP];
  DIR *folder = opendir(CORPUS);
  assert_non_null(folder);
  unsigned n = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char path[sizeof CORPUS + 1 + sizeof entry->d_name];
    snprintf(path, sizeof path, CORPUS "/%s", entry->d_name);
    FILE *file = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
    if (!file)
      continue;
    size_t size = fread(packet, 1, sizeof packet, file);
    fclose(file);
    walk = (Walk){.decoded = 0};
    walk_copy(packet, size);
    // The name says what must become of it.
    if (strncmp(entry->d_name, "bad-", 4) == 0 && (walk.decoded > 0 || walk.refused == 0))
      fail_msg("%s was let through", path);
    if (strncmp(entry->d_name, "good-", 5) == 0 && (walk.decoded == 0 || walk.refused > 0))
      fail_msg("%s was refused", path);
    n++;
  }
  closedir(folder);
  assert_true(n >= 20);
}

static void test_nesting_3270_deep(void **state) {
  static uint8_t packet[3270 * 20 + 4];
  size_t size = sizeof packet, at = 0;
  for (int i = 0; i < 3270; i++) {
    memcpy(packet + at, "#bundle\0\0\0\0\0\0\0\0\1", 16);
    at += 16;
    size_t rest = size - at - 4;
    uint8_t head[4] = {(uint8_t)(rest >> 24), (uint8_t)(rest >> 16), (uint8_t)(rest >> 8), (uint8_t)rest};
    memcpy(packet + at, head, 4);
    at += 4;
  }
  memcpy(packet + at, "/a\0", 4);
  assert_true(size <= SQ_PACKET_UDP);
  walk = (Walk){.decoded = 0};
  walk_packet(&walk, packet, size, 0);
  assert_int_equal(walk.too_deep, 1);
  assert_int_equal(walk.decoded, 0);
  assert_int_equal(walk.deepest, SQ_BUNDLE_DEPTH - 1);
}

typedef struct {
  uint64_t state;
  uint8_t bytes[LARGEST];
  size_t size;
} Maker;

/// xorshift64 (Marsaglia, Journal of Statistical Software 8/14, 2003).
static uint32_t dice(Maker *maker, uint32_t n) {
  maker->state ^= maker->state << 13;
  maker->state ^= maker->state >> 7;
  maker->state ^= maker->state << 17;
  return (uint32_t)(maker->state >> 24) % n;
}

static void put(Maker *maker, const void *data, size_t size) {
  if (size > LARGEST - maker->size)
    return;
  memcpy(maker->bytes + maker->size, data, size);
  maker->size += size;
}

static void put32(Maker *maker, uint32_t value) {
  uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
  put(maker, bytes, 4);
}

static void put_text(Maker *maker, const char *text) {
  size_t length = strlen(text);
  put(maker, text, length);
  put(maker, "\0\0\0", 4 - length % 4);
}

static uint32_t odd_number(Maker *maker) {
  static const uint32_t numbers[] = {0,          1,          4,          0x7fffffff, 0x80000000, 0xffffffff,
                                     0xfffffffc, 0x7f800000, 0x7fc00000, 0xff800000, 0x3f800000, 60};
  return dice(maker, 3) ? numbers[dice(maker, 12)] : dice(maker, UINT32_MAX);
}

static void put_message(Maker *maker) {
  static const char *const addresses[] = {"/ping",        "/source/*/mute", "noslash", "/", "/@tag/source/kick/gain",
                                          "/{a,b}[!x]*?", "/*a*a*a*a*a*a"};
  static const char tags[] = "ihfdsSctmrbTFNI[]x,";
  char types[24] = ",";
  uint32_t n = dice(maker, 20);
  for (uint32_t i = 0; i < n; i++)
    types[i + 1] = tags[dice(maker, sizeof tags - (dice(maker, 8) ? 3 : 1))];
  put_text(maker, addresses[dice(maker, 7)]);
  if (dice(maker, 16))
    put_text(maker, types);
  for (uint32_t i = 1; i <= n; i++) {
    if (strchr("hdt", types[i]))
      put32(maker, odd_number(maker));
    if (strchr("ihfdctmr", types[i])) {
      put32(maker, odd_number(maker));
    } else if (strchr("sS", types[i])) {
      put_text(maker, addresses[dice(maker, 7)]);
    } else if (types[i] == 'b') {
      uint32_t size = dice(maker, 6) * 4;
      put32(maker, dice(maker, 8) ? size - dice(maker, 4) % (size + 1) : odd_number(maker));
      for (uint32_t k = 0; k < size; k += 4)
        put32(maker, odd_number(maker));
    }
  }
}

static void put_bundle(Maker *maker, unsigned depth) {
  put(maker, "#bundle", 8);
  put32(maker, odd_number(maker));
  put32(maker, odd_number(maker));
  for (uint32_t n = dice(maker, 4); n > 0; n--) {
    size_t head = maker->size;
    put32(maker, 0);
    if (depth < 12 && dice(maker, 2))
      put_bundle(maker, depth + 1);
    else
      put_message(maker);
    if (head + 4 > maker->size)
      return;
    uint32_t size = (uint32_t)(maker->size - head - 4);
    if (!dice(maker, 40))
      size = odd_number(maker);
    uint8_t bytes[4] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size};
    memcpy(maker->bytes + head, bytes, 4);
  }
}

/// Breaks a packet in one of the ways that packets break.
static void damage(Maker *maker) {
  if (maker->size == 0)
    return;
  uint32_t at = dice(maker, (uint32_t)maker->size);
  switch (dice(maker, 5)) {
  case 0:
    maker->bytes[at] = (uint8_t)dice(maker, 256);
    break;
  case 1:
    maker->bytes[at] ^= (uint8_t)(1u << dice(maker, 8));
    break;
  case 2:
    maker->size = dice(maker, 2) ? at : at & ~3u;
    break;
  case 3: // no NUL anywhere after this
    for (size_t i = at; i < maker->size; i++)
      maker->bytes[i] = maker->bytes[i] ? maker->bytes[i] : 'n';
    break;
  default:
    memmove(maker->bytes + at, maker->bytes + at / 2, maker->size - at);
    break;
  }
}

static void test_generated(void **state) {
  Maker *maker = calloc(1, sizeof *maker);
  maker->state = UINT64_C(0x9e3779b97f4a7c15);
  walk = (Walk){.decoded = 0};
  for (unsigned i = 0; i < GENERATED; i++) {
    maker->size = 0;
    if (dice(maker, 3))
      put_message(maker);
    else
      put_bundle(maker, 0);
    for (uint32_t n = dice(maker, 4); n > 1; n--)
      damage(maker);
    walk_copy(maker->bytes, maker->size);
  }
  print_message("%d packets: %u messages read, %u refused, %u bundles too deep\n", GENERATED, walk.decoded,
                walk.refused, walk.too_deep);
  // The generator is worth something only while it reaches both sides of every check.
  assert_true(walk.decoded > GENERATED / 10);
  assert_true(walk.refused > GENERATED / 10);
  assert_true(walk.too_deep > 10);
  free(maker);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_corpus),
      cmocka_unit_test(test_nesting_3270_deep),
      cmocka_unit_test(test_generated),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  printf("%d passed, %d failed\n", (int)(sizeof tests / sizeof tests[0]) - failed, failed);
  return failed;
}
