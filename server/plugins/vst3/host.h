// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a VST3 plug-in sees of its host: the application and what it makes; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_HOST_H
#define SQ_PLUGINS_VST3_HOST_H

#include "plugins/vst3/abi.h"
#include "plugins/vst3/runloop.h"

/// One for a world's factories, one for each instance. Objects of the host's own are part of what holds them: counting
/// references to them changes nothing.
typedef struct SqVst3Home {
  SqVst3Host application;
  SqVst3Support support;
  SqVst3Loop *loop; ///< or NULL
} SqVst3Home;

void sq_vst3_home_init(SqVst3Home *home, SqVst3Loop *loop);

/// For tables of objects that are not counted.
uint32_t sq_vst3_retain(void *self);
uint32_t sq_vst3_release(void *self);

/// Answers a query for an object of one interface beside the unknown.
SqVst3Result sq_vst3_answer(void *self, const SqVst3Id wanted, const SqVst3Id own, void **object);

/// Asks a plug-in's object for another interface; NULL: it has none.
void *sq_vst3_query(void *object, const SqVst3Id id);

/// Gives a reference to a plug-in's object up; NULL is nothing.
void sq_vst3_drop(void *object);

#endif
