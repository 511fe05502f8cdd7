// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that VST3 plug-ins of one process share: the loaded modules, the descriptions, one lock; jobs threads.
///
/// Whoever holds `lock` is the plug-in main thread. It may be taken again by the same thread: what a plug-in tells from
/// within a call may lead to another call.
#ifndef SQ_PLUGINS_VST3_WORLD_H
#define SQ_PLUGINS_VST3_WORLD_H

#include <pthread.h>

#include "plugins/format.h"
#include "plugins/vst3/module.h"

struct SqVst3Plugin;

typedef struct SqVst3World {
  pthread_mutex_t lock;
  SqVst3Module *modules;        ///< loaded, or tried
  struct SqVst3Plugin *plugins; ///< described
  SqVst3Home home;
  bool all; ///< every installed module was tried
} SqVst3World;

/// As the functions of SqFormat.
SqStatus sq_vst3_world_open(const SqFormatConfig *config, void **world);
void sq_vst3_world_close(void *world);
SqStatus sq_vst3_world_list(void *world, SqPluginVisit visit, void *context);
SqStatus sq_vst3_world_modules(void *world, SqModuleVisit visit, void *context);
SqStatus sq_vst3_world_load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                            size_t error_size);

/// The class with an id (32 hex digits of any case); modules not tried yet are loaded until it is found. NULL: nobody
/// has it. The lock is held.
const SqVst3Class *sq_vst3_world_class(SqVst3World *world, const char *hex, SqVst3Module **module);

#endif
