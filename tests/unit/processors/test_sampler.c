// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The sampler: exact frames, modes, envelope, voices and stealing, channels, zones, and equal bits at any block.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/processors/sampler_rig.h"

#define NEAR(value, want, within) assert_true(fabs((double)(value) - (want)) <= (within))

enum { GAIN, ATTACK, DECAY, SUSTAIN, RELEASE, POLYPHONY, BEND_RANGE };
enum { TOTAL = 12000 };

static float a[SQ_MAX_CHANNELS][TOTAL], b[SQ_MAX_CHANNELS][TOTAL];
static float *pa[SQ_MAX_CHANNELS], *pb[SQ_MAX_CHANNELS];
static const double defaults[7] = {0, 0, 100, 1, 0, 64, 2};
static const uint32_t cuts[] = {1, 17, 64, 1024};

static double noise(uint32_t c, double i) {
  uint32_t x = (uint32_t)i * 2654435761u ^ c * 40503u;
  x ^= x >> 13;
  x *= 1274126177u;
  x ^= x >> 16;
  return (double)x / 4294967296.0 - 0.5;
}

static double one(uint32_t c, double i) {
  return 1;
}

static double sine(uint32_t c, double i) {
  return 0.5 * sin(2 * M_PI * 440 * i / RIG_RATE);
}

static void play(Rig *rig, SqSamplerZones *zones, uint32_t cut) {
  rig_swap(rig, zones);
  rig_run(rig, pa, TOTAL, cut);
  rig_close(rig);
}

static void a_one_shot_begins_and_ends_on_its_frame_and_is_a_copy(void **state) {
  for (int k = 0; k < 4; k++) {
    Rig rig;
    rig_open(&rig, 2, defaults);
    rig_on(&rig, 1003, 60, 1, 0);
    rig_off(&rig, 1010, 60, 0); // a one-shot does not care
    play(&rig, rig_zone(rig_sample(2, 5000, noise), SQ_SAMPLER_ONE_SHOT), cuts[k]);
    for (uint32_t c = 0; c < 2; c++)
      for (uint32_t i = 0; i < TOTAL; i++) {
        float want = i >= 1003 && i < 6003 ? (float)noise(c, i - 1003) + 0.0f : 0.0f;
        if (memcmp(&a[c][i], &want, sizeof want) != 0)
          fail_msg("cut %u, channel %u, frame %u: %g instead of %g", cuts[k], c, i, (double)a[c][i], (double)want);
      }
    assert_true(rig.n_borrowed > 0);
  }
}

static void a_gate_ends_on_the_frame_of_its_note_off(void **state) {
  for (int k = 0; k < 4; k++) {
    Rig rig;
    rig_open(&rig, 1, defaults); // release 0
    rig_on(&rig, 100, 60, 1, 7);
    rig_off(&rig, 1777, 60, 8); // of another note
    rig_off(&rig, 2501, 60, 7);
    play(&rig, rig_zone(rig_sample(1, 5000, one), SQ_SAMPLER_GATE), cuts[k]);
    for (uint32_t i = 0; i < TOTAL; i++)
      assert_true(a[0][i] == (i >= 100 && i < 2501 ? 1.0f : 0.0f));
  }
}

static void a_loop_goes_round_on_the_frame(void **state) {
  for (int k = 0; k < 4; k++) {
    Rig rig;
    rig_open(&rig, 2, defaults);
    SqSample *sample = rig_sample(2, 1000, noise);
    SqSamplerZones *zones = sq_sampler_zones_new();
    SqSamplerZone zone = sq_sampler_zone_of(sample);
    zone.mode = SQ_SAMPLER_LOOP;
    zone.start = 700;
    zone.loop_start = 123;
    zone.loop_end = 890;
    char error[100];
    assert_int_equal(sq_sampler_zones_add(zones, &zone, error, sizeof error), SQ_OK);
    sq_sample_release(sample);
    rig_on(&rig, 55, 60, 1, 0);
    rig_off(&rig, 11111, 60, 0);
    play(&rig, zones, cuts[k]);
    uint32_t at = 700;
    for (uint32_t i = 0; i < TOTAL; i++) {
      bool sounds = i >= 55 && i < 11111;
      for (uint32_t c = 0; c < 2; c++)
        if (a[c][i] != (sounds ? (float)noise(c, at) : 0.0f))
          fail_msg("cut %u, frame %u", cuts[k], i);
      if (sounds && ++at == 890)
        at = 123;
    }
    assert_true(rig.n_borrowed > 50 || cuts[k] == 1024);
  }
}

