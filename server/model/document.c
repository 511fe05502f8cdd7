// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sparse.h"

/// What a handle means: which strip owns it.
typedef struct {
  SqObjectKind kind;
  SqHandle owner;
  SqStrip *strip; ///< strips only
} Entry;

/// A chained hash of names.
typedef struct NameNode {
  struct NameNode *next;
  SqStrip *strip;
} NameNode;

#define NAME_BUCKETS 4096u

struct SqDoc {
  SqStrip **strips; ///< [n] sorted by sequence
  uint32_t n, cap;
  SqSparse entries; ///< of Entry, by handle
  NameNode **names; ///< [NAME_BUCKETS]; NULL in a snapshot
  SqHandle next_handle;
  uint32_t next_sequence;
  double numbers[SQ_GLOBAL_NUMBERS];
  SqShared *unknown;
};

// ---- index ----------------------------------------------------------------------------------------------------------

/// FNV-1a (Fowler, Noll, Vo).
static uint32_t name_bucket(const char *name) {
  uint32_t h = 2166136261U;
  for (; *name; name++)
    h = (h ^ (uint8_t)*name) * 16777619U;
  return h % NAME_BUCKETS;
}

static void index_name(SqDoc *doc, SqStrip *strip) {
  NameNode **bucket = &doc->names[name_bucket(strip->name)];
  NameNode *node = sq_alloc(1, sizeof *node);
  *node = (NameNode){*bucket, strip};
  *bucket = node;
}

static void unindex_name(SqDoc *doc, const SqStrip *strip) {
  for (NameNode **at = &doc->names[name_bucket(strip->name)]; *at; at = &(*at)->next)
    if ((*at)->strip == strip) {
      NameNode *node = *at;
      *at = node->next;
      free(node);
      return;
    }
}

static void index_handle(SqDoc *doc, SqHandle handle, Entry entry) {
  if (handle <= 0)
    return;
  sq_sparse_put(&doc->entries, (uint32_t)handle, &entry);
  if (handle >= doc->next_handle)
    doc->next_handle = handle + 1;
}

static void index_parts(SqDoc *doc, const SqStrip *strip, bool there) {
  const SqHandle owner = there ? strip->handle : 0;
  const SqObjectKind proc = there ? SQ_OBJECT_PROC : SQ_OBJECT_NONE, send = there ? SQ_OBJECT_SEND : SQ_OBJECT_NONE;
  if (strip->generator)
    index_handle(doc, strip->generator->handle, (Entry){proc, owner, NULL});
  for (uint32_t i = 0; i < strip->n_chain; i++)
    index_handle(doc, strip->chain[i]->handle, (Entry){proc, owner, NULL});
  for (uint32_t i = 0; i < strip->n_sends; i++)
    index_handle(doc, strip->sends[i].handle, (Entry){send, owner, NULL});
}

