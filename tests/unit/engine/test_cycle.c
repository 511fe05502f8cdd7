// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The cycle: what is sent arrives at its frame, in order, once; time is cut where it must be and nowhere else.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine_rig.h"

static EngineRig rig;
static float out[2][4096];

// ---- a generator that writes down its blocks ------------------------------------------------------------------------

typedef struct {
  uint64_t frame;
  uint32_t id, kind;
} Heard;

typedef struct {
  uint32_t n_blocks, n_heard, begins, collects;
  uint64_t starts[256];
  uint32_t lengths[256];
  SqRtTime times[256];
  Heard heard[512];
  SqProcData *data;
  bool refuses;
  const float *hardware;
  uint32_t n_hardware;
  uint32_t *order, at_begin, at_collect;
} Probe;

static SqRtResult process(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  if (p->n_blocks < 256) {
    p->starts[p->n_blocks] = block->frame;
    p->lengths[p->n_blocks] = block->n_frames;
    p->times[p->n_blocks] = *block->time;
  }
  p->n_blocks++;
  p->n_hardware = block->n_hardware;
  p->hardware = block->n_hardware ? block->hardware[0] : NULL;
  for (const SqRtEvent *e = block->events; e; e = e->next) {
    assert_true(e->offset < block->n_frames);
    p->heard[p->n_heard++] = (Heard){block->frame + e->offset, e->id, e->kind};
  }
  for (uint32_t c = 0; c < block->n_out; c++)
    for (uint32_t i = 0; i < block->n_frames; i++)
      block->out[c][i] = 0.5F * (float)(c + 1) * sq_signal_at(&block->signals[0], i);
  return SQ_RT_SOUND;
}

static void begin(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  p->begins++;
  p->at_begin = (*p->order)++;
}

static SqRtResult collect(void *instance, const SqRtBlock *block) {
  Probe *p = instance;
  p->collects++;
  p->at_collect = (*p->order)++;
  for (uint32_t c = 0; c < block->n_out; c++)
    memset(block->out[c], 0, block->n_frames * sizeof(float));
  return SQ_RT_SOUND;
}

static SqProcData *swap(void *instance, SqProcData *data) {
  Probe *p = instance;
  if (p->refuses)
    return data;
  SqProcData *old = p->data;
  p->data = data;
  return old;
}

static const SqParamInfo params[] = {{.symbol = "level", .max = 9.0, .def = 1.0, .value_class = SQ_CLASS_SIGNAL}};
static const SqProcessorType type = {
    .id = "probe", .flags = SQ_PROC_GENERATOR, .params = params, .n_params = 1, .process = process, .swap = swap};
static const SqProcessorType deaf = {
    .id = "deaf", .flags = SQ_PROC_GENERATOR, .params = params, .n_params = 1, .process = process};
static const SqProcessorType host = {.id = "host",
                                     .flags = SQ_PROC_EFFECT,
                                     .params = params,
                                     .n_params = 1,
                                     .process = process,
                                     .begin = begin,
                                     .collect = collect};

static Probe probe;
static SqRtProc *proc;
static SqRtSum *hardware;
static SqRtPlan *plan;

static SqRtPlan *plan_of(SqRtProc *generator, SqRtSum *sum) {
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  const SqRtStep steps[] = {{.kind = SQ_STEP_GENERATE, .u.proc = generator},
                            {.kind = SQ_STEP_EDGE, .u.edge = engine_rig_edge(&rig, strip, sum)}};
  SqRtProgram *program = engine_rig_program(&rig, strip, steps, 2);
  return engine_rig_plan(&rig, &program, 1, sum);
}

static int open_rig(void **state) {
  engine_rig_open(&rig);
  rig.engine->ceiling = 100.0F;
  memset(&probe, 0, sizeof probe);
  proc = engine_rig_proc(&rig, &type, &probe, 0, 2);
  hardware = engine_rig_sum(&rig, 2);
  plan = plan_of(proc, hardware);
  return 0;
}

static int close_rig(void **state) {
  engine_rig_close(&rig);
  return 0;
}

static void cycle(uint32_t n) {
  float *to[2] = {out[0], out[1]};
  sq_rt_engine_process(rig.engine, NULL, 0, to, 2, n);
}

