// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Tells the service manager how we are, one datagram each (the protocol of sd_notify(3)); control thread.
#ifndef SQ_BASE_NOTIFY_H
#define SQ_BASE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct SqNotify {
  int fd; ///< -1: nobody listens, every call does nothing
  struct sockaddr_un address;
  socklen_t address_size;
  uint32_t watchdog_ms; ///< how often to call sq_notify_alive(), a third of the limit; 0: no watchdog
} SqNotify;

/// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so that no child speaks
/// in our name. True when somebody listens.
bool sq_notify_init(SqNotify *notify);

/// Closes the socket; also after an init that found nobody.
void sq_notify_cleanup(SqNotify *notify);

/// Start-up is over (or a reload is); `status` is a line for people.
void sq_notify_ready(SqNotify *notify, const char *status);

/// A line for people: what `systemctl status` shows.
void sq_notify_status(SqNotify *notify, const char *status);

/// The configuration is read again; sq_notify_ready() is to follow.
void sq_notify_reloading(SqNotify *notify);

/// We are on our way out.
void sq_notify_stopping(SqNotify *notify);

/// The watchdog's food: only to be called while the loop turns and cycles come.
void sq_notify_alive(SqNotify *notify);

#endif
