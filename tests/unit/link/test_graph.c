// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Strips and processors come, go and move: what is heard meanwhile, and that nothing of them stays behind.
#include <stdlib.h>
#include <string.h>

#include "link/internal.h"
#include "tests/unit/link/desk.h"

static SqLinkStats stats(void) {
  SqLinkStats s;
  sq_link_stats(desk.link, &s);
  return s;
}

/// No step between neighbours in what was just run.
static void smooth(uint32_t n, float largest) {
  for (uint32_t i = 1; i < n; i++)
    if (fabsf(desk_output[0][i] - desk_output[0][i - 1]) > largest)
      fail_msg("a step of %g at frame %u", (double)(desk_output[0][i] - desk_output[0][i - 1]), i);
}

static void what_is_removed_fades_and_leaves_nothing(void **state) {
  desk_heard(0);
  const SqLinkStats empty = stats();
  assert_true(empty.strips == 1 && empty.edges == 1 && empty.processors == 0 && empty.garbage == 0);
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_POST, 0.0);
  mix_insert(&desk, a, "gain", 0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  const SqLinkStats full = stats();
  assert_true(full.strips == 3 && full.edges == 4 && full.processors == 2);
  mix_remove(&desk, a);
  mix_remove(&desk, bus);
  mix_commit(&desk, 0);
  desk_run(2048);
  smooth(2048, 0.02F);
  DESK_NEAR((double)desk_output[0][0], 2.0);
  assert_true(desk_output[0][2047] == 0.0F);
  desk_run(1024);
  const SqLinkStats after = stats();
  assert_true(after.strips == 1 && after.edges == 1 && after.processors == 0 && after.garbage == 0);
  assert_true(after.lost == 0 && after.insane == 0 && desk.link->n_ghosts == 0);
  SqLinkState s;
  assert_int_equal(sq_link_proc(desk.link, a + 1, &s, NULL, NULL), SQ_NOT_FOUND);
}

/// A bus that stands before what feeds it, and fades at the same time: nothing else has to end for it to go.
static void a_bus_goes_with_the_last_that_feeds_it(void **state) {
  const SqHandle bus = mix_bus(&desk, "bus", 2), a = desk_source("a", 0, 2);
  mix_route(&desk, a, bus);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_route(&desk, a, SQ_HANDLE_MASTER);
  mix_remove(&desk, bus);
  mix_commit(&desk, 0);
  desk_run(4096);
  desk_run(4096);
  assert_true(stats().strips == 2 && stats().edges == 2 && stats().garbage == 0);
}

/// Hundreds of strips, in rounds: slots and handles are given again, and every sum is right.
static void many_come_and_go(void **state) {
  SqHandle all[300];
  char name[16];
  for (uint32_t round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < 300; i++) {
      snprintf(name, sizeof name, "s%u", i);
      all[i] = desk_source(name, 0, 1);
      if (i % 50 == 49)
        mix_commit(&desk, 0);
    }
    desk_heard(0);
    DESK_NEAR(desk_heard(0), 300.0);
    for (uint32_t i = 0; i < 300; i++)
      mix_remove(&desk, all[(i * 7) % 300]);
    mix_commit(&desk, 0);
    desk_heard(0);
    DESK_NEAR(desk_heard(0), 0.0);
    assert_true(stats().strips == 1 && stats().edges == 1 && stats().garbage == 0 && stats().processors == 0);
  }
}

/// What feeds another is rendered before it, in whatever order they were made.
static void a_long_way_is_no_later_than_a_short_one(void **state) {
  enum { BUSES = 12 };
  SqHandle buses[BUSES];
  char name[16];
  for (uint32_t i = 0; i < BUSES; i++) {
    snprintf(name, sizeof name, "b%u", i);
    buses[i] = mix_bus(&desk, name, 2); // made first the last of the way
    if (i)
      mix_route(&desk, buses[i], buses[i - 1]);
  }
  const SqHandle a = desk_source("a", 0, 2);
  mix_route(&desk, a, buses[BUSES - 1]);
  mix_send(&desk, a, buses[0], SQ_TAP_PRE, 0.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 2.0);
  mix_set(&desk, buses[5], SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  desk_run(1024); // a ramp on the way: it reaches the end in the same frame
  assert_true(desk_output[0][0] == 2.0F && desk_output[0][2] < 2.0F);
  DESK_NEAR(desk_heard(0), 1.1);
  mix_route(&desk, buses[8], 0);
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_remove(&desk, buses[0]); // what fed it stays, and is heard nowhere
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 0.0);
}

