// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Sources that play on from memory they have lent: when their programs are left alone, and what wakes them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/coast.h"
#include "engine/delay.h"
#include "tests/support/engine_rig.h"

enum { N = 64, LENT = 100000, END = 3 * N + 7 };

static EngineRig rig;
static float sound[2][LENT], out[2][4 * N];

/// Lends its sound from where it is; what it is told of must add up to the time that passes. With a loop, the last
/// frames before END come again and again.
typedef struct {
  uint64_t at;
  uint32_t calls;
  SqRtLoan loan;
  SqProcData *data;
} Lender;

/// The frame of the sound that is heard at a frame of time.
static uint32_t place(const Lender *l, uint64_t at) {
  const uint32_t loop = l->loan.loop;
  return (uint32_t)(!loop || at < END ? at : END - loop + (at - END) % loop);
}

static SqRtResult process(void *instance, const SqRtBlock *block) {
  Lender *l = instance;
  l->calls++;
  for (uint32_t c = 0; c < 2; c++)
    block->out[c] = sound[c] + place(l, l->at);
  l->at += block->n_frames;
  *block->loan = l->loan;
  if (l->loan.loop)
    block->loan->frames = END - place(l, l->at - 1) - 1;
  return SQ_RT_SOUND;
}

static void passed(void *instance, uint64_t n_frames) {
  ((Lender *)instance)->at += n_frames;
}

static SqProcData *swap(void *instance, SqProcData *data) {
  Lender *l = instance;
  assert_int_equal(l->at, rig.engine->frame);
  SqProcData *old = l->data;
  l->data = data;
  return old;
}

static float output_value(const void *instance, uint32_t param) {
  return (float)((const Lender *)instance)->calls;
}

static const SqParamInfo params[] = {{.symbol = "level", .max = 9.0, .def = 1.0, .value_class = SQ_CLASS_SIGNAL}};
static const SqParamInfo shown[] = {{.symbol = "seen", .max = 9.0, .output = true}};
static const SqProcessorType type = {.id = "lender",
                                     .flags = SQ_PROC_GENERATOR | SQ_PROC_BORROWS,
                                     .params = params,
                                     .n_params = 1,
                                     .process = process,
                                     .passed = passed,
                                     .swap = swap};

static Lender lender;
static SqRtProc *proc;
static SqRtStrip *strip;
static SqRtEdge *edge;
static SqRtSum *hardware;
static uint64_t serial;

static SqRtProgram *program_of(SqRtEdge *to) {
  SqRtDelay *delay = engine_rig_new(&rig, 1, sizeof *delay);
  const SqRtStep steps[] = {{.kind = SQ_STEP_GENERATE, .u.proc = proc},
                            {.kind = SQ_STEP_DELAY, .u.delay = delay},
                            {.kind = SQ_STEP_EDGE, .measures = true, .u.edge = to}};
  SqRtProgram *program = engine_rig_program(&rig, strip, steps, 3);
  program->lean = true;
  program->serial = ++serial;
  return program;
}

static SqRtPlan *plan_of(SqRtProgram *program) {
  SqRtPlan *plan = engine_rig_plan(&rig, &program, 1, hardware);
  plan->coasters[0] = (SqRtCoaster){program->strip->coast, program->serial};
  return plan;
}

static void open_with(const SqProcessorType *its) {
  lender = (Lender){.loan.frames = 10 * N};
  hardware = engine_rig_sum(&rig, 2);
  strip = engine_rig_strip(&rig, 2);
  edge = engine_rig_edge(&rig, strip, hardware);
  proc = engine_rig_proc(&rig, its, &lender, 0, 2);
  proc->object.coast = strip->coast;
  engine_rig_play(&rig, plan_of(program_of(edge)));
}

static int open_rig(void **state) {
  engine_rig_open(&rig);
  rig.engine->ceiling = 1e9F;
  for (uint32_t c = 0; c < 2; c++)
    for (uint32_t i = 0; i < LENT; i++)
      sound[c][i] = (float)(i + 1) * (c ? -1.0F : 1.0F);
  open_with(&type);
  return 0;
}

static int close_rig(void **state) {
  engine_rig_close(&rig);
  return 0;
}

/// One cycle of n frames: the sound must have come to where time is.
static void play(uint32_t n, float gain) {
  const uint64_t from = rig.engine->frame;
  sq_rt_engine_process(rig.engine, NULL, 0, (float *const[2]){out[0], out[1]}, 2, n);
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t at = place(&lender, from + i);
    assert_true(out[0][i] == gain * sound[0][at] && out[1][i] == gain * sound[1][at]);
  }
}

