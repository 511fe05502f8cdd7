// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void sq_sparse_init(SqSparse *sparse, size_t item_size) {
  *sparse = (SqSparse){.size = item_size};
}

void sq_sparse_cleanup(SqSparse *sparse) {
  for (uint32_t p = 0; p < sparse->n_pages; p++)
    free(sparse->page[p]);
  free(sparse->page);
  *sparse = (SqSparse){.size = sparse->size};
}

/// The number of items stands in front of them, in as much room as keeps them aligned.
#define HEAD 16u

static size_t page_bytes(const SqSparse *sparse) {
  return HEAD + SQ_SPARSE_PAGE * sparse->size;
}

static unsigned char *item_of(const SqSparse *sparse, uint32_t index) {
  return sparse->page[index / SQ_SPARSE_PAGE] + HEAD + index % SQ_SPARSE_PAGE * sparse->size;
}

static bool is_there(const unsigned char *item, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (item[i])
      return true;
  return false;
}

void *sq_sparse_get(const SqSparse *sparse, uint32_t index) {
  if (index / SQ_SPARSE_PAGE >= sparse->n_pages || !sparse->page[index / SQ_SPARSE_PAGE])
    return NULL;
  unsigned char *item = item_of(sparse, index);
  return is_there(item, sparse->size) ? item : NULL;
}

static void need_page(SqSparse *sparse, uint32_t p) {
  if (p >= sparse->n_pages) {
    uint32_t n = sparse->n_pages ? sparse->n_pages : 4;
    while (n <= p)
      n *= 2;
    sparse->page = sq_realloc(sparse->page, n, sizeof *sparse->page);
    memset(sparse->page + sparse->n_pages, 0, (n - sparse->n_pages) * sizeof *sparse->page);
    sparse->n_pages = n;
  }
  if (!sparse->page[p])
    sparse->page[p] = sq_alloc(1, page_bytes(sparse));
}

void sq_sparse_put(SqSparse *sparse, uint32_t index, const void *item) {
  const uint32_t p = index / SQ_SPARSE_PAGE;
  const bool there = is_there(item, sparse->size), was = sq_sparse_get(sparse, index) != NULL;
  if (!there && !was)
    return;
  need_page(sparse, p);
  memcpy(item_of(sparse, index), item, sparse->size);
  uint32_t *n = (uint32_t *)(void *)sparse->page[p];
  *n = *n + there - was;
  if (*n == 0) {
    free(sparse->page[p]);
    sparse->page[p] = NULL;
  }
}

void sq_sparse_copy(SqSparse *to, const SqSparse *from) {
  *to = *from;
  to->page = sq_alloc(from->n_pages, sizeof *to->page);
  for (uint32_t p = 0; p < from->n_pages; p++)
    if (from->page[p]) {
      to->page[p] = sq_alloc(1, page_bytes(from));
      memcpy(to->page[p], from->page[p], page_bytes(from));
    }
}

uint32_t sq_sparse_end(const SqSparse *sparse) {
  return sparse->n_pages * SQ_SPARSE_PAGE;
}
