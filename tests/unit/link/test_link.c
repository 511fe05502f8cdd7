// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The twin of the document: its queue, its plans and what they cost, and that nothing is lost, late or freed too soon.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "engine/tap.h"
#include "link/internal.h"
#include "support/mix_rig.h"

static MixRig rig;
static float *out[8];

static int setup(void **state) {
  for (uint32_t c = 0; c < 8; c++)
    out[c] = calloc(65536, sizeof(float));
  return 0;
}

static int teardown(void **state) {
  for (uint32_t c = 0; c < 8; c++)
    free(out[c]);
  return 0;
}

static SqRtStrip *rt(SqHandle strip) {
  return sq_link_strip(rig.link, strip)->rt;
}

static uint64_t stale(void) {
  SqLinkStats stats;
  sq_link_stats(rig.link, &stats);
  return stats.stale;
}

/// A source that plays 1.0 on each hardware input's channel, from its start on when `settle`d.
static SqHandle dc(const char *name, uint32_t n_channels) {
  return mix_source(&rig, name, n_channels, "input");
}

static void open_with_dc(uint32_t n_channels) {
  static float ones[65536];
  static const float *in[8] = {ones, ones, ones, ones, ones, ones, ones, ones};
  for (uint32_t i = 0; i < 65536; i++)
    ones[i] = 1.0F;
  mix_open(&rig, n_channels, 8, 0);
  rig.in = in;
}

// ---- one ordered queue ----------------------------------------------------------------------------------------------

/// A value for a thing that is gone is counted; the thing that has its slot now does not hear it.
static void a_stale_message_is_counted_and_reaches_nobody(void **state) {
  mix_open(&rig, 2, 0, 0);
  const SqHandle strip = mix_source(&rig, "a", 2, "tone");
  const SqHandle first = mix_insert(&rig, strip, "gain", 0);
  mix_commit(&rig, 0);
  mix_run(&rig, NULL, 0, 64, 64);
  const uint32_t slot = sq_link_find_proc(rig.link, first)->rt->object.slot;
  mix_param(&rig, first, "gain", -30.0);
  mix_commit(&rig, 5000);
  mix_take(&rig, strip, first);
  mix_commit(&rig, 0);
  mix_run(&rig, NULL, 0, 2000, 100);
  assert_null(sq_link_find_proc(rig.link, first));
  SqHandle second = 0; // new processors until one has the slot
  for (int i = 0; i < 8 && (!second || sq_link_find_proc(rig.link, second)->rt->object.slot != slot); i++) {
    second = mix_insert(&rig, strip, "gain", 0);
    mix_commit(&rig, 0);
  }
  const SqRtProc *proc = sq_link_find_proc(rig.link, second)->rt;
  assert_int_equal(proc->object.slot, slot);
  assert_int_equal(stale(), 0);
  mix_run(&rig, NULL, 0, 5000, 100);
  assert_true(proc->signals[0].to == 0.0F);
  assert_int_equal(stale(), 1);
  mix_close(&rig);
}

/// When the queue is full it is said before anything is changed, and what was taken before arrives, all of it.
static void a_full_queue_is_busy_and_loses_nothing(void **state) {
  mix_open(&rig, 2, 0, 0);
  SqHandle strips[64];
  for (uint32_t i = 0; i < 64; i++) {
    char name[8];
    snprintf(name, sizeof name, "s%u", i);
    strips[i] = mix_source(&rig, name, 2, NULL);
  }
  mix_commit(&rig, 0);
  mix_run(&rig, NULL, 0, 64, 64);
  uint32_t taken = 0;
  for (;;) { // ramps are not held back to be merged: each is a message
    sq_edits_ramp(&rig.edits, (SqValueRef){strips[taken % 64], SQ_STRIP_GAIN_DB}, -0.001 * taken, 0.02,
                  SQ_CURVE_SMOOTH);
    if (!sq_link_has_room(rig.link, &rig.edits, 0, 0))
      break;
    mix_commit(&rig, 0);
    taken++;
    assert_true(taken < 4 * SQ_QUEUE_MESSAGES);
  }
  sq_edits_undo_to(&rig.edits, 0);
  assert_true(taken > SQ_QUEUE_MESSAGES / 2);
  mix_run(&rig, NULL, 0, 4096, 256);
  for (uint32_t i = 0; i < 64; i++) {
    const uint32_t last = taken - 1 - (taken - 1 - i) % 64;
    double db;
    sq_doc_number(rig.doc, (SqValueRef){strips[i], SQ_STRIP_GAIN_DB}, &db);
    assert_true(db == -0.001 * last);
    assert_true(rt(strips[i])->fader.to == (float)sq_link_db_to_linear(db));
  }
  sq_edits_ramp(&rig.edits, (SqValueRef){strips[0], SQ_STRIP_GAIN_DB}, -1.0, 0.02, SQ_CURVE_SMOOTH);
  assert_true(sq_link_has_room(rig.link, &rig.edits, 0, 0));
  assert_int_equal(stale(), 0);
  mix_close(&rig);
}

