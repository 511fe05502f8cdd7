// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The driver that plays through a JACK server, JACK2's or PipeWire's: one that runs, or a jackd child of our own.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/thread.h"
#include "drivers/buffers.h"
#include "drivers/jack_driver.h"
#include "drivers/jack_log.h"
#include "drivers/jack_threads.h"
#include "drivers/list.h"

#define JACK_START_WAIT_MS 1000

static void jack_free_driver(SqDriverJack *self) {
  sq_jack_log_stop(&self->shared->host);
  sq_jack_links_cleanup(&self->links);
  free(self->labels);
  free(self->named);
  sq_jack_shared_unref(self->shared);
  pthread_mutex_destroy(&self->lock);
  pthread_cond_destroy(&self->changed);
  free(self);
}

static SqDriverJack *jack_new_driver(const SqDriverConfig *config, const SqDriverHost *host) {
  SqDriverJack *self = calloc(1, sizeof *self);
  if (!self)
    return NULL;
  self->shared = sq_jack_shared_new(host);
  if (!self->shared) {
    free(self);
    return NULL;
  }
  self->base.type = &sq_driver_jack;
  self->config = *config;
  snprintf(self->client_name, sizeof self->client_name, "%s", config->client_name ? config->client_name : "squeezed");
  snprintf(self->server_name, sizeof self->server_name, "%s", config->server_name ? config->server_name : "");
  snprintf(self->device, sizeof self->device, "%s", config->device ? config->device : "");
  self->config.client_name = self->client_name;
  self->config.server_name = self->server_name[0] ? self->server_name : NULL;
  self->config.device = self->device[0] ? self->device : NULL;
  pthread_mutex_init(&self->lock, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&self->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  sq_jackd_init(&self->jackd);
  sq_jack_threads_init();
  sq_jack_log_start(&self->shared->host);
  return self;
}

static SqStatus jack_open(const SqDriverConfig *config, const SqDriverHost *host, SqDriver **driver, char *error,
                          size_t error_size) {
  SqDriverConfig checked;
  SqStatus status = sq_driver_check(config, &checked, error, error_size);
  if (status)
    return status;
  SqDriverJack *self = jack_new_driver(&checked, host);
  if (!self || sq_thread_start(&self->keeper, "sq-jack", sq_jack_keeper_run, self)) {
    if (self)
      jack_free_driver(self);
    snprintf(error, error_size, "out of memory or threads for the jack driver");
    return SQ_LIMIT;
  }
  pthread_mutex_lock(&self->lock);
  while (!self->opened) // every step of the keeper has its time limit
    pthread_cond_wait(&self->changed, &self->lock);
  status = self->open_status;
  pthread_mutex_unlock(&self->lock);
  if (status) {
    snprintf(error, error_size, "%s", self->open_error);
    pthread_join(self->keeper, NULL);
    jack_free_driver(self);
    return status;
  }
  *driver = &self->base;
  return SQ_OK;
}

static SqStatus jack_start(SqDriver *driver, char *error, size_t error_size) {
  SqDriverJack *self = (SqDriverJack *)driver;
  pthread_mutex_lock(&self->lock);
  self->started = true;
  if (self->client)
    sq_jack_client_gate(self->client, true);
  self->connect_asked = self->config.connect;
  self->config.connect = false; // once: afterwards the record of connections knows better
  sq_jack_shared_wake(self->shared);
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += JACK_START_WAIT_MS / 1000;
  while (self->connect_asked && self->client)
    if (pthread_cond_timedwait(&self->changed, &self->lock, &until) == ETIMEDOUT)
      break; // the keeper goes on trying
  pthread_mutex_unlock(&self->lock);
  return SQ_OK;
}

SqJackClient *sq_jack_driver_client(SqDriverJack *self) {
  pthread_mutex_lock(&self->lock);
  SqJackClient *client = self->client;
  if (client)
    sq_jack_client_ref(client);
  pthread_mutex_unlock(&self->lock);
  return client;
}

static void jack_stop(SqDriver *driver) {
  SqDriverJack *self = (SqDriverJack *)driver;
  pthread_mutex_lock(&self->lock);
  self->started = false;
  pthread_mutex_unlock(&self->lock);
  SqJackClient *client = sq_jack_driver_client(self);
  if (!client)
    return;
  sq_jack_client_gate(client, false);
  sq_jack_client_unref(client);
}

static void jack_close(SqDriver *driver) {
  SqDriverJack *self = (SqDriverJack *)driver;
  jack_stop(driver);
  pthread_mutex_lock(&self->lock);
  self->quit = true;
  pthread_mutex_unlock(&self->lock);
  sq_jack_shared_wake(self->shared);
  pthread_join(self->keeper, NULL);
  jack_free_driver(self);
}

static void jack_info(SqDriver *driver, SqDriverInfo *info) {
  SqDriverJack *self = (SqDriverJack *)driver;
  memset(info, 0, sizeof *info);
  info->rate = atomic_load(&self->shared->rate);
  info->period = atomic_load(&self->shared->period);
  info->n_in = self->config.n_in;
  info->n_out = self->config.n_out;
  info->xruns = atomic_load(&self->shared->xruns);
  info->cycles = atomic_load(&self->shared->cycles);
  info->load = atomic_load(&self->shared->load);
  pthread_mutex_lock(&self->lock);
  info->running = self->client && !self->stalled && atomic_load(&self->client->gate);
  memcpy(info->description, self->description, sizeof info->description);
  pthread_mutex_unlock(&self->lock);
}

static void jack_label(SqDriver *driver, const char *const *texts, uint32_t n) {
  SqDriverJack *self = (SqDriverJack *)driver;
  SqJackLabels *labels = sq_jack_labels_new(texts, n);
  if (!labels)
    return;
  pthread_mutex_lock(&self->lock);
  free(self->labels); // not taken yet: the newer ones win
  self->labels = labels;
  pthread_mutex_unlock(&self->lock);
  sq_jack_shared_wake(self->shared);
}

const SqDriverType sq_driver_jack = {.name = "jack",
                                     .open = jack_open,
                                     .start = jack_start,
                                     .stop = jack_stop,
                                     .close = jack_close,
                                     .info = jack_info,
                                     .set_period = sq_jack_set_period,
                                     .ports = sq_jack_ports,
                                     .connect = sq_jack_connect,
                                     .label = jack_label,
                                     .latency = sq_jack_latency};
