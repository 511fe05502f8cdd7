// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Each row has an access class that fits what it does: a row whose class was forgotten would be open to all that may
// look at meters.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon.h"

/// Rows that anybody may call who may look: they change nothing but what the daemon tells the caller.
static const char *const harmless[] = {
    "/client/echo", "/client/key",  "/client/name",   "/client/profile", "/client/reply_to", "/dump",
    "/jack/ports",  "/meters",      "/meters/ack",    "/meters/map",     "/notify",          "/ping",
    "/plugin/info", "/plugin/list", "/plugin/search", "/query",          "/session/list",    "/status",
    "/subscribe",   "/sync",        "/unsubscribe",   "/version",
};

/// Rows that read or write files that the caller names.
static const char *const of_files[] = {"/session/open", "/session/save", "/session/save_as", "/record/add",
                                       "/zone/add"};

/// Rows that run code which the caller names.
static const char *const of_code[] = {"/plugin/load"};

static bool is_harmless(const SqRow *row) {
  for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
    if (strcmp(row->address, harmless[i]) == 0)
      return true;
  return row->kind == SQ_ROW_VALUE && row->read_only;
}

static bool ends_like(const SqRow *row, const char *const *ends, size_t n_ends) {
  for (size_t i = 0; i < n_ends; i++) {
    const size_t n = strlen(row->address), m = strlen(ends[i]);
    if (n >= m && strcmp(row->address + n - m, ends[i]) == 0)
      return true;
  }
  return false;
}

static void each_row_has_the_class_of_what_it_does(void **state) {
  size_t n;
  const SqRow **rows = sq_daemon_contract(&n);
  uint32_t wrong = 0, files = 0, codes = 0;
  assert_true(n > 100);
  for (size_t i = 0; i < n; i++) {
    const SqRow *row = rows[i];
    const bool meter = row->access == SQ_ACCESS_METER;
    const bool file = ends_like(row, of_files, sizeof of_files / sizeof of_files[0]);
    const bool code = ends_like(row, of_code, sizeof of_code / sizeof of_code[0]);
    files += file;
    codes += code;
    if ((!meter || is_harmless(row)) && (!file || row->access >= SQ_ACCESS_FILE) &&
        code == (row->access == SQ_ACCESS_CODE))
      continue;
    printf("     %s is of class %d\n", row->address, (int)row->access);
    wrong++;
  }
  assert_int_equal(wrong, 0);
  assert_int_equal(files, sizeof of_files / sizeof of_files[0]);
  assert_int_equal(codes, sizeof of_code / sizeof of_code[0]);
  free(rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_row_has_the_class_of_what_it_does)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