static void cut_at(uint64_t frame, uint32_t id) {
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_MARK, .frame = frame, .id = id});
}

// ---- plans ----------------------------------------------------------------------------------------------------------

static void without_a_plan_it_is_silent(void **state) {
  out[0][0] = out[1][63] = 9.0F;
  cycle(64);
  assert_true(out[0][0] == 0.0F && out[1][63] == 0.0F);
  assert_true(rig.engine->frame == 64 && atomic_load(&rig.engine->frame_now) == 64);
}

static void a_plan_plays_from_the_next_cycle_and_the_old_one_comes_back(void **state) {
  SqRtReport r;
  engine_rig_play(&rig, plan);
  cycle(64);
  assert_true(out[0][0] == 0.5F && out[1][63] == 1.0F);
  assert_false(engine_rig_report(&rig, SQ_REPORT_RETIRED, &r)); // there was none before it
  SqRtPlan *other = plan_of(proc, engine_rig_sum(&rig, 2));
  engine_rig_play(&rig, other);
  cycle(64);
  assert_true(engine_rig_report(&rig, SQ_REPORT_RETIRED, &r));
  assert_true(r.data == plan && r.frame == 64);
  assert_int_equal(probe.n_blocks, 2);
}

static void a_plan_for_later_begins_on_its_frame(void **state) {
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = 100, .data = plan});
  cycle(64);
  assert_true(probe.n_blocks == 0 && rig.engine->armed == plan);
  cycle(64);
  assert_true(out[0][35] == 0.0F && out[0][36] == 0.5F);
  assert_true(probe.n_blocks == 1 && probe.starts[0] == 100 && probe.lengths[0] == 28);
  assert_null(rig.engine->armed);
}

static void an_armed_plan_that_is_replaced_comes_back(void **state) {
  SqRtPlan *other = plan_of(proc, engine_rig_sum(&rig, 2));
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = 100, .data = plan});
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = 120, .data = other});
  cycle(64);
  SqRtReport r;
  assert_true(engine_rig_report(&rig, SQ_REPORT_RETIRED, &r) && r.data == plan);
  cycle(64);
  assert_true(probe.starts[0] == 120 && rig.engine->plan == other);
}

static void a_plan_whose_frame_has_come_is_not_armed(void **state) {
  cycle(64);
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = 64, .data = plan});
  cycle(64);
  assert_true(probe.starts[0] == 64 && probe.lengths[0] == 64);
}

// ---- the order of time ----------------------------------------------------------------------------------------------

static void events_arrive_at_their_frames_in_order(void **state) {
  engine_rig_play(&rig, plan);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_NOTE_ON, 1, 70);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_NOTE_ON, 2, 20);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 3, 70);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 4, 0);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 5, 0);
  cycle(64);
  cycle(64);
  static const Heard want[] = {{0, 4, SQ_EVENT_CC},
                               {0, 5, SQ_EVENT_CC},
                               {20, 2, SQ_EVENT_NOTE_ON},
                               {70, 1, SQ_EVENT_NOTE_ON},
                               {70, 3, SQ_EVENT_CC}};
  assert_int_equal(probe.n_heard, 5);
  for (uint32_t i = 0; i < 5; i++)
    assert_true(probe.heard[i].frame == want[i].frame && probe.heard[i].id == want[i].id &&
                probe.heard[i].kind == want[i].kind);
  assert_int_equal(probe.n_blocks, 2); // events do not cut
}

static void an_event_for_now_does_not_overtake_one_that_waits(void **state) {
  engine_rig_play(&rig, plan);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 1, 64);
  cycle(64);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 2, 64); // due at once, as the one before
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 3, 0);
  cycle(64);
  assert_int_equal(probe.n_heard, 3);
  for (uint32_t i = 0; i < 3; i++)
    assert_true(probe.heard[i].frame == 64 && probe.heard[i].id == i + 1);
}

