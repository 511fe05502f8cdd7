// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the mixer computes, against a reference in double precision that shares no code with it: random sessions, every
// width into every other, and meters against exact sums.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "support/mix_rig.h"

#define FRAMES 4096 ///< of one session, behind the inputs' fade
#define LEAD 1024   ///< frames until what fades in at the start has done so
#define INPUTS 64

static float *in[INPUTS], *out[SQ_MAX_CHANNELS];

static int setup(void **state) {
  for (uint32_t c = 0; c < INPUTS; c++) {
    uint32_t seed = 100 + c;
    in[c] = malloc((LEAD + FRAMES) * sizeof(float));
    for (uint32_t i = 0; i < LEAD + FRAMES; i++)
      in[c][i] = (float)(mix_random(&seed) / 4294967296.0 - 0.5);
  }
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++)
    out[c] = calloc(LEAD + FRAMES, sizeof(float));
  return 0;
}

static int teardown(void **state) {
  for (uint32_t c = 0; c < INPUTS; c++)
    free(in[c]);
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++)
    free(out[c]);
  return 0;
}

// ---- the reference --------------------------------------------------------------------------------------------------

typedef struct {
  uint32_t n_channels;
  double *before, *x; ///< [n_channels][FRAMES] before and after fader, pan excluded
  bool done;
} Signal;

typedef struct {
  const SqDoc *doc;
  Signal *signals; ///< by place in the document
} Reference;

static double amplitude(double db) {
  return db <= -144.0 ? 0.0 : pow(10.0, db / 20.0);
}

/// How loud channel `from` of n arrives in channel `to` of m.
static double cell(uint32_t n, uint32_t m, uint32_t from, uint32_t to, double pan, int law) {
  const bool meets = n == 1 ? true : from % m == to && (n > m || from == to);
  if (!meets)
    return 0.0;
  if (m != 2 || n > 2) {
    uint32_t together = 0; // channels that meet here: they are averaged
    for (uint32_t i = 0; i < n; i++)
      together += n > m && i % m == to;
    return together ? 1.0 / together : 1.0;
  }
  if (law == SQ_PAN_EQUAL_POWER)
    return to ? sin((pan + 1.0) * M_PI / 4.0) : cos((pan + 1.0) * M_PI / 4.0);
  return to ? fmin(1.0, 1.0 + pan) : fmin(1.0, 1.0 - pan);
}

static uint32_t place_of(const Reference *r, SqHandle handle) {
  for (uint32_t i = 0; i < sq_doc_count(r->doc); i++)
    if (sq_doc_at(r->doc, i)->handle == handle)
      return i;
  return UINT32_MAX;
}

static void compute(Reference *r, uint32_t at);

static void add_all(Reference *r, Signal *to, SqHandle handle) {
  for (uint32_t s = 0; s < sq_doc_count(r->doc); s++) {
    const SqStrip *strip = sq_doc_at(r->doc, s);
    for (uint32_t e = 0; e <= strip->n_sends; e++) {
      const SqSend *send = e ? &strip->sends[e - 1] : NULL;
      if ((send ? send->bus : strip->output) != handle || strip->kind == SQ_STRIP_MASTER)
        continue;
      compute(r, s);
      const Signal *from = &r->signals[s];
      const bool pre = send && send->numbers[SQ_SEND_TAP] == SQ_TAP_PRE;
      const double level = !send                                ? 1.0
                           : send->numbers[SQ_SEND_MUTE] != 0.0 ? 0.0
                                                                : amplitude(send->numbers[SQ_SEND_GAIN_DB]);
      const double pan = send ? send->numbers[SQ_SEND_PAN] : strip->numbers[SQ_STRIP_PAN];
      for (uint32_t c = 0; c < from->n_channels; c++)
        for (uint32_t d = 0; d < to->n_channels; d++) {
          const double g =
              level * cell(from->n_channels, to->n_channels, c, d, pan, (int)strip->numbers[SQ_STRIP_PAN_LAW]);
          const double *x = (pre ? from->before : from->x) + (size_t)c * FRAMES;
          for (uint32_t i = 0; i < FRAMES && g != 0.0; i++)
            to->before[(size_t)d * FRAMES + i] += g * x[i];
        }
    }
  }
}

