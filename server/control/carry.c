// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// One message to its row's handler: the address, the arguments, who may, what must be there.
#include "control/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/value.h"
#include "protocol/match.h"

typedef struct {
  SqControl *control;
  const SqArrival *from;
  const SqOscMessage *message;
  const uint8_t *packet;
  size_t size;
  SqAnswer *o;
  uint32_t count; ///< of a pattern
} Carry;

SqStatus sq_answer_set(SqAnswer *o, SqStatus status, const char *why) {
  o->status = status;
  if (why != o->why) {
    const size_t n = strlen(why), room = sizeof o->why - 1;
    memcpy(o->why, why, n < room ? n : room);
    o->why[n < room ? n : room] = 0;
  }
  return status;
}

// ---- the address ----------------------------------------------------------------------------------------------------

/// Reads "TAG" or "TAG:PORT" of `n` bytes.
static bool read_tag(const char *text, size_t n, SqReturn *to) {
  const char *colon = memchr(text, ':', n);
  const size_t tag = colon ? (size_t)(colon - text) : n;
  if (tag == 0 || tag >= sizeof to->tag)
    return false;
  unsigned long port = 0;
  if (colon) {
    char digits[8] = "";
    const size_t n_digits = n - tag - 1;
    if (n_digits == 0 || n_digits > 5 || strspn(colon + 1, "0123456789") != n_digits)
      return false;
    memcpy(digits, colon + 1, n_digits);
    port = strtoul(digits, NULL, 10);
    if (port == 0 || port > 65535)
      return false;
  }
  memcpy(to->tag, text, tag);
  to->tag[tag] = 0;
  to->port = (uint16_t)port;
  return true;
}

/// Splits "/@TAG:PORT/rest": to->address gets the rest, which begins with '/'.
SqStatus sq_return_read(SqReturn *to, const char *address, const char **why) {
  to->tag[0] = 0;
  to->port = 0;
  bool good = true;
  if (address[0] == '/' && address[1] == '@') {
    const size_t n = strcspn(address + 2, "/");
    good = read_tag(address + 2, n, to);
    if (good)
      address += 2 + n;
    *why = "a tag is /@TAG/… or /@TAG:PORT/…, of 1 to 63 bytes and a port from 1 to 65535";
  }
  const size_t n = strnlen(address, sizeof to->address);
  const bool slash = address[0] == '/'; // some clients leave it out
  if (n + !slash >= sizeof to->address) {
    *why = "the address is longer than 511 bytes";
    good = false;
  }
  size_t at = 0;
  if (!slash)
    to->address[at++] = '/';
  const size_t room = sizeof to->address - 1 - at, kept = n < room ? n : room;
  memcpy(to->address + at, address, kept);
  to->address[at + kept] = 0;
  return good ? SQ_OK : SQ_BAD_ADDRESS;
}

// ---- one call -------------------------------------------------------------------------------------------------------

/// A button that sends 1 when it is pressed and 0 when it is let go, on an action that takes nothing.
static bool is_button(const SqRow *row, const SqOscMessage *message, double *number) {
  int64_t integer;
  return row->kind == SQ_ROW_ACTION && row->n_args == 0 && row->rest == SQ_REST_NONE && message->n_args == 1 &&
         sq_arg_number(&message->args[0], number, &integer);
}

static SqStatus read_args(SqControl *control, SqCall *call, const SqOscMessage *message, SqAnswer *o) {
  SqArgs *args = &control->read;
  const SqRow *row = call->row;
  SqArgSpec room;
  SqArgsWant want;
  double number;
  uint32_t n = message->n_args;
  call->args = args;
  if (row->kind == SQ_ROW_VALUE && n == 0 && call->leaf != SQ_LEAF_ADJUST && call->leaf != SQ_LEAF_RAMP) {
    args->n_given = args->n_rest = 0;
    args->completion = NULL;
    return SQ_OK;
  }
  if (row->kind == SQ_ROW_VALUE && (!row->handle || call->leaf != SQ_LEAF_NONE))
    want = sq_value_want(call, &room);
  else
    want = sq_args_want(row);
  if (is_button(row, message, &number)) {
    o->released = number == 0.0;
    n = 0;
  }
  const SqStatus status = sq_args_read(&want, (SqOscArg *)message->args, n, args);
  if (status != SQ_OK)
    return sq_answer_set(o, status, args->why);
  for (uint32_t i = 0; i < args->n_given; i++)
    o->clamped |= args->args[i].clamped;
  return SQ_OK;
}

