// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Words that come from plug-ins, made fit to be shown and addressed: jobs threads and plug-in main thread.
#ifndef SQ_PLUGINS_TEXT_H
#define SQ_PLUGINS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/processor.h"

#define SQ_SYMBOL 64 ///< bytes of a parameter's part of an address

/// Copies what may be anything into a text of at most size - 1 bytes: NULL is empty, what is not UTF-8 becomes '?',
/// control characters become spaces, spaces at both ends go, and it is cut between two characters. Reads no more than
/// `from_size` bytes of `from` (SIZE_MAX: it ends with a zero), and none behind the cut.
void sq_plugin_text(char *text, size_t size, const char *from, size_t from_size);

/// True when `text` holds `piece`, letters of any case alike.
bool sq_plugin_text_holds(const char *text, const char *piece);

/// Texts that live as long as what they describe.
typedef struct SqTexts {
  char **all; ///< [n]
  uint32_t n, cap;
  bool no_memory; ///< some text could not be kept
} SqTexts;

/// A copy of `text`; NULL in, NULL out; no memory: "" and the flag.
const char *sq_texts_keep(SqTexts *texts, const char *text);
void sq_texts_free(SqTexts *texts);

/// A part of an address from a name: small letters, digits and single _, beginning with a letter. Never empty.
void sq_plugin_symbol(char symbol[SQ_SYMBOL], const char *name);

/// As sq_plugin_symbol(), with a number behind it when one of params[n] bears it already.
void sq_plugin_symbol_unique(char symbol[SQ_SYMBOL], const char *name, const SqParamInfo *params, uint32_t n);

/// True when a port's or a group's name says that it is a sidechain: few plug-ins say it in any other way.
bool sq_plugin_text_is_side(const char *name);

#endif
