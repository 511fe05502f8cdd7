// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Builds the messages we send, in the profile of the client they are for; control thread. liblo encodes.
///
/// Profile plain sends i, f and s only, because several clients lose whole messages with other tags: 64-bit counts and
/// doubles (beats, frames) travel as decimal strings, booleans as 1 and 0. Profile full sends h, d, T and F. Blobs are
/// only sent to who asked for them.
#ifndef SQ_CONTROL_REPLY_H
#define SQ_CONTROL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/transport.h"
#include "protocol/osc.h"

#define SQ_REPLY_ADDRESS 512 ///< bytes of prefix and address together

/// One message in the making. Begun with sq_reply_begin(), ended with exactly one of _end, _send and _drop.
typedef struct {
  void *message; ///< lo_message
  SqProfile profile;
  bool failed; ///< no memory, or the address is too long: the end says so
  char address[SQ_REPLY_ADDRESS];
} SqReply;

/// Begins a message to `prefix` ("" or "/@TAG") followed by `address`.
void sq_reply_begin(SqReply *reply, SqProfile profile, const char *prefix, const char *address);

void sq_reply_int(SqReply *reply, int32_t value);
void sq_reply_float(SqReply *reply, float value);
void sq_reply_string(SqReply *reply, const char *value);
/// d, or a decimal string with all its digits.
void sq_reply_double(SqReply *reply, double value);
/// h, or a decimal string.
void sq_reply_int64(SqReply *reply, int64_t value);
/// T or F, or 1 or 0.
void sq_reply_bool(SqReply *reply, bool value);
void sq_reply_blob(SqReply *reply, const void *data, uint32_t size);
/// What a client sent, back as it came (`/pong`); [ and ] are left out, since liblo cannot write them.
void sq_reply_osc(SqReply *reply, const SqOscArg *arg);

/// Bytes that the message has now.
size_t sq_reply_size(const SqReply *reply);

/// Writes the message. Errors: SQ_LIMIT larger than `capacity`, or the address was too long; SQ_INTERNAL no memory.
SqStatus sq_reply_end(SqReply *reply, uint8_t *data, size_t capacity, size_t *size);

/// Writes the message to the peer, or to UDP `port` of its host where that is not 0. Errors: as _end and
/// sq_peer_send(); nothing is sent then.
SqStatus sq_reply_send(SqReply *reply, SqPeer *peer, uint16_t port);

void sq_reply_drop(SqReply *reply);

/// Where an answer goes: what a message said of it.
typedef struct {
  SqPeer *peer;
  uint16_t port;      ///< of `/@TAG:PORT/`; 0: where the peer's replies go anyway
  const char *prefix; ///< "" or "/@TAG"
} SqReplyTo;

/// `/done address`, sent.
SqStatus sq_reply_send_done(const SqReplyTo *to, const char *address);

/// `/fail address code symbol text`, sent.
SqStatus sq_reply_send_fail(const SqReplyTo *to, const char *address, SqStatus status, const char *text);

/// A list as pages that each fit into one packet: `address i:index i:of item …`, index from 0; no item is parted. An
/// empty list is one page without items.
typedef struct {
  const char *address;
  uint32_t n_items;
  /// Adds item i to the reply (called twice for each).
  void (*item)(void *context, uint32_t i, SqReply *reply);
  void *context;
} SqReplyList;

/// Sends all pages, or none. Errors: SQ_LIMIT one item alone is larger than a packet; as sq_peer_send().
SqStatus sq_reply_send_list(const SqReplyTo *to, const SqReplyList *list);

#endif
