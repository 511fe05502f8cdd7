// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio half of a hosted VST3 plug-in.
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/thread.h"
#include "engine/guard.h"
#include "plugins/vst3/instance.h"

// ---- into the plug-in -----------------------------------------------------------------------------------------------

/// Moves a parameter at a frame, unless it is there already.
static void move(SqVst3Instance *self, uint32_t param, uint32_t offset, double value) {
  if (value == sq_vst3_now(self, param))
    return;
  sq_vst3_set_now(self, param, value);
  sq_vst3_bits_set(&self->tell, param);
  if (!sq_vst3_in_add(&self->changes_in, self->plugin, param, offset, value))
    sq_vst3_bits_set(&self->mail, param); // no room: the next block brings it
}

/// What was moved by hand counts until the signal rests somewhere else.
static void mark_foreign(SqVst3Instance *self, uint32_t param) {
  for (uint32_t k = 0; k < self->n_signals; k++)
    if (self->plugin->signals[k] == param)
      self->foreign[k] = true;
}

static void read_mail(SqVst3Instance *self) {
  SQ_VST3_TAKE_BITS(&self->mail, bit) {
    uint32_t param = (uint32_t)bit;
    sq_vst3_in_add(&self->changes_in, self->plugin, param, 0, sq_vst3_now(self, param));
    if (self->plugin->params[param].signal)
      mark_foreign(self, param);
  }
}

/// Shape and value of a signal in one word.
static inline uint64_t word_of(const SqSignal *signal) {
  uint64_t word;
  memcpy(&word, signal, sizeof word);
  return word;
}
static_assert(offsetof(SqSignal, shape) == 0 && offsetof(SqSignal, value) == 4, "one word holds both");

/// True when no signal has moved: all but always, so this is all that a block does with them.
static inline bool signals_rest(const SqVst3Instance *self, const SqRtBlock *block) {
  const SqSignal *s = block->signals;
  for (const uint64_t *rest = self->rests; rest < self->rests_end; rest++, s++)
    if (word_of(s) != *rest)
      return false;
  return true;
}

/// Samples what moves on the grid of the engine's frames.
static void read_signals(SqVst3Instance *self, const SqRtBlock *block) {
  uint32_t first = (uint32_t)(SQ_GRID - block->frame % SQ_GRID) % SQ_GRID;
  for (uint32_t k = 0; k < self->n_signals; k++) {
    const SqSignal *s = &block->signals[k];
    bool rests = s->shape == SQ_SIGNAL_CONSTANT;
    uint32_t param = self->plugin->signals[k];
    for (uint32_t i = first; i < block->n_frames; i += SQ_GRID) {
      float value = sq_signal_at(s, i);
      if (value != self->last[k] && (rests || !self->foreign[k])) {
        self->last[k] = value;
        self->foreign[k] = false;
        move(self, param, i, sq_vst3_param_to_normal(&self->plugin->params[param], (double)value));
      }
      if (rests)
        break;
    }
    if (rests && s->value == self->last[k])
      self->rests[k] = word_of(s);
  }
}

/// The wheel's middle is exactly the middle.
static double wheel(uint32_t position) {
  return position <= 8192 ? position / 16384.0 : 0.5 + (position - 8192) / 16382.0;
}

static void move_controller(SqVst3Instance *self, uint32_t channel, uint32_t cc, uint32_t offset, double value) {
  uint32_t param = atomic_load_explicit(&self->controllers[channel & 15][cc], memory_order_relaxed);
  if (param != SQ_VST3_NONE)
    move(self, param, offset, value > 0 ? fmin(value, 1) : 0);
}

static void change_program(SqVst3Instance *self, uint32_t offset, uint32_t index) {
  const SqVst3Plugin *p = self->plugin;
  if (p->n_programs > 1 && index < p->n_programs)
    move(self, p->program, offset, (double)index / (p->n_programs - 1));
}

