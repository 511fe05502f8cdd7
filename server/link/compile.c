// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Programs of the strips that changed, and the order of all: a new plan.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"

// ---- programs -------------------------------------------------------------------------------------------------------

static bool sounds(const SqLinkProc *proc) {
  return proc && proc->rt;
}

static uint32_t add_proc(SqRtStep *steps, uint32_t n, const SqLinkProc *proc) {
  const SqRtAux *side = proc->side_of ? proc->aux : NULL;
  if (proc->type->begin) {
    steps[n++] = (SqRtStep){.kind = SQ_STEP_BEGIN, .u.proc = proc->rt, .side = side};
    steps[n++] = (SqRtStep){.kind = SQ_STEP_COLLECT, .u.proc = proc->rt};
  } else {
    steps[n++] =
        (SqRtStep){.kind = proc->generator ? SQ_STEP_GENERATE : SQ_STEP_PROCESS, .u.proc = proc->rt, .side = side};
  }
  return n;
}

/// The chain; while some of it moves, the chain as it was and then as it will be: what moves stands in both, and runs
/// at one of its places.
static uint32_t add_chain(SqRtStep *steps, uint32_t n, const SqLinkStrip *strip) {
  for (uint32_t i = 0; i < strip->n_was; i++) {
    const SqLinkProc *proc = strip->was[i];
    const uint32_t first = n;
    if (sounds(proc) && (proc->moving || proc->stays))
      n = add_proc(steps, n, proc);
    for (uint32_t k = first; k < n && proc->moving; k++)
      steps[k].place = (uint8_t)((proc->place ^ 1) + 1);
  }
  for (uint32_t i = 0; i < strip->n_chain; i++) {
    const SqLinkProc *proc = strip->chain[i];
    const uint32_t first = n;
    if (sounds(proc) && !(strip->was && proc->stays))
      n = add_proc(steps, n, proc);
    for (uint32_t k = first; k < n && proc->moving; k++)
      steps[k].place = (uint8_t)(proc->place + 1);
  }
  return n;
}

/// Once for all programs: asking every strip for every strip would be felt when a large session is opened.
static void gather_sides(SqLink *link) {
  link->n_sides = 0;
  for (uint32_t i = 0; i < link->n_strips; i++)
    for (uint32_t k = 0; k < link->strips[i]->n_chain; k++) {
      if (!link->strips[i]->chain[k]->side_of)
        continue;
      if (link->n_sides == link->cap_sides) {
        link->cap_sides = link->cap_sides ? 2 * link->cap_sides : 16;
        link->sides = sq_realloc(link->sides, link->cap_sides, sizeof *link->sides);
      }
      link->sides[link->n_sides++] = link->strips[i]->chain[k];
    }
}

/// Copies for the sidechains that read this strip.
static uint32_t add_aux(const SqLink *link, SqRtStep *steps, uint32_t n, const SqLinkStrip *strip, uint32_t cap) {
  for (uint32_t i = 0; i < link->n_sides; i++) {
    const SqLinkProc *proc = link->sides[i];
    if (proc->side_of == strip->handle && proc->aux && !strip->gone && n < cap)
      steps[n++] = (SqRtStep){.kind = SQ_STEP_AUX, .post = proc->side_post, .u.aux = proc->aux};
  }
  return n;
}

static uint32_t count_readers(const SqLink *link, const SqLinkStrip *strip) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < link->n_sides; i++)
    n += link->sides[i]->side_of == strip->handle;
  return n;
}

static uint32_t add_edges(SqRtStep *steps, uint32_t n, const SqLinkStrip *strip) {
  bool measured = false;
  for (int main = 1; main >= 0; main--) // the main output first: it feeds the meter
    for (uint32_t i = 0; i < strip->n_edges; i++) {
      const SqLinkEdge *edge = &strip->edges[i];
      if ((edge->key == 0) != (main != 0))
        continue;
      steps[n++] = (SqRtStep){.kind = SQ_STEP_DELAY, .u.delay = edge->delay};
      steps[n++] = (SqRtStep){.kind = SQ_STEP_EDGE, .measures = main && !measured, .u.edge = edge->rt};
      measured |= main;
    }
  if (!measured)
    steps[n++] = (SqRtStep){.kind = SQ_STEP_METER};
  return n;
}

