// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A running VST3 plug-in behind the processor contract, in copies that cover a strip's channels; plug-in main thread
/// and audio thread.
///
/// Channels: a plug-in is asked to take the width of its strip (one or two channels). One that declines lies on it as
/// plugins/width.h says, all copies with one set of parameters.
///
/// Time: nothing is cut. Events keep their frames; moving signals become points on the 16-frame grid.
#ifndef SQ_PLUGINS_VST3_INSTANCE_H
#define SQ_PLUGINS_VST3_INSTANCE_H

#include "plugins/plugin.h"
#include "plugins/vst3/bits.h"
#include "plugins/vst3/changes.h"
#include "plugins/vst3/events.h"
#include "plugins/vst3/unit.h"
#include "plugins/width.h"

#define SQ_VST3_X11 "X11EmbedWindowID"

/// What the plug-in's controller tells: IComponentHandler, its second, and IUnitHandler. [any thread]
typedef struct SqVst3Ear {
  SqVst3Handler handler;
  SqVst3Handler2 handler2;
  SqVst3UnitHandler units;
  struct SqVst3Instance *instance;
  _Atomic uint32_t restart; ///< flags not yet dealt with
  _Atomic bool dirty;
} SqVst3Ear;

/// A channel pointer of the plug-in that follows the strip's buffers from block to block.
typedef struct SqVst3Wire {
  float **place;
  float *rest; ///< where it points while nothing is there
  uint32_t channel;
} SqVst3Wire;

/// All that a block needs of a copy.
typedef struct SqVst3Run {
  SqVst3Processor *processor;
  SqVst3Result (*process)(void *self, SqVst3ProcessData *data);
  SqVst3Buffers *main_out; ///< or NULL
  SqVst3ProcessData data;
} SqVst3Run;

typedef struct SqVst3Instance {
  // read in every block
  SqVst3Run *runs, *runs_end;
  float **direct_in, **direct_out; ///< of a single copy of one or two channels
  bool direct_mono;                ///< it has one
  bool direct;                     ///< and nothing beside: no sidechain, no further outputs, no mixing
  SqVst3Wire *ins, *ins_end, *outs, *outs_end, *sides, *sides_end, *extras, *extras_end;
  SqWidth width;
  float *last;   ///< [n_signals] of the plug-in what each signal was last
  bool *foreign; ///< [n_signals] somebody else moved it since: the signal counts again once it rests elsewhere
  uint64_t *rests, *rests_end; ///< [n_signals] shape and value of each while it rests
  uint32_t n_signals;
  bool hush;      ///< the next block begins with the end of all notes (and `mail` says that there is something)
  bool time_told; ///< the plug-in knows where the transport is
  SqVst3Context context;
  SqVst3In changes_in;
  SqVst3Out changes_out, ignored_changes;
  SqVst3List events_in, events_out, ignored_events;
  SqVst3Notes notes;
  double *now; ///< [n_params of the plug-in] 0..1, whole at each access

  // between threads
  SqVst3Bits mail;                               ///< to the processor: moved by hand, or by a program
  SqVst3Bits tell;                               ///< to the controller: moved by the audio thread
  SqVst3Bits news;                               ///< to the house: moved by hand or by the plug-in itself
  SqVst3Bits begun, ended;                       ///< gestures
  uint64_t first_frame;                          ///< the engine's frame at the first block, or UINT64_MAX
  _Atomic uint32_t (*controllers)[SQ_VST3_N_CC]; ///< [16] the parameter of each MIDI controller, or SQ_VST3_NONE

  // the rest
  const SqVst3Plugin *plugin;
  const SqServices *services;
  SqVst3Home home;
  SqVst3Loop loop;
  SqVst3Ear ear;
  SqVst3Unit *units; ///< [n_units]
  uint32_t n_units;  ///< opened: all of the width's when it was made
  uint32_t n_out;    ///< channels of the main output as agreed
  uint32_t max_block;
  double rate_hz;
  bool offline;
  uint32_t latency, tail;

  void **memory; ///< [n_memory] freed with it
  uint32_t n_memory, cap_memory;
  struct SqVst3Editor *editor; ///< while a window is open
} SqVst3Instance;

/// What a parameter is now, 0..1: read by one thread while another writes, each access whole.
static inline double sq_vst3_now(const SqVst3Instance *self, uint32_t param) {
  double value;
  __atomic_load(&self->now[param], &value, __ATOMIC_RELAXED);
  return value;
}

static inline void sq_vst3_set_now(SqVst3Instance *self, uint32_t param, double value) {
  __atomic_store(&self->now[param], &value, __ATOMIC_RELAXED);
}

/// Sets the functions of a type.
void sq_vst3_instance_fill_type(SqProcessorType *type);

/// Memory that lives as long as the instance, zeroed; NULL: none.
void *sq_vst3_instance_alloc(SqVst3Instance *self, size_t n, size_t size);
float *sq_vst3_instance_buffer(SqVst3Instance *self);

// ---- buses.c
/// Agrees on channels with the first copy; opens the others.
SqStatus sq_vst3_buses_open(SqVst3Instance *self, const SqProcSetup *setup);
/// Lays out buffers and wires of all copies.
SqStatus sq_vst3_buses_wire(SqVst3Instance *self, const SqProcSetup *setup);

// ---- process.c
SqRtResult sq_vst3_instance_process(void *instance, const SqRtBlock *block);
void sq_vst3_instance_reset(void *instance);
/// Hands over what stands in `changes_in`, with a few silent frames that nobody hears. Not while process() runs.
void sq_vst3_instance_flush(SqVst3Instance *self);

// ---- ear.c
void sq_vst3_ear_init(SqVst3Ear *ear, SqVst3Instance *instance);
/// As SqPluginOps.idle.
void sq_vst3_instance_idle(void *instance);
/// Asks the controller for all values. What the audio thread said and the controller has not heard is told first.
void sq_vst3_instance_refresh(SqVst3Instance *self);
/// Asks the plug-in which parameter each MIDI controller moves.
void sq_vst3_instance_map_midi(SqVst3Instance *self);
void sq_vst3_instance_news(SqVst3Instance *self, uint32_t what, uint32_t index, double value);

// ---- state.c
SqStatus sq_vst3_state_save(void *instance, SqBlob *blob);
/// Gives a state to all copies. Errors: SQ_BAD_ARGS: it is none of this plug-in.
SqStatus sq_vst3_state_apply(SqVst3Instance *self, const SqBlob *state);
/// As SqPluginOps.restore and SqFormat.state_values.
SqStatus sq_vst3_state_restore(void *instance, const SqBlob *state);
SqStatus sq_vst3_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values);

// ---- ops.c, editor.c
extern const SqPluginOps sq_vst3_ops;
SqStatus sq_vst3_editor_size(void *instance, uint32_t *width, uint32_t *height);
SqStatus sq_vst3_editor_open(void *instance, const SqEditorSetup *setup);
void sq_vst3_editor_close(void *instance);

#endif
