// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What one LV2 plug-in is, read once from its data and constant afterwards; made on jobs threads, read on any.
#ifndef SQ_PLUGINS_LV2_DESCRIBE_H
#define SQ_PLUGINS_LV2_DESCRIBE_H

#include "plugins/lv2/world.h"

#define SQ_LV2_NONE UINT32_MAX

typedef enum {
  SQ_LV2_AUDIO,
  SQ_LV2_CONTROL,
  SQ_LV2_ATOM,
  SQ_LV2_CV,    ///< connected to silence or to nowhere
  SQ_LV2_ABSENT ///< of a kind not known, but optional: connected to NULL
} SqLv2PortKind;

/// What a port is there for.
typedef enum {
  SQ_LV2_MAIN,      ///< audio: a channel of the strip
  SQ_LV2_SIDE,      ///< audio: a channel of the sidechain
  SQ_LV2_EXTRA,     ///< audio: an output beside the main ones
  SQ_LV2_PARAM,     ///< control: in the table of parameters
  SQ_LV2_ENABLED,   ///< control: lv2:enabled, held at 1 (bypass is the engine's)
  SQ_LV2_FREEWHEEL, ///< control: 1 while rendering offline
  SQ_LV2_LATENCY,   ///< control out: frames
  SQ_LV2_EVENTS     ///< atom
} SqLv2PortRole;

typedef struct SqLv2Port {
  SqLv2PortKind kind;
  SqLv2PortRole role;
  bool input;
  const char *symbol; ///< as the plug-in writes it
  uint32_t channel;   ///< MAIN, SIDE: which of its bus
  uint32_t param;     ///< PARAM: index in the table
  float min, max, def;
  bool integer, toggled, trigger;
  bool sample_rate;    ///< min, max and def are fractions of the sample rate
  float *points;       ///< [n_points] the port's value of each choice, or NULL
  uint32_t n_points;   ///< of an enumeration
  uint32_t n_bytes;    ///< ATOM: size of its buffer
  bool midi, time_pos; ///< ATOM: what it takes or gives
} SqLv2Port;

typedef struct SqLv2Plugin {
  SqProcessorType type; ///< type.data points back here
  SqPluginInfo info;
  SqLv2World *world;
  const LilvPlugin *lilv;
  const char *uri, *bundle; ///< bundle: path with a trailing slash
  uint32_t version;         ///< minor << 16 | micro
  SqLv2Port *ports;         ///< [n_ports]
  uint32_t n_ports;
  uint32_t *param_ports; ///< [type.n_params] the port of each parameter
  uint32_t midi_in;      ///< the port that gets the notes, or SQ_LV2_NONE
  uint32_t latency;      ///< the port that tells the latency, or SQ_LV2_NONE
  uint32_t *atoms;       ///< [n_atoms] the atom ports
  uint32_t *triggers;    ///< [n_triggers] the controls that fall back after each run()
  uint32_t n_atoms, n_triggers;
  bool default_state;
  bool generates; ///< of a class that sounds without being asked
  char **strings; ///< [n_strings] all texts
  uint32_t n_strings, cap_strings;
  bool no_memory;
  struct SqLv2Plugin *next;
} SqLv2Plugin;

/// As SqFormat.describe.
SqStatus sq_lv2_describe(void *world, const char *uri, const SqPluginInfo **info, char *error, size_t error_size);

void sq_lv2_plugin_free(SqLv2Plugin *plugin);

/// A copy of `text` that lives as long as the plug-in's description; NULL in, NULL out; no memory: "" and the flag.
const char *sq_lv2_plugin_keep(SqLv2Plugin *plugin, const char *text);

/// The plug-in of an info that describe() gave.
static inline SqLv2Plugin *sq_lv2_plugin_of(const SqProcessorType *type) {
  return (SqLv2Plugin *)(uintptr_t)type->data;
}

/// Reads all ports. The lock is held. Errors: SQ_UNSUPPORTED with the reason, SQ_LIMIT.
SqStatus sq_lv2_ports_read(SqLv2Plugin *plugin, char *error, size_t error_size);

/// Builds the table of parameters from the ports. The lock is held.
SqStatus sq_lv2_params_build(SqLv2Plugin *plugin);

/// The value for the port from a parameter's value, and back. [any thread]
float sq_lv2_param_to_port(const SqLv2Port *port, double value, double rate_hz);
double sq_lv2_param_from_port(const SqLv2Port *port, float value);

#endif
