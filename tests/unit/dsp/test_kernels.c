// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The mixer's arithmetic: every table gives the bits of the plain formula, at any length, and writes nothing past it.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/kernels.h"
#include "tests/support/proc_rig.h"

enum { N = 150, PAD = 8 };

static const char *const names[] = {"base", "avx2", "avx512"};
static float x[24][N + PAD], g[N + PAD], out[2][N + PAD], want[2][N + PAD];

/// `fn` for every table of this machine and every length up to two turns of the widest loop.
static void each(void (*fn)(const SqDspKernels *dsp, uint32_t n)) {
  uint32_t tables = 0;
  for (uint32_t k = 0; k < 3; k++) {
    const SqDspKernels *dsp = sq_dsp_kernels_named(names[k]);
    if (!dsp)
      continue;
    tables++;
    assert_string_equal(dsp->name, names[k]);
    for (uint32_t n = 0; n <= N; n++) {
      test_noise(x[0], sizeof x / sizeof(float), 1.0F, n + 1);
      test_noise(g, N + PAD, 2.0F, n + 2);
      test_noise(out[0], 2 * (N + PAD), 1.0F, n + 3);
      memcpy(want, out, sizeof out);
      fn(dsp, n);
      for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < N + PAD; i++)
          if (out[c][i] != want[c][i])
            fail_msg("%s, n = %u: frame %u of %u is %.9g, not %.9g", names[k], n, i, c, (double)out[c][i],
                     (double)want[c][i]);
    }
  }
  assert_true(tables >= 1);
}

// ---- mixing ---------------------------------------------------------------------------------------------------------

static void mix_is(const SqDspKernels *dsp, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    want[0][i] = x[0][i] * 0.37F;
    want[1][i] = want[1][i] + x[1][i] * -1.7F;
  }
  dsp->mix(out[0], x[0], 0.37F, n, false);
  dsp->mix(out[1], x[1], -1.7F, n, true);
}

static void frames_are(const SqDspKernels *dsp, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    want[0][i] = x[0][i] * g[i];
    want[1][i] = want[1][i] + x[1][i] * g[i];
  }
  dsp->mix_frames(out[0], x[0], g, n, false);
  dsp->mix_frames(out[1], x[1], g, n, true);
}

static void crossfade_is(const SqDspKernels *dsp, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    want[0][i] = g[i] * out[0][i] + (1.0F - g[i]) * x[0][i];
  dsp->crossfade(out[0], x[0], g, n);
}

/// Where a fade has ended the signal is the one behind it, to the bit.
static void crossfade_ends_are_exact(const SqDspKernels *dsp, uint32_t n) {
  float ends[N] = {0};
  for (uint32_t i = 0; i < n; i++) {
    ends[i] = (float)(i & 1);
    want[0][i] = i & 1 ? out[0][i] : x[0][i];
  }
  dsp->crossfade(out[0], x[0], ends, n);
}

static void sum_is(const SqDspKernels *dsp, uint32_t n) {
  const float *rows[24];
  for (uint32_t k = 0; k < 24; k++)
    rows[k] = x[k];
  const uint32_t many = 1 + n % 24;
  for (uint32_t i = 0; i < n; i++) {
    float a = x[0][i], b = want[1][i];
    for (uint32_t k = 1; k < many; k++)
      a += x[k][i];
    for (uint32_t k = 0; k < many; k++)
      b += x[k][i];
    want[0][i] = a;
    want[1][i] = b;
  }
  dsp->sum(out[0], rows, many, false, n);
  dsp->sum(out[1], rows, many, true, n);
}

static void mixing_gives_the_bits_of_the_formula(void **state) {
  each(mix_is);
  each(frames_are);
  each(crossfade_is);
  each(crossfade_ends_are_exact);
  each(sum_is);
}

// ---- measuring ------------------------------------------------------------------------------------------------------

static SqDspLevel level_of(const float *y, uint32_t n, double factor) {
  double peak = 0.0, squares = 0.0;
  for (uint32_t i = 0; i < n; i++) {
    const double a = fabs((double)y[i]) * factor;
    peak = a > peak ? a : peak;
    squares += a * a;
  }
  return (SqDspLevel){(float)peak, (float)squares};
}

static void assert_level(SqDspLevel seen, SqDspLevel should) {
  assert_true(fabsf(seen.peak - should.peak) <= 1e-6F * should.peak);
  assert_true(fabsf(seen.squares - should.squares) <= 1e-5F * should.squares);
}

static void levels_are(const SqDspKernels *dsp, uint32_t n) {
  SqDspLevel a = {0}, b = {0}, c = {0};
  const SqDspLevel should = level_of(x[0], n, 1.0);
  dsp->measure(x[0], n, &a);
  assert_level(a, should);
  assert_true(a.peak == should.peak); // not nearly: the very sample
  dsp->mix_measure(out[0], x[0], 0.25F, n, false, &b);
  dsp->mix_measure(out[1], x[0], 0.25F, n, true, &c);
  for (uint32_t i = 0; i < n; i++) {
    want[0][i] = x[0][i] * 0.25F;
    want[1][i] = want[1][i] + x[0][i] * 0.25F;
  }
  assert_true(b.peak == a.peak && c.peak == a.peak); // of x, not of what is mixed
  assert_level(b, should);
  assert_level(c, should);
  dsp->measure(x[0], n, &a); // adds up, and the larger peak stays
  assert_level(a, (SqDspLevel){should.peak, 2.0F * should.squares});
  SqDspLevel loud = {9.0F, 1.0F};
  dsp->measure(x[0], n, &loud);
  assert_true(loud.peak == 9.0F && fabsf(loud.squares - 1.0F - should.squares) <= 1e-5F * (1.0F + should.squares));
}

