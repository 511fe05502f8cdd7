// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The daemon's log on stderr: one line a message, limited in rate; any thread but audio.
#ifndef SQ_BASE_LOG_H
#define SQ_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

typedef enum { SQ_LOG_LEVEL_ERROR, SQ_LOG_LEVEL_WARNING, SQ_LOG_LEVEL_INFO, SQ_LOG_LEVEL_DEBUG } SqLogLevel;

/// Lines of one format string that pass in one second; the rest are counted and told of in one line.
#define SQ_LOG_BURST 10

typedef struct SqLog SqLog;

/// A log that writes to `stream`, which stays the caller's: with priorities ("<3>…") where that is the systemd journal,
/// with the time of day elsewhere. `name` stands before each message and is copied. Owned by the caller.
SqLog *sq_log_new(FILE *stream, const char *name, SqLogLevel level);

/// Tells of what is still suppressed and frees the log; NULL is fine.
void sq_log_free(SqLog *log);

void sq_log_set_level(SqLog *log, SqLogLevel level);
SqLogLevel sq_log_level(SqLog *log);

/// Writes one line, unless the level or the rate forbids it. Messages are counted by their format string, so what
/// differs belongs into the arguments. Control characters, which a client may have sent, become '?'.
void sq_log(SqLog *log, SqLogLevel level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/// Tells of suppressed lines whose second is over; to be called now and then.
void sq_log_flush(SqLog *log);

/// True when `fd` is the stream that the journal gave this process ($JOURNAL_STREAM).
bool sq_log_is_journal(int fd, const char *journal_stream);

#endif
