// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Timers and file descriptors that a VST3 plug-in asks its host to watch; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_RUNLOOP_H
#define SQ_PLUGINS_VST3_RUNLOOP_H

#include "plugins/vst3/abi.h"

#define SQ_VST3_WATCHED 64 ///< descriptors or timers of one instance: JUCE has two, DPF one

typedef struct SqVst3Watch {
  void *handler; ///< NULL: free; a reference of ours is held
  int fd;
  int64_t every_ns, due_ns; ///< of a timer
} SqVst3Watch;

typedef struct SqVst3Loop {
  SqVst3RunLoop object;
  SqVst3Watch fds[SQ_VST3_WATCHED], timers[SQ_VST3_WATCHED];
} SqVst3Loop;

void sq_vst3_loop_init(SqVst3Loop *loop);

/// Calls what is due and whose descriptors are readable. Never waits.
void sq_vst3_loop_run(SqVst3Loop *loop);

/// Lets go of what the plug-in left.
void sq_vst3_loop_cleanup(SqVst3Loop *loop);

#endif
