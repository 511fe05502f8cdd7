// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The state of a hosted VST3 plug-in: a preset file of the format's own (component, controller) with one chunk more,
/// the values of the parameters, so that they can be read without the plug-in.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/vst3/instance.h"
#include "plugins/vst3/stream.h"

#define SQ_VST3_HEAD 48u  ///< bytes: "VST3", version, class, place of the list
#define SQ_VST3_ENTRY 20u ///< bytes: name, place, size
#define SQ_VST3_VALUE 12u ///< bytes: id, value
#define SQ_VST3_VALUES_CHUNK "SqPv"

/// A piece of a blob, borrowed.
typedef struct {
  const uint8_t *data;
  size_t size;
} SqVst3Chunk;

// ---- numbers, little-endian -----------------------------------------------------------------------------------------

static void write_number(uint8_t *to, uint64_t number, int n) {
  for (int i = 0; i < n; i++)
    to[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t read_number(const uint8_t *from, int n) {
  uint64_t number = 0;
  for (int i = n; i-- > 0;)
    number = number << 8 | from[i];
  return number;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// ---- reading --------------------------------------------------------------------------------------------------------

/// Finds the chunks of a blob by their names; what is not there stays empty. False: it is no state of this plug-in.
static bool find_chunks(const SqVst3Plugin *p, const SqBlob *blob, const char *const names[3], SqVst3Chunk chunks[3]) {
  const uint8_t *data = blob->data;
  memset(chunks, 0, 3 * sizeof *chunks);
  if (strcmp(blob->format, "vst3") != 0 || !data || blob->size < SQ_VST3_HEAD || memcmp(data, "VST3", 4) != 0 ||
      memcmp(data + 8, p->class_of->hex, 32) != 0)
    return false;
  uint64_t at = read_number(data + 40, 8);
  if (at < SQ_VST3_HEAD || at > blob->size || blob->size - at < 8 || memcmp(data + at, "List", 4) != 0)
    return false;
  uint64_t n = read_number(data + at + 4, 4);
  if (n > (blob->size - at - 8) / SQ_VST3_ENTRY)
    return false;
  for (uint64_t i = 0; i < n; i++) {
    const uint8_t *entry = data + at + 8 + i * SQ_VST3_ENTRY;
    uint64_t place = read_number(entry + 4, 8), size = read_number(entry + 12, 8);
    if (place > blob->size || size > blob->size - place)
      return false;
    for (int k = 0; k < 3; k++)
      if (memcmp(entry, names[k], 4) == 0)
        chunks[k] = (SqVst3Chunk){data + place, (size_t)size};
  }
  return true;
}

static const char *const chunk_names[3] = {"Comp", "Cont", SQ_VST3_VALUES_CHUNK};

static bool is_saved(const SqVst3Param *param) {
  return param->index != SQ_VST3_NONE && !(param->flags & SQ_VST3_PARAM_READ_ONLY);
}

/// Number `i` of the values: its parameter (or SQ_VST3_NONE) and the value.
static uint32_t value_at(const SqVst3Plugin *p, const SqVst3Chunk *values, size_t i, double *value) {
  const uint8_t *at = values->data + i * SQ_VST3_VALUE;
  *value = double_of(read_number(at + 4, 8));
  return *value >= 0 && *value <= 1 ? sq_vst3_plugin_param(p, (uint32_t)read_number(at, 4)) : SQ_VST3_NONE;
}

SqStatus sq_vst3_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values) {
  (void)world;
  const SqVst3Plugin *p = sq_vst3_plugin_of(info->type);
  SqVst3Chunk chunks[3];
  if (!find_chunks(p, state, chunk_names, chunks))
    return SQ_BAD_ARGS;
  for (size_t i = 0; i < chunks[2].size / SQ_VST3_VALUE; i++) {
    double value;
    uint32_t param = value_at(p, &chunks[2], i, &value);
    if (param != SQ_VST3_NONE && p->params[param].index != SQ_VST3_NONE)
      values[p->params[param].index] = sq_vst3_param_to_plain(&p->params[param], value);
  }
  return SQ_OK;
}

// ---- applying -------------------------------------------------------------------------------------------------------

typedef SqVst3Result (*SqVst3Take)(void *self, void *stream);

static bool give(void *object, SqVst3Take take, const SqVst3Chunk *chunk) {
  SqVst3Memory stream;
  sq_vst3_memory_init_read(&stream, chunk->data, chunk->size);
  SqVst3Result result = take(object, &stream.object);
  sq_vst3_memory_cleanup(&stream);
  return result == SQ_VST3_OK;
}

/// A controller that did not learn the values from the component's state is told.
static void show_values(SqVst3Instance *self, SqVst3Controller *c, const SqVst3Chunk *values) {
  for (size_t i = 0; c && i < values->size / SQ_VST3_VALUE; i++) {
    double value;
    uint32_t param = value_at(self->plugin, values, i, &value);
    if (param != SQ_VST3_NONE && !(self->plugin->params[param].flags & SQ_VST3_PARAM_PROGRAM) &&
        c->table->get(c, self->plugin->params[param].id) != value)
      c->table->set(c, self->plugin->params[param].id, value);
  }
}

/// Without a state that it takes, the values are all there is: they come with the first frames.
static void post_values(SqVst3Instance *self, const SqVst3Chunk *values) {
  for (size_t i = 0; i < values->size / SQ_VST3_VALUE; i++) {
    double value;
    uint32_t param = value_at(self->plugin, values, i, &value);
    if (param == SQ_VST3_NONE)
      continue;
    sq_vst3_set_now(self, param, value);
    sq_vst3_bits_set(&self->mail, param);
  }
}

/// Whether a state of it has values. Plug-ins without a single parameter were seen to refuse even what they wrote, and
/// lose nothing by it.
static bool has_values(const SqVst3Plugin *plugin) {
  for (uint32_t i = 0; i < plugin->n_params; i++)
    if (is_saved(&plugin->params[i]))
      return true;
  return false;
}

SqStatus sq_vst3_state_apply(SqVst3Instance *self, const SqBlob *state) {
  SqVst3Chunk chunks[3];
  if (!find_chunks(self->plugin, state, chunk_names, chunks))
    return SQ_BAD_ARGS;
  bool taken = true;
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqVst3Unit *unit = &self->units[u];
    SqVst3Controller *c = unit->controller;
    taken = chunks[0].size && give(unit->component, unit->component->table->set_state, &chunks[0]) && taken;
    if (c && chunks[0].size)
      give(c, c->table->set_component_state, &chunks[0]);
    if (c && chunks[1].size)
      give(c, c->table->set_state, &chunks[1]);
    show_values(self, c, &chunks[2]);
  }
  if (!taken && chunks[2].size == 0 && has_values(self->plugin))
    return SQ_BAD_ARGS;
  if (!taken)
    post_values(self, &chunks[2]);
  sq_vst3_instance_refresh(self);
  for (uint32_t k = 0; k < self->n_signals; k++)
    self->foreign[k] = true;
  return SQ_OK;
}

SqStatus sq_vst3_state_restore(void *instance, const SqBlob *state) {
  SqVst3Instance *self = instance;
  pthread_mutex_lock(&self->plugin->world->lock);
  SqStatus status = sq_vst3_state_apply(self, state);
  if (status == SQ_OK && sq_vst3_bits_any(&self->mail)) {
    SQ_VST3_TAKE_BITS(&self->mail, bit)
    sq_vst3_in_add(&self->changes_in, self->plugin, (uint32_t)bit, 0, sq_vst3_now(self, (uint32_t)bit));
    sq_vst3_instance_flush(self);
  }
  pthread_mutex_unlock(&self->plugin->world->lock);
  return status;
}

// ---- saving ---------------------------------------------------------------------------------------------------------

/// Values of what goes in, hidden or not.
static bool write_values(const SqVst3Instance *self, SqVst3Memory *to) {
  bool well = true;
  for (uint32_t i = 0; i < self->plugin->n_params && well; i++) {
    const SqVst3Param *param = &self->plugin->params[i];
    if (!is_saved(param))
      continue;
    uint8_t bytes[SQ_VST3_VALUE];
    write_number(bytes, param->id, 4);
    write_number(bytes + 4, bits_of(sq_vst3_now(self, i)), 8);
    well = sq_vst3_memory_append(to, bytes, sizeof bytes);
  }
  return well;
}

/// What an object writes as its state, at the end of `to`; nothing is no error.
static bool write_state(void *object, SqVst3Take get, SqVst3Memory *to) {
  SqVst3Memory stream;
  sq_vst3_memory_init(&stream);
  bool well = get(object, &stream.object) != SQ_VST3_OK || sq_vst3_memory_append(to, stream.data, stream.size);
  sq_vst3_memory_cleanup(&stream);
  return well;
}

/// The whole blob in `to`. The lock is held.
static bool write_blob(const SqVst3Instance *self, SqVst3Memory *to) {
  const SqVst3Unit *unit = &self->units[0];
  uint8_t head[SQ_VST3_HEAD] = "VST3", list[8 + 3 * SQ_VST3_ENTRY] = "List";
  size_t starts[4];
  write_number(head + 4, 1, 4);
  memcpy(head + 8, self->plugin->class_of->hex, 32);
  bool well = sq_vst3_memory_append(to, head, sizeof head);
  starts[0] = to->size;
  well = well && write_state(unit->component, unit->component->table->get_state, to);
  starts[1] = to->size;
  if (unit->controller)
    well = well && write_state(unit->controller, unit->controller->table->get_state, to);
  starts[2] = to->size;
  well = well && write_values(self, to);
  starts[3] = to->size;
  write_number(list + 4, 3, 4);
  for (size_t k = 0; k < 3; k++) {
    uint8_t *entry = list + 8 + k * SQ_VST3_ENTRY;
    memcpy(entry, chunk_names[k], 4);
    write_number(entry + 4, starts[k], 8);
    write_number(entry + 12, starts[k + 1] - starts[k], 8);
  }
  well = well && sq_vst3_memory_append(to, list, sizeof list);
  if (well)
    write_number(to->data + 40, starts[3], 8);
  return well;
}

SqStatus sq_vst3_state_save(void *instance, SqBlob *blob) {
  SqVst3Instance *self = instance;
  const SqVst3Plugin *p = self->plugin;
  SqVst3Memory memory;
  sq_vst3_memory_init(&memory);
  pthread_mutex_lock(&p->world->lock);
  bool well = write_blob(self, &memory);
  pthread_mutex_unlock(&p->world->lock);
  if (!well) {
    sq_vst3_memory_cleanup(&memory);
    return SQ_LIMIT;
  }
  memset(blob, 0, sizeof *blob);
  snprintf(blob->format, sizeof blob->format, "vst3");
  snprintf(blob->id, sizeof blob->id, "%s", p->class_of->hex);
  blob->version = p->class_of->version;
  blob->data = memory.data;
  blob->size = memory.size;
  return SQ_OK;
}
