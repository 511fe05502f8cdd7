// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/loop.h"

#include <poll.h>
#include <time.h>

#include "plugins/clap/host.h"

void sq_clap_loop_init(SqClapLoop *loop) {
  for (uint32_t i = 0; i < SQ_CLAP_FDS; i++)
    loop->fds[i].fd = -1;
}

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/// The loop of a plug-in that calls from where it may, or NULL.
static SqClapLoop *loop_of(const SqClapHost *host) {
  SqClapGuest *guest = sq_clap_guest_of(host);
  return sq_clap_world_is_main(guest->world) ? &guest->loop : NULL;
}

// ---- timers ---------------------------------------------------------------------------------------------------------

static bool register_timer(const SqClapHost *host, uint32_t period_ms, uint32_t *id) {
  SqClapLoop *loop = loop_of(host);
  for (uint32_t i = 0; loop && id && i < SQ_CLAP_TIMERS; i++) {
    if (loop->timers[i].period_ms)
      continue;
    loop->timers[i].id = *id = ++loop->n_timers_ever;
    loop->timers[i].period_ms = period_ms > SQ_CLAP_TIMER_MIN_MS ? period_ms : SQ_CLAP_TIMER_MIN_MS;
    loop->timers[i].due_ms = now_ms() + loop->timers[i].period_ms;
    return true;
  }
  return false;
}

static bool unregister_timer(const SqClapHost *host, uint32_t id) {
  SqClapLoop *loop = loop_of(host);
  for (uint32_t i = 0; loop && i < SQ_CLAP_TIMERS; i++)
    if (loop->timers[i].period_ms && loop->timers[i].id == id) {
      loop->timers[i].period_ms = 0;
      return true;
    }
  return false;
}

const SqClapHostTimer sq_clap_host_timer = {register_timer, unregister_timer};

static void serve_timers(SqClapGuest *guest) {
  SqClapLoop *loop = &guest->loop;
  uint64_t now = 0;
  for (uint32_t i = 0; i < SQ_CLAP_TIMERS; i++) {
    if (!loop->timers[i].period_ms)
      continue;
    now = now ? now : now_ms();
    if (now < loop->timers[i].due_ms)
      continue;
    loop->timers[i].due_ms = now + loop->timers[i].period_ms; // what was missed is not made up for
    guest->can.timer->on_timer(guest->plugin, loop->timers[i].id);
  }
}

// ---- file descriptors -----------------------------------------------------------------------------------------------

/// The place of a descriptor (negative: of a free one), or SQ_CLAP_FDS.
static uint32_t find_fd(const SqClapLoop *loop, int fd) {
  uint32_t i = 0;
  while (i < SQ_CLAP_FDS && (fd < 0 ? loop->fds[i].fd >= 0 : loop->fds[i].fd != fd))
    i++;
  return i;
}

static bool register_fd(const SqClapHost *host, int fd, uint32_t flags) {
  SqClapLoop *loop = loop_of(host);
  if (!loop || fd < 0 || find_fd(loop, fd) < SQ_CLAP_FDS)
    return false;
  uint32_t i = find_fd(loop, -1);
  if (i == SQ_CLAP_FDS)
    return false;
  loop->fds[i].fd = fd;
  loop->fds[i].flags = flags;
  return true;
}

static bool modify_fd(const SqClapHost *host, int fd, uint32_t flags) {
  SqClapLoop *loop = loop_of(host);
  uint32_t i = loop && fd >= 0 ? find_fd(loop, fd) : SQ_CLAP_FDS;
  if (i < SQ_CLAP_FDS)
    loop->fds[i].flags = flags;
  return i < SQ_CLAP_FDS;
}

static bool unregister_fd(const SqClapHost *host, int fd) {
  SqClapLoop *loop = loop_of(host);
  uint32_t i = loop && fd >= 0 ? find_fd(loop, fd) : SQ_CLAP_FDS;
  if (i < SQ_CLAP_FDS)
    loop->fds[i].fd = -1;
  return i < SQ_CLAP_FDS;
}

const SqClapHostFd sq_clap_host_fd = {register_fd, modify_fd, unregister_fd};

static void serve_fds(SqClapGuest *guest) {
  SqClapLoop *loop = &guest->loop;
  struct pollfd polls[SQ_CLAP_FDS];
  nfds_t n = 0;
  for (uint32_t i = 0; i < SQ_CLAP_FDS; i++)
    if (loop->fds[i].fd >= 0)
      polls[n++] = (struct pollfd){.fd = loop->fds[i].fd,
                                   .events = (short)((loop->fds[i].flags & SQ_CLAP_FD_READ ? POLLIN : 0) |
                                                     (loop->fds[i].flags & SQ_CLAP_FD_WRITE ? POLLOUT : 0))};
  if (!n || poll(polls, n, 0) <= 0)
    return;
  for (nfds_t k = 0; k < n; k++) {
    uint32_t flags = (polls[k].revents & POLLIN ? SQ_CLAP_FD_READ : 0u) |
                     (polls[k].revents & POLLOUT ? SQ_CLAP_FD_WRITE : 0u) |
                     (polls[k].revents & (POLLERR | POLLHUP | POLLNVAL) ? SQ_CLAP_FD_ERROR : 0u);
    if (flags && find_fd(loop, polls[k].fd) < SQ_CLAP_FDS) // the one before may have closed it
      guest->can.fd->on_fd(guest->plugin, polls[k].fd, flags);
  }
}

void sq_clap_loop_serve(SqClapGuest *guest) {
  if (guest->can.timer)
    serve_timers(guest);
  if (guest->can.fd)
    serve_fds(guest);
}
