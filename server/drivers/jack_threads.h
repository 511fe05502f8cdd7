// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// libjack's listening threads, ended only where they hold no lock; drivers' threads, and those threads themselves.
///
/// JACK2 ends the thread on which a client hears from its server by an asynchronous pthread_cancel(), when the client
/// is closed and when it could not be opened. If that thread was just taking note of another client that came or went,
/// as when a server dies, it takes libjack's lock with it, and whoever opens or closes a client in this process later
/// waits for it for good (seen with 1.9.21 once in some 600 deaths of a server). So what libjack ends is a guard of
/// ours. It waits for the true thread to end by itself, as it does when its server is gone, and ends it only while it
/// sleeps outside of our callbacks: waiting for the server.
#ifndef SQ_DRIVERS_JACK_THREADS_H
#define SQ_DRIVERS_JACK_THREADS_H

#include <stdbool.h>

/// Makes libjack ask us for its threads, from now on. [before the first client is opened]
void sq_jack_threads_init(void);

/// Threads that libjack starts while the calling thread is inside jack_client_open() are guarded: to be called with
/// true before, with false after.
void sq_jack_threads_guard(bool on);

/// On a listening thread: it is inside a callback of ours, which may hold locks of ours; or no longer. Calls nest.
/// Without effect on other threads.
void sq_jack_threads_busy(bool busy);

/// On a listening thread: the server said that it ends, so this thread will end by itself.
void sq_jack_threads_over(void);

#endif
