// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The cycle: messages -> pieces of time -> levels of programs -> hardware.
#include <math.h>
#include <string.h>

#include "engine/coast.h"
#include "engine/guard.h"

#define SQ_FETCH_SOUND 4 ///< programs between asking for a sound and reading it

/// What must come back, and what is only told: the latter leaves the last quarter of the ring to the former.
static bool must_arrive(uint16_t kind) {
  return kind == SQ_REPORT_RETIRED || kind == SQ_REPORT_SWAPPED || kind == SQ_REPORT_SETTLED ||
         kind == SQ_REPORT_MARKED || kind == SQ_REPORT_TRANSPORT;
}

bool sq_rt_engine_report(SqRtEngine *engine, const SqRtReport *report) {
  if ((must_arrive(report->kind) || sq_ring_space(engine->reports) > engine->reports->n_items / 4) &&
      sq_ring_write(engine->reports, report))
    return true;
  atomic_fetch_add_explicit(&engine->lost_reports, 1, memory_order_relaxed);
  return false;
}

// ---- messages -------------------------------------------------------------------------------------------------------

static SqRtObject *find(SqRtEngine *engine, const SqRtMessage *m) {
  if (m->slot >= engine->n_slots)
    return NULL;
  const SqRtSlot *slot = &engine->slots[m->slot];
  return slot->generation == m->generation ? slot->object : NULL;
}

/// Puts a set or an event on its object's list, `offset` frames into the coming piece.
static void deliver(SqRtEngine *engine, const SqRtMessage *m, uint32_t offset) {
  SqRtObject *object = find(engine, m);
  if (!object) {
    engine->stale++;
    return;
  }
  if (engine->used_arena == engine->n_arena) { // cannot happen while the arena holds queue + pending
    atomic_fetch_add_explicit(&engine->lost_events, 1, memory_order_relaxed);
    return;
  }
  if (object->coast)
    object->coast->until = 0;
  if (object->kind == SQ_RT_PROC)
    ((SqRtProc *)object)->steady = false;
  if (object->piece != engine->piece) {
    object->piece = engine->piece;
    object->first = object->last = object->first_set = object->last_set = NULL;
  }
  SqRtEvent *e = &engine->arena[engine->used_arena++];
  *e = (SqRtEvent){.offset = offset,
                   .kind = m->event,
                   .channel = m->kind == SQ_MESSAGE_SET ? m->curve : m->channel,
                   .index = m->index,
                   .id = m->kind == SQ_MESSAGE_SET ? m->length : m->id,
                   .key = m->key,
                   .value = m->value,
                   .data = m->data,
                   .midi = {m->midi[0], m->midi[1], m->midi[2], 0}};
  const bool set = m->kind == SQ_MESSAGE_SET;
  SqRtEvent **first = set ? &object->first_set : &object->first, **last = set ? &object->last_set : &object->last;
  if (*last)
    (*last)->next = e;
  else
    *first = e;
  *last = e;
}

static void retire(SqRtEngine *engine, void *plan) {
  if (plan)
    sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_RETIRED, .frame = engine->frame, .data = plan});
}

/// A processor's data is exchanged between two pieces, in order with everything else.
static void swap(SqRtEngine *engine, const SqRtMessage *m) {
  SqRtProc *proc = (SqRtProc *)find(engine, m);
  void *old = m->data;
  if (proc && proc->type->swap) {
    if (proc->lends)
      sq_rt_coast_end(engine, proc);
    old = proc->type->swap(proc->instance, m->data);
    proc->idle = false;
  } else {
    engine->stale++;
  }
  if (old)
    sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_SWAPPED, .frame = engine->frame, .data = old});
}

static void transport(SqRtEngine *engine, const SqRtMessage *m) {
  SqRtTransport *t = &engine->transport;
  const double beats = isnan(m->value) ? sq_rt_transport_beats(t, engine->frame, engine->rate) : m->value;
  *t = (SqRtTransport){.rolling = m->index != 0,
                       .changed = true,
                       .anchor = engine->frame,
                       .beats = beats,
                       .bpm = (double)m->key,
                       .beats_per_bar = m->length >> 16,
                       .beat_unit = m->length & 0xffff};
  engine->transport_generation = m->id;
  sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_TRANSPORT,
                                            .frame = engine->frame,
                                            .index = m->index,
                                            .id = m->id,
                                            .key = m->key,
                                            .value = beats});
}

/// A set that is to be told of leaves a note for the frame at which its signal rests. There is room: has_room() keeps
/// it for what comes from the queue, and what comes from the pending has just left it.
static void note_arrival(SqRtEngine *engine, const SqRtMessage *m, uint64_t frame) {
  if (!(m->flags & SQ_MESSAGE_TELL))
    return;
  SqRtMessage note = *m;
  note.kind = SQ_MESSAGE_SETTLE;
  note.frame = frame + m->length;
  note.serial = engine->serial++;
  sq_rt_pending_push(&engine->pending, &note);
}

