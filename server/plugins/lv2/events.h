// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Events as LV2 plug-ins speak them: MIDI and time in atom sequences; audio thread.
#ifndef SQ_PLUGINS_LV2_EVENTS_H
#define SQ_PLUGINS_LV2_EVENTS_H

#include "engine/processor.h"
#include "plugins/lv2/world.h"
#include "plugins/midi.h"

/// One sequence being written: a buffer of `capacity` bytes, 8-byte aligned.
typedef struct SqLv2Sequence {
  LV2_Atom_Sequence *atom;
  uint32_t capacity; ///< bytes
  uint32_t lost;     ///< events that found no room
} SqLv2Sequence;

/// Makes an input sequence empty. [audio]
void sq_lv2_sequence_clear(SqLv2Sequence *sequence, const SqLv2Keys *keys);

/// Makes an output buffer ready for the plug-in to write. [audio]
void sq_lv2_sequence_offer(SqLv2Sequence *sequence, const SqLv2Keys *keys);

/// Appends an event as MIDI (plugins/midi.h says how) at `frame` of the piece. [audio]
void sq_lv2_sequence_event(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqRtMidiNotes *notes, const SqRtEvent *event,
                           uint32_t frame);

/// Appends the end of everything that sounds, released or not: for a plug-in that was reset. [audio]
void sq_lv2_sequence_hush(SqLv2Sequence *sequence, const SqLv2Keys *keys, SqRtMidiNotes *notes);

/// Appends a time:Position at frame 0. Beats of SqRtTime are quarter notes; LV2 counts in beat units. [audio]
void sq_lv2_sequence_time(SqLv2Sequence *sequence, const SqLv2Keys *keys, const SqRtTime *time);

/// Adds the MIDI that the plug-in wrote to `out`, keeping it sorted; `start` is the block's frame of the piece. [audio]
void sq_lv2_sequence_collect(const SqLv2Sequence *sequence, const SqLv2Keys *keys, uint32_t start, SqRtEventsOut *out);

#endif
