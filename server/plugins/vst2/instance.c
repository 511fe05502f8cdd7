// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst2/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQ_VST2_PRIME 64u ///< frames

// ---- memory ---------------------------------------------------------------------------------------------------------

static SqStatus allocate_heard(SqVst2Instance *self) {
  SqVst2Heard *heard = &self->heard;
  size_t n = self->plugin->type.n_params, words = (n + 31) / 32 + 1;
  heard->n_params = (uint32_t)n;
  heard->values = calloc(n + 1, sizeof *heard->values);
  heard->touched = calloc(words, sizeof *heard->touched);
  heard->begun = calloc(words, sizeof *heard->begun);
  heard->ended = calloc(words, sizeof *heard->ended);
  return heard->values && heard->touched && heard->begun && heard->ended ? SQ_OK : SQ_LIMIT;
}

static SqStatus allocate(SqVst2Instance *self, const SqProcSetup *setup) {
  const SqVst2Plugin *p = self->plugin;
  if (sq_width_init(&self->width, p->info.n_in, p->info.n_out, setup) != SQ_OK || allocate_heard(self) != SQ_OK)
    return SQ_LIMIT;
  size_t n = (size_t)self->width.n_units * (size_t)(p->n_ins + p->n_outs) + 1;
  self->units = self->units_end = calloc(self->width.n_units, sizeof *self->units);
  self->wires = calloc(3 * n, sizeof *self->wires);
  self->slots = calloc(n, sizeof *self->slots);
  self->spares = calloc(n, sizeof *self->spares);
  self->midi = calloc(SQ_VST2_PIECE_EVENTS, sizeof *self->midi);
  self->events = calloc(1, sizeof *self->events + SQ_VST2_PIECE_EVENTS * sizeof *self->events->events);
  if (!self->units || !self->wires || !self->slots || !self->spares || !self->midi || !self->events)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < SQ_VST2_PIECE_EVENTS; i++)
    self->events->events[i] = &self->midi[i];
  self->ins = self->ins_end = self->wires;
  self->outs = self->outs_end = self->wires + n;
  self->others = self->others_end = self->wires + 2 * n;
  return SQ_OK;
}

static void release(SqVst2Instance *self) {
  size_t n = (size_t)self->width.n_units * (size_t)self->plugin->n_outs;
  for (size_t i = 0; self->spares && i < n; i++)
    free(self->spares[i]);
  free(self->heard.values);
  free(self->heard.touched);
  free(self->heard.begun);
  free(self->heard.ended);
  free(self->units);
  free(self->wires);
  free(self->slots);
  free(self->spares);
  free(self->midi);
  free(self->events);
  sq_width_cleanup(&self->width);
  free(self);
}

// ---- channels -------------------------------------------------------------------------------------------------------

static void wire_inputs(SqVst2Instance *self, const SqProcSetup *setup, SqVst2Unit *unit, uint32_t u) {
  const SqPluginInfo *info = &self->plugin->info;
  for (uint32_t i = 0; i < (uint32_t)self->plugin->n_ins; i++) {
    bool side = i >= info->n_in;
    SqVst2Wire wire = {&unit->ins[i], side ? i - info->n_in : u * info->n_in + i, side, self->width.silence};
    *wire.slot = self->width.silence;
    if (side)
      *self->others_end++ = wire;
    else if (wire.channel < setup->n_in)
      *self->ins_end++ = wire;
  }
}

static SqStatus wire_outputs(SqVst2Instance *self, const SqProcSetup *setup, SqVst2Unit *unit, uint32_t u) {
  const SqPluginInfo *info = &self->plugin->info;
  for (uint32_t i = 0; i < (uint32_t)self->plugin->n_outs; i++) {
    bool extra = i >= info->n_out;
    SqVst2Wire wire = {&unit->outs[i], extra ? i - info->n_out : u * info->n_out + i, false, NULL};
    if (!extra && wire.channel < setup->n_out) {
      *wire.slot = self->width.nowhere;
      *self->outs_end++ = wire;
      continue;
    }
    wire.absent = self->spares[u * (uint32_t)self->plugin->n_outs + i] = sq_width_buffer(self->max_block);
    if (!wire.absent)
      return SQ_LIMIT;
    *wire.slot = wire.absent;
    if (extra && u == 0)
      *self->others_end++ = wire;
  }
  return SQ_OK;
}

// ---- making ---------------------------------------------------------------------------------------------------------

