// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/hosts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "host/internal.h"

int64_t sq_hosts_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sq_hosts_wake(SqHosts *hosts) {
  eventfd_write(hosts->wake_fd, 1);
}

void sq_hosts_say(SqHosts *hosts, int level, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (hosts->config.log)
    hosts->config.log(hosts->config.context, level, text);
}

SqStatus sq_hosts_new(const SqHostsConfig *config, SqHosts **made) {
  SqHosts *hosts = sq_alloc(1, sizeof *hosts);
  hosts->config = *config;
  hosts->program = sq_alloc(strlen(config->program) + 1, 1);
  memcpy(hosts->program, config->program, strlen(config->program));
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (!hosts->config.pool)
    hosts->config.pool = cpus > 0 ? (uint32_t)cpus : 1;
  if (!hosts->config.most_crashes)
    hosts->config.most_crashes = 3;
  if (!hosts->config.open_ms)
    hosts->config.open_ms = SQ_HOST_OPEN_MS;
  pthread_cond_init(&hosts->answered, NULL);
  pthread_mutex_init(&hosts->lock, NULL);
  hosts->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const SqStatus status = sq_hops_init(&hosts->hops);
  hosts->started = status == SQ_OK && sq_thread_start(&hosts->thread, "sq-hosts", sq_hosts_supervise, hosts) == SQ_OK;
  if (!hosts->started) {
    sq_hosts_free(hosts);
    return SQ_LIMIT;
  }
  *made = hosts;
  return SQ_OK;
}

void sq_hosts_free(SqHosts *hosts) {
  if (!hosts)
    return;
  pthread_mutex_lock(&hosts->lock);
  hosts->ending = true;
  pthread_mutex_unlock(&hosts->lock);
  sq_hosts_wake(hosts);
  if (hosts->started)
    pthread_join(hosts->thread, NULL);
  sq_hops_cleanup(&hosts->hops);
  while (hosts->retired) {
    SqHostSeat *seat = hosts->retired;
    hosts->retired = seat->next_retired;
    sq_hosts_seat_free(seat, seat->size);
  }
  while (hosts->list) {
    sq_host_kill(hosts->list);
    sq_host_reap(hosts->list);
    sq_host_free(hosts, hosts->list);
  }
  while (hosts->calls)
    sq_host_call_free(hosts, hosts->calls);
  for (SqHostedType *type = hosts->types, *next; type; type = next) {
    next = type->next;
    free(type);
  }
  pthread_mutex_destroy(&hosts->lock);
  pthread_cond_destroy(&hosts->answered);
  close(hosts->wake_fd);
  free(hosts->program);
  free(hosts);
}

SqHops *sq_hosts_hops(SqHosts *hosts) {
  return hosts ? &hosts->hops : NULL;
}

void sq_hosts_stats(SqHosts *hosts, SqHostsStats *stats) {
  pthread_mutex_lock(&hosts->lock);
  *stats = hosts->stats;
  for (const SqHost *host = hosts->list; host; host = host->next)
    stats->missed += atomic_load(&host->hop.missed);
  pthread_mutex_unlock(&hosts->lock);
}
