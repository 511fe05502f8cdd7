// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/link.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/thread.h"
#include "engine/tap.h"
#include "link/internal.h"
#include "link/zones.h"
#include "media/cache.h"
#include "plugins/worker.h"

/// Time of the usual smoothing and of every crossfade.
static const double smoothing_seconds = 0.010;

static void sync_all(SqLink *link) {
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (!link->strips[i]->gone)
      sq_link_sync_strip(link, link->strips[i]->handle);
  for (uint32_t i = 0; i < sq_doc_count(link->doc); i++)
    if (!sq_link_strip(link, sq_doc_at(link->doc, i)->handle))
      sq_link_sync_strip(link, sq_doc_at(link->doc, i)->handle);
  sq_link_sync_all_edges(link);
}

SqStatus sq_link_new(const SqLinkConfig *config, SqDoc *doc, SqLink **out) {
  SqLink *link = sq_alloc(1, sizeof *link);
  link->config = *config;
  link->doc = doc;
  link->stopped = true;
  sq_sparse_init(&link->by_handle, sizeof(SqLinkStrip *));
  sq_sparse_init(&link->procs_by_handle, sizeof(SqLinkProc *));
  link->next_slot = 1;
  link->plan_number = link->plans_retired = config->first_plan;
  link->generations = sq_alloc(SQ_MAX_SLOTS, sizeof *link->generations);
  link->free_slots = sq_alloc(SQ_MAX_SLOTS, sizeof *link->free_slots);
  link->proc_of_slot = sq_alloc(SQ_MAX_SLOTS, sizeof(SqLinkProc *));
  link->strip_of_slot = sq_alloc(SQ_MAX_SLOTS, sizeof(SqLinkStrip *));
  const double grid = round(smoothing_seconds * config->rate / SQ_GRID);
  link->smoothing_frames = (uint32_t)grid * SQ_GRID;
  link->exact = true;
  link->transport = (SqPosition){.bpm = 120.0, .beats_per_bar = 4, .beat_unit = 4};
  link->samples = sq_sample_cache_new(config->rate);
  link->coasts = sq_link_coasts_new();
  link->hardware = sq_link_sum_new(config->n_out ? config->n_out : 1);
  link->engine = sq_link_engine_new(link);
  link->worker = sq_worker_new(config->offline, config->n_in, config->log, config->context);
  link->services = sq_worker_services(link->worker);
  sync_all(link);
  sq_link_compile(link);
  sq_link_flush(link);
  *out = link;
  return SQ_OK;
}

/// Takes back all that is on its way to the audio side, which no driver calls any more.
static void take_back(SqLink *link) {
  do {
    sq_link_flush(link);
    sq_rt_engine_drain(link->engine);
    sq_link_collect(link);
  } while (link->n_batch || sq_ring_count(link->engine->queue) || sq_ring_count(link->engine->reports));
}

void sq_link_free(SqLink *link) {
  if (!link)
    return;
  link->stopped = link->ending = true;
  while (link->n_prepared)
    sq_link_drop_prepared(link, sq_link_prepared_at(link, 0));
  take_back(link);
  sq_worker_stop(link->worker);
  SqRtPlan *last = link->engine->plan, *armed = link->engine->armed;
  sq_link_drop_all(link); // nothing is heard any more: no fades
  sq_link_free_all(link);
  sq_link_coasts_free(link->coasts);
  free(last);
  free(armed);
  sq_worker_free(link->worker);
  sq_link_zones_cleanup(link);
  sq_sample_cache_free(link->samples);
  free(link->hardware);
  sq_link_engine_free(link);
  free(link->strips);
  sq_sparse_cleanup(&link->by_handle);
  sq_sparse_cleanup(&link->procs_by_handle);
  free(link->free_slots);
  free(link->generations);
  free(link->proc_of_slot);
  free(link->strip_of_slot);
  free(link->batch);
  free(link->sides);
  free(link->late_sets);
  free(link->prepared);
  free(link->arrived);
  free(link);
}

