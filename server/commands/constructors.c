// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/constructors.h"

#include <stdio.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

void sq_strip_answer(SqCall *call, const SqStrip *strip) {
  sq_items_text(&call->results, strip->name);
  sq_items_int(&call->results, strip->handle);
}

/// True while a processor's instance, or the sounds it plays, are still to be made by a job.
static bool is_slow(const SqProc *proc) {
  const SqProcessorType *type = sq_link_builtin(proc->type);
  return proc->n_zones || !type || type->flags & SQ_PROC_SLOW;
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
  for (uint32_t i = 0; strip->generator && i < strip->generator->n_zones; i++)
    strip->generator->zones[i].handle = sq_doc_next_handle(doc);
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

SqStatus sq_strip_remove(SqCall *call, const SqStrip *strip) {
  detach(call, strip);
  sq_control_unstore(call->ctx->control, NULL, strip->handle);
  return sq_edits_remove(&call->ctx->edits, strip->handle);
}

SqStatus sq_strip_bring(SqCall *call, const SqStrip *strip, SqOtherKey other, void *context) {
  SqStrip *after = sq_strip_copy(strip);
  SqStatus status = sq_strip_apply_pairs(call, after, other, context);
  if (status != SQ_OK) {
    sq_strip_unref(after);
    return status;
  }
  sq_strip_answer(call, after);
  for (uint32_t i = 0; i < SQ_STRIP_NUMBERS && status == SQ_OK; i++)
    if (after->numbers[i] < strip->numbers[i] || after->numbers[i] > strip->numbers[i])
      status = sq_edits_number(&call->ctx->edits, (SqValueRef){after->handle, i}, after->numbers[i]);
  sq_edits_put(&call->ctx->edits, after);
  return status;
}

// ---- rows -----------------------------------------------------------------------------------------------------------

static SqStatus remove_strip(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  sq_strip_answer(call, strip);
  return sq_strip_remove(call, strip);
}

/// A copy under another name, or NULL with `*status` set.
static SqStrip *named_copy(SqCall *call, SqStatus *status) {
  const char *name = call->args->args[0].text;
  *status = sq_strip_check_name(call, name);
  if (*status != SQ_OK)
    return NULL;
  SqStrip *after = sq_call_copy_strip(call);
  snprintf(after->name, sizeof after->name, "%s", name);
  return after;
}

static SqStatus rename_strip(SqCall *call) {
  SqStatus status = SQ_OK;
  const SqStrip *strip = sq_call_strip(call);
  const bool same = strcmp(strip->name, call->args->args[0].text) == 0;
  SqStrip *after = same ? NULL : named_copy(call, &status);
  if (status != SQ_OK)
    return status;
  sq_strip_answer(call, same ? strip : after);
  if (after)
    sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus copy_strip(SqCall *call) {
  SqStatus status;
  SqStrip *after = named_copy(call, &status);
  return after ? sq_strip_publish(call, after) : status;
}

static const SqArgSpec arg_name[] = {
    {.name = "name", .type = SQ_TYPE_NAME, .help = "A new name, unique among strips."}};

const SqRow sq_rows_constructors[] = {
    {.address = "{made}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle",
     .help = "Fades the strip out and removes it; what fed it goes on to the master.",
     .handle = remove_strip,
     .timed = true},
    {.address = "{made}/rename",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .replies = "s:name i:handle",
     .help = "Gives it another name; its handle stays.",
     .handle = rename_strip},
    {.address = "{made}/copy",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_name,
     .n_args = 1,
     .replies = "s:name i:handle",
     .help = "Makes another strip like it.",
     .handle = copy_strip,
     .constructs = true},
};
SQ_ROWS_COUNT(constructors)