static void inserts_come_and_go_in_crossfades(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_param(&desk, gain, "gain", 6.0206);
  mix_commit(&desk, 0);
  desk_run(4096);
  smooth(4096, 0.01F);
  DESK_NEAR((double)desk_output[0][0], 1.0);
  DESK_NEAR((double)desk_output[0][4095], 2.0);
  SqLinkState s;
  const SqProcessorType *type;
  const char *error = "";
  assert_int_equal(sq_link_proc(desk.link, gain, &s, &type, &error), SQ_OK);
  assert_true(s == SQ_LINK_READY && strcmp(type->id, "gain") == 0 && error == NULL);
  mix_take(&desk, a, gain);
  mix_commit(&desk, 0);
  desk_run(4096);
  smooth(4096, 0.01F);
  DESK_NEAR((double)desk_output[0][0], 2.0);
  DESK_NEAR((double)desk_output[0][4095], 1.0);
  assert_int_equal(stats().processors, 1);
  assert_int_equal(sq_link_proc(desk.link, gain, &s, NULL, NULL), SQ_NOT_FOUND);
}

/// Until the limiter has let go too.
static void settle(void) {
  for (uint32_t i = 0; i < 6; i++)
    desk_run(16000);
}

/// Two gains and a limiter, whose order is heard: in the left channel 1, in the right one 2, of which the limiter hears
/// the louder.
static void moves_change_the_order_without_a_step(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  const SqHandle up = mix_insert(&desk, a, "gain", 0), limiter = mix_insert(&desk, a, "limiter", 1),
                 down = mix_insert(&desk, a, "gain", 2);
  mix_param(&desk, up, "gain", 20.0);
  mix_param(&desk, down, "gain", -20.0);
  mix_param(&desk, limiter, "ceiling", 0.0);
  mix_commit(&desk, 0);
  desk_run(16000);
  DESK_NEAR((double)desk_output[0][15999], 0.05); // 10, held at 0.5, a tenth of it
  mix_move(&desk, a, down, 0);                    // 0.1, 1, held at 0.5
  mix_commit(&desk, 0);
  desk_run(16000);
  smooth(16000, 0.05F);
  settle();
  DESK_NEAR((double)desk_output[0][15999], 0.5);
  mix_move(&desk, a, up, 2); // 0.1, not held, 1
  mix_commit(&desk, 0);
  settle();
  DESK_NEAR((double)desk_output[0][15999], 1.0);
  mix_move(&desk, a, down, 2); // held at 0.5, 5, 0.5
  mix_commit(&desk, 0);
  settle();
  DESK_NEAR((double)desk_output[0][15999], 0.5);
  mix_move(&desk, a, limiter, 1);
  mix_set(&desk, up, SQ_PROC_BYPASS, 1.0); // while it moves: bypassed when it has arrived
  mix_commit(&desk, 0);
  settle();
  DESK_NEAR((double)desk_output[0][15999], 0.05);
  assert_int_equal(stats().processors, 4);
}