static void its_program_is_left_alone_while_it_lends(void **state) {
  for (uint32_t k = 0; k < 11; k++)
    play(N, 1.0F);
  assert_int_equal(lender.calls, 1);
  play(N, 1.0F); // the loan is over
  assert_int_equal(lender.calls, 2);
  play(9 * N / 8, 1.0F); // a block of any length
  play(4 * N, 1.0F);
  play(4 * N, 1.0F);
  assert_int_equal(lender.calls, 2);
  play(2 * N, 1.0F); // longer than the rest of it
  assert_int_equal(lender.calls, 3);
}

static void nothing_is_lent_ahead(void **state) {
  lender.loan.frames = 0;
  play(N, 1.0F);
  play(N, 1.0F);
  assert_int_equal(lender.calls, 2);
}

static void it_goes_round_its_loop(void **state) {
  static const uint32_t loops[] = {1, 5, N, N + 3, 3 * N};
  for (uint32_t k = 0; k < 5; k++) {
    engine_rig_close(&rig);
    open_rig(state);
    lender.loan.loop = loops[k];
    for (uint32_t i = 0; i < 30; i++)
      play(i % 3 ? N : 1 + i % 7 * 20, 1.0F);
    assert_int_equal(lender.calls, 1);
    assert_int_equal(engine_rig_meter(strip, 0)->frames, rig.engine->frame);
  }
  while (place(&lender, rig.engine->frame) > END - N) // somewhere before the end of the loop
    play(1, 1.0F);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 1, 0);
  for (uint32_t i = 0; i < 10; i++)
    play(N, 1.0F);
  assert_int_equal(lender.calls, 2);
}

static void events_and_values_wake_it(void **state) {
  play(N, 1.0F);
  play(N, 1.0F);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 1, 0);
  play(N, 1.0F);
  assert_int_equal(lender.calls, 2);
  engine_rig_set(&rig, &proc->object, 0, 2.0, 0, 0);
  play(N, 1.0F);
  assert_int_equal(lender.calls, 3);
  engine_rig_set(&rig, &strip->object, SQ_STRIP_FADER, 0.5, 0, 0);
  play(N, 0.5F);
  assert_int_equal(lender.calls, 4);
  play(N, 0.5F); // computes the new products
  play(N, 0.5F);
  assert_int_equal(lender.calls, 5);
  engine_rig_set(&rig, &edge->object, SQ_EDGE_LEVEL, 0.5, 0, 0);
  play(N, 0.25F);
  play(N, 0.25F);
  play(N, 0.25F);
  assert_int_equal(lender.calls, 7);
}

/// It lends although a parameter is still on its way: the engine knows better.
static void a_parameter_on_its_way_keeps_it_awake(void **state) {
  engine_rig_set(&rig, &proc->object, 0, 2.0, 4 * N, 0);
  for (uint32_t k = 0; k < 5; k++)
    play(N, 1.0F);
  assert_int_equal(lender.calls, 5);
  play(N, 1.0F);
  assert_int_equal(lender.calls, 5);
}

static void outputs_keep_it_awake(void **state) {
  static const SqProcessorType shows = {.id = "shows",
                                        .flags = SQ_PROC_GENERATOR | SQ_PROC_BORROWS,
                                        .params = shown,
                                        .n_params = 1,
                                        .process = process,
                                        .passed = passed,
                                        .output_value = output_value};
  open_with(&shows);
  play(N, 1.0F);
  play(N, 1.0F);
  assert_true(lender.calls == 2 && proc->outputs[0] == 2.0F);
}

static void new_data_come_to_where_time_is(void **state) {
  play(N, 1.0F);
  play(N, 1.0F);
  SqProcData data = {0};
  engine_rig_post(
      &rig,
      (SqRtMessage){
          .kind = SQ_MESSAGE_EVENT, .event = SQ_EVENT_SWAP, .slot = proc->object.slot, .generation = 1, .data = &data});
  play(N, 1.0F);
  assert_true(lender.calls == 2 && lender.data == &data);
}

static void another_program_wakes_it(void **state) {
  play(N, 1.0F);
  SqRtEdge *quieter = engine_rig_edge(&rig, strip, hardware);
  sq_rt_signal_init(&quieter->level, 0.25F);
  SqRtProgram *next = program_of(quieter);
  engine_rig_play(&rig, plan_of(next));
  play(N, 0.25F);
  assert_int_equal(lender.calls, 2);
  engine_rig_play(&rig, plan_of(next)); // another plan, the same program: it plays on
  play(N, 0.25F);
  assert_int_equal(lender.calls, 2);
}

static void half_a_sum_that_was_written_is_added_to(void **state) {
  play(N, 1.0F);
  hardware->written[1] = rig.engine->piece + 1;
  memset(hardware->x[1], 0, N * sizeof(float));
  play(N, 1.0F);
  assert_int_equal(lender.calls, 2);
}

