// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// An engine with its real memory, and hand-made strips, edges, processors and plans: the audio side alone, without a
/// document or a link. Test programs only.
#ifndef SQ_TESTS_ENGINE_RIG_H
#define SQ_TESTS_ENGINE_RIG_H

#include "link/internal.h"

#define RIG_RATE 48000.0

typedef struct EngineRig {
  SqLink link; ///< only what the engine's memory needs
  SqRtEngine *engine;
  uint32_t next_slot;
  void *owned[256];
  uint32_t n_owned;
  float ramp[SQ_MAX_CHANNELS][SQ_MAX_BLOCK]; ///< a signal to feed: ramp[c][i] = c + 1 + i / 1024
  const float *in[SQ_MAX_CHANNELS];          ///< of `ramp`
} EngineRig;

void engine_rig_open(EngineRig *rig);
void engine_rig_close(EngineRig *rig);

/// Memory that engine_rig_close() frees, cleared.
void *engine_rig_new(EngineRig *rig, size_t n, size_t size);

SqRtSum *engine_rig_sum(EngineRig *rig, uint32_t n_channels);
/// At unity, with a slot.
SqRtStrip *engine_rig_strip(EngineRig *rig, uint32_t n_channels);
/// The levels of one period, with all that was seen.
const SqMeterBank *engine_rig_meter(SqRtStrip *strip, uint32_t epoch);
/// Straight from n to n channels, at unity, with a slot.
SqRtEdge *engine_rig_edge(EngineRig *rig, SqRtStrip *strip, SqRtSum *sum);
/// Wet, with a slot; its signals rest at their defaults.
SqRtProc *engine_rig_proc(EngineRig *rig, const SqProcessorType *type, void *instance, uint32_t n_in, uint32_t n_out);
SqRtProgram *engine_rig_program(EngineRig *rig, SqRtStrip *strip, const SqRtStep *steps, uint32_t n_steps);
/// Each program on a level of its own, in this order; `hardware` may be NULL.
SqRtPlan *engine_rig_plan(EngineRig *rig, SqRtProgram *const *programs, uint32_t n, SqRtSum *hardware);

/// Puts a message into the queue; it is carried out in the next cycle.
void engine_rig_post(EngineRig *rig, SqRtMessage message);
void engine_rig_set(EngineRig *rig, const SqRtObject *object, uint32_t index, double value, uint32_t length,
                    uint64_t frame);
void engine_rig_event(EngineRig *rig, const SqRtObject *object, SqEventKind kind, uint32_t id, uint64_t frame);
void engine_rig_play(EngineRig *rig, SqRtPlan *plan);

/// Begins a new piece of n frames in which no cycle runs: edges and programs are then called by hand.
void engine_rig_piece(EngineRig *rig, uint32_t n);

/// Takes reports until one of `kind` comes; false: there was none.
bool engine_rig_report(EngineRig *rig, SqReportKind kind, SqRtReport *report);

#endif
