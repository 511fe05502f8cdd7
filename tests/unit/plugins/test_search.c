// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "plugins/search.h"

#define MOST 32

typedef struct {
  char folder[64];
  char found[MOST][256]; ///< below the folder
  size_t n, enough;
} Walk;

static void make(const Walk *w, const char *name, bool is_folder) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", w->folder, name);
  if (is_folder) {
    assert_int_equal(mkdir(path, 0777), 0);
    return;
  }
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fclose(f);
}

static void link_to(const Walk *w, const char *target, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", w->folder, name);
  assert_int_equal(symlink(target, path), 0);
}

static bool keep(void *context, const char *path) {
  Walk *w = context;
  assert_true(w->n < MOST && strncmp(path, w->folder, strlen(w->folder)) == 0);
  snprintf(w->found[w->n++], 256, "%s", path + strlen(w->folder) + 1);
  return w->n != w->enough;
}

static int set_up(void **state) {
  Walk *w = calloc(1, sizeof *w);
  snprintf(w->folder, sizeof w->folder, "/tmp/test-search-XXXXXX");
  assert_non_null(mkdtemp(w->folder));
  make(w, "a", true);
  make(w, "a/two.mod", false);
  make(w, "a/one.mod", false);
  make(w, "a/none.txt", false);
  make(w, "a/deep", true);
  make(w, "a/deep/three.mod", false);
  make(w, "a/bundle.mod", true);
  make(w, "a/bundle.mod/inner.mod", false);
  make(w, "b", true);
  link_to(w, "../a/one.mod", "b/same.mod");
  link_to(w, "../a", "b/circle");
  link_to(w, "..", "a/deep/up");
  link_to(w, "nowhere", "b/broken.mod");
  make(w, "b/four.mod", false);
  *state = w;
  return 0;
}

static int tear_down(void **state) {
  Walk *w = *state;
  static const char *const files[] = {"a/two.mod",
                                      "a/one.mod",
                                      "a/none.txt",
                                      "a/deep/three.mod",
                                      "a/bundle.mod/inner.mod",
                                      "a/deep/up",
                                      "a/deep",
                                      "a/bundle.mod",
                                      "b/same.mod",
                                      "b/circle",
                                      "b/broken.mod",
                                      "b/four.mod",
                                      "a",
                                      "b",
                                      ""};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
    assert_int_equal(remove(path), 0);
  }
  free(w);
  return 0;
}

static void search(Walk *w, uint32_t depth, bool bundles) {
  char b[128], variable[256];
  snprintf(b, sizeof b, "%s/b", w->folder);
  snprintf(variable, sizeof variable, "%s/a::relative:/nowhere/at/all", w->folder);
  assert_int_equal(setenv("SQ_TEST_PLACES", variable, 1), 0);
  const char *const folders[] = {b, "~/of/nobody", NULL};
  w->n = 0;
  assert_int_equal(sq_plugin_search(&(SqPluginPlaces){"SQ_TEST_PLACES", folders, ".mod", depth, bundles}, keep, w),
                   SQ_OK);
}

static void every_module_is_met_once(void **state) {
  Walk *w = *state;
  search(w, 8, false);
  assert_int_equal(w->n, 5);
  assert_string_equal(w->found[0], "a/bundle.mod/inner.mod"); // a folder like any other
  assert_string_equal(w->found[1], "a/deep/three.mod");
  assert_string_equal(w->found[2], "a/one.mod"); // and not again as b/same.mod
  assert_string_equal(w->found[3], "a/two.mod");
  assert_string_equal(w->found[4], "b/four.mod");
}

static void a_bundle_is_one_module(void **state) {
  Walk *w = *state;
  search(w, 8, true);
  assert_int_equal(w->n, 5);
  assert_string_equal(w->found[0], "a/bundle.mod");
}

static void depth_is_kept_and_enough_is_enough(void **state) {
  Walk *w = *state;
  search(w, 1, false);
  assert_int_equal(w->n, 3);
  w->enough = 2;
  search(w, 8, false);
  assert_int_equal(w->n, 2);
  w->enough = 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_module_is_met_once),
                                     cmocka_unit_test(a_bundle_is_one_module),
                                     cmocka_unit_test(depth_is_kept_and_enough_is_enough)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
