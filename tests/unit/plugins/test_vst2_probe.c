// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted VST2 by a plug-in of our own: what it is given to the frame, what it tells, what it asks, and its lies.
#include "unit/plugins/rig.h"

#include <math.h>
#include <unistd.h>

#include "plugins/list.h"
#include "plugins/plugin.h"
#include "plugins/vst2/world.h"

#define N 1024
#define MAX_NEWS 64

enum { GAIN, MODE, ACT, LEVEL };

typedef struct {
  uint32_t what, index;
  double value;
} News;

typedef struct {
  void *world;
  char path[512];
  News news[MAX_NEWS];
  uint32_t n_news;
  SqServices services;
} Fixture;

static char error[512];
static float in[2][N], out[2][N];
static const float *const ins[2] = {in[0], in[1]};
static float *const outs[2] = {out[0], out[1]};

static void hear(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  Fixture *f = context;
  (void)instance;
  assert_true(f->n_news < MAX_NEWS);
  f->news[f->n_news++] = (News){what, index, value};
}

static bool ignore(void *context, const SqPluginEntry *entry) {
  (void)context, (void)entry;
  return true;
}

static int set_up(void **state) {
  static Fixture f;
  ssize_t n = readlink("/proc/self/exe", f.path, sizeof f.path - 64);
  char *at = n > 0 ? strstr(f.path, "/tests/unit/") : NULL;
  if (!at)
    return 1;
  snprintf(at, 64, "/tests/plugins/probe_vst2.so");
  f.services = (SqServices){.context = &f, .news = hear};
  *state = &f;
  return sq_format_vst2.open(&(SqFormatConfig){.rate_hz = RIG_RATE}, &f.world) != SQ_OK ||
         sq_format_vst2.load(f.world, f.path, ignore, NULL, error, sizeof error) != SQ_OK;
}

static int tear_down(void **state) {
  sq_format_vst2.close(((Fixture *)*state)->world);
  return 0;
}

static const SqPluginInfo *info_of(Fixture *f) {
  const SqPluginInfo *info = NULL;
  if (sq_format_vst2.describe(f->world, f->path, &info, error, sizeof error) != SQ_OK)
    fail_msg("%s", error);
  return info;
}

/// Makes an instance; `params` false: the plug-in's own values.
static void open_rig(Rig *rig, Fixture *f, uint32_t n, const SqBlob *blob, bool params) {
  memset(rig, 0, sizeof *rig);
  f->n_news = 0;
  rig->type = info_of(f)->type;
  rig->n_in = rig->n_out = n;
  SqProcSetup setup = rig_setup(rig);
  setup.services = &f->services;
  setup.state = blob;
  setup.params = params ? rig->params : NULL;
  if (rig->type->create(rig->type, &setup, &rig->instance) != SQ_OK)
    fail_msg("%s", rig->error);
}

static void fill(void) {
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < N; i++)
      in[c][i] = sinf((float)(i * (c + 1)) * 0.01f);
}

static SqRtEvent set(uint32_t param, double value, uint32_t offset) {
  return (SqRtEvent){.kind = SQ_EVENT_PARAM, .index = param, .value = value, .offset = offset};
}

static void test_what_it_is(void **state) {
  const SqPluginInfo *info = info_of(*state);
  const SqParamInfo *p = info->type->params;
  assert_string_equal(info->type->name, "Probe ?");
  assert_string_equal(info->category, "Instrument");
  assert_int_equal(info->n_in, 2);
  assert_int_equal(info->n_out, 2);
  assert_int_equal(info->n_extra_out, 3);
  assert_int_equal(info->type->n_extra_buses, 2);
  assert_string_equal(info->type->extra_buses[0].id, "out3");
  assert_int_equal(info->type->extra_buses[0].channels, 2);
  assert_string_equal(info->type->extra_buses[1].id, "out5");
  assert_int_equal(info->type->extra_buses[1].channels, 1);
  assert_true(info->midi_in && info->midi_out && info->has_state && info->has_editor && info->reports_latency);
  assert_true(info->type->flags & SQ_PROC_GENERATOR && info->type->flags & SQ_PROC_EFFECT);
  assert_float_equal(p[GAIN].def, 0.5, 0); // the host answered all questions within the entry
  assert_string_equal(p[MODE].choices, "Soft|Hard/er|?");
  assert_float_equal(p[MODE].max, 2, 0);
  assert_null(p[LEVEL].choices);
  assert_string_equal(p[LEVEL].symbol, "gain_2");
}

