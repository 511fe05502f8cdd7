// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/// A decimal number from the environment; 0 when there is none.
static uint64_t notify_number(const char *name) {
  const char *text = getenv(name);
  if (!text || *text < '0' || *text > '9')
    return 0;
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 10);
  return *end || errno ? 0 : value;
}

static uint32_t notify_watchdog_ms(void) {
  uint64_t pid = notify_number("WATCHDOG_PID"), usecs = notify_number("WATCHDOG_USEC");
  if (!usecs || (pid && pid != (uint64_t)getpid()))
    return 0;
  uint64_t ms = usecs / 3000;
  return ms < 1 ? 1 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

bool sq_notify_init(SqNotify *notify) {
  memset(notify, 0, sizeof *notify);
  notify->fd = -1;
  const char *path = getenv("NOTIFY_SOCKET");
  size_t length = path ? strlen(path) : 0;
  bool usable = length > 1 && length < sizeof notify->address.sun_path && (path[0] == '/' || path[0] == '@');
  if (usable) {
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, path, length);
    if (path[0] == '@') // an abstract name: no file, first byte 0
      notify->address.sun_path[0] = 0;
    notify->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    notify->watchdog_ms = notify_watchdog_ms();
  }
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
  return notify->fd >= 0;
}

void sq_notify_cleanup(SqNotify *notify) {
  if (notify->fd >= 0)
    close(notify->fd);
  notify->fd = -1;
}

/// A lost datagram is no reason to stop: the manager notices silence by itself.
static void notify_send(SqNotify *notify, const char *text) {
  if (notify->fd >= 0)
    (void)!sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&notify->address,
                  notify->address_size);
}

/// `first` and the status, whose line ends would be taken for further assignments.
static void notify_send_status(SqNotify *notify, const char *first, const char *status) {
  char text[512];
  size_t before = (size_t)snprintf(text, sizeof text, "%sSTATUS=", first);
  snprintf(text + before, sizeof text - before, "%s", status);
  for (char *c = text + before; *c; c++)
    if (*c == '\n' || *c == '\r')
      *c = ' ';
  notify_send(notify, text);
}

void sq_notify_ready(SqNotify *notify, const char *status) {
  notify_send_status(notify, "READY=1\n", status);
}

void sq_notify_status(SqNotify *notify, const char *status) {
  notify_send_status(notify, "", status);
}

void sq_notify_reloading(SqNotify *notify) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  char text[96]; // the time lets the manager tell this reload's READY from an older one
  snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
           (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u);
  notify_send(notify, text);
}

void sq_notify_stopping(SqNotify *notify) {
  notify_send(notify, "STOPPING=1");
}

void sq_notify_alive(SqNotify *notify) {
  notify_send(notify, "WATCHDOG=1");
}
