// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What is not over yet: answers of work that takes time, messages to processors in building, /sync.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control.h"
#include "control/transaction.h"

// ---- answers to come ------------------------------------------------------------------------------------------------

static SqToken *token_new(SqControl *control, const SqClient *client) {
  SqToken *token = sq_alloc(1, sizeof *token);
  token->client = client ? client->id : 0;
  token->origin = sq_client_origin(client);
  token->serial = control->serial;
  token->order = ++control->waits;
  token->next = control->tokens;
  control->tokens = token;
  return token;
}

static void token_end(SqControl *control, SqToken *token) {
  for (SqToken **at = &control->tokens; *at; at = &(*at)->next)
    if (*at == token) {
      *at = token->next;
      break;
    }
  sq_items_cleanup(&token->items);
  free(token->why);
  free(token);
}

SqToken *sq_control_defer(SqCall *call) {
  SqControl *control = call->ctx->control;
  call->quiet = true;
  if (control->preparing)
    return &control->trial;
  SqToken *token = token_new(control, call->client);
  token->to = *control->returning;
  token->kind = call->row->kind;
  return token;
}

void sq_control_drop(SqControl *control, SqToken *token) {
  if (token == &control->trial)
    return;
  token_end(control, token);
  sq_wait_syncs(control);
}

void sq_control_finish(SqControl *control, SqToken *token, SqStatus status, const char *why, const SqItems *items) {
  if (token == &control->trial)
    return;
  if (control->bundles && !token->over) { // another message of it may still fail
    token->over = true;
    token->status = status;
    token->why = sq_text_copy(why);
    if (items)
      sq_items_append(&token->items, items);
    return;
  }
  SqClient *client = token->silent ? NULL : sq_client_find(control, token->client);
  if (client && status != SQ_OK)
    sq_answer_fail(control, client, &token->to, status, why);
  else if (client && (token->kind == SQ_ROW_COMMAND || token->to.tag[0])) // values and actions are silent
    sq_answer_done(control, client, &token->to, items);
  token_end(control, token);
  sq_wait_syncs(control);
}

void sq_control_finish_when_ready(SqControl *control, SqToken *token, SqHandle proc, const SqItems *items) {
  if (token == &control->trial)
    return;
  token->proc = proc;
  sq_items_append(&token->items, items);
}

void sq_wait_for_key(SqControl *control, const SqArrival *from, uint64_t key) {
  SqToken *token = token_new(control, from->client);
  token->silent = true;
  token->key = key;
}

void sq_wait_key_over(SqControl *control, uint64_t key) {
  for (SqToken *token = control->tokens, *next; token; token = next) {
    next = token->next;
    if (token->key == key)
      token_end(control, token);
  }
  sq_wait_syncs(control);
}

static void sync_end(SqSync **at) {
  SqSync *sync = *at;
  *at = sync->next;
  sq_items_cleanup(&sync->items);
  free(sync);
}

void sq_wait_forget(SqControl *control, uint64_t mark) {
  for (SqToken *token = control->tokens, *next; token; token = next) {
    next = token->next;
    if (token->order <= mark)
      continue;
    if (token->proc || token->over)
      token_end(control, token);
    else
      token->silent = true; // work that began ends unheard
  }
  for (SqWaiting **at = &control->waiting; *at;) {
    SqWaiting *w = *at;
    if (w->order <= mark) {
      at = &w->next;
      continue;
    }
    *at = w->next;
    free(w);
  }
  control->last_waiting = &control->waiting;
  while (*control->last_waiting)
    control->last_waiting = &(*control->last_waiting)->next;
  for (SqSync **at = &control->syncs; *at;) {
    if ((*at)->order > mark)
      sync_end(at);
    else
      at = &(*at)->next;
  }
}

static SqToken *first_over(const SqControl *control) {
  SqToken *first = NULL;
  for (SqToken *token = control->tokens; token; token = token->next)
    if (token->over && (!first || token->order < first->order))
      first = token;
  return first;
}