/// Raw MIDI that speaks of controllers.
static void raw_controller(SqVst3Instance *self, const SqRtEvent *e) {
  const uint8_t *b = e->midi;
  uint32_t channel = b[0] & 15u;
  switch (b[0] & 0xf0) {
  case 0xb0:
    move_controller(self, channel, b[1] & 127u, e->offset, (b[2] & 127) / 127.0);
    break;
  case 0xc0:
    change_program(self, e->offset, b[1] & 127u);
    break;
  case 0xd0:
    move_controller(self, channel, SQ_VST3_CC_PRESSURE, e->offset, (b[1] & 127) / 127.0);
    break;
  case 0xe0:
    move_controller(self, channel, SQ_VST3_CC_BEND, e->offset, wheel((b[2] & 127u) << 7 | (b[1] & 127u)));
    break;
  default:
    break;
  }
}

static void read_event(SqVst3Instance *self, const SqRtEvent *e) {
  const SqVst3Plugin *p = self->plugin;
  if (sq_vst3_list_note(&self->events_in, &self->notes, e))
    return;
  switch (e->kind) {
  case SQ_EVENT_PARAM:
    if (e->index < p->type.n_params && !p->type.params[e->index].output) {
      uint32_t param = p->shown[e->index];
      move(self, param, e->offset, sq_vst3_param_to_normal(&p->params[param], e->value));
    }
    break;
  case SQ_EVENT_CC:
    move_controller(self, e->channel, e->index & 127, e->offset, e->value);
    break;
  case SQ_EVENT_BEND:
    move_controller(self, e->channel, SQ_VST3_CC_BEND, e->offset, 0.5 + e->value / 2);
    break;
  case SQ_EVENT_PRESSURE:
    move_controller(self, e->channel, SQ_VST3_CC_PRESSURE, e->offset, e->value);
    break;
  case SQ_EVENT_TIMBRE:
    move_controller(self, e->channel, 74, e->offset, e->value);
    break;
  case SQ_EVENT_PROGRAM:
    change_program(self, e->offset, e->index);
    break;
  case SQ_EVENT_ALL_OFF:
    for (uint32_t channel = 0; channel < 16; channel++)
      move_controller(self, channel, 123, e->offset, 1);
    break;
  case SQ_EVENT_MIDI:
    raw_controller(self, e);
    break;
  default:
    break;
  }
}

/// Everything but sound that goes in: told first what was left from before.
__attribute__((noinline)) static void gather(SqVst3Instance *self, const SqRtBlock *block) {
  if (self->first_frame == UINT64_MAX)
    __atomic_store_n(&self->first_frame, block->frame, __ATOMIC_RELAXED);
  if (self->hush)
    sq_vst3_list_all_off(&self->events_in, &self->notes, 0);
  self->hush = false;
  if (sq_vst3_bits_any(&self->mail))
    read_mail(self);
  if (block->signals)
    read_signals(self, block);
  for (const SqRtEvent *e = block->events; e; e = e->next)
    read_event(self, e);
}

/// Beats of SqRtTime are quarter notes, as the interface counts too.
__attribute__((noinline)) static void tell_time(SqVst3Instance *self, const SqRtTime *time) {
  SqVst3Context *c = &self->context;
  uint32_t unit = time->beat_unit ? time->beat_unit : 4, per_bar = time->beats_per_bar ? time->beats_per_bar : 4;
  double bar = per_bar * 4.0 / unit;
  c->state = SQ_VST3_TIME_QUARTERS | SQ_VST3_TIME_TEMPO | SQ_VST3_TIME_BAR | SQ_VST3_TIME_SIGNATURE |
             SQ_VST3_TIME_CONTINUOUS | (time->rolling ? SQ_VST3_TIME_PLAYING : 0);
  c->project_frames = (int64_t)time->position_frames;
  c->quarters = time->beats;
  c->bar_quarters = floor(time->beats / bar) * bar;
  c->bpm = time->bpm;
  c->beats_per_bar = (int32_t)per_bar;
  c->beat_unit = (int32_t)unit;
  self->time_told = true;
}

// ---- out of it ------------------------------------------------------------------------------------------------------

/// A value that the plug-in tells: of a meter, or of a parameter that it moved itself.
__attribute__((noinline)) static void take_value(SqVst3Instance *self, uint32_t param, double value) {
  const SqVst3Param *p = &self->plugin->params[param];
  sq_vst3_set_now(self, param, value);
  sq_vst3_bits_set(&self->tell, param);
  if (p->index == SQ_VST3_NONE || p->flags & SQ_VST3_PARAM_READ_ONLY)
    return;
  sq_vst3_bits_set(&self->news, param);
  if (p->signal)
    mark_foreign(self, param);
}