/// What goes fades where it stood, whatever else comes and goes beside it: a limiter between two gains, at every place.
static void what_goes_from_a_chain_fades_where_it_stood(void **state) {
  for (uint32_t place = 0; place < 3; place++)
    for (uint32_t kind = 0; kind < 4; kind++) {
      const SqHandle a = desk_source("a", 0, 2);
      const SqHandle up = mix_insert(&desk, a, "gain", 0), down = mix_insert(&desk, a, "gain", 1),
                     limiter = mix_insert(&desk, a, "limiter", place);
      mix_param(&desk, up, "gain", 20.0);
      mix_param(&desk, down, "gain", -20.0);
      mix_param(&desk, limiter, "ceiling", 0.0);
      mix_commit(&desk, 0);
      for (uint32_t i = 0; i < 2; i++)
        desk_run(16000);
      const double held = place == 1 ? 0.05 : 0.5; // the louder channel is 2, 20 or 2 there
      DESK_NEAR((double)desk_output[0][15999], held);
      mix_take(&desk, a, limiter);
      if (kind & 1)
        mix_insert(&desk, a, "gain", 0);
      if (kind & 2)
        mix_insert(&desk, a, "gain", 99);
      mix_commit(&desk, 0);
      desk_run(4096);
      DESK_NEAR((double)desk_output[0][0], held);
      smooth(4096, 0.02F);
      DESK_NEAR((double)desk_output[0][4095], 1.0);
      mix_remove(&desk, a);
      mix_commit(&desk, 0);
      desk_run(4096);
    }
}

static void a_sidechain_ducks_and_is_let_go(void **state) {
  const SqHandle pad = desk_source("pad", 0, 2), kick = desk_source("kick", 4, 2);
  const SqHandle compressor = mix_insert(&desk, pad, "compressor", 0);
  mix_param(&desk, compressor, "threshold", 0.0);
  mix_param(&desk, compressor, "ratio", 10.0);
  mix_route(&desk, kick, 0); // it is not heard itself
  mix_commit(&desk, 0);
  desk_run(16000);
  assert_true(desk_output[0][15999] > 0.4F); // ducked by itself alone
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, pad));
  sq_strip_proc(after, compressor)->sidechain = kick;
  sq_strip_proc(after, compressor)->sidechain_tap = SQ_TAP_POST;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  desk_run(16000);
  assert_true((double)desk_output[0][15999] < 0.2); // 24 dB over the threshold at 10 : 1
  mix_set(&desk, kick, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, 0);
  for (uint32_t i = 0; i < 8; i++)
    desk_run(16000);
  assert_true(fabs((double)desk_output[0][15999] - 1.0) < 0.01);
  after = sq_strip_copy(sq_doc_strip(desk.doc, pad));
  sq_strip_proc(after, compressor)->sidechain_tap = SQ_TAP_PRE; // before the fader a mute does not count
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  desk_run(16000);
  assert_true((double)desk_output[0][15999] < 0.2);
  mix_take(&desk, pad, compressor);
  mix_remove(&desk, kick);
  mix_commit(&desk, 0);
  desk_run(16000);
  DESK_NEAR((double)desk_output[0][15999], 1.0);
  assert_true(stats().garbage == 0 && stats().processors == 1);
}

static void side(SqHandle strip, SqHandle proc, SqHandle from) {
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, strip));
  sq_strip_proc(after, proc)->sidechain = from;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  for (uint32_t i = 0; i < 8; i++)
    desk_run(16000);
}

/// A sidechain hears the strip it names and no other, whichever of them is made first.
static void a_sidechain_goes_from_one_strip_to_another(void **state) {
  const SqHandle loud = desk_source("loud", 4, 2), pad = desk_source("pad", 0, 2), quiet = desk_source("quiet", 0, 2),
                 louder = desk_source("louder", 6, 2);
  const SqHandle others[] = {loud, quiet, louder};
  for (uint32_t i = 0; i < 3; i++)
    mix_route(&desk, others[i], 0);
  const SqHandle compressor = mix_insert(&desk, pad, "compressor", 0);
  mix_param(&desk, compressor, "threshold", 12.0);
  mix_param(&desk, compressor, "ratio", 10.0);
  const bool ducks[] = {true, false, true};
  for (uint32_t i = 0; i < 12; i++) {
    const uint32_t k = (i * (1 + i / 3)) % 3;
    side(pad, compressor, others[k]);
    assert_int_equal((double)desk_output[0][15999] < 0.7, ducks[k]);
  }
  side(pad, compressor, 0);
  DESK_NEAR((double)desk_output[0][15999], 1.0);
}

