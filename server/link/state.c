// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What can be asked of the sound, and what is sent to one processor.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/coast.h"
#include "link/zones.h"

SqStatus sq_link_proc(const SqLink *link, SqHandle handle, SqLinkState *state, const SqProcessorType **type,
                      const char **error) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  if (!proc)
    return SQ_NOT_FOUND;
  *state = proc->state == SQ_LINK_READY && sq_link_zones_building(proc) ? SQ_LINK_BUILDING : proc->state;
  if (type)
    *type = proc->type;
  if (error)
    *error = proc->error;
  return SQ_OK;
}

uint32_t sq_link_latency(const SqLink *link, SqHandle handle) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  return proc && proc->instance && proc->type->latency ? proc->type->latency(proc->instance) : 0;
}

float sq_link_output_value(const SqLink *link, SqHandle handle, uint32_t param) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  if (!proc || !proc->rt || param >= proc->type->n_params)
    return 0.0F;
  return atomic_load_explicit(&proc->rt->outputs[param], memory_order_relaxed);
}

SqStatus sq_link_save_state(const SqLink *link, SqHandle handle, SqBlob *blob) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  if (!proc || !proc->instance)
    return SQ_NOT_FOUND;
  return proc->type->save ? proc->type->save(proc->instance, blob) : SQ_UNSUPPORTED;
}

bool sq_link_instance(const SqLink *link, SqHandle handle, const SqProcessorType **type, void **instance) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  if (!proc || !proc->instance || !proc->type->save)
    return false;
  *type = proc->type;
  *instance = proc->instance;
  return true;
}

static SqStatus send(SqLink *link, const SqRtMessage *message) {
  if (!link->stopped && sq_ring_space(link->engine->queue) < link->n_batch + 8)
    return SQ_BUSY;
  sq_link_post(link, message);
  sq_link_flush(link);
  return SQ_OK;
}

SqStatus sq_link_event(SqLink *link, SqHandle handle, const SqEvent *event, uint64_t frame, uint32_t voided_by) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  if (!proc || !proc->rt)
    return SQ_NOT_FOUND;
  const uint64_t live = sq_link_frame_for(link, &proc->rt->object); // it may be of a plan that waits for its frame
  return send(link, &(SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                   .event = event->kind,
                                   .slot = proc->rt->object.slot,
                                   .generation = proc->rt->object.generation,
                                   .frame = frame > live ? frame : live,
                                   .voided_by = voided_by ? voided_by
                                                : frame   ? link->voids
                                                          : 0,
                                   .index = event->index,
                                   .id = event->id,
                                   .key = event->key,
                                   .channel = event->channel,
                                   .midi = {event->midi[0], event->midi[1], event->midi[2]},
                                   .value = event->value});
}

SqStatus sq_link_swap(SqLink *link, SqHandle handle, SqProcData *data) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  SqStatus status = SQ_NOT_FOUND;
  if (proc && proc->rt)
    status = send(link, &(SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                       .event = SQ_EVENT_SWAP,
                                       .slot = proc->rt->object.slot,
                                       .generation = proc->rt->object.generation,
                                       .data = data});
  if (status != SQ_OK)
    data->free(data);
  return status;
}

// ---- time -----------------------------------------------------------------------------------------------------------

uint64_t sq_link_frame(const SqLink *link) {
  return atomic_load_explicit(&link->engine->frame_now, memory_order_acquire);
}

double sq_link_rate(const SqLink *link) {
  return link->config.rate;
}

const SqPosition *sq_link_position(const SqLink *link) {
  return &link->transport;
}

/// The audio side's own formula, on what it reported.
static SqRtTransport transport_of(const SqLink *link) {
  const SqPosition *p = &link->transport;
  return (SqRtTransport){.rolling = p->rolling, .anchor = p->anchor, .beats = p->beats, .bpm = p->bpm};
}

double sq_link_beats_at(const SqLink *link, uint64_t frame) {
  const SqRtTransport t = transport_of(link);
  return sq_rt_transport_beats(&t, frame > t.anchor ? frame : t.anchor, link->config.rate);
}

double sq_link_frame_of(const SqLink *link, double beats) {
  const SqRtTransport t = transport_of(link);
  return sq_rt_transport_frame(&t, beats, link->config.rate);
}

uint32_t sq_link_transport_generation(const SqLink *link) {
  return link->transport_generation;
}

static SqStatus post_transport(SqLink *link, bool rolling, double beats, double bpm, uint64_t frame) {
  double bar = 4.0, unit = 4.0;
  sq_doc_number(link->doc, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_BAR}, &bar);
  sq_doc_number(link->doc, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_UNIT}, &unit);
  return send(link, &(SqRtMessage){.kind = SQ_MESSAGE_TRANSPORT,
                                   .frame = frame > sq_link_frame(link) ? frame : 0,
                                   .index = rolling,
                                   .value = beats,
                                   .key = (float)bpm,
                                   .id = ++link->transport_generation,
                                   .length = (uint32_t)bar << 16 | (uint32_t)unit});
}

