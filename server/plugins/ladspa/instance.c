// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/ladspa/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/values.h"

#define SQ_LADSPA_PRIME 64u ///< frames of silence after which a plug-in has said how late it is

// ---- making ---------------------------------------------------------------------------------------------------------

static SqStatus allocate(SqLadspaInstance *self, const SqProcSetup *setup) {
  const SqLadspaPlugin *p = self->plugin;
  if (sq_width_init(&self->width, p->info.n_in, p->info.n_out, setup) != SQ_OK)
    return SQ_LIMIT;
  size_t n = (size_t)self->width.n_units * p->n_ports + 1;
  self->units = self->units_end = calloc(self->width.n_units, sizeof *self->units);
  self->wires = calloc(3 * n, sizeof *self->wires);
  self->spares = calloc(n, sizeof *self->spares);
  self->controls = calloc(2 * n, sizeof *self->controls);
  if (!self->units || !self->wires || !self->spares || !self->controls)
    return SQ_LIMIT;
  self->ins = self->ins_end = self->wires;
  self->outs = self->outs_end = self->wires + n;
  self->others = self->others_end = self->wires + 2 * n;
  return SQ_OK;
}

static void connect(const SqLadspaInstance *self, LADSPA_Handle handle, uint32_t port, const float *to) {
  self->descriptor->connect_port(handle, port, (float *)(uintptr_t)to);
}

/// An audio port: on a wire when something follows it, else to silence or to a buffer nobody hears.
static SqStatus connect_audio(SqLadspaInstance *self, const SqProcSetup *setup, uint32_t u, uint32_t i) {
  const SqLadspaPort *port = &self->plugin->ports[i];
  LADSPA_Handle handle = self->units[u].handle;
  uint32_t width = port->input ? self->plugin->info.n_in : self->plugin->info.n_out;
  uint32_t channel = port->role == SQ_LADSPA_MAIN ? u * width + port->channel : port->channel;
  SqLadspaWire wire = {port->input ? self->width.silence : self->width.nowhere, handle, i, channel};
  bool main = port->role == SQ_LADSPA_MAIN;
  if (!port->input && !(main && channel < setup->n_out)) { // of its own: a plug-in may read what it wrote
    float *spare = self->spares[(size_t)u * self->plugin->n_ports + i] = sq_width_buffer(self->max_block);
    if (!spare)
      return SQ_LIMIT;
    wire.now = spare;
  }
  if (main && port->input && channel < setup->n_in)
    *self->ins_end++ = wire;
  else if (main && !port->input && channel < setup->n_out)
    *self->outs_end++ = wire;
  else if (port->role == SQ_LADSPA_SIDE || (port->role == SQ_LADSPA_EXTRA && u == 0))
    *self->others_end++ = wire;
  connect(self, handle, i, wire.now);
  return SQ_OK;
}

static SqStatus connect_ports(SqLadspaInstance *self, const SqProcSetup *setup, uint32_t u) {
  const SqLadspaPlugin *p = self->plugin;
  SqStatus status = SQ_OK;
  for (uint32_t i = 0; i < p->n_ports && status == SQ_OK; i++)
    if (p->ports[i].audio)
      status = connect_audio(self, setup, u, i);
    else
      connect(self, self->units[u].handle, i, &self->controls[(p->ports[i].input || u == 0 ? 0 : p->n_ports) + i]);
  return status;
}

/// The values to begin with: the plug-in's defaults, then the state's, then those of the setup.
static SqStatus set_values(SqLadspaInstance *self, const SqProcSetup *setup) {
  const SqLadspaPlugin *p = self->plugin;
  double *values = calloc(p->type.n_params + 1, sizeof *values);
  if (!values)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < p->type.n_params; i++) {
    const SqLadspaPort *port = &p->ports[p->param_ports[i]];
    values[i] = port->def * (port->sample_rate ? self->rate_hz : 1);
  }
  SqStatus status = setup->state ? sq_ladspa_state_read(p, setup->state, values) : SQ_OK;
  if (status != SQ_OK)
    snprintf(setup->error, setup->error_size, "the saved state is not one of '%s'", p->type.name);
  for (uint32_t i = 0; i < p->type.n_params; i++) {
    uint32_t port = p->param_ports[i];
    if (p->ports[port].input)
      self->controls[port] =
          sq_ladspa_to_port(&p->ports[port], setup->params ? setup->params[i] : values[i], self->rate_hz);
  }
  free(values);
  return status;
}

static void activate(SqLadspaInstance *self, bool on) {
  for (SqLadspaUnit *unit = self->units; unit < self->units_end; unit++) {
    void (*call)(LADSPA_Handle) = on ? self->descriptor->activate : self->descriptor->deactivate;
    if (call && unit->active != on)
      call(unit->handle);
    unit->active = on;
  }
}

/// A plug-in tells its latency in run() only: a little silence, and it begins anew.
static void prime(SqLadspaInstance *self) {
  if (self->plugin->latency == SQ_LADSPA_NONE)
    return;
  uint32_t n = self->max_block < SQ_LADSPA_PRIME ? self->max_block : SQ_LADSPA_PRIME;
  for (SqLadspaUnit *unit = self->units; unit < self->units_end; unit++)
    self->descriptor->run(unit->handle, n);
  activate(self, false);
  activate(self, true);
}

