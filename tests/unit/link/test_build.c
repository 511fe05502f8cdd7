// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plug-ins are made beside the sound: building, ready or failed; removed meanwhile; made ahead; pinned. With LV2's own
/// example amplifier.
#include <stdlib.h>
#include <string.h>

#include "link/internal.h"
#include "tests/unit/link/desk.h"

#define AMP "lv2:http://lv2plug.in/plugins/eg-amp"

static SqCatalog *catalog;
static SqHandle source;

static char said[256]; ///< by the last notice

static void notice(void *context, const SqNotice *n) {
  ((MixRig *)context)->notices[n->kind]++;
  snprintf(said, sizeof said, "%s", n->text ? n->text : "");
}

static int open_new_desk(void **state) {
  desk_open(2);
  desk.link->config.notice = notice;
  catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = MIX_RATE});
  desk.link->config.catalog = catalog;
  return 0;
}

static int open_desk(void **state) {
  open_new_desk(state);
  source = desk_source("a", 0, 2);
  mix_commit(&desk, 0);
  desk_heard(0);
  return 0;
}

static int close_desk(void **state) {
  mix_close(&desk);
  sq_catalog_free(catalog);
  return 0;
}

static SqHandle insert_named(const char *type, const char *symbol, const char *value) {
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, source));
  SqProc *proc = sq_proc_new(type, "amp");
  proc->handle = sq_doc_next_handle(desk.doc);
  if (symbol)
    sq_proc_add_wish(proc, symbol, value);
  const SqHandle handle = proc->handle;
  sq_strip_insert(after, proc, 99);
  sq_edits_put(&desk.edits, after);
  return handle;
}

static void finish_jobs(void) {
  while (sq_jobs_pending(desk.jobs)) {
    assert_true(sq_jobs_wait(desk.jobs, 20000));
    sq_jobs_collect(desk.jobs, NULL, NULL);
  }
}

static SqLinkState state_of(SqHandle proc, const char **error) {
  SqLinkState s = SQ_LINK_FAILED;
  assert_int_equal(sq_link_proc(desk.link, proc, &s, NULL, error), SQ_OK);
  return s;
}

static void sound_goes_past_while_it_is_built(void **state) {
  const SqHandle amp = insert_named(AMP, NULL, NULL);
  mix_commit(&desk, 0);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_BUILDING);
  assert_true(sq_link_latency(desk.link, amp) == 0 && sq_link_output_value(desk.link, amp, 0) == 0.0F);
  DESK_NEAR(desk_heard(0), 1.0);
  assert_int_equal(desk.notices[SQ_NOTICE_READY], 0);
  finish_jobs();
  assert_true(state_of(amp, NULL) == SQ_LINK_READY && desk.notices[SQ_NOTICE_READY] == 1);
  const SqProc *node = sq_strip_proc(sq_doc_strip(desk.doc, source), amp);
  assert_int_equal(node->n_params, 1); // the document has learned them
  DESK_NEAR(desk_heard(0), 1.0);
  mix_set(&desk, amp, SQ_PROC_PARAM, -20.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 0.2);
  mix_set(&desk, amp, SQ_PROC_BYPASS, 1.0);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(1), 2.0);
}

static void it_begins_with_what_was_wished_for(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  finish_jobs();
  DESK_NEAR(desk_heard(0), 0.1);
  const SqProc *node = sq_strip_proc(sq_doc_strip(desk.doc, source), amp);
  assert_true(node->n_wishes == 0 && node->params[0] == -20.0);
}

/// Before the first frame nothing waits for one.
static void what_is_ready_before_the_first_frame_is_in_it(void **state) {
  assert_int_equal(sq_link_frame(desk.link), 0);
  const SqHandle a = desk_source("a", 1, 2);
  source = a;
  insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  finish_jobs();
  sq_link_collect(desk.link);
  assert_int_equal(sq_link_armed_frame(desk.link), 0);
  DESK_NEAR(desk_heard(0), 0.2);
}

static void what_cannot_be_made_says_why(void **state) {
  const SqHandle none = insert_named("lv2:urn:there-is-none", NULL, NULL), wrong = insert_named(AMP, "gian", "1");
  mix_commit(&desk, 0);
  finish_jobs();
  const char *error = NULL;
  assert_int_equal(state_of(none, &error), SQ_LINK_FAILED);
  assert_true(error && strlen(error) > 10);
  assert_int_equal(state_of(wrong, &error), SQ_LINK_FAILED);
  assert_non_null(strstr(error, "gian"));
  assert_int_equal(desk.notices[SQ_NOTICE_FAILED], 2);
  DESK_NEAR(desk_heard(0), 1.0);
  mix_take(&desk, source, none);
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 1.0);
}