/// More in one commit than the queue holds: it enters in parts, structure first, and all of it comes to sound.
static void a_commit_larger_than_the_queue_arrives(void **state) {
  open_with_dc(2);
  SqHandle buses[9];
  for (uint32_t i = 0; i < 9; i++) {
    char name[8];
    snprintf(name, sizeof name, "b%u", i);
    buses[i] = mix_bus(&rig, name, 1);
    mix_route(&rig, buses[i], 0);
  }
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 64, 64);
  for (uint32_t i = 0; i < 9; i++) // their values stand first, for edges that only this commit's plan names
    mix_route(&rig, buses[i], SQ_HANDLE_MASTER);
  for (uint32_t i = 0; i < 3000; i++) {
    char name[16];
    snprintf(name, sizeof name, "s%u", i);
    const SqHandle strip = mix_source(&rig, name, 1, i ? NULL : "input");
    SqStrip *after = sq_strip_copy(sq_doc_strip(rig.doc, strip));
    for (uint32_t k = 0; k < 9; k++)
      sq_strip_add_send(after, sq_doc_next_handle(rig.doc), buses[k]);
    sq_edits_put(&rig.edits, after);
  }
  mix_commit(&rig, 0);
  assert_true(rig.link->n_batch > 0); // it does not fit
  mix_run(&rig, out, 0, 8192, 256);
  assert_int_equal(rig.link->n_batch, 0);
  const double centre = sqrt(0.5);
  assert_true(fabs((double)out[0][8191] - centre * (1.0 + 9.0 * centre)) < 0.01 ||
              fabs((double)out[0][8191] - centre * (1.0 + 9.0)) < 0.01);
  for (uint32_t s = 0; s < rig.link->n_strips; s++)
    for (uint32_t e = 0; e < rig.link->strips[s]->n_edges; e++)
      assert_true(rig.link->strips[s]->edges[e].rt->level.to == 1.0F);
  mix_close(&rig);
}

// ---- commit frames --------------------------------------------------------------------------------------------------

static uint32_t first_change(const float *x, uint32_t from, uint32_t to) {
  for (uint32_t i = from + 1; i < to; i++)
    if (x[i] != x[from])
      return i;
  return to;
}

/// Structure given for a frame happens there, for all strips, whatever the period; a fade's first step is the frame
/// after.
static void structure_happens_at_its_frame(void **state) {
  static const uint32_t periods[] = {1, 64, 1000};
  for (uint32_t p = 0; p < 3; p++) {
    open_with_dc(4);
    SqHandle strips[4];
    for (uint32_t i = 0; i < 4; i++) {
      char name[8];
      snprintf(name, sizeof name, "s%u", i);
      strips[i] = dc(name, 4);
    }
    const SqHandle bus = mix_bus(&rig, "bus", 4);
    mix_commit(&rig, 0);
    mix_run(&rig, out, 0, 3000, periods[p]);
    for (uint32_t i = 0; i < 4; i++)
      if (i % 2)
        mix_remove(&rig, strips[i]);
      else
        mix_route(&rig, strips[i], i ? bus : 0); // one goes nowhere, one through a bus: heard as before
    mix_commit(&rig, 4321);
    mix_run(&rig, out, 3000, 5000, periods[p]);
    for (uint32_t c = 0; c < 4; c++) {
      assert_int_equal(first_change(out[c], 2900, 8000), 4322);
      assert_true(out[c][2900] == 4.0F && out[c][4321 + 480] == 1.0F && fabsf(out[c][4321 + 240] - 2.5F) < 1e-6F);
    }
    mix_close(&rig);
  }
}

