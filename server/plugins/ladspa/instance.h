// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A running LADSPA plug-in behind the processor contract, in copies that cover a strip's channels; jobs and audio
/// thread.
///
/// Channels: plugins/width.h says how they lie on the strip's; all copies share one set of parameters. Each output
/// beside the main ones is a bus of one channel, of the first copy. Time: the block is cut at events of parameters that
/// change something, at their exact frame.
#ifndef SQ_PLUGINS_LADSPA_INSTANCE_H
#define SQ_PLUGINS_LADSPA_INSTANCE_H

#include "plugins/ladspa/world.h"
#include "plugins/plugin.h"
#include "plugins/width.h"

/// One copy of the plug-in.
typedef struct SqLadspaUnit {
  LADSPA_Handle handle;
  bool active;
} SqLadspaUnit;

/// An audio port that follows the strip's buffers from block to block.
typedef struct SqLadspaWire {
  const float *now; ///< what the port is connected to
  LADSPA_Handle handle;
  uint32_t port;
  uint32_t channel; ///< of the strip, the sidechain or the extra buses
} SqLadspaWire;

typedef struct SqLadspaInstance {
  // read in every block
  SqWidth width; ///< first: its address is the instance's
  const LADSPA_Descriptor *descriptor;
  SqLadspaUnit *units, *units_end;
  SqLadspaWire *ins, *ins_end, *outs, *outs_end; ///< of the strip
  SqLadspaWire *others, *others_end;             ///< sidechain and extra buses: there or not from block to block
  float *controls;                               ///< [2][n_ports] of all copies; then outputs of copies but the first
  double rate_hz;

  // the rest
  const SqLadspaPlugin *plugin;
  const SqServices *services;
  SqLadspaWire *wires; ///< [n_units * n_ports] holds the lists above
  float **spares;      ///< [n_units * n_ports] buffers of outputs that nobody hears, or NULL
  uint32_t max_block;
  uint32_t told_latency; ///< what idle() told last
} SqLadspaInstance;

/// Control ports are read while the audio thread changes them: each access is whole, none waits.
static inline float sq_ladspa_get(const SqLadspaInstance *self, uint32_t port) {
  float value;
  __atomic_load(&self->controls[port], &value, __ATOMIC_RELAXED);
  return value;
}

static inline void sq_ladspa_set(SqLadspaInstance *self, uint32_t port, float value) {
  __atomic_store(&self->controls[port], &value, __ATOMIC_RELAXED);
}

/// Sets the functions of a type.
void sq_ladspa_instance_fill_type(SqProcessorType *type);

/// [audio] As SqProcessorType.process and reset.
SqRtResult sq_ladspa_instance_process(void *instance, const SqRtBlock *block);
void sq_ladspa_instance_reset(void *instance);

/// Reads the values of a state. Errors: SQ_BAD_ARGS: not one of this plug-in.
SqStatus sq_ladspa_state_read(const SqLadspaPlugin *plugin, const SqBlob *state, double *values);

#endif
