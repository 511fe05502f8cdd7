// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A sound file that is being written and stays playable whatever happens; one thread at a time, disk or jobs.
///
/// After sq_writer_update() a program that dies leaves a file that plays up to there. When the disk is full or fails,
/// the file is cut to whole frames, its header says exactly what is there, and the writer keeps the reason. WAV and
/// AIFF count bytes in 32 bits: before that is too little the writer goes on in a next file (take.wav, take-2.wav).
#ifndef SQ_MEDIA_WRITER_H
#define SQ_MEDIA_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

typedef enum {
  SQ_FORMAT_RF64, ///< WAV with 64-bit counts (EBU Tech 3306): the default where the length is not known
  SQ_FORMAT_WAV,
  SQ_FORMAT_W64,
  SQ_FORMAT_FLAC,
  SQ_FORMAT_AIFF
} SqFileFormat;

#define SQ_FORMATS "rf64|wav|w64|flac|aiff"

typedef struct SqWriterConfig {
  const char *path;
  SqFileFormat format;
  uint32_t bits; ///< 16, 24 (integers, clipped at full scale) or 32 (float); 0: 32, for FLAC 24
  uint32_t n_channels;
  uint32_t rate;      ///< Hz
  bool replace;       ///< a file of that name is overwritten; else SQ_EXISTS
  uint64_t max_bytes; ///< of one file; 0: as its format allows (WAV and AIFF: 3.9 GiB)
} SqWriterConfig;

typedef struct SqWriter SqWriter;

/// The format for a word of SQ_FORMATS. False: none. [any thread]
bool sq_format_of(const char *word, SqFileFormat *format);

/// The format that the end of `path` asks for (.wav .w64 .flac .aif .aiff .rf64), RF64 where it asks for none.
SqFileFormat sq_format_of_path(const char *path);

/// Creates the file with a header of zero frames. The folder must exist. Errors, with a sentence in error[error_size]:
/// SQ_EXISTS, SQ_NOT_FOUND (the folder), SQ_DENIED, SQ_UNSUPPORTED (32 bits in FLAC, channels, not a regular file),
/// SQ_IO.
SqStatus sq_writer_open(const SqWriterConfig *config, SqWriter **writer, char *error, size_t error_size);

/// Appends x[n][n_channels]; NULL: silence. Errors: SQ_IO, also for every later call; the file is then whole and
/// closed, and sq_writer_error() says why.
SqStatus sq_writer_write(SqWriter *writer, const float *x, uint64_t n);

/// Makes the header say what is in the file now. Errors: as sq_writer_write().
SqStatus sq_writer_update(SqWriter *writer);

/// Finishes the file; the writer stays for its words and counts. Errors: as sq_writer_write().
SqStatus sq_writer_finish(SqWriter *writer);

/// Finishes and frees; NULL is allowed.
void sq_writer_close(SqWriter *writer);

/// Frames that the file (all its parts) holds and its header will name.
uint64_t sq_writer_frames(const SqWriter *writer);

/// How many files it has become.
uint32_t sq_writer_parts(const SqWriter *writer);

/// The file written to now.
const char *sq_writer_path(const SqWriter *writer);

/// A descriptor for fdatasync() or statvfs(), valid until the next call; -1: closed.
int sq_writer_fd(const SqWriter *writer);

/// Bytes that a second of sound takes, at most.
uint64_t sq_writer_bytes_per_second(const SqWriter *writer);

/// Why it failed, a sentence (cause and next step); "" while it did not.
const char *sq_writer_error(const SqWriter *writer);

/// Ends it as a failed write with this errno would: for what fdatasync() found.
void sq_writer_fail(SqWriter *writer, int number);

#endif
