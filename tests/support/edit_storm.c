// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/edit_storm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/sample.h"
#include "processors/sampler_zone.h"

const double storm_hz[STORM_SINES] = {420.0, 383.0, 402.0, 392.0};
static const char *const names[STORM_KINDS] = {
    "gain",      "gain ramp",    "pan",         "pan law",    "mute",       "solo",          "solo safe", "route",
    "send add",  "send remove",  "send gain",   "send pan",   "send tap",   "send mute",     "proc add",  "proc remove",
    "proc move", "proc replace", "proc bypass", "proc param", "source add", "source remove", "bus add",   "bus remove"};

static double unit(Storm *storm) {
  return mix_random(&storm->seed) / 4294967296.0;
}

static uint32_t below(Storm *storm, uint32_t n) {
  return (uint32_t)(unit(storm) * n);
}

static double between(Storm *storm, double lo, double hi) {
  return lo + unit(storm) * (hi - lo);
}

// ---- the graph ------------------------------------------------------------------------------------------------------

static uint32_t count(const Storm *storm, SqStripKind kind) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < sq_doc_count(storm->rig.doc); i++)
    n += sq_doc_at(storm->rig.doc, i)->kind == kind;
  return n;
}

/// A random strip of this kind (-1: any), or NULL.
static const SqStrip *pick(Storm *storm, int kind) {
  const SqDoc *doc = storm->rig.doc;
  const uint32_t n = sq_doc_count(doc), first = below(storm, n);
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *strip = sq_doc_at(doc, (first + i) % n);
    if (kind < 0 || (int)strip->kind == kind)
      return strip;
  }
  return NULL;
}

/// One with at least so many processors or sends.
static const SqStrip *pick_with(Storm *storm, uint32_t procs, uint32_t sends) {
  const SqDoc *doc = storm->rig.doc;
  const uint32_t n = sq_doc_count(doc), first = below(storm, n);
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *strip = sq_doc_at(doc, (first + i) % n);
    if (strip->n_chain >= procs && strip->n_sends >= sends)
      return strip;
  }
  return NULL;
}

/// A sine that fades in and then goes round for ever: whole periods of whole Hertz fill a second.
static SqSample *loop_of(Storm *storm, uint32_t sine) {
  enum { FADE = 2400, LOOP = (int)MIX_RATE, ALL = FADE + LOOP };
  if (!storm->loops[sine]) {
    float *x = malloc(2 * ALL * sizeof *x);
    for (int i = 0; i < ALL; i++) {
      const double fade = i < FADE ? 0.5 - 0.5 * cos(M_PI * i / FADE) : 1.0;
      x[2 * i] = x[2 * i + 1] = (float)(0.02 * fade * sin(2.0 * M_PI * storm_hz[sine] * i / MIX_RATE));
    }
    assert_int_equal(sq_sample_new(x, 2, ALL, MIX_RATE, &storm->loops[sine]), SQ_OK);
    free(x);
  }
  return storm->loops[sine];
}

/// Once its strip is there: the sound, and its note.
static void start_player(Storm *storm) {
  if (!storm->coming)
    return;
  SqSamplerZones *zones = sq_sampler_zones_new();
  SqSamplerZone zone = sq_sampler_zone_of(loop_of(storm, storm->sine));
  zone.mode = SQ_SAMPLER_LOOP;
  zone.loop_start = zone.end - (uint32_t)MIX_RATE;
  char error[200];
  assert_int_equal(sq_sampler_zones_add(zones, &zone, error, sizeof error), SQ_OK);
  const SqHandle generator = mix_generator(&storm->rig, storm->coming);
  assert_int_equal(sq_link_swap(storm->rig.link, generator, &zones->data), SQ_OK);
  const SqEvent on = {.kind = SQ_EVENT_NOTE_ON, .key = 60.0F, .value = 1.0};
  assert_int_equal(sq_link_event(storm->rig.link, generator, &on, 0, 0), SQ_OK);
  storm->coming = 0;
}

static SqHandle source(Storm *storm) {
  char name[32];
  snprintf(name, sizeof name, "s%u", ++storm->number);
  if (storm->players && below(storm, 2)) {
    storm->sine = below(storm, STORM_SINES);
    return storm->coming = mix_source(&storm->rig, name, 2, "sampler");
  }
  static const uint32_t widths[] = {1, 2, 2, 4};
  const SqHandle strip = mix_source(&storm->rig, name, widths[below(storm, 4)], "tone");
  mix_param(&storm->rig, mix_generator(&storm->rig, strip), "freq", storm_hz[below(storm, STORM_SINES)]);
  mix_param(&storm->rig, mix_generator(&storm->rig, strip), "level",
            -34.0); // below every threshold: limiters and compressors do not bend it
  return strip;
}

