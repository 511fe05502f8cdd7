// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/memory.h"

#define LINE 1024
#define SOURCES 64 ///< format strings counted at a time

typedef struct {
  const char *format;
  int64_t since_ms;
  unsigned count;
  unsigned suppressed;
  SqLogLevel level;
} Source;

struct SqLog {
  pthread_mutex_t lock;
  FILE *stream;
  char name[64];
  SqLogLevel level;
  bool journal;
  Source sources[SOURCES];
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool sq_log_is_journal(int fd, const char *journal_stream) {
  struct stat info;
  char *end = NULL;
  if (!journal_stream || fstat(fd, &info) != 0)
    return false;
  unsigned long long device = strtoull(journal_stream, &end, 10);
  if (*end != ':')
    return false;
  unsigned long long inode = strtoull(end + 1, &end, 10);
  return *end == '\0' && device == info.st_dev && inode == info.st_ino;
}

SqLog *sq_log_new(FILE *stream, const char *name, SqLogLevel level) {
  SqLog *log = sq_alloc(1, sizeof *log);
  pthread_mutex_init(&log->lock, NULL);
  log->stream = stream;
  snprintf(log->name, sizeof log->name, "%s", name);
  log->level = level;
  log->journal = sq_log_is_journal(fileno(stream), getenv("JOURNAL_STREAM"));
  return log;
}

/// Writes one line. The lock is held.
static void put(SqLog *log, SqLogLevel level, char *text) {
  static const char priorities[] = {'3', '4', '6', '7'};
  static const char *const words[] = {"error: ", "warning: ", "", "debug: "};
  for (char *p = text; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      *p = '?';
  if (log->journal) {
    fprintf(log->stream, "<%c>%s: %s\n", priorities[level], log->name, text);
  } else {
    struct timespec now;
    struct tm day;
    char clock[32] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &day))
      strftime(clock, sizeof clock, "%H:%M:%S", &day);
    fprintf(log->stream, "%s.%03ld %s: %s%s\n", clock, now.tv_nsec / 1000000, log->name, words[level], text);
  }
  fflush(log->stream);
}

static void tell_suppressed(SqLog *log, Source *source) {
  char text[LINE];
  if (source->suppressed) {
    // The format itself, not its arguments: which kind of line it was.
    snprintf(text, sizeof text, "%u suppressed of: %s", source->suppressed, source->format);
    source->suppressed = 0;
    put(log, source->level, text);
  }
}

/// Where this format is counted: its own place, or that of the one silent longest.
static Source *source_of(SqLog *log, const char *format) {
  Source *oldest = &log->sources[0];
  for (unsigned i = 0; i < SOURCES; i++) {
    if (log->sources[i].format == format)
      return &log->sources[i];
    if (log->sources[i].since_ms < oldest->since_ms)
      oldest = &log->sources[i];
  }
  return oldest;
}

/// True when one more line of this format may be written now. The lock is held.
static bool may_pass(SqLog *log, SqLogLevel level, const char *format) {
  Source *source = source_of(log, format);
  int64_t now = now_ms();
  if (source->format != format || now - source->since_ms >= 1000) {
    tell_suppressed(log, source);
    *source = (Source){.format = format, .since_ms = now, .level = level};
  }
  if (source->count < SQ_LOG_BURST) {
    source->count++;
    return true;
  }
  source->suppressed++;
  return false;
}

void sq_log(SqLog *log, SqLogLevel level, const char *format, ...) {
  char text[LINE];
  va_list list;
  pthread_mutex_lock(&log->lock);
  if (level <= log->level && may_pass(log, level, format)) {
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    put(log, level, text);
  }
  pthread_mutex_unlock(&log->lock);
}

void sq_log_flush(SqLog *log) {
  pthread_mutex_lock(&log->lock);
  int64_t now = now_ms();
  for (unsigned i = 0; i < SOURCES; i++)
    if (now - log->sources[i].since_ms >= 1000)
      tell_suppressed(log, &log->sources[i]);
  pthread_mutex_unlock(&log->lock);
}

void sq_log_set_level(SqLog *log, SqLogLevel level) {
  pthread_mutex_lock(&log->lock);
  log->level = level;
  pthread_mutex_unlock(&log->lock);
}

SqLogLevel sq_log_level(SqLog *log) {
  pthread_mutex_lock(&log->lock);
  SqLogLevel level = log->level;
  pthread_mutex_unlock(&log->lock);
  return level;
}

void sq_log_free(SqLog *log) {
  if (!log)
    return;
  for (unsigned i = 0; i < SOURCES; i++)
    tell_suppressed(log, &log->sources[i]);
  pthread_mutex_destroy(&log->lock);
  free(log);
}
