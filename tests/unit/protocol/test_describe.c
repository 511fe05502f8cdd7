// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/args.h"
#include "protocol/describe.h"

static const SqArgSpec gain_args[] = {
    {.name = "gain", .type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 10, .help = "Level of the fader."}};
static const SqArgSpec add_args[] = {
    {.name = "name", .type = SQ_TYPE_NAME},
    {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post", .def = 1, .optional = true}};
static const SqRow gain = {.address = "{strip}/gain",
                           .kind = SQ_ROW_VALUE,
                           .access = SQ_ACCESS_CONTROL,
                           .args = gain_args,
                           .n_args = 1,
                           .help = "Level after the chain.",
                           .timed = true};
static const SqRow add = {.address = "/bus/add",
                          .kind = SQ_ROW_COMMAND,
                          .access = SQ_ACCESS_CONTROL,
                          .args = add_args,
                          .n_args = 2,
                          .rest = SQ_REST_PAIRS,
                          .rest_help = "channels, output",
                          .replies = "i:handle",
                          .help = "Makes a bus."};
static const SqRow ping = {.address = "/ping", .kind = SQ_ROW_ACTION, .rest = SQ_REST_ANY, .help = "Answers /pong."};

static void test_usage(void **state) {
  char text[SQ_USAGE_TEXT];
  sq_describe_usage(&add, text, sizeof text);
  assert_string_equal(text, "/bus/add s:name [s:tap(pre|post)] [k v …]");
  sq_describe_usage(&gain, text, sizeof text);
  assert_string_equal(text, "{strip}/gain f:gain");
  sq_describe_usage(&ping, text, sizeof text);
  assert_string_equal(text, "/ping […]");
  for (size_t size = 1; size < 50; size++) { // never past its room
    char *small = malloc(size);
    sq_describe_usage(&add, small, size);
    assert_true(strlen(small) < size);
    free(small);
  }
}

static void test_json_says_what_the_rows_say(void **state) {
  const SqRow *rows[] = {&gain, &ping, &add};
  SqContract contract = {.rows = rows, .n = 3};
  char *text = sq_describe_json_text(&contract);
  cJSON *root = cJSON_Parse(text);
  assert_non_null(root);
  cJSON *list = cJSON_GetObjectItem(root, "rows");
  assert_int_equal(cJSON_GetArraySize(list), 3);
  cJSON *first = cJSON_GetArrayItem(list, 0), *last = cJSON_GetArrayItem(list, 2);
  assert_string_equal(cJSON_GetObjectItem(first, "address")->valuestring, "/bus/add");
  assert_string_equal(cJSON_GetObjectItem(first, "kind")->valuestring, "command");
  assert_string_equal(cJSON_GetObjectItem(first, "rest")->valuestring, "pairs");
  cJSON *tap = cJSON_GetArrayItem(cJSON_GetObjectItem(first, "args"), 1);
  assert_true(cJSON_IsTrue(cJSON_GetObjectItem(tap, "optional")));
  assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(tap, "choices"), 1)->valuestring, "post");
  assert_true(cJSON_GetObjectItem(tap, "default")->valuedouble == 1.0);
  cJSON *level = cJSON_GetArrayItem(cJSON_GetObjectItem(last, "args"), 0);
  assert_true(cJSON_GetObjectItem(level, "min")->valuedouble == -144.0);
  assert_string_equal(cJSON_GetObjectItem(level, "tag")->valuestring, "f");
  assert_true(cJSON_GetObjectItem(level, "max")->valuedouble == 10.0);
  assert_string_equal(cJSON_GetObjectItem(level, "unit")->valuestring, "dB");
  assert_string_equal(cJSON_GetObjectItem(level, "class")->valuestring, "signal");
  assert_true(cJSON_IsTrue(cJSON_GetObjectItem(last, "timed")));
  cJSON *errors = cJSON_GetObjectItem(root, "errors");
  assert_int_equal(cJSON_GetArraySize(errors), 16);
  assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(errors, 3), "symbol")->valuestring, "not_found");
  cJSON_Delete(root);
  free(text);
}

static void test_order_and_hash(void **state) {
  const SqRow *one[] = {&gain, &ping, &add}, *other[] = {&add, &gain, &ping};
  SqContract a = {.rows = one, .n = 3}, b = {.rows = other, .n = 3}, fewer = {.rows = other, .n = 2};
  uint64_t hash = sq_describe_hash(&a);
  assert_true(hash != 0 && hash == sq_describe_hash(&b));
  assert_true(hash != sq_describe_hash(&fewer));
  SqRow changed = gain;
  changed.help = "Level after the chain!";
  const SqRow *third[] = {&changed, &ping, &add};
  SqContract c = {.rows = third, .n = 3};
  assert_true(hash != sq_describe_hash(&c));
}

static void test_markdown(void **state) {
  const SqRow at_and = {.address = "/and/x", .kind = SQ_ROW_ACTION, .help = "As long as /bus."};
  const SqRow *rows[] = {&gain, &ping, &add, &at_and};
  SqContract contract = {.rows = rows, .n = 4};
  FILE *file = tmpfile();
  assert_int_equal(sq_describe_markdown(&contract, file), SQ_OK);
  static char text[65536];
  rewind(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  assert_non_null(strstr(text, "\n## `/bus`\n\n`/bus/add s:name [s:tap(pre|post)] [k v …]`  \nMakes a bus. (command, "
                               "access: control)\n- `name`: name\n- `tap`: enum, optional\n- then pairs: channels, "
                               "output\n- replies: i:handle\n"));
  assert_non_null(strstr(text, "- `gain`: float, -144 to 10 dB, default 0. Level of the fader.\n"));
  assert_non_null(strstr(text, "| 16 | internal |"));
  unsigned sections = 0;
  for (const char *p = text; (p = strstr(p, "\n## ")); p++)
    sections++;
  assert_int_equal(sections, 4);
  assert_true(strstr(text, "`/ping") > strstr(text, "`/bus"));
  FILE *full = fopen("/dev/full", "w");
  assert_int_equal(sq_describe_markdown(&contract, full), SQ_IO);
  assert_int_equal(sq_describe_json(&contract, full), SQ_IO);
  fclose(full);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_usage), cmocka_unit_test(test_json_says_what_the_rows_say),
                                     cmocka_unit_test(test_order_and_hash), cmocka_unit_test(test_markdown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
