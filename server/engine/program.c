// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// One strip's program: its steps over one piece of time.
#include <string.h>

#include "engine/coast.h"
#include "engine/delay.h"
#include "engine/edge.h"
#include "engine/guard.h"
#include "engine/tap.h"

/// Where the strip's signal is while its steps run.
typedef struct {
  const float *const *x; ///< the signal now: a scratch's channels, or `lent`
  uint32_t half;         ///< which scratch holds it, when it is not borrowed
  bool borrowed;         ///< it lies in memory that must not be written
  bool silent;           ///< it is all zeros
  float *lent[SQ_MAX_CHANNELS];
} Cursor;

static void use_half(SqRtEngine *engine, Cursor *at, uint32_t half) {
  at->half = half;
  at->borrowed = false;
  at->x = (const float *const *)engine->scratch.x[half];
}

/// A copy of the table of channels; `from` has two entries at least.
static inline void channels_of(float **to, float *const *from, uint32_t n_channels) {
  to[0] = from[0];
  to[1] = from[1];
  if (n_channels > 2) // nearly never: a call would cost more than the rest
    memcpy(to, from, n_channels * sizeof to[0]);
}

__attribute__((noinline)) static bool silence(float *const *x, uint32_t n_channels, uint32_t n) {
  for (uint32_t c = 0; c < n_channels; c++)
    memset(x[c], 0, n * sizeof(float));
  return true;
}

static void zero(SqRtEngine *engine, Cursor *at, const SqRtProgram *program, uint32_t n) {
  use_half(engine, at, at->half);
  at->silent = silence(engine->scratch.x[at->half], program->n_channels, n);
}

/// Partial sums that were written in this piece, in order; more than there is room for are added up in turns.
static void sum_channel(SqRtEngine *engine, const SqRtProgram *program, uint32_t c, Cursor *at, uint32_t n) {
  const float *parts[SQ_GROUP];
  float *to = engine->scratch.x[0][c];
  uint32_t n_parts = 0;
  bool any = false;
  for (uint32_t s = 0; s < program->n_sums; s++) {
    const SqRtSum *sum = program->sums[s];
    if (c >= sum->n_channels || sum->written[c] != engine->piece)
      continue;
    if (n_parts == SQ_GROUP) {
      engine->dsp->sum(to, parts, n_parts, any, n);
      any = true;
      n_parts = 0;
    }
    parts[n_parts++] = sum->x[c];
  }
  if (n_parts)
    engine->dsp->sum(to, parts, n_parts, any, n);
  else
    memset(to, 0, n * sizeof(float));
  at->silent &= n_parts == 0;
}

__attribute__((noinline)) static void step_sum(SqRtEngine *engine, const SqRtProgram *program, Cursor *at, uint32_t n) {
  use_half(engine, at, 0);
  at->silent = true;
  for (uint32_t c = 0; c < program->n_channels; c++)
    sum_channel(engine, program, c, at, n);
}

__attribute__((noinline)) static void look_again(SqRtEngine *engine, SqRtProc *proc, uint32_t n) {
  const SqRtEvent *sets = sq_rt_sets_of(engine, &proc->object);
  proc->still = true;
  for (uint32_t i = 0; i < proc->n_signals; i++) {
    proc->views[i] = sq_rt_signal_piece(engine, &proc->signals[i], sets, i, n, engine->scratch.signals[i]);
    proc->still &= proc->views[i].shape == SQ_SIGNAL_CONSTANT;
  }
}

/// Brings proc->views to this piece.
static inline void views(SqRtEngine *engine, SqRtProc *proc, uint32_t n) {
  if (!proc->still || sq_rt_sets_of(engine, &proc->object))
    look_again(engine, proc, n);
}