static SqHandle bus(Storm *storm) {
  char name[32];
  snprintf(name, sizeof name, "b%u", ++storm->number);
  static const uint32_t widths[] = {2, 2, 1, 6};
  return mix_bus(&storm->rig, name, widths[below(storm, 4)]);
}

void storm_open(Storm *storm, uint32_t seed) {
  *storm = (Storm){.seed = seed * 2654435761u + 17};
  mix_open(&storm->rig, 2, 0, 0);
  for (int i = 0; i < 6; i++)
    source(storm);
  for (int i = 0; i < 3; i++)
    bus(storm);
  mix_commit(&storm->rig, 0);
}

void storm_close(Storm *storm) {
  mix_close(&storm->rig);
  for (uint32_t k = 0; k < STORM_SINES; k++)
    sq_sample_release(storm->loops[k]);
}

// ---- processors -----------------------------------------------------------------------------------------------------

static const char *const effects[] = {"eq", "gain", "compressor", "gain", "limiter", "reverb"};

/// Where a parameter may go without adding frequencies of its own: gains and times, not shapes.
typedef struct {
  const char *type, *symbol;
  double lo, hi;
} Move;
static const Move moves[] = {{"gain", "gain", -12, 0}, {"gain", "polarity", 0, 1.99}, {"eq", "b1_gain", -12, 0}};

static void some_values(Storm *storm, SqHandle proc, const char *type) {
  if (strcmp(type, "gain") == 0)
    mix_param(&storm->rig, proc, "gain", between(storm, -12, 0));
}

static bool proc_add(Storm *storm) {
  const SqStrip *strip = pick(storm, -1);
  if (strip->n_chain >= 4)
    return false;
  const SqHandle handle = strip->handle;
  const char *type = effects[below(storm, 6)];
  some_values(storm, mix_insert(&storm->rig, handle, type, below(storm, 4)), type);
  return true;
}

static bool proc_edit(Storm *storm, StormKind kind) {
  const SqStrip *strip = pick_with(storm, kind == STORM_PROC_MOVE ? 2 : 1, 0);
  if (!strip)
    return false;
  const SqHandle handle = strip->handle;
  const uint32_t at = below(storm, strip->n_chain);
  const SqProc *proc = strip->chain[at];
  const SqHandle h = proc->handle;
  switch (kind) {
  case STORM_PROC_REMOVE:
    mix_take(&storm->rig, handle, h);
    return true;
  case STORM_PROC_MOVE:
    mix_move(&storm->rig, handle, h, (at + 1) % strip->n_chain);
    return true;
  case STORM_PROC_REPLACE: {
    const char *type = effects[below(storm, 6)];
    mix_take(&storm->rig, handle, h);
    some_values(storm, mix_insert(&storm->rig, handle, type, at), type);
    return true;
  }
  case STORM_PROC_BYPASS:
    mix_set(&storm->rig, h, SQ_PROC_BYPASS, !proc->bypass);
    return true;
  default:
    for (uint32_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
      const Move *move = &moves[(i + storm->edits) % (sizeof moves / sizeof moves[0])];
      if (strcmp(move->type, proc->type) == 0) {
        mix_param(&storm->rig, h, move->symbol, between(storm, move->lo, move->hi));
        return true;
      }
    }
    return false;
  }
}

// ---- sends and strips -----------------------------------------------------------------------------------------------

static bool send_add(Storm *storm) {
  const SqStrip *strip = pick(storm, -1), *to = pick(storm, SQ_STRIP_BUS);
  if (!to || strip->kind == SQ_STRIP_MASTER || sq_strip_send_to(strip, to->handle) ||
      sq_doc_feeds(storm->rig.doc, to->handle, strip->handle))
    return false;
  mix_send(&storm->rig, strip->handle, to->handle, below(storm, 2) ? SQ_TAP_PRE : SQ_TAP_POST, between(storm, -20, 0));
  return true;
}

