// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio half of a hosted CLAP plug-in.
#include <math.h>
#include <string.h>

#include "base/thread.h"
#include "engine/guard.h"
#include "plugins/clap/instance.h"

// ---- audio: what it is told -----------------------------------------------------------------------------------------

uint32_t sq_rt_clap_list_size(const SqClapEventsIn *list) {
  return ((const SqClapUnit *)list->context)->n_events;
}

const SqClapEventHeader *sq_rt_clap_list_get(const SqClapEventsIn *list, uint32_t index) {
  const SqClapUnit *unit = list->context;
  return index < unit->n_events ? &unit->instance->queue.events[unit->first_event + index].header : NULL;
}

static const SqClapParam *param_of(const SqClapInstance *self, uint32_t shown) {
  return &self->kind->params[self->kind->shown[shown]];
}

static void send_value(SqClapInstance *self, uint32_t at, const SqClapParam *p, double value) {
  sq_rt_clap_queue_param(&self->queue, at, p->id, sq_clap_param_to_own(p, value));
  atomic_store_explicit(&self->touched, true, memory_order_relaxed);
}

/// Takes the events before frame `end`, and returns the first that is left.
static const SqRtEvent *take_events(SqClapInstance *self, const SqRtEvent *e, uint32_t end) {
  for (; e && e->offset < end; e = e->next) {
    if (e->kind != SQ_EVENT_PARAM)
      sq_rt_clap_queue_add(&self->queue, e);
    else if (e->index < self->kind->type.n_params && !self->held[e->index] && !self->kind->type.params[e->index].output)
      send_value(self, e->offset, param_of(self, e->index), e->value);
  }
  return e;
}

/// Sends the signals that differ at frame `at` of the block from what was sent last.
static void sample(SqClapInstance *self, const SqRtBlock *block, uint32_t at) {
  for (uint32_t i = 0; i < self->n_signals; i++) {
    const float value = sq_signal_at(&block->signals[i], at);
    if (value == self->sent[i] || !(value == value))
      continue;
    self->sent[i] = value;
    const SqClapParam *p = param_of(self, self->signal_params[i]);
    if (!self->held[self->signal_params[i]])
      send_value(self, at, p, (double)value);
  }
}

/// Remembers the signals that rest and are sent; at the others the next block looks again.
static void remember(SqClapInstance *self, const SqRtBlock *block) {
  for (uint32_t i = 0; i < self->n_signals; i++) {
    const bool rests = block->signals[i].shape == SQ_SIGNAL_CONSTANT && block->signals[i].value == self->sent[i];
    self->seen[i] = block->signals[i];
    if (!rests)
      self->seen[i].shape = SQ_CLAP_MOVED;
  }
}

/// Shape and value of a signal, by its place in an array: while it rests, nothing else of it counts.
static inline uint64_t key_at(const SqSignal *signals, size_t at) {
  uint64_t key;
  _Static_assert(offsetof(SqSignal, shape) == 0 && offsetof(SqSignal, value) == 4 && sizeof signals->shape == 4, "key");
  memcpy(&key, (const char *)signals + at, sizeof key);
  return key;
}

/// Two at a time: this is most of what a settled block costs.
static inline bool signals_rest(const SqClapInstance *self, const SqRtBlock *block) {
  const SqSignal *is = block->signals, *was = self->seen;
  size_t at = self->seen_bytes;
  uint64_t moved = 0;
  if (!is)
    return true;
  for (; at >= 2 * sizeof *is; at -= 2 * sizeof *is)
    moved |= (key_at(is, at - sizeof *is) ^ key_at(was, at - sizeof *is)) |
             (key_at(is, at - 2 * sizeof *is) ^ key_at(was, at - 2 * sizeof *is));
  if (at)
    moved |= key_at(is, 0) ^ key_at(was, 0);
  return !moved;
}

