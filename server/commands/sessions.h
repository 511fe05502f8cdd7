// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Sessions under way: saves as jobs, one after the other, and sessions whose plug-ins are still being loaded; control
/// thread.
#ifndef SQ_COMMANDS_SESSIONS_H
#define SQ_COMMANDS_SESSIONS_H

#include "commands/paths.h"

/// Room for the folder of a session.
#define SQ_SESSION_PATH SQ_PATH_SIZE

/// The session that saves by themselves go to, beside the user's own.
#define SQ_SESSION_AUTOSAVE "autosave"

/// The folder that `text` names: a bare name is one in the state folder's sessions/, else an absolute path (of the
/// folder, or of its session.json). Errors: SQ_BAD_ARGS with a sentence.
SqStatus sq_sessions_folder(const SqContext *ctx, const char *text, char folder[SQ_SESSION_PATH], char *why,
                            size_t size);

/// Saves the document as it is now into `folder`, after the saves before it; `token` (may be NULL) is answered when it
/// is on the disk. `own`: the document is then no longer dirty.
void sq_sessions_save(SqContext *ctx, const char *folder, struct SqToken *token, bool own);

/// Reads the session of `folder`, wholly checked; NULL with the status and a sentence.
struct SqSession *sq_sessions_load(const char *folder, SqStatus *status, char *why, size_t size);

/// Puts a session that was read (taken) from `folder` in the place of the present one; returns its number of strips.
uint32_t sq_sessions_exchange(SqContext *ctx, struct SqSession *session, const char *folder);

/// Answers `token` with `items` and the number of processors that could not be made, when all of the document are made.
void sq_sessions_finish_when_ready(SqContext *ctx, struct SqToken *token, const SqItems *items);

/// An empty document, to be saved into `folder` (NULL: not known yet).
void sq_sessions_clear(SqContext *ctx, const char *folder);

/// The session that the configuration begins with; a fault is logged, and the daemon begins empty.
void sq_sessions_start(SqContext *ctx);

/// Ends what is ready, and saves by itself when it is time.
void sq_sessions_tick(SqContext *ctx, int64_t now_ms);

/// No more saves; before the jobs end.
void sq_sessions_stop(SqContext *ctx);
/// After the jobs ended.
void sq_sessions_free(SqContext *ctx);

#endif
