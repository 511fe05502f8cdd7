// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "drivers/jack_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "drivers/jack_callbacks.h"
#include "drivers/jack_threads.h"
#include "drivers/limited.h"

#define CLIENT_OPEN_MS 3000 // a healthy server answers within 0.2 s, a loaded one was seen to take 1.2 s
#define CLIENT_CALL_MS 2000
#define CLIENT_CLOSE_MS 2000

SqJackShared *sq_jack_shared_new(const SqDriverHost *host) {
  SqJackShared *shared = calloc(1, sizeof *shared);
  if (!shared)
    return NULL;
  shared->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (shared->wake_fd < 0) {
    free(shared);
    return NULL;
  }
  shared->host = *host;
  atomic_init(&shared->refs, 1);
  return shared;
}

void sq_jack_shared_unref(SqJackShared *shared) {
  if (atomic_fetch_sub(&shared->refs, 1) != 1)
    return;
  close(shared->wake_fd);
  free(shared);
}

void sq_jack_shared_wake(SqJackShared *shared) {
  uint64_t one = 1;
  (void)!write(shared->wake_fd, &one, sizeof one); // full means awake already
}

void sq_jack_client_ref(SqJackClient *client) {
  atomic_fetch_add(&client->refs, 1);
}

void sq_jack_client_unref(SqJackClient *client) {
  if (atomic_fetch_sub(&client->refs, 1) != 1)
    return;
  sq_jack_shared_unref(client->shared);
  pthread_mutex_destroy(&client->call);
  free(client);
}

