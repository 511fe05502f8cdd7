// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Everything that one description of a plug-in holds, freed together: texts, tables; plug-in main thread.
#ifndef SQ_PLUGINS_KEEP_H
#define SQ_PLUGINS_KEEP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct SqKeep {
  struct SqKept *last;
  bool no_memory; ///< something could not be kept
} SqKeep;

void sq_keep_cleanup(SqKeep *keep);

/// Zeros for n items of `size` bytes (n may be 0). NULL: no memory.
void *sq_keep_array(SqKeep *keep, size_t n, size_t size);

/// A copy; NULL in, NULL out; no memory: "".
const char *sq_keep_text(SqKeep *keep, const char *text);

#endif