bool sq_link_position_known(const SqLink *link) {
  return link->exact || link->transport_reported == link->transport_generation;
}

void sq_link_transport_reported(SqLink *link, const SqRtReport *report) {
  link->transport_reported = report->id;
  if (!link->exact || report->id == link->transport_generation) {
    link->transport.rolling = report->index != 0;
    link->transport.anchor = report->frame;
    link->transport.beats = report->value;
    link->transport.bpm = (double)report->key;
    link->exact = report->id == link->transport_generation;
  }
  link->config.notice(link->config.context,
                      &(SqNotice){.kind = SQ_NOTICE_TRANSPORT, .index = report->id, .frame = report->frame});
}

/// Whether the change just sent leaves no doubt of where the transport will be: a place while it rests, and a start
/// from a known place at a frame to come. All else is known when the audio thread reports it.
static bool foretell(SqLink *link, bool rolling, double beats, double bpm, uint64_t frame) {
  SqPosition *position = &link->transport;
  if (position->wanted || link->stopped || (isnan(beats) && !link->exact) || (rolling && frame <= sq_link_frame(link)))
    return false;
  position->rolling = rolling;
  position->anchor = frame;
  position->bpm = bpm;
  if (!isnan(beats))
    position->beats = beats;
  return true;
}

SqStatus sq_link_set_transport(SqLink *link, bool rolling, double beats, double bpm, uint64_t frame) {
  SqPosition *position = &link->transport;
  if (link->exact && position->rolling && position->anchor > sq_link_frame(link) && frame < position->anchor)
    frame = position->anchor; // a start that is still to come is not overtaken
  const SqStatus status = post_transport(link, rolling, beats, bpm, frame);
  if (status != SQ_OK) {
    link->transport_generation--;
    return status;
  }
  link->exact = foretell(link, rolling, beats, bpm, frame);
  position->wanted = rolling;
  return SQ_OK;
}

// ---- meters ---------------------------------------------------------------------------------------------------------

bool sq_link_meters_turn(SqLink *link) {
  SqRtEngine *engine = link->engine;
  if (!link->stopped && atomic_load_explicit(&engine->meter_seen, memory_order_acquire) != link->meter_epoch)
    return false;
  atomic_store_explicit(&engine->meter_epoch, ++link->meter_epoch, memory_order_release);
  return true;
}

/// The bank of the period before the present one: the audio thread left it when it saw the new epoch. Until it has,
/// nothing is read.
bool sq_link_levels(SqLink *link, SqHandle handle, SqLevels *levels) {
  SqLinkStrip *strip = sq_link_strip(link, handle);
  if (!strip)
    return false;
  SqMeterBank *bank = &strip->rt->meter->banks[(link->meter_epoch + 1) & 1];
  const bool seen =
      link->stopped || atomic_load_explicit(&link->engine->meter_seen, memory_order_acquire) == link->meter_epoch;
  levels->n_channels = strip->n_channels;
  levels->frames = seen ? bank->frames : 0;
  const size_t bytes = strip->n_channels * sizeof(SqDspLevel);
  if (seen && strip->rt->coast) {
    SqMeterSquares *squares = &strip->rt->coast->squares[(link->meter_epoch + 1) & 1];
    sq_rt_squares_book(squares, bank->pre, bank->post);
    levels->frames += squares->frames;
    *squares = (SqMeterSquares){.fader = squares->fader, .revision = squares->revision};
  }
  if (!seen) {
    memset(levels->pre, 0, bytes);
    memset(levels->post, 0, bytes);
    return true;
  }
  memcpy(levels->pre, bank->pre, bytes);
  memcpy(levels->post, bank->post, bytes);
  memset(bank->pre, 0, bytes);
  memset(bank->post, 0, bytes);
  bank->frames = 0;
  return true;
}

void sq_link_stats(const SqLink *link, SqLinkStats *stats) {
  *stats = (SqLinkStats){.plans = link->plan_number,
                         .messages = link->messages,
                         .stale = link->stale,
                         .insane = link->insane,
                         .lost = atomic_load(&link->engine->lost_events) + atomic_load(&link->engine->lost_reports),
                         .strips = link->n_strips,
                         .processors = link->n_procs,
                         .edges = link->n_edges,
                         .garbage = link->n_garbage,
                         .queue_used = SQ_QUEUE_MESSAGES - sq_ring_space(link->engine->queue)};
}

SqHandle sq_link_proc_of_instance(const SqLink *link, const void *instance) {
  for (uint32_t i = 0; i < link->n_strips; i++) {
    const SqLinkStrip *strip = link->strips[i];
    if (strip->generator && strip->generator->instance == instance)
      return strip->generator->handle;
    for (uint32_t k = 0; k < strip->n_chain; k++)
      if (strip->chain[k]->instance == instance)
        return strip->chain[k]->handle;
  }
  return 0;
}
