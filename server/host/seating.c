// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Which host a plug-in goes to, its seat there, and how the audio thread gets it and loses it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "host/internal.h"

// ---- which host -----------------------------------------------------------------------------------------------------

static bool can_take(const SqHost *host) {
  return !host->gone && !host->ended && host->n_seats < SQ_HOST_SEATS;
}

static SqHost *with_key(const SqHosts *hosts, const char *key) {
  for (SqHost *host = hosts->list; host; host = host->next)
    if (can_take(host) && strcmp(host->key, key) == 0)
      return host;
  return NULL;
}

/// The pool's host that plug-ins of this strip are in, or NULL.
static SqHost *of_strip(const SqHosts *hosts, const char *strip) {
  for (SqHost *host = hosts->list; host; host = host->next)
    for (uint32_t i = 0; can_take(host) && strncmp(host->key, "pool", 4) == 0 && i < SQ_HOST_SEATS; i++)
      if (host->seats[i] && strcmp(host->seats[i]->strip, strip) == 0)
        return host;
  return NULL;
}

/// The name of the pool's host with the fewest seats, one that does not run yet before all.
static void deal(const SqHosts *hosts, char *key, size_t size) {
  uint32_t fewest = UINT32_MAX, best = 0;
  for (uint32_t i = 0; i < hosts->config.pool; i++) {
    snprintf(key, size, "pool %u", i);
    const SqHost *host = with_key(hosts, key);
    const uint32_t n = host ? host->n_seats : 0;
    if (n < fewest) {
      fewest = n;
      best = i;
    }
  }
  snprintf(key, size, "pool %u", best);
}

SqHost *sq_hosts_place(SqHosts *hosts, const SqHosted *hosted) {
  char key[128];
  SqHost *host = NULL;
  if (hosted->alone || hosted->isolation == SQ_ISOLATE_PLUGIN)
    snprintf(key, sizeof key, "plugin %u", hosted->number);
  else if (hosted->isolation == SQ_ISOLATE_SHARED)
    snprintf(key, sizeof key, "shared");
  else if (hosted->isolation == SQ_ISOLATE_STRIP)
    snprintf(key, sizeof key, "strip %.100s", hosted->strip);
  else if (!(host = of_strip(hosts, hosted->strip)))
    deal(hosts, key, sizeof key);
  if (!host)
    host = with_key(hosts, key);
  return host ? host : sq_host_start(hosts, key);
}

// ---- a seat ---------------------------------------------------------------------------------------------------------

