// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What control does for handlers.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "control/control.h"
#include "protocol/match.h"

void sq_control_send(SqCall *call, const char *address, const SqItems *items) {
  SqControl *control = call->ctx->control;
  sq_answer_send(control, call->client, control->returning, address, items);
}

SqStatus sq_control_send_pages(SqControl *control, const SqToken *token, const char *address, const SqItems *items,
                               uint32_t group) {
  return sq_answer_list(sq_client_find(control, token->client), &token->to, address, items, group);
}

void sq_control_path(const SqContext *ctx, SqHandle object, char *path, size_t size) {
  const SqStrip *strip;
  const SqObjectKind kind = sq_doc_object(ctx->doc, object, &strip);
  path[0] = 0;
  if (!strip)
    return;
  if (strip->kind == SQ_STRIP_MASTER)
    snprintf(path, size, "/master");
  else
    snprintf(path, size, "/%s/%s", strip->kind == SQ_STRIP_BUS ? "bus" : "source", strip->name);
  const size_t n = strlen(path);
  if (kind == SQ_OBJECT_PROC) {
    const SqProc *proc = sq_strip_proc(strip, object);
    if (proc == strip->generator)
      snprintf(path + n, size - n, "/generator");
    else
      snprintf(path + n, size - n, "/chain/%s", proc->name);
  } else if (kind == SQ_OBJECT_SEND) {
    const SqStrip *bus = sq_doc_strip(ctx->doc, sq_strip_send(strip, object)->bus);
    snprintf(path + n, size - n, "/send/%s", bus ? bus->name : "?");
  }
}

/// Subscribers hear of it as if every strip had been removed, added, or changed.
static void tell_exchange(SqControl *control, const SqDoc *before, const SqDoc *after) {
  const uint32_t most = sq_doc_count(before) + sq_doc_count(after) + SQ_STRIP_NUMBERS;
  SqEdits edits = {.doc = control->ctx.doc, .items = sq_alloc(most, sizeof *edits.items)};
  for (uint32_t i = 0; i < sq_doc_count(before); i++) {
    SqStrip *old = (SqStrip *)(uintptr_t)sq_doc_at(before, i);
    SqStrip *now = (SqStrip *)(uintptr_t)sq_doc_strip(after, old->handle);
    edits.items[edits.n++] = (SqEdit){.kind = SQ_EDIT_STRIP, .ref.object = old->handle, .before = old, .after = now};
  }
  for (uint32_t i = 0; i < sq_doc_count(after); i++) {
    SqStrip *now = (SqStrip *)(uintptr_t)sq_doc_at(after, i);
    if (!sq_doc_strip(before, now->handle))
      edits.items[edits.n++] = (SqEdit){.kind = SQ_EDIT_STRIP, .ref.object = now->handle, .after = now};
  }
  const SqStrip *master = sq_doc_strip(after, SQ_HANDLE_MASTER);
  for (uint32_t i = 0; i < SQ_STRIP_NUMBERS; i++)
    edits.items[edits.n++] =
        (SqEdit){.kind = SQ_EDIT_NUMBER, .ref = {SQ_HANDLE_MASTER, i}, .new_number = master->numbers[i]};
  sq_subscribers_edits(control, &edits);
  free(edits.items); // the strips are the documents'
}

/// What waits for a processor of a document that goes waits in vain.
static void end_waits(SqControl *control, const SqProc *proc) {
  static const char *const why = "another session took the place of this one";
  for (uint32_t i = 0; proc && i < proc->n_zones; i++)
    sq_wait_proc_over(control, proc->zones[i].handle, SQ_CANCELLED, why);
  if (proc)
    sq_wait_proc_over(control, proc->handle, SQ_CANCELLED, why);
}