/// What most of a session is: a source with nothing between its generator and its bus.
static bool is_lean(const SqRtProgram *program) {
  const SqRtStep *s = program->steps;
  return program->n_channels == 2 && program->n_steps == 3 && s[0].kind == SQ_STEP_GENERATE &&
         !(s[0].u.proc->type->flags & SQ_PROC_NEEDS_DSP_GUARD) && s[1].kind == SQ_STEP_DELAY &&
         s[1].u.delay->frames == 0 && s[2].kind == SQ_STEP_EDGE && s[2].measures;
}

static void build_program(SqLink *link, SqLinkStrip *strip) {
  const uint32_t readers = count_readers(link, strip);
  const uint32_t cap = 2 + 2 * (strip->n_chain + strip->n_was + 1) + readers + 2 * strip->n_edges + 1 + strip->n_taps;
  SqRtProgram *program =
      sq_alloc_audio(1, sizeof *program + strip->n_sums * sizeof(SqRtSum *) + cap * sizeof(SqRtStep));
  if (!program)
    abort();
  program->strip = strip->rt;
  program->n_channels = strip->n_channels;
  program->n_sums = strip->n_sums;
  program->steps = (SqRtStep *)(void *)(program + 1);
  program->sums = (SqRtSum **)(void *)(program->steps + cap);
  for (uint32_t i = 0; i < strip->n_sums; i++)
    program->sums[i] = strip->sums[i].rt;
  SqRtStep *steps = program->steps;
  uint32_t n = 0;
  if (strip->kind != SQ_STRIP_SOURCE)
    steps[n++] = (SqRtStep){.kind = SQ_STEP_SUM};
  if (sounds(strip->generator))
    n = add_proc(steps, n, strip->generator);
  n = add_chain(steps, n, strip);
  n = add_aux(link, steps, n, strip, n + readers);
  for (uint32_t i = 0; i < strip->n_taps; i++)
    steps[n++] = (SqRtStep){.kind = SQ_STEP_TAP, .post = strip->taps[i].post, .u.tap = strip->taps[i].tap};
  n = add_edges(steps, n, strip);
  program->n_steps = n;
  for (uint32_t i = 0; i < n; i++) {
    program->phased |= steps[i].kind == SQ_STEP_BEGIN;
    steps[i].plain = sq_rt_step_plain(&steps[i]);
  }
  program->lean = is_lean(program);
  program->serial = ++link->serial;
  sq_link_discard(link, strip->program, free);
  strip->program = program;
  strip->dirty = false;
}

// ---- order ----------------------------------------------------------------------------------------------------------

/// What a strip's sidechains read, as a list by strip.
typedef struct {
  SqLinkStrip *reader;
  uint32_t next; ///< 1 + index, 0: none
} Reader;

typedef struct {
  Reader *readers; ///< [n_readers]
  uint32_t n_readers;
  SqLinkStrip **ready; ///< [n_ready] strips whose feeders are all placed
  uint32_t n_ready, at;
} Order;

static void read_sides(SqLink *link, Order *order, SqLinkStrip *strip) {
  for (uint32_t k = 0; k < strip->n_chain; k++) {
    SqLinkStrip *source = strip->chain[k]->side_of ? sq_link_strip(link, strip->chain[k]->side_of) : NULL;
    if (!source || source == strip)
      continue;
    order->readers[order->n_readers] = (Reader){strip, source->first_reader};
    source->first_reader = ++order->n_readers;
    strip->visit++;
  }
}

/// One feeder less to wait for.
static void place(Order *order, SqLinkStrip *strip, uint32_t level) {
  if (strip->visit == 0)
    return; // a loop was cut here
  if (strip->level < level)
    strip->level = level;
  if (--strip->visit == 0)
    order->ready[order->n_ready++] = strip;
}

/// The first strip that waits though nothing is ready: a sidechain that just changed and an edge that still fades are a
/// loop for 10 ms. The sidechain reads silence meanwhile.
static bool cut_loop(SqLink *link, Order *order) {
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (link->strips[i]->visit) {
      link->strips[i]->visit = 0;
      order->ready[order->n_ready++] = link->strips[i];
      return true;
    }
  return false;
}

