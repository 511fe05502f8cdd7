// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Hosted LADSPA plug-ins: hints, ports, values at exact frames, latency, state, modules and descriptors that are bad.
#include "unit/plugins/rig.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/ladspa/instance.h"
#include "plugins/list.h"

#define AMP "ladspa:amp.so:amp_mono"
#define LATE "ladspa:latency_1914.so:artificialLatency"
#define LSP "ladspa:lsp-plugins-ladspa-1.2.5.so:http://lsp-plug.in/plugins/ladspa/"
#define N 1024

static char error[512];

static void fill_noise(float *x, uint32_t n, uint32_t seed) {
  for (uint32_t i = 0; i < n; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(int32_t)seed * (1.0f / 2147483648.0f);
  }
}

// ---- what ports say -------------------------------------------------------------------------------------------------

static void test_hints_are_ranges(void **state) {
  (void)state;
  const struct {
    int bits;
    float low, high;
    double min, max, def;
  } cases[] = {{0x3 | LADSPA_HINT_DEFAULT_MINIMUM, 2, 10, 2, 10, 2},
               {0x3 | LADSPA_HINT_DEFAULT_LOW, 2, 10, 2, 10, 4},
               {0x3 | LADSPA_HINT_DEFAULT_MIDDLE, 2, 10, 2, 10, 6},
               {0x3 | LADSPA_HINT_DEFAULT_HIGH, 2, 10, 2, 10, 8},
               {0x3 | LADSPA_HINT_DEFAULT_MAXIMUM, 2, 10, 2, 10, 10},
               {0x3 | LADSPA_HINT_LOGARITHMIC | LADSPA_HINT_DEFAULT_MIDDLE, 1, 100, 1, 100, 10},
               {0x3 | LADSPA_HINT_LOGARITHMIC | LADSPA_HINT_DEFAULT_LOW, 1, 10000, 1, 10000, 10},
               {0x3 | LADSPA_HINT_LOGARITHMIC | LADSPA_HINT_DEFAULT_MIDDLE, 0, 100, 0, 100, 50},
               {0x3 | LADSPA_HINT_DEFAULT_440, 0, 20000, 0, 20000, 440},
               {0x3 | LADSPA_HINT_DEFAULT_100, 0, 50, 0, 50, 50},
               {0x3 | LADSPA_HINT_DEFAULT_1, -1, 5, -1, 5, 1},
               {0x3, -10, -5, -10, -5, -5},
               {0x3, 10, 5, 5, 10, 5},
               {0, 3, 9, 0, 1, 0},
               {0x1, 3, 9, 3, 1003, 3},
               {0x2, 3, 9, 0, 9, 0},
               {0x3, NAN, INFINITY, 0, 1, 0},
               {LADSPA_HINT_TOGGLED | LADSPA_HINT_DEFAULT_1, 0, 0, 0, 1, 1},
               {0x3 | LADSPA_HINT_INTEGER | LADSPA_HINT_DEFAULT_LOW, 0, 10, 0, 10, 3}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SqLadspaPort port = {.input = true};
    sq_ladspa_range(&(LADSPA_PortRangeHint){cases[i].bits, cases[i].low, cases[i].high}, 48000, &port);
    assert_float_equal(port.min, cases[i].min, 1e-9);
    assert_float_equal(port.max, cases[i].max, 1e-9);
    assert_float_equal(port.def, cases[i].def, 1e-9);
  }
  SqLadspaPort pitch = {.input = true}; // bounds are fractions of the rate, 440 is Hz
  sq_ladspa_range(&(LADSPA_PortRangeHint){0x3 | 0x8 | LADSPA_HINT_DEFAULT_440, 0, 0.5f}, 48000, &pitch);
  assert_float_equal(pitch.max, 0.5, 0);
  assert_float_equal(pitch.def * 48000, 440, 1e-9);
}

