// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A running VST2 plug-in behind the processor contract, in copies that cover a strip's channels; plug-in main thread
/// and audio thread.
///
/// Channels: plugins/width.h says how they lie on the strip's. The copies get the same values and notes; the window,
/// texts, MIDI out and extra buses are the first one's. Time: the block is cut at events of parameters that change
/// something, at their exact frame; notes are handed over with their offset.
#ifndef SQ_PLUGINS_VST2_INSTANCE_H
#define SQ_PLUGINS_VST2_INSTANCE_H

#include "plugins/midi.h"
#include "plugins/vst2/world.h"
#include "plugins/width.h"

#define SQ_VST2_PIECE_EVENTS 1024 ///< MIDI messages in one piece

/// A channel that follows the block's buffers.
typedef struct SqVst2Wire {
  const float **slot; ///< what the plug-in gets
  uint32_t channel;   ///< of the strip, the sidechain or the extra buses
  bool side;          ///< among others: of the sidechain, else of the extra buses
  float *absent;      ///< when it is not there
} SqVst2Wire;

/// One copy of the plug-in.
typedef struct SqVst2Unit {
  SqVst2Effect *effect; ///< as in `host`, once it is open
  const float **ins;    ///< [n_ins]
  const float **outs;   ///< [n_outs]
  SqVst2Host host;
} SqVst2Unit;

typedef struct SqVst2Instance {
  // read in every block
  SqWidth width; ///< first: its address is the instance's
  SqVst2Unit *units, *units_end;
  SqVst2Wire *ins, *ins_end, *outs, *outs_end; ///< of the strip
  SqVst2Wire *others, *others_end;             ///< sidechain and extra buses: there or not from block to block
  bool hush;                                   ///< the next block begins with the end of all notes
  SqVst2Run run;

  // events
  SqRtMidiNotes notes;
  SqVst2Events *events; ///< points to midi[]
  SqVst2Midi *midi;     ///< [SQ_VST2_PIECE_EVENTS]
  uint32_t events_lost; ///< found no room
  uint32_t tail_frames;

  // the rest
  SqVst2Plugin *plugin;
  const SqServices *services;
  SqVst2Heard heard; ///< of the first copy
  SqVst2Wire *wires;
  const float **slots;
  float **spares; ///< [n_units * n_outs] buffers of outputs that nobody hears, or NULL
  uint32_t max_block;
  uint32_t told_latency; ///< what idle() told last
  bool window;           ///< the editor is open
} SqVst2Instance;

/// What a parameter is as far as the host knows, 0..1. [any thread]
static inline float sq_vst2_norm(const SqVst2Instance *self, uint32_t param) {
  return atomic_load_explicit(&self->heard.values[param], memory_order_relaxed);
}

/// Sets the functions of a type.
void sq_vst2_instance_fill_type(SqProcessorType *type);

/// [plug-in main] Asks the first copy for all values anew: after a program or a state.
void sq_vst2_instance_ask_values(SqVst2Instance *self);

/// [plug-in main] Gives a parameter a value in all copies.
void sq_vst2_instance_set(SqVst2Instance *self, uint32_t param, float norm);

uint32_t sq_vst2_instance_latency(const void *instance);

/// [audio] As SqProcessorType.process and reset.
SqRtResult sq_vst2_instance_process(void *instance, const SqRtBlock *block);
void sq_vst2_instance_reset(void *instance);

/// [plug-in main] As in SqProcessorType, SqPluginOps and SqFormat.
SqStatus sq_vst2_state_save(void *instance, SqBlob *blob);
SqStatus sq_vst2_state_restore(void *instance, const SqBlob *state);
SqStatus sq_vst2_state_values(const SqVst2Plugin *plugin, const SqBlob *state, double *values);

/// [plug-in main] As SqPluginOps: what it tells, and its window.
void sq_vst2_instance_idle(void *instance);
SqStatus sq_vst2_editor_size(void *instance, uint32_t *width, uint32_t *height);
SqStatus sq_vst2_editor_open(void *instance, const SqEditorSetup *setup);
void sq_vst2_editor_close(void *instance);

#endif
