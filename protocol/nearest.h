// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The known word closest to a misspelt one, for error texts; any thread but audio.
#ifndef SQ_PROTOCOL_NEAREST_H
#define SQ_PROTOCOL_NEAREST_H

#include <stddef.h>

/// Longer words are compared by their first part only.
#define SQ_NEAREST_MAX 95

typedef struct {
  const char *word;
  size_t length;
  unsigned limit;   ///< more edits than this and nothing is near
  const char *best; ///< the nearest of what was tried, or NULL; not copied
  unsigned distance;
} SqNearest;

/// Begins a search for `word`, which must live as long as it.
void sq_nearest_begin(SqNearest *nearest, const char *word);

/// Compares one candidate. Of equally near ones the first stays.
void sq_nearest_try(SqNearest *nearest, const char *candidate);

/// Number of insertions, deletions, replacements and swaps of neighbours (Damerau 1964, "optimal string alignment")
/// that turn a into b, or limit + 1 when there are more.
unsigned sq_nearest_distance(const char *a, const char *b, unsigned limit);

#endif