static void test_values_reach_ports_whole(void **state) {
  (void)state;
  SqLadspaPort part = {.min = 0.1, .max = 0.5, .def = 0.25, .sample_rate = true};
  assert_float_equal(sq_ladspa_to_port(&part, 1, 48000), 4800, 0);
  assert_float_equal(sq_ladspa_to_port(&part, 30000, 48000), 24000, 0);
  assert_float_equal(sq_ladspa_to_port(&part, NAN, 48000), 12000, 0);
  SqLadspaPort whole = {.min = -3, .max = 3, .integer = true};
  assert_float_equal(sq_ladspa_to_port(&whole, 1.6, 48000), 2, 0);
  SqLadspaPort on = {.max = 1, .toggled = true};
  assert_float_equal(sq_ladspa_to_port(&on, 0.2, 48000), 1, 0);
  assert_float_equal(sq_ladspa_to_port(&on, -5, 48000), 0, 0);
}

static const SqPluginInfo *info_of(SqCatalog *catalog, const char *id) {
  const SqPluginInfo *info = NULL;
  if (sq_catalog_info(catalog, id, &info, error, sizeof error) != SQ_OK)
    fail_msg("%s: %s", id, error);
  return info;
}

static void test_info_of_real_ones(void **state) {
  const SqPluginInfo *info = info_of(*state, "ladspa:sc4_1882.so:sc4");
  assert_int_equal(info->n_in, 2);
  assert_int_equal(info->n_out, 2);
  assert_int_equal(info->n_params_in, 7);
  assert_int_equal(info->n_params_out, 2);
  const SqParamInfo *p = &info->type->params[1];
  assert_string_equal(p->symbol, "attack_time");
  assert_string_equal(p->name, "Attack time");
  assert_string_equal(p->unit, "ms");
  assert_float_equal(p->min, 1.5, 1e-6);
  assert_float_equal(p->max, 400, 0);
  info = info_of(*state, LSP "crossover_stereo");
  assert_int_equal(info->n_out, 2);
  assert_int_equal(info->type->n_extra_buses, 16);
  assert_int_equal(info->type->extra_buses[3].channels, 1);
  info = info_of(*state, LSP "sc_limiter_stereo");
  assert_int_equal(info->n_side, 2);
  assert_true(info->type->flags & SQ_PROC_SIDECHAIN);
  info = info_of(*state, "ladspa:sine.so:sine_fcac");
  assert_true(info->type->flags & SQ_PROC_GENERATOR);
  assert_string_equal(info->category, "Generator");
}