static void compute(Reference *r, uint32_t at) {
  Signal *signal = &r->signals[at];
  const SqStrip *strip = sq_doc_at(r->doc, at);
  if (signal->done)
    return;
  signal->done = true;
  signal->n_channels = strip->n_channels;
  signal->before = calloc((size_t)strip->n_channels * FRAMES, sizeof(double));
  signal->x = calloc((size_t)strip->n_channels * FRAMES, sizeof(double));
  if (strip->generator) {
    const uint32_t first = (uint32_t)strtoul(sq_proc_key(strip->generator, "first"), NULL, 10);
    for (uint32_t c = 0; c < strip->n_channels && first + c < INPUTS; c++)
      for (uint32_t i = 0; i < FRAMES; i++)
        signal->before[(size_t)c * FRAMES + i] = (double)in[first + c][LEAD + i];
  }
  if (strip->kind != SQ_STRIP_SOURCE)
    add_all(r, signal, strip->handle);
  const double g = strip->numbers[SQ_STRIP_MUTE] != 0.0 ? 0.0 : amplitude(strip->numbers[SQ_STRIP_GAIN_DB]);
  for (size_t i = 0; i < (size_t)strip->n_channels * FRAMES; i++)
    signal->x[i] = g * signal->before[i];
  if (strip->kind != SQ_STRIP_MASTER)
    return;
  for (uint32_t c = 0; c < strip->n_channels; c++) // its way to the hardware
    for (uint32_t i = 0; i < FRAMES; i++)
      signal->x[(size_t)c * FRAMES + i] *= cell(strip->n_channels, strip->n_channels, c, c,
                                                strip->numbers[SQ_STRIP_PAN], (int)strip->numbers[SQ_STRIP_PAN_LAW]);
}

static Reference *reference_of(const SqDoc *doc) {
  Reference *r = calloc(1, sizeof *r);
  r->doc = doc;
  r->signals = calloc(sq_doc_count(doc), sizeof *r->signals);
  for (uint32_t i = 0; i < sq_doc_count(doc); i++)
    compute(r, i);
  return r;
}

static void reference_free(Reference *r) {
  for (uint32_t i = 0; i < sq_doc_count(r->doc); i++) {
    free(r->signals[i].before);
    free(r->signals[i].x);
  }
  free(r->signals);
  free(r);
}

// ---- sessions -------------------------------------------------------------------------------------------------------

static uint32_t seed = 1;

static uint32_t below(uint32_t n) {
  return (uint32_t)((double)mix_random(&seed) / 4294967296.0 * n);
}

static double between(double lo, double hi) {
  return lo + (double)mix_random(&seed) / 4294967296.0 * (hi - lo);
}

static SqHandle input(MixRig *rig, const char *name, uint32_t n_channels, uint32_t first) {
  char text[8];
  const SqHandle handle = mix_source(rig, name, n_channels, "input");
  SqStrip *after = sq_strip_copy(sq_doc_strip(rig->doc, handle));
  snprintf(text, sizeof text, "%u", first);
  sq_proc_set_key(after->generator, "first", text);
  sq_edits_put(&rig->edits, after);
  return handle;
}

static void random_numbers(MixRig *rig, SqHandle strip) {
  mix_set(rig, strip, SQ_STRIP_GAIN_DB, below(8) ? between(-40, 6) : -144);
  mix_set(rig, strip, SQ_STRIP_PAN, between(-1, 1));
  mix_set(rig, strip, SQ_STRIP_PAN_LAW, below(2));
  mix_set(rig, strip, SQ_STRIP_MUTE, below(8) == 0);
}

