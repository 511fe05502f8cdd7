// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Walks the folders where modules of a format lie, without loading any; jobs threads.
#ifndef SQ_PLUGINS_SEARCH_H
#define SQ_PLUGINS_SEARCH_H

#include "plugins/format.h"

/// Where a format's modules are.
typedef struct SqPluginPlaces {
  const char *variable;       ///< of the environment: folders with ':' between, or NULL
  const char *const *folders; ///< NULL-ended; "~/" is the home
  const char *suffix;         ///< of a module: ".vst3"
  uint32_t depth;             ///< how many folders deep; 1: only what lies in the folder itself
  bool bundles;               ///< a folder with the suffix is a module too, and not entered
} SqPluginPlaces;

/// Visits every module by its real path, each once, in the order of folders and by name within each.
/// Errors: SQ_LIMIT: no memory.
SqStatus sq_plugin_search(const SqPluginPlaces *places, SqModuleVisit visit, void *context);

#endif
