// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/coast.h"

#include <math.h>

#include "engine/edge.h"

static void book(SqDspLevel *level, float peak, float squares) {
  level->peak = peak > level->peak ? peak : level->peak;
  level->squares += squares;
}

/// The root of the rounded square of a float is that float again (where the square neither overflows nor vanishes:
/// 1e-19 to 1e19), so the peak is exact.
void sq_rt_squares_book(const SqMeterSquares *seen, SqDspLevel *pre, SqDspLevel *post) {
  for (uint32_t c = 0; c < 2; c++) {
    const float peak = sqrtf(seen->seen.largest[c]), squares = seen->seen.total[c];
    book(&pre[c], peak, squares);
    book(&post[c], peak * seen->fader, squares * (seen->fader * seen->fader));
  }
}

void sq_rt_coast_turn(const SqRtEngine *engine, SqRtStrip *strip, SqRtCoast *coast) {
  SqMeterSquares *squares = &coast->squares[engine->epoch & 1];
  SqMeterBank *bank = &strip->meter->banks[engine->epoch & 1];
  sq_rt_squares_book(squares, bank->pre, bank->post);
  bank->frames += squares->frames;
  *squares = (SqMeterSquares){.fader = fabsf(strip->fader.to * strip->audible.to), .revision = strip->object.revision};
  coast->epoch = engine->epoch;
}

/// Its fader is that of the period before, and all that is needed lies here: with a thousand meters a turn must not be
/// a thousand ways to far memory.
SqMeterSquares *sq_rt_coast_going(const SqRtEngine *engine, SqRtCoast *coast) {
  SqMeterSquares *squares = &coast->squares[engine->epoch & 1];
  const SqMeterSquares *last = &coast->squares[coast->epoch & 1];
  if (squares->frames && squares->revision != last->revision) {
    sq_rt_coast_turn(engine, coast->strip, coast);
    return squares;
  }
  squares->fader = last->fader;
  squares->revision = last->revision;
  coast->epoch = engine->epoch;
  return squares;
}

void sq_rt_coast_begin(SqRtEngine *engine, const SqRtProgram *program, float *const *out) {
  SqRtProc *proc = program->steps[0].u.proc;
  const SqRtEdge *edge = program->steps[2].u.edge;
  SqRtCoast *coast = program->strip->coast;
  const uint64_t next = engine->frame + engine->scratch.block.n_frames;
  // The gains were computed for rest (moving ones leave another revision behind), and the parameters rest as well.
  if (!edge->paired || edge->cached != sq_rt_edge_revisions(edge) || !proc->still || proc->shows)
    return;
  sq_rt_coast_squares(engine, program->strip); // with the present fader
  for (uint32_t c = 0; c < 2; c++) {
    coast->zero[c] = (uintptr_t)out[c] - (uintptr_t)engine->frame * sizeof(float);
    coast->gain[c] = edge->pair[c];
  }
  coast->sum = edge->sum;
  coast->serial = program->serial;
  coast->until = next + engine->scratch.loan.frames;
  coast->loop = engine->scratch.loan.loop;
  proc->lends = true;
  proc->lent = next;
}

void sq_rt_coast_end(const SqRtEngine *engine, SqRtProc *proc) {
  proc->lends = false;
  proc->object.coast->until = 0;
  if (engine->frame > proc->lent)
    proc->type->passed(proc->instance, engine->frame - proc->lent);
}

static void go_round(SqRtCoast *coast) {
  coast->until += coast->loop;
  for (uint32_t c = 0; c < 2; c++)
    coast->zero[c] -= coast->loop * sizeof(float);
}

bool sq_rt_coast_round(SqRtEngine *engine, const SqRtCoaster *coaster, uint32_t n) {
  SqRtCoast *coast = coaster->coast;
  if (!coast || !coast->until || !coast->loop || coast->serial != coaster->serial)
    return false;
  SqRtSum *sum = coast->sum;
  const bool add = sum->written[0] == engine->piece;
  if (add != (sum->written[1] == engine->piece))
    return false;
  SqMeterSquares *squares = sq_rt_coast_going(engine, coast);
  sum->written[0] = sum->written[1] = engine->piece;
  squares->frames += n;
  for (uint32_t at = 0, part; at < n; at += part) {
    const uint64_t frame = engine->frame + at;
    if (coast->until == frame)
      go_round(coast);
    part = coast->until - frame < n - at ? (uint32_t)(coast->until - frame) : n - at;
    float *const to[2] = {sum->x[0] + at, sum->x[1] + at};
    (add ? engine->dsp->add_pair : engine->dsp->mix_pair)(
        to, sq_rt_coast_at(coast, 0, frame), sq_rt_coast_at(coast, 1, frame), coast->gain, part, &squares->seen);
  }
  return true;
}