/// Writes the list of this block: values before notes where both fall on one frame of the grid.
static void gather(SqClapInstance *self, const SqRtBlock *block) {
  const SqRtEvent *e = block->events;
  if (self->hush)
    sq_rt_clap_queue_hush(&self->queue);
  self->hush = false;
  if (!signals_rest(self, block)) {
    for (uint32_t at = (uint32_t)(-block->frame % SQ_GRID); at < block->n_frames; at += SQ_GRID) {
      e = take_events(self, e, at);
      sample(self, block, at);
    }
    remember(self, block);
  }
  take_events(self, e, UINT32_MAX);
}

/// Beats of the engine are quarter notes, as CLAP's are.
__attribute__((noinline)) static void tell_time(SqClapInstance *self, const SqRtTime *time) {
  SqClapEventTransport *t = &self->transport;
  const uint32_t unit = time->beat_unit ? time->beat_unit : 4, per_bar = time->beats_per_bar ? time->beats_per_bar : 4;
  const double quarters = per_bar * 4.0 / unit, bar = floor(time->beats / quarters);
  t->header = (SqClapEventHeader){.size = sizeof *t, .type = SQ_CLAP_EVENT_TRANSPORT};
  t->flags = (uint32_t)(SQ_CLAP_HAS_TEMPO | SQ_CLAP_HAS_BEATS | SQ_CLAP_HAS_SECONDS | SQ_CLAP_HAS_SIGNATURE |
                        (time->rolling ? SQ_CLAP_IS_PLAYING : 0));
  t->beats = (int64_t)(time->beats * SQ_CLAP_FIXED);
  t->seconds = (int64_t)((double)time->position_frames / self->rate_hz * SQ_CLAP_FIXED);
  t->tempo = time->bpm > 0 ? time->bpm : 120;
  t->bar_start = (int64_t)(bar * quarters * SQ_CLAP_FIXED);
  t->bar = (int32_t)bar;
  t->beats_per_bar = (uint16_t)per_bar;
  t->beat_unit = (uint16_t)unit;
  for (uint32_t u = 0; u < self->n_units && !self->transport_told; u++)
    self->units[u].process.transport = t;
  self->transport_told = true;
}

// ---- audio: what it says --------------------------------------------------------------------------------------------

static void tell(SqClapInstance *self, uint32_t what, uint32_t param, double own) {
  atomic_store_explicit(&self->touched, true, memory_order_relaxed);
  if (!sq_ring_write(&self->told, &(SqClapTold){what, param, own}))
    atomic_store_explicit(&self->told_lost, true, memory_order_relaxed);
}

/// Puts a value before the list, at frame 0; of one parameter the last one counts.
static void relay(SqClapInstance *self, const SqClapEventParam *said) {
  SqClapEvent *list = self->queue.events + SQ_CLAP_RELAY;
  uint32_t at = 1;
  while (at <= self->n_relayed && list[-(int64_t)at].param.id != said->id)
    at++;
  if (at > SQ_CLAP_RELAY)
    return;
  if (at > self->n_relayed) {
    self->n_relayed = at;
    for (uint32_t u = 1; u < self->n_units; u++) {
      self->units[u].first_event--;
      self->units[u].n_events++;
    }
    self->unusual |= SQ_CLAP_ATTEND; // the next block has a list of its own
  }
  SqClapEventParam *event = &list[-(int64_t)at].param;
  *event = *said;
  event->header.size = sizeof *event;
  event->header.time = 0;
  event->cookie = NULL;
}

/// A value that the plug-in set. Its other copies hear of it too, in this block.
static void take_value(SqClapInstance *self, const SqClapEventParam *said) {
  const SqClapKind *k = self->kind;
  const uint32_t at = sq_clap_param_find(k, said->id);
  const uint32_t shown = at == SQ_CLAP_NONE ? SQ_CLAP_NONE : k->params[at].shown;
  if (shown == SQ_CLAP_NONE || !isfinite(said->value) || said->note_id > 0 || said->key > 0)
    return; // hidden, unknown, or of one voice; some write 0 where they mean all
  if (k->params[at].flags & SQ_CLAP_PARAM_READONLY) {
    double value = said->value;
    __atomic_store(&self->outputs[shown], &value, __ATOMIC_RELAXED);
    return;
  }
  tell(self, SQ_NEWS_VALUE, shown, said->value);
  if (self->n_units > 1)
    relay(self, said);
}

