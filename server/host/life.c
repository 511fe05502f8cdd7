// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The supervisor: hears of deaths, missed deadlines, news and answers; restarts.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "host/internal.h"

#define MINUTE_MS 60000
#define REST_MS 1000 ///< between two looks when there is nothing to wait for
#define LOOK_MS 5    ///< while a host is late or a seat is being left

/// How long a plug-in waits that has crashed as often as this within a minute.
static const int64_t back_off_ms[] = {0, 0, 200, 1000, 5000};

// ---- crashes --------------------------------------------------------------------------------------------------------

static void tell(SqHosts *hosts, SqHosted *hosted, uint32_t what, uint32_t index, double value) {
  if (hosts->config.news && !hosted->leaving)
    hosts->config.news(hosts->config.context, hosted, what, index, value);
}

static uint32_t crashes_lately(const SqHosted *hosted, int64_t now) {
  uint32_t n = 0;
  while (n < 8 && hosted->crashes[n] && now - hosted->crashes[n] < MINUTE_MS)
    n++;
  return n;
}

/// It brought its host down: it goes into one of its own, later each time.
static void blame(SqHosts *hosts, SqHosted *hosted, int64_t now) {
  memmove(hosted->crashes + 1, hosted->crashes, 7 * sizeof hosted->crashes[0]);
  hosted->crashes[0] = now;
  hosted->alone |= hosted->isolation == SQ_ISOLATE_AUTO;
  const uint32_t n = crashes_lately(hosted, now);
  hosted->disabled = n > hosts->config.most_crashes;
  hosted->restart_ms = now + back_off_ms[n < 5 ? n : 4];
  if (hosted->disabled)
    tell(hosts, hosted, SQ_HOST_NEWS_DISABLED, 0, (double)n);
}

/// Whether a process ended by itself: one that somebody else killed is nobody's fault.
static bool by_itself(const siginfo_t *how) {
  return how->si_code == CLD_EXITED || (how->si_status != SIGKILL && how->si_status != SIGTERM);
}

static void bury(SqHosts *hosts, SqHost *host) {
  siginfo_t how = {0};
  const int64_t now = sq_hosts_now_ms();
  if (waitid(P_PID, (id_t)host->pid, &how, WEXITED | WNOHANG) != 0 || how.si_pid == 0)
    return;
  host->gone = true;
  while (!sq_hop_end(&hosts->hops, &host->hop)) // nobody waits for it any more
    nanosleep(&(struct timespec){0, 100000L}, NULL);
  const uint32_t running = atomic_load(&host->hop.shared->running);
  const bool fault = host->ended || by_itself(&how);
  SqHosted *left[SQ_HOST_SEATS];
  uint32_t n_left = 0;
  for (uint32_t i = 0; i < SQ_HOST_SEATS; i++)
    if (host->seats[i] && atomic_load(&host->seats[i]->rt.seat))
      left[n_left++] = host->seats[i];
  for (uint32_t i = 0; i < n_left; i++) {
    SqHosted *hosted = left[i];
    const bool culprit = fault && (n_left == 1 || running == atomic_load(&hosted->rt.seat)->number + 1u);
    sq_hosts_unseat(hosts, hosted);
    hosted->down_ms = hosted->restart_ms = now;
    tell(hosts, hosted, host->ended ? SQ_HOST_NEWS_HUNG : SQ_HOST_NEWS_CRASHED, culprit, (double)how.si_status);
    if (culprit)
      blame(hosts, hosted, now);
  }
  *(host->ended ? &hosts->stats.hangs : &hosts->stats.crashes) += n_left > 0;
  hosts->stats.hosts--;
  if (n_left)
    sq_hosts_say(hosts, 4, "a plug-in host (%s) %s %d; %u plug-ins are dry until they are back", host->key,
                 host->ended                 ? "hung and was ended by"
                 : how.si_code == CLD_EXITED ? "ended with status"
                                             : "died of signal",
                 how.si_status, n_left);
  sq_host_drop_calls(hosts, host);
}

static void end_first(SqHosts *hosts, SqHosted *hosted, SqStatus status) {
  hosted->first->status = status;
  hosted->first->over = true;
  hosted->first = NULL;
  hosted->down_ms = 0;
  pthread_cond_broadcast(&hosts->answered);
  if (status == SQ_OK)
    sq_hosts_fetch_state(hosts, hosted);
}

/// It was not made. When its host died it may have been another one of that host: by itself it will show.
static void first_failed(SqHosts *hosts, SqHosted *hosted, SqStatus status, bool died) {
  if (died && !hosted->alone && hosted->isolation != SQ_ISOLATE_PLUGIN) {
    hosted->alone = true;
    hosted->restart_ms = sq_hosts_now_ms();
    sq_hosts_wake(hosts);
  } else {
    end_first(hosts, hosted, status);
  }
}

