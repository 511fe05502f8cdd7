// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Equal bits however time is cut into blocks: a session with everything in it and edits at fixed frames is rendered at
// periods 1, 17, 64, 1024, 4096 and at random cuts; and from engine frames where narrow counters would wrap.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support/mix_rig.h"

#define FRAMES 60000
#define CHANNELS 2
#define STEP 4000 ///< from one edit to the next
#define LEAD 3000 ///< an edit is given so long before its frame, and no longer than one period less

typedef struct {
  MixRig rig;
  SqHandle a, b, c, kick, bus, verb, eq, comp, send, gain, limiter;
} Song;

static void build(Song *s, uint64_t frame) {
  MixRig *rig = &s->rig;
  mix_open(rig, CHANNELS, 0, frame);
  s->a = mix_source(rig, "a", 2, "tone");
  s->b = mix_source(rig, "b", 1, "tone");
  s->kick = mix_source(rig, "kick", 1, "tone");
  s->bus = mix_bus(rig, "bus", 2);
  s->verb = mix_bus(rig, "verb", 2);
  mix_param(rig, mix_generator(rig, s->a), "freq", 333.0);
  mix_param(rig, mix_generator(rig, s->b), "wave", 2.0);
  mix_route(rig, s->a, s->bus);
  mix_route(rig, s->b, s->bus);
  s->eq = mix_insert(rig, s->a, "eq", 0);
  s->comp = mix_insert(rig, s->bus, "compressor", 0);
  mix_insert(rig, s->verb, "reverb", 0);
  s->limiter = mix_insert(rig, SQ_HANDLE_MASTER, "limiter", 0);
  s->send = mix_send(rig, s->a, s->verb, SQ_TAP_PRE, -6.0);
  mix_send(rig, s->bus, s->verb, SQ_TAP_POST, -9.0);
  SqStrip *after = sq_strip_copy(sq_doc_strip(rig->doc, s->bus));
  sq_strip_proc(after, s->comp)->sidechain = s->kick;
  sq_edits_put(&rig->edits, after);
  mix_commit(rig, 0);
}

/// The k-th edit of the song; false: there are no more.
static bool edit(Song *s, uint32_t k) {
  MixRig *rig = &s->rig;
  switch (k) {
  case 0:
    mix_set(rig, s->a, SQ_STRIP_GAIN_DB, -7.3);
    sq_edits_ramp(&rig->edits, (SqValueRef){s->b, SQ_STRIP_GAIN_DB}, -31.0, 0.13, SQ_CURVE_DB);
    return true;
  case 1:
    s->gain = mix_insert(rig, s->a, "gain", 1);
    return true;
  case 2:
    mix_set(rig, s->b, SQ_STRIP_MUTE, 1.0);
    mix_param(rig, s->gain, "polarity", 1.0);
    return true;
  case 3:
    s->c = mix_source(rig, "c", 4, "tone");
    mix_set(rig, s->a, SQ_STRIP_SOLO, 1.0);
    return true;
  case 4:
    mix_set(rig, s->eq, SQ_PROC_BYPASS, 1.0);
    mix_set(rig, s->limiter, SQ_PROC_BYPASS, 1.0);
    return true;
  case 5:
    mix_set(rig, s->a, SQ_STRIP_SOLO, 0.0);
    mix_set(rig, s->send, SQ_SEND_TAP, SQ_TAP_POST);
    sq_edits_ramp(&rig->edits, (SqValueRef){s->c, SQ_STRIP_GAIN_DB}, -20.0, 0.05, SQ_CURVE_LINEAR);
    return true;
  case 6:
    mix_move(rig, s->a, s->gain, 0);
    mix_param(rig, mix_generator(rig, s->a), "freq", 1234.5);
    return true;
  case 7:
    mix_set(rig, s->limiter, SQ_PROC_BYPASS, 0.0);
    mix_set(rig, s->eq, SQ_PROC_BYPASS, 0.0);
    mix_set(rig, s->b, SQ_STRIP_MUTE, 0.0);
    return true;
  case 8:
    mix_take(rig, s->bus, s->comp);
    mix_route(rig, s->b, SQ_HANDLE_MASTER);
    return true;
  case 9:
    mix_remove(rig, s->c);
    mix_set(rig, s->b, SQ_STRIP_PAN, 0.7);
    return true;
  case 10:
    mix_insert(rig, s->b, "reverb", 0);
    mix_unsend(rig, s->a, s->send);
    return true;
  default:
    return false;
  }
}

