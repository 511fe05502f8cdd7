// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// A signal over one piece of time, with new targets taken at their own frames.
#include "engine/engine.h"

static void retarget(SqRtSignal *signal, const SqRtEvent *set, uint64_t frame) {
  sq_rt_signal_go(signal, frame, (float)set->value, set->id, (SqCurve)set->channel);
}

static const SqRtEvent *next_set(const SqRtEvent *set, uint32_t index) {
  while (set && set->index != index)
    set = set->next;
  return set;
}

SqSignal sq_rt_signal_piece(SqRtEngine *engine, SqRtSignal *signal, const SqRtEvent *events, uint32_t index, uint32_t n,
                            float *buffer) {
  const SqRtEvent *set = next_set(events, index);
  while (set && set->offset == 0) { // the common case: a block still of one piece
    retarget(signal, set, engine->frame);
    set = next_set(set->next, index);
  }
  if (!set)
    return sq_rt_signal_view(signal, engine->frame, n, buffer);
  uint32_t at = 0;
  while (at < n) {
    const uint32_t end = set ? set->offset : n;
    if (end > at) {
      const SqSignal view = sq_rt_signal_view(signal, engine->frame + at, end - at, buffer + at);
      if (view.shape != SQ_SIGNAL_FRAMES)
        sq_signal_fill(&view, buffer + at, end - at);
    }
    at = end;
    if (set) {
      retarget(signal, set, engine->frame + at);
      set = next_set(set->next, index);
    }
  }
  return (SqSignal){.shape = SQ_SIGNAL_FRAMES, .frames = buffer};
}
