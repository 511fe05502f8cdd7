// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/transaction.h"

#include <stdio.h>
#include <stdlib.h>

/// In order, from a list of their own: what they do may begin another transaction.
static void run_afters(SqContext *ctx, bool committed) {
  SqAfter *afters = ctx->afters;
  const uint32_t n = ctx->n_afters;
  ctx->afters = NULL;
  ctx->n_afters = ctx->cap_afters = 0;
  for (uint32_t i = 0; i < n; i++)
    afters[i].run(ctx, afters[i].context, committed);
  free(afters);
}

static void forget_later(SqControl *control) {
  for (uint32_t i = 0; i < control->n_later; i++)
    sq_stored_cleanup(&control->later[i].stored);
  free(control->later);
  control->later = NULL;
  control->n_later = 0;
}

void sq_transaction_begin(SqControl *control) {
  SqContext *ctx = &control->ctx;
  if (ctx->edits.n)
    sq_edits_clear(&ctx->edits);
  ctx->edits.doc = ctx->doc;
  ctx->n_actions = 0;
  if (control->n_later)
    forget_later(control);
}

/// What was to be stored is, now that nothing can fail any more; a trial of it is a transaction of its own.
static void store_later(SqControl *control) {
  SqLater *later = control->later;
  const uint32_t n = control->n_later;
  control->later = NULL;
  control->n_later = 0;
  for (uint32_t i = 0; i < n; i++) {
    sq_prepare_and_store(control, &later[i].from, &later[i].stored, later[i].in_beats);
    sq_stored_cleanup(&later[i].stored);
  }
  free(later);
}

/// Processors that were there with the commit itself: who waited for them goes on.
static void tell_built(SqControl *control) {
  SqNotice *built = control->built;
  const uint32_t n = control->n_built;
  control->built = NULL;
  control->n_built = 0;
  for (uint32_t i = 0; i < n; i++) {
    sq_wait_built(control, &built[i]);
    free((char *)built[i].text);
  }
  free(built);
}

/// Processors that go while someone waits for them.
static void tell_removed(SqControl *control) {
  if (!control->tokens && !control->waiting)
    return;
  const SqContext *ctx = &control->ctx;
  for (uint32_t i = 0; i < ctx->edits.n; i++) {
    const SqStrip *before = ctx->edits.items[i].kind == SQ_EDIT_STRIP ? ctx->edits.items[i].before : NULL;
    for (uint32_t k = 0; before && k <= before->n_chain; k++) {
      const SqProc *proc = k < before->n_chain ? before->chain[k] : before->generator;
      const SqStrip *owner;
      if (proc && sq_doc_object(ctx->doc, proc->handle, &owner) == SQ_OBJECT_NONE)
        sq_wait_removed(control, proc->handle);
    }
  }
}

static void act(SqControl *control) {
  SqContext *ctx = &control->ctx;
  for (uint32_t i = 0; i < ctx->n_actions; i++) {
    const SqAction *a = &ctx->actions[i];
    sq_link_event(ctx->link, a->proc, &a->event, a->frame, a->voided_by);
  }
  ctx->n_actions = 0;
}

SqStatus sq_transaction_commit(SqControl *control, const SqArrival *from, char *why, size_t why_size) {
  SqContext *ctx = &control->ctx;
  if ((ctx->edits.n || ctx->n_actions) && !sq_link_has_room(ctx->link, &ctx->edits, ctx->n_actions, from->frame)) {
    sq_transaction_cancel(control);
    snprintf(why, why_size, "the queue to the audio side is full; nothing was done, send it again");
    return SQ_BUSY;
  }
  if (control->n_later && control->store.frames.n + control->store.beats.n + control->n_later > SQ_STORE_MAX) {
    sq_transaction_cancel(control);
    snprintf(why, why_size, "%u messages are stored for later already; /sched/clear drops them", SQ_STORE_MAX);
    return SQ_LIMIT;
  }
  control->author = from->client;
  if (ctx->edits.n) {
    control->committing = true;
    sq_link_commit(ctx->link, &ctx->edits, from->frame);
    control->committing = false;
    sq_subscribers_edits(control, &ctx->edits);
    ctx->dirty = true;
    ctx->changes++;
    tell_removed(control);
  }
  if (ctx->n_actions)
    act(control);
  if (ctx->edits.n)
    sq_edits_clear(&ctx->edits);
  if (control->n_built)
    tell_built(control);
  if (control->n_later)
    store_later(control);
  if (ctx->n_afters)
    run_afters(ctx, true);
  return SQ_OK;
}

void sq_transaction_cancel(SqControl *control) {
  sq_edits_undo_to(&control->ctx.edits, 0);
  control->ctx.n_actions = 0;
  forget_later(control);
  run_afters(&control->ctx, false);
}

void sq_control_change(SqControl *control, void (*change)(SqContext *ctx, void *context), void *context) {
  char why[SQ_ARGS_WHY];
  sq_transaction_begin(control);
  change(&control->ctx, context);
  sq_transaction_commit(control, &(SqArrival){0}, why, sizeof why);
}
