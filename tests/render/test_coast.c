// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Sources that play on unchanged are mixed from one record each, without their programs (engine/coast.h). What is heard
// and what the meters show must be the same as with programs, at any period, whatever wakes them and when: the same
// session is rendered with a bypassed processor in every chain, which keeps all programs at work.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "link/internal.h"
#include "media/sample.h"
#include "processors/sampler_zone.h"
#include "support/mix_rig.h"

enum { FRAMES = 60000, STEP = 4000, LEAD = 3000, SOURCES = 12, CHANNELS = 2 };

typedef struct {
  MixRig rig;
  SqHandle sources[SOURCES], buses[2], gain, send;
  double squares[SOURCES][2], post[SOURCES];
  float peaks[SOURCES][2];
  uint64_t frames[SOURCES];
  uint32_t coasted; ///< cycles after which source 0 coasts
} Song;

/// A loop of noise, of one length or another: some end within a block, some do not.
static SqProcData *noise(uint32_t k) {
  static float x[2 * 9000];
  uint32_t seed = k + 1;
  const uint32_t n = 150 + k * k * 60;
  for (uint32_t i = 0; i < 2 * n; i++)
    x[i] = (float)(mix_random(&seed) >> 8) / (float)(1 << 24) - 0.5F;
  SqSample *sample;
  assert_int_equal(sq_sample_new(x, 2, n, MIX_RATE, &sample), SQ_OK);
  SqSamplerZones *zones = sq_sampler_zones_new();
  SqSamplerZone zone = sq_sampler_zone_of(sample);
  zone.mode = SQ_SAMPLER_LOOP;
  zone.start = k;
  zone.loop_start = k % 3 ? 0 : 7;
  char error[200];
  assert_int_equal(sq_sampler_zones_add(zones, &zone, error, sizeof error), SQ_OK);
  sq_sample_release(sample);
  return &zones->data;
}

static void event(Song *s, uint32_t source, SqEventKind kind, double value, uint64_t frame) {
  const SqEvent e = {.kind = (uint16_t)kind, .index = 5, .key = 60.0F, .value = value};
  assert_int_equal(sq_link_event(s->rig.link, mix_generator(&s->rig, s->sources[source]), &e, frame, 0), SQ_OK);
}

static void build(Song *s, bool programs) {
  memset(s, 0, sizeof *s);
  mix_open(&s->rig, CHANNELS, 0, 0);
  for (uint32_t b = 0; b < 2; b++)
    s->buses[b] = mix_bus(&s->rig, b ? "b1" : "b0", 2);
  for (uint32_t k = 0; k < SOURCES; k++) {
    char name[8];
    snprintf(name, sizeof name, "s%u", k);
    s->sources[k] = mix_source(&s->rig, name, 2, "sampler");
    mix_route(&s->rig, s->sources[k], s->buses[k % 2]);
    mix_set(&s->rig, s->sources[k], SQ_STRIP_GAIN_DB, -12.0);
    mix_set(&s->rig, s->sources[k], SQ_STRIP_PAN, (double)k / SOURCES - 0.4);
    if (programs)
      mix_set(&s->rig, mix_insert(&s->rig, s->sources[k], "gain", 0), SQ_PROC_BYPASS, 1.0);
  }
  mix_commit(&s->rig, 0);
  for (uint32_t k = 0; k < SOURCES; k++) {
    assert_int_equal(sq_link_swap(s->rig.link, mix_generator(&s->rig, s->sources[k]), noise(k)), SQ_OK);
    event(s, k, SQ_EVENT_NOTE_ON, 1.0, 10 + k);
  }
}

/// What wakes sources: values at once, on the way and in steps, events, and edits of the structure. False: no more.
static bool edit(Song *s, uint32_t k, uint64_t frame) {
  MixRig *rig = &s->rig;
  switch (k) {
  case 0:
    mix_set(rig, s->sources[0], SQ_STRIP_GAIN_DB, -20.0);
    mix_set(rig, s->sources[1], SQ_STRIP_PAN, 1.0);
    return true;
  case 1:
    mix_param(rig, mix_generator(rig, s->sources[2]), "gain", -6.0);
    mix_param(rig, mix_generator(rig, s->sources[3]), "polyphony", 3.0);
    return true;
  case 2:
    mix_set(rig, s->sources[4], SQ_STRIP_MUTE, 1.0);
    sq_edits_ramp(&rig->edits, (SqValueRef){s->sources[5], SQ_STRIP_GAIN_DB}, -3.0, 0.1, SQ_CURVE_DB);
    return true;
  case 3:
    event(s, 6, SQ_EVENT_NOTE_OFF, 0.0, frame);
    event(s, 7, SQ_EVENT_BEND, 0.25, frame + 100);
    event(s, 7, SQ_EVENT_BEND, 0.0, frame + 200);
    event(s, 8, SQ_EVENT_CC, 0.5, frame + 77);
    return true;
  case 4:
    s->gain = mix_insert(rig, s->sources[0], "gain", 0);
    mix_param(rig, s->gain, "polarity", 1.0);
    return true;
  case 5:
    mix_set(rig, s->sources[4], SQ_STRIP_MUTE, 0.0);
    s->send = mix_send(rig, s->sources[9], s->buses[0], SQ_TAP_PRE, -6.0);
    return true;
  case 6:
    mix_route(rig, s->sources[10], s->buses[1]);
    event(s, 6, SQ_EVENT_NOTE_ON, 1.0, frame + 1000);
    return true;
  case 7:
    mix_take(rig, s->sources[0], s->gain);
    mix_unsend(rig, s->sources[9], s->send);
    return true;
  case 8:
    mix_set(rig, s->sources[1], SQ_STRIP_SOLO, 1.0);
    return true;
  case 9:
    mix_set(rig, s->sources[1], SQ_STRIP_SOLO, 0.0);
    event(s, 2, SQ_EVENT_ALL_OFF, 0.0, frame + 50);
    return true;
  case 10:
    mix_remove(rig, s->sources[11]);
    mix_set(rig, s->buses[0], SQ_STRIP_GAIN_DB, -3.0);
    return true;
  default:
    return false;
  }
}

