// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Timers and file descriptors of one CLAP plug-in, served whenever its main thread has time: plug-in main thread.
#ifndef SQ_PLUGINS_CLAP_LOOP_H
#define SQ_PLUGINS_CLAP_LOOP_H

#include "plugins/clap/abi.h"

#define SQ_CLAP_TIMERS 32u      ///< one or two are usual
#define SQ_CLAP_FDS 32u         ///< likewise
#define SQ_CLAP_TIMER_MIN_MS 10 ///< what a plug-in may ask for: nobody sees more

typedef struct SqClapLoop {
  struct {
    uint32_t id, period_ms; ///< period 0: free
    uint64_t due_ms;
  } timers[SQ_CLAP_TIMERS];
  struct {
    int fd; ///< negative: free
    uint32_t flags;
  } fds[SQ_CLAP_FDS];
  uint32_t n_timers_ever;
} SqClapLoop;

struct SqClapGuest;

void sq_clap_loop_init(SqClapLoop *loop);

/// Calls what is due and what is ready; waits for nothing.
void sq_clap_loop_serve(struct SqClapGuest *guest);

/// The host's side of the two extensions.
extern const SqClapHostTimer sq_clap_host_timer;
extern const SqClapHostFd sq_clap_host_fd;

#endif
