// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/transaction.h"

#include <stdio.h>

void sq_transaction_begin(SqContext *ctx) {
  sq_edits_clear(&ctx->edits);
  ctx->edits.doc = ctx->doc;
  ctx->n_actions = 0;
}

SqStatus sq_transaction_commit(SqControl *control, uint64_t frame, char *why, size_t why_size) {
  SqContext *ctx = &control->ctx;
  if ((ctx->edits.n || ctx->n_actions) && !sq_link_has_room(ctx->link, &ctx->edits)) {
    sq_transaction_cancel(ctx);
    snprintf(why, why_size, "the queue to the audio side is full; nothing was changed, send it again");
    return SQ_BUSY;
  }
  if (ctx->edits.n) {
    sq_link_commit(ctx->link, &ctx->edits, frame);
    sq_subscribers_edits(control, &ctx->edits);
    ctx->dirty = true;
    ctx->changes++;
  }
  for (uint32_t i = 0; i < ctx->n_actions; i++) {
    const SqAction *a = &ctx->actions[i];
    if (sq_link_event(ctx->link, a->proc, &a->event, a->frame, a->voided_by) == SQ_BUSY && i == 0 &&
        ctx->edits.n == 0) {
      ctx->n_actions = 0;
      snprintf(why, why_size, "the queue to the audio side is full; nothing was played, send it again");
      return SQ_BUSY;
    }
  }
  sq_edits_clear(&ctx->edits);
  ctx->n_actions = 0;
  return SQ_OK;
}

void sq_transaction_cancel(SqContext *ctx) {
  sq_edits_undo_to(&ctx->edits, 0);
  ctx->n_actions = 0;
}