static void what_comes_late_is_done_at_once_and_told(void **state) {
  engine_rig_play(&rig, plan);
  cycle(100);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_NOTE_OFF, 7, 90);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 8, 100); // just in time
  cycle(64);
  assert_true(probe.n_heard == 2 && probe.heard[0].frame == 100 && probe.heard[0].id == 7);
  SqRtReport r;
  assert_true(engine_rig_report(&rig, SQ_REPORT_LATE, &r));
  assert_true(r.frame == 90 && r.value == 10.0 && r.id == 7 && r.slot == proc->object.slot && r.generation == 1);
  assert_false(engine_rig_report(&rig, SQ_REPORT_LATE, &r));
}

static void a_set_moves_from_its_frame_on(void **state) {
  engine_rig_play(&rig, plan);
  engine_rig_set(&rig, &proc->object, 0, 3.0, 0, 100);
  engine_rig_set(&rig, &proc->object, 0, 5.0, 0, 110);
  engine_rig_set(&rig, &proc->object, 0, 7.0, 0, 110);  // the newest of one frame holds
  engine_rig_set(&rig, &proc->object, 1, 99.0, 0, 105); // another index
  cycle(256);
  assert_true(out[0][99] == 0.5F && out[0][100] == 1.5F && out[0][109] == 1.5F);
  assert_true(out[0][110] == 3.5F && out[0][255] == 3.5F);
  engine_rig_set(&rig, &proc->object, 0, 1.0, 64, 0);
  cycle(64);
  assert_true(out[0][0] == 3.5F && fabsf(out[0][32] - 2.0F) < 1e-6F);
  cycle(64);
  assert_true(out[0][0] == 0.5F && out[0][63] == 0.5F);
}

static void a_fade_may_ask_to_be_told_of_its_arrival(void **state) {
  engine_rig_play(&rig, plan);
  const SqRtEdge *edge = plan->programs[0]->steps[1].u.edge;
  SqRtMessage set = {.kind = SQ_MESSAGE_SET,
                     .slot = edge->object.slot,
                     .generation = 1,
                     .index = SQ_EDGE_LEVEL,
                     .flags = SQ_MESSAGE_TELL,
                     .value = 0.5,
                     .length = 50,
                     .id = 3};
  engine_rig_post(&rig, set);
  engine_rig_set(&rig, &proc->object, 0, 1.0, 10, 0); // this one does not ask
  SqRtReport r;
  cycle(50);
  assert_false(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r));
  cycle(1);
  assert_true(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r));
  assert_true(r.frame == 50 && r.slot == edge->object.slot && r.generation == 1 && r.id == 3 && r.value == 0.5);
  assert_false(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r));
  set.frame = 80;
  engine_rig_post(&rig, set);
  engine_rig_set(&rig, &edge->object, SQ_EDGE_LEVEL, 1.0, 100, 120); // before it is there another comes
  cycle(149);
  assert_true(rig.engine->frame == 200);
  assert_false(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r));
  cycle(64);
  cycle(1); // told behind the piece in which it came to rest
  assert_true(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r) && r.frame == 220 && r.value == 1.0);
  set.frame = 0;
  set.generation = 2; // gone: nobody waits for an answer
  engine_rig_post(&rig, set);
  cycle(100);
  assert_false(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r));
}

static void the_crossfade_of_a_processor_cuts_the_cycle(void **state) {
  SqRtStrip *strip = engine_rig_strip(&rig, 2);
  static Probe effect;
  memset(&effect, 0, sizeof effect);
  SqRtProc *insert = engine_rig_proc(&rig, &type, &effect, 2, 2);
  const SqRtStep steps[] = {{.kind = SQ_STEP_GENERATE, .u.proc = proc},
                            {.kind = SQ_STEP_PROCESS, .u.proc = insert},
                            {.kind = SQ_STEP_EDGE, .u.edge = engine_rig_edge(&rig, strip, hardware)}};
  SqRtProgram *program = engine_rig_program(&rig, strip, steps, 3);
  engine_rig_play(&rig, engine_rig_plan(&rig, &program, 1, hardware));
  engine_rig_set(&rig, &insert->object, SQ_PROC_WET, 0.0, 32, 20);
  SqRtMessage tell = {.kind = SQ_MESSAGE_SET,
                      .slot = insert->object.slot,
                      .generation = 1,
                      .index = SQ_PROC_WET,
                      .flags = SQ_MESSAGE_TELL,
                      .frame = 20,
                      .length = 32};
  engine_rig_post(&rig, tell);
  cycle(64);
  assert_true(effect.n_blocks == 2 && effect.lengths[0] == 20 && effect.starts[1] == 20);
  SqRtReport r;
  cycle(64); // told behind the piece in which it came to rest
  assert_true(engine_rig_report(&rig, SQ_REPORT_SETTLED, &r) && r.frame == 52 && r.value == 0.0);
}