__attribute__((noinline)) static void send_out(SqRtEngine *engine, const SqRtProc *proc) {
  SqRtEventsOut *out = &engine->scratch.events_out;
  for (uint32_t i = 0; i < out->n; i++) {
    const SqRtEvent *e = &out->events[i];
    SqRtReport report = {.frame = engine->frame + e->offset,
                         .slot = proc->object.slot,
                         .generation = proc->object.generation,
                         .kind = SQ_REPORT_OUT,
                         .event = e->kind,
                         .index = e->index,
                         .id = e->id,
                         .key = e->key,
                         .value = e->value};
    memcpy(report.midi, e->midi, sizeof report.midi);
    sq_rt_engine_report(engine, &report);
  }
  out->n = out->lost = 0;
}

/// The sidechain's signal, zeros where its strip did not play.
__attribute__((noinline)) static const float *const *side_of(SqRtEngine *engine, const SqRtStep *step) {
  const float **side = engine->scratch.side;
  const bool live = step->side->written == engine->piece;
  for (uint32_t c = 0; c < step->u.proc->n_side; c++)
    side[c] = live ? step->side->x[c % step->side->n_channels] : engine->scratch.zeros;
  return side;
}

/// The block that one processor is given, in the scratch: the piece's own fields are there already.
static inline SqRtBlock *block_for(SqRtEngine *engine, const SqRtStep *step, const float *const *in, float **out) {
  SqRtProc *proc = step->u.proc;
  SqRtBlock *block = &engine->scratch.block;
  block->n_in = proc->n_in;
  block->n_out = proc->n_out;
  block->n_side = step->side ? proc->n_side : 0;
  block->in = in;
  block->out = out;
  block->side = step->side ? side_of(engine, step) : NULL;
  block->signals = proc->views;
  block->events = sq_rt_events_of(engine, &proc->object);
  return block;
}

/// What only some blocks have is in the scratch for no longer than theirs.
static inline void put_back(SqRtEngine *engine) {
  SqRtBlock *block = &engine->scratch.block;
  block->n_side = 0;
  block->side = NULL;
  block->events = NULL;
}

__attribute__((noinline)) static void throw_away(SqRtEngine *engine, SqRtProc *proc) {
  atomic_fetch_add_explicit(&proc->insane, 1, memory_order_relaxed);
  proc->type->reset(proc->instance);
  sq_rt_engine_report(engine, &(SqRtReport){.frame = engine->frame,
                                            .slot = proc->object.slot,
                                            .generation = proc->object.generation,
                                            .kind = SQ_REPORT_INSANE});
}

/// What a third party hands over is looked at before anything reads it.
static inline bool insane(SqRtEngine *engine, SqRtProc *proc, float *const *x, uint32_t n) {
  if (engine->dsp->sane((const float *const *)x, proc->n_out, n))
    return false;
  throw_away(engine, proc);
  return true;
}

__attribute__((noinline)) static void show_outputs(const SqRtProc *proc) {
  for (uint32_t i = 0; i < proc->type->n_params; i++)
    if (proc->type->params[i].output)
      atomic_store_explicit(&proc->outputs[i], proc->type->output_value(proc->instance, i), memory_order_relaxed);
}

/// Takes what a processor said beside its sound.
static inline void listen(SqRtEngine *engine, const SqRtProc *proc) {
  if (__builtin_expect(engine->scratch.events_out.n != 0, 0)) // none is lost while there is room
    send_out(engine, proc);
  if (proc->shows)
    show_outputs(proc);
}

static inline SqRtResult call(SqRtEngine *engine, const SqRtStep *step, const float *const *in, float **out) {
  SqRtProc *proc = step->u.proc;
  if (proc->lends)
    sq_rt_coast_end(engine, proc);
  views(engine, proc, engine->scratch.block.n_frames);
  const SqRtResult result = proc->type->process(proc->instance, block_for(engine, step, in, out));
  put_back(engine);
  listen(engine, proc);
  return result;
}

static bool has_work(const SqRtEngine *engine, const SqRtProc *proc) {
  return sq_rt_events_of(engine, &proc->object) || sq_rt_sets_of(engine, &proc->object);
}

