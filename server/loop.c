// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The control thread's loop: sockets, jobs, the driver's notices, and what is due.
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "commands/config.h"
#include "commands/recorders.h"
#include "commands/sessions.h"
#include "daemon.h"

enum { FROM_TRANSPORT, FROM_JOBS, FROM_SIGNAL, FROM_DRIVER, FROM_DISK };

static void watch(int epoll, int fd, uint32_t who) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = who};
  if (fd >= 0)
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/// How long nothing needs to be looked at: short while something is stored, faded or followed.
static int patience_ms(const SqControl *control) {
  SqLinkStats stats;
  sq_link_stats(control->ctx.link, &stats);
  if (control->store.frames.n || control->store.beats.n || control->fed.n || stats.garbage)
    return 5;
  for (const SqClient *client = control->clients; client; client = client->next)
    if (client->changes || client->meters.hz > 0.0)
      return 5;
  return 50;
}

static void progress(void *context, int32_t id, const char *name, double fraction, const char *text) {
  SqControl *control = context;
  SqItems items = {0};
  char job[64];
  snprintf(job, sizeof job, "%d", id);
  sq_items_text(&items, job);
  sq_items_float(&items, fraction);
  sq_items_text(&items, text[0] ? text : name);
  sq_control_event(control, "/event/progress", &items);
  sq_items_cleanup(&items);
}

static void take_signal(SqControl *control, int fd) {
  struct signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
    return;
  if (info.ssi_signo == SIGHUP) {
    sq_config_reload(&control->ctx, NULL);
    return;
  }
  if (control->quitting)
    _exit(1); // the second one does not wait
  sq_log(control->ctx.log, SQ_LOG_LEVEL_INFO, "ending on signal %u", info.ssi_signo);
  control->quitting = true;
}

/// "/event/drops" i:new h:all: the kernel had no room for datagrams; whoever sent them may send again.
static void tell_drops(SqDaemon *daemon) {
  SqTransportStats stats;
  sq_transport_stats(daemon->control.transport, &stats);
  if (stats.kernel_dropped == daemon->seen_dropped)
    return;
  SqItems items = {0};
  sq_items_int(&items, (int32_t)(stats.kernel_dropped - daemon->seen_dropped));
  sq_items_int64(&items, (int64_t)stats.kernel_dropped);
  daemon->seen_dropped = stats.kernel_dropped;
  sq_control_event(&daemon->control, "/event/drops", &items);
  sq_items_cleanup(&items);
}

void sq_daemon_tick(SqDaemon *daemon) {
  SqControl *control = &daemon->control;
  const int64_t now = sq_clock_now_ms();
  sq_control_feed(control);
  if (now >= daemon->next_clock_ms) {
    daemon->next_clock_ms = now + SQ_CLOCK_UPDATE_MS;
    sq_clock_update(&daemon->clock);
    sq_daemon_sound_tick(daemon, now);
    tell_drops(daemon);
  }
  control->author = NULL;
  sq_recorders_poll(control->ctx.recorders);
  sq_sessions_tick(&control->ctx, now);
  sq_subscribers_flush(control, now);
  sq_meters_tick(control, now);
}

void sq_daemon_loop(SqDaemon *daemon) {
  SqControl *control = &daemon->control;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, sq_transport_fd(control->transport), FROM_TRANSPORT);
  watch(epoll, sq_jobs_fd(control->ctx.jobs), FROM_JOBS);
  watch(epoll, daemon->signal_fd, FROM_SIGNAL);
  watch(epoll, daemon->notice_fd, FROM_DRIVER);
  watch(epoll, sq_recorders_fd(control->ctx.recorders), FROM_DISK);
  while (!control->quitting) {
    struct epoll_event events[8];
    const int n = epoll_wait(epoll, events, 8, patience_ms(control));
    for (int i = 0; i < n; i++) {
      switch (events[i].data.u32) {
      case FROM_TRANSPORT:
        sq_transport_poll(control->transport);
        break;
      case FROM_JOBS:
        control->author = NULL; // what comes of it is news to everyone
        sq_jobs_collect(control->ctx.jobs, progress, control);
        break;
      case FROM_SIGNAL:
        take_signal(control, daemon->signal_fd);
        break;
      case FROM_DISK: // every tick looks after the recorders
        break;
      case FROM_DRIVER:
        sq_daemon_driver_notices(daemon);
        break;
      default:
        break;
      }
    }
    sq_daemon_tick(daemon);
  }
  close(epoll);
}
