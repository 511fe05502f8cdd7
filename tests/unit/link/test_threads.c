// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The link and the engine on threads of their own: a storm of edits, events, meters and taps while another thread
// plays. What this shows it shows to the sanitizers: nothing is read and written at once, nothing freed is read.
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "engine/tap.h"
#include "support/edit_storm.h"

typedef struct {
  SqRtEngine *engine;
  _Atomic bool stop;
  _Atomic uint64_t cycles;
  float loudest;
  bool finite;
} Player;

static void *play(void *context) {
  Player *player = context;
  static float left[2048], right[2048];
  float *out[2] = {left, right};
  uint32_t seed = 5;
  player->finite = true;
  while (!atomic_load(&player->stop)) {
    const uint32_t n = 1 + mix_random(&seed) % 512;
    sq_rt_engine_process(player->engine, NULL, 0, out, 2, n);
    for (uint32_t i = 0; i < n; i++) {
      player->finite &= isfinite(left[i]) && isfinite(right[i]);
      player->loudest = fabsf(left[i]) > player->loudest ? fabsf(left[i]) : player->loudest;
    }
    atomic_fetch_add(&player->cycles, 1);
    nanosleep(&(struct timespec){0, 100000}, NULL);
  }
  return NULL;
}

/// Until all fades have ended and what is gone was freed, while it plays on; however long the player is kept waiting.
static void settle(Storm *storm, SqLinkStats *stats) {
  SqLink *link = storm->rig.link;
  for (int i = 0; i < 20000; i++) {
    sq_link_collect(link);
    sq_link_stats(link, stats);
    if (i >= 300 && stats->strips == sq_doc_count(storm->rig.doc))
      return;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
}

static void a_storm_across_threads(void **state) {
  const uint32_t n_edits = getenv("SQUEEZED_SANITIZED") ? 600 : 1500;
  Storm storm;
  storm_open(&storm, 3);
  storm.timed = storm.players = true;
  SqLink *link = storm.rig.link;
  Player player = {.engine = sq_link_engine(link)};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, play, &player), 0);
  uint64_t measured = 0, busy = 0;
  SqRtTap tap;
  float *memory = calloc(2 * 65536, sizeof(float));
  assert_true(sq_rt_tap_init(&tap, memory, 2, 65536));
  uint64_t tapped = sq_link_tap(link, SQ_HANDLE_MASTER, &tap, true, true);
  (void)tapped;
  sq_rt_tap_start(&tap, 1000);
  SqLevels levels;
  while (storm.edits < n_edits) {
    if (sq_link_has_room(link, &(SqEdits){0}, 200, 0))
      storm_edit(&storm);
    else
      busy++;
    const SqStrip *strip = sq_doc_at(storm.rig.doc, mix_random(&storm.seed) % sq_doc_count(storm.rig.doc));
    if (strip->generator)
      sq_link_event(link, strip->generator->handle, &(SqEvent){.kind = SQ_EVENT_PARAM, .index = 2, .value = 0},
                    mix_random(&storm.seed) % 2 ? 0 : sq_link_frame(link) + 500, 0);
    if (storm.edits % 10 == 0) {
      sq_link_set_transport(link, storm.edits % 20 == 0, (double)NAN, 100.0 + storm.edits % 50, 0);
      sq_link_meters_turn(link);
    }
    if (sq_link_levels(link, strip->handle, &levels))
      measured += levels.frames;
    sq_link_collect(link);
    sq_jobs_collect(storm.rig.jobs, NULL, NULL);
    if (storm.edits % 8 == 0)
      nanosleep(&(struct timespec){0, 300000}, NULL);
  }
  const uint64_t number = sq_link_tap(link, SQ_HANDLE_MASTER, &tap, true, false);
  for (int i = 0; i < 20000 && !sq_link_settled(link, number); i++) {
    sq_link_collect(link);
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  assert_true(sq_link_settled(link, number));
  free(memory); // nobody writes to it any more
  SqLinkStats stats;
  settle(&storm, &stats);
  atomic_store(&player.stop, true);
  pthread_join(thread, NULL);
  printf("     %u edits over %llu cycles, %llu plans, %llu messages, %llu stale, %u strips, garbage %u\n", storm.edits,
         (unsigned long long)player.cycles, (unsigned long long)stats.plans, (unsigned long long)stats.messages,
         (unsigned long long)stats.stale, stats.strips, stats.garbage);
  assert_true(player.finite && player.loudest > 0.0F && player.loudest < 10.0F);
  assert_int_equal(stats.strips, sq_doc_count(storm.rig.doc));
  assert_int_equal(stats.lost, 0);
  assert_true(stats.garbage < 32);
  assert_true(measured > 0 && storm.rig.notices[SQ_NOTICE_INSANE] == 0);
  storm_close(&storm);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_storm_across_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
