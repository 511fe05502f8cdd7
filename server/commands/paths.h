// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Files that clients name: what a path means, and whether it lies where reading or writing is allowed; control thread.
#ifndef SQ_COMMANDS_PATHS_H
#define SQ_COMMANDS_PATHS_H

#include "commands/call.h"

/// Bytes of a path, with its NUL.
#define SQ_PATH_SIZE 512

/// The file to be read that `text` names: an absolute path, or one below the session's folder (the state folder while
/// there is no session). Errors, with the sentence set: SQ_BAD_ARGS, SQ_DENIED (outside of paths.read).
SqStatus sq_path_to_read(SqCall *call, const char *text, char path[SQ_PATH_SIZE]);

/// The file to be written that `text` names: an absolute path, or one below `folder` of the state folder, which is
/// made. Errors, with the sentence set: SQ_BAD_ARGS, SQ_DENIED (outside of paths.write), SQ_IO (no such folder could be
/// made).
SqStatus sq_path_to_write(SqCall *call, const char *text, const char *folder, char path[SQ_PATH_SIZE]);

#endif
