// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// LADSPA modules that were loaded and what their plug-ins are; jobs threads, what is described is read by any.
///
/// An identifier is FILE:LABEL, FILE being the module's name without its folder. Labels may hold ':' (some are URIs).
#ifndef SQ_PLUGINS_LADSPA_WORLD_H
#define SQ_PLUGINS_LADSPA_WORLD_H

#include <ladspa.h>
#include <pthread.h>

#include "plugins/format.h"
#include "plugins/keep.h"

#define SQ_LADSPA_NONE UINT32_MAX
#define SQ_LADSPA_TEXT 256 ///< bytes of a name

/// What a port is there for.
typedef enum {
  SQ_LADSPA_MAIN,   ///< audio: a channel of the strip
  SQ_LADSPA_SIDE,   ///< audio: a channel of the sidechain
  SQ_LADSPA_EXTRA,  ///< audio: an output beside the main ones
  SQ_LADSPA_PARAM,  ///< control: in the table of parameters
  SQ_LADSPA_LATENCY ///< control out: frames
} SqLadspaRole;

typedef struct SqLadspaPort {
  SqLadspaRole role;
  bool audio, input;
  uint32_t channel;     ///< MAIN, SIDE, EXTRA: which of its bus (EXTRA: of all extra buses, a channel each)
  uint32_t param;       ///< PARAM: index in the table
  double min, max, def; ///< control: as its hints say
  bool sample_rate;     ///< min, max and def are fractions of the sample rate
  bool integer, toggled, logarithmic;
} SqLadspaPort;

typedef struct SqLadspaPlugin {
  SqProcessorType type; ///< type.data points back here
  SqPluginInfo info;
  struct SqLadspaWorld *world;
  const LADSPA_Descriptor *descriptor;
  const char *file, *label; ///< the parts of its identifier
  SqLadspaPort *ports;      ///< [n_ports]
  uint32_t n_ports;
  uint32_t *param_ports; ///< [type.n_params] the port of each parameter
  uint32_t latency;      ///< the port that tells the latency, or SQ_LADSPA_NONE
  SqKeep keep;
  struct SqLadspaPlugin *next;
} SqLadspaPlugin;

typedef struct SqLadspaModule {
  char *path; ///< real
  void *handle;
  LADSPA_Descriptor_Function get;
  struct SqLadspaModule *next;
} SqLadspaModule;

typedef struct SqLadspaWorld {
  pthread_mutex_t lock; ///< guards the lists
  pthread_mutex_t life; ///< one instance is made or freed at a time: planners of FFTs are shared in effect
  double rate_hz;
  SqLadspaModule *modules;
  SqLadspaPlugin *plugins; ///< described so far
} SqLadspaWorld;

/// The descriptor number i of a module, or NULL when there are no more; what cannot be a plug-in has no label.
const LADSPA_Descriptor *sq_ladspa_descriptor(const SqLadspaModule *module, uint32_t i);

/// True for labels and names that can be read.
static inline bool sq_ladspa_is_plugin(const LADSPA_Descriptor *d) {
  return d->Label && *d->Label;
}

/// The file's name of a path.
const char *sq_ladspa_file(const char *path);

/// Loads a module, or finds it loaded. The lock is held. Errors: SQ_NOT_FOUND: no file; SQ_UNSUPPORTED: not LADSPA.
SqStatus sq_ladspa_module(SqLadspaWorld *world, const char *path, SqLadspaModule **module, char *error,
                          size_t error_size);

/// Finds or builds the description of a descriptor. The lock is held. Errors: SQ_UNSUPPORTED with the reason, SQ_LIMIT.
SqStatus sq_ladspa_describe(SqLadspaWorld *world, const SqLadspaModule *module, const LADSPA_Descriptor *descriptor,
                            SqLadspaPlugin **plugin, char *error, size_t error_size);

void sq_ladspa_plugin_free(SqLadspaPlugin *plugin);

/// The range of a control port from its hints, made whole where they are not.
void sq_ladspa_range(const LADSPA_PortRangeHint *hint, double rate_hz, SqLadspaPort *port);

/// What the port gets for a parameter's value. [any thread]
float sq_ladspa_to_port(const SqLadspaPort *port, double value, double rate_hz);

static inline SqLadspaPlugin *sq_ladspa_plugin_of(const SqProcessorType *type) {
  return (SqLadspaPlugin *)(uintptr_t)type->data;
}

#endif