static void seated(SqHosts *hosts, SqHostCall *call) {
  SqHosted *hosted = call->hosted;
  SqHostedFirst *first = hosted->first;
  char own[512], *error = first ? first->error : own;
  const bool died = call->host->gone;
  const SqStatus status = sq_hosts_seated(hosts, call, error, first ? first->error_size : sizeof own);
  const int64_t now = sq_hosts_now_ms();
  if (status == SQ_OK && first) {
    end_first(hosts, hosted, SQ_OK);
  } else if (status == SQ_OK) {
    tell(hosts, hosted, SQ_HOST_NEWS_BACK, 0, (double)(now - hosted->down_ms) / 1000.0);
    hosted->down_ms = 0;
  } else if (first) {
    first_failed(hosts, hosted, status, died);
  } else {
    sq_hosts_say(hosts, 4, "%s does not come back: %s", hosted->type->type.id, error);
    blame(hosts, hosted, now);
  }
  sq_host_call_free(hosts, call);
}

static void give_seat(SqHosts *hosts, SqHosted *hosted) {
  hosted->restart_ms = 0;
  SqHost *host = sq_hosts_place(hosts, hosted);
  SqHostCall *call = host ? sq_hosts_open_seat(hosts, host, hosted) : NULL;
  if (call) {
    call->then = seated;
    if (call->over)
      seated(hosts, call);
  } else if (hosted->first) {
    snprintf(hosted->first->error, hosted->first->error_size, "no plug-in host can be started; the log says why");
    end_first(hosts, hosted, SQ_IO);
  } else {
    hosted->restart_ms = sq_hosts_now_ms() + REST_MS;
  }
}

// ---- state ----------------------------------------------------------------------------------------------------------

static void keep_state(SqHosts *hosts, SqHostCall *call) {
  SqHosted *hosted = call->hosted;
  SqBlob blob = {.version = 0};
  if (call->status == SQ_OK && hosted && sq_host_read_state(&call->answer, &blob)) {
    free(hosted->state.data);
    hosted->state = blob;
    hosted->has_state = true;
  }
  sq_host_call_free(hosts, call);
}

void sq_hosts_fetch_state(SqHosts *hosts, SqHosted *hosted) {
  const SqHostSeat *seat = atomic_load(&hosted->rt.seat);
  hosted->save_ms = 0;
  if (!seat)
    return;
  SqWire ask = {.head = {.kind = SQ_WIRE_SAVE, .seat = seat->number}};
  SqHostCall *call = sq_host_ask(hosts, seat->host, &ask, -1, SQ_HOST_ASK_MS);
  call->hosted = hosted;
  call->then = keep_state;
  if (call->over)
    keep_state(hosts, call);
}

// ---- what comes from hosts ------------------------------------------------------------------------------------------

static void take_news(SqHosts *hosts, SqHost *host, SqWire *wire) {
  SqHosted *hosted = wire->head.seat < SQ_HOST_SEATS ? host->seats[wire->head.seat] : NULL;
  const uint32_t what = sq_wire_u32(wire), index = sq_wire_u32(wire);
  const double value = sq_wire_f64(wire);
  if (!hosted || wire->bad || what > SQ_NEWS_WAKE || !(value - value == 0.0))
    return;
  if (what <= SQ_NEWS_GESTURE_END && index >= hosted->rt.shape.n_params)
    return;
  if (what == SQ_NEWS_STATE || what == SQ_NEWS_VALUES || what == SQ_NEWS_VALUE)
    hosted->save_ms = sq_hosts_now_ms() + SQ_HOST_SAVE_MS;
  if (what == SQ_NEWS_VALUE)
    atomic_store(&hosted->rt.values[index], (float)value);
  tell(hosts, hosted, what, index, value);
}

static void take(SqHosts *hosts, SqHost *host) {
  SqStatus status;
  while ((status = sq_wire_receive(host->socket, &host->reader)) == SQ_OK) {
    SqWire *wire = &host->reader.wire;
    if (wire->head.kind == SQ_WIRE_ANSWER) {
      sq_host_answered(hosts, host, wire);
    } else if (wire->head.kind == SQ_WIRE_NEWS) {
      take_news(hosts, host, wire);
    } else if (wire->head.kind == SQ_WIRE_LOG) {
      const uint32_t level = sq_wire_u32(wire);
      sq_hosts_say(hosts, level <= 7 ? (int)level : 6, "%.500s", sq_wire_text(wire));
    }
    if (host->reader.fd >= 0) { // it has nothing to send us
      close(host->reader.fd);
      host->reader.fd = -1;
    }
  }
  if (status == SQ_IO)
    sq_host_kill(host); // it hung up, or talks nonsense
}

