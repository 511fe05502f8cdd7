// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A call that may never return, given a time limit on a thread of its own; control, jobs and drivers' threads.
///
/// libjack waits without limit for its server: a stopped jackd would hold whoever asks. Here only the helper is held.
#ifndef SQ_DRIVERS_LIMITED_H
#define SQ_DRIVERS_LIMITED_H

#include <stdint.h>

#include "protocol/status.h"

typedef struct SqLimitedCall {
  void (*run)(void *data);  ///< on a helper thread
  void (*drop)(void *data); ///< on that thread, after a run() that came too late: frees data and what it made
  void *data;               ///< from the heap; the caller's again after SQ_OK, else gone or to be dropped
} SqLimitedCall;

/// Runs the call and waits up to `limit_ms` for its end. Errors: timeout (run() goes on, `data` is dropped after it),
/// limit (no thread to be had: `data` was dropped without a run).
SqStatus sq_limited_call(const SqLimitedCall *call, uint32_t limit_ms);

#endif