/// The root of the largest square is the very peak.
static void assert_squares(const SqDspSquares *squares, uint32_t n, float times) {
  for (uint32_t c = 0; c < 2; c++) {
    const SqDspLevel should = level_of(x[c], n, 1.0);
    assert_true(sqrtf(squares->largest[c]) == should.peak);
    assert_level((SqDspLevel){should.peak, squares->total[c]}, (SqDspLevel){should.peak, times * should.squares});
  }
}

static void a_pair_is(const SqDspKernels *dsp, uint32_t n) {
  float *const to[2] = {out[0], out[1]};
  static const float g[2] = {0.3F, -0.7F};
  SqDspSquares squares = {.largest = {0.0F, 0.0F}};
  x[0][n / 2] = 3.0F; // the sides must not be confused
  const bool add = n % 2;
  (add ? dsp->add_pair : dsp->mix_pair)(to, x[0], x[1], g, n, &squares);
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < n; i++)
      want[c][i] = add ? want[c][i] + x[c][i] * g[c] : x[c][i] * g[c];
  assert_squares(&squares, n, 1.0F);
  static float again[2][N + PAD];
  dsp->mix_pair((float *const[2]){again[0], again[1]}, x[0], x[1], g, n, &squares); // adds up
  assert_squares(&squares, n, 2.0F);
}

static void meters_see_peak_and_squares(void **state) {
  each(levels_are);
  each(a_pair_is);
}

// ---- guarding -------------------------------------------------------------------------------------------------------

/// Whether the first n_channels of x, n frames each, are sane.
static bool is_sane(const SqDspKernels *dsp, uint32_t n_channels, uint32_t n) {
  const float *const channels[3] = {x[0], x[1], x[2]};
  return dsp->sane(channels, n_channels, n);
}

/// A number at one place of three channels is found exactly when it is bad, wherever it stands: alone, and beside a
/// good one that is large.
static void sane_looks_at(const SqDspKernels *dsp, uint32_t n, uint32_t c, uint32_t i) {
  static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, 1e15F, -1e15F, 3e38F};
  static const float good[] = {0.0F, -0.0F, 1.9999999F, 2.0F, -2.0F, 9.9e14F, -9.9e14F, 1e-45F, -1e-40F};
  float *const beside = &x[(c + 1) % 3][n / 2];
  const float kept = x[c][i], kept_beside = *beside;
  for (uint32_t k = 0; k < 7; k++) {
    x[c][i] = bad[k];
    assert_false(is_sane(dsp, 3, n));
    assert_true(c == 0 || is_sane(dsp, c, n)); // of a channel that is not asked about
  }
  for (uint32_t k = 0; k < 9; k++) {
    x[c][i] = good[k];
    assert_true(is_sane(dsp, 3, n));
  }
  *beside = 9e14F;
  assert_true(is_sane(dsp, 3, n));
  x[c][i] = bad[i % 7];
  assert_false(is_sane(dsp, 3, n));
  x[c][i] = kept;
  *beside = kept_beside;
}

/// Each place of short blocks (every lane of every vector), some of longer ones, and none behind the end.
static void sane_finds(const SqDspKernels *dsp, uint32_t n) {
  if (n == 0)
    return;
  for (uint32_t c = 0; c < 3; c++) {
    for (uint32_t i = 0; i < n; i += n <= 40 || i % 16 == 15 ? 1 : 15)
      sane_looks_at(dsp, n, c, i);
    sane_looks_at(dsp, n, c, n - 1);
    x[c][n] = NAN;
    assert_true(is_sane(dsp, 3, n));
  }
}

static void nothing_passes_the_ceiling(const SqDspKernels *dsp, uint32_t n) {
  static const float odd[] = {NAN, -NAN, INFINITY, -INFINITY, 0.5F, -0.5F, 0.50001F, -0.50001F, -0.0F, 1e-45F};
  static const float held[] = {0.0F, 0.0F, 0.5F, -0.5F, 0.5F, -0.5F, 0.5F, -0.5F, -0.0F, 1e-45F};
  static const uint32_t is_changed[] = {1, 1, 1, 1, 0, 0, 1, 1, 0, 0};
  uint32_t changed = 0;
  for (uint32_t i = 0; i < n; i++) {
    x[0][i] = odd[i % 10];
    want[0][i] = held[i % 10];
    changed += is_changed[i % 10];
  }
  assert_int_equal(dsp->ceiling(out[0], x[0], 0.5F, n), changed);
  assert_memory_equal(out[0], want[0], n * sizeof(float)); // the sign of zero too
}

static void what_is_not_sound_is_found_and_held(void **state) {
  each(sane_finds);
  each(nothing_passes_the_ceiling);
}

static void the_best_table_is_one_of_them(void **state) {
  assert_null(sq_dsp_kernels_named("mmx"));
  assert_non_null(sq_dsp_kernels_named("base"));
  const SqDspKernels *best = sq_dsp_kernels_best();
  assert_ptr_equal(best, sq_dsp_kernels_named(best->name));
  for (uint32_t k = 2; k > 0; k--) // the widest that this machine has
    if (sq_dsp_kernels_named(names[k])) {
      assert_string_equal(best->name, names[k]);
      return;
    }
  assert_string_equal(best->name, "base");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mixing_gives_the_bits_of_the_formula),
      cmocka_unit_test(meters_see_peak_and_squares),
      cmocka_unit_test(what_is_not_sound_is_found_and_held),
      cmocka_unit_test(the_best_table_is_one_of_them),
  };
  return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
