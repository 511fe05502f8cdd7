// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// When a plug-in that does not tell how long it sounds on may be left alone, and what wakes it; audio thread.
///
/// Time is counted in cells of the engine frame. A cell is quiet when its input is all zeros, its output below -140 dB,
/// and no event falls into it. After ten seconds of quiet cells without a held note the plug-in sleeps from the next
/// cell on: longer than delay lines of plug-ins go (8 s), so what is still inside has come out. It wakes at the very
/// frame of an event or of an input that is not zero, as it was left. All of that depends on the signal and the engine
/// frame alone: so the bits do not depend on the period.
#ifndef SQ_PLUGINS_DOZE_H
#define SQ_PLUGINS_DOZE_H

#include "engine/processor.h"

#define SQ_DOZE_CELL 65536u ///< frames: a multiple of SQ_MAX_BLOCK, so that usual periods are not cut by it
#define SQ_DOZE_SECONDS 10.0
#define SQ_DOZE_FLOOR 1e-7F ///< -140 dB

typedef struct SqRtDoze {
  uint64_t until;  ///< blocks that end before this engine frame need not be looked at; UINT64_MAX: it never sleeps
  uint64_t next;   ///< the frame behind what was looked at last
  uint32_t needed; ///< quiet cells
  uint32_t quiet;  ///< whole quiet cells in a row
  bool loud;       ///< the cell at `next` is not quiet, or was not seen whole
  bool asleep;
} SqRtDoze;

/// [setup] One that may sleep, or never does.
void sq_doze_init(SqRtDoze *doze, bool may, double rate_hz);

/// [audio] The plug-in begins anew, awake.
void sq_rt_doze_reset(SqRtDoze *doze);

/// [audio] Before frames from `frame` on are run or slept through: what was not looked at counts as loud.
void sq_rt_doze_at(SqRtDoze *doze, uint64_t frame);

/// [audio] Where the cell of `at` ends in the block, or its end: the plug-in's run is cut there.
uint32_t sq_rt_doze_cut(const SqRtBlock *block, uint32_t at);

/// [audio] After frames [at, to) of the block were run, within one cell: looks at them, `event` being the first at or
/// behind `at`. `held`: a note is. Channels of the output: n_out.
void sq_rt_doze_look(SqRtDoze *doze, const SqRtBlock *block, const SqRtEvent *event, uint32_t at, uint32_t to,
                     uint32_t n_out, bool held);

/// [audio] While asleep: the frame in [at, n_frames] at which it wakes, or n_frames; writes silence up to there.
uint32_t sq_rt_doze_on(SqRtDoze *doze, const SqRtBlock *block, const SqRtEvent *event, uint32_t at, uint32_t n_out);

#endif
