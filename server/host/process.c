// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Starting and ending a host process.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "host/internal.h"

extern char **environ;

#define GUEST_SOCKET 3 ///< descriptors that the process finds open
#define GUEST_SHARED 4

int sq_host_memory(size_t size) {
  const int fd = memfd_create("squeezed-host", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd >= 0 && ftruncate(fd, (off_t)size) == 0 &&
      fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

static SqHostShared *map_shared(int fd) {
  void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(SqHostShared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    return NULL;
  ((SqHostShared *)memory)->abi = SQ_HOST_ABI;
  return memory;
}

/// No signal of ours is blocked in it, it is in a group of its own (Ctrl-C is not for it), and it inherits nothing but
/// its two descriptors.
static int spawn(const char *program, int socket, int shared, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, GUEST_SOCKET);
  posix_spawn_file_actions_adddup2(&actions, shared, GUEST_SHARED);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  char *const arguments[] = {(char *)(uintptr_t) "squeezed-host", (char *)(uintptr_t) "--guest", NULL};
  const int error = posix_spawn(pid, program, &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

static void greeted(SqHosts *hosts, SqHostCall *call) {
  SqHost *host = call->host;
  host->tid = call->status == SQ_OK ? (int)sq_wire_u32(&call->answer) : 0;
  if (call->status != SQ_OK)
    sq_host_kill(host);
  sq_host_set_priority(hosts, host);
  sq_host_call_free(hosts, call);
}

static void greet(SqHosts *hosts, SqHost *host) {
  SqWire hello = {.head.kind = SQ_WIRE_HELLO};
  sq_wire_put_u32(&hello, SQ_HOST_ABI);
  sq_wire_put_f64(&hello, hosts->config.rate);
  sq_wire_put_u32(&hello, hosts->config.offline);
  SqHostCall *call = sq_host_ask(hosts, host, &hello, -1, hosts->config.open_ms);
  call->then = greeted;
}

SqHost *sq_host_start(SqHosts *hosts, const char *key) {
  int ends[2] = {-1, -1};
  const int shared = sq_host_memory(sizeof(SqHostShared));
  SqHost *host = sq_alloc(1, sizeof *host);
  host->hop.shared = map_shared(shared);
  int error = ENOMEM;
  if (host->hop.shared && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
    // Numbers above those that the process finds: dup2 of a descriptor onto itself would leave it to be closed.
    const int high_socket = fcntl(ends[1], F_DUPFD_CLOEXEC, 16), high_shared = fcntl(shared, F_DUPFD_CLOEXEC, 16);
    error = spawn(hosts->program, high_socket, high_shared, &host->pid);
    close(high_socket);
    close(high_shared);
    close(ends[1]);
  }
  if (shared >= 0)
    close(shared);
  if (error) {
    sq_hosts_say(hosts, 3, "cannot start %s: %s", hosts->program, strerror(error));
    if (host->hop.shared)
      munmap(host->hop.shared, sizeof(SqHostShared));
    if (ends[0] >= 0)
      close(ends[0]);
    free(host);
    return NULL;
  }
  host->socket = ends[0];
  host->pidfd = pidfd_open(host->pid, 0);
  host->key = sq_alloc(strlen(key) + 1, 1);
  memcpy(host->key, key, strlen(key));
  sq_wire_reader_init(&host->reader);
  host->next = hosts->list;
  hosts->list = host;
  hosts->stats.hosts++;
  greet(hosts, host);
  sq_hosts_wake(hosts);
  return host;
}

void sq_host_kill(SqHost *host) {
  if (!host->gone)
    kill(host->pid, SIGKILL); // not reaped yet: the number is still its own
}

void sq_host_reap(SqHost *host) {
  if (!host->gone)
    waitpid(host->pid, NULL, 0);
  host->gone = true;
}

void sq_host_free(SqHosts *hosts, SqHost *host) {
  for (SqHost **at = &hosts->list; *at; at = &(*at)->next)
    if (*at == host) {
      *at = host->next;
      break;
    }
  sq_wire_reader_cleanup(&host->reader);
  close(host->socket);
  close(host->pidfd);
  munmap(host->hop.shared, sizeof(SqHostShared));
  free(host->key);
  free(host);
}

void sq_host_set_priority(const SqHosts *hosts, const SqHost *host) {
  const int caller = atomic_load(&hosts->hops.caller_priority);
  if (!host->tid || host->gone)
    return;
  const struct sched_param param = {.sched_priority = caller > 1 ? caller - 1 : 0};
  sched_setscheduler(host->tid, caller > 1 ? SCHED_FIFO : SCHED_OTHER, &param);
}