static void what_is_gone_hears_nothing_and_is_counted(void **state) {
  engine_rig_play(&rig, plan);
  SqRtObject old = proc->object;
  old.generation = 2;
  engine_rig_event(&rig, &old, SQ_EVENT_CC, 1, 0);
  engine_rig_event(&rig, &old, SQ_EVENT_CC, 1, 20);
  old.slot = rig.engine->n_slots; // beyond the table
  engine_rig_event(&rig, &old, SQ_EVENT_CC, 1, 0);
  cycle(64);
  SqRtReport r;
  assert_true(engine_rig_report(&rig, SQ_REPORT_STALE, &r) && r.id == 3 && probe.n_heard == 0);
  cycle(64);
  assert_false(engine_rig_report(&rig, SQ_REPORT_STALE, &r)); // told once
  engine_rig_post(
      &rig, (SqRtMessage){.kind = SQ_MESSAGE_SLOT, .slot = proc->object.slot, .generation = 2, .data = &proc->object});
  old.slot = proc->object.slot;
  engine_rig_event(&rig, &old, SQ_EVENT_CC, 1, 0); // the new tenant
  cycle(64);
  assert_int_equal(probe.n_heard, 1);
}

/// A renewal that waits for its frame is overtaken by the giving back of the slot.
static void who_gave_its_slot_back_does_not_return_to_it(void **state) {
  const uint32_t slot = proc->object.slot;
  SqRtObject renewed = proc->object;
  renewed.generation = 2;
  engine_rig_play(&rig, plan);
  engine_rig_post(
      &rig, (SqRtMessage){.kind = SQ_MESSAGE_SLOT, .slot = slot, .generation = 2, .frame = 100, .data = &proc->object});
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_SLOT, .slot = slot, .generation = 2});
  cycle(64);
  cycle(64);
  engine_rig_event(&rig, &renewed, SQ_EVENT_CC, 1, 0);
  cycle(64);
  assert_int_equal(probe.n_heard, 0);
}

static void marks_cut_the_cycle_and_come_back_at_their_frame(void **state) {
  engine_rig_play(&rig, plan);
  cut_at(30, 1);
  cut_at(30, 2);
  cut_at(10, 3);
  cut_at(64, 4); // the next cycle's business
  cut_at(0, 5);
  cycle(64);
  static const uint64_t frames[] = {0, 10, 30, 30, 64};
  static const uint32_t ids[] = {5, 3, 1, 2, 4};
  SqRtReport r;
  for (uint32_t i = 0; i < 4; i++) {
    assert_true(engine_rig_report(&rig, SQ_REPORT_MARKED, &r));
    assert_true(r.frame == frames[i] && r.id == ids[i]);
  }
  assert_false(engine_rig_report(&rig, SQ_REPORT_MARKED, &r));
  assert_true(probe.n_blocks == 3 && probe.lengths[0] == 10 && probe.lengths[1] == 20 && probe.lengths[2] == 34);
  cycle(64);
  assert_true(engine_rig_report(&rig, SQ_REPORT_MARKED, &r) && r.frame == 64 && r.id == 4);
  assert_int_equal(probe.n_blocks, 4);
}

static void a_long_period_is_cut_into_blocks(void **state) {
  engine_rig_play(&rig, plan);
  static float in[2][3000];
  const float *from[2] = {in[0], in[1]};
  float *to[2] = {out[0], out[1]};
  sq_rt_engine_process(rig.engine, from, 2, to, 2, 3000);
  assert_true(probe.n_blocks == 3 && probe.lengths[0] == SQ_MAX_BLOCK && probe.lengths[2] == 3000 - 2 * SQ_MAX_BLOCK);
  assert_true(probe.starts[2] == 2 * SQ_MAX_BLOCK && rig.engine->frame == 3000);
  assert_true(probe.n_hardware == 2 && probe.hardware == in[0] + 2 * SQ_MAX_BLOCK); // inputs go with time
  assert_true(out[0][2999] == 0.5F && out[1][SQ_MAX_BLOCK] == 1.0F);
}

