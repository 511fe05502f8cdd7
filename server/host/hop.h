// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How the audio thread hands a round of work to plug-in hosts and takes it back, never later than a deadline; audio
/// thread, but for what says otherwise.
///
/// Per block: begin() of every seat puts it on its host's list; the first wait of a level asks all hosts that have a
/// list at once; each wait then ends when that host has answered, or when the block's deadline has passed. One timer
/// thread, above the audio thread, ends every wait of a block: armed once, for an absolute time, it costs one system
/// call, where a timeout for each wait would cost one per host.
#ifndef SQ_HOST_HOP_H
#define SQ_HOST_HOP_H

#include <pthread.h>

#include "host/shared.h"
#include "protocol/status.h"

/// One running host as the audio thread sees it. Made and freed by the supervisor.
typedef struct SqHop {
  SqHostShared *shared;
  _Atomic bool dead; ///< [supervisor] the process is gone or given up: nothing is asked of it any more
  uint32_t round;    ///< number of its newest round
  uint32_t n_jobs;   ///< gathered for the next round
  uint32_t answered; ///< the newest round that was answered in time
  bool open;         ///< a round was asked for and not yet waited for
  bool late;         ///< it missed a deadline, and has not answered since
  struct SqHop *next_pending;
  _Atomic uint64_t late_since; ///< CLOCK_MONOTONIC ns of the first missed deadline; 0: none. Read by the supervisor
  _Atomic uint64_t missed;     ///< deadlines, in all
} SqHop;

/// All hosts of one engine.
typedef struct SqHops {
  SqHop *pending; ///< those that have jobs which were not asked for
  _Atomic uint64_t
      deadline_ns;          ///< CLOCK_MONOTONIC, of the block under way; 0: none, waits end by the host's death alone
  bool armed;               ///< the timer knows it
  _Atomic uint64_t block;   ///< number of the block under way
  _Atomic uint64_t expired; ///< number of the last block whose time is up
  _Atomic(_Atomic uint32_t *) waiting; ///< what the audio thread waits on, or NULL
  int timer;                           ///< timerfd
  int expired_fd;                      ///< eventfd: written when a block's time was up while a host was waited for
  pthread_t caller;                    ///< the audio thread that was seen last
  bool caller_known;
  _Atomic int caller_priority; ///< its SCHED_FIFO priority; 0: none
  _Atomic bool ending;
  pthread_t thread; ///< has to stand above the caller: the supervisor sees to it
  bool started;
} SqHops;

/// Starts the timer thread. [setup] Errors: SQ_LIMIT.
SqStatus sq_hops_init(SqHops *hops);
/// Ends it. No audio thread may run. [setup]
void sq_hops_cleanup(SqHops *hops);

/// A driver's cycle begins: hosts have until `deadline_ns` (CLOCK_MONOTONIC; 0: no deadline).
void sq_rt_hops_begin(SqHops *hops, uint64_t deadline_ns);

/// Puts a seat on the host's list. Returns the round that it will be in, or 0: the host is dead, late, or its list is
/// full.
uint32_t sq_rt_hop_add(SqHops *hops, SqHop *hop, uint16_t seat);

/// Asks all hosts that have a list, then waits for this one to answer `round`. False: no answer in time, or it died.
bool sq_rt_hop_wait(SqHops *hops, SqHop *hop, uint32_t round);

/// Ends a wait on a host that died. [supervisor] To be called until it answers true: nobody waits for it (any more).
bool sq_hop_end(SqHops *hops, SqHop *hop);

#endif