/// Longest way from any source: what feeds another is always on a lower level (A. B. Kahn, "Topological sorting of
/// large networks", CACM 5(11), 1962). `visit` counts the feeders that are not placed yet.
static void find_levels(SqLink *link) {
  uint32_t n_procs = 0;
  for (uint32_t i = 0; i < link->n_strips; i++) {
    link->strips[i]->level = link->strips[i]->visit = link->strips[i]->first_reader = 0;
    n_procs += link->strips[i]->n_chain;
  }
  Order order = {.readers = sq_alloc(n_procs, sizeof(Reader)),
                 .ready = sq_alloc(link->n_strips, sizeof(SqLinkStrip *))};
  for (uint32_t i = 0; i < link->n_strips; i++) {
    read_sides(link, &order, link->strips[i]);
    for (uint32_t k = 0; k < link->strips[i]->n_edges; k++)
      if (link->strips[i]->edges[k].dest)
        link->strips[i]->edges[k].dest->visit++;
  }
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (link->strips[i]->visit == 0)
      order.ready[order.n_ready++] = link->strips[i];
  while (order.at < order.n_ready || cut_loop(link, &order)) {
    SqLinkStrip *strip = order.ready[order.at++];
    for (uint32_t k = 0; k < strip->n_edges; k++)
      if (strip->edges[k].dest)
        place(&order, strip->edges[k].dest, strip->level + 1);
    for (uint32_t r = strip->first_reader; r; r = order.readers[r - 1].next)
      place(&order, order.readers[r - 1].reader, strip->level + 1);
  }
  free(order.readers);
  free(order.ready);
  link->order_dirty = false;
}

static SqRtPlan *build_plan(SqLink *link) {
  uint32_t n_levels = 0;
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (link->strips[i]->level + 1 > n_levels)
      n_levels = link->strips[i]->level + 1;
  const uint32_t n = link->n_strips;
  SqRtPlan *plan = sq_alloc_audio(1, sizeof *plan + n * (sizeof(SqRtProgram *) + sizeof(uint32_t)) +
                                         (n + SQ_FETCH_AHEAD) * sizeof(SqRtCoaster) + n_levels * sizeof(SqRtLevel));
  if (!plan)
    abort();
  plan->number = link->plan_number + 1;
  plan->n_levels = n_levels;
  plan->n_programs = n;
  plan->programs = (SqRtProgram **)(void *)(plan + 1);
  plan->coasters = (SqRtCoaster *)(void *)(plan->programs + n);
  plan->levels = (SqRtLevel *)(void *)(plan->coasters + n + SQ_FETCH_AHEAD);
  plan->resume = (uint32_t *)(void *)(plan->levels + n_levels);
  plan->hardware = link->hardware;
  for (uint32_t i = 0; i < n; i++)
    plan->levels[link->strips[i]->level].n++;
  for (uint32_t l = 1; l < n_levels; l++)
    plan->levels[l].first = plan->levels[l - 1].first + plan->levels[l - 1].n;
  uint32_t *at = sq_alloc(n_levels, sizeof *at);
  for (uint32_t i = 0; i < n; i++) { // strips are sorted by sequence, and so they stay within a level
    const SqLinkStrip *strip = link->strips[i];
    SqRtLevel *level = &plan->levels[strip->level];
    const uint32_t place = level->first + at[strip->level]++;
    plan->programs[place] = strip->program;
    if (strip->program->lean)
      plan->coasters[place] = (SqRtCoaster){strip->rt->coast, strip->program->serial};
    level->phased |= strip->program->phased;
  }
  free(at);
  return plan;
}

void sq_link_compile(SqLink *link) {
  if (link->solo_dirty)
    sq_link_solo(link);
  if (!link->plan_dirty)
    return;
  gather_sides(link);
  for (uint32_t i = 0; i < link->n_strips; i++)
    if (link->strips[i]->dirty || !link->strips[i]->program)
      build_program(link, link->strips[i]);
  if (link->order_dirty)
    find_levels(link);
  SqRtPlan *plan = build_plan(link);
  for (uint32_t i = 0; i < link->n_strips; i++)
    link->strips[i]->fresh = false;
  sq_link_post_plan(link, plan);
  link->plan_number = plan->number;
  link->plan_dirty = false;
}
