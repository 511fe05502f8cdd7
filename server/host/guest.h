// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The inside of a plug-in host process: answers the daemon, runs rounds, keeps the plug-ins' timers going; its main
/// thread.
#ifndef SQ_HOST_GUEST_H
#define SQ_HOST_GUEST_H

/// Serves the daemon at the other end of `socket`, with the memory of descriptor `shared`, until it hangs up.
/// Returns the status to exit with.
int sq_guest_run(int socket, int shared);

#endif
