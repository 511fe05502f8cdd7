// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Makes sounds in memory from frames that somebody has; control and job threads.
#ifndef SQ_MEDIA_SAMPLE_H
#define SQ_MEDIA_SAMPLE_H

#include <stddef.h>

#include "engine/sample.h"
#include "protocol/status.h"

/// Copies interleaved[n_frames][n_channels] into a new sound with one reference, owned by the caller. [setup]
///
/// Numbers that are not finite become 0 and -0 becomes +0, so that a copy and a sum give equal bits later on.
/// Errors: SQ_LIMIT for more than 2^31 - 1 frames or no memory, SQ_RANGE without frames or channels.
SqStatus sq_sample_new(const float *interleaved, uint32_t n_channels, uint64_t n_frames, double rate,
                       SqSample **sample);

/// Gives it a name. [setup] Before others see it. Errors: SQ_LIMIT without memory.
SqStatus sq_sample_set_name(SqSample *sample, const char *name);

/// Bytes that a sound of this size takes. [any thread]
uint64_t sq_sample_bytes(uint32_t n_channels, uint64_t n_frames);

#endif