/// The same script in one cycle and in many: events, sets and outputs on the same frames, with the same bits.
static void equal_bits_however_time_is_cut(void **state) {
  enum { N = 600 };
  static float first[2][N];
  Heard heard[8];
  for (uint32_t round = 0; round < 3; round++) {
    if (round) {
      close_rig(state);
      open_rig(state);
    }
    engine_rig_play(&rig, plan);
    engine_rig_set(&rig, &proc->object, 0, 0.3, 333, 17);
    engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 9, 401);
    cut_at(123, 1);
    static float now[2][N];
    const uint32_t period = round == 0 ? N : round == 1 ? 1 : 77;
    for (uint32_t at = 0; at < N; at += period) {
      const uint32_t n = N - at < period ? N - at : period;
      cycle(n);
      for (uint32_t c = 0; c < 2; c++)
        memcpy(now[c] + at, out[c], n * sizeof(float));
    }
    assert_true(probe.n_heard == 1 && probe.heard[0].frame == 401);
    if (round == 0) {
      memcpy(first, now, sizeof now);
      memcpy(heard, probe.heard, sizeof heard);
    }
    assert_memory_equal(first, now, sizeof now);
  }
}

// ---- the transport --------------------------------------------------------------------------------------------------

static void transport_at(uint64_t frame, bool rolling, double beats, uint32_t generation) {
  engine_rig_post(&rig, (SqRtMessage){.kind = SQ_MESSAGE_TRANSPORT,
                                      .frame = frame,
                                      .index = rolling,
                                      .value = beats,
                                      .key = 60.0F,
                                      .length = 3u << 16 | 8u,
                                      .id = generation});
}

static void the_transport_changes_on_its_frame(void **state) {
  engine_rig_play(&rig, plan);
  transport_at(32, true, 4.0, 1);
  cycle(64);
  SqRtReport r;
  assert_true(engine_rig_report(&rig, SQ_REPORT_TRANSPORT, &r));
  assert_true(r.frame == 32 && r.index == 1 && r.value == 4.0 && r.key == 60.0F && r.id == 1);
  const SqRtTime *t = probe.times;
  assert_true(!t[0].rolling && t[0].bpm == 120.0 && t[0].beats == 0.0);
  assert_true(t[1].rolling && t[1].changed && t[1].beats == 4.0 && t[1].bpm == 60.0);
  assert_true(t[1].beats_per_bar == 3 && t[1].beat_unit == 8 && t[1].position_frames == 4 * 48000);
  cycle(64);
  assert_true(t[2].rolling && !t[2].changed);
  assert_true(fabs(t[2].beats - (4.0 + 32.0 / 48000.0)) < 1e-12 && t[2].position_frames == 4 * 48000 + 32);
  transport_at(0, false, (double)NAN, 2); // stays where it is
  cycle(64);
  assert_true(!t[3].rolling && fabs(t[3].beats - (4.0 + 96.0 / 48000.0)) < 1e-12);
  assert_true(engine_rig_report(&rig, SQ_REPORT_TRANSPORT, &r) && r.index == 0 && r.value == t[3].beats);
  cycle(64);
  assert_true(t[4].beats == t[3].beats);
}

static void what_an_older_transport_asked_for_is_void(void **state) {
  engine_rig_play(&rig, plan);
  SqRtMessage m = {.kind = SQ_MESSAGE_EVENT, .event = SQ_EVENT_NOTE_ON, .slot = proc->object.slot, .generation = 1};
  m.frame = 100;
  m.voided_by = 1;
  m.id = 1;
  engine_rig_post(&rig, m);
  m.voided_by = 2;
  m.id = 2;
  engine_rig_post(&rig, m);
  m.voided_by = 0; // valid in any
  m.id = 3;
  engine_rig_post(&rig, m);
  transport_at(50, true, 0.0, 2);
  cycle(128);
  assert_true(probe.n_heard == 2 && probe.heard[0].id == 2 && probe.heard[1].id == 3);
}

// ---- data, clips, rooms ---------------------------------------------------------------------------------------------

