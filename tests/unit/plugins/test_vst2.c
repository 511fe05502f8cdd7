// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted VST2 as packaged: instruments, programs, chunks, latency, many outputs, plug-ins with no state at all.
#include "unit/plugins/rig.h"

#include <math.h>

#include "plugins/list.h"
#include "plugins/plugin.h"

#define AMSYNTH "/usr/lib/vst/amsynth_vst.so"
#define NEKOBI "/usr/lib/vst/Nekobi-vst.so"
#define SPLITTER "/usr/lib/vst/3BandSplitter-vst.so"
#define ZYN "/usr/lib/vst/ZynAddSubFX.so"
#define LSP "/usr/lib/vst/lsp-plugins/"
#define N 9600

/// What these two leave behind when they are closed; told to the leak sanitizer.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:amsynth_vst.so\nleak:ZynAddSubFX.so";
}

static char error[512];
static float one[2][N], two[2][N];
static float *const ones[2] = {one[0], one[1]}, *const twos[2] = {two[0], two[1]};

static int set_up(void **state) {
  setenv("HOME", "/nonexistent", 1); // amsynth and Zyn would write there
  return sq_format_vst2.open(&(SqFormatConfig){.rate_hz = RIG_RATE}, state) != SQ_OK;
}

static int tear_down(void **state) {
  sq_format_vst2.close(*state);
  return 0;
}

static const SqPluginInfo *info_of(void *world, const char *path) {
  const SqPluginInfo *info = NULL;
  if (sq_format_vst2.describe(world, path, &info, error, sizeof error) != SQ_OK)
    fail_msg("%s: %s", path, error);
  return info;
}

static void open_rig(Rig *rig, void *world, const char *path, uint32_t n_in, uint32_t n_out, const SqBlob *blob) {
  memset(rig, 0, sizeof *rig);
  rig->type = info_of(world, path)->type;
  rig->n_in = n_in;
  rig->n_out = n_out;
  SqProcSetup setup = rig_setup(rig);
  setup.state = blob;
  if (blob)
    sq_format_vst2.state_values(world, info_of(world, path), blob, rig->params);
  if (rig->type->create(rig->type, &setup, &rig->instance) != SQ_OK)
    fail_msg("%s: %s", path, rig->error);
}

static float peak_of(const float *x, uint32_t from, uint32_t to) {
  float peak = 0;
  for (uint32_t i = from; i < to; i++)
    peak = fmaxf(peak, fabsf(x[i]));
  return peak;
}

static SqRtEvent note_at(uint32_t offset) {
  return (SqRtEvent){.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 0.8, .id = 1, .offset = offset};
}

static void test_a_note_sounds_at_its_frame(void **state) {
  Rig rig;
  SqRtEvent on = note_at(1000);
  open_rig(&rig, *state, AMSYNTH, 0, 2, NULL);
  rig_run(&rig, NULL, ones, N, 256, &on, 1);
  assert_float_equal(peak_of(one[0], 0, 1000), 0, 0);
  assert_true(peak_of(one[0], 1000, 1064) > 0);
  assert_true(peak_of(one[0], 1000, N) > 0.05f);
  rig_close(&rig);
}

/// A program is another sound; its state makes that sound in a new instance, whose values are the same.
static void test_programs_and_chunks(void **state) {
  Rig rig, again;
  char names[2][64];
  SqBlob blob = {.size = 0};
  SqRtEvent on = note_at(0);
  open_rig(&rig, *state, AMSYNTH, 0, 2, NULL);
  const SqPluginOps *ops = rig.type->plugin;
  assert_true(ops->n_presets(rig.instance) > 100);
  assert_int_equal(ops->preset_name(rig.instance, 3, names[0], sizeof names[0]), SQ_OK);
  assert_int_equal(ops->preset_name(rig.instance, 4, names[1], sizeof names[1]), SQ_OK);
  assert_string_not_equal(names[0], names[1]);
  double before[64], after = 0;
  assert_in_range(rig.type->n_params, 40, 64);
  for (uint32_t i = 0; i < rig.type->n_params; i++)
    before[i] = ops->value(rig.instance, i);
  assert_int_equal(ops->preset_load(rig.instance, 3), SQ_OK);
  for (uint32_t i = 0; i < rig.type->n_params; i++)
    after += fabs(ops->value(rig.instance, i) - before[i]);
  assert_true(after > 0.1);
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  open_rig(&again, *state, AMSYNTH, 0, 2, &blob);
  for (uint32_t i = 0; i < rig.type->n_params; i++)
    assert_float_equal(again.type->plugin->value(again.instance, i), ops->value(rig.instance, i), 1e-6);
  rig_run(&again, NULL, twos, N, 256, &on, 1);
  assert_true(peak_of(two[0], 0, N) > 0.01f);
  rig_close(&rig);
  rig_close(&again);
  free(blob.data);
}

