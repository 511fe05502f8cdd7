// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// From a packet to its outcomes: every message has exactly one, a bundle succeeds or fails as a whole.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/carry.h"
#include "control/transaction.h"

static const char too_deep[] = "bundles are nested more than 8 deep, or an inner one is broken";
static const char cancelled[] = "another message of the bundle failed; nothing of it was done";
static const char too_late[] = "its time had passed; send earlier, or set osc.late = play";

// ---- one message ----------------------------------------------------------------------------------------------------

static void one_message(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size) {
  SqAnswer o;
  sq_answer_init(&o);
  const uint64_t mark = control->waits;
  control->depth++;
  sq_transaction_begin(control);
  sq_carry(control, from, data, size, &o);
  const uint8_t *completion = o.status == SQ_OK ? control->read.completion : NULL;
  const uint32_t completion_size = control->read.completion_size;
  if (o.status != SQ_OK)
    sq_transaction_cancel(control);
  else
    o.status = sq_transaction_commit(control, from, o.why, sizeof o.why);
  if (o.status != SQ_OK)
    sq_wait_forget(control, mark);
  sq_answer_tell(control, from->client, &o);
  if (completion && control->depth < SQ_BUNDLE_DEPTH)
    sq_dispatch_later(control, &(SqArrival){.client_id = from->client_id, .access = from->access}, completion,
                      completion_size);
  control->depth--;
  if (control->syncs)
    sq_wait_syncs(control);
}

// ---- bundles --------------------------------------------------------------------------------------------------------

typedef struct {
  const uint8_t *data;
  size_t size;
} Piece;

/// What comes of the messages of a bundle.
typedef struct {
  SqControl *control;
  const SqArrival *from;
  SqAnswer **answers;
  uint32_t n, cap;
  Piece *later; ///< inner bundles with a later time of their own
  uint32_t n_later;
  bool good;
} Bundle;

static SqAnswer *more(Bundle *bundle) {
  if (bundle->n == bundle->cap) {
    bundle->cap = bundle->cap ? 2 * bundle->cap : 16;
    bundle->answers = sq_realloc(bundle->answers, bundle->cap, sizeof(SqAnswer *));
  }
  SqAnswer *o = sq_alloc(1, sizeof *o);
  sq_answer_init(o);
  bundle->answers[bundle->n++] = o;
  return o;
}

/// A message that is not carried out: only what it was called is known.
static SqAnswer *refuse(Bundle *bundle, const uint8_t *data, SqStatus status, const char *why) {
  SqAnswer *o = more(bundle);
  const char *ignored;
  sq_return_read(&o->to, (const char *)data, &ignored);
  sq_answer_set(o, status, why);
  return o;
}

/// The frame of a time tag, or 0: now.
static uint64_t frame_of(const SqControl *control, uint64_t time, bool *timed) {
  uint64_t frame = 0;
  *timed = time > SQ_OSC_NOW && sq_clock_ntp_to_frame(control->ctx.clock, time, &frame) == SQ_OK;
  return *timed ? frame : 0;
}

/// Every message below gets the same refusal.
static void refuse_all(Bundle *bundle, SqOscBundle *of, uint32_t level, SqStatus status, const char *why) {
  const uint8_t *data;
  size_t size;
  while (sq_osc_bundle_next(of, &data, &size)) {
    SqOscBundle inner;
    if (!sq_osc_is_bundle(data, size))
      refuse(bundle, memchr(data, 0, size) ? data : (const uint8_t *)"?", status, why);
    else if (level < SQ_BUNDLE_DEPTH && sq_osc_bundle_open(data, size, &inner) == SQ_OK)
      refuse_all(bundle, &inner, level + 1, status, why);
    else
      refuse(bundle, (const uint8_t *)"#bundle", status, why);
  }
}

/// Carries the elements out into one transaction. An inner bundle belongs to it, whatever earlier time it names; one
/// with a later time is on its own.
static void gather(Bundle *bundle, SqOscBundle *of, uint32_t level) {
  SqControl *control = bundle->control;
  const uint64_t now = sq_link_frame(control->ctx.link);
  const uint64_t here = bundle->from->frame > now ? bundle->from->frame : now;
  const uint8_t *data;
  size_t size;
  while (sq_osc_bundle_next(of, &data, &size)) {
    SqOscBundle inner;
    bool timed;
    if (!sq_osc_is_bundle(data, size)) {
      SqAnswer *o = more(bundle);
      sq_carry(control, bundle->from, data, size, o);
      bundle->good &= o->status == SQ_OK;
    } else if (level >= SQ_BUNDLE_DEPTH || sq_osc_bundle_open(data, size, &inner) != SQ_OK) {
      refuse(bundle, (const uint8_t *)"#bundle", SQ_LIMIT, too_deep);
      bundle->good = false;
    } else if (frame_of(control, inner.time, &timed) > here) {
      bundle->later = sq_realloc(bundle->later, bundle->n_later + 1, sizeof *bundle->later);
      bundle->later[bundle->n_later++] = (Piece){data, size};
    } else {
      gather(bundle, &inner, level + 1);
    }
  }
}

