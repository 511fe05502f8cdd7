// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Presets of CLAP plug-ins: found in files and in the plug-in, those of others left out, and taken by all copies.
#include "unit/plugins/clap_rig.h"

#include <sys/stat.h>

static void write_file(const char *folder, const char *name, const char *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void test_presets(void **state) {
  char folder[] = "/tmp/clap-presets-XXXXXX", path[512], name[64];
  (void)state;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/below", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  write_file(folder, "a.gain", "2\n");
  write_file(folder, "b.txt", "9\n");
  write_file(folder, "empty.gain", "");
  write_file(path, "deep.gain", "0.25\n");
  setenv("HOSTILE_PRESETS", folder, 1);
  void *world = clap_world("hostile.clap");
  Clap *c = clap_open(world, "hostile.echo", 2, 2);
  const SqPluginOps *ops = c->type->plugin;
  static const char *const names[] = {"Loud", "Soft", "a.gain", "deep.gain", "empty.gain"};
  static const double gains[] = {3, 0.5, 2, 0.25, 0};
  assert_int_equal(ops->n_presets(c->instance), 5); // neither another's nor nobody's: the module has many plug-ins
  c->setup.n_side = 0;
  c->in[0][1] = c->in[1][1] = 1;
  for (uint32_t i = 0; i < 5; i++) {
    assert_int_equal(ops->preset_name(c->instance, i, name, sizeof name), SQ_OK);
    assert_string_equal(name, names[i]);
    assert_int_equal(ops->preset_load(c->instance, i), i < 4 ? SQ_OK : SQ_PLUGIN);
    assert_true(ops->value(c->instance, 0) == gains[i]);
    clap_run(c, 64, 64, NULL, 0, NULL, 0);
    if (i < 4)
      assert_true(c->out[0][1] == (float)gains[i] && c->out[1][1] == (float)gains[i]); // both copies have it
  }
  assert_int_equal(ops->preset_name(c->instance, 5, name, sizeof name), SQ_RANGE);
  assert_int_equal(ops->preset_load(c->instance, 5), SQ_RANGE);
  Clap *other = clap_open(world, "hostile.latency", 2, 2);
  assert_int_equal(ops->n_presets(other->instance), 0); // told of, but it can load none
  clap_free(other);
  clap_free(c);
  sq_format_clap.close(world);
  unsetenv("HOSTILE_PRESETS");
  static const char *const files[] = {"a.gain", "b.txt", "empty.gain", "below/deep.gain", "below", ""};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, files[i]);
    remove(path);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_presets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
