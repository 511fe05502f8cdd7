// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Edit records: the only way a document changes, and every way back. Snapshots: values that later edits do not touch.
#include "model/edit.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

static uint32_t seed = 1;

static uint32_t below(uint32_t n) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % n;
}

// ---- a fingerprint of everything that a document says ---------------------------------------------------------------

/// FNV-1a in 64 bits.
static void add(uint64_t *h, const void *data, size_t size) {
  const uint8_t *bytes = data;
  for (size_t i = 0; i < size; i++)
    *h = (*h ^ bytes[i]) * UINT64_C(1099511628211);
}

static void add_text(uint64_t *h, const char *text) {
  add(h, text ? text : "\1", text ? strlen(text) + 1 : 2);
}

static void add_proc(uint64_t *h, const SqProc *proc) {
  if (!proc)
    return;
  add(h, &proc->handle, sizeof proc->handle);
  add_text(h, proc->name);
  add_text(h, proc->type);
  add(h, &proc->bypass, sizeof proc->bypass);
  add(h, proc->params, proc->n_params * sizeof *proc->params);
  for (uint32_t i = 0; i < proc->n_keys; i++) {
    add_text(h, proc->keys[i].key);
    add_text(h, proc->keys[i].value);
  }
  add(h, &proc->sidechain, sizeof proc->sidechain);
  add(h, &proc->sidechain_tap, sizeof proc->sidechain_tap);
  add(h, &proc->n_zones, sizeof proc->n_zones);
}

static void add_strip(uint64_t *h, const SqStrip *strip) {
  add(h, &strip->handle, sizeof strip->handle);
  add(h, &strip->kind, sizeof strip->kind);
  add(h, &strip->sequence, sizeof strip->sequence);
  add(h, &strip->n_channels, sizeof strip->n_channels);
  add_text(h, strip->name);
  add_text(h, strip->label);
  add_text(h, strip->color);
  add(h, &strip->output, sizeof strip->output);
  add(h, strip->numbers, sizeof strip->numbers);
  add_proc(h, strip->generator);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    add_proc(h, strip->chain[i]);
  for (uint32_t i = 0; i < strip->n_sends; i++)
    add(h, &strip->sends[i].handle, sizeof(SqHandle) * 2),
        add(h, strip->sends[i].numbers, sizeof strip->sends[i].numbers);
}

/// All that can be asked of it, by order, by handle and by name.
static uint64_t fingerprint(const SqDoc *doc) {
  uint64_t h = UINT64_C(14695981039346656037);
  for (uint32_t i = 0; i < sq_doc_count(doc); i++) {
    const SqStrip *strip = sq_doc_at(doc, i);
    add_strip(&h, strip);
    if (sq_doc_strip(doc, strip->handle) != strip || sq_doc_named(doc, strip->name) != strip)
      h = 0;
    const SqStrip *owner;
    for (uint32_t k = 0; k < strip->n_chain; k++)
      if (sq_doc_object(doc, strip->chain[k]->handle, &owner) != SQ_OBJECT_PROC || owner != strip)
        h = 0;
    for (uint32_t k = 0; k < strip->n_sends; k++)
      if (sq_doc_object(doc, strip->sends[k].handle, &owner) != SQ_OBJECT_SEND || owner != strip)
        h = 0;
  }
  for (uint32_t p = 0; p < SQ_GLOBAL_NUMBERS; p++) {
    double number;
    assert_int_equal(sq_doc_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, p}, &number), SQ_OK);
    add(&h, &number, sizeof number);
  }
  return h;
}

// ---- random edits ---------------------------------------------------------------------------------------------------

static uint32_t names;

static void add_new(SqEdits *edits, SqStripKind kind) {
  char name[32];
  snprintf(name, sizeof name, "n%u", ++names);
  SqStrip *strip = sq_strip_new(kind, name, 1 + below(8));
  strip->handle = sq_doc_next_handle(edits->doc);
  strip->sequence = sq_doc_next_sequence(edits->doc);
  strip->output = SQ_HANDLE_MASTER;
  sq_edits_put(edits, strip);
}

