// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "drivers/jack_driver.h"
#include "drivers/jack_log.h"

#define KEEPER_POLL_MS 20     // between attempts to reach a server that is coming up
#define KEEPER_TAKEN_MS 300   // until a server of the same name, left behind by a kill -9 of ours, may have ended
#define KEEPER_TAKEN 8        // times
#define KEEPER_LAUNCH_MS 5000 // a jackd that has not answered by then never will
#define KEEPER_STALL_MS 500   // no cycle for so long is a stall: the longest period is 8192 frames, 186 ms at 44.1 kHz
#define KEEPER_STALL_KILL_MS 10000 // a child of ours that has not moved for so long is replaced
#define KEEPER_LINKS_MS 100

__attribute__((format(printf, 3, 4))) static void keeper_log(SqDriverJack *self, int level, const char *format, ...) {
  char text[300];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  if (self->shared->host.log)
    self->shared->host.log(self->shared->host.context, level, text);
}

static void keeper_tell(SqDriverJack *self, SqDriverNotice notice, int64_t value) {
  if (self->shared->host.notify)
    self->shared->host.notify(self->shared->host.context, notice, value);
}

static bool keeper_quits(SqDriverJack *self) {
  pthread_mutex_lock(&self->lock);
  bool quit = self->quit;
  pthread_mutex_unlock(&self->lock);
  return quit;
}

// ---- finding a server -----------------------------------------------------------------------------------------------

static void keeper_describe(SqDriverJack *self) {
  const char *name = self->joined[0] ? self->joined : "default";
  snprintf(self->description, sizeof self->description, "jack server '%s'%s", name,
           !self->owned        ? ""
           : self->jackd.dummy ? " (dummy driver, started by us)"
                               : " (started by us)");
}

/// Makes `client` the one: its rate and period are ours from now on, and it plays if we are started and the rate is the
/// one the engine knows.
static void keeper_adopt(SqDriverJack *self, SqJackClient *client) {
  SqJackShared *shared = self->shared;
  uint32_t rate = atomic_load(&client->rate), period = atomic_load(&client->period);
  uint32_t rate_before = atomic_exchange(&shared->rate, rate);
  uint32_t period_before = atomic_exchange(&shared->period, period);
  atomic_store(&client->current, true);
  if (period_before && period != period_before)
    keeper_tell(self, SQ_DRIVER_PERIOD, period);
  pthread_mutex_lock(&self->lock);
  self->client = client;
  self->stalled = false;
  if (self->started && rate == rate_before)
    sq_jack_client_gate(client, true);
  keeper_describe(self);
  pthread_mutex_unlock(&self->lock);
  if (rate_before && rate != rate_before)
    keeper_tell(self, SQ_DRIVER_RATE, rate);
  self->beats = 0;
  self->beat_ms = sq_clock_now_ms();
  self->links_open = true;
}

static SqStatus keeper_join(SqDriverJack *self, const char *server, char *error, size_t error_size) {
  SqJackClient *client;
  sq_jack_log_quiet(&self->shared->host, true);
  SqStatus status =
      sq_jack_client_open(self->shared, &self->config, server[0] ? server : NULL, &client, error, error_size);
  sq_jack_log_quiet(&self->shared->host, false);
  if (status)
    return status;
  if (server != self->joined)
    snprintf(self->joined, sizeof self->joined, "%s", server);
  keeper_adopt(self, client);
  return SQ_OK;
}

/// Waits for the child to answer; not_found: it ended, and error says its last words.
static SqStatus keeper_await(SqDriverJack *self, const char *server, char *error, size_t error_size) {
  int64_t until = sq_clock_now_ms() + KEEPER_LAUNCH_MS;
  SqStatus status = SQ_TIMEOUT;
  while (sq_clock_now_ms() < until && !keeper_quits(self)) {
    bool alive = sq_jackd_poll(&self->jackd, &self->shared->host);
    status = keeper_join(self, server, error, error_size);
    if (status == SQ_OK) {
      // Somebody else's server of this name answered when ours found the name taken.
      self->owned = alive && sq_jackd_poll(&self->jackd, &self->shared->host);
      return SQ_OK;
    }
    if (!alive) {
      sq_jackd_why(&self->jackd, error, error_size);
      return SQ_NOT_FOUND;
    }
    if (status == SQ_LIMIT)
      break; // it answers, and will say no again
    nanosleep(&(struct timespec){.tv_nsec = KEEPER_POLL_MS * 1000000L}, NULL);
  }
  sq_jackd_stop(&self->jackd, &self->shared->host);
  return status;
}

