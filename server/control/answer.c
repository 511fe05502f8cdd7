// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Answers: what handlers said in items, built by reply.h for what the client can receive, sent to where it wants them.
#include <stdio.h>
#include <string.h>

#include "control/control.h"
#include "control/reply.h"

/// What a client sent goes back as it came.
static void add_raw(SqReply *reply, const SqItems *items, const SqItem *item) {
  SqOscArg arg = {.tag = item->tag};
  switch (item->tag) {
  case 'f':
    arg.u.f = (float)item->u.d;
    break;
  case 'd':
    arg.u.d = item->u.d;
    break;
  case 'h':
  case 't':
    arg.u.h = item->u.h;
    break;
  case 's':
  case 'S':
    arg.u.s = items->pool + item->u.text;
    break;
  case 'b':
    arg.u.b.data = (const uint8_t *)items->pool + item->u.text;
    arg.u.b.size = item->size;
    break;
  default:
    arg.u.i = item->u.i;
  }
  sq_reply_osc(reply, &arg);
}

static void add(SqReply *reply, const SqItems *items, const SqItem *item) {
  if (item->raw) {
    add_raw(reply, items, item);
    return;
  }
  switch (item->tag) {
  case 'i':
    sq_reply_int(reply, item->u.i);
    break;
  case 'f':
    sq_reply_float(reply, (float)item->u.d);
    break;
  case 'h':
    sq_reply_int64(reply, item->u.h);
    break;
  case 'd':
    sq_reply_double(reply, item->u.d);
    break;
  case 's':
    sq_reply_string(reply, items->pool + item->u.text);
    break;
  case 'b':
    sq_reply_blob(reply, items->pool + item->u.text, item->size);
    break;
  default:
    break;
  }
}

static void prefix_of(const SqReturn *to, char *prefix, size_t size) {
  prefix[0] = 0;
  if (to && to->tag[0])
    snprintf(prefix, size, "/@%s", to->tag);
}

/// What cannot be sent is told in its place: nobody waits for an answer that never comes.
static void too_large(SqControl *control, SqClient *client, const SqReturn *to, const char *prefix,
                      const char *address) {
  sq_log(control->ctx.log, SQ_LOG_LEVEL_WARNING, "an answer on %s%s is too large for UDP", prefix, address);
  if (!to)
    return;
  const SqReplyTo reply_to = {.peer = client->peer, .port = to->port, .prefix = prefix};
  sq_reply_send_fail(&reply_to, to->address, SQ_LIMIT,
                     "the answer is larger than a datagram of 1400 bytes; ask on TCP or the Unix socket");
}

void sq_answer_send(SqControl *control, SqClient *client, const SqReturn *to, const char *address,
                    const SqItems *items) {
  if (!client)
    return;
  char prefix[SQ_TAG_MAX + 4];
  prefix_of(to, prefix, sizeof prefix);
  SqReply reply;
  sq_reply_begin(&reply, sq_peer_profile(client->peer), prefix, address);
  for (uint32_t i = 0; items && i < items->n; i++)
    add(&reply, items, &items->items[i]);
  const uint16_t port = to ? to->port : 0;
  if (sq_reply_send(&reply, client->peer, port) == SQ_LIMIT &&
      (port || sq_peer_max_reply(client->peer) == SQ_REPLY_UDP)) // a stream that is full is closed
    too_large(control, client, to, prefix, address);
}

typedef struct {
  const SqItems *items;
  uint32_t group;
} Groups;

static void put_group(void *context, uint32_t i, SqReply *reply) {
  const Groups *groups = context;
  for (uint32_t k = 0; k < groups->group; k++)
    add(reply, groups->items, &groups->items->items[i * groups->group + k]);
}

SqStatus sq_answer_list(SqClient *client, const SqReturn *to, const char *address, const SqItems *items,
                        uint32_t group) {
  if (!client)
    return SQ_OK;
  char prefix[SQ_TAG_MAX + 4];
  prefix_of(to, prefix, sizeof prefix);
  Groups groups = {items, group};
  return sq_reply_send_list(&(SqReplyTo){client->peer, to->port, prefix},
                            &(SqReplyList){address, items->n / group, put_group, &groups});
}

void sq_answer_done(SqControl *control, SqClient *client, const SqReturn *to, const SqItems *items) {
  if (!client)
    return;
  SqItems all = {0};
  sq_items_text(&all, to->address);
  if (items)
    sq_items_append(&all, items);
  sq_answer_send(control, client, to, "/done", &all);
  sq_items_cleanup(&all);
}

void sq_answer_fail(SqControl *control, SqClient *client, const SqReturn *to, SqStatus status, const char *why) {
  control->failures++;
  if (!client)
    return;
  char prefix[SQ_TAG_MAX + 4];
  prefix_of(to, prefix, sizeof prefix);
  const SqReplyTo reply_to = {.peer = client->peer, .port = to->port, .prefix = prefix};
  sq_reply_send_fail(&reply_to, to->address, status, why && why[0] ? why : sq_status_symbol(status));
}
