// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Coercion: every type of a row against every tag of a client, then the counts, pairs, texts and odd clients.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "protocol/args.h"
#include "protocol/name.h"
#include "protocol/number.h"

static SqArgs result;
static SqArg one;
static char text[SQ_ARGS_TEXT], why[SQ_ARGS_WHY];

static SqOscArg I(int32_t v) {
  return (SqOscArg){.tag = 'i', .u.i = v};
}

static SqOscArg H(int64_t v) {
  return (SqOscArg){.tag = 'h', .u.h = v};
}

static SqOscArg F(float v) {
  return (SqOscArg){.tag = 'f', .u.f = v};
}

static SqOscArg D(double v) {
  return (SqOscArg){.tag = 'd', .u.d = v};
}

static SqOscArg S(const char *v) {
  return (SqOscArg){.tag = 's', .u.s = v};
}

static SqOscArg B(const void *data, uint32_t size) {
  return (SqOscArg){.tag = 'b', .u.b = {data, size}};
}

static SqOscArg plain(char tag) {
  return (SqOscArg){.tag = tag};
}

static SqStatus read_one(SqArgSpec spec, SqOscArg in, SqLimiting limiting) {
  if (!spec.name)
    spec.name = "it";
  why[0] = text[0] = '\0';
  SqStatus status = sq_arg_read(&spec, limiting, &in, &one, text, why);
  if (status != SQ_OK && (!strstr(why, "argument '") || strlen(why) < 20))
    fail_msg("the text of an error names no argument: %s", why);
  return status;
}

static SqStatus read_as(SqType type, SqOscArg in) {
  return read_one((SqArgSpec){.type = type, .choices = "pre|post|in place"}, in, SQ_LIMIT_REFUSE);
}

/// Rows: what came. Columns in the order of SqType: '.' refused, '1' taken.
static void test_matrix(void **state) {
  static const struct {
    char tag;
    const char *string;
    const char *taken;
  } rows[] = {
      //              I F D B S N R E P P B A: int float double bool string name ref enum position path blob any
      {'i', NULL, "11111.1111.1"}, {'h', NULL, "11111.1111.1"},  {'f', NULL, "11111.1111.1"},
      {'d', NULL, "11111.1111.1"}, {'c', NULL, "1111111.11.1"},  {'T', NULL, "111111.111.1"},
      {'F', NULL, "111111.111.1"}, {'N', NULL, "...1.......1"},  {'I', NULL, "...1.......1"},
      {'t', NULL, "............"}, {'m', NULL, "............"},  {'r', NULL, "............"},
      {'b', NULL, "..........11"}, {'s', "1", "11111.1111.1"},   {'s', "0.5", ".1111...11.1"},
      {'s', "on", "...1111..1.1"}, {'s', "", "....1......1"},    {'s', "post", "....1111.1.1"},
      {'S', "1", "11111.1111.1"},  {'s', "3|2", "....1.1.11.1"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int type = SQ_TYPE_INT; type <= SQ_TYPE_ANY; type++) {
      SqOscArg in = rows[i].string ? S(rows[i].string) : plain(rows[i].tag);
      in.tag = rows[i].tag;
      if (rows[i].tag == 'b')
        in = B("abcd", 4);
      else if (rows[i].tag == 'c')
        in.u.i = 'x';
      else if (rows[i].tag == 'h')
        in.u.h = 1;
      else if (rows[i].tag == 'f')
        in.u.f = 1.0f;
      else if (rows[i].tag == 'd')
        in.u.d = 1.0;
      else if (!rows[i].string)
        in.u.i = 1;
      SqStatus status = read_as((SqType)type, in);
      bool taken = rows[i].taken[type] == '1';
      if (taken != (status == SQ_OK))
        fail_msg("type %d with %c '%s': status %d %s", type, rows[i].tag, rows[i].string ? rows[i].string : "", status,
                 why);
    }
}

static void test_numbers_are_equal_whatever_the_tag(void **state) {
  const SqOscArg in[] = {I(-6), H(-6), F(-6), D(-6), S("-6"), S("-6.0"), S("-6e0"), S("-0.6e+1")};
  const SqType types[] = {SQ_TYPE_INT, SQ_TYPE_FLOAT, SQ_TYPE_DOUBLE, SQ_TYPE_POSITION, SQ_TYPE_ANY};
  for (size_t i = 0; i < 8; i++)
    for (size_t k = 0; k < 5; k++) {
      assert_int_equal(read_as(types[k], in[i]), SQ_OK);
      assert_true(one.number == -6.0);
      if (types[k] != SQ_TYPE_FLOAT && types[k] != SQ_TYPE_POSITION)
        assert_int_equal(one.integer, -6);
    }
}

static void test_integers(void **state) {
  assert_int_equal(read_as(SQ_TYPE_INT, F(2.9999f)), SQ_OK);
  assert_int_equal(one.integer, 3);
  assert_int_equal(read_as(SQ_TYPE_INT, F(2.9f)), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_INT, H(3000000000)), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_INT, S("3000000000")), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_INT, F(1e30f)), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_INT, D(INT32_MIN)), SQ_OK);
  assert_int_equal(one.integer, INT32_MIN);
  SqArgSpec spec = {.type = SQ_TYPE_INT, .min = 0, .max = 127};
  assert_int_equal(read_one(spec, I(200), SQ_LIMIT_CLAMP), SQ_OK);
  assert_int_equal(one.integer, 127);
  assert_true(one.clamped);
  assert_int_equal(read_one(spec, H(INT64_MAX), SQ_LIMIT_CLAMP), SQ_RANGE);
}

