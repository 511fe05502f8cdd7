// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Allocation for the threads that may: small things end the process when memory is gone, big ones say so; any thread
/// but audio.
#ifndef SQ_BASE_MEMORY_H
#define SQ_BASE_MEMORY_H

#include <stddef.h>

/// Zeroed memory for small, bounded things; never NULL.
void *sq_alloc(size_t n, size_t size);

/// Resizes to n * size; never NULL. New bytes are not zeroed.
void *sq_realloc(void *memory, size_t n, size_t size);

/// Zeroed, 64-byte aligned memory for audio; NULL when there is none. Freed by free().
void *sq_alloc_audio(size_t n, size_t size);

#endif