/// Levels of frames [from, to), with the fader at `fader` in them.
static void assert_levels(uint32_t epoch, uint32_t from, uint32_t to, float fader) {
  const SqMeterBank *bank = engine_rig_meter(strip, epoch);
  double squares = 0.0;
  for (uint32_t i = from; i < to; i++)
    squares += (double)sound[1][i] * (double)sound[1][i];
  assert_int_equal(bank->frames, to - from);
  assert_true(bank->pre[1].peak == -sound[1][to - 1] && bank->post[1].peak == -sound[1][to - 1] * fader);
  assert_true(fabs((double)bank->pre[1].squares / squares - 1.0) < 1e-5);
  assert_true(fabs((double)bank->post[1].squares / squares / (double)(fader * fader) - 1.0) < 1e-5);
}

static void meters_go_on(void **state) {
  atomic_store(&rig.engine->meter_epoch, 3);
  for (uint32_t k = 0; k < 4; k++)
    play(N, 1.0F);
  atomic_store(&rig.engine->meter_epoch, 4);
  for (uint32_t k = 0; k < 4; k++)
    play(N, 1.0F);
  assert_int_equal(lender.calls, 1);
  assert_levels(3, 0, 4 * N, 1.0F);
  assert_levels(4, 4 * N, 8 * N, 1.0F);
}

/// What nobody read waits in its bank; where another fader held, each frame counts at its own.
static void meters_that_nobody_reads_go_on(void **state) {
  for (uint32_t epoch = 0; epoch < 6; epoch++) {
    atomic_store(&rig.engine->meter_epoch, epoch);
    play(N, 1.0F);
    play(N, 1.0F);
  }
  assert_int_equal(lender.calls, 2); // the first loan is over
  engine_rig_set(&rig, &strip->object, SQ_STRIP_FADER, 0.5, 0, 0);
  play(N, 0.5F);
  play(N, 0.5F);
  play(N, 0.5F);
  assert_int_equal(lender.calls, 4);
  atomic_store(&rig.engine->meter_epoch, 6);
  play(N, 0.5F);
  assert_int_equal(lender.calls, 4);
  double squares = 0.0;
  for (uint32_t i = 0; i < 16 * N; i++) {
    const double x = (double)sound[0][i] * (i < 12 * N ? 1.0 : 0.5);
    squares += i < 12 * N && i / (2 * N) % 2 ? 0.0 : i >= 12 * N && i < 15 * N ? 0.0 : x * x;
  }
  const SqMeterBank *bank = engine_rig_meter(strip, 6);
  assert_int_equal(bank->frames, 7 * N);
  assert_true(bank->pre[0].peak == sound[0][16 * N - 1] && bank->post[0].peak == sound[0][10 * N - 1]);
  assert_true(fabs((double)bank->post[0].squares / squares - 1.0) < 1e-5);
}

/// The peak before the fader stays that of the whole period, after it each frame counts at its own fader.
static void a_fader_that_moved_counts_from_then_on(void **state) {
  for (uint32_t k = 0; k < 4; k++)
    play(N, 1.0F);
  engine_rig_set(&rig, &strip->object, SQ_STRIP_FADER, 0.25, 0, 0);
  for (uint32_t k = 0; k < 4; k++)
    play(N, 0.25F);
  const SqMeterBank *bank = engine_rig_meter(strip, 0);
  double squares = 0.0;
  for (uint32_t i = 0; i < 8 * N; i++)
    squares += (double)sound[0][i] * (double)sound[0][i] * (i < 4 * N ? 1.0 : 1.0 / 16.0);
  assert_true(bank->frames == 8 * N && bank->pre[0].peak == sound[0][8 * N - 1]);
  assert_true(bank->post[0].peak == sound[0][4 * N - 1]);
  assert_true(fabs((double)bank->post[0].squares / squares - 1.0) < 1e-5);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RIG(its_program_is_left_alone_while_it_lends),
      WITH_RIG(nothing_is_lent_ahead),
      WITH_RIG(it_goes_round_its_loop),
      WITH_RIG(events_and_values_wake_it),
      WITH_RIG(a_parameter_on_its_way_keeps_it_awake),
      WITH_RIG(outputs_keep_it_awake),
      WITH_RIG(new_data_come_to_where_time_is),
      WITH_RIG(another_program_wakes_it),
      WITH_RIG(half_a_sum_that_was_written_is_added_to),
      WITH_RIG(meters_go_on),
      WITH_RIG(meters_that_nobody_reads_go_on),
      WITH_RIG(a_fader_that_moved_counts_from_then_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
