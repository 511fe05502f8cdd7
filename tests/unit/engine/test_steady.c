// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Effects to which nothing happens take a shorter way: a long random story is told twice, once with that way barred,
/// and every bit, block, event and report must be the same.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine_rig.h"

enum { EFFECTS = 5, MOVER = 3, PIECES = 3000, LONGEST = 40 };

/// FNV-1a (Fowler, Noll, Vo): everything that was seen, in order.
typedef struct {
  uint64_t hash;
} Log;

static void note(Log *log, const void *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    log->hash = (log->hash ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
}

static void note_number(Log *log, uint64_t number) {
  note(log, &number, sizeof number);
}

// ---- effects --------------------------------------------------------------------------------------------------------

typedef struct {
  Log log;
  uint32_t number, resets, latency;
  bool in_place; ///< it may get the same buffers
  float state;   ///< of a filter, so that what was missed once is heard for ever
  double stepped;
} Effect;

static bool happens(uint64_t frame, uint32_t number, uint32_t every) {
  return (frame * 2654435761u + number * 977u) % every == 0;
}

static void note_block(Effect *e, const SqRtBlock *block) {
  note_number(&e->log, block->frame);
  note_number(&e->log, block->n_frames);
  note_number(&e->log, (uint64_t)block->n_in << 16 | block->n_out << 8 | block->n_side);
  note(&e->log, block->time, sizeof *block->time);
  for (const SqRtEvent *event = block->events; event; event = event->next) {
    note_number(&e->log, (uint64_t)event->offset << 32 | (uint64_t)event->kind << 16 | event->index);
    if (event->kind == SQ_EVENT_PARAM)
      e->stepped = event->value;
  }
}

static SqRtResult process(void *instance, const SqRtBlock *block) {
  Effect *e = instance;
  assert_true(block->in[0] != block->out[0] || e->in_place);
  note_block(e, block);
  const float before = e->state;
  bool silent = true;
  for (uint32_t i = 0; i < block->n_frames; i++) {
    float x[2] = {block->in[0][i], block->in[1][i]};
    const float side = block->side ? block->side[1][i] : 0.0F;
    e->state = 0.5F * e->state + x[0] + 0.25F * side;
    e->state = fabsf(e->state) < 1e-3F ? 0.0F : e->state;
    for (uint32_t c = 0; c < 2; c++) {
      const float y = x[c] * sq_signal_at(&block->signals[0], i) + e->state * sq_signal_at(&block->signals[1], i);
      block->out[c][i] = y * (1.0F + (float)e->stepped) * 0.4F;
      silent &= block->out[c][i] == 0.0F;
    }
    if (happens(block->frame + i, e->number, 3001) && e->state != 0.0F)
      block->out[1][i] = e->number % 2 ? NAN : -INFINITY;
    if (happens(block->frame + i, e->number, 811) && e->state != 0.0F)
      block->events_out->events[block->events_out->n++] =
          (SqRtEvent){.offset = i, .kind = SQ_EVENT_CC, .id = e->number};
  }
  return silent && e->state == 0.0F && before == 0.0F ? SQ_RT_SILENT : SQ_RT_SOUND;
}

static void reset(void *instance) {
  Effect *e = instance;
  e->resets++;
  e->state = 0.0F;
}

static uint32_t latency(const void *instance) {
  return ((const Effect *)instance)->latency;
}

static float output_value(const void *instance, uint32_t param) {
  return ((const Effect *)instance)->state + (float)param;
}

static const SqParamInfo params[] = {{.symbol = "dry", .max = 1.0, .def = 1.0, .value_class = SQ_CLASS_SIGNAL},
                                     {.symbol = "mode", .max = 9.0, .value_class = SQ_CLASS_STEPPED},
                                     {.symbol = "wet", .max = 1.0, .def = 0.5, .value_class = SQ_CLASS_SIGNAL},
                                     {.symbol = "seen", .max = 1.0, .value_class = SQ_CLASS_SIGNAL, .output = true}};

#define TYPE(what, n)                                                                                                  \
  {                                                                                                                    \
    .id = "effect", .flags = SQ_PROC_EFFECT | (what), .params = params, .n_params = (n), .process = process,           \
    .reset = reset, .latency = latency, .output_value = output_value                                                   \
  }
static const SqProcessorType types[EFFECTS] = {
    TYPE(SQ_PROC_IN_PLACE | SQ_PROC_NEEDS_DSP_GUARD, 3), TYPE(SQ_PROC_NEEDS_DSP_GUARD | SQ_PROC_SIDECHAIN, 4),
    TYPE(SQ_PROC_IN_PLACE | SQ_PROC_SEPARATE | SQ_PROC_NEEDS_DSP_GUARD, 3),
    TYPE(SQ_PROC_IN_PLACE | SQ_PROC_NEEDS_DSP_GUARD, 4), TYPE(SQ_PROC_SEPARATE | SQ_PROC_NEEDS_DSP_GUARD, 3)};

// ---- what they hear -------------------------------------------------------------------------------------------------

typedef struct {
  float own[2][LONGEST];
  uint32_t mood; ///< 0: silent, 1: fills the buffer, 2: lends its own
} Source;

static SqRtResult generate(void *instance, const SqRtBlock *block) {
  Source *s = instance;
  for (uint32_t c = 0; c < 2; c++) {
    for (uint32_t i = 0; i < block->n_frames; i++)
      s->own[c][i] = s->mood ? sinf((float)(block->frame + i) * (0.1F + 0.01F * (float)c)) : 0.0F;
    if (s->mood == 2)
      block->out[c] = s->own[c];
    else
      memcpy(block->out[c], s->own[c], block->n_frames * sizeof(float));
  }
  return s->mood ? SQ_RT_SOUND : SQ_RT_SILENT;
}

static const SqProcessorType source_type = {
    .id = "source", .flags = SQ_PROC_GENERATOR | SQ_PROC_BORROWS, .process = generate, .reset = reset};

// ---- the story ------------------------------------------------------------------------------------------------------

typedef struct {
  EngineRig rig;
  Source source;
  Effect effects[EFFECTS];
  SqRtProc *procs[EFFECTS], *generator;
  SqRtProgram *programs[2]; ///< without and with a sidechain
  SqRtPlan *plans[2];
  SqRtSum *sum;
  SqRtAux aux;
  Log log;
  uint32_t seed, steady;
} Story;

static uint32_t roll(Story *s, uint32_t n) {
  s->seed = s->seed * 1664525u + 1013904223u;
  return (s->seed >> 8) % n;
}

static void open_story(Story *s) {
  memset(s, 0, sizeof *s);
  engine_rig_open(&s->rig);
  s->seed = 7;
  SqRtStrip *strip = engine_rig_strip(&s->rig, 2);
  s->sum = engine_rig_sum(&s->rig, 2);
  s->aux = (SqRtAux){.n_channels = 2, .x = engine_rig_sum(&s->rig, 2)->x};
  s->generator = engine_rig_proc(&s->rig, &source_type, &s->source, 0, 2);
  SqRtEdge *edge = engine_rig_edge(&s->rig, strip, s->sum);
  SqRtStep steps[EFFECTS + 3] = {{.kind = SQ_STEP_GENERATE, .u.proc = s->generator}};
  for (uint32_t k = 0; k < EFFECTS; k++) {
    s->effects[k] = (Effect){.number = k,
                             .latency = k == 2 ? 13 : 0,
                             .in_place = (types[k].flags & (SQ_PROC_IN_PLACE | SQ_PROC_SEPARATE)) == SQ_PROC_IN_PLACE};
    s->procs[k] = engine_rig_proc(&s->rig, &types[k], &s->effects[k], 2, 2);
    s->procs[k]->n_side = k == 1 ? 2 : 0;
    steps[k + 2] = (SqRtStep){.kind = SQ_STEP_PROCESS, .u.proc = s->procs[k]};
  }
  steps[1] = steps[MOVER + 2]; // its other place
  steps[1].place = 1;
  steps[MOVER + 2].place = 2;
  steps[EFFECTS + 2] = (SqRtStep){.kind = SQ_STEP_EDGE, .measures = true, .u.edge = edge};
  for (uint32_t p = 0; p < 2; p++) {
    steps[3].side = p ? &s->aux : NULL;
    s->programs[p] = engine_rig_program(&s->rig, strip, steps, EFFECTS + 3);
    s->plans[p] = engine_rig_plan(&s->rig, &s->programs[p], 1, NULL);
  }
  s->rig.engine->plan = s->plans[0];
}

/// What may come before a cycle of n frames, most often nothing; its frame lies somewhere in the cycle.
static void something_happens(Story *s, uint32_t n) {
  const uint64_t at = s->rig.engine->frame + roll(s, n);
  SqRtProc *proc = s->procs[roll(s, EFFECTS)];
  switch (roll(s, 40)) {
  case 0:
    engine_rig_set(&s->rig, &proc->object, roll(s, 2), roll(s, 5) * 0.25, roll(s, 60), at);
    break;
  case 1:
    engine_rig_event(&s->rig, &proc->object, SQ_EVENT_CC, 1, at);
    break;
  case 2:
    engine_rig_post(&s->rig, (SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                           .event = SQ_EVENT_PARAM,
                                           .slot = proc->object.slot,
                                           .generation = proc->object.generation,
                                           .frame = at,
                                           .index = 1,
                                           .value = roll(s, 3) * 0.5});
    break;
  case 3:
    engine_rig_set(&s->rig, &proc->object, SQ_PROC_WET, roll(s, 3) ? 1.0 : 0.0, roll(s, 60), at);
    break;
  case 4:
    s->source.mood = roll(s, 3);
    s->generator->idle = false;
    break;
  case 5:
    s->rig.engine->plan = s->plans[roll(s, 2)];
    break;
  case 6:
    engine_rig_post(&s->rig, (SqRtMessage){.kind = SQ_MESSAGE_TRANSPORT,
                                           .frame = at,
                                           .index = roll(s, 2),
                                           .key = 90.0F + (float)roll(s, 60),
                                           .length = 4u << 16 | 4u});
    break;
  case 7:
    engine_rig_post(&s->rig, (SqRtMessage){.kind = SQ_MESSAGE_SET,
                                           .flags = SQ_MESSAGE_MOVE,
                                           .slot = s->procs[MOVER]->object.slot,
                                           .generation = s->procs[MOVER]->object.generation,
                                           .frame = at,
                                           .index = SQ_PROC_WET,
                                           .length = roll(s, 60)});
    break;
  default:
    break;
  }
}

static void note_reports(Story *s) {
  SqRtReport r;
  while (sq_ring_read(s->rig.engine->reports, &r)) {
    note_number(&s->log, r.frame);
    note_number(&s->log, (uint64_t)r.kind << 32 | r.slot);
    note_number(&s->log, r.id);
  }
}

/// One cycle; `barred`: no effect is known to be steady.
static void tell(Story *s, bool barred) {
  const uint32_t n = 1 + roll(s, LONGEST);
  something_happens(s, n);
  for (uint32_t k = 0; k < EFFECTS; k++)
    if (barred)
      s->procs[k]->steady = false;
    else
      s->steady += s->procs[k]->steady;
  for (uint32_t i = 0; i < n; i++)
    s->aux.x[0][i] = s->aux.x[1][i] = (float)(i + 1);
  s->aux.written = s->rig.engine->piece + 1;
  s->sum->written[0] = s->sum->written[1] = 0;
  sq_rt_engine_process(s->rig.engine, NULL, 0, NULL, 0, n);
  for (uint32_t c = 0; c < 2; c++) {
    note_number(&s->log, s->sum->written[c]);
    if (s->sum->written[c] == s->rig.engine->piece - 1)
      note(&s->log, s->sum->x[c], n * sizeof(float));
  }
  for (uint32_t k = 0; k < EFFECTS; k++) {
    note(&s->log, &s->effects[k].state, sizeof(float));
    note_number(&s->log, s->effects[k].resets);
    note_number(&s->log, s->procs[k]->insane);
    for (uint32_t i = 0; i < types[k].n_params; i++) {
      const float seen = atomic_load(&s->procs[k]->outputs[i]);
      note(&s->log, &seen, sizeof seen);
    }
  }
  note_reports(s);
}

static void the_short_way_is_the_same(void **state) {
  static Story short_way, long_way;
  open_story(&short_way);
  open_story(&long_way);
  for (uint32_t piece = 0; piece < PIECES; piece++) {
    tell(&short_way, false);
    tell(&long_way, true);
    if (short_way.log.hash != long_way.log.hash)
      fail_msg("piece %u differs", piece);
    for (uint32_t k = 0; k < EFFECTS; k++)
      if (short_way.effects[k].log.hash != long_way.effects[k].log.hash)
        fail_msg("what effect %u was given in piece %u differs", k, piece);
  }
  uint32_t insane = 0, resets = 0;
  for (uint32_t k = 0; k < EFFECTS; k++) {
    insane += short_way.procs[k]->insane;
    resets += short_way.effects[k].resets;
  }
  assert_in_range(short_way.steady, PIECES, 4 * PIECES); // both ways were taken often
  assert_true(insane > 20 && resets > insane + 20 && long_way.steady == 0);
  engine_rig_close(&short_way.rig);
  engine_rig_close(&long_way.rig);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_short_way_is_the_same)};
  return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
