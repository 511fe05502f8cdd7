// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The state of a hosted CLAP plug-in: the values of its parameters by their ids, and what it wrote itself.
///
/// Bytes, numbers with the least byte first: the mark, u32 bytes of the plug-in's identifier and those, u32 number of
/// values, each {u32 id, f64 value}, u32 whether the plug-in wrote anything, u64 bytes of that, and those. The values
/// serve where the plug-in keeps no state, and tell what the parameters were without loading it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/instance.h"

#define SQ_CLAP_STATE_MARK "SQCLAP1\n"
#define SQ_CLAP_STATE_MAX (1u << 30) ///< bytes: what a session can hold

// ---- bytes ----------------------------------------------------------------------------------------------------------

typedef struct {
  uint8_t *data;
  size_t size, room, at;
  bool failed;
} Bytes;

static void put(Bytes *b, const void *from, size_t n) {
  if (b->failed || n > SQ_CLAP_STATE_MAX - b->size) {
    b->failed = true;
    return;
  }
  if (b->size + n > b->room) {
    size_t room = 2 * (b->size + n) + 256;
    uint8_t *grown = realloc(b->data, room);
    if (!grown) {
      b->failed = true;
      return;
    }
    b->data = grown;
    b->room = room;
  }
  if (n)
    memcpy(b->data + b->size, from, n);
  b->size += n;
}

static void put_number(Bytes *b, uint64_t number, size_t n) {
  uint8_t bytes[8];
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t)(number >> 8 * i);
  put(b, bytes, n);
}

static uint64_t get_number(Bytes *b, size_t n) {
  uint64_t number = 0;
  if (b->failed || n > b->size - b->at) {
    b->failed = true;
    return 0;
  }
  for (size_t i = 0; i < n; i++)
    number |= (uint64_t)b->data[b->at + i] << 8 * i;
  b->at += n;
  return number;
}

