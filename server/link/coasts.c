// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Where stereo strips' records lie: side by side, so that a block over thousands of them walks few pages, in order.
#include <stdlib.h>

#include "base/memory.h"
#include "link/internal.h"

enum { ROW = 256 }; // 32 KiB at a time

struct SqLinkCoasts {
  SqRtCoast **rows; ///< [n_rows][ROW]
  uint32_t n_rows;
  uint32_t used;         ///< of the last row
  SqRtCoast **free_ones; ///< [n_free], room for every record there is
  uint32_t n_free;
};

SqLinkCoasts *sq_link_coasts_new(void) {
  SqLinkCoasts *coasts = sq_alloc(1, sizeof *coasts);
  coasts->used = ROW;
  return coasts;
}

void sq_link_coasts_free(SqLinkCoasts *coasts) {
  for (uint32_t i = 0; i < coasts->n_rows; i++)
    free(coasts->rows[i]);
  free(coasts->rows);
  free(coasts->free_ones);
  free(coasts);
}

static void add_row(SqLinkCoasts *coasts) {
  SqRtCoast *row = sq_alloc_audio(ROW, sizeof *row);
  if (!row)
    abort();
  coasts->rows = sq_realloc(coasts->rows, coasts->n_rows + 1, sizeof *coasts->rows);
  coasts->free_ones = sq_realloc(coasts->free_ones, (size_t)(coasts->n_rows + 1) * ROW, sizeof *coasts->free_ones);
  coasts->rows[coasts->n_rows++] = row;
  coasts->used = 0;
}

void sq_link_coast_take(SqLink *link, SqRtStrip *strip) {
  SqLinkCoasts *coasts = link->coasts;
  if (!coasts->n_free && coasts->used == ROW)
    add_row(coasts);
  SqRtCoast *coast =
      coasts->n_free ? coasts->free_ones[--coasts->n_free] : &coasts->rows[coasts->n_rows - 1][coasts->used++];
  *coast = (SqRtCoast){.strip = strip, .epoch = UINT32_MAX};
  strip->coast = strip->object.coast = coast;
}

typedef struct {
  SqLinkCoasts *coasts;
  SqRtCoast *coast;
} Given;

static void take_back(void *memory) {
  Given *given = memory;
  given->coasts->free_ones[given->coasts->n_free++] = given->coast;
  free(given);
}

void sq_link_coast_give(SqLink *link, const SqRtStrip *strip) {
  if (!strip->coast)
    return;
  Given *given = sq_alloc(1, sizeof *given);
  *given = (Given){link->coasts, strip->coast};
  sq_link_discard(link, given, take_back);
}
