// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The processor type of a plug-in that runs in a host: what jobs ask of it.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "host/internal.h"
#include "protocol/args.h"

static const char *setting(const SqProcSetup *setup, const char *key, const char *otherwise) {
  for (uint32_t i = setup->n_keys; i-- > 0;) // the last one wins
    if (strcmp(setup->keys[i], key) == 0)
      return setup->values[i];
  return otherwise;
}

static char *copy(const char *text) {
  char *to = sq_alloc(strlen(text) + 1, 1);
  memcpy(to, text, strlen(text));
  return to;
}

static void take_settings(SqHosted *hosted, const SqProcSetup *setup) {
  const int32_t mode = sq_choice_find(SQ_ISOLATION_NAMES, setting(setup, "isolate", "auto"));
  hosted->isolation = mode < 0 ? SQ_ISOLATE_AUTO : (SqIsolation)mode;
  hosted->state_wins = strcmp(setting(setup, "state_wins", "0"), "1") == 0;
  hosted->strip = copy(setting(setup, "strip", ""));
  hosted->n_keys = setup->n_keys < 16 ? setup->n_keys : 16;
  hosted->keys = sq_alloc(2 * hosted->n_keys, sizeof *hosted->keys);
  for (uint32_t i = 0; i < hosted->n_keys; i++) {
    hosted->keys[2 * i] = copy(setup->keys[i]);
    hosted->keys[2 * i + 1] = copy(setup->values[i]);
  }
  if (!setup->state)
    return;
  hosted->has_state = true;
  hosted->state = *setup->state;
  hosted->state.data = malloc(setup->state->size ? setup->state->size : 1);
  if (hosted->state.data)
    memcpy(hosted->state.data, setup->state->data, setup->state->size);
  else
    hosted->has_state = false;
}

static void hosted_free(SqHosted *hosted) {
  sq_rt_hosted_cleanup(&hosted->rt);
  for (uint32_t i = 0; i < 2 * hosted->n_keys; i++)
    free(hosted->keys[i]);
  free(hosted->keys);
  free(hosted->strip);
  free(hosted->state.data);
  free(hosted);
}

static void unlist(SqHosts *hosts, const SqHosted *hosted) {
  for (SqHosted **at = &hosts->hosted; *at; at = &(*at)->next)
    if (*at == hosted) {
      *at = hosted->next;
      return;
    }
}

/// The supervisor gives it its first seat as it gives every other: hosts are its children, and end with it.
static SqStatus create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  const SqHostedType *of = type->data;
  SqHosts *hosts = of->hosts;
  SqHosted *hosted = sq_alloc(1, sizeof *hosted);
  SqHostedFirst first = {.error = setup->error, .error_size = setup->error_size};
  hosted->hosts = hosts;
  hosted->type = of;
  take_settings(hosted, setup);
  sq_rt_hosted_init(&hosted->rt, type, setup, &hosts->hops);
  pthread_mutex_lock(&hosts->lock);
  hosted->number = ++hosts->next_number;
  hosted->first = &first;
  hosted->restart_ms = sq_hosts_now_ms();
  hosted->next = hosts->hosted;
  hosts->hosted = hosted;
  sq_hosts_wake(hosts);
  while (!first.over)
    pthread_cond_wait(&hosts->answered, &hosts->lock);
  if (first.status != SQ_OK)
    unlist(hosts, hosted);
  pthread_mutex_unlock(&hosts->lock);
  if (first.status != SQ_OK)
    hosted_free(hosted);
  else
    *instance = hosted;
  return first.status;
}

/// A restart is under way.
static bool opening(const SqHosts *hosts, const SqHosted *hosted) {
  for (const SqHostCall *call = hosts->calls; call; call = call->next)
    if (call->hosted == hosted && call->seat && !call->over)
      return true;
  return false;
}

