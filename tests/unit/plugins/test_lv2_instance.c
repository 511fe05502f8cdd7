// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted LV2 effects: channels, parameters at exact frames, state, refusals.
#include "unit/plugins/rig.h"

#include <math.h>
#include <unistd.h>

#include "plugins/lv2/instance.h"

#define AMP "lv2:http://lv2plug.in/plugins/eg-amp"
#define SWH "lv2:http://plugin.org.uk/swh-plugins/"
#define N 1024

static SqCatalog *catalog_of(void **state) {
  return *state;
}

static void test_mono_on_stereo_is_dual_mono(void **state) {
  static float in[2][N], out[2][N];
  const float *ins[2] = {in[0], in[1]};
  float *outs[2] = {out[0], out[1]};
  Rig rig;
  for (uint32_t i = 0; i < N; i++) {
    in[0][i] = sinf((float)i * 0.1f);
    in[1][i] = cosf((float)i * 0.07f);
  }
  rig_open(&rig, catalog_of(state), SWH "amp", 2, 2);
  SqRtEvent set = {.kind = SQ_EVENT_PARAM, .index = rig_param(&rig, "gain"), .value = 20, .offset = 100};
  rig_run(&rig, ins, outs, N, 256, &set, 1);
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < N; i++)
      assert_float_equal(out[c][i], in[c][i] * (i < 100 ? 1.0f : 10.0f), 1e-4);
  rig_close(&rig);
}

static void fill_noise(float *x, uint32_t n, uint32_t seed) {
  for (uint32_t i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(int32_t)seed * (1.0f / 2147483648.0f);
  }
}

/// Parameter events at odd frames give the same bits however the time is cut (a plug-in without a memory of run()).
static void test_params_do_not_depend_on_the_period(void **state) {
  static float in[N], first[N], out[N];
  const float *ins[1] = {in};
  float *outs[1] = {out};
  const uint32_t blocks[5] = {1024, 1, 17, 64, 256};
  SqRtEvent events[40];
  Rig rig;
  fill_noise(in, N, 1);
  for (uint32_t k = 0; k < 5; k++) {
    rig_open(&rig, catalog_of(state), SWH "amp", 1, 1);
    for (uint32_t i = 0; i < 40; i++)
      events[i] = (SqRtEvent){.kind = SQ_EVENT_PARAM, .offset = 3 + i * 23 / 2 * 2, .value = -30.0 + i};
    rig_run(&rig, ins, outs, N, blocks[k], events, 40);
    if (k == 0)
      memcpy(first, out, sizeof first);
    assert_memory_equal(first, out, sizeof out);
    rig_close(&rig);
  }
  assert_float_equal(out[2], in[2], 1e-6);
  assert_float_equal(out[3], in[3] * powf(10, -1.5f), 1e-6);
}

static void test_stereo_plugin_on_mono_and_on_five_channels(void **state) {
  static float in[5][N], out[5][N];
  const float *ins[5] = {in[0], in[1], in[2], in[3], in[4]};
  float *outs[5] = {out[0], out[1], out[2], out[3], out[4]};
  Rig rig;
  for (uint32_t c = 0; c < 5; c++)
    fill_noise(in[c], N, c);
  rig_open(&rig, catalog_of(state), "lv2:http://drobilla.net/plugins/mda/Overdrive", 1, 1);
  rig_run(&rig, ins, outs, N, 64, NULL, 0);
  rig_close(&rig);
  static float alone[N];
  memcpy(alone, out[0], sizeof alone);
  memset(out, 0, sizeof out);
  rig_open(&rig, catalog_of(state), "lv2:http://drobilla.net/plugins/mda/Overdrive", 5, 5);
  rig_run(&rig, ins, outs, N, 64, NULL, 0);
  rig_close(&rig);
  assert_memory_equal(alone, out[0], sizeof alone); // left and right are independent in this plug-in
  for (uint32_t c = 0; c < 5; c++) {
    float peak = 0;
    for (uint32_t i = 0; i < N; i++)
      peak = fmaxf(peak, fabsf(out[c][i]));
    assert_true(peak > 0.01f);
    assert_true(c == 0 || memcmp(out[0], out[c], sizeof out[c]) != 0);
  }
}

