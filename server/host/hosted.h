// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A plug-in that runs in a host, as the daemon has it: an instance that outlives its hosts; audio thread for what is
/// called sq_rt_, the supervisor for the rest.
///
/// What enters is kept for as long as the plug-in's latency, so that there is something to be heard when it does not
/// answer: the input delayed by the latency (an instrument: silence). Where the one takes over from the other, the step
/// between them is taken out and let fade within 5 ms.
#ifndef SQ_HOST_HOSTED_H
#define SQ_HOST_HOSTED_H

#include "host/hop.h"
#include "plugins/format.h"

#define SQ_HOSTED_JOIN_SECONDS 0.005
#define SQ_HOSTED_MAX_LATENCY (1u << 18) ///< frames that dry sound is kept for: 5.5 s at 48 kHz; one reports 120,000

/// Its place in one host. Made by the supervisor, replaced as a whole.
typedef struct SqHostSeat {
  struct SqHost *host;
  SqHop *hop;
  uint16_t number;
  void *memory; ///< [layout.size]
  SqSeatIn *in;
  const SqSeatOut *out;
  const _Atomic bool *busy; ///< once retired: whether the audio thread may be in it still
  size_t size;              ///< of its memory, once retired
  struct SqHostSeat *next_retired;
} SqHostSeat;

/// A value as it was last told to the host.
typedef struct SqHostedValue {
  float sent;
  bool known; ///< the host has it
} SqHostedValue;

/// The audio thread's part.
typedef struct SqRtHosted {
  const SqProcessorType *type;
  SqHops *hops;
  SqSeatShape shape;
  SqSeatLayout layout;
  double rate;
  _Atomic bool busy;          ///< between begin and collect: the seat is in use
  _Atomic(SqHostSeat *) seat; ///< [supervisor] NULL: no host
  _Atomic uint32_t latency;   ///< frames, as the plug-in said last
  _Atomic uint32_t tail;
  _Atomic uint64_t dry_blocks; ///< blocks in which it was not heard
  const SqHostSeat *used;      ///< of the last block
  uint32_t round;              ///< of the block under way; 0: it was not handed over
  uint32_t resets, n_frames;
  bool gap;                    ///< events did not arrive: notes may hang
  bool dry;                    ///< as it was last heard
  uint32_t *signal_param;      ///< [n_signals] parameter of each signal
  SqHostedValue *signals;      ///< [n_signals]
  _Atomic float *values;       ///< [n_params] newest, own unit: what a new host starts with
  float *outputs;              ///< [n_params] of output parameters
  float *past;                 ///< [n_in][past_size] what entered
  uint32_t past_size, past_at; ///< frames, power of two; where the block under way begins
  float *offset;               ///< [n_out] the step that fades
  float *last;                 ///< [n_out] the last sample that left
  uint32_t join_at, join_size; ///< frames: how far the fade is, and how long
} SqRtHosted;

/// [setup] For a plug-in of `type`; `setup` as for create().
void sq_rt_hosted_init(SqRtHosted *h, const SqProcessorType *type, const SqProcSetup *setup, SqHops *hops);
/// [setup] Room for what entered, once the latency is known. False: there is no memory.
bool sq_rt_hosted_make_past(SqRtHosted *h, uint32_t latency);
void sq_rt_hosted_cleanup(SqRtHosted *h);

// [audio] As SqProcessorType has them, over an SqRtHosted.
void sq_rt_hosted_begin(void *instance, const SqRtBlock *block);
SqRtResult sq_rt_hosted_collect(void *instance, const SqRtBlock *block);
void sq_rt_hosted_reset(void *instance);
uint32_t sq_rt_hosted_latency(const void *instance);
uint32_t sq_rt_hosted_tail(const void *instance);
float sq_rt_hosted_output(const void *instance, uint32_t param);

#endif