/// Values and notes at odd frames, any period: each on its frame.
static void test_values_and_notes_at_their_frames(void **state) {
  const uint32_t blocks[4] = {1024, 1, 17, 256};
  SqRtEvent events[4] = {set(GAIN, 1, 101),
                         {.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 1, .id = 3, .offset = 300},
                         set(GAIN, 0.25, 301),
                         {.kind = SQ_EVENT_NOTE_ON, .key = 64, .value = 64 / 127.0, .id = 4, .offset = 301}};
  fill();
  for (uint32_t k = 0; k < 4; k++) {
    Rig rig;
    open_rig(&rig, *state, 2, NULL, true);
    rig_run(&rig, ins, outs, N, blocks[k], events, 4);
    for (uint32_t i = 0; i < N; i++) {
      float note = i == 300 ? 1 : i == 301 ? 64 / 127.0f : 0;
      assert_float_equal(out[0][i], in[0][i] * (i < 101 ? 0.5f : i < 301 ? 1 : 0.25f) + note, 1e-6);
      assert_float_equal(out[1][i], in[1][i], 0);
    }
    assert_float_equal(rig.type->plugin->value(rig.instance, GAIN), 0.25, 0);
    rig.type->plugin->idle(rig.instance);
    assert_int_equal(((Fixture *)*state)->n_news, 0); // its echo of what the host set is no news
    rig_close(&rig);
  }
}

static void test_extra_outputs(void **state) {
  Rig rig;
  static float extra[3][64], left[64], right[64];
  float *heard[3] = {extra[0], NULL, extra[2]}, *to[2] = {left, right};
  open_rig(&rig, *state, 2, NULL, true);
  SqRtBlock block = {.n_frames = 64, .n_in = 2, .n_out = 2, .in = ins, .out = to, .extra = heard, .n_extra = 3};
  rig.type->process(rig.instance, &block);
  for (uint32_t i = 0; i < 64; i++) {
    assert_float_equal(extra[0][i], 2, 0);
    assert_float_equal(extra[2][i], 4, 0);
    assert_float_equal(extra[1][i], 0, 0);
  }
  block.extra = NULL;
  block.n_extra = 0;
  memset(extra, 0, sizeof extra);
  rig.type->process(rig.instance, &block);
  assert_float_equal(extra[0][5], 0, 0);
  rig_close(&rig);
}

/// What it says in its block comes out at the frame; a count that cannot be is nothing.
static void test_midi_out(void **state) {
  Rig rig;
  SqRtEvent events[3] = {set(ACT, 0.1, 0),
                         {.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 1, .offset = 333},
                         {.kind = SQ_EVENT_NOTE_OFF, .key = 60, .value = 0, .offset = 700}};
  open_rig(&rig, *state, 2, NULL, true);
  rig_run(&rig, ins, outs, N, 256, events, 3);
  assert_int_equal(rig.n_out_events, 2);
  assert_int_equal(rig.out_events[0].kind, SQ_EVENT_NOTE_ON);
  assert_float_equal(rig.out_events[0].key, 72, 0);
  assert_int_equal(rig.out_events[0].offset, 333);
  assert_int_equal(rig.out_events[1].kind, SQ_EVENT_NOTE_OFF);
  assert_int_equal(rig.out_events[1].offset, 700);
  events[0] = set(ACT, 0.5, 0);
  rig.n_out_events = 0;
  rig_run(&rig, ins, outs, N, 256, events, 3);
  assert_int_equal(rig.n_out_events, 0);
  rig_close(&rig);
}

