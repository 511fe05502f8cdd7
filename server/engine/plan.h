// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What is heard now: immutable programs, one per strip, in dependency order; built by link/, run by the audio thread.
#ifndef SQ_ENGINE_PLAN_H
#define SQ_ENGINE_PLAN_H

#include "engine/object.h"
typedef struct SqRtTap SqRtTap;

typedef enum {
  SQ_STEP_SUM,      ///< the strip's buffer becomes the sum of its partial sums
  SQ_STEP_GENERATE, ///< `proc` fills the buffer
  SQ_STEP_PROCESS,  ///< `proc` changes the buffer
  SQ_STEP_BEGIN,    ///< `proc` (which works elsewhere) is given the buffer; the program pauses here
  SQ_STEP_COLLECT,  ///< `proc` gives it back; runs after every BEGIN of this level
  SQ_STEP_AUX,      ///< a copy for a sidechain goes to `aux` (`post`: after the fader)
  SQ_STEP_METER,    ///< measures (only where no edge does)
  SQ_STEP_DELAY,    ///< the next step reads the buffer through `delay`
  SQ_STEP_EDGE,     ///< adds into a sum
  SQ_STEP_TAP       ///< a copy for the disk goes to `tap` (`post`: after the fader)
} SqStepKind;

typedef struct SqRtStep {
  uint16_t kind;
  bool post;           ///< AUX, TAP: after the fader
  bool measures;       ///< EDGE: feeds the strip's meter
  uint8_t place;       ///< of `proc`: runs only while it is at this place less 1; 0: always. A processor that moves
                       ///< stands in two steps
  bool plain;          ///< PROCESS: always at this place, without a sidechain
  const SqRtAux *side; ///< PROCESS, BEGIN: the sidechain's copy, or NULL
  union {
    SqRtProc *proc;
    SqRtEdge *edge;
    SqRtAux *aux;
    SqRtTap *tap;
    SqRtDelay *delay;
  } u;
} SqRtStep;

/// What `plain` of a step is, given all else in it.
static inline bool sq_rt_step_plain(const SqRtStep *step) {
  return step->kind == SQ_STEP_PROCESS && !step->place && !step->side;
}

/// One strip's part of the plan. Immutable once published; shared by plans; freed by link/ when none names it.
typedef struct SqRtProgram {
  SqRtStrip *strip;
  uint32_t n_channels;
  uint32_t n_sums, n_steps;
  SqRtSum **sums;  ///< [n_sums] in order of their groups
  SqRtStep *steps; ///< [n_steps] the last is one that reads what the chain made (EDGE, METER)
  uint64_t serial; ///< of this program, no other has it
  bool phased;     ///< has BEGIN and COLLECT
  bool lean;       ///< is GENERATE, DELAY by nothing and a measured EDGE, in stereo, without third-party code
} SqRtProgram;

/// Programs that depend on none of each other.
typedef struct SqRtLevel {
  uint32_t first, n;
  bool phased;
} SqRtLevel;

#define SQ_FETCH_AHEAD 12 ///< programs between asking for a record and reading it

/// A lean program, by what is looked at first.
typedef struct SqRtCoaster {
  SqRtCoast *coast; ///< NULL: the program is not lean
  uint64_t serial;  ///< of the program
} SqRtCoaster;

typedef struct SqRtPlan {
  uint64_t number;
  uint32_t n_levels, n_programs;
  SqRtLevel *levels;
  SqRtProgram **programs;
  uint32_t *resume;      ///< [n_programs] room for the audio thread: where a paused program goes on
  SqRtCoaster *coasters; ///< [n_programs + SQ_FETCH_AHEAD], the last ones empty
  SqRtSum *hardware;     ///< [n channels of the driver] what leaves
} SqRtPlan;

#endif
