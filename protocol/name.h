// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What may be the name of an object: a part of an address that no verb and no handle can be taken for; any thread.
#ifndef SQ_PROTOCOL_NAME_H
#define SQ_PROTOCOL_NAME_H

#include <stdbool.h>

#include "protocol/status.h"

/// The longest name in bytes.
#define SQ_NAME_MAX 63

/// Checks `name` against [A-Za-z_][A-Za-z0-9_-]{0,62} and the reserved verbs.
/// Errors: SQ_BAD_ARGS; `*why` is then a constant half sentence ("is a reserved verb; …").
SqStatus sq_name_check(const char *name, const char **why);

/// True for a word that follows a kind in addresses ("/source/add") and so is nobody's name.
bool sq_name_reserved(const char *name);

/// The i-th reserved word, or NULL past the last: the list is part of the contract.
const char *sq_name_reserved_at(unsigned i);

/// True when the text is valid UTF-8 without control characters (RFC 3629: no surrogates, no overlong forms).
bool sq_text_is_utf8(const char *text);

/// The longest start of a valid UTF-8 text that has at most `max` bytes and no half character.
int sq_text_cut(const char *text, int max);

#endif
