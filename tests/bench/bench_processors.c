// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the built-in processors cost a block of two channels and 64 frames: nanoseconds (this machine) and instructions
/// (callgrind, exact).
///
/// Run bare, the program measures time and starts itself under valgrind for the instructions.
#include <valgrind/callgrind.h>

#include "processors/list.h"
#include "tests/bench/count.h"

#define N_FRAMES 64
#define N_WARM 500
#define N_CALLS 100  ///< counted
#define N_TIMED 4000 ///< timed in one round
#define MAX_PARAMS 64

typedef struct {
  const char *id, *what;
  const char *values; ///< "symbol value symbol value …", else the defaults
  const char *moving; ///< a parameter that moves in every frame, or NULL
  double aim_ns;      ///< 0: none
} Subject;

static const Subject subjects[] = {
    {"gain", "0 dB, in place", "", NULL, 0},
    {"gain", "-6 dB", "gain -6", NULL, 0},
    {"gain", "moving", "gain -6", "gain", 0},
    {"tone", "sine", "", NULL, 0},
    {"tone", "saw", "wave 2", NULL, 0},
    {"eq", "flat", "", NULL, 0},
    {"eq", "1 band", "b3_gain 3", NULL, 0},
    {"eq", "4 bands", "b3_gain 3 b4_gain -3 b5_gain 6 b6_gain 2", NULL, 2000},
    {"eq", "8 bands", "b1_on 1 b2_gain 1 b3_gain 3 b4_gain -3 b5_gain 6 b6_gain 2 b7_gain -5 b8_on 1", NULL, 0},
    {"eq", "4 bands, one moving", "b3_gain 3 b4_gain -3 b5_gain 6 b6_gain 2", "b4_freq", 0},
    {"compressor", "peak, at work", "threshold -30", NULL, 0},
    {"compressor", "rms, at work", "threshold -30 detector 1", NULL, 0},
    {"compressor", "threshold moving", "threshold -30", "threshold", 0},
    {"limiter", "below the ceiling", "", NULL, 0},
    {"limiter", "at work", "gain 12", NULL, 0},
    {"reverb", "2 s", "", NULL, 0},
    {"reverb", "decay moving", "", "decay", 0},
};
enum { N_SUBJECTS = sizeof subjects / sizeof subjects[0] };

typedef struct {
  const SqProcessorType *type;
  void *instance;
  SqRtBlock block;
  SqSignal signals[MAX_PARAMS];
  SqRtTime time;
  float source[2][N_FRAMES], x[2][N_FRAMES], frames[N_FRAMES];
  float *channels[2];
} Bench;

static uint32_t find_param(const SqProcessorType *type, const char *symbol) {
  for (uint32_t p = 0; p < type->n_params; p++)
    if (!strcmp(type->params[p].symbol, symbol))
      return p;
  fprintf(stderr, "%s has no parameter %s\n", type->id, symbol);
  exit(1);
}

static void read_values(const Subject *s, const SqProcessorType *type, double *values) {
  char symbol[64];
  double value;
  int used = 0;
  for (uint32_t p = 0; p < type->n_params; p++)
    values[p] = type->params[p].def;
  for (const char *at = s->values; sscanf(at, "%63s %lf%n", symbol, &value, &used) == 2; at += used)
    values[find_param(type, symbol)] = value;
}

/// One block: the effect finds sound again each time, as behind a source.
static void run_once(Bench *b) {
  memcpy(b->x, b->source, sizeof b->x);
  b->type->process(b->instance, &b->block);
  b->block.frame += N_FRAMES;
}

static void open_subject(Bench *b, const Subject *s) {
  double values[MAX_PARAMS];
  memset(b, 0, sizeof *b);
  b->type = sq_processor_find(s->id);
  read_values(s, b->type, values);
  const SqProcSetup setup = {.rate = 48000, .max_block = 8192, .n_in = 2, .n_out = 2, .params = values};
  if (b->type->create(b->type, &setup, &b->instance) != SQ_OK)
    exit(1);
  uint32_t n_signals = 0, moving = s->moving ? find_param(b->type, s->moving) : UINT32_MAX;
  for (uint32_t p = 0; p < b->type->n_params; p++) {
    if (b->type->params[p].value_class != SQ_CLASS_SIGNAL || b->type->params[p].output)
      continue;
    SqSignal *signal = &b->signals[n_signals++];
    *signal = (SqSignal){.value = (float)values[p]};
    if (p != moving)
      continue;
    for (uint32_t i = 0; i < N_FRAMES; i++)
      b->frames[i] = (float)(values[p] * (1.0 + 0.001 * i));
    *signal = (SqSignal){.shape = SQ_SIGNAL_FRAMES, .frames = b->frames};
  }
  for (int c = 0; c < 2; c++) {
    b->channels[c] = b->x[c];
    for (int i = 0; i < N_FRAMES; i++)
      b->source[c][i] = (float)((i * 37 + c) % 64) / 64.0f - 0.5f;
  }
  b->block = (SqRtBlock){.n_frames = N_FRAMES,
                         .n_in = 2,
                         .n_out = 2,
                         .in = (const float *const *)b->channels,
                         .out = b->channels,
                         .signals = b->signals,
                         .time = &b->time};
  for (int i = 0; i < N_WARM; i++)
    run_once(b);
}

/// The part that runs under valgrind: two dumps for each subject, the second being N calls.
static int count(void) {
  static Bench b;
  for (uint32_t i = 0; i < N_SUBJECTS; i++) {
    open_subject(&b, &subjects[i]);
    CALLGRIND_DUMP_STATS; // what came before: not read
    CALLGRIND_ZERO_STATS;
    for (int k = 0; k < N_CALLS; k++)
      run_once(&b);
    CALLGRIND_DUMP_STATS;
    b.type->free(b.instance);
  }
  return 0;
}

static double median_ns(Bench *b) {
  double ns[N_ROUNDS];
  for (int r = 0; r < N_ROUNDS; r++) {
    double t0 = now_ns();
    for (int k = 0; k < N_TIMED; k++)
      run_once(b);
    ns[r] = (now_ns() - t0) / N_TIMED;
  }
  return median(ns);
}

int main(int argc, char **argv) {
  static Bench b;
  double totals[N_SUBJECTS][2];
  if (argc > 1 && strcmp(argv[1], "--count") == 0)
    return count();
  if (!count_under_valgrind(argv[0], totals[0], 2 * N_SUBJECTS))
    return 1;
  int missed = 0;
  printf("%-36s %13s %9s %9s\n", "built-in, 2 channels, 64 frames", "instructions", "ns", "aim");
  for (uint32_t i = 0; i < N_SUBJECTS; i++) {
    const Subject *s = &subjects[i];
    char name[64], aim[32] = "-";
    open_subject(&b, s);
    double ns = median_ns(&b);
    b.type->free(b.instance);
    bool miss = s->aim_ns > 0 && ns > s->aim_ns;
    missed += miss;
    snprintf(name, sizeof name, "%s: %s", s->id, s->what);
    if (s->aim_ns > 0)
      snprintf(aim, sizeof aim, "<= %.0f", s->aim_ns);
    printf("%-36s %13.0f %9.0f %9s %s\n", name, totals[i][1] / N_CALLS, ns, aim,
           s->aim_ns <= 0 ? ""
           : miss         ? "MISS"
                          : "ok");
  }
  return missed > 0;
}
