// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Streams of levels: measured once, sent to whoever asked, skipped for whoever lags.
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control.h"

static double db(double amplitude) {
  return amplitude > 1e-7 ? 20.0 * log10(amplitude) : -144.0;
}

void sq_control_meters(SqCall *call, double hz, bool blob) {
  if (!call->client)
    return;
  call->client->meters = (SqMeterStream){.hz = hz, .blob = blob};
}

void sq_control_meters_ack(SqCall *call) {
  if (!call->client)
    return;
  call->client->meters.acknowledged = true;
  call->client->meters.unacknowledged = 0;
}

static bool lags(const SqClient *client) {
  return (client->meters.acknowledged && client->meters.unacknowledged > 1) || sq_peer_waiting(client->peer) > 65536;
}

static bool due(const SqClient *client, int64_t now_ms) {
  return client->meters.hz > 0.0 && now_ms >= client->meters.next_ms;
}

static void list_strip(SqControl *control, const SqStrip *strip, const SqLevels *levels, int64_t now_ms,
                       SqItems *items) {
  char path[SQ_ADDRESS_MAX];
  sq_control_path(&control->ctx, strip->handle, path, sizeof path);
  sq_items_clear(items);
  sq_items_text(items, path);
  for (uint32_t c = 0; c < levels->n_channels; c++) {
    sq_items_float(items, db((double)levels->post[c].peak));
    sq_items_float(items, levels->frames ? db(sqrt((double)levels->post[c].squares / (double)levels->frames)) : -144.0);
  }
  for (SqClient *client = control->clients; client; client = client->next)
    if (due(client, now_ms) && !client->meters.blob && !lags(client))
      sq_answer_send(control, client, NULL, "/meter", items);
}

/// Big-endian floats, as the rest of OSC: peak and RMS after the fader, channel by channel, strips in the map's order.
typedef struct {
  uint32_t *words;
  uint32_t n, cap;
} Blob;

static void put(Blob *blob, double value) {
  if (blob->n == blob->cap) {
    blob->cap = blob->cap ? 2 * blob->cap : 256;
    blob->words = sq_realloc(blob->words, blob->cap, sizeof *blob->words);
  }
  const float f = (float)value;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  blob->words[blob->n++] = htonl(bits);
}

static void send_blob(SqControl *control, const Blob *blob, int64_t now_ms, SqItems *items) {
  sq_items_clear(items);
  sq_items_blob(items, blob->words, blob->n * (uint32_t)sizeof *blob->words);
  for (SqClient *client = control->clients; client; client = client->next)
    if (due(client, now_ms) && client->meters.blob && !lags(client))
      sq_answer_send(control, client, NULL, "/meters", items);
}

static void advance(SqControl *control, int64_t now_ms) {
  for (SqClient *client = control->clients; client; client = client->next) {
    if (!due(client, now_ms))
      continue;
    client->meters.unacknowledged++;
    client->meters.next_ms += (int64_t)(1000.0 / client->meters.hz);
    if (client->meters.next_ms < now_ms)
      client->meters.next_ms = now_ms + (int64_t)(1000.0 / client->meters.hz);
  }
}

void sq_meters_tick(SqControl *control, int64_t now_ms) {
  bool lists = false, blobs = false;
  for (const SqClient *client = control->clients; client; client = client->next)
    if (due(client, now_ms)) {
      lists |= !client->meters.blob;
      blobs |= client->meters.blob;
    }
  if (!lists && !blobs)
    return;
  const bool offline = control->ctx.driver->type->run != NULL;
  if (offline)
    sq_link_meters_turn(control->ctx.link);
  SqItems items = {0};
  Blob blob = {0};
  SqLevels *levels = sq_alloc(1, sizeof *levels);
  for (uint32_t i = 0; i < sq_doc_count(control->ctx.doc); i++) {
    const SqStrip *strip = sq_doc_at(control->ctx.doc, i);
    if (!sq_link_levels(control->ctx.link, strip->handle, levels))
      continue;
    if (lists)
      list_strip(control, strip, levels, now_ms, &items);
    for (uint32_t c = 0; c < levels->n_channels && blobs; c++) {
      put(&blob, db((double)levels->post[c].peak));
      put(&blob, levels->frames ? db(sqrt((double)levels->post[c].squares / (double)levels->frames)) : -144.0);
    }
  }
  if (blobs)
    send_blob(control, &blob, now_ms, &items);
  if (!offline)
    sq_link_meters_turn(control->ctx.link);
  advance(control, now_ms);
  sq_items_cleanup(&items);
  free(blob.words);
  free(levels);
}