__attribute__((noinline)) static void step_generate(SqRtEngine *engine, const SqRtProgram *program,
                                                    const SqRtStep *step, Cursor *at, uint32_t n) {
  SqRtProc *proc = step->u.proc;
  use_half(engine, at, 0);
  if (proc->idle && !has_work(engine, proc)) { // it said so: silence until an event comes
    zero(engine, at, program, n);
    return;
  }
  channels_of(at->lent, engine->scratch.x[0], program->n_channels);
  const bool silent = call(engine, step, NULL, at->lent) == SQ_RT_SILENT;
  proc->idle = silent;
  if ((proc->type->flags & SQ_PROC_NEEDS_DSP_GUARD) && insane(engine, proc, at->lent, n)) {
    zero(engine, at, program, n);
    return;
  }
  at->silent = silent;
  at->x = (const float *const *)at->lent;
  for (uint32_t c = 0; c < program->n_channels && !at->borrowed; c++)
    at->borrowed = at->lent[c] != engine->scratch.x[0][c];
}

/// A bypassed processor still takes its parameters: signals here, stepped ones in a block that nobody hears.
static void bypassed(SqRtEngine *engine, const SqRtStep *step, const Cursor *at, uint32_t n) {
  SqRtProc *proc = step->u.proc;
  if (sq_rt_events_of(engine, &proc->object)) {
    float *out[SQ_MAX_CHANNELS];
    channels_of(out, engine->scratch.x[at->borrowed ? 0 : at->half ^ 1], proc->n_out);
    call(engine, step, at->x, out);
  } else if (sq_rt_sets_of(engine, &proc->object)) {
    views(engine, proc, n);
  }
}

/// Crossfades from `dry` to `out` as `wet` says. Frames that are all wet stay as they are, as they do in a block
/// without a crossfade: d + 1 * (w - d) is not always w, and where blocks end must not be heard.
static void crossfade(const SqRtEngine *engine, float *out, const float *dry, const float *wet, uint32_t n) {
  for (uint32_t i = 0, end; i < n; i = end) {
    for (end = i; end < n && wet[end] != 1.0F;)
      end++;
    engine->dsp->crossfade(out + i, dry + i, wet + i, end - i);
    while (end < n && wet[end] == 1.0F)
      end++;
  }
}

/// The crossfade over this piece; its sets stand at the piece's start, for they cut the cycle. A processor that was dry
/// begins anew, with silence inside: its input fades in, and what comes out is heard once its latency has passed.
static SqSignal take_wet(SqRtEngine *engine, SqRtProc *proc, uint32_t n) {
  for (const SqRtEvent *set = sq_rt_sets_of(engine, &proc->object); set; set = set->next) {
    if (set->index != SQ_PROC_WET)
      continue;
    if (set->key == 0.0F) // else it is on its way to another place
      proc->wanted = (float)set->value;
    const bool was_dry = sq_rt_signal_settled(&proc->wet, engine->frame) && proc->wet.to == 0.0F;
    uint64_t begin = engine->frame;
    if (was_dry && set->value != 0.0) {
      proc->type->reset(proc->instance);
      proc->idle = false;
      sq_rt_signal_init(&proc->feed, 0.0F);
      sq_rt_signal_go(&proc->feed, engine->frame, 1.0F, set->id, (SqCurve)set->channel);
      begin += proc->type->latency ? proc->type->latency(proc->instance) : 0;
    }
    sq_rt_signal_go(&proc->wet, begin, (float)set->value, set->id, (SqCurve)set->channel);
  }
  return sq_rt_signal_view(&proc->wet, engine->frame, n, engine->scratch.curve[1]);
}

/// Nothing of it is heard in this piece, nor will be before a set says so.
static bool is_dry(const SqRtEngine *engine, const SqRtProc *proc) {
  return proc->wet.to == 0.0F && sq_rt_signal_settled(&proc->wet, engine->frame);
}

