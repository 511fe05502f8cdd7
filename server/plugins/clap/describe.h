// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What one CLAP plug-in is, read once from an instance of it; made on its main thread, read on any thread.
#ifndef SQ_PLUGINS_CLAP_DESCRIBE_H
#define SQ_PLUGINS_CLAP_DESCRIBE_H

#include "plugins/clap/host.h"
#include "plugins/text.h"

#define SQ_CLAP_MAX_PORTS 64u    ///< of one direction
#define SQ_CLAP_MAX_PARAMS 8192u ///< the largest plug-ins known have 3,000
#define SQ_CLAP_ID 200u          ///< bytes of an identifier, so that a state can bear it

typedef struct SqClapPort {
  uint32_t id, n_channels;
  bool main;
  char name[64];
} SqClapPort;

/// The ports of an instance as they are now.
typedef struct SqClapPorts {
  SqClapPort ins[SQ_CLAP_MAX_PORTS], outs[SQ_CLAP_MAX_PORTS];
  uint32_t n_ins, n_outs;
  uint32_t main_in, side, main_out; ///< which, or SQ_CLAP_NONE
  uint32_t dialects;                ///< SqClapDialects of the first note input; 0: none
  bool notes_out;
} SqClapPorts;

/// A parameter as the plug-in counts it.
typedef struct SqClapParam {
  uint32_t id, flags;
  double min, max, def;
  bool choices;   ///< the value for people is an index: own value = min + index
  uint32_t shown; ///< index in the type's table, or SQ_CLAP_NONE
} SqClapParam;

struct SqClapPresets;

typedef struct SqClapKind {
  SqProcessorType type; ///< type.data points back here
  SqPluginInfo info;
  SqClapWorld *world;
  const SqClapModule *module;
  const char *id; ///< without prefix
  uint32_t version;
  SqClapPorts ports;   ///< of an instance with its defaults
  SqClapParam *params; ///< [n_params] sorted by id
  uint32_t n_params;
  uint32_t *shown; ///< [type.n_params] index in `params`
  bool instrument;
  SqTexts texts;
  struct SqClapPresets *presets; ///< NULL until somebody asks
  struct SqClapKind *next;
} SqClapKind;

/// As SqFormat.describe, load and list.
SqStatus sq_clap_describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size);
SqStatus sq_clap_load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                      size_t error_size);
SqStatus sq_clap_list(void *world, SqPluginVisit visit, void *context);

void sq_clap_kind_free(SqClapKind *kind);

/// The kind of a type that describe() gave.
static inline SqClapKind *sq_clap_kind_of(const SqProcessorType *type) {
  return (SqClapKind *)(uintptr_t)type->data;
}

/// Reads the ports. The world is entered, the plug-in not active. Errors: SQ_UNSUPPORTED with the reason.
SqStatus sq_clap_ports_read(const SqClapGuest *guest, bool instrument, SqClapPorts *ports, char *error,
                            size_t error_size);

/// Builds the tables of parameters. The world is entered. Errors: SQ_UNSUPPORTED with the reason, SQ_LIMIT.
SqStatus sq_clap_params_build(SqClapKind *kind, const SqClapGuest *guest, char *error, size_t error_size);

/// The place in kind->params of a plug-in's id, or SQ_CLAP_NONE. [any thread]
uint32_t sq_clap_param_find(const SqClapKind *kind, uint32_t id);

/// The plug-in's value from the value that people see, made lawful, and back. [any thread]
double sq_clap_param_to_own(const SqClapParam *param, double value);
double sq_clap_param_from_own(const SqClapParam *param, double own);

/// What the plug-in calls a value of its own; false: it has no word for it. The world is entered.
bool sq_clap_param_text(const SqClapGuest *guest, uint32_t id, double own, char *text, size_t size);

#endif
