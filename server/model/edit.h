// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The only way to change a document: records that can be applied, taken back, and asked what changed; control thread.
///
/// Bundle roll-back, dry run, undo, journal, dirty flag, notifications and the compiler all read them.
#ifndef SQ_MODEL_EDIT_H
#define SQ_MODEL_EDIT_H

#include "model/document.h"

typedef enum {
  SQ_EDIT_NUMBER, ///< one number of one object
  SQ_EDIT_STRIP   ///< a strip appears (no before), goes (no after) or is replaced by another value of it
} SqEditKind;

typedef struct SqEdit {
  SqEditKind kind;
  SqValueRef ref; ///< NUMBER; STRIP: the strip's handle
  double old_number, new_number;
  double seconds;          ///< NUMBER: time to get there; < 0: the usual smoothing
  int curve;               ///< NUMBER: SqCurve
  SqStrip *before, *after; ///< STRIP: counted references
} SqEdit;

/// The records of one message or bundle, in order.
typedef struct SqEdits {
  SqDoc *doc;
  SqEdit *items; ///< [n]
  uint32_t n, cap;
} SqEdits;

void sq_edits_init(SqEdits *edits, SqDoc *doc);
void sq_edits_cleanup(SqEdits *edits);

/// Sets a number and records it. Errors: SQ_NOT_FOUND.
SqStatus sq_edits_number(SqEdits *edits, SqValueRef ref, double value);

/// The same, to be reached in `seconds` along `curve`.
SqStatus sq_edits_ramp(SqEdits *edits, SqValueRef ref, double value, double seconds, int curve);

/// Puts `after` (taken) in place of the strip of its handle, or adds it.
void sq_edits_put(SqEdits *edits, SqStrip *after);

/// Takes a strip out. Errors: SQ_NOT_FOUND.
SqStatus sq_edits_remove(SqEdits *edits, SqHandle strip);

/// Takes the newest records back until `n` are left: the document is as it was then.
void sq_edits_undo_to(SqEdits *edits, uint32_t n);

/// Forgets the records; the document stays changed.
void sq_edits_clear(SqEdits *edits);

#endif
