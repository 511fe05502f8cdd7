// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the sampler costs: looping players as they are, scaled, silent, and pitched voices; nanoseconds, this machine.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "media/sample.h"
#include "processors/list.h"
#include "processors/sampler_zone.h"

enum { PLAYERS = 1024, SOUNDS = 16, FRAMES = 64, BLOCKS = 750, ROUNDS = 9 };
#define AIM_NS 20.0 ///< a looping player, beside the reading of its frames

typedef SqRtResult (*Process)(void *player, const SqRtBlock *block);

typedef struct {
  volatile Process process; ///< what is timed
  SqSample *sounds[SOUNDS];
  void *players[PLAYERS];
  uint32_t n;
  float room[2][FRAMES];
  uint64_t frame, n_borrowed;
} Bench;

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void make_sounds(Bench *b) {
  static float x[96000 * 2];
  uint32_t seed = 1;
  for (uint32_t s = 0; s < SOUNDS; s++) {
    uint32_t n = 48000 + s * 2880;
    for (uint32_t i = 0; i < 2 * n; i++)
      x[i] = (float)((seed = seed * 1664525u + 1013904223u) >> 8) / 16777216.0f - 0.5f;
    if (sq_sample_new(x, 2, n, 48000, &b->sounds[s]) != SQ_OK)
      abort();
  }
}

/// A generator that does nothing but lend memory: what the call itself costs here.
static SqRtResult bare(void *player, const SqRtBlock *block) {
  block->out[0] = block->out[1] = player;
  return SQ_RT_SOUND;
}

static SqRtResult run(Bench *b, void *player, const SqRtEvent *events) {
  float *out[2] = {b->room[0], b->room[1]};
  SqSignal gain = {.shape = SQ_SIGNAL_CONSTANT};
  SqRtBlock block = {.frame = b->frame, .n_frames = FRAMES, .n_out = 2, .out = out, .signals = &gain, .events = events};
  SqRtResult result = b->process(player, &block);
  b->n_borrowed += out[0] != b->room[0];
  return result;
}

/// n players, each with `notes` notes on its sound in a loop from frame 997 i mod 40000.
static void open_players(Bench *b, uint32_t n, uint32_t notes, float key, double velocity) {
  b->n = n;
  b->n_borrowed = 0;
  for (uint32_t i = 0; i < n; i++) {
    SqProcSetup setup = {.rate = 48000, .max_block = 8192, .n_out = 2};
    if (sq_processor_sampler.create(&sq_processor_sampler, &setup, &b->players[i]) != SQ_OK)
      abort();
    SqSamplerZones *zones = sq_sampler_zones_new();
    SqSamplerZone zone = sq_sampler_zone_of(b->sounds[i % SOUNDS]);
    zone.mode = SQ_SAMPLER_LOOP;
    zone.start = 997 * i % 40000;
    if (sq_sampler_zones_add(zones, &zone, NULL, 0) != SQ_OK)
      abort();
    sq_processor_sampler.swap(b->players[i], &zones->data);
    SqRtEvent on = {.kind = SQ_EVENT_NOTE_ON, .key = key, .value = velocity};
    for (uint32_t k = 0; k < notes; k++)
      run(b, b->players[i], &on);
  }
}

static void close_players(Bench *b) {
  for (uint32_t i = 0; i < b->n; i++)
    sq_processor_sampler.free(b->players[i]);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double time_round(Bench *b, Process process, uint32_t blocks) {
  b->process = process;
  double begin = now_ns();
  for (uint32_t k = 0; k < blocks; k++, b->frame += FRAMES)
    for (uint32_t i = 0; i < b->n; i++)
      run(b, b->players[i], NULL);
  b->process = sq_processor_sampler.process;
  return (now_ns() - begin) / ((double)blocks * b->n);
}

/// ns of one process() call over that of a bare one, the two in turn; median of the rounds.
static double time_players(Bench *b, uint32_t blocks) {
  double ns[ROUNDS];
  for (int r = 0; r < ROUNDS; r++)
    ns[r] = time_round(b, sq_processor_sampler.process, blocks) - time_round(b, bare, blocks);
  qsort(ns, ROUNDS, sizeof *ns, by_size);
  return ns[ROUNDS / 2];
}

static double measure(Bench *b, uint32_t n, uint32_t notes, float key, double velocity) {
  open_players(b, n, notes, key, velocity);
  double ns = time_players(b, n == 1 ? BLOCKS / 4 : BLOCKS / 3);
  close_players(b);
  return ns;
}

int main(void) {
  static Bench b;
  make_sounds(&b);
  b.process = sq_processor_sampler.process;
  double ns = measure(&b, PLAYERS, 1, 60, 1);
  bool miss = ns > AIM_NS;
  printf("%-58s %9.1f ns, aim <= %.0f %s\n", "looping player, rate 1, of 1,024; 64 frames, stereo", ns, AIM_NS,
         miss ? "MISS" : "ok");
  printf("%-58s %9.1f %%\n", "  of its blocks lent out without a copy",
         100.0 * ((double)b.n_borrowed / ((double)PLAYERS * (BLOCKS / 3) * ROUNDS) -
                  1)); // the bare ones lend all of theirs
  printf("%-58s %9.1f ns\n", "the same at velocity 0.5 (scaled into the strip's buffer)",
         measure(&b, PLAYERS, 1, 60, 0.5));
  printf("%-58s %9.1f ns\n", "a silent one, called all the same", measure(&b, PLAYERS, 0, 60, 1));
  static const float keys[] = {53, 67, 79, 91};
  for (int k = 0; k < 4; k++) {
    ns = measure(&b, 1, 64, keys[k], 0.5) / 64;
    printf("one voice at %+3.0f semitones, stereo, 64 frames %12s %9.1f ns; 64 voices: %.1f %% of a core at 48 kHz\n",
           (double)keys[k] - 60, "", ns, 64 * ns / (FRAMES / 48000.0 * 1e9) * 100);
  }
  for (int s = 0; s < SOUNDS; s++)
    sq_sample_release(b.sounds[s]);
  return miss;
}
