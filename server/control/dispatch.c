// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// From a packet to its outcomes: every message has exactly one, a bundle succeeds or fails as a whole.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/value.h"
#include "control/control.h"
#include "control/reply.h"
#include "control/transaction.h"
#include "protocol/match.h"

/// Seconds ahead of their time at which things go to the audio side.
static const double horizon_seconds = 0.1;

/// What became of one message, until it may be told.
typedef struct {
  SqReturn to;
  SqRowKind kind;
  SqStatus status;
  bool answers; ///< something is sent on success even without a tag
  bool quiet;   ///< nothing is sent on success at all (deferred, or sent already)
  const char *reply;
  SqItems results;
  char why[SQ_ARGS_WHY];
} Outcome;

// ---- the address ----------------------------------------------------------------------------------------------------

/// Splits "/@TAG:PORT/rest"; returns the rest, which begins with '/'.
static const char *take_tag(const char *address, SqReturn *to, char *room, size_t size) {
  to->tag[0] = 0;
  to->port = 0;
  if (address[0] != '/') { // some clients leave it out
    snprintf(room, size, "/%s", address);
    address = room;
  }
  if (strncmp(address, "/@", 2) == 0) {
    const size_t n = strcspn(address + 2, "/");
    const size_t tag = strcspn(address + 2, ":/");
    if (tag < n)
      to->port = (uint16_t)strtoul(address + 2 + tag + 1, NULL, 10);
    snprintf(to->tag, sizeof to->tag, "%.*s", (int)tag, address + 2);
    address += 2 + n;
    if (!*address)
      address = "/";
  }
  snprintf(to->address, sizeof to->address, "%s", address);
  return address;
}

static SqStatus fail(Outcome *o, SqStatus status, const char *why) {
  o->status = status;
  if (why != o->why) {
    const size_t n = strnlen(why, sizeof o->why - 1);
    memcpy(o->why, why, n);
    o->why[n] = 0;
  }
  return status;
}

// ---- one call -------------------------------------------------------------------------------------------------------

static bool may(const SqControl *control, const SqClient *client, const SqRow *row) {
  if (!client || row->access == SQ_ACCESS_METER || row->access == SQ_ACCESS_CONTROL)
    return true;
  if (row->access == SQ_ACCESS_FILE)
    return sq_peer_is_local(client->peer);
  return sq_peer_is_local_uid(client->peer) ||
         (control->ctx.options->security.code_from_loopback && sq_peer_is_local(client->peer));
}

static SqStatus read_args(SqControl *control, SqCall *call, const SqOscMessage *message, Outcome *o) {
  SqArgs *args = &control->read;
  const SqRow *row = call->row;
  SqArgSpec room;
  SqArgsWant want;
  call->args = args;
  if (row->kind == SQ_ROW_VALUE && message->n_args == 0 && call->leaf != SQ_LEAF_ADJUST && call->leaf != SQ_LEAF_RAMP) {
    args->n_given = args->n_rest = 0;
    args->completion = NULL;
    return SQ_OK;
  }
  if (row->kind == SQ_ROW_VALUE && (!row->handle || call->leaf != SQ_LEAF_NONE))
    want = sq_value_want(call, &room);
  else
    want = sq_args_want(row);
  const SqStatus status = sq_args_read(&want, (SqOscArg *)message->args, message->n_args, args);
  if (status != SQ_OK)
    return fail(o, status, args->why);
  for (uint32_t i = 0; i < args->n_given; i++)
    control->clamped |= args->args[i].clamped;
  return SQ_OK;
}

/// Whether the processor that the row needs is there; SQ_BUSY: it is building, the message waits.
static SqStatus ready(SqControl *control, SqCall *call, Outcome *o) {
  SqTarget *target = &call->target;
  if (!target->proc) {
    const SqStrip *strip = sq_call_strip(call);
    if (!strip || !strip->generator)
      return fail(o, SQ_NOT_FOUND, "this strip has no generator; make a source with /source/add NAME GENERATOR");
    target->proc = strip->generator->handle;
  }
  SqLinkState state;
  const char *error = NULL;
  const SqStatus status = sq_link_proc(control->ctx.link, target->proc, &state, NULL, &error);
  if (status == SQ_NOT_FOUND) // made by this very bundle: the link does not know it yet
    return SQ_OK;
  if (state == SQ_LINK_FAILED)
    return fail(o, SQ_PLUGIN, error);
  return state == SQ_LINK_BUILDING ? SQ_BUSY : SQ_OK;
}