static void removed_while_it_is_built_it_is_never_heard_of(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  mix_take(&desk, source, amp);
  mix_commit(&desk, 0);
  finish_jobs();
  assert_true(desk.notices[SQ_NOTICE_READY] == 0 && desk.notices[SQ_NOTICE_FAILED] == 0);
  DESK_NEAR(desk_heard(0), 1.0);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_true(stats.processors == 1 && stats.garbage == 0);
}

static void its_strip_goes_while_it_is_built(void **state) {
  insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  mix_remove(&desk, source);
  mix_commit(&desk, 0);
  desk_run(100); // it fades
  finish_jobs();
  desk_run(4096);
  assert_true(desk_output[0][4095] == 0.0F);
  SqLinkStats stats;
  sq_link_stats(desk.link, &stats);
  assert_true(stats.processors == 0 && stats.strips == 1 && stats.garbage == 0);
}

/// Taken out and put back by an undo, it is another: what was begun for the first is nobody's.
static void it_comes_back_while_it_is_built(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  SqStrip *with = sq_strip_copy(sq_doc_strip(desk.doc, source));
  mix_commit(&desk, 0);
  mix_take(&desk, source, amp);
  mix_commit(&desk, 0);
  sq_edits_put(&desk.edits, with);
  mix_commit(&desk, 0);
  assert_int_equal(sq_jobs_pending(desk.jobs), 2);
  finish_jobs();
  assert_int_equal(desk.notices[SQ_NOTICE_READY], 1);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_READY);
  DESK_NEAR(desk_heard(0), 0.1);
}

static void a_chain_is_reordered_while_one_of_it_is_built(void **state) {
  const SqHandle gain = mix_insert(&desk, source, "gain", 0);
  mix_param(&desk, gain, "gain", -20.0);
  mix_commit(&desk, 0);
  desk_heard(0);
  const SqHandle amp = insert_named(AMP, "gain", "6.0206");
  mix_commit(&desk, 0);
  mix_move(&desk, source, gain, 1); // behind what is not there yet
  mix_commit(&desk, 0);
  DESK_NEAR(desk_heard(0), 0.1);
  finish_jobs();
  DESK_NEAR(desk_heard(0), 0.2);
  mix_move(&desk, source, amp, 1);
  mix_commit(&desk, 0);
  desk_heard(0);
  DESK_NEAR(desk_heard(0), 0.2);
}

static void those_that_are_built_are_reordered(void **state) {
  const SqHandle first = insert_named(AMP, "gain", "-20"), second = insert_named(AMP, "gain", "6.0206");
  mix_commit(&desk, 0);
  for (uint32_t i = 0; i < 2; i++) {
    mix_move(&desk, source, i ? second : first, 1);
    mix_commit(&desk, 0);
    DESK_NEAR(desk_heard(0), 1.0);
  }
  finish_jobs();
  DESK_NEAR(desk_heard(0), 0.2);
  assert_true(desk.notices[SQ_NOTICE_READY] == 2);
}

/// The processors of edits that are to be heard later are made ahead: when the time comes there is nothing to wait for.
static void made_ahead_it_is_ready_at_once(void **state) {
  insert_named(AMP, "gain", "-20");
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_edits_undo_to(&desk.edits, 0); // not yet
  assert_false(sq_link_prepared(desk.link, 7));
  assert_true(sq_link_prepared(desk.link, 8)); // nothing of that is building
  finish_jobs();
  assert_true(sq_link_prepared(desk.link, 7) && desk.notices[SQ_NOTICE_PREPARED] == 1);
  DESK_NEAR(desk_heard(0), 1.0);
  const SqHandle amp = later->chain[0]->handle;
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_READY);
  assert_int_equal(sq_jobs_pending(desk.jobs), 0);
  sq_link_drop_prepared(desk.link, 7); // all of it was taken
  DESK_NEAR(desk_heard(0), 0.1);
}

/// What a plug-in may keep its files in is a setting that the house adds: it is no difference.
static void made_ahead_with_a_folder_for_its_state(void **state) {
  desk.link->config.state_dir = "/tmp";
  SqStrip *before = sq_strip_copy(sq_doc_strip(desk.doc, source));
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_proc_set_key(later->chain[0], "colour", "red");
  sq_edits_put(&desk.edits, later);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  finish_jobs();
  later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_edits_put(&desk.edits, before);
  mix_commit(&desk, 0);
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_READY);
  assert_int_equal(sq_jobs_pending(desk.jobs), 0);
  DESK_NEAR(desk_heard(0), 0.1);
}

