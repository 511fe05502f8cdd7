// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_rig.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/memory.h"
#include "engine/coast.h"

void engine_rig_open(EngineRig *rig) {
  memset(rig, 0, sizeof *rig);
  rig->link.config = (SqLinkConfig){.rate = RIG_RATE, .ceiling_db = 0.0};
  rig->link.transport = (SqPosition){.bpm = 120.0, .beats_per_bar = 4, .beat_unit = 4};
  rig->engine = rig->link.engine = sq_link_engine_new(&rig->link);
  rig->next_slot = 1;
  for (uint32_t c = 0; c < SQ_MAX_CHANNELS; c++) {
    rig->in[c] = rig->ramp[c];
    for (uint32_t i = 0; i < SQ_MAX_BLOCK; i++)
      rig->ramp[c][i] = (float)(c + 1) + (float)i / 1024.0F;
  }
}

void engine_rig_close(EngineRig *rig) {
  for (uint32_t i = 0; i < rig->n_owned; i++)
    free(rig->owned[i]);
  sq_link_engine_free(&rig->link);
}

static void *own(EngineRig *rig, void *memory) {
  assert_true(memory && rig->n_owned < sizeof rig->owned / sizeof rig->owned[0]);
  return rig->owned[rig->n_owned++] = memory;
}

void *engine_rig_new(EngineRig *rig, size_t n, size_t size) {
  return own(rig, calloc(n ? n : 1, size));
}

static void take_slot(EngineRig *rig, SqRtObject *object) {
  object->slot = rig->next_slot++;
  object->generation = 1;
  rig->engine->slots[object->slot] = (SqRtSlot){1, object};
}

SqRtSum *engine_rig_sum(EngineRig *rig, uint32_t n_channels) {
  return own(rig, sq_link_sum_new(n_channels));
}

SqRtStrip *engine_rig_strip(EngineRig *rig, uint32_t n_channels) {
  SqRtStrip *strip = engine_rig_new(rig, 1, sizeof *strip);
  strip->object.kind = SQ_RT_STRIP;
  strip->n_channels = n_channels;
  strip->meter = own(rig, sq_link_meter_new(n_channels));
  if (n_channels == 2) {
    strip->coast = strip->object.coast = own(rig, sq_alloc_audio(1, sizeof *strip->coast));
    *strip->coast = (SqRtCoast){.strip = strip, .epoch = UINT32_MAX};
  }
  sq_rt_signal_init(&strip->fader, 1.0F);
  sq_rt_signal_init(&strip->audible, 1.0F);
  take_slot(rig, &strip->object);
  return strip;
}

const SqMeterBank *engine_rig_meter(SqRtStrip *strip, uint32_t epoch) {
  SqMeterBank *bank = &strip->meter->banks[epoch & 1];
  if (strip->coast) {
    SqMeterSquares *squares = &strip->coast->squares[epoch & 1];
    sq_rt_squares_book(squares, bank->pre, bank->post);
    bank->frames += squares->frames;
    *squares = (SqMeterSquares){.fader = squares->fader, .revision = squares->revision};
  }
  return bank;
}

SqRtEdge *engine_rig_edge(EngineRig *rig, SqRtStrip *strip, SqRtSum *sum) {
  SqRtEdge *edge = engine_rig_new(rig, 1, sizeof *edge + strip->n_channels * sizeof edge->lanes[0]);
  edge->object.kind = SQ_RT_EDGE;
  edge->object.coast = strip->coast;
  edge->strip = strip;
  edge->sum = sum;
  edge->cached = UINT64_MAX;
  edge->n_lanes = strip->n_channels;
  sq_rt_signal_init(&edge->level, 1.0F);
  for (uint32_t i = 0; i < edge->n_lanes; i++) {
    edge->lanes[i] = (SqRtLane){.from = (uint16_t)i, .to = (uint16_t)i, .measures = true};
    sq_rt_signal_init(&edge->lanes[i].gain, 1.0F);
  }
  take_slot(rig, &edge->object);
  return edge;
}

