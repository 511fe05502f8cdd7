// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One strip's steps: sums in order, generators, chains in place and in turn, wet and dry, sidechains, hosts, taps.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/delay.h"
#include "engine/edge.h"
#include "engine/tap.h"
#include "tests/support/engine_rig.h"

enum { N = 64 };

static EngineRig rig;

// ---- a processor that writes down what it is given ------------------------------------------------------------------

typedef struct {
  uint32_t calls, resets, collects;
  float gain, offset; ///< out = in * gain + offset
  bool silent;        ///< says so
  bool poisons;       ///< writes a NaN into its last channel
  const float *lends; ///< a generator's own memory
  bool in_place;      ///< seen
  SqRtBlock block;    ///< of the last call
  const float *in[2]; ///< what its channels were: the table itself lives no longer than the call
  float side, amount, event_values[4];
  uint32_t n_events;
  uint32_t sends; ///< events out
  uint32_t *order, at;
} Probe;

static void note(Probe *p, const SqRtBlock *block) {
  p->block = *block;
  for (uint32_t c = 0; c < 2 && c < block->n_in; c++)
    p->in[c] = block->in ? block->in[c] : NULL;
  p->amount = sq_signal_at(&block->signals[0], 0);
  p->side = block->side ? block->side[block->n_side - 1][0] : -1.0F;
  p->n_events = 0;
  for (const SqRtEvent *e = block->events; e; e = e->next)
    p->n_events++;
}