/// Many sidechains of one strip; it goes and comes back by an undo: each time all of them follow.
static void many_sidechains_hear_one_strip(void **state) {
  enum { PADS = 40 };
  const SqHandle kick = desk_source("kick", 6, 2);
  mix_route(&desk, kick, 0);
  char name[16];
  for (uint32_t i = 0; i < PADS; i++) {
    snprintf(name, sizeof name, "pad%u", i);
    const SqHandle pad = desk_source(name, 0, 2), compressor = mix_insert(&desk, pad, "compressor", 0);
    mix_param(&desk, compressor, "threshold", 12.0);
    mix_param(&desk, compressor, "ratio", 20.0);
    SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, pad));
    after->chain[0]->sidechain = kick;
    sq_edits_put(&desk.edits, after);
  }
  mix_commit(&desk, 0);
  SqStrip *kept = sq_strip_copy(sq_doc_strip(desk.doc, kick));
  for (uint32_t turn = 0; turn < 3; turn++) {
    for (uint32_t i = 0; i < 8; i++)
      desk_run(16000);
    const double heard = (double)desk_output[0][15999];
    assert_true(turn % 2 ? fabs(heard - PADS) < 0.01 : heard < 0.2 * PADS);
    if (turn == 0)
      mix_remove(&desk, kick);
    else if (turn == 1)
      sq_edits_put(&desk.edits, kept);
    mix_commit(&desk, 0);
  }
}

/// A sidechain and a route that still fades can be a loop together: nothing is lost meanwhile, and it is over soon.
static void a_sidechain_turns_round_a_route(void **state) {
  const SqHandle pad = desk_source("pad", 0, 2), bus = mix_bus(&desk, "bus", 2), kick = desk_source("kick", 6, 2);
  const SqHandle compressor = mix_insert(&desk, pad, "compressor", 0), other = desk_source("other", 1, 2);
  mix_param(&desk, compressor, "threshold", 12.0);
  mix_param(&desk, compressor, "ratio", 20.0);
  mix_route(&desk, pad, bus);
  mix_route(&desk, kick, 0);
  mix_commit(&desk, 0);
  desk_run(4096);
  DESK_NEAR((double)desk_output[0][4095], 1.0 + 2.0);
  mix_route(&desk, pad, SQ_HANDLE_MASTER);
  mix_route(&desk, kick, bus);
  mix_route(&desk, bus, 0);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, pad));
  after->chain[0]->sidechain = bus;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  desk_run(DESK_FADE);
  for (uint32_t i = 0; i < DESK_FADE; i++)
    assert_true(desk_output[0][i] > 1.9F); // the other one at least, whatever becomes of these
  for (uint32_t i = 0; i < 8; i++)
    desk_run(16000);
  assert_true(desk_output[0][15999] > 2.0F && desk_output[0][15999] < 2.3F);
  mix_set(&desk, other, SQ_STRIP_MUTE, 1.0);
  mix_commit(&desk, 0);
  desk_run(2048);
  assert_true(desk_output[0][2047] > 0.0F && desk_output[0][2047] < 0.3F);
}

/// After a move has ended the next one begins anew, for what stood in front too: one that goes meanwhile fades.
static void a_move_leaves_nothing_to_the_next(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  SqHandle gains[3];
  for (uint32_t i = 0; i < 3; i++) {
    gains[i] = mix_insert(&desk, a, "gain", i);
    mix_param(&desk, gains[i], "gain", i == 1 ? 20.0 : 0.0);
  }
  mix_commit(&desk, 0);
  desk_heard(0);
  mix_move(&desk, a, gains[0], 1); // 1, 0, 2
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 10.0);
  DESK_NEAR(desk_heard(0), 10.0);
  mix_take(&desk, a, gains[1]);
  mix_commit(&desk, 0);
  mix_move(&desk, a, gains[0], 1); // 2, 0, while what stood before them fades
  mix_commit(&desk, 0);
  desk_run(4096);
  DESK_NEAR((double)desk_output[0][0], 10.0);
  smooth(4096, 0.1F);
  DESK_NEAR((double)desk_output[0][4095], 1.0);
}