static void test_the_old_entry_and_threads_of_its_own(void **state) {
  Rig rig;
  SqBlob blob = {.size = 0};
  SqRtEvent on = note_at(0);
  open_rig(&rig, *state, ZYN, 0, 2, NULL);
  assert_false(info_of(*state, ZYN)->has_editor);
  assert_int_equal(rig.type->plugin->editor_open(rig.instance, &(SqEditorSetup){.window = 1}), SQ_UNSUPPORTED);
  rig_run(&rig, NULL, ones, N, 256, &on, 1);
  assert_true(peak_of(one[0], 0, N) > 0.005f);
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  assert_true(blob.size > 10000);
  assert_int_equal(rig.type->plugin->restore(rig.instance, &blob), SQ_OK);
  free(blob.data);
  rig_close(&rig);
}

/// Mono, without chunks: its values are its state, and the same values sound the same.
static void test_a_plugin_without_a_state(void **state) {
  Rig rig;
  SqBlob blob = {.size = 0};
  SqRtEvent events[3] = {{.kind = SQ_EVENT_PARAM, .index = 0, .value = 1}, // triangle
                         {.kind = SQ_EVENT_PARAM, .index = 2, .value = 0.9},
                         note_at(0)};
  open_rig(&rig, *state, NEKOBI, 0, 2, NULL);
  assert_false(info_of(*state, NEKOBI)->has_state);
  assert_string_equal(rig.type->params[0].choices, "Square|Triangle");
  rig_run(&rig, NULL, ones, N, 256, events, 3);
  assert_true(peak_of(one[0], 0, N) > 0.01f);
  assert_memory_equal(one[0], one[1], sizeof one[0]); // one output goes to all channels
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  rig_close(&rig);
  open_rig(&rig, *state, NEKOBI, 0, 2, &blob);
  rig_run(&rig, NULL, twos, N, 256, &events[2], 1);
  assert_memory_equal(one[0], two[0], sizeof one[0]);
  rig_close(&rig);
  free(blob.data);
}

/// Six outputs: a main pair and two more; together they are what went in.
static void test_more_outputs_than_two(void **state) {
  static float in[2][2048], extra[4][2048];
  const float *const ins[2] = {in[0], in[1]};
  float *heard[4] = {extra[0], extra[1], extra[2], extra[3]}, *outs[2] = {one[0], one[1]};
  Rig rig;
  for (uint32_t i = 0; i < 2048; i++)
    in[0][i] = in[1][i] = 0.5f * sinf((float)i * 0.01f);
  open_rig(&rig, *state, SPLITTER, 2, 2, NULL);
  assert_int_equal(rig.type->n_extra_buses, 2);
  SqRtBlock block = {.n_frames = 2048, .n_in = 2, .n_out = 2, .in = ins, .out = outs, .extra = heard, .n_extra = 4};
  rig.type->process(rig.instance, &block);
  assert_true(peak_of(one[0], 0, 2048) > 0.05f);
  assert_true(peak_of(extra[0], 0, 2048) > 0.01f);
  rig_close(&rig);
  const SqPluginInfo *info = info_of(*state, LSP "multisampler-x12-do.so");
  assert_int_equal(info->n_out, 2);
  assert_int_equal(info->n_extra_out, 24);
  assert_int_equal(info->type->n_extra_buses, 12);
  assert_string_equal(info->type->extra_buses[11].id, "out25");
}

static void test_latency_delays_as_told(void **state) {
  static float in[2][N];
  const float *const ins[2] = {in[0], in[1]};
  Rig rig;
  open_rig(&rig, *state, LSP "limiter-stereo.so", 2, 2, NULL);
  uint32_t latency = rig.type->latency(rig.instance);
  in[0][4800] = in[1][4800] = 0.1f; // far below the threshold
  rig_run(&rig, ins, ones, N, 256, NULL, 0);
  uint32_t at = 0;
  for (uint32_t i = 0; i < N; i++)
    if (fabsf(one[0][i]) > fabsf(one[0][at]))
      at = i;
  printf("limiter-stereo: latency %u, an impulse comes out after %d\n", latency, (int)at - 4800);
  assert_true(latency > 100);
  assert_int_equal(at, 4800 + latency);
  rig_close(&rig);
}

static bool refuse(void *context, const SqPluginEntry *entry) {
  (void)context, (void)entry;
  return false;
}

static bool count_one(void *context, const SqPluginEntry *entry) {
  assert_true(strncmp(entry->id, "vst2:/", 6) == 0 && *entry->name);
  ++*(uint32_t *)context;
  return true;
}

static void test_modules(void **state) {
  uint32_t n = 0, first = 0;
  assert_int_equal(sq_format_vst2.list(*state, count_one, &n), SQ_OK);
  assert_true(n > 100);
  assert_int_equal(sq_format_vst2.list(*state, refuse, &first), SQ_OK);
  assert_int_equal(sq_format_vst2.load(*state, AMSYNTH, count_one, &first, error, sizeof error), SQ_OK);
  assert_int_equal(first, 1);
  assert_int_equal(sq_format_vst2.load(*state, LSP "lsp-plugins-vst2-1.2.5.so", count_one, &first, error, sizeof error),
                   SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "no entry"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_note_sounds_at_its_frame),
      cmocka_unit_test(test_programs_and_chunks),
      cmocka_unit_test(test_the_old_entry_and_threads_of_its_own),
      cmocka_unit_test(test_a_plugin_without_a_state),
      cmocka_unit_test(test_more_outputs_than_two),
      cmocka_unit_test(test_latency_delays_as_told),
      cmocka_unit_test(test_modules),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