static void take_gesture(SqClapInstance *self, const SqClapEventGesture *said) {
  const uint32_t at = sq_clap_param_find(self->kind, said->id);
  const uint32_t shown = at == SQ_CLAP_NONE ? SQ_CLAP_NONE : self->kind->params[at].shown;
  if (shown == SQ_CLAP_NONE)
    return;
  self->held[shown] = said->header.type == SQ_CLAP_EVENT_GESTURE_BEGIN;
  tell(self, self->held[shown] ? SQ_NEWS_GESTURE_BEGIN : SQ_NEWS_GESTURE_END, shown, 0);
}

bool sq_rt_clap_take(const SqClapEventsOut *list, const SqClapEventHeader *event) {
  SqClapUnit *unit = list->context;
  SqClapInstance *self = unit->instance;
  if (!event || event->size < sizeof *event)
    return false;
  if (unit != self->units || event->space != 0) // copies say the same; other vocabularies are not understood
    return true;
  if (event->type == SQ_CLAP_EVENT_PARAM_VALUE && event->size >= sizeof(SqClapEventParam))
    take_value(self, (const SqClapEventParam *)(const void *)event);
  else if (event->type <= SQ_CLAP_EVENT_GESTURE_END && event->type >= SQ_CLAP_EVENT_GESTURE_BEGIN &&
           event->size >= sizeof(SqClapEventGesture))
    take_gesture(self, (const SqClapEventGesture *)(const void *)event);
  else if (event->type == SQ_CLAP_EVENT_NOTE_END && event->size >= sizeof(SqClapEventNote))
    sq_rt_clap_queue_ended(&self->queue, (const SqClapEventNote *)(const void *)event);
  else if (self->block)
    sq_rt_clap_collect(event, self->block->n_frames, self->block->events_out);
  return !self->block || !self->block->events_out || !self->block->events_out->lost;
}

// ---- audio: buffers -------------------------------------------------------------------------------------------------

static void follow(const SqClapWire *wires, uint32_t n, const float *const *buffers) {
  for (uint32_t i = 0; i < n; i++)
    *wires[i].slot = (float *)(uintptr_t)buffers[wires[i].channel];
}

/// The sidechain may be there or not, and narrower than the plug-in's.
static void follow_side(SqClapInstance *self, const SqRtBlock *block) {
  self->unusual &= ~(uint64_t)SQ_CLAP_SIDE;
  if (block->side)
    self->unusual |= SQ_CLAP_SIDE;
  for (uint32_t i = 0; i < self->n_wires_side; i++) {
    const SqClapWire *wire = &self->wires_side[i];
    bool there = block->side && wire->channel < block->n_side;
    *wire->slot = there ? (float *)(uintptr_t)block->side[wire->channel] : self->width.silence;
  }
}

static void follow_extra(SqClapInstance *self, const SqRtBlock *block) {
  for (uint32_t i = 0; i < self->n_wires_extra; i++) {
    float *heard = block->extra && i < block->n_extra ? block->extra[i] : NULL;
    if (self->wires_extra[i].slot)
      *self->wires_extra[i].slot = heard ? heard : self->spares[i];
    else if (heard)
      memset(heard, 0, block->n_frames * sizeof *heard);
  }
}

// ---- audio: the block -----------------------------------------------------------------------------------------------

static void follow_wires(const SqClapUnit *unit, const SqRtBlock *block, const float *const *in) {
  follow(unit->wires_in, unit->n_wires_in, in);
  follow(unit->wires_out, unit->n_wires_out, (const float *const *)block->out);
}

