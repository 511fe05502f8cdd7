// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The built-in processors there are, one line each; constants, any thread.
#ifndef SQ_PROCESSORS_LIST_H
#define SQ_PROCESSORS_LIST_H

#include "engine/processor.h"

#define SQ_PROCESSOR_LIST(X)                                                                                           \
  X(sq_processor_tone)                                                                                                 \
  X(sq_processor_gain)                                                                                                 \
  X(sq_processor_input)                                                                                                \
  X(sq_processor_sampler)                                                                                              \
  X(sq_processor_eq)                                                                                                   \
  X(sq_processor_compressor)                                                                                           \
  X(sq_processor_limiter)                                                                                              \
  X(sq_processor_reverb)

#define SQ_PROCESSOR_DECLARE(name) extern const SqProcessorType name;
SQ_PROCESSOR_LIST(SQ_PROCESSOR_DECLARE)
#undef SQ_PROCESSOR_DECLARE

/// The built-in called `id`, or NULL.
const SqProcessorType *sq_processor_find(const char *id);

/// The built-in number `index` in the order of the list, or NULL past its end.
const SqProcessorType *sq_processor_at(uint32_t index);

#endif