static void a_silent_sampler_says_so_and_writes_zeros(void **state) {
  Rig rig;
  rig_open(&rig, 2, defaults);
  rig_block(&rig, pa, 0, 64); // no zones at all
  assert_int_equal(rig.result, SQ_RT_SILENT);
  rig_swap(&rig, rig_zone(rig_sample(1, 100, one), SQ_SAMPLER_ONE_SHOT));
  rig_on(&rig, 70, 60, 1, 0);
  rig_block(&rig, pa, 64, 64);
  assert_int_equal(rig.result, SQ_RT_SOUND);
  assert_int_equal(rig.type->tail(rig.instance), UINT32_MAX);
  rig_block(&rig, pa, 128, 64);
  assert_int_equal(rig.result, SQ_RT_SOUND);
  rig_block(&rig, pa, 192, 64);
  assert_int_equal(rig.result, SQ_RT_SILENT);
  assert_int_equal(rig.type->tail(rig.instance), 0);
  for (uint32_t i = 0; i < 256; i++)
    assert_true(a[0][i] == (i >= 70 && i < 170 ? 1.0f : 0.0f) && a[1][i] == a[0][i]);
  rig_close(&rig);
}

static void the_envelope_is_exact_to_the_frame(void **state) {
  double params[7] = {0, 10, 20, 0.25, 50, 64, 2}; // 480, 960, 2400 frames
  Rig rig;
  rig_open(&rig, 1, params);
  rig_on(&rig, 100, 60, 1, 0);
  rig_off(&rig, 5000, 60, 0);
  play(&rig, rig_zone(rig_sample(1, TOTAL, one), SQ_SAMPLER_GATE), 64);
  for (uint32_t i = 0; i < 480; i++)
    NEAR(a[0][100 + i], i / 480.0, 1e-6);
  assert_true(a[0][580] == 1.0f);
  for (uint32_t i = 1; i <= 960; i++)
    assert_true(a[0][580 + i] < a[0][580 + i - 1]);
  // 60 dB in the whole time: after half of it 30 dB of the distance are gone
  NEAR(a[0][580 + 480] - 0.25f, 0.75 * (pow(10, -1.5) - 1e-3) / (1 - 1e-3), 1e-5);
  for (uint32_t i = 1540; i <= 5000; i++)
    assert_true(a[0][i] == 0.25f);
  for (uint32_t i = 5001; i < 7400; i++)
    assert_true(a[0][i] < a[0][i - 1] && a[0][i] > 0);
  for (uint32_t i = 7400; i < TOTAL; i++)
    assert_true(a[0][i] == 0);
  // a one-shot has the attack alone
  rig_open(&rig, 1, params);
  rig_on(&rig, 0, 60, 1, 0);
  rig_off(&rig, 600, 60, 0);
  play(&rig, rig_zone(rig_sample(1, 4000, one), SQ_SAMPLER_ONE_SHOT), 64);
  for (uint32_t i = 0; i < 480; i++)
    NEAR(a[0][i], i / 480.0, 1e-6);
  for (uint32_t i = 480; i < TOTAL; i++)
    assert_true(a[0][i] == (i < 4000 ? 1.0f : 0.0f));
}

static void a_sustain_that_is_moved_does_not_step(void **state) {
  double params[7] = {0, 0, 0, 1, 0, 64, 2};
  Rig rig;
  rig_open(&rig, 1, params);
  rig_on(&rig, 0, 60, 1, 0);
  rig_param(&rig, 1000, SUSTAIN, 0.5);
  play(&rig, rig_zone(rig_sample(1, TOTAL, one), SQ_SAMPLER_LOOP), 64);
  assert_true(a[0][1000] == 1.0f && a[0][1240] == 0.5f && a[0][5000] == 0.5f);
  for (uint32_t i = 1; i < 5000; i++)
    assert_true(fabsf(a[0][i] - a[0][i - 1]) < 0.02f);
}