/// Opens one copy. The world's `life` is held.
static SqStatus open_unit(SqVst2Instance *self, const SqProcSetup *setup, uint32_t u) {
  const SqVst2Plugin *p = self->plugin;
  SqVst2Unit *unit = self->units_end;
  char reason[SQ_VST2_NAME] = "";
  size_t n = (size_t)(p->n_ins + p->n_outs);
  unit->ins = self->slots + u * n;
  unit->outs = unit->ins + p->n_ins;
  unit->host = (SqVst2Host){.rate_hz = setup->rate,
                            .max_block = setup->max_block,
                            .shell_id = p->shell_id,
                            .run = &self->run,
                            .heard = u == 0 ? &self->heard : NULL};
  unit->host.offline =
      setup->services && setup->services->offline && setup->services->offline(setup->services->context);
  if (sq_vst2_host_open(&unit->host, p->entry, reason, sizeof reason) != SQ_OK) {
    snprintf(setup->error, setup->error_size, "'%s' does not start: %s", p->type.name, reason);
    return SQ_PLUGIN;
  }
  self->units_end++;
  const SqVst2Effect *e = unit->effect = unit->host.effect;
  if (e->n_params != (int32_t)p->type.n_params || e->n_ins != p->n_ins || e->n_outs != p->n_outs) {
    snprintf(setup->error, setup->error_size, "'%s' has other channels or parameters than when it was described",
             p->type.name);
    return SQ_PLUGIN;
  }
  wire_inputs(self, setup, unit, u);
  return wire_outputs(self, setup, unit, u);
}

/// Values that the setup gives, where they are others than the plug-in has.
static void set_params(SqVst2Instance *self, const double *params) {
  sq_vst2_instance_ask_values(self);
  for (uint32_t i = 0; params && i < self->plugin->type.n_params; i++)
    if (params[i] != sq_vst2_from_norm(self->plugin, i, sq_vst2_norm(self, i)))
      sq_vst2_instance_set(self, i, sq_vst2_to_norm(self->plugin, i, params[i]));
}

static void start(SqVst2Instance *self) {
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    sq_vst2_ask(unit->effect, SQ_VST2_MAINS, 0, 1, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_START, 0, 0, NULL);
  }
}

static void stop(SqVst2Instance *self) {
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    sq_vst2_ask(unit->host.effect, SQ_VST2_STOP, 0, 0, NULL);
    sq_vst2_ask(unit->host.effect, SQ_VST2_MAINS, 0, 0, NULL);
  }
}

/// Some effects (lsp) know how late they are in process() only: a little silence, and they begin anew.
static void prime(SqVst2Instance *self) {
  if (self->plugin->info.n_in == 0 || (self->plugin->flags & SQ_VST2_IS_SYNTH))
    return;
  uint32_t n = self->max_block < SQ_VST2_PRIME ? self->max_block : SQ_VST2_PRIME;
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++)
    unit->effect->replace(unit->effect, (float **)(uintptr_t)unit->ins, (float **)(uintptr_t)unit->outs, (int32_t)n);
  stop(self);
  start(self);
}

static void forget_heard(SqVst2Heard *heard) {
  for (uint32_t word = 0; word * 32 < heard->n_params; word++) {
    atomic_store(&heard->touched[word], 0);
    atomic_store(&heard->begun[word], 0);
    atomic_store(&heard->ended[word], 0);
  }
  atomic_store(&heard->any, false);
  atomic_store(&heard->io, false);
  atomic_store(&heard->display, false);
  atomic_store(&heard->size, 0);
}

/// Everything of create() that the plug-in sees. The world's `life` is held.
static SqStatus build(SqVst2Instance *self, const SqProcSetup *setup) {
  SqStatus status = SQ_OK;
  for (uint32_t u = 0; u < self->width.n_units && status == SQ_OK; u++)
    status = open_unit(self, setup, u);
  if (status == SQ_OK && setup->state) {
    status = sq_vst2_state_restore(self, setup->state);
    if (status != SQ_OK)
      snprintf(setup->error, setup->error_size, "the saved state is not one of '%s'", self->plugin->type.name);
  }
  if (status != SQ_OK)
    return status;
  set_params(self, setup->params);
  start(self);
  prime(self);
  intptr_t tail = sq_vst2_ask(self->units[0].effect, SQ_VST2_TAIL, 0, 0, NULL);
  self->tail_frames = tail == 1 ? 0 : tail > 1 && tail < INT32_MAX ? (uint32_t)tail : UINT32_MAX; // 0: it does not tell
  self->told_latency = sq_vst2_instance_latency(self);
  forget_heard(&self->heard); // what it said of its own beginning is no news
  return SQ_OK;
}

static void free_instance(void *instance) {
  SqVst2Instance *self = instance;
  sq_vst2_editor_close(self);
  pthread_mutex_lock(&self->plugin->world->life);
  stop(self);
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++)
    sq_vst2_host_close(&unit->host);
  pthread_mutex_unlock(&self->plugin->world->life);
  release(self);
}