/// A row of a send that must be there already.
static bool names_send(const SqRow *row) {
  return strncmp(row->address, "{any}/send/{send}/", 18) == 0 && strcmp(row->address + 18, "add") != 0 &&
         strcmp(row->address + 18, "ensure") != 0;
}

typedef struct {
  SqControl *control;
  SqClient *client;
  const SqOscMessage *message;
  const uint8_t *packet;
  size_t size;
  uint64_t frame;
  uint64_t client_id;
  Outcome *o;
  uint32_t count;
} Carry;

/// A value that was held to its range is told to who set it, as it is now.
static void tell_effective(const Carry *c, const char *address, const SqMatch *match, SqItems *results) {
  const SqArgs none = {0};
  SqCall get = {.ctx = &c->control->ctx,
                .row = match->row,
                .client = c->client,
                .address = address,
                .args = &none,
                .target = match->target,
                .leaf = match->leaf};
  const SqStatus status =
      match->row->handle && match->leaf == SQ_LEAF_NONE ? match->row->handle(&get) : sq_value_handle(&get);
  if (status == SQ_OK)
    sq_items_append(results, &get.results);
  sq_items_cleanup(&get.results);
}

static SqStatus run(Carry *c, const char *address, const SqMatch *match) {
  SqControl *control = c->control;
  Outcome *o = c->o;
  SqCall *call = &(SqCall){.ctx = &control->ctx,
                           .row = match->row,
                           .client = c->client,
                           .address = address,
                           .target = match->target,
                           .leaf = match->leaf,
                           .frame = c->frame};
  o->kind = match->row->kind;
  if (!match->target.send && names_send(match->row)) {
    snprintf(o->why, sizeof o->why, "it sends nothing to '%s'; make the send with …/send/%s/add", match->target.word,
             match->target.word);
    return fail(o, SQ_NOT_FOUND, o->why);
  }
  if (!may(control, c->client, match->row))
    return fail(o, SQ_DENIED,
                "this needs the Unix socket of the daemon, or security.code_from_loopback = on in squeezed.conf");
  if (match->row->needs_instance) {
    const SqStatus status = ready(control, call, o);
    if (status == SQ_BUSY) {
      o->quiet = true;
      const SqStatus waits = sq_wait_for_proc(control, c->client_id, call->target.proc, c->packet, c->size, c->frame);
      return waits == SQ_OK ? SQ_OK : fail(o, waits, "too many messages wait for this processor; wait for its /done");
    }
    if (status != SQ_OK)
      return status;
  }
  control->clamped = false;
  if (read_args(control, call, c->message, o) != SQ_OK)
    return o->status;
  const bool get = match->row->kind == SQ_ROW_VALUE && sq_call_is_get(call);
  control->returning = &o->to;
  o->status = match->row->handle && match->leaf == SQ_LEAF_NONE ? match->row->handle(call) : sq_value_handle(call);
  control->returning = NULL;
  if (o->status != SQ_OK) {
    fail(o, o->status, call->why);
    sq_items_cleanup(&call->results);
    return o->status;
  }
  if (control->clamped && !get && match->row->kind == SQ_ROW_VALUE && call->results.n == 0)
    tell_effective(c, address, match, &call->results);
  o->answers = get || match->row->kind == SQ_ROW_COMMAND || call->reply || call->results.n;
  o->quiet = call->quiet;
  o->reply = call->reply;
  o->results = call->results;
  return SQ_OK;
}

