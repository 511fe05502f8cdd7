// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a thread is: its name, its role, its float mode and its right to real time; each call is for the calling
/// thread unless it says otherwise, any thread.
#ifndef SQ_BASE_THREAD_H
#define SQ_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

/// The four kinds of threads of the server. A thread that never said what it is may do everything: so test programs and
/// libraries' own threads need no ceremony.
typedef enum { SQ_THREAD_UNKNOWN, SQ_THREAD_CONTROL, SQ_THREAD_AUDIO, SQ_THREAD_JOBS, SQ_THREAD_DISK } SqThreadRole;

/// Starts a thread named `name` (cut to 15 bytes, the kernel's bound) with every signal blocked, so that signals reach
/// the control thread alone. Ends by returning from `run`; the caller joins or detaches. Errors: limit.
SqStatus sq_thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument);

/// Says what the calling thread is from now on; returns what it was (the offline driver plays the audio thread for the
/// time of a run).
SqThreadRole sq_thread_become(SqThreadRole role);

/// What the calling thread said it is.
SqThreadRole sq_thread_role(void);

/// The word for a role, for messages; never NULL.
const char *sq_thread_role_name(SqThreadRole role);

/// Ends the program with a sentence: the calling thread is not `expected`. Behind the macro below.
_Noreturn void sq_thread_wrong(SqThreadRole expected, const char *file, int line);

/// Stops the program when the calling thread has a role, and another one. One load and one compare; gone with NDEBUG.
#ifdef NDEBUG
#define sq_assert_thread(role) ((void)0)
#else
#define sq_assert_thread(role)                                                                                         \
  do {                                                                                                                 \
    if (sq_thread_role() != SQ_THREAD_UNKNOWN && sq_thread_role() != (role))                                           \
      sq_thread_wrong((role), __FILE__, __LINE__);                                                                     \
  } while (0)
#endif

/// Numbers below the normal range count as zero from now on (x86: FTZ and DAZ of MXCSR, Intel SDM vol. 1 section
/// 10.2.3; ARM: FZ of FPCR): a decaying filter would else cost 20 times as much. Returns the mode before.
uint64_t sq_thread_flush_denormals(void);

/// As sq_thread_flush_denormals() for where it is nearly always so already: a plug-in may have put the mode back.
static inline void sq_thread_keep_flushing(void) {
#if defined(__SSE2__)
  uint32_t mode; // in memory, where both instructions want it: the builtins would copy it about
  __asm__ volatile("stmxcsr %0" : "=m"(mode));
  if (__builtin_expect((~mode & 0x8040u) != 0, 0)) // FTZ is bit 15, DAZ bit 6
    __asm__ volatile("orl $0x8040, %0\n\tldmxcsr %0" : "+m"(mode) : : "cc");
#else
  sq_thread_flush_denormals();
#endif
}

/// Puts the float mode back to what sq_thread_flush_denormals() returned.
void sq_thread_restore_floats(uint64_t mode);

/// Asks SCHED_FIFO of `priority` (1..99, cut to what the limit allows) for `thread`. Errors: denied.
SqStatus sq_thread_realtime(pthread_t thread, int priority);

/// The highest SCHED_FIFO priority that this process may ask for; 0: none.
int sq_thread_realtime_limit(void);

/// Locks the memory of the process, present and future, when that is safe; text[text_size] says what was obtained.
/// Safe means no limit (or the capability): under a limit the call would succeed, and every later thread and large
/// allocation fail with EAGAIN.
bool sq_thread_lock_memory(char *text, size_t text_size);

#endif