static void sixty_four_voices_sound_and_one_more_takes_the_oldest(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  for (uint32_t i = 0; i < 64; i++)
    rig_on(&rig, 10 + i, 60, 1, i + 1);
  rig_on(&rig, 2000, 60, 1, 65);
  rig_off(&rig, 4000, 60, 1); // its voice is gone: nothing changes
  rig_off(&rig, 6000, 60, 2);
  play(&rig, rig_zone(rig_sample(1, 500, one), SQ_SAMPLER_LOOP), 64);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(a[0][10 + i] == (float)(i + 1));
  assert_true(a[0][1999] == 64 && a[0][2000] > 64.9f && a[0][2000] < 65.001f);
  assert_true(a[0][2240] == 64 && a[0][4500] == 64 && a[0][5999] == 64 && a[0][6000] == 63);
}

static void stealing_fades_and_takes_released_voices_first(void **state) {
  double params[7] = {0, 0, 0, 1, 5000, 2, 2};
  for (int k = 0; k < 4; k++) {
    Rig rig;
    rig_open(&rig, 1, params);
    rig_on(&rig, 0, 60, 1, 1);    // the oldest, held
    rig_on(&rig, 1, 60, 1, 2);    // let go of: to be taken
    rig_off(&rig, 100, 60, 2);    //
    rig_on(&rig, 1000, 60, 0, 3); // silent: what is heard is the fade alone
    play(&rig, rig_zone(rig_sample(1, 500, one), SQ_SAMPLER_LOOP), cuts[k]);
    float before = a[0][999];
    assert_true(before > 1.8f);
    double steepest = 0;
    for (uint32_t i = 1000; i < 1300; i++) {
      assert_true(a[0][i] <= a[0][i - 1]);
      steepest = fmax(steepest, (double)(a[0][i - 1] - a[0][i]));
    }
    assert_true(steepest < 0.01); // a bare cut would step by 0.9
    for (uint32_t i = 1240; i < TOTAL; i++)
      assert_true(a[0][i] == 1.0f); // the held one plays on, untouched
  }
}

static void fewer_voices_while_playing_fade_out_too(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  for (uint32_t i = 0; i < 8; i++)
    rig_on(&rig, 0, 60, 1, i + 1);
  rig_param(&rig, 500, POLYPHONY, 3);
  play(&rig, rig_zone(rig_sample(1, 500, one), SQ_SAMPLER_LOOP), 64);
  assert_true(a[0][499] == 8 && a[0][740] == 3);
  for (uint32_t i = 1; i < 2000; i++)
    assert_true(fabsf(a[0][i] - a[0][i - 1]) < 0.05f);
}

static void zones_are_chosen_by_key_and_velocity(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  SqSamplerZones *zones = sq_sampler_zones_new();
  SqSample *sample = rig_sample(1, 100, one);
  static const float table[][5] = {// lo, hi, vlo, vhi, dB
                                   {36, 36, 0, 1, 0},
                                   {37, 40, 0, 0.5f, -20},
                                   {37, 40, 0.5f, 1, -40},
                                   {39, 39, 0, 1, -60}};
  char error[200];
  for (int i = 0; i < 4; i++) {
    SqSamplerZone zone = sq_sampler_zone_of(sample);
    zone.lo = table[i][0];
    zone.hi = table[i][1];
    zone.vlo = table[i][2];
    zone.vhi = table[i][3];
    zone.gain_db = table[i][4];
    zone.mode = SQ_SAMPLER_LOOP;
    assert_int_equal(sq_sampler_zones_add(zones, &zone, error, sizeof error), SQ_OK);
  }
  sq_sample_release(sample);
  static const double notes[][3] = {// key, velocity, amplitude heard over velocity^2
                                    {36, 1, 1},      {35, 1, 0},   {36.4, 1, 1},   {36.6, 1, 0.01},  {37, 0.25, 0.1},
                                    {40, 0.5, 0.01}, {41, 0.5, 0}, {39, 1, 0.011}, {39, 0.25, 0.101}};
  for (uint32_t n = 0; n < 9; n++) {
    rig_on(&rig, 200 * n, notes[n][0], notes[n][1], n + 1);
    rig_off(&rig, 200 * n + 150, 0, n + 1);
  }
  play(&rig, zones, 64);
  for (uint32_t n = 0; n < 9; n++) {
    double want = notes[n][2] * notes[n][1] * notes[n][1], got = (double)a[0][200 * n + 140];
    if (fabs(got - want) > want * 1e-4)
      fail_msg("note %u: %g instead of %g", n, got, want);
  }
}

