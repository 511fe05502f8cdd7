// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What one VST3 plug-in is, read once from a trial instance and constant afterwards; made on the plug-in main thread,
/// read on any.
#ifndef SQ_PLUGINS_VST3_DESCRIBE_H
#define SQ_PLUGINS_VST3_DESCRIBE_H

#include "plugins/vst3/params.h"
#include "plugins/vst3/world.h"

#define SQ_VST3_BUSES 256        ///< of one direction
#define SQ_VST3_BUS_CHANNELS 256 ///< of one bus
#define SQ_VST3_PROGRAMS 65536   ///< of one list

typedef struct SqVst3Plugin {
  SqProcessorType type; ///< type.data points back here
  SqPluginInfo info;
  SqVst3World *world;
  SqVst3Module *module;
  const SqVst3Class *class_of; ///< lives in the module
  SqVst3Param *params;         ///< [n_params] all, as the plug-in counts them
  uint32_t n_params;
  uint32_t *by_id;   ///< [n_params] their indexes, sorted by id
  uint32_t *shown;   ///< [type.n_params] the parameter of each row of the table
  uint32_t *signals; ///< [n_signals] parameters of class `signal`, in the order of the table
  uint32_t n_signals;
  uint32_t main_in, main_out, side; ///< buses, or SQ_VST3_NONE
  uint32_t *extra_index;            ///< [type.n_extra_buses] the bus of each
  uint32_t program;                 ///< the parameter that changes programs, or SQ_VST3_NONE
  int32_t program_list;             ///< or -1: names are texts of the parameter
  uint32_t n_programs;
  SqVst3Texts texts;
  struct SqVst3Plugin *next;
} SqVst3Plugin;

/// As SqFormat.describe.
SqStatus sq_vst3_describe(void *world, const char *id, const SqPluginInfo **info, char *error, size_t error_size);

void sq_vst3_plugin_free(SqVst3Plugin *plugin);

/// The index of the parameter with an id, or SQ_VST3_NONE. [any thread]
uint32_t sq_vst3_plugin_param(const SqVst3Plugin *plugin, uint32_t id);

static inline SqVst3Plugin *sq_vst3_plugin_of(const SqProcessorType *type) {
  return (SqVst3Plugin *)(uintptr_t)type->data;
}

#endif
