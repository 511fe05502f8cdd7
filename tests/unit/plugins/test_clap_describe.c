// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// CLAP modules found, listed and described: ours, packaged ones, and plug-ins that are wrong in every way.
#include "unit/plugins/clap_rig.h"

#include <math.h>
#include <sys/stat.h>

static void test_the_probe(void **state) {
  void *world = clap_world("probe.clap");
  (void)state;
  const SqPluginInfo *info, *again;
  char error[256];
  assert_int_equal(sq_format_clap.describe(world, "squeezed.probe", &info, error, sizeof error), SQ_OK);
  assert_int_equal(sq_format_clap.describe(world, "squeezed.probe", &again, error, sizeof error), SQ_OK);
  assert_ptr_equal(info, again);
  const SqProcessorType *t = info->type;
  assert_string_equal(t->id, "clap:squeezed.probe");
  assert_string_equal(info->category, "Synthesizer");
  assert_int_equal(t->flags & (SQ_PROC_GENERATOR | SQ_PROC_EFFECT | SQ_PROC_NOTES), SQ_PROC_GENERATOR | SQ_PROC_NOTES);
  assert_true(info->n_in == 0 && info->n_out == 2 && info->n_extra_out == 3 && info->midi_in && !info->midi_out);
  assert_true(info->reports_latency && info->has_state && !info->has_editor);
  assert_int_equal(t->n_extra_buses, 2);
  assert_string_equal(t->extra_buses[0].id, "7");
  assert_string_equal(t->extra_buses[0].name, "What it is told");
  assert_string_equal(t->extra_buses[1].id, "42");
  assert_int_equal(t->extra_buses[1].channels, 1);
  static const char *const symbols[] = {"level",    "cutoff", "wave",       "latency",   "mode",
                                        "breaches", "ticks",  "osc_1_tune", "osc_2_tune"};
  assert_int_equal(t->n_params, 9); // neither the hidden one nor the bypass
  assert_true(info->n_params_in == 7 && info->n_params_out == 2);
  for (uint32_t i = 0; i < 9; i++)
    assert_string_equal(t->params[i].symbol, symbols[i]);
  const SqParamInfo *p = t->params;
  assert_true(p[0].value_class == SQ_CLASS_SIGNAL && !p[0].unit && p[0].max == 1);
  assert_string_equal(p[1].unit, "Hz"); // from "20.0 Hz" and "20.000 kHz"
  assert_string_equal(p[2].choices, "Sine|Sq/uare|Ramp");
  assert_true(p[2].value_class == SQ_CLASS_STEPPED && p[2].min == 0 && p[2].max == 2 && p[2].def == 0);
  assert_string_equal(p[3].unit, "frames");
  assert_true(p[3].integer && !p[3].choices && p[3].max == 4096);
  assert_true(p[5].output && !p[4].output);
  assert_string_equal(p[7].name, "Osc 1 Tune");
  sq_format_clap.close(world);
  assert_int_equal(clap_breaches(), 0);
}

typedef struct {
  uint32_t n, stop;
  bool found;
  const char *id;
} Seen;

static bool see(void *context, const SqPluginEntry *entry) {
  Seen *s = context;
  s->found |= s->id && strcmp(entry->id, s->id) == 0;
  assert_true(strncmp(entry->id, "clap:", 5) == 0 && strlen(entry->id) < 256 && strlen(entry->name) < 128);
  assert_true(entry->name[0] && entry->category && entry->author);
  return ++s->n != s->stop;
}

static bool see_module(void *context, const char *path) {
  Seen *s = context;
  s->found |= strcmp(path, s->id) == 0;
  return ++s->n != s->stop;
}

static void test_lists(void **state) {
  (void)state;
  void *world = clap_world(NULL);
  Seen s = {.id = "clap:com.zamaudio.ZaMaximX2"};
  assert_int_equal(sq_format_clap.list(world, see, &s), SQ_OK);
  assert_true(s.n >= 17 && s.found);
  s = (Seen){.stop = 2};
  assert_int_equal(sq_format_clap.list(world, see, &s), SQ_OK);
  assert_int_equal(s.n, 2);
  setenv("CLAP_PATH", "relative:/nowhere::/usr/lib/clap", 1);
  s = (Seen){.id = "/usr/lib/clap/ZaMaximX2.clap"};
  assert_int_equal(sq_format_clap.modules(world, see_module, &s), SQ_OK);
  unsetenv("CLAP_PATH");
  assert_true(s.n >= 17 && s.found);
  sq_format_clap.close(world);
}

