// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory) {
  if (!memory) {
    fputs("squeezed: out of memory\n", stderr);
    abort();
  }
  return memory;
}

void *sq_alloc(size_t n, size_t size) {
  return or_die(calloc(n ? n : 1, size ? size : 1));
}

void *sq_realloc(void *memory, size_t n, size_t size) {
  if (size && n > SIZE_MAX / size)
    or_die(NULL);
  const size_t bytes = n * size;
  return or_die(realloc(memory, bytes > 0 ? bytes : 1));
}

void *sq_alloc_audio(size_t n, size_t size) {
  if (size && n > (SIZE_MAX - 64) / size)
    return NULL;
  const size_t bytes = (n * size + 63) / 64 * 64;
  void *memory = aligned_alloc(64, bytes ? bytes : 64);
  if (memory)
    memset(memory, 0, bytes ? bytes : 64);
  return memory;
}
