// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A binary heap: J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7(6), 1964.
#include "engine/pending.h"

static bool before(const SqRtMessage *a, const SqRtMessage *b) {
  return a->frame != b->frame ? a->frame < b->frame : a->serial < b->serial;
}

bool sq_rt_pending_push(SqRtPending *pending, const SqRtMessage *message) {
  if (pending->n == pending->cap)
    return false;
  uint32_t i = pending->n++;
  while (i > 0) {
    const uint32_t parent = (i - 1) / 2;
    if (!before(message, &pending->items[parent]))
      break;
    pending->items[i] = pending->items[parent];
    i = parent;
  }
  pending->items[i] = *message;
  return true;
}

SqRtMessage sq_rt_pending_pop(SqRtPending *pending) {
  const SqRtMessage first = pending->items[0];
  const SqRtMessage last = pending->items[--pending->n];
  uint32_t i = 0;
  for (;;) {
    uint32_t child = 2 * i + 1;
    if (child >= pending->n)
      break;
    if (child + 1 < pending->n && before(&pending->items[child + 1], &pending->items[child]))
      child++;
    if (!before(&pending->items[child], &last))
      break;
    pending->items[i] = pending->items[child];
    i = child;
  }
  pending->items[i] = last;
  return first;
}