/// Place of the first strip whose sequence is not below `sequence`.
static uint32_t place(const SqDoc *doc, uint32_t sequence) {
  uint32_t lo = 0, hi = doc->n;
  while (lo < hi) {
    const uint32_t mid = (lo + hi) / 2;
    if (doc->strips[mid]->sequence < sequence)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo;
}

// ---- life -----------------------------------------------------------------------------------------------------------

SqDoc *sq_doc_new(uint32_t n_channels) {
  SqDoc *doc = sq_alloc(1, sizeof *doc);
  doc->names = sq_alloc(NAME_BUCKETS, sizeof(NameNode *));
  sq_sparse_init(&doc->entries, sizeof(Entry));
  doc->next_handle = 1;
  doc->next_sequence = 1;
  doc->numbers[SQ_GLOBAL_TEMPO] = 120.0;
  doc->numbers[SQ_GLOBAL_BAR] = 4.0;
  doc->numbers[SQ_GLOBAL_UNIT] = 4.0;
  SqStrip *master = sq_strip_new(SQ_STRIP_MASTER, "master", n_channels);
  master->handle = SQ_HANDLE_MASTER;
  master->sequence = 0;
  sq_doc_put(doc, master);
  return doc;
}

void sq_doc_free(SqDoc *doc) {
  if (!doc)
    return;
  for (uint32_t i = 0; i < doc->n; i++) {
    if (doc->names)
      unindex_name(doc, doc->strips[i]);
    sq_strip_unref(doc->strips[i]);
  }
  sq_shared_unref(doc->unknown);
  free(doc->strips);
  sq_sparse_cleanup(&doc->entries);
  free(doc->names);
  free(doc);
}

SqDoc *sq_doc_snapshot(const SqDoc *doc) {
  SqDoc *copy = sq_alloc(1, sizeof *copy);
  *copy = *doc;
  copy->names = NULL;
  sq_shared_ref(doc->unknown);
  sq_sparse_copy(&copy->entries, &doc->entries);
  copy->strips = sq_alloc(doc->n, sizeof *copy->strips);
  copy->cap = doc->n;
  for (uint32_t i = 0; i < doc->n; i++)
    copy->strips[i] = sq_strip_ref(doc->strips[i]);
  return copy;
}

SqHandle sq_doc_next_handle(SqDoc *doc) {
  return doc->next_handle++;
}

uint32_t sq_doc_next_sequence(SqDoc *doc) {
  return doc->next_sequence++;
}

void sq_doc_reserve(SqDoc *doc, SqHandle handle, uint32_t sequence) {
  if (doc->next_handle <= handle)
    doc->next_handle = handle + 1;
  if (doc->next_sequence <= sequence)
    doc->next_sequence = sequence + 1;
}

// ---- look-up --------------------------------------------------------------------------------------------------------

uint32_t sq_doc_count(const SqDoc *doc) {
  return doc->n;
}

const SqStrip *sq_doc_at(const SqDoc *doc, uint32_t i) {
  return doc->strips[i];
}

const SqStrip *sq_doc_strip(const SqDoc *doc, SqHandle handle) {
  const Entry *entry = handle > 0 ? sq_sparse_get(&doc->entries, (uint32_t)handle) : NULL;
  return entry ? entry->strip : NULL;
}

const SqStrip *sq_doc_named(const SqDoc *doc, const char *name) {
  if (doc->names) {
    for (const NameNode *node = doc->names[name_bucket(name)]; node; node = node->next)
      if (strcmp(node->strip->name, name) == 0)
        return node->strip;
    return NULL;
  }
  for (uint32_t i = 0; i < doc->n; i++)
    if (strcmp(doc->strips[i]->name, name) == 0)
      return doc->strips[i];
  return NULL;
}

SqShared *sq_doc_unknown(const SqDoc *doc) {
  return doc->unknown;
}

void sq_doc_set_unknown(SqDoc *doc, SqShared *unknown) {
  sq_shared_unref(doc->unknown);
  doc->unknown = unknown;
}

SqObjectKind sq_doc_object(const SqDoc *doc, SqHandle handle, const SqStrip **owner) {
  *owner = NULL;
  if (handle == SQ_HANDLE_GLOBAL)
    return SQ_OBJECT_GLOBAL;
  const Entry *entry = handle > 0 ? sq_sparse_get(&doc->entries, (uint32_t)handle) : NULL;
  if (!entry)
    return SQ_OBJECT_NONE;
  *owner = sq_doc_strip(doc, entry->owner);
  return *owner ? entry->kind : SQ_OBJECT_NONE;
}

/// Where the number is kept in `strip`, or NULL.
static double *number_at(const SqStrip *strip, SqObjectKind kind, SqValueRef ref) {
  if (kind == SQ_OBJECT_STRIP)
    return ref.property < SQ_STRIP_NUMBERS ? (double *)&strip->numbers[ref.property] : NULL;
  if (kind == SQ_OBJECT_SEND) {
    SqSend *send = sq_strip_send(strip, ref.object);
    return send && ref.property < SQ_SEND_NUMBERS ? &send->numbers[ref.property] : NULL;
  }
  SqProc *proc = sq_strip_proc(strip, ref.object);
  if (!proc || ref.property < SQ_PROC_PARAM || ref.property - SQ_PROC_PARAM >= proc->n_params)
    return NULL;
  return &proc->params[ref.property - SQ_PROC_PARAM];
}

SqStatus sq_doc_number(const SqDoc *doc, SqValueRef ref, double *value) {
  const SqStrip *owner;
  const SqObjectKind kind = sq_doc_object(doc, ref.object, &owner);
  if (kind == SQ_OBJECT_GLOBAL && ref.property < SQ_GLOBAL_NUMBERS) {
    *value = doc->numbers[ref.property];
    return SQ_OK;
  }
  if (!owner)
    return SQ_NOT_FOUND;
  if (kind == SQ_OBJECT_PROC && ref.property == SQ_PROC_BYPASS) {
    *value = sq_strip_proc(owner, ref.object)->bypass;
    return SQ_OK;
  }
  const double *at = number_at(owner, kind, ref);
  if (!at)
    return SQ_NOT_FOUND;
  *value = *at;
  return SQ_OK;
}

// ---- reach ----------------------------------------------------------------------------------------------------------

/// Depth first; `seen` is by handle, so each strip is looked at once.
static bool reaches(const SqDoc *doc, SqHandle at, SqHandle to, uint8_t *seen);

static bool reaches_by_sidechain(const SqDoc *doc, SqHandle at, SqHandle to, uint8_t *seen) {
  for (uint32_t i = 0; i < doc->n; i++) {
    const SqStrip *reader = doc->strips[i];
    for (uint32_t k = 0; k < reader->n_chain; k++)
      if (reader->chain[k]->sidechain == at && reaches(doc, reader->handle, to, seen))
        return true;
  }
  return false;
}

static bool reaches(const SqDoc *doc, SqHandle at, SqHandle to, uint8_t *seen) {
  if (at == to)
    return true;
  const SqStrip *strip = sq_doc_strip(doc, at);
  if (!strip || seen[at])
    return false;
  seen[at] = 1;
  if (strip->output && reaches(doc, strip->output, to, seen))
    return true;
  for (uint32_t i = 0; i < strip->n_sends; i++)
    if (reaches(doc, strip->sends[i].bus, to, seen))
      return true;
  return reaches_by_sidechain(doc, at, to, seen);
}

bool sq_doc_feeds(const SqDoc *doc, SqHandle from, SqHandle to) {
  uint8_t *seen = sq_alloc(sq_sparse_end(&doc->entries) + 1, 1);
  const bool yes = reaches(doc, from, to, seen);
  free(seen);
  return yes;
}

// ---- change ---------------------------------------------------------------------------------------------------------

SqStrip *sq_doc_put(SqDoc *doc, SqStrip *strip) {
  SqStrip *old = NULL;
  const SqStrip *present = sq_doc_strip(doc, strip->handle);
  if (present)
    old = sq_doc_take(doc, strip->handle);
  if (doc->n == doc->cap) {
    doc->cap = doc->cap ? 2 * doc->cap : 64;
    doc->strips = sq_realloc(doc->strips, doc->cap, sizeof *doc->strips);
  }
  const uint32_t at = place(doc, strip->sequence);
  memmove(doc->strips + at + 1, doc->strips + at, (doc->n - at) * sizeof *doc->strips);
  doc->strips[at] = strip;
  doc->n++;
  index_handle(doc, strip->handle, (Entry){SQ_OBJECT_STRIP, strip->handle, strip});
  index_parts(doc, strip, true);
  index_name(doc, strip);
  if (strip->sequence >= doc->next_sequence)
    doc->next_sequence = strip->sequence + 1;
  return old;
}

SqStrip *sq_doc_take(SqDoc *doc, SqHandle handle) {
  SqStrip *strip = (SqStrip *)sq_doc_strip(doc, handle);
  if (!strip)
    return NULL;
  for (uint32_t at = place(doc, strip->sequence); at < doc->n; at++)
    if (doc->strips[at] == strip) {
      doc->n--;
      memmove(doc->strips + at, doc->strips + at + 1, (doc->n - at) * sizeof *doc->strips);
      break;
    }
  unindex_name(doc, strip);
  index_parts(doc, strip, false);
  index_handle(doc, handle, (Entry){SQ_OBJECT_NONE, 0, NULL});
  return strip;
}

SqStatus sq_doc_set_number(SqDoc *doc, SqValueRef ref, double value) {
  const SqStrip *owner;
  const SqObjectKind kind = sq_doc_object(doc, ref.object, &owner);
  if (kind == SQ_OBJECT_GLOBAL && ref.property < SQ_GLOBAL_NUMBERS) {
    doc->numbers[ref.property] = value;
    return SQ_OK;
  }
  if (!owner)
    return SQ_NOT_FOUND;
  SqStrip *strip = (SqStrip *)owner;
  const bool bypass = kind == SQ_OBJECT_PROC && ref.property == SQ_PROC_BYPASS;
  if (!bypass && !number_at(strip, kind, ref))
    return SQ_NOT_FOUND;
  if (atomic_load(&strip->references) > 1) { // a snapshot reads this node: change a copy of it
    strip = sq_strip_copy(strip);
    sq_strip_unref(sq_doc_put(doc, strip));
  }
  if (bypass)
    sq_strip_proc(strip, ref.object)->bypass = value != 0.0;
  else
    *number_at(strip, kind, ref) = value;
  return SQ_OK;
}
