// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Opens a module's file, after a look at whether the loader would survive it; plug-in main thread.
#ifndef SQ_PLUGINS_MODULE_H
#define SQ_PLUGINS_MODULE_H

#include <stddef.h>

#include "protocol/status.h"

/// dlopen() with all symbols resolved and none shared; dlclose() closes it. A file that is shorter than its own headers
/// say is refused: the loader would map it and die reading.
/// Errors, with a sentence: SQ_NOT_FOUND: no such file; SQ_UNSUPPORTED: not a module of this machine, or unresolved.
SqStatus sq_module_open(const char *path, void **handle, char *error, size_t error_size);

#endif