/// A strip goes in the middle of a move: nothing of either stays behind.
static void a_strip_goes_while_its_chain_moves(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_insert(&desk, a, "gain", 1);
  mix_commit(&desk, 0);
  desk_heard(0);
  mix_move(&desk, a, gain, 1);
  mix_commit(&desk, 0);
  desk_run(100);
  mix_remove(&desk, a);
  mix_commit(&desk, 0);
  desk_run(4096);
  smooth(4096, 0.02F);
  assert_true(desk_output[0][4095] == 0.0F);
  assert_true(stats().strips == 1 && stats().processors == 0 && stats().garbage == 0);
}

static void one_that_cannot_be_made_says_why_and_sound_goes_past(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0), other = mix_insert(&desk, a, "gain", 1),
                 synth = mix_insert(&desk, a, "sampler", 2);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, a));
  sq_proc_add_wish(sq_strip_proc(after, gain), "gian", "3");
  sq_proc_add_wish(sq_strip_proc(after, other), "gain", "loud");
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  SqLinkState s;
  const char *error = NULL;
  assert_int_equal(sq_link_proc(desk.link, gain, &s, NULL, &error), SQ_OK);
  assert_true(s == SQ_LINK_FAILED && strstr(error, "gian") != NULL);
  assert_int_equal(sq_link_proc(desk.link, other, &s, NULL, &error), SQ_OK);
  assert_true(s == SQ_LINK_FAILED && strstr(error, "loud") != NULL);
  assert_int_equal(sq_link_proc(desk.link, synth, &s, NULL, &error), SQ_OK);
  assert_true(s == SQ_LINK_FAILED && strstr(error, "not an effect") != NULL);
  assert_int_equal(sq_link_latency(desk.link, gain), 0);
  assert_true(sq_link_output_value(desk.link, gain, 0) == 0.0F);
  mix_take(&desk, a, gain);
  mix_take(&desk, a, synth);
  mix_commit(&desk, 0);
  desk_heard(0);
  assert_int_equal(stats().processors, 2);
}

static void wishes_are_values_by_symbol(void **state) {
  const SqHandle a = desk_source("a", 0, 2), gain = mix_insert(&desk, a, "gain", 0);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, a));
  sq_proc_add_wish(sq_strip_proc(after, gain), "gain", "-20");
  sq_proc_add_wish(sq_strip_proc(after, gain), "polarity", "on");
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), -0.2);
}

static void structure_for_later_comes_on_its_frame(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const uint64_t at = sq_link_frame(desk.link) + 1000;
  desk_source("b", 2, 2);
  mix_commit(&desk, at);
  assert_int_equal(sq_link_armed_frame(desk.link), at);
  desk_run(4096);
  assert_true(desk_output[0][1000] == 1.0F && desk_output[0][1100] > 1.0F);
  DESK_NEAR((double)desk_output[0][4095], 5.0);
  assert_int_equal(sq_link_armed_frame(desk.link), 0);
}

