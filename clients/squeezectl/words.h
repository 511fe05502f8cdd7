// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// OSC messages as people write and read them: shell-like words in, lines or JSON out; single thread.
#ifndef SQ_CLIENTS_SQUEEZECTL_WORDS_H
#define SQ_CLIENTS_SQUEEZECTL_WORDS_H

#include <lo/lo.h>
#include <stdbool.h>
#include <stdio.h>

#include "protocol/osc.h"

/// One word; a quoted one is a string whatever it looks like.
typedef struct SqWord {
  char *text;
  bool quoted;
} SqWord;

/// The words of one line, in memory of their own.
typedef struct SqWords {
  SqWord *words; ///< [n]
  int n;
  char *memory;
} SqWords;

/// Splits a line as a shell does: blanks, '...', "..." with \" and \\, \x, `#` at the start of a word ends the line.
/// False: a quote is left open, or no memory; `words` is then empty. Free it by sq_words_cleanup().
bool sq_words_split(const char *line, SqWords *words);
void sq_words_cleanup(SqWords *words);

/// Makes a message of words: `3` is i (or h when it does not fit), `3.0` f, `i: f: d: h: s: b:HEX T: F: N: I:` force a
/// type, the rest are strings. The message is the caller's, to free. NULL: error[size] says which word is wrong.
lo_message sq_words_message(const SqWord *words, int n, char *error, size_t size);

/// Prints one argument so that sq_words_message() would read the same again.
void sq_words_print_arg(FILE *out, const SqOscArg *arg);

/// Prints the arguments from `first` on, with blanks between them.
void sq_words_print_args(FILE *out, const SqOscMessage *message, uint32_t first);

/// Prints `text` as a JSON string. Bytes that are no UTF-8 text go out as they are.
void sq_json_print_string(FILE *out, const char *text);

/// Prints one argument as a JSON value (NaN and infinities: null; blobs: a string of hex digits).
void sq_json_print_arg(FILE *out, const SqOscArg *arg);

/// Prints {"address":"…","args":[…]} and a newline.
void sq_json_print_message(FILE *out, const SqOscMessage *message);

/// The argument as a number. False: it is none.
bool sq_words_number(const SqOscArg *arg, double *number);

/// The argument as a string, or `other`.
const char *sq_words_text(const SqOscArg *arg, const char *other);

#endif
