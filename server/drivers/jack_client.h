// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One connection to one JACK server: opened, called back and closed for good; the driver makes a new one when a server
/// comes back. Functions are for drivers' and jobs' threads; the process callback is libjack's audio thread.
///
/// Clients are counted references, because a request may hang in libjack past our time limit: its client then lives,
/// with a shut gate, until libjack lets go, and nobody waits for it.
#ifndef SQ_DRIVERS_JACK_CLIENT_H
#define SQ_DRIVERS_JACK_CLIENT_H

#include <jack/jack.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "drivers/driver.h"

#define SQ_JACK_NAME 64 ///< bytes of a client's or server's name with its end: JACK's own bound

/// What callbacks tell the driver; outlives every client.
typedef struct SqJackShared {
  _Atomic int refs;
  SqDriverHost host;
  int wake_fd;        ///< eventfd: something for the driver's own thread
  _Atomic int inside; ///< openings and closings that libjack has not let go: it does one at a time in a process
  _Atomic uint32_t rate, period;
  _Atomic uint32_t latency; ///< frames from our inputs to our outputs, as told to JACK
  _Atomic uint64_t cycles, xruns;
  _Atomic float load;
} SqJackShared;

typedef struct SqJackClient {
  SqJackShared *shared;
  jack_client_t *jack;
  pthread_mutex_t call; ///< held by whoever is inside libjack with this client
  bool closed;          ///< under `call`
  _Atomic int refs;
  _Atomic bool gate;      ///< process() of the host may be called
  _Atomic bool inside;    ///< and is being called
  _Atomic bool lost;      ///< the server went away
  _Atomic bool current;   ///< the driver's client now: callbacks of others tell nothing
  _Atomic bool dirty;     ///< ports or connections changed
  _Atomic bool freewheel; ///< cycle times mean nothing
  _Atomic uint64_t beats; ///< callbacks, also with the gate shut: for the watchdog
  _Atomic uint32_t rate, period;
  uint32_t n_in, n_out;
  jack_port_t *in_ports[SQ_MAX_HARDWARE], *out_ports[SQ_MAX_HARDWARE];
  const float *in[SQ_MAX_HARDWARE]; ///< of the present cycle
  float *out[SQ_MAX_HARDWARE];
} SqJackClient;

/// Joins a server that runs (never starts one), registers the ports "in_1…", "out_1…" and becomes active, gate shut and
/// not yet current.
/// One that was left behind is waited for first, and none is sent after it.
/// Errors: not_found (no server of this name), timeout (it does not answer), limit (ports), io; with a sentence.
SqStatus sq_jack_client_open(SqJackShared *shared, const SqDriverConfig *config, const char *server_name,
                             SqJackClient **client, char *error, size_t error_size);

/// Shuts the gate, makes it no longer current, closes with a time limit and drops the caller's reference.
void sq_jack_client_close(SqJackClient *client);

void sq_jack_client_ref(SqJackClient *client);
void sq_jack_client_unref(SqJackClient *client);

/// Lets the host's process() be called, or no more: after false no cycle is running.
void sq_jack_client_gate(SqJackClient *client, bool open);

/// Work with a client that may wait for the server. `run` gets the data; `drop` frees it when it came too late.
typedef struct SqJackRequest {
  void (*run)(SqJackClient *client, void *data);
  void (*drop)(void *data);
  void *data;
} SqJackRequest;

/// Runs the request under the client's lock within 2 s. After SQ_OK the data is the caller's again. Errors: timeout,
/// limit (data is gone), not_now (the client is closed already; the data is the caller's).
SqStatus sq_jack_client_request(SqJackClient *client, const SqJackRequest *request);

/// One new reference-counted shared part; NULL: no memory or descriptor.
SqJackShared *sq_jack_shared_new(const SqDriverHost *host);
void sq_jack_shared_unref(SqJackShared *shared);

/// Wakes the driver's thread. [any thread] One write to an eventfd; never waits.
void sq_jack_shared_wake(SqJackShared *shared);

#endif
