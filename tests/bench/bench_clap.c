// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What hosting adds to a CLAP plug-in's process(): instructions (callgrind, exact), in blocks in which nothing is
/// told.
///
/// Run bare, the program starts itself under valgrind. What is added grows with the continuous parameters, each of
/// which is looked at.
#include <valgrind/callgrind.h>

#include "plugins/catalog.h"
#include "plugins/clap/instance.h"
#include "tests/bench/count.h"

#define N_FRAMES 64
#define N_WARM 50
#define N_CALLS 20 ///< counted
#define AIM 100    ///< instructions that hosting may add

typedef struct {
  const char *id;
  uint32_t n; ///< channels
} Subject;

static const Subject subjects[] = {{"clap:com.zamaudio.ZaMaximX2", 2},
                                   {"clap:com.zamaudio.ZamDelay", 1},
                                   {"clap:com.zamaudio.ZamCompX2", 2},
                                   {"clap:com.zamaudio.ZamGEQ31", 1}};
#define N_SUBJECTS (sizeof subjects / sizeof subjects[0])

typedef struct {
  const SqProcessorType *type;
  SqClapInstance *instance;
  SqRtBlock block;
  SqRtTime time;
  SqSignal signals[SQ_MAX_SIGNALS];
  double params[512];
  float in[2][N_FRAMES], out[2][N_FRAMES];
  const float *ins[2];
  float *outs[2];
} Bench;

static void open_subject(Bench *b, SqCatalog *catalog, const Subject *s) {
  char error[512] = "";
  void *instance = NULL;
  memset(b, 0, sizeof *b);
  SqStatus status = sq_catalog_find(catalog, s->id, &b->type, error, sizeof error);
  for (uint32_t i = 0, k = 0; status == SQ_OK && i < b->type->n_params && i < 512; i++) {
    b->params[i] = b->type->params[i].def;
    if (b->type->params[i].value_class == SQ_CLASS_SIGNAL && !b->type->params[i].output)
      b->signals[k++].value = (float)b->params[i];
  }
  const SqProcSetup setup = {.rate = 48000,
                             .max_block = N_FRAMES,
                             .n_in = s->n,
                             .n_out = s->n,
                             .params = b->params,
                             .error = error,
                             .error_size = sizeof error};
  if (status == SQ_OK)
    status = b->type->create(b->type, &setup, &instance);
  if (status != SQ_OK) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
  b->instance = instance;
  for (int c = 0; c < 2; c++) {
    b->ins[c] = b->in[c];
    b->outs[c] = b->out[c];
    for (int i = 0; i < N_FRAMES; i++)
      b->in[c][i] = (float)((i * 37) % 64) / 64.0f - 0.5f;
  }
  b->block = (SqRtBlock){.n_frames = N_FRAMES, .n_in = s->n, .n_out = s->n, .in = b->ins, .out = b->outs};
  b->block.time = &b->time;
  b->block.signals = b->signals;
  for (int i = 0; i < N_WARM; i++) // what is told is told, envelopes settle
    b->type->process(instance, &b->block);
}

__attribute__((noinline)) static void run_bare(Bench *b, uint32_t n) {
  SqClapUnit *unit = b->instance->units;
  for (uint32_t i = 0; i < n; i++)
    unit->guest.plugin->process(unit->guest.plugin, &unit->process);
}

__attribute__((noinline)) static void run_hosted(Bench *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    b->type->process(b->instance, &b->block);
}

/// The part that runs under valgrind: three dumps for each subject, the last two being N calls bare and N hosted.
static int count(void) {
  static Bench b;
  SqCatalog *catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = 48000});
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    open_subject(&b, catalog, &subjects[i]);
    run_bare(&b, N_CALLS);
    CALLGRIND_DUMP_STATS; // callgrind counts some more in the first dump after a change of caller: not read
    for (uint32_t way = 0; way < 2; way++) {
      CALLGRIND_ZERO_STATS;
      (way == 0 ? run_bare : run_hosted)(&b, N_CALLS);
      CALLGRIND_DUMP_STATS;
    }
    b.type->free(b.instance);
  }
  sq_catalog_free(catalog);
  return 0;
}

int main(int argc, char **argv) {
  double totals[3 * N_SUBJECTS];
  int missed = 0;
  if (argc > 1 && strcmp(argv[1], "--count") == 0)
    return count();
  if (!count_under_valgrind(argv[0], totals, 3 * N_SUBJECTS))
    return 1;
  printf("%-32s %10s %10s %8s %8s\n", "CLAP, 64 frames", "bare", "hosted", "added", "aim");
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    const double bare = totals[3 * i + 1] / N_CALLS, hosted = totals[3 * i + 2] / N_CALLS;
    const bool miss = !(bare > 0 && hosted - bare <= AIM);
    missed += miss;
    printf("%-32s %10.1f %10.1f %8.1f %8s %s\n", subjects[i].id, bare, hosted, hosted - bare, "<= 100",
           miss ? "MISS" : "ok");
  }
  return missed > 0;
}
