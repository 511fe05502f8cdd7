// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Sounds in memory by the file they came from, so that samplers share what they play; job and control threads.
#ifndef SQ_MEDIA_CACHE_H
#define SQ_MEDIA_CACHE_H

#include "media/file.h"

typedef struct SqSampleCache SqSampleCache;

/// An empty cache of sounds at `rate` Hz. [control]
SqSampleCache *sq_sample_cache_new(double rate);

/// [control] No job uses it any more; sounds that others hold stay theirs.
void sq_sample_cache_free(SqSampleCache *cache);

/// The sound of the file at `path` as it is now on disk (by size and time of change), with one reference for the
/// caller: shared when it is here, else loaded. [jobs] Blocks. Errors as sq_file_load().
SqStatus sq_sample_cache_get(SqSampleCache *cache, const char *path, SqSample **sample, char *error, size_t error_size);

/// Forgets the sounds that nobody else holds. [control]
void sq_sample_cache_trim(SqSampleCache *cache);

/// How many sounds are here. [control]
uint32_t sq_sample_cache_count(SqSampleCache *cache);

#endif
