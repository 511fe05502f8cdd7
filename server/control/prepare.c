// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What a message for later will need is built when it comes: its constructors are carried out for trial, the processors
// that appear are given to the link to build, and the document is put back.
#define _GNU_SOURCE // memmem
#include <string.h>

#include "control/carry.h"
#include "control/transaction.h"

static void try_message(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size) {
  SqAnswer o;
  sq_answer_init(&o);
  const uint32_t before = control->ctx.edits.n;
  sq_carry(control, from, data, size, &o);
  if (o.status != SQ_OK) // it will say so at its time
    sq_edits_undo_to(&control->ctx.edits, before);
  sq_items_cleanup(&o.results);
}

static void try_bundle(SqControl *control, const SqArrival *from, SqOscBundle *of, uint32_t level) {
  const uint8_t *data;
  size_t size;
  while (sq_osc_bundle_next(of, &data, &size)) {
    SqOscBundle inner;
    if (!sq_osc_is_bundle(data, size))
      try_message(control, from, data, size);
    else if (level < SQ_BUNDLE_DEPTH && sq_osc_bundle_open(data, size, &inner) == SQ_OK)
      try_bundle(control, from, &inner, level + 1);
  }
}

/// Begins to build what the packet will need. Returns the key of it, or 0: nothing takes time.
static uint64_t prepare(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size) {
  SqOscBundle of;
  control->preparing = true;
  control->depth++;
  sq_transaction_begin(control);
  if (!sq_osc_is_bundle(data, size))
    try_message(control, from, data, size);
  else if (sq_osc_bundle_open(data, size, &of) == SQ_OK)
    try_bundle(control, from, &of, 1);
  const uint64_t key = control->next_key + 1;
  const uint32_t n = sq_link_prepare(control->ctx.link, key, &control->ctx.edits);
  sq_transaction_cancel(control);
  control->depth--;
  control->preparing = false;
  if (n == 0)
    return 0;
  control->next_key = key;
  sq_wait_for_key(control, from, key);
  return key;
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
  stored.key = may_construct(stored.packet, stored.size) ? prepare(control, from, stored.packet, stored.size) : 0;
  return sq_store_add(&control->store, in_beats, &stored);
}