static void test_it_knows_the_time_and_where_it_runs(void **state) {
  Rig rig;
  SqRtEvent events[1] = {set(ACT, 0.4, 0)};
  open_rig(&rig, *state, 2, NULL, true);
  rig.time = (SqRtTime){.rolling = true, .bpm = 120, .beats = 9, .beats_per_bar = 3, .beat_unit = 4};
  rig_run(&rig, ins, outs, 64, 64, events, 1);
  assert_float_equal(out[0][0], 120.009f, 1e-4);
  assert_float_equal(out[0][1], 2, 0); // on the audio thread
  rig_close(&rig);
}

static void test_news(void **state) {
  Fixture *f = *state;
  Rig rig;
  open_rig(&rig, f, 2, NULL, true);
  assert_int_equal(rig.type->latency(rig.instance), 5);
  assert_int_equal(rig.type->tail(rig.instance), 4800);
  SqRtEvent later = set(ACT, 0.2, 0), touch = set(ACT, 0.3, 0);
  rig_run(&rig, ins, outs, 64, 64, &later, 1);
  assert_int_equal(f->n_news, 0); // never from the audio thread
  rig.type->plugin->idle(rig.instance);
  assert_int_equal(f->n_news, 1);
  assert_int_equal(f->news[0].what, SQ_NEWS_LATENCY);
  assert_float_equal(f->news[0].value, 77, 0);
  assert_int_equal(rig.type->latency(rig.instance), 77);
  rig_run(&rig, ins, outs, 64, 64, &touch, 1);
  rig.type->plugin->idle(rig.instance);
  assert_int_equal(f->n_news, 2);
  assert_int_equal(f->news[1].what, SQ_NEWS_VALUE);
  assert_int_equal(f->news[1].index, LEVEL);
  assert_float_equal(f->news[1].value, 0.75, 0);
  rig.type->plugin->idle(rig.instance);
  assert_int_equal(f->n_news, 2);
  rig_close(&rig);
}

/// The window's size is asked before and after it opens; a hand on a knob is heard, whatever else it claims.
static void test_window(void **state) {
  Fixture *f = *state;
  Rig rig;
  uint32_t width = 0, height = 0;
  open_rig(&rig, f, 2, NULL, true);
  const SqPluginOps *ops = rig.type->plugin;
  assert_int_equal(ops->editor_size(rig.instance, &width, &height), SQ_OK); // it has none before it is open
  assert_true(width > 0 && height > 0);
  assert_int_equal(ops->editor_open(rig.instance, &(SqEditorSetup){.window = 0}), SQ_UNSUPPORTED);
  assert_int_equal(ops->editor_open(rig.instance, &(SqEditorSetup){.window = 1234}), SQ_OK);
  assert_int_equal(f->n_news, 1);
  assert_int_equal(f->news[0].what, SQ_NEWS_EDITOR_SIZE);
  assert_int_equal(f->news[0].index, 410);
  assert_float_equal(f->news[0].value, 310, 0);
  assert_int_equal(ops->editor_size(rig.instance, &width, &height), SQ_OK);
  assert_int_equal(width, 400);
  ops->idle(rig.instance);
  const uint32_t whats[3] = {SQ_NEWS_GESTURE_BEGIN, SQ_NEWS_VALUE, SQ_NEWS_GESTURE_END};
  assert_int_equal(f->n_news, 4);
  for (uint32_t i = 0; i < 3; i++) {
    assert_int_equal(f->news[1 + i].what, whats[i]);
    assert_int_equal(f->news[1 + i].index, LEVEL);
  }
  assert_float_equal(ops->value(rig.instance, LEVEL), 0.5, 0);
  ops->editor_close(rig.instance);
  ops->idle(rig.instance);
  assert_int_equal(f->n_news, 4);
  rig_close(&rig);
}