static bool rests_at_one(const SqRtEngine *engine, const SqRtSignal *s) {
  return s->to == 1.0F && sq_rt_signal_settled(s, engine->frame);
}

/// What the processor gets of x: all of it, or what has faded in so far (in scratch.aside).
static const float *const *fed(SqRtEngine *engine, const SqRtProc *proc, const float *const *x, uint32_t n) {
  const SqSignal feed = sq_rt_signal_view(&proc->feed, engine->frame, n, engine->scratch.curve[2]);
  if (feed.shape == SQ_SIGNAL_CONSTANT && feed.value == 1.0F)
    return x;
  sq_signal_fill(&feed, engine->scratch.curve[2], n);
  for (uint32_t c = 0; c < proc->n_in; c++)
    engine->dsp->mix_frames(engine->scratch.aside[c], x[c], engine->scratch.curve[2], n, false);
  return (const float *const *)engine->scratch.aside;
}

/// After a whole run: whether the next piece will be the like, and what it then needs.
static void settle_down(SqRtEngine *engine, SqRtProc *proc) {
  const uint32_t flags = proc->type->flags;
  const bool in_place = (flags & SQ_PROC_IN_PLACE) && !(flags & SQ_PROC_SEPARATE);
  proc->steady = proc->through && proc->still;
  proc->process = proc->type->process;
  proc->flip = in_place ? 0 : (uintptr_t)engine->scratch.x[0] ^ (uintptr_t)engine->scratch.x[1];
  proc->guarded = flags & SQ_PROC_NEEDS_DSP_GUARD;
}

/// Runs an effect from the cursor's buffer into the other half (or in place), crossfading while its wet amount moves.
__attribute__((noinline)) static void step_process(SqRtEngine *engine, const SqRtProgram *program, const SqRtStep *step,
                                                   Cursor *at, uint32_t n) {
  SqRtProc *proc = step->u.proc;
  SqSignal wet = {.value = 1.0F};
  if (!proc->through || sq_rt_sets_of(engine, &proc->object)) {
    wet = take_wet(engine, proc, n);
    proc->through = rests_at_one(engine, &proc->wet) && rests_at_one(engine, &proc->feed);
    if (is_dry(engine, proc)) {
      bypassed(engine, step, at, n);
      return;
    }
  }
  if (at->silent && proc->idle && !has_work(engine, proc))
    return;
  const bool full = wet.shape == SQ_SIGNAL_CONSTANT && wet.value == 1.0F;
  const bool in_place =
      full && !at->borrowed && (proc->type->flags & SQ_PROC_IN_PLACE) && !(proc->type->flags & SQ_PROC_SEPARATE);
  const uint32_t half = in_place ? at->half : at->borrowed ? 0 : at->half ^ 1;
  float *out[SQ_MAX_CHANNELS];
  channels_of(out, engine->scratch.x[half], program->n_channels);
  const bool silent_in = at->silent;
  const float *const *in = proc->through ? at->x : fed(engine, proc, at->x, n);
  const bool silent = call(engine, step, in, out) == SQ_RT_SILENT;
  proc->idle = silent;
  if ((proc->type->flags & SQ_PROC_NEEDS_DSP_GUARD) && insane(engine, proc, engine->scratch.x[half], n)) {
    at->half = half;
    zero(engine, at, program, n);
    return;
  }
  if (!full) {
    float *curve = engine->scratch.curve[2];
    sq_signal_fill(&wet, curve, n);
    for (uint32_t c = 0; c < program->n_channels; c++)
      crossfade(engine, engine->scratch.x[half][c], at->x[c], curve, n);
  }
  use_half(engine, at, half);
  at->silent = silent && (full || silent_in);
  settle_down(engine, proc);
}

static inline bool is_steady(const SqRtStep *step) {
  return step->plain && step->u.proc->steady;
}

