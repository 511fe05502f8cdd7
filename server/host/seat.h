// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One plug-in instance inside a host process: made from an OPEN message, run from the memory that the daemon shares;
/// the host's main thread, but for run, which is its audio thread.
#ifndef SQ_HOST_SEAT_H
#define SQ_HOST_SEAT_H

#include "host/shared.h"
#include "host/wire.h"
#include "plugins/formats.h"

typedef struct SqSeat {
  uint32_t number;
  SqSeatShape shape;
  SqSeatLayout layout;
  void *memory; ///< [layout.size], shared with the daemon
  SqSeatIn *in;
  SqSeatOut *out;
  const SqPluginInfo *info;
  void *instance;
  SqSignal *signals; ///< [n_signals]
  SqRtEvent *events; ///< [SQ_SEAT_EVENTS]
  SqRtEvent *sent;   ///< [SQ_EVENTS_OUT]
  uint32_t resets;
  float *channels[4 * SQ_MAX_CHANNELS + 256]; ///< in, side, out, extra
  float *extra[256];                          ///< as the plug-in gets it
} SqSeat;

/// What is the same for every seat of a host.
typedef struct SqSeatWorld {
  const SqFormats *formats;
  const SqServices *services;
  double rate;
} SqSeatWorld;

/// Makes the seat of an OPEN message whose descriptor is `fd` (taken in any case). The answer gets latency and tail, or
/// a sentence. Errors: any.
SqStatus sq_seat_open(const SqSeatWorld *world, SqWire *open, int fd, SqSeat **seat, SqWire *answer);

/// The audio thread must not be in it any more.
void sq_seat_close(SqSeat *seat);

/// [host's audio thread] One block, as the memory says. `before`: the seat whose output is the input, or NULL.
void sq_rt_seat_run(SqSeat *seat, const SqSeat *before);

#endif
