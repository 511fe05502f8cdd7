// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the readers of options share, and nobody else; control thread.
#ifndef SQ_OPTIONS_PARTS_H
#define SQ_OPTIONS_PARTS_H

#include "options.h"

/// Sets a value and notes where it came from; false with a sentence in why[size].
bool sq_options_apply(SqOptions *options, const SqOption *row, const char *text, SqOptionOrigin origin, char *why,
                      size_t size);

/// "; did you mean 'port'?", or nothing, in text[size].
void sq_options_suggest(const char *word, const char *const *names, size_t n, char *text, size_t size);

/// The variable's value when it is set and not empty, else NULL.
const char *sq_options_variable(char *const *environment, const char *name);

#endif
