// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Roles, float mode and real-time rights of a thread.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/thread.h"

typedef struct {
  char name[16];
  bool blocked, unknown;
} Seen;

static void *look(void *argument) {
  Seen *seen = argument;
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  seen->blocked = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGPIPE);
  seen->unknown = sq_thread_role() == SQ_THREAD_UNKNOWN;
  for (int i = 0; i < 1000; i++) { // the name is given from outside, right after the start
    pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    if (!strncmp(seen->name, "a-very-long", 11))
      break;
    usleep(1000);
  }
  return NULL;
}

static void starts_named_and_deaf_to_signals(void **state) {
  Seen seen = {0};
  pthread_t thread;
  sq_thread_become(SQ_THREAD_CONTROL); // a role is the thread's own, not inherited
  assert_int_equal(sq_thread_start(&thread, "a-very-long-name-of-a-thread", look, &seen), SQ_OK);
  pthread_join(thread, NULL);
  sq_thread_become(SQ_THREAD_UNKNOWN);
  assert_true(seen.blocked && seen.unknown);
  assert_string_equal(seen.name, "a-very-long-nam");
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  assert_false(sigismember(&mask, SIGTERM));
}

/// The signal that ended a child which claimed `role` and asserted that of the control thread; 0: none.
static int ended_by(SqThreadRole role) {
  pid_t pid = fork();
  if (pid == 0) {
    close(2);
    signal(SIGABRT, SIG_DFL);
    sq_thread_become(role);
    sq_assert_thread(SQ_THREAD_CONTROL);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void stops_the_wrong_thread(void **state) {
  assert_int_equal(ended_by(SQ_THREAD_CONTROL), 0);
  assert_int_equal(ended_by(SQ_THREAD_UNKNOWN), 0);
  assert_int_equal(ended_by(SQ_THREAD_AUDIO), SIGABRT);
  assert_int_equal(ended_by(SQ_THREAD_JOBS), SIGABRT);
}

static void flushes_denormals_and_back(void **state) {
  volatile float tiny = 1e-39f, normal = 2e-38f;
  assert_true(tiny * 0.5f > 0);
  uint64_t mode = sq_thread_flush_denormals();
  assert_true(tiny * 0.5f == 0.0f);   // read as zero
  assert_true(normal * 0.1f == 0.0f); // written as zero
  sq_thread_restore_floats(mode);
  assert_true(tiny * 0.5f > 0 && normal * 0.1f > 0);
}

static void asks_only_for_what_it_may(void **state) {
  int limit = sq_thread_realtime_limit();
  SqStatus status = sq_thread_realtime(pthread_self(), 1);
  int policy;
  struct sched_param param;
  pthread_getschedparam(pthread_self(), &policy, &param);
  if (limit == 0) {
    assert_int_equal(status, SQ_DENIED);
    assert_int_equal(policy, SCHED_OTHER);
  } else if (status == SQ_OK) { // a kernel with group scheduling may still refuse
    assert_int_equal(policy, SCHED_FIFO);
    assert_int_equal(param.sched_priority, 1);
    param.sched_priority = 0;
    pthread_setschedparam(pthread_self(), SCHED_OTHER, &param);
  }
}

/// In a child without rights and with a small limit: locking must be left alone, and memory stay to be had.
static void does_not_fall_into_the_memlock_trap(void **state) {
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    char text[120] = "";
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || (getuid() == 0 && setuid(65534) != 0))
      _exit(2);
    bool locked = sq_thread_lock_memory(text, sizeof text);
    _exit(!locked && strstr(text, "not locked") ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(starts_named_and_deaf_to_signals),    cmocka_unit_test(stops_the_wrong_thread),
      cmocka_unit_test(flushes_denormals_and_back),          cmocka_unit_test(asks_only_for_what_it_may),
      cmocka_unit_test(does_not_fall_into_the_memlock_trap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
