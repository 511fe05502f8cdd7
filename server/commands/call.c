// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "protocol/nearest.h"

SqStatus sq_call_fail(SqCall *call, SqStatus status, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(call->why, sizeof call->why, format, list);
  va_end(list);
  return status;
}

void sq_call_act(SqCall *call, SqHandle proc, const SqEvent *event, uint64_t frame, uint32_t voided_by) {
  SqContext *ctx = call->ctx;
  if (ctx->n_actions == ctx->cap_actions) {
    ctx->cap_actions = ctx->cap_actions ? 2 * ctx->cap_actions : 16;
    ctx->actions = sq_realloc(ctx->actions, ctx->cap_actions, sizeof *ctx->actions);
  }
  ctx->actions[ctx->n_actions++] = (SqAction){proc, *event, frame, voided_by};
}

void sq_call_after(SqCall *call, void (*run)(SqContext *ctx, void *context, bool committed), void *context) {
  SqContext *ctx = call->ctx;
  if (ctx->n_afters == ctx->cap_afters) {
    ctx->cap_afters = ctx->cap_afters ? 2 * ctx->cap_afters : 16;
    ctx->afters = sq_realloc(ctx->afters, ctx->cap_afters, sizeof *ctx->afters);
  }
  ctx->afters[ctx->n_afters++] = (SqAfter){run, context};
}

const SqStrip *sq_call_strip(const SqCall *call) {
  return sq_doc_strip(call->ctx->doc, call->target.strip);
}

const SqProc *sq_call_proc(const SqCall *call) {
  return sq_strip_proc(sq_call_strip(call), call->target.proc);
}

const SqSend *sq_call_send(const SqCall *call) {
  return sq_strip_send(sq_call_strip(call), call->target.send);
}

const SqProcessorType *sq_call_type(const SqCall *call) {
  SqLinkState state;
  const SqProcessorType *type = NULL;
  if (sq_link_proc(call->ctx->link, call->target.proc, &state, &type, NULL) == SQ_OK)
    return type;
  const SqProc *proc = sq_call_proc(call);
  return proc ? sq_link_builtin(proc->type) : NULL;
}

SqStrip *sq_call_copy_strip(const SqCall *call) {
  return sq_strip_copy(sq_call_strip(call));
}

const SqStrip *sq_call_find_strip(SqCall *call, const SqArg *arg) {
  const SqDoc *doc = call->ctx->doc;
  const SqStrip *strip = arg->integer > 0 ? sq_doc_strip(doc, (SqHandle)arg->integer) : sq_doc_named(doc, arg->text);
  if (strip)
    return strip;
  SqNearest nearest;
  sq_nearest_begin(&nearest, arg->text);
  for (uint32_t i = 0; i < sq_doc_count(doc); i++)
    sq_nearest_try(&nearest, sq_doc_at(doc, i)->name);
  if (nearest.best)
    sq_call_fail(call, SQ_NOT_FOUND, "there is no strip '%s'; did you mean '%s'?", arg->text, nearest.best);
  else
    sq_call_fail(call, SQ_NOT_FOUND, "there is no strip '%s'; /strip/ lists those there are", arg->text);
  return NULL;
}
