// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What is not over yet: answers of work that takes time, messages to processors in building, /sync.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control.h"

SqToken *sq_control_defer(SqCall *call) {
  SqControl *control = call->ctx->control;
  SqToken *token = sq_alloc(1, sizeof *token);
  token->client = call->client ? call->client->id : 0;
  token->serial = control->serial;
  token->to = *control->returning;
  token->kind = call->row->kind;
  token->next = control->tokens;
  control->tokens = token;
  call->quiet = true;
  return token;
}

void sq_control_finish(SqControl *control, SqToken *token, SqStatus status, const char *why, const SqItems *items) {
  for (SqToken **at = &control->tokens; *at; at = &(*at)->next)
    if (*at == token) {
      *at = token->next;
      break;
    }
  SqClient *client = sq_client_find(control, token->client);
  if (status != SQ_OK)
    sq_answer_fail(control, client, &token->to, status, why);
  else if (token->kind == SQ_ROW_COMMAND || token->to.tag[0]) // values and actions are silent
    sq_answer_done(control, client, &token->to, items);
  sq_items_cleanup(&token->items);
  free(token);
  sq_wait_syncs(control);
}

void sq_control_finish_when_ready(SqControl *control, SqToken *token, SqHandle proc, const SqItems *items) {
  token->proc = proc;
  sq_items_append(&token->items, items);
  (void)control;
}

SqStatus sq_wait_for_proc(SqControl *control, uint64_t client, SqHandle proc, const uint8_t *packet, size_t size,
                          uint64_t frame) {
  uint32_t n = 0;
  for (const SqWaiting *w = control->waiting; w; w = w->next)
    n += w->proc == proc;
  if (n >= SQ_MAX_WAITING)
    return SQ_BUSY;
  SqWaiting *w = sq_alloc(1, sizeof *w + size);
  w->proc = proc;
  w->client = client;
  w->serial = control->serial;
  w->frame = frame;
  w->size = size;
  memcpy(w->packet, packet, size);
  *control->last_waiting = w;
  control->last_waiting = &w->next;
  return SQ_OK;
}

static SqWaiting *take_waiting(SqControl *control, SqHandle proc) {
  for (SqWaiting **at = &control->waiting; *at; at = &(*at)->next)
    if ((*at)->proc == proc) {
      SqWaiting *w = *at;
      *at = w->next;
      if (control->last_waiting == &w->next)
        control->last_waiting = at;
      return w;
    }
  return NULL;
}

static SqToken *token_of(SqControl *control, SqHandle proc) {
  for (SqToken *token = control->tokens; token; token = token->next)
    if (token->proc == proc)
      return token;
  return NULL;
}

/// What an `add` put there and could not be built goes again: `/fail` means that nothing was done.
static void take_back(SqControl *control, SqHandle proc) {
  const SqStrip *strip = NULL;
  char path[SQ_ADDRESS_MAX];
  if (sq_doc_object(control->ctx.doc, proc, &strip) == SQ_OBJECT_NONE)
    return;
  const bool generator = strip->generator && strip->generator->handle == proc;
  sq_control_path(&control->ctx, generator ? strip->handle : proc, path, sizeof path - sizeof "/remove");
  strncat(path, "/remove", sizeof path - strlen(path) - 1);
  size_t size;
  uint8_t *packet = sq_answer_encode(path, NULL, SQ_PROFILE_PLAIN, &size);
  sq_dispatch_later(control, 0, packet, size, 0);
  free(packet);
}

static bool is_add(const char *address) {
  const char *end = strrchr(address, '/');
  return end && strcmp(end, "/add") == 0;
}

void sq_wait_proc_over(SqControl *control, SqHandle proc, SqStatus status, const char *why) {
  SqItems items = {0};
  bool undo = false;
  for (SqToken *token = token_of(control, proc); token; token = token_of(control, proc)) {
    undo |= status != SQ_OK && is_add(token->to.address);
    sq_items_clear(&items);
    sq_items_append(&items, &token->items);
    token->proc = 0;
    sq_control_finish(control, token, status, why, &items);
  }
  sq_items_cleanup(&items);
  for (SqWaiting *w = take_waiting(control, proc); w; w = take_waiting(control, proc)) {
    sq_dispatch_later(control, w->client, w->packet, w->size, w->frame); // a failed processor answers `plugin`
    free(w);
  }
  if (undo)
    take_back(control, proc);
  sq_wait_syncs(control);
}

static bool anything_before(const SqControl *control, const SqSync *sync) {
  for (const SqToken *token = control->tokens; token; token = token->next)
    if (token->client == sync->client && token->serial < sync->serial)
      return true;
  for (const SqWaiting *w = control->waiting; w; w = w->next)
    if (w->client == sync->client && w->serial < sync->serial)
      return true;
  return false;
}

void sq_wait_syncs(SqControl *control) {
  for (SqSync **at = &control->syncs; *at;) {
    SqSync *sync = *at;
    if (anything_before(control, sync)) {
      at = &sync->next;
      continue;
    }
    *at = sync->next;
    SqClient *client = sq_client_find(control, sync->client);
    sq_answer_send(control, client, &sync->to, "/synced", &sync->items);
    if (sync->to.tag[0])
      sq_answer_done(control, client, &sync->to, NULL);
    sq_items_cleanup(&sync->items);
    free(sync);
  }
}

void sq_control_sync(SqCall *call, const SqItems *items) {
  SqControl *control = call->ctx->control;
  SqSync *sync = sq_alloc(1, sizeof *sync);
  sync->client = call->client ? call->client->id : 0;
  sync->serial = control->serial;
  sync->to = *control->returning;
  sq_items_append(&sync->items, items);
  SqSync **last = &control->syncs;
  while (*last)
    last = &(*last)->next;
  *last = sync;
  call->quiet = true;
  sq_wait_syncs(control);
}

void sq_wait_cleanup(SqControl *control) {
  while (control->tokens) {
    SqToken *token = control->tokens;
    control->tokens = token->next;
    sq_items_cleanup(&token->items);
    free(token);
  }
  while (control->syncs) {
    SqSync *sync = control->syncs;
    control->syncs = sync->next;
    sq_items_cleanup(&sync->items);
    free(sync);
  }
  while (control->waiting) {
    SqWaiting *w = control->waiting;
    control->waiting = w->next;
    free(w);
  }
}