SqRtEngine *sq_link_engine(SqLink *link) {
  return link->engine;
}

void sq_link_set_stopped(SqLink *link, bool stopped) {
  link->stopped = stopped;
  if (stopped)
    sq_rt_engine_drain(link->engine);
}

/// A strip that is in both documents goes over to the values of the new one; its edges and processors were synced.
static void move_values(SqLink *link, SqLinkStrip *strip) {
  const SqStrip *node = sq_doc_strip(link->doc, strip->handle);
  sq_link_post_set(link, &strip->rt->object, SQ_STRIP_FADER, sq_link_strip_fader(node), link->smoothing_frames,
                   SQ_CURVE_SMOOTH, false);
  for (uint32_t i = 0; i < strip->n_edges; i++)
    if (!strip->edges[i].ghost)
      sq_link_edge_gains(link, strip, &strip->edges[i], node);
}

void sq_link_set_doc(SqLink *link, SqDoc *doc) {
  link->crossfade = link->n_strips > 1;
  link->doc = doc;
  sq_link_begin(link, 0, true);
  sync_all(link);
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (!link->strips[i]->gone && !link->strips[i]->fresh)
      move_values(link, link->strips[i]);
  sq_link_compile(link);
  link->crossfade = false;
  sq_link_flush(link);
}

// ---- edits ----------------------------------------------------------------------------------------------------------

/// What a record may cost in messages at most: an edge's matrix, or a strip with all it has.
static uint32_t cost(const SqEdit *edit) {
  if (edit->kind == SQ_EDIT_NUMBER)
    return 4 + SQ_MAX_CHANNELS;
  const SqStrip *strip = edit->after ? edit->after : edit->before;
  return 16 + 4 * (strip->n_chain + strip->n_sends + 2);
}

static bool coalesces(const SqEdits *edits, uint32_t n_events, uint64_t frame) {
  for (uint32_t i = 0; i < edits->n; i++)
    if (edits->items[i].kind != SQ_EDIT_NUMBER || edits->items[i].seconds >= 0.0)
      return false;
  return edits->n && n_events == 0 && frame == 0;
}

static bool fits(const SqLink *link, const SqEdits *edits, uint32_t n_events) {
  if (link->stopped)
    return true;
  const uint32_t space = sq_ring_space(link->engine->queue);
  uint32_t need = link->n_batch + n_events + 64;
  for (uint32_t i = 0; i < edits->n && need < space; i++)
    need += cost(&edits->items[i]);
  return need < space;
}

bool sq_link_has_room(SqLink *link, const SqEdits *edits, uint32_t n_events, uint64_t frame) {
  return fits(link, edits, n_events) || coalesces(edits, n_events, frame);
}

/// Each number waits once: when there is room its newest value is sent.
static void keep_late(SqLink *link, SqValueRef ref) {
  sq_link_forget_late(link, ref);
  if (link->n_late_sets == link->cap_late_sets) {
    link->cap_late_sets = link->cap_late_sets ? 2 * link->cap_late_sets : 64;
    link->late_sets = sq_realloc(link->late_sets, link->cap_late_sets, sizeof *link->late_sets);
  }
  link->late_sets[link->n_late_sets++] = ref;
}

void sq_link_forget_late(SqLink *link, SqValueRef ref) {
  for (uint32_t i = 0; i < link->n_late_sets; i++)
    if (link->late_sets[i].object == ref.object && link->late_sets[i].property == ref.property) {
      link->n_late_sets--;
      memmove(link->late_sets + i, link->late_sets + i + 1, (link->n_late_sets - i) * sizeof *link->late_sets);
      return;
    }
}

