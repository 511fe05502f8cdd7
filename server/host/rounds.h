// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The audio thread of a host process: waits for a round, runs the seats that it names, answers; made and told of seats
/// by the host's main thread.
#ifndef SQ_HOST_ROUNDS_H
#define SQ_HOST_ROUNDS_H

#include <pthread.h>

#include "host/seat.h"

typedef struct SqRounds {
  SqHostShared *shared;
  _Atomic(SqSeat *) seats[SQ_HOST_SEATS];
  _Atomic uint32_t inside; ///< counts entries and exits of a round: odd while one runs
  uint32_t cpu, cpu_seen;  ///< where it runs, and for how many rounds its caller has been elsewhere
  pthread_t thread;
  _Atomic int tid; ///< of the thread: the daemon gives it its priority
} SqRounds;

/// Maps the memory of the host. False: it is not what it should be.
bool sq_rounds_init(SqRounds *rounds, int fd);

/// Starts the thread and waits until its `tid` is known.
SqStatus sq_rounds_start(SqRounds *rounds);

/// Puts a seat there or (NULL) takes it away: then the thread is in it no more.
void sq_rounds_seat(SqRounds *rounds, uint32_t number, SqSeat *seat);

#endif