/// Values are of now while a plan waits for its frame; what makes a plan joins it.
static void a_value_does_not_wait_for_the_plan(void **state) {
  const SqHandle a = desk_source("a", 0, 2), b = desk_source("b", 2, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, b, bus, SQ_TAP_POST, 0.0);
  mix_set(&desk, b, SQ_STRIP_GAIN_DB, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0 + 0.4 + 0.4);
  for (uint32_t property = 0; property < SQ_STRIP_NUMBERS; property++) {
    static const double values[SQ_STRIP_NUMBERS] = {
        [SQ_STRIP_GAIN_DB] = -20.0, [SQ_STRIP_PAN] = 1.0,  [SQ_STRIP_PAN_LAW] = SQ_PAN_EQUAL_POWER,
        [SQ_STRIP_MUTE] = 1.0,      [SQ_STRIP_SOLO] = 1.0, [SQ_STRIP_SOLO_SAFE] = 1.0};
    double before;
    assert_int_equal(sq_doc_number(desk.doc, (SqValueRef){a, property}, &before), SQ_OK);
    const uint64_t at = sq_link_frame(desk.link) + 5000;
    const SqHandle gain = mix_insert(&desk, b, "gain", 0);
    mix_commit(&desk, at);
    mix_set(&desk, a, property, values[property]);
    mix_commit(&desk, 0);
    assert_int_equal(sq_link_armed_frame(desk.link), at);
    desk_run(4000);
    const double heard = (double)desk_output[0][3999];
    DESK_NEAR(heard, property == SQ_STRIP_GAIN_DB                            ? 0.9
                     : property == SQ_STRIP_PAN || property == SQ_STRIP_MUTE ? 0.8
                     : property == SQ_STRIP_PAN_LAW                          ? sqrt(0.5) + 0.8
                     : property == SQ_STRIP_SOLO                             ? 1.0
                                                                             : 1.8);
    desk_run(1000);
    assert_int_equal(sq_link_frame(desk.link), at);
    assert_int_equal(sq_link_armed_frame(desk.link), 0); // it is due
    desk_run(1000);
    mix_set(&desk, a, property, before);
    mix_take(&desk, b, gain);
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), 1.8);
    desk_heard(0);
  }
  const uint64_t at = sq_link_frame(desk.link) + 5000;
  mix_insert(&desk, b, "gain", 0);
  mix_commit(&desk, at);
  mix_set(&desk, send, SQ_SEND_TAP, SQ_TAP_PRE);
  mix_commit(&desk, 0);
  desk_run(8192);
  DESK_NEAR((double)desk_output[0][5000], 1.8);
  DESK_NEAR((double)desk_output[0][8191], 1.0 + 0.4 + 4.0);
}

static void what_comes_and_goes_in_one_commit_never_was(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const SqLinkStats before = stats();
  mix_remove(&desk, desk_source("b", 1, 2));
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_take(&desk, a, gain);
  mix_commit(&desk, 0);
  desk_run(1024);
  smooth(1024, 1e-6F);
  assert_true(stats().strips == before.strips && stats().edges == before.edges &&
              stats().processors == before.processors);
  mix_remove(&desk, a);
  mix_commit(&desk, 0);
  mix_remove(&desk, desk_source("c", 1, 2)); // while another goes
  mix_commit(&desk, 0);
  desk_heard(0);
  assert_true(desk_heard(0) == 0.0 && stats().strips == 1);
}

static void undone_while_it_fades_it_comes_back_as_it_was(void **state) {
  const SqHandle a = desk_source("a", 1, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  SqStrip *kept = sq_strip_copy(sq_doc_strip(desk.doc, a));
  mix_remove(&desk, a);
  mix_commit(&desk, 0);
  desk_run(100);
  sq_edits_put(&desk.edits, kept);
  mix_commit(&desk, 0);
  desk_run(4096);
  smooth(4096, 0.03F);
  DESK_NEAR((double)desk_output[0][4095], 2.0);
  assert_true(stats().strips == 2 && stats().edges == 2 && stats().processors == 1);
}

/// a feeds b while b still fades out of a: the new way waits for the old one, for both at once would be a loop.
static void ways_that_turn_round_wait_for_each_other(void **state) {
  const SqHandle a = mix_bus(&desk, "a", 2), b = mix_bus(&desk, "b", 2), source = desk_source("s", 0, 2);
  mix_route(&desk, source, a);
  mix_route(&desk, a, b);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  for (uint32_t turn = 0; turn < 3; turn++) {
    const SqHandle from = turn % 2 ? a : b, to = turn % 2 ? b : a;
    mix_route(&desk, to, SQ_HANDLE_MASTER);
    mix_route(&desk, from, to);
    mix_route(&desk, source, from);
    mix_commit(&desk, 0);
    desk_run(4096);
    smooth(4096, 0.05F);
    DESK_NEAR((double)desk_output[0][4095], 1.0);
    mix_set(&desk, to, SQ_STRIP_GAIN_DB, -20.0); // all of it goes that way
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), 0.1);
    mix_set(&desk, to, SQ_STRIP_GAIN_DB, 0.0);
    mix_commit(&desk, 0);
    desk_heard(0);
  }
  assert_true(stats().edges == 4 && stats().garbage == 0);
}