/// Whether the processor that the row needs is there; SQ_BUSY: it is building, the message waits.
static SqStatus ready(SqControl *control, SqCall *call, uint64_t client, SqAnswer *o) {
  SqTarget *target = &call->target;
  if (!target->proc) {
    const SqStrip *strip = sq_call_strip(call);
    if (!strip || !strip->generator)
      return sq_answer_set(o, SQ_NOT_FOUND,
                           "this strip has no generator; make a source with /source/add NAME GENERATOR");
    target->proc = strip->generator->handle;
  }
  SqLinkState state;
  const char *error = NULL;
  const SqStatus status = sq_link_proc(control->ctx.link, target->proc, &state, NULL, &error);
  const bool loading = sq_wait_zones(control, client, target->proc);
  if (status == SQ_NOT_FOUND) // made by this very bundle: built-ins are there with its commit, others are built first
    return sq_call_type(call) && !loading ? SQ_OK : SQ_BUSY;
  if (state == SQ_LINK_FAILED)
    return sq_answer_set(o, SQ_PLUGIN, error);
  return state == SQ_LINK_BUILDING || loading ? SQ_BUSY : SQ_OK;
}

/// A row of a send that must be there already.
static bool names_send(const SqRow *row) {
  return strncmp(row->address, "{any}/send/{send}/", 18) == 0 && strcmp(row->address + 18, "add") != 0 &&
         strcmp(row->address + 18, "ensure") != 0;
}

static SqStatus handle(SqCall *call) {
  return call->row->handle && call->leaf == SQ_LEAF_NONE ? call->row->handle(call) : sq_value_handle(call);
}

/// A value that was held to its range is told to who set it, as it is now.
static void tell_effective(const SqCall *set, SqItems *results) {
  const SqArgs none = {0};
  SqCall get = *set;
  get.args = &none;
  get.results = (SqItems){0};
  if (handle(&get) == SQ_OK)
    sq_items_append(results, &get.results);
  sq_items_cleanup(&get.results);
}

/// The message as it came, but on the concrete address: one of those that a pattern met.
static uint8_t *with_address(const Carry *c, const char *address, size_t *size) {
  const size_t old = (strlen((const char *)c->packet) + 4) & ~(size_t)3, head = (strlen(address) + 4) & ~(size_t)3;
  const size_t tail = c->size > old ? c->size - old : 0;
  uint8_t *packet = sq_alloc(head + tail + 4, 1);
  memcpy(packet, address, strlen(address));
  if (tail)
    memcpy(packet + head, c->packet + old, tail);
  *size = head + tail;
  return packet;
}

/// Keeps the message until its processor is built.
static SqStatus wait(Carry *c, const char *address, SqHandle proc, SqAnswer *o) {
  o->quiet = true;
  size_t size = c->size;
  uint8_t *concrete = c->o != o ? with_address(c, address, &size) : NULL;
  const SqStatus status = sq_wait_for_proc(c->control, c->from, proc, concrete ? concrete : c->packet, size);
  free(concrete);
  if (status != SQ_OK)
    return sq_answer_set(o, status, "1024 messages wait for this processor already; wait for its /done");
  return SQ_OK;
}

static SqStatus run(Carry *c, const char *address, const SqMatch *match, SqAnswer *o) {
  SqControl *control = c->control;
  const SqRow *row = match->row;
  SqCall *call = &(SqCall){.ctx = &control->ctx,
                           .row = row,
                           .client = c->from->client,
                           .address = address,
                           .target = match->target,
                           .leaf = match->leaf,
                           .frame = c->from->frame,
                           .access = c->from->access};
  o->kind = row->kind;
  if (!match->target.send && names_send(row)) {
    snprintf(o->why, sizeof o->why, "it sends nothing to '%s'; make the send with …/send/%s/add", match->target.word,
             match->target.word);
    return sq_answer_set(o, SQ_NOT_FOUND, o->why);
  }
  if (control->preparing && !(row->kind == SQ_ROW_COMMAND && row->constructs))
    return SQ_OK;
  if (row->access > c->from->access)
    return sq_answer_set(o, SQ_DENIED, sq_access_refusal(row->access));
  if (row->alone && control->bundles)
    return sq_answer_set(o, SQ_NOT_NOW,
                         "this cannot be taken back if another message of the bundle fails; send it alone");
  if (row->needs_instance) {
    const SqStatus status = ready(control, call, c->from->client_id, o);
    if (status == SQ_BUSY)
      return wait(c, address, call->target.proc, o);
    if (status != SQ_OK)
      return status;
  }
  if (read_args(control, call, c->message, o) != SQ_OK || o->released)
    return o->status;
  const bool get = row->kind == SQ_ROW_VALUE && sq_call_is_get(call);
  control->returning = &o->to;
  o->status = handle(call);
  control->returning = NULL;
  if (o->status != SQ_OK) {
    sq_answer_set(o, o->status, call->why);
    sq_items_cleanup(&call->results);
    return o->status;
  }
  if (o->clamped && !get && row->kind == SQ_ROW_VALUE && call->results.n == 0)
    tell_effective(call, &call->results);
  o->answers = get || row->kind == SQ_ROW_COMMAND || call->reply || call->results.n;
  o->quiet = call->quiet;
  o->reply = call->reply;
  o->results = call->results;
  return SQ_OK;
}

