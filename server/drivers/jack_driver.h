// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The parts of the jack driver: what its users call (jack.c) and its own thread, the keeper (jack_keeper.c), which
/// joins, watches, loses and finds the server.
#ifndef SQ_DRIVERS_JACK_DRIVER_H
#define SQ_DRIVERS_JACK_DRIVER_H

#include <pthread.h>

#include "drivers/jack_client.h"
#include "drivers/jack_labels.h"
#include "drivers/jack_links.h"
#include "drivers/jackd.h"

typedef struct SqDriverJack {
  SqDriver base;
  SqDriverConfig config; ///< its texts are those below
  char client_name[SQ_JACK_NAME], server_name[SQ_JACK_NAME], device[SQ_JACK_NAME];
  SqJackShared *shared;
  pthread_t keeper;

  pthread_mutex_t lock;
  pthread_cond_t changed;
  // Under the lock:
  SqJackClient *client; ///< NULL: there is no server
  bool quit, started;
  bool opened; ///< the first attempt is over, with:
  SqStatus open_status;
  char open_error[300];
  bool connect_asked; ///< start() wants the card's ports; false again when done
  bool stalled;
  SqJackLabels *labels; ///< new ones for the keeper to take
  char description[128];

  // The keeper's own:
  SqJackd jackd;
  SqJackLinks links;
  SqJackLabels *named;       ///< labels to be given to each new client
  bool owned;                ///< the server is our child
  bool unnamed;              ///< metadata hang: no more of them
  char joined[SQ_JACK_NAME]; ///< name of the server to come back to; "": the default one
  bool links_open;           ///< something is wanted or fading
  uint64_t beats;
  int64_t beat_ms, lost_ms, retry_ms, links_ms;
} SqDriverJack;

/// The present client with a reference for the caller; NULL: there is no server. [any thread but audio]
SqJackClient *sq_jack_driver_client(SqDriverJack *self);

// The requests of the driver's type (jack_requests.c); see driver.h.
SqStatus sq_jack_set_period(SqDriver *driver, uint32_t frames, char *error, size_t error_size);
SqStatus sq_jack_ports(SqDriver *driver, char **text);
SqStatus sq_jack_connect(SqDriver *driver, const char *from, const char *to, bool on, char *error, size_t error_size);
void sq_jack_latency(SqDriver *driver, uint32_t frames);

/// The keeper's thread, from open to close; argument: the driver.
void *sq_jack_keeper_run(void *driver);

#endif
