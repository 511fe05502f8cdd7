// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that CLAP plug-ins of one process share: loaded modules, descriptions, and who is the main thread.
///
/// CLAP's main thread is whoever is between sq_clap_world_enter() and _leave(): one thread at a time, any but audio.
/// Every call of a plug-in that is not one of the audio thread stands between the two.
#ifndef SQ_PLUGINS_CLAP_WORLD_H
#define SQ_PLUGINS_CLAP_WORLD_H

#include <pthread.h>
#include <stdatomic.h>

#include "plugins/clap/abi.h"
#include "plugins/format.h"

#define SQ_CLAP_MAX_PLUGINS 1024u ///< of one module: more is not meant

/// A file that is loaded, until the world is closed.
typedef struct SqClapModule {
  struct SqClapModule *next;
  char *path; ///< real path
  void *handle;
  const SqClapEntry *entry;
  const SqClapFactory *factory;
  uint32_t n_plugins;
} SqClapModule;

struct SqClapKind;

typedef struct SqClapWorld {
  pthread_mutex_t lock;    ///< recursive: a plug-in may call back
  _Atomic(pthread_t) main; ///< who holds it, or 0
  uint32_t depth;          ///< how often
  SqClapModule *modules;
  struct SqClapKind *kinds; ///< described so far
} SqClapWorld;

SqStatus sq_clap_world_open(const SqFormatConfig *config, void **world);
void sq_clap_world_close(void *world);

/// The calling thread is CLAP's main thread until it leaves. Nests.
void sq_clap_world_enter(SqClapWorld *world);
void sq_clap_world_leave(SqClapWorld *world);

/// True when the calling thread has entered. [any thread]
bool sq_clap_world_is_main(const SqClapWorld *world);

/// The loaded module of a real path, loaded now when it was not. The world is entered.
/// Errors: SQ_NOT_FOUND: no file; SQ_UNSUPPORTED: not a CLAP module, with the reason.
SqStatus sq_clap_world_module(SqClapWorld *world, const char *path, SqClapModule **module, char *error,
                              size_t error_size);

/// The descriptor at `index`, or NULL when it is none that can be used (no identifier, no name).
const SqClapDescriptor *sq_clap_module_descriptor(const SqClapModule *module, uint32_t index);

/// As SqFormat.modules.
SqStatus sq_clap_modules(void *world, SqModuleVisit visit, void *context);

#endif