/// No answer is to find it any more.
static void forget_calls(SqHosts *hosts, const SqHosted *hosted) {
  for (SqHostCall *call = hosts->calls; call; call = call->next)
    if (call->hosted == hosted)
      call->hosted = NULL;
  for (SqHostSeat *seat = hosts->retired; seat; seat = seat->next_retired)
    if (seat->busy == &hosted->rt.busy)
      seat->busy = NULL; // no plan names it: the audio thread is out of it
}

static void destroy(void *instance) {
  SqHosted *hosted = instance;
  SqHosts *hosts = hosted->hosts;
  pthread_mutex_lock(&hosts->lock);
  hosted->leaving = true;
  while (opening(hosts, hosted))
    pthread_cond_wait(&hosts->answered, &hosts->lock);
  unlist(hosts, hosted);
  const SqHostSeat *seat = atomic_load(&hosted->rt.seat);
  SqHost *host = seat ? seat->host : NULL;
  const uint32_t number = seat ? seat->number : 0;
  sq_hosts_unseat(hosts, hosted);
  forget_calls(hosts, hosted);
  if (host && !host->gone) {
    SqWire message = {.head = {.kind = SQ_WIRE_CLOSE, .seat = number}}, answer;
    sq_host_ask_wait(hosts, host, &message, SQ_HOST_ASK_MS, &answer); // a crash on the way out is no news
    sq_wire_cleanup(&answer);
  }
  pthread_mutex_unlock(&hosts->lock);
  sq_hosts_wake(hosts);
  hosted_free(hosted);
}

// ---- questions ------------------------------------------------------------------------------------------------------

/// Asks the host that it is in. SQ_NOT_NOW: it is in none just now.
static SqStatus ask(SqHosted *hosted, SqWire *message, SqWire *answer) {
  SqHosts *hosts = hosted->hosts;
  pthread_mutex_lock(&hosts->lock);
  const SqHostSeat *seat = atomic_load(&hosted->rt.seat);
  SqStatus status = SQ_NOT_NOW;
  *answer = (SqWire){.head = {.size = 0}};
  if (seat) {
    message->head.seat = seat->number;
    status = sq_host_ask_wait(hosts, seat->host, message, SQ_HOST_ASK_MS, answer);
  } else {
    sq_wire_cleanup(message);
  }
  pthread_mutex_unlock(&hosts->lock);
  return status;
}

/// Of a plug-in that is not there, or does not answer: what it said last.
static SqStatus last_state(SqHosted *hosted, SqBlob *blob) {
  SqStatus status = SQ_UNSUPPORTED;
  pthread_mutex_lock(&hosted->hosts->lock);
  if (hosted->has_state) {
    *blob = hosted->state;
    blob->data = malloc(blob->size ? blob->size : 1);
    status = blob->data ? SQ_OK : SQ_LIMIT;
    if (blob->data)
      memcpy(blob->data, hosted->state.data, blob->size);
  }
  pthread_mutex_unlock(&hosted->hosts->lock);
  return status;
}

static SqStatus save(void *instance, SqBlob *blob) {
  SqHosted *hosted = instance;
  SqWire message = {.head.kind = SQ_WIRE_SAVE}, answer;
  SqStatus status = ask(hosted, &message, &answer);
  const bool told = status == SQ_OK || status == SQ_UNSUPPORTED;
  if (status == SQ_OK && !sq_host_read_state(&answer, blob))
    status = SQ_PLUGIN;
  sq_wire_cleanup(&answer);
  return told ? status : last_state(hosted, blob);
}

static SqStatus value_text(void *instance, uint32_t param, double value, char *text, size_t size) {
  SqWire message = {.head.kind = SQ_WIRE_TEXT}, answer;
  sq_wire_put_u32(&message, param);
  sq_wire_put_f64(&message, value);
  const SqStatus status = ask(instance, &message, &answer);
  if (status == SQ_OK)
    snprintf(text, size, "%s", sq_wire_text(&answer));
  sq_wire_cleanup(&answer);
  return status;
}

