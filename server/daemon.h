// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The whole daemon, composed here and nowhere else: what main starts, runs and stops; control thread.
#ifndef SQ_DAEMON_H
#define SQ_DAEMON_H

#include "base/notify.h"
#include "control/control.h"
#include "protocol/describe.h"

typedef struct SqDaemon {
  SqControl control;
  SqClock clock;
  SqNotify notify;
  SqOptions *options;
  int signal_fd, notice_fd;
  int lock_fd;
  _Atomic uint32_t notices; ///< bits of SqDriverNotice, set by any thread
  _Atomic int64_t new_period;
  int64_t next_clock_ms;
  uint64_t seen_cycles;
  char runtime_file[512];
} SqDaemon;

/// Starts everything as `options` say; prints READY. Returns SQ_EXIT_OK, or the status to exit with (said on stderr).
int sq_daemon_start(SqDaemon *daemon, SqOptions *options);

/// Runs until a signal or /server/quit.
void sq_daemon_loop(SqDaemon *daemon);

/// Fades out, stops and frees everything.
void sq_daemon_stop(SqDaemon *daemon);

// for loop.c
void sq_daemon_driver_notices(SqDaemon *daemon);
void sq_daemon_watchdog(SqDaemon *daemon, int64_t now_ms);

/// The contract: every row. Freed by free().
const SqRow **sq_daemon_contract(size_t *n);

#endif