void sq_link_post_late(SqLink *link) {
  SqEdit edit = {.kind = SQ_EDIT_NUMBER, .seconds = -1.0};
  const SqEdits one = {.items = &edit, .n = 1};
  uint32_t done = 0;
  for (; done < link->n_late_sets && fits(link, &one, 0); done++) {
    edit.ref = link->late_sets[done];
    if (sq_doc_number(link->doc, edit.ref, &edit.new_number) == SQ_OK)
      sq_link_post_number(link, &edit);
  }
  if (!done)
    return;
  link->n_late_sets -= done;
  memmove(link->late_sets, link->late_sets + done, link->n_late_sets * sizeof *link->late_sets);
}

static void post_numbers(SqLink *link, const SqEdits *edits) {
  const bool late = link->commit_frame == 0 && coalesces(edits, 0, 0) && !fits(link, edits, 0);
  for (uint32_t i = 0; i < edits->n; i++) {
    if (edits->items[i].kind != SQ_EDIT_NUMBER)
      continue;
    if (late) {
      keep_late(link, edits->items[i].ref);
      continue;
    }
    if (link->n_late_sets)
      sq_link_forget_late(link, edits->items[i].ref);
    sq_link_post_number(link, &edits->items[i]);
  }
}

/// Whether a plan comes of the records: strips, and sends that are tapped elsewhere.
static bool makes_plan(const SqLink *link, const SqEdits *edits) {
  const SqStrip *owner;
  for (uint32_t i = 0; i < edits->n; i++) {
    const SqEdit *edit = &edits->items[i];
    if (edit->kind == SQ_EDIT_STRIP ||
        (edit->ref.property == SQ_SEND_TAP && sq_doc_object(link->doc, edit->ref.object, &owner) == SQ_OBJECT_SEND))
      return true;
  }
  return false;
}

static void sync_edges_of(SqLink *link, const SqEdits *edits) {
  for (uint32_t i = 0; i < edits->n && !link->edges_dirty; i++) {
    const SqStrip *node =
        edits->items[i].kind == SQ_EDIT_STRIP ? sq_doc_strip(link->doc, edits->items[i].ref.object) : NULL;
    if (node)
      sq_link_sync_edges(link, sq_link_strip(link, node->handle), node);
  }
  if (link->edges_dirty)
    sq_link_sync_all_edges(link);
}

void sq_link_commit(SqLink *link, const SqEdits *edits, uint64_t frame) {
  sq_assert_thread(SQ_THREAD_CONTROL);
  sq_link_begin(link, frame, makes_plan(link, edits));
  for (uint32_t i = 0; i < edits->n; i++)
    if (edits->items[i].kind == SQ_EDIT_STRIP)
      sq_link_sync_strip(link, edits->items[i].ref.object);
  sync_edges_of(link, edits);
  post_numbers(link, edits);
  sq_link_compile(link);
  sq_link_flush(link);
  if (link->n_arrived)
    sq_link_tell_arrived(link);
}

uint64_t sq_link_armed_frame(const SqLink *link) {
  return link->armed_frame > sq_link_frame(link) ? link->armed_frame : 0;
}

void sq_link_set_voids(SqLink *link, uint32_t generation) {
  link->voids = generation;
}

// ---- what comes back ------------------------------------------------------------------------------------------------

static bool settled(SqLink *link, const SqRtReport *report) {
  SqLinkProc *proc = link->proc_of_slot[report->slot];
  if (proc && proc->rt->object.generation == report->generation) {
    proc->faded = proc->ghost || proc->moving;
    if (proc->strip->was && !proc->ghost)
      sq_link_end_moves(link, proc->strip);
    return true;
  }
  SqLinkStrip *strip = link->strip_of_slot[report->slot];
  for (uint32_t i = 0; strip && i < strip->n_edges; i++) {
    SqLinkEdge *edge = &strip->edges[i];
    if (edge->rt->object.slot == report->slot && edge->rt->object.generation == report->generation)
      edge->faded = edge->ghost;
  }
  return true;
}

static void tell(SqLink *link, SqNoticeKind kind, const SqRtReport *report) {
  const SqLinkProc *proc = link->proc_of_slot[report->slot];
  link->config.notice(link->config.context, &(SqNotice){.kind = kind,
                                                        .object = proc ? proc->handle : 0,
                                                        .index = report->index,
                                                        .value = report->value,
                                                        .frame = report->frame,
                                                        .report = report});
}