/// One input, two outputs: hears the mean of the strip; a third channel of the strip is silent.
static void test_mono_input_hears_the_mean(void **state) {
  static float in[3][N], out[3][N];
  const float *ins[3] = {in[0], in[1], in[2]};
  float *outs[3] = {out[0], out[1], out[2]};
  Rig rig;
  for (uint32_t c = 0; c < 3; c++)
    fill_noise(in[c], N, c);
  out[2][5] = 1;
  rig_open(&rig, catalog_of(state), SWH "split", 3, 3);
  rig_run(&rig, ins, outs, N, 64, NULL, 0);
  rig_close(&rig);
  for (uint32_t i = 0; i < N; i++) {
    assert_float_equal(out[0][i], (in[0][i] + in[1][i] + in[2][i]) / 3, 1e-6);
    assert_float_equal(out[1][i], out[0][i], 0);
    assert_float_equal(out[2][i], 0, 0);
  }
}

static void test_sidechain_ducks(void **state) {
  static float in[2][4800], out[2][4800], loud[4800];
  const float *ins[2] = {in[0], in[1]}, *side[1] = {loud};
  float *outs[2] = {out[0], out[1]};
  const SqPluginInfo *info;
  Rig rig;
  for (uint32_t i = 0; i < 4800; i++)
    in[0][i] = in[1][i] = loud[i] = sinf((float)i * 0.1f);
  for (uint32_t k = 0; k < 2; k++) {
    memset(&rig, 0, sizeof rig);
    rig.n_in = rig.n_out = 2;
    rig.n_side = 1;
    assert_int_equal(sq_catalog_info(catalog_of(state), SWH "sc3", &info, rig.error, sizeof rig.error), SQ_OK);
    assert_int_equal(info->n_side, 1);
    assert_int_equal(info->n_in, 2);
    assert_true(info->type->flags & SQ_PROC_SIDECHAIN);
    rig.type = info->type;
    SqProcSetup setup = rig_setup(&rig);
    rig.params[rig_param(&rig, "threshold")] = -30;
    rig.params[rig_param(&rig, "ratio")] = 10;
    rig.params[rig_param(&rig, "attack")] = 2;
    rig.params[rig_param(&rig, "chain_bal")] = 1; // listens to the sidechain alone
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
    SqRtBlock block = {.n_frames = 4800, .n_in = 2, .n_out = 2, .n_side = 1, .in = ins, .out = outs};
    block.side = k ? side : NULL;
    rig.type->process(rig.instance, &block);
    float peak = 0;
    for (uint32_t i = 4000; i < 4800; i++)
      peak = fmaxf(peak, fabsf(out[0][i]));
    if (k)
      assert_true(peak < 0.2f);
    else
      assert_true(peak > 0.9f);
    rig_close(&rig);
  }
}

static void test_latency_is_told_before_the_first_block(void **state) {
  Rig rig;
  rig_open(&rig, catalog_of(state), SWH "artificialLatency", 1, 1);
  assert_int_equal(rig.type->latency(rig.instance), 120000); // 2.5 s
  float x[16] = {0}, y[16];
  SqRtEvent set = {.kind = SQ_EVENT_PARAM, .value = 10};
  rig_run(&rig, (const float *[]){x}, (float *[]){y}, 16, 16, &set, 1);
  assert_int_equal(rig.type->latency(rig.instance), 480);
  rig_close(&rig);
}

static void test_output_params_are_meters(void **state) {
  static float in[2][N], out[2][N];
  const float *ins[2] = {in[0], in[1]};
  float *outs[2] = {out[0], out[1]};
  Rig rig;
  for (uint32_t i = 0; i < N; i++)
    in[0][i] = in[1][i] = 0.5f * sinf((float)i * 0.2f);
  rig_open(&rig, catalog_of(state), SWH "sc4", 2, 2);
  uint32_t meter = rig_param(&rig, "amplitude");
  assert_true(rig.type->params[meter].output);
  SqRtEvent wrong = {.kind = SQ_EVENT_PARAM, .index = meter, .value = 3}; // not for clients to set
  rig_run(&rig, ins, outs, N, 64, &wrong, 1);
  assert_true(rig.type->output_value(rig.instance, meter) != 3);
  for (int i = 0; i < 20; i++)
    rig_run(&rig, ins, outs, N, 64, NULL, 0);
  float db = rig.type->output_value(rig.instance, meter);
  assert_true(db < -5 && db > -20);
  rig_close(&rig);
}

