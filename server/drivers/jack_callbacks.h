// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What JACK calls: the cycle on its audio thread, news on its notification thread.
#ifndef SQ_DRIVERS_JACK_CALLBACKS_H
#define SQ_DRIVERS_JACK_CALLBACKS_H

#include <stdbool.h>

struct SqJackClient;

/// Sets every callback of a client not yet active; false when the server refuses one that we cannot do without.
bool sq_jack_callbacks_set(struct SqJackClient *client);

#endif
