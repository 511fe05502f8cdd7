// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A running CLAP plug-in behind the processor contract, in copies as plugins/width.h says; main and audio thread.
///
/// The block is never cut: stepped parameters, notes and MIDI are handed over with their offsets, continuous ones are
/// sampled where the engine's frame is a multiple of SQ_GRID and sent when they differ from what was sent last. So
/// what the plug-in is told does not depend on the engine's period.
///
/// Where it changes a value itself (its window, a MIDI learn), that waits in a queue until idle() tells it. While a
/// hand is on a knob of its window, the engine's values of that parameter are not sent.
#ifndef SQ_PLUGINS_CLAP_INSTANCE_H
#define SQ_PLUGINS_CLAP_INSTANCE_H

#include "engine/ring.h"
#include "plugins/clap/describe.h"
#include "plugins/clap/events.h"
#include "plugins/plugin.h"
#include "plugins/width.h"

#define SQ_CLAP_RELAY 64u  ///< values of the first copy for the others, in one block
#define SQ_CLAP_TOLD 1024u ///< values and gestures until idle() looks; beyond that it asks for all values

/// A channel whose buffer is looked up in each block.
typedef struct SqClapWire {
  float **slot;
  uint32_t channel;
} SqClapWire;

/// A shape that no signal has: what is compared with it differs.
#define SQ_CLAP_MOVED ((SqSignalShape)3)

typedef enum {
  SQ_CLAP_ATTEND = 1 << 0,  ///< something is to be done before the block, or to be undone of the one before
  SQ_CLAP_COMPLEX = 1 << 1, ///< copies, further outputs, or a width that is not the strip's
  SQ_CLAP_SIDE = 1 << 2     ///< the sidechain's buffers are wired
} SqClapUnusual;

struct SqClapInstance;

/// One copy of the plug-in.
typedef struct SqClapUnit {
  SqClapProcess process;
  SqClapGuest guest;
  struct SqClapInstance *instance;
  float ***in, ***out; ///< where its main ports' tables of channels are told, or `aside`
  float **aside;
  bool straight;  ///< their channels lie in the strip as they are: its table is theirs. Else there are wires
  uint32_t first; ///< channel of the strip
  SqClapWire *wires_in, *wires_out; ///< [n_…]
  uint32_t n_wires_in, n_wires_out;
  uint32_t first_event, n_events; ///< of the instance's list
  SqClapEventsIn events_in;
  SqClapEventsOut events_out;
  SqClapAudioBuffer *ins, *outs; ///< [process.n_ins], [process.n_outs]
  float **channels;              ///< of all ports; silence and spares where nothing is wired
} SqClapUnit;

/// What the plug-in told of a parameter, on its way to idle().
typedef struct SqClapTold {
  uint32_t what; ///< SqPluginNews
  uint32_t param;
  double own;
} SqClapTold;

typedef struct SqClapInstance {
  // read in every block
  uint64_t unusual; ///< SqClapUnusual: why the next block takes the long way
  uint32_t n_units; ///< width.n_units
  SqClapUnit *units;
  SqSignal *seen; ///< [n_signals] of the block before, as far as they rest; else of no shape that there is
  size_t seen_bytes;
  const SqRtBlock *block; ///< being played; NULL in flush()
  SqWidth width;
  SqClapEventTransport transport;

  // before a block
  bool started; ///< start_processing() was called
  bool refused; ///< and did not want to: silence
  bool hush;    ///< the next block begins with the end of all notes
  bool transport_told;
  uint32_t n_signals;
  SqClapQueue queue; ///< the list begins at SQ_CLAP_RELAY
  uint32_t n_relayed;

  // parameters
  float *sent;             ///< [n_signals]
  uint32_t *signal_params; ///< [n_signals] index in kind->params
  double *outputs;         ///< [type.n_params] what the plug-in says of those it alone sets
  bool *held;              ///< [type.n_params] a hand is on it
  SqRing told;
  void *told_memory;
  _Atomic bool told_lost;

  // silence
  uint64_t quiet_frames; ///< since the last input or event

  // buses
  SqClapWire *wires_side, *wires_extra; ///< channel: of the sidechain, of `extra`
  uint32_t n_wires_side, n_wires_extra;
  float **spares; ///< [n_wires_extra] where an extra channel goes that nobody hears

  // the rest
  const SqClapKind *kind;
  const SqServices *services;
  double rate_hz;
  uint32_t max_block;
  _Atomic uint32_t latency; ///< frames
  SqClapPorts ports;        ///< as they are in this instance
  float **buffers;          ///< [n_buffers] all spares
  uint32_t n_buffers;
  bool wants_process; ///< it asked, and until now was not called
  int64_t frame_then; ///< of the last block when it asked
  bool editor_made, editor_floats;
  _Atomic bool touched; ///< some value was set since it was made
  _Atomic bool editor;  ///< read by the audio thread: it does not sleep then
} SqClapInstance;

/// Sets the functions of a type.
void sq_clap_instance_fill_type(SqProcessorType *type);

/// [setup] As SqProcessorType.create and free.
SqStatus sq_clap_instance_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance);
void sq_clap_instance_free(void *instance);

/// [setup] Makes the ports' buffers, before it is active. Errors: SQ_UNSUPPORTED with the reason, SQ_LIMIT.
SqStatus sq_clap_instance_wire(SqClapInstance *self, const SqProcSetup *setup);

/// [audio] As SqProcessorType.process and reset.
SqRtResult sq_clap_instance_process(void *instance, const SqRtBlock *block);
void sq_clap_instance_reset(void *instance);

/// Takes what a plug-in pushes, from process() or flush(). [audio, or main while it is not active]
bool sq_rt_clap_take(const SqClapEventsOut *list, const SqClapEventHeader *event);
uint32_t sq_rt_clap_list_size(const SqClapEventsIn *list);
const SqClapEventHeader *sq_rt_clap_list_get(const SqClapEventsIn *list, uint32_t index);

/// [any thread] As SqProcessorType.tail, told by the copy that rings longest.
uint32_t sq_clap_instance_tail(const void *instance);
/// [main, active] Asks for the latency; true: it is another than before.
bool sq_clap_instance_look_at_latency(SqClapInstance *self);
/// [main, process() not running] Hands values to one copy: `param` is the plug-in's id.
void sq_clap_instance_flush(SqClapUnit *unit, const SqClapTold *values, uint32_t n);

/// [main, process() not running] Sets the plug-in's own values of parameters to those of values[type.n_params] (NULL:
/// none) where they differ, and its bypass to off.
void sq_clap_instance_set(SqClapInstance *self, const double *values);

/// [plug-in main] As in SqProcessorType, SqPluginOps and SqFormat.
SqStatus sq_clap_state_save(void *instance, SqBlob *blob);
SqStatus sq_clap_state_restore(void *instance, const SqBlob *state);
SqStatus sq_clap_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values);
/// [main, not active] The plug-in's own part of a state into all copies; without one, the values. Errors: SQ_BAD_ARGS.
SqStatus sq_clap_state_apply(SqClapInstance *self, const SqBlob *state);

SqStatus sq_clap_editor_size(void *instance, uint32_t *width, uint32_t *height);
SqStatus sq_clap_editor_open(void *instance, const SqEditorSetup *setup);
void sq_clap_editor_close(void *instance);

extern const SqPluginOps sq_clap_ops;

#endif
