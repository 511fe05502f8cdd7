// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What may be a name, what is UTF-8, and where a text may be cut.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/name.h"

static bool is_name(const char *name) {
  const char *why = "unset";
  const SqStatus status = sq_name_check(name, &why);
  assert_true((status == SQ_OK) == (why == NULL));
  return status == SQ_OK;
}

static void names(void **state) {
  static const char *const good[] = {"a", "Z", "_", "a9", "z-", "kick_2-b", "Added", "Z_-0"};
  static const char *const bad[] = {"", "1", "-a", "a b", "a/b", "\xc3\xa9", "a\xc3\xa9", "a.", "a@", "a[", "a`", "a{"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    assert_true(is_name(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_false(is_name(bad[i]));
  char longest[66];
  memset(longest, 'a', 65);
  longest[63] = 0;
  assert_true(is_name(longest));
  longest[63] = 'a';
  longest[64] = 0;
  assert_false(is_name(longest));
}

static void verbs_are_reserved(void **state) {
  unsigned n = 0;
  for (; sq_name_reserved_at(n); n++) {
    assert_true(sq_name_reserved(sq_name_reserved_at(n)));
    assert_false(is_name(sq_name_reserved_at(n)));
    assert_true(n == 0 || strcmp(sq_name_reserved_at(n - 1), sq_name_reserved_at(n)) < 0); // each once
  }
  assert_int_equal(n, 44);
  assert_true(sq_name_reserved("add") && sq_name_reserved("unsubscribe") && !sq_name_reserved("adds"));
}

static void utf8(void **state) {
  static const char *const good[] = {"",
                                     "plain ~",
                                     "\xc2\x80",
                                     "\xdf\xbf",
                                     "\xe0\xa0\x80",
                                     "\xed\x9f\xbf",
                                     "\xee\x80\x80",
                                     "\xef\xbf\xbf",
                                     "\xf0\x90\x80\x80",
                                     "\xf4\x8f\xbf\xbf",
                                     "a\xc3\xa9z"};
  static const char *const bad[] = {"\x1f",
                                    "a\x7f",
                                    "\x80",
                                    "\xbf",
                                    "\xc0\x80",
                                    "\xc1\xbf",
                                    "\xc2",
                                    "\xc2z",
                                    "\xe0\x9f\xbf",
                                    "\xe0\xa0",
                                    "\xed\xa0\x80",
                                    "\xf0\x8f\xbf\xbf",
                                    "\xf0\x90\x80",
                                    "\xf4\x90\x80\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xe1\x80\xc0",
                                    "\n"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    assert_true(sq_text_is_utf8(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_false(sq_text_is_utf8(bad[i]));
}

static void cut_between_characters(void **state) {
  assert_int_equal(sq_text_cut("abc", 5), 3);
  assert_int_equal(sq_text_cut("abc", 3), 3);
  assert_int_equal(sq_text_cut("abcd", 3), 3);
  assert_int_equal(sq_text_cut("abcdefgh", 3), 3);
  assert_int_equal(sq_text_cut("abc", 0), 0);
  const char text[] = "a\xc3\xa9\xe2\x82\xac"; // one, two and three bytes
  static const int want[] = {0, 1, 1, 3, 3, 3, 6, 6};
  for (int max = 0; max < 8; max++)
    assert_int_equal(sq_text_cut(text, max), want[max]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names),
      cmocka_unit_test(verbs_are_reserved),
      cmocka_unit_test(utf8),
      cmocka_unit_test(cut_between_characters),
  };
  return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
