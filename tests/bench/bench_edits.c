// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What an edit costs the control thread, from its record to the plan in the queue, and what a strip costs in memory.
///
/// Prints `what | aim | value | verdict` lines for tests/bench/run.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link/link.h"

enum { ROUNDS = 101, BLOCK = 64 };
#define SNAPSHOT_AIM_US 1000.0

typedef struct {
  SqDoc *doc;
  SqJobs *jobs;
  SqLink *link;
  SqEdits edits;
  SqHandle *sources; ///< [n]
  SqHandle bus[2];
  uint32_t n;
  double us[ROUNDS];
} Bench;

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void notice(void *context, const SqNotice *n) {}

static void say(void *context, int level, const char *text) {
  fprintf(stderr, "%s\n", text);
}

/// Bytes of this process that are in memory.
static double resident(void) {
  long pages = 0, in_memory = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%ld %ld", &pages, &in_memory) != 2)
    in_memory = 0;
  if (f)
    fclose(f);
  return (double)in_memory * (double)sysconf(_SC_PAGESIZE);
}

/// Time passes on the audio side, so that what was sent is carried out and what was retired comes back.
static void pass(Bench *b) {
  static float x[4][BLOCK];
  const float *in[2] = {x[0], x[1]};
  float *out[2] = {x[2], x[3]};
  for (int i = 0; i < 10; i++) // longer than any fade
    sq_rt_engine_process(sq_link_engine(b->link), in, 2, out, 2, BLOCK);
  sq_link_collect(b->link);
}

static void commit(Bench *b) {
  sq_link_commit(b->link, &b->edits, 0);
  sq_edits_clear(&b->edits);
}

static SqHandle add_strip(Bench *b, SqStripKind kind, const char *name, SqHandle output, const char *generator) {
  SqStrip *strip = sq_strip_new(kind, name, 2);
  strip->handle = sq_doc_next_handle(b->doc);
  strip->sequence = sq_doc_next_sequence(b->doc);
  strip->output = output;
  if (generator) {
    strip->generator = sq_proc_new(generator, "generator");
    strip->generator->handle = sq_doc_next_handle(b->doc);
  }
  const SqHandle handle = strip->handle;
  sq_edits_put(&b->edits, strip);
  return handle;
}

static void wait_for_jobs(Bench *b) {
  while (sq_jobs_pending(b->jobs) && sq_jobs_wait(b->jobs, 1000))
    sq_jobs_collect(b->jobs, NULL, NULL);
}

static void open_bench(Bench *b, SqCatalog *catalog, uint32_t n) {
  char name[32];
  memset(b, 0, sizeof *b);
  b->n = n;
  b->doc = sq_doc_new(2);
  b->jobs = sq_jobs_new(1);
  b->sources = calloc(n, sizeof *b->sources);
  const SqLinkConfig config = {.rate = 48000,
                               .n_in = 2,
                               .n_out = 2,
                               .offline = true,
                               .catalog = catalog,
                               .jobs = b->jobs,
                               .notice = notice,
                               .log = say,
                               .state_dir = "/tmp"};
  if (!b->sources || sq_link_new(&config, b->doc, &b->link) != SQ_OK)
    exit(1);
  sq_edits_init(&b->edits, b->doc);
  for (uint32_t i = 0; i < 2; i++) {
    snprintf(name, sizeof name, "bus%u", i);
    b->bus[i] = add_strip(b, SQ_STRIP_BUS, name, SQ_HANDLE_MASTER, NULL);
  }
  for (uint32_t i = 0; i < n; i++) {
    snprintf(name, sizeof name, "s%u", i);
    b->sources[i] = add_strip(b, SQ_STRIP_SOURCE, name, b->bus[0], "sampler");
  }
  commit(b);
  wait_for_jobs(b);
  sq_link_collect(b->link);
  sq_link_set_stopped(b->link, false);
  pass(b);
}

static void close_bench(Bench *b) {
  sq_edits_cleanup(&b->edits);
  sq_link_set_stopped(b->link, true);
  sq_link_free(b->link);
  sq_jobs_free(b->jobs);
  sq_doc_free(b->doc);
  free(b->sources);
}

static SqStrip *copy_of(Bench *b, uint32_t round) {
  return sq_strip_copy(sq_doc_strip(b->doc, b->sources[round * 37 % b->n]));
}

static void set_gain(Bench *b, uint32_t round) {
  const SqValueRef ref = {b->sources[round * 37 % b->n], SQ_STRIP_GAIN_DB};
  sq_edits_number(&b->edits, ref, -1.0 - 0.1 * (double)(round % 50));
  commit(b);
}

static void route(Bench *b, uint32_t round) {
  SqStrip *strip = copy_of(b, round);
  strip->output = b->bus[round % 2];
  sq_edits_put(&b->edits, strip);
  commit(b);
}

static void insert(Bench *b, uint32_t round) {
  SqStrip *strip = copy_of(b, round);
  SqProc *proc = sq_proc_new("gain", "inserted");
  proc->handle = sq_doc_next_handle(b->doc);
  sq_strip_insert(strip, proc, strip->n_chain);
  sq_edits_put(&b->edits, strip);
  commit(b);
  wait_for_jobs(b);
  sq_link_collect(b->link);
}

static void add_and_remove(Bench *b, uint32_t round) {
  char name[32];
  snprintf(name, sizeof name, "new%u", round);
  const SqHandle handle = add_strip(b, SQ_STRIP_SOURCE, name, b->bus[0], "tone");
  commit(b);
  sq_edits_remove(&b->edits, handle);
  commit(b);
}

static void snapshot(Bench *b, uint32_t round) {
  sq_doc_free(sq_doc_snapshot(b->doc));
}

/// Median and worst of many; `each`: edits in one call.
static void measure(Bench *b, const char *what, void (*edit)(Bench *, uint32_t), double each, double aim_us) {
  for (uint32_t r = 0; r < ROUNDS; r++) {
    const double begin = now_us();
    edit(b, r);
    b->us[r] = (now_us() - begin) / each;
    pass(b);
  }
  qsort(b->us, ROUNDS, sizeof b->us[0], by_size);
  char aim[32] = "-";
  if (aim_us > 0)
    snprintf(aim, sizeof aim, "< %.0f us", aim_us);
  printf("%s at %u strips | %s | %.1f us, worst of %d: %.0f us | %s\n", what, b->n, aim, b->us[ROUNDS / 2], ROUNDS,
         b->us[ROUNDS - 1],
         aim_us <= 0                  ? ""
         : b->us[ROUNDS / 2] < aim_us ? "ok"
                                      : "MISS");
}

int main(void) {
  static const uint32_t sizes[] = {128, 1000, 4096};
  static Bench b;
  SqCatalog *catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = 48000});
  for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    const double before = resident();
    open_bench(&b, catalog, sizes[i]);
    if (sizes[i] == 4096)
      printf("memory of an idle sampler source, at %u | - | %.1f kB |\n", sizes[i],
             (resident() - before) / sizes[i] / 1024.0);
    measure(&b, "gain set", set_gain, 1, 0);
    measure(&b, "output changed", route, 1, 0);
    measure(&b, "built-in inserted", insert, 1, 0);
    measure(&b, "source added or removed", add_and_remove, 2, 0);
    measure(&b, "snapshot of the document, taken and freed", snapshot, 1, sizes[i] == 4096 ? SNAPSHOT_AIM_US : 0);
    close_bench(&b);
  }
  sq_catalog_free(catalog);
  return 0;
}