static void look(Song *s) {
  if (!sq_link_meters_turn(s->rig.link))
    return;
  mix_run(&s->rig, NULL, 0, 0, 1);
}

static void read_meters(Song *s) {
  SqLevels levels;
  for (uint32_t k = 0; k < SOURCES; k++) {
    if (!sq_link_levels(s->rig.link, s->sources[k], &levels))
      continue;
    s->frames[k] += levels.frames;
    s->post[k] += (double)levels.post[1].squares;
    for (uint32_t c = 0; c < 2; c++) {
      s->squares[k][c] += (double)levels.pre[c].squares;
      s->peaks[k][c] = fmaxf(s->peaks[k][c], levels.pre[c].peak);
    }
  }
}

static bool coasts(const Song *s, uint32_t k) {
  const SqLinkStrip *strip = sq_link_strip(s->rig.link, s->sources[k]);
  return strip && strip->rt->coast->until > sq_link_frame(s->rig.link);
}

/// Edits stand at frames that no period meets.
static uint64_t frame_of(uint32_t k) {
  return (uint64_t)(k + 1) * STEP + 7 * k + 3;
}

static void render(Song *song, bool programs, uint32_t period, float *const *out) {
  uint32_t next = 0, done = 0;
  build(song, programs);
  while (done < FRAMES) {
    uint32_t n = period ? period : 1 + mix_random(&song->rig.seed) % 2000;
    n = n < FRAMES - done ? n : FRAMES - done;
    while (next < 11 && done + LEAD + n > frame_of(next) && edit(song, next, frame_of(next)))
      mix_commit(&song->rig, frame_of(next++));
    if (done % 5 == 0)
      look(song);
    mix_cycle(&song->rig, out, done, n);
    read_meters(song);
    song->coasted += coasts(song, 0);
    done += n;
  }
  for (int last = 0; last < 2; last++) {
    look(song);
    mix_run(&song->rig, NULL, 0, 1, 1);
    read_meters(song);
  }
  assert_int_equal(next, 11);
  mix_close(&song->rig);
}

static float *wanted[CHANNELS], *heard[CHANNELS];
static Song reference, song;

static int setup(void **state) {
  for (uint32_t c = 0; c < CHANNELS; c++) {
    wanted[c] = malloc(FRAMES * sizeof(float));
    heard[c] = malloc(FRAMES * sizeof(float));
  }
  render(&reference, true, 64, wanted);
  return 0;
}

static int teardown(void **state) {
  for (uint32_t c = 0; c < CHANNELS; c++) {
    free(wanted[c]);
    free(heard[c]);
  }
  return 0;
}

/// To the bit, but for the sign of a zero: a block of silence is +0, one that ends in silence may be -0 before.
static bool equal(void) {
  for (uint32_t i = 0; i < FRAMES; i++)
    for (uint32_t c = 0; c < CHANNELS; c++)
      if (memcmp(&wanted[c][i], &heard[c][i], sizeof(float)) != 0 && (wanted[c][i] != 0.0F || heard[c][i] != 0.0F)) {
        printf("     frame %u channel %u: %.9g, heard %.9g\n", i, c, (double)wanted[c][i], (double)heard[c][i]);
        return false;
      }
  return true;
}

static void coasting_is_not_heard(void **state) {
  static const uint32_t periods[] = {64, 1, 17, 256, 1000, 1024, 2048, 0, 0};
  for (uint32_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
    render(&song, false, periods[i], heard);
    printf("     period %u: source 0 coasts after %u cycles\n", periods[i], song.coasted);
    assert_true(equal());
    if (periods[i] && periods[i] < 100)
      assert_true(song.coasted > FRAMES / periods[i] / 4); // else this test tests nothing
  }
  assert_int_equal(reference.coasted, 0);
}

static void meters_show_the_same(void **state) {
  render(&song, false, 64, heard);
  for (uint32_t k = 0; k < SOURCES; k++) {
    if (k != 11) // which is removed: its last levels cannot be asked for
      assert_int_equal(song.frames[k], reference.frames[k]);
    assert_true(song.post[k] > 0.01);
    assert_true(fabs(song.post[k] / reference.post[k] - 1.0) < 1e-5);
    for (uint32_t c = 0; c < 2; c++) {
      assert_true(song.peaks[k][c] == reference.peaks[k][c]);
      assert_true(fabs(song.squares[k][c] / reference.squares[k][c] - 1.0) < 1e-5);
    }
  }
}

/// New sounds cut off what plays, at the frame to which it has come while nobody called it.
static void a_swap_wakes_it(void **state) {
  for (int programs = 0; programs < 2; programs++) {
    build(&song, programs);
    float *const *out = programs ? heard : wanted;
    mix_run(&song.rig, out, 0, 6400, 64);
    assert_true(coasts(&song, 11) == !programs);
    for (uint32_t k = 0; k < SOURCES; k++)
      assert_int_equal(sq_link_swap(song.rig.link, mix_generator(&song.rig, song.sources[k]), noise(k + 1)), SQ_OK);
    mix_run(&song.rig, out, 6400, FRAMES - 6400, 64);
    mix_close(&song.rig);
  }
  assert_true(equal());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(coasting_is_not_heard),
      cmocka_unit_test(meters_show_the_same),
      cmocka_unit_test(a_swap_wakes_it),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
