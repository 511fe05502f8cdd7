// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a plug-in format is: it finds its modules and turns each into a processor type; jobs threads only.
///
/// A format keeps everything in the `world` that open() returns; each world has a lock of its own, so every function
/// here may be called from any job thread. What describe() returns belongs to the world and lives until close().
#ifndef SQ_PLUGINS_FORMAT_H
#define SQ_PLUGINS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/processor.h"
#include "protocol/status.h"

/// What a format is opened for.
typedef struct SqFormatConfig {
  double rate_hz; ///< for ranges that a plug-in gives as fractions of the sample rate
  bool bare;      ///< nothing is looked for in the standard places: only what load() was given is there
} SqFormatConfig;

/// One plug-in as a list shows it. Strings are valid during the visit only.
typedef struct SqPluginEntry {
  const char *id;       ///< with prefix: "lv2:http://…"
  const char *name;     ///< for people
  const char *category; ///< "Compressor", "Instrument", …
  const char *author;   ///< may be ""
} SqPluginEntry;

/// Called once per plug-in; false ends the walk.
typedef bool (*SqPluginVisit)(void *context, const SqPluginEntry *entry);

/// Called once per module (a file, or a bundle's folder) with its full path; false ends the walk.
typedef bool (*SqModuleVisit)(void *context, const char *path);

/// What is known of a plug-in besides its processor type; owned by the world.
typedef struct SqPluginInfo {
  const SqProcessorType *type;
  const char *category, *author, *path; ///< never NULL; path: the file of its code
  const char *module;                   ///< what load() takes, when that is not `path` (a bundle's folder); or NULL
  uint32_t n_in, n_out;                 ///< channels of the main buses
  uint32_t n_side;                      ///< channels of the sidechain
  uint32_t n_extra_out;                 ///< outputs beside the main ones (not yet heard)
  uint32_t n_params_in, n_params_out;
  bool midi_in, midi_out, time_in; ///< events it takes and gives, and whether it follows the transport
  bool reports_latency, has_state, has_worker, has_editor;
} SqPluginInfo;

typedef struct SqFormat {
  const char *prefix; ///< "lv2"
  /// Makes an empty world at once; modules are looked for on first use.
  SqStatus (*open)(const SqFormatConfig *config, void **world);
  /// All instances must have been freed.
  void (*close)(void *world);
  /// Visits every installed plug-in (reads each one's name: may take seconds the first time).
  SqStatus (*list)(void *world, SqPluginVisit visit, void *context);
  /// `id` without prefix. The first call for an id builds its type, later ones answer the same pointer.
  /// Errors: SQ_NOT_FOUND; SQ_UNSUPPORTED with the reason (a required feature, a port of an unknown kind).
  SqStatus (*describe)(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size);
  /// Visits every module in the standard places and those that the format's environment variable names, each once
  /// by its real path. Loads none. NULL: the format's list() needs no code of a module.
  SqStatus (*modules)(void *world, SqModuleVisit visit, void *context);
  /// Loads one module (runs its code: only where a crash does no harm) and visits what is in it; from then on
  /// describe() knows these identifiers. Errors: SQ_NOT_FOUND: no file; SQ_UNSUPPORTED: not a plug-in, with the reason.
  SqStatus (*load)(void *world, const char *path, SqPluginVisit visit, void *context, char *error, size_t error_size);
  /// Reads the parameter values that `state` holds into values[type->n_params]; others are left as they are.
  SqStatus (*state_values)(void *world, const SqPluginInfo *info, const SqBlob *state, double *values);
} SqFormat;

#endif
