// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Names of our ports for people, as JACK metadata: pretty name, group, order and icon; the driver's own thread.
#ifndef SQ_DRIVERS_JACK_LABELS_H
#define SQ_DRIVERS_JACK_LABELS_H

#include "drivers/jack_client.h"

typedef struct SqJackLabels {
  uint32_t n;
  char text[SQ_MAX_HARDWARE][SQ_MAX_NAME + 1]; ///< of the first n outputs
} SqJackLabels;

/// A copy of the labels; the caller frees it with free(). NULL: no memory.
SqJackLabels *sq_jack_labels_new(const char *const *labels, uint32_t n);

/// Gives the ports of `client` their order and group, and the labels (may be NULL) to its outputs. Errors: io
/// (JACK's metadata hang), timeout (the server does).
SqStatus sq_jack_labels_apply(const SqJackLabels *labels, SqJackClient *client);

#endif