/// A message that adds it and others that change it, or take it away again, come in one packet.
static void made_ahead_is_what_all_edits_together_leave(void **state) {
  const SqHandle amp = insert_named(AMP, NULL, NULL), none = insert_named(AMP, "gain", "10");
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_proc_add_wish(sq_strip_proc(later, amp), "gain", "-20");
  sq_edits_put(&desk.edits, later);
  mix_take(&desk, source, none);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_edits_undo_to(&desk.edits, 0);
  finish_jobs();
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_READY);
  assert_int_equal(sq_jobs_pending(desk.jobs), 0);
  DESK_NEAR(desk_heard(0), 0.1);
}

/// Prepares the amplifier of `node` and commits it as it is after `change`; returns whether it was there at once.
static bool was_made_ahead(uint64_t used, uint32_t change) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  SqProc *node = sq_strip_proc(later, amp);
  sq_proc_set_key(node, "colour", "red");
  node->params = calloc(1, sizeof(double));
  node->n_params = 1;
  node->params[0] = -20.0;
  node->state = sq_shared_new("x", 1);
  sq_edits_put(&desk.edits, later);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  node = sq_strip_proc(later, amp);
  switch (change) {
  case 1:
    free(node->type);
    node->type = strdup("lv2:http://lv2plug.in/plugins/eg-sampler");
    break;
  case 2:
    sq_proc_set_key(node, "colour", "blue");
    break;
  case 3:
    sq_proc_set_key(node, "shape", "round");
    break;
  case 4:
    sq_proc_clear_wishes(node);
    sq_proc_add_wish(node, "gain", "-19");
    break;
  case 5:
    sq_proc_clear_wishes(node);
    break;
  case 6:
    node->params[0] = -19.0;
    break;
  case 7:
    node->n_params = 0;
    break;
  case 8:
    sq_shared_unref(node->state);
    node->state = NULL;
    break;
  default:
    break;
  }
  finish_jobs();
  sq_edits_undo_to(&desk.edits, 0);
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, used);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  const bool at_once = sq_jobs_pending(desk.jobs) == 0;
  finish_jobs();
  sq_link_drop_prepared(desk.link, 7);
  mix_take(&desk, source, amp);
  mix_commit(&desk, 0);
  desk_heard(0);
  return at_once;
}

/// What was made ahead is for a processor that wants the same, and for the message that it was made for.
static void made_ahead_it_must_be_what_is_wanted(void **state) {
  assert_true(was_made_ahead(7, 0));
  assert_false(was_made_ahead(0, 0));
  assert_false(was_made_ahead(8, 0));
  for (uint32_t change = 1; change <= 8; change++)
    if (was_made_ahead(7, change))
      fail_msg("what differs by %u was taken", change);
  assert_true(was_made_ahead(7, 0));
}

/// Its time comes while it is built: it is waited for, not begun again.
static void its_time_comes_while_it_is_made_ahead(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  sq_link_prepare(desk.link, 7, &desk.edits, 0);
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_edits_undo_to(&desk.edits, 0);
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  assert_int_equal(state_of(amp, NULL), SQ_LINK_BUILDING);
  assert_int_equal(sq_jobs_pending(desk.jobs), 1);
  assert_true(sq_link_prepared(desk.link, 7)); // nothing is left of that
  finish_jobs();
  assert_true(desk.notices[SQ_NOTICE_READY] == 1 && desk.notices[SQ_NOTICE_PREPARED] == 0);
  DESK_NEAR(desk_heard(0), 0.1);
}

/// What was made ahead for several messages: each takes its own, in any order.
static void several_are_made_ahead(void **state) {
  SqStrip *later[4];
  SqHandle amps[4];
  for (uint32_t i = 0; i < 4; i++) {
    amps[i] = insert_named(AMP, "gain", i == 2 ? "-20" : "6.0206");
    assert_int_equal(sq_link_prepare(desk.link, 10 + i, &desk.edits, 0), 1);
    later[i] = sq_strip_copy(sq_doc_strip(desk.doc, source));
    sq_edits_undo_to(&desk.edits, 0);
  }
  finish_jobs();
  assert_int_equal(desk.notices[SQ_NOTICE_PREPARED], 4);
  sq_link_drop_prepared(desk.link, 11);
  sq_link_drop_prepared(desk.link, 0); // that is no message's
  finish_jobs();
  for (uint32_t i = 0; i < 4; i++) {
    static const uint32_t order[] = {2, 0, 3, 1};
    sq_edits_put(&desk.edits, later[order[i]]);
    sq_link_use_prepared(desk.link, 10 + order[i]);
    mix_commit(&desk, 0);
    assert_int_equal(sq_jobs_pending(desk.jobs) == 0, order[i] != 1);
    finish_jobs();
    DESK_NEAR(desk_heard(0), order[i] == 2 ? 0.1 : 2.0);
    assert_int_equal(state_of(amps[order[i]], NULL), SQ_LINK_READY);
    finish_jobs(); // the one before is freed
  }
  sq_link_use_prepared(desk.link, 0);
}

