// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a plug-in can do beside the one processor contract: texts, presets, restoring, its window, its own main-thread
/// work; plug-in main thread.
///
/// [plug-in main] is the one thread that makes, asks and frees every instance of a process, as VST3 and CLAP demand:
/// the main thread of a host or a scanner; in the daemon, whoever holds the format's world. An adapter need not lock
/// against itself, but process() may run at the same time unless a function says otherwise.
#ifndef SQ_PLUGINS_PLUGIN_H
#define SQ_PLUGINS_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/processor.h"
#include "protocol/status.h"

/// What an instance tells through SqServices.news, from idle() or from within a call of this table, never from the
/// audio thread: an adapter keeps what it hears there in atomics until idle().
typedef enum {
  SQ_NEWS_VALUE,         ///< index = parameter, value = its new value (a knob in the window, a program)
  SQ_NEWS_GESTURE_BEGIN, ///< index = parameter: a hand is on it
  SQ_NEWS_GESTURE_END,
  SQ_NEWS_LATENCY,     ///< latency() answers something new now
  SQ_NEWS_RESTART,     ///< it wants to be made anew (buses, latency that needs it): save, create, crossfade
  SQ_NEWS_VALUES,      ///< any value may have changed: ask all
  SQ_NEWS_STATE,       ///< own state changed: save it before it is lost
  SQ_NEWS_EDITOR_SIZE, ///< index = width, value = height in pixels
  SQ_NEWS_EDITOR_CLOSED,
  SQ_NEWS_WAKE ///< it said silence (or is bypassed) and wants process() again: any event does
} SqPluginNews;

/// The window that an editor is put into.
typedef struct SqEditorSetup {
  void *display;        ///< Display * of Xlib, the host's own connection
  unsigned long window; ///< the host's top-level window, made before; 0: the plug-in opens its own (KX)
  const char *title;
  double scale; ///< 1: 96 dpi
} SqEditorSetup;

/// Every entry may be NULL: it has none. All [plug-in main].
typedef struct SqPluginOps {
  /// The text for people of a value in the parameter's own unit ("-6.0 dB", "Sine").
  SqStatus (*value_text)(void *instance, uint32_t param, double value, char *text, size_t size);
  /// The value that a text means. Errors: SQ_BAD_ARGS.
  SqStatus (*text_value)(void *instance, uint32_t param, const char *text, double *value);
  /// What an input parameter is now, own unit (after a preset, a restore, a hand on a knob).
  double (*value)(void *instance, uint32_t param);
  /// Number of presets and programs; names by index. No promise that it is cheap: one has 3,712.
  uint32_t (*n_presets)(void *instance);
  SqStatus (*preset_name)(void *instance, uint32_t index, char *name, size_t size);
  /// Takes a preset. Not while process() runs. value() tells what it made of the parameters.
  SqStatus (*preset_load)(void *instance, uint32_t index);
  /// Takes a state that save() gave. Not while process() runs. Errors: SQ_BAD_ARGS: not one of this plug-in.
  SqStatus (*restore)(void *instance, const SqBlob *state);
  /// To be called 30 times a second: its timers, file descriptors and callbacks, and what process() left to be told.
  void (*idle)(void *instance);
  /// Size that the window should have, pixels; may be asked before open. Errors: SQ_UNSUPPORTED: no editor.
  SqStatus (*editor_size)(void *instance, uint32_t *width, uint32_t *height);
  SqStatus (*editor_open)(void *instance, const SqEditorSetup *setup);
  void (*editor_close)(void *instance);
  /// A value set by somebody else: the knob should move. Called for every set while a window is open.
  void (*editor_value)(void *instance, uint32_t param, double value);
} SqPluginOps;

#endif