static SqStatus create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  SqVst2Plugin *plugin = sq_vst2_plugin_of(type);
  snprintf(setup->error, setup->error_size, "no memory for '%s'", type->name);
  SqVst2Instance *self = calloc(1, sizeof *self);
  if (!self)
    return SQ_LIMIT;
  self->plugin = plugin;
  self->services = setup->services;
  self->max_block = setup->max_block;
  self->run.setting = -1;
  SqStatus status = allocate(self, setup);
  if (status == SQ_OK) {
    pthread_mutex_lock(&plugin->world->life);
    status = build(self, setup);
    pthread_mutex_unlock(&plugin->world->life);
  }
  if (status != SQ_OK) {
    free_instance(self);
    return status;
  }
  if (setup->error_size)
    setup->error[0] = '\0';
  *instance = self;
  return SQ_OK;
}

// ---- values ---------------------------------------------------------------------------------------------------------

void sq_vst2_instance_ask_values(SqVst2Instance *self) {
  SqVst2Effect *e = self->units[0].effect;
  for (uint32_t i = 0; i < self->plugin->type.n_params; i++)
    atomic_store_explicit(&self->heard.values[i], e->get_param(e, (int32_t)i), memory_order_relaxed);
}

void sq_vst2_instance_set(SqVst2Instance *self, uint32_t param, float norm) {
  atomic_store_explicit(&self->heard.values[param], norm, memory_order_relaxed);
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++)
    unit->effect->set_param(unit->effect, (int32_t)param, norm);
}

static double value_of(void *instance, uint32_t param) {
  const SqVst2Instance *self = instance;
  return param < self->plugin->type.n_params ? sq_vst2_from_norm(self->plugin, param, sq_vst2_norm(self, param)) : 0;
}

static SqStatus value_text(void *instance, uint32_t param, double value, char *text, size_t size) {
  SqVst2Instance *self = instance;
  float live = param < self->plugin->type.n_params ? sq_vst2_norm(self, param) : 0;
  return sq_vst2_value_text(self->plugin, &self->units[0].host, live, param, value, text, size);
}

static SqStatus text_value(void *instance, uint32_t param, const char *text, double *value) {
  SqVst2Instance *self = instance;
  return sq_vst2_text_value(self->plugin, param, text, value);
}

// ---- programs -------------------------------------------------------------------------------------------------------

static uint32_t n_presets(void *instance) {
  return ((const SqVst2Instance *)instance)->plugin->n_programs;
}

static SqStatus preset_name(void *instance, uint32_t index, char *name, size_t size) {
  SqVst2Instance *self = instance;
  if (index >= self->plugin->n_programs)
    return SQ_NOT_FOUND;
  return sq_vst2_program_name(self->plugin, &self->units[0].host, index, name, size);
}

static SqStatus preset_load(void *instance, uint32_t index) {
  SqVst2Instance *self = instance;
  if (index >= self->plugin->n_programs)
    return SQ_NOT_FOUND;
  for (SqVst2Unit *unit = self->units; unit < self->units_end; unit++) {
    sq_vst2_ask(unit->effect, SQ_VST2_BEGIN_PROGRAM, 0, 0, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_SET_PROGRAM, 0, (intptr_t)index, NULL);
    sq_vst2_ask(unit->effect, SQ_VST2_END_PROGRAM, 0, 0, NULL);
  }
  sq_vst2_instance_ask_values(self);
  return SQ_OK;
}

// ---- what it tells --------------------------------------------------------------------------------------------------

uint32_t sq_vst2_instance_latency(const void *instance) {
  int32_t frames = ((const SqVst2Instance *)instance)->units[0].effect->latency;
  return frames > 0 && frames < 10000000 ? (uint32_t)frames : 0;
}

static uint32_t tail_of(const void *instance) {
  return ((const SqVst2Instance *)instance)->tail_frames;
}

static const SqPluginOps ops = {.value_text = value_text,
                                .text_value = text_value,
                                .value = value_of,
                                .n_presets = n_presets,
                                .preset_name = preset_name,
                                .preset_load = preset_load,
                                .restore = sq_vst2_state_restore,
                                .idle = sq_vst2_instance_idle,
                                .editor_size = sq_vst2_editor_size,
                                .editor_open = sq_vst2_editor_open,
                                .editor_close = sq_vst2_editor_close};

void sq_vst2_instance_fill_type(SqProcessorType *type) {
  type->plugin = &ops;
  type->create = create;
  type->free = free_instance;
  type->reset = sq_vst2_instance_reset;
  type->process = sq_vst2_instance_process;
  type->latency = sq_vst2_instance_latency;
  type->tail = tail_of;
  type->save = sq_vst2_state_save;
}
