// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// VST2 modules that were loaded and what their plug-ins are; plug-in main thread, what is described is read by any.
///
/// An identifier is the module's real path, and #ID (eight hexadecimal digits) for one of a shell. Only modules in the
/// standard places, or that load() was given, are loaded for an identifier.
#ifndef SQ_PLUGINS_VST2_WORLD_H
#define SQ_PLUGINS_VST2_WORLD_H

#include <pthread.h>

#include "plugins/format.h"
#include "plugins/keep.h"
#include "plugins/plugin.h"
#include "plugins/vst2/host.h"

#define SQ_VST2_NAME 256 ///< bytes of a name

/// A parameter whose texts are few: where each is met.
typedef struct SqVst2Param {
  float *points;     ///< [n_points] 0..1, or NULL: any value
  uint32_t n_points; ///< choices
} SqVst2Param;

typedef struct SqVst2Plugin {
  SqProcessorType type; ///< type.data points back here
  SqPluginInfo info;
  struct SqVst2World *world;
  SqVst2Entry entry;
  const char *path; ///< the module's
  int32_t shell_id; ///< 0: the module's only one
  int32_t unique_id, version, flags, n_ins, n_outs;
  uint32_t n_programs;
  SqVst2Param *params; ///< [type.n_params], by the plug-in's own index
  SqVst2Host asked;    ///< an effect beside those that sound, made when a text is wanted of a value that none has
  SqKeep keep;
  struct SqVst2Plugin *next;
} SqVst2Plugin;

typedef struct SqVst2Module {
  char *path; ///< real
  void *handle;
  SqVst2Entry entry;
  struct SqVst2Module *next;
} SqVst2Module;

typedef struct SqVst2World {
  pthread_mutex_t lock; ///< guards the lists, and the effects that are made for questions
  pthread_mutex_t life; ///< one effect is made or freed at a time. Order: `lock`, then `life`
  double rate_hz;
  SqVst2Module *modules;
  SqVst2Plugin *plugins; ///< described so far
} SqVst2World;

/// Describes what a module makes for `shell_id`. The lock is held. Errors: SQ_UNSUPPORTED with the reason, SQ_LIMIT.
SqStatus sq_vst2_describe(SqVst2World *world, const SqVst2Module *module, int32_t shell_id, SqVst2Plugin **plugin,
                          char *error, size_t error_size);

void sq_vst2_plugin_free(SqVst2Plugin *plugin);

/// The module's file name without its ending, into name[SQ_VST2_NAME].
void sq_vst2_file_name(const char *path, char *name);

/// Name, vendor and category of an open effect, into name[SQ_VST2_NAME] and author[SQ_VST2_NAME].
void sq_vst2_read_names(SqVst2Host *host, const char *path, char *name, char *author, const char **category);

/// Builds the table of parameters from an open effect that nobody hears: values are moved. Errors: SQ_LIMIT.
SqStatus sq_vst2_params_build(SqVst2Plugin *plugin, SqVst2Host *host);

/// Between a parameter's value and 0..1. [any thread]
float sq_vst2_to_norm(const SqVst2Plugin *plugin, uint32_t param, double value);
double sq_vst2_from_norm(const SqVst2Plugin *plugin, uint32_t param, float norm);

/// As SqPluginOps.value_text and text_value; `live` is an effect that has the value `live_norm` now.
SqStatus sq_vst2_value_text(SqVst2Plugin *plugin, SqVst2Host *live, float live_norm, uint32_t param, double value,
                            char *text, size_t size);
SqStatus sq_vst2_text_value(SqVst2Plugin *plugin, uint32_t param, const char *text, double *value);

/// The name of a program, from the effect that is only asked, where `live` does not tell it without changing to it.
SqStatus sq_vst2_program_name(SqVst2Plugin *plugin, SqVst2Host *live, uint32_t index, char *name, size_t size);

static inline SqVst2Plugin *sq_vst2_plugin_of(const SqProcessorType *type) {
  return (SqVst2Plugin *)(uintptr_t)type->data;
}

#endif