/// Edits stand at frames that no period meets.
static uint64_t frame_of(uint64_t first, uint32_t k) {
  return first + (k + 1) * STEP + 7 * k + 3;
}

static void render_edits(uint64_t first, uint32_t period, uint32_t n_edits, float *const *out) {
  Song song;
  uint32_t next = 0, done = 0;
  build(&song, first);
  while (done < FRAMES) {
    uint32_t n = period ? period : 1 + mix_random(&song.rig.seed) % 2000;
    n = n < FRAMES - done ? n : FRAMES - done;
    // given between two cycles, when the one before has been committed and this one's frame is not in the cycle
    while (next < n_edits && first + done + LEAD + n > frame_of(first, next) && edit(&song, next)) {
      assert_int_equal(sq_link_armed_frame(song.rig.link), 0);
      mix_commit(&song.rig, frame_of(first, next++));
    }
    mix_cycle(&song.rig, out, done, n);
    done += n;
  }
  assert_int_equal(next, n_edits);
  mix_close(&song.rig);
}

static void render(uint64_t first, uint32_t period, float *const *out) {
  render_edits(first, period, 11, out);
}

static uint32_t differing(float *const *a, float *const *b) {
  for (uint32_t i = 0; i < FRAMES; i++)
    for (uint32_t c = 0; c < CHANNELS; c++)
      if (memcmp(&a[c][i], &b[c][i], sizeof(float)) != 0) {
        printf("     frame %u channel %u: %.9g and %.9g\n", i, c, (double)a[c][i], (double)b[c][i]);
        return i + 1;
      }
  return 0;
}

static float *wanted[CHANNELS], *heard[CHANNELS];

static int setup(void **state) {
  for (uint32_t c = 0; c < CHANNELS; c++) {
    wanted[c] = malloc(FRAMES * sizeof(float));
    heard[c] = malloc(FRAMES * sizeof(float));
  }
  render(0, 64, wanted);
  return 0;
}

static int teardown(void **state) {
  for (uint32_t c = 0; c < CHANNELS; c++) {
    free(wanted[c]);
    free(heard[c]);
  }
  return 0;
}

static void the_song_sounds(void **state) {
  for (uint32_t k = 0; k < 12; k++) {
    float most = 0.0F;
    for (uint32_t i = k * STEP; i < (k + 1) * STEP; i++)
      most = wanted[0][i] > most ? wanted[0][i] : most;
    assert_true(most > 0.003F && most < 2.0F);
  }
}

static void any_period_gives_the_same_bits(void **state) {
  static const uint32_t periods[] = {1, 17, 48, 256, 1000, 1024, 2048, 0, 0};
  for (uint32_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
    render(0, periods[i], heard);
    printf("     period %u\n", periods[i]);
    assert_int_equal(differing(wanted, heard), 0);
  }
}

/// JK-3: a counter of 32 bits would wrap after 10^6 frames, one of a double's 53 bits would lose frames.
static void any_engine_frame_gives_the_same_bits(void **state) {
  const uint64_t near_wrap = (UINT64_C(1) << 32) - 30000 / 16 * 16, near_double = (UINT64_C(1) << 53) - 30000 / 16 * 16;
  render(near_wrap, 64, heard);
  assert_int_equal(differing(wanted, heard), 0);
  render(near_wrap, 0, heard);
  assert_int_equal(differing(wanted, heard), 0);
  render(near_double, 0, heard);
  assert_int_equal(differing(wanted, heard), 0);
}

/// Processors are prepared for one largest block; a period beyond it is cut.
static void any_long_period_gives_the_same_bits(void **state) {
  static const uint32_t periods[] = {4096, 5000, 8192};
  render_edits(0, 64, 0, wanted);
  for (uint32_t i = 0; i < 3; i++) {
    render_edits(0, periods[i], 0, heard);
    assert_int_equal(differing(wanted, heard), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_song_sounds), cmocka_unit_test(any_period_gives_the_same_bits),
      cmocka_unit_test(any_engine_frame_gives_the_same_bits), cmocka_unit_test(any_long_period_gives_the_same_bits)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
