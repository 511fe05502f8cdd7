// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A hundred installed LV2 plug-ins, chosen by chance, through 200 blocks each with notes and parameters.
///
/// Each runs in a child process, so that a crash of one is a line of the table and not the end of the test. Known to
/// be broken in Debian 12 are those that cannot be loaded; any other failure is ours.
#include "unit/plugins/rig.h"

#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_PLUGINS 100
#define N_BLOCKS 200
#define N_CHANNELS 2

typedef struct {
  char ids[2048][256];
  uint32_t n;
} Ids;

typedef struct {
  uint32_t state;
} Dice;

static uint32_t roll(Dice *dice, uint32_t n) {
  dice->state = dice->state * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)dice->state * n) >> 32);
}

static bool gather(void *context, const SqPluginEntry *entry) {
  Ids *ids = context;
  if (ids->n < 2048)
    snprintf(ids->ids[ids->n++], sizeof ids->ids[0], "%s", entry->id);
  return true;
}

/// A handful of events of every kind, sorted.
static uint32_t deal_events(const Rig *rig, Dice *dice, uint32_t n_frames, SqRtEvent events[8]) {
  uint32_t n = roll(dice, 8), at = 0;
  for (uint32_t i = 0; i < n; i++) {
    const uint16_t kinds[] = {SQ_EVENT_NOTE_ON, SQ_EVENT_NOTE_OFF, SQ_EVENT_PARAM,  SQ_EVENT_PARAM,
                              SQ_EVENT_CC,      SQ_EVENT_BEND,     SQ_EVENT_ALL_OFF};
    at += roll(dice, n_frames / 4 + 1);
    SqRtEvent e = {.kind = kinds[roll(dice, 7)], .offset = at < n_frames ? at : n_frames - 1};
    e.key = (float)(36 + roll(dice, 48));
    e.value = roll(dice, 1000) / 999.0;
    if (e.kind == SQ_EVENT_PARAM && rig->type->n_params) {
      e.index = roll(dice, rig->type->n_params);
      const SqParamInfo *p = &rig->type->params[e.index];
      e.value = p->min + e.value * (p->max - p->min);
    }
    events[i] = e;
  }
  return n;
}

static void play(Rig *rig, Dice *dice, double *peak) {
  static float in[N_CHANNELS][1024], out[N_CHANNELS][1024];
  const float *ins[N_CHANNELS] = {in[0], in[1]};
  float *outs[N_CHANNELS] = {out[0], out[1]};
  for (uint32_t b = 0; b < N_BLOCKS; b++) {
    SqRtEvent events[8];
    uint32_t n = 1 + roll(dice, 512), n_events = deal_events(rig, dice, n, events);
    for (uint32_t i = 0; i < n; i++)
      in[0][i] = in[1][i] = 0.2f * (float)((double)roll(dice, 2000) / 1000 - 1);
    rig->time = (SqRtTime){b > 50, b % 50 == 1, b * 0.25, 120, 4, 4, b * 6000ull};
    rig_run(rig, ins, outs, n, n, events, n_events);
    for (uint32_t i = 0; i < n; i++)
      *peak = isfinite(out[0][i]) ? fmax(*peak, fabs((double)out[0][i])) : *peak;
    if (b == N_BLOCKS / 2)
      rig->type->reset(rig->instance);
  }
}

/// The child: 0 well, 1 cannot be made (with the reason on stdout), 2 its state does not come back, 3 well but silent.
static int try_one(SqCatalog *catalog, const char *id, uint32_t seed) {
  static Rig rig;
  Dice dice = {seed};
  rig.n_in = rig.n_out = N_CHANNELS;
  SqStatus status = sq_catalog_find(catalog, id, &rig.type, rig.error, sizeof rig.error);
  SqProcSetup setup = {.n_in = 0};
  if (status == SQ_OK) {
    setup = rig_setup(&rig);
    status = rig.type->create(rig.type, &setup, &rig.instance);
  }
  if (status != SQ_OK) {
    printf("  skipped %s: %s\n", id, rig.error);
    return 1;
  }
  double peak = 0;
  play(&rig, &dice, &peak);
  SqBlob blob = {.size = 0};
  int result = rig.type->save(rig.instance, &blob) == SQ_OK ? 0 : 2;
  rig.type->free(rig.instance);
  setup.state = &blob;
  setup.params = NULL;
  if (result == 0 && rig.type->create(rig.type, &setup, &rig.instance) == SQ_OK) {
    play(&rig, &dice, &peak);
    rig.type->free(rig.instance);
  } else {
    result = 2;
  }
  free(blob.data);
  return result || peak > 0 ? result : 3;
}

static void test_a_hundred_survive(void **state) {
  static Ids ids;
  SqCatalog *catalog = *state;
  assert_int_equal(sq_catalog_list(catalog, NULL, gather, &ids), SQ_OK);
  Dice dice = {2024};
  uint32_t n_well = 0, n_silent = 0, n_skipped = 0, n_bad = 0, n = ids.n < N_PLUGINS ? ids.n : N_PLUGINS;
  for (uint32_t i = 0; i < n; i++) { // Fisher and Yates
    uint32_t k = i + roll(&dice, ids.n - i);
    char id[256];
    memcpy(id, ids.ids[k], sizeof id);
    memcpy(ids.ids[k], ids.ids[i], sizeof id);
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      alarm(60);
      int result = try_one(catalog, id, i);
      fflush(stdout);
      _exit(result);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    bool exited = WIFEXITED(status);
    n_well += exited && WEXITSTATUS(status) == 0;
    n_silent += exited && WEXITSTATUS(status) == 3;
    n_skipped += exited && WEXITSTATUS(status) == 1;
    if (!exited || WEXITSTATUS(status) == 2) {
      printf("  FAILS %s: %s %d\n", id, exited ? "state, exit" : "signal",
             exited ? WEXITSTATUS(status) : WTERMSIG(status));
      n_bad++;
    }
  }
  printf("%u of %u plug-ins sounded through %u blocks twice, %u were silent, %u skipped, %u failed\n", n_well, n,
         N_BLOCKS, n_silent, n_skipped, n_bad);
  assert_int_equal(n_bad, 0);
  assert_true(n_skipped <= 5);
  assert_true(n_well >= 85);
  assert_true(n >= 100);
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(test_a_hundred_survive, catalog)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
