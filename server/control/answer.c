// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Answers: encoded by liblo for what the client can receive, sent to where it wants them.
#include <inttypes.h>
#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"

/// More failures than this in one second are counted, not sent: an error loop must not become a flood.
#define FAILS_PER_SECOND 1000

static void add_plain(lo_message message, const SqItems *items, const SqItem *item) {
  char text[32];
  switch (item->tag) {
  case 'i':
    lo_message_add_int32(message, item->u.i);
    break;
  case 'f':
    lo_message_add_float(message, (float)item->u.d);
    break;
  case 'h': // 64-bit counts and beats travel as decimal strings: several clients lose messages with h or d in them
    snprintf(text, sizeof text, "%" PRId64, item->u.h);
    lo_message_add_string(message, text);
    break;
  case 'd':
    snprintf(text, sizeof text, "%.17g", item->u.d);
    lo_message_add_string(message, text);
    break;
  case 's':
    lo_message_add_string(message, items->pool + item->u.text);
    break;
  case 'b': {
    lo_blob blob = lo_blob_new((int32_t)item->size, items->pool + item->u.text);
    lo_message_add_blob(message, blob);
    lo_blob_free(blob);
    break;
  }
  default:
    break;
  }
}

uint8_t *sq_answer_encode(const char *address, const SqItems *items, SqProfile profile, size_t *size) {
  lo_message message = lo_message_new();
  for (uint32_t i = 0; items && i < items->n; i++) {
    const SqItem *item = &items->items[i];
    if (profile == SQ_PROFILE_FULL && item->tag == 'h')
      lo_message_add_int64(message, item->u.h);
    else if (profile == SQ_PROFILE_FULL && item->tag == 'd')
      lo_message_add_double(message, item->u.d);
    else
      add_plain(message, items, item);
  }
  uint8_t *data = lo_message_serialise(message, address, NULL, size);
  lo_message_free(message);
  return data;
}

void sq_answer_send(SqControl *control, SqClient *client, const SqReturn *to, const char *address,
                    const SqItems *items) {
  if (!client)
    return;
  char full[SQ_TAG_MAX + SQ_ADDRESS_MAX + 16];
  if (to && to->tag[0])
    snprintf(full, sizeof full, "/@%s%s", to->tag, address);
  else
    snprintf(full, sizeof full, "%s", address);
  size_t size;
  uint8_t *data = sq_answer_encode(full, items, sq_peer_profile(client->peer), &size);
  SqStatus status = SQ_OK;
  if (to && to->port)
    status = sq_peer_send_to_port(client->peer, to->port, data, size);
  else
    status = sq_peer_send(client->peer, data, size);
  if (status == SQ_LIMIT)
    sq_log(control->ctx.log, SQ_LOG_LEVEL_WARNING, "an answer on %s is too large for UDP; use the Unix socket", full);
  free(data);
}

void sq_answer_done(SqControl *control, SqClient *client, const SqReturn *to, const SqItems *items) {
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
  const uint64_t second = (uint64_t)(sq_clock_now_ms() / 1000);
  if (client->fails_window != second) {
    client->fails_window = second;
    client->fails = 0;
  }
  if (++client->fails > FAILS_PER_SECOND && !sq_peer_is_stream(client->peer) && !to->tag[0])
    return;
  SqItems all = {0};
  sq_items_text(&all, to->address);
  sq_items_int(&all, (int32_t)status);
  sq_items_text(&all, sq_status_symbol(status));
  sq_items_text(&all, why && why[0] ? why : sq_status_symbol(status));
  sq_answer_send(control, client, to, "/fail", &all);
  sq_items_cleanup(&all);
}