static void data_is_exchanged_in_order_and_the_old_comes_back(void **state) {
  SqProcData a = {0}, b = {0};
  engine_rig_play(&rig, plan);
  SqRtMessage m = {
      .kind = SQ_MESSAGE_EVENT, .event = SQ_EVENT_SWAP, .slot = proc->object.slot, .generation = 1, .data = &a};
  proc->idle = true;
  engine_rig_post(&rig, m);
  cycle(64);
  SqRtReport r;
  assert_ptr_equal(probe.data, &a);
  assert_false(proc->idle); // it has something new to say
  assert_false(engine_rig_report(&rig, SQ_REPORT_SWAPPED, &r));
  m.data = &b;
  m.frame = 100;
  engine_rig_post(&rig, m);
  cycle(64);
  assert_true(probe.data == &b && probe.n_blocks == 3 && probe.lengths[1] == 36);
  assert_true(engine_rig_report(&rig, SQ_REPORT_SWAPPED, &r) && r.data == &a && r.frame == 100);
  m.frame = 0;
  m.generation = 9; // nobody's: it comes back itself
  m.data = &a;
  engine_rig_post(&rig, m);
  cycle(64);
  assert_true(engine_rig_report(&rig, SQ_REPORT_SWAPPED, &r) && r.data == &a);
  assert_true(engine_rig_report(&rig, SQ_REPORT_STALE, &r) && r.id == 1);
  SqRtProc *other = engine_rig_proc(&rig, &deaf, &probe, 0, 2);
  m.slot = other->object.slot;
  m.generation = 1;
  engine_rig_post(&rig, m); // one that takes no data
  cycle(64);
  assert_true(engine_rig_report(&rig, SQ_REPORT_SWAPPED, &r) && r.data == &a);
}

static void nothing_above_the_ceiling_leaves(void **state) {
  engine_rig_play(&rig, plan);
  rig.engine->ceiling = 1.0F;
  engine_rig_set(&rig, &proc->object, 0, 1.5, 0, 0); // 0.75 and 1.5, the ceiling is 1
  cycle(1024);
  assert_true(out[0][9] == 0.75F && out[1][9] == 1.0F);
  SqRtReport r;
  assert_true(rig.engine->frame < 12000);
  while (rig.engine->frame < 12000 + 1024)
    cycle(1024);
  assert_true(engine_rig_report(&rig, SQ_REPORT_CLIP, &r)); // at most four a second
  assert_true(r.index == 1 && r.frame >= 12000 && r.frame < 12000 + 1024);
  assert_false(engine_rig_report(&rig, SQ_REPORT_CLIP, &r));
  const uint64_t told = r.frame;
  while (rig.engine->frame < told + 12000)
    cycle(1000);
  cycle(1000);
  assert_true(engine_rig_report(&rig, SQ_REPORT_CLIP, &r) && r.frame >= told + 12000);
}

static void outputs_that_nobody_feeds_are_silent(void **state) {
  float third[64] = {9.0F};
  float *to[3] = {out[0], out[1], third};
  engine_rig_play(&rig, plan);
  sq_rt_engine_process(rig.engine, NULL, 0, to, 3, 64);
  assert_true(out[1][0] == 1.0F && third[0] == 0.0F);
  SqRtPlan *dumb = engine_rig_plan(&rig, NULL, 0, hardware);
  engine_rig_play(&rig, dumb);
  cycle(64); // what the sum holds is of an older piece
  assert_true(out[0][0] == 0.0F && out[1][63] == 0.0F);
}

