// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "drivers/jack_log.h"

#include <jack/jack.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/thread.h"
#include "drivers/jack_threads.h"

#define LOG_QUIET_LEVEL 7 // debug: what libjack tells in passing

static struct {
  pthread_mutex_t lock;
  const SqDriverHost *host; // NULL: nobody
  bool quiet;
  char last[256]; // the same words again say nothing new
} jack_ear = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void log_pass(int level, const char *text) {
  // On the audio thread libjack speaks only when its cycle has already failed; there we may not wait, so drop it.
  if (sq_thread_role() == SQ_THREAD_AUDIO || !text)
    return;
  sq_jack_threads_busy(true);
  if (pthread_mutex_trylock(&jack_ear.lock) != 0) {
    sq_jack_threads_busy(false);
    return;
  }
  if (jack_ear.host && jack_ear.host->log && !jack_ear.quiet &&
      strncmp(text, jack_ear.last, sizeof jack_ear.last - 1) != 0) {
    char line[300];
    snprintf(jack_ear.last, sizeof jack_ear.last, "%s", text);
    snprintf(line, sizeof line, "libjack: %s", jack_ear.last);
    jack_ear.host->log(jack_ear.host->context, level, line);
  }
  pthread_mutex_unlock(&jack_ear.lock);
  sq_jack_threads_busy(false);
}

static void log_error(const char *text) {
  log_pass(6, text); // what it means for us is said by the driver, as a warning
}

static void log_info(const char *text) {
  log_pass(LOG_QUIET_LEVEL, text);
}

void sq_jack_log_start(const SqDriverHost *host) {
  pthread_mutex_lock(&jack_ear.lock);
  jack_ear.host = host;
  jack_ear.quiet = false;
  jack_ear.last[0] = 0;
  pthread_mutex_unlock(&jack_ear.lock);
  jack_set_error_function(log_error);
  jack_set_info_function(log_info);
}

void sq_jack_log_stop(const SqDriverHost *host) {
  pthread_mutex_lock(&jack_ear.lock);
  if (jack_ear.host == host) // the functions stay: libjack's defaults would write to stderr what comes late
    jack_ear.host = NULL;
  pthread_mutex_unlock(&jack_ear.lock);
}

void sq_jack_log_quiet(const SqDriverHost *host, bool quiet) {
  pthread_mutex_lock(&jack_ear.lock);
  if (jack_ear.host == host)
    jack_ear.quiet = quiet;
  pthread_mutex_unlock(&jack_ear.lock);
}
