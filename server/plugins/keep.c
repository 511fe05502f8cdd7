// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/keep.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct SqKept {
  struct SqKept *before;
  max_align_t bytes[];
};

void sq_keep_cleanup(SqKeep *keep) {
  while (keep->last) {
    struct SqKept *before = keep->last->before;
    free(keep->last);
    keep->last = before;
  }
}

void *sq_keep_array(SqKeep *keep, size_t n, size_t size) {
  size_t bytes;
  struct SqKept *kept = NULL;
  if (!__builtin_mul_overflow(n, size, &bytes) && bytes < SIZE_MAX / 2)
    kept = calloc(1, sizeof *kept + bytes);
  if (!kept) {
    keep->no_memory = true;
    return NULL;
  }
  kept->before = keep->last;
  keep->last = kept;
  return kept->bytes;
}

const char *sq_keep_text(SqKeep *keep, const char *text) {
  if (!text)
    return NULL;
  size_t n = strlen(text) + 1;
  char *copy = sq_keep_array(keep, n, 1);
  return copy ? memcpy(copy, text, n) : "";
}
