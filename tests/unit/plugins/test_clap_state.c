// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// States of CLAP plug-ins: the plug-in's own or its values, there and back, foreign ones, and latency that is set.
#include "unit/plugins/clap_rig.h"

#include <math.h>

#define PROBE "squeezed.probe"

static SqRtEvent set(const Clap *c, const char *symbol, double value) {
  return (SqRtEvent){.kind = SQ_EVENT_PARAM, .index = clap_param(c, symbol), .value = value};
}

static SqBlob save(Clap *c) {
  SqBlob blob;
  assert_int_equal(c->type->save(c->instance, &blob), SQ_OK);
  return blob;
}

/// A copy made from a state, as the engine makes it: the state's values are told first.
static Clap *copy_of(void *world, const Clap *c, const SqBlob *blob) {
  Clap *copy = clap_new(world, strchr(c->type->id, ':') + 1, c->n_in, c->n_out);
  assert_int_equal(sq_format_clap.state_values(world, copy->info, blob, copy->params), SQ_OK);
  copy->setup.state = blob;
  clap_create(copy);
  return copy;
}

static void test_own_state_there_and_back(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  const SqRtEvent on = {.kind = SQ_EVENT_NOTE_ON, .key = 60, .value = 0.5};
  const SqRtEvent sets[] = {set(c, "wave", 2), set(c, "mode", 7)};
  const ClapSet level = {0, clap_param(c, "level"), 0, 0.123456789};
  clap_run(c, 100, 64, sets, 2, &level, 1);
  SqBlob blob = save(c), again;
  assert_string_equal(blob.format, "clap");
  assert_int_equal(blob.version, 1 << 16 | 2 << 8 | 3);
  Clap *copy = copy_of(*state, c, &blob);
  assert_true(copy->params[clap_param(c, "wave")] == 2);
  assert_float_equal(copy->params[clap_param(c, "level")], 0.123456789, 1e-7);
  c->type->reset(c->instance);
  c->frame = 0;
  clap_run(c, 1000, 64, &on, 1, NULL, 0);
  clap_run(copy, 1000, 64, &on, 1, NULL, 0);
  assert_memory_equal(c->out[0], copy->out[0], 1000 * sizeof(float));
  assert_true(fabsf(c->out[0][999]) > 0.001f);
  again = save(copy);
  assert_int_equal(again.size, blob.size);
  assert_memory_equal(again.data, blob.data, blob.size);

  Clap *third = clap_open(*state, PROBE, 0, 2); // into one that runs
  clap_run(third, 100, 64, NULL, 0, NULL, 0);
  assert_int_equal(third->type->plugin->restore(third->instance, &blob), SQ_OK);
  assert_float_equal(third->type->plugin->value(third->instance, clap_param(c, "level")), 0.123456789, 1e-7);
  clap_free(third);
  free(again.data);
  free(blob.data);
  clap_free(copy);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

/// A bypass that some other host saved is undone, also in a plug-in that runs.
static void test_a_saved_bypass(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  clap_run(c, 64, 64, NULL, 0, NULL, 0);
  SqBlob plain = save(c), blob = save(c), after;
  const double on = 1;
  memcpy((char *)blob.data + blob.size - 3 * sizeof on, &on, sizeof on); // the last but two of what the probe writes
  assert_int_equal(c->type->plugin->restore(c->instance, &blob), SQ_OK);
  after = save(c);
  assert_memory_equal(after.data, plain.data, plain.size);
  free(plain.data);
  free(blob.data);
  free(after.data);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

/// What the user set wins over what the state says.
static void test_wishes_win(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  SqBlob blob = save(c);
  Clap *copy = clap_new(*state, PROBE, 0, 2);
  copy->setup.state = &blob;
  copy->params[clap_param(c, "level")] = 0.75;
  clap_create(copy);
  assert_float_equal(copy->type->plugin->value(copy->instance, clap_param(c, "level")), 0.75, 0);
  clap_free(copy);
  free(blob.data);
  clap_free(c);
}

static SqStatus try_create(Clap *c, const SqBlob *blob) {
  c->setup.state = blob;
  SqStatus status = c->type->create(c->type, &c->setup, &c->instance);
  if (status == SQ_OK)
    c->type->free(c->instance);
  c->instance = NULL;
  return status;
}

static void test_foreign_states_are_refused(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2), *other = clap_open(*state, "com.zamaudio.ZamTube", 2, 2);
  SqBlob good = save(c), foreign = save(other);
  double values[64];
  Clap *fresh = clap_new(*state, PROBE, 0, 2);
  assert_int_equal(try_create(fresh, &good), SQ_OK);
  assert_int_equal(try_create(fresh, &foreign), SQ_BAD_ARGS);
  assert_non_null(strstr(fresh->error, "not one of 'Probe'"));
  assert_int_equal(c->type->plugin->restore(c->instance, &foreign), SQ_BAD_ARGS);
  SqBlob bad = good;
  snprintf(bad.format, sizeof bad.format, "lv2");
  assert_int_equal(try_create(fresh, &bad), SQ_BAD_ARGS);
  for (size_t size = 0; size < good.size; size++) { // cut anywhere
    bad = good;
    bad.size = size;
    assert_int_equal(sq_format_clap.state_values(*state, c->info, &bad, values), SQ_BAD_ARGS);
  }
  unsigned char *bytes = malloc(good.size);
  bad = good;
  bad.data = bytes;
  memcpy(bytes, good.data, good.size);
  bytes[12] ^= 1; // another plug-in whose name is as long
  assert_int_equal(try_create(fresh, &bad), SQ_BAD_ARGS);
  unsigned seed = 1;
  for (int round = 0; round < 3000; round++) { // any bytes: refused or taken, never worse
    memcpy(bytes, good.data, good.size);
    for (int k = 0; k < 3; k++) {
      seed = seed * 1664525u + 1013904223u;
      bytes[seed % good.size] = (unsigned char)(seed >> 24);
    }
    sq_format_clap.state_values(*state, c->info, &bad, values);
  }
  bad.data = NULL;
  assert_int_equal(try_create(fresh, &bad), SQ_BAD_ARGS);
  free(bytes);
  free(good.data);
  free(foreign.data);
  clap_free(fresh);
  clap_free(other);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

/// ZamTube keeps no state: its values are it, in both copies that a stereo strip has.
static void test_values_are_the_state_of_what_keeps_none(void **state) {
  Clap *c = clap_open(*state, "com.zamaudio.ZamTube", 2, 2);
  assert_false(c->info->has_state);
  for (uint32_t i = 0; i < CLAP_FRAMES; i++)
    c->in[0][i] = 0.5f * sinf((float)i * 0.1f), c->in[1][i] = 0.3f * sinf((float)i * 0.07f);
  const SqRtEvent stack = set(c, "tone_stack_model", 5);
  const ClapSet sets[] = {{0, clap_param(c, "tube_drive"), 0, 7.5}, {0, clap_param(c, "bass"), 100, 9}};
  clap_run(c, 2048, 256, &stack, 1, sets, 2);
  SqBlob blob = save(c);
  Clap *copy = copy_of(*state, c, &blob), *plain = clap_open(*state, "com.zamaudio.ZamTube", 2, 2);
  assert_float_equal(copy->params[clap_param(c, "tube_drive")], 7.5, 1e-6);
  assert_float_equal(copy->params[clap_param(c, "tone_stack_model")], 5, 0);
  memcpy(copy->in, c->in, sizeof c->in);
  memcpy(plain->in, c->in, sizeof c->in);
  clap_run(c, 8192, 256, NULL, 0, NULL, 0); // the transient of what was set is over
  c->frame = copy->frame = plain->frame = 0;
  clap_run(c, 8192, 256, NULL, 0, NULL, 0);
  clap_run(copy, 8192, 256, NULL, 0, NULL, 0);
  clap_run(copy, 8192, 256, NULL, 0, NULL, 0);
  clap_run(plain, 8192, 256, NULL, 0, NULL, 0);
  for (uint32_t ch = 0; ch < 2; ch++) {
    float far = 0, most = 0;
    for (uint32_t i = 7000; i < 8192; i++) {
      far = fmaxf(far, fabsf(c->out[ch][i] - copy->out[ch][i]));
      most = fmaxf(most, fabsf(c->out[ch][i] - plain->out[ch][i]));
    }
    assert_true(far < 1e-3f && most > 0.01f);
  }
  free(blob.data);
  clap_free(plain);
  clap_free(copy);
  clap_free(c);
}

/// A latency that is set is asked for by a restart; made anew from its state the plug-in has it.
static void test_latency_by_restart(void **state) {
  Clap *c = clap_open(*state, PROBE, 0, 2);
  assert_int_equal(c->type->latency(c->instance), 0);
  const SqRtEvent sets[] = {{.kind = SQ_EVENT_NOTE_ON, .key = 64}, set(c, "latency", 300)};
  clap_run(c, 64, 64, sets, 2, NULL, 0);
  c->type->plugin->idle(c->instance);
  assert_int_equal(c->n_news, 1);
  assert_int_equal(c->news[0].what, SQ_NEWS_RESTART);
  assert_int_equal(c->type->latency(c->instance), 0); // not before it is made anew
  SqBlob blob = save(c);
  Clap *copy = copy_of(*state, c, &blob);
  assert_int_equal(copy->type->latency(copy->instance), 300);
  copy->type->plugin->idle(copy->instance);
  assert_int_equal(copy->n_news, 0); // it has what it wanted
  clap_run(copy, 1000, 64, sets, 1, NULL, 0);
  for (uint32_t i = 0; i < 1000; i++)
    assert_true((copy->extra[2][i] == 0.5f) == (i == 300));
  free(blob.data);
  clap_free(copy);
  clap_free(c);
  assert_int_equal(clap_breaches(), 0);
}

static int open_world(void **state) {
  *state = clap_world("probe.clap");
  return 0;
}

static int close_world(void **state) {
  sq_format_clap.close(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_own_state_there_and_back),
                                     cmocka_unit_test(test_a_saved_bypass),
                                     cmocka_unit_test(test_wishes_win),
                                     cmocka_unit_test(test_foreign_states_are_refused),
                                     cmocka_unit_test(test_values_are_the_state_of_what_keeps_none),
                                     cmocka_unit_test(test_latency_by_restart)};
  return cmocka_run_group_tests(tests, open_world, close_world);
}
