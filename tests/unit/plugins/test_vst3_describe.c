// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// VST3 modules found, loaded and told of; those that are wrong refused or repaired.
#include "unit/plugins/vst3_rig.h"

#include <math.h>
#include <strings.h>
#include <sys/stat.h>

#include "plugins/vst3/abi.h"

typedef struct {
  uint32_t n, n_zam;
  char ids[64][64], names[64][128];
} Seen;

static bool see(void *context, const SqPluginEntry *entry) {
  Seen *seen = context;
  assert_true(seen->n < 64);
  snprintf(seen->ids[seen->n], 64, "%s", entry->id);
  snprintf(seen->names[seen->n++], 128, "%s", entry->name);
  seen->n_zam += strcmp(entry->author, "Damien Zammit") == 0;
  return true;
}

static bool see_module(void *context, const char *path) {
  Seen *seen = context;
  seen->n_zam += strstr(path, "/usr/lib/vst3/Za") != NULL;
  seen->n += strstr(path, "probe.vst3") != NULL;
  return true;
}

static void modules_are_found_without_loading(void **state) {
  (void)state;
  char folder[1024];
  snprintf(folder, sizeof folder, "/nowhere:%s", clap_path("."));
  setenv("VST3_PATH", folder, 1);
  void *world = clap_world(NULL);
  Seen seen = {0};
  assert_int_equal(sq_format_vst3.modules(world, see_module, &seen), SQ_OK);
  assert_int_equal(seen.n_zam, 17);
  assert_int_equal(seen.n, 1);
  const SqPluginInfo *info;
  char error[256];
  assert_int_equal(sq_format_vst3.describe(world, "no digits", &info, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_vst3.describe(world, "00112233445566778899aabbccddeeff", &info, error, sizeof error),
                   SQ_NOT_FOUND);
  assert_int_equal(sq_format_vst3.describe(world, "73717a0250524f424500000000000002", &info, error, sizeof error),
                   SQ_OK);
  assert_string_equal(info->type->id, "vst3:" GAIN);
  unsetenv("VST3_PATH");
  sq_format_vst3.close(world);
}

static void classes_are_told_of(void **state) {
  (void)state;
  void *world = clap_world(NULL);
  Seen seen = {0};
  char error[512];
  assert_int_equal(sq_format_vst3.load(world, clap_path("probe.vst3"), see, &seen, error, sizeof error), SQ_OK);
  assert_int_equal(seen.n, 3); // the controller is none
  assert_string_equal(seen.ids[0], "vst3:" SYNTH);
  assert_string_equal(seen.names[0], "Probe Synth");
  const SqPluginInfo *info, *again;
  assert_int_equal(sq_format_vst3.describe(world, SYNTH, &info, error, sizeof error), SQ_OK);
  assert_int_equal(sq_format_vst3.describe(world, SYNTH, &again, error, sizeof error), SQ_OK);
  assert_ptr_equal(info, again);
  assert_true(info->n_in == 0 && info->n_out == 2 && info->n_side == 1 && info->n_extra_out == 3 && info->midi_in &&
              info->midi_out && info->has_editor && info->n_params_in == 7 && info->n_params_out == 2);
  const SqProcessorType *type = info->type;
  assert_true(type->flags & SQ_PROC_GENERATOR && !(type->flags & SQ_PROC_EFFECT) && type->flags & SQ_PROC_NOTES);
  assert_string_equal(info->category, "Instrument");
  assert_int_equal(type->n_extra_buses, 2);
  assert_string_equal(type->extra_buses[0].id, "bus2");
  assert_string_equal(type->extra_buses[0].name, "What it hears");
  assert_true(type->extra_buses[0].channels == 2 && type->extra_buses[1].channels == 1);
  assert_int_equal(sq_format_vst3.describe(world, GAIN, &info, error, sizeof error), SQ_OK);
  assert_true(info->n_in == 2 && info->type->flags & SQ_PROC_EFFECT && !(info->type->flags & SQ_PROC_GENERATOR));
  assert_string_equal(info->category, "Tools");
  assert_string_equal(info->author, "squeezed tests");
  sq_format_vst3.close(world);
}

static void parameters_have_plain_units(void **state) {
  (void)state;
  void *world = clap_world("probe.vst3");
  Clap *c = clap_new(world, SYNTH, 0, 2);
  const SqParamInfo *params = c->type->params, *cut = &params[clap_param(c, "cut_off")];
  assert_int_equal(c->type->n_params, 9); // neither the hidden nor those of MIDI, bypass and programs
  assert_true(cut->min == 20 && cut->max == 20000 && fabs(cut->def - 632.4555) < 0.001 && cut->scale == SQ_SCALE_LOG);
  assert_string_equal(cut->unit, "Hz");
  const SqParamInfo *curve = &params[clap_param(c, "curve")], *wave = &params[clap_param(c, "wave")];
  assert_true(curve->min == 0 && curve->max == 100 && fabs(curve->def - 12.5) < 1e-6 && !curve->integer);
  assert_string_equal(wave->choices, "Sine|Sq/uare|Ramp");
  assert_true(wave->value_class == SQ_CLASS_STEPPED && wave->max == 2);
  const SqParamInfo *count = &params[clap_param(c, "count")];
  assert_true(count->min == 1 && count->max == 16 && count->def == 16 && count->integer && !count->choices);
  assert_true(params[clap_param(c, "meter")].output && !params[clap_param(c, "level")].output);
  clap_create(c);
  for (int i = 0; i <= 100; i++) { // what is set is what is read, along each law
    SqRtEvent set = {.kind = SQ_EVENT_PARAM, .index = clap_param(c, "curve"), .value = i};
    clap_run(c, 64, 64, &set, 1, NULL, 0);
    assert_true(fabs(c->type->plugin->value(c->instance, set.index) - i) < 1e-6);
  }
  clap_free(c);
  sq_format_vst3.close(world);
}

static void what_is_no_module_is_refused(void **state) {
  (void)state;
  char folder[] = "/tmp/test-vst3-XXXXXX", path[256], error[512];
  assert_non_null(mkdtemp(folder));
  void *world = clap_world(NULL);
  Seen seen = {0};
  snprintf(path, sizeof path, "%s/none.vst3", folder);
  assert_int_equal(sq_format_vst3.load(world, path, see, &seen, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(mkdir(path, 0777), 0);
  assert_int_equal(sq_format_vst3.load(world, path, see, &seen, error, sizeof error), SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "Contents/" VST3_MACHINE));
  assert_int_equal(rmdir(path), 0);
  snprintf(path, sizeof path, "%s/text.vst3", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs("this is no library\n", f);
  fclose(f);
  assert_int_equal(sq_format_vst3.load(world, path, see, &seen, error, sizeof error), SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "text.vst3"));
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(folder), 0);
  assert_int_equal(sq_format_vst3.load(world, clap_path("probe.clap"), see, &seen, error, sizeof error),
                   SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "GetPluginFactory"));
  assert_int_equal(seen.n, 0);
  sq_format_vst3.close(world);
}

