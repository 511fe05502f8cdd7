// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Where libjack's own words go: into the log of the driver that was opened last, instead of stderr; any thread but
/// audio.
///
/// jack_set_error_function() takes a function and no context, one for the whole process, and libjack speaks from a
/// thread of its own. So this file holds the only mutable static of the drivers: who listens.
#ifndef SQ_DRIVERS_JACK_LOG_H
#define SQ_DRIVERS_JACK_LOG_H

#include <stdbool.h>

#include "drivers/driver.h"

/// From now on `host->log` hears libjack. `host` stays the caller's and must live until the stop.
void sq_jack_log_start(const SqDriverHost *host);

/// `host` hears no more; when this returns, no call into it is running.
void sq_jack_log_stop(const SqDriverHost *host);

/// While quiet, words are dropped: asking every 20 ms whether a server is there makes three lines each time.
void sq_jack_log_quiet(const SqDriverHost *host, bool quiet);

#endif
