// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One loaded VST3 module: its factory and the audio classes in it; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_MODULE_H
#define SQ_PLUGINS_VST3_MODULE_H

#include "plugins/vst3/host.h"
#include "plugins/vst3/text.h"
#include "protocol/status.h"

#define SQ_VST3_CLASSES 4096 ///< classes of one module: a shell of thousands exists nowhere

typedef struct SqVst3Class {
  SqVst3Id id;
  char hex[33];
  const char *name, *author, *category; ///< kept in the module
  bool instrument;
  uint32_t version; ///< major << 16 | minor
} SqVst3Class;

typedef struct SqVst3Module {
  struct SqVst3Module *next;
  char *path;   ///< of the bundle, or of the file
  void *handle; ///< dlopen's
  bool entered;
  SqVst3Factory *factory; ///< NULL: it could not be loaded
  SqVst3Class *classes;   ///< [n_classes] audio classes, each id once
  uint32_t n_classes;
  SqVst3Texts texts;
  char *error; ///< why it could not be loaded
} SqVst3Module;

/// Loads the module of a bundle's folder or file. Always gives a module, or NULL without memory; one that cannot be
/// loaded has an error.
SqVst3Module *sq_vst3_module_open(const char *path, SqVst3Home *home);

/// All objects of it must have been released.
void sq_vst3_module_close(SqVst3Module *module);

#endif
