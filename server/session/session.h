// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A session on disk: a folder with session.json, the states of plug-ins in state/, and audio that may lie anywhere;
/// control and job threads.
///
/// session.json names strips by name, parameters by symbol, audio by a path that is relative when it lies in the
/// folder. Keys of later versions are kept with the object they stand at and written back.
#ifndef SQ_SESSION_SESSION_H
#define SQ_SESSION_SESSION_H

#include "model/document.h"

#define SQ_SESSION_FILE "session.json"
#define SQ_SESSION_STATES "state"
#define SQ_SESSION_FORMAT "squeezed session"
#define SQ_SESSION_MAJOR 1               ///< another one cannot be read
#define SQ_SESSION_MINOR 0               ///< counts keys that were added
#define SQ_SESSION_MAX_BYTES (64u << 20) ///< of session.json: ten times that of 4,096 strips

/// One parameter of a processor.
typedef struct SqSessionParam {
  const char *symbol;
  double min, max, def;
  bool output; ///< not ours to set
} SqSessionParam;

/// What session/ must be told of processors, which it does not know itself.
typedef struct SqSessionHost {
  void *context;
  /// Parameter `i` of `proc`; false: past the end, or the type is not known (yet).
  bool (*param)(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param);
  /// Saving: the state as it is now, a reference of the caller's; NULL: what the document has. May block. NULL: none.
  SqShared *(*state)(void *context, const SqProc *proc);
} SqSessionHost;

/// How the words of a choice stand in the file.
#define SQ_SESSION_KINDS "source|bus|master"
#define SQ_SESSION_PAN_LAWS "balance|equal_power"
#define SQ_SESSION_TAPS "pre|post"
#define SQ_SESSION_MODES "one_shot|gate|loop"

/// Name of the file of a state, within the folder: its text, the version and the format decide on it.
void sq_session_state_name(const SqShared *state, const char *strip, const char *proc, char *name, size_t size);

#endif
