// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One take of one strip, from the audio thread's tap to a file; control thread, the work is the disk thread's.
///
/// Open (the file is there, its header says 0 frames), put the tap into a plan, start and stop at engine frames, wait
/// for SQ_RECORDER_DONE, take the tap out of the plan, close. A recorder is one take: the next one is a new recorder.
/// The header is brought up to date once a second and the file is synced every 5 s, so that a kill or a power cut
/// costs no more. Frames for which the ring had no room are zeros in the file, and are counted.
#ifndef SQ_MEDIA_RECORDER_H
#define SQ_MEDIA_RECORDER_H

#include "engine/tap.h"
#include "media/disk.h"
#include "media/writer.h"

#define SQ_RECORDER_SECONDS 2.5 ///< of sound in the ring, at least: what a disk may stall
#define SQ_RECORDER_WARN_S 300  ///< disk space for less than this is worth a warning

typedef enum {
  SQ_RECORDER_ARMED,   ///< waits for its start frame
  SQ_RECORDER_RUNNING, //
  SQ_RECORDER_DONE,    ///< the take has ended, the file is finished
  SQ_RECORDER_FAILED   ///< the file is finished with what could be written; `error` says why
} SqRecorderState;

typedef struct SqRecorderStatus {
  SqRecorderState state;
  uint64_t frames;      ///< in the file
  uint64_t lost_frames; ///< zeros instead of frames that had no room
  uint64_t began;       ///< engine frame of the first one, unless ARMED
  uint32_t parts;       ///< files
  float ring_full;      ///< 0..1 now
  int64_t seconds_left; ///< that the disk has room for, as of the last look (every 5 s); -1: not known
  SqStatus status;      ///< SQ_OK, or why it failed
  char error[512];      ///< a sentence, "" if it did not
  char path[512];       ///< of the present part
} SqRecorderStatus;

typedef struct SqRecorder SqRecorder;

/// Creates the file and a tap of config->n_channels. [jobs or control: creates a file and touches a few MiB]
/// Errors, with a sentence in error[error_size]: those of sq_writer_open(), SQ_LIMIT (memory).
SqStatus sq_recorder_open(SqDisk *disk, const SqWriterConfig *config, SqRecorder **recorder, char *error,
                          size_t error_size);

/// What the plan's TAP step gets; valid until close. [control]
SqRtTap *sq_recorder_tap(SqRecorder *recorder);

/// The take begins at engine frame `frame` (or at once, if that has passed). [control]
void sq_recorder_start(SqRecorder *recorder, uint64_t frame);

/// The take ends before engine frame `frame` (or at once); DONE follows when all is on file. [control]
void sq_recorder_stop(SqRecorder *recorder, uint64_t frame);

/// How it stands. [control] sq_disk_fd() becomes readable when the state has changed.
void sq_recorder_status(SqRecorder *recorder, SqRecorderStatus *status);

/// Ends the take with what has come so far, finishes the file, frees all. [jobs; control only when DONE or FAILED] The
/// audio thread does not have the tap any more. NULL is allowed.
void sq_recorder_close(SqRecorder *recorder);

#endif
