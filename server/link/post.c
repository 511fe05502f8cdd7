// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Messages of one commit are gathered and enter the queue together, or not at all.
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

void sq_link_post(SqLink *link, const SqRtMessage *message) {
  if (link->n_batch == link->cap_batch) {
    link->cap_batch = link->cap_batch ? 2 * link->cap_batch : 256;
    link->batch = sq_realloc(link->batch, link->cap_batch, sizeof *link->batch);
  }
  SqRtMessage *to = &link->batch[link->n_batch++];
  *to = *message;
  if (link->voids && to->frame && (to->kind == SQ_MESSAGE_SET || to->kind == SQ_MESSAGE_EVENT))
    to->voided_by = link->voids;
}

void sq_link_post_set(SqLink *link, const SqRtObject *object, uint32_t index, double value, uint32_t length,
                      SqCurve curve, bool tell) {
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_SET,
                                    .slot = object->slot,
                                    .generation = object->generation,
                                    .frame = link->commit_frame,
                                    .index = index,
                                    .value = value,
                                    .length = length,
                                    .curve = (uint16_t)curve,
                                    .flags = tell ? SQ_MESSAGE_TELL : 0});
}

void sq_link_post_plan(SqLink *link, SqRtPlan *plan) {
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_PLAN, .frame = link->commit_frame, .data = plan});
}

void sq_link_flush(SqLink *link) {
  if (!link->n_batch)
    return;
  // Room was asked for before the edits were made; while the driver stands still we empty the queue ourselves.
  uint32_t at = 0;
  while (at < link->n_batch) {
    uint32_t n = link->n_batch - at;
    if (link->stopped && n > SQ_QUEUE_MESSAGES / 2)
      n = SQ_QUEUE_MESSAGES / 2;
    if (!sq_ring_write_n(link->engine->queue, link->batch + at, n)) {
      break;
    }
    at += n;
    if (link->stopped)
      sq_rt_engine_drain(link->engine);
  }
  link->messages += at;
  memmove(link->batch, link->batch + at, (link->n_batch - at) * sizeof *link->batch);
  link->n_batch -= at; // what found no room goes first next time, in order
}