static void run_one_of_many(void *context, const char *address, const SqMatch *match) {
  Carry *c = context;
  if (match->row->kind != SQ_ROW_VALUE && match->row->kind != SQ_ROW_ACTION)
    return; // commands are not for patterns: one mistake would be many
  Outcome one = {0};
  Carry copy = *c;
  copy.o = &one;
  snprintf(one.to.address, sizeof one.to.address, "%s", address);
  memcpy(one.to.tag, c->o->to.tag, sizeof one.to.tag);
  one.to.port = c->o->to.port;
  if (run(&copy, address, match) != SQ_OK) {
    if (c->o->status == SQ_OK)
      fail(c->o, one.status, one.why);
    return;
  }
  c->count++;
  if (one.answers && !one.quiet && match->row->kind == SQ_ROW_VALUE)
    sq_answer_send(c->control, c->client, &one.to, address, &one.results);
  sq_items_cleanup(&one.results);
}

static void add_child(void *context, const char *name) {
  sq_items_text(context, name);
}

static void put_child(void *context, uint32_t i, SqReply *reply) {
  sq_reply_string(reply, sq_items_string(context, i));
}

/// Answers `PATH/` with its children, in pages that each fit into one packet.
static void list_children(Carry *c, const char *address) {
  Outcome *o = c->o;
  SqItems names = {0};
  char prefix[SQ_TAG_MAX + 4] = "";
  o->kind = SQ_ROW_ACTION; // the pages are the answer; a tag gets its /done after them
  if (!sq_tree_children(c->control->tree, &c->control->ctx, address, add_child, &names)) {
    fail(o, SQ_BAD_ADDRESS, "there is nothing below this address; / lists where to begin");
  } else if (c->client) {
    if (o->to.tag[0])
      snprintf(prefix, sizeof prefix, "/@%s", o->to.tag);
    const SqReplyTo to = {.peer = c->client->peer, .port = o->to.port, .prefix = prefix};
    const SqReplyList list = {.address = address, .n_items = names.n, .item = put_child, .context = &names};
    const SqStatus status = sq_reply_send_list(&to, &list);
    if (status == SQ_LIMIT)
      fail(o, status, "the list does not fit into packets; use the Unix socket");
  }
  sq_items_cleanup(&names);
}

static void carry(Carry *c) {
  Outcome *o = c->o;
  char room[SQ_ADDRESS_MAX];
  const char *address = take_tag(c->message->address, &o->to, room, sizeof room);
  if (strlen(address) >= SQ_ADDRESS_MAX) {
    fail(o, SQ_BAD_ADDRESS, "the address is too long");
    return;
  }
  if (address[strlen(address) - 1] == '/') {
    list_children(c, address);
    return;
  }
  SqMatch match;
  if (!sq_match_is_pattern(address)) {
    const SqStatus status = sq_tree_find(c->control->tree, &c->control->ctx, address, &match, o->why, sizeof o->why);
    if (status != SQ_OK)
      fail(o, status, o->why);
    else
      run(c, address, &match);
    return;
  }
  const uint32_t met = sq_tree_expand(c->control->tree, &c->control->ctx, address, run_one_of_many, c);
  o->kind = SQ_ROW_ACTION;
  if (met == 0 || (c->count == 0 && o->status == SQ_OK))
    fail(o, SQ_NOT_FOUND, "the pattern matches no value and no action");
  else if (o->status == SQ_OK)
    sq_items_int(&o->results, (int32_t)c->count);
}

// ---- telling --------------------------------------------------------------------------------------------------------

static void tell(SqControl *control, SqClient *client, Outcome *o) {
  if (o->status != SQ_OK) {
    sq_answer_fail(control, client, &o->to, o->status, o->why);
  } else if (!o->quiet) {
    const bool tagged = o->to.tag[0] != 0;
    if (o->reply)
      sq_answer_send(control, client, &o->to, o->reply, &o->results);
    if (o->kind == SQ_ROW_VALUE && !tagged) {
      if (o->answers && !o->reply)
        sq_answer_send(control, client, &o->to, o->to.address, &o->results);
    } else if (tagged || (o->kind == SQ_ROW_COMMAND && !o->reply)) {
      sq_answer_done(control, client, &o->to, o->reply ? NULL : &o->results);
    }
  }
  sq_items_cleanup(&o->results);
}