/// `in` and `out` are the tables of its channels.
static inline int32_t run_unit(SqClapUnit *unit, const SqRtBlock *block, const float *const *in, float **out) {
  SqClapProcess *p = &unit->process;
  *unit->in = (float **)(uintptr_t)in;
  *unit->out = out;
  __atomic_store_n(&p->steady_time, (int64_t)block->frame, __ATOMIC_RELAXED); // idle() sees that it is called
  p->n_frames = block->n_frames;
  sq_clap_guest_begin_audio(&unit->guest);
  const int32_t status = unit->guest.plugin->process(unit->guest.plugin, p);
  sq_clap_guest_end_audio(&unit->guest);
  return status;
}

static uint32_t status_bit(int32_t status) {
  return 1u << (status >= 0 && status <= SQ_CLAP_SLEEP ? status : SQ_CLAP_CONTINUE);
}

/// The first block of all: CLAP wants this to be said on the audio thread.
__attribute__((noinline)) static void start(SqClapInstance *self) {
  self->started = true;
  sq_rt_guard_foreign(true);
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqClapGuest *guest = &self->units[u].guest;
    sq_clap_guest_begin_audio(guest);
    guest->processing = !guest->plugin->start_processing || guest->plugin->start_processing(guest->plugin);
    sq_clap_guest_end_audio(guest);
    self->refused |= !guest->processing;
  }
  sq_rt_guard_foreign(false);
}

static void silence(const SqRtBlock *block) {
  for (uint32_t c = 0; c < block->n_out; c++)
    memset(block->out[c], 0, block->n_frames * sizeof(float));
  for (uint32_t c = 0; block->extra && c < block->n_extra; c++)
    if (block->extra[c])
      memset(block->extra[c], 0, block->n_frames * sizeof(float));
}

static bool is_silent(const float *x, uint32_t n) {
  for (uint32_t i = 0; x && i < n; i++)
    if (x[i] != 0.0F)
      return false;
  return true;
}

static bool outputs_are_silent(const SqRtBlock *block) {
  bool silent = true;
  for (uint32_t c = 0; c < block->n_out && silent; c++)
    silent = is_silent(block->out[c], block->n_frames);
  for (uint32_t c = 0; block->extra && c < block->n_extra && silent; c++)
    silent = is_silent(block->extra[c], block->n_frames);
  return silent;
}

/// True when its tail has rung out since something last came in.
static bool tail_is_over(SqClapInstance *self, const SqRtBlock *block) {
  bool quiet = !block->events;
  for (uint32_t c = 0; c < block->n_in && quiet; c++)
    quiet = is_silent(block->in[c], block->n_frames);
  for (uint32_t c = 0; block->side && c < block->n_side && quiet; c++)
    quiet = is_silent(block->side[c], block->n_frames);
  self->quiet_frames = quiet ? self->quiet_frames + block->n_frames : 0;
  const uint32_t tail = sq_clap_instance_tail(self);
  return tail != UINT32_MAX && self->quiet_frames >= tail;
}

/// What it said of the block beside "go on": `said` has a bit for each status of its copies.
__attribute__((noinline)) static SqRtResult judge(SqClapInstance *self, const SqRtBlock *block, uint32_t said) {
  if (said & 1u << SQ_CLAP_ERROR) {
    silence(block);
    return SQ_RT_SOUND;
  }
  const bool rest = !(said & 1u << SQ_CLAP_TAIL) || tail_is_over(self, block);
  if (said & 1u << SQ_CLAP_CONTINUE || !rest || atomic_load_explicit(&self->editor, memory_order_relaxed))
    return SQ_RT_SOUND; // a window's knobs are heard through process()
  return outputs_are_silent(block) ? SQ_RT_SILENT : SQ_RT_SOUND;
}

