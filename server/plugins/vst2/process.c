// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio half of a hosted VST2 plug-in.
#include <string.h>

#include "base/thread.h"
#include "engine/guard.h"
#include "plugins/split.h"
#include "plugins/vst2/instance.h"

/// The sidechain and the listeners of extra buses may be there or not.
__attribute__((noinline)) static void follow_others(SqVst2Instance *self, const SqRtBlock *block, uint32_t at) {
  for (const SqVst2Wire *wire = self->others; wire < self->others_end; wire++) {
    const float *to = wire->absent;
    if (wire->side && block->side && wire->channel < block->n_side)
      to = block->side[wire->channel] + at;
    else if (!wire->side && block->extra && wire->channel < block->n_extra && block->extra[wire->channel])
      to = block->extra[wire->channel] + at;
    *wire->slot = to;
  }
}

/// From here the plug-in's code runs on this thread, and may ask.
static inline void enter(SqVst2Instance *self, const SqRtBlock *block, uint32_t at) {
  self->run.thread = __builtin_thread_pointer();
  self->run.block = block;
  self->run.at = at;
  atomic_store_explicit(&self->run.on, true, memory_order_relaxed);
  sq_rt_guard_foreign(true);
}

static inline void leave(SqVst2Instance *self) {
  sq_thread_keep_flushing();
  sq_rt_guard_foreign(false);
  atomic_store_explicit(&self->run.on, false, memory_order_relaxed);
}

/// Runs all copies over frames [at, at + n) of the block, with n_events messages.
static inline void run_piece(SqVst2Instance *self, const SqRtBlock *block, const float *const *in, uint32_t at,
                             uint32_t n, int32_t n_events) {
  for (const SqVst2Wire *wire = self->ins; wire < self->ins_end; wire++)
    *wire->slot = in[wire->channel] + at;
  for (const SqVst2Wire *wire = self->outs; wire < self->outs_end; wire++)
    *wire->slot = block->out[wire->channel] + at;
  if (self->others < self->others_end)
    follow_others(self, block, at);
  enter(self, block, at);
  for (const SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    SqVst2Effect *e = unit->effect;
    if (n_events)
      sq_vst2_ask(e, SQ_VST2_EVENTS, 0, 0, self->events);
    e->replace(e, (float **)(uintptr_t)unit->ins, (float **)(uintptr_t)unit->outs, (int32_t)n);
  }
  leave(self);
}

// ---- pieces ---------------------------------------------------------------------------------------------------------

/// As SqRtSplitChange.
static bool change(void *instance, const SqRtEvent *event, bool take) {
  SqVst2Instance *self = instance;
  if (event->index >= self->plugin->type.n_params)
    return false;
  float norm = sq_vst2_to_norm(self->plugin, event->index, event->value);
  if (norm == sq_vst2_norm(self, event->index))
    return false;
  if (take) {
    atomic_store_explicit(&self->heard.values[event->index], norm, memory_order_relaxed);
    self->run.setting = (int32_t)event->index;
    for (const SqVst2Unit *unit = self->units; unit < self->units_end; unit++)
      unit->effect->set_param(unit->effect, (int32_t)event->index, norm);
    self->run.setting = -1;
  }
  return true;
}

/// As SqRtMidiSink.
static void add_midi(void *context, uint32_t frame, const uint8_t bytes[3], uint32_t n_bytes) {
  SqVst2Instance *self = context;
  if (self->events->n == SQ_VST2_PIECE_EVENTS) {
    self->events_lost++;
    return;
  }
  SqVst2Midi *to = &self->midi[self->events->n++];
  *to = (SqVst2Midi){.kind = SQ_VST2_MIDI, .size = sizeof *to, .frame = (int32_t)frame};
  memcpy(to->bytes, bytes, n_bytes);
}

/// Writes the messages before `end`; returns the first event left.
static const SqRtEvent *write_midi(SqVst2Instance *self, const SqRtEvent *event, uint32_t at, uint32_t end) {
  bool takes = self->plugin->info.midi_in;
  self->events->n = 0;
  if (self->hush && takes)
    sq_rt_midi_hush(&self->notes, add_midi, self);
  self->hush = false;
  for (; event && event->offset < end; event = event->next)
    if (takes)
      sq_rt_midi_write(&self->notes, event, event->offset > at ? event->offset - at : 0, add_midi, self);
  return event;
}

__attribute__((noinline)) static void run_pieces(SqVst2Instance *self, const SqRtBlock *block, const float *const *in) {
  const SqRtEvent *event = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    enter(self, block, at);
    uint32_t end = sq_rt_split(self, change, event, at, block->n_frames);
    leave(self);
    event = write_midi(self, event, at, end);
    run_piece(self, block, in, at, end - at, self->events->n);
    at = end;
  }
}

SqRtResult sq_vst2_instance_process(void *instance, const SqRtBlock *block) {
  SqVst2Instance *self = instance;
  const float *const *in = sq_rt_width_in(&self->width, block);
  if (!block->events && !self->hush)
    run_piece(self, block, in, 0, block->n_frames, 0);
  else
    run_pieces(self, block, in);
  sq_rt_width_out(&self->width, block);
  return SQ_RT_SOUND;
}

void sq_vst2_instance_reset(void *instance) {
  SqVst2Instance *self = instance;
  sq_rt_guard_foreign(true);
  for (const SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    sq_vst2_ask(unit->effect, SQ_VST2_STOP, 0, 0, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_MAINS, 0, 0, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_MAINS, 0, 1, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_START, 0, 0, NULL);
  }
  sq_rt_guard_foreign(false);
  self->hush = true; // many plug-ins keep their voices: what sounds is at least told to stop
}