static void read_changes(SqVst3Instance *self) {
  SqVst3OutQueue *end = self->changes_out.queues + self->changes_out.n_queues;
  for (SqVst3OutQueue *q = self->changes_out.queues; q < end; q++) {
    if (q->n == 0)
      continue;
    q->n = 0;
    double value = q->value > 0 ? (q->value < 1 ? q->value : 1) : 0;
    if (value != sq_vst3_now(self, q->param))
      take_value(self, q->param, value);
  }
  self->changes_out.said = false;
}

/// Channels that are said to be silent may not have been written; after an error none may have been.
__attribute__((noinline)) static void wipe(SqVst3Run *run, bool failed, uint32_t n_frames) {
  SqVst3Buffers *bus = run->main_out;
  for (int32_t c = 0; c < bus->n_channels; c++)
    if (failed || (c < 64 && bus->silence >> c & 1))
      memset(bus->channels[c], 0, n_frames * sizeof(float));
  bus->silence = 0;
}

/// Channels that the extra buses lack, and silence that was promised but perhaps not written.
__attribute__((noinline)) static void finish_extras(SqVst3Instance *self, const SqRtBlock *block, bool failed) {
  if (!block->extra)
    return;
  SqVst3Run *run = self->runs;
  for (int32_t i = 0; i < run->data.n_out; i++) {
    SqVst3Buffers *bus = &run->data.out[i];
    for (int32_t c = 0; bus != run->main_out && c < bus->n_channels; c++)
      if (failed || (c < 64 && bus->silence >> c & 1))
        memset(bus->channels[c], 0, block->n_frames * sizeof(float));
    if (bus != run->main_out)
      bus->silence = 0;
  }
  uint32_t n_wires = (uint32_t)(self->extras_end - self->extras);
  if (n_wires == block->n_extra)
    return;
  for (uint32_t c = 0; c < block->n_extra; c++) {
    bool wired = false;
    for (const SqVst3Wire *w = self->extras; w < self->extras_end; w++)
      wired = wired || w->channel == c;
    if (!wired && block->extra[c])
      memset(block->extra[c], 0, block->n_frames * sizeof(float));
  }
}

// ---- the block ------------------------------------------------------------------------------------------------------

/// The sidechain may be there or not, and narrower than the plug-in's.
__attribute__((noinline)) static void follow_sides(SqVst3Instance *self, const SqRtBlock *block) {
  for (const SqVst3Wire *w = self->sides; w < self->sides_end; w++) {
    bool there = block->side && w->channel < block->n_side;
    *w->place = there ? (float *)(uintptr_t)block->side[w->channel] : w->rest;
  }
  for (SqVst3Run *run = self->runs; run < self->runs_end; run++) {
    SqVst3Buffers *bus = &run->data.in[self->plugin->side];
    bus->silence = block->side ? 0 : bus->n_channels >= 64 ? UINT64_MAX : (1ull << bus->n_channels) - 1;
  }
}

__attribute__((noinline)) static void follow_extras(SqVst3Instance *self, const SqRtBlock *block) {
  for (const SqVst3Wire *w = self->extras; w < self->extras_end; w++) {
    float *heard = block->extra && w->channel < block->n_extra ? block->extra[w->channel] : NULL;
    *w->place = heard ? heard : w->rest;
  }
}

/// Points all channels of all copies at the block's buffers.
__attribute__((noinline)) static void follow(SqVst3Instance *self, const SqRtBlock *block) {
  const float *const *in = sq_rt_width_in(&self->width, block);
  for (const SqVst3Wire *w = self->ins; w < self->ins_end; w++)
    *w->place = (float *)(uintptr_t)in[w->channel];
  for (const SqVst3Wire *w = self->outs; w < self->outs_end; w++)
    *w->place = block->out[w->channel];
  if (self->sides < self->sides_end)
    follow_sides(self, block);
  if (self->extras < self->extras_end)
    follow_extras(self, block);
}

