// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Pitch: signal to noise against the ideal sine, over keys and frequencies, around loops, through bends; folding.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "processors/sampler_sinc.h"
#include "unit/processors/sampler_rig.h"

enum { TOTAL = 24000 };

static float out[TOTAL], *const outs[1] = {out};
static double cycles; // per frame, of the sine in memory

static double sine(uint32_t c, double i) {
  return 0.5 * sin(2 * M_PI * cycles * i);
}

/// Plays a note of `key` on a sine of `n_frames` at root 60, with a bend of the note on top.
static void play(double key, uint32_t n_frames, SqSamplerMode mode, double bend) {
  Rig rig;
  rig_open(&rig, 1, NULL);
  rig_swap(&rig, rig_zone(rig_sample(1, n_frames, sine), mode));
  rig_on(&rig, 0, key, 1, 1);
  SqRtEvent *e = &rig_event(&rig, 0, SQ_EVENT_NOTE_BEND)->event;
  e->id = 1;
  e->value = bend;
  rig_run(&rig, outs, TOTAL, 64);
  rig_close(&rig);
}

/// dB of out[from … to) over its distance from the ideal sine of `per_frame` cycles: no level, no phase is fitted.
static double snr_db(double per_frame, uint32_t from, uint32_t to) {
  double signal = 0, noise = 0;
  for (uint32_t i = from; i < to; i++) {
    double want = 0.5 * sin(2 * M_PI * per_frame * i);
    signal += want * want;
    noise += ((double)out[i] - want) * ((double)out[i] - want);
  }
  return 10 * log10(signal / noise);
}

static void a_sine_is_pitched_cleanly(void **state) {
  static const double semitones[] = {7, -12, 0.01, 1, 12, 19, -5.37, 24, -36, 3.5};
  static const double hz[] = {50, 440, 1000, 3000, 5000, 9000, 12000};
  double worst = 999;
  for (int s = 0; s < 10; s++)
    for (int f = 0; f < 7; f++) {
      double ratio = pow(2, semitones[s] / 12), heard = hz[f] * ratio;
      if (heard > 18500)
        continue; // where the kernel begins to fall
      cycles = hz[f] / RIG_RATE;
      // a key is a float: the pitch asked for is that of the key as it is
      float key = (float)(60 + semitones[s]);
      ratio = pow(2, ((double)key - 60) / 12);
      uint32_t length = (uint32_t)(TOTAL * ratio) + 200;
      play((double)key, length, SQ_SAMPLER_ONE_SHOT, 0);
      double snr = snr_db(cycles * ratio, 200, TOTAL - 200);
      if (s == 0)
        print_message("+7 semitones, %5.0f Hz: %.1f dB\n", hz[f], snr);
      if (snr < 90)
        fail_msg("%+g semitones, %g Hz: %.1f dB", semitones[s], hz[f], snr);
      worst = fmin(worst, snr);
    }
  print_message("worst of all: %.1f dB\n", worst);
}

static void unity_is_a_copy_bit_for_bit(void **state) {
  cycles = 0.123;
  play(60, TOTAL, SQ_SAMPLER_ONE_SHOT, 0);
  for (uint32_t i = 0; i < TOTAL; i++)
    assert_true(out[i] == (float)sine(0, i));
  play(53, TOTAL, SQ_SAMPLER_ONE_SHOT, 7); // a bend back to the recorded pitch is one too
  for (uint32_t i = 0; i < TOTAL; i++)
    assert_true(out[i] == (float)sine(0, i));
}

static void a_pitched_loop_has_no_seam(void **state) {
  // 10 cycles in 480 frames, and a loop shorter than the kernel
  static const uint32_t lengths[] = {480, 48, 32};
  for (int l = 0; l < 3; l++)
    for (int k = 0; k < 3; k++) {
      static const double keys[] = {67, 50.5, 84};
      cycles = 1.0 / (l ? 16 : 48);
      play(keys[k], lengths[l], SQ_SAMPLER_LOOP, 0);
      double snr = snr_db(cycles * pow(2, (keys[k] - 60) / 12), 200, TOTAL);
      if (snr < 88)
        fail_msg("loop of %u, key %g: %.1f dB", lengths[l], keys[k], snr);
    }
}

static void what_would_fold_back_is_removed(void **state) {
  static const double hz[] = {17500, 20000, 23000};
  for (int f = 0; f < 3; f++) { // + 7 semitones: all beyond half the rate
    cycles = hz[f] / RIG_RATE;
    play(67, 2 * TOTAL, SQ_SAMPLER_ONE_SHOT, 0);
    double peak = 0;
    for (uint32_t i = 200; i < TOTAL - 200; i++)
      peak = fmax(peak, fabs((double)out[i]));
    print_message("%5.0f Hz + 7 semitones: %.1f dB\n", hz[f], 20 * log10(peak / 0.5));
    assert_true(20 * log10(peak / 0.5) < -90);
  }
}

static void a_bend_is_exact_and_keeps_its_phase(void **state) {
  Rig rig;
  double params[7] = {0, 0, 100, 1, 0, 64, 12};
  rig_open(&rig, 1, params);
  cycles = 1000 / RIG_RATE;
  rig_swap(&rig, rig_zone(rig_sample(1, 2 * TOTAL, sine), SQ_SAMPLER_ONE_SHOT));
  rig_on(&rig, 0, 60, 1, 1);
  rig_event(&rig, 8001, SQ_EVENT_BEND)->event.value = 0.5; // 6 semitones
  rig_run(&rig, outs, TOTAL, 64);
  rig_close(&rig);
  double ratio = sqrt(2), noise = 0;
  for (uint32_t i = 0; i < TOTAL - 100; i++) {
    double at = i <= 8001 ? i : 8001 + (i - 8001) * ratio;
    noise = fmax(noise, fabs((double)out[i] - sine(0, at)));
  }
  assert_true(noise < 1.6e-5);
}

static void the_kernel_passes_a_constant_at_every_fraction(void **state) {
  float weights[SQ_SAMPLER_MAX_TAPS], ones[SQ_SAMPLER_MAX_TAPS];
  for (uint32_t i = 0; i < SQ_SAMPLER_MAX_TAPS; i++)
    ones[i] = 1;
  static const double ratios[] = {0.1, 1, 1.0001, 1.5, 2, 7.3, 16, 200};
  for (int r = 0; r < 8; r++)
    for (uint32_t k = 0; k < 4097; k++) {
      uint64_t step = (uint64_t)(ratios[r] * 4294967296.0);
      uint32_t taps = sq_rt_sinc_taps(step), fraction = k == 4096 ? UINT32_MAX : k << 20;
      assert_true(taps >= SQ_SAMPLER_TAPS && taps <= SQ_SAMPLER_MAX_TAPS && taps % 4 == 0);
      sq_rt_sinc_weights(weights, taps, fraction, step);
      assert_true(fabs((double)sq_rt_sinc_dot(ones, weights, taps) - 1) < 2e-5);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sine_is_pitched_cleanly),
      cmocka_unit_test(unity_is_a_copy_bit_for_bit),
      cmocka_unit_test(a_pitched_loop_has_no_seam),
      cmocka_unit_test(what_would_fold_back_is_removed),
      cmocka_unit_test(a_bend_is_exact_and_keeps_its_phase),
      cmocka_unit_test(the_kernel_passes_a_constant_at_every_fraction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