void sq_control_set_doc(SqControl *control, SqDoc *doc) {
  SqContext *ctx = &control->ctx;
  SqDoc *old = ctx->doc;
  double tempo = 120.0;
  sq_edits_clear(&ctx->edits);
  ctx->doc = doc;
  ctx->edits.doc = doc;
  sq_control_unstore(control, NULL, 0);
  sq_link_set_doc(ctx->link, doc);
  sq_doc_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_TEMPO}, &tempo);
  sq_link_set_transport(ctx->link, sq_link_position(ctx->link)->rolling, (double)NAN, tempo, 0);
  tell_exchange(control, old, doc);
  const SqReturn *returning = control->returning; // messages that waited are carried out, and fail, within this one
  for (uint32_t i = 0; i < sq_doc_count(old); i++) {
    const SqStrip *strip = sq_doc_at(old, i);
    end_waits(control, strip->generator);
    for (uint32_t k = 0; k < strip->n_chain; k++)
      end_waits(control, strip->chain[k]);
  }
  control->returning = returning;
  sq_doc_free(old);
}

/// The strip that a stored message will concern; an address that means nothing is refused at once.
static SqStatus look_ahead(SqCall *call, const char *text, SqHandle *strip) {
  const SqControl *control = call->ctx->control;
  SqReturn to;
  SqMatch match = {0};
  const char *why = "";
  SqStatus status = sq_return_read(&to, text, &why);
  if (status != SQ_OK)
    return sq_call_fail(call, status, "%s", why);
  if (sq_match_is_pattern(to.address))
    return SQ_OK;
  status = sq_tree_find(control->tree, call->ctx, to.address, &match, call->why, sizeof call->why);
  *strip = match.target.strip;
  return status == SQ_BAD_ADDRESS ? status : SQ_OK;
}

SqStatus sq_control_store(SqCall *call, uint64_t frame, double beats, const char *tag, const uint8_t *packet,
                          size_t size) {
  SqControl *control = call->ctx->control;
  SqHandle strip = 0;
  const SqStatus status = look_ahead(call, (const char *)packet, &strip);
  if (status != SQ_OK || control->preparing)
    return status;
  control->later = sq_realloc(control->later, control->n_later + 1, sizeof *control->later);
  SqLater *later = &control->later[control->n_later++];
  *later = (SqLater){
      .from = {.client = call->client, .client_id = call->client ? call->client->id : 0, .access = call->access},
      .in_beats = frame == 0};
  later->stored = (SqStored){.time = frame ? (double)frame : beats,
                             .client = later->from.client_id,
                             .strip = strip,
                             .tag = sq_text_copy(tag),
                             .packet = sq_alloc(size, 1),
                             .size = size};
  memcpy(later->stored.packet, packet, size);
  return SQ_OK;
}

void sq_control_dropped(void *context, const SqStored *stored) {
  SqControl *control = context;
  if (stored->key) {
    sq_link_drop_prepared(control->ctx.link, stored->key);
    sq_wait_key_over(control, stored->key);
  }
  if (sq_osc_is_bundle(stored->packet, stored->size)) // what came by /at was answered when it came
    sq_dispatch_refuse(control, stored->client, stored->packet, stored->size);
}

uint32_t sq_control_unstore(SqControl *control, const char *tag, SqHandle strip) {
  return control->preparing ? 0 : sq_store_drop(&control->store, tag, strip);
}

const char *sq_control_tag(const SqCall *call) {
  return call->ctx->control->returning->tag;
}

// ---- feeding --------------------------------------------------------------------------------------------------------

/// Words that end addresses of structural commands: such bundles take their turn at the commit frame.
static bool is_structural(const SqStored *stored) {
  static const char *const words[] = {"/add", "/remove", "/ensure", "/set", "/replace", "/move", "/rename", "/output"};
  for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
    const size_t n = strlen(words[w]);
    for (size_t i = 0; i + n < stored->size; i++)
      if (memcmp(stored->packet + i, words[w], n) == 0 && stored->packet[i + n] == 0)
        return true;
  }
  return false;
}