static void hosts_of_a_level_all_begin_before_the_first_is_collected(void **state) {
  enum { HOSTS = 3 };
  static Probe hosts[HOSTS];
  uint32_t order = 1;
  SqRtProgram *programs[HOSTS + 1];
  memset(hosts, 0, sizeof hosts);
  for (uint32_t i = 0; i < HOSTS; i++) {
    hosts[i].order = &order;
    SqRtProc *p = engine_rig_proc(&rig, &host, &hosts[i], 2, 2);
    SqRtStrip *strip = engine_rig_strip(&rig, 2);
    const SqRtStep steps[] = {{.kind = SQ_STEP_SUM},
                              {.kind = SQ_STEP_BEGIN, .u.proc = p},
                              {.kind = SQ_STEP_COLLECT, .u.proc = p},
                              {.kind = SQ_STEP_BEGIN, .u.proc = p},
                              {.kind = SQ_STEP_COLLECT, .u.proc = p},
                              {.kind = SQ_STEP_METER}};
    const SqRtStep single[] = {steps[0], steps[1], steps[2], steps[5]}; // one has a single host
    programs[i] = i == 1 ? engine_rig_program(&rig, strip, single, 4) : engine_rig_program(&rig, strip, steps, 6);
  }
  programs[HOSTS] = plan->programs[0]; // and one has none
  SqRtPlan *together = engine_rig_plan(&rig, programs, HOSTS + 1, hardware);
  together->n_levels = 1;
  together->levels[0] = (SqRtLevel){.first = 0, .n = HOSTS + 1, .phased = true};
  engine_rig_play(&rig, together);
  cycle(64);
  assert_true(hosts[0].begins == 2 && hosts[1].begins == 1 && hosts[2].begins == 2);
  assert_true(hosts[0].collects == 2 && hosts[1].collects == 1 && hosts[2].collects == 2);
  assert_true(hosts[1].at_begin < hosts[1].at_collect && hosts[1].at_begin == 2);
  assert_int_equal(hosts[1].at_collect, 6); // after 3 begins, and the first one's collect and second begin
  assert_true(hosts[0].at_collect < hosts[2].at_collect && hosts[2].at_begin < hosts[0].at_collect);
  assert_int_equal(probe.n_blocks, 1);
  assert_true(out[0][0] == 0.5F);
}

/// When the control side does not read: what is only told leaves room for what must come back, and what may need
/// room waits in the queue. Nothing that control must have is lost.
static void a_full_report_ring_makes_messages_wait(void **state) {
  SqRtReport r = {.kind = SQ_REPORT_CLIP};
  const uint32_t all = rig.engine->reports->n_items;
  uint32_t told = 0;
  while (sq_rt_engine_report(rig.engine, &r))
    told++;
  assert_true(told == all - all / 4 && atomic_load(&rig.engine->lost_reports) == 1);
  static const SqReportKind musts[] = {SQ_REPORT_RETIRED, SQ_REPORT_SWAPPED, SQ_REPORT_SETTLED, SQ_REPORT_MARKED,
                                       SQ_REPORT_TRANSPORT};
  for (uint32_t i = 0; i < 5; i++)
    assert_true(sq_rt_engine_report(rig.engine, &(SqRtReport){.kind = (uint16_t)musts[i]}));
  r.kind = SQ_REPORT_RETIRED;
  while (sq_rt_engine_report(rig.engine, &r)) {
  }
  assert_int_equal(sq_ring_count(rig.engine->reports), all);
  engine_rig_play(&rig, plan);
  cycle(64);
  assert_true(rig.engine->plan == NULL && probe.n_blocks == 0);
  while (sq_ring_read(rig.engine->reports, &r)) {
  }
  cycle(64);
  assert_true(rig.engine->plan == plan && probe.n_blocks == 1);
}

static void what_finds_no_room_waits_for_the_next_cycle(void **state) {
  engine_rig_play(&rig, plan);
  rig.engine->pending.cap = 5;
  for (uint32_t i = 0; i < 5; i++)
    engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, i, 10 + i);
  cycle(1);
  assert_true(rig.engine->pending.n == 3 && sq_ring_count(rig.engine->queue) == 2);
  cycle(13);
  cycle(13);
  assert_int_equal(probe.n_heard, 5); // late or not, all of them
  rig.engine->n_arena = 4;            // so few events in one cycle
  for (uint32_t i = 0; i < 9; i++)
    engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, i, 0);
  for (uint32_t i = 0; i < 5; i++)
    cycle(8);
  assert_int_equal(probe.n_heard, 14);
  assert_int_equal(atomic_load(&rig.engine->lost_events), 0);
  rig.engine->cuts.cap = 4;
  for (uint32_t i = 0; i < 6; i++)
    cut_at(rig.engine->frame + 100, i);
  SqRtReport r;
  uint32_t marks = 0;
  for (uint32_t i = 0; i < 6; i++) {
    cycle(50);
    while (engine_rig_report(&rig, SQ_REPORT_MARKED, &r))
      marks++;
  }
  assert_int_equal(marks, 6);
}

