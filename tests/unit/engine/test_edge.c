// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Faders, mutes, lanes and meters: what an edge adds into its sum, and what the meter says of it.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/edge.h"
#include "tests/support/engine_rig.h"

static EngineRig rig;

static int open_rig(void **state) {
  engine_rig_open(&rig);
  return 0;
}

static int close_rig(void **state) {
  engine_rig_close(&rig);
  return 0;
}

/// A set as the cycle delivers it, on `object` at `offset` of the present piece.
static void deliver(SqRtObject *object, SqRtEvent *set) {
  if (object->piece != rig.engine->piece)
    object->first_set = object->last_set = NULL;
  object->piece = rig.engine->piece;
  if (object->last_set)
    object->last_set->next = set;
  else
    object->first_set = set;
  object->last_set = set;
}

static SqRtEvent line_to(uint32_t index, double value, uint32_t length, uint32_t offset) {
  return (SqRtEvent){.index = index, .value = value, .id = length, .channel = SQ_CURVE_LINEAR, .offset = offset};
}

/// As a program does before its edges.
static void move(SqRtStrip *strip, uint32_t n) {
  if (sq_rt_strip_moves(rig.engine, strip))
    sq_rt_strip_move(rig.engine, strip, n);
}

static void run(SqRtEdge *edge, uint32_t n, bool measures, bool silent) {
  move(edge->strip, n);
  sq_rt_edge_run(rig.engine, edge, rig.in, n, measures, silent);
}

static const SqMeterBank *bank(SqRtStrip *strip) {
  return engine_rig_meter(strip, rig.engine->epoch);
}

static void the_first_writes_and_the_next_adds(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *a = engine_rig_strip(&rig, 2), *b = engine_rig_strip(&rig, 2);
  SqRtEdge *from_a = engine_rig_edge(&rig, a, sum), *from_b = engine_rig_edge(&rig, b, sum);
  sum->x[0][5] = 999.0F; // of an older piece
  run(from_a, 64, false, false);
  assert_true(sum->written[0] == rig.engine->piece && sum->written[1] == rig.engine->piece);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(sum->x[0][i] == rig.ramp[0][i] && sum->x[1][i] == rig.ramp[1][i]);
  run(from_b, 64, false, false);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(sum->x[0][i] == 2.0F * rig.ramp[0][i]);
  engine_rig_piece(&rig, 64);
  run(from_b, 64, false, false);
  assert_true(sum->x[0][5] == rig.ramp[0][5]);
}

static void all_gains_multiply(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&strip->fader, 0.5F);
  sq_rt_signal_init(&edge->level, 0.25F);
  sq_rt_signal_init(&edge->lanes[1].gain, -2.0F);
  run(edge, 16, false, false);
  for (uint32_t i = 0; i < 16; i++) {
    assert_true(sum->x[0][i] == rig.ramp[0][i] * 0.125F);
    assert_true(sum->x[1][i] == rig.ramp[1][i] * -0.25F);
  }
}

static void fader_and_mute_do_not_count_before_the_fader(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *pre = engine_rig_edge(&rig, strip, sum), *post = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&strip->fader, 0.5F);
  sq_rt_signal_init(&strip->audible, 0.0F);
  sq_rt_signal_init(&pre->level, 0.5F);
  pre->pre = true;
  run(post, 16, false, false);
  assert_true(sum->written[0] != rig.engine->piece); // muted: nothing is added at all
  run(pre, 16, false, false);
  assert_true(sum->x[0][3] == 0.5F * rig.ramp[0][3]);
}

static void a_pre_send_stays_still_while_the_fader_moves(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *pre = engine_rig_edge(&rig, strip, sum);
  pre->pre = true;
  SqRtEvent set = line_to(SQ_STRIP_FADER, 0.0, 64, 0), level = line_to(SQ_EDGE_LEVEL, 0.0, 64, 0);
  deliver(&strip->object, &set);
  run(pre, 64, false, false);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(sum->x[1][i] == rig.ramp[1][i]);
  engine_rig_piece(&rig, 64);
  deliver(&pre->object, &level); // its own level moves, the fader (now down) still does not count
  run(pre, 64, false, false);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(fabsf(sum->x[1][i] - rig.ramp[1][i] * (1.0F - (float)i / 64.0F)) < 1e-6F);
}

