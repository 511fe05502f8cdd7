// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Random edits of every kind on a mix of sines, and the detector of what they do to the sound.
#ifndef SQ_TESTS_EDIT_STORM_H
#define SQ_TESTS_EDIT_STORM_H

#include "engine/sample.h"
#include "tests/support/mix_rig.h"

#define STORM_SINES 4
extern const double storm_hz[STORM_SINES]; ///< no sound of the storm is above the highest

typedef enum {
  STORM_GAIN,
  STORM_GAIN_RAMP,
  STORM_PAN,
  STORM_PAN_LAW,
  STORM_MUTE,
  STORM_SOLO,
  STORM_SOLO_SAFE,
  STORM_ROUTE,
  STORM_SEND_ADD,
  STORM_SEND_REMOVE,
  STORM_SEND_GAIN,
  STORM_SEND_PAN,
  STORM_SEND_TAP,
  STORM_SEND_MUTE,
  STORM_PROC_ADD,
  STORM_PROC_REMOVE,
  STORM_PROC_MOVE,
  STORM_PROC_REPLACE,
  STORM_PROC_BYPASS,
  STORM_PROC_PARAM,
  STORM_SOURCE_ADD,
  STORM_SOURCE_REMOVE,
  STORM_BUS_ADD,
  STORM_BUS_REMOVE,
  STORM_KINDS
} StormKind;

#define STORM_LOG 512

typedef struct Storm {
  MixRig rig;
  uint32_t seed, edits, number;
  uint32_t kinds[STORM_KINDS];
  struct {
    uint64_t given; ///< when it was committed
    uint64_t frame; ///< from which on it may be heard
    StormKind kind;
    SqHandle object;
  } log[STORM_LOG];
  bool timed;   ///< some edits are given for a frame ahead
  bool players; ///< half of the sources that come play loops from memory
  SqSample *loops[STORM_SINES];
  SqHandle coming; ///< a player whose note waits for the commit
  uint32_t sine;   ///< of it
} Storm;

void storm_open(Storm *storm, uint32_t seed);
void storm_close(Storm *storm);

/// One random edit, committed at once or (when `timed`) for a frame ahead.
void storm_edit(Storm *storm);
void storm_print_histogram(const Storm *storm);
/// The edits that could be heard at `frame`, or waited then.
void storm_print_before(const Storm *storm, uint64_t frame);

/// The largest |fourth difference| over (largest sample nearby x w^4) in frames [from, to) of x; the frame of it.
double storm_residual(const float *x, uint32_t from, uint32_t to, uint32_t *where);

#endif