static void test_enumeration_and_ranges(void **state) {
  const SqPluginInfo *info;
  char error[256];
  SqCatalog *c = catalog_of(state);
  assert_int_equal(sq_catalog_info(c, SWH "highpass_iir", &info, error, sizeof error), SQ_OK);
  const SqParamInfo *cutoff = &info->type->params[0], *stages = &info->type->params[1];
  assert_string_equal(cutoff->symbol, "cutoff");
  assert_true(fabs(cutoff->max - 0.45 * RIG_RATE) < 0.01); // given as a fraction of the rate
  assert_int_equal(cutoff->scale, SQ_SCALE_LOG);
  assert_string_equal(cutoff->unit, "Hz");
  assert_true(stages->integer);
  assert_int_equal(sq_catalog_info(c, "MDA MultiBand", &info, error, sizeof error), SQ_OK);
  assert_string_equal(info->type->params[0].choices, "Low|Mid|High|Output");
  assert_true(info->type->params[0].max == 3 && info->type->params[0].def == 3); // the port's own values are thirds
  const SqLv2Port *port = &sq_lv2_plugin_of(info->type)->ports[0];
  assert_float_equal(sq_lv2_param_to_port(port, 2, RIG_RATE), 0.66666666f, 1e-6);
  assert_true(sq_lv2_param_from_port(port, 0.34f) == 1);
  assert_true(isfinite(sq_lv2_param_to_port(port, NAN, RIG_RATE)));
  assert_int_equal(sq_catalog_info(c, "http://lv2plug.in/plugins/eg-amp", &info, error, sizeof error), SQ_OK);
  assert_string_equal(info->type->params[0].unit, "dB");
}

static void test_missing_symbol_is_named(void **state) {
  Rig rig = {.n_in = 1, .n_out = 1};
  assert_int_equal(sq_catalog_find(catalog_of(state), SWH "mbeq", &rig.type, rig.error, sizeof rig.error), SQ_OK);
  for (int i = 0; i < 3; i++) {
    SqProcSetup setup = rig_setup(&rig);
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_PLUGIN);
    assert_non_null(strstr(rig.error, "fftwf_"));
    assert_null(rig.instance);
  }
  printf("%s\n", rig.error);
}

// ---- state ----------------------------------------------------------------------------------------------------------

static void test_state_round_trip(void **state) {
  SqCatalog *c = catalog_of(state);
  const char *const subjects[] = {"lv2:http://lv2plug.in/plugins/eg-params", SWH "sc4",
                                  "lv2:http://drobilla.net/plugins/mda/JX10", AMP};
  for (size_t k = 0; k < sizeof subjects / sizeof subjects[0]; k++) {
    Rig rig;
    SqBlob first = {.size = 0}, second = {.size = 0};
    rig_open(&rig, c, subjects[k], 2, 2);
    rig_close(&rig);
    SqProcSetup setup = rig_setup(&rig);
    for (uint32_t i = 0; i < rig.type->n_params; i++)
      rig.params[i] = rig.type->params[i].min + 0.75 * (rig.type->params[i].max - rig.type->params[i].min);
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
    assert_int_equal(rig.type->save(rig.instance, &first), SQ_OK);
    rig_close(&rig);
    double values[4096];
    memset(values, 0, sizeof values);
    assert_int_equal(sq_catalog_state_values(c, rig.type, &first, values), SQ_OK);
    for (uint32_t i = 0; i < rig.type->n_params; i++) {
      const SqParamInfo *p = &rig.type->params[i];
      double slack = p->integer || p->toggled ? 0.5 : 1e-5 * (1 + fabs(rig.params[i]));
      if (!p->output)
        assert_true(fabs(values[i] - rig.params[i]) <= slack);
    }
    setup.params = NULL; // the state alone
    setup.state = &first;
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
    assert_int_equal(rig.type->save(rig.instance, &second), SQ_OK);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    rig_close(&rig);
    if (k == 0)
      assert_non_null(strstr(first.data, "Hello, world")); // the default state was loaded
    free(first.data);
    free(second.data);
  }
}

