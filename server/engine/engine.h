// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio thread's own state and its cycle: messages in, plan run, reports out; audio thread only, but for what
/// says otherwise. All memory is given from outside.
#ifndef SQ_ENGINE_ENGINE_H
#define SQ_ENGINE_ENGINE_H

#include "dsp/kernels.h"
#include "engine/message.h"
#include "engine/pending.h"
#include "engine/plan.h"
#include "engine/ring.h"
#include "engine/transport.h"

/// Floats between two channels of engine scratch: a little more than a block, so that channels do not share cache sets.
#define SQ_SCRATCH_STRIDE (SQ_MAX_BLOCK + 32)

/// What a slot number means now.
typedef struct SqRtSlot {
  uint32_t generation;
  SqRtObject *object;
} SqRtSlot;

/// One strip's buffers while its program runs: two to alternate between, and rooms for curves.
typedef struct SqRtScratch {
  float *x[2][SQ_MAX_CHANNELS];
  float *aside[SQ_MAX_CHANNELS]; ///< copies: delayed, post-fader
  float *curve[4];               ///< gains of one block
  float *signals[SQ_MAX_SIGNALS];
  float *zeros;
  SqRtBlock block; ///< what a processor is given; frame, time and hardware are the piece's
  SqRtEventsOut events_out;
  SqRtLoan loan; ///< what SqRtBlock.loan points at
  const float *side[SQ_MAX_CHANNELS];
} SqRtScratch;

typedef struct SqRtEngine {
  const SqDspKernels *dsp;
  double rate;     ///< Hz
  float ceiling;   ///< linear; no sample that leaves is above
  uint64_t frame;  ///< engine frame of the next sample; never stops or jumps
  uint64_t piece;  ///< serial of the present piece of time
  SqRing *queue;   ///< SqRtMessage, from control
  SqRing *reports; ///< SqRtReport, to control
  SqRtSlot *slots; ///< [n_slots]
  uint32_t n_slots;
  SqRtPending pending; ///< timed sets and events
  SqRtPending cuts;    ///< timed plans, transport, marks: where the cycle is cut
  SqRtEvent *arena;    ///< [n_arena] events of one cycle
  uint32_t n_arena, used_arena;
  SqRtEvent *out_arena; ///< [SQ_EVENTS_OUT] events out of one processor
  SqRtScratch scratch;
  SqRtPlan *plan;
  SqRtPlan *armed; ///< the next plan, waiting for its frame
  uint64_t armed_frame;
  SqRtTransport transport;
  uint32_t transport_generation;
  SqRtTime time;                   ///< of the present piece
  const float *const *hardware_in; ///< of the present piece
  const float *hardware_at[SQ_MAX_HARDWARE];
  uint32_t n_hardware_in;
  uint64_t serial;               ///< of messages
  uint32_t stale;                ///< since last reported
  uint64_t clip_reported;        ///< frame
  SqRtReport *held;              ///< reports that found no room wait here: [n_held]
  _Atomic uint64_t frame_now;    ///< `frame`, for other threads
  _Atomic uint32_t meter_epoch;  ///< written by control
  _Atomic uint32_t meter_seen;   ///< the epoch that the last whole cycle used
  _Atomic uint64_t lost_reports; ///< reports without a pointer that found no room
  _Atomic uint64_t lost_events;  ///< events that found no room (never notes off)
  uint32_t epoch;                ///< of this cycle
} SqRtEngine;

/// Runs `n` frames: in[n_in][n] from the hardware, out[n_out][n] to it. Any n from 1 up.
void sq_rt_engine_process(SqRtEngine *engine, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                          uint32_t n);

/// Carries out what waits in the queue without any time passing. [control, only while no driver calls process()]
void sq_rt_engine_drain(SqRtEngine *engine);

/// Sends a report; false when there is no room.
bool sq_rt_engine_report(SqRtEngine *engine, const SqRtReport *report);

/// Runs one program from step `from` over `n` frames; returns the step to resume at, or 0 when it is done.
uint32_t sq_rt_program_run(SqRtEngine *engine, const SqRtProgram *program, uint32_t from, uint32_t n);

/// A signal over the present piece, with the sets that `events` holds for `index` carried out at their frames.
/// Returns CONSTANT when nothing moves; else FRAMES (or RAMP), in buffer[n].
SqSignal sq_rt_signal_piece(SqRtEngine *engine, SqRtSignal *signal, const SqRtEvent *events, uint32_t index, uint32_t n,
                            float *buffer);

/// The new targets of an object's signals in the present piece, or NULL.
static inline SqRtEvent *sq_rt_sets_of(const SqRtEngine *engine, const SqRtObject *object) {
  return object->piece == engine->piece ? object->first_set : NULL;
}

/// The events of an object in the present piece, or NULL.
static inline SqRtEvent *sq_rt_events_of(const SqRtEngine *engine, const SqRtObject *object) {
  return object->piece == engine->piece ? object->first : NULL;
}

#endif
