// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What hosting adds to a VST3 plug-in's process(): instructions (callgrind, exact).
///
/// Run bare, the program starts itself under valgrind. Both ways run the plug-in with the same buffers and lists.
#include <valgrind/callgrind.h>

#include "plugins/catalog.h"
#include "plugins/vst3/instance.h"
#include "tests/bench/count.h"

#define N_FRAMES 64
#define N_WARM 2000
#define N_CALLS 200
#define AIM 100 ///< instructions that hosting may add to an effect that does not answer with meters

typedef struct {
  const char *id, *what;
  uint32_t n_channels;
  bool aimed;
} Subject;

static const Subject subjects[] = {{"vst3:73717A0250524F424500000000000002", "our own gain", 2, true},
                                   {"vst3:2046504473616C634C444D5A00000000", "ZamDelay, a meter", 1, false},
                                   {"vst3:2046504473616C6332584D5A00000000", "ZaMaximX2, two meters", 2, false},
                                   {"vst3:2046504473616C63504D435A00000000", "ZamComp, meters, a sidechain", 1, false}};
#define N_SUBJECTS (sizeof subjects / sizeof subjects[0])

typedef struct {
  const SqProcessorType *type;
  SqVst3Instance *instance;
  SqRtBlock block;
  SqRtTime time;
  SqSignal signals[SQ_MAX_SIGNALS];
  float in[2][N_FRAMES], out[2][N_FRAMES];
  const float *ins[2];
  float *outs[2];
} Bench;

static void open_subject(Bench *b, SqCatalog *catalog, const Subject *s) {
  char error[512] = "";
  static double params[256];
  memset(b, 0, sizeof *b);
  void *instance = NULL;
  SqStatus status = sq_catalog_find(catalog, s->id, &b->type, error, sizeof error);
  SqProcSetup setup = {
      .rate = 48000, .max_block = 8192, .n_in = s->n_channels, .n_out = s->n_channels, .params = params};
  setup.error = error;
  setup.error_size = sizeof error;
  for (uint32_t i = 0, k = 0; status == SQ_OK && i < b->type->n_params && i < 256; i++) {
    params[i] = b->type->params[i].def;
    if (b->type->params[i].value_class == SQ_CLASS_SIGNAL && !b->type->params[i].output)
      b->signals[k++] = (SqSignal){.shape = SQ_SIGNAL_CONSTANT, .value = (float)params[i]};
  }
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
  b->block = (SqRtBlock){.n_frames = N_FRAMES,
                         .n_in = s->n_channels,
                         .n_out = s->n_channels,
                         .in = b->ins,
                         .out = b->outs,
                         .signals = b->signals,
                         .time = &b->time};
  for (int i = 0; i < N_WARM; i++)
    b->type->process(instance, &b->block);
}

__attribute__((noinline)) static void run_bare(Bench *b, uint32_t n) {
  SqVst3Run *run = b->instance->runs;
  for (uint32_t i = 0; i < n; i++)
    run->processor->table->process(run->processor, &run->data);
}

__attribute__((noinline)) static void run_hosted(Bench *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    b->type->process(b->instance, &b->block);
}

/// The part that runs under valgrind: three dumps for each subject, the last two being N calls bare and N hosted.
static int count(void) {
  SqCatalog *catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = 48000});
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    Bench b;
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

/// The plug-ins of the tests lie beside the benchmarks.
static void find_probes(void) {
  char path[1024];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
  path[n > 0 ? n : 0] = '\0';
  for (int up = 0; up < 2 && strrchr(path, '/'); up++)
    *strrchr(path, '/') = '\0';
  snprintf(path + strlen(path), 32, "/plugins");
  setenv("VST3_PATH", path, 1);
}

int main(int argc, char **argv) {
  find_probes();
  if (argc > 1 && strcmp(argv[1], "--count") == 0)
    return count();
  double totals[N_SUBJECTS][3];
  if (!count_under_valgrind(argv[0], totals[0], 3 * N_SUBJECTS))
    return 1;
  int missed = 0;
  printf("%-44s %10s %10s %8s %8s\n", "VST3, 64 frames", "bare", "hosted", "added", "aim");
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    double bare = totals[i][1] / N_CALLS, hosted = totals[i][2] / N_CALLS;
    bool miss = subjects[i].aimed && hosted - bare > AIM;
    missed += miss;
    char aim[32];
    snprintf(aim, sizeof aim, subjects[i].aimed ? "<= %d" : "-", AIM);
    printf("%-44s %10.1f %10.1f %8.1f %8s %s\n", subjects[i].what, bare, hosted, hosted - bare, aim,
           !subjects[i].aimed ? ""
           : miss             ? "MISS"
                              : "ok");
  }
  return missed > 0;
}
