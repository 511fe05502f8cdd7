// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The plain mixer that ours is measured against: what work W1 costs when nothing but the work is done.
///
///     refmix FOLDER N BLOCK SECONDS [base|avx2|native] [OUT]
///
/// N stereo sources loop the WAVs FOLDER/noise-00.wav … -15.wav, source i from frame 997 i mod 40000, at 0.01 and an
/// equal-power pan of ((i mod 21) - 10) / 10, into bus i mod 8; the buses at 0.9 into the master. Each source is read
/// once; no smoothing, no meters. Prints the CPU seconds of the mixing; writes the mix to OUT as raw stereo floats.
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOUNDS = 16, BUSES = 8, RATE = 48000, MAX_BLOCK = 1024 };

typedef struct {
  const float *x; ///< interleaved, as it is in the file
  uint32_t n, at;
  float left, right;
} Source;

typedef struct {
  Source *sources;
  uint32_t n, block;
  float bus[BUSES][2 * MAX_BLOCK], master[2 * MAX_BLOCK]; ///< interleaved
} Mix;

// The same text for three widths of vector.
#define MIXER(name, bytes, attribute)                                                                                  \
  typedef float name##_vector __attribute__((vector_size(bytes), aligned(4), may_alias));                              \
                                                                                                                       \
  attribute static inline void name##_add(float *to, const float *x, float l, float r, uint32_t n) {                   \
    const size_t width = (bytes) / sizeof(float), end = 2 * (size_t)n, whole = end - end % width;                      \
    name##_vector g;                                                                                                   \
    for (size_t k = 0; k < width; k++)                                                                                 \
      g[k] = k % 2 ? r : l;                                                                                            \
    for (size_t i = 0; i < whole; i += width)                                                                          \
      *(name##_vector *)(to + i) += *(const name##_vector *)(x + i) * g;                                               \
    for (size_t i = whole; i < end; i++)                                                                               \
      to[i] += x[i] * (i % 2 ? r : l);                                                                                 \
  }                                                                                                                    \
                                                                                                                       \
  attribute static void name(Mix *m) {                                                                                 \
    const uint32_t n = m->block;                                                                                       \
    for (uint32_t b = 0; b < BUSES; b++)                                                                               \
      memset(m->bus[b], 0, 2 * n * sizeof(float));                                                                     \
    memset(m->master, 0, 2 * n * sizeof(float));                                                                       \
    for (uint32_t i = 0; i < m->n; i++) {                                                                              \
      Source *s = &m->sources[i];                                                                                      \
      for (uint32_t done = 0; done < n;) {                                                                             \
        const uint32_t run = s->n - s->at < n - done ? s->n - s->at : n - done;                                        \
        name##_add(m->bus[i % BUSES] + 2 * (size_t)done, s->x + 2 * (size_t)s->at, s->left, s->right, run);            \
        done += run;                                                                                                   \
        s->at = s->at + run == s->n ? 0 : s->at + run;                                                                 \
      }                                                                                                                \
    }                                                                                                                  \
    for (uint32_t b = 0; b < BUSES; b++)                                                                               \
      name##_add(m->master, m->bus[b], 0.9F, 0.9F, n);                                                                 \
  }

MIXER(mix_base, 16, )
#ifdef __x86_64__
MIXER(mix_avx2, 32, __attribute__((target("avx2"))))
MIXER(mix_avx512, 64, __attribute__((target("avx512f"))))
#endif

typedef void (*MixFunction)(Mix *m);

static MixFunction choose(const char *name) {
#ifdef __x86_64__
  if (!strcmp(name, "avx2"))
    return mix_avx2;
  if (!strcmp(name, "native"))
    return __builtin_cpu_supports("avx512f") ? mix_avx512 : __builtin_cpu_supports("avx2") ? mix_avx2 : mix_base;
#endif
  return mix_base;
}

static float *load(const char *folder, uint32_t number, uint32_t *n) {
  char path[4096];
  snprintf(path, sizeof path, "%s/noise-%02u.wav", folder, number);
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  float *x = file && info.channels == 2 ? malloc((size_t)info.frames * 2 * sizeof *x) : NULL;
  if (!x || sf_readf_float(file, x, info.frames) != info.frames) {
    fprintf(stderr, "refmix: cannot read %s as stereo\n", path);
    exit(1);
  }
  sf_close(file);
  *n = (uint32_t)info.frames;
  return x;
}

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void set_up(Mix *m, const char *folder) {
  float *sounds[SOUNDS];
  uint32_t lengths[SOUNDS];
  for (uint32_t s = 0; s < SOUNDS; s++)
    sounds[s] = load(folder, s, &lengths[s]);
  m->sources = calloc(m->n, sizeof *m->sources);
  for (uint32_t i = 0; i < m->n; i++) {
    const double angle = (((int)(i % 21) - 10) / 10.0 + 1.0) * M_PI / 4.0;
    m->sources[i] = (Source){.x = sounds[i % SOUNDS],
                             .n = lengths[i % SOUNDS],
                             .at = 997 * i % 40000,
                             .left = (float)(0.01 * cos(angle)),
                             .right = (float)(0.01 * sin(angle))};
  }
}

int main(int argc, char **argv) {
  static Mix m;
  if (argc < 5) {
    fputs("usage: refmix FOLDER N BLOCK SECONDS [base|avx2|native] [OUT]\n", stderr);
    return 64;
  }
  m.n = (uint32_t)strtoul(argv[2], NULL, 10);
  m.block = (uint32_t)strtoul(argv[3], NULL, 10);
  const uint64_t blocks = (uint64_t)(strtod(argv[4], NULL) * RATE) / (m.block ? m.block : 1);
  const MixFunction mix = choose(argc > 5 ? argv[5] : "native");
  if (m.n == 0 || m.block == 0 || m.block > MAX_BLOCK)
    return 64;
  set_up(&m, argv[1]);
  FILE *out = argc > 6 ? fopen(argv[6], "wb") : NULL;
  const double begin = cpu_seconds();
  for (uint64_t k = 0; k < blocks; k++) {
    mix(&m);
    if (out && fwrite(m.master, 2 * sizeof(float), m.block, out) != m.block)
      return 74;
  }
  printf("%.9f\n", cpu_seconds() - begin);
  return out && fclose(out) ? 74 : 0;
}
