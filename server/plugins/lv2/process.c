// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio half of a hosted LV2 plug-in.
#include "base/thread.h"
#include "engine/guard.h"
#include "plugins/lv2/instance.h"
#include "plugins/split.h"

/// Connects ports where the block's buffers are; most blocks find them there already.
static inline void follow(SqLv2Wire *wire, const SqLv2Wire *end, const float *const *buffers, uint32_t at) {
  for (; wire < end; wire++) {
    const float *to = buffers[wire->channel] + at;
    if (__builtin_expect(wire->now == to, 1))
      continue;
    wire->now = to;
    wire->unit->lilv.lv2_descriptor->connect_port(wire->unit->lilv.lv2_handle, wire->port, (void *)(uintptr_t)to);
  }
}

/// The sidechain may be there or not, and narrower than the plug-in's.
__attribute__((noinline)) static void follow_sides(SqLv2Instance *self, const SqRtBlock *block, uint32_t at) {
  for (SqLv2Wire *wire = self->sides; wire < self->sides_end; wire++) {
    bool there = block->side && wire->channel < block->n_side;
    const float *to = there ? block->side[wire->channel] + at : self->width.silence;
    SqLv2Wire first = *wire;
    first.channel = 0;
    follow(&first, &first + 1, &to, 0);
    wire->now = first.now;
  }
}

/// True when no wire has moved: all but always, so this is all that a call does with them.
static inline bool lie_still(const SqLv2Wire *wire, const SqLv2Wire *end, const float *const *buffers, uint32_t at) {
  for (; wire < end; wire++)
    if (wire->now != buffers[wire->channel] + at)
      return false;
  return true;
}

__attribute__((noinline)) static void follow_all(SqLv2Instance *self, const SqRtBlock *block, const float *const *in,
                                                 uint32_t at) {
  follow(self->ins, self->ins_end, in, at);
  follow(self->outs, self->outs_end, (const float *const *)block->out, at);
  for (uint32_t i = 0; i < self->n_quick; i++) {
    self->seen[2 * self->ins[i].channel] = self->ins[i].now;
    self->seen[2 * self->outs[i].channel + 1] = self->outs[i].now;
  }
}

/// Runs all copies over frames [at, at + n) of the block.
static inline void run_piece(SqLv2Instance *self, const SqRtBlock *block, const float *const *in, uint32_t at,
                             uint32_t n) {
  atomic_store_explicit(&self->in_run, true, memory_order_relaxed);
  sq_rt_guard_foreign(true);
  if (!lie_still(self->ins, self->ins_end, in, at) ||
      !lie_still(self->outs, self->outs_end, (const float *const *)block->out, at))
    follow_all(self, block, in, at);
  if (self->sides < self->sides_end)
    follow_sides(self, block, at);
  for (const SqLv2Run *run = self->runs; run < self->runs_end; run++)
    run->run(run->handle, n);
  sq_thread_keep_flushing();
  sq_rt_guard_foreign(false);
  atomic_store_explicit(&self->in_run, false, memory_order_relaxed);
}

// ---- pieces ---------------------------------------------------------------------------------------------------------

/// As SqRtSplitChange.
static bool change(void *instance, const SqRtEvent *event, bool take) {
  SqLv2Instance *self = instance;
  const SqLv2Plugin *plugin = self->plugin;
  if (event->index >= plugin->type.n_params)
    return false;
  uint32_t port = plugin->param_ports[event->index];
  if (!plugin->ports[port].input)
    return false;
  float value = sq_lv2_param_to_port(&plugin->ports[port], event->value, self->rate_hz);
  if (value == sq_lv2_instance_get(self, port))
    return false;
  if (take)
    sq_lv2_instance_set(self, port, value);
  return true;
}

/// Writes the inputs of one piece: time first, then what happens before `end`. Returns the first event left.
static const SqRtEvent *write_atoms(SqLv2Instance *self, const SqRtBlock *block, const SqRtEvent *event, uint32_t at,
                                    uint32_t end) {
  const SqLv2Plugin *plugin = self->plugin;
  const SqLv2Keys *keys = &plugin->world->keys;
  bool tell_time = at == 0 && block->time && (block->time->changed || !self->time_sent);
  for (uint32_t k = 0; k < plugin->n_atoms; k++) {
    uint32_t i = plugin->atoms[k];
    const SqLv2Port *port = &plugin->ports[i];
    if (port->input)
      sq_lv2_sequence_clear(&self->sequences[i], keys);
    for (uint32_t u = 0; !port->input && u < self->width.n_units; u++)
      sq_lv2_sequence_offer(&self->sequences[u * plugin->n_ports + i], keys);
    if (port->input && port->time_pos && tell_time)
      sq_lv2_sequence_time(&self->sequences[i], keys, block->time);
  }
  self->time_sent |= tell_time;
  if (self->hush && plugin->midi_in != SQ_LV2_NONE)
    sq_lv2_sequence_hush(&self->sequences[plugin->midi_in], keys, &self->notes);
  self->hush = false;
  for (; event && event->offset < end; event = event->next)
    if (plugin->midi_in != SQ_LV2_NONE)
      sq_lv2_sequence_event(&self->sequences[plugin->midi_in], keys, &self->notes, event,
                            event->offset > at ? event->offset - at : 0);
  return event;
}

