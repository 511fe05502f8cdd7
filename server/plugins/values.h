// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The values of all input parameters as a state, for plug-ins that have none of their own; plug-in main thread.
///
/// A line for each: symbol=BITS, the bits of the double in hexadecimal: exact, and the same whatever the locale.
#ifndef SQ_PLUGINS_VALUES_H
#define SQ_PLUGINS_VALUES_H

#include "engine/processor.h"
#include "protocol/status.h"

/// Writes values[type->n_params] into `blob` (format, id and version are the caller's). Errors: SQ_LIMIT: no memory.
SqStatus sq_values_write(const SqProcessorType *type, const double *values, SqBlob *blob);

/// Reads text[size] into values[type->n_params]; what it does not name stays, what the type does not know is skipped.
/// Errors: SQ_BAD_ARGS: it is not such a text; values may have been written then.
SqStatus sq_values_read(const SqProcessorType *type, const char *text, size_t size, double *values);

#endif