/// A new list of events; first of all the first start. False: there is nobody to play.
static bool prepare(SqClapInstance *self, const SqRtBlock *block) {
  if (!self->started)
    start(self);
  if (self->refused) {
    silence(block);
    return false;
  }
  self->queue.n = SQ_CLAP_RELAY;
  self->n_relayed = 0;
  gather(self, block);
  if (block->time && !self->transport_told)
    tell_time(self, block->time);
  for (uint32_t u = 0; u < self->n_units; u++) {
    self->units[u].first_event = SQ_CLAP_RELAY;
    self->units[u].n_events = self->queue.n - SQ_CLAP_RELAY;
  }
  self->unusual &= ~(uint64_t)SQ_CLAP_ATTEND;
  if (self->queue.n > SQ_CLAP_RELAY) // the next block begins with an empty list
    self->unusual |= SQ_CLAP_ATTEND;
  return true;
}

static inline bool needs_list(const SqClapInstance *self, const SqRtBlock *block) {
  return block->events || (self->unusual & SQ_CLAP_ATTEND) || !signals_rest(self, block);
}

/// What is the same for all blocks.
static inline void begin(SqClapInstance *self, const SqRtBlock *block) {
  const SqRtTime *time = block->time;
  if (time && (time->changed | time->rolling))
    tell_time(self, time);
  self->block = block;
  sq_rt_guard_foreign(true);
}

static inline void end(void) {
  sq_thread_keep_flushing();
  sq_rt_guard_foreign(false);
}

/// Some ask for a restart in their first block, because they count their latency from 0. Made anew they would ask
/// again, for ever: their latency is looked at, and that is all.
static void forgive_restart(SqClapInstance *self, const SqRtBlock *block) {
  for (const SqRtEvent *e = block->events; e; e = e->next)
    if (e->kind == SQ_EVENT_PARAM) // a step may be what it is for
      return;
  for (uint32_t u = 0; u < self->n_units; u++) {
    _Atomic uint32_t *asked = &self->units[u].guest.asked;
    if (atomic_fetch_and_explicit(asked, ~(uint32_t)SQ_CLAP_ASKED_RESTART, memory_order_relaxed) &
        SQ_CLAP_ASKED_RESTART)
      atomic_fetch_or_explicit(asked, SQ_CLAP_ASKED_LATENCY, memory_order_relaxed);
  }
}

__attribute__((noinline)) static SqRtResult process_any(SqClapInstance *self, const SqRtBlock *block) {
  const bool first = !self->started;
  if (needs_list(self, block) && !prepare(self, block))
    return SQ_RT_SOUND;
  follow_side(self, block);
  follow_extra(self, block);
  const float *const *in = sq_rt_width_in(&self->width, block);
  uint32_t said = 0;
  begin(self, block);
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqClapUnit *unit = &self->units[u];
    if (!unit->straight)
      follow_wires(unit, block, in);
    said |= status_bit(run_unit(unit, block, in + unit->first, block->out + unit->first));
  }
  end();
  if (first)
    forgive_restart(self, block);
  sq_rt_width_out(&self->width, block);
  return said == 1u << SQ_CLAP_CONTINUE ? SQ_RT_SOUND : judge(self, block, said);
}

SqRtResult sq_clap_instance_process(void *instance, const SqRtBlock *block) {
  SqClapInstance *self = instance;
  // one question instead of three: most blocks are not unusual
  if ((self->unusual | (uintptr_t)block->side | (uintptr_t)block->events) || !signals_rest(self, block))
    return process_any(self, block);
  begin(self, block);
  const int32_t status = run_unit(self->units, block, block->in, block->out);
  end();
  return status == SQ_CLAP_CONTINUE ? SQ_RT_SOUND : judge(self, block, status_bit(status));
}

void sq_clap_instance_reset(void *instance) {
  SqClapInstance *self = instance;
  self->quiet_frames = 0;
  if (!self->started) // nothing has sounded
    return;
  sq_rt_guard_foreign(true);
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqClapGuest *guest = &self->units[u].guest;
    if (!guest->plugin->reset)
      continue;
    sq_clap_guest_begin_audio(guest);
    guest->plugin->reset(guest->plugin);
    sq_clap_guest_end_audio(guest);
  }
  sq_rt_guard_foreign(false);
  self->hush = true; // some do nothing in reset(): what sounds is at least told to stop
  self->unusual |= SQ_CLAP_ATTEND;
}