static void silence_adds_nothing(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, engine_rig_strip(&rig, 2), sum);
  run(edge, 64, true, true);
  assert_true(sum->written[0] != rig.engine->piece);
  assert_int_equal(bank(edge->strip)->frames, 64); // but time passes for the meter
  assert_true(bank(edge->strip)->pre[0].peak == 0.0F);
}

static void a_moving_fader_is_followed_frame_by_frame(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&edge->lanes[1].gain, 0.5F);
  SqRtEvent down = line_to(SQ_STRIP_FADER, 0.0, 128, 0), mute = line_to(SQ_STRIP_AUDIBLE, 0.5, 64, 32);
  deliver(&strip->object, &down);
  deliver(&strip->object, &mute);
  for (uint32_t piece = 0; piece < 3; piece++) {
    run(edge, 64, false, false);
    for (uint32_t i = 0; i < 64; i++) {
      const uint32_t at = piece * 64 + i;
      const float fader = at < 128 ? 1.0F - (float)at / 128.0F : 0.0F;
      const float audible = at < 32 ? 1.0F : at < 96 ? 1.0F - 0.5F * (float)(at - 32) / 64.0F : 0.5F;
      const float want = fader * audible;
      if (want == 0.0F && piece == 2) // it has come to rest: nothing is added any more
        assert_true(sum->written[0] != rig.engine->piece);
      else
        assert_true(fabsf(sum->x[0][i] - rig.ramp[0][i] * want) < 1e-6F &&
                    fabsf(sum->x[1][i] - rig.ramp[1][i] * want * 0.5F) < 1e-6F);
    }
    engine_rig_piece(&rig, 64);
  }
}

static void lanes_and_level_move_on_their_own(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&strip->fader, 0.5F);
  SqRtEvent left = line_to(SQ_EDGE_LANE, 0.0, 100, 0), right = line_to(SQ_EDGE_LANE + 1, 2.0, 50, 0);
  deliver(&edge->object, &left);
  deliver(&edge->object, &right);
  for (uint32_t piece = 0; piece < 3; piece++) {
    run(edge, 50, false, false);
    for (uint32_t i = 0; i < 50; i++) {
      const uint32_t at = piece * 50 + i;
      const float l = at < 100 ? 1.0F - (float)at / 100.0F : 0.0F, r = at < 50 ? 1.0F + (float)at / 50.0F : 2.0F;
      if (piece < 2) // at rest a lane of gain 0 is left out
        assert_true(fabsf(sum->x[0][i] - 0.5F * l * rig.ramp[0][i]) < 1e-6F);
      assert_true(fabsf(sum->x[1][i] - 0.5F * r * rig.ramp[1][i]) < 2e-6F);
    }
    engine_rig_piece(&rig, 50);
  }
  assert_true(sum->written[0] + 2 == rig.engine->piece && sum->written[1] + 1 == rig.engine->piece);
  assert_true(edge->moving_until <= rig.engine->frame);
}

static void a_rest_after_a_move_is_at_the_new_gain(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  run(edge, 16, false, false);
  engine_rig_piece(&rig, 16);
  SqRtEvent set = line_to(SQ_STRIP_FADER, 0.25, 0, 0), level = line_to(SQ_EDGE_LEVEL, 0.5, 0, 0);
  deliver(&strip->object, &set); // at once
  run(edge, 16, false, false);
  assert_true(sum->x[0][0] == 0.25F * rig.ramp[0][0]);
  engine_rig_piece(&rig, 16);
  run(edge, 16, false, false);
  assert_true(sum->x[0][7] == 0.25F * rig.ramp[0][7]);
  engine_rig_piece(&rig, 16);
  deliver(&edge->object, &level);
  run(edge, 16, false, false);
  engine_rig_piece(&rig, 16);
  run(edge, 16, false, false);
  assert_true(sum->x[0][7] == 0.125F * rig.ramp[0][7]);
}