static bool send_edit(Storm *storm, StormKind kind) {
  const SqStrip *strip = pick_with(storm, 0, 1);
  if (!strip)
    return false;
  const SqSend *send = &strip->sends[below(storm, strip->n_sends)];
  switch (kind) {
  case STORM_SEND_REMOVE:
    mix_unsend(&storm->rig, strip->handle, send->handle);
    break;
  case STORM_SEND_GAIN:
    mix_set(&storm->rig, send->handle, SQ_SEND_GAIN_DB, between(storm, -40, 0));
    break;
  case STORM_SEND_PAN:
    mix_set(&storm->rig, send->handle, SQ_SEND_PAN, between(storm, -1, 1));
    break;
  case STORM_SEND_TAP:
    mix_set(&storm->rig, send->handle, SQ_SEND_TAP, send->numbers[SQ_SEND_TAP] == 0.0);
    break;
  default:
    mix_set(&storm->rig, send->handle, SQ_SEND_MUTE, send->numbers[SQ_SEND_MUTE] == 0.0);
    break;
  }
  return true;
}

static bool route(Storm *storm) {
  const SqStrip *strip = pick(storm, SQ_STRIP_SOURCE), *to = pick(storm, below(storm, 2) ? SQ_STRIP_BUS : -1);
  if (!strip || !to || to->kind == SQ_STRIP_SOURCE || strip->output == to->handle)
    return false;
  mix_route(&storm->rig, strip->handle, below(storm, 16) ? to->handle : 0);
  return true;
}

static bool remove_strip(Storm *storm, SqStripKind kind, uint32_t least) {
  if (count(storm, kind) <= least)
    return false;
  const SqHandle gone = pick(storm, (int)kind)->handle;
  for (uint32_t i = 0; i < sq_doc_count(storm->rig.doc); i++) {
    const SqStrip *strip = sq_doc_at(storm->rig.doc, i);
    const SqHandle handle = strip->handle;
    const SqSend *send = sq_strip_send_to(strip, gone);
    if (send)
      mix_unsend(&storm->rig, handle, send->handle);
    if (sq_doc_strip(storm->rig.doc, handle)->output == gone)
      mix_route(&storm->rig, handle, SQ_HANDLE_MASTER);
  }
  mix_remove(&storm->rig, gone);
  return true;
}

static bool strip_number(Storm *storm, StormKind kind) {
  const SqStrip *strip = pick(storm, kind == STORM_SOLO || kind == STORM_SOLO_SAFE ? SQ_STRIP_SOURCE : -1);
  if (kind == STORM_MUTE && strip->kind == SQ_STRIP_MASTER)
    return false;
  const SqHandle h = strip->handle;
  const double *now = strip->numbers;
  switch (kind) {
  case STORM_GAIN:
    mix_set(&storm->rig, h, SQ_STRIP_GAIN_DB,
            strip->kind == SQ_STRIP_MASTER ? between(storm, -6, 0) : between(storm, -40, 0));
    return true;
  case STORM_GAIN_RAMP:
    if (strip->kind == SQ_STRIP_MASTER)
      return false;
    sq_edits_ramp(&storm->rig.edits, (SqValueRef){h, SQ_STRIP_GAIN_DB}, between(storm, -40, 0), between(storm, 0, 0.2),
                  SQ_CURVE_SMOOTH);
    return true;
  case STORM_PAN:
    mix_set(&storm->rig, h, SQ_STRIP_PAN, between(storm, -1, 1));
    return true;
  case STORM_PAN_LAW:
    mix_set(&storm->rig, h, SQ_STRIP_PAN_LAW, now[SQ_STRIP_PAN_LAW] == 0.0);
    return true;
  case STORM_MUTE:
    mix_set(&storm->rig, h, SQ_STRIP_MUTE, now[SQ_STRIP_MUTE] == 0.0);
    return true;
  case STORM_SOLO:
    mix_set(&storm->rig, h, SQ_STRIP_SOLO, now[SQ_STRIP_SOLO] == 0.0);
    return true;
  default:
    mix_set(&storm->rig, h, SQ_STRIP_SOLO_SAFE, now[SQ_STRIP_SOLO_SAFE] == 0.0);
    return true;
  }
}

