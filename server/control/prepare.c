// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What a message for later will need is built when it comes: its constructors are carried out for trial, the processors
// that appear are given to the link to build, and the document is put back.
#define _GNU_SOURCE // memmem
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/carry.h"
#include "control/transaction.h"

/// Returns false when it names what is not there.
static bool try_message(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size) {
  SqAnswer o;
  sq_answer_init(&o);
  const uint32_t before = control->ctx.edits.n;
  sq_carry(control, from, data, size, &o);
  if (o.status != SQ_OK) // it will say so at its time
    sq_edits_undo_to(&control->ctx.edits, before);
  sq_items_cleanup(&o.results);
  return o.status != SQ_NOT_FOUND;
}

static bool try_bundle(SqControl *control, const SqArrival *from, SqOscBundle *of, uint32_t level) {
  const uint8_t *data;
  size_t size;
  bool found = true;
  while (sq_osc_bundle_next(of, &data, &size)) {
    SqOscBundle inner;
    if (!sq_osc_is_bundle(data, size))
      found &= try_message(control, from, data, size);
    else if (level < SQ_BUNDLE_DEPTH && sq_osc_bundle_open(data, size, &inner) == SQ_OK)
      found &= try_bundle(control, from, &inner, level + 1);
  }
  return found;
}

/// Carries a packet out for trial. False: something that it names is not there.
static bool try_packet(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size) {
  SqOscBundle of;
  if (!sq_osc_is_bundle(data, size))
    return try_message(control, from, data, size);
  return sq_osc_bundle_open(data, size, &of) != SQ_OK || try_bundle(control, from, &of, 1);
}

static int by_turn(const void *a, const void *b) {
  return sq_stored_before(*(const SqStored *const *)a, *(const SqStored *const *)b) ? -1 : 1;
}

static SqArrival arrival_of(SqControl *control, const SqStored *stored) {
  return (SqArrival){
      .client = sq_client_find(control, stored->client), .client_id = stored->client, .access = stored->access};
}

/// Makes the document for trial what it will be when this one's turn comes: what is stored for before it is carried
/// out, in order. Where that is very much it is left, and built when it is known.
static void try_earlier(SqControl *control, const SqStored *turn, const SqStoreHeap *heap) {
  const SqStored *earlier[SQ_AHEAD_EARLIER];
  uint32_t n = 0;
  for (uint32_t i = 0; i < heap->n && n < SQ_AHEAD_EARLIER; i++)
    if (heap->items[i].constructs && !heap->items[i].lacks && sq_stored_before(&heap->items[i], turn))
      earlier[n++] = &heap->items[i];
  qsort(earlier, n, sizeof *earlier, by_turn);
  for (uint32_t i = 0; i < n; i++) {
    const SqArrival from = arrival_of(control, earlier[i]);
    try_packet(control, &from, earlier[i]->packet, earlier[i]->size);
  }
}

/// Begins to build what the packet will need, under a key that it gets when there is anything.
static void prepare(SqControl *control, SqStored *stored, SqStoreHeap *heap) {
  SqContext *ctx = &control->ctx;
  const SqArrival from = arrival_of(control, stored);
  SqHandle first = 0;
  control->preparing = true;
  control->depth++;
  sq_transaction_begin(control);
  stored->lacks = !try_packet(control, &from, stored->packet, stored->size);
  if (stored->lacks) { // it may be there by then
    sq_edits_undo_to(&ctx->edits, 0);
    try_earlier(control, stored, heap);
    first = sq_doc_next_handle(ctx->doc);
    stored->lacks = !try_packet(control, &from, stored->packet, stored->size);
  }
  const uint64_t key = control->next_key + 1;
  const uint32_t n = sq_link_prepare(ctx->link, key, &ctx->edits, first);
  sq_transaction_cancel(control);
  control->depth--;
  control->preparing = false;
  stored->key = n ? key : 0;
  heap->some_lack |= stored->lacks;
  if (n) {
    control->next_key = key;
    sq_wait_for_key(control, &from, key);
  }
}

/// What came earlier but is for later may find now what it lacked.
static void prepare_again(SqControl *control, const SqStored *supplier, SqStoreHeap *heap) {
  const uint32_t n = heap->some_lack && !supplier->lacks ? heap->n : 0;
  for (uint32_t i = 0, tried = 0; i < n && tried < SQ_AHEAD_AGAIN; i++) {
    SqStored *stored = &heap->items[i];
    if (!stored->lacks || stored->time < supplier->time)
      continue;
    tried++;
    const uint64_t old = stored->key;
    prepare(control, stored, heap);
    if (old) {
      sq_link_drop_prepared(control->ctx.link, old);
      sq_wait_key_over(control, old);
    }
  }
}

/// Names of structural commands end so; whatever else comes needs no trial.
static bool may_construct(const uint8_t *data, size_t size) {
  static const char *const words[] = {"/add", "/ensure", "/set", "/replace", "/copy"};
  for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
    if (memmem(data, size, words[w], strlen(words[w]) + 1))
      return true;
  return false;
}

SqStatus sq_prepare_and_store(SqControl *control, const SqArrival *from, const SqStored *what, bool in_beats) {
  SqStored stored = *what;
  if (control->store.frames.n + control->store.beats.n >= SQ_STORE_MAX)
    return SQ_LIMIT;
  stored.client = from->client_id;
  stored.access = from->access;
  stored.constructs = may_construct(stored.packet, stored.size);
  SqStoreHeap *heap = in_beats ? &control->store.beats : &control->store.frames;
  if (stored.constructs) {
    stored.serial = UINT64_MAX; // the last of its time, so far
    prepare(control, &stored, heap);
    stored.serial = what->serial;
  }
  const SqStatus status = sq_store_add(&control->store, in_beats, &stored);
  if (status == SQ_OK && stored.constructs)
    prepare_again(control, &stored, heap);
  return status;
}