static const SqStrip *any(const SqDoc *doc) {
  return sq_doc_at(doc, below(sq_doc_count(doc)));
}

static SqProc *new_proc(SqDoc *doc) {
  SqProc *proc = sq_proc_new("gain", "p");
  proc->handle = sq_doc_next_handle(doc);
  proc->n_params = 3;
  proc->params = calloc(3, sizeof *proc->params);
  sq_proc_set_key(proc, "port", "system:capture_1");
  return proc;
}

static void change_strip(SqEdits *edits) {
  SqStrip *after = sq_strip_copy(any(edits->doc));
  switch (below(6)) {
  case 0:
    sq_strip_insert(after, new_proc(edits->doc), below(4));
    break;
  case 1:
    if (after->n_chain)
      sq_proc_free(sq_strip_take(after, after->chain[below(after->n_chain)]->handle));
    break;
  case 2:
    if (after->n_chain > 1)
      sq_strip_insert(after, sq_strip_take(after, after->chain[0]->handle), 1);
    break;
  case 3: {
    const SqStrip *bus = any(edits->doc);
    if (!sq_strip_send_to(after, bus->handle))
      sq_strip_add_send(after, sq_doc_next_handle(edits->doc), bus->handle);
    break;
  }
  case 4:
    if (after->n_sends)
      sq_strip_remove_send(after, after->sends[below(after->n_sends)].handle);
    break;
  default:
    if (after->kind != SQ_STRIP_MASTER)
      snprintf(after->name, sizeof after->name, "r%u", ++names);
    free(after->label);
    after->label = sq_text_copy(below(2) ? "label" : NULL);
    break;
  }
  sq_edits_put(edits, after);
}

static void change_number(SqEdits *edits) {
  const SqStrip *strip = any(edits->doc);
  SqValueRef ref = {strip->handle, below(SQ_STRIP_NUMBERS)};
  const uint32_t kind = below(4);
  if (kind == 1 && strip->n_sends)
    ref = (SqValueRef){strip->sends[below(strip->n_sends)].handle, below(SQ_SEND_NUMBERS)};
  else if (kind == 2 && strip->n_chain)
    ref =
        (SqValueRef){strip->chain[below(strip->n_chain)]->handle, below(2) ? SQ_PROC_BYPASS : SQ_PROC_PARAM + below(3)};
  else if (kind == 3)
    ref = (SqValueRef){SQ_HANDLE_GLOBAL, below(SQ_GLOBAL_NUMBERS)};
  const double value = below(2);
  assert_int_equal(sq_edits_number(edits, ref, value), SQ_OK);
  double now;
  assert_int_equal(sq_doc_number(edits->doc, ref, &now), SQ_OK);
  assert_true(now == value);
}

static void change(SqEdits *edits) {
  const uint32_t kind = below(10), n = sq_doc_count(edits->doc);
  if (kind == 0 && n < 64)
    add_new(edits, below(2) ? SQ_STRIP_SOURCE : SQ_STRIP_BUS);
  else if (kind == 1 && n > 8)
    assert_int_equal(sq_edits_remove(edits, sq_doc_at(edits->doc, 1 + below(n - 1))->handle), SQ_OK);
  else if (kind < 6)
    change_strip(edits);
  else
    change_number(edits);
}

static SqDoc *doc_of(uint32_t n) {
  SqDoc *doc = sq_doc_new(2);
  SqEdits edits;
  sq_edits_init(&edits, doc);
  for (uint32_t i = 0; i < n; i++)
    add_new(&edits, i % 8 ? SQ_STRIP_SOURCE : SQ_STRIP_BUS);
  sq_edits_cleanup(&edits);
  return doc;
}

// ---- tests ----------------------------------------------------------------------------------------------------------

