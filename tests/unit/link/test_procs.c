// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Processors in their chains: they come, go and move without a step, hear the strip that they name, or say why not.
#include <stdlib.h>
#include <string.h>

#include "tests/unit/link/desk.h"

static void inserts_come_and_go_in_crossfades(void **state) {
  const SqHandle a = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  const SqHandle gain = mix_insert(&desk, a, "gain", 0);
  mix_param(&desk, gain, "gain", 6.0206);
  mix_commit(&desk, 0);
  desk_run(4096);
  desk_smooth(4096, 0.01F);
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
  desk_smooth(4096, 0.01F);
  DESK_NEAR((double)desk_output[0][0], 2.0);
  DESK_NEAR((double)desk_output[0][4095], 1.0);
  assert_int_equal(desk_stats().processors, 1);
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
  desk_smooth(16000, 0.05F);
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
  assert_int_equal(desk_stats().processors, 4);
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
      desk_smooth(4096, 0.02F);
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
  assert_true(desk_stats().garbage == 0 && desk_stats().processors == 1);
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
  desk_smooth(4096, 0.1F);
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
  desk_smooth(4096, 0.02F);
  assert_true(desk_output[0][4095] == 0.0F);
  assert_true(desk_stats().strips == 1 && desk_stats().processors == 0 && desk_stats().garbage == 0);
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
  assert_int_equal(desk_stats().processors, 2);
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

static void an_edit_of_the_chain_leaves_the_edges_alone(void **state) {
  const SqHandle a = desk_source("a", 0, 2), bus = mix_bus(&desk, "bus", 2);
  const SqHandle send = mix_send(&desk, a, bus, SQ_TAP_PRE, 0.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  mix_insert(&desk, a, "gain", 0);
  mix_commit(&desk, 0);
  assert_int_equal(desk_stats().edges, 4);
  mix_unsend(&desk, a, send);
  mix_commit(&desk, 0);
  assert_int_equal(desk_stats().edges, 4); // it fades
  desk_heard(0);
  assert_int_equal(desk_stats().edges, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
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
      WITH_DESK(an_edit_of_the_chain_leaves_the_edges_alone),
  };
  return cmocka_run_group_tests_name("procs", tests, NULL, NULL);
}