static const SqRtSignal *signal_of(const SqRtObject *object, uint32_t index) {
  if (object->kind == SQ_RT_PROC && index == SQ_PROC_WET)
    return &((const SqRtProc *)object)->wet;
  if (object->kind == SQ_RT_EDGE && index == SQ_EDGE_LEVEL)
    return &((const SqRtEdge *)object)->level;
  return NULL;
}

/// Tells that a signal rests, and where; looks again later while it is on its way (another set came between) or the
/// control thread has not taken its reports.
static void settle(SqRtEngine *engine, SqRtMessage *m) {
  const SqRtObject *object = find(engine, m);
  const SqRtSignal *signal = object ? signal_of(object, m->index) : NULL;
  if (!signal)
    return;
  if (!sq_rt_signal_settled(signal, m->frame)) {
    m->frame = signal->start + signal->length;
    sq_rt_pending_push(&engine->pending, m);
  } else if (sq_ring_space(engine->reports) <= 8) {
    m->frame += SQ_MAX_BLOCK;
    sq_rt_pending_push(&engine->pending, m);
  } else {
    sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_SETTLED,
                                              .frame = signal->length ? signal->start + signal->length : m->frame,
                                              .slot = m->slot,
                                              .generation = m->generation,
                                              .id = m->id,
                                              .value = (double)signal->to});
  }
}

/// The set as one of `value`, at once; `moving` 1: of a move.
static void set_now(SqRtEngine *engine, const SqRtMessage *m, double value, float moving, uint16_t flags) {
  SqRtMessage set = *m;
  set.key = moving;
  set.kind = SQ_MESSAGE_SET;
  set.value = value;
  set.flags = flags;
  note_arrival(engine, &set, engine->frame);
  deliver(engine, &set, 0);
}

/// A processor that is to move fades to dry first.
static void begin_move(SqRtEngine *engine, const SqRtMessage *m) {
  SqRtMessage next = *m;
  next.kind = SQ_MESSAGE_SWITCH;
  next.frame = engine->frame + (m->length ? m->length : 1);
  next.serial = engine->serial++;
  set_now(engine, m, 0.0, 1.0F, 0);
  sq_rt_pending_push(&engine->cuts, &next);
}

/// It is dry: it goes on at its other place. Else another set came between, and it fades again.
static void switch_place(SqRtEngine *engine, const SqRtMessage *m) {
  SqRtProc *proc = (SqRtProc *)find(engine, m);
  if (!proc)
    return;
  if (proc->wet.to != 0.0F || !sq_rt_signal_settled(&proc->wet, engine->frame)) {
    begin_move(engine, m);
    return;
  }
  proc->place ^= 1;
  set_now(engine, m, (double)proc->wanted, 1.0F, SQ_MESSAGE_TELL);
}

/// A slot goes to the object of the newest generation. One that was given back stays empty, although a message that
/// waited for its frame would put the object there, which is no more.
static void take_slot(SqRtEngine *engine, const SqRtMessage *m) {
  SqRtSlot *slot = &engine->slots[m->slot];
  const int32_t newer = (int32_t)(m->generation - slot->generation);
  if (newer > 0 || (newer == 0 && !m->data))
    *slot = (SqRtSlot){m->generation, m->data};
}

/// What is carried out between two pieces.
static void carry_out(SqRtEngine *engine, const SqRtMessage *m) {
  switch ((SqMessageKind)m->kind) {
  case SQ_MESSAGE_SLOT:
    take_slot(engine, m);
    break;
  case SQ_MESSAGE_PLAN:
    retire(engine, engine->plan);
    engine->plan = m->data;
    break;
  case SQ_MESSAGE_EVENT:
    swap(engine, m);
    break;
  case SQ_MESSAGE_TRANSPORT:
    transport(engine, m);
    break;
  case SQ_MESSAGE_SET:
    if (m->flags & SQ_MESSAGE_MOVE)
      begin_move(engine, m);
    else
      set_now(engine, m, m->value, 0.0F, m->flags);
    break;
  case SQ_MESSAGE_SWITCH:
    switch_place(engine, m);
    break;
  case SQ_MESSAGE_MARK:
    sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_MARKED,
                                              .frame = engine->frame,
                                              .slot = m->slot,
                                              .generation = m->generation,
                                              .id = m->id});
    break;
  case SQ_MESSAGE_SETTLE:
    break; // among the pending, never here
  }
}

