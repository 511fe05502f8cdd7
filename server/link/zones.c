// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "media/cache.h"
#include "processors/sampler_zone.h"

/// One zone of the document and what became of its file.
typedef struct {
  SqZone zone; ///< a copy, with its path
  SqSample *sample;
  bool known; ///< its file was looked at: `sample`, or else `status` and `error`
  bool told;
  SqStatus status;
  char *error;
} Zone;

struct SqLinkZones {
  Zone *zones; ///< [n] in the document's order, which is the order of voices
  uint32_t n;
  int32_t job;    ///< that loads what is not known; 0: none
  bool playing;   ///< a set was handed over
  uint64_t frame; ///< from which the newest set plays
};

/// News for control.
struct SqLinkZoneNews {
  SqNoticeKind kind;
  SqHandle proc, zone;
  SqStatus status;
  char *text;
};

/// What a job loads.
typedef struct {
  SqHandle zone;
  char *path;
  SqSample *sample;
  SqStatus status;
  char error[512];
} Item;

typedef struct {
  SqLink *link;
  SqHandle proc;
  uint32_t n;
  Item *items; ///< [n]
} Load;

// ---- news -----------------------------------------------------------------------------------------------------------

static void add_news(SqLink *link, SqNoticeKind kind, SqHandle proc, const Zone *zone) {
  link->news = sq_realloc(link->news, link->n_news + 1, sizeof *link->news);
  link->news[link->n_news++] = (struct SqLinkZoneNews){.kind = kind,
                                                       .proc = proc,
                                                       .zone = zone ? zone->zone.handle : 0,
                                                       .status = zone ? zone->status : SQ_OK,
                                                       .text = zone ? sq_text_copy(zone->error) : NULL};
}

static void tell_zone(SqLink *link, const SqLinkProc *proc, Zone *zone) {
  if (zone->told)
    return;
  zone->told = true;
  add_news(link, zone->status == SQ_OK ? SQ_NOTICE_ZONE_READY : SQ_NOTICE_ZONE_FAILED, proc->handle, zone);
}

static void cancel(SqLink *link, const SqLinkProc *proc, Zone *zone) {
  if (zone->told)
    return;
  zone->status = SQ_CANCELLED;
  free(zone->error);
  zone->error = sq_text_copy("it was removed before its sound was loaded");
  tell_zone(link, proc, zone);
}

void sq_link_tell_zones(SqLink *link) {
  while (link->n_news) {
    const struct SqLinkZoneNews news = link->news[0];
    memmove(link->news, link->news + 1, --link->n_news * sizeof *link->news);
    if (news.kind != SQ_NOTICE_READY || !sq_link_zones_loading(link, news.proc)) // else it is ready when that is over
      link->config.notice(link->config.context, &(SqNotice){.kind = news.kind,
                                                            .object = news.proc,
                                                            .part = news.zone,
                                                            .index = (uint32_t)news.status,
                                                            .text = news.text});
    free(news.text);
  }
}

void sq_link_zones_cleanup(SqLink *link) {
  for (uint32_t i = 0; i < link->n_news; i++)
    free(link->news[i].text);
  free(link->news);
}

// ---- sets -----------------------------------------------------------------------------------------------------------

static SqSamplerZone zone_of(const SqZone *zone, SqSample *sample) {
  SqSamplerZone z = sq_sampler_zone_of(sample);
  if (zone->root >= 0.0)
    z.root = (float)zone->root;
  z.lo = (float)zone->lo;
  z.hi = (float)zone->hi;
  z.vlo = (float)zone->vlo;
  z.vhi = (float)zone->vhi;
  z.tune_cents = (float)zone->tune_cents;
  z.gain_db = (float)zone->gain_db;
  z.mode = (SqSamplerMode)zone->mode;
  z.start = (uint32_t)zone->start;
  if (zone->end >= 0.0)
    z.end = (uint32_t)zone->end;
  if (zone->loop_start >= 0.0)
    z.loop_start = (uint32_t)zone->loop_start;
  if (zone->loop_end >= 0.0)
    z.loop_end = (uint32_t)zone->loop_end;
  return z;
}