/// 10,000 edits in bundles of random size; each bundle is taken back from some middle point and from its beginning.
static void every_edit_can_be_taken_back(void **state) {
  SqDoc *doc = doc_of(20);
  SqEdits edits;
  uint32_t made = 0, changed = 0;
  sq_edits_init(&edits, doc);
  while (made < 10000) {
    const uint64_t before = fingerprint(doc);
    assert_true(before != 0);
    uint64_t at_middle = before;
    uint32_t middle = 0;
    const uint32_t n = 1 + below(40);
    for (uint32_t i = 0; i < n; i++, made++) {
      change(&edits);
      if (i == n / 2) {
        middle = edits.n;
        at_middle = fingerprint(doc);
      }
    }
    changed += fingerprint(doc) != before;
    sq_edits_undo_to(&edits, middle);
    assert_int_equal(fingerprint(doc), at_middle);
    if (below(3)) {
      sq_edits_undo_to(&edits, 0);
      assert_int_equal(fingerprint(doc), before);
    }
    sq_edits_clear(&edits);
  }
  assert_true(changed > 300);
  sq_edits_cleanup(&edits);
  sq_doc_free(doc);
}

static void a_snapshot_does_not_change(void **state) {
  SqDoc *doc = doc_of(30);
  SqEdits edits;
  sq_edits_init(&edits, doc);
  for (uint32_t i = 0; i < 100; i++)
    change(&edits);
  sq_edits_clear(&edits);
  SqDoc *shots[4];
  uint64_t prints[4];
  for (uint32_t s = 0; s < 4; s++) {
    shots[s] = sq_doc_snapshot(doc);
    prints[s] = fingerprint(doc);
    assert_int_equal(fingerprint(shots[s]), prints[s]);
    for (uint32_t i = 0; i < 2500; i++) {
      change(&edits);
      if (i % 7 == 0)
        sq_edits_undo_to(&edits, edits.n - 1);
      if (i % 50 == 0)
        sq_edits_clear(&edits);
    }
    sq_edits_clear(&edits);
  }
  for (uint32_t s = 0; s < 4; s++) {
    assert_int_equal(fingerprint(shots[s]), prints[s]);
    sq_doc_free(shots[s]);
  }
  sq_edits_cleanup(&edits);
  sq_doc_free(doc);
}

static void a_snapshot_of_4096_strips_takes_less_than_a_millisecond(void **state) {
  SqDoc *doc = doc_of(4096);
  double best = 1.0;
  for (int i = 0; i < 9; i++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    SqDoc *shot = sq_doc_snapshot(doc);
    clock_gettime(CLOCK_MONOTONIC, &b);
    const double took = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
    best = took < best ? took : best;
    sq_doc_free(shot);
  }
  printf("     %.0f us\n", best * 1e6);
  assert_true(best < (getenv("SQUEEZED_SANITIZED") ? 10e-3 : 1e-3));
  sq_doc_free(doc);
}

typedef struct {
  SqDoc *shot;
  uint64_t print;
} Reading;

static void *read_on(void *context) {
  Reading *reading = context;
  for (int i = 0; i < 20; i++)
    if (fingerprint(reading->shot) != reading->print)
      reading->print = 0;
  sq_doc_free(reading->shot);
  return NULL;
}

/// What save and bounce do: another thread reads and frees the snapshot while the document goes on.
static void another_thread_may_read_it(void **state) {
  SqDoc *doc = doc_of(30);
  SqEdits edits;
  sq_edits_init(&edits, doc);
  for (int round = 0; round < 20; round++) {
    Reading reading = {sq_doc_snapshot(doc), fingerprint(doc)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_on, &reading), 0);
    for (uint32_t i = 0; i < 500; i++)
      change(&edits);
    sq_edits_clear(&edits);
    pthread_join(thread, NULL);
    assert_true(reading.print != 0);
  }
  sq_edits_cleanup(&edits);
  sq_doc_free(doc);
}

