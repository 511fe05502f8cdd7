// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// OSC address patterns (`? * [a-z] [!x] {a,b}`), matched in bounded time; any thread.
#ifndef SQ_PROTOCOL_MATCH_H
#define SQ_PROTOCOL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/// True when `text` holds any of the pattern characters.
bool sq_match_is_pattern(const char *text);

/// Matches one part of an address (no '/') of `n_pattern` bytes against `n_text` bytes.
/// Time is bounded by n_pattern * n_text for patterns without braces; braces are limited to SQ_MATCH_STEPS steps in
/// all, past which the answer is false.
bool sq_match_part(const char *pattern, size_t n_pattern, const char *text, size_t n_text);

#define SQ_MATCH_STEPS 20000

#endif
