// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The recorders that clients have made, from their tap in a strip to the finished file; control thread.
///
/// A recorder takes one take after the other. Its file is made by a job (`opening`); then it is `armed`, its tap in the
/// plan; `recording` from its start on; `done` or `failed` when the file is finished.
#ifndef SQ_COMMANDS_RECORDERS_H
#define SQ_COMMANDS_RECORDERS_H

#include "commands/paths.h"
#include "media/writer.h"

typedef struct SqRecorders SqRecorders;

/// Starts the disk's threads. NULL: they could not be started.
SqRecorders *sq_recorders_new(SqContext *ctx);

/// Finishes every file. No driver calls the engine any more, no job is left, the link is still there.
void sq_recorders_free(SqRecorders *recorders);

/// Readable when sq_recorders_poll() has something to look at.
int sq_recorders_fd(const SqRecorders *recorders);

/// Sees how the takes stand: answers, tells events, lets go of taps. Cheap while there is none.
void sq_recorders_poll(SqRecorders *recorders);

/// The sample rate is about to change, and a file has one rate from its first frame to its last: takes under way end,
/// those that are armed get a file of the new rate.
void sq_recorders_renew(SqRecorders *recorders);

/// For SqContext.ran: the disk keeps up with the offline driver.
void sq_recorders_ran(SqContext *ctx);

/// How one recorder stands.
typedef struct SqRecordView {
  SqHandle handle;
  const char *name;
  const char *state; ///< opening, armed, recording, done, failed
  const char *path;  ///< of the present or last take
  const char *error; ///< of a failed take, or ""
  const char *strip; ///< name, "" when it is gone
  const char *tap;   ///< pre, post
  uint64_t frames;   ///< in the file
  uint64_t lost;     ///< frames of silence in it, where the disk was too slow
} SqRecordView;

/// The i-th recorder, or the one of this handle. False: there is none.
bool sq_recorders_at(const SqRecorders *recorders, uint32_t i, SqRecordView *view);
bool sq_recorders_view(const SqRecorders *recorders, SqHandle handle, SqRecordView *view);

/// What a new one records, and into which file.
typedef struct SqRecordSpec {
  const char *name;
  SqHandle strip;
  bool post; ///< after the fader
  char path[SQ_PATH_SIZE];
  SqWriterConfig writer; ///< all but path, channels and rate
} SqRecordSpec;

// What handlers do once their message has succeeded. Each takes a token and ends it: when the take is armed (add, arm,
// start), when the file is finished (stop, remove).
void sq_recorders_add(SqRecorders *recorders, const SqRecordSpec *spec, SqHandle handle, struct SqToken *token);
/// Another take. `path` "": a free name beside the last one's, or the same where it may be overwritten.
void sq_recorders_arm(SqRecorders *recorders, SqHandle handle, const char *path, struct SqToken *token);
/// `frame` 0: now.
void sq_recorders_start(SqRecorders *recorders, SqHandle handle, uint64_t frame, struct SqToken *token);
void sq_recorders_stop(SqRecorders *recorders, SqHandle handle, uint64_t frame, struct SqToken *token);
void sq_recorders_remove(SqRecorders *recorders, SqHandle handle, struct SqToken *token);

#endif