/// Frames before its time at which a bundle is sent whether what it needs is there or not.
static double last_moment(const SqControl *control) {
  return 0.02 * sq_link_rate(control->ctx.link);
}

/// The offline driver's time stands still meanwhile: what is built ahead is there when its frame comes.
static void wait_offline(SqControl *control, uint64_t key) {
  while (control->ctx.driver->type->run && !sq_link_prepared(control->ctx.link, key)) {
    sq_jobs_wait(control->ctx.jobs, 100);
    sq_jobs_collect(control->ctx.jobs, NULL, NULL);
  }
}

static void feed_frames(SqControl *control, double end) {
  const double now = (double)sq_link_frame(control->ctx.link);
  SqStored stored;
  while (sq_store_take(&control->store, false, end, &stored)) {
    const uint64_t frame = (uint64_t)stored.time, armed = sq_link_armed_frame(control->ctx.link);
    wait_offline(control, stored.key);
    const bool waits = !sq_link_prepared(control->ctx.link, stored.key) && stored.time > now + last_moment(control);
    if (waits || (armed && frame > armed && is_structural(&stored))) { // one plan at a time is armed: its turn comes
      sq_store_add(&control->store, false, &stored);
      sq_stored_cleanup(&stored);
      return;
    }
    sq_dispatch_stored(control, &stored, frame, true);
    sq_stored_cleanup(&stored);
  }
}

/// What was computed from the transport as it was is taken up again when the transport changes.
static void remember(SqControl *control, SqStored *stored, double frame) {
  SqStored fed = *stored;
  const double beats = fed.time;
  fed.time = frame;
  sq_fed_add(&control->fed, &fed, beats, sq_link_transport_generation(control->ctx.link));
  *stored = (SqStored){0};
}

static void feed_beats(SqControl *control, double end) {
  const SqPosition *t = sq_link_position(control->ctx.link);
  if (!t->rolling || !sq_link_position_known(control->ctx.link))
    return;
  SqStored stored;
  const double end_beat = sq_link_beats_at(control->ctx.link, (uint64_t)end);
  while (sq_store_take(&control->store, true, end_beat, &stored)) {
    double frame = round(sq_link_frame_of(control->ctx.link, stored.time));
    if (frame < 1.0)
      frame = 1.0;
    sq_link_set_voids(control->ctx.link, sq_link_transport_generation(control->ctx.link));
    sq_dispatch_stored(control, &stored, (uint64_t)frame, false);
    sq_link_set_voids(control->ctx.link, 0);
    remember(control, &stored, frame);
  }
}

void sq_control_feed(SqControl *control) {
  SqLink *link = control->ctx.link;
  sq_link_collect(link);
  const double now = (double)sq_link_frame(link), end = now + SQ_HORIZON_SECONDS * sq_link_rate(link);
  sq_fed_forget(&control->fed, now);
  feed_frames(control, end);
  feed_beats(control, end);
}

void sq_control_refeed(SqControl *control, double from_frame, uint32_t generation) {
  SqStored stored;
  while (sq_fed_take(&control->fed, from_frame, generation, &stored)) {
    sq_store_add(&control->store, true, &stored);
    sq_stored_cleanup(&stored);
  }
}

SqStatus sq_control_run(SqControl *control, uint64_t frames) {
  SqDriver *driver = control->ctx.driver;
  if (!driver || !driver->type->run)
    return SQ_UNSUPPORTED;
  if (control->running || control->bundles)
    return SQ_NOT_NOW;
  const uint64_t slice = 2400; // shorter than the horizon of feeding: nothing comes late
  control->running = true;
  while (frames) {
    sq_control_feed(control);
    const uint64_t n = frames < slice ? frames : slice;
    const SqStatus status = driver->type->run(driver, n);
    if (status != SQ_OK) {
      control->running = false;
      return status;
    }
    if (control->ctx.ran)
      control->ctx.ran(&control->ctx);
    frames -= n;
  }
  sq_control_feed(control);
  control->running = false;
  return SQ_OK;
}
