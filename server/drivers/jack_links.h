// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Which ports of others ours are connected to, by name, so that the connections outlive the server; the driver's own
/// thread.
///
/// A connection that ends while both ports live was cut by somebody and is forgotten. One that ends because the other
/// port went is remembered for a while: servers take their ports away before they say goodbye.
#ifndef SQ_DRIVERS_JACK_LINKS_H
#define SQ_DRIVERS_JACK_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/jack_client.h"

#define SQ_JACK_PORT_NAME 324 ///< bytes: JACK2's longest full name is 320

typedef enum {
  SQ_LINK_LIVE,   ///< seen at the last look
  SQ_LINK_FADING, ///< gone from sight: cut, or its port went?
  SQ_LINK_GONE,   ///< its port went, the server is still here
  SQ_LINK_WANTED  ///< to be connected when its port is there
} SqLinkState;

typedef struct SqJackLink {
  SqLinkState state;
  bool output;
  bool own;  ///< the other port is ours too; `other` is then its short name
  bool seen; ///< at the look just taken
  uint32_t index;
  int64_t since_ms;
  char other[SQ_JACK_PORT_NAME];
} SqJackLink;

typedef struct SqJackLinks {
  SqJackLink *list; ///< [cap]
  uint32_t n, cap;
} SqJackLinks;

void sq_jack_links_cleanup(SqJackLinks *links);

/// Looks at the connections of all ports of `client` as they are (reads shared memory, asks nobody).
void sq_jack_links_observe(SqJackLinks *links, SqJackClient *client, int64_t now_ms);

/// Decides about what faded some time ago; to be called now and then while connected. True: more is to be decided.
bool sq_jack_links_settle(SqJackLinks *links, SqJackClient *client, int64_t now_ms);

/// The server is gone: everything remembered is wanted from now on.
void sq_jack_links_lost(SqJackLinks *links, int64_t now_ms);

/// Wants a connection of port `index` to `other`; what is there already stays.
void sq_jack_links_want(SqJackLinks *links, bool output, uint32_t index, const char *other, int64_t now_ms);

/// Wants each output in turn connected to a physical input of the server, and each input to a physical output.
void sq_jack_links_want_hardware(SqJackLinks *links, SqJackClient *client, int64_t now_ms);

/// Connects what is wanted and can be; the rest stays wanted for a minute. True: something is still wanted.
bool sq_jack_links_restore(SqJackLinks *links, SqJackClient *client, int64_t now_ms);

#endif