/// Returns true when a fade ended: the plan may lose what it faded.
static bool take(SqLink *link, const SqRtReport *report) {
  switch ((SqReportKind)report->kind) {
  case SQ_REPORT_RETIRED: {
    SqRtPlan *plan = report->data;
    sq_link_plan_retired(link, plan->number);
    free(plan);
    break;
  }
  case SQ_REPORT_SETTLED:
    return settled(link, report);
  case SQ_REPORT_SWAPPED:
    ((SqProcData *)report->data)->free(report->data);
    break;
  case SQ_REPORT_TRANSPORT:
    sq_link_transport_reported(link, report);
    break;
  case SQ_REPORT_INSANE:
    link->insane++;
    tell(link, SQ_NOTICE_INSANE, report);
    break;
  case SQ_REPORT_STALE:
    link->stale += report->id;
    break;
  case SQ_REPORT_LATE:
    tell(link, SQ_NOTICE_LATE, report);
    break;
  case SQ_REPORT_CLIP:
    tell(link, SQ_NOTICE_CLIP, report);
    break;
  case SQ_REPORT_OUT:
    tell(link, SQ_NOTICE_OUT, report);
    break;
  case SQ_REPORT_MARKED:
    break;
  }
  return false;
}

void sq_link_collect(SqLink *link) {
  sq_assert_thread(SQ_THREAD_CONTROL);
  SqRtReport report;
  bool freed = false;
  if (link->n_late_sets) {
    sq_link_begin(link, 0, false);
    sq_link_post_late(link);
  }
  sq_link_begin(link, 0, true);
  while (sq_ring_read(link->engine->reports, &report)) {
    link->ghosts_over |= take(link, &report);
    freed |= report.kind == SQ_REPORT_RETIRED || report.kind == SQ_REPORT_SWAPPED;
  }
  while (link->ghosts_over)
    sq_link_drop_ghosts(link);
  if (freed)
    sq_sample_cache_trim(link->samples);
  if (link->edges_dirty)
    sq_link_sync_all_edges(link);
  if (link->plan_dirty || link->solo_dirty)
    sq_link_compile(link);
  sq_link_flush(link);
  sq_link_tell_zones(link);
}

bool sq_link_settled(const SqLink *link, uint64_t number) {
  return link->plans_retired >= number;
}

uint64_t sq_link_tap(SqLink *link, SqHandle handle, SqRtTap *tap, bool post, bool on) {
  SqLinkStrip *strip = sq_link_strip(link, handle);
  if (strip && on) {
    strip->taps = sq_realloc(strip->taps, strip->n_taps + 1, sizeof *strip->taps);
    strip->taps[strip->n_taps++] = (SqLinkTap){tap, post};
  } else {
    for (uint32_t s = 0; s < link->n_strips && !on; s++)
      for (uint32_t i = 0; i < link->strips[s]->n_taps; i++)
        if (link->strips[s]->taps[i].tap == tap) {
          strip = link->strips[s];
          strip->n_taps--;
          memmove(strip->taps + i, strip->taps + i + 1, (strip->n_taps - i) * sizeof *strip->taps);
          break;
        }
  }
  // A strip that is gone, and its taps with it, is in no plan but those before the newest.
  const uint64_t number = strip || link->plan_dirty ? link->plan_number : link->plan_number - 1;
  if (strip) {
    strip->dirty = link->plan_dirty = true;
    sq_link_begin(link, 0, true);
    sq_link_compile(link);
    sq_link_flush(link);
  }
  return number;
}

void sq_link_tap_end(const SqLink *link, SqRtTap *tap, bool out) {
  if ((out || link->stopped) && atomic_load(&tap->stop) <= sq_link_frame(link))
    sq_rt_tap_write(tap, NULL, 0, 0, sq_link_frame(link) + 1);
}