static void random_session(MixRig *rig) {
  const uint32_t n_buses = 1 + below(6), n_sources = 1 + below(40);
  SqHandle buses[6], strip;
  char name[16];
  for (uint32_t i = 0; i < n_buses; i++) {
    snprintf(name, sizeof name, "b%u", i);
    buses[i] = mix_bus(rig, name, 1 + below(6));
    random_numbers(rig, buses[i]);
    if (i && below(2))
      mix_route(rig, buses[i], buses[below(i)]);
    if (i && below(2))
      mix_send(rig, buses[i], buses[below(i)], below(2) ? SQ_TAP_PRE : SQ_TAP_POST, between(-30, 0));
  }
  for (uint32_t i = 0; i < n_sources; i++) {
    snprintf(name, sizeof name, "s%u", i);
    strip = input(rig, name, 1 + below(6), below(INPUTS - 6));
    random_numbers(rig, strip);
    if (below(2))
      mix_route(rig, strip, below(8) ? buses[below(n_buses)] : 0);
    for (uint32_t k = 0; k < n_buses; k++)
      if (below(3) == 0) {
        const SqHandle send = mix_send(rig, strip, buses[k], below(2) ? SQ_TAP_PRE : SQ_TAP_POST, between(-30, 0));
        mix_set(rig, send, SQ_SEND_PAN, between(-1, 1));
        mix_set(rig, send, SQ_SEND_MUTE, below(6) == 0);
      }
  }
  random_numbers(rig, SQ_HANDLE_MASTER);
  mix_set(rig, SQ_HANDLE_MASTER, SQ_STRIP_MUTE, 0.0);
  mix_set(rig, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, between(-10, 0));
}

static void play(MixRig *rig, uint32_t n_out) {
  rig->in = (const float *const *)in;
  mix_commit(rig, 0);
  mix_run(rig, out, 0, LEAD + FRAMES, 0);
  (void)n_out;
}

/// Error of out[] against the reference, in dB below the reference's own level; and against full scale when that is
/// lower.
static double error_db(const Signal *wanted) {
  double worst = -400.0;
  for (uint32_t c = 0; c < wanted->n_channels; c++) {
    double error = 0.0;
    for (uint32_t i = 0; i < FRAMES; i++) {
      const double d = (double)out[c][LEAD + i] - wanted->x[(size_t)c * FRAMES + i];
      error += d * d;
    }
    const double db = 10.0 * log10(error / FRAMES + 1e-40);
    worst = db > worst ? db : worst;
  }
  return worst;
}

// ---- tests ----------------------------------------------------------------------------------------------------------

static void random_sessions_match_the_reference(void **state) {
  double worst = -400.0, loudest = 0.0;
  for (uint32_t round = 0; round < 60; round++) {
    MixRig rig;
    mix_open(&rig, 1 + below(4), INPUTS, 0);
    random_session(&rig);
    play(&rig, rig.n_out);
    Reference *r = reference_of(rig.doc);
    const Signal *master = &r->signals[place_of(r, SQ_HANDLE_MASTER)];
    const double db = error_db(master);
    for (uint32_t i = 0; i < FRAMES; i++)
      loudest = fabs(master->x[i]) > loudest ? fabs(master->x[i]) : loudest;
    worst = db > worst ? db : worst;
    reference_free(r);
    mix_close(&rig);
  }
  printf("     60 sessions: worst error %.1f dBFS RMS, loudest sample %.1f\n", worst, loudest);
  assert_true(loudest > 0.5);
  assert_true(worst <= -120.0);
}

/// Every width into every other, up to 64 channels, by the main output and by a send.
static void every_width_goes_into_every_other(void **state) {
  static const uint32_t widths[] = {1, 2, 3, 4, 6, 8, 16, 63, 64};
  for (uint32_t n = 0; n < 9; n++)
    for (uint32_t m = 0; m < 9; m++) {
      MixRig rig;
      mix_open(&rig, widths[m], INPUTS, 0);
      const SqHandle a = input(&rig, "a", widths[n], 0), bus = mix_bus(&rig, "bus", widths[m]);
      mix_set(&rig, a, SQ_STRIP_PAN, 0.25);
      mix_send(&rig, a, bus, SQ_TAP_PRE, -6.0);
      play(&rig, widths[m]);
      Reference *r = reference_of(rig.doc);
      const double db = error_db(&r->signals[0]);
      if (db > -120.0)
        printf("     %u into %u channels: %.1f dBFS\n", widths[n], widths[m], db);
      assert_true(db <= -120.0);
      reference_free(r);
      mix_close(&rig);
    }
}