static void bad_zones_are_refused_with_a_sentence(void **state) {
  SqSamplerZones *zones = sq_sampler_zones_new();
  SqSample *sample = rig_sample(1, 100, one);
  SqSamplerZone good = sq_sampler_zone_of(sample), bad[6];
  for (int i = 0; i < 6; i++)
    bad[i] = good;
  bad[0].lo = 61, bad[0].hi = 60;
  bad[1].vlo = 0.6f, bad[1].vhi = 0.5f;
  bad[2].start = 100;
  bad[3].mode = SQ_SAMPLER_LOOP, bad[3].loop_start = 50, bad[3].loop_end = 50;
  bad[4].mode = SQ_SAMPLER_LOOP, bad[4].start = 60, bad[4].loop_end = 50;
  bad[5].root = NAN;
  for (int i = 0; i < 6; i++) {
    char error[200] = "";
    assert_int_equal(sq_sampler_zones_add(zones, &bad[i], error, sizeof error), SQ_RANGE);
    assert_non_null(strchr(error, ':'));
  }
  assert_int_equal(zones->n, 0);
  assert_int_equal(atomic_load(&sample->refs), 1);
  good.end = 1000; // past the sound: cut
  assert_int_equal(sq_sampler_zones_add(zones, &good, NULL, 0), SQ_OK);
  assert_int_equal(zones->zones[0].end, 100);
  SqSamplerZones *copy = sq_sampler_zones_copy(zones);
  assert_int_equal(atomic_load(&sample->refs), 3);
  sq_sampler_zones_free(zones);
  copy->data.free(&copy->data);
  assert_int_equal(atomic_load(&sample->refs), 1);
  sq_sample_release(sample);
}

static double channel_number(uint32_t c, double i) {
  return c + 1;
}

static void channels_of_the_sound_meet_those_of_the_strip(void **state) {
  static const struct {
    uint32_t in, out;
    float heard[5];
  } table[] = {{1, 1, {1}},          {1, 3, {1, 1, 1}}, {2, 2, {1, 2}},          {2, 1, {1.5f}},
               {2, 4, {1, 2, 0, 0}}, {4, 2, {1, 2}},    {5, 5, {1, 2, 3, 4, 5}}, {3, 1, {2}}};
  for (uint32_t t = 0; t < 8; t++)
    for (int plain = 0; plain < 3; plain++) { // copied, scaled, pitched
      Rig rig;
      rig_open(&rig, table[t].out, defaults);
      rig_on(&rig, 0, plain == 2 ? 60.5 : 60, plain == 1 ? 0.5 : 1, 0);
      play(&rig, rig_zone(rig_sample(table[t].in, 1000, channel_number), SQ_SAMPLER_LOOP), 64);
      for (uint32_t c = 0; c < table[t].out; c++) {
        float want = table[t].heard[c] * (plain == 1 ? 0.25f : 1.0f);
        if (fabsf(a[c][6000] - want) > 1e-5f * want)
          fail_msg("%u -> %u, way %d, channel %u: %g", table[t].in, table[t].out, plain, c, (double)a[c][6000]);
      }
    }
}

static void the_pedal_holds_notes(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  rig_on(&rig, 0, 60, 1, 0);
  RigEvent *e = rig_event(&rig, 10, SQ_EVENT_CC);
  e->event.index = 64;
  e->event.value = 1;
  rig_off(&rig, 100, 60, 0);
  rig_on(&rig, 200, 62, 1, 0);
  e = rig_event(&rig, 1000, SQ_EVENT_MIDI);
  e->event.midi[0] = 0xB0, e->event.midi[1] = 64, e->event.midi[2] = 0;
  e = rig_event(&rig, 3000, SQ_EVENT_ALL_OFF);
  SqSamplerZones *zones = rig_zone(rig_sample(1, 100, one), SQ_SAMPLER_LOOP);
  play(&rig, zones, 64);
  NEAR(a[0][999], 2, 1e-4);
  NEAR(a[0][1500], 1, 1e-4); // the second is still held by its key
  assert_true(a[0][3000] == 0);
}

static void midi_notes_are_understood(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  static const uint8_t bytes[][3] = {{0x93, 60, 127}, {0x92, 60, 127}, {0x93, 60, 0}, {0x82, 60, 64}};
  for (uint32_t i = 0; i < 4; i++)
    memcpy(rig_event(&rig, 100 * (i + 1), SQ_EVENT_MIDI)->event.midi, bytes[i], 3);
  play(&rig, rig_zone(rig_sample(1, 100, one), SQ_SAMPLER_LOOP), 64);
  assert_true(a[0][99] == 0 && a[0][100] == 1 && a[0][200] == 2 && a[0][300] == 1 && a[0][400] == 0);
}

