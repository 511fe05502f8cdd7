// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/guest.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "host/rounds.h"
#include "plugins/plugin.h"
#include "plugins/worker.h"

#define IDLE_MS 33 ///< 30 times a second: timers, windows
#define WAIT_MS 2000

typedef struct {
  int socket;
  SqRounds rounds;
  SqFormats *formats;
  SqWorker *worker;
  SqServices services; ///< the worker's, and news
  SqSeatWorld world;
  SqSeat *seats[SQ_HOST_SEATS];
} SqGuest;

// ---- what the plug-ins say ------------------------------------------------------------------------------------------

static void say(void *context, int level, const char *text) {
  SqGuest *guest = context;
  SqWire wire = {.head.kind = SQ_WIRE_LOG};
  sq_wire_put_u32(&wire, (uint32_t)level);
  sq_wire_put_text(&wire, text);
  sq_wire_send(guest->socket, &wire, -1, WAIT_MS);
  sq_wire_cleanup(&wire);
}

static void news(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  SqGuest *guest = context;
  for (uint32_t i = 0; i < SQ_HOST_SEATS; i++) {
    if (!guest->seats[i] || guest->seats[i]->instance != instance)
      continue;
    SqWire wire = {.head = {.kind = SQ_WIRE_NEWS, .seat = i}};
    sq_wire_put_u32(&wire, what);
    sq_wire_put_u32(&wire, index);
    sq_wire_put_f64(&wire, value);
    sq_wire_send(guest->socket, &wire, -1, WAIT_MS);
    sq_wire_cleanup(&wire);
  }
}

/// The worker's services carry their own context: those that take another one go through these.
static bool schedule(void *context, void *instance, void (*work)(void *, uint32_t, const void *), uint32_t size,
                     const void *data) {
  const SqServices *own = sq_worker_services(((SqGuest *)context)->worker);
  return own->schedule(own->context, instance, work, size, data);
}

static bool offline(void *context) {
  const SqServices *own = sq_worker_services(((SqGuest *)context)->worker);
  return own->offline(own->context);
}

static uint32_t no_input(void *context, const char *port) {
  return UINT32_MAX;
}

// ---- requests -------------------------------------------------------------------------------------------------------

static SqStatus hello(SqGuest *guest, SqWire *wire, SqWire *answer) {
  const uint32_t abi = sq_wire_u32(wire);
  guest->world.rate = sq_wire_f64(wire);
  const bool is_offline = sq_wire_u32(wire);
  if (abi != SQ_HOST_ABI || wire->bad || guest->formats)
    return SQ_UNSUPPORTED;
  guest->formats = sq_formats_new(&(SqFormatConfig){.rate_hz = guest->world.rate, .bare = true});
  guest->worker = sq_worker_new(is_offline, 0, say, guest);
  guest->services = (SqServices){
      .context = guest, .log = say, .schedule = schedule, .offline = offline, .news = news, .hardware_input = no_input};
  guest->world.formats = guest->formats;
  guest->world.services = &guest->services;
  const SqStatus status = sq_rounds_start(&guest->rounds);
  sq_wire_put_u32(answer, (uint32_t)guest->rounds.tid);
  return status;
}

static SqStatus open_seat(SqGuest *guest, SqWire *wire, int fd, SqWire *answer) {
  const uint32_t i = wire->head.seat;
  if (!guest->formats || i >= SQ_HOST_SEATS || guest->seats[i]) {
    if (fd >= 0)
      close(fd);
    return SQ_INTERNAL;
  }
  const SqStatus status = sq_seat_open(&guest->world, wire, fd, &guest->seats[i], answer);
  if (status == SQ_OK)
    sq_rounds_seat(&guest->rounds, i, guest->seats[i]);
  return status;
}

static SqStatus close_seat(SqGuest *guest, uint32_t i) {
  SqSeat *seat = guest->seats[i];
  guest->seats[i] = NULL;
  sq_rounds_seat(&guest->rounds, i, NULL);
  sq_seat_close(seat);
  return SQ_OK;
}

static SqStatus save(const SqSeat *seat, SqWire *answer) {
  const SqProcessorType *type = seat->info->type;
  SqBlob blob = {.version = 0};
  const SqStatus status = type->save ? type->save(seat->instance, &blob) : SQ_UNSUPPORTED;
  if (status == SQ_OK) {
    sq_wire_put_text(answer, blob.format);
    sq_wire_put_text(answer, blob.id);
    sq_wire_put_u32(answer, blob.version);
    sq_wire_put_bytes(answer, blob.data, blob.size);
  }
  free(blob.data);
  return status;
}

static SqStatus values(const SqSeat *seat, SqWire *answer) {
  const SqPluginOps *ops = seat->info->type->plugin;
  if (!ops || !ops->value)
    return SQ_UNSUPPORTED;
  for (uint32_t i = 0; i < seat->shape.n_params; i++)
    sq_wire_put_f64(answer, seat->info->type->params[i].output ? 0.0 : ops->value(seat->instance, i));
  return SQ_OK;
}

