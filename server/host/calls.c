// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to hosts and their answers.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "host/internal.h"

/// A host that does not take what we send within this time does not listen any more.
#define SEND_MS 1000

SqHostCall *sq_host_ask(SqHosts *hosts, SqHost *host, SqWire *message, int fd, int ms) {
  SqHostCall *call = sq_alloc(1, sizeof *call);
  call->number = ++hosts->next_call ? hosts->next_call : ++hosts->next_call;
  call->host = host;
  call->until_ms = sq_hosts_now_ms() + ms;
  call->next = hosts->calls;
  hosts->calls = call;
  message->head.call = call->number;
  if (!host->gone && sq_wire_send(host->socket, message, fd, SEND_MS) != SQ_OK)
    sq_host_kill(host);
  sq_wire_cleanup(message);
  if (host->gone) {
    call->over = true;
    call->status = SQ_PLUGIN;
  }
  return call;
}

void sq_host_call_free(SqHosts *hosts, SqHostCall *call) {
  for (SqHostCall **at = &hosts->calls; *at; at = &(*at)->next)
    if (*at == call) {
      *at = call->next;
      break;
    }
  sq_wire_cleanup(&call->answer);
  free(call);
}

static void finish(SqHosts *hosts, SqHostCall *call) {
  call->over = true;
  if (!call->waited && call->then)
    call->then(hosts, call);
  pthread_cond_broadcast(&hosts->answered);
}

void sq_host_answered(SqHosts *hosts, SqHost *host, SqWire *wire) {
  for (SqHostCall *call = hosts->calls; call; call = call->next) {
    if (call->number != wire->head.call || call->host != host || call->over)
      continue;
    call->status = wire->head.status <= SQ_INTERNAL ? (SqStatus)wire->head.status : SQ_INTERNAL;
    call->answer = *wire;
    *wire = (SqWire){.head = {.size = 0}}; // it is the call's now
    finish(hosts, call);
    return;
  }
}

void sq_host_drop_calls(SqHosts *hosts, const SqHost *host) {
  for (SqHostCall *call = hosts->calls, *next; call; call = next) {
    next = call->next;
    if (call->host != host || call->over)
      continue;
    call->status = SQ_PLUGIN;
    finish(hosts, call); // may free this one, and adds others only in front
  }
}

SqStatus sq_host_ask_wait(SqHosts *hosts, SqHost *host, SqWire *message, int ms, SqWire *answer) {
  SqHostCall *call = sq_host_ask(hosts, host, message, -1, ms);
  call->waited = true;
  sq_hosts_wake(hosts); // it watches the time
  while (!call->over)
    pthread_cond_wait(&hosts->answered, &hosts->lock);
  const SqStatus status = call->status;
  *answer = call->answer;
  call->answer = (SqWire){.head = {.size = 0}};
  sq_host_call_free(hosts, call);
  return status;
}

int64_t sq_host_end_overdue(SqHosts *hosts, int64_t now_ms) {
  int64_t next = INT64_MAX;
  for (SqHostCall *call = hosts->calls; call; call = call->next) {
    if (call->over)
      continue;
    if (call->until_ms <= now_ms && !call->host->ended) {
      call->host->ended = true; // its main thread hangs
      sq_host_kill(call->host);
    }
    next = call->until_ms > now_ms && call->until_ms < next ? call->until_ms : next;
  }
  return next;
}

bool sq_host_read_state(SqWire *answer, SqBlob *blob) {
  snprintf(blob->format, sizeof blob->format, "%s", sq_wire_text(answer));
  snprintf(blob->id, sizeof blob->id, "%s", sq_wire_text(answer));
  blob->version = sq_wire_u32(answer);
  const void *data = sq_wire_bytes(answer, &blob->size);
  blob->data = data && !answer->bad ? malloc(blob->size + 1) : NULL;
  if (blob->data)
    memcpy(blob->data, data, blob->size);
  return blob->data != NULL;
}