/// A value is {object, property}: it stays itself when the strip is renamed, and is nothing when the object is gone.
static void a_reference_outlives_names(void **state) {
  SqDoc *doc = doc_of(3);
  SqEdits edits;
  sq_edits_init(&edits, doc);
  const SqHandle strip = sq_doc_at(doc, 1)->handle;
  const SqValueRef gain = {strip, SQ_STRIP_GAIN_DB};
  double value;
  sq_edits_number(&edits, gain, -5.0);
  SqStrip *after = sq_strip_copy(sq_doc_strip(doc, strip));
  snprintf(after->name, sizeof after->name, "renamed");
  sq_edits_put(&edits, after);
  assert_true(sq_doc_number(doc, gain, &value) == SQ_OK && value == -5.0);
  assert_int_equal(sq_doc_number(doc, (SqValueRef){strip, SQ_STRIP_NUMBERS}, &value), SQ_NOT_FOUND);
  assert_int_equal(sq_edits_number(&edits, (SqValueRef){strip, 4000}, 1.0), SQ_NOT_FOUND);
  sq_edits_remove(&edits, strip);
  assert_int_equal(sq_doc_number(doc, gain, &value), SQ_NOT_FOUND);
  assert_int_equal(sq_edits_number(&edits, gain, 1.0), SQ_NOT_FOUND);
  add_new(&edits, SQ_STRIP_SOURCE);
  assert_int_equal(sq_doc_number(doc, gain, &value), SQ_NOT_FOUND); // a handle is never given again
  sq_edits_undo_to(&edits, 0);
  assert_true(sq_doc_number(doc, gain, &value) == SQ_OK && value == 0.0);
  sq_edits_cleanup(&edits);
  sq_doc_free(doc);
}

/// What was in a strip is nothing when it has left the strip, or left with it; taken back, it is what it was.
static void what_left_a_strip_is_nothing(void **state) {
  SqDoc *doc = doc_of(3);
  SqEdits edits;
  sq_edits_init(&edits, doc);
  const SqHandle strip = sq_doc_at(doc, 1)->handle;
  SqStrip *full = sq_strip_copy(sq_doc_strip(doc, strip));
  sq_strip_insert(full, new_proc(doc), 0);
  sq_strip_add_send(full, sq_doc_next_handle(doc), SQ_HANDLE_MASTER);
  const SqHandle parts[] = {full->chain[0]->handle, full->sends[0].handle};
  sq_edits_put(&edits, full);
  const uint32_t with = edits.n;
  for (uint32_t whole = 0; whole < 2; whole++) {
    const SqStrip *owner;
    if (whole) {
      sq_edits_remove(&edits, strip);
    } else {
      SqStrip *after = sq_strip_copy(sq_doc_strip(doc, strip));
      sq_proc_free(sq_strip_take(after, parts[0]));
      sq_strip_remove_send(after, parts[1]);
      sq_edits_put(&edits, after);
    }
    for (uint32_t i = 0; i < 2; i++)
      assert_true(sq_doc_object(doc, parts[i], &owner) == SQ_OBJECT_NONE && owner == NULL);
    assert_int_equal(sq_edits_number(&edits, (SqValueRef){parts[0], SQ_PROC_BYPASS}, 1.0), SQ_NOT_FOUND);
    sq_edits_undo_to(&edits, with);
    for (uint32_t i = 0; i < 2; i++)
      assert_true(sq_doc_object(doc, parts[i], &owner) == (i ? SQ_OBJECT_SEND : SQ_OBJECT_PROC) &&
                  owner->handle == strip);
  }
  sq_edits_cleanup(&edits);
  sq_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_edit_can_be_taken_back),
      cmocka_unit_test(a_snapshot_does_not_change),
      cmocka_unit_test(a_snapshot_of_4096_strips_takes_less_than_a_millisecond),
      cmocka_unit_test(another_thread_may_read_it),
      cmocka_unit_test(a_reference_outlives_names),
      cmocka_unit_test(what_left_a_strip_is_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
