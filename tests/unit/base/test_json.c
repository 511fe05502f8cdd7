// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The JSON wrapper: what cJSON alone takes or loses is refused or kept, errors name their line.
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static SqJson *parse(const char *text) {
  char why[256] = "";
  SqJson *json = sq_json_parse(text, strlen(text), why, sizeof why);
  if (!json)
    fail_msg("%s: %s", text, why);
  return json;
}

static void refused(const char *text, const char *sentence) {
  char why[256] = "";
  SqJson *json = sq_json_parse(text, strlen(text), why, sizeof why);
  if (json)
    fail_msg("taken: %s", text);
  if (!strstr(why, sentence))
    fail_msg("%s: '%s' instead of '%s'", text, why, sentence);
}

static void test_refusals(void **state) {
  static const struct {
    const char *text, *why;
  } cases[] = {
      {"", "line 1: the file ends where a value should be"},
      {"{\n\"a\": 1,\n\"b\": }", "line 3: '}' stands where a value should be"},
      {"{\"a\": 1,\n}", "line 2: '}' stands where a key in quotes should be"},
      {"[1, 2", "the file ends where ',' or ']' should be; it is cut off"},
      {"{\"a\": 1} x", "'x' stands where the end of the file should be"},
      {"{\"a\": 1}\n{}", "line 2: '{' stands where the end of the file"},
      {"{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "line 3: the key \"a\" stands twice"},
      {"{\"a\": 1e999}", "the number is too large"},
      {"{\"a\": -1e999}", "the number is too large"},
      {"[01]", "needless 0"},
      {"[1.]", "where a digit should be"},
      {"[-]", "where a digit should be"},
      {"[1e]", "where a digit should be"},
      {"[+1]", "where a value should be"},
      {"[NaN]", "where a value should be"},
      {"[Infinity]", "where a value should be"},
      {"[tru]", "where a value should be"},
      {"[\"a\nb\"]", "raw control character"},
      {"[\"ab]", "a text has no end"},
      {"[\"\\q\"]", "an escape that JSON does not know"},
      {"[\"\\u12\"]", "four hexadecimal digits"},
      {"[\"\\u0000\"]", "the character NUL"},
      {"[\"\\ud800\"]", "surrogate"},
      {"\xef\xbb\xbf{}", "the byte 0xef"},
      {"[1.00000000000000000000000000000000000000000000000000000000000000001]", "more than 60 characters"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    refused(cases[i].text, cases[i].why);
}

static void test_text_with_a_nul_inside(void **state) {
  char why[256];
  static const char text[] = "{\"a\": \"x\0y\"}";
  assert_null(sq_json_parse(text, sizeof text - 1, why, sizeof why));
  assert_non_null(strstr(why, "control character"));
}

static void test_depth(void **state) {
  char text[200] = "";
  for (int n = SQ_JSON_DEPTH; n <= SQ_JSON_DEPTH + 1; n++) {
    memset(text, '[', (size_t)n);
    memset(text + n, ']', (size_t)n);
    text[2 * n] = 0;
    if (n == SQ_JSON_DEPTH)
      sq_json_free(parse(text));
    else
      refused(text, "nested more than 32 deep");
  }
}

static void test_many_keys_are_no_hang(void **state) {
  enum { N = 200000 };
  char *text = malloc(N * 16), *at = text;
  *at++ = '{';
  for (int i = 0; i < N; i++)
    at += snprintf(at, 16, "%s\"k%d\":0", i ? "," : "", i);
  *at++ = '}';
  char why[256];
  SqJson *json = sq_json_parse(text, (size_t)(at - text), why, sizeof why);
  assert_non_null(json);
  assert_int_equal(sq_json_count(sq_json_root(json)), N);
  sq_json_free(json);
  free(text);
}

static void test_lines_and_kinds(void **state) {
  SqJson *json = parse("{\n  \"a\": [1,\n  \"x\",\n  null, true],\n\n\"b\": {}\n}");
  const SqJsonNode *a = sq_json_member(json, sq_json_root(json), "a"), *item = sq_json_first(a);
  static const SqJsonKind kinds[] = {SQ_JSON_NUMBER, SQ_JSON_TEXT, SQ_JSON_NULL, SQ_JSON_BOOL};
  static const uint32_t lines[] = {2, 3, 4, 4};
  for (int i = 0; i < 4; i++, item = sq_json_next(item)) {
    assert_int_equal(sq_json_kind(item), kinds[i]);
    assert_int_equal(sq_json_line(json, item), lines[i]);
  }
  assert_null(item);
  assert_int_equal(sq_json_line(json, sq_json_member(json, sq_json_root(json), "b")), 6);
  assert_null(sq_json_member(json, sq_json_root(json), "A"));
  sq_json_free(json);
}

static double there_and_back(double value) {
  SqJsonOut out = {0};
  sq_json_out_begin(&out, NULL, '{');
  sq_json_out_number(&out, "x", value);
  sq_json_out_end(&out, '}');
  SqJson *json = parse(out.text);
  const double back = sq_json_number(sq_json_member(json, sq_json_root(json), "x"));
  sq_json_free(json);
  free(out.text);
  return back;
}

static void test_numbers_bit_for_bit(void **state) {
  static const double some[] = {0.0,     -0.0,    0.1,          1.0 / 3.0, (double)0.1f, 9007199254740993.0,
                                DBL_MAX, DBL_MIN, DBL_TRUE_MIN, -144.0,    1e15 + 0.3};
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
    const double back = there_and_back(some[i]);
    assert_memory_equal(&back, &some[i], sizeof back);
  }
  uint64_t x = 88172645463325252u;
  for (int i = 0; i < 20000; i++) { // xorshift64 (Marsaglia 2003): doubles of every size
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    double value;
    memcpy(&value, &x, sizeof value);
    if (!isfinite(value))
      continue;
    const double back = there_and_back(value);
    assert_memory_equal(&back, &value, sizeof back);
  }
}

static void test_texts(void **state) {
  static const char text[] = "a\"b\\c\n\t\x01 \xc3\xa4 \xff";
  SqJsonOut out = {0};
  sq_json_out_begin(&out, NULL, '[');
  sq_json_out_text(&out, NULL, text);
  sq_json_out_end(&out, ']');
  SqJson *json = parse(out.text);
  assert_string_equal(sq_json_text(sq_json_first(sq_json_root(json))), text);
  sq_json_free(json);
  free(out.text);
}

static void test_layout(void **state) {
  SqJsonOut out = {0};
  sq_json_out_begin(&out, NULL, '{');
  sq_json_out_number(&out, "n", 1.5);
  sq_json_out_begin(&out, "empty", '{');
  sq_json_out_end(&out, '}');
  sq_json_out_begin(&out, "list", '[');
  sq_json_out_bool(&out, NULL, true);
  sq_json_out_null(&out, NULL);
  sq_json_out_end(&out, ']');
  sq_json_out_end(&out, '}');
  assert_string_equal(out.text, "{\n  \"n\": 1.5,\n  \"empty\": {},\n  \"list\": [\n    true,\n    null\n  ]\n}\n");
  free(out.text);
}

/// What is not known comes out as it came in: numbers that no double holds, escapes, blanks inside.
static void test_rest_is_kept_as_it_stood(void **state) {
  SqJson *json = parse("{\n  \"big\": 12345678901234567890123,\n  \"known\": 1,\n  \"deep\": {\"x\":[1, 2.50]}\n}");
  assert_non_null(sq_json_member(json, sq_json_root(json), "known"));
  char *rest = sq_json_rest(json, sq_json_root(json));
  SqJsonOut out = {0};
  sq_json_out_begin(&out, NULL, '{');
  sq_json_out_number(&out, "known", 2);
  sq_json_out_rest(&out, rest);
  sq_json_out_end(&out, '}');
  assert_string_equal(out.text,
                      "{\n  \"known\": 2,\n  \"big\": 12345678901234567890123,\n  \"deep\": {\"x\":[1, 2.50]}\n}\n");
  sq_json_free(json);
  json = parse(out.text);
  sq_json_member(json, sq_json_root(json), "known");
  char *again = sq_json_rest(json, sq_json_root(json));
  assert_string_equal(again, rest);
  sq_json_member(json, sq_json_root(json), "big");
  sq_json_member(json, sq_json_root(json), "deep");
  assert_null(sq_json_rest(json, sq_json_root(json)));
  sq_json_free(json);
  free(out.text);
  free(rest);
  free(again);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_text_with_a_nul_inside),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_many_keys_are_no_hang),
      cmocka_unit_test(test_lines_and_kinds),
      cmocka_unit_test(test_numbers_bit_for_bit),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_layout),
      cmocka_unit_test(test_rest_is_kept_as_it_stood),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