static void test_frames_and_beats_keep_all_digits(void **state) {
  assert_int_equal(read_as(SQ_TYPE_DOUBLE, S("9007199254740993")), SQ_OK);
  assert_true(one.integer == INT64_C(9007199254740993));
  assert_int_equal(read_as(SQ_TYPE_DOUBLE, H(INT64_MAX)), SQ_OK);
  assert_true(one.integer == INT64_MAX);
  assert_int_equal(read_as(SQ_TYPE_DOUBLE, S("123456.123456789")), SQ_OK);
  assert_true(one.number == 123456.123456789);
}

static void test_not_finite(void **state) {
  const SqType types[] = {SQ_TYPE_INT, SQ_TYPE_FLOAT, SQ_TYPE_DOUBLE, SQ_TYPE_BOOL, SQ_TYPE_ENUM, SQ_TYPE_POSITION};
  const SqOscArg in[] = {F(NAN), F(INFINITY), F(-INFINITY), D((double)NAN), D((double)INFINITY), S("inf"), S("nan")};
  for (size_t i = 0; i < 6; i++)
    for (size_t k = 0; k < 7; k++)
      assert_int_equal(read_as(types[i], in[k]), SQ_BAD_ARGS);
  // Silence has a place in a level's range only.
  SqArgSpec gain = {.type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 10};
  assert_int_equal(read_one(gain, F(-INFINITY), SQ_LIMIT_REFUSE), SQ_OK);
  assert_true(one.number == -144.0);
  assert_int_equal(read_one(gain, S("-inf"), SQ_LIMIT_CLAMP), SQ_OK);
  assert_int_equal(read_one(gain, F(INFINITY), SQ_LIMIT_CLAMP), SQ_BAD_ARGS);
  assert_int_equal(read_one(gain, F(NAN), SQ_LIMIT_CLAMP), SQ_BAD_ARGS);
}

static void test_range(void **state) {
  SqArgSpec gain = {.name = "gain", .type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 10};
  const SqOscArg wild[] = {F(FLT_MAX), F(-FLT_MAX), D(DBL_MAX), I(INT32_MAX), H(INT64_MIN), S("1e999"), S("400")};
  for (size_t i = 0; i < 7; i++) {
    bool infinite = i == 5;
    assert_int_equal(read_one(gain, wild[i], SQ_LIMIT_CLAMP), infinite ? SQ_BAD_ARGS : SQ_OK);
    if (!infinite) {
      assert_true(one.clamped);
      assert_true(one.number == -144.0 || one.number == 10.0);
      assert_int_equal(read_one(gain, wild[i], SQ_LIMIT_REFUSE), SQ_RANGE);
    }
  }
  assert_string_equal(why, "argument 'gain' is the text '400'; send a number from -144 to 10 dB");
  assert_int_equal(read_one(gain, F(FLT_MIN / 4), SQ_LIMIT_REFUSE), SQ_OK);
  assert_false(one.clamped);
  assert_int_equal(read_as(SQ_TYPE_FLOAT, D(1e300)), SQ_RANGE);
}