// ---- while no driver runs -------------------------------------------------------------------------------------------

static void drained_structure_is_done_and_events_are_kept(void **state) {
  rig.engine->frame = 100;
  engine_rig_play(&rig, plan);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 1, 0);
  engine_rig_set(&rig, &proc->object, 0, 3.0, 0, 0);
  engine_rig_event(&rig, &proc->object, SQ_EVENT_CC, 2, 130);
  SqProcData data = {0};
  engine_rig_post(
      &rig,
      (SqRtMessage){
          .kind = SQ_MESSAGE_EVENT, .event = SQ_EVENT_SWAP, .slot = proc->object.slot, .generation = 1, .data = &data});
  sq_rt_engine_drain(rig.engine);
  assert_true(rig.engine->plan == plan && probe.data == &data && probe.n_blocks == 0 && rig.engine->frame == 100);
  cycle(64);
  assert_true(probe.n_heard == 2 && probe.heard[0].frame == 100 && probe.heard[1].frame == 130);
  assert_true(out[0][0] == 1.5F);
  SqRtReport r;
  assert_false(engine_rig_report(&rig, SQ_REPORT_LATE, &r)); // time stood still: nothing is late
}

static void meters_take_the_bank_of_the_cycle(void **state) {
  engine_rig_play(&rig, plan);
  plan->programs[0]->steps[1].measures = true;
  SqRtStrip *strip = plan->programs[0]->strip;
  atomic_store(&rig.engine->meter_epoch, 7);
  cycle(64);
  assert_int_equal(atomic_load(&rig.engine->meter_seen), 7);
  assert_true(engine_rig_meter(strip, 7)->frames == 64 && engine_rig_meter(strip, 6)->frames == 0);
  atomic_store(&rig.engine->meter_epoch, 8);
  cycle(64);
  const SqMeterBank *bank = engine_rig_meter(strip, 8);
  assert_true(engine_rig_meter(strip, 7)->frames == 64 && bank->frames == 64 && bank->pre[1].peak == 1.0F);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RIG(without_a_plan_it_is_silent),
      WITH_RIG(a_plan_plays_from_the_next_cycle_and_the_old_one_comes_back),
      WITH_RIG(a_plan_for_later_begins_on_its_frame),
      WITH_RIG(an_armed_plan_that_is_replaced_comes_back),
      WITH_RIG(a_plan_whose_frame_has_come_is_not_armed),
      WITH_RIG(events_arrive_at_their_frames_in_order),
      WITH_RIG(an_event_for_now_does_not_overtake_one_that_waits),
      WITH_RIG(what_comes_late_is_done_at_once_and_told),
      WITH_RIG(a_set_moves_from_its_frame_on),
      WITH_RIG(a_fade_may_ask_to_be_told_of_its_arrival),
      WITH_RIG(the_crossfade_of_a_processor_cuts_the_cycle),
      WITH_RIG(what_is_gone_hears_nothing_and_is_counted),
      WITH_RIG(who_gave_its_slot_back_does_not_return_to_it),
      WITH_RIG(marks_cut_the_cycle_and_come_back_at_their_frame),
      WITH_RIG(a_long_period_is_cut_into_blocks),
      WITH_RIG(equal_bits_however_time_is_cut),
      WITH_RIG(the_transport_changes_on_its_frame),
      WITH_RIG(what_an_older_transport_asked_for_is_void),
      WITH_RIG(data_is_exchanged_in_order_and_the_old_comes_back),
      WITH_RIG(nothing_above_the_ceiling_leaves),
      WITH_RIG(outputs_that_nobody_feeds_are_silent),
      WITH_RIG(hosts_of_a_level_all_begin_before_the_first_is_collected),
      WITH_RIG(a_full_report_ring_makes_messages_wait),
      WITH_RIG(what_finds_no_room_waits_for_the_next_cycle),
      WITH_RIG(drained_structure_is_done_and_events_are_kept),
      WITH_RIG(meters_take_the_bank_of_the_cycle),
  };
  return cmocka_run_group_tests_name("cycle", tests, NULL, NULL);
}