static void a_generator_is_made_ahead_too(void **state) {
  SqStrip *strip = sq_strip_new(SQ_STRIP_SOURCE, "piano", 2);
  strip->handle = sq_doc_next_handle(desk.doc);
  strip->sequence = sq_doc_next_sequence(desk.doc);
  strip->output = SQ_HANDLE_MASTER;
  strip->generator = sq_proc_new("lv2:http://drobilla.net/plugins/mda/EPiano", "generator");
  strip->generator->handle = sq_doc_next_handle(desk.doc);
  const SqHandle piano = strip->generator->handle;
  SqStrip *later = sq_strip_copy(strip);
  sq_edits_put(&desk.edits, strip);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  sq_edits_undo_to(&desk.edits, 0);
  finish_jobs();
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  assert_int_equal(state_of(piano, NULL), SQ_LINK_READY);
  assert_int_equal(desk.notices[SQ_NOTICE_READY], 1);
}

static void made_ahead_it_fails_when_its_time_comes(void **state) {
  insert_named("lv2:urn:there-is-none", NULL, NULL);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  SqStrip *later = sq_strip_copy(sq_doc_strip(desk.doc, source));
  sq_edits_undo_to(&desk.edits, 0);
  finish_jobs();
  assert_int_equal(desk.notices[SQ_NOTICE_FAILED], 0);
  const SqHandle none = later->chain[0]->handle;
  sq_edits_put(&desk.edits, later);
  sq_link_use_prepared(desk.link, 7);
  mix_commit(&desk, 0);
  sq_link_use_prepared(desk.link, 0);
  const char *error = NULL;
  assert_int_equal(state_of(none, &error), SQ_LINK_FAILED);
  assert_true(error && strlen(error) > 10 && desk.notices[SQ_NOTICE_FAILED] == 1);
  assert_string_equal(said, error);
}

static void made_ahead_for_nothing_it_is_freed(void **state) {
  insert_named(AMP, NULL, NULL);
  assert_int_equal(sq_link_prepare(desk.link, 7, &desk.edits, 0), 1);
  assert_int_equal(sq_link_prepare(desk.link, 8, &desk.edits, 0), 1); // for another message: one of its own
  sq_edits_undo_to(&desk.edits, 0);
  sq_link_drop_prepared(desk.link, 7); // while it is built
  finish_jobs();
  assert_int_equal(desk.notices[SQ_NOTICE_PREPARED], 1);
  assert_true(sq_link_prepared(desk.link, 8));
  sq_link_drop_prepared(desk.link, 8);
  const SqHandle gain = mix_insert(&desk, source, "gain", 0); // what takes no time is not made ahead
  assert_int_equal(sq_link_prepare(desk.link, 9, &desk.edits, 0), 0);
  mix_commit(&desk, 0);
  assert_int_equal(state_of(gain, NULL), SQ_LINK_READY);
  insert_named(AMP, NULL, NULL);
  sq_link_prepare(desk.link, 10, &desk.edits, 0); // left over at the end
  sq_edits_undo_to(&desk.edits, 0);
  finish_jobs();
}

static void its_state_is_saved_and_loaded(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  SqBlob blob = {0};
  assert_int_equal(sq_link_save_state(desk.link, amp, &blob), SQ_NOT_FOUND); // it is not made yet
  finish_jobs();
  assert_int_equal(sq_link_save_state(desk.link, 9999, &blob), SQ_NOT_FOUND);
  assert_int_equal(sq_link_save_state(desk.link, amp, &blob), SQ_OK);
  assert_true(blob.data && blob.size > 0);
  const SqHandle other = insert_named(AMP, NULL, NULL);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, source));
  SqShared *shared = sq_shared_new(blob.data, blob.size);
  memcpy(shared->format, blob.format, sizeof shared->format);
  shared->version = blob.version;
  sq_strip_proc(after, other)->state = shared;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  finish_jobs();
  free(blob.data);
  assert_int_equal(state_of(other, NULL), SQ_LINK_READY);
  DESK_NEAR(desk_heard(0), 0.01); // both
  assert_true(sq_strip_proc(sq_doc_strip(desk.doc, source), other)->params[0] == -20.0);
  const SqHandle gain = mix_insert(&desk, source, "gain", 0);
  mix_commit(&desk, 0);
  assert_int_equal(sq_link_save_state(desk.link, gain, &blob), SQ_UNSUPPORTED);
}