/// A crossfade of a processor begins where the cycle is cut, because it is reset there: at the same frame however
/// time was cut into blocks.
static bool cuts_cycle(const SqRtMessage *m) {
  return (m->kind == SQ_MESSAGE_SET && m->index == SQ_PROC_WET) || m->kind == SQ_MESSAGE_SLOT ||
         m->kind == SQ_MESSAGE_PLAN || m->kind == SQ_MESSAGE_TRANSPORT || m->kind == SQ_MESSAGE_MARK ||
         (m->kind == SQ_MESSAGE_EVENT && m->event == SQ_EVENT_SWAP);
}

static void receive(SqRtEngine *engine, SqRtMessage *m) {
  m->serial = engine->serial++;
  const bool later = m->frame > engine->frame;
  if (m->kind == SQ_MESSAGE_PLAN && later) {
    retire(engine, engine->armed);
    engine->armed = m->data;
    engine->armed_frame = m->frame;
  } else if (cuts_cycle(m)) {
    if (later)
      sq_rt_pending_push(&engine->cuts, m);
    else
      carry_out(engine, m);
  } else {
    if (m->frame && m->frame < engine->frame)
      sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_LATE,
                                                .frame = m->frame,
                                                .slot = m->slot,
                                                .generation = m->generation,
                                                .id = m->id,
                                                .value = (double)(engine->frame - m->frame)});
    if (!later && sq_rt_pending_next(&engine->pending) > engine->frame) {
      note_arrival(engine, m, engine->frame);
      deliver(engine, m, 0);
    } else {
      if (!later)
        m->frame = engine->frame;
      sq_rt_pending_push(&engine->pending, m);
    }
  }
}

/// Room for whatever the next message may need; without it the rest waits in the queue for the next cycle.
static bool has_room(SqRtEngine *engine) {
  return engine->pending.n + 2 < engine->pending.cap && engine->cuts.n + 2 < engine->cuts.cap &&
         engine->used_arena + engine->pending.n + engine->cuts.n + 1 < engine->n_arena &&
         sq_ring_space(engine->reports) > 8;
}

static void drain(SqRtEngine *engine) {
  SqRtMessage m;
  while (has_room(engine) && sq_ring_read(engine->queue, &m))
    receive(engine, &m);
}

// ---- time -----------------------------------------------------------------------------------------------------------

static void commit_armed(SqRtEngine *engine) {
  if (engine->armed && engine->armed_frame <= engine->frame) {
    retire(engine, engine->plan);
    engine->plan = engine->armed;
    engine->armed = NULL;
  }
}

static void due_cuts(SqRtEngine *engine) {
  while (sq_rt_pending_next(&engine->cuts) <= engine->frame) {
    const SqRtMessage m = sq_rt_pending_pop(&engine->cuts);
    carry_out(engine, &m);
  }
}

static uint32_t piece_length(const SqRtEngine *engine, uint32_t left) {
  uint64_t n = left < SQ_MAX_BLOCK ? left : SQ_MAX_BLOCK;
  const uint64_t cut = sq_rt_pending_next(&engine->cuts);
  if (cut - engine->frame < n)
    n = cut - engine->frame;
  if (engine->armed && engine->armed_frame - engine->frame < n)
    n = engine->armed_frame - engine->frame;
  return (uint32_t)n;
}

static bool voided(const SqRtEngine *engine, const SqRtMessage *m) {
  return m->voided_by != 0 && m->voided_by != engine->transport_generation;
}

static void due_events(SqRtEngine *engine, uint32_t n) {
  while (sq_rt_pending_next(&engine->pending) < engine->frame + n) {
    SqRtMessage m = sq_rt_pending_pop(&engine->pending);
    if (m.kind == SQ_MESSAGE_SETTLE && m.frame <= engine->frame) {
      settle(engine, &m);
    } else if (m.kind == SQ_MESSAGE_SETTLE) { // the piece holds targets that have not been taken yet: judged behind it
      m.frame = engine->frame + n;
      sq_rt_pending_push(&engine->pending, &m);
    }
    if (m.kind == SQ_MESSAGE_SETTLE || voided(engine, &m))
      continue;
    note_arrival(engine, &m, m.frame);
    deliver(engine, &m, (uint32_t)(m.frame - engine->frame));
  }
}

/// Programs that neither pause nor depend on each other; most of them may coast.
__attribute__((noinline)) static void run_through(SqRtEngine *engine, const SqRtPlan *plan, uint32_t first,
                                                  uint32_t end, uint32_t n) {
  const SqRtCoasting now = sq_rt_coasting(engine, n);
  for (uint32_t i = first; i < end; i++) {
    const SqRtCoaster *coaster = &plan->coasters[i];
    sq_rt_coast_fetch(coaster + SQ_FETCH_AHEAD);
    sq_rt_coast_fetch_sound(coaster + SQ_FETCH_SOUND, now.from);
    if (!sq_rt_coast_run(engine, &now, coaster) && !sq_rt_coast_round(engine, coaster, n))
      sq_rt_program_run(engine, plan->programs[i], 0, n);
  }
}