static void test_booleans(void **state) {
  const SqOscArg on[] = {I(1), I(-5), F(0.1f), D(1), plain('T'), plain('I'), S("on"), S("TRUE"), S("yes"), S("1")};
  const SqOscArg off[] = {I(0), F(0), D(-0.0), plain('F'), plain('N'), S("off"), S("False"), S("no"), S("0.0"), H(0)};
  for (size_t i = 0; i < 10; i++) {
    assert_int_equal(read_as(SQ_TYPE_BOOL, on[i]), SQ_OK);
    assert_int_equal(one.integer, 1);
    assert_int_equal(read_as(SQ_TYPE_BOOL, off[i]), SQ_OK);
    assert_int_equal(one.integer, 0);
  }
  assert_int_equal(read_as(SQ_TYPE_BOOL, S("maybe")), SQ_BAD_ARGS);
}

static void test_text(void **state) {
  static const struct {
    SqOscArg in;
    const char *want;
  } rows[] = {{{.tag = 'i', .u.i = 3}, "3"},
              {{.tag = 'f', .u.f = 3.0f}, "3"},
              {{.tag = 'f', .u.f = 0.1f}, "0.1"},
              {{.tag = 'd', .u.d = 0.1}, "0.1"},
              {{.tag = 'T'}, "true"},
              {{.tag = 'c', .u.i = 'x'}, "x"},
              {{.tag = 's', .u.s = "\xc3\xa9"}, "\xc3\xa9"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(read_as(SQ_TYPE_STRING, rows[i].in), SQ_OK);
    assert_string_equal(one.text, rows[i].want);
  }
  assert_int_equal(read_as(SQ_TYPE_STRING, S("\xff\xfe")), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_STRING, S("\xc0\xaf")), SQ_BAD_ARGS); // overlong
  assert_int_equal(read_as(SQ_TYPE_STRING, S("\xed\xa0\x80")), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_STRING, S("a\nb")), SQ_BAD_ARGS);
}

static void test_names(void **state) {
  assert_int_equal(SQ_NAME_MAX, SQ_MAX_NAME);
  char longest[65];
  memset(longest, 'a', 64);
  longest[64] = 0;
  const char *const good[] = {"a", "_", "kick-1", "Bass_Drum", longest + 1, "AZaz09", "zA-_"};
  const char *const bad[] = {"",   "1kick", "-a", "a b", "a/b", "add", "ensure", "\xc3\xa9", "a.b",
                             "a*", longest, "12", "a@",  "a[",  "a`",  "a{",     "a:"};
  for (size_t i = 0; i < 7; i++)
    assert_int_equal(read_as(SQ_TYPE_NAME, S(good[i])), SQ_OK);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(read_as(SQ_TYPE_NAME, S(bad[i])), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_NAME, S("remove")), SQ_BAD_ARGS);
  assert_string_equal(why, "argument 'it': 'remove' is a reserved verb; choose another name, for example with a _ "
                           "behind it");
}

static void test_references(void **state) {
  assert_int_equal(read_as(SQ_TYPE_REF, S("kick")), SQ_OK);
  assert_string_equal(one.text, "kick");
  assert_int_equal(one.integer, 0);
  assert_int_equal(read_as(SQ_TYPE_REF, I(1)), SQ_OK);
  assert_int_equal(one.integer, 1);
  assert_int_equal(read_as(SQ_TYPE_REF, I(INT32_MAX)), SQ_OK);
  assert_int_equal(one.integer, INT32_MAX);
  assert_int_equal(read_as(SQ_TYPE_REF, H((int64_t)INT32_MAX + 1)), SQ_RANGE);
  const SqOscArg handles[] = {I(12), F(12), D(12), S("12"), H(12)};
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(read_as(SQ_TYPE_REF, handles[i]), SQ_OK);
    assert_int_equal(one.integer, 12);
    assert_string_equal(one.text, "12");
  }
  assert_int_equal(read_as(SQ_TYPE_REF, I(0)), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_REF, I(-1)), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_REF, F(1.5f)), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_REF, H(INT64_C(1) << 40)), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_REF, S("")), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_REF, S("jack:system:playback_1")), SQ_OK); // outputs are named so
}