void sq_jack_client_gate(SqJackClient *client, bool open) {
  atomic_store(&client->gate, open);
  // Store then load, both sequentially consistent, against the reverse in the callback: one of the two sees the other.
  // The limit is for a thread that libjack ended in the middle of a cycle.
  for (int i = 0; !open && atomic_load(&client->inside) && i < 10000; i++)
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static SqJackClient *client_new(SqJackShared *shared, uint32_t n_in, uint32_t n_out) {
  SqJackClient *client = calloc(1, sizeof *client);
  if (!client)
    return NULL;
  client->shared = shared;
  atomic_fetch_add(&shared->refs, 1);
  pthread_mutex_init(&client->call, NULL);
  atomic_init(&client->refs, 1);
  client->n_in = n_in;
  client->n_out = n_out;
  return client;
}

// ---- open -----------------------------------------------------------------------------------------------------------

/// An opening on its helper thread: everything it needs is its own, as its caller may be gone before it ends.
typedef struct {
  SqJackClient *client;
  char name[SQ_JACK_NAME], server[SQ_JACK_NAME];
  SqStatus status;
  char error[200];
} ClientOpening;

static bool client_register(SqJackClient *client, bool output) {
  uint32_t n = output ? client->n_out : client->n_in;
  jack_port_t **ports = output ? client->out_ports : client->in_ports;
  for (uint32_t i = 0; i < n; i++) {
    char name[16];
    snprintf(name, sizeof name, "%s_%u", output ? "out" : "in", i + 1);
    ports[i] =
        jack_port_register(client->jack, name, JACK_DEFAULT_AUDIO_TYPE, output ? JackPortIsOutput : JackPortIsInput, 0);
    if (!ports[i])
      return false;
  }
  return true;
}

static SqStatus client_setup(SqJackClient *client, char *error, size_t error_size) {
  atomic_store(&client->rate, jack_get_sample_rate(client->jack));
  atomic_store(&client->period, jack_get_buffer_size(client->jack));
  if (!sq_jack_callbacks_set(client)) {
    snprintf(error, error_size, "the JACK server refuses our callbacks");
    return SQ_IO;
  }
  if (!client_register(client, false) || !client_register(client, true)) {
    snprintf(error, error_size,
             "the JACK server has no room for our %u inputs and %u outputs; ask for fewer, or start it with a "
             "larger --port-max",
             client->n_in, client->n_out);
    return SQ_LIMIT;
  }
  if (jack_activate(client->jack) != 0) {
    snprintf(error, error_size, "the JACK server does not let us become active");
    return SQ_IO;
  }
  return SQ_OK;
}

/// JACK2 puts the sockets of servers and of clients into one folder under their bare names: a client called as its
/// server takes the server's away, and nobody else can join from then on.
static void client_keep_apart(ClientOpening *opening) {
  const char *server = opening->server[0] ? opening->server : getenv("JACK_DEFAULT_SERVER");
  if (strcmp(opening->name, server && *server ? server : "default") != 0)
    return;
  const size_t n = strlen(opening->name), last = sizeof opening->name - 2;
  opening->name[n < last ? n : last] = '_';
  opening->name[n < last ? n + 1 : last + 1] = 0;
}

static void client_open_run(void *data) {
  ClientOpening *opening = data;
  SqJackClient *client = opening->client;
  client_keep_apart(opening);
  jack_status_t status = 0;
  sq_jack_threads_guard(true);
  if (opening->server[0])
    client->jack = jack_client_open(opening->name, JackNoStartServer | JackServerName, &status, opening->server);
  else
    client->jack = jack_client_open(opening->name, JackNoStartServer, &status);
  sq_jack_threads_guard(false);
  if (!client->jack) {
    bool absent = status & (JackServerFailed | JackServerError);
    opening->status = absent ? SQ_NOT_FOUND : SQ_IO;
    snprintf(opening->error, sizeof opening->error,
             absent ? "no JACK server answers" : "the JACK server refuses us (status 0x%x)", (unsigned)status);
    return;
  }
  opening->status = client_setup(client, opening->error, sizeof opening->error);
  if (opening->status) {
    jack_client_close(client->jack);
    client->jack = NULL;
  }
}

static void client_open_drop(void *data) {
  ClientOpening *opening = data;
  if (opening->client->jack)
    jack_client_close(opening->client->jack);
  atomic_fetch_sub(&opening->client->shared->inside, 1);
  sq_jack_client_unref(opening->client);
  free(opening);
}

SqStatus sq_jack_client_open(SqJackShared *shared, const SqDriverConfig *config, const char *server_name,
                             SqJackClient **client, char *error, size_t error_size) {
  *client = NULL;
  for (int ms = 0; atomic_load(&shared->inside) && ms < CLIENT_OPEN_MS; ms += 10)
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  if (atomic_load(&shared->inside)) {
    snprintf(error, error_size, "the JACK server does not answer");
    return SQ_TIMEOUT;
  }
  ClientOpening *opening = calloc(1, sizeof *opening);
  SqJackClient *fresh = client_new(shared, config->n_in, config->n_out);
  if (!opening || !fresh) {
    free(opening);
    if (fresh)
      sq_jack_client_unref(fresh);
    snprintf(error, error_size, "out of memory for a JACK client");
    return SQ_LIMIT;
  }
  opening->client = fresh;
  snprintf(opening->name, sizeof opening->name, "%s", config->client_name);
  snprintf(opening->server, sizeof opening->server, "%s", server_name ? server_name : "");
  SqLimitedCall call = {.run = client_open_run, .drop = client_open_drop, .data = opening};
  atomic_fetch_add(&shared->inside, 1);
  SqStatus status = sq_limited_call(&call, CLIENT_OPEN_MS);
  if (status) {
    snprintf(error, error_size, "the JACK server does not answer");
    return status;
  }
  atomic_fetch_sub(&shared->inside, 1);
  status = opening->status;
  snprintf(error, error_size, "%s", opening->error);
  if (status)
    sq_jack_client_unref(fresh);
  else
    *client = fresh;
  free(opening);
  return status;
}

// ---- close and requests ---------------------------------------------------------------------------------------------

static void client_close_run(void *data) {
  SqJackClient *client = data;
  pthread_mutex_lock(&client->call);
  client->closed = true;
  jack_client_close(client->jack);
  pthread_mutex_unlock(&client->call);
}

static void client_close_drop(void *data) {
  SqJackClient *client = data;
  atomic_fetch_sub(&client->shared->inside, 1);
  sq_jack_client_unref(client);
}

void sq_jack_client_close(SqJackClient *client) {
  atomic_store(&client->current, false);
  sq_jack_client_gate(client, false);
  // Upstream knows of closes that never return while servers come and go; then the helper thread keeps the client.
  SqLimitedCall call = {.run = client_close_run, .drop = client_close_drop, .data = client};
  SqDriverHost host = client->shared->host;
  atomic_fetch_add(&client->shared->inside, 1);
  SqStatus status = sq_limited_call(&call, CLIENT_CLOSE_MS);
  if (status == SQ_OK)
    client_close_drop(client);
  else if (host.log)
    host.log(host.context, 4, "jack: closing the old client takes too long; it is left behind");
}

typedef struct {
  SqJackClient *client;
  SqJackRequest request;
  bool closed;
} ClientCall;

static void client_request_run(void *data) {
  ClientCall *call = data;
  pthread_mutex_lock(&call->client->call);
  call->closed = call->client->closed;
  if (!call->closed)
    call->request.run(call->client, call->request.data);
  pthread_mutex_unlock(&call->client->call);
}

static void client_request_drop(void *data) {
  ClientCall *call = data;
  call->request.drop(call->request.data);
  sq_jack_client_unref(call->client);
  free(call);
}

SqStatus sq_jack_client_request(SqJackClient *client, const SqJackRequest *request) {
  ClientCall *call = calloc(1, sizeof *call);
  if (!call) {
    request->drop(request->data);
    return SQ_LIMIT;
  }
  call->client = client;
  call->request = *request;
  sq_jack_client_ref(client);
  SqLimitedCall limited = {.run = client_request_run, .drop = client_request_drop, .data = call};
  SqStatus status = sq_limited_call(&limited, CLIENT_CALL_MS);
  if (status)
    return status;
  bool closed = call->closed;
  sq_jack_client_unref(client);
  free(call);
  return closed ? SQ_NOT_NOW : SQ_OK;
}
