// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/nearest.h"

#include <string.h>

static unsigned min2(unsigned a, unsigned b) {
  return a < b ? a : b;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

unsigned sq_nearest_distance(const char *a, const char *b, unsigned limit) {
  size_t n = strnlen(a, SQ_NEAREST_MAX), m = strnlen(b, SQ_NEAREST_MAX);
  if ((n > m ? n - m : m - n) > limit)
    return limit + 1;
  unsigned rows[3][SQ_NEAREST_MAX + 1]; // this row and the two before it, for swaps
  for (size_t j = 0; j <= m; j++)
    rows[0][j] = (unsigned)j;
  for (size_t i = 1; i <= n; i++) {
    unsigned *row = rows[i % 3];
    const unsigned *before = rows[(i - 1) % 3], *swap = rows[(i + 1) % 3];
    unsigned least = row[0] = (unsigned)i;
    for (size_t j = 1; j <= m; j++) {
      char x = lower(a[i - 1]), y = lower(b[j - 1]);
      row[j] = min2(before[j - 1] + (x != y), min2(before[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
        row[j] = min2(row[j], swap[j - 2] + 1);
      least = min2(least, row[j]);
    }
    if (least > limit)
      return limit + 1;
  }
  return min2(rows[n % 3][m], limit + 1);
}

void sq_nearest_begin(SqNearest *nearest, const char *word) {
  *nearest = (SqNearest){.word = word, .length = strlen(word)};
  // A third of the word may be wrong; in long addresses a few letters are.
  unsigned limit = (unsigned)(nearest->length / 3);
  nearest->limit = limit < 1 ? 1 : limit > 6 ? 6 : limit;
  nearest->distance = nearest->limit + 1;
}

void sq_nearest_try(SqNearest *nearest, const char *candidate) {
  if (nearest->distance == 0)
    return;
  unsigned distance = sq_nearest_distance(nearest->word, candidate, nearest->distance - 1);
  if (distance < nearest->distance) {
    nearest->distance = distance;
    nearest->best = candidate;
  }
}
