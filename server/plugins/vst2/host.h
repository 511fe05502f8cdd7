// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The host's side of one effect: opens and closes it, and answers what it asks, from whatever thread it does.
///
/// What a plug-in tells is kept in atomics: idle() of the instance passes it on. The callback is called within the
/// module's entry already, when there is no effect to hang a context on: it is then found by the thread.
#ifndef SQ_PLUGINS_VST2_HOST_H
#define SQ_PLUGINS_VST2_HOST_H

#include <stdatomic.h>

#include "engine/processor.h"
#include "plugins/vst2/abi.h"
#include "protocol/status.h"

/// What the audio thread is doing, for questions that come from it.
typedef struct SqVst2Run {
  _Atomic bool on; ///< within the plug-in's code
  void *thread;    ///< which one, by its own pointer: pthread_self() without a call
  const SqRtBlock *block;
  uint32_t at;     ///< frame of the block where the piece begins
  int32_t setting; ///< the parameter that is being set, or -1: its echo is no news
  SqVst2Time time;
} SqVst2Run;

/// What was heard and not yet told, by all threads.
typedef struct SqVst2Heard {
  _Atomic bool any; ///< of the bits below
  _Atomic bool io, display, idle;
  _Atomic uint64_t size;                     ///< width << 32 | height that the window should have; 0: no wish
  _Atomic uint32_t *touched, *begun, *ended; ///< [(n_params + 31) / 32] a bit per parameter
  _Atomic float *values;                     ///< [n_params] what each is now, 0..1, as far as the host knows
  uint32_t n_params;
} SqVst2Heard;

typedef struct SqVst2Host {
  SqVst2Effect *effect; ///< NULL: closed
  double rate_hz;
  uint32_t max_block;
  int32_t shell_id; ///< which of a shell is to be made; 0: none
  bool offline;
  SqVst2Run *run;     ///< NULL: never runs
  SqVst2Heard *heard; ///< NULL: nobody wants to know
} SqVst2Host;

/// Makes an effect of a module and opens it; rate, block, shell_id and the rest of `host` are set before.
/// [plug-in main] Errors: SQ_UNSUPPORTED: what it made is no effect.
SqStatus sq_vst2_host_open(SqVst2Host *host, SqVst2Entry entry, char *error, size_t error_size);

/// [plug-in main] Closes what is open.
void sq_vst2_host_close(SqVst2Host *host);

/// A text that the effect gives, made fit to be shown; false: it gave none. [plug-in main]
bool sq_vst2_host_text(SqVst2Host *host, SqVst2Ask ask, int32_t index, char *text, size_t size);

/// True when the effect says that it can do something.
bool sq_vst2_host_can(SqVst2Host *host, const char *what);

#endif