static void test_foreign_state_is_refused(void **state) {
  static char rubbish[] = "@prefix : <nothing> . not turtle at all {{{", empty[] = "";
  SqCatalog *c = catalog_of(state);
  Rig rig;
  SqBlob of_amp = {.size = 0};
  rig_open(&rig, c, AMP, 1, 1);
  assert_int_equal(rig.type->save(rig.instance, &of_amp), SQ_OK);
  rig_close(&rig);
  rig_open(&rig, c, SWH "amp", 1, 1);
  rig_close(&rig);
  SqBlob blobs[4] = {of_amp,
                     {.format = "lv2", .data = rubbish, .size = sizeof rubbish - 1},
                     {.format = "lv2", .data = empty, .size = 0},
                     {.format = "vst2", .data = rubbish, .size = 5}};
  for (int i = 0; i < 4; i++) {
    SqProcSetup setup = rig_setup(&rig);
    setup.state = &blobs[i];
    assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_BAD_ARGS);
    assert_non_null(strstr(rig.error, "state"));
    double values[8];
    assert_int_equal(sq_catalog_state_values(c, rig.type, &blobs[i], values), SQ_BAD_ARGS);
  }
  free(of_amp.data);
}

// ---- features -------------------------------------------------------------------------------------------------------

static void *feature(const SqLv2Instance *self, const char *uri) {
  for (const LV2_Feature *const *f = self->units[0].features.run; *f; f++)
    if (strcmp((*f)->URI, uri) == 0)
      return (*f)->data;
  fail_msg("no feature %s", uri);
  return NULL;
}

static char logged[256];
static int logged_level;

static void keep_log(void *context, int level, const char *text) {
  (void)context;
  snprintf(logged, sizeof logged, "%s", text);
  logged_level = level;
}

static void test_log_reaches_the_server_but_not_from_run(void **state) {
  Rig rig = {.n_in = 1, .n_out = 1};
  SqServices services = {.log = keep_log};
  assert_int_equal(sq_catalog_find(catalog_of(state), AMP, &rig.type, rig.error, sizeof rig.error), SQ_OK);
  SqProcSetup setup = rig_setup(&rig);
  setup.services = &services;
  assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
  SqLv2Instance *self = rig.instance;
  LV2_Log_Log *log = feature(self, LV2_LOG__log);
  log->printf(log->handle, self->plugin->world->keys.log_error, "no file %d\n", 7);
  assert_string_equal(logged, "Simple Amplifier: no file 7");
  assert_int_equal(logged_level, 3);
  logged[0] = '\0';
  atomic_store(&self->in_run, true);
  log->printf(log->handle, self->plugin->world->keys.log_error, "no file %d\n", 8);
  assert_string_equal(logged, "");
  atomic_store(&self->in_run, false);
  rig_close(&rig);
}

static void test_files_of_a_state_stay_in_its_folder(void **state) {
  char folder[] = "/tmp/lv2-state-XXXXXX", path[256];
  assert_non_null(mkdtemp(folder));
  const char *keys[1] = {"state_dir"}, *values[1] = {folder};
  Rig rig = {.n_in = 1, .n_out = 1};
  assert_int_equal(sq_catalog_find(catalog_of(state), AMP, &rig.type, rig.error, sizeof rig.error), SQ_OK);
  SqProcSetup setup = rig_setup(&rig);
  setup.keys = keys;
  setup.values = values;
  setup.n_keys = 1;
  assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
  LV2_State_Make_Path *make = feature(rig.instance, LV2_STATE__makePath);
  LV2_State_Free_Path *drop = feature(rig.instance, LV2_STATE__freePath);
  char *made = make->path(make->handle, "takes/one.wav");
  snprintf(path, sizeof path, "%s/takes/one.wav", folder);
  assert_string_equal(made, path);
  FILE *f = fopen(made, "w"); // the folder above it is there
  assert_non_null(f);
  fclose(f);
  drop->free_path(drop->handle, made);
  assert_null(make->path(make->handle, "../one.wav"));
  unlink(path);
  snprintf(path, sizeof path, "%s/takes", folder);
  rmdir(path);
  assert_int_equal(rmdir(folder), 0);
  rig_close(&rig);
}

