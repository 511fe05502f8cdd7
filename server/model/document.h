// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What exists: all strips by order, name and handle, and the numbers of the whole; control thread.
///
/// It changes only by edit records (model/edit.h). A snapshot is a consistent value of it, taken by counting
/// references: well under a millisecond at thousands of strips.
#ifndef SQ_MODEL_DOCUMENT_H
#define SQ_MODEL_DOCUMENT_H

#include "model/node.h"

typedef struct SqDoc SqDoc;

typedef enum { SQ_OBJECT_NONE, SQ_OBJECT_STRIP, SQ_OBJECT_PROC, SQ_OBJECT_SEND, SQ_OBJECT_GLOBAL } SqObjectKind;

/// Names one number: what lanes, maps, scenes, undo and subscriptions store; never an address.
typedef struct SqValueRef {
  SqHandle object;
  uint32_t property;
} SqValueRef;

/// A document with a master strip of `n_channels`.
SqDoc *sq_doc_new(uint32_t n_channels);
void sq_doc_free(SqDoc *doc);

/// A new handle, never given before in this document's run.
SqHandle sq_doc_next_handle(SqDoc *doc);
uint32_t sq_doc_next_sequence(SqDoc *doc);

uint32_t sq_doc_count(const SqDoc *doc);
/// The i-th strip in the order of their sequence numbers. Do not change it: edit a copy.
const SqStrip *sq_doc_at(const SqDoc *doc, uint32_t i);
const SqStrip *sq_doc_strip(const SqDoc *doc, SqHandle handle);
const SqStrip *sq_doc_named(const SqDoc *doc, const char *name);

/// What a handle names, and the strip that owns it (itself for a strip).
SqObjectKind sq_doc_object(const SqDoc *doc, SqHandle handle, const SqStrip **owner);

/// The number `ref` names. SQ_NOT_FOUND when there is none.
SqStatus sq_doc_number(const SqDoc *doc, SqValueRef ref, double *value);

/// Session keys of the whole that this version does not know (JSON text, kept for the next save), or NULL.
SqShared *sq_doc_unknown(const SqDoc *doc);

/// True when `from` feeds `to` through outputs, sends or sidechains (or is it).
bool sq_doc_feeds(const SqDoc *doc, SqHandle from, SqHandle to);

/// A consistent value of the document, for one other thread or for later; freed by sq_doc_free().
SqDoc *sq_doc_snapshot(const SqDoc *doc);

// For model/edit.c and session/load.c alone: every other change goes through edit records.

/// Puts `strip` (taken) in place of the one of the same handle, or adds it; returns the old one (owned) or NULL.
SqStrip *sq_doc_put(SqDoc *doc, SqStrip *strip);
/// Takes the strip out (owned by the caller).
SqStrip *sq_doc_take(SqDoc *doc, SqHandle handle);
/// Sets a number in place, or in a copy when a snapshot shares the strip.
SqStatus sq_doc_set_number(SqDoc *doc, SqValueRef ref, double value);
/// Takes the reference.
void sq_doc_set_unknown(SqDoc *doc, SqShared *unknown);
/// Keeps new handles and sequence numbers above these.
void sq_doc_reserve(SqDoc *doc, SqHandle handle, uint32_t sequence);

#endif