static void the_meter_sees_before_and_after_the_fader(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum), *send = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&strip->fader, -0.5F);
  sq_rt_signal_init(&edge->level, 0.1F); // of the edge: it does not count
  run(edge, 64, true, false);
  run(send, 64, false, false); // a send is not measured a second time
  double squares = 0.0;
  for (uint32_t i = 0; i < 64; i++)
    squares += (double)rig.ramp[1][i] * rig.ramp[1][i];
  const SqMeterBank *b = bank(strip);
  assert_int_equal(b->frames, 64);
  assert_true(b->pre[1].peak == rig.ramp[1][63] && b->post[1].peak == 0.5F * rig.ramp[1][63]);
  assert_true(fabs((double)b->pre[1].squares / squares - 1.0) < 1e-5);
  assert_true(fabs((double)b->post[1].squares / squares - 0.25) < 1e-5);
  assert_true(b->pre[0].peak == rig.ramp[0][63]);
  engine_rig_piece(&rig, 64); // the largest stays, squares add up
  run(edge, 32, true, false);
  assert_ptr_equal(b, bank(strip));
  assert_true(b->pre[1].peak == rig.ramp[1][63] && b->frames == 96);
  for (uint32_t i = 0; i < 32; i++)
    squares += (double)rig.ramp[1][i] * rig.ramp[1][i];
  assert_true(fabs((double)b->pre[1].squares / squares - 1.0) < 1e-5);
  rig.engine->epoch++; // control turned to the other bank
  engine_rig_piece(&rig, 32);
  run(edge, 16, true, false);
  assert_true(b->frames == 96 && bank(strip)->frames == 16);
}

static void a_closed_lane_is_measured_all_the_same(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  sq_rt_signal_init(&edge->lanes[0].gain, 0.0F);
  edge->lanes[1].measures = false; // another lane measures this channel
  run(edge, 64, true, false);
  assert_true(sum->written[0] != rig.engine->piece);
  assert_true(bank(strip)->pre[0].peak == rig.ramp[0][63] && bank(strip)->post[0].peak == rig.ramp[0][63]);
  assert_true(bank(strip)->pre[1].peak == 0.0F);
}

static void while_it_moves_the_meter_follows(void **state) {
  SqRtSum *sum = engine_rig_sum(&rig, 2);
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  SqRtEdge *edge = engine_rig_edge(&rig, strip, sum);
  edge->lanes[1].measures = false;
  SqRtEvent set = line_to(SQ_STRIP_FADER, 0.0, 64, 0);
  deliver(&strip->object, &set);
  run(edge, 64, true, false);
  float peak = 0.0F, squares = 0.0F, all = 0.0F;
  for (uint32_t i = 0; i < 64; i++) {
    const float y = rig.ramp[0][i] * (1.0F - (float)i / 64.0F);
    peak = y > peak ? y : peak;
    squares += y * y;
    all += rig.ramp[0][i] * rig.ramp[0][i];
  }
  assert_true(fabsf(bank(strip)->post[0].peak - peak) < 1e-6F);
  assert_true(fabsf(bank(strip)->post[0].squares - squares) < 1e-3F);
  assert_true(bank(strip)->pre[0].peak == rig.ramp[0][63] && fabsf(bank(strip)->pre[0].squares - all) < 1e-3F);
  assert_true(bank(strip)->pre[1].peak == 0.0F);
  // only the edge moves: what is after the fader is before times the fader
  engine_rig_piece(&rig, 64);
  rig.engine->epoch++;
  SqRtEvent up = line_to(SQ_STRIP_FADER, 0.5, 0, 0), level = line_to(SQ_EDGE_LEVEL, 0.0, 64, 0);
  deliver(&strip->object, &up);
  move(strip, 64);
  engine_rig_piece(&rig, 64);
  deliver(&edge->object, &level);
  run(edge, 64, true, false);
  assert_true(bank(strip)->post[0].peak == 0.5F * rig.ramp[0][63] && bank(strip)->pre[0].peak == rig.ramp[0][63]);
  assert_true(bank(strip)->post[1].peak == 0.0F);
}

static void a_strip_without_an_output_is_measured_alone(void **state) {
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  sq_rt_signal_init(&strip->fader, 0.5F);
  move(strip, 64);
  sq_rt_strip_measure(rig.engine, strip, rig.in, 64);
  assert_true(bank(strip)->pre[1].peak == rig.ramp[1][63] && bank(strip)->post[1].peak == 0.5F * rig.ramp[1][63]);
  assert_int_equal(bank(strip)->frames, 64);
  engine_rig_piece(&rig, 64);
  SqRtEvent set = line_to(SQ_STRIP_FADER, 0.0, 64, 0);
  rig.engine->epoch++;
  deliver(&strip->object, &set);
  move(strip, 64);
  sq_rt_strip_measure(rig.engine, strip, rig.in, 64);
  assert_true(bank(strip)->post[1].peak < 1.1F && bank(strip)->post[1].peak >= 1.0F);
  assert_true(bank(strip)->pre[1].peak == rig.ramp[1][63] && bank(strip)->frames == 64);
}