static bool edit(Storm *storm, StormKind kind) {
  switch (kind) {
  case STORM_ROUTE:
    return route(storm);
  case STORM_SEND_ADD:
    return send_add(storm);
  case STORM_SEND_REMOVE:
  case STORM_SEND_GAIN:
  case STORM_SEND_PAN:
  case STORM_SEND_TAP:
  case STORM_SEND_MUTE:
    return send_edit(storm, kind);
  case STORM_PROC_ADD:
    return proc_add(storm);
  case STORM_PROC_REMOVE:
  case STORM_PROC_MOVE:
  case STORM_PROC_REPLACE:
  case STORM_PROC_BYPASS:
  case STORM_PROC_PARAM:
    return proc_edit(storm, kind);
  case STORM_SOURCE_ADD:
    if (count(storm, SQ_STRIP_SOURCE) >= 10)
      return false;
    source(storm);
    return true;
  case STORM_BUS_ADD:
    if (count(storm, SQ_STRIP_BUS) >= 6)
      return false;
    bus(storm);
    return true;
  case STORM_SOURCE_REMOVE:
    return remove_strip(storm, SQ_STRIP_SOURCE, 3);
  case STORM_BUS_REMOVE:
    return remove_strip(storm, SQ_STRIP_BUS, 1);
  default:
    return strip_number(storm, kind);
  }
}

void storm_edit(Storm *storm) {
  StormKind kind;
  do { // some find little to do: they are tried more often
    static const StormKind rare[] = {STORM_PROC_MOVE, STORM_PROC_MOVE, STORM_PROC_PARAM, STORM_SEND_REMOVE,
                                     STORM_SEND_GAIN, STORM_SEND_PAN,  STORM_SEND_MUTE,  STORM_SEND_TAP};
    kind = below(storm, 4) ? (StormKind)below(storm, STORM_KINDS) : rare[below(storm, 8)];
  } while (!edit(storm, kind));
  const uint64_t now = sq_link_frame(storm->rig.link);
  const uint64_t frame =
      storm->timed && below(storm, 3) == 0 && !sq_link_armed_frame(storm->rig.link) ? now + 1 + below(storm, 3000) : 0;
  const SqEdit *last = &storm->rig.edits.items[storm->rig.edits.n - 1];
  storm->log[storm->edits % STORM_LOG].frame = frame ? frame : now;
  storm->log[storm->edits % STORM_LOG].given = now;
  storm->log[storm->edits % STORM_LOG].kind = kind;
  storm->log[storm->edits % STORM_LOG].object = last->ref.object;
  mix_commit(&storm->rig, frame);
  start_player(storm);
  storm->kinds[kind]++;
  storm->edits++;
}

void storm_print_histogram(const Storm *storm) {
  printf("     ");
  for (int k = 0; k < STORM_KINDS; k++)
    printf("%s %.1f%%%s", names[k], 100.0 * storm->kinds[k] / storm->edits, k + 1 < STORM_KINDS ? ", " : "\n");
}

void storm_print_before(const Storm *storm, uint64_t frame) {
  for (uint32_t i = storm->edits > STORM_LOG ? storm->edits - STORM_LOG : 0; i < storm->edits; i++) {
    const uint64_t at = storm->log[i % STORM_LOG].frame, given = storm->log[i % STORM_LOG].given;
    if (given <= frame && frame < at + 1500)
      printf("       %s of %d, given %lld, heard %lld frames before\n", names[storm->log[i % STORM_LOG].kind],
             storm->log[i % STORM_LOG].object, (long long)(frame - given), (long long)(frame - at));
  }
}

// ---- the detector ---------------------------------------------------------------------------------------------------

static float largest(const float *x, uint32_t from, uint32_t to) {
  float most = 0.0F;
  for (uint32_t i = from; i < to; i++)
    most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  return most;
}

double storm_residual(const float *x, uint32_t from, uint32_t to, uint32_t *where) {
  // Half a period of the lowest sine on both sides holds a crest, also where sines beat; rounding to float moves each
  // of the five samples by up to 2^-25 of what was added up, which a whole beat shows.
  enum { NEAR = 64, FAR = 480 };
  const double w = 2.0 * M_PI * storm_hz[0] / MIX_RATE, w4 = w * w * w * w;
  double worst = 0.0;
  float near = 0.0F, far = 0.0F;
  for (uint32_t i = from; i < to; i++) {
    if ((i - from) % 16 == 0) {
      near = largest(x, i - NEAR, i + NEAR);
      far = largest(x, i - FAR, i + FAR);
      near = near > far / 8.0F ? near : far / 8.0F; // the last of a fade to silence is not measured by itself
    }
    const double d = fabs((double)x[i - 2] - 4.0 * x[i - 1] + 6.0 * x[i] - 4.0 * x[i + 1] + x[i + 2]);
    const double r = d / ((double)near * w4 + (double)far * 16.0 * ldexp(1.0, -25) + 1e-7);
    if (r > worst) {
      worst = r;
      if (where)
        *where = i;
    }
  }
  return worst;
}