// ---- messages and bundles -------------------------------------------------------------------------------------------

static void run_completion(SqControl *control, uint64_t client, const uint8_t *packet, uint32_t size) {
  if (packet)
    sq_dispatch_later(control, client, packet, size, 0);
}

static void one_message(SqControl *control, SqClient *client, uint64_t client_id, const uint8_t *data, size_t size,
                        uint64_t frame) {
  Outcome o = {0};
  SqOscMessage message;
  SqOscArg *args = control->args + (size_t)(control->depth++) * SQ_MAX_ARGS;
  const char *why = NULL;
  control->clamped = false;
  control->author = client;
  control->read.completion = NULL;
  o.status = sq_osc_decode(data, size, args, SQ_MAX_ARGS, &message, &why);
  if (o.status == SQ_OK) {
    sq_transaction_begin(&control->ctx);
    carry(&(Carry){control, client, &message, data, size, frame, client_id, &o, 0});
    if (o.status == SQ_OK)
      o.status = sq_transaction_commit(control, frame, o.why, sizeof o.why);
    else
      sq_transaction_cancel(&control->ctx);
  } else {
    fail(&o, o.status, why ? why : "this is no OSC message");
  }
  const uint8_t *completion = o.status == SQ_OK ? control->read.completion : NULL;
  const uint32_t completion_size = control->read.completion_size;
  tell(control, client, &o);
  if (completion && control->depth < SQ_BUNDLE_DEPTH)
    run_completion(control, client_id, completion, completion_size);
  control->depth--;
}

typedef struct {
  Outcome *outcomes;
  uint32_t n, cap;
} Outcomes;

static Outcome *more(Outcomes *all) {
  if (all->n == all->cap) {
    all->cap = all->cap ? 2 * all->cap : 16;
    all->outcomes = sq_realloc(all->outcomes, all->cap, sizeof *all->outcomes);
  }
  Outcome *o = &all->outcomes[all->n++];
  memset(o, 0, sizeof *o);
  return o;
}

/// Carries the elements of a bundle out into one transaction; inner bundles belong to it (their time is not earlier).
static bool gather(SqControl *control, SqClient *client, uint64_t client_id, SqOscBundle *bundle, uint64_t frame,
                   Outcomes *all) {
  const uint8_t *data;
  size_t size;
  bool good = true;
  while (sq_osc_bundle_next(bundle, &data, &size)) {
    SqOscBundle inner;
    if (sq_osc_is_bundle(data, size)) {
      if (control->depth >= SQ_BUNDLE_DEPTH || sq_osc_bundle_open(data, size, &inner) != SQ_OK) {
        fail(more(all), SQ_LIMIT, "bundles are nested too deep or broken");
        good = false;
        continue;
      }
      control->depth++;
      good &= gather(control, client, client_id, &inner, frame, all);
      control->depth--;
      continue;
    }
    Outcome *o = more(all);
    SqOscMessage message;
    const char *why = NULL;
    SqOscArg *args = control->args + (size_t)control->depth * SQ_MAX_ARGS;
    o->status = sq_osc_decode(data, size, args, SQ_MAX_ARGS, &message, &why);
    if (o->status != SQ_OK)
      fail(o, o->status, why ? why : "this is no OSC message");
    else
      carry(&(Carry){control, client, &message, data, size, frame, client_id, o, 0});
    good &= o->status == SQ_OK;
  }
  return good;
}

static void run_bundle(SqControl *control, SqClient *client, uint64_t client_id, SqOscBundle *bundle, uint64_t frame) {
  Outcomes all = {0};
  control->clamped = false;
  control->author = client;
  control->depth++;
  sq_transaction_begin(&control->ctx);
  bool good = gather(control, client, client_id, bundle, frame, &all);
  char why[SQ_ARGS_WHY] = "";
  SqStatus status = SQ_OK;
  if (good)
    status = sq_transaction_commit(control, frame, why, sizeof why);
  else
    sq_transaction_cancel(&control->ctx);
  for (uint32_t i = 0; i < all.n; i++) {
    Outcome *o = &all.outcomes[i];
    if (o->status == SQ_OK && status != SQ_OK)
      fail(o, status, why);
    else if (o->status == SQ_OK && !good)
      fail(o, SQ_CANCELLED, "another message of the bundle failed; nothing of it was done");
    tell(control, client, o);
  }
  control->depth--;
  free(all.outcomes);
}