/// Every packaged one: described and played, with names that are addresses and values within their ranges.
static bool check(void *context, const SqPluginEntry *entry) {
  Clap *c = clap_open(context, entry->id + 5, 2, 2);
  const SqProcessorType *t = c->type;
  for (uint32_t i = 0; i < t->n_params; i++) {
    const SqParamInfo *p = &t->params[i];
    assert_true(p->symbol[0] >= 'a' && p->symbol[0] <= 'z');
    assert_int_equal(strspn(p->symbol, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(p->symbol));
    assert_true(p->min <= p->def && p->def <= p->max);
    if (!p->output)
      assert_float_equal(t->plugin->value(c->instance, i), p->def, 1e-6);
  }
  for (uint32_t i = 0; i < CLAP_FRAMES; i++)
    c->in[0][i] = c->in[1][i] = 0.5f * sinf((float)i * 0.05f);
  clap_run(c, CLAP_FRAMES, 256, NULL, 0, NULL, 0);
  for (uint32_t i = 0; i < CLAP_FRAMES; i++)
    assert_true(isfinite(c->out[0][i]) && isfinite(c->out[1][i]));
  clap_free(c);
  return true;
}

static void test_packaged_ones(void **state) {
  (void)state;
  void *world = clap_world(NULL);
  assert_int_equal(sq_format_clap.list(world, check, world), SQ_OK);
  sq_format_clap.close(world);
}

static void test_wrong_files(void **state) {
  (void)state;
  void *world = clap_world(NULL);
  char error[512] = "", path[64];
  Seen s = {0};
  assert_int_equal(sq_format_clap.load(world, "/no/such.clap", see, &s, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_clap.load(world, "/tmp", see, &s, error, sizeof error), SQ_UNSUPPORTED);
  snprintf(path, sizeof path, "/tmp/wrong-%d.clap", (int)getpid());
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs("this is no module\n", f);
  fclose(f);
  assert_int_equal(sq_format_clap.load(world, path, see, &s, error, sizeof error), SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "cannot be loaded"));
  unlink(path);
  assert_int_equal(sq_format_clap.load(world, "/usr/lib/ladspa/ZamDelay-ladspa.so", see, &s, error, sizeof error),
                   SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "not a CLAP module"));
  assert_int_equal(s.n, 0);
  const SqPluginInfo *info;
  assert_int_equal(sq_format_clap.describe(world, "no.such", &info, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_clap.describe(world, "", &info, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_clap.describe(world, "\xff\n", &info, error, sizeof error), SQ_NOT_FOUND);
  sq_format_clap.close(world);
}

/// Each is refused with a reason where it is wrong, and mended where that can be.
static void test_hostile_plugins(void **state) {
  static const struct {
    const char *id, *reason;
    SqStatus described, created;
  } all[] = {{"hostile.params", "2147483648 parameters", SQ_UNSUPPORTED, SQ_OK},
             {"hostile.ports", "1000000 audio inputs", SQ_UNSUPPORTED, SQ_OK},
             {"hostile.channels", "100000 channels", SQ_UNSUPPORTED, SQ_OK},
             {"hostile.nothing", "no such plug-in", SQ_PLUGIN, SQ_OK},
             {"hostile.holes", "without its functions", SQ_PLUGIN, SQ_OK},
             {"hostile.init", "refuses to start", SQ_PLUGIN, SQ_OK},
             {"hostile.activate", "refuses to work at 48000 Hz", SQ_OK, SQ_PLUGIN},
             {"hostile.garbage", "", SQ_OK, SQ_OK},
             {"hostile.start", "", SQ_OK, SQ_OK},
             {"hostile.latency", "", SQ_OK, SQ_OK},
             {"hostile.tables", "", SQ_OK, SQ_OK}};
  (void)state;
  void *world = clap_world("hostile.clap");
  Seen s = {.id = "clap:hostile.echo"};
  char error[512];
  assert_int_equal(sq_format_clap.load(world, clap_path("hostile.clap"), see, &s, error, sizeof error), SQ_OK);
  assert_true(s.n == 12 && s.found); // those that have an identifier, each once
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    const SqPluginInfo *info;
    SqStatus status = sq_format_clap.describe(world, all[i].id, &info, error, sizeof error);
    if (status != all[i].described || (status != SQ_OK && !strstr(error, all[i].reason)))
      fail_msg("%s: %d %s", all[i].id, (int)status, error);
    if (status != SQ_OK)
      continue;
    Clap *c = clap_new(world, all[i].id, 2, 2);
    assert_int_equal(c->type->create(c->type, &c->setup, &c->instance), all[i].created);
    if (all[i].created != SQ_OK) {
      assert_non_null(strstr(c->error, all[i].reason));
      c->instance = NULL;
      clap_free(c);
      continue;
    }
    for (uint32_t p = 0; p < c->type->n_params; p++) {
      char text[32];
      assert_true(isfinite(c->type->plugin->value(c->instance, p)));
      c->type->plugin->value_text(c->instance, p, 1e9, text, sizeof text);
      assert_true(strlen(text) < sizeof text);
    }
    c->in[0][0] = 1;
    clap_run(c, 256, 64, NULL, 0, NULL, 0);
    c->type->plugin->idle(c->instance);
    assert_true(c->n_said == 0 && c->type->latency(c->instance) == 0);
    if (strcmp(all[i].id, "hostile.start") == 0)
      assert_true(c->out[0][0] == 0);
    clap_free(c);
  }
  sq_format_clap.close(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_probe), cmocka_unit_test(test_lists),
                                     cmocka_unit_test(test_packaged_ones), cmocka_unit_test(test_wrong_files),
                                     cmocka_unit_test(test_hostile_plugins)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
