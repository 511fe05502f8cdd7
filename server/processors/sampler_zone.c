// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/sampler_zone.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

SqSamplerZone sq_sampler_zone_of(SqSample *sample) {
  return (SqSamplerZone){.sample = sample,
                         .root = sample->has_root ? sample->root : 60.0f,
                         .lo = 0,
                         .hi = 127,
                         .vlo = 0,
                         .vhi = 1,
                         .mode = SQ_SAMPLER_ONE_SHOT,
                         .end = sample->n_frames,
                         .loop_start = sample->has_loop ? sample->loop_start : 0,
                         .loop_end = sample->has_loop ? sample->loop_end : sample->n_frames};
}

static void data_free(SqProcData *data) {
  sq_sampler_zones_free((SqSamplerZones *)data);
}

SqSamplerZones *sq_sampler_zones_new(void) {
  SqSamplerZones *zones = calloc(1, sizeof *zones);
  if (zones)
    zones->data.free = data_free;
  return zones;
}

void sq_sampler_zones_free(SqSamplerZones *zones) {
  if (!zones)
    return;
  for (uint32_t i = 0; i < zones->n; i++)
    sq_sample_release(zones->zones[i].sample);
  free(zones->zones);
  free(zones);
}

static SqStatus append(SqSamplerZones *zones, const SqSamplerZone *zone) {
  if (zones->n == zones->cap) {
    uint32_t cap = zones->cap ? zones->cap * 2 : 4;
    SqSamplerZone *grown = realloc(zones->zones, cap * sizeof *grown);
    if (!grown)
      return SQ_LIMIT;
    zones->zones = grown;
    zones->cap = cap;
  }
  zones->zones[zones->n++] = *zone;
  sq_sample_retain(zone->sample);
  return SQ_OK;
}

static SqStatus refuse(SqStatus status, const char *text, char *error, size_t error_size) {
  if (error_size)
    snprintf(error, error_size, "%s", text);
  return status;
}

SqStatus sq_sampler_zones_add(SqSamplerZones *zones, const SqSamplerZone *zone, char *error, size_t error_size) {
  SqSamplerZone z = *zone;
  if (z.end > z.sample->n_frames)
    z.end = z.sample->n_frames;
  if (z.loop_end > z.end)
    z.loop_end = z.end;
  if (!(z.lo <= z.hi) || !(z.vlo <= z.vhi))
    return refuse(SQ_RANGE, "the zone answers to no note: lo must not exceed hi, nor vlo vhi", error, error_size);
  if (z.start >= z.end)
    return refuse(SQ_RANGE, "the zone holds no sound: start must lie before end, both within the sound", error,
                  error_size);
  if (z.mode == SQ_SAMPLER_LOOP && (z.loop_start >= z.loop_end || z.start >= z.loop_end))
    return refuse(SQ_RANGE, "the loop is empty: start and loop_start must lie before loop_end, all within the sound",
                  error, error_size);
  if (!isfinite(z.root) || !isfinite(z.tune_cents) || !isfinite(z.gain_db))
    return refuse(SQ_RANGE, "root, tune and gain must be finite numbers: leave them out for their defaults", error,
                  error_size);
  if (append(zones, &z) != SQ_OK)
    return refuse(SQ_LIMIT, "there is no memory for another zone: remove some zones or buffers", error, error_size);
  return SQ_OK;
}

SqSamplerZones *sq_sampler_zones_copy(const SqSamplerZones *zones) {
  SqSamplerZones *copy = sq_sampler_zones_new();
  for (uint32_t i = 0; copy && i < zones->n; i++)
    if (append(copy, &zones->zones[i]) != SQ_OK) {
      sq_sampler_zones_free(copy);
      return NULL;
    }
  return copy;
}

bool sq_rt_sampler_zone_matches(const SqSamplerZone *zone, float key, float velocity) {
  float whole = floorf(key + 0.5f);
  return whole >= zone->lo && whole <= zone->hi && velocity >= zone->vlo &&
         (velocity < zone->vhi || (zone->vhi >= 1.0f && velocity <= zone->vhi));
}