static SqStatus text_value(void *instance, uint32_t param, const char *text, double *value) {
  SqWire message = {.head.kind = SQ_WIRE_PARSE}, answer;
  sq_wire_put_u32(&message, param);
  sq_wire_put_text(&message, text);
  const SqStatus status = ask(instance, &message, &answer);
  if (status == SQ_OK)
    *value = sq_wire_f64(&answer);
  sq_wire_cleanup(&answer);
  return status;
}

static double value_of(void *instance, uint32_t param) {
  return (double)atomic_load(&((SqHosted *)instance)->rt.values[param]);
}

static uint32_t n_presets(void *instance) {
  SqWire message = {.head.kind = SQ_WIRE_PRESETS}, answer;
  sq_wire_put_u32(&message, 0);
  sq_wire_put_u32(&message, 0);
  const uint32_t n = ask(instance, &message, &answer) == SQ_OK ? sq_wire_u32(&answer) : 0;
  sq_wire_cleanup(&answer);
  return n;
}

static SqStatus preset_name(void *instance, uint32_t index, char *name, size_t size) {
  SqWire message = {.head.kind = SQ_WIRE_PRESETS}, answer;
  sq_wire_put_u32(&message, index);
  sq_wire_put_u32(&message, 1);
  SqStatus status = ask(instance, &message, &answer);
  if (status == SQ_OK && sq_wire_u32(&answer) <= index)
    status = SQ_RANGE;
  if (status == SQ_OK)
    snprintf(name, size, "%s", sq_wire_text(&answer));
  sq_wire_cleanup(&answer);
  return status;
}

// ---- the type -------------------------------------------------------------------------------------------------------

static const SqPluginOps hosted_ops = {.value_text = value_text,
                                       .text_value = text_value,
                                       .value = value_of,
                                       .n_presets = n_presets,
                                       .preset_name = preset_name};

static bool has_outputs(const SqProcessorType *type) {
  for (uint32_t i = 0; i < type->n_params; i++)
    if (type->params[i].output)
      return true;
  return false;
}

const SqProcessorType *sq_hosts_type(SqHosts *hosts, const SqPluginInfo *info) {
  pthread_mutex_lock(&hosts->lock);
  SqHostedType *type = hosts->types;
  while (type && type->info != info)
    type = type->next;
  if (!type) {
    type = sq_alloc(1, sizeof *type);
    type->info = info;
    type->hosts = hosts;
    type->type = *info->type;
    SqProcessorType *t = &type->type;
    t->flags = (t->flags & ~(uint32_t)(SQ_PROC_IN_PLACE | SQ_PROC_BORROWS)) | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
    t->data = type;
    t->plugin = &hosted_ops;
    t->create = create;
    t->free = destroy;
    t->reset = sq_rt_hosted_reset;
    t->process = NULL;
    t->begin = sq_rt_hosted_begin;
    t->collect = sq_rt_hosted_collect;
    t->latency = sq_rt_hosted_latency;
    t->tail = sq_rt_hosted_tail;
    t->output_value = has_outputs(info->type) ? sq_rt_hosted_output : NULL;
    t->swap = NULL;
    t->save = save;
    type->next = hosts->types;
    hosts->types = type;
  }
  pthread_mutex_unlock(&hosts->lock);
  return &type->type;
}

bool sq_hosts_owns(const SqProcessorType *type) {
  return type && type->create == create;
}

int sq_hosted_pid(void *instance) {
  SqHosted *hosted = instance;
  pthread_mutex_lock(&hosted->hosts->lock);
  const SqHostSeat *seat = atomic_load(&hosted->rt.seat);
  const int pid = seat ? (int)seat->host->pid : 0;
  pthread_mutex_unlock(&hosted->hosts->lock);
  return pid;
}

uint64_t sq_hosted_dry_blocks(void *instance) {
  return atomic_load(&((SqHosted *)instance)->rt.dry_blocks);
}
