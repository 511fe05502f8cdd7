// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/edit.h"

#include <stdlib.h>

#include "base/memory.h"

void sq_edits_init(SqEdits *edits, SqDoc *doc) {
  *edits = (SqEdits){.doc = doc};
}

void sq_edits_cleanup(SqEdits *edits) {
  sq_edits_clear(edits);
  free(edits->items);
  *edits = (SqEdits){0};
}

static SqEdit *push(SqEdits *edits) {
  if (edits->n == edits->cap) {
    edits->cap = edits->cap ? 2 * edits->cap : 16;
    edits->items = sq_realloc(edits->items, edits->cap, sizeof *edits->items);
  }
  SqEdit *edit = &edits->items[edits->n++];
  *edit = (SqEdit){0};
  return edit;
}

SqStatus sq_edits_ramp(SqEdits *edits, SqValueRef ref, double value, double seconds, int curve) {
  double old;
  SqStatus status = sq_doc_number(edits->doc, ref, &old);
  if (status == SQ_OK)
    status = sq_doc_set_number(edits->doc, ref, value);
  if (status != SQ_OK)
    return status;
  SqEdit *edit = push(edits);
  *edit = (SqEdit){
      .kind = SQ_EDIT_NUMBER, .ref = ref, .old_number = old, .new_number = value, .seconds = seconds, .curve = curve};
  return SQ_OK;
}

SqStatus sq_edits_number(SqEdits *edits, SqValueRef ref, double value) {
  return sq_edits_ramp(edits, ref, value, -1.0, 0);
}

void sq_edits_put(SqEdits *edits, SqStrip *after) {
  SqEdit *edit = push(edits);
  edit->kind = SQ_EDIT_STRIP;
  edit->ref.object = after->handle;
  edit->after = sq_strip_ref(after);
  edit->before = sq_doc_put(edits->doc, after);
}

SqStatus sq_edits_remove(SqEdits *edits, SqHandle strip) {
  SqStrip *before = sq_doc_take(edits->doc, strip);
  if (!before)
    return SQ_NOT_FOUND;
  SqEdit *edit = push(edits);
  *edit = (SqEdit){.kind = SQ_EDIT_STRIP, .ref.object = strip, .before = before};
  return SQ_OK;
}

static void undo(SqDoc *doc, SqEdit *edit) {
  if (edit->kind == SQ_EDIT_NUMBER) {
    sq_doc_set_number(doc, edit->ref, edit->old_number);
    return;
  }
  SqStrip *present = edit->before ? sq_doc_put(doc, edit->before) : sq_doc_take(doc, edit->ref.object);
  sq_strip_unref(present);
  edit->before = NULL; // the document has it back
}

void sq_edits_undo_to(SqEdits *edits, uint32_t n) {
  while (edits->n > n) {
    SqEdit *edit = &edits->items[--edits->n];
    undo(edits->doc, edit);
    sq_strip_unref(edit->after);
  }
}

void sq_edits_clear(SqEdits *edits) {
  for (uint32_t i = 0; i < edits->n; i++) {
    sq_strip_unref(edits->items[i].before);
    sq_strip_unref(edits->items[i].after);
  }
  edits->n = 0;
}