static double get_double(Bytes *b) {
  uint64_t bits = get_number(b, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static int64_t write_stream(const SqClapOut *stream, const void *buffer, uint64_t size) {
  Bytes *b = stream->context;
  put(b, buffer, size < SQ_CLAP_STATE_MAX ? (size_t)size : SQ_CLAP_STATE_MAX);
  return b->failed ? -1 : (int64_t)size;
}

static int64_t read_stream(const SqClapIn *stream, void *buffer, uint64_t size) {
  Bytes *b = stream->context;
  size_t left = b->size - b->at, n = size < left ? (size_t)size : left;
  if (n)
    memcpy(buffer, b->data + b->at, n);
  b->at += n;
  return (int64_t)n;
}

// ---- save -----------------------------------------------------------------------------------------------------------

static void put_values(Bytes *b, const SqClapInstance *self) {
  const SqClapKind *k = self->kind;
  const SqClapGuest *guest = &self->units[0].guest;
  uint32_t n = 0;
  for (uint32_t i = 0; i < k->n_params; i++)
    n += !(k->params[i].flags & SQ_CLAP_PARAM_READONLY);
  put_number(b, n, 4);
  for (uint32_t i = 0; i < k->n_params; i++) {
    double value = k->params[i].def;
    uint64_t bits;
    if (k->params[i].flags & SQ_CLAP_PARAM_READONLY)
      continue;
    if (!guest->can.params->get_value(guest->plugin, k->params[i].id, &value) || !isfinite(value))
      value = k->params[i].def;
    memcpy(&bits, &value, sizeof bits);
    put_number(b, k->params[i].id, 4);
    put_number(b, bits, 8);
  }
}

SqStatus sq_clap_state_save(void *instance, SqBlob *blob) {
  SqClapInstance *self = instance;
  const SqClapGuest *guest = &self->units[0].guest;
  Bytes all = {0}, own = {0};
  bool wrote = false;
  const SqClapOut stream = {&own, write_stream};
  put(&all, SQ_CLAP_STATE_MARK, 8);
  put_number(&all, strlen(self->kind->id), 4);
  put(&all, self->kind->id, strlen(self->kind->id));
  sq_clap_world_enter(self->kind->world);
  put_values(&all, self);
  if (guest->can.state)
    wrote = guest->can.state->save(guest->plugin, &stream);
  sq_clap_world_leave(self->kind->world);
  put_number(&all, wrote, 4);
  put_number(&all, wrote ? own.size : 0, 8);
  put(&all, own.data, wrote ? own.size : 0);
  const bool failed = all.failed || own.failed || (guest->can.state && !wrote);
  free(own.data);
  if (failed) {
    free(all.data);
    return SQ_PLUGIN;
  }
  memset(blob, 0, sizeof *blob);
  memcpy(blob->format, "clap", 5);
  snprintf(blob->id, sizeof blob->id, "%s", self->kind->type.id);
  blob->version = self->kind->version;
  blob->data = all.data;
  blob->size = all.size;
  return SQ_OK;
}

// ---- read -----------------------------------------------------------------------------------------------------------

/// A state taken apart; the pointers are into the blob.
typedef struct {
  Bytes values; ///< `n_values` pairs from `at` on
  uint32_t n_values;
  bool has_own;
  Bytes own;
} Parsed;

static bool parse(const SqClapKind *k, const SqBlob *blob, Parsed *parsed) {
  Bytes b = {.data = blob->data, .size = blob->size};
  const size_t n_id = strlen(k->id);
  if (strcmp(blob->format, "clap") != 0 || !b.data || b.size < 8 || memcmp(b.data, SQ_CLAP_STATE_MARK, 8) != 0)
    return false;
  b.at = 8;
  if (get_number(&b, 4) != n_id || b.size - b.at < n_id || memcmp(b.data + b.at, k->id, n_id) != 0)
    return false;
  b.at += n_id;
  parsed->n_values = (uint32_t)get_number(&b, 4);
  parsed->values = b;
  if (b.failed || parsed->n_values > (b.size - b.at) / 12)
    return false;
  b.at += (size_t)parsed->n_values * 12;
  parsed->has_own = get_number(&b, 4) != 0;
  const uint64_t n_own = get_number(&b, 8);
  parsed->own = (Bytes){.data = b.data + b.at, .size = (size_t)n_own};
  return !b.failed && n_own == b.size - b.at;
}

/// Hands the saved values of parameters that still are there to a copy.
static SqStatus apply_values(const SqClapKind *k, SqClapUnit *unit, Parsed parsed) {
  SqClapTold *values = calloc((size_t)parsed.n_values + 1, sizeof *values);
  uint32_t n = 0;
  if (!values)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < parsed.n_values; i++) {
    const uint32_t id = (uint32_t)get_number(&parsed.values, 4);
    const double value = get_double(&parsed.values);
    const uint32_t at = sq_clap_param_find(k, id);
    if (at != SQ_CLAP_NONE && !(k->params[at].flags & SQ_CLAP_PARAM_READONLY) && isfinite(value))
      values[n++] = (SqClapTold){.param = id, .own = fmin(fmax(value, k->params[at].min), k->params[at].max)};
  }
  if (unit->guest.can.params)
    sq_clap_instance_flush(unit, values, n);
  free(values);
  return SQ_OK;
}

SqStatus sq_clap_state_apply(SqClapInstance *self, const SqBlob *state) {
  Parsed parsed = {0};
  SqStatus status = parse(self->kind, state, &parsed) ? SQ_OK : SQ_BAD_ARGS;
  for (uint32_t u = 0; u < self->n_units && status == SQ_OK; u++) {
    const SqClapGuest *guest = &self->units[u].guest;
    Bytes own = parsed.own; // each copy reads it from the start
    const SqClapIn stream = {&own, read_stream};
    if (!parsed.has_own || !guest->can.state)
      status = apply_values(self->kind, &self->units[u], parsed);
    else if (!guest->can.state->load(guest->plugin, &stream))
      status = SQ_BAD_ARGS;
  }
  return status;
}

SqStatus sq_clap_state_restore(void *instance, const SqBlob *state) {
  SqClapInstance *self = instance;
  sq_clap_world_enter(self->kind->world);
  atomic_store_explicit(&self->touched, true, memory_order_relaxed);
  SqStatus status = sq_clap_state_apply(self, state);
  if (status == SQ_OK)
    sq_clap_instance_set(self, NULL); // a bypass that was saved by another host
  sq_clap_world_leave(self->kind->world);
  return status;
}

SqStatus sq_clap_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values) {
  const SqClapKind *k = sq_clap_kind_of(info->type);
  Parsed parsed;
  (void)world;
  if (!parse(k, state, &parsed))
    return SQ_BAD_ARGS;
  for (uint32_t i = 0; i < parsed.n_values; i++) {
    const uint32_t at = sq_clap_param_find(k, (uint32_t)get_number(&parsed.values, 4));
    const double own = get_double(&parsed.values);
    if (at != SQ_CLAP_NONE && k->params[at].shown != SQ_CLAP_NONE && !k->type.params[k->params[at].shown].output)
      values[k->params[at].shown] = sq_clap_param_from_own(&k->params[at], own);
  }
  return SQ_OK;
}
