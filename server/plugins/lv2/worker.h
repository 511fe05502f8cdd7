// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// LV2's worker: what a plug-in must not do in run() is done on a worker thread, its answer comes back to run().
#ifndef SQ_PLUGINS_LV2_WORKER_H
#define SQ_PLUGINS_LV2_WORKER_H

#include <lv2/worker/worker.h>

#include "engine/ring.h"
#include "protocol/status.h"

struct SqLv2Unit;

#define SQ_LV2_REQUEST 4096u ///< bytes of one request: what the server's queue carries

/// The worker of one copy of a plug-in.
typedef struct SqLv2Worker {
  const LV2_Worker_Interface *interface; ///< NULL: it has none
  LV2_Worker_Schedule schedule;          ///< the feature for run()
  LV2_Worker_Schedule schedule_now;      ///< the feature for state restore: works at once
  SqRing ring;                           ///< of 8-byte words: size, then the body
  void *memory;                          ///< of the ring
  void *body;                            ///< one answer in one piece
  uint64_t request[SQ_LV2_REQUEST / 8];  ///< being sent
} SqLv2Worker;

/// Prepares the features. [setup]
void sq_lv2_worker_init(struct SqLv2Unit *unit);
/// Finds the plug-in's side once it is instantiated. [setup] Errors: SQ_LIMIT no memory.
SqStatus sq_lv2_worker_bind(struct SqLv2Unit *unit);
void sq_lv2_worker_cleanup(struct SqLv2Unit *unit);

/// Hands waiting answers to the plug-in, then tells it that the cycle is over. [audio; setup while not running]
void sq_lv2_worker_respond(struct SqLv2Unit *unit);

#endif
