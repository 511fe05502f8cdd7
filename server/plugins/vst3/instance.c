// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/instance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQ_VST3_MOST_LATENCY 10000000u ///< frames: what is beyond, as a negative number is, is nonsense

// ---- memory ---------------------------------------------------------------------------------------------------------

/// Notes what is to be freed; NULL in, NULL out.
static void *keep(SqVst3Instance *self, void *memory) {
  if (memory && self->n_memory == self->cap_memory) {
    uint32_t cap = self->cap_memory ? self->cap_memory * 2 : 32;
    void **grown = realloc(self->memory, cap * sizeof *grown);
    if (!grown) {
      free(memory);
      return NULL;
    }
    self->memory = grown;
    self->cap_memory = cap;
  }
  if (memory)
    self->memory[self->n_memory++] = memory;
  return memory;
}

void *sq_vst3_instance_alloc(SqVst3Instance *self, size_t n, size_t size) {
  return keep(self, calloc(n ? n : 1, size));
}

float *sq_vst3_instance_buffer(SqVst3Instance *self) {
  return keep(self, sq_width_buffer(self->max_block));
}

static SqStatus allocate(SqVst3Instance *self) {
  const SqVst3Plugin *p = self->plugin;
  self->n_signals = p->n_signals;
  self->last = sq_vst3_instance_alloc(self, p->n_signals, sizeof *self->last);
  self->foreign = sq_vst3_instance_alloc(self, p->n_signals, sizeof *self->foreign);
  self->rests = sq_vst3_instance_alloc(self, p->n_signals, sizeof *self->rests);
  self->rests_end = self->rests + (self->rests ? p->n_signals : 0);
  self->now = sq_vst3_instance_alloc(self, p->n_params, sizeof *self->now);
  self->controllers = sq_vst3_instance_alloc(self, 16, sizeof *self->controllers);
  bool all = self->last && self->foreign && self->rests && self->now && self->controllers;
  all = sq_vst3_bits_init(&self->mail, p->n_params) && all;
  all = sq_vst3_bits_init(&self->tell, p->n_params) && all;
  all = sq_vst3_bits_init(&self->news, p->n_params) && all;
  all = sq_vst3_bits_init(&self->begun, p->n_params) && all;
  all = sq_vst3_bits_init(&self->ended, p->n_params) && all;
  all = sq_vst3_in_init(&self->changes_in, p, self->max_block) && all;
  all = sq_vst3_out_init(&self->changes_out, p) && all;
  all = sq_vst3_out_init(&self->ignored_changes, p) && all;
  all = sq_vst3_list_init(&self->events_in) && all;
  all = sq_vst3_list_init(&self->events_out) && all;
  all = sq_vst3_list_init(&self->ignored_events) && all;
  return all ? SQ_OK : SQ_LIMIT;
}

static void release(SqVst3Instance *self) {
  sq_width_cleanup(&self->width);
  SqVst3Bits *bits[] = {&self->mail, &self->tell, &self->news, &self->begun, &self->ended};
  for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
    sq_vst3_bits_cleanup(bits[i]);
  sq_vst3_in_cleanup(&self->changes_in);
  sq_vst3_out_cleanup(&self->changes_out);
  sq_vst3_out_cleanup(&self->ignored_changes);
  sq_vst3_list_cleanup(&self->events_in);
  sq_vst3_list_cleanup(&self->events_out);
  sq_vst3_list_cleanup(&self->ignored_events);
  for (uint32_t i = 0; i < self->n_memory; i++)
    free(self->memory[i]);
  free(self->memory);
  free(self);
}

// ---- life -----------------------------------------------------------------------------------------------------------

static SqStatus set_up_processing(SqVst3Instance *self, const SqProcSetup *setup) {
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqVst3Setup how = {self->offline ? SQ_VST3_OFFLINE : SQ_VST3_REALTIME, SQ_VST3_SAMPLE_32, (int32_t)setup->max_block,
                       setup->rate};
    SqVst3Processor *processor = self->units[u].processor;
    if (processor->table->setup(processor, &how) != SQ_VST3_OK) {
      snprintf(setup->error, setup->error_size, "'%s' refuses to process %u frames at %g Hz", self->plugin->type.name,
               setup->max_block, setup->rate);
      return SQ_PLUGIN;
    }
  }
  return SQ_OK;
}

/// Makes all copies active; the latency may be asked then.
static SqStatus start(SqVst3Instance *self, const SqProcSetup *setup) {
  for (uint32_t u = 0; u < self->n_units; u++)
    if (sq_vst3_unit_start(&self->units[u]) != SQ_OK) {
      snprintf(setup->error, setup->error_size, "'%s' refuses to become active", self->plugin->type.name);
      return SQ_PLUGIN;
    }
  SqVst3Processor *processor = self->units[0].processor;
  uint32_t frames = processor->table->latency(processor);
  self->latency = frames <= SQ_VST3_MOST_LATENCY ? frames : 0;
  self->tail = processor->table->tail(processor);
  return SQ_OK;
}

