// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Saving a session so that the folder holds the old one or the new one, whenever the power goes; job threads.
#ifndef SQ_SESSION_SAVE_H
#define SQ_SESSION_SAVE_H

#include "session/session.h"

/// Writes `doc` into `folder` (absolute; made when its parent is there). States that are not there yet come first,
/// each by a temporary file, fsync and rename; then session.json likewise; then the folders are synced, and states
/// that nothing names any more go. On an error everything that this call made is taken away again.
/// Errors: SQ_IO, SQ_NOT_FOUND (no parent folder), SQ_DENIED, SQ_LIMIT (the disk is full), with a sentence in
/// why[size].
SqStatus sq_session_save(const SqDoc *doc, const SqSessionHost *host, const char *folder, char *why, size_t size);

#endif