/// The one of the hostile module that is wrong in a way: by its name.
static const char *id_of(const Seen *seen, const char *name) {
  for (uint32_t i = 0; i < seen->n; i++)
    if (strncmp(seen->names[i], name, strlen(name)) == 0)
      return seen->ids[i] + 5;
  fail_msg("none is called %s", name);
  return NULL;
}

static void the_hostile_are_refused(void **state) {
  static const struct {
    const char *name, *word;
  } refused[] = {{"params", "1000000 parameters"},
                 {"buses", "2147483647 buses"},
                 {"channels", "-3 channels"},
                 {"nothing", "component"},
                 {"starts", "refuses to start"}};
  static const char *const made[][2] = {{"sets_up", "refuses to process"}, {"activates", "refuses to become active"}};
  (void)state;
  void *world = clap_world(NULL);
  Seen seen = {0};
  char error[512];
  assert_int_equal(sq_format_vst3.load(world, clap_path("hostile.vst3"), see, &seen, error, sizeof error), SQ_OK);
  assert_int_equal(seen.n, 15); // each once, however often it is named
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    const SqPluginInfo *info;
    assert_int_equal(sq_format_vst3.describe(world, id_of(&seen, refused[i].name), &info, error, sizeof error),
                     SQ_UNSUPPORTED);
    if (!strstr(error, refused[i].word))
      fail_msg("%s: %s", refused[i].name, error);
  }
  for (size_t i = 0; i < 2; i++) {
    Clap *c = clap_new(world, id_of(&seen, made[i][0]), 1, 1);
    assert_int_equal(c->type->create(c->type, &c->setup, &c->instance), SQ_PLUGIN);
    if (!strstr(c->error, made[i][1]))
      fail_msg("%s: %s", made[i][0], c->error);
    c->instance = NULL;
    clap_free(c);
  }
  sq_format_vst3.close(world);
}

