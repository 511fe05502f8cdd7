// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio half of a hosted LADSPA plug-in.
#include "base/thread.h"
#include "engine/guard.h"
#include "plugins/ladspa/instance.h"
#include "plugins/split.h"

static inline void follow(const SqLadspaInstance *self, SqLadspaWire *wire, const float *to) {
  if (wire->now == to)
    return;
  wire->now = to;
  self->descriptor->connect_port(wire->handle, wire->port, (float *)(uintptr_t)to);
}

/// True when no wire has moved: all but always, so this is all that a call does with them.
static inline bool lie_still(const SqLadspaWire *wire, const SqLadspaWire *end, const float *const *buffers,
                             uint32_t at) {
  for (; wire < end; wire++)
    if (wire->now != buffers[wire->channel] + at)
      return false;
  return true;
}

__attribute__((noinline)) static void follow_all(const SqLadspaInstance *self, const SqRtBlock *block,
                                                 const float *const *in, uint32_t at) {
  for (SqLadspaWire *wire = self->ins; wire < self->ins_end; wire++)
    follow(self, wire, in[wire->channel] + at);
  for (SqLadspaWire *wire = self->outs; wire < self->outs_end; wire++)
    follow(self, wire, block->out[wire->channel] + at);
}

/// The sidechain and the listeners of extra buses may be there or not.
__attribute__((noinline)) static void follow_others(const SqLadspaInstance *self, const SqRtBlock *block, uint32_t at) {
  const SqLadspaPlugin *p = self->plugin;
  for (SqLadspaWire *wire = self->others; wire < self->others_end; wire++) {
    const float *to = self->width.silence;
    if (p->ports[wire->port].role == SQ_LADSPA_EXTRA)
      to = block->extra && wire->channel < block->n_extra && block->extra[wire->channel]
               ? block->extra[wire->channel] + at
               : self->spares[wire->port];
    else if (block->side && wire->channel < block->n_side)
      to = block->side[wire->channel] + at;
    follow(self, wire, to);
  }
}

/// Runs all copies over frames [at, at + n) of the block.
static inline void run_piece(SqLadspaInstance *self, const SqRtBlock *block, const float *const *in, uint32_t at,
                             uint32_t n) {
  sq_rt_guard_foreign(true);
  if (!lie_still(self->ins, self->ins_end, in, at) ||
      !lie_still(self->outs, self->outs_end, (const float *const *)block->out, at))
    follow_all(self, block, in, at);
  if (self->others < self->others_end)
    follow_others(self, block, at);
  for (const SqLadspaUnit *unit = self->units; unit < self->units_end; unit++)
    self->descriptor->run(unit->handle, n);
  sq_thread_keep_flushing();
  sq_rt_guard_foreign(false);
}

/// As SqRtSplitChange.
static bool change(void *instance, const SqRtEvent *event, bool take) {
  SqLadspaInstance *self = instance;
  const SqLadspaPlugin *p = self->plugin;
  if (event->index >= p->type.n_params)
    return false;
  uint32_t port = p->param_ports[event->index];
  if (!p->ports[port].input)
    return false;
  float value = sq_ladspa_to_port(&p->ports[port], event->value, self->rate_hz);
  if (value == sq_ladspa_get(self, port))
    return false;
  if (take)
    sq_ladspa_set(self, port, value);
  return true;
}

__attribute__((noinline)) static void run_pieces(SqLadspaInstance *self, const SqRtBlock *block,
                                                 const float *const *in) {
  const SqRtEvent *event = block->events;
  for (uint32_t at = 0; at < block->n_frames;) {
    uint32_t end = sq_rt_split(self, change, event, at, block->n_frames);
    while (event && event->offset < end)
      event = event->next;
    run_piece(self, block, in, at, end - at);
    at = end;
  }
}

SqRtResult sq_ladspa_instance_process(void *instance, const SqRtBlock *block) {
  SqLadspaInstance *self = instance;
  const float *const *in = sq_rt_width_in(&self->width, block);
  if (!block->events)
    run_piece(self, block, in, 0, block->n_frames);
  else
    run_pieces(self, block, in);
  sq_rt_width_out(&self->width, block);
  return SQ_RT_SOUND;
}

void sq_ladspa_instance_reset(void *instance) {
  SqLadspaInstance *self = instance;
  const LADSPA_Descriptor *d = self->descriptor;
  sq_rt_guard_foreign(true);
  for (SqLadspaUnit *unit = self->units; unit < self->units_end; unit++) {
    if (d->deactivate)
      d->deactivate(unit->handle);
    if (d->activate)
      d->activate(unit->handle);
  }
  sq_rt_guard_foreign(false);
}