static void the_gain_signal_moves_without_steps(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  rig.gain = (SqSignal){.shape = SQ_SIGNAL_RAMP, .value = 0, .step = -0.01f};
  rig_on(&rig, 0, 60, 1, 0);
  play(&rig, rig_zone(rig_sample(1, 100, one), SQ_SAMPLER_LOOP), 17);
  for (uint32_t i = 0; i < 3000; i++)
    NEAR(a[0][i], pow(10, -0.01 * i / 20), 2e-6);
}

/// A sound that is taken away while it plays fades out, its memory freed at once (the address sanitizer would tell);
/// one that stays goes on as if nothing had happened.
static void zones_are_exchanged_under_playing_voices(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  SqSample *stays = rig_sample(1, 333, one), *goes = rig_sample(1, 444, one);
  SqSamplerZones *both = rig_zone(sq_sample_retain(stays), SQ_SAMPLER_LOOP);
  SqSamplerZone zone = sq_sampler_zone_of(goes);
  zone.mode = SQ_SAMPLER_LOOP;
  assert_int_equal(sq_sampler_zones_add(both, &zone, NULL, 0), SQ_OK);
  sq_sample_release(goes);
  SqSamplerZones *left = rig_zone(stays, SQ_SAMPLER_LOOP);
  rig_event(&rig, 0, SQ_EVENT_SWAP)->event.data = both;
  rig_on(&rig, 10, 60, 1, 1);
  rig_event(&rig, 1000, SQ_EVENT_SWAP)->event.data = left;
  rig_event(&rig, 3000, SQ_EVENT_SWAP)->event.data = NULL;
  rig_run(&rig, pa, TOTAL, 64);
  rig_close(&rig);
  assert_true(a[0][999] == 2 && a[0][1240] == 1 && a[0][2999] == 1 && a[0][3240] == 0);
  for (uint32_t i = 12; i < TOTAL; i++)
    assert_true(fabsf(a[0][i] - a[0][i - 1]) < 0.02f);
}

/// Everything at once: chords, steals, bends, loops at odd pitches, pedal, parameters, a gain ramp and an exchange.
static void score(Rig *rig, SqSample *s1, SqSample *s2, bool ramp) {
  rig->gain = (SqSignal){.shape = ramp ? SQ_SIGNAL_RAMP : SQ_SIGNAL_CONSTANT, .value = -1, .step = -0.0007f};
  SqSamplerZones *zones = rig_zone(sq_sample_retain(s1), SQ_SAMPLER_LOOP);
  SqSamplerZone zone = sq_sampler_zone_of(s2);
  zone.lo = 64;
  zone.mode = SQ_SAMPLER_GATE;
  if (sq_sampler_zones_add(zones, &zone, NULL, 0) != SQ_OK)
    abort();
  rig_event(rig, 0, SQ_EVENT_SWAP)->event.data = zones;
  uint32_t seed = 4711;
  for (uint32_t n = 0, frame = 3; n < 150; n++) {
    seed = seed * 1664525u + 1013904223u;
    frame += seed >> 26; // often the same frame
    if (n == 100)        // on a frame of its own: the driver of this test exchanges before the events of a frame
      rig_event(rig, ++frame, SQ_EVENT_SWAP)->event.data = rig_zone(sq_sample_retain(s2), SQ_SAMPLER_LOOP);
    uint32_t what = seed >> 8 & 15;
    double key = 45 + (seed >> 12 & 31) + (seed >> 20 & 1) * 0.37;
    if (what < 8)
      rig_on(rig, frame, what < 2 ? 60 : key, 0.3 + (seed >> 16 & 7) * 0.1, n + 1);
    else if (what < 11)
      rig_off(rig, frame, 0, n > 12 ? n - 12 : 1);
    else if (what == 11)
      rig_param(rig, frame, ATTACK + (seed >> 16) % 4, (seed >> 18 & 15) / 15.0);
    else {
      RigEvent *e = rig_event(rig, frame, what == 12 ? SQ_EVENT_BEND : what == 13 ? SQ_EVENT_NOTE_BEND : SQ_EVENT_CC);
      e->event.value = what == 14 ? (seed >> 16 & 1) : (seed >> 16 & 15) / 15.0;
      e->event.index = 64;
      e->event.id = n;
    }
  }
}