static void what_is_copied_behind_the_fader(void **state) {
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  move(strip, 64);
  assert_ptr_equal(sq_rt_strip_post(rig.engine, strip, rig.in, 64), rig.in); // unity: not copied at all
  sq_rt_signal_init(&strip->fader, 0.5F);
  const float *const *post = sq_rt_strip_post(rig.engine, strip, rig.in, 64);
  assert_true(post[1][9] == 0.5F * rig.ramp[1][9] && post[0][63] == 0.5F * rig.ramp[0][63]);
  SqRtEvent set = line_to(SQ_STRIP_AUDIBLE, 0.0, 64, 0);
  deliver(&strip->object, &set);
  move(strip, 64);
  post = sq_rt_strip_post(rig.engine, strip, rig.in, 64);
  for (uint32_t i = 0; i < 64; i++)
    assert_true(fabsf(post[1][i] - 0.5F * rig.ramp[1][i] * (1.0F - (float)i / 64.0F)) < 1e-6F);
  engine_rig_piece(&rig, 64); // muted now
  move(strip, 64);
  post = sq_rt_strip_post(rig.engine, strip, rig.in, 64);
  assert_true(post[0][0] == 0.0F && post[1][63] == 0.0F);
}

/// Faders, lanes and mutes on their way, cut in any way: the same bits.
static void equal_bits_however_time_is_cut(void **state) {
  enum { N = 512 };
  static const uint32_t cuts[] = {512, 1, 13, 64};
  static float first[2][N], now[2][N];
  for (uint32_t k = 0; k < 4; k++) {
    EngineRig *r = &rig;
    r->engine->frame = 1000;
    SqRtSum *sum = engine_rig_sum(r, 2);
    SqRtStrip *strip = engine_rig_strip(r, 2);
    SqRtEdge *edge = engine_rig_edge(r, strip, sum);
    sq_rt_signal_go(&strip->fader, 1000, 0.3F, 300, SQ_CURVE_SMOOTH);
    sq_rt_signal_go(&strip->audible, 1000, 0.0F, 400, SQ_CURVE_LINEAR);
    sq_rt_signal_go(&edge->level, 1000, 0.7F, 200, SQ_CURVE_DB);
    sq_rt_signal_go(&edge->lanes[0].gain, 1000, 2.0F, 450, SQ_CURVE_LINEAR);
    strip->moving_until = 1400;
    edge->moving_until = 1450;
    for (uint32_t at = 0; at < N; at += cuts[k]) {
      const uint32_t n = N - at < cuts[k] ? N - at : cuts[k];
      const float *in[2] = {r->ramp[0] + at, r->ramp[1] + at};
      move(strip, n);
      sq_rt_edge_run(r->engine, edge, in, n, false, false);
      for (uint32_t c = 0; c < 2; c++)
        for (uint32_t i = 0; i < n; i++)
          now[c][at + i] = sum->written[c] == r->engine->piece ? sum->x[c][i] : 0.0F;
      engine_rig_piece(r, n);
    }
    if (k == 0)
      memcpy(first, now, sizeof now);
    for (uint32_t c = 0; c < 2; c++)
      for (uint32_t i = 0; i < N; i++)
        assert_true(first[c][i] == now[c][i]);
  }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RIG(the_first_writes_and_the_next_adds),
      WITH_RIG(all_gains_multiply),
      WITH_RIG(fader_and_mute_do_not_count_before_the_fader),
      WITH_RIG(a_pre_send_stays_still_while_the_fader_moves),
      WITH_RIG(silence_adds_nothing),
      WITH_RIG(a_moving_fader_is_followed_frame_by_frame),
      WITH_RIG(lanes_and_level_move_on_their_own),
      WITH_RIG(a_rest_after_a_move_is_at_the_new_gain),
      WITH_RIG(the_meter_sees_before_and_after_the_fader),
      WITH_RIG(a_closed_lane_is_measured_all_the_same),
      WITH_RIG(while_it_moves_the_meter_follows),
      WITH_RIG(a_strip_without_an_output_is_measured_alone),
      WITH_RIG(what_is_copied_behind_the_fader),
      WITH_RIG(equal_bits_however_time_is_cut),
  };
  return cmocka_run_group_tests_name("edge", tests, NULL, NULL);
}