/// What step_process() does, for the steady effects from `step` on, without asking all that it asks: nothing happens to
/// them in this piece - no set, no event, no crossfade, no move - and they have no sidechain. Returns the first step
/// that is another one.
static inline const SqRtStep *run_steady(SqRtEngine *engine, const SqRtStep *step, Cursor *at) {
  SqRtBlock *block = &engine->scratch.block;
  float *const *to = engine->scratch.x[at->half]; // free while the signal is lent
  bool silent = at->silent;
  block->n_out = step->u.proc->n_out;
  block->n_in = step->u.proc->n_in;
  block->in = at->x;
  do {
    SqRtProc *proc = step->u.proc;
    if (silent && proc->idle)
      continue;
    to = (float *const *)((uintptr_t)to ^ proc->flip);
    block->out = (float **)(uintptr_t)to;
    block->signals = proc->views;
    silent = proc->process(proc->instance, block) == SQ_RT_SILENT;
    proc->idle = silent;
    listen(engine, proc);
    block->in = (const float *const *)to;
    if (proc->guarded && insane(engine, proc, to, block->n_frames))
      silent = silence(to, proc->n_out, block->n_frames);
  } while (is_steady(++step));
  at->borrowed &= block->in == at->x; // none of them ran
  at->half = to == engine->scratch.x[1];
  at->x = block->in;
  at->silent = silent;
  return step;
}

/// What goes past a hosted processor is kept beside it: the scratch is another strip's until it is collected.
__attribute__((noinline)) static void step_begin(SqRtEngine *engine, const SqRtProgram *program, const SqRtStep *step,
                                                 const Cursor *at, uint32_t n) {
  SqRtProc *proc = step->u.proc;
  for (uint32_t c = 0; c < program->n_channels && proc->n_in; c++)
    memcpy(proc->dry[c], at->x[c], n * sizeof(float));
  proc->dry_silent = at->silent;
  take_wet(engine, proc, n);
  views(engine, proc, n);
  proc->type->begin(proc->instance, block_for(engine, step, fed(engine, proc, at->x, n), NULL));
  put_back(engine);
}

__attribute__((noinline)) static void step_collect(SqRtEngine *engine, const SqRtProgram *program, const SqRtStep *step,
                                                   Cursor *at, uint32_t n) {
  SqRtProc *proc = step->u.proc;
  float *out[SQ_MAX_CHANNELS];
  channels_of(out, engine->scratch.x[0], program->n_channels);
  at->silent = proc->type->collect(proc->instance, block_for(engine, step, NULL, out)) == SQ_RT_SILENT;
  put_back(engine);
  listen(engine, proc);
  use_half(engine, at, 0);
  if (insane(engine, proc, out, n))
    zero(engine, at, program, n);
  const SqSignal wet = sq_rt_signal_view(&proc->wet, engine->frame, n, engine->scratch.curve[1]);
  if (!proc->n_in || (wet.shape == SQ_SIGNAL_CONSTANT && wet.value == 1.0F))
    return;
  float *curve = engine->scratch.curve[2];
  sq_signal_fill(&wet, curve, n);
  for (uint32_t c = 0; c < program->n_channels; c++)
    crossfade(engine, engine->scratch.x[0][c], proc->dry[c], curve, n);
  at->silent &= proc->dry_silent;
}

static void step_aux(SqRtEngine *engine, SqRtStrip *strip, const SqRtStep *step, const Cursor *at, uint32_t n) {
  const float *const *x = step->post ? sq_rt_strip_post(engine, strip, at->x, n) : at->x;
  for (uint32_t c = 0; c < step->u.aux->n_channels; c++) // a narrower strip steers every channel
    memcpy(step->u.aux->x[c], x[c % strip->n_channels], n * sizeof(float));
  step->u.aux->written = engine->piece;
}