static void run_level(SqRtEngine *engine, SqRtPlan *plan, const SqRtLevel *level, uint32_t n) {
  const uint32_t end = level->first + level->n;
  if (!level->phased) {
    run_through(engine, plan, level->first, end, n);
    return;
  }
  bool paused = false;
  for (uint32_t i = level->first; i < end; i++)
    paused |= (plan->resume[i] = sq_rt_program_run(engine, plan->programs[i], 0, n)) != 0;
  while (paused) { // every host of the level has been started: now they are collected
    paused = false;
    for (uint32_t i = level->first; i < end; i++)
      if (plan->resume[i])
        paused |= (plan->resume[i] = sq_rt_program_run(engine, plan->programs[i], plan->resume[i], n)) != 0;
  }
}

static void leave(SqRtEngine *engine, float *const *out, uint32_t n_out, uint32_t at, uint32_t n) {
  const SqRtSum *sum = engine->plan ? engine->plan->hardware : NULL;
  for (uint32_t c = 0; c < n_out; c++) {
    if (!sum || c >= sum->n_channels || sum->written[c] != engine->piece) {
      memset(out[c] + at, 0, n * sizeof(float));
      continue;
    }
    if (engine->dsp->ceiling(out[c] + at, sum->x[c], engine->ceiling, n) &&
        engine->frame >= engine->clip_reported + (uint64_t)engine->rate / 4) {
      engine->clip_reported = engine->frame;
      sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_CLIP, .frame = engine->frame, .index = c});
    }
  }
}

static void report_stale(SqRtEngine *engine) {
  if (engine->stale && sq_ring_space(engine->reports) > 8) {
    sq_rt_engine_report(engine, &(SqRtReport){.kind = SQ_REPORT_STALE, .frame = engine->frame, .id = engine->stale});
    engine->stale = 0;
  }
}

static void run_piece(SqRtEngine *engine, uint32_t n) {
  due_events(engine, n);
  sq_rt_transport_time(&engine->transport, engine->frame, engine->rate, &engine->time);
  engine->scratch.events_out = (SqRtEventsOut){.events = engine->out_arena, .cap = SQ_EVENTS_OUT};
  engine->scratch.block = (SqRtBlock){.frame = engine->frame,
                                      .n_frames = n,
                                      .end = engine->frame + n,
                                      .hardware = engine->hardware_in,
                                      .n_hardware = engine->n_hardware_in,
                                      .events_out = &engine->scratch.events_out,
                                      .loan = &engine->scratch.loan,
                                      .time = &engine->time};
  if (engine->plan)
    for (uint32_t l = 0; l < engine->plan->n_levels; l++)
      run_level(engine, engine->plan, &engine->plan->levels[l], n);
}

void sq_rt_engine_process(SqRtEngine *engine, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                          uint32_t n) {
  sq_rt_guard_enter();
  engine->epoch = atomic_load_explicit(&engine->meter_epoch, memory_order_acquire);
  engine->used_arena = 0;
  engine->n_hardware_in = n_in < SQ_MAX_HARDWARE ? n_in : SQ_MAX_HARDWARE;
  engine->hardware_in = engine->hardware_at;
  engine->piece++;
  drain(engine);
  for (uint32_t at = 0; at < n;) {
    commit_armed(engine);
    due_cuts(engine);
    const uint32_t length = piece_length(engine, n - at);
    for (uint32_t c = 0; c < engine->n_hardware_in; c++)
      engine->hardware_at[c] = in[c] + at;
    run_piece(engine, length);
    leave(engine, out, n_out, at, length);
    at += length;
    engine->frame += length;
    engine->transport.changed = false;
    engine->piece++;
  }
  report_stale(engine);
  atomic_store_explicit(&engine->meter_seen, engine->epoch, memory_order_release);
  atomic_store_explicit(&engine->frame_now, engine->frame, memory_order_release);
  sq_rt_guard_leave();
}

void sq_rt_engine_drain(SqRtEngine *engine) {
  engine->used_arena = 0;
  engine->piece++;
  SqRtMessage m;
  while (has_room(engine) && sq_ring_read(engine->queue, &m)) {
    if (m.kind == SQ_MESSAGE_SET || (m.kind == SQ_MESSAGE_EVENT && m.event != SQ_EVENT_SWAP)) {
      m.serial = engine->serial++;
      if (m.frame < engine->frame)
        m.frame = engine->frame;
      sq_rt_pending_push(cuts_cycle(&m) ? &engine->cuts : &engine->pending, &m); // kept for the first frame that comes
    } else {
      receive(engine, &m);
    }
  }
  commit_armed(engine);
}
