// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Loads sound files of every format that libsndfile reads into memory, at the engine's rate; job threads.
#ifndef SQ_MEDIA_FILE_H
#define SQ_MEDIA_FILE_H

#include <stddef.h>

#include "engine/sample.h"
#include "protocol/status.h"

typedef struct SqFileLoad {
  double rate;                                  ///< Hz of the engine; 0: the file's own
  uint64_t max_bytes;                           ///< in memory; 0: SQ_MAX_SAMPLE_BYTES
  bool (*progress)(void *context, float ratio); ///< may be NULL; called now and then with 0..1, false cancels
  void *context;
} SqFileLoad;

/// Loads the whole file at `path` into a new sound with one reference, owned by the caller. [jobs] Blocks.
///
/// Brings it to how->rate with the SoX resampler (very high quality) when the rates differ. Takes root note and first
/// forward loop from the file's instrument chunk; samples that are not finite become 0.
/// Errors, with a sentence (cause and next step) in error[error_size]: SQ_NOT_FOUND, SQ_DENIED, SQ_UNSUPPORTED (no
/// regular file, unknown format, ADPCM, more than 64 channels), SQ_LIMIT (too large), SQ_IO (damaged), SQ_CANCELLED.
SqStatus sq_file_load(const char *path, const SqFileLoad *how, SqSample **sample, char *error, size_t error_size);

#endif
