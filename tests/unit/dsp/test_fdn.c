// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/fdn.h"
#include "tests/support/proc_rig.h"

static void test_primes(void **state) {
  assert_int_equal(sq_dsp_next_prime(0), 3);
  assert_int_equal(sq_dsp_next_prime(8), 11);
  assert_int_equal(sq_dsp_next_prime(25), 29);
  assert_int_equal(sq_dsp_next_prime(1369), 1373); // 37 * 37
  assert_int_equal(sq_dsp_next_prime(7919), 7919);
}

static void test_loss(void **state) {
  float length[SQ_FDN_LINES];
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    length[l] = 1000.0f + 200.0f * (float)l;
  const double w = 2.0 * M_PI * 3000.0 / 48000.0;
  for (float excess = 0.0f; excess <= 1.0f; excess += 0.5f) {
    const SqFdnDecay decay = {.frames = 48000.0f, .corner = (float)cos(w), .excess = excess};
    SqFdnLoss loss;
    sq_dsp_fdn_loss(&loss, length, &decay);
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
      double a = loss.a[l], b = loss.b[l], low = b / (1.0 - a), high = b / sqrt(1.0 - 2.0 * a * cos(w) + a * a);
      double want = pow(10.0, -3.0 * length[l] / 48000.0);
      assert_true(fabs(low / want - 1.0) < 1e-4 && a >= 0.0 && a < 1.0);
      assert_true(fabs(high / pow(want, 1.0 + (double)excess) - 1.0) < 2e-3);
    }
  }
}

static void test_ring(void **state) {
  float data[64];
  for (uint32_t i = 0; i < 64; i++)
    data[i] = 99.0f; // what was there before it was emptied
  SqRtRing ring = {.data = data, .mask = 63};
  float out[16];
  uint32_t said = 0;
  for (uint32_t block = 0; block < 20; block++) {
    for (uint32_t i = 0; i < 16; i++)
      data[ring.write + i] = (float)(++said);
    sq_rt_ring_read(&ring, 40, out, 16); // before it is advanced: relative to the piece under way
    for (uint32_t i = 0; i < 16; i++) {
      int32_t want = (int32_t)(block * 16 + i + 1) - 40;
      assert_true(out[i] == (want > 0 ? (float)want : 0.0f));
    }
    sq_rt_ring_advance(&ring, 16);
    assert_int_equal(sq_rt_ring_room(&ring), 64 - (block + 1) * 16 % 64);
  }
  sq_rt_ring_empty(&ring);
  sq_rt_ring_read(&ring, 40, out, 16);
  for (uint32_t i = 0; i < 16; i++)
    assert_true(out[i] == 0.0f);
  const float zeros[] = {0, 1, 0, 0};
  assert_int_equal(sq_dsp_trailing_zeros(zeros, 4), 2);
  assert_int_equal(sq_dsp_trailing_zeros(zeros, 1), 1);
}

/// An all-pass lets every frequency through: its impulse response has an energy of 1.
static void test_allpass(void **state) {
  float data[256] = {0};
  SqRtAllpass allpass = {.ring = {.data = data, .mask = 255}, .length = 67};
  double energy = 0.0;
  float first = 0.0f;
  uint32_t zeros = 0;
  for (uint32_t k = 0; k < 400; k++) {
    float x[32] = {k ? 0.0f : 1.0f};
    uint32_t z = sq_rt_allpass_run(&allpass, x, 32);
    zeros = z < 32 ? z : zeros + 32;
    for (uint32_t i = 0; i < 32; i++) {
      uint32_t frame = k * 32 + i;
      if (frame % 67)
        assert_true(x[i] == 0.0f);
      if (frame == 67)
        first = x[i];
      energy += (double)x[i] * x[i];
    }
  }
  assert_true(fabs(energy - 1.0) < 1e-5 && fabsf(first - 0.64f) < 1e-6f);
  assert_true(zeros > 256); // and it has an end
}