/// Hands over the zones that can play. A set never overtakes one that was posted for a later frame.
static void hand_over(SqLink *link, SqLinkProc *proc) {
  struct SqLinkZones *z = proc->zones;
  SqSamplerZones *set = sq_sampler_zones_new();
  if (!set)
    abort(); // a few bytes
  for (uint32_t i = 0; i < z->n; i++) {
    Zone *zone = &z->zones[i];
    char error[256] = "";
    if (zone->status == SQ_OK) {
      const SqSamplerZone made = zone_of(&zone->zone, zone->sample);
      zone->status = sq_sampler_zones_add(set, &made, error, sizeof error);
      if (zone->status != SQ_OK)
        zone->error = sq_text_copy(error);
    }
    tell_zone(link, proc, zone);
  }
  if (link->commit_frame > z->frame)
    z->frame = link->commit_frame;
  sq_link_post(link, &(SqRtMessage){.kind = SQ_MESSAGE_EVENT,
                                    .event = SQ_EVENT_SWAP,
                                    .slot = proc->rt->object.slot,
                                    .generation = proc->rt->object.generation,
                                    .frame = z->frame > sq_link_frame(link) ? z->frame : 0,
                                    .data = &set->data});
  z->playing = true;
  add_news(link, SQ_NOTICE_READY, proc->handle, NULL);
}

// ---- loading --------------------------------------------------------------------------------------------------------

static SqStatus run(SqJob *job, void *context) {
  Load *load = context;
  for (uint32_t i = 0; i < load->n; i++) {
    Item *item = &load->items[i];
    if (sq_job_cancelled(job))
      return SQ_CANCELLED;
    sq_job_progress(job, (double)i / load->n, item->path);
    item->status = sq_sample_cache_get(load->link->samples, item->path, &item->sample, item->error, sizeof item->error);
  }
  return SQ_OK;
}

static void load_free(Load *load) {
  for (uint32_t i = 0; i < load->n; i++) {
    sq_sample_release(load->items[i].sample);
    free(load->items[i].path);
  }
  free(load->items);
  free(load);
}

static void take_item(struct SqLinkZones *z, Item *item) {
  for (uint32_t i = 0; i < z->n; i++) {
    Zone *zone = &z->zones[i];
    if (zone->zone.handle != item->zone || zone->known || strcmp(zone->zone.path, item->path) != 0)
      continue;
    zone->known = true;
    zone->sample = item->sample;
    item->sample = NULL;
    zone->status = item->status;
    zone->error = item->status == SQ_OK ? NULL : sq_text_copy(item->error);
    return;
  }
}

static void begin(SqLink *link, SqLinkProc *proc);

static void done(void *context, int32_t id, SqStatus status) {
  Load *load = context;
  SqLink *link = load->link;
  SqLinkProc *proc = sq_link_find_proc(link, load->proc);
  if (proc && proc->zones && proc->zones->job == id) {
    proc->zones->job = 0;
    for (uint32_t i = 0; i < load->n && status == SQ_OK; i++)
      take_item(proc->zones, &load->items[i]);
    if (status == SQ_OK)
      begin(link, proc);
    sq_link_flush(link);
  }
  load_free(load);
}

/// Plays what is there when all of it is known, else loads what is not.
static void begin(SqLink *link, SqLinkProc *proc) {
  struct SqLinkZones *z = proc->zones;
  uint32_t missing = 0;
  for (uint32_t i = 0; i < z->n; i++)
    missing += !z->zones[i].known;
  if (!missing) {
    hand_over(link, proc);
    return;
  }
  Load *load = sq_alloc(1, sizeof *load);
  *load = (Load){.link = link, .proc = proc->handle, .items = sq_alloc(missing, sizeof *load->items)};
  for (uint32_t i = 0; i < z->n; i++)
    if (!z->zones[i].known)
      load->items[load->n++] = (Item){.zone = z->zones[i].zone.handle, .path = sq_text_copy(z->zones[i].zone.path)};
  z->job =
      sq_jobs_add(link->config.jobs, &(SqJobSpec){.name = "load sounds", .context = load, .run = run, .done = done});
}

// ---- the document ---------------------------------------------------------------------------------------------------

/// Members by which two zones may differ while their file is the same.
static bool same_values(const SqZone *a, const SqZone *b) {
  const double x[] = {a->root,    a->lo,    a->hi,  a->vlo,        a->vhi,     a->tune_cents,
                      a->gain_db, a->start, a->end, a->loop_start, a->loop_end};
  const double y[] = {b->root,    b->lo,    b->hi,  b->vlo,        b->vhi,     b->tune_cents,
                      b->gain_db, b->start, b->end, b->loop_start, b->loop_end};
  return memcmp(x, y, sizeof x) == 0 && a->mode == b->mode;
}

