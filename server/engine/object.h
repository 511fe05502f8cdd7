// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What lives longer than a plan: strips, edges, processors, sums, meters. Made and freed by link/ on the control
/// thread while no plan names them; everything in them is read and written by the audio thread only, save meters.
#ifndef SQ_ENGINE_OBJECT_H
#define SQ_ENGINE_OBJECT_H

#include <stdatomic.h>
#include <stdint.h>

#include "dsp/kernels.h"
#include "engine/processor.h"
#include "engine/ring.h"

typedef enum { SQ_RT_STRIP, SQ_RT_EDGE, SQ_RT_PROC } SqRtObjectKind;

/// What a message can name. The slot table holds {generation, pointer to this}.
typedef struct SqRtObject {
  SqRtObjectKind kind;
  uint32_t slot, generation;
  uint32_t revision;               ///< of a strip or an edge: counts changes of its gains
  uint64_t piece;                  ///< serial of the piece of time that the lists below belong to
  SqRtEvent *first, *last;         ///< events for the processor in that piece, in order
  SqRtEvent *first_set, *last_set; ///< new targets of its signals: index, value, id = length, channel = SqCurve
  struct SqRtCoast *coast;         ///< what ends when a message comes, or NULL
  uint64_t live;                   ///< [control] engine frame of the first plan that names it; 0: it came at once
} SqRtObject;

/// One partial sum of a bus: at most SQ_GROUP strips add into it, in the plan's order.
typedef struct SqRtSum {
  uint32_t n_channels;
  uint64_t *written; ///< [n_channels] serial of the piece in which the channel was last written
  float *const *x;   ///< [n_channels][SQ_MAX_BLOCK]
} SqRtSum;

/// A copy of a strip's signal for one reader (a sidechain).
typedef struct SqRtAux {
  uint32_t n_channels;
  uint64_t written;
  float *const *x;
} SqRtAux;

/// A delay line; 0 frames costs nothing. Its length changes only between plans.
typedef struct SqRtDelay {
  uint32_t n_channels;
  uint32_t frames; ///< 0..size - SQ_MAX_BLOCK
  uint32_t size;   ///< power of two
  uint32_t at;     ///< where the next frame is written
  float *const *x; ///< [n_channels][size]
} SqRtDelay;

/// Levels of one strip since the control thread last looked: bank[epoch & 1] is written, the other may be read.
typedef struct SqMeterBank {
  uint64_t frames;
  SqDspLevel *pre, *post; ///< [n_channels] before and after the fader
} SqMeterBank;

typedef struct SqRtMeter {
  uint32_t n_channels;
  SqMeterBank banks[2];
} SqRtMeter;

/// What the meter of a stereo strip has seen since its fader last moved: the roots and what is left after the fader are
/// for who reads them.
typedef struct SqMeterSquares {
  SqDspSquares seen;
  float fader;       ///< |fader x mute| meanwhile
  uint32_t revision; ///< of the strip, when that was so
  uint64_t frames;
} SqMeterSquares;

/// What a block of a source that plays on unchanged needs, in two cache lines (see coast.h), and the stereo strip's
/// squares. One each, side by side in memory.
typedef struct SqRtCoast {
  _Alignas(SQ_CACHE_LINE) uint64_t until; ///< engine frame up to which it plays on; 0: it does not
  uint64_t serial;                        ///< of the program that this was computed for
  uintptr_t zero[2];                      ///< where engine frame 0 of each channel would lie
  float gain[2];                          ///< product of all gains of each side
  SqRtSum *sum;                           ///< stereo, what it adds into
  struct SqRtStrip *strip;                //
  uint32_t loop;                          ///< frames to go back at `until`; 0: it ends there
  uint32_t epoch;                         ///< of the squares that are written
  SqMeterSquares squares[2];              ///< as the meter's banks
} SqRtCoast;

// What a block reads while nothing moves stands first in each of these: with thousands of them, cache lines count.

typedef struct SqRtStrip {
  SqRtObject object;
  uint64_t moving_until; ///< engine frame from which fader and audible rest
  uint32_t n_channels;
  SqRtCoast *coast; ///< of a stereo strip, else NULL
  SqRtMeter *meter;
  SqRtSignal fader;   ///< linear amplitude
  SqRtSignal audible; ///< 0 muted .. 1
} SqRtStrip;

/// One cell of a channel matrix.
typedef struct SqRtLane {
  uint16_t from, to; ///< channel of the strip, channel of the sum
  bool measures;     ///< the first lane that reads `from`: it feeds the meter
  SqRtSignal gain;
  float still; ///< product of all gains while nothing moves
} SqRtLane;

/// A strip's signal on its way into a sum: the main output, or a send.
typedef struct SqRtEdge {
  SqRtObject object;
  uint64_t moving_until;
  uint64_t cached; ///< revisions that `pair` and lanes[].still were computed for
  SqRtSum *sum;
  float pair[2]; ///< lanes[].still of both sides
  uint32_t n_lanes;
  bool paired; ///< stereo to stereo, both sides measured and heard: `pair` holds
  bool pre;    ///< before the fader: fader and mute do not count
  SqRtStrip *strip;
  SqRtSignal level; ///< of the edge itself (send gain; 0 while fading out)
  SqRtLane lanes[];
} SqRtEdge;

typedef struct SqRtProc {
  SqRtObject object;
  const SqProcessorType *type;
  void *instance;
  SqSignal *views;                                               ///< [n_signals] of this piece
  SqRtResult (*process)(void *instance, const SqRtBlock *block); ///< while it is steady: of its type
  uintptr_t flip; ///< while it is steady: what the addresses of the scratch's halves differ in; 0: it works in place
  uint32_t n_in, n_out, n_side;
  uint32_t n_signals;
  bool still;             ///< the views hold resting values: they are those of the next piece, unless a set comes
  bool idle;              ///< said SILENT last time: silence in means silence out
  bool through;           ///< wet and feed rest at 1: all goes through it, unless a set comes
  bool shows;             ///< its type has output parameters
  bool steady;            ///< an effect that is `through` and `still`, and for which no message has come since it ran
  bool guarded;           ///< while it is steady: its type needs the DSP guard
  bool dry_silent;        ///< `dry` is all zeros
  bool lends;             ///< plays on without being called, since engine frame `lent`
  uint64_t lent;          //
  uint32_t place;         ///< 0 or 1: which of its two steps runs while it moves
  float wanted;           ///< what `wet` was last set to; a move goes back to it
  SqRtSignal wet;         ///< 0: past it, 1: through it
  SqRtSignal feed;        ///< how much of the input it gets: it fades in when the processor begins, from silence inside
  SqRtSignal *signals;    ///< [n_signals]
  uint32_t *signal_index; ///< [n_params] -> signal, or UINT32_MAX
  float *const *dry;      ///< [n_in][SQ_MAX_BLOCK] of a hosted one: what went in, while it is away
  _Atomic uint32_t insane; ///< blocks thrown away
  _Atomic float *outputs;  ///< [n_params] values of output parameters, for control to read
} SqRtProc;

#endif
