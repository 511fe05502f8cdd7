// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <lo/lo.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "control/reply.h"

/// First item of each page; the last entry is the end of the list.
typedef struct {
  uint32_t *from;
  uint32_t n, capacity;
} Cuts;

static void cut(Cuts *cuts, uint32_t i) {
  if (cuts->n == cuts->capacity) {
    cuts->capacity = cuts->capacity ? 2 * cuts->capacity : 16;
    cuts->from = sq_realloc(cuts->from, cuts->capacity, sizeof *cuts->from);
  }
  cuts->from[cuts->n++] = i;
}

static size_t padded(size_t size) {
  return (size + 3) & ~(size_t)3;
}

/// Tags and bytes of data that item i needs.
static SqStatus measure(const SqReplyList *list, SqProfile profile, uint32_t i, size_t *tags, size_t *bytes) {
  SqReply one;
  sq_reply_begin(&one, profile, "", "/");
  list->item(list->context, i, &one);
  SqStatus status = one.failed ? SQ_LIMIT : SQ_OK;
  *tags = one.message ? strlen(lo_message_get_types(one.message)) : 0;
  *bytes = sq_reply_size(&one) - 4 - padded(1 + *tags + 1);
  sq_reply_drop(&one);
  return status;
}

/// Puts as many items on each page as fit.
static SqStatus cut_pages(const SqReplyTo *to, const SqReplyList *list, Cuts *cuts) {
  size_t max = to->port ? SQ_REPLY_UDP : sq_peer_max_reply(to->peer);
  size_t head = padded(strlen(to->prefix) + strlen(list->address) + 1) + 8; // with index and of
  size_t tags = 3, bytes = 0;                                               // ",ii"
  cut(cuts, 0);
  for (uint32_t i = 0; i < list->n_items; i++) {
    size_t more_tags, more_bytes;
    SqStatus status = measure(list, sq_peer_profile(to->peer), i, &more_tags, &more_bytes);
    if (status != SQ_OK || head + padded(3 + more_tags + 1) + more_bytes > max)
      return SQ_LIMIT;
    if (head + padded(tags + more_tags + 1) + bytes + more_bytes > max) {
      cut(cuts, i);
      tags = 3;
      bytes = 0;
    }
    tags += more_tags;
    bytes += more_bytes;
  }
  cut(cuts, list->n_items);
  return SQ_OK;
}

SqStatus sq_reply_send_list(const SqReplyTo *to, const SqReplyList *list) {
  Cuts cuts = {0};
  SqStatus status = cut_pages(to, list, &cuts);
  for (uint32_t page = 0; status == SQ_OK && page + 1 < cuts.n; page++) {
    SqReply reply;
    sq_reply_begin(&reply, sq_peer_profile(to->peer), to->prefix, list->address);
    sq_reply_int(&reply, (int32_t)page);
    sq_reply_int(&reply, (int32_t)(cuts.n - 1));
    for (uint32_t i = cuts.from[page]; i < cuts.from[page + 1]; i++)
      list->item(list->context, i, &reply);
    status = sq_reply_send(&reply, to->peer, to->port);
  }
  free(cuts.from);
  return status;
}
