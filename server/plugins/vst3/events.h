// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Notes as VST3 plug-ins speak them: lists of events in and out, and who sounds; audio thread.
#ifndef SQ_PLUGINS_VST3_EVENTS_H
#define SQ_PLUGINS_VST3_EVENTS_H

#include "engine/processor.h"
#include "plugins/vst3/abi.h"

#define SQ_VST3_LIST 2048    ///< events of one block
#define SQ_VST3_SOUNDING 512 ///< notes held at once

typedef struct SqVst3List {
  SqVst3EventList object;
  SqVst3Event *events; ///< [SQ_VST3_LIST]
  uint32_t n, lost;
} SqVst3List;

/// A note that was begun and not ended.
typedef struct SqVst3Note {
  uint32_t id; ///< 0: none was given
  uint8_t channel, key;
} SqVst3Note;

typedef struct SqVst3Notes {
  SqVst3Note held[SQ_VST3_SOUNDING];
  uint32_t n;
} SqVst3Notes;

/// [setup] False: no memory.
bool sq_vst3_list_init(SqVst3List *list);
void sq_vst3_list_cleanup(SqVst3List *list);

/// Appends what an event means for notes; false: it means nothing to notes (a controller, a parameter).
///
/// Fractional keys become the nearest key and its tuning in cents; a note's bend, pressure and timbre go to that note
/// by its id: tuning expression, poly pressure, brightness.
bool sq_vst3_list_note(SqVst3List *list, SqVst3Notes *notes, const SqRtEvent *event);

/// Appends the end of everything that sounds.
void sq_vst3_list_all_off(SqVst3List *list, SqVst3Notes *notes, uint32_t offset);

/// Adds what the plug-in wrote to `out`, keeping it sorted; frames beyond the block are put at its end.
void sq_vst3_list_collect(const SqVst3List *list, uint32_t n_frames, SqRtEventsOut *out);

#endif
