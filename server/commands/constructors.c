// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/constructors.h"

#include <stdio.h>
#include <string.h>

#include "commands/specs.h"

void sq_strip_answer(SqCall *call, const SqStrip *strip) {
  sq_items_text(&call->results, strip->name);
  sq_items_int(&call->results, strip->handle);
}

/// True while a processor's instance is still to be made on a job thread.
static bool is_slow(const SqProc *proc) {
  const SqProcessorType *type = sq_link_builtin(proc->type);
  return !type || type->flags & SQ_PROC_SLOW;
}

SqStatus sq_strip_publish(SqCall *call, SqStrip *strip) {
  SqDoc *doc = call->ctx->doc;
  if (sq_doc_count(doc) >= SQ_MAX_STRIPS) {
    sq_strip_unref(strip);
    return sq_call_fail(call, SQ_LIMIT, "there are %u strips, more are not possible; remove some", SQ_MAX_STRIPS);
  }
  strip->handle = sq_doc_next_handle(doc);
  strip->sequence = sq_doc_next_sequence(doc);
  if (strip->generator)
    strip->generator->handle = sq_doc_next_handle(doc);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    strip->chain[i]->handle = sq_doc_next_handle(doc);
  for (uint32_t i = 0; i < strip->n_sends; i++)
    strip->sends[i].handle = sq_doc_next_handle(doc);
  sq_edits_put(&call->ctx->edits, strip);
  sq_strip_answer(call, strip);
  if (strip->generator && is_slow(strip->generator)) {
    struct SqToken *token = sq_control_defer(call);
    sq_control_finish_when_ready(call->ctx->control, token, strip->generator->handle, &call->results);
  }
  return SQ_OK;
}

/// What fed a bus goes on to where the bus went; what read it as a sidechain reads nothing.
static void detach(SqCall *call, const SqStrip *gone) {
  const SqDoc *doc = call->ctx->doc;
  for (uint32_t i = 0; i < sq_doc_count(doc); i++) {
    const SqStrip *strip = sq_doc_at(doc, i);
    bool touched = strip->output == gone->handle || sq_strip_send_to(strip, gone->handle);
    for (uint32_t k = 0; k < strip->n_chain; k++)
      touched |= strip->chain[k]->sidechain == gone->handle;
    if (!touched || strip == gone)
      continue;
    SqStrip *after = sq_strip_copy(strip);
    if (after->output == gone->handle)
      after->output = SQ_HANDLE_MASTER;
    const SqSend *send = sq_strip_send_to(after, gone->handle);
    if (send)
      sq_strip_remove_send(after, send->handle);
    for (uint32_t k = 0; k < after->n_chain; k++)
      if (after->chain[k]->sidechain == gone->handle)
        after->chain[k]->sidechain = 0;
    sq_edits_put(&call->ctx->edits, after);
  }
}

SqStatus sq_strip_handle_remove(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  sq_strip_answer(call, strip);
  detach(call, strip);
  sq_control_unstore(call->ctx->control, NULL, strip->handle);
  return sq_edits_remove(&call->ctx->edits, strip->handle);
}

SqStatus sq_strip_handle_rename(SqCall *call) {
  const char *name = call->args->args[0].text;
  if (strcmp(sq_call_strip(call)->name, name) == 0) {
    sq_strip_answer(call, sq_call_strip(call));
    return SQ_OK;
  }
  const SqStatus status = sq_strip_check_name(call, name);
  if (status != SQ_OK)
    return status;
  SqStrip *after = sq_call_copy_strip(call);
  snprintf(after->name, sizeof after->name, "%s", name);
  sq_edits_put(&call->ctx->edits, after);
  sq_strip_answer(call, after);
  return SQ_OK;
}

SqStatus sq_strip_handle_copy(SqCall *call) {
  const char *name = call->args->args[0].text;
  const SqStatus status = sq_strip_check_name(call, name);
  if (status != SQ_OK)
    return status;
  SqStrip *after = sq_call_copy_strip(call);
  snprintf(after->name, sizeof after->name, "%s", name);
  return sq_strip_publish(call, after);
}
