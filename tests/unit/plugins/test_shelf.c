// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The shelf of scanned modules: real scanner, real modules, some of them bad.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "plugins/shelf.h"

#define AMP "/usr/lib/ladspa/amp.so"

static char built[512], folder[64], file[128], error[512];

static SqShelf *open_shelf(void) {
  char program[600];
  snprintf(program, sizeof program, "%s/squeezed-scan", built);
  SqShelf *shelf = sq_shelf_open(&(SqShelfConfig){program, file});
  assert_non_null(shelf);
  return shelf;
}

static SqShelved module(const SqShelf *shelf, const char *path) {
  for (uint32_t i = 0; i < sq_shelf_count(shelf); i++)
    if (strcmp(sq_shelf_at(shelf, i).path, path) == 0)
      return sq_shelf_at(shelf, i);
  fail_msg("%s is not on the shelf", path);
  return (SqShelved){0};
}

static void put(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void a_module_is_described_once_and_kept(void **state) {
  SqShelf *shelf = open_shelf();
  sq_shelf_note(shelf, "ladspa", AMP);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 1);
  sq_shelf_note(shelf, "ladspa", AMP);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 0);
  sq_shelf_note(shelf, "ladspa", AMP);
  assert_int_equal(sq_shelf_scan(shelf, "ladspa", NULL, NULL, error, sizeof error), 1);
  sq_shelf_close(shelf);
  shelf = open_shelf(); // from the file
  const SqShelved m = module(shelf, AMP);
  assert_string_equal(m.verdict, "ok");
  assert_int_equal(m.n_plugins, 2);
  const SqPluginInfo *info = m.plugins[0];
  assert_string_equal(info->type->id, "ladspa:amp.so:amp_mono");
  assert_string_equal(info->type->name, "Mono Amplifier");
  assert_int_equal(info->type->n_params, 1);
  assert_string_equal(info->type->params[0].symbol, "gain");
  assert_true(info->type->params[0].def == 1.0);
  assert_int_equal(info->n_in, 1);
  sq_shelf_note(shelf, "ladspa", AMP);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 0);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 0); // not noted: it is gone
  assert_int_equal(sq_shelf_count(shelf), 0);
  sq_shelf_close(shelf);
  unlink(file);
}

static void bad_modules_get_a_verdict_and_the_next_goes_on(void **state) {
  char crash[600], text[128], none[128];
  snprintf(crash, sizeof crash, "%s/tests/plugins/crash.clap", built);
  snprintf(text, sizeof text, "%s/text.so", folder);
  snprintf(none, sizeof none, "%s/none.so", folder);
  put(text, "not a module at all\n");
  SqShelf *shelf = open_shelf();
  sq_shelf_note(shelf, "clap", crash);
  sq_shelf_note(shelf, "ladspa", text);
  sq_shelf_note(shelf, "vst3", text);
  sq_shelf_note(shelf, "clap", none);
  sq_shelf_note(shelf, "ladspa", AMP);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 5);
  for (uint32_t i = 0; i < sq_shelf_count(shelf); i++) {
    const SqShelved m = sq_shelf_at(shelf, i);
    printf("%s %s: %s\n", m.format, strrchr(m.path, '/') + 1, m.verdict);
    assert_true(m.verdict[0] && (strcmp(m.verdict, "ok") == 0) == (m.n_plugins > 0));
  }
  assert_non_null(strstr(module(shelf, crash).verdict, "crashed"));
  assert_int_equal(module(shelf, AMP).n_plugins, 2);
  sq_shelf_note(shelf, "ladspa", text);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 0); // it did not change
  put(text, "another text, of another size\n");
  sq_shelf_note(shelf, "ladspa", text);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 1);
  sq_shelf_close(shelf);
  unlink(file);
}

static void what_ended_a_scan_stays_out(void **state) {
  char pedal[160], own[128];
  snprintf(own, sizeof own, "%s/amp.so", folder);
  assert_int_equal(symlink(AMP, own), 0);
  const pid_t child = fork();
  if (child == 0)
    _exit(0);
  waitpid(child, NULL, 0);
  snprintf(pedal, sizeof pedal, "%s.loading.%d", file, (int)child);
  char note[160];
  snprintf(note, sizeof note, "ladspa\n%s", own);
  put(pedal, note); // as a daemon leaves it that was killed while it scanned
  SqShelf *shelf = open_shelf();
  sq_shelf_note(shelf, "ladspa", own);
  assert_int_equal(sq_shelf_scan(shelf, NULL, NULL, NULL, error, sizeof error), 0);
  assert_non_null(strstr(module(shelf, own).verdict, "ended"));
  assert_int_equal(module(shelf, own).n_plugins, 0);
  assert_int_not_equal(access(pedal, F_OK), 0);
  sq_shelf_note(shelf, "ladspa", own);
  assert_int_equal(sq_shelf_scan(shelf, own, NULL, NULL, error, sizeof error), 1); // when asked for outright
  assert_int_equal(module(shelf, own).n_plugins, 2);
  sq_shelf_close(shelf);
  unlink(file);
  unlink(own);
}

static void a_damaged_file_is_as_good_as_none(void **state) {
  put(file, "{\"version\": 1, \"modules\": [{\"format\": \"ladspa\", \"path\": 7");
  SqShelf *shelf = open_shelf();
  assert_int_equal(sq_shelf_count(shelf), 0);
  sq_shelf_close(shelf);
  put(file,
      "{\"version\": 1, \"modules\": [{\"format\": \"ladspa\", \"path\": \"/x\", \"plugins\": [{\"id\": 3}, 4]}]}");
  shelf = open_shelf();
  assert_int_equal(sq_shelf_at(shelf, 0).n_plugins, 0);
  sq_shelf_close(shelf);
  unlink(file);
}

int main(void) {
  const ssize_t n = readlink("/proc/self/exe", built, sizeof built - 1);
  built[n > 0 ? n : 0] = 0;
  for (int i = 0; i < 4; i++) // …/tests/unit/plugins/test_x
    *strrchr(built, '/') = 0;
  snprintf(folder, sizeof folder, "/tmp/squeezed-shelf-XXXXXX");
  if (!mkdtemp(folder))
    return 1;
  snprintf(file, sizeof file, "%s/plugins.json", folder);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_module_is_described_once_and_kept),
      cmocka_unit_test(bad_modules_get_a_verdict_and_the_next_goes_on),
      cmocka_unit_test(what_ended_a_scan_stays_out),
      cmocka_unit_test(a_damaged_file_is_as_good_as_none),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  char text[128];
  snprintf(text, sizeof text, "%s/text.so", folder);
  unlink(text);
  rmdir(folder);
  return failed;
}