static void test_texts_both_ways(void **state) {
  Rig rig;
  char text[64];
  double value = -1;
  open_rig(&rig, *state, 2, NULL, true);
  const SqPluginOps *ops = rig.type->plugin;
  assert_int_equal(ops->value_text(rig.instance, GAIN, 0.5, text, sizeof text), SQ_OK);
  assert_string_equal(text, "0.00 dB");
  assert_int_equal(ops->value_text(rig.instance, GAIN, 1, text, sizeof text), SQ_OK);
  assert_string_equal(text, "20.00 dB");
  assert_float_equal(ops->value(rig.instance, GAIN), 0.5, 0); // what sounds was not moved
  assert_int_equal(ops->value_text(rig.instance, MODE, 1, text, sizeof text), SQ_OK);
  assert_string_equal(text, "Hard|er");
  assert_int_equal(ops->text_value(rig.instance, MODE, "hard|er", &value), SQ_OK);
  assert_float_equal(value, 1, 0);
  assert_int_equal(ops->text_value(rig.instance, GAIN, "-10 dB", &value), SQ_OK);
  assert_float_equal(value, 0.25, 1e-3);
  assert_int_equal(ops->text_value(rig.instance, GAIN, "-20", &value), SQ_OK);
  assert_float_equal(value, 0, 0);
  assert_int_equal(ops->text_value(rig.instance, GAIN, "60", &value), SQ_BAD_ARGS);
  assert_int_equal(ops->text_value(rig.instance, GAIN, "loud", &value), SQ_BAD_ARGS);
  assert_int_equal(ops->text_value(rig.instance, MODE, "soft and hard", &value), SQ_BAD_ARGS);
  assert_int_equal(ops->text_value(rig.instance, 99, "1", &value), SQ_BAD_ARGS);
  rig_close(&rig);
}

static void test_programs(void **state) {
  Rig rig;
  char name[64];
  open_rig(&rig, *state, 4, NULL, true); // two copies
  const SqPluginOps *ops = rig.type->plugin;
  assert_int_equal(ops->n_presets(rig.instance), 4);
  assert_int_equal(ops->preset_name(rig.instance, 3, name, sizeof name), SQ_OK); // told only by changing to it
  assert_string_equal(name, "Prog 3");
  assert_float_equal(ops->value(rig.instance, GAIN), 0.5, 0);
  assert_int_equal(ops->preset_load(rig.instance, 1), SQ_OK);
  assert_float_equal(ops->value(rig.instance, GAIN), 0.25, 0);
  assert_int_equal(ops->preset_load(rig.instance, 4), SQ_NOT_FOUND);
  assert_int_equal(ops->preset_name(rig.instance, 4, name, sizeof name), SQ_NOT_FOUND);
  static float wide[4][64];
  fill();
  const float *const in4[4] = {in[0], in[1], in[0], in[1]};
  rig_run(&rig, in4, (float *const[]){wide[0], wide[1], wide[2], wide[3]}, 64, 64, NULL, 0);
  assert_float_equal(wide[0][50], 0.25f * in[0][50], 1e-7);
  assert_memory_equal(wide[0], wide[2], sizeof wide[0]);
  assert_memory_equal(wide[1], wide[3], sizeof wide[0]);
  rig_close(&rig);
}