/// A child named `server` and us joined to it; falls back to the dummy driver when the first card does not work.
static SqStatus keeper_launch(SqDriverJack *self, const char *server, char *error, size_t error_size) {
  SqDriverConfig wish = self->config;
  uint32_t rate = atomic_load(&self->shared->rate), period = atomic_load(&self->shared->period);
  wish.rate = rate ? rate : wish.rate; // the engine is prepared for this rate
  wish.period = period ? period : wish.period;
  for (int attempt = 0, taken = 0; attempt < 2; attempt++) {
    self->owned = true;
    SqStatus status = sq_jackd_start(&self->jackd, &wish, server, error, error_size);
    if (status)
      return status;
    status = keeper_await(self, server, error, error_size);
    if (status == SQ_OK)
      return SQ_OK;
    if (status == SQ_NOT_FOUND && !self->client && sq_jackd_silent(&self->jackd) && taken++ < KEEPER_TAKEN) {
      nanosleep(&(struct timespec){.tv_nsec = KEEPER_TAKEN_MS * 1000000L}, NULL);
      attempt--;
      continue;
    }
    if (status == SQ_LIMIT || self->jackd.dummy || wish.device || self->jackd.no_card || keeper_quits(self))
      return status;
    keeper_log(self, 4, "jack: the sound card does not work (%s); jackd runs with its dummy driver", self->jackd.line);
    self->jackd.no_card = true;
  }
  return SQ_IO;
}

static SqStatus keeper_first(SqDriverJack *self, char *error, size_t error_size) {
  const char *named = self->config.server_name ? self->server_name : "";
  SqStatus status = keeper_join(self, named, error, error_size);
  if (status == SQ_OK || status == SQ_LIMIT)
    return status;
  if (!self->config.managed) {
    snprintf(error, error_size,
             status == SQ_TIMEOUT ? "the JACK server '%s' does not answer; is it stopped?"
                                  : "no JACK server '%s' is running, and we are told not to start one",
             named[0] ? named : "default");
    return status;
  }
  char ours[SQ_JACK_NAME];
  if (named[0])
    snprintf(ours, sizeof ours, "%s", named);
  else // never our own name: see client_keep_apart()
    snprintf(ours, sizeof ours, "%.*s-jack", (int)sizeof ours - 6, self->client_name);
  if (!named[0] && keeper_join(self, ours, error, error_size) == SQ_OK) // another squeezed has one already
    return SQ_OK;
  status = keeper_launch(self, ours, error, error_size);
  return status;
}

/// Names of ports for people: worth a try, never worth waiting for again.
static void keeper_name(SqDriverJack *self) {
  if (self->unnamed)
    return;
  self->unnamed = sq_jack_labels_apply(self->named, self->client) == SQ_IO;
  if (self->unnamed)
    keeper_log(self, 4, "jack: the metadata of JACK do not answer; ports get no names for people from now on");
}

// ---- losing and finding again ---------------------------------------------------------------------------------------

static void keeper_lose(SqDriverJack *self, const char *why) {
  int64_t now = sq_clock_now_ms();
  SqJackClient *client = self->client;
  atomic_store(&client->current, false);
  sq_jack_client_gate(client, false);
  pthread_mutex_lock(&self->lock);
  self->client = NULL;
  pthread_mutex_unlock(&self->lock);
  keeper_log(self, 4, "jack: %s; coming back as soon as there is one", why);
  keeper_tell(self, SQ_DRIVER_LOST, 0);
  sq_jack_links_lost(&self->links, now);
  sq_jackd_continue(&self->jackd);
  sq_jack_client_close(client);
  if (self->owned) // last: JACK2 ends by SIGSEGV when it is told to with a client inside, and leaves its entry
    sq_jackd_stop(&self->jackd, &self->shared->host);
  self->lost_ms = now;
  self->retry_ms = now + (self->owned ? sq_jackd_pause_ms(&self->jackd) : 0);
}

static void keeper_retry(SqDriverJack *self) {
  int64_t now = sq_clock_now_ms();
  if (now < self->retry_ms)
    return;
  char error[300] = "", server[SQ_JACK_NAME];
  memcpy(server, self->joined, sizeof server);
  SqStatus status =
      self->owned ? keeper_launch(self, server, error, sizeof error) : keeper_join(self, server, error, sizeof error);
  if (status) {
    if (self->owned)
      keeper_log(self, 4, "jack: %s", error);
    uint32_t pause = now - self->lost_ms < 10000 ? 100 : 500;
    if (self->owned && sq_jackd_pause_ms(&self->jackd) > pause)
      pause = sq_jackd_pause_ms(&self->jackd);
    self->retry_ms = sq_clock_now_ms() + pause;
    return;
  }
  sq_jack_links_restore(&self->links, self->client, now);
  int64_t took = sq_clock_now_ms() - self->lost_ms;
  keeper_log(self, 6, "jack: %s is back after %lld ms", self->description, (long long)took);
  keeper_tell(self, SQ_DRIVER_BACK, took);
  keeper_name(self);
}