static void take_bundle(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size, uint32_t level);

static void tell_all(Bundle *bundle) {
  for (uint32_t i = 0; i < bundle->n; i++) {
    sq_answer_tell(bundle->control, bundle->from->client, bundle->answers[i]);
    free(bundle->answers[i]);
  }
  free(bundle->answers);
}

static void run_bundle(SqControl *control, const SqArrival *from, SqOscBundle *of, uint32_t level) {
  Bundle bundle = {.control = control, .from = from, .good = true};
  const uint64_t mark = control->waits;
  control->depth++;
  control->bundles++;
  sq_transaction_begin(control);
  sq_link_hold(control->ctx.link);
  gather(&bundle, of, level);
  sq_link_release(control->ctx.link, bundle.good);
  char why[SQ_ARGS_WHY] = "";
  SqStatus status = SQ_OK;
  if (bundle.good)
    status = sq_transaction_commit(control, from, why, sizeof why);
  else
    sq_transaction_cancel(control);
  const bool done = bundle.good && status == SQ_OK;
  if (!done)
    sq_wait_forget(control, mark);
  for (uint32_t i = 0; i < bundle.n; i++)
    if (bundle.answers[i]->status == SQ_OK && !done)
      sq_answer_set(bundle.answers[i], bundle.good ? status : SQ_CANCELLED, bundle.good ? why : cancelled);
  for (uint32_t i = 0; i < bundle.n_later && !done; i++) {
    SqOscBundle inner;
    if (sq_osc_bundle_open(bundle.later[i].data, bundle.later[i].size, &inner) == SQ_OK)
      refuse_all(&bundle, &inner, level + 1, SQ_CANCELLED, cancelled);
  }
  tell_all(&bundle);
  control->bundles--;
  if (control->bundles == 0 && control->tokens)
    sq_wait_tell_over(control);
  for (uint32_t i = 0; i < bundle.n_later && done; i++)
    take_bundle(control, from, bundle.later[i].data, bundle.later[i].size, level + 1);
  free(bundle.later);
  control->depth--;
  if (control->syncs)
    sq_wait_syncs(control);
}

// ---- lateness -------------------------------------------------------------------------------------------------------

static void tell_late(SqControl *control, const char *address, double seconds) {
  SqItems items = {0};
  control->ctx.lates++;
  sq_items_text(&items, address);
  sq_items_float(&items, seconds);
  sq_control_event(control, "/event/late", &items);
  sq_items_cleanup(&items);
}

static bool ends_notes(const char *address) {
  return strstr(address, "/note/off") || strstr(address, "/all_off") || strcmp(address, "/panic") == 0;
}

/// One message whose time has passed: told, and refused where that is configured, but never an end of notes.
static void late_message(Bundle *bundle, const uint8_t *data, size_t size, double seconds) {
  if (!memchr(data, 0, size))
    return;
  SqControl *control = bundle->control;
  SqReturn to;
  const char *ignored;
  sq_return_read(&to, (const char *)data, &ignored);
  tell_late(control, to.address, seconds);
  if (control->ctx.options->osc.late != SQ_LATE_DROP)
    return;
  SqArrival now = *bundle->from;
  now.frame = 0;
  if (ends_notes(to.address))
    one_message(control, &now, data, size);
  else
    refuse(bundle, data, SQ_LATE, too_late);
}

static void late_bundle(Bundle *bundle, SqOscBundle *of, uint32_t level, double seconds) {
  const uint8_t *data;
  size_t size;
  while (sq_osc_bundle_next(of, &data, &size)) {
    SqOscBundle inner;
    if (!sq_osc_is_bundle(data, size))
      late_message(bundle, data, size, seconds);
    else if (level < SQ_BUNDLE_DEPTH && sq_osc_bundle_open(data, size, &inner) == SQ_OK)
      late_bundle(bundle, &inner, level + 1, seconds);
  }
}