// ---- the loop -------------------------------------------------------------------------------------------------------

/// Ends hosts that have been late for too long. Returns when to look again, ms from now; -1: nobody is late.
static int64_t end_late(SqHosts *hosts) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  const uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  int64_t next = -1;
  for (SqHost *host = hosts->list; host; host = host->next) {
    const uint64_t since = atomic_load(&host->hop.late_since);
    if (!since || host->gone || host->ended)
      continue;
    if ((atomic_load(&host->hop.shared->answered) & SQ_HOST_CALLED) == (atomic_load(&host->hop.shared->asked)))
      continue; // it has answered: the next block takes it back
    next = LOOK_MS;
    if (now > since && now - since > (uint64_t)SQ_HOST_LATE_MS * 1000000u) {
      host->ended = true;
      sq_host_kill(host);
    }
  }
  return next;
}

static int64_t sooner(int64_t a, int64_t b) {
  return b < a ? b : a;
}

/// What is due. Returns when the next thing is, ms from now.
static int64_t look(SqHosts *hosts) {
  const int64_t now = sq_hosts_now_ms(), late = end_late(hosts);
  int64_t next = late < 0 ? REST_MS : late;
  const int64_t overdue = sq_host_end_overdue(hosts, now);
  next = overdue < INT64_MAX ? sooner(next, overdue - now) : next;
  for (SqHosted *h = hosts->hosted; h; h = h->next) {
    if (h->restart_ms && !h->disabled && !h->leaving) {
      if (h->restart_ms <= now)
        give_seat(hosts, h);
      else
        next = sooner(next, h->restart_ms - now);
    }
    if (h->save_ms && h->save_ms <= now)
      sq_hosts_fetch_state(hosts, h);
    else if (h->save_ms)
      next = sooner(next, h->save_ms - now);
  }
  if (!sq_hosts_sweep(hosts))
    next = sooner(next, LOOK_MS);
  for (SqHost *host = hosts->list, *after; host; host = after) {
    after = host->next;
    if (host->n_seats)
      host->empty_ms = 0;
    else if (!host->empty_ms)
      host->empty_ms = now;
    if (host->gone && host->n_alive == 0)
      sq_host_free(hosts, host);
    else if (!host->gone && host->empty_ms && now - host->empty_ms > SQ_HOST_EMPTY_MS)
      sq_host_kill(host);
  }
  const int priority = atomic_load(&hosts->hops.caller_priority);
  if (priority != hosts->priority) {
    hosts->priority = priority;
    if (priority > 0)
      sq_thread_realtime(hosts->hops.thread, priority + 1);
    for (SqHost *host = hosts->list; host; host = host->next)
      sq_host_set_priority(hosts, host);
  }
  return next;
}

/// Waits for hosts, for whoever wakes us, or for the time. The lock is not held.
static void rest(SqHosts *hosts, struct pollfd *fds, uint32_t n, int64_t ms) {
  eventfd_t count;
  poll(fds, n, (int)ms);
  if (fds[0].revents)
    eventfd_read(hosts->wake_fd, &count);
  if (fds[1].revents)
    eventfd_read(hosts->hops.expired_fd, &count);
}

void *sq_hosts_supervise(void *context) {
  SqHosts *hosts = context;
  sq_thread_become(SQ_THREAD_JOBS);
  pthread_mutex_lock(&hosts->lock);
  while (!hosts->ending) {
    const int64_t ms = look(hosts);
    uint32_t n = 2, cap = 2;
    for (SqHost *host = hosts->list; host; host = host->next)
      cap += 2;
    struct pollfd *fds = sq_alloc(cap, sizeof *fds);
    SqHost **of = sq_alloc(cap, sizeof *of);
    fds[0] = (struct pollfd){.fd = hosts->wake_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = hosts->hops.expired_fd, .events = POLLIN};
    for (SqHost *host = hosts->list; host; host = host->next) {
      if (host->gone)
        continue;
      of[n] = host;
      fds[n++] = (struct pollfd){.fd = host->socket, .events = POLLIN};
      of[n] = host;
      fds[n++] = (struct pollfd){.fd = host->pidfd, .events = POLLIN};
    }
    pthread_mutex_unlock(&hosts->lock);
    rest(hosts, fds, n, ms);
    pthread_mutex_lock(&hosts->lock); // only this thread frees hosts: `of` still holds
    for (uint32_t i = 2; i < n; i++) {
      if (fds[i].revents && fds[i].fd == of[i]->socket)
        take(hosts, of[i]);
      else if (fds[i].revents)
        bury(hosts, of[i]);
    }
    free(fds);
    free(of);
  }
  pthread_mutex_unlock(&hosts->lock);
  return NULL;
}
