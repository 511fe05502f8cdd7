// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Texts as VST3 speaks them: UTF-16 of 128 units; and texts of one description, kept together. Jobs threads.
#ifndef SQ_PLUGINS_VST3_TEXT_H
#define SQ_PLUGINS_VST3_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_VST3_UTF8 512 ///< bytes that any text of 128 units fits into

/// Copies UTF-16 of at most n units (NULL: nothing) into to[size], always ended: what is none becomes '?', control
/// characters become spaces, spaces at both ends go, and it is cut between two characters. Returns the length.
size_t sq_vst3_text(char *to, size_t size, const uint16_t *from, size_t n);

/// UTF-8 to UTF-16, cut to size - 1 units, ended.
void sq_vst3_text_to_utf16(uint16_t *to, size_t size, const char *from);

/// Texts that are freed together.
typedef struct SqVst3Texts {
  struct SqVst3TextBlock *blocks;
  bool no_memory; ///< something could not be kept; "" was given instead
} SqVst3Texts;

void sq_vst3_texts_cleanup(SqVst3Texts *texts);

/// A copy that lives as long as `texts`; NULL in, NULL out.
const char *sq_vst3_texts_keep(SqVst3Texts *texts, const char *text);

#endif