SqRtProc *engine_rig_proc(EngineRig *rig, const SqProcessorType *type, void *instance, uint32_t n_in, uint32_t n_out) {
  SqRtProc *proc = engine_rig_new(rig, 1, sizeof *proc);
  proc->object.kind = SQ_RT_PROC;
  proc->type = type;
  proc->instance = instance;
  proc->n_in = n_in;
  proc->n_out = n_out;
  proc->n_signals = sq_proc_count_signals(type);
  proc->signals = engine_rig_new(rig, proc->n_signals + 1, sizeof *proc->signals);
  proc->views = engine_rig_new(rig, proc->n_signals + 1, sizeof *proc->views);
  proc->outputs = engine_rig_new(rig, type->n_params + 1, sizeof *proc->outputs);
  for (uint32_t i = 0; i < type->n_params; i++)
    proc->shows |= type->params[i].output && type->output_value;
  for (uint32_t i = 0, k = 0; i < type->n_params; i++)
    if (type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output)
      sq_rt_signal_init(&proc->signals[k++], (float)type->params[i].def);
  sq_rt_signal_init(&proc->wet, 1.0F);
  sq_rt_signal_init(&proc->feed, 1.0F);
  if (type->begin && n_in)
    proc->dry = engine_rig_sum(rig, n_in)->x;
  take_slot(rig, &proc->object);
  return proc;
}

SqRtProgram *engine_rig_program(EngineRig *rig, SqRtStrip *strip, const SqRtStep *steps, uint32_t n_steps) {
  SqRtProgram *program = engine_rig_new(rig, 1, sizeof *program);
  program->strip = strip;
  program->n_channels = strip->n_channels;
  program->n_steps = n_steps;
  program->steps = engine_rig_new(rig, n_steps, sizeof *steps);
  memcpy(program->steps, steps, n_steps * sizeof *steps);
  for (uint32_t i = 0; i < n_steps; i++) {
    program->phased |= steps[i].kind == SQ_STEP_BEGIN;
    program->steps[i].plain = sq_rt_step_plain(&steps[i]);
  }
  return program;
}

SqRtPlan *engine_rig_plan(EngineRig *rig, SqRtProgram *const *programs, uint32_t n, SqRtSum *hardware) {
  SqRtPlan *plan = engine_rig_new(rig, 1, sizeof *plan);
  plan->n_programs = plan->n_levels = n;
  plan->programs = engine_rig_new(rig, n, sizeof(SqRtProgram *));
  if (n)
    memcpy(plan->programs, programs, n * sizeof(SqRtProgram *));
  plan->levels = engine_rig_new(rig, n, sizeof *plan->levels);
  plan->resume = engine_rig_new(rig, n, sizeof *plan->resume);
  plan->coasters = engine_rig_new(rig, n + SQ_FETCH_AHEAD, sizeof *plan->coasters);
  for (uint32_t i = 0; i < n; i++)
    plan->levels[i] = (SqRtLevel){.first = i, .n = 1, .phased = programs[i]->phased};
  plan->hardware = hardware;
  return plan;
}

void engine_rig_post(EngineRig *rig, SqRtMessage message) {
  assert_true(sq_ring_write(rig->engine->queue, &message));
}

void engine_rig_set(EngineRig *rig, const SqRtObject *object, uint32_t index, double value, uint32_t length,
                    uint64_t frame) {
  engine_rig_post(rig, (SqRtMessage){.kind = SQ_MESSAGE_SET,
                                     .slot = object->slot,
                                     .generation = object->generation,
                                     .frame = frame,
                                     .index = index,
                                     .value = value,
                                     .length = length,
                                     .curve = SQ_CURVE_LINEAR});
}

void engine_rig_event(EngineRig *rig, const SqRtObject *object, SqEventKind kind, uint32_t id, uint64_t frame) {
  engine_rig_post(rig, (SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                     .event = (uint16_t)kind,
                                     .slot = object->slot,
                                     .generation = object->generation,
                                     .frame = frame,
                                     .id = id});
}

void engine_rig_play(EngineRig *rig, SqRtPlan *plan) {
  engine_rig_post(rig, (SqRtMessage){.kind = SQ_MESSAGE_PLAN, .data = plan});
}

void engine_rig_piece(EngineRig *rig, uint32_t n) {
  rig->engine->frame += n;
  rig->engine->piece++;
}

bool engine_rig_report(EngineRig *rig, SqReportKind kind, SqRtReport *report) {
  while (sq_ring_read(rig->engine->reports, report))
    if (report->kind == kind)
      return true;
  return false;
}
