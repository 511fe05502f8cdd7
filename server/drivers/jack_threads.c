// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "drivers/jack_threads.h"

#include <errno.h>
#include <jack/jack.h>
#include <jack/thread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GUARD_LOOK_MS 1
#define GUARD_LOOKS 3        // in a row, at which the thread slept: it waits for its server
#define GUARD_LOOKS_OVER 500 // the same for one whose server goes: it ends by itself unless the server changes its mind

typedef struct {
  pthread_t worker; ///< libjack's true thread
  sem_t ended;      ///< posted by the worker at its end
  void *(*run)(void *argument);
  void *argument;
  _Atomic int refs;
  _Atomic pid_t tid; ///< the worker's; 0: it has not begun
  _Atomic int busy;  ///< inside so many callbacks of ours
  _Atomic bool over;
} Guard;

// Belong to their threads: libjack's thread creator and its callbacks cannot be told more.
static _Thread_local bool guard_wanted;
static _Thread_local Guard *guard_mine; // of a worker

static void guard_unref(Guard *guard) {
  if (atomic_fetch_sub(&guard->refs, 1) != 1)
    return;
  sem_destroy(&guard->ended);
  free(guard);
}

// ---- the worker -----------------------------------------------------------------------------------------------------

static void worker_end(void *data) {
  Guard *guard = data;
  guard_mine = NULL;
  sem_post(&guard->ended);
  guard_unref(guard);
}

static void *worker_run(void *data) {
  Guard *guard = data;
  void *result = NULL;
  pthread_setname_np(pthread_self(), "sq-jack-ear");
  guard_mine = guard;
  atomic_store(&guard->tid, gettid());
  pthread_cleanup_push(worker_end, guard);
  result = guard->run(guard->argument);
  pthread_cleanup_pop(1);
  return result;
}

void sq_jack_threads_busy(bool busy) {
  if (guard_mine)
    atomic_fetch_add(&guard_mine->busy, busy ? 1 : -1);
}

void sq_jack_threads_over(void) {
  if (guard_mine)
    atomic_store(&guard_mine->over, true);
}

// ---- the guard ------------------------------------------------------------------------------------------------------

/// True when the worker sleeps in a system call, outside of our callbacks. proc(5): the state is the letter after the
/// name in brackets, "S" for a sleep that signals can end, as those of accept() and read() on a socket.
static bool guard_sleeps(const Guard *guard) {
  char path[64], text[256];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)atomic_load(&guard->tid));
  FILE *file = fopen(path, "re");
  const char *state = file && fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
  if (file)
    fclose(file);
  return state && !strncmp(state, ") S", 3) && !atomic_load(&guard->busy);
}

/// libjack wants the worker to end. It is patient: it is in its own call for it.
static void guard_end(void *data) {
  Guard *guard = data;
  int looks = 0;
  while (sem_trywait(&guard->ended) != 0) {
    looks = guard_sleeps(guard) ? looks + 1 : 0;
    if (looks >= (atomic_load(&guard->over) ? GUARD_LOOKS_OVER : GUARD_LOOKS)) {
      pthread_cancel(guard->worker);
      break;
    }
    nanosleep(&(struct timespec){.tv_nsec = GUARD_LOOK_MS * 1000000L}, NULL);
  }
  pthread_join(guard->worker, NULL);
  guard_unref(guard);
}

/// What libjack knows as its thread: there as long as the worker, and the one to be cancelled or joined.
static void *guard_run(void *data) {
  Guard *guard = data;
  pthread_setname_np(pthread_self(), "sq-jack-guard");
  pthread_cleanup_push(guard_end, guard);
  while (sem_wait(&guard->ended) != 0) // where a cancel finds it, and nowhere else
    ;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  pthread_cleanup_pop(0);
  pthread_join(guard->worker, NULL);
  guard_unref(guard);
  return NULL;
}

static int guard_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  if (!guard_wanted)
    return pthread_create(thread, attributes, run, argument);
  Guard *guard = calloc(1, sizeof *guard);
  if (!guard)
    return ENOMEM;
  guard->run = run;
  guard->argument = argument;
  atomic_init(&guard->refs, 2);
  sem_init(&guard->ended, 0, 0);
  int error = pthread_create(&guard->worker, attributes, worker_run, guard);
  if (error) {
    atomic_store(&guard->refs, 1);
    guard_unref(guard);
    return error;
  }
  if (pthread_create(thread, attributes, guard_run, guard) != 0) {
    *thread = guard->worker; // runs already: better unguarded than unknown
    guard_unref(guard);
  }
  return 0;
}

void sq_jack_threads_init(void) {
  // PipeWire's libjack closes its clients in another way, and wants the thread itself: for its priority.
  if (!strstr(jack_get_version_string(), "PipeWire"))
    jack_set_thread_creator(guard_create);
}

void sq_jack_threads_guard(bool on) {
  guard_wanted = on;
}
