// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Events as MIDI 1.0 bytes and back, for every format whose plug-ins speak MIDI; audio thread.
#ifndef SQ_PLUGINS_MIDI_H
#define SQ_PLUGINS_MIDI_H

#include "engine/processor.h"

/// Notes that sound, so that ids find their keys and "all off" finds them all. MIDI knows no more than this.
typedef struct SqRtMidiNotes {
  uint64_t held[16][2]; ///< by channel, a bit per key
  uint32_t ids[128];    ///< the last id on each key
  uint8_t channels[128];
} SqRtMidiNotes;

/// Takes one message of n_bytes (1..3; bytes[] has three) at `frame`. [audio]
typedef void (*SqRtMidiSink)(void *context, uint32_t frame, const uint8_t bytes[3], uint32_t n_bytes);

/// Gives an event to `sink` as MIDI; PARAM and SWAP are none. [audio]
///
/// Fractional keys are rounded; what belongs to one note is sent as MIDI can: bend as channel bend over two semitones,
/// pressure as key pressure (id 0: channel pressure), timbre as controller 74.
void sq_rt_midi_write(SqRtMidiNotes *notes, const SqRtEvent *event, uint32_t frame, SqRtMidiSink sink, void *context);

/// Gives the end of everything that sounds, released or not: for a plug-in that was reset. [audio]
void sq_rt_midi_hush(SqRtMidiNotes *notes, SqRtMidiSink sink, void *context);

/// Adds the event that a message means to `out`, keeping it sorted: notes become note events (identified by key),
/// controllers, bends, programs and channel pressure theirs, the rest raw MIDI. `out` may be NULL. [audio]
void sq_rt_midi_collect(const uint8_t bytes[3], uint32_t offset, SqRtEventsOut *out);

/// Puts `event` behind the last that is not later; without room it is counted as lost. [audio]
void sq_rt_events_give(SqRtEventsOut *out, SqRtEvent event);

#endif