static bool check_one(void *context, const SqPluginEntry *entry) {
  const SqPluginInfo *info = NULL;
  void **world = context;
  assert_int_equal(sq_format_ladspa.describe(*world, entry->id + strlen("ladspa:"), &info, error, sizeof error), SQ_OK);
  assert_string_equal(info->type->id, entry->id);
  assert_string_equal(info->type->name, entry->name);
  assert_string_equal(info->category, entry->category);
  for (uint32_t i = 0; i < info->type->n_params; i++) {
    const SqParamInfo *p = &info->type->params[i];
    assert_true(p->symbol[0] >= 'a' && p->symbol[0] <= 'z');
    assert_int_equal(strspn(p->symbol, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(p->symbol));
    assert_true(p->min <= p->def && p->def <= p->max && isfinite(p->min) && isfinite(p->max));
    for (uint32_t k = 0; k < i; k++)
      assert_string_not_equal(p->symbol, info->type->params[k].symbol);
  }
  return true;
}

static void test_all_that_are_installed(void **state) {
  (void)state;
  void *world;
  assert_int_equal(sq_format_ladspa.open(&(SqFormatConfig){.rate_hz = RIG_RATE}, &world), SQ_OK);
  assert_int_equal(sq_format_ladspa.list(world, check_one, &world), SQ_OK);
  sq_format_ladspa.close(world);
}

// ---- sound ----------------------------------------------------------------------------------------------------------

/// Values at odd frames, two copies on two channels: the product itself, bit by bit, whatever the period.
static void test_values_at_their_frames(void **state) {
  static float in[2][N], out[2][N];
  const float *ins[2] = {in[0], in[1]};
  float *outs[2] = {out[0], out[1]};
  const uint32_t blocks[4] = {1024, 1, 17, 256};
  SqRtEvent events[2] = {{.kind = SQ_EVENT_PARAM, .value = 10, .offset = 101},
                         {.kind = SQ_EVENT_PARAM, .value = 0.25, .offset = 700}};
  fill_noise(in[0], N, 1);
  fill_noise(in[1], N, 2);
  for (uint32_t k = 0; k < 4; k++) {
    Rig rig;
    memset(out, 0, sizeof out);
    rig_open(&rig, *state, AMP, 2, 2);
    rig_run(&rig, ins, outs, N, blocks[k], events, 2);
    for (uint32_t c = 0; c < 2; c++)
      for (uint32_t i = 0; i < N; i++)
        assert_float_equal(out[c][i], in[c][i] * (i < 101 ? 1.0f : i < 700 ? 10.0f : 0.25f), 0);
    assert_float_equal(rig.type->plugin->value(rig.instance, 0), 0.25, 0);
    rig_close(&rig);
  }
}

static void test_a_generator_sounds(void **state) {
  static float out[2][4800];
  float *outs[2] = {out[0], out[1]};
  Rig rig;
  rig_open(&rig, *state, "ladspa:sine.so:sine_fcac", 0, 2);
  rig_run(&rig, NULL, outs, 4800, 256, NULL, 0);
  float peak = 0;
  for (uint32_t i = 0; i < 4800; i++)
    peak = fmaxf(peak, out[0][i]);
  assert_float_equal(peak, 1, 1e-3);
  assert_memory_equal(out[0], out[1], sizeof out[0]); // one output goes to all channels
  rig_close(&rig);
}

static void test_reset_is_silence_inside(void **state) {
  static float in[48000], out[48000];
  const float *ins[1] = {in};
  float *outs[1] = {out};
  Rig rig;
  rig_open(&rig, *state, "ladspa:delay.so:delay_5s", 1, 1);
  SqRtEvent events[2] = {{.kind = SQ_EVENT_PARAM, .index = 0, .value = 0.1},
                         {.kind = SQ_EVENT_PARAM, .index = 1, .value = 1}};
  in[0] = 1;
  rig_run(&rig, ins, outs, 9600, 256, events, 2);
  assert_float_equal(out[4800], 1, 0);
  rig_run(&rig, ins, outs, 256, 256, NULL, 0);
  rig.type->reset(rig.instance);
  in[0] = 0;
  rig_run(&rig, ins, outs, 48000, 256, NULL, 0);
  for (uint32_t i = 0; i < 48000; i++)
    assert_float_equal(out[i], 0, 0);
  assert_float_equal(rig.type->plugin->value(rig.instance, 1), 1, 0);
  rig_close(&rig);
}

/// Outputs beside the main ones are written where somebody listens, and the main ones are the same either way.
static void test_extra_buses_are_heard(void **state) {
  static float in[2][N], out[2][2][N], extra[16][N];
  const float *ins[2] = {in[0], in[1]};
  float *extras[16] = {NULL};
  for (uint32_t k = 0; k < 2; k++) {
    Rig rig;
    rig_open(&rig, *state, LSP "crossover_stereo", 2, 2);
    assert_int_equal(rig.type->n_extra_buses, 16);
    float *outs[2] = {out[k][0], out[k][1]};
    extras[0] = extra[0];
    extras[1] = extra[1];
    for (uint32_t b = 0; b < 40; b++) {
      fill_noise(in[0], 64, b);
      fill_noise(in[1], 64, b + 100);
      SqRtBlock block = {.n_frames = 64, .n_in = 2, .n_out = 2, .in = ins, .out = outs, .time = &rig.time};
      block.extra = k ? extras : NULL;
      block.n_extra = k ? 16 : 0;
      rig.type->process(rig.instance, &block);
    }
    rig_close(&rig);
  }
  float peak = 0;
  for (uint32_t i = 0; i < 64; i++)
    peak = fmaxf(peak, fabsf(extra[0][i]));
  assert_true(peak > 0.01f);
  assert_memory_equal(out[0], out[1], sizeof out[0]);
}

// ---- latency and state ----------------------------------------------------------------------------------------------

typedef struct {
  uint32_t n, what;
  double value;
} News;

static void hear(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  (void)instance, (void)index;
  *(News *)context = (News){((News *)context)->n + 1, what, value};
}

static void test_latency_is_known_at_once_and_told_when_it_changes(void **state) {
  static float in[N], out[N];
  const float *ins[1] = {in};
  float *outs[1] = {out};
  News news = {0};
  SqServices services = {.context = &news, .news = hear};
  Rig rig = {.n_in = 1, .n_out = 1};
  assert_int_equal(sq_catalog_find(*state, LATE, &rig.type, error, sizeof error), SQ_OK);
  SqProcSetup setup = rig_setup(&rig);
  setup.services = &services;
  rig.params[0] = 10; // ms
  assert_int_equal(rig.type->create(rig.type, &setup, &rig.instance), SQ_OK);
  assert_int_equal(rig.type->latency(rig.instance), 480);
  rig.type->plugin->idle(rig.instance);
  assert_int_equal(news.n, 0);
  SqRtEvent set = {.kind = SQ_EVENT_PARAM, .value = 20};
  rig_run(&rig, ins, outs, 64, 64, &set, 1);
  rig.type->plugin->idle(rig.instance);
  rig.type->plugin->idle(rig.instance);
  assert_int_equal(news.n, 1);
  assert_int_equal(news.what, SQ_NEWS_LATENCY);
  assert_float_equal(news.value, 960, 0);
  assert_int_equal(rig.type->latency(rig.instance), 960);
  rig_close(&rig);
}

static void test_state_is_all_values(void **state) {
  static float in[2][N], out[2][2][N];
  const float *ins[2] = {in[0], in[1]};
  SqBlob blob = {.size = 0};
  Rig rig, again;
  double values[64] = {0};
  fill_noise(in[0], N, 3);
  fill_noise(in[1], N, 4);
  rig_open(&rig, *state, "ladspa:sc4_1882.so:sc4", 2, 2);
  SqRtEvent sets[2] = {{.kind = SQ_EVENT_PARAM, .index = 3, .value = -17.3},
                       {.kind = SQ_EVENT_PARAM, .index = 4, .value = 7.7}};
  rig_run(&rig, ins, (float *[]){out[0][0], out[0][1]}, N, 64, sets, 2);
  assert_int_equal(rig.type->save(rig.instance, &blob), SQ_OK);
  rig_close(&rig);
  assert_int_equal(sq_catalog_state_values(*state, rig.type, &blob, values), SQ_OK);
  assert_float_equal(values[3], -17.3f, 0);

  for (uint32_t way = 0; way < 2; way++) { // at birth, and into a living one: equal bits from both
    memset(&again, 0, sizeof again);
    again.n_in = again.n_out = 2;
    again.type = rig.type;
    SqProcSetup setup = rig_setup(&again);
    setup.params = NULL;
    setup.state = way ? NULL : &blob;
    assert_int_equal(again.type->create(again.type, &setup, &again.instance), SQ_OK);
    if (way)
      assert_int_equal(again.type->plugin->restore(again.instance, &blob), SQ_OK);
    assert_float_equal(again.type->plugin->value(again.instance, 3), -17.3f, 0);
    assert_float_equal(again.type->plugin->value(again.instance, 4), 7.7f, 0);
    rig_run(&again, ins, (float *[]){out[way][0], out[way][1]}, N, 64, NULL, 0);
    rig_close(&again);
  }
  assert_memory_equal(out[0], out[1], sizeof out[0]);
  free(blob.data);
}

static void test_foreign_states_are_refused(void **state) {
  Rig rig;
  char junk[] = "threshold_level=nonsense\n";
  SqBlob blob = {.format = "ladspa", .id = "sc4_1882.so:sc4", .data = junk, .size = sizeof junk - 1};
  SqBlob other = {.format = "ladspa", .id = "amp.so:amp_mono", .data = "", .size = 0};
  SqBlob lv2 = {.format = "lv2", .id = "sc4_1882.so:sc4", .data = "", .size = 0};
  rig_open(&rig, *state, "ladspa:sc4_1882.so:sc4", 2, 2);
  SqBlob *bad[3] = {&blob, &other, &lv2};
  for (int i = 0; i < 3; i++) {
    void *instance = NULL;
    assert_int_equal(rig.type->plugin->restore(rig.instance, bad[i]), SQ_BAD_ARGS);
    SqProcSetup setup = rig_setup(&rig);
    setup.state = bad[i];
    assert_int_equal(rig.type->create(rig.type, &setup, &instance), SQ_BAD_ARGS);
    assert_null(instance);
    assert_non_null(strstr(rig.error, "state"));
  }
  rig_close(&rig);
}

// ---- bad modules ----------------------------------------------------------------------------------------------------

static bool count(void *context, const SqPluginEntry *entry) {
  (void)entry;
  ++*(uint32_t *)context;
  return true;
}

static void write_file(const char *path, const void *bytes, size_t n) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

static void test_bad_modules_are_refused_with_words(void **state) {
  (void)state;
  char folder[] = "/tmp/sq-ladspa-XXXXXX", path[128], reason[512];
  static char part[3000];
  uint32_t n = 0;
  void *world;
  assert_non_null(mkdtemp(folder));
  setenv("LADSPA_PATH", folder, 1);
  assert_int_equal(sq_format_ladspa.open(NULL, &world), SQ_OK);
  snprintf(path, sizeof path, "%s/text.so", folder);
  write_file(path, "this is no library\n", 19);
  assert_int_equal(sq_format_ladspa.load(world, path, count, &n, reason, sizeof reason), SQ_UNSUPPORTED);
  assert_non_null(strstr(reason, "text.so"));
  const SqPluginInfo *info;
  assert_int_equal(sq_format_ladspa.describe(world, "text.so:x", &info, reason, sizeof reason), SQ_UNSUPPORTED);
  unlink(path);
  FILE *whole = fopen("/usr/lib/ladspa/amp.so", "rb");
  assert_int_equal(fread(part, 1, sizeof part, whole), sizeof part);
  fclose(whole);
  write_file(path, part, sizeof part);
  assert_int_equal(sq_format_ladspa.load(world, path, count, &n, reason, sizeof reason), SQ_UNSUPPORTED);
  unlink(path);
  assert_int_equal(sq_format_ladspa.load(world, path, count, &n, reason, sizeof reason), SQ_NOT_FOUND);
  assert_int_equal(sq_format_ladspa.load(world, "/lib/x86_64-linux-gnu/libm.so.6", count, &n, reason, sizeof reason),
                   SQ_UNSUPPORTED);
  assert_non_null(strstr(reason, "no LADSPA module"));
  assert_int_equal(n, 0);
  assert_int_equal(symlink("/usr/lib/ladspa/amp.so", path), 0); // a second way to one module is no second module
  assert_int_equal(sq_format_ladspa.load(world, path, count, &n, reason, sizeof reason), SQ_OK);
  assert_int_equal(n, 2);
  unlink(path);
  const char *unknown[4] = {"nothing", ":x", "/etc:x", "amp.so:nothing"};
  for (int i = 0; i < 4; i++)
    assert_int_equal(sq_format_ladspa.describe(world, unknown[i], &info, reason, sizeof reason), SQ_NOT_FOUND);
  sq_format_ladspa.close(world);
  rmdir(folder);
  unsetenv("LADSPA_PATH");
}

static LADSPA_Handle no_handle(const LADSPA_Descriptor *d, unsigned long rate) {
  (void)d, (void)rate;
  return NULL;
}
static void no_connect(LADSPA_Handle h, unsigned long port, LADSPA_Data *to) {
  (void)h, (void)port, (void)to;
}
static void no_run(LADSPA_Handle h, unsigned long n) {
  (void)h, (void)n;
}
static void no_cleanup(LADSPA_Handle h) {
  (void)h;
}

static SqStatus describe_fake(SqLadspaWorld *world, const LADSPA_Descriptor *d, SqLadspaPlugin **plugin) {
  char path[] = "/tmp/fake.so";
  SqLadspaModule module = {.path = path};
  return sq_ladspa_describe(world, &module, d, plugin, error, sizeof error);
}

static void test_hostile_descriptors(void **state) {
  (void)state;
  SqLadspaWorld *world;
  SqLadspaPlugin *plugin = NULL;
  assert_int_equal(sq_format_ladspa.open(NULL, (void **)&world), SQ_OK);
  LADSPA_PortDescriptor ports[4] = {0x5, 0x5, 0x5, 0x9};
  const char *names[4] = {"Same (ms)", "same [ms]", "\xff\xfe\n", NULL};
  LADSPA_PortRangeHint hints[4] = {{0x3, NAN, -INFINITY}, {0x3 | 0x20, 5, 2}, {0x2, 0, 1e30f}, {0x13, -1, 0}};
  LADSPA_Descriptor good = {.Label = "x",
                            .PortCount = 4,
                            .PortDescriptors = ports,
                            .PortNames = names,
                            .PortRangeHints = hints,
                            .instantiate = no_handle,
                            .connect_port = no_connect,
                            .run = no_run,
                            .cleanup = no_cleanup};
  assert_int_equal(describe_fake(world, &good, &plugin), SQ_OK);
  const SqParamInfo *p = plugin->type.params;
  assert_int_equal(plugin->type.n_params, 3);
  assert_string_equal(p[0].symbol, "same");
  assert_string_equal(p[1].symbol, "same_2");
  assert_string_equal(p[2].name, "??");
  assert_true(p[1].min == 2 && p[1].max == 5);
  assert_string_equal(plugin->type.name, "x");
  assert_string_equal(plugin->info.author, "");
  void *instance = NULL;
  SqProcSetup setup = {
      .rate = 48000, .max_block = 64, .n_in = 1, .n_out = 1, .error = error, .error_size = sizeof error};
  assert_int_equal(plugin->type.create(&plugin->type, &setup, &instance), SQ_PLUGIN);
  assert_non_null(strstr(error, "refuses to start"));

  LADSPA_Descriptor bad[5] = {good, good, good, good, good};
  bad[0].PortCount = 1000000;
  bad[1].PortCount = ~0ul;
  bad[2].run = NULL;
  bad[3].PortDescriptors = NULL;
  bad[4].PortDescriptors = (LADSPA_PortDescriptor[]){0x5, 0x1, 0, 0xf};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(describe_fake(world, &bad[i], &plugin), SQ_UNSUPPORTED);
    assert_non_null(strstr(error, "cannot be hosted"));
  }
  sq_format_ladspa.close(world);
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hints_are_ranges),
      cmocka_unit_test(test_values_reach_ports_whole),
      cmocka_unit_test_prestate(test_info_of_real_ones, catalog),
      cmocka_unit_test(test_all_that_are_installed),
      cmocka_unit_test_prestate(test_values_at_their_frames, catalog),
      cmocka_unit_test_prestate(test_a_generator_sounds, catalog),
      cmocka_unit_test_prestate(test_reset_is_silence_inside, catalog),
      cmocka_unit_test_prestate(test_extra_buses_are_heard, catalog),
      cmocka_unit_test_prestate(test_latency_is_known_at_once_and_told_when_it_changes, catalog),
      cmocka_unit_test_prestate(test_state_is_all_values, catalog),
      cmocka_unit_test_prestate(test_foreign_states_are_refused, catalog),
      cmocka_unit_test(test_bad_modules_are_refused_with_words),
      cmocka_unit_test(test_hostile_descriptors),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
