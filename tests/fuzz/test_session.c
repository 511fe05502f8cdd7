// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The corpus of sessions, good and broken, then thousands made of the good ones by a seeded hand that cuts, swaps and
// repeats what stands between commas and brackets.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>

#include "fuzz/session_walk.h"

#define CORPUS "tests/fuzz/sessions"
#define GENERATED 6000
#define LARGEST (64u << 10)

static uint8_t *files[256];
static size_t sizes[256];
static unsigned n_files, n_good;

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_file(const struct dirent *entry) {
  return strncmp(entry->d_name, "good-", 5) == 0 || strncmp(entry->d_name, "bad-", 4) == 0;
}

/// Good ones first: they are what others are made of.
static int load_corpus(void **state) {
  struct dirent **entries;
  const int n = scandir(CORPUS, &entries, is_file, by_name);
  for (int good = 1; good >= 0; good--)
    for (int i = 0; i < n && n_files < 256; i++) {
      char path[sizeof CORPUS + 1 + sizeof entries[i]->d_name];
      if ((entries[i]->d_name[0] == 'g') != good)
        continue;
      snprintf(path, sizeof path, CORPUS "/%s", entries[i]->d_name);
      FILE *file = fopen(path, "rb");
      uint8_t *data = malloc(LARGEST);
      sizes[n_files] = file ? fread(data, 1, LARGEST, file) : 0;
      files[n_files] = realloc(data, sizes[n_files] ? sizes[n_files] : 1); // exactly as long
      n_files++;
      n_good += (unsigned)good;
      if (file)
        fclose(file);
    }
  for (int i = 0; i < n; i++)
    free(entries[i]);
  if (n >= 0)
    free(entries);
  return 0;
}

static int free_corpus(void **state) {
  while (n_files)
    free(files[--n_files]);
  return 0;
}

static void test_corpus(void **state) {
  assert_true(n_good >= 3);
  assert_true(n_files >= n_good + 20);
  for (unsigned i = 0; i < n_files; i++)
    if (session_walk(files[i], sizes[i]) != (i < n_good))
      fail_msg("file %u of %s is %s", i, CORPUS, i < n_good ? "refused" : "taken");
}

static uint32_t next(uint32_t *x) { // xorshift32 (Marsaglia 2003)
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

/// A place where something begins.
static size_t seam(const uint8_t *data, size_t size, uint32_t *x) {
  size_t at = next(x) % (uint32_t)(size + 1);
  while (at < size && !strchr(",:{}[]\"\n", data[at]))
    at++;
  return at;
}

/// Replaces [from, to) by the n bytes at `with`.
static size_t splice(uint8_t *data, size_t size, const size_t range[2], const uint8_t *with, size_t n) {
  const size_t from = range[0] < range[1] ? range[0] : range[1], to = range[0] < range[1] ? range[1] : range[0];
  if (size - (to - from) + n > LARGEST)
    return size;
  memmove(data + from + n, data + to, size - to);
  memcpy(data + from, with, n);
  return size - (to - from) + n;
}

static size_t spoil(uint8_t *data, size_t size, uint32_t *x) {
  static const char *const bits[] = {"0",          "-1",         "1e999", "null", "true", "{}", "[]",     "\"\"",
                                     "\"master\"", "\"bus\"",    "1.5",   "}",    "]",    ",",  "\"",     "\\u0000",
                                     "\xff",       "4294967296", "-0",    ":",    "{",    "[",  "1e-320", "\"source\""};
  const char *bit = bits[next(x) % (sizeof bits / sizeof bits[0])];
  const size_t a = seam(data, size, x), b = next(x) % 2 ? a : seam(data, size, x), c = seam(data, size, x);
  uint8_t piece[256];
  size_t n = size - c < sizeof piece ? size - c : next(x) % sizeof piece;
  memcpy(piece, data + c, n);
  switch (next(x) % 4) {
  case 0:
    return splice(data, size, (size_t[]){a, b - a < 40 ? b : a}, (const uint8_t *)bit, strlen(bit));
  case 1: // another piece of it, somewhere else
    return splice(data, size, (size_t[]){a, a}, piece, n);
  case 2: // a piece goes
    return splice(data, size, (size_t[]){a, b}, (const uint8_t *)"", 0);
  default:
    if (size)
      data[next(x) % size] ^= (uint8_t)(1u << next(x) % 8);
    return size;
  }
}

static void test_generated(void **state) {
  uint32_t x = 2463534242u;
  unsigned taken = 0;
  static uint8_t room[LARGEST];
  for (unsigned i = 0; i < GENERATED; i++) {
    const unsigned from = next(&x) % n_good;
    size_t size = sizes[from];
    memcpy(room, files[from], size);
    for (uint32_t k = 1 + next(&x) % 3; k > 0; k--)
      size = spoil(room, size, &x);
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, room, size);
    taken += session_walk(exact, size);
    free(exact);
  }
  printf("     %u of %u were still sessions\n", taken, GENERATED);
  assert_true(taken > GENERATED / 100); // else they are all refused at the door
}

static void test_hostile_sizes(void **state) {
  enum { N = 1 << 20 };
  static const char *const heads[] = {"[",  "{\"a\":", "{\"strips\":[",
                                      "\"", "9",       "{\"format\":\"squeezed session\",\"x\":["};
  uint8_t *data = malloc(N);
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
    const size_t n = strlen(heads[i]);
    for (size_t at = 0; at + n <= N; at += n)
      memcpy(data + at, heads[i], n);
    assert_false(session_walk(data, N - N % n));
  }
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_corpus),
      cmocka_unit_test(test_generated),
      cmocka_unit_test(test_hostile_sizes),
  };
  return cmocka_run_group_tests(tests, load_corpus, free_corpus);
}