void sq_wait_tell_over(SqControl *control) {
  for (SqToken *token = first_over(control); token; token = first_over(control)) {
    SqItems items = token->items;
    char *why = token->why;
    token->items = (SqItems){0};
    token->why = NULL;
    sq_control_finish(control, token, token->status, why, &items);
    sq_items_cleanup(&items);
    free(why);
  }
}

// ---- messages to what is building -----------------------------------------------------------------------------------

SqStatus sq_wait_for_proc(SqControl *control, const SqArrival *from, SqHandle proc, const uint8_t *packet,
                          size_t size) {
  uint32_t n = 0;
  for (const SqWaiting *w = control->waiting; w; w = w->next)
    n += w->proc == proc;
  if (n >= SQ_MAX_WAITING)
    return SQ_BUSY;
  SqWaiting *w = sq_alloc(1, sizeof *w + size);
  w->proc = proc;
  w->from = *from;
  w->from.client = NULL;
  w->origin = sq_client_origin(from->client);
  w->serial = control->serial;
  w->order = ++control->waits;
  w->size = size;
  memcpy(w->packet, packet, size);
  *control->last_waiting = w;
  control->last_waiting = &w->next;
  return SQ_OK;
}

/// All that wait for `proc`, in order: what has to wait once more is then not met again.
static SqWaiting *take_waiting(SqControl *control, SqHandle proc) {
  SqWaiting *taken = NULL, **last = &taken;
  for (SqWaiting **at = &control->waiting; *at;) {
    SqWaiting *w = *at;
    if (w->proc != proc) {
      at = &w->next;
      continue;
    }
    *at = w->next;
    if (control->last_waiting == &w->next)
      control->last_waiting = at;
    w->next = NULL;
    *last = w;
    last = &w->next;
  }
  return taken;
}

static SqToken *token_of(SqControl *control, SqHandle proc) {
  for (SqToken *token = control->tokens; token; token = token->next)
    if (token->proc == proc)
      return token;
  return NULL;
}

/// A processor in a chain tells its latency, which is known only now.
static void add_latency(SqControl *control, SqHandle proc, SqItems *items) {
  const SqStrip *owner;
  if (sq_doc_object(control->ctx.doc, proc, &owner) == SQ_OBJECT_PROC &&
      !(owner->generator && owner->generator->handle == proc))
    sq_items_int(items, (int32_t)sq_link_latency(control->ctx.link, proc));
}

/// Ends who waits for the processor's answer; returns how many did.
static uint32_t end_tokens(SqControl *control, SqHandle proc, SqStatus status, const char *why) {
  uint32_t n = 0;
  for (SqToken *token = token_of(control, proc); token; token = token_of(control, proc), n++) {
    SqItems items = token->items;
    token->items = (SqItems){0};
    token->proc = 0;
    if (status == SQ_OK)
      add_latency(control, proc, &items);
    sq_control_finish(control, token, status, why, &items);
    sq_items_cleanup(&items);
  }
  return n;
}

/// What was added and could not be made goes again: the same command may be sent once more.
static void take_back(SqControl *control, SqHandle proc) {
  SqContext *ctx = &control->ctx;
  const SqStrip *owner;
  char why[SQ_ARGS_WHY];
  if (sq_doc_object(ctx->doc, proc, &owner) != SQ_OBJECT_PROC)
    return;
  sq_transaction_begin(control);
  if (owner->generator && owner->generator->handle == proc) {
    sq_edits_remove(&ctx->edits, owner->handle);
  } else {
    SqStrip *after = sq_strip_copy(owner);
    sq_proc_free(sq_strip_take(after, proc));
    sq_edits_put(&ctx->edits, after);
  }
  sq_transaction_commit(control, &(SqArrival){0}, why, sizeof why);
}

void sq_wait_proc_over(SqControl *control, SqHandle proc, SqStatus status, const char *why) {
  const uint32_t asked = end_tokens(control, proc, status, why);
  for (SqWaiting *w = take_waiting(control, proc), *next; w; w = next) {
    next = w->next;
    sq_dispatch_later(control, &w->from, w->packet, w->size); // a failed processor answers `plugin`
    free(w);
  }
  if (status != SQ_OK && asked)
    take_back(control, proc);
  sq_wait_syncs(control);
}