/// A desk of many ways: from one end to the other go more than could ever be walked one by one.
static void many_ways_are_searched_in_no_time(void **state) {
  enum { STAGES = 40 };
  SqHandle first = 0, before = 0;
  char name[16];
  for (uint32_t i = 0; i < STAGES; i++) {
    snprintf(name, sizeof name, "b%u", i);
    const SqHandle bus = mix_bus(&desk, name, 2);
    SqHandle ways[2];
    for (uint32_t k = 0; k < 2; k++) {
      snprintf(name, sizeof name, "w%u.%u", i, k);
      ways[k] = mix_bus(&desk, name, 2);
      mix_set(&desk, ways[k], SQ_STRIP_GAIN_DB, -6.0205999);
      mix_set(&desk, ways[k], SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
      if (before)
        mix_route(&desk, ways[k], before);
    }
    mix_set(&desk, bus, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
    mix_route(&desk, bus, ways[0]);
    mix_send(&desk, bus, ways[1], SQ_TAP_POST, 0.0);
    before = bus;
    if (i == 0)
      first = bus;
  }
  const SqHandle a = desk_source("a", 0, 2);
  mix_route(&desk, a, before);
  mix_commit(&desk, 0);
  assert_true(fabs(desk_heard(0) - 1.0) < 1e-3);
  mix_route(&desk, first, 0); // it fades, while a new way must not close a loop with it
  const SqHandle end = mix_bus(&desk, "end", 2);
  mix_set(&desk, end, SQ_STRIP_PAN_LAW, SQ_PAN_BALANCE);
  mix_route(&desk, end, before);
  mix_route(&desk, a, end);
  mix_send(&desk, a, end, SQ_TAP_POST, 0.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  assert_true(fabs(desk_heard(0) - 1.0) < 1e-3); // twice as much comes in, and half of it goes out
  mix_route(&desk, first, SQ_HANDLE_MASTER);
  mix_commit(&desk, 0);
  assert_true(fabs(desk_heard(0) - 3.0) < 1e-3 && desk.link->n_ghosts == 0);
}

static void another_document_takes_over_in_a_crossfade(void **state) {
  desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
  SqDoc *old = desk.doc, *other = sq_doc_new(2);
  sq_edits_cleanup(&desk.edits);
  sq_edits_init(&desk.edits, other);
  desk.doc = other;
  sq_doc_reserve(other, 1000, 100); // handles of its own
  desk_source("b", 2, 2);
  sq_edits_clear(&desk.edits);
  sq_link_set_doc(desk.link, other);
  desk_run(4096);
  smooth(4096, 0.05F);
  DESK_NEAR((double)desk_output[0][0], 1.0);
  DESK_NEAR((double)desk_output[0][4095], 4.0);
  assert_true(stats().strips == 2 && stats().processors == 1 && stats().edges == 2);
  sq_doc_free(old);
}

/// A session that holds the same strip with other values: it stays, and goes over to them.
static void what_is_in_both_documents_goes_over_to_its_new_values(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  mix_send(&desk, a, bus, SQ_TAP_PRE, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.1);
  SqDoc *old = desk.doc, *other = sq_doc_new(2);
  sq_doc_reserve(other, 1000, 100);
  sq_edits_cleanup(&desk.edits);
  sq_edits_init(&desk.edits, other);
  desk.doc = other;
  sq_edits_put(&desk.edits, sq_strip_copy(sq_doc_strip(old, a)));
  sq_edits_put(&desk.edits, sq_strip_copy(sq_doc_strip(old, bus)));
  mix_set(&desk, a, SQ_STRIP_GAIN_DB, -20.0);
  mix_set(&desk, a, SQ_STRIP_PAN, 0.5);
  mix_set(&desk, sq_doc_strip(other, a)->sends[0].handle, SQ_SEND_GAIN_DB, 0.0);
  mix_set(&desk, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, 6.0206);
  mix_param(&desk, mix_insert(&desk, SQ_HANDLE_MASTER, "gain", 0), "gain", 6.0206);
  sq_edits_clear(&desk.edits);
  sq_link_set_doc(desk.link, other);
  assert_int_equal(stats().edges, 4); // the same edges
  desk_run(4096);
  smooth(4096, 0.02F);
  DESK_NEAR((double)desk_output[0][4095], 4.0 * (0.05 + 1.0));
  DESK_NEAR((double)desk_output[1][4095], 4.0 * (0.2 + 2.0));
  sq_doc_free(old);
}

/// Another document fades in where something plays; where nothing does it is there at once, and so is what comes later.
static void only_what_takes_over_fades_in(void **state) {
  for (int playing = 0; playing < 2; playing++) {
    if (playing) {
      desk_source("a", 0, 2);
      mix_commit(&desk, 0);
      desk_heard(0);
    }
    SqDoc *old = desk.doc, *other = sq_doc_new(2);
    sq_edits_cleanup(&desk.edits);
    sq_edits_init(&desk.edits, other);
    desk.doc = other;
    sq_doc_reserve(other, 1000 * (playing + 1), 100);
    const SqHandle b = desk_source("b", 1, 2);
    sq_edits_clear(&desk.edits);
    sq_link_set_doc(desk.link, other);
    assert_int_equal(sq_link_armed_frame(desk.link), 0);
    const SqHandle c = desk_source("c", 2, 2);
    mix_commit(&desk, 0);
    const SqRtEngine *engine = sq_link_engine(desk.link);
    desk_run(64);
    assert_int_equal(sq_rt_signal_settled(&sq_link_strip(desk.link, b)->edges[0].rt->level, engine->frame), !playing);
    assert_true(sq_rt_signal_settled(&sq_link_strip(desk.link, c)->edges[0].rt->level, engine->frame));
    DESK_NEAR(desk_heard(0), 2.0 + 4.0);
    sq_doc_free(old);
  }
}

static void an_edit_of_the_chain_leaves_the_edges_alone(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, a, bus, SQ_TAP_PRE, 0.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  mix_insert(&desk, a, "gain", 0);
  mix_commit(&desk, 0);
  assert_int_equal(stats().edges, 4);
  mix_unsend(&desk, a, send);
  mix_commit(&desk, 0);
  assert_int_equal(stats().edges, 4); // it fades
  desk_heard(0);
  assert_int_equal(stats().edges, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(what_is_removed_fades_and_leaves_nothing),
      WITH_DESK(a_bus_goes_with_the_last_that_feeds_it),
      WITH_DESK(many_come_and_go),
      WITH_DESK(a_long_way_is_no_later_than_a_short_one),
      WITH_DESK(inserts_come_and_go_in_crossfades),
      WITH_DESK(moves_change_the_order_without_a_step),
      WITH_DESK(what_goes_from_a_chain_fades_where_it_stood),
      WITH_DESK(a_sidechain_ducks_and_is_let_go),
      WITH_DESK(a_sidechain_goes_from_one_strip_to_another),
      WITH_DESK(many_sidechains_hear_one_strip),
      WITH_DESK(a_sidechain_turns_round_a_route),
      WITH_DESK(a_move_leaves_nothing_to_the_next),
      WITH_DESK(a_strip_goes_while_its_chain_moves),
      WITH_DESK(one_that_cannot_be_made_says_why_and_sound_goes_past),
      WITH_DESK(wishes_are_values_by_symbol),
      WITH_DESK(structure_for_later_comes_on_its_frame),
      WITH_DESK(a_value_does_not_wait_for_the_plan),
      WITH_DESK(what_comes_and_goes_in_one_commit_never_was),
      WITH_DESK(undone_while_it_fades_it_comes_back_as_it_was),
      WITH_DESK(ways_that_turn_round_wait_for_each_other),
      WITH_DESK(many_ways_are_searched_in_no_time),
      WITH_DESK(another_document_takes_over_in_a_crossfade),
      WITH_DESK(what_is_in_both_documents_goes_over_to_its_new_values),
      WITH_DESK(only_what_takes_over_fades_in),
      WITH_DESK(an_edit_of_the_chain_leaves_the_edges_alone),
  };
  return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
