// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Cuts a block at events of parameters, for formats whose values hold from one run() to the next; audio thread.
///
/// The cuts depend on the events alone, never on the engine's period: so the bits do not either.
#ifndef SQ_PLUGINS_SPLIT_H
#define SQ_PLUGINS_SPLIT_H

#include "engine/processor.h"

/// True when `event` gives a parameter of `instance` another value than it has; `take`: and gives it. [audio]
typedef bool (*SqRtSplitChange)(void *instance, const SqRtEvent *event, bool take);

/// The piece that begins at frame `at`: takes the changes at or before `at`, and answers the frame of the next one,
/// or `end`. `event` is the first that the pieces before did not consume. [audio]
static inline uint32_t sq_rt_split(void *instance, SqRtSplitChange change, const SqRtEvent *event, uint32_t at,
                                   uint32_t end) {
  for (; event && event->offset <= at; event = event->next)
    if (event->kind == SQ_EVENT_PARAM)
      change(instance, event, true);
  for (; event && event->offset < end; event = event->next)
    if (event->kind == SQ_EVENT_PARAM && change(instance, event, false))
      return event->offset;
  return end;
}

#endif
