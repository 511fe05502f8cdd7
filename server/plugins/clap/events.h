// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The engine's events as CLAP speaks them, in a list of fixed room, and back; audio thread.
///
/// A note goes by its id, key and channel; bend, pressure and timbre are note expressions. A plug-in that takes MIDI
/// alone gets MIDI. Controllers, bends and programs go as MIDI wherever it is taken; else bends tune the notes that
/// sound, controller 74 is brightness, 11 expression, and what CLAP has no word for is left out.
#ifndef SQ_PLUGINS_CLAP_EVENTS_H
#define SQ_PLUGINS_CLAP_EVENTS_H

#include "plugins/clap/abi.h"
#include "plugins/midi.h"

#define SQ_CLAP_HELD 256u ///< notes that sound at once and can be named; more sound without expressions

typedef union SqClapEvent {
  SqClapEventHeader header;
  SqClapEventNote note;
  SqClapEventExpression expression;
  SqClapEventParam param;
  SqClapEventGesture gesture;
  SqClapEventMidi midi;
} SqClapEvent;

/// A note that was begun and not ended.
typedef struct SqClapHeld {
  uint32_t id; ///< 0: by key alone
  int16_t channel, key;
  float offset; ///< semitones from `key` to what was asked for
  float bend;   ///< semitones, its own
} SqClapHeld;

typedef struct SqClapQueue {
  SqClapEvent *events; ///< [cap]
  uint32_t n, cap;
  uint32_t lost;   ///< found no room, ever
  bool clap, midi; ///< what the plug-in takes
  uint32_t n_held;
  SqClapHeld held[SQ_CLAP_HELD];
  float bends[16]; ///< semitones, by channel
  SqRtMidiNotes midi_notes;
} SqClapQueue;

/// [setup] Empty, with room for `cap` events. Errors: SQ_LIMIT.
SqStatus sq_clap_queue_init(SqClapQueue *queue, uint32_t cap, uint32_t dialects);
void sq_clap_queue_cleanup(SqClapQueue *queue);

/// [audio] Appends what an event of the engine means; PARAM and SWAP mean nothing here. Offsets must not fall.
void sq_rt_clap_queue_add(SqClapQueue *queue, const SqRtEvent *event);

/// [audio] Appends a parameter's value, of the plug-in's own counting.
void sq_rt_clap_queue_param(SqClapQueue *queue, uint32_t offset, uint32_t id, double own);

/// [audio] Appends the end of everything that sounds, at once: for a plug-in that was reset.
void sq_rt_clap_queue_hush(SqClapQueue *queue);

/// [audio] A voice has ended: its note has no expressions any more.
void sq_rt_clap_queue_ended(SqClapQueue *queue, const SqClapEventNote *note);

/// [audio] Adds what a plug-in said, save parameters, to `out`, which stays sorted; NULL: nobody listens.
void sq_rt_clap_collect(const SqClapEventHeader *event, uint32_t n_frames, SqRtEventsOut *out);

#endif
