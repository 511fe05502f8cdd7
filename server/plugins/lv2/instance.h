// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A running LV2 plug-in behind the processor contract, in copies that cover a strip's channels; jobs and audio thread.
///
/// Channels: plugins/width.h says how they lie on the strip's; all copies share one set of parameters; further outputs
/// are not heard.
///
/// Time: the block is cut at events of parameters that change something, at their exact frame; everything else is
/// handed over with its offset. So the cuts depend on the events alone, never on the engine's period.
#ifndef SQ_PLUGINS_LV2_INSTANCE_H
#define SQ_PLUGINS_LV2_INSTANCE_H

#include <stdatomic.h>

#include "plugins/doze.h"
#include "plugins/lv2/describe.h"
#include "plugins/lv2/events.h"
#include "plugins/lv2/features.h"
#include "plugins/lv2/worker.h"
#include "plugins/width.h"

/// An audio port that follows the strip's buffers from block to block.
typedef struct SqLv2Wire {
  const float *now; ///< what the port is connected to
  uint32_t port;
  uint32_t channel;       ///< of the strip (or the sidechain)
  struct SqLv2Unit *unit; ///< whose port it is
} SqLv2Wire;

/// One copy of the plug-in.
typedef struct SqLv2Unit {
  LilvInstance lilv; ///< made by us, not by lilv, so that dlopen's words are not lost; `pimpl` stays NULL
  struct SqLv2Instance *instance;
  SqLv2Worker worker;
  SqLv2UnitFeatures features;
  bool active;
} SqLv2Unit;

/// All that a block needs of a copy.
typedef struct SqLv2Run {
  void (*run)(LV2_Handle handle, uint32_t n_frames);
  LV2_Handle handle;
} SqLv2Run;

typedef struct SqLv2Instance {
  SqWidth width; ///< first: its address is the instance's

  // read in every block; by most plug-ins in most blocks, nothing but this
  uint64_t one_until,
      two_until; ///< engine frame before which a block of one or two channels that ends is nothing but run(); 0: never
  uint32_t n_quick;     ///< channels while a block is nothing but run(): no atoms, worker, triggers, mixing; else 0
  _Atomic bool in_run;  ///< the audio thread is in run()
  SqLv2Run first;       ///< runs[0]
  const float *seen[4]; ///< while n_quick: where the ports of in[0], out[0], in[1], out[1] are connected

  // read in every block of the others
  SqLv2Run *runs, *runs_end;
  SqLv2Wire *ins, *ins_end, *outs, *outs_end, *sides, *sides_end;
  bool simple;     ///< neither atoms nor worker nor triggers
  bool time_sent;  ///< the plug-in knows where the transport is
  bool hush;       ///< the next block begins with the end of all notes
  float *controls; ///< [2][n_ports] values of control ports: of all units; then what outputs of units > 0 say
  double rate_hz;
  uint32_t max_block;
  SqLv2Unit *units; ///< [width.n_units]

  SqRtDoze doze;
  bool dozes; ///< it may sleep

  // events
  SqLv2Sequence *sequences; ///< [n_units][n_ports] buffers of atom ports; inputs only in the first unit
  SqRtMidiNotes notes;

  // the rest
  const SqLv2Plugin *plugin;
  const SqServices *services;
  void *module; ///< dlopen's handle
  SqLv2Features features;
  void *library;  ///< of a module with lv2_lib_descriptor(), or NULL
  float **spares; ///< [n_units * n_ports] buffers of outputs that nobody hears, or NULL
  bool offline, dead;
  float asked;                ///< what lilv gets to read of a port
  _Atomic(pthread_t) outside; ///< the thread that works or saves for the plug-in: it may log at any time
  pthread_mutex_t work_lock;
  _Atomic uint32_t references; ///< the owner, and each request under way
} SqLv2Instance;

/// Values of control ports are read while the audio thread changes them: each access is whole, none waits.
static inline float sq_lv2_instance_get(const SqLv2Instance *self, uint32_t port) {
  float value;
  __atomic_load(&self->controls[port], &value, __ATOMIC_RELAXED);
  return value;
}

static inline void sq_lv2_instance_set(SqLv2Instance *self, uint32_t port, float value) {
  __atomic_store(&self->controls[port], &value, __ATOMIC_RELAXED);
}

/// Sets the functions of a type.
void sq_lv2_instance_fill_type(SqProcessorType *type);

/// [setup] As SqProcessorType.create and free; free() waits for the work under way and for instances being made.
SqStatus sq_lv2_instance_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance);
void sq_lv2_instance_free(void *instance);

/// Gives a reference up; the last frees what is left. [any thread but audio]
void sq_lv2_instance_release(SqLv2Instance *self);

/// [audio] As SqProcessorType.process and reset.
SqRtResult sq_lv2_instance_process(void *instance, const SqRtBlock *block);
void sq_lv2_instance_reset(void *instance);

/// [setup] Loads the plug-in's default state or setup->state, before it is activated.
SqStatus sq_lv2_state_restore(SqLv2Instance *self, const SqProcSetup *setup);
/// [setup] As SqProcessorType.save.
SqStatus sq_lv2_state_save(void *instance, SqBlob *blob);
/// As SqFormat.state_values.
SqStatus sq_lv2_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values);

#endif
