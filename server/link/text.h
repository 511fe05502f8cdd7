// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Parameters of processors by their symbols, and their values as words; any thread.
#ifndef SQ_LINK_TEXT_H
#define SQ_LINK_TEXT_H

#include "engine/processor.h"

/// Index of the parameter with this symbol, or UINT32_MAX.
uint32_t sq_link_param_index(const SqProcessorType *type, const char *symbol);

/// Reads "0.5", "on", "peak" (a choice) as a value within the range. False: it cannot be read.
bool sq_link_param_parse(const SqParamInfo *info, const char *text, double *value);

/// The value held to what the parameter can be.
double sq_link_param_clamp(const SqParamInfo *info, double value);

/// Writes the value as people read it: "-6.0 dB", "peak", "on".
void sq_link_param_text(const SqParamInfo *info, double value, char *text, size_t size);

#endif
