// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/reply.h"

#include <inttypes.h>
#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "protocol/number.h"

static void check(SqReply *reply, int status) {
  reply->failed |= status < 0;
}

void sq_reply_begin(SqReply *reply, SqProfile profile, const char *prefix, const char *address) {
  reply->profile = profile;
  reply->message = lo_message_new();
  int n = snprintf(reply->address, sizeof reply->address, "%s%s", prefix, address);
  reply->failed = !reply->message || n < 0 || (size_t)n >= sizeof reply->address;
}

void sq_reply_int(SqReply *reply, int32_t value) {
  if (!reply->failed)
    check(reply, lo_message_add_int32(reply->message, value));
}

void sq_reply_float(SqReply *reply, float value) {
  if (!reply->failed)
    check(reply, lo_message_add_float(reply->message, value));
}

void sq_reply_string(SqReply *reply, const char *value) {
  if (!reply->failed)
    check(reply, lo_message_add_string(reply->message, value));
}

void sq_reply_double(SqReply *reply, double value) {
  char text[SQ_NUMBER_TEXT];
  if (reply->failed)
    return;
  if (reply->profile == SQ_PROFILE_FULL) {
    check(reply, lo_message_add_double(reply->message, value));
    return;
  }
  sq_number_format(value, text, sizeof text);
  sq_reply_string(reply, text);
}

void sq_reply_int64(SqReply *reply, int64_t value) {
  char text[SQ_NUMBER_TEXT];
  if (reply->failed)
    return;
  if (reply->profile == SQ_PROFILE_FULL) {
    check(reply, lo_message_add_int64(reply->message, value));
    return;
  }
  snprintf(text, sizeof text, "%" PRId64, value);
  sq_reply_string(reply, text);
}

void sq_reply_bool(SqReply *reply, bool value) {
  if (reply->profile == SQ_PROFILE_PLAIN)
    sq_reply_int(reply, value);
  else if (!reply->failed)
    check(reply, value ? lo_message_add_true(reply->message) : lo_message_add_false(reply->message));
}

void sq_reply_blob(SqReply *reply, const void *data, uint32_t size) {
  if (reply->failed)
    return;
  lo_blob blob = size <= SQ_PACKET_STREAM ? lo_blob_new((int32_t)size, data) : NULL;
  check(reply, blob ? lo_message_add_blob(reply->message, blob) : -1);
  lo_blob_free(blob);
}

static int add_osc(SqReply *reply, const SqOscArg *arg) {
  lo_message message = reply->message;
  uint32_t bits = (uint32_t)arg->u.i;
  uint8_t midi[4] = {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
  lo_timetag time = {(uint32_t)(arg->u.t >> 32), (uint32_t)arg->u.t};
  switch (arg->tag) {
  case 'i':
  case 'r': // a colour: liblo knows no r; its bits are an int32
    return lo_message_add_int32(message, arg->u.i);
  case 'h':
    return lo_message_add_int64(message, arg->u.h);
  case 'f':
    return lo_message_add_float(message, arg->u.f);
  case 'd':
    return lo_message_add_double(message, arg->u.d);
  case 's':
    return lo_message_add_string(message, arg->u.s);
  case 'S':
    return lo_message_add_symbol(message, arg->u.s);
  case 'c':
    return lo_message_add_char(message, (char)arg->u.i);
  case 'b':
    sq_reply_blob(reply, arg->u.b.data, arg->u.b.size);
    return 0;
  case 't':
    return lo_message_add_timetag(message, time);
  case 'm':
    return lo_message_add_midi(message, midi);
  case 'T':
    return lo_message_add_true(message);
  case 'F':
    return lo_message_add_false(message);
  case 'N':
    return lo_message_add_nil(message);
  case 'I':
    return lo_message_add_infinitum(message);
  default:
    return 0;
  }
}

void sq_reply_osc(SqReply *reply, const SqOscArg *arg) {
  if (!reply->failed)
    check(reply, add_osc(reply, arg));
}

size_t sq_reply_size(const SqReply *reply) {
  return reply->message ? lo_message_length(reply->message, reply->address) : 0;
}

void sq_reply_drop(SqReply *reply) {
  if (reply->message)
    lo_message_free(reply->message);
  reply->message = NULL;
}

SqStatus sq_reply_end(SqReply *reply, uint8_t *data, size_t capacity, size_t *size) {
  SqStatus status = !reply->message ? SQ_INTERNAL : reply->failed ? SQ_LIMIT : SQ_OK;
  if (status == SQ_OK && sq_reply_size(reply) > capacity)
    status = SQ_LIMIT;
  if (status == SQ_OK)
    lo_message_serialise(reply->message, reply->address, data, size);
  sq_reply_drop(reply);
  return status;
}

static SqStatus send_bytes(SqPeer *peer, uint16_t port, const uint8_t *data, size_t size) {
  return port ? sq_peer_send_to_port(peer, port, data, size) : sq_peer_send(peer, data, size);
}

SqStatus sq_reply_send(SqReply *reply, SqPeer *peer, uint16_t port) {
  uint8_t datagram[SQ_REPLY_UDP];
  size_t size = sq_reply_size(reply), limit = port ? SQ_REPLY_UDP : sq_peer_max_reply(peer);
  if (size > limit) {
    sq_reply_drop(reply);
    return SQ_LIMIT;
  }
  uint8_t *data = size <= sizeof datagram ? datagram : sq_alloc(size, 1);
  SqStatus status = sq_reply_end(reply, data, size, &size);
  if (status == SQ_OK)
    status = send_bytes(peer, port, data, size);
  if (data != datagram)
    free(data);
  return status;
}

SqStatus sq_reply_send_done(const SqReplyTo *to, const char *address) {
  SqReply reply;
  sq_reply_begin(&reply, sq_peer_profile(to->peer), to->prefix, "/done");
  sq_reply_string(&reply, address);
  return sq_reply_send(&reply, to->peer, to->port);
}

SqStatus sq_reply_send_fail(const SqReplyTo *to, const char *address, SqStatus status, const char *text) {
  SqReply reply;
  sq_reply_begin(&reply, sq_peer_profile(to->peer), to->prefix, "/fail");
  sq_reply_string(&reply, address);
  sq_reply_int(&reply, (int32_t)status);
  sq_reply_string(&reply, sq_status_symbol(status));
  sq_reply_string(&reply, text);
  return sq_reply_send(&reply, to->peer, to->port);
}