/// The steps of the chain from `step` on; returns the first step that is none, or the one after a BEGIN (`*paused`).
static inline const SqRtStep *run_chain(SqRtEngine *engine, const SqRtProgram *program, const SqRtStep *step,
                                        Cursor *at, uint32_t n, bool *paused) {
  for (;; step++) {
    if (is_steady(step))
      step = run_steady(engine, step, at);
    if (step->place && step->place != step->u.proc->place + 1)
      continue;
    switch ((SqStepKind)step->kind) {
    case SQ_STEP_SUM:
      step_sum(engine, program, at, n);
      break;
    case SQ_STEP_GENERATE:
      step_generate(engine, program, step, at, n);
      break;
    case SQ_STEP_PROCESS:
      step_process(engine, program, step, at, n);
      break;
    case SQ_STEP_BEGIN:
      step_begin(engine, program, step, at, n);
      *paused = true;
      return step + 1;
    case SQ_STEP_COLLECT:
      step_collect(engine, program, step, at, n);
      break;
    default:
      return step;
    }
  }
}

/// The steps that read what the chain made.
static void run_readers(SqRtEngine *engine, const SqRtProgram *program, const SqRtStep *step, Cursor *at, uint32_t n) {
  const float *const *read = at->x;
  for (const SqRtStep *end = program->steps + program->n_steps; step < end; step++) {
    switch ((SqStepKind)step->kind) {
    case SQ_STEP_AUX:
      step_aux(engine, program->strip, step, at, n);
      break;
    case SQ_STEP_METER:
      sq_rt_strip_measure(engine, program->strip, at->x, n);
      break;
    case SQ_STEP_DELAY:
      if (step->u.delay->frames) {
        read = sq_rt_delay_run(step->u.delay, at->x, engine->scratch.aside, n);
        at->silent = false;
      }
      continue; // the next step reads through it
    case SQ_STEP_EDGE:
      sq_rt_edge_run(engine, step->u.edge, read, n, step->measures, at->silent);
      break;
    case SQ_STEP_TAP:
      sq_rt_tap_write(step->u.tap, step->post ? sq_rt_strip_post(engine, program->strip, at->x, n) : at->x,
                      program->n_channels, n, engine->frame);
      break;
    default:
      break; // of the chain
    }
    read = at->x;
  }
}

/// The same three steps as below would be run, without the ways to all others: half the cost of a playing source.
__attribute__((noinline)) static void run_lean(SqRtEngine *engine, const SqRtProgram *program, uint32_t n) {
  const SqRtStep *step = program->steps;
  float *out[2] = {engine->scratch.x[0][0], engine->scratch.x[0][1]};
  engine->scratch.loan = (SqRtLoan){0};
  const bool silent = call(engine, step, NULL, out) == SQ_RT_SILENT;
  step->u.proc->idle = silent;
  if (sq_rt_strip_moves(engine, program->strip))
    sq_rt_strip_move(engine, program->strip, n);
  sq_rt_edge_run(engine, step[2].u.edge, (const float *const *)out, n, true, silent);
  if (engine->scratch.loan.frames | engine->scratch.loan.loop)
    sq_rt_coast_begin(engine, program, out);
}

__attribute__((noinline)) static uint32_t run_steps(SqRtEngine *engine, const SqRtProgram *program, uint32_t from,
                                                    uint32_t n) {
  Cursor at; // not cleared: the room for lent channels is half a kilobyte
  bool paused = false;
  at.silent = true;
  use_half(engine, &at, 0);
  const SqRtStep *next = run_chain(engine, program, program->steps + from, &at, n, &paused);
  if (paused)
    return (uint32_t)(next - program->steps);
  if (sq_rt_strip_moves(engine, program->strip)) // once in a piece, and where its curve is read
    sq_rt_strip_move(engine, program->strip, n);
  run_readers(engine, program, next, &at, n);
  return 0;
}

uint32_t sq_rt_program_run(SqRtEngine *engine, const SqRtProgram *program, uint32_t from, uint32_t n) {
  if (!program->lean || program->steps->u.proc->idle)
    return run_steps(engine, program, from, n);
  run_lean(engine, program, n);
  return 0;
}