/// After a piece: what the plug-in said, the worker's answers, triggers fall back.
static void end_piece(SqLv2Instance *self, const SqRtBlock *block, uint32_t at) {
  const SqLv2Plugin *plugin = self->plugin;
  for (uint32_t k = 0; plugin->info.midi_out && k < plugin->n_atoms; k++) {
    uint32_t i = plugin->atoms[k];
    if (!plugin->ports[i].input && plugin->ports[i].midi)
      sq_lv2_sequence_collect(&self->sequences[i], &plugin->world->keys, at, block->events_out);
  }
  sq_rt_guard_foreign(true);
  for (uint32_t u = 0; u < self->width.n_units; u++)
    if (self->units[u].worker.interface)
      sq_lv2_worker_respond(&self->units[u]);
  sq_rt_guard_foreign(false);
  for (uint32_t k = 0; k < plugin->n_triggers; k++) {
    uint32_t i = plugin->triggers[k];
    sq_lv2_instance_set(self, i, sq_lv2_param_to_port(&plugin->ports[i], (double)plugin->ports[i].def, self->rate_hz));
  }
}

/// Frames [at, to) of the block; returns the first event left.
__attribute__((noinline)) static const SqRtEvent *run_pieces(SqLv2Instance *self, const SqRtBlock *block,
                                                             const float *const *in, const SqRtEvent *event,
                                                             uint32_t at, uint32_t to) {
  while (at < to) {
    uint32_t end = sq_rt_split(self, change, event, at, to);
    event = write_atoms(self, block, event, at, end);
    run_piece(self, block, in, at, end - at);
    end_piece(self, block, at);
    at = end;
  }
  return event;
}

// ---- the block ------------------------------------------------------------------------------------------------------

static bool holds_notes(const SqLv2Instance *self) {
  uint64_t held = 0;
  for (uint32_t c = 0; c < 16; c++)
    held |= self->notes.held[c][0] | self->notes.held[c][1];
  return held != 0;
}

/// A block of one that may sleep.
static bool run_or_sleep(SqLv2Instance *self, const SqRtBlock *block, const float *const *in) {
  const SqRtEvent *event = block->events;
  bool ran = false;
  sq_rt_doze_at(&self->doze, block->frame);
  for (uint32_t at = 0; at < block->n_frames;) {
    if (self->doze.asleep) {
      at = sq_rt_doze_on(&self->doze, block, event, at, self->width.n_written);
      continue;
    }
    const SqRtEvent *first = event;
    const uint32_t to = sq_rt_doze_cut(block, at);
    event = run_pieces(self, block, in, event, at, to);
    sq_rt_doze_look(&self->doze, block, first, at, to, self->width.n_written, holds_notes(self));
    at = to;
    ran = true;
  }
  self->one_until = self->n_quick == 1 ? self->doze.until : 0;
  self->two_until = self->n_quick == 2 ? self->doze.until : 0;
  return ran;
}

__attribute__((noinline)) static SqRtResult run_block(SqLv2Instance *self, const SqRtBlock *block) {
  const float *const *in = sq_rt_width_in(&self->width, block);
  bool ran = true;
  if (self->dozes)
    ran = run_or_sleep(self, block, in);
  else if (self->simple && !block->events)
    run_piece(self, block, in, 0, block->n_frames);
  else
    run_pieces(self, block, in, block->events, 0, block->n_frames);
  sq_rt_width_out(&self->width, block);
  return ran ? SQ_RT_SOUND : SQ_RT_SILENT;
}

/// A block of two channels: nothing but run(), where the buffers lie as before.
__attribute__((noinline)) static SqRtResult run_two(SqLv2Instance *self, const SqRtBlock *block) {
  if (block->end >= self->two_until || block->events || self->seen[0] != block->in[0] ||
      self->seen[1] != block->out[0] || self->seen[2] != block->in[1] || self->seen[3] != block->out[1])
    return run_block(self, block);
  atomic_store_explicit(&self->in_run, true, memory_order_relaxed);
  for (const SqLv2Run *run = self->runs; run < self->runs_end; run++)
    run->run(run->handle, block->n_frames);
  sq_thread_keep_flushing();
  atomic_store_explicit(&self->in_run, false, memory_order_relaxed);
  return SQ_RT_SOUND;
}

SqRtResult sq_lv2_instance_process(void *instance, const SqRtBlock *block) {
  SqLv2Instance *self = instance;
  if (block->end >= self->one_until || block->events || self->seen[0] != block->in[0] || self->seen[1] != block->out[0])
    return run_two(self, block);
  atomic_store_explicit(&self->in_run, true, memory_order_relaxed);
  self->first.run(self->first.handle, block->n_frames);
  sq_thread_keep_flushing();
  atomic_store_explicit(&self->in_run, false, memory_order_relaxed);
  return SQ_RT_SOUND;
}

void sq_lv2_instance_reset(void *instance) {
  SqLv2Instance *self = instance;
  sq_rt_guard_foreign(true);
  for (uint32_t i = 0; i < self->width.n_units; i++) {
    const LilvInstance *lilv = &self->units[i].lilv;
    if (lilv->lv2_descriptor->deactivate)
      lilv->lv2_descriptor->deactivate(lilv->lv2_handle);
    if (lilv->lv2_descriptor->activate)
      lilv->lv2_descriptor->activate(lilv->lv2_handle);
  }
  sq_rt_guard_foreign(false);
  self->hush = true; // many plug-ins have no activate() at all: what sounds is at least told to stop
  self->time_sent = false;
  sq_rt_doze_reset(&self->doze);
  if (self->dozes)
    self->one_until = self->two_until = 0;
}