// ---- watching -------------------------------------------------------------------------------------------------------

static void keeper_watchdog(SqDriverJack *self, int64_t now) {
  uint64_t beats = atomic_load(&self->client->beats);
  bool stalled = self->stalled;
  if (beats != self->beats) {
    self->beats = beats;
    self->beat_ms = now;
    stalled = false;
  } else if (now - self->beat_ms >= KEEPER_STALL_MS) {
    stalled = true;
  }
  if (stalled && self->owned && now - self->beat_ms >= KEEPER_STALL_KILL_MS) {
    keeper_lose(self, "the server has not moved for 10 s and is replaced");
    return;
  }
  if (stalled == self->stalled)
    return;
  pthread_mutex_lock(&self->lock);
  self->stalled = stalled;
  pthread_mutex_unlock(&self->lock);
  keeper_log(self, stalled ? 4 : 6, stalled ? "jack: no cycle for 500 ms" : "jack: cycles come again");
  keeper_tell(self, stalled ? SQ_DRIVER_STALLED : SQ_DRIVER_BACK, 0);
}

/// Keeps the record of connections and makes those still wanted.
static void keeper_links(SqDriverJack *self, int64_t now) {
  bool dirty = atomic_exchange(&self->client->dirty, false);
  if (!dirty && (!self->links_open || now - self->links_ms < KEEPER_LINKS_MS))
    return;
  self->links_ms = now;
  sq_jack_links_observe(&self->links, self->client, now);
  // A stalled server would hold each request for its 2 s.
  bool wanted = !self->stalled && sq_jack_links_restore(&self->links, self->client, now);
  self->links_open = sq_jack_links_settle(&self->links, self->client, now) || wanted;
}

/// What the users asked for.
static void keeper_serve(SqDriverJack *self, int64_t now) {
  pthread_mutex_lock(&self->lock);
  bool connect = self->connect_asked && !self->stalled; // a stalled server would hold us for 2 s each time
  SqJackLabels *labels = self->stalled ? NULL : self->labels;
  if (labels)
    self->labels = NULL;
  pthread_mutex_unlock(&self->lock);
  if (labels) {
    free(self->named);
    self->named = labels;
    keeper_name(self);
  }
  if (connect) {
    sq_jack_links_want_hardware(&self->links, self->client, now);
    self->links_open = sq_jack_links_restore(&self->links, self->client, now) || self->links_open;
    pthread_mutex_lock(&self->lock);
    self->connect_asked = false;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
  }
}

static void keeper_turn(SqDriverJack *self) {
  int64_t now = sq_clock_now_ms();
  bool child = sq_jackd_poll(&self->jackd, &self->shared->host);
  if (!self->client) {
    keeper_retry(self);
  } else if (atomic_load(&self->client->lost) || (self->owned && !child)) {
    keeper_lose(self, "the server is gone");
  } else {
    keeper_serve(self, now);
    keeper_links(self, now);
    keeper_watchdog(self, now);
  }
}

static void keeper_wait(SqDriverJack *self) {
  struct pollfd fds[2] = {{.fd = self->shared->wake_fd, .events = POLLIN},
                          {.fd = self->jackd.out_fd, .events = POLLIN}};
  poll(fds, 2, self->client ? 100 : KEEPER_POLL_MS);
  uint64_t count;
  (void)!read(self->shared->wake_fd, &count, sizeof count);
}

void *sq_jack_keeper_run(void *driver) {
  SqDriverJack *self = driver;
  sq_thread_become(SQ_THREAD_JOBS);
  char error[sizeof self->open_error] = "";
  SqStatus status = keeper_first(self, error, sizeof error);
  if (status == SQ_OK)
    keeper_name(self);
  pthread_mutex_lock(&self->lock);
  self->opened = true;
  self->open_status = status;
  memcpy(self->open_error, error, sizeof error);
  pthread_cond_broadcast(&self->changed);
  pthread_mutex_unlock(&self->lock);
  while (status == SQ_OK && !keeper_quits(self)) {
    keeper_wait(self);
    keeper_turn(self);
  }
  if (self->stalled)
    sq_jackd_continue(&self->jackd); // closing would wait for it
  if (self->client)
    sq_jack_client_close(self->client);
  sq_jackd_stop(&self->jackd, &self->shared->host);
  self->client = NULL;
  return NULL;
}