static void test_choices(void **state) {
  assert_int_equal(read_as(SQ_TYPE_ENUM, S("Post")), SQ_OK);
  assert_int_equal(one.integer, 1);
  assert_string_equal(one.text, "post");
  assert_int_equal(read_as(SQ_TYPE_ENUM, F(2)), SQ_OK);
  assert_string_equal(one.text, "in place");
  assert_int_equal(read_as(SQ_TYPE_ENUM, I(3)), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_ENUM, I(-1)), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_ENUM, S("pos")), SQ_BAD_ARGS);
  assert_string_equal(why, "argument 'it' is the text 'pos'; send one of pre, post, in place; did you mean 'post'?");
}

static void test_positions(void **state) {
  assert_int_equal(read_as(SQ_TYPE_POSITION, S("3|2.5")), SQ_OK);
  assert_int_equal(one.integer, 3);
  assert_true(one.number == 2.5);
  assert_string_equal(one.text, "3|2.5");
  assert_int_equal(read_as(SQ_TYPE_POSITION, D(16.25)), SQ_OK);
  assert_null(one.text);
  assert_true(one.number == 16.25);
  const char *const bad[] = {"3|", "|1", "a|b", "1|2|3", "3.5|1", "1|nan"};
  for (size_t i = 0; i < 6; i++)
    assert_int_equal(read_as(SQ_TYPE_POSITION, S(bad[i])), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_POSITION, S("0|1")), SQ_RANGE);
  assert_int_equal(read_as(SQ_TYPE_POSITION, S("1|0.5")), SQ_RANGE);
}