static SqStatus text_of(const SqSeat *seat, SqWire *wire, SqWire *answer) {
  const SqPluginOps *ops = seat->info->type->plugin;
  const uint32_t param = sq_wire_u32(wire);
  const double value = sq_wire_f64(wire);
  char text[256] = "";
  if (!ops || !ops->value_text || param >= seat->shape.n_params || wire->bad)
    return SQ_UNSUPPORTED;
  const SqStatus status = ops->value_text(seat->instance, param, value, text, sizeof text);
  sq_wire_put_text(answer, text);
  return status;
}

static SqStatus value_of(const SqSeat *seat, SqWire *wire, SqWire *answer) {
  const SqPluginOps *ops = seat->info->type->plugin;
  const uint32_t param = sq_wire_u32(wire);
  const char *text = sq_wire_text(wire);
  double value = 0.0;
  if (!ops || !ops->text_value || param >= seat->shape.n_params || wire->bad)
    return SQ_UNSUPPORTED;
  const SqStatus status = ops->text_value(seat->instance, param, text, &value);
  sq_wire_put_f64(answer, value);
  return status;
}

static SqStatus presets(const SqSeat *seat, SqWire *wire, SqWire *answer) {
  const SqPluginOps *ops = seat->info->type->plugin;
  const uint32_t first = sq_wire_u32(wire), most = sq_wire_u32(wire);
  const uint32_t n = ops && ops->n_presets && ops->preset_name ? ops->n_presets(seat->instance) : 0;
  sq_wire_put_u32(answer, n);
  for (uint32_t i = first; i < n && i - first < most; i++) {
    char name[256] = "";
    ops->preset_name(seat->instance, i, name, sizeof name);
    sq_wire_put_text(answer, name);
  }
  return SQ_OK;
}

static SqStatus of_seat(SqGuest *guest, SqWire *wire, SqWire *answer) {
  SqSeat *seat = wire->head.seat < SQ_HOST_SEATS ? guest->seats[wire->head.seat] : NULL;
  if (!seat)
    return SQ_NOT_FOUND;
  switch ((SqWireKind)wire->head.kind) {
  case SQ_WIRE_CLOSE:
    return close_seat(guest, wire->head.seat);
  case SQ_WIRE_SAVE:
    return save(seat, answer);
  case SQ_WIRE_VALUES:
    return values(seat, answer);
  case SQ_WIRE_TEXT:
    return text_of(seat, wire, answer);
  case SQ_WIRE_PARSE:
    return value_of(seat, wire, answer);
  case SQ_WIRE_PRESETS:
    return presets(seat, wire, answer);
  default:
    return SQ_UNSUPPORTED;
  }
}

static void answer_one(SqGuest *guest, SqWireReader *reader) {
  SqWire *wire = &reader->wire;
  SqWire answer = {.head = {.kind = SQ_WIRE_ANSWER, .call = wire->head.call, .seat = wire->head.seat}};
  const int fd = reader->fd;
  reader->fd = -1;
  SqStatus status;
  if (wire->head.kind == SQ_WIRE_HELLO)
    status = hello(guest, wire, &answer);
  else if (wire->head.kind == SQ_WIRE_OPEN)
    status = open_seat(guest, wire, fd, &answer);
  else
    status = of_seat(guest, wire, &answer);
  answer.head.status = (uint32_t)status;
  if (wire->head.call)
    sq_wire_send(guest->socket, &answer, -1, WAIT_MS);
  sq_wire_cleanup(&answer);
}

static void idle_all(SqGuest *guest) {
  for (uint32_t i = 0; i < SQ_HOST_SEATS; i++) {
    SqSeat *seat = guest->seats[i];
    if (seat && seat->info->type->plugin && seat->info->type->plugin->idle)
      seat->info->type->plugin->idle(seat->instance);
  }
}

// ---- life -----------------------------------------------------------------------------------------------------------

/// A page that is not there, or goes back to the kernel, costs a block.
static void keep_memory(void) {
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  char text[160];
  sq_thread_lock_memory(text, sizeof text);
}

int sq_guest_run(int socket, int shared) {
  SqGuest *guest = sq_alloc(1, sizeof *guest);
  guest->socket = socket;
  keep_memory();
  if (!sq_rounds_init(&guest->rounds, shared))
    return 1;
  SqWireReader reader;
  sq_wire_reader_init(&reader);
  for (bool on = true; on;) {
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    poll(&ready, 1, IDLE_MS);
    SqStatus status;
    while ((status = sq_wire_receive(socket, &reader)) == SQ_OK)
      answer_one(guest, &reader);
    on = status == SQ_NOT_NOW;
    idle_all(guest);
  }
  _exit(0); // plug-ins' own threads and destructors have been seen to crash here; nobody needs them any more
}