static void test_state(void **state) {
  Rig rig;
  SqBlob blob = {.size = 0};
  double values[4] = {0};
  SqRtEvent sets[2] = {set(GAIN, 0.3, 0), set(MODE, 1, 0)};
  open_rig(&rig, *state, 2, NULL, true);
  rig_run(&rig, ins, outs, 64, 64, sets, 2);
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  assert_string_equal(blob.format, "vst2");
  assert_string_equal(blob.id, "50726f62");
  assert_int_equal(blob.version, 3);
  rig_close(&rig);
  assert_int_equal(sq_format_vst2.state_values(((Fixture *)*state)->world, info_of(*state), &blob, values), SQ_OK);
  assert_float_equal(values[GAIN], 0.3f, 0);
  assert_float_equal(values[MODE], 1, 0);
  open_rig(&rig, *state, 2, &blob, false);
  assert_float_equal(rig.type->plugin->value(rig.instance, GAIN), 0.3f, 0);
  rig_close(&rig);
  open_rig(&rig, *state, 2, NULL, true);
  assert_int_equal(rig.type->plugin->restore(rig.instance, &blob), SQ_OK);
  assert_float_equal(rig.type->plugin->value(rig.instance, GAIN), 0.3f, 0);
  for (size_t cut = 0; cut < blob.size; cut++) { // no part of a state is one
    SqBlob part = blob;
    part.size = cut;
    assert_int_equal(rig.type->plugin->restore(rig.instance, &part), SQ_BAD_ARGS);
  }
  snprintf(blob.id, sizeof blob.id, "50726f63");
  assert_int_equal(rig.type->plugin->restore(rig.instance, &blob), SQ_BAD_ARGS);
  rig_close(&rig);
  free(blob.data);
}

static void test_reset_ends_the_notes(void **state) {
  Rig rig;
  SqRtEvent on = {.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 1}, echo = set(ACT, 0.1, 0);
  open_rig(&rig, *state, 2, NULL, true);
  rig_run(&rig, ins, outs, 64, 64, &on, 1);
  rig.type->reset(rig.instance);
  rig_run(&rig, ins, outs, 64, 64, &echo, 1);
  bool ended = false;
  for (uint32_t i = 0; i < rig.n_out_events; i++)
    ended |= rig.out_events[i].kind == SQ_EVENT_NOTE_OFF && (int)rig.out_events[i].key == 72;
  assert_true(ended);
  rig_close(&rig);
}

