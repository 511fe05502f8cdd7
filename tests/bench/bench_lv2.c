// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What hosting adds to the run() of an LV2 plug-in, and of LADSPA and VST2: instructions (callgrind, exact) and
/// nanoseconds (this machine).
///
/// Run bare, the program measures time and starts itself under valgrind for the instructions.
#include <math.h>

#include <valgrind/callgrind.h>

#include "plugins/catalog.h"
#include "plugins/ladspa/instance.h"
#include "plugins/lv2/instance.h"
#include "plugins/vst2/instance.h"
#include "tests/bench/count.h"

#define N_FRAMES 64
#define N_WARM 2000
#define N_CALLS 200   ///< counted
#define N_TIMED 20000 ///< timed in one round
#define AIM 100       ///< instructions that hosting may add to an effect without atom ports

typedef struct {
  const char *id;
  uint32_t n_in, n_out;
  bool aimed;   ///< the aim is for effects without atom ports that do not ask for the time
  double first; ///< of the first parameter; NAN: its default. The amp's is that of the chain in tests/bench/run: at
                ///< 0 dB its powf() is cheaper
} Subject;

static const Subject subjects[] = {{"lv2:http://plugin.org.uk/swh-plugins/amp", 1, 1, true, -1.0},
                                   {"lv2:http://plugin.org.uk/swh-plugins/singlePara", 1, 1, true, NAN},
                                   {"lv2:http://plugin.org.uk/swh-plugins/sc4", 2, 2, true, NAN},
                                   {"lv2:http://drobilla.net/plugins/mda/EPiano", 0, 2, false, NAN},
                                   {"ladspa:amp.so:amp_stereo", 2, 2, true, NAN},
                                   {"ladspa:sc4_1882.so:sc4", 2, 2, true, NAN},
                                   {"vst2:/usr/lib/vst/lsp-plugins/comp-delay-stereo.so", 2, 2, false, NAN},
                                   {"vst2:/usr/lib/vst/3BandEQ-vst.so", 2, 2, true, NAN}};
#define N_SUBJECTS (sizeof subjects / sizeof subjects[0])

typedef struct {
  const SqProcessorType *type;
  void *instance;
  void (*bare)(void *instance); ///< one run of the plug-in itself
  SqRtBlock block;
  SqRtTime time;
  _Alignas(64) float in[2][N_FRAMES];
  _Alignas(64) float out[2][N_FRAMES];
  const float *ins[2];
  float *outs[2];
} Bench;

static void bare_lv2(void *instance) {
  const SqLv2Run *run = ((SqLv2Instance *)instance)->runs;
  run->run(run->handle, N_FRAMES);
}

static void bare_ladspa(void *instance) {
  const SqLadspaInstance *self = instance;
  self->descriptor->run(self->units[0].handle, N_FRAMES);
}

static void bare_vst2(void *instance) {
  const SqVst2Unit *unit = ((SqVst2Instance *)instance)->units;
  unit->effect->replace(unit->effect, (float **)(uintptr_t)unit->ins, (float **)(uintptr_t)unit->outs, N_FRAMES);
}

/// The identifier without what all of its format share.
static const char *short_name(const char *id) {
  return strncmp(id, "lv2:http://", strlen("lv2:http://")) == 0 ? id + strlen("lv2:http://") : id;
}

static void open_subject(Bench *b, SqCatalog *catalog, const Subject *s) {
  char error[512] = "";
  static double params[256];
  memset(b, 0, sizeof *b);
  void *instance = NULL;
  SqStatus status = sq_catalog_find(catalog, s->id, &b->type, error, sizeof error);
  SqProcSetup setup = {.rate = 48000, .max_block = 8192, .n_in = s->n_in, .n_out = s->n_out, .params = params};
  setup.error = error;
  setup.error_size = sizeof error;
  for (uint32_t i = 0; status == SQ_OK && i < b->type->n_params && i < 256; i++)
    params[i] = i == 0 && !isnan(s->first) ? s->first : b->type->params[i].def;
  if (status == SQ_OK)
    status = b->type->create(b->type, &setup, &instance);
  if (status != SQ_OK) {
    fprintf(stderr, "%s\n", error);
    exit(1);
  }
  b->instance = instance;
  b->bare = strncmp(s->id, "lv2:", 4) == 0 ? bare_lv2 : strncmp(s->id, "vst2:", 5) == 0 ? bare_vst2 : bare_ladspa;
  for (int c = 0; c < 2; c++) {
    b->ins[c] = b->in[c];
    b->outs[c] = b->out[c];
    for (int i = 0; i < N_FRAMES; i++)
      b->in[c][i] = (float)((i * 37) % 64) / 64.0f - 0.5f;
  }
  b->block = (SqRtBlock){.n_frames = N_FRAMES, .n_in = s->n_in, .n_out = s->n_out, .in = b->ins, .out = b->outs};
  b->block.time = &b->time;
  for (int i = 0; i < N_WARM; i++) // ports find their buffers, envelopes settle
    b->type->process(instance, &b->block);
}

__attribute__((noinline)) static void run_bare(Bench *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    b->bare(b->instance);
}

__attribute__((noinline)) static void run_hosted(Bench *b, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    b->type->process(b->instance, &b->block);
}

// ---- instructions ---------------------------------------------------------------------------------------------------

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

// ---- time -----------------------------------------------------------------------------------------------------------

/// Medians of interleaved rounds, per call.
static void time_both(Bench *b, double *bare_ns, double *hosted_ns) {
  double bare[N_ROUNDS], hosted[N_ROUNDS];
  for (int r = 0; r < N_ROUNDS; r++) {
    double t0 = now_ns();
    run_bare(b, N_TIMED);
    double t1 = now_ns();
    run_hosted(b, N_TIMED);
    double t2 = now_ns();
    bare[r] = (t1 - t0) / N_TIMED;
    hosted[r] = (t2 - t1) / N_TIMED;
  }
  *bare_ns = median(bare);
  *hosted_ns = median(hosted);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--count") == 0)
    return count();
  double totals[N_SUBJECTS][3], counts[N_SUBJECTS][2];
  if (!count_under_valgrind(argv[0], totals[0], 3 * N_SUBJECTS))
    return 1;
  for (size_t i = 0; i < N_SUBJECTS; i++)
    for (size_t way = 0; way < 2; way++)
      counts[i][way] = totals[i][1 + way] / N_CALLS;
  SqCatalog *catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = 48000});
  int missed = 0;
  printf("%-50s %10s %10s %8s %8s %9s %9s\n", "64 frames", "bare", "hosted", "added", "aim", "bare ns", "hosted ns");
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    Bench b;
    double bare_ns, hosted_ns, added = counts[i][1] - counts[i][0];
    open_subject(&b, catalog, &subjects[i]);
    time_both(&b, &bare_ns, &hosted_ns);
    b.type->free(b.instance);
    bool miss = subjects[i].aimed && !(counts[i][0] > 0 && added <= AIM);
    missed += miss;
    char aim[32];
    snprintf(aim, sizeof aim, subjects[i].aimed ? "<= %d" : "-", AIM);
    printf("%-50s %10.1f %10.1f %8.1f %8s %9.1f %9.1f %s\n", short_name(subjects[i].id), counts[i][0], counts[i][1],
           added, aim, bare_ns, hosted_ns,
           !subjects[i].aimed ? ""
           : miss             ? "MISS"
                              : "ok");
  }
  sq_catalog_free(catalog);
  return missed > 0;
}