static void test_error_texts(void **state) {
  // Each names the argument, what came, what is wanted and, where there is one, the way out.
  static const SqArgSpec gain = {.name = "gain", .type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 10};
  static const SqArgSpec time = {.name = "time", .type = SQ_TYPE_FLOAT, .unit = "ms"};
  static const SqArgSpec key = {.name = "key", .type = SQ_TYPE_INT, .min = 0, .max = 127};
  static const SqArgSpec mute = {.name = "mute", .type = SQ_TYPE_BOOL};
  static const SqArgSpec at = {.name = "at", .type = SQ_TYPE_POSITION};
  static const SqArgSpec data = {.name = "data", .type = SQ_TYPE_BLOB};
  static const SqArgSpec strip = {.name = "strip", .type = SQ_TYPE_REF};
  static const SqArgSpec tap = {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post"};
  static const SqArgSpec path = {.name = "path", .type = SQ_TYPE_PATH};
  static const struct {
    const SqArgSpec *spec;
    SqOscArg in;
    const char *text;
  } rows[] = {
      {&gain, {.tag = 's', .u.s = "loud"}, "argument 'gain' is the text 'loud'; send a number from -144 to 10 dB"},
      {&gain, {.tag = 'f', .u.f = NAN}, "argument 'gain' is NaN; send a number from -144 to 10 dB"},
      {&gain, {.tag = 'd', .u.d = (double)NAN}, "argument 'gain' is NaN; send a number from -144 to 10 dB"},
      {&gain, {.tag = 'f', .u.f = 10.1f}, "argument 'gain' is the number 10.1; send a number from -144 to 10 dB"},
      {&time, {.tag = 'N'}, "argument 'time' is nil (N); send a number in ms"},
      {&time, {.tag = 't'}, "argument 'time' is a time tag (t); send a number in ms"},
      {&key, {.tag = 'd', .u.d = 60.5}, "argument 'key' is the number 60.5; send a whole number from 0 to 127"},
      {&key,
       {.tag = 'h', .u.h = 9007199254740993},
       "argument 'key' is the number 9007199254740993; send a whole number "
       "from 0 to 127; it must fit in 32 bits"},
      {&key, {.tag = 'i', .u.i = 128}, "argument 'key' is the number 128; send a whole number from 0 to 127"},
      {&mute,
       {.tag = 's', .u.s = "maybe"},
       "argument 'mute' is the text 'maybe'; send on or off (1 or 0, T or F, true or "
       "false)"},
      {&mute, {.tag = 'm'}, "argument 'mute' is a MIDI message (m); send on or off (1 or 0, T or F, true or false)"},
      {&at, {.tag = 's', .u.s = "3|x"}, "argument 'at' is the text '3|x'; send beats (8.5) or bar|beat (3|1)"},
      {&data, {.tag = 'T'}, "argument 'data' is true (T); send a blob"},
      {&data, {.tag = 'F'}, "argument 'data' is false (F); send a blob"},
      {&data, {.tag = 'r'}, "argument 'data' is a colour (r); send a blob"},
      {&data, {.tag = 'I'}, "argument 'data' is an impulse (I); send a blob"},
      {&strip,
       {.tag = 'i', .u.i = 0},
       "argument 'strip' is the number 0; send a name or a handle; a handle is a whole "
       "number above 0"},
      {&tap, {.tag = 's', .u.s = "sideways"}, "argument 'tap' is the text 'sideways'; send one of pre, post"},
      {&tap, {.tag = 'i', .u.i = 2}, "argument 'tap' is the number 2; send one of pre, post"},
      {&path, {.tag = 's', .u.s = ""}, "argument 'path' is the text ''; send the path of a file"},
      {&path,
       {.tag = 's', .u.s = "\xff"},
       "argument 'path' is text that is not UTF-8; send the path of a file; it must "
       "be UTF-8 without control characters"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_not_equal(read_one(*rows[i].spec, rows[i].in, SQ_LIMIT_REFUSE), SQ_OK);
    assert_string_equal(why, rows[i].text);
  }
  char longer[200];
  memset(longer, 'x', 199);
  longer[199] = 0;
  assert_int_equal(read_one(gain, S(longer), SQ_LIMIT_REFUSE), SQ_BAD_ARGS);
  assert_non_null(strstr(why, "xxxx'…; send"));
}

static void test_any_keeps_what_came(void **state) {
  static const struct {
    SqOscArg in;
    SqType type;
    double number;
  } rows[] = {{{.tag = 'i', .u.i = 3}, SQ_TYPE_INT, 3},
              {{.tag = 'h', .u.h = 3}, SQ_TYPE_INT, 3},
              {{.tag = 'f', .u.f = 0.5f}, SQ_TYPE_DOUBLE, 0.5},
              {{.tag = 'd', .u.d = 0.1}, SQ_TYPE_DOUBLE, 0.1},
              {{.tag = 'T'}, SQ_TYPE_BOOL, 1},
              {{.tag = 'F'}, SQ_TYPE_BOOL, 0},
              {{.tag = 'I'}, SQ_TYPE_BOOL, 1},
              {{.tag = 's', .u.s = "7"}, SQ_TYPE_STRING, 7}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(read_as(SQ_TYPE_ANY, rows[i].in), SQ_OK);
    assert_int_equal(one.type, rows[i].type);
    assert_true(one.number == rows[i].number);
    assert_int_equal(one.integer, (int64_t)rows[i].number);
    assert_true(one.present);
  }
  assert_string_equal(one.text, "7");
  assert_int_equal(read_as(SQ_TYPE_ANY, B("abc", 3)), SQ_OK);
  assert_int_equal(one.type, SQ_TYPE_BLOB);
  assert_int_equal(one.blob_size, 3);
  assert_int_equal(read_as(SQ_TYPE_ANY, plain('N')), SQ_OK);
  assert_int_equal(one.type, SQ_TYPE_INT);
  assert_false(one.present);
  assert_int_equal(read_as(SQ_TYPE_FLOAT, D((double)FLT_MAX)), SQ_OK);
}

static void test_absent_texts_are_empty_not_null(void **state) {
  const SqType types[] = {SQ_TYPE_STRING, SQ_TYPE_PATH, SQ_TYPE_NAME, SQ_TYPE_REF};
  for (size_t i = 0; i < 4; i++) {
    SqArgSpec spec = {.name = "it", .type = types[i], .optional = true};
    SqArgsWant want = {&spec, 1, SQ_REST_NONE, SQ_LIMIT_REFUSE};
    assert_int_equal(sq_args_read(&want, NULL, 0, &result), SQ_OK);
    assert_string_equal(result.args[0].text, "");
    assert_false(result.args[0].present);
  }
  SqArgSpec spec = {.name = "it", .type = SQ_TYPE_FLOAT, .def = 0.25, .optional = true};
  SqArgsWant want = {&spec, 1, SQ_REST_NONE, SQ_LIMIT_REFUSE};
  assert_int_equal(sq_args_read(&want, NULL, 0, &result), SQ_OK);
  assert_true(result.args[0].number == 0.25);
  assert_null(result.args[0].text);
}

static const SqArgSpec specs[] = {
    {.name = "name", .type = SQ_TYPE_NAME},
    {.name = "gain", .type = SQ_TYPE_FLOAT, .min = -144, .max = 10, .def = 0},
    {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post", .def = 1, .optional = true}};

static SqStatus read_many(SqRest rest, SqOscArg *args, uint32_t n) {
  SqArgsWant want = {specs, 3, rest, SQ_LIMIT_REFUSE};
  SqStatus status = sq_args_read(&want, args, n, &result);
  assert_true((status == SQ_OK) == (result.why[0] == '\0'));
  return status;
}

static void test_counts(void **state) {
  SqOscArg args[] = {S("a"), F(-6), S("pre"), I(1)};
  assert_int_equal(read_many(SQ_REST_NONE, args, 2), SQ_OK);
  assert_int_equal(result.n_given, 2);
  assert_false(result.args[2].present);
  assert_int_equal(result.args[2].integer, 1);
  assert_string_equal(result.args[2].text, "post");
  assert_int_equal(read_many(SQ_REST_NONE, args, 3), SQ_OK);
  assert_string_equal(result.args[2].text, "pre");
  assert_int_equal(read_many(SQ_REST_NONE, args, 1), SQ_BAD_ARGS);
  assert_string_equal(result.why, "1 argument came and 'gain' is missing; send: name, gain, [tap]");
  assert_int_equal(read_many(SQ_REST_NONE, args, 4), SQ_BAD_ARGS);
  assert_string_equal(result.why, "4 arguments came, too many; send: name, gain, [tap]");
  SqOscArg nil[] = {S("a"), F(-6), plain('N')};
  assert_int_equal(read_many(SQ_REST_NONE, nil, 3), SQ_OK);
  assert_false(result.args[2].present);
  nil[1] = plain('N'); // not optional
  assert_int_equal(read_many(SQ_REST_NONE, nil, 3), SQ_BAD_ARGS);
}

static void test_what_is_wanted_is_cut_where_it_is_long(void **state) {
  // Every length of the list around the room for it: cut within a name, before one, not at all.
  char name[64];
  for (uint32_t length = 1; length < sizeof name; length++) {
    memset(name, 'n', length);
    name[length] = '\0';
    SqArgSpec many[SQ_ARGS_MAX];
    for (uint32_t i = 0; i < SQ_ARGS_MAX; i++)
      many[i] = (SqArgSpec){.name = name, .type = SQ_TYPE_INT, .optional = i > 0};
    for (int rest = SQ_REST_NONE; rest <= SQ_REST_ANY; rest++) {
      SqArgsWant want = {many, SQ_ARGS_MAX, (SqRest)rest, SQ_LIMIT_REFUSE};
      assert_int_equal(sq_args_read(&want, NULL, 0, &result), SQ_BAD_ARGS);
      const char *list = strstr(result.why, "send: ");
      assert_true(list && strncmp(list + 6, name, length) == 0 && strlen(list + 6) < 160);
      if (length > 6)
        assert_int_equal(strlen(list + 6), 159); // as much of it as there is room for
    }
  }
}

static void test_brackets_are_ignored(void **state) {
  SqOscArg args[] = {S("a"), plain('['), F(-6), S("pre"), plain(']'), S("k"), plain('['), I(1), plain(']')};
  assert_int_equal(read_many(SQ_REST_PAIRS, args, 9), SQ_OK);
  assert_true(result.args[1].number == -6.0);
  assert_int_equal(result.n_rest, 2);
  const SqOscArg *value;
  assert_string_equal(sq_args_key(&result, 0, &value), "k");
  assert_int_equal(value->u.i, 1);
  assert_null(sq_args_key(&result, 1, &value));
}

static void test_pairs(void **state) {
  SqOscArg args[] = {S("a"), F(-6), S("pre"), S("channels"), I(2), S("label"), S("B"), I(3)};
  assert_int_equal(read_many(SQ_REST_PAIRS, args, 7), SQ_OK);
  assert_int_equal(result.n_rest, 4);
  assert_int_equal(read_many(SQ_REST_PAIRS, args, 6), SQ_BAD_ARGS);
  assert_string_equal(result.why, "the key 'label' has no value behind it; send keys and values in turn");
  assert_int_equal(read_many(SQ_REST_PAIRS, args, 8), SQ_BAD_ARGS);
  assert_int_equal(read_many(SQ_REST_ANY, args, 8), SQ_OK);
  assert_int_equal(result.n_rest, 5);
}

static void test_sclang(void **state) {
  // "`[ ]` and completion blobs are understood."
  static const uint8_t completion[] = "/sync\0\0\0,i\0\0\0\0\0\1";
  SqOscArg args[] = {S("a"), F(-6), S("pre"), B(completion, 16)};
  assert_int_equal(read_many(SQ_REST_NONE, args, 4), SQ_OK);
  assert_ptr_equal(result.completion, completion);
  assert_int_equal(result.completion_size, 16);
  SqOscArg early[] = {S("a"), F(-6), B(completion, 16)}; // in the place of an optional argument
  assert_int_equal(read_many(SQ_REST_PAIRS, early, 3), SQ_OK);
  assert_non_null(result.completion);
  SqOscArg pairs[] = {S("a"), F(-6), S("pre"), S("k"), I(1), B(completion, 16)};
  assert_int_equal(read_many(SQ_REST_PAIRS, pairs, 6), SQ_OK);
  assert_non_null(result.completion);
  assert_int_equal(result.n_rest, 2);
  // A blob that is wanted is no completion, and neither is one where anything may stand.
  SqArgSpec wants_blob = {.name = "data", .type = SQ_TYPE_BLOB, .optional = true};
  SqArgsWant want = {&wants_blob, 1, SQ_REST_NONE, SQ_LIMIT_REFUSE};
  SqOscArg data[] = {B(completion, 16)};
  assert_int_equal(sq_args_read(&want, data, 1, &result), SQ_OK);
  assert_null(result.completion);
  assert_ptr_equal(result.args[0].blob, completion);
  SqOscArg any[] = {S("a"), F(-6), S("pre"), B(completion, 16)};
  assert_int_equal(read_many(SQ_REST_ANY, any, 4), SQ_OK);
  assert_null(result.completion);
  SqOscArg value[] = {S("a"), F(-6), S("pre"), S("state"), B(completion, 16)};
  assert_int_equal(read_many(SQ_REST_PAIRS, value, 5), SQ_OK);
  assert_null(result.completion);
  SqOscArg array[] = {S("a"), B("\0\0\0\1,i\0\0\0\0\0\2", 12)}; // [1, 2]
  assert_int_equal(read_many(SQ_REST_NONE, array, 2), SQ_BAD_ARGS);
  assert_null(result.completion);
  assert_string_equal(result.why, "argument 'gain' is a blob of 12 bytes; send a number from -144 to 10; from sclang "
                                  "write $[, 1, 2, $] in place of [1, 2]");
}

/// A locale made for this test: LC_NUMERIC as localedef compiles it from decimal_point "," and nothing else.
static void set_comma_locale(void) {
  static const uint8_t numeric[] = {0x14, 0x11, 0x03, 0x20, 0x06, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00,
                                    0x22, 0x00, 0x00, 0x00, 0x23, 0x00, 0x00, 0x00, 0x24, 0x00, 0x00, 0x00,
                                    0x28, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00,
                                    0x2c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x41, 0x4e, 0x53, 0x49,
                                    0x5f, 0x58, 0x33, 0x2e, 0x34, 0x2d, 0x31, 0x39, 0x36, 0x38, 0x00};
  char folder[] = "/tmp/sq-locale-XXXXXX", sub[64], path[96];
  assert_non_null(mkdtemp(folder));
  snprintf(sub, sizeof sub, "%s/xx_XX", folder);
  assert_int_equal(mkdir(sub, 0700), 0);
  snprintf(path, sizeof path, "%s/LC_NUMERIC", sub);
  FILE *file = fopen(path, "wb");
  assert_int_equal(fwrite(numeric, 1, sizeof numeric, file), sizeof numeric);
  fclose(file);
  setenv("LOCPATH", folder, 1);
  assert_non_null(setlocale(LC_NUMERIC, "xx_XX"));
  unlink(path);
  rmdir(sub);
  rmdir(folder);
}

static void test_any_locale(void **state) {
  // A plug-in may set a locale whose decimal point is a comma.
  char number[16];
  set_comma_locale();
  snprintf(number, sizeof number, "%.1f", 0.5);
  assert_string_equal(number, "0,5");
  assert_int_equal(read_as(SQ_TYPE_FLOAT, S("0.5")), SQ_OK);
  assert_true(one.number == 0.5);
  assert_int_equal(read_as(SQ_TYPE_FLOAT, S("0,5")), SQ_BAD_ARGS);
  assert_int_equal(read_as(SQ_TYPE_STRING, F(0.5f)), SQ_OK);
  assert_string_equal(one.text, "0.5");
  assert_int_equal(read_as(SQ_TYPE_STRING, D(0.1)), SQ_OK);
  assert_string_equal(one.text, "0.1");
  setlocale(LC_ALL, "C");
}

static void test_numbers_round_trip(void **state) {
  uint64_t seed = 4101842887655102017u;
  for (int i = 0; i < 20000; i++) {
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    double value, back;
    memcpy(&value, &seed, sizeof value);
    if (!isfinite(value))
      continue;
    char digits[SQ_NUMBER_TEXT];
    sq_number_format(value, digits, sizeof digits);
    assert_true(sq_number_parse(digits, &back));
    assert_true(back == value);
    float small = (float)(int32_t)seed * 1e-4f;
    sq_number_format_float(small, digits, sizeof digits);
    assert_true(sq_number_parse(digits, &back));
    assert_true((float)back == small);
  }
  double number;
  const char *const none[] = {"",   "-",  "+",   ".",   "e5",    "1e",  "0x10",
                              " 1", "1 ", "1,5", "nan", "1.2.3", "--1", "infinite"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    assert_false(sq_number_parse(none[i], &number));
}

static void test_wild_arguments_never_break_anything(void **state) {
  // Random tags and bits against every type: taken within range, or refused with a text.
  uint64_t seed = 88172645463325252u;
  static const char tags[] = "ihfdsScbtmrTFNI";
  static const char *const strings[] = {
      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
      "x\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
      "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
      "0",
      "-1e9",
      "on",
      "3|1",
      "pre",
      "\xff",
      "add",
      "kick",
      "%s%n",
      "1e400"};
  for (int i = 0; i < 100000; i++) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    SqOscArg in = {.tag = tags[seed % 15], .u.t = seed};
    if (in.tag == 's' || in.tag == 'S')
      in.u.s = strings[(seed >> 8) % 11];
    else if (in.tag == 'b')
      in = B("/abc", 4);
    else if (in.tag != 'h' && in.tag != 'd' && in.tag != 't')
      in.u.i = (int32_t)(seed >> 16);
    SqArgSpec spec = {.type = (SqType)(seed >> 40) % 12, .min = -144, .max = 10, .choices = "pre|post"};
    SqStatus status = read_one(spec, in, seed >> 60 & 1 ? SQ_LIMIT_CLAMP : SQ_LIMIT_REFUSE);
    assert_true(status == SQ_OK || status == SQ_BAD_ARGS || status == SQ_RANGE);
    if (status == SQ_OK && (spec.type == SQ_TYPE_FLOAT || spec.type == SQ_TYPE_INT || spec.type == SQ_TYPE_DOUBLE))
      assert_true(one.number >= -144 && one.number <= 10);
    if (status != SQ_OK)
      assert_true(sq_text_is_utf8(why));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_matrix),
      cmocka_unit_test(test_numbers_are_equal_whatever_the_tag),
      cmocka_unit_test(test_integers),
      cmocka_unit_test(test_frames_and_beats_keep_all_digits),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_range),
      cmocka_unit_test(test_booleans),
      cmocka_unit_test(test_text),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_references),
      cmocka_unit_test(test_choices),
      cmocka_unit_test(test_positions),
      cmocka_unit_test(test_error_texts),
      cmocka_unit_test(test_any_keeps_what_came),
      cmocka_unit_test(test_absent_texts_are_empty_not_null),
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_what_is_wanted_is_cut_where_it_is_long),
      cmocka_unit_test(test_brackets_are_ignored),
      cmocka_unit_test(test_pairs),
      cmocka_unit_test(test_sclang),
      cmocka_unit_test(test_any_locale),
      cmocka_unit_test(test_numbers_round_trip),
      cmocka_unit_test(test_wild_arguments_never_break_anything),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