static void run_one_of_many(void *context, const char *address, const SqMatch *match) {
  Carry *c = context;
  if (match->row->kind != SQ_ROW_VALUE && match->row->kind != SQ_ROW_ACTION)
    return; // commands are not for patterns: one mistake would be many
  SqAnswer one;
  sq_answer_init(&one);
  memcpy(one.to.tag, c->o->to.tag, sizeof one.to.tag);
  one.to.port = c->o->to.port;
  snprintf(one.to.address, sizeof one.to.address, "%s", address);
  if (run(c, address, match, &one) != SQ_OK) {
    if (c->o->status == SQ_OK)
      sq_answer_set(c->o, one.status, one.why);
    return;
  }
  c->count++;
  if (one.answers && !one.quiet && match->row->kind == SQ_ROW_VALUE)
    sq_answer_send(c->control, c->from->client, &one.to, address, &one.results);
  sq_items_cleanup(&one.results);
}

static void add_child(void *context, const char *name) {
  sq_items_text(context, name);
}

/// Answers `PATH/` with its children; the pages are the answer, a tag gets its /done after them.
static void list_children(Carry *c, const char *address) {
  SqItems names = {0};
  c->o->kind = SQ_ROW_ACTION;
  if (!sq_tree_children(c->control->tree, &c->control->ctx, address, add_child, &names))
    sq_answer_set(c->o, SQ_BAD_ADDRESS, "there is nothing below this address; / lists where to begin");
  else if (sq_answer_list(c->from->client, &c->o->to, address, &names, 1) == SQ_LIMIT)
    sq_answer_set(c->o, SQ_LIMIT, "the list does not fit into datagrams; ask on the Unix socket");
  sq_items_cleanup(&names);
}

static void carry(Carry *c) {
  SqAnswer *o = c->o;
  SqControl *control = c->control;
  const char *why = "", *address = o->to.address;
  const SqStatus read = sq_return_read(&o->to, c->message->address, &why);
  if (read != SQ_OK) {
    sq_answer_set(o, read, why);
    return;
  }
  if (address[strlen(address) - 1] == '/') {
    list_children(c, address);
    return;
  }
  if (!sq_match_is_pattern(address)) {
    SqMatch match;
    const SqStatus status = sq_tree_find(control->tree, &control->ctx, address, &match, o->why, sizeof o->why);
    if (status != SQ_OK)
      sq_answer_set(o, status, o->why);
    else
      run(c, address, &match, o);
    return;
  }
  const uint32_t met = sq_tree_expand(control->tree, &control->ctx, address, run_one_of_many, c);
  o->kind = SQ_ROW_ACTION;
  if (met == 0 || (c->count == 0 && o->status == SQ_OK))
    sq_answer_set(o, SQ_NOT_FOUND, "the pattern matches no value and no action; patterns never reach commands");
  else if (o->status == SQ_OK)
    sq_items_int(&o->results, (int32_t)c->count);
}

void sq_answer_init(SqAnswer *o) {
  o->to.tag[0] = o->to.address[0] = o->why[0] = 0;
  o->to.port = 0;
  o->kind = SQ_ROW_ACTION;
  o->status = SQ_OK;
  o->answers = o->quiet = o->clamped = o->released = false;
  o->reply = NULL;
  o->results = (SqItems){0};
}

void sq_carry(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size, SqAnswer *o) {
  SqOscMessage message;
  const char *why = NULL;
  SqOscArg *args = control->args + (size_t)control->depth * SQ_MAX_ARGS;
  control->read.completion = NULL;
  o->status = sq_osc_decode(data, size, args, SQ_MAX_ARGS, &message, &why);
  if (o->status == SQ_OK)
    carry(&(Carry){control, from, &message, data, size, o, 0});
  else
    sq_answer_set(o, o->status, why ? why : "this is no OSC message");
}

// ---- telling --------------------------------------------------------------------------------------------------------

void sq_answer_tell(SqControl *control, SqClient *client, SqAnswer *o) {
  const bool tagged = o->to.tag[0] != 0;
  if (o->status != SQ_OK) {
    sq_answer_fail(control, client, &o->to, o->status, o->why);
  } else if (!o->quiet && client) {
    if (o->reply)
      sq_answer_send(control, client, &o->to, o->reply, &o->results);
    if (o->kind == SQ_ROW_VALUE && !tagged) {
      if (o->answers && !o->reply)
        sq_answer_send(control, client, &o->to, o->to.address, &o->results);
    } else if (tagged || ((o->kind == SQ_ROW_COMMAND || o->kind == SQ_ROW_STREAM) && !o->reply)) {
      sq_answer_done(control, client, &o->to, o->reply ? NULL : &o->results);
    }
  }
  sq_items_cleanup(&o->results);
}
