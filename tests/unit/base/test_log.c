// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static char *text_of(FILE *stream) {
  static char text[65536];
  rewind(stream);
  text[fread(text, 1, sizeof text - 1, stream)] = '\0';
  return text;
}

static unsigned lines_of(const char *text) {
  unsigned n = 0;
  for (; *text; text++)
    n += *text == '\n';
  return n;
}

static void test_levels_and_form(void **state) {
  FILE *stream = tmpfile();
  unsetenv("JOURNAL_STREAM");
  SqLog *log = sq_log_new(stream, "sq", SQ_LOG_LEVEL_WARNING);
  sq_log(log, SQ_LOG_LEVEL_ERROR, "one %d", 1);
  sq_log(log, SQ_LOG_LEVEL_WARNING, "two %s", "a\nb\033[2J");
  sq_log(log, SQ_LOG_LEVEL_INFO, "three");
  sq_log_set_level(log, SQ_LOG_LEVEL_DEBUG);
  sq_log(log, SQ_LOG_LEVEL_DEBUG, "four");
  const char *text = text_of(stream);
  assert_int_equal(lines_of(text), 3);
  assert_non_null(strstr(text, " sq: error: one 1\n"));
  assert_non_null(strstr(text, " sq: warning: two a?b?[2J\n"));
  assert_null(strstr(text, "three"));
  assert_non_null(strstr(text, "debug: four"));
  sq_log_free(log);
  fclose(stream);
}

static void test_journal(void **state) {
  FILE *stream = tmpfile();
  struct stat info;
  char value[64];
  fstat(fileno(stream), &info);
  snprintf(value, sizeof value, "%llu:%llu", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
  assert_true(sq_log_is_journal(fileno(stream), value));
  assert_false(sq_log_is_journal(fileno(stream), "1:2"));
  assert_false(sq_log_is_journal(fileno(stream), "nonsense"));
  assert_false(sq_log_is_journal(fileno(stream), NULL));
  setenv("JOURNAL_STREAM", value, 1);
  SqLog *log = sq_log_new(stream, "sq", SQ_LOG_LEVEL_INFO);
  unsetenv("JOURNAL_STREAM");
  sq_log(log, SQ_LOG_LEVEL_ERROR, "bad");
  sq_log(log, SQ_LOG_LEVEL_INFO, "good");
  assert_string_equal(text_of(stream), "<3>sq: bad\n<6>sq: good\n");
  sq_log_free(log);
  fclose(stream);
}

static void test_rate_is_limited_and_told(void **state) {
  FILE *stream = tmpfile();
  SqLog *log = sq_log_new(stream, "sq", SQ_LOG_LEVEL_INFO);
  for (int i = 0; i < 1000; i++)
    sq_log(log, SQ_LOG_LEVEL_WARNING, "flood %d", i);
  sq_log(log, SQ_LOG_LEVEL_INFO, "another"); // is not held back by the flood
  assert_int_equal(lines_of(text_of(stream)), SQ_LOG_BURST + 1);
  sq_log_flush(log); // its second is not over
  assert_null(strstr(text_of(stream), "suppressed"));
  usleep(1010000);
  sq_log_flush(log);
  assert_non_null(strstr(text_of(stream), "warning: 990 suppressed of: flood %d\n"));
  sq_log(log, SQ_LOG_LEVEL_WARNING, "flood %d", 5000);
  assert_non_null(strstr(text_of(stream), "flood 5000"));
  sq_log_free(log);
  fclose(stream);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels_and_form), cmocka_unit_test(test_journal),
                                     cmocka_unit_test(test_rate_is_limited_and_told)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