/// Periods of measurement of any length follow each other: each frame is in exactly one of them.
static void meters_lose_nothing_and_count_nothing_twice(void **state) {
  MixRig rig;
  mix_open(&rig, 2, INPUTS, 0);
  const SqHandle mono = input(&rig, "mono", 1, 0), wide = input(&rig, "wide", 4, 4), lost = input(&rig, "lost", 1, 9);
  mix_set(&rig, mono, SQ_STRIP_GAIN_DB, -6.0);
  mix_set(&rig, wide, SQ_STRIP_PAN, 1.0);
  mix_route(&rig, lost, 0);
  rig.in = (const float *const *)in;
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, LEAD, 0);
  const SqHandle strips[] = {mono, wide, lost};
  const uint32_t firsts[] = {0, 4, 9};
  double squares[3][4] = {{0}}, post[3] = {0}, peaks[3] = {0};
  uint64_t frames[3] = {0};
  SqLevels levels;
  sq_link_meters_turn(rig.link);
  mix_run(&rig, out, LEAD, 1, 1);
  for (uint32_t k = 0; k < 3; k++)
    sq_link_levels(rig.link, strips[k], &levels); // what was before, up to LEAD
  uint32_t at = LEAD + 1;
  memset(frames, 0, sizeof frames);
  while (at < LEAD + FRAMES) {
    uint32_t n = 1 + mix_random(&rig.seed) % 300;
    n = n < LEAD + FRAMES - at ? n : LEAD + FRAMES - at;
    if (below(3) == 0)
      sq_link_meters_turn(rig.link); // sometimes it is not read before the next turn, sometimes asked for too early
    if (below(3) == 0)
      sq_link_meters_turn(rig.link);
    mix_run(&rig, out, at, n, 1 + below(200));
    at += n;
    for (uint32_t k = 0; k < 3 && below(2); k++) {
      assert_true(sq_link_levels(rig.link, strips[k], &levels));
      frames[k] += levels.frames;
      for (uint32_t c = 0; c < levels.n_channels; c++)
        squares[k][c] += (double)levels.pre[c].squares;
      post[k] += (double)levels.post[0].squares;
      peaks[k] = (double)levels.pre[0].peak > peaks[k] ? (double)levels.pre[0].peak : peaks[k];
    }
  }
  rig.in = NULL;
  for (int last = 0; last < 2; last++) { // the two banks
    mix_run(&rig, NULL, 0, 1, 1);
    assert_true(sq_link_meters_turn(rig.link));

    mix_run(&rig, NULL, 0, 1, 1);
    for (uint32_t k = 0; k < 3; k++) {
      sq_link_levels(rig.link, strips[k], &levels);
      frames[k] += levels.frames;
      for (uint32_t c = 0; c < levels.n_channels; c++)
        squares[k][c] += (double)levels.pre[c].squares;
      post[k] += (double)levels.post[0].squares;
      peaks[k] = (double)levels.pre[0].peak > peaks[k] ? (double)levels.pre[0].peak : peaks[k];
    }
  }
  for (uint32_t k = 0; k < 3; k++) {
    for (uint32_t c = 0; c < (k == 1 ? 4 : 1); c++) {
      double exact = 0.0, peak = 0.0;
      for (uint32_t i = LEAD; i < LEAD + FRAMES; i++) {
        const double x = (double)in[firsts[k] + c][i];
        exact += x * x;
        peak = fabs(x) > peak ? fabs(x) : peak;
      }
      assert_true(fabs(squares[k][c] - exact) < 1e-5 * exact);
      if (c == 0) {
        assert_true(peaks[k] == peak);
        const double g = k == 0 ? amplitude(-6.0) : 1.0;
        assert_true(fabs(post[k] - exact * g * g) < 1e-5 * exact);
      }
    }
    assert_int_equal(frames[k], FRAMES + 3);
  }
  mix_close(&rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_sessions_match_the_reference),
                                     cmocka_unit_test(every_width_goes_into_every_other),
                                     cmocka_unit_test(meters_lose_nothing_and_count_nothing_twice)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