/// Everything of create() that the plug-in sees. The world's `life` is held.
static SqStatus build(SqLadspaInstance *self, const SqProcSetup *setup) {
  SqStatus status = set_values(self, setup);
  for (uint32_t u = 0; u < self->width.n_units && status == SQ_OK; u++) {
    LADSPA_Handle handle = self->descriptor->instantiate(self->descriptor, (unsigned long)setup->rate);
    if (!handle) {
      snprintf(setup->error, setup->error_size, "'%s' refuses to start at %g Hz; its own messages may say why",
               self->plugin->type.name, setup->rate);
      return SQ_PLUGIN;
    }
    *self->units_end++ = (SqLadspaUnit){handle, false};
    status = connect_ports(self, setup, u);
  }
  if (status == SQ_OK) {
    activate(self, true);
    prime(self);
  }
  return status;
}

// ---- life -----------------------------------------------------------------------------------------------------------

static void free_instance(void *instance) {
  SqLadspaInstance *self = instance;
  pthread_mutex_lock(&self->plugin->world->life);
  if (self->units)
    activate(self, false);
  for (SqLadspaUnit *unit = self->units; unit < self->units_end; unit++)
    self->descriptor->cleanup(unit->handle);
  pthread_mutex_unlock(&self->plugin->world->life);
  size_t n = (size_t)self->width.n_units * self->plugin->n_ports;
  for (size_t i = 0; self->spares && i < n; i++)
    free(self->spares[i]);
  free(self->units);
  free(self->wires);
  free(self->spares);
  free(self->controls);
  sq_width_cleanup(&self->width);
  free(self);
}

static uint32_t latency_of(const void *instance) {
  const SqLadspaInstance *self = instance;
  uint32_t port = self->plugin->latency;
  float frames = port == SQ_LADSPA_NONE ? 0 : sq_ladspa_get(self, port);
  return frames > 0 && frames < 1e7f ? (uint32_t)(frames + 0.5f) : 0;
}

static SqStatus create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  SqLadspaPlugin *plugin = sq_ladspa_plugin_of(type);
  snprintf(setup->error, setup->error_size, "no memory for '%s'", type->name);
  SqLadspaInstance *self = calloc(1, sizeof *self);
  if (!self)
    return SQ_LIMIT;
  self->plugin = plugin;
  self->descriptor = plugin->descriptor;
  self->services = setup->services;
  self->rate_hz = setup->rate;
  self->max_block = setup->max_block;
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
  self->told_latency = latency_of(self);
  if (setup->error_size)
    setup->error[0] = '\0';
  *instance = self;
  return SQ_OK;
}

// ---- what it tells --------------------------------------------------------------------------------------------------

/// LADSPA plug-ins do not tell how long they sound on.
static uint32_t tail_of(const void *instance) {
  (void)instance;
  return UINT32_MAX;
}

static double value_of(void *instance, uint32_t param) {
  const SqLadspaInstance *self = instance;
  return param < self->plugin->type.n_params ? (double)sq_ladspa_get(self, self->plugin->param_ports[param]) : 0;
}

static float output_value(const void *instance, uint32_t param) {
  const SqLadspaInstance *self = instance;
  return param < self->plugin->type.n_params ? sq_ladspa_get(self, self->plugin->param_ports[param]) : 0;
}

static void idle(void *instance) {
  SqLadspaInstance *self = instance;
  uint32_t latency = latency_of(self);
  if (latency == self->told_latency || !self->services || !self->services->news)
    return;
  self->told_latency = latency;
  self->services->news(self->services->context, self, SQ_NEWS_LATENCY, 0, latency);
}

// ---- state ----------------------------------------------------------------------------------------------------------

static SqStatus save(void *instance, SqBlob *blob) {
  SqLadspaInstance *self = instance;
  const SqLadspaPlugin *p = self->plugin;
  double *values = calloc(p->type.n_params + 1, sizeof *values);
  memset(blob, 0, sizeof *blob);
  if (!values)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < p->type.n_params; i++)
    values[i] = value_of(self, i);
  SqStatus status = sq_values_write(&p->type, values, blob);
  free(values);
  snprintf(blob->format, sizeof blob->format, "ladspa");
  snprintf(blob->id, sizeof blob->id, "%s:%s", p->file, p->label);
  blob->version = 1;
  return status;
}

SqStatus sq_ladspa_state_read(const SqLadspaPlugin *plugin, const SqBlob *state, double *values) {
  if (strcmp(state->format, "ladspa") != 0 || strcmp(state->id, plugin->type.id + strlen("ladspa:")) != 0 ||
      !state->data)
    return SQ_BAD_ARGS;
  return sq_values_read(&plugin->type, state->data, state->size, values);
}

static SqStatus restore(void *instance, const SqBlob *state) {
  SqLadspaInstance *self = instance;
  const SqLadspaPlugin *p = self->plugin;
  double *values = calloc(p->type.n_params + 1, sizeof *values);
  if (!values)
    return SQ_LIMIT;
  for (uint32_t i = 0; i < p->type.n_params; i++)
    values[i] = value_of(self, i);
  SqStatus status = sq_ladspa_state_read(p, state, values);
  for (uint32_t i = 0; status == SQ_OK && i < p->type.n_params; i++) {
    uint32_t port = p->param_ports[i];
    if (p->ports[port].input)
      sq_ladspa_set(self, port, sq_ladspa_to_port(&p->ports[port], values[i], self->rate_hz));
  }
  free(values);
  return status;
}

static const SqPluginOps ops = {.value = value_of, .restore = restore, .idle = idle};

void sq_ladspa_instance_fill_type(SqProcessorType *type) {
  type->plugin = &ops;
  type->create = create;
  type->free = free_instance;
  type->reset = sq_ladspa_instance_reset;
  type->process = sq_ladspa_instance_process;
  type->latency = latency_of;
  type->tail = tail_of;
  type->output_value = output_value;
  type->save = save;
}