/// Runs a copy. True: its main output is not what it should be.
static inline bool run_one(SqVst3Run *run, const SqRtBlock *block, bool *failed) {
  run->data.n_frames = (int32_t)block->n_frames;
  SqVst3Result result = run->process(run->processor, &run->data);
  *failed = (uint32_t)result > SQ_VST3_FALSE;
  return *failed || (run->main_out && run->main_out->silence);
}

__attribute__((noinline)) static void run_all(SqVst3Instance *self, const SqRtBlock *block) {
  bool failed;
  for (SqVst3Run *run = self->runs; run < self->runs_end; run++) {
    if (run_one(run, block, &failed) && run->main_out)
      wipe(run, failed, block->n_frames);
    if (self->extras < self->extras_end && run == self->runs)
      finish_extras(self, block, failed);
  }
  sq_vst3_out_clear(&self->ignored_changes);
  self->ignored_events.n = 0;
}

/// What went in is over, what came out is read.
__attribute__((noinline)) static void finish(SqVst3Instance *self, const SqRtBlock *block) {
  sq_vst3_in_clear(&self->changes_in);
  sq_vst3_list_collect(&self->events_out, block->n_frames, block->events_out);
  self->events_in.n = self->events_out.n = 0;
}

SqRtResult sq_vst3_instance_process(void *instance, const SqRtBlock *block) {
  SqVst3Instance *self = instance;
  if (self->direct) {
    self->direct_in[0] = (float *)(uintptr_t)block->in[0];
    self->direct_out[0] = block->out[0];
    if (!self->direct_mono) {
      self->direct_in[1] = (float *)(uintptr_t)block->in[1];
      self->direct_out[1] = block->out[1];
    }
  } else {
    follow(self, block);
  }
  if (block->events || sq_vst3_bits_any(&self->mail) || (block->signals && !signals_rest(self, block)))
    gather(self, block);
  if (block->time && (block->time->rolling || block->time->changed || !self->time_told))
    tell_time(self, block->time);
  self->context.continuous_frames = (int64_t)block->frame;
  sq_rt_guard_foreign(true);
  if (self->direct) {
    bool failed;
    if (__builtin_expect(run_one(self->runs, block, &failed), 0))
      wipe(self->runs, failed, block->n_frames);
  } else {
    run_all(self, block);
  }
  sq_thread_keep_flushing();
  sq_rt_guard_foreign(false);
  if (self->changes_in.n_queues | self->events_in.n | self->events_out.n)
    finish(self, block);
  if (self->changes_out.said)
    read_changes(self);
  sq_rt_width_out(&self->width, block);
  return SQ_RT_SOUND;
}

void sq_vst3_instance_reset(void *instance) {
  SqVst3Instance *self = instance;
  sq_rt_guard_foreign(true);
  for (SqVst3Run *run = self->runs; run < self->runs_end; run++) {
    run->processor->table->set_processing(run->processor, 0);
    run->processor->table->set_processing(run->processor, 1);
  }
  sq_rt_guard_foreign(false);
  self->hush = true; // many do nothing then: what sounds is at least told to stop
  atomic_store_explicit(&self->mail.any, true, memory_order_relaxed);
  self->time_told = false;
}

// ---- between blocks -------------------------------------------------------------------------------------------------

static void rest(const SqVst3Wire *wire, const SqVst3Wire *end) {
  for (; wire < end; wire++)
    *wire->place = wire->rest;
}

void sq_vst3_instance_flush(SqVst3Instance *self) {
  rest(self->ins, self->ins_end);
  rest(self->outs, self->outs_end);
  rest(self->sides, self->sides_end);
  rest(self->extras, self->extras_end);
  for (SqVst3Run *run = self->runs; run < self->runs_end; run++) {
    // the interface knows a call without frames for this, but not all plug-ins do: DPF's read no parameters then
    run->data.n_frames = (int32_t)(self->max_block < SQ_GRID ? self->max_block : SQ_GRID);
    run->process(run->processor, &run->data);
  }
  sq_vst3_in_clear(&self->changes_in);
  read_changes(self);
  sq_vst3_out_clear(&self->ignored_changes);
  self->events_in.n = self->events_out.n = self->ignored_events.n = 0;
}
