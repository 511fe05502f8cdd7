// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Brings a whole sound from one sample rate to another with the SoX resampler; job threads.
#ifndef SQ_MEDIA_RESAMPLE_H
#define SQ_MEDIA_RESAMPLE_H

#include <stdint.h>

#include "media/file.h"

/// Frames interleaved in memory, on their way from a file into a sound.
typedef struct SqFrames {
  float *data; ///< [n][n_channels], malloc'ed
  uint64_t n, cap;
  uint32_t n_channels;
} SqFrames;

/// Room for `cap` frames in all. [jobs] False: no memory, nothing changed.
bool sq_frames_reserve(SqFrames *frames, uint64_t cap);

/// Replaces frames->data at rate `from` Hz by the same sound at `to` Hz, ceil(n * to / from) frames. [jobs]
/// Progress goes from 0.5 to 1. Errors: SQ_LIMIT (memory), SQ_CANCELLED, SQ_INTERNAL (the library refused).
SqStatus sq_resample(SqFrames *frames, double from, double to, const SqFileLoad *how);

#endif