/// One plan waits at most: what is edited meanwhile joins it, is heard with it, and frees nothing that still plays.
static void an_edit_in_the_window_joins_the_armed_plan(void **state) {
  open_with_dc(2);
  const SqHandle a = dc("a", 2), bus = mix_bus(&rig, "bus", 2);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 2000, 64);
  mix_route(&rig, a, bus); // at 6000
  const SqHandle late = mix_insert(&rig, bus, "gain", 0);
  mix_commit(&rig, 6000);
  assert_int_equal(sq_link_armed_frame(rig.link), 6000);
  mix_run(&rig, out, 2000, 1000, 64);
  mix_insert(&rig, a, "gain", 0); // untimed, in the window
  const SqHandle b = dc("b", 2);
  mix_commit(&rig, 0);
  assert_int_equal(sq_link_armed_frame(rig.link), 6000);
  mix_param(&rig, late, "gain", -6.0205999); // a value for what is in no plan yet
  mix_set(&rig, b, SQ_STRIP_GAIN_DB, -6.0205999);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 3000, 5000, 64);
  assert_int_equal(first_change(out[0], 2500, 8000), 6001);
  assert_true(fabsf(out[0][7999] - (0.5F + 0.5F)) < 1e-5F);
  assert_int_equal(stale(), 0);
  rig.in = NULL;
  for (int round = 0; round < 20; round++) { // again and again, with everything that can be replaced
    const uint64_t now = sq_link_frame(rig.link);
    const SqHandle x = dc("x", 2);
    const SqHandle y = mix_insert(&rig, a, "eq", 0);
    mix_commit(&rig, now + 700);
    mix_run(&rig, NULL, 0, 100, 64);
    mix_take(&rig, a, y);
    mix_commit(&rig, 0);
    mix_run(&rig, NULL, 0, 100, 64);
    mix_remove(&rig, x);
    mix_commit(&rig, 0);
    mix_run(&rig, NULL, 0, 3000, 64);
  }
  SqLinkStats stats;
  sq_link_stats(rig.link, &stats);
  assert_int_equal(stats.strips, 4);
  assert_int_equal(stats.processors, 4);
  mix_close(&rig);
}

/// A route that turns round while its other direction still fades is no loop.
static void a_route_turns_round(void **state) {
  open_with_dc(2);
  const SqHandle a = dc("a", 2), x = mix_bus(&rig, "x", 2), y = mix_bus(&rig, "y", 2);
  mix_route(&rig, a, x);
  mix_route(&rig, x, y);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 2000, 64);
  for (int round = 0; round < 6; round++) {
    mix_route(&rig, round % 2 ? y : x, SQ_HANDLE_MASTER);
    mix_route(&rig, round % 2 ? x : y, round % 2 ? y : x);
    mix_route(&rig, a, round % 2 ? x : y);
    mix_commit(&rig, 0);
    mix_run(&rig, out, 2000, round == 5 ? 2000 : 200, 64);
  }
  assert_true(out[0][1999] == 1.0F && out[0][3999] == 1.0F);
  mix_close(&rig);
}

/// The same without a step: what closes the loop waits until what fades has faded.
static void a_route_turns_round_without_a_click(void **state) {
  open_with_dc(2);
  const SqHandle a = dc("a", 2), x = mix_bus(&rig, "x", 2), y = mix_bus(&rig, "y", 2);
  mix_route(&rig, a, x);
  mix_route(&rig, x, y);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 2000, 64);
  mix_route(&rig, x, SQ_HANDLE_MASTER);
  mix_route(&rig, y, x);
  mix_route(&rig, a, y);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 2000, 4000, 64);
  for (uint32_t i = 1900; i < 6000; i++)
    assert_true(fabsf(out[0][i] - out[0][i - 1]) < 0.02F); // a fade's steepest step is 1.5 / 480 a path
  assert_true(out[0][5999] == 1.0F);
  mix_close(&rig);
}

