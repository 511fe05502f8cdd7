// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/jack_log.h"

#include <jack/jack.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/thread.h"

#define LOG_QUIET_LEVEL 7 // debug: what libjack tells in passing

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static const SqDriverHost *log_host; // NULL: nobody
static bool log_is_quiet;
static char log_last[256]; // the same words again say nothing new

static void log_pass(int level, const char *text) {
  // On the audio thread libjack speaks only when its cycle has already failed; there we may not wait, so drop it.
  if (sq_thread_role() == SQ_THREAD_AUDIO || !text || pthread_mutex_trylock(&log_lock) != 0)
    return;
  if (log_host && log_host->log && !log_is_quiet && strncmp(text, log_last, sizeof log_last - 1) != 0) {
    char line[300];
    snprintf(log_last, sizeof log_last, "%s", text);
    snprintf(line, sizeof line, "libjack: %s", log_last);
    log_host->log(log_host->context, level, line);
  }
  pthread_mutex_unlock(&log_lock);
}

static void log_error(const char *text) {
  log_pass(6, text); // what it means for us is said by the driver, as a warning
}

static void log_info(const char *text) {
  log_pass(LOG_QUIET_LEVEL, text);
}

void sq_jack_log_start(const SqDriverHost *host) {
  pthread_mutex_lock(&log_lock);
  log_host = host;
  log_is_quiet = false;
  log_last[0] = 0;
  pthread_mutex_unlock(&log_lock);
  jack_set_error_function(log_error);
  jack_set_info_function(log_info);
}

void sq_jack_log_stop(const SqDriverHost *host) {
  pthread_mutex_lock(&log_lock);
  if (log_host == host) // the functions stay: libjack's defaults would write to stderr what comes late
    log_host = NULL;
  pthread_mutex_unlock(&log_lock);
}

void sq_jack_log_quiet(const SqDriverHost *host, bool quiet) {
  pthread_mutex_lock(&log_lock);
  if (log_host == host)
    log_is_quiet = quiet;
  pthread_mutex_unlock(&log_lock);
}
