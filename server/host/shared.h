// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the daemon and a plug-in host have in common: the layout of the memory that both see; audio threads of both.
///
/// A host is not trusted. The daemon writes its half and never reads it back; of the host's half it takes nothing as it
/// is: sizes and places come from the shape that the daemon itself settled, every number is checked. All memory is
/// sealed against a change of size, so that nobody's access can fault.
#ifndef SQ_HOST_SHARED_H
#define SQ_HOST_SHARED_H

#include <stdatomic.h>
#include <stddef.h>

#include "engine/processor.h"

#define SQ_HOST_ABI 1u             ///< daemon and host must be of one build
#define SQ_HOST_SEATS 1024u        ///< instances in one host: more than one core can run
#define SQ_SEAT_EVENTS 1024u       ///< events into one instance in one block; those beyond are lost and counted
#define SQ_SEAT_PAGE 4096u         ///< bytes: a channel of SQ_MAX_BLOCK frames is one page, with a page between
#define SQ_HOST_CALLED 0x7fffffffu ///< bits of a round's number
#define SQ_HOST_ENDED 0x80000000u  ///< in `answered`: the daemon ended the wait itself

_Static_assert(SQ_MAX_BLOCK * sizeof(float) == SQ_SEAT_PAGE, "a channel is one page");

/// One per host: how a round of work is asked for and answered.
typedef struct SqHostShared {
  uint32_t abi;
  _Alignas(64) _Atomic uint32_t asked;    ///< [daemon] number of the newest round; a futex of the host
  uint32_t cpu;                           ///< [daemon] where the caller runs
  uint32_t n_jobs;                        ///< [daemon]
  uint16_t jobs[SQ_HOST_SEATS];           ///< [daemon] seats to run, in this order
  _Alignas(64) _Atomic uint32_t answered; ///< [host] number of the round that is over; a futex of the daemon
  _Atomic uint32_t running;               ///< [host] 1 + seat that runs; 0: none. Names the culprit of a crash
} SqHostShared;

/// What a seat's memory is laid out for.
typedef struct SqSeatShape {
  uint32_t n_in, n_side, n_out, n_extra; ///< channels
  uint32_t n_signals, n_params;
} SqSeatShape;

/// SqRtEvent without the pointers.
typedef struct SqSeatEvent {
  uint32_t offset;
  uint16_t kind, channel;
  uint32_t index, id;
  float key;
  uint8_t midi[4];
  double value;
} SqSeatEvent;

/// A signal that is not what it was: the others rest where they were.
typedef struct SqSeatSignal {
  uint32_t index; ///< of the signal; the frames of a SQ_SIGNAL_FRAMES lie in its page
  uint32_t shape; ///< SqSignalShape
  float value, step;
  uint32_t offset;
} SqSeatSignal;

/// The daemon's half.
typedef struct SqSeatIn {
  uint64_t frame;
  uint32_t n_frames;
  uint32_t from;   ///< 1 + seat of the same host whose output is the input; 0: the pages
  uint32_t resets; ///< counts: another number than before means reset() first
  uint32_t wanted; ///< further outputs are listened to
  bool side;       ///< the sidechain is connected
  SqRtTime time;
  uint32_t n_signals, n_events;
  SqSeatSignal signals[SQ_MAX_SIGNALS];
  SqSeatEvent events[SQ_SEAT_EVENTS];
} SqSeatIn;

/// The host's half; outputs[n_params] follow.
typedef struct SqSeatOut {
  uint32_t result; ///< SqRtResult
  uint32_t latency, tail;
  uint32_t n_events, lost;
  SqSeatEvent events[SQ_EVENTS_OUT];
  float outputs[];
} SqSeatOut;

/// Where the parts of a seat's memory lie, bytes from its start.
typedef struct SqSeatLayout {
  size_t in, out;      ///< SqSeatIn, SqSeatOut
  size_t signals;      ///< pages [n_signals], without pages between
  size_t channels;     ///< pages: n_in, n_side, n_out, n_extra, each followed by one that nobody may touch
  uint32_t n_channels; ///< of all
  size_t size;         ///< of all
} SqSeatLayout;

static inline size_t sq_seat_pages(size_t bytes) {
  return (bytes + SQ_SEAT_PAGE - 1) / SQ_SEAT_PAGE * SQ_SEAT_PAGE;
}

/// The layout for a shape: both sides compute the same.
static inline SqSeatLayout sq_seat_layout(const SqSeatShape *shape) {
  SqSeatLayout at = {.in = 0};
  at.out = sq_seat_pages(sizeof(SqSeatIn));
  at.signals = at.out + sq_seat_pages(sizeof(SqSeatOut) + shape->n_params * sizeof(float));
  at.channels = at.signals + (size_t)shape->n_signals * SQ_SEAT_PAGE;
  at.n_channels = shape->n_in + shape->n_side + shape->n_out + shape->n_extra;
  at.size = at.channels + 2 * (size_t)at.n_channels * SQ_SEAT_PAGE;
  return at;
}

/// Channel `c` of all (in, side, out, extra) in a seat's memory.
static inline float *sq_seat_channel(void *memory, const SqSeatLayout *at, uint32_t c) {
  return (float *)(void *)((char *)memory + at->channels + 2 * (size_t)c * SQ_SEAT_PAGE);
}

#endif