void sq_wait_removed(SqControl *control, SqHandle proc) {
  static const char why[] = "it was removed before it was made";
  end_tokens(control, proc, SQ_CANCELLED, why);
  for (SqWaiting *w = take_waiting(control, proc), *next; w; w = next) {
    next = w->next;
    SqReturn to;
    const char *ignored;
    sq_return_read(&to, (const char *)w->packet, &ignored);
    sq_answer_fail(control, sq_client_find(control, w->from.client_id), &to, SQ_CANCELLED, why);
    free(w);
  }
  sq_wait_syncs(control);
}

void sq_wait_built(SqControl *control, const SqNotice *notice) {
  const SqStatus status = notice->kind == SQ_NOTICE_READY ? SQ_OK
                          : notice->index == SQ_NOT_FOUND ? SQ_NOT_FOUND
                                                          : SQ_PLUGIN;
  if (!control->committing) {
    sq_wait_proc_over(control, notice->object, status, notice->text);
    return;
  }
  control->built = sq_realloc(control->built, control->n_built + 1, sizeof *control->built);
  control->built[control->n_built] = *notice;
  control->built[control->n_built++].text = sq_text_copy(notice->text);
}

bool sq_wait_ends(SqControl *control, SqHandle handle) {
  return token_of(control, handle) != NULL;
}

bool sq_wait_zones(const SqControl *control, uint64_t client, SqHandle sampler) {
  const SqStrip *strip;
  if (sq_doc_object(control->ctx.doc, sampler, &strip) != SQ_OBJECT_PROC)
    return false;
  const SqProc *proc = sq_strip_proc(strip, sampler);
  for (const SqToken *token = control->tokens; token; token = token->next)
    for (uint32_t i = 0; i < proc->n_zones && token->proc && token->client == client; i++)
      if (proc->zones[i].handle == token->proc)
        return true;
  return false;
}

// ---- /sync ----------------------------------------------------------------------------------------------------------

static bool anything_before(const SqControl *control, const SqSync *sync) {
  for (const SqToken *token = control->tokens; token; token = token->next)
    if (token->origin == sync->origin && token->serial < sync->serial)
      return true;
  for (const SqWaiting *w = control->waiting; w; w = w->next)
    if (w->origin == sync->origin && w->serial < sync->serial)
      return true;
  return false;
}

void sq_wait_syncs(SqControl *control) {
  if (control->depth) // a message is under way, and may fail yet
    return;
  for (SqSync **at = &control->syncs; *at;) {
    SqSync *sync = *at;
    if (anything_before(control, sync)) {
      at = &sync->next;
      continue;
    }
    SqClient *client = sq_client_find(control, sync->client);
    sq_answer_send(control, client, &sync->to, "/synced", &sync->items);
    if (sync->to.tag[0])
      sq_answer_done(control, client, &sync->to, NULL);
    sync_end(at);
  }
}

void sq_control_sync(SqCall *call, const SqItems *items) {
  SqControl *control = call->ctx->control;
  SqSync *sync = sq_alloc(1, sizeof *sync);
  sync->client = call->client ? call->client->id : 0;
  sync->origin = sq_client_origin(call->client);
  sync->serial = control->serial;
  sync->order = ++control->waits;
  sync->to = *control->returning;
  sq_items_append(&sync->items, items);
  SqSync **last = &control->syncs;
  while (*last)
    last = &(*last)->next;
  *last = sync; // answered when its own message or bundle has succeeded
  call->quiet = true;
}

void sq_wait_cleanup(SqControl *control) {
  while (control->tokens)
    token_end(control, control->tokens);
  while (control->syncs)
    sync_end(&control->syncs);
  while (control->waiting) {
    SqWaiting *w = control->waiting;
    control->waiting = w->next;
    free(w);
  }
}