/// Reports a packet whose time has passed. True: it is carried out all the same.
static bool late(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size, double seconds) {
  Bundle bundle = {.control = control, .from = from};
  SqOscBundle of;
  if (!sq_osc_is_bundle(data, size))
    late_message(&bundle, data, size, seconds);
  else if (sq_osc_bundle_open(data, size, &of) == SQ_OK)
    late_bundle(&bundle, &of, 1, seconds);
  tell_all(&bundle);
  return control->ctx.options->osc.late != SQ_LATE_DROP;
}

void sq_dispatch_refuse(SqControl *control, uint64_t client_id, const uint8_t *data, size_t size) {
  const SqArrival from = {.client = sq_client_find(control, client_id), .client_id = client_id};
  Bundle bundle = {.control = control, .from = &from};
  SqOscBundle of;
  if (sq_osc_bundle_open(data, size, &of) == SQ_OK)
    refuse_all(&bundle, &of, 1, SQ_CANCELLED, "it was dropped before its time came, by /sched/clear or /panic");
  tell_all(&bundle);
}

// ---- packets --------------------------------------------------------------------------------------------------------

static void refuse_bundle(SqControl *control, const SqArrival *from, SqStatus status, const char *why) {
  sq_answer_fail(control, from->client, &(SqReturn){.address = "#bundle"}, status, why);
}

static void take_bundle(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size, uint32_t level) {
  SqOscBundle of;
  if (level > SQ_BUNDLE_DEPTH) {
    refuse_bundle(control, from, SQ_LIMIT, too_deep);
    return;
  }
  if (sq_osc_bundle_open(data, size, &of) != SQ_OK) {
    refuse_bundle(control, from, SQ_BAD_ARGS, "this bundle is broken: an element is longer than the packet");
    return;
  }
  bool timed;
  const uint64_t frame = frame_of(control, of.time, &timed), now = sq_link_frame(control->ctx.link);
  const double rate = sq_link_rate(control->ctx.link);
  if (timed && frame < now && !late(control, from, data, size, (double)(now - frame) / rate))
    return;
  if (frame > now + (uint64_t)(SQ_HORIZON_SECONDS * rate)) {
    if (sq_prepare_and_store(control, from, &(SqStored){.time = (double)frame, .packet = (uint8_t *)data, .size = size},
                             false) != SQ_OK)
      refuse_bundle(control, from, SQ_LIMIT,
                    "1,000,000 messages are stored for later already; /sched/clear drops them");
    return;
  }
  SqArrival at = *from;
  at.frame = frame > now ? frame : 0;
  run_bundle(control, &at, &of, level);
}

void sq_dispatch_packet(SqControl *control, SqClient *client, const uint8_t *data, size_t size) {
  const SqArrival from = {
      .client = client, .client_id = client ? client->id : 0, .access = sq_access_of(control, client)};
  if (!sq_access_admits(control, client, data, size))
    return;
  control->serial++;
  control->messages++;
  if (sq_osc_is_bundle(data, size))
    take_bundle(control, &from, data, size, 1);
  else
    one_message(control, &from, data, size);
}

void sq_dispatch_later(SqControl *control, const SqArrival *later, const uint8_t *data, size_t size) {
  SqArrival from = *later;
  SqOscBundle of;
  if (control->depth >= SQ_BUNDLE_DEPTH)
    return;
  from.client = sq_client_find(control, from.client_id);
  if (!sq_osc_is_bundle(data, size))
    one_message(control, &from, data, size);
  else if (sq_osc_bundle_open(data, size, &of) == SQ_OK)
    run_bundle(control, &from, &of, 1);
}

void sq_dispatch_stored(SqControl *control, const SqStored *stored, uint64_t frame, bool strict) {
  const uint64_t now = sq_link_frame(control->ctx.link);
  const SqArrival from = {.client = sq_client_find(control, stored->client),
                          .client_id = stored->client,
                          .frame = frame,
                          .access = stored->access};
  const bool in_time = frame >= now && sq_link_prepared(control->ctx.link, stored->key);
  const double seconds = frame < now ? (double)(now - frame) / sq_link_rate(control->ctx.link) : 0.0;
  control->serial++; // what it leaves waiting is its own
  if (!strict || in_time || late(control, &from, stored->packet, stored->size, seconds)) {
    sq_link_use_prepared(control->ctx.link, stored->key);
    sq_dispatch_later(control, &from, stored->packet, stored->size);
    sq_link_use_prepared(control->ctx.link, 0);
  }
  sq_link_drop_prepared(control->ctx.link, stored->key);
}