static SqRtResult process(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  p->calls++;
  note(p, block);
  p->in_place = block->in && block->in[0] == block->out[0];
  for (uint32_t c = 0; c < block->n_out; c++) {
    if (p->lends) {
      block->out[c] = (float *)(uintptr_t)p->lends;
      continue;
    }
    for (uint32_t i = 0; i < block->n_frames; i++)
      block->out[c][i] = (block->in ? block->in[c][i] * p->gain : 0.0F) + p->offset;
  }
  if (p->poisons)
    block->out[block->n_out - 1][block->n_frames - 1] = NAN;
  for (uint32_t i = 0; i < p->sends; i++)
    block->events_out->events[block->events_out->n++] = (SqRtEvent){
        .offset = 3 + i, .kind = SQ_EVENT_CC, .index = 7, .id = 5, .key = 60.5F, .value = 0.25, .midi = {1, 2, 3, 4}};
  return p->silent ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static void reset(void *instance) {
  ((Probe *)instance)->resets++;
}

static float output_value(const void *instance, uint32_t param) {
  return (float)param * 10.0F + (float)((const Probe *)instance)->calls;
}

static void begin(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  p->calls++;
  note(p, block);
  p->offset = block->in[0][1];
}

static SqRtResult collect(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  p->collects++;
  for (uint32_t c = 0; c < block->n_out; c++)
    for (uint32_t i = 0; i < block->n_frames; i++)
      block->out[c][i] = p->poisons ? INFINITY : p->offset * 2.0F;
  return p->silent ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static const SqParamInfo params[] = {
    {.symbol = "amount", .max = 1.0, .def = 0.5, .value_class = SQ_CLASS_SIGNAL},
    {.symbol = "seen", .max = 1.0, .value_class = SQ_CLASS_SIGNAL, .output = true},
};

#define TYPE(what)                                                                                                     \
  {                                                                                                                    \
    .id = "probe", .flags = (what), .params = params, .n_params = 2, .process = process, .reset = reset,               \
    .output_value = output_value                                                                                       \
  }
static const SqProcessorType in_place = TYPE(SQ_PROC_EFFECT | SQ_PROC_IN_PLACE);
static const SqProcessorType faster_apart = TYPE(SQ_PROC_EFFECT | SQ_PROC_IN_PLACE | SQ_PROC_SEPARATE);
static const SqProcessorType apart = TYPE(SQ_PROC_EFFECT);
static const SqProcessorType third_party = TYPE(SQ_PROC_EFFECT | SQ_PROC_GENERATOR | SQ_PROC_NEEDS_DSP_GUARD);
static const SqProcessorType generator = TYPE(SQ_PROC_GENERATOR | SQ_PROC_BORROWS);
static const SqProcessorType host = {.id = "host",
                                     .flags = SQ_PROC_EFFECT | SQ_PROC_NEEDS_DSP_GUARD,
                                     .params = params,
                                     .n_params = 2,
                                     .process = process,
                                     .reset = reset,
                                     .begin = begin,
                                     .collect = collect};

// ---- a strip to run it in -------------------------------------------------------------------------------------------

typedef struct {
  SqRtStrip *strip;
  SqRtSum *in, *out;
  SqRtEdge *edge;
  SqRtStep steps[16]; ///< between the sum and the edge
  uint32_t n_steps;
  SqRtSum **sums; ///< or NULL: `in`
  uint32_t n_sums;
  bool alone; ///< no edge: a meter
  SqRtProgram *program;
} Desk;

static Desk desk;

static int open_desk(void **state) {
  engine_rig_open(&rig);
  memset(&desk, 0, sizeof desk);
  desk.strip = engine_rig_strip(&rig, 2);
  desk.in = engine_rig_sum(&rig, 2);
  desk.out = engine_rig_sum(&rig, 2);
  desk.edge = engine_rig_edge(&rig, desk.strip, desk.out);
  return 0;
}

static int close_desk(void **state) {
  engine_rig_close(&rig);
  return 0;
}

static void step(SqRtStep s) {
  desk.steps[desk.n_steps++] = s;
}

static void step_proc(SqStepKind kind, SqRtProc *proc) {
  step((SqRtStep){.kind = (uint16_t)kind, .u.proc = proc});
}

/// The piece that comes next, and the one that has just been run.
static uint64_t coming(void) {
  return rig.engine->piece + 1;
}

static uint64_t gone(void) {
  return rig.engine->piece - 1;
}

static void feed(float value) {
  for (uint32_t c = 0; c < 2; c++) {
    desk.in->written[c] = coming();
    for (uint32_t i = 0; i < N; i++)
      desk.in->x[c][i] = value * (float)(c + 1);
  }
}

static void make_program(void) {
  SqRtStep steps[20] = {{.kind = SQ_STEP_SUM}};
  SqRtSum **sums = engine_rig_new(&rig, 1, sizeof(SqRtSum *));
  sums[0] = desk.in;
  steps[desk.n_steps + 1] = desk.alone ? (SqRtStep){.kind = SQ_STEP_METER}
                                       : (SqRtStep){.kind = SQ_STEP_EDGE, .measures = true, .u.edge = desk.edge};
  memcpy(steps + 1, desk.steps, desk.n_steps * sizeof steps[0]);
  desk.program = engine_rig_program(&rig, desk.strip, steps, desk.n_steps + 2);
  desk.program->sums = desk.sums ? desk.sums : sums;
  desk.program->n_sums = desk.sums ? desk.n_sums : 1;
  rig.engine->plan = engine_rig_plan(&rig, &desk.program, 1, NULL);
}

/// One cycle of N frames: sum, the steps so far, the edge.
static void run(void) {
  if (!desk.program)
    make_program();
  for (uint32_t i = 0; i < desk.n_steps; i++) {
    desk.program->steps[i + 1] = desk.steps[i];
    desk.program->steps[i + 1].plain = sq_rt_step_plain(&desk.steps[i]);
  }
  sq_rt_engine_process(rig.engine, NULL, 0, NULL, 0, N);
}

/// What left channel 1, or 0 when nothing was added.
static float heard(void) {
  return desk.out->written[1] == gone() ? desk.out->x[1][N - 1] : 0.0F;
}

static SqRtProc *add(const SqProcessorType *type, Probe *probe) {
  SqRtProc *proc = engine_rig_proc(&rig, type, probe, 2, 2);
  step_proc(SQ_STEP_PROCESS, proc);
  return proc;
}

static void deliver(SqRtProc *proc, SqRtEvent *set, SqRtEvent *event) {
  proc->object.piece = coming();
  proc->steady = false;
  proc->object.first_set = proc->object.last_set = set;
  proc->object.first = proc->object.last = event;
}

// ---- sums -----------------------------------------------------------------------------------------------------------

/// Partial sums of this piece are added in their order; those of older pieces and narrower ones are left out.
static void sums_are_added_in_order(void **state) {
  enum { MANY = 2 * SQ_GROUP + 3 };
  SqRtSum *sums[MANY];
  float want = 0.0F;
  for (uint32_t k = 0; k < MANY; k++) {
    sums[k] = engine_rig_sum(&rig, k == 5 ? 1 : 2);
    const float x = 1.0F / (float)(k + 3);
    for (uint32_t c = 0; c < sums[k]->n_channels; c++) {
      for (uint32_t i = 0; i < N; i++)
        sums[k]->x[c][i] = x;
      sums[k]->written[c] = coming() - (k == 7);
    }
    if (k != 5 && k != 7)
      want = want == 0.0F ? x : want + x;
  }
  desk.sums = sums;
  desk.n_sums = MANY;
  run();
  assert_true(heard() == want); // to the bit: the order is part of the sound
  run();
  assert_true(desk.out->written[0] != gone()); // nobody wrote: silence costs nothing
}

static void one_channel_without_input_is_silent(void **state) {
  Probe p = {.gain = 1.0F};
  add(&apart, &p);
  feed(1.0F);
  desk.in->written[1] = 0;
  rig.engine->scratch.x[0][1][5] = 99.0F; // of another strip
  run();
  assert_true(p.in[1][5] == 0.0F && p.in[0][5] == 1.0F);
  assert_true(desk.out->x[0][N - 1] == 1.0F && desk.out->x[1][5] == 0.0F);
}

// ---- chains ---------------------------------------------------------------------------------------------------------

static void a_chain_works_in_place_where_it_may(void **state) {
  Probe a = {.gain = 2.0F}, b = {.gain = 1.0F, .offset = 1.0F}, c = {.gain = 3.0F};
  add(&in_place, &a);
  add(&apart, &b);
  add(&faster_apart, &c);
  for (uint32_t piece = 0; piece < 3; piece++) { // from the second on nothing happens to them
    feed(1.0F);
    run();
    assert_true(a.in_place && !b.in_place && !c.in_place);
    assert_true(heard() == (2.0F * 2.0F + 1.0F) * 3.0F);
  }
  assert_true(c.block.n_frames == N && c.block.n_in == 2 && c.block.n_out == 2 &&
              c.block.frame == rig.engine->frame - N);
  assert_true(c.block.time == &rig.engine->time && c.block.n_hardware == 0);
}

static void outputs_of_a_processor_are_kept_for_control(void **state) {
  Probe p = {.gain = 1.0F};
  SqRtProc *proc = add(&apart, &p);
  feed(1.0F);
  run();
  assert_true(proc->outputs[1] == 11.0F && proc->outputs[0] == 0.0F); // only of output parameters
}

static void signals_move_and_rest(void **state) {
  Probe p = {.gain = 1.0F};
  SqRtProc *proc = add(&apart, &p);
  feed(1.0F);
  run();
  assert_true(p.amount == 0.5F && proc->still);
  feed(1.0F);
  SqRtEvent set = {.index = 0, .value = 1.0, .id = 2 * N, .channel = SQ_CURVE_LINEAR};
  deliver(proc, &set, NULL);
  run();
  assert_true(!proc->still && sq_signal_at(&p.block.signals[0], 32) == 0.5F + 0.5F * 0.25F);
  feed(1.0F);
  run();
  assert_true(p.amount == 0.75F);
  feed(1.0F);
  run();
  assert_true(p.amount == 1.0F && proc->still);
}

static void a_silent_chain_sleeps_until_something_comes(void **state) {
  Probe p = {.gain = 1.0F, .silent = true};
  SqRtProc *proc = add(&apart, &p);
  run(); // nothing feeds it, but it has not yet said that it is silent
  assert_int_equal(p.calls, 1);
  run();
  assert_int_equal(p.calls, 1);
  feed(1.0F);
  p.silent = false;
  run();
  assert_int_equal(p.calls, 2);
  assert_true(heard() == 2.0F);
  p.offset = 0.5F; // its tail goes on
  run();
  assert_true(p.calls == 3 && heard() == 0.5F);
  p.silent = true;
  p.offset = 0.0F;
  run();
  assert_true(p.calls == 4 && heard() == 0.0F && desk.out->written[0] != gone());
  SqRtEvent event = {.kind = SQ_EVENT_CC}, set = {.index = 0, .value = 0.75, .channel = SQ_CURVE_LINEAR};
  deliver(proc, NULL, &event);
  run();
  assert_true(p.calls == 5 && p.n_events == 1);
  deliver(proc, &set, NULL);
  run();
  assert_true(p.calls == 6 && p.amount == 0.75F && p.n_events == 0);
}

// ---- wet and dry ----------------------------------------------------------------------------------------------------

static void bypassed_it_costs_nothing_but_keeps_its_values(void **state) {
  Probe p = {.gain = 5.0F};
  SqRtProc *proc = add(&apart, &p);
  sq_rt_signal_init(&proc->wet, 0.0F);
  feed(1.0F);
  run();
  assert_true(p.calls == 0 && heard() == 2.0F);
  SqRtEvent set = {.index = 0, .value = 1.0, .channel = SQ_CURVE_LINEAR};
  feed(1.0F);
  deliver(proc, &set, NULL);
  run();
  assert_true(p.calls == 0 && heard() == 2.0F && proc->signals[0].to == 1.0F);
  SqRtEvent event = {.kind = SQ_EVENT_PARAM, .index = 1};
  feed(1.0F);
  deliver(proc, NULL, &event);
  run();
  assert_true(p.calls == 1 && p.n_events == 1 && heard() == 2.0F); // a stepped value is taken in a block nobody hears
  assert_int_equal(p.resets, 0);
}

static void it_fades_in_from_a_reset_and_out_again(void **state) {
  Probe p = {.gain = 3.0F};
  SqRtProc *proc = add(&in_place, &p);
  sq_rt_signal_init(&proc->wet, 0.0F);
  SqRtEvent in = {.index = SQ_PROC_WET, .value = 1.0, .id = 2 * N, .channel = SQ_CURVE_LINEAR};
  SqRtEvent out = {.index = SQ_PROC_WET, .value = 0.0, .id = N, .channel = SQ_CURVE_LINEAR};
  deliver(proc, &in, NULL);
  for (uint32_t piece = 0; piece < 5; piece++) {
    if (piece == 3)
      deliver(proc, &out, NULL);
    feed(1.0F);
    run();
    for (uint32_t i = 0; i < N; i++) {
      const uint32_t at = piece * N + i;
      const float wet = at < 2 * N   ? (float)at / (2.0F * N)
                        : at < 3 * N ? 1.0F
                        : at < 4 * N ? 1.0F - (float)(at - 3 * N) / N
                                     : 0.0F;
      const float fed = at < 2 * N ? (float)at / (2.0F * N) : 1.0F; // its input fades in with it: no onset inside
      assert_true(fabsf(desk.out->x[0][i] - (1.0F - wet + 3.0F * fed * wet)) < 1e-6F);
    }
    if (piece < 4)
      assert_int_equal(p.in_place, piece == 2); // fading needs both signals
  }
  assert_true(p.resets == 1 && p.calls == 4); // it began as new, and rests when it is dry
}

static void dry_silence_is_silent_too(void **state) {
  Probe p = {.gain = 1.0F, .silent = true};
  SqRtProc *proc = add(&apart, &p);
  sq_rt_signal_init(&proc->wet, 0.5F);
  feed(1.0F);
  run();
  assert_true(heard() == 2.0F); // half of it is the input: that is not silent whatever the processor says
  run();
  assert_true(desk.out->written[0] != gone());
}

// ---- generators -----------------------------------------------------------------------------------------------------

static void a_generator_fills_the_strip_or_lends_its_own_memory(void **state) {
  float own[N];
  for (uint32_t i = 0; i < N; i++)
    own[i] = 4.0F;
  Probe g = {.offset = 3.0F}, p = {.gain = 2.0F};
  step_proc(SQ_STEP_GENERATE, engine_rig_proc(&rig, &generator, &g, 0, 2));
  add(&in_place, &p);
  run();
  assert_true(heard() == 6.0F && p.in_place);
  g.lends = own;
  run();
  assert_true(heard() == 8.0F && !p.in_place && p.in[0] == own); // what is lent is never written
  assert_true(own[0] == 4.0F && own[N - 1] == 4.0F);
}

static void lent_memory_is_faded_without_a_copy_of_it(void **state) {
  float own[N];
  for (uint32_t i = 0; i < N; i++)
    own[i] = 4.0F;
  Probe g = {.lends = own}, p = {.gain = 3.0F};
  step_proc(SQ_STEP_GENERATE, engine_rig_proc(&rig, &generator, &g, 0, 2));
  SqRtProc *proc = add(&in_place, &p);
  sq_rt_signal_init(&proc->wet, 0.25F);
  run();
  assert_true(heard() == 4.0F + 0.25F * 8.0F && own[3] == 4.0F);
}

static void a_silent_generator_sleeps_until_an_event(void **state) {
  Probe g = {.silent = true};
  SqRtProc *proc = engine_rig_proc(&rig, &generator, &g, 0, 2);
  step_proc(SQ_STEP_GENERATE, proc);
  run();
  assert_true(g.calls == 1 && desk.out->written[0] != gone());
  run();
  assert_int_equal(g.calls, 1);
  SqRtEvent event = {.kind = SQ_EVENT_NOTE_ON};
  deliver(proc, NULL, &event);
  g.silent = false;
  g.offset = 1.0F;
  run();
  assert_true(g.calls == 2 && g.n_events == 1 && heard() == 1.0F);
  run();
  assert_true(g.calls == 3 && g.n_events == 0);
}

static void what_it_sends_out_is_reported(void **state) {
  Probe g = {.sends = 2};
  SqRtProc *proc = engine_rig_proc(&rig, &generator, &g, 0, 2);
  step_proc(SQ_STEP_GENERATE, proc);
  rig.engine->frame = 1000;
  run();
  SqRtReport r;
  for (uint32_t i = 0; i < 2; i++) {
    assert_true(engine_rig_report(&rig, SQ_REPORT_OUT, &r));
    assert_true(r.frame == 1003 + i && r.slot == proc->object.slot && r.generation == 1 && r.event == SQ_EVENT_CC);
    assert_true(r.index == 7 && r.id == 5 && r.key == 60.5F && r.value == 0.25 && r.midi[0] == 1 && r.midi[3] == 4);
  }
  assert_false(engine_rig_report(&rig, SQ_REPORT_OUT, &r));
}

// ---- what third parties do ------------------------------------------------------------------------------------------

static void insane_output_is_thrown_away(void **state) {
  Probe p = {.gain = 1.0F, .poisons = true}, after = {.gain = 1.0F, .offset = 0.5F};
  SqRtProc *proc = add(&third_party, &p);
  add(&apart, &after);
  feed(1.0F);
  run();
  assert_true(heard() == 0.5F && proc->insane == 1 && p.resets == 1);
  SqRtReport r;
  assert_true(engine_rig_report(&rig, SQ_REPORT_INSANE, &r));
  assert_true(r.slot == proc->object.slot && r.generation == 1 && r.frame == rig.engine->frame - N);
  feed(1.0F);
  p.poisons = false;
  run();
  assert_true(heard() == 2.5F && proc->insane == 1);
}

static void an_insane_generator_too(void **state) {
  Probe g = {.offset = 1.0F, .poisons = true};
  SqRtProc *proc = engine_rig_proc(&rig, &third_party, &g, 0, 2);
  step_proc(SQ_STEP_GENERATE, proc);
  run();
  assert_true(heard() == 0.0F && proc->insane == 1);
  g.poisons = false;
  run();
  assert_true(heard() == 1.0F);
}

// ---- sidechains, hosts, delays, taps --------------------------------------------------------------------------------

static void a_sidechain_hears_its_strip_or_zeros(void **state) {
  Probe p = {.gain = 1.0F};
  SqRtProc *proc = add(&apart, &p);
  proc->n_side = 2;
  feed(1.0F);
  run();
  assert_true(p.side == -1.0F); // none is connected
  SqRtSum *memory = engine_rig_sum(&rig, 1);
  SqRtAux aux = {.n_channels = 1, .written = coming(), .x = memory->x};
  memory->x[0][0] = 7.0F;
  desk.steps[0].side = &aux;
  run();
  assert_true(p.side == 7.0F); // a narrower one is repeated
  feed(1.0F);
  run();
  assert_true(p.side == 0.0F); // its strip did not play
}

static void a_copy_for_a_sidechain_is_before_or_after_the_fader(void **state) {
  SqRtSum *memory = engine_rig_sum(&rig, 3);
  SqRtAux pre = {.n_channels = 2, .x = memory->x}, post = {.n_channels = 1, .x = memory->x + 2};
  sq_rt_signal_init(&desk.strip->fader, 0.5F);
  step((SqRtStep){.kind = SQ_STEP_AUX, .u.aux = &pre});
  step((SqRtStep){.kind = SQ_STEP_AUX, .post = true, .u.aux = &post});
  feed(1.0F);
  run();
  assert_true(pre.x[0][9] == 1.0F && pre.x[1][9] == 2.0F && post.x[0][9] == 0.5F);
  assert_true(pre.written == gone() && post.written == gone());
}

static void a_host_is_begun_then_collected(void **state) {
  Probe p = {0}, after = {.gain = 1.0F, .offset = 0.5F};
  SqRtProc *proc = engine_rig_proc(&rig, &host, &p, 2, 2);
  step_proc(SQ_STEP_BEGIN, proc);
  step_proc(SQ_STEP_COLLECT, proc);
  add(&in_place, &after);
  feed(1.0F);
  run();
  assert_true(p.calls == 1 && p.amount == 0.5F && p.collects == 1 && heard() == 2.5F);
  p.poisons = true;
  feed(1.0F);
  run();
  assert_true(heard() == 0.5F && proc->insane == 1);
  p.poisons = false;
  sq_rt_signal_init(&proc->wet, 0.25F); // three quarters of what went past it
  feed(1.0F);
  run();
  assert_true(heard() == 2.0F + 0.5F && desk.out->x[0][3] == 0.75F + 0.5F + 0.5F);
  sq_rt_signal_init(&proc->wet, 1.0F);
  p.silent = after.silent = true;
  after.offset = 0.0F;
  run();
  assert_true(desk.out->written[0] != gone());
}

static void an_edge_reads_through_its_delay(void **state) {
  SqRtDelay *delay = sq_link_delay_new(2, 100);
  Probe p = {.gain = 1.0F};
  SqRtEdge *dry = engine_rig_edge(&rig, desk.strip, engine_rig_sum(&rig, 2));
  SqRtEdge *late = engine_rig_edge(&rig, desk.strip, engine_rig_sum(&rig, 2));
  add(&apart, &p);
  step((SqRtStep){.kind = SQ_STEP_EDGE, .u.edge = dry});
  step((SqRtStep){.kind = SQ_STEP_DELAY, .u.delay = delay});
  step((SqRtStep){.kind = SQ_STEP_EDGE, .u.edge = late});
  for (uint32_t piece = 0; piece < 40; piece++) { // round the line more than once
    for (uint32_t c = 0; c < 2; c++)
      for (uint32_t i = 0; i < N; i++)
        desk.in->x[c][i] = (float)(piece * N + i + 1) * (float)(c + 1);
    desk.in->written[0] = desk.in->written[1] = coming();
    run();
    for (uint32_t i = 0; i < N; i++) {
      const int64_t at = (int64_t)piece * N + i - 100;
      assert_true(late->sum->x[1][i] == (at < 0 ? 0.0F : 2.0F * (float)(at + 1)));
      assert_true(dry->sum->x[0][i] == (float)(piece * N + i + 1)); // those before and behind are not delayed
      assert_true(desk.out->x[0][i] == (float)(piece * N + i + 1));
    }
  }
  run(); // what is still in the line is heard although the strip is silent by now
  assert_true(late->sum->written[0] == gone() && late->sum->x[0][0] > 0.0F);
  SqRtDelay *none = sq_link_delay_new(2, 0);
  assert_ptr_equal(sq_rt_delay_run(none, rig.in, rig.engine->scratch.aside, N), rig.in);
  free(delay);
  free(none);
}

static void a_tap_takes_before_or_after_the_fader(void **state) {
  float memory[2][512], frame[2];
  SqRtTap *pre = engine_rig_new(&rig, 1, sizeof *pre), *post = engine_rig_new(&rig, 1, sizeof *post);
  assert_true(sq_rt_tap_init(pre, memory[0], 2, 256) && sq_rt_tap_init(post, memory[1], 2, 256));
  sq_rt_tap_start(pre, 0);
  sq_rt_tap_start(post, 0);
  sq_rt_signal_init(&desk.strip->fader, 0.5F);
  step((SqRtStep){.kind = SQ_STEP_TAP, .u.tap = pre});
  step((SqRtStep){.kind = SQ_STEP_TAP, .post = true, .u.tap = post});
  feed(1.0F);
  run();
  assert_int_equal(sq_ring_count(&pre->ring), N);
  assert_true(sq_ring_read(&pre->ring, frame) && frame[0] == 1.0F && frame[1] == 2.0F);
  assert_true(sq_ring_read(&post->ring, frame) && frame[0] == 0.5F && frame[1] == 1.0F);
}

static void a_strip_that_goes_nowhere_is_metered(void **state) {
  desk.alone = true;
  feed(1.0F);
  run();
  const SqMeterBank *bank = engine_rig_meter(desk.strip, 0);
  assert_true(bank->pre[1].peak == 2.0F && bank->post[0].peak == 1.0F && bank->frames == N);
}

#define WITH_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_DESK(sums_are_added_in_order),
      WITH_DESK(one_channel_without_input_is_silent),
      WITH_DESK(a_chain_works_in_place_where_it_may),
      WITH_DESK(outputs_of_a_processor_are_kept_for_control),
      WITH_DESK(signals_move_and_rest),
      WITH_DESK(a_silent_chain_sleeps_until_something_comes),
      WITH_DESK(bypassed_it_costs_nothing_but_keeps_its_values),
      WITH_DESK(it_fades_in_from_a_reset_and_out_again),
      WITH_DESK(dry_silence_is_silent_too),
      WITH_DESK(a_generator_fills_the_strip_or_lends_its_own_memory),
      WITH_DESK(lent_memory_is_faded_without_a_copy_of_it),
      WITH_DESK(a_silent_generator_sleeps_until_an_event),
      WITH_DESK(what_it_sends_out_is_reported),
      WITH_DESK(insane_output_is_thrown_away),
      WITH_DESK(an_insane_generator_too),
      WITH_DESK(a_sidechain_hears_its_strip_or_zeros),
      WITH_DESK(a_copy_for_a_sidechain_is_before_or_after_the_fader),
      WITH_DESK(a_host_is_begun_then_collected),
      WITH_DESK(an_edge_reads_through_its_delay),
      WITH_DESK(a_tap_takes_before_or_after_the_fader),
      WITH_DESK(a_strip_that_goes_nowhere_is_metered),
  };
  return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
