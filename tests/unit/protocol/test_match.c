// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "protocol/match.h"

static bool match(const char *pattern, const char *text) {
  return sq_match_part(pattern, strlen(pattern), text, strlen(text));
}

static void test_tables(void **state) {
  static const struct {
    const char *pattern, *text;
    bool matches;
  } rows[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"abc", "abc", true},
      {"abc", "abd", false},
      {"abc", "ab", false},
      {"*", "", true},
      {"*", "anything", true},
      {"a*", "a", true},
      {"a*c", "abbbc", true},
      {"a*c", "abbb", false},
      {"*b*", "abc", true},
      {"a*b*c", "aXbYc", true},
      {"a*b*c", "acb", false},
      {"?", "a", true},
      {"?", "", false},
      {"??", "a", false},
      {"a?c", "abc", true},
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[a-c]x", "ax", true},
      {"[a-c]x", "cx", true},
      {"[b-d]x", "ax", false},
      {"[c-a]x", "bx", false},
      {"[a-a]", "a", true},
      {"[a-ce]", "e", true},
      {"[a-ce]", "d", false},
      {"[a-ce-g]", "f", true},
      {"[\x80-\xff]", "\xc3", true},
      {"[\x80-\xff]", "a", false},
      {"[!a-c]", "d", true},
      {"[!a-c]", "b", false},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[a!]", "!", true},
      {"[]", "a", false},
      {"[!]", "a", true},
      {"[abc", "a", false},
      {"{ab,cd}", "cd", true},
      {"{ab,cd}", "ad", false},
      {"{a,ab}c", "abc", true},
      {"{,x}y", "y", true},
      {"{,x}y", "xy", true},
      {"x{}y", "xy", true},
      {"{a,b", "a", false},
      {"*{kick,snare}", "my-snare", true},
      {"*{a,aa}*{b,bb}", "xaayb", true},
      {"{a*}", "ab", false},
      {"ch-[0-9][0-9]", "ch-07", true},
      {"a", "A", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (match(rows[i].pattern, rows[i].text) != rows[i].matches)
      fail_msg("'%s' against '%s' is not %d", rows[i].pattern, rows[i].text, rows[i].matches);
}

static void test_is_pattern(void **state) {
  assert_false(sq_match_is_pattern("/strip/bass-1/gain"));
  static const char *const patterns[] = {"?", "a*", "[a", "]", "{", "x}"};
  for (size_t i = 0; i < 6; i++)
    assert_true(sq_match_is_pattern(patterns[i]));
}

static void test_addresses(void **state) {
  static const struct {
    const char *pattern, *address;
    bool matches;
  } rows[] = {
      {"/source/*/mute", "/source/kick/mute", true},
      {"/source/*/mute", "/source/kick/x/mute", false},
      {"/*", "/a/b", false},
      {"/a/*", "/a", false},
      {"//mute", "/mute", true},
      {"//mute", "/source/kick/mute", true},
      {"//mute", "/source/kick/gain", false},
      {"/source//gain", "/source/a/send/b/gain", true},
      {"/source//gain", "/bus/a/gain", false},
      {"//a//b", "/x/a/y/a/b", true},
      {"//a//b", "/x/b/y/a", false},
      {"/a", "/a", true},
      {"/a/", "/a", false},
      {"/event/*", "/event/xrun", true},
      {"//", "/", true},
      {"/a", "/ab", false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (sq_match_address(rows[i].pattern, rows[i].address) != rows[i].matches)
      fail_msg("'%s' against '%s' is not %d", rows[i].pattern, rows[i].address, rows[i].matches);
}

/// The plain recursive definition, exponential: the oracle for short strings over two letters.
static bool oracle(const char *p, const char *t) {
  if (!*p)
    return !*t;
  if (*p == '*')
    return oracle(p + 1, t) || (*t && oracle(p, t + 1));
  return *t && (*p == '?' || *p == *t) && oracle(p + 1, t + 1);
}

static void test_all_short_patterns(void **state) {
  static const char alphabet[] = "ab?*";
  for (unsigned code = 0; code < 1024 * 64; code++) {
    char pattern[6] = "", text[4] = "";
    for (int i = 0; i < 5; i++)
      pattern[i] = alphabet[code >> (2 * i) & 3];
    for (int i = 0; i < 3; i++)
      text[i] = "ab\0a"[code >> (10 + 2 * i) & 3];
    assert_int_equal(match(pattern, text), oracle(pattern, text));
  }
}

static void test_pattern_bombs_are_cheap(void **state) {
  // liblo needs 2 s for twelve "*a" against 200 names.
  char bomb[SQ_MATCH_PART + 1], text[64], braces[] = "{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}{a,aa}b";
  for (size_t i = 0; i < SQ_MATCH_PART; i++)
    bomb[i] = i % 2 ? 'a' : '*';
  bomb[SQ_MATCH_PART] = 0;
  memset(text, 'a', 63);
  text[63] = 0;
  struct timespec a, b;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
  for (int i = 0; i < 1000; i++) {
    assert_false(match(bomb, text));
    assert_false(match(braces, text));
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
  assert_true((double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9 < 1.0);
  char longer[SQ_MATCH_PART + 2];
  memset(longer, 'a', sizeof longer);
  assert_false(sq_match_part(longer, sizeof longer, longer, sizeof longer));
  assert_true(sq_match_part(longer, SQ_MATCH_PART, longer, SQ_MATCH_PART));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables),
      cmocka_unit_test(test_is_pattern),
      cmocka_unit_test(test_addresses),
      cmocka_unit_test(test_all_short_patterns),
      cmocka_unit_test(test_pattern_bombs_are_cheap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