static SqHostSeat *seat_new(SqHost *host, const SqHosted *hosted, int *fd) {
  const SqSeatLayout *layout = &hosted->rt.layout;
  *fd = sq_host_memory(layout->size);
  void *memory = *fd < 0 ? MAP_FAILED : mmap(NULL, layout->size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
  if (memory == MAP_FAILED) {
    if (*fd >= 0)
      close(*fd);
    return NULL;
  }
  SqHostSeat *seat = sq_alloc(1, sizeof *seat);
  seat->host = host;
  seat->hop = &host->hop;
  seat->memory = memory;
  seat->in = memory;
  seat->out = (const SqSeatOut *)(const void *)((char *)memory + layout->out);
  while (host->seats[seat->number])
    seat->number++;
  host->n_seats++;
  host->n_alive++;
  return seat;
}

void sq_hosts_seat_free(SqHostSeat *seat, size_t size) {
  munmap(seat->memory, size);
  seat->host->n_alive--;
  free(seat);
}

static void write_open(const SqHosted *hosted, SqWire *open) {
  const SqSeatShape *shape = &hosted->rt.shape;
  const uint32_t numbers[] = {shape->n_in,    shape->n_side,    shape->n_out,
                              shape->n_extra, shape->n_signals, shape->n_params};
  sq_wire_put_text(open, hosted->type->info->type->id);
  sq_wire_put_text(open, hosted->type->info->module ? hosted->type->info->module : hosted->type->info->path);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    sq_wire_put_u32(open, numbers[i]);
  for (uint32_t i = 0; i < shape->n_params; i++)
    sq_wire_put_f64(open, (double)atomic_load(&hosted->rt.values[i]));
  sq_wire_put_u32(open, hosted->n_keys);
  for (uint32_t i = 0; i < 2 * hosted->n_keys; i++)
    sq_wire_put_text(open, hosted->keys[i]);
  sq_wire_put_u32(open, hosted->state_wins);
  sq_wire_put_u32(open, hosted->has_state);
  if (hosted->has_state) {
    sq_wire_put_text(open, hosted->state.format);
    sq_wire_put_text(open, hosted->state.id);
    sq_wire_put_u32(open, hosted->state.version);
    sq_wire_put_bytes(open, hosted->state.data, hosted->state.size);
  }
}

SqHostCall *sq_hosts_open_seat(SqHosts *hosts, SqHost *host, SqHosted *hosted) {
  int fd;
  SqHostSeat *seat = seat_new(host, hosted, &fd);
  if (!seat)
    return NULL;
  SqWire open = {.head = {.kind = SQ_WIRE_OPEN, .seat = seat->number}};
  write_open(hosted, &open);
  host->seats[seat->number] = hosted;
  SqHostCall *call = sq_host_ask(hosts, host, &open, fd, hosts->config.open_ms);
  close(fd);
  call->hosted = hosted;
  call->seat = seat;
  return call;
}

SqStatus sq_hosts_seated(SqHosts *hosts, SqHostCall *call, char *error, size_t error_size) {
  SqHosted *hosted = call->hosted;
  SqHostSeat *seat = call->seat;
  SqHost *host = call->host;
  const SqStatus status = call->over ? call->status : SQ_TIMEOUT;
  const uint32_t latency = status == SQ_OK ? sq_wire_u32(&call->answer) : 0;
  if (status == SQ_OK && !host->gone && (hosted->rt.past || sq_rt_hosted_make_past(&hosted->rt, latency))) {
    const uint32_t tail = sq_wire_u32(&call->answer);
    atomic_store(&hosted->rt.latency, latency <= SQ_HOSTED_MAX_LATENCY ? latency : 0);
    atomic_store(&hosted->rt.tail, tail);
    for (uint32_t i = 0; hosted->state_wins && i < hosted->rt.shape.n_params && !call->answer.bad; i++)
      atomic_store(&hosted->rt.values[i], (float)sq_wire_f64(&call->answer));
    hosted->state_wins = false;
    hosts->stats.seats++;
    atomic_store(&hosted->rt.seat, seat);
    return SQ_OK;
  }
  const char *why = call->over && call->answer.data ? sq_wire_text(&call->answer) : "";
  snprintf(error, error_size, "%s",
           *why                   ? why
           : status == SQ_TIMEOUT ? "it did not come up in time; its host was ended"
                                  : "its host ended while it was being made: the plug-in crashed");
  if (host->seats[seat->number] == hosted) {
    host->seats[seat->number] = NULL;
    host->n_seats--;
  }
  sq_hosts_seat_free(seat, hosted->rt.layout.size);
  return status == SQ_OK ? SQ_PLUGIN : status;
}

void sq_hosts_unseat(SqHosts *hosts, SqHosted *hosted) {
  SqHostSeat *seat = atomic_exchange(&hosted->rt.seat, NULL);
  if (!seat)
    return;
  hosts->stats.seats--;
  if (seat->host->seats[seat->number] == hosted) {
    seat->host->seats[seat->number] = NULL;
    seat->host->n_seats--;
  }
  seat->next_retired = hosts->retired;
  seat->busy = &hosted->rt.busy;
  seat->size = hosted->rt.layout.size;
  hosts->retired = seat;
}

bool sq_hosts_sweep(SqHosts *hosts) {
  for (SqHostSeat **at = &hosts->retired; *at;) {
    SqHostSeat *seat = *at;
    if (seat->busy && atomic_load(seat->busy)) { // the audio thread may be in it
      at = &seat->next_retired;
      continue;
    }
    *at = seat->next_retired;
    sq_hosts_seat_free(seat, seat->size);
  }
  return !hosts->retired;
}