/// Gives the values that differ from the plug-in's own. True: there were some.
static bool give_values(SqVst3Instance *self, const double *values) {
  const SqVst3Plugin *p = self->plugin;
  bool any = false;
  for (uint32_t i = 0; values && i < p->type.n_params; i++) {
    uint32_t at = p->shown[i];
    const SqVst3Param *param = &p->params[at];
    if (p->type.params[i].output)
      continue;
    double value = sq_vst3_param_to_normal(param, values[i]), now = sq_vst3_now(self, at);
    bool same = param->law == SQ_VST3_STEP ? sq_vst3_param_to_plain(param, now) == sq_vst3_param_to_plain(param, value)
                                           : fabs(value - now) < 1e-9;
    if (same)
      continue;
    any = true;
    sq_vst3_set_now(self, at, value);
    sq_vst3_bits_set(&self->tell, at);
    if (!sq_vst3_in_add(&self->changes_in, p, at, 0, value))
      sq_vst3_bits_set(&self->mail, at);
  }
  return any;
}

/// Everything of create() that the plug-in sees. The lock is held.
static SqStatus build(SqVst3Instance *self, const SqProcSetup *setup) {
  SqStatus status = sq_vst3_buses_open(self, setup);
  if (status == SQ_OK)
    status = set_up_processing(self, setup);
  if (status == SQ_OK)
    status = sq_vst3_buses_wire(self, setup);
  if (status != SQ_OK)
    return status;
  sq_vst3_instance_refresh(self);
  if (setup->state) {
    status = sq_vst3_state_apply(self, setup->state);
    if (status != SQ_OK)
      snprintf(setup->error, setup->error_size, "the saved state is not one of '%s'", self->plugin->type.name);
  }
  if (status == SQ_OK)
    status = start(self, setup);
  if (status != SQ_OK)
    return status;
  if (give_values(self, setup->params)) {
    // what values do at once (a latency, a glide from the default) is over before the first frame
    sq_vst3_instance_flush(self);
    for (uint32_t u = 0; u < self->n_units; u++)
      sq_vst3_unit_stop(&self->units[u]);
    status = start(self, setup);
    sq_vst3_instance_refresh(self);
  }
  for (uint32_t k = 0; k < self->n_signals; k++) {
    uint32_t row = self->plugin->params[self->plugin->signals[k]].index;
    self->last[k] = (float)(setup->params ? setup->params[row] : self->plugin->type.params[row].def);
    self->rests[k] = UINT64_MAX; // the first block looks at it
  }
  sq_vst3_instance_map_midi(self);
  atomic_store(&self->ear.restart, 0); // what was asked for while it was made has been done
  atomic_store(&self->mail.any, true); // the first block is looked at
  return status;
}

static SqStatus create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  const SqVst3Plugin *plugin = sq_vst3_plugin_of(type);
  snprintf(setup->error, setup->error_size, "no memory for '%s'", type->name);
  SqVst3Instance *self = calloc(1, sizeof *self);
  if (!self)
    return SQ_LIMIT;
  self->plugin = plugin;
  self->services = setup->services;
  self->rate_hz = setup->rate;
  self->context.rate_hz = setup->rate;
  self->context.state = SQ_VST3_TIME_CONTINUOUS;
  self->max_block = setup->max_block;
  self->first_frame = UINT64_MAX;
  self->offline = setup->services && setup->services->offline && setup->services->offline(setup->services->context);
  sq_vst3_loop_init(&self->loop);
  sq_vst3_home_init(&self->home, &self->loop);
  sq_vst3_ear_init(&self->ear, self);
  SqStatus status = allocate(self);
  if (status == SQ_OK) {
    pthread_mutex_lock(&plugin->world->lock);
    status = build(self, setup);
    pthread_mutex_unlock(&plugin->world->lock);
  }
  if (status != SQ_OK) {
    type->free(self);
    return status;
  }
  if (setup->error_size)
    setup->error[0] = '\0';
  *instance = self;
  return SQ_OK;
}

static void free_instance(void *instance) {
  SqVst3Instance *self = instance;
  pthread_mutex_lock(&self->plugin->world->lock);
  sq_vst3_editor_close(self);
  for (uint32_t u = 0; self->units && u < self->n_units; u++)
    sq_vst3_unit_close(&self->units[u]);
  sq_vst3_loop_cleanup(&self->loop);
  pthread_mutex_unlock(&self->plugin->world->lock);
  release(self);
}

// ---- what it tells --------------------------------------------------------------------------------------------------

static uint32_t latency_of(const void *instance) {
  const SqVst3Instance *self = instance;
  return self->latency;
}

/// Most plug-ins leave "no tail" as they found it: only what claims one is believed.
static uint32_t tail_of(const void *instance) {
  const SqVst3Instance *self = instance;
  return self->tail ? self->tail : UINT32_MAX;
}

static float output_value(const void *instance, uint32_t index) {
  const SqVst3Instance *self = instance;
  if (index >= self->plugin->type.n_params)
    return 0;
  uint32_t param = self->plugin->shown[index];
  return (float)sq_vst3_param_to_plain(&self->plugin->params[param], sq_vst3_now(self, param));
}

void sq_vst3_instance_fill_type(SqProcessorType *type) {
  type->plugin = &sq_vst3_ops;
  type->create = create;
  type->free = free_instance;
  type->reset = sq_vst3_instance_reset;
  type->process = sq_vst3_instance_process;
  type->latency = latency_of;
  type->tail = tail_of;
  type->output_value = output_value;
  type->save = sq_vst3_state_save;
}
