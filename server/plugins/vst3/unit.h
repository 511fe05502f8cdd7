// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One copy of a VST3 plug-in: its component and its controller, one object or two that talk; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_UNIT_H
#define SQ_PLUGINS_VST3_UNIT_H

#include "plugins/vst3/module.h"

typedef struct SqVst3Unit {
  SqVst3Component *component;
  SqVst3Processor *processor;
  SqVst3Controller *controller;                   ///< NULL: it has none
  SqVst3Connection *of_component, *of_controller; ///< both or neither: they are connected
  bool separate;                                  ///< component and controller are two objects
  bool component_up, controller_up;               ///< to be terminated
  bool active, processing;
} SqVst3Unit;

/// Makes both halves and lets them know of each other. `handler` is an IComponentHandler or NULL. On failure nothing is
/// left. Errors: SQ_PLUGIN with the reason.
SqStatus sq_vst3_unit_open(SqVst3Unit *unit, const SqVst3Module *module, const SqVst3Class *class_of, SqVst3Home *home,
                           void *handler, char *error, size_t error_size);

/// Also of one that was never opened.
void sq_vst3_unit_close(SqVst3Unit *unit);

/// Between the two, processing may begin and end. Not while process() runs.
SqStatus sq_vst3_unit_start(SqVst3Unit *unit);
void sq_vst3_unit_stop(SqVst3Unit *unit);

#endif
