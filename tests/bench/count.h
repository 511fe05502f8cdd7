// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How a benchmark measures itself: instructions, by starting itself under valgrind with --count, and nanoseconds; main
/// thread.
#ifndef SQ_TESTS_COUNT_H
#define SQ_TESTS_COUNT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_ROUNDS 9 ///< medians are of so many

/// The total of the dump `number` in `folder`, which goes; negative: it is not there.
static inline double read_dump(const char *folder, size_t number) {
  char path[512], line[512];
  snprintf(path, sizeof path, "%s/dump.%zu", folder, number);
  FILE *f = fopen(path, "r");
  double total = -1;
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, "totals:", 7) == 0 || strncmp(line, "summary:", 8) == 0)
      total = strtod(strchr(line, ':') + 1, NULL);
  if (f)
    fclose(f);
  unlink(path);
  return total;
}

/// Starts `self` with --count under callgrind; totals[n] get those of its dumps, from the first on. False: not all
/// came.
static inline bool count_under_valgrind(const char *self, double *totals, size_t n) {
  char folder[] = "/tmp/bench-count-XXXXXX", out[96];
  if (!mkdtemp(folder))
    return false;
  snprintf(out, sizeof out, "--callgrind-out-file=%s/dump", folder);
  pid_t child = fork();
  if (child == 0) {
    execlp("valgrind", "valgrind", "-q", "--tool=callgrind", out, self, "--count", (char *)NULL);
    _exit(127);
  }
  int status = 1;
  bool well = child > 0 && waitpid(child, &status, 0) == child && status == 0;
  for (size_t i = 0; i < n; i++) {
    totals[i] = read_dump(folder, i + 1);
    well = well && totals[i] >= 0;
  }
  char path[128];
  snprintf(path, sizeof path, "%s/dump", folder);
  unlink(path);
  rmdir(folder);
  if (!well)
    fprintf(stderr, "valgrind could not count (is it installed?)\n");
  return well;
}

static inline double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int compare_numbers(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/// The median of x[N_ROUNDS], which it sorts.
static inline double median(double *x) {
  qsort(x, N_ROUNDS, sizeof *x, compare_numbers);
  return x[N_ROUNDS / 2];
}

#endif
