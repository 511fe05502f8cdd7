// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// sq-test: timeout=120
// No edit clicks: sines play through a random graph while it is edited in every way, and a detector looks for corners.
//
// The detector is Bernstein's inequality: a signal without anything above w rad/frame and below A in size has a fourth
// derivative below A w^4. The fourth difference of what plays, over the largest sample nearby times w^4, is thus at
// most 1 while nothing is edited; smoothed edits raise it a little, a step of 0.1 dB by hundreds.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support/edit_storm.h"

#define ALLOWED 20.0 ///< times the clean bound
#define RUN (64 * 1024)

static float *channels[2];

static void step_at(float *x, uint32_t at, uint32_t n, float gain) {
  for (uint32_t i = at; i < n; i++)
    x[i] *= gain;
}

/// Three sines as they play, without an edit: below 1. The same with a step of 0.1 dB anywhere: always found.
static void finds_a_tenth_of_a_decibel(void **state) {
  enum { N = 4096 };
  static float clean[N], x[N];
  uint32_t seed = 7, found = 0;
  static const double size[3] = {0.3, 0.12, 0.08}; // they beat, but never to nothing
  double worst_clean = 0.0, least = 1e9;
  for (uint32_t round = 0; round < 1000; round++) {
    double phase[3];
    for (int k = 0; k < 3; k++)
      phase[k] = mix_random(&seed) / 4294967296.0;
    for (uint32_t i = 0; i < N; i++) {
      double sum = 0.0;
      for (int k = 0; k < 3; k++)
        sum += size[k] * sin(2.0 * M_PI * (phase[k] + storm_hz[k] * i / MIX_RATE));
      clean[i] = (float)sum;
    }
    const double quiet = storm_residual(clean, 512, N - 512, NULL);
    worst_clean = quiet > worst_clean ? quiet : worst_clean;
    memcpy(x, clean, sizeof x);
    const uint32_t at = 1024 + mix_random(&seed) % 2048;
    step_at(x, at, N, (float)pow(10.0, (round % 2 ? 0.1 : -0.1) / 20.0));
    uint32_t where = 0;
    const double loud = storm_residual(x, 512, N - 512, &where);
    least = loud < least ? loud : least;
    found += loud > ALLOWED && where + 8 > at && where < at + 8;
  }
  printf("     clean %.2f, the least of 1000 steps of 0.1 dB %.0f, found %u\n", worst_clean, least, found);
  assert_true(worst_clean <= 1.2);
  assert_int_equal(found, 1000);
}

/// Plays the storm and returns the worst residual; prints what was edited around every hit.
static uint32_t hits_of_storm(uint32_t n_edits, uint32_t seed, bool timed, double *worst) {
  Storm storm;
  storm_open(&storm, seed);
  storm.timed = timed;
  storm.players = true;
  for (uint32_t c = 0; c < 2; c++)
    channels[c] = realloc(channels[c], RUN * sizeof(float));
  uint32_t hits = 0, have = 0;
  *worst = 0.0;
  while (storm.edits < n_edits) {
    // what was played last stays in front, so that every frame is looked at with its neighbours
    const uint32_t keep = have ? 2048 : 0;
    for (uint32_t c = 0; c < 2 && keep; c++)
      memmove(channels[c], channels[c] + have - keep, keep * sizeof(float));
    have = keep;
    const uint64_t first = sq_link_frame(storm.rig.link) - keep;
    while (have + 4096 < RUN) {
      const uint32_t pause = 1 + mix_random(&storm.seed) % 1200;
      mix_run(&storm.rig, channels, have, pause, 0);
      have += pause;
      storm_edit(&storm);
    }
    for (uint32_t c = 0; c < 2; c++) {
      uint32_t where = 0;
      const double r = storm_residual(channels[c], first < 8192 ? 8192 : 1024, have - 1024, &where);
      *worst = r > *worst ? r : *worst;
      if (r > ALLOWED) {
        hits++;
        printf("     seed %u channel %u frame %llu: %.0f times the bound; edits before it:\n", seed, c,
               (unsigned long long)(first + where), r);
        storm_print_before(&storm, first + where);
      }
    }
  }
  storm_print_histogram(&storm);
  for (int k = 0; k < STORM_KINDS && n_edits >= 3000; k++)
    assert_true(storm.kinds[k] * 50 >= n_edits); // 2 % of each kind
  storm_close(&storm);
  return hits;
}

static void storm_of(uint32_t n, bool timed) {
  const char *wish = getenv("EDITS"), *first = getenv("SEED");
  n = wish ? (uint32_t)strtoul(wish, NULL, 10) : getenv("SQUEEZED_SANITIZED") ? n / 5 : n;
  double worst;
  const uint32_t hits = hits_of_storm(n, first ? (uint32_t)strtoul(first, NULL, 10) : 1, timed, &worst);
  printf("     %u edits, worst residual %.1f times the clean bound (allowed %.0f), %u hits\n", n, worst, ALLOWED, hits);
  assert_int_equal(hits, 0);
}

static void no_edit_clicks(void **state) {
  storm_of(10000, false);
}

/// A third of the edits is given for a frame ahead; others come while that plan waits, and join it.
static void no_timed_edit_clicks(void **state) {
  storm_of(3000, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(finds_a_tenth_of_a_decibel), cmocka_unit_test(no_edit_clicks),
                                     cmocka_unit_test(no_timed_edit_clicks)};
  const int status = cmocka_run_group_tests(tests, NULL, NULL);
  free(channels[0]);
  free(channels[1]);
  return status;
}
