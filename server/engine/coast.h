// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A source that plays on unchanged, and all that a block of it needs, side by side; audio thread, but for what says
/// otherwise.
///
/// Most of a session most of the time: a stereo source lends its sound ahead, no gain of it moves, no event comes.
/// Then neither its processor nor its strip nor its edge is looked at, only this record: with a thousand sources what
/// counts is how many lines of memory a block touches. Whatever reaches one of the three ends the coasting (`until`
/// becomes 0), and the program runs as it does for any strip, until all rests again.
#ifndef SQ_ENGINE_COAST_H
#define SQ_ENGINE_COAST_H

#include "engine/engine.h"

/// The program coasts from the next piece on if it can: its generator has lent out[2] and what scratch.loan says.
void sq_rt_coast_begin(SqRtEngine *engine, const SqRtProgram *program, float *const *out);

/// The same as sq_rt_coast_run(), also over the end of a loop. False: it does not coast.
bool sq_rt_coast_round(SqRtEngine *engine, const SqRtCoaster *coaster, uint32_t n);

/// Tells a processor what was played of its loan, before anything else is asked of it.
void sq_rt_coast_end(const SqRtEngine *engine, SqRtProc *proc);

/// Another period or another fader: what has been seen is booked, and the squares begin anew.
void sq_rt_coast_turn(const SqRtEngine *engine, SqRtStrip *strip, SqRtCoast *coast);

/// Adds what the squares tell to the levels before and after the fader. [audio, or control on the period it reads]
void sq_rt_squares_book(const SqMeterSquares *seen, SqDspLevel *pre, SqDspLevel *post);

/// Where the strip's squares go in this piece.
static inline SqMeterSquares *sq_rt_coast_squares(const SqRtEngine *engine, SqRtStrip *strip) {
  SqRtCoast *coast = strip->coast;
  SqMeterSquares *squares = &coast->squares[engine->epoch & 1];
  if (coast->epoch != engine->epoch || squares->revision != strip->object.revision)
    sq_rt_coast_turn(engine, strip, coast);
  return squares;
}

/// The same at a turn while it coasts.
SqMeterSquares *sq_rt_coast_going(const SqRtEngine *engine, SqRtCoast *coast);

/// Where the next frames of a channel lie. Also asked for ahead of time, of a record that may not coast any more.
static inline const float *sq_rt_coast_at(const SqRtCoast *coast, uint32_t channel, uint64_t frame) {
  return (const float *)(coast->zero[channel] + (uintptr_t)frame * sizeof(float));
}

/// What is the same for all records of a piece, at hand.
typedef struct {
  uint64_t from, to, piece; ///< engine frames of the piece, its serial
  uint32_t n, epoch;
  void (*mix)(float *const *, const float *, const float *, const float *, uint32_t, SqDspSquares *);
  void (*add)(float *const *, const float *, const float *, const float *, uint32_t, SqDspSquares *);
} SqRtCoasting;

static inline SqRtCoasting sq_rt_coasting(const SqRtEngine *engine, uint32_t n) {
  return (SqRtCoasting){engine->frame, engine->frame + n,     engine->piece,        n,
                        engine->epoch, engine->dsp->mix_pair, engine->dsp->add_pair};
}

/// Adds squares and sound of a piece. False: it does not coast, or not to the piece's end.
static inline bool sq_rt_coast_run(const SqRtEngine *engine, const SqRtCoasting *now, const SqRtCoaster *coaster) {
  SqRtCoast *coast = coaster->coast;
  if (!coast || now->to > coast->until || coast->serial != coaster->serial)
    return false;
  uint64_t *written = coast->sum->written;
  const bool add = written[0] == now->piece;
  if (add != (written[1] == now->piece))
    return false;
  SqMeterSquares *squares = &coast->squares[now->epoch & 1];
  if (coast->epoch != now->epoch)
    sq_rt_coast_going(engine, coast);
  written[0] = written[1] = now->piece;
  squares->frames += now->n;
  (add ? now->add : now->mix)(coast->sum->x, sq_rt_coast_at(coast, 0, now->from), sq_rt_coast_at(coast, 1, now->from),
                              coast->gain, now->n, &squares->seen);
  return true;
}

/// Asks for a record that is soon run. (A function that does nothing but ask is dropped by gcc unless it is inlined.)
__attribute__((always_inline)) static inline void sq_rt_coast_fetch(const SqRtCoaster *coaster) {
  __builtin_prefetch(coaster->coast);
  __builtin_prefetch((const char *)coaster->coast + SQ_CACHE_LINE);
}

/// Asks for the sound of a record that is soon run: in pieces too short for the machine to guess what comes next.
__attribute__((always_inline)) static inline void sq_rt_coast_fetch_sound(const SqRtCoaster *coaster, uint64_t frame) {
  if (!coaster->coast)
    return;
  for (uint32_t c = 0; c < 2; c++) {
    const char *x = (const char *)sq_rt_coast_at(coaster->coast, c, frame);
    __builtin_prefetch(x);
    __builtin_prefetch(x + SQ_CACHE_LINE);
    __builtin_prefetch(x + 2 * SQ_CACHE_LINE);
    __builtin_prefetch(x + 3 * SQ_CACHE_LINE);
    __builtin_prefetch(x + 4 * SQ_CACHE_LINE); // 64 frames seldom begin on a line
  }
}

#endif
