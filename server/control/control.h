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

/// Bytes of the token that stands for the Unix socket, with its NUL.
#define SQ_TOKEN_SIZE 33

/// Bytes of a tag, and of an address in an answer.
#define SQ_TAG_MAX 64
#define SQ_ADDRESS_MAX 512

/// How far ahead of their time things go to the audio side.
#define SQ_HORIZON_SECONDS 0.1

/// Where the answer to one message goes.
typedef struct SqReturn {
  char tag[SQ_TAG_MAX]; ///< "" : none
  uint16_t port;        ///< of `/@TAG:PORT/`; 0: where replies go anyway
  char address[SQ_ADDRESS_MAX];
} SqReturn;

/// Where a message came from, what its sender might do when it came, and for when.
typedef struct SqArrival {
  struct SqClient *client; ///< NULL: gone
  uint64_t client_id;
  uint64_t frame;  ///< at which it is carried out; 0: now
  SqAccess access; ///< the highest class: it outlives the client
} SqArrival;

/// An answer that is still to come.
typedef struct SqToken {
  struct SqToken *next;
  uint64_t client; ///< peer's id
  uint64_t origin; ///< see sq_client_origin()
  uint64_t serial;
  SqReturn to;
  SqRowKind kind;
  uint64_t order; ///< of making
  bool over;      ///< ended by the handler itself; told when its bundle has succeeded
  SqStatus status;
  char *why;
  bool silent;   ///< nothing is answered: its message was refused, or it only holds back /sync
  SqHandle proc; ///< ends when this processor is ready; 0: ended by who deferred it
  uint64_t key;  ///< ends when what is built for a stored message is there; 0: no such
  SqItems items;
} SqToken;

/// `/sync` that waits for what its client sent before.
typedef struct SqSync {
  struct SqSync *next;
  uint64_t client, origin, serial, order;
  SqReturn to;
  SqItems items;
} SqSync;

/// A message that waits for a processor in building.
typedef struct SqWaiting {
  struct SqWaiting *next;
  SqHandle proc;
  SqArrival from; ///< without its client
  uint64_t origin, serial, order;
  size_t size;
  uint8_t packet[];
} SqWaiting;

/// A message for later, of a transaction that is not over.
typedef struct SqLater {
  SqStored stored; ///< its packet and tag are owned
  SqArrival from;
  bool in_beats;
} SqLater;

typedef struct SqSubscription {
  struct SqSubscription *next;
  char pattern[SQ_ADDRESS_MAX];
  double max_hz;
  uint16_t port; ///< of the sender's host that gets it; 0: where its answers go
} SqSubscription;