/// Without loss the network keeps all its energy.
static void test_feedback_is_lossless(void **state) {
  enum { RING = 256, PIECE = 32 };
  float *data = calloc(SQ_FDN_LINES * RING, sizeof *data), in[2][PIECE];
  SqRtFdn fdn = {0};
  uint32_t length[SQ_FDN_LINES];
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
    fdn.lines[l] = (SqRtRing){.data = data + l * RING, .mask = RING - 1};
    length[l] = sq_dsp_next_prime(70 + 9 * l);
  }
  SqFdnLoss loss;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    loss.a[l] = 0.0f, loss.b[l] = 1.0f;
  for (uint32_t k = 0; k < 500; k++) {
    SqFdnBlock x;
    memset(in, 0, sizeof in);
    if (!k)
      in[0][0] = 1.0f, in[1][3] = -1.0f;
    sq_rt_fdn_read(&fdn, length, x, PIECE);
    sq_rt_fdn_absorb(&fdn, &loss, 0, x, PIECE);
    sq_rt_fdn_write(&fdn, x, in[0], in[1], PIECE);
    for (uint32_t l = 0; !k && l < SQ_FDN_LINES; l++) { // even lines hear left, odd ones right, two up and two down
      float sign = l % 4 < 2 ? 1.0f : -1.0f;
      assert_true(fdn.lines[l].data[0] == (l % 2 ? 0.0f : sign) && fdn.lines[l].data[3] == (l % 2 ? -sign : 0.0f));
    }
  }
  double energy = 0.0;
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
    for (uint32_t i = 1; i <= length[l]; i++) {
      float v = fdn.lines[l].data[(fdn.lines[l].write - i) & (RING - 1)];
      energy += (double)v * v;
    }
  assert_true(fabs(energy - 16.0) < 1e-3);
  free(data);
}

/// Pieces of four frames and of one take different ways through the absorption, with equal bits.
static void test_absorb_in_fours_and_ones(void **state) {
  SqFdnBlock x, y;
  SqFdnLoss loss[SQ_FDN_CHUNK];
  SqRtFdn one = {0}, four = {0};
  test_noise(x[0], sizeof x / sizeof(float), 1.0f, 6);
  for (uint32_t i = 0; i < SQ_FDN_CHUNK; i++)
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
      loss[i].a[l] = 0.01f * (float)(i + l), loss[i].b[l] = 1.0f - loss[i].a[l];
  SqFdnBlock all;
  memcpy(all, x, sizeof x);
  sq_rt_fdn_absorb(&four, loss, 1, all, 63);
  for (uint32_t i = 0; i < 63; i++) {
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
      y[l][0] = x[l][i];
    sq_rt_fdn_absorb(&one, &loss[i], 1, y, 1);
    for (uint32_t l = 0; l < SQ_FDN_LINES; l++)
      assert_true(y[l][0] == all[l][i]);
  }
  assert_true(fabsf(all[3][0] - loss[0].b[3] * x[3][0]) < 1e-7f);
  assert_true(fabsf(all[3][1] - (loss[1].b[3] * x[3][1] + loss[1].a[3] * all[3][0])) < 1e-6f);
}

static void test_ears_hear_different_lines(void **state) {
  // the signs are part of the sound: on each side as many up as down, so that a constant does not add up
  static const float signs[SQ_FDN_LINES] = {1, 1, -1, 1, 1, -1, -1, -1, 1, 1, 1, -1, -1, 1, -1, -1};
  SqFdnBlock x;
  float left[4], right[4];
  for (uint32_t l = 0; l < SQ_FDN_LINES; l++) {
    memset(x, 0, sizeof x);
    x[l][2] = 1.0f;
    sq_dsp_fdn_hear(x, left, right, 4);
    assert_true(left[2] == (l % 2 ? 0.0f : signs[l]) && right[2] == (l % 2 ? signs[l] : 0.0f));
    assert_true(left[1] == 0.0f && right[3] == 0.0f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_primes),
      cmocka_unit_test(test_loss),
      cmocka_unit_test(test_ring),
      cmocka_unit_test(test_allpass),
      cmocka_unit_test(test_feedback_is_lossless),
      cmocka_unit_test(test_absorb_in_fours_and_ones),
      cmocka_unit_test(test_ears_hear_different_lines),
  };
  return cmocka_run_group_tests_name("fdn", tests, NULL, NULL);
}