/// What was sent for later to a thing that now fades out does not bring it back.
static void what_fades_hears_nothing_from_before(void **state) {
  open_with_dc(2);
  const SqHandle a = dc("a", 2), bus = mix_bus(&rig, "bus", 2);
  const SqHandle send = mix_send(&rig, a, bus, SQ_TAP_PRE, 0.0), gain = mix_insert(&rig, a, "gain", 0);
  mix_param(&rig, gain, "gain", -6.0205999);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 2000, 64);
  mix_set(&rig, send, SQ_SEND_GAIN_DB, -1.0);
  mix_set(&rig, gain, SQ_PROC_BYPASS, 0.0);
  mix_commit(&rig, 2000 + 300);
  mix_unsend(&rig, a, send);
  mix_take(&rig, a, gain);
  mix_commit(&rig, 0);
  mix_run(&rig, out, 2000, 4000, 64);
  assert_true(fabsf(out[0][1999] - 1.0F) < 1e-4F && fabsf(out[0][5999] - 1.0F) < 1e-6F);
  for (uint32_t i = 2000; i < 6000; i++)
    assert_true(out[0][i] < 1.2F && fabsf(out[0][i] - out[0][i - 1]) < 0.01F);
  SqLinkStats stats;
  sq_link_stats(rig.link, &stats);
  assert_true(stats.edges == 3 && stats.processors == 1);
  mix_close(&rig);
}

// ---- per-strip programs ---------------------------------------------------------------------------------------------

static void an_edit_rebuilds_what_it_touches(void **state) {
  enum { N = 100 };
  mix_open(&rig, 2, 0, 0);
  SqHandle strips[N], bus = mix_bus(&rig, "bus", 2);
  SqRtProgram *before[N + 2];
  for (uint32_t i = 0; i < N; i++) {
    char name[8];
    snprintf(name, sizeof name, "s%u", i);
    strips[i] = mix_source(&rig, name, 2, "tone");
    mix_send(&rig, strips[i], bus, SQ_TAP_POST, 0.0);
  }
  mix_commit(&rig, 0);
  for (int kind = 0; kind < 5; kind++) {
    mix_run(&rig, NULL, 0, 2048, 256);
    for (uint32_t i = 0; i < N + 2; i++)
      before[i] = rig.link->strips[i]->program;
    const uint64_t plan = rig.link->plan_number;
    const SqHandle strip = strips[7 * kind + 3];
    const uint32_t at = sq_link_strip(rig.link, strip)->sequence;
    if (kind == 0)
      mix_insert(&rig, strip, "eq", 0);
    else if (kind == 1)
      mix_set(&rig, sq_doc_strip(rig.doc, strip)->sends[0].handle, SQ_SEND_TAP, SQ_TAP_PRE);
    else if (kind == 2)
      mix_set(&rig, strip, SQ_STRIP_GAIN_DB, -3.0);
    else if (kind == 3)
      mix_set(&rig, strip, SQ_STRIP_MUTE, 1.0);
    else
      mix_unsend(&rig, strip, sq_doc_strip(rig.doc, strip)->sends[0].handle);
    mix_commit(&rig, 0);
    const bool makes_plan = kind != 2 && kind != 3;
    assert_int_equal(rig.link->plan_number, plan + makes_plan);
    for (uint32_t i = 0; i < N + 2; i++)
      assert_int_equal(rig.link->strips[i]->program != before[i], makes_plan && rig.link->strips[i]->sequence == at);
  }
  mix_close(&rig);
}

/// What most of a session is goes by the short way: a stereo source straight into a bus. Anything more does not.
static void a_plain_source_has_a_lean_program(void **state) {
  static SqRtTap tap;
  mix_open(&rig, 2, 0, 0);
  const SqHandle bus = mix_bus(&rig, "bus", 2), mono = mix_source(&rig, "mono", 1, "tone");
  SqHandle s[7];
  for (uint32_t i = 0; i < 7; i++) {
    char name[8];
    snprintf(name, sizeof name, "s%u", i);
    s[i] = mix_source(&rig, name, 2, i == 6 ? NULL : "tone");
  }
  mix_insert(&rig, s[1], "gain", 0);
  mix_send(&rig, s[2], bus, SQ_TAP_PRE, 0.0);
  mix_route(&rig, s[3], 0);
  mix_commit(&rig, 0);
  sq_link_tap(rig.link, s[4], &tap, false, true);
  for (uint32_t i = 0; i < 7; i++)
    assert_int_equal(sq_link_strip(rig.link, s[i])->program->lean, i == 0 || i == 5);
  for (uint32_t i = 0; i < rig.link->n_strips; i++)
    assert_false(rig.link->strips[i]->program->phased); // there is no host to wait for
  assert_false(sq_link_strip(rig.link, mono)->program->lean || sq_link_strip(rig.link, bus)->program->lean);
  sq_link_tap(rig.link, s[4], &tap, false, false);
  assert_true(sq_link_strip(rig.link, s[4])->program->lean);
  mix_close(&rig);
}

