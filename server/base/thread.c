// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "base/thread.h"

#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

// Belongs to the thread, not to the program: a context struct could not say who is asking.
static _Thread_local SqThreadRole thread_role = SQ_THREAD_UNKNOWN;

SqStatus sq_thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // a thread inherits the mask
  int error = pthread_create(thread, NULL, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error)
    return SQ_LIMIT;
  char cut[16];
  snprintf(cut, sizeof cut, "%s", name);
  pthread_setname_np(*thread, cut);
  return SQ_OK;
}

SqThreadRole sq_thread_become(SqThreadRole role) {
  SqThreadRole before = thread_role;
  thread_role = role;
  return before;
}

SqThreadRole sq_thread_role(void) {
  return thread_role;
}

const char *sq_thread_role_name(SqThreadRole role) {
  switch (role) {
  case SQ_THREAD_UNKNOWN:
    return "unknown";
  case SQ_THREAD_CONTROL:
    return "control";
  case SQ_THREAD_AUDIO:
    return "audio";
  case SQ_THREAD_JOBS:
    return "jobs";
  case SQ_THREAD_DISK:
    return "disk";
  }
  return "unknown";
}

_Noreturn void sq_thread_wrong(SqThreadRole expected, const char *file, int line) {
  fprintf(stderr, "%s:%d: is for the %s thread, but the %s thread came here\n", file, line,
          sq_thread_role_name(expected), sq_thread_role_name(thread_role));
  abort();
}

uint64_t sq_thread_flush_denormals(void) {
#if defined(__SSE2__)
  uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x8040u); // FTZ is bit 15, DAZ bit 6
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ull << 24)));
  return before;
#else
  return 0;
#endif
}

void sq_thread_restore_floats(uint64_t mode) {
#if defined(__SSE2__)
  _mm_setcsr((uint32_t)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
  (void)mode;
#endif
}

/// True when the process has the capability (bit number) in its effective set. Asked of the kernel: being root says
/// nothing in a container.
static bool thread_capable(unsigned capability) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  memset(data, 0, sizeof data);
  if (syscall(SYS_capget, &header, data) != 0)
    return false;
  return (data[capability / 32].effective >> (capability % 32)) & 1u;
}

int sq_thread_realtime_limit(void) {
  int highest = sched_get_priority_max(SCHED_FIFO);
  if (thread_capable(CAP_SYS_NICE))
    return highest;
  struct rlimit limit;
  if (getrlimit(RLIMIT_RTPRIO, &limit) != 0)
    return 0;
  return limit.rlim_cur < (rlim_t)highest ? (int)limit.rlim_cur : highest;
}

SqStatus sq_thread_realtime(pthread_t thread, int priority) {
  int limit = sq_thread_realtime_limit();
  if (limit < 1)
    return SQ_DENIED;
  struct sched_param param = {.sched_priority = priority > limit ? limit : priority < 1 ? 1 : priority};
  return pthread_setschedparam(thread, SCHED_FIFO, &param) == 0 ? SQ_OK : SQ_DENIED;
}

bool sq_thread_lock_memory(char *text, size_t text_size) {
  struct rlimit limit;
  bool endless = thread_capable(CAP_IPC_LOCK);
  if (!endless && getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
    endless = limit.rlim_cur == RLIM_INFINITY;
  if (!endless) {
    snprintf(text, text_size, "memory is not locked: the limit for locked memory is not \"unlimited\"");
    return false;
  }
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
    snprintf(text, text_size, "memory is not locked: the kernel refused");
    return false;
  }
  snprintf(text, text_size, "memory is locked");
  return true;
}