static void test_unknown_and_bad_modules(void **state) {
  Fixture *f = *state;
  const SqPluginInfo *info;
  char path[600];
  const char *const unknown[4] = {"/etc/passwd", "amsynth", "/nowhere/at/all.so", ""};
  for (int i = 0; i < 4; i++)
    assert_int_equal(sq_format_vst2.describe(f->world, unknown[i], &info, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_vst2.load(f->world, "/nowhere.so", ignore, NULL, error, sizeof error), SQ_NOT_FOUND);
  assert_int_equal(sq_format_vst2.load(f->world, "/etc/passwd", ignore, NULL, error, sizeof error), SQ_UNSUPPORTED);
  assert_int_equal(sq_format_vst2.load(f->world, "/lib/x86_64-linux-gnu/libm.so.6", ignore, NULL, error, sizeof error),
                   SQ_UNSUPPORTED);
  assert_non_null(strstr(error, "no entry"));
  snprintf(path, sizeof path, "%s#00000000", f->path);
  assert_int_equal(sq_format_vst2.describe(f->world, path, &info, error, sizeof error), SQ_NOT_FOUND);
}

// ---- effects that lie -----------------------------------------------------------------------------------------------

static intptr_t mute(SqVst2Effect *e, int32_t ask, int32_t index, intptr_t value, void *ptr, float number) {
  (void)e, (void)ask, (void)index, (void)value, (void)ptr, (void)number;
  return 0;
}
static void no_set(SqVst2Effect *e, int32_t index, float value) {
  (void)e, (void)index, (void)value;
}
static float no_number(SqVst2Effect *e, int32_t index) {
  (void)e, (void)index;
  return NAN;
}
static void no_run(SqVst2Effect *e, float **from, float **to, int32_t n) {
  (void)e, (void)from, (void)to, (void)n;
}

static const SqVst2Effect honest = {.magic = SQ_VST2_MAGIC,
                                    .dispatcher = mute,
                                    .set_param = no_set,
                                    .get_param = no_number,
                                    .n_params = 2,
                                    .n_outs = 1,
                                    .flags = SQ_VST2_CAN_REPLACE,
                                    .replace = no_run};

static SqVst2Effect lie;

static SqVst2Effect *make_lie(SqVst2Callback host) {
  (void)host;
  return lie.magic ? &lie : NULL;
}

static SqStatus describe_lie(Fixture *f, SqVst2Plugin **plugin) {
  char path[] = "/tmp/lie.so";
  SqVst2Module module = {.path = path, .entry = make_lie};
  SqVst2World *world = f->world;
  SqStatus status = sq_vst2_describe(world, &module, 0, plugin, error, sizeof error);
  for (SqVst2Plugin **p = &world->plugins; status == SQ_OK && *p; p = &(*p)->next)
    if (*p == *plugin) { // a lie is told once
      *p = (*p)->next;
      break;
    }
  return status;
}

static void test_lies_are_refused(void **state) {
  SqVst2Plugin *plugin = NULL;
  SqVst2Effect lies[10];
  for (size_t i = 0; i < 10; i++)
    lies[i] = honest;
  lies[0].magic = 0;
  lies[1].magic = 1;
  lies[2].dispatcher = NULL;
  lies[3].get_param = NULL;
  lies[4].replace = NULL;
  lies[5].flags = 0;
  lies[6].n_params = INT32_MAX;
  lies[7].n_params = -1;
  lies[8].n_outs = 1000000;
  lies[9].n_ins = INT32_MIN;
  for (size_t i = 0; i < 10; i++) {
    lie = lies[i];
    assert_int_equal(describe_lie(*state, &plugin), SQ_UNSUPPORTED);
    assert_non_null(strstr(error, "/tmp/lie.so"));
  }
}

/// Names that are empty, values that are no numbers, latencies that cannot be: made good.
static void test_what_is_missing_is_made_up(void **state) {
  SqVst2Plugin *plugin = NULL;
  Rig rig = {.n_out = 2};
  const int32_t latencies[3] = {-5, INT32_MIN, INT32_MAX};
  for (size_t i = 0; i < 3; i++) {
    lie = honest;
    lie.latency = latencies[i];
    assert_int_equal(describe_lie(*state, &plugin), SQ_OK);
    assert_string_equal(plugin->type.name, "lie");
    assert_string_equal(plugin->type.params[1].symbol, "parameter_2");
    assert_float_equal(plugin->type.params[1].def, 0, 0);
    rig.type = &plugin->type;
    SqProcSetup setup = rig_setup(&rig);
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
    assert_int_equal(rig.type->latency(rig.instance), 0);
    assert_int_equal(rig.type->tail(rig.instance), UINT32_MAX);
    assert_float_equal(rig.type->plugin->value(rig.instance, 0), 0, 0);
    lie.n_outs = 7; // another one than was described
    void *other = NULL;
    assert_int_equal(rig.type->create(rig.type, &setup, &other), SQ_PLUGIN);
    assert_null(other);
    rig_close(&rig);
    sq_vst2_plugin_free(plugin);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_it_is),
      cmocka_unit_test(test_values_and_notes_at_their_frames),
      cmocka_unit_test(test_extra_outputs),
      cmocka_unit_test(test_midi_out),
      cmocka_unit_test(test_it_knows_the_time_and_where_it_runs),
      cmocka_unit_test(test_news),
      cmocka_unit_test(test_window),
      cmocka_unit_test(test_texts_both_ways),
      cmocka_unit_test(test_programs),
      cmocka_unit_test(test_state),
      cmocka_unit_test(test_reset_ends_the_notes),
      cmocka_unit_test(test_unknown_and_bad_modules),
      cmocka_unit_test(test_lies_are_refused),
      cmocka_unit_test(test_what_is_missing_is_made_up),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
