// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// OSC address patterns (`? * [a-z] [!x] {a,b}`), matched in bounded time; any thread.
#ifndef SQ_PROTOCOL_MATCH_H
#define SQ_PROTOCOL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/// True when `text` holds any of the pattern characters.
bool sq_match_is_pattern(const char *text);

/// The longest pattern part and text part that are looked at; longer ones match nothing.
#define SQ_MATCH_PART 255

/// Matches one part of an address (no '/') of `n_pattern` bytes against `n_text` bytes.
/// Time is at most n_pattern * n_text, whatever the pattern: all places of the text that the pattern so far can reach
/// are kept at once, so nothing is tried twice. Alternatives in braces are plain strings (OSC 1.0). Unfinished brackets
/// match nothing.
bool sq_match_part(const char *pattern, size_t n_pattern, const char *text, size_t n_text);

/// Matches a whole address part by part: both have the same number of parts, save that "//" in the pattern (OSC 1.1)
/// stands for any number of them.
bool sq_match_address(const char *pattern, const char *address);

#endif
