// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The state of a hosted VST2 plug-in: a head, the values of all parameters, and the plug-in's own chunk if it makes
/// one.
///
/// The values are there in any case: a session can show them without the plug-in.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/values.h"
#include "plugins/vst2/instance.h"

#define SQ_VST2_STATE "squeezed-vst2 1" ///< begins a state
#define SQ_VST2_HEAD 96                 ///< bytes of the longest head
#define SQ_VST2_CHUNK_MAX (1u << 30)    ///< bytes that are believed

/// A state taken apart; points into it.
typedef struct {
  const char *values, *chunk;
  size_t values_size, chunk_size;
  bool has_chunk;
} SqVst2Parts;

/// One number of the head, with the space before it.
static bool read_size(const char **at, const char *end, size_t *size) {
  const char *p = *at;
  if (p >= end || *p++ != ' ' || p >= end || *p < '0' || *p > '9')
    return false;
  for (*size = 0; p < end && *p >= '0' && *p <= '9'; p++)
    if (*size > SQ_VST2_CHUNK_MAX)
      return false;
    else
      *size = *size * 10 + (size_t)(*p - '0');
  *at = p;
  return true;
}

static void write_id(const SqVst2Plugin *p, char *id, size_t size) {
  snprintf(id, size, "%08x", (unsigned)p->unique_id);
}

/// False: it is no state of this plug-in.
static bool take_apart(const SqVst2Plugin *p, const SqBlob *blob, SqVst2Parts *parts) {
  char id[16];
  const size_t n = strlen(SQ_VST2_STATE);
  write_id(p, id, sizeof id);
  if (strcmp(blob->format, "vst2") != 0 || strcmp(blob->id, id) != 0 || !blob->data || blob->size < n ||
      memcmp(blob->data, SQ_VST2_STATE, n) != 0)
    return false;
  const char *at = (const char *)blob->data + n, *end = (const char *)blob->data + blob->size;
  size_t has_chunk;
  if (!read_size(&at, end, &parts->values_size) || !read_size(&at, end, &has_chunk) ||
      !read_size(&at, end, &parts->chunk_size) || at >= end || *at++ != '\n')
    return false;
  parts->has_chunk = has_chunk != 0;
  parts->values = at;
  parts->chunk = at + parts->values_size;
  return (size_t)(end - at) == parts->values_size + parts->chunk_size;
}

SqStatus sq_vst2_state_values(const SqVst2Plugin *plugin, const SqBlob *state, double *values) {
  SqVst2Parts parts;
  if (!take_apart(plugin, state, &parts))
    return SQ_BAD_ARGS;
  return sq_values_read(&plugin->type, parts.values, parts.values_size, values);
}

SqStatus sq_vst2_state_save(void *instance, SqBlob *blob) {
  SqVst2Instance *self = instance;
  const SqVst2Plugin *p = self->plugin;
  SqBlob values = {.size = 0};
  double *now = calloc(p->type.n_params + 1, sizeof *now);
  memset(blob, 0, sizeof *blob);
  for (uint32_t i = 0; now && i < p->type.n_params; i++)
    now[i] = p->type.plugin->value(self, i);
  SqStatus status = now ? sq_values_write(&p->type, now, &values) : SQ_LIMIT;
  free(now);
  if (status != SQ_OK)
    return status;
  void *chunk = NULL; // the plug-in's own memory, good until it is asked the next time
  bool chunks = p->flags & SQ_VST2_HAS_CHUNKS;
  intptr_t size = chunks ? sq_vst2_ask(self->units[0].effect, SQ_VST2_GET_CHUNK, 0, 0, &chunk) : 0;
  if (chunks && (size <= 0 || size > SQ_VST2_CHUNK_MAX || !chunk)) {
    free(values.data);
    return SQ_PLUGIN;
  }
  char head[SQ_VST2_HEAD];
  int n = snprintf(head, sizeof head, SQ_VST2_STATE " %zu %d %zu\n", values.size, chunks, (size_t)size);
  char *data = malloc((size_t)n + values.size + (size_t)size);
  if (data) {
    memcpy(data, head, (size_t)n);
    memcpy(data + n, values.data, values.size);
    if (size)
      memcpy(data + n + values.size, chunk, (size_t)size);
    snprintf(blob->format, sizeof blob->format, "vst2");
    write_id(p, blob->id, sizeof blob->id);
    blob->version = (uint32_t)p->version;
    blob->data = data;
    blob->size = (size_t)n + values.size + (size_t)size;
  }
  free(values.data);
  return data ? SQ_OK : SQ_LIMIT;
}

/// Gives the values that differ from what the plug-in has.
static SqStatus give_values(SqVst2Instance *self, const SqVst2Parts *parts) {
  const SqVst2Plugin *p = self->plugin;
  double *values = calloc(p->type.n_params + 1, sizeof *values);
  if (!values)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < p->type.n_params; i++)
    values[i] = p->type.plugin->value(self, i);
  SqStatus status = sq_values_read(&p->type, parts->values, parts->values_size, values);
  for (uint32_t i = 0; status == SQ_OK && i < p->type.n_params; i++)
    if (values[i] != p->type.plugin->value(self, i))
      sq_vst2_instance_set(self, i, sq_vst2_to_norm(p, i, values[i]));
  free(values);
  return status;
}

/// Gives a chunk to all copies; they get copies of it, since some write into it.
static SqStatus give_chunk(SqVst2Instance *self, const SqVst2Parts *parts) {
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    char *copy = malloc(parts->chunk_size + 1);
    if (!copy)
      return SQ_LIMIT;
    memcpy(copy, parts->chunk, parts->chunk_size);
    copy[parts->chunk_size] = '\0';
    sq_vst2_ask(unit->effect, SQ_VST2_SET_CHUNK, 0, (intptr_t)parts->chunk_size, copy);
    free(copy);
  }
  return SQ_OK;
}

SqStatus sq_vst2_state_restore(void *instance, const SqBlob *state) {
  SqVst2Instance *self = instance;
  SqVst2Parts parts;
  if (!take_apart(self->plugin, state, &parts))
    return SQ_BAD_ARGS;
  if (!parts.has_chunk || !(self->plugin->flags & SQ_VST2_HAS_CHUNKS)) {
    sq_vst2_instance_ask_values(self);
    return give_values(self, &parts);
  }
  SqStatus status = give_chunk(self, &parts);
  sq_vst2_instance_ask_values(self);
  return status;
}