/// Each edge reads through a delay, by the step before it: one that is not zero is heard.
static void each_edge_of_a_plan_reads_through_its_delay(void **state) {
  open_with_dc(2);
  const SqHandle strip = dc("dc", 2), bus = mix_bus(&rig, "bus", 2);
  mix_send(&rig, strip, bus, SQ_TAP_POST, 0.0);
  mix_commit(&rig, 0);
  const SqRtProgram *program = sq_link_strip(rig.link, strip)->program;
  uint32_t edges = 0;
  for (uint32_t i = 0; i < program->n_steps; i++) {
    if (program->steps[i].kind != SQ_STEP_EDGE)
      continue;
    edges++;
    assert_true(i > 0 && program->steps[i - 1].kind == SQ_STEP_DELAY);
    const SqLinkStrip *twin = sq_link_strip(rig.link, strip);
    for (uint32_t e = 0; e < twin->n_edges; e++)
      if (twin->edges[e].rt == program->steps[i].u.edge)
        assert_ptr_equal(twin->edges[e].delay, program->steps[i - 1].u.delay);
  }
  assert_int_equal(edges, 2);
  mix_close(&rig);
}

/// A bus adds its feeders in groups of SQ_GROUP by their place in the document: the bits of the sum are those of that
/// order.
static void a_bus_adds_its_groups_in_order(void **state) {
  enum { N = 2 * SQ_GROUP + 20 };
  open_with_dc(1);
  float groups[4] = {0}, sum = 0.0F, plain = 0.0F;
  for (uint32_t i = 0; i < N; i++) {
    char name[8];
    snprintf(name, sizeof name, "s%u", i);
    const SqHandle strip = dc(name, 1);
    mix_set(&rig, strip, SQ_STRIP_GAIN_DB, -36.0 + 0.41 * (i * 37 % 29));
    const float g = (float)sq_link_db_to_linear(-36.0 + 0.41 * (i * 37 % 29));
    groups[sq_doc_strip(rig.doc, strip)->sequence / SQ_GROUP] += g;
    plain += g;
  }
  mix_commit(&rig, 0);
  mix_run(&rig, out, 0, 8192, 256);
  for (uint32_t k = 0; k < 4; k++)
    sum += groups[k];
  assert_true(sum != plain); // else this would tell nothing
  assert_true(out[0][8191] == sum);
  mix_close(&rig);
}

/// The order of a sum is that of the document, in whatever order the strips came.
static void a_sum_has_the_order_of_the_document(void **state) {
  enum { N = 6 };
  static const uint32_t sequences[N] = {1, 2, 70, 71, 140, 200},
                        order[][N] = {{0, 1, 2, 3, 4, 5}, {5, 1, 3, 0, 4, 2}, {4, 2, 5, 3, 1, 0}};
  float sums[3];
  for (uint32_t k = 0; k < 3; k++) {
    open_with_dc(1);
    for (uint32_t i = 0; i < N; i++) {
      char name[8];
      snprintf(name, sizeof name, "s%u", i);
      const SqHandle strip = dc(name, 1);
      SqStrip *after = sq_strip_copy(sq_doc_strip(rig.doc, strip));
      after->sequence = sequences[order[k][i]];
      after->numbers[SQ_STRIP_GAIN_DB] = -7.0 - 3.17 * order[k][i];
      sq_edits_put(&rig.edits, after);
      mix_commit(&rig, 0);
      if (i % 2)
        mix_run(&rig, out, 0, 512, 256);
    }
    mix_run(&rig, out, 0, 4096, 256);
    sums[k] = out[0][4095];
    mix_close(&rig);
  }
  float plain = 0.0F, grouped[4] = {0}, sum = 0.0F, turned = 0.0F;
  for (uint32_t i = 0; i < N; i++) {
    grouped[sequences[i] / SQ_GROUP] += (float)sq_link_db_to_linear(-7.0 - 3.17 * i);
    plain += (float)sq_link_db_to_linear(-7.0 - 3.17 * i);
  }
  for (uint32_t g = 0; g < 4; g++) {
    sum += grouped[g];
    turned += grouped[3 - g];
  }
  assert_true(sum != turned && sum != plain); // else this would tell nothing
  for (uint32_t k = 0; k < 3; k++)
    assert_true(sums[k] == sum);
}