static void test_options_tell_the_block(void **state) {
  Rig rig;
  rig_open(&rig, catalog_of(state), AMP, 1, 1);
  SqLv2Instance *self = rig.instance;
  const SqLv2Keys *keys = &self->plugin->world->keys;
  const LV2_Options_Option *option = feature(self, LV2_OPTIONS__options);
  uint32_t n_seen = 0;
  for (; option->key; option++, n_seen++) {
    if (option->key == keys->max_block)
      assert_int_equal(*(const int32_t *)option->value, RIG_MAX_BLOCK);
    if (option->key == keys->min_block)
      assert_int_equal(*(const int32_t *)option->value, 1);
    if (option->key == keys->sample_rate)
      assert_float_equal(*(const float *)option->value, 48000, 0);
  }
  assert_int_equal(n_seen, 5);
  rig_close(&rig);
}

// ---- life -----------------------------------------------------------------------------------------------------------

static long resident_pages(void) {
  long total, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  assert_non_null(f);
  assert_int_equal(fscanf(f, "%ld %ld", &total, &resident), 2);
  fclose(f);
  return resident;
}

static void test_a_thousand_lives_leak_nothing(void **state) {
  static float in[2][64], out[2][64];
  const float *ins[2] = {in[0], in[1]};
  float *outs[2] = {out[0], out[1]};
  const char *const subjects[4] = {SWH "amp", "lv2:http://lv2plug.in/plugins/eg-sampler",
                                   "lv2:http://lv2plug.in/plugins/eg-params",
                                   "lv2:http://drobilla.net/plugins/mda/Delay"};
  long before = 0;
  for (uint32_t i = 0; i < 1000; i++) {
    Rig rig;
    rig_open(&rig, catalog_of(state), subjects[i % 4], 2, 2);
    SqRtEvent on = {.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 1};
    rig_run(&rig, ins, outs, 64, 64, &on, 1);
    SqBlob blob = {.size = 0};
    if (i % 100 < 4)
      assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
    free(blob.data);
    rig_close(&rig);
    if (i == 199)
      before = resident_pages();
  }
  long grown = resident_pages() - before;
  printf("1,000 lives: %ld KiB more than after 200\n", grown * 4);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ // they keep what was freed, and count leaks
  assert_true(grown < 128);
#endif
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_mono_on_stereo_is_dual_mono, catalog),
      cmocka_unit_test_prestate(test_params_do_not_depend_on_the_period, catalog),
      cmocka_unit_test_prestate(test_stereo_plugin_on_mono_and_on_five_channels, catalog),
      cmocka_unit_test_prestate(test_mono_input_hears_the_mean, catalog),
      cmocka_unit_test_prestate(test_sidechain_ducks, catalog),
      cmocka_unit_test_prestate(test_latency_is_told_before_the_first_block, catalog),
      cmocka_unit_test_prestate(test_output_params_are_meters, catalog),
      cmocka_unit_test_prestate(test_enumeration_and_ranges, catalog),
      cmocka_unit_test_prestate(test_missing_symbol_is_named, catalog),
      cmocka_unit_test_prestate(test_state_round_trip, catalog),
      cmocka_unit_test_prestate(test_foreign_state_is_refused, catalog),
      cmocka_unit_test_prestate(test_log_reaches_the_server_but_not_from_run, catalog),
      cmocka_unit_test_prestate(test_files_of_a_state_stay_in_its_folder, catalog),
      cmocka_unit_test_prestate(test_options_tell_the_block, catalog),
      cmocka_unit_test_prestate(test_a_thousand_lives_leak_nothing, catalog),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
