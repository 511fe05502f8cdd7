// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Reading a session: all of it is checked before anything of it is used; control and job threads.
#ifndef SQ_SESSION_LOAD_H
#define SQ_SESSION_LOAD_H

#include "session/session.h"

/// A session that was read and found good, not yet placed among the handles of a run.
typedef struct SqSession {
  SqStrip **strips; ///< [n]; the first is the master. Handles count from 1 (the master's) without gaps
  uint32_t n;
  SqHandle n_handles; ///< the highest
  double numbers[SQ_GLOBAL_NUMBERS];
  SqShared *unknown;
} SqSession;

/// Reads the session in `folder` (absolute). NULL with the status, and a sentence in why[size] that names file and
/// line. `host->param` tells the parameters of types that it knows; others become wishes, kept by symbol.
/// Errors: SQ_NOT_FOUND no session there; SQ_IO; SQ_BAD_ARGS broken; SQ_UNSUPPORTED of a newer major version;
/// SQ_LIMIT too large.
SqSession *sq_session_load(const char *folder, const SqSessionHost *host, SqStatus *status, char *why, size_t size);

/// As sq_session_load(), of text that is in memory already.
SqSession *sq_session_read(const char *text, size_t n, const char *folder, const SqSessionHost *host, SqStatus *status,
                           char *why, size_t size);

/// Makes a document of it whose handles (but the master's) begin at `first`; takes the session. [control]
SqDoc *sq_session_place(SqSession *session, SqHandle first);
void sq_session_free(SqSession *session);

#endif
