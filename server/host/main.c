// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// squeezed-host: the process that plug-ins run in, so that what they do to it they do not do to the music.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/guest.h"

#define SOCKET 3 ///< descriptors that the daemon leaves open
#define SHARED 4

int main(int argc, char **argv) {
  if (argc != 2 || strcmp(argv[1], "--guest") != 0) {
    fprintf(stderr, "squeezed-host runs plug-ins for squeezed, which starts it; there is nothing to start by hand\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL); // of the daemon's supervisor
  if (fcntl(SOCKET, F_GETFD) < 0 || fcntl(SHARED, F_GETFD) < 0)
    return 2;
  fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
  return sq_guest_run(SOCKET, SHARED);
}