static void the_hostile_are_repaired(void **state) {
  static const char *const names[] = {"texts", "ranges", "twins", "latency", "flood", "window", "restarts", "negative"};
  (void)state;
  void *world = clap_world(NULL);
  Seen seen = {0};
  char text[64];
  assert_int_equal(sq_format_vst3.load(world, clap_path("hostile.vst3"), see, &seen, text, sizeof text), SQ_OK);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    Clap *c = clap_open(world, id_of(&seen, names[i]), 2, 2);
    for (uint32_t p = 0; p < c->type->n_params; p++) {
      const SqParamInfo *info = &c->type->params[p];
      assert_true(isfinite(info->min) && isfinite(info->max) && info->min < info->max);
      assert_true(info->def >= info->min && info->def <= info->max && *info->symbol && *info->name);
      CALL(c, value_text, p, info->def, text, sizeof text);
      double value;
      assert_int_equal(CALL(c, text_value, p, "1", &value), SQ_BAD_ARGS);
    }
    assert_int_equal(c->type->n_params, i == 7 ? 0 : i == 0 ? 3 : i == 2 ? 2 : 4);
    assert_int_equal(c->type->latency(c->instance), 0);
    c->in[1][63] = 0.5f;
    clap_run(c, 640, 64, NULL, 0, NULL, 0);
    assert_true(i == 7 ? c->out[1][63] == 0.5f : c->out[1][63] == 0.5f && c->out[0][63] == 0);
    for (uint32_t s = 0; s < c->n_said; s++)
      assert_true(c->said[s].offset < 640 && isfinite(c->said[s].key));
    c->type->plugin->idle(c->instance);
    assert_int_equal(vst3_told(c, SQ_NEWS_RESTART), 0); // nor is one that always asks for a restart given one so soon
    for (int k = 0; k < 6; k++)                         // a second
      clap_run(c, CLAP_FRAMES, CLAP_BLOCK, NULL, 0, NULL, 0);
    c->type->plugin->idle(c->instance);
    const bool asks = i == 4 || i == 6;
    assert_int_equal(vst3_told(c, SQ_NEWS_RESTART), asks);
    uint32_t width, height;
    const SqEditorSetup window = {.window = 1};
    assert_int_equal(CALL(c, editor_size, &width, &height), SQ_UNSUPPORTED);
    assert_int_equal(CALL(c, editor_open, &window), i == 5 ? SQ_PLUGIN : SQ_UNSUPPORTED);
    SqBlob blob = {0}; // without a state the values are all
    assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
    assert_int_equal(CALL(c, restore, &blob), SQ_OK);
    free(blob.data);
    clap_free(c);
  }
  sq_format_vst3.close(world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(modules_are_found_without_loading), cmocka_unit_test(classes_are_told_of),
      cmocka_unit_test(parameters_have_plain_units),       cmocka_unit_test(what_is_no_module_is_refused),
      cmocka_unit_test(the_hostile_are_refused),           cmocka_unit_test(the_hostile_are_repaired)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