static bool same(const struct SqLinkZones *z, const SqProc *node) {
  if (z->n != node->n_zones)
    return false;
  for (uint32_t i = 0; i < z->n; i++) {
    const SqZone *a = &z->zones[i].zone, *b = &node->zones[i];
    if (a->handle != b->handle || !same_values(a, b) || strcmp(a->path, b->path) != 0)
      return false;
  }
  return true;
}

static void zone_cleanup(Zone *zone) {
  sq_sample_release(zone->sample);
  free(zone->zone.path);
  free(zone->error);
}

/// The document's zones, with what is known of them already.
static void take_over(SqLink *link, SqLinkProc *proc, const SqProc *node) {
  struct SqLinkZones *z = proc->zones;
  Zone *made = sq_alloc(node->n_zones, sizeof *made);
  for (uint32_t i = 0; i < node->n_zones; i++) {
    for (uint32_t k = 0; k < z->n; k++) {
      Zone *old = &z->zones[k];
      if (old->zone.handle != node->zones[i].handle || strcmp(old->zone.path, node->zones[i].path) != 0)
        continue;
      made[i] = *old;                  // its references with it
      if (old->known && old->sample) { // other values may be possible again
        free(made[i].error);
        made[i].error = NULL;
        made[i].status = SQ_OK;
      }
      free(old->zone.path);
      *old = (Zone){.told = true};
    }
    made[i].zone = node->zones[i];
    made[i].zone.path = sq_text_copy(node->zones[i].path);
  }
  for (uint32_t k = 0; k < z->n; k++) {
    cancel(link, proc, &z->zones[k]);
    zone_cleanup(&z->zones[k]);
  }
  free(z->zones);
  z->zones = made;
  z->n = node->n_zones;
}

void sq_link_sync_zones(SqLink *link, SqLinkProc *proc, const SqProc *node) {
  if (!proc->rt || strcmp(proc->type->id, "sampler") != 0 || (!proc->zones && !node->n_zones))
    return;
  if (!proc->zones)
    proc->zones = sq_alloc(1, sizeof *proc->zones);
  if (same(proc->zones, node))
    return;
  take_over(link, proc, node);
  if (!proc->zones->job) // else it goes on when that is over
    begin(link, proc);
}

bool sq_link_zones_building(const SqLinkProc *proc) {
  return proc->zones && proc->zones->job && !proc->zones->playing;
}

bool sq_link_zones_loading(const SqLink *link, SqHandle handle) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  return proc && proc->zones && proc->zones->job;
}

void sq_link_zones_gone(SqLink *link, SqLinkProc *proc) {
  struct SqLinkZones *z = proc->zones;
  if (!z)
    return;
  if (z->job) {
    sq_jobs_cancel(link->config.jobs, z->job);
    add_news(link, SQ_NOTICE_READY, proc->handle, NULL); // who waits for it finds that it is gone
  }
  for (uint32_t i = 0; i < z->n; i++) {
    cancel(link, proc, &z->zones[i]);
    zone_cleanup(&z->zones[i]);
  }
  free(z->zones);
  free(z);
  proc->zones = NULL;
}

static SqSample *sample_of(const SqLink *link, SqHandle handle, SqHandle zone) {
  const SqLinkProc *proc = sq_link_find_proc(link, handle);
  for (uint32_t i = 0; proc && proc->zones && i < proc->zones->n; i++)
    if (proc->zones->zones[i].zone.handle == zone)
      return proc->zones->zones[i].sample;
  return NULL;
}

SqStatus sq_link_check_zone(const SqLink *link, SqHandle proc, const SqZone *zone, char *error, size_t size) {
  SqSample *sample = sample_of(link, proc, zone->handle);
  SqSamplerZones *set = sample ? sq_sampler_zones_new() : NULL;
  if (!set)
    return SQ_OK;
  const SqSamplerZone made = zone_of(zone, sample);
  const SqStatus status = sq_sampler_zones_add(set, &made, error, size);
  sq_sampler_zones_free(set);
  return status;
}

void sq_link_zone_effective(const SqLink *link, SqHandle proc, SqZone *zone) {
  SqSample *sample = sample_of(link, proc, zone->handle);
  if (!sample)
    return;
  const SqSamplerZone made = zone_of(zone, sample);
  zone->root = (double)made.root;
  zone->end = made.end;
  zone->loop_start = made.loop_start;
  zone->loop_end = made.loop_end;
}