/// A changed value on its way to a subscriber.
typedef struct SqChange {
  struct SqChange *next;
  uint16_t port;
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
  bool has_key;     ///< it sent the key of other machines
  bool has_token;   ///< it sent the token, as if it sat on our Unix socket
  bool told_of_key; ///< that it needs one
  uint8_t bad_keys; ///< that it tried
  SqSubscription *subscriptions;
  SqChange *changes, **last_change;
  double max_hz;
  int64_t next_change_ms;
  SqMeterStream meters;
  SqHeld *held; ///< [n_held]
  uint32_t n_held, cap_held;
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
  bool preparing;                  ///< messages are tried, not carried out
  bool listening, listening_known; ///< whether anyone wants changes or events
  bool running;                    ///< the offline driver runs
  bool committing;                 ///< the link takes edits: what it says waits in `built`
  uint32_t bundles;                ///< under way, one in the other
  SqToken trial;                   ///< what handlers get while preparing
  uint64_t waits;                  ///< things that ever waited
  uint64_t next_key;               ///< of what is built ahead
  SqLater *later;                  ///< [n_later] of the transaction under way
  uint32_t n_later;
  SqNotice *built; ///< [n_built] told by the link while it took edits; text owned
  uint32_t n_built;
  const SqClient *author; ///< of the message under way
  char contract_hash[20];
  SqGate gate;
  char access_token[SQ_TOKEN_SIZE];
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
/// What `/sync` counts as one transport: a stream, or everything that comes by UDP.
uint64_t sq_client_origin(const SqClient *client);
void sq_client_gone(SqControl *control, SqPeer *peer);
void sq_client_hold(SqClient *client, SqHandle proc, float key, uint32_t id);
void sq_client_release(SqClient *client, SqHandle proc, float key, uint32_t id);

// ---- access (access.c) ----------------------------------------------------------------------------------------------
/// The highest class of rows that this client may call now.
SqAccess sq_access_of(const SqControl *control, const SqClient *client);
/// Whether packets of this client are carried out. Who must send a key first is told so once, and then ignored.
bool sq_access_admits(SqControl *control, SqClient *client, const uint8_t *data, size_t size);
/// Why a row of this class is refused, and the next step.
const char *sq_access_refusal(SqAccess access);

// ---- answers (answer.c) ---------------------------------------------------------------------------------------------
/// Encodes and sends one message. NULL client: nowhere.
void sq_answer_send(SqControl *control, SqClient *client, const SqReturn *to, const char *address,
                    const SqItems *items);
void sq_answer_done(SqControl *control, SqClient *client, const SqReturn *to, const SqItems *items);
void sq_answer_fail(SqControl *control, SqClient *client, const SqReturn *to, SqStatus status, const char *why);
/// Sends a list in pages that each fit into one packet: `address i:index i:of item …`, `group` items never parted.
/// Errors: SQ_LIMIT one group alone does not fit; nothing was sent then.
SqStatus sq_answer_list(SqClient *client, const SqReturn *to, const char *address, const SqItems *items,
                        uint32_t group);

/// Reads where the answer to a message on `address` goes, and the address without its tag. Errors: SQ_BAD_ADDRESS, with
/// a constant sentence; to->address holds what there is of it.
SqStatus sq_return_read(SqReturn *to, const char *address, const char **why);

// ---- messages (dispatch.c) ------------------------------------------------------------------------------------------
/// Takes one packet: a message or a bundle.
void sq_dispatch_packet(SqControl *control, SqClient *client, const uint8_t *data, size_t size);
/// Carries a waiting packet out; its client is looked up by its id.
void sq_dispatch_later(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size);
/// Carries out what was stored for `frame`. `strict`: it may be late, and is then told or refused.
void sq_dispatch_stored(SqControl *control, const SqStored *stored, uint64_t frame, bool strict);

/// Answers each message of a bundle that was dropped before its time `cancelled`.
void sq_dispatch_refuse(SqControl *control, uint64_t client, const uint8_t *data, size_t size);

/// Stores a packet for later (it is copied), and begins to build what it will need. Errors: SQ_LIMIT.
SqStatus sq_prepare_and_store(SqControl *control, const SqArrival *from, const SqStored *what, bool in_beats);

// ---- waiting (wait.c) -----------------------------------------------------------------------------------------------
/// Keeps a message until a processor is built. Errors: SQ_BUSY too many wait.
SqStatus sq_wait_for_proc(SqControl *control, const SqArrival *from, SqHandle proc, const uint8_t *packet, size_t size);
/// The processor is there, or will never be: answers and messages that waited for it.
void sq_wait_proc_over(SqControl *control, SqHandle proc, SqStatus status, const char *why);
/// The processor was removed while someone waited for it.
void sq_wait_removed(SqControl *control, SqHandle proc);
/// A processor was built, or could not be; while the link takes edits it is kept for after them.
void sq_wait_built(SqControl *control, const SqNotice *notice);
/// Holds /sync of the sender back until what is built under `key` is there.
void sq_wait_for_key(SqControl *control, const SqArrival *from, uint64_t key);
void sq_wait_key_over(SqControl *control, uint64_t key);
/// A message or bundle failed: what it left waiting since control->waits was `mark` is forgotten.
void sq_wait_forget(SqControl *control, uint64_t mark);
/// Tells what handlers ended while their bundle was under way.
void sq_wait_tell_over(SqControl *control);
/// True when a token ends with this object.
bool sq_wait_ends(SqControl *control, SqHandle handle);
/// True while zones that this client has added to `sampler` are being loaded: what it sends after them waits.
bool sq_wait_zones(const SqControl *control, uint64_t client, SqHandle sampler);
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
/// A stored message is dropped: what was built for it goes too.
void sq_control_dropped(void *context, const SqStored *stored);
/// Feeds the audio side what is due within the next 100 ms, and collects.
void sq_control_feed(SqControl *control);
/// The transport changed at `from_frame`: what was fed from there on is stored again, in beats.
void sq_control_refeed(SqControl *control, double from_frame, uint32_t generation);

#endif
