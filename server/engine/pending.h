// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Timed messages on the audio side, first by frame, then by arrival: a binary heap over given memory; audio thread.
#ifndef SQ_ENGINE_PENDING_H
#define SQ_ENGINE_PENDING_H

#include <stdbool.h>

#include "engine/message.h"

typedef struct SqRtPending {
  SqRtMessage *items; ///< [cap]
  uint32_t n, cap;
} SqRtPending;

/// False: full.
bool sq_rt_pending_push(SqRtPending *pending, const SqRtMessage *message);

/// Takes the first out; `pending` must not be empty.
SqRtMessage sq_rt_pending_pop(SqRtPending *pending);

/// Frame of the first, or UINT64_MAX.
static inline uint64_t sq_rt_pending_next(const SqRtPending *pending) {
  return pending->n ? pending->items[0].frame : UINT64_MAX;
}

#endif
