// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Messages of one commit are gathered and enter the queue together, or not at all.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

/// What follows is for engine frame `frame` (0: at once). `structure`: a plan may come of it; then it joins the plan
/// that waits for its frame, so that no plan overtakes another and no value a thing that is in neither yet.
void sq_link_begin(SqLink *link, uint64_t frame, bool structure) {
  const uint64_t now = sq_link_frame(link);
  link->commit_frame = frame > now ? frame : 0;
  if (structure && link->armed_frame > now)
    link->commit_frame = link->armed_frame;
  link->batch_begin = link->n_batch;
}

/// When a message to `object` may be carried out: not before the plan that names it.
uint64_t sq_link_frame_for(const SqLink *link, const SqRtObject *object) {
  return object->live > link->commit_frame && object->live > sq_link_frame(link) ? object->live : link->commit_frame;
}

void sq_link_post(SqLink *link, const SqRtMessage *message) {
  if (link->n_batch == link->cap_batch) {
    link->cap_batch = link->cap_batch ? 2 * link->cap_batch : 256;
    link->batch = sq_realloc(link->batch, link->cap_batch, sizeof *link->batch);
  }
  link->batch[link->n_batch++] = *message;
}

void sq_link_post_set(SqLink *link, const SqRtObject *object, uint32_t index, double value, uint32_t length,
                      SqCurve curve, bool tell) {
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_SET,
                                    .slot = object->slot,
                                    .generation = object->generation,
                                    .frame = sq_link_frame_for(link, object),
                                    .voided_by = link->stamp,
                                    .index = index,
                                    .value = value,
                                    .length = length,
                                    .curve = (uint16_t)curve,
                                    .flags = tell ? SQ_MESSAGE_TELL : 0});
}

static bool is_structure(const SqRtMessage *message) {
  return message->kind == SQ_MESSAGE_SLOT || message->kind == SQ_MESSAGE_PLAN;
}

/// The plan and the slots of a commit go before its values: they may be read in several cycles, and a value that came
/// for a thing that no plan names would be lost.
static void structure_first(SqLink *link) {
  const uint32_t n = link->n_batch - link->batch_begin;
  SqRtMessage *all = link->batch + link->batch_begin, *rest = sq_alloc(n, sizeof *rest);
  uint32_t kept = 0, n_rest = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (is_structure(&all[i]))
      all[kept++] = all[i];
    else
      rest[n_rest++] = all[i];
  }
  memcpy(all + kept, rest, n_rest * sizeof *rest);
  free(rest);
}

void sq_link_post_plan(SqLink *link, SqRtPlan *plan) {
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = link->commit_frame, .data = plan});
  structure_first(link);
  if (link->commit_frame)
    link->armed_frame = link->commit_frame;
  if (link->n_on_way == link->cap_on_way) {
    link->cap_on_way = link->cap_on_way ? 2 * link->cap_on_way : 16;
    link->on_way = sq_realloc(link->on_way, link->cap_on_way, sizeof *link->on_way);
  }
  link->on_way[link->n_on_way++] = plan->number;
}

/// How many of n messages may enter the queue now: a commit as a whole, or, where it is larger than half the queue, as
/// much as there is room for.
static uint32_t may_enter(SqLink *link, uint32_t n) {
  const uint32_t space = sq_ring_space(link->engine->queue);
  if (n > space)
    n = n > SQ_QUEUE_MESSAGES / 2 ? space : 0;
  return n;
}

void sq_link_hold(SqLink *link) {
  link->held.on = true;
  link->held.n_batch = link->n_batch;
  link->held.transport = link->transport;
  link->held.generation = link->transport_generation;
  link->held.exact = link->exact;
}

void sq_link_release(SqLink *link, bool keep) {
  link->held.on = false;
  if (keep) {
    sq_link_flush(link);
    return;
  }
  link->n_batch = link->held.n_batch;
  link->transport = link->held.transport;
  link->transport_generation = link->held.generation;
  link->exact = link->held.exact;
}

void sq_link_flush(SqLink *link) {
  uint32_t at = 0;
  if (link->held.on)
    return;
  // Room was asked for before the edits were made; while the driver stands still we empty the queue ourselves.
  while (at < link->n_batch) {
    const uint32_t n = may_enter(link, link->n_batch - at);
    if (!n || !sq_ring_write_n(link->engine->queue, link->batch + at, n))
      break;
    at += n;
    if (link->stopped)
      sq_rt_engine_drain(link->engine);
  }
  link->messages += at;
  memmove(link->batch, link->batch + at, (link->n_batch - at) * sizeof *link->batch);
  link->n_batch -= at; // what found no room goes first next time, in order
  link->batch_begin = link->n_batch;
  link->commit_frame = 0;
}