static void compare_cuttings(bool ramp) {
  double params[7] = {0, 3, 7, 0.8, 30, 12, 2};
  SqSample *s1 = rig_sample(2, 777, sine), *s2 = rig_sample(1, 2000, noise);
  for (int k = 0; k < 6; k++) {
    static Rig rig;
    rig_open(&rig, 2, params);
    score(&rig, s1, s2, ramp);
    if (k < 4)
      rig_run(&rig, k ? pb : pa, TOTAL, cuts[k]);
    else { // blocks that change all the time
      float *at[2];
      uint32_t seed = (uint32_t)k;
      for (uint32_t done = 0; done < TOTAL;) {
        seed = seed * 1664525u + 1013904223u;
        uint32_t n = 1 + (seed >> 20) % 700;
        n = n < TOTAL - done ? n : TOTAL - done;
        at[0] = b[0] + done;
        at[1] = b[1] + done;
        rig_run(&rig, at, n, n);
        done += n;
      }
    }
    rig_close(&rig);
    for (uint32_t c = 0; c < 2 && k; c++)
      for (uint32_t i = 0; i < TOTAL; i++)
        if (memcmp(&a[c][i], &b[c][i], sizeof(float)) != 0)
          fail_msg("cutting %d: channel %u frame %u: %.9g, %.9g", k, c, i, (double)a[c][i], (double)b[c][i]);
  }
  double energy = 0;
  for (uint32_t i = 0; i < TOTAL; i++)
    energy += (double)(a[0][i] * a[0][i]);
  assert_true(energy > 100);
  assert_int_equal(atomic_load(&s1->refs), 1);
  sq_sample_release(s1);
  sq_sample_release(s2);
}

static void bits_do_not_depend_on_how_time_is_cut(void **state) {
  compare_cuttings(true);
  compare_cuttings(false);
}

static void a_reset_leaves_silence(void **state) {
  Rig rig;
  rig_open(&rig, 1, defaults);
  rig_swap(&rig, rig_zone(rig_sample(1, 100, one), SQ_SAMPLER_LOOP));
  rig_on(&rig, 0, 60, 1, 0);
  rig_param(&rig, 32, POLYPHONY, 1);
  rig_on(&rig, 40, 60, 1, 0); // a tail
  rig_block(&rig, pa, 0, 64);
  rig.type->reset(rig.instance);
  rig_block(&rig, pa, 0, 64);
  assert_int_equal(rig.result, SQ_RT_SILENT);
  assert_true(a[0][0] == 0 && a[0][63] == 0);
  rig_on(&rig, 128, 60, 1, 0);
  rig_block(&rig, pa, 0, 64);
  assert_true(a[0][0] == 1 && a[0][63] == 1);
  rig_close(&rig);
}

int main(void) {
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++) {
    pa[c] = a[c];
    pb[c] = b[c];
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_one_shot_begins_and_ends_on_its_frame_and_is_a_copy),
      cmocka_unit_test(a_gate_ends_on_the_frame_of_its_note_off),
      cmocka_unit_test(a_loop_goes_round_on_the_frame),
      cmocka_unit_test(a_silent_sampler_says_so_and_writes_zeros),
      cmocka_unit_test(the_envelope_is_exact_to_the_frame),
      cmocka_unit_test(a_sustain_that_is_moved_does_not_step),
      cmocka_unit_test(sixty_four_voices_sound_and_one_more_takes_the_oldest),
      cmocka_unit_test(stealing_fades_and_takes_released_voices_first),
      cmocka_unit_test(fewer_voices_while_playing_fade_out_too),
      cmocka_unit_test(zones_are_chosen_by_key_and_velocity),
      cmocka_unit_test(bad_zones_are_refused_with_a_sentence),
      cmocka_unit_test(channels_of_the_sound_meet_those_of_the_strip),
      cmocka_unit_test(the_pedal_holds_notes),
      cmocka_unit_test(midi_notes_are_understood),
      cmocka_unit_test(the_gain_signal_moves_without_steps),
      cmocka_unit_test(zones_are_exchanged_under_playing_voices),
      cmocka_unit_test(bits_do_not_depend_on_how_time_is_cut),
      cmocka_unit_test(a_reset_leaves_silence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