// ---- coming and going -----------------------------------------------------------------------------------------------

static long resident_kib(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long size = 0, resident = 0;
  assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
  fclose(file);
  return resident * 4;
}

/// 100,000 sources with a chain and a send come and go while it plays: nothing of them stays.
static void what_comes_and_goes_leaves_nothing(void **state) {
  const uint32_t rounds = getenv("SQUEEZED_SANITIZED") ? 300 : 10000;
  mix_open(&rig, 2, 0, 0);
  const SqHandle bus = mix_bus(&rig, "bus", 2);
  mix_commit(&rig, 0);
  SqHandle last[10] = {0};
  long before = 0;
  for (uint32_t round = 0; round < rounds; round++) {
    for (uint32_t i = 0; i < 10; i++) {
      if (last[i])
        mix_remove(&rig, last[i]);
      char name[8];
      snprintf(name, sizeof name, "s%u", i);
      last[i] = mix_source(&rig, name, 1, NULL);
      if (i == 0)
        mix_insert(&rig, last[i], "gain", 0);
      mix_send(&rig, last[i], bus, SQ_TAP_POST, 0.0);
    }
    mix_commit(&rig, 0);
    mix_run(&rig, NULL, 0, 512, 512);
    if (round == rounds / 10)
      before = resident_kib();
  }
  const long grown = resident_kib() - before;
  mix_run(&rig, NULL, 0, 4096, 512);
  SqLinkStats stats;
  sq_link_stats(rig.link, &stats);
  printf("     %ld KiB more after %u sources\n", grown, 9 * rounds);
  assert_int_equal(stats.strips, 12);
  assert_int_equal(stats.edges, 1 + 1 + 20);
  assert_true(stats.garbage < 64);
  if (!getenv("SQUEEZED_SANITIZED"))
    assert_true(grown < 1024);
  mix_close(&rig);
}

/// A link can be freed at any moment: fades, armed plans and moves under way.
static void it_can_go_at_any_moment(void **state) {
  for (uint32_t k = 0; k < 24; k++) {
    mix_open(&rig, 2, 0, 0);
    const SqHandle bus = mix_bus(&rig, "bus", 2), a = mix_source(&rig, "a", 2, "tone");
    const SqHandle p = mix_insert(&rig, a, "gain", 0);
    mix_insert(&rig, a, "eq", 1);
    mix_route(&rig, a, bus);
    mix_commit(&rig, 0);
    if (k % 3)
      mix_run(&rig, NULL, 0, 100, 64);
    mix_route(&rig, a, SQ_HANDLE_MASTER);
    mix_remove(&rig, bus);
    mix_commit(&rig, k % 2 ? 700 : 0);
    if (k % 4)
      mix_run(&rig, NULL, 0, 150 * (k % 7), 50);
    mix_move(&rig, a, p, 1);
    mix_commit(&rig, 0);
    if (k % 5)
      mix_run(&rig, NULL, 0, 50 * (k % 11), 50);
    mix_close(&rig);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stale_message_is_counted_and_reaches_nobody),
      cmocka_unit_test(a_full_queue_is_busy_and_loses_nothing),
      cmocka_unit_test(a_commit_larger_than_the_queue_arrives),
      cmocka_unit_test(structure_happens_at_its_frame),
      cmocka_unit_test(an_edit_in_the_window_joins_the_armed_plan),
      cmocka_unit_test(a_route_turns_round),
      cmocka_unit_test(a_route_turns_round_without_a_click),
      cmocka_unit_test(what_fades_hears_nothing_from_before),
      cmocka_unit_test(an_edit_rebuilds_what_it_touches),
      cmocka_unit_test(a_plain_source_has_a_lean_program),
      cmocka_unit_test(each_edge_of_a_plan_reads_through_its_delay),
      cmocka_unit_test(a_bus_adds_its_groups_in_order),
      cmocka_unit_test(a_sum_has_the_order_of_the_document),
      cmocka_unit_test(what_comes_and_goes_leaves_nothing),
      cmocka_unit_test(it_can_go_at_any_moment),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
