// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A table by numbers that only grow (handles): pages that come and go, so that what was long ago costs nothing; one
/// thread at a time.
#ifndef SQ_BASE_SPARSE_H
#define SQ_BASE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Items of a page.
#define SQ_SPARSE_PAGE 256u

typedef struct SqSparse {
  size_t size;          ///< bytes of an item; an item whose bytes are all 0 is not there
  unsigned char **page; ///< [n_pages] of SQ_SPARSE_PAGE items and their count, or NULL
  uint32_t n_pages;
} SqSparse;

/// An empty table; freed by sq_sparse_cleanup().
void sq_sparse_init(SqSparse *sparse, size_t item_size);
void sq_sparse_cleanup(SqSparse *sparse);

/// The item at `index`, or NULL when it is not there. Valid until the next put.
void *sq_sparse_get(const SqSparse *sparse, uint32_t index);

/// Copies *item to `index`; all zeros: takes it away.
void sq_sparse_put(SqSparse *sparse, uint32_t index, const void *item);

/// An independent copy.
void sq_sparse_copy(SqSparse *to, const SqSparse *from);

/// No index from here on is in use.
uint32_t sq_sparse_end(const SqSparse *sparse);

#endif
