// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Whole files of a session's folder; control and job threads.
#ifndef SQ_SESSION_FOLDER_H
#define SQ_SESSION_FOLDER_H

#include <stddef.h>
#include <stdint.h>

/// Reads a regular file of at most `max` bytes; malloc'ed, with a NUL after its n bytes. NULL with *error an errno:
/// EFBIG when it is larger, EINVAL when it is no regular file.
char *sq_folder_read(const char *path, size_t max, size_t *n, int *error);

/// Writes `data` by a temporary file `path` ".unfinished", fsync and rename. 0, or an errno: `path` is then as it was
/// and the temporary file is gone.
int sq_folder_write(const char *path, const char *data, size_t n);

/// Makes what was renamed or removed in a folder last. 0, or an errno.
int sq_folder_sync(const char *path);

/// What sq_folder_write() puts after the name of what is not finished: found later, it is what a killed save left.
#define SQ_FOLDER_UNFINISHED ".unfinished"

#endif
