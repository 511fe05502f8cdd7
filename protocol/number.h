// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Numbers as text and back, the same in every locale (a plug-in may change the process's); any thread but audio.
#ifndef SQ_PROTOCOL_NUMBER_H
#define SQ_PROTOCOL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Room for any number written by this file, with its NUL.
#define SQ_NUMBER_TEXT 32

/// Reads the whole of `text` as a decimal number ("-6", ".5", "1e-3", "-inf"). False for anything else: hexadecimal,
/// blanks, a decimal comma, nan. Overflow gives infinity.
bool sq_number_parse(const char *text, double *out);

/// Reads the whole of `text` as a decimal integer, exactly. False for anything else, and when it does not fit.
bool sq_number_parse_int(const char *text, int64_t *out);

/// Writes `value` with the fewest digits that read back as the same double: "3", "0.1", "-inf".
void sq_number_format(double value, char *text, size_t size);

/// The same for a float: "0.1", where sq_number_format() gives "0.10000000149011612".
void sq_number_format_float(float value, char *text, size_t size);

#endif