/// A bundle whose time has passed is carried out at once and reported, or refused, as configured.
static bool late(SqControl *control, SqClient *client, const SqOscBundle *bundle, uint64_t now, uint64_t frame) {
  SqOscBundle copy = *bundle;
  const uint8_t *data;
  size_t size;
  const double seconds = (double)(now - frame) / sq_link_rate(control->ctx.link);
  const bool drop = control->ctx.options->osc.late == SQ_LATE_DROP;
  control->ctx.lates++;
  while (sq_osc_bundle_next(&copy, &data, &size)) {
    SqOscMessage message;
    if (sq_osc_decode(data, size, control->args, SQ_MAX_ARGS, &message, NULL) != SQ_OK)
      continue;
    SqReturn to;
    char room[SQ_ADDRESS_MAX];
    const char *address = take_tag(message.address, &to, room, sizeof room);
    SqItems items = {0};
    sq_items_text(&items, address);
    sq_items_float(&items, seconds);
    sq_control_event(control, "/event/late", &items);
    sq_items_cleanup(&items);
    const bool off = strstr(address, "/note/off") || strstr(address, "all_off"); // never dropped
    if (drop && !off)
      sq_answer_fail(control, client, &to, SQ_LATE, "its time had passed; send earlier, or set osc.late = play");
    else if (drop)
      sq_dispatch_later(control, client ? client->id : 0, data, size, 0);
  }
  return !drop;
}

static void take_bundle(SqControl *control, SqClient *client, const uint8_t *data, size_t size) {
  SqOscBundle bundle;
  if (sq_osc_bundle_open(data, size, &bundle) != SQ_OK) {
    SqReturn to = {.address = "#bundle"};
    sq_answer_fail(control, client, &to, SQ_BAD_ARGS, "this bundle is broken: an element is longer than the packet");
    return;
  }
  uint64_t frame = 0;
  const bool timed =
      bundle.time > SQ_OSC_NOW && sq_clock_ntp_to_frame(control->ctx.clock, bundle.time, &frame) == SQ_OK;
  const uint64_t now = sq_link_frame(control->ctx.link);
  const double rate = sq_link_rate(control->ctx.link);
  if (timed && frame < now && !late(control, client, &bundle, now, frame))
    return;
  if (frame > now + (uint64_t)(horizon_seconds * rate)) {
    const SqStored stored = {.time = (double)frame, .client = client->id, .packet = (uint8_t *)data, .size = size};
    if (sq_store_add(&control->store, false, &stored) != SQ_OK) {
      SqReturn to = {.address = "#bundle"};
      sq_answer_fail(control, client, &to, SQ_LIMIT, "too many messages are stored for later; /sched/clear drops them");
    }
    return;
  }
  run_bundle(control, client, client->id, &bundle, frame > now ? frame : 0);
}

void sq_dispatch_packet(SqControl *control, SqClient *client, const uint8_t *data, size_t size) {
  control->serial++;
  control->messages++;
  if (sq_osc_is_bundle(data, size))
    take_bundle(control, client, data, size);
  else
    one_message(control, client, client->id, data, size, 0);
}

void sq_dispatch_later(SqControl *control, uint64_t client_id, const uint8_t *data, size_t size, uint64_t frame) {
  SqClient *client = sq_client_find(control, client_id);
  SqOscBundle bundle;
  if (!sq_osc_is_bundle(data, size))
    one_message(control, client, client_id, data, size, frame);
  else if (sq_osc_bundle_open(data, size, &bundle) == SQ_OK)
    run_bundle(control, client, client_id, &bundle, frame);
}
