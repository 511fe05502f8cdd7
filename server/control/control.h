// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The control thread's own state: who is there, what is waited for, what is stored for later; control thread only.
#ifndef SQ_CONTROL_CONTROL_H
#define SQ_CONTROL_CONTROL_H

#include "base/clock.h"
#include "commands/call.h"
#include "control/store.h"
#include "control/transport.h"
#include "control/tree.h"

/// Bytes of a tag, and of an address in an answer.
#define SQ_TAG_MAX 64
#define SQ_ADDRESS_MAX 512

/// Where the answer to one message goes.
typedef struct SqReturn {
  char tag[SQ_TAG_MAX]; ///< "" : none
  uint16_t port;        ///< of `/@TAG:PORT/`; 0: where replies go anyway
  char address[SQ_ADDRESS_MAX];
} SqReturn;

/// An answer that is still to come.
typedef struct SqToken {
  struct SqToken *next;
  uint64_t client; ///< peer's id
  uint64_t serial;
  SqReturn to;
  SqRowKind kind;
  SqHandle proc; ///< ends when this processor is ready; 0: ended by who deferred it
  SqItems items;
} SqToken;

/// `/sync` that waits for what its client sent before.
typedef struct SqSync {
  struct SqSync *next;
  uint64_t client, serial;
  SqReturn to;
  SqItems items;
} SqSync;

/// A message that waits for a processor in building.
typedef struct SqWaiting {
  struct SqWaiting *next;
  SqHandle proc;
  uint64_t client, serial, frame;
  size_t size;
  uint8_t packet[];
} SqWaiting;

typedef struct SqSubscription {
  struct SqSubscription *next;
  char pattern[SQ_ADDRESS_MAX];
  double max_hz;
} SqSubscription;

/// A changed value on its way to a subscriber.
typedef struct SqChange {
  struct SqChange *next;
  char address[SQ_ADDRESS_MAX];
  SqItems items;
} SqChange;

/// A stream of levels.
typedef struct SqMeterStream {
  double hz; ///< 0: none
  bool blob;
  bool acknowledged; ///< the client acknowledges: no frame is sent before the last one was
  uint32_t unacknowledged;
  int64_t next_ms;
} SqMeterStream;

/// A key held down by a client: released when it goes away.
typedef struct SqHeld {
  SqHandle proc;
  float key;
  uint32_t id;
} SqHeld;

typedef struct SqClient {
  struct SqClient *next;
  SqPeer *peer;
  uint64_t id;
  bool notify; ///< wants all events
  bool echo;   ///< wants its own changes back
  char name[SQ_MAX_NAME + 1];
  SqSubscription *subscriptions;
  SqChange *changes, **last_change;
  double max_hz;
  int64_t next_change_ms;
  SqMeterStream meters;
  SqHeld *held; ///< [n_held]
  uint32_t n_held, cap_held;
  uint64_t fails_window; ///< second in which `fails` were sent
  uint32_t fails;
} SqClient;

typedef struct SqControl {
  SqContext ctx;
  SqTree *tree;
  SqTransport *transport;
  SqClient *clients;
  SqToken *tokens;
  SqSync *syncs;
  SqWaiting *waiting, **last_waiting;
  SqStore store;
  SqFed fed;
  uint64_t serial; ///< of received messages
  bool quitting;
  bool clamped;           ///< the message under way had a value held to its range
  const SqClient *author; ///< of the message under way
  char contract_hash[20];
  int64_t started_ms;
  SqOscArg *args; ///< [SQ_MAX_ARGS * SQ_BUNDLE_DEPTH]
  uint64_t messages, failures;
  uint32_t depth; ///< of dispatch: messages carried out by messages
  int epoll;
  uint64_t driver_notices;
  SqArgs read;               ///< arguments of the message under way
  const SqReturn *returning; ///< where its answers go, while its handler runs
} SqControl;

// ---- clients (client.c) ---------------------------------------------------------------------------------------------
SqClient *sq_client_of(SqControl *control, SqPeer *peer);
SqClient *sq_client_find(SqControl *control, uint64_t id);
void sq_client_gone(SqControl *control, SqPeer *peer);
void sq_client_hold(SqClient *client, SqHandle proc, float key, uint32_t id);
void sq_client_release(SqClient *client, SqHandle proc, float key, uint32_t id);

// ---- answers (answer.c) ---------------------------------------------------------------------------------------------
/// Encodes and sends one message. NULL client: nowhere.
void sq_answer_send(SqControl *control, SqClient *client, const SqReturn *to, const char *address,
                    const SqItems *items);
void sq_answer_done(SqControl *control, SqClient *client, const SqReturn *to, const SqItems *items);
void sq_answer_fail(SqControl *control, SqClient *client, const SqReturn *to, SqStatus status, const char *why);
/// Encodes a message into a malloc'ed packet.
uint8_t *sq_answer_encode(const char *address, const SqItems *items, SqProfile profile, size_t *size);

// ---- messages (dispatch.c) ------------------------------------------------------------------------------------------
/// Takes one packet: a message or a bundle.
void sq_dispatch_packet(SqControl *control, SqClient *client, const uint8_t *data, size_t size);
/// Carries a stored or waiting packet out at `frame` (0: now).
void sq_dispatch_later(SqControl *control, uint64_t client, const uint8_t *data, size_t size, uint64_t frame);

// ---- waiting (wait.c) -----------------------------------------------------------------------------------------------
SqStatus sq_wait_for_proc(SqControl *control, uint64_t client, SqHandle proc, const uint8_t *packet, size_t size,
                          uint64_t frame);
void sq_wait_proc_over(SqControl *control, SqHandle proc, SqStatus status, const char *why);
void sq_wait_syncs(SqControl *control);
/// Forgets everything that is not over.
void sq_wait_cleanup(SqControl *control);

// ---- subscribers (subscribe.c) --------------------------------------------------------------------------------------
/// Tells of the edits of a message that succeeded.
void sq_subscribers_edits(SqControl *control, const SqEdits *edits);
void sq_subscribers_flush(SqControl *control, int64_t now_ms);
void sq_client_unsubscribe(SqClient *client, const char *pattern);

// ---- streams (stream_meters.c) --------------------------------------------------------------------------------------
void sq_meters_tick(SqControl *control, int64_t now_ms);

// ---- the loop (loop.c) ----------------------------------------------------------------------------------------------
/// Feeds the audio side what is due within the next 100 ms, and collects.
void sq_control_feed(SqControl *control);
/// The transport changed at `from_frame`: what was fed from there on is stored again, in beats.
void sq_control_refeed(SqControl *control, double from_frame);

#endif