static SqBlob told;
static int told_strip;
static SqStatus (*create)(const SqProcessorType *type, const SqProcSetup *setup, void **instance);

static SqStatus listen(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  told = *setup->state;
  for (uint32_t i = 0; i < setup->n_keys; i++)
    if (strcmp(setup->keys[i], "strip") == 0)
      told_strip = (int)strtol(setup->values[i], NULL, 10);
  return create(type, setup, instance);
}

/// A type is told all of a state that the document has of it: what it was written by decides how it is read.
static void a_state_arrives_with_its_format_and_version(void **state) {
  const SqHandle amp = insert_named(AMP, "gain", "-20");
  mix_commit(&desk, 0);
  finish_jobs();
  SqBlob blob = {0};
  const SqProcessorType *type = NULL;
  SqLinkState now;
  assert_int_equal(sq_link_save_state(desk.link, amp, &blob), SQ_OK);
  assert_int_equal(sq_link_proc(desk.link, amp, &now, &type, NULL), SQ_OK);
  SqProcessorType *heard = (SqProcessorType *)(uintptr_t)type; // the catalog's, in its memory
  create = heard->create;
  heard->create = listen;
  const SqHandle other = insert_named(AMP, NULL, NULL);
  SqStrip *after = sq_strip_copy(sq_doc_strip(desk.doc, source));
  SqShared *shared = sq_shared_new(blob.data, blob.size);
  memcpy(shared->format, blob.format, sizeof shared->format);
  shared->version = 0x10203;
  sq_strip_proc(after, other)->state = shared;
  sq_edits_put(&desk.edits, after);
  mix_commit(&desk, 0);
  finish_jobs();
  heard->create = create;
  assert_int_equal(told.version, 0x10203);
  assert_string_equal(told.format, "lv2");
  assert_string_equal(told.id, AMP);
  assert_int_equal(told_strip, source); // and whose it is
  assert_true(told.size == blob.size && memcmp(told.data, blob.data, blob.size) == 0);
  free(blob.data);
}

static void a_pinned_instance_outlives_its_processor(void **state) {
  const SqHandle amp = insert_named(AMP, NULL, NULL);
  mix_commit(&desk, 0);
  const SqProcessorType *type = NULL;
  void *instance = NULL;
  assert_false(sq_link_instance(desk.link, amp, &type, &instance));
  finish_jobs();
  assert_true(sq_link_instance(desk.link, amp, &type, &instance));
  sq_link_pin(desk.link);
  mix_take(&desk, source, amp);
  mix_commit(&desk, 0);
  desk_heard(0);
  desk_heard(0);
  SqBlob blob = {0};
  assert_int_equal(type->save(instance, &blob), SQ_OK); // a sanitizer tells when it is gone
  free(blob.data);
  sq_link_unpin(desk.link);
  assert_false(sq_link_instance(desk.link, amp, &type, &instance));
  DESK_NEAR(desk_heard(0), 1.0);
}

#define WITH_AMP(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_AMP(sound_goes_past_while_it_is_built),
      WITH_AMP(it_begins_with_what_was_wished_for),
      cmocka_unit_test_setup_teardown(what_is_ready_before_the_first_frame_is_in_it, open_new_desk, close_desk),
      WITH_AMP(what_cannot_be_made_says_why),
      WITH_AMP(removed_while_it_is_built_it_is_never_heard_of),
      WITH_AMP(its_strip_goes_while_it_is_built),
      WITH_AMP(it_comes_back_while_it_is_built),
      WITH_AMP(a_chain_is_reordered_while_one_of_it_is_built),
      WITH_AMP(those_that_are_built_are_reordered),
      WITH_AMP(made_ahead_it_is_ready_at_once),
      WITH_AMP(made_ahead_is_what_all_edits_together_leave),
      WITH_AMP(made_ahead_with_a_folder_for_its_state),
      WITH_AMP(made_ahead_it_must_be_what_is_wanted),
      WITH_AMP(its_time_comes_while_it_is_made_ahead),
      WITH_AMP(several_are_made_ahead),
      WITH_AMP(a_generator_is_made_ahead_too),
      WITH_AMP(made_ahead_it_fails_when_its_time_comes),
      WITH_AMP(made_ahead_for_nothing_it_is_freed),
      WITH_AMP(its_state_is_saved_and_loaded),
      WITH_AMP(a_state_arrives_with_its_format_and_version),
      WITH_AMP(a_pinned_instance_outlives_its_processor),
  };
  return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
