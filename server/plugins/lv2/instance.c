// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/instance.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/guard.h"

// ---- memory ---------------------------------------------------------------------------------------------------------

static SqStatus allocate(SqLv2Instance *self, const SqProcSetup *setup) {
  const SqLv2Plugin *p = self->plugin;
  if (sq_width_init(&self->width, p->info.n_in, p->info.n_out, setup) != SQ_OK)
    return SQ_LIMIT;
  size_t n = (size_t)self->width.n_units * p->n_ports;
  self->units = calloc(self->width.n_units, sizeof *self->units);
  self->runs = self->runs_end = calloc(self->width.n_units, sizeof *self->runs);
  self->ins = self->ins_end = calloc(n + 1, sizeof *self->ins);
  self->outs = self->outs_end = calloc(n + 1, sizeof *self->outs);
  self->sides = self->sides_end = calloc(n + 1, sizeof *self->sides);
  self->spares = calloc(n + 1, sizeof *self->spares);
  self->sequences = calloc(n + 1, sizeof *self->sequences);
  self->controls = calloc(2 * (size_t)p->n_ports + 1, sizeof *self->controls);
  bool all = self->units && self->runs && self->ins && self->outs && self->sides && self->spares && self->sequences &&
             self->controls;
  return all ? SQ_OK : SQ_LIMIT;
}

void sq_lv2_instance_release(SqLv2Instance *self) {
  if (atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
    return;
  size_t n = (size_t)self->width.n_units * self->plugin->n_ports;
  for (size_t i = 0; self->spares && i < n; i++)
    free(self->spares[i]);
  for (size_t i = 0; self->sequences && i < n; i++)
    free(self->sequences[i].atom);
  for (uint32_t i = 0; self->units && i < self->width.n_units; i++)
    sq_lv2_worker_cleanup(&self->units[i]);
  sq_lv2_features_cleanup(&self->features);
  pthread_mutex_destroy(&self->work_lock);
  free(self->units);
  free(self->runs);
  free(self->ins);
  free(self->outs);
  free(self->sides);
  free(self->spares);
  free(self->sequences);
  free(self->controls);
  sq_width_cleanup(&self->width);
  free(self);
}

// ---- the module -----------------------------------------------------------------------------------------------------

/// The descriptor of the plug-in in its opened module, or NULL.
static const LV2_Descriptor *find_descriptor(SqLv2Instance *self) {
  const SqLv2Plugin *p = self->plugin;
  LV2_Descriptor_Function plain = NULL;
  LV2_Lib_Descriptor_Function library = NULL;
  *(void **)&library = dlsym(self->module, "lv2_lib_descriptor");
  *(void **)&plain = dlsym(self->module, "lv2_descriptor");
  const LV2_Lib_Descriptor *lib = library ? library(p->bundle, self->units[0].features.run) : NULL;
  self->library = (void *)(uintptr_t)lib;
  for (uint32_t i = 0; lib || plain; i++) {
    const LV2_Descriptor *d = lib ? lib->get_plugin(lib->handle, i) : plain(i);
    if (!d || strcmp(d->URI, p->uri) == 0)
      return d;
  }
  return NULL;
}

static SqStatus open_module(SqLv2Instance *self, const SqProcSetup *setup, const LV2_Descriptor **descriptor) {
  const SqLv2Plugin *p = self->plugin;
  self->module = dlopen(p->info.path, RTLD_NOW | RTLD_LOCAL);
  if (!self->module) {
    const char *why = dlerror();
    snprintf(setup->error, setup->error_size, "'%s' cannot be loaded: %s", p->type.name, why ? why : "unknown reason");
    return SQ_PLUGIN;
  }
  *descriptor = find_descriptor(self);
  if (*descriptor)
    return SQ_OK;
  snprintf(setup->error, setup->error_size, "'%s' cannot be loaded: %s holds no plug-in %s", p->type.name, p->info.path,
           p->uri);
  return SQ_PLUGIN;
}

static SqStatus instantiate(SqLv2Instance *self, const SqProcSetup *setup) {
  const SqLv2Plugin *p = self->plugin;
  const LV2_Descriptor *d = NULL;
  for (uint32_t i = 0; i < self->width.n_units; i++) {
    self->units[i].instance = self;
    sq_lv2_worker_init(&self->units[i]);
    sq_lv2_features_fill(&self->units[i]);
  }
  SqStatus status = open_module(self, setup, &d);
  for (uint32_t i = 0; status == SQ_OK && i < self->width.n_units; i++) {
    SqLv2Unit *unit = &self->units[i];
    unit->lilv.lv2_handle = d->instantiate(d, setup->rate, p->bundle, unit->features.run);
    if (!unit->lilv.lv2_handle) {
      snprintf(setup->error, setup->error_size, "'%s' refuses to start at %g Hz; its own messages may say why",
               p->type.name, setup->rate);
      return SQ_PLUGIN;
    }
    unit->lilv.lv2_descriptor = d;
    *self->runs_end++ = (SqLv2Run){d->run, unit->lilv.lv2_handle};
    status = sq_lv2_worker_bind(unit);
  }
  return status;
}

// ---- ports ----------------------------------------------------------------------------------------------------------

static void connect(SqLv2Unit *unit, uint32_t port, const void *to) {
  unit->lilv.lv2_descriptor->connect_port(unit->lilv.lv2_handle, port, (void *)(uintptr_t)to);
}

/// An audio or CV port: on a wire when the strip has its channel, else to silence or to a buffer nobody hears.
static SqStatus connect_audio(SqLv2Instance *self, const SqProcSetup *setup, uint32_t u, uint32_t i) {
  const SqLv2Port *port = &self->plugin->ports[i];
  SqLv2Unit *unit = &self->units[u];
  uint32_t width = port->input ? self->plugin->info.n_in : self->plugin->info.n_out;
  uint32_t channel = port->role == SQ_LV2_MAIN ? u * width + port->channel : port->channel;
  SqLv2Wire wire = {port->input ? self->width.silence : self->width.nowhere, i, channel, unit};
  bool wired = true;
  if (port->role == SQ_LV2_SIDE)
    *self->sides_end++ = wire;
  else if (port->role == SQ_LV2_MAIN && port->input && channel < setup->n_in)
    *self->ins_end++ = wire;
  else if (port->role == SQ_LV2_MAIN && !port->input && channel < setup->n_out)
    *self->outs_end++ = wire;
  else
    wired = false;
  if (wired || port->input) {
    connect(unit, i, wire.now);
    return SQ_OK;
  }
  float *spare = self->spares[(size_t)u * self->plugin->n_ports + i] = sq_width_buffer(self->max_block);
  if (spare)
    connect(unit, i, spare);
  return spare ? SQ_OK : SQ_LIMIT;
}

/// Atom inputs are shared by all copies (they hear the same notes); each has outputs of its own.
static SqStatus connect_atom(SqLv2Instance *self, uint32_t u, uint32_t i) {
  const SqLv2Port *port = &self->plugin->ports[i];
  SqLv2Sequence *sequence = &self->sequences[(port->input ? 0 : (size_t)u * self->plugin->n_ports) + i];
  if (!sequence->atom) {
    sequence->capacity = port->n_bytes;
    sequence->atom = calloc(1, port->n_bytes);
    if (!sequence->atom)
      return SQ_LIMIT;
  }
  if (port->input)
    sq_lv2_sequence_clear(sequence, &self->plugin->world->keys);
  else
    sq_lv2_sequence_offer(sequence, &self->plugin->world->keys);
  connect(&self->units[u], i, sequence->atom);
  return SQ_OK;
}

static SqStatus connect_ports(SqLv2Instance *self, const SqProcSetup *setup) {
  const SqLv2Plugin *p = self->plugin;
  SqStatus status = SQ_OK;
  for (uint32_t u = 0; u < self->width.n_units; u++)
    for (uint32_t i = 0; i < p->n_ports && status == SQ_OK; i++)
      switch (p->ports[i].kind) {
      case SQ_LV2_AUDIO:
      case SQ_LV2_CV:
        status = connect_audio(self, setup, u, i);
        break;
      case SQ_LV2_CONTROL:
        connect(&self->units[u], i, &self->controls[(p->ports[i].input || u == 0 ? 0 : p->n_ports) + i]);
        break;
      case SQ_LV2_ATOM:
        status = connect_atom(self, u, i);
        break;
      case SQ_LV2_ABSENT:
        connect(&self->units[u], i, NULL);
        break;
      }
  return status;
}

/// Control inputs get the plug-in's defaults.
static void set_defaults(SqLv2Instance *self) {
  for (uint32_t i = 0; i < self->plugin->n_ports; i++) {
    const SqLv2Port *port = &self->plugin->ports[i];
    if (port->kind != SQ_LV2_CONTROL || !port->input)
      continue;
    double scale = port->sample_rate ? self->rate_hz : 1;
    self->controls[i] = port->role == SQ_LV2_ENABLED     ? 1.0f
                        : port->role == SQ_LV2_FREEWHEEL ? (float)self->offline
                                                         : (float)((double)port->def * scale);
  }
}

// ---- life -----------------------------------------------------------------------------------------------------------

/// Activates, and lets a plug-in that tells its latency do so: with no frames at all, as LV2 asks of hosts.
static void activate(SqLv2Instance *self) {
  for (uint32_t i = 0; i < self->width.n_units; i++) {
    LilvInstance *lilv = &self->units[i].lilv;
    if (lilv->lv2_descriptor->activate)
      lilv->lv2_descriptor->activate(lilv->lv2_handle);
    self->units[i].active = true;
    if (self->plugin->latency != SQ_LV2_NONE)
      lilv->lv2_descriptor->run(lilv->lv2_handle, 0);
  }
}

/// The channels of an effect whose blocks are all but always the same buffers as before, and run(); 0: another one.
/// Where the guard of the tests watches each run() is marked, which is more.
static uint32_t count_quick(const SqLv2Instance *self, const SqProcSetup *setup) {
  const ptrdiff_t n = setup->n_out;
  const bool quick = self->simple && !self->width.mix && n <= 2 && self->ins_end - self->ins == n &&
                     self->outs_end - self->outs == n && self->sides == self->sides_end && !sq_rt_guard_watches();
  return quick ? setup->n_out : 0;
}

/// Whether it only answers: what makes sound or events from nothing, follows the transport or another strip, or works
/// on something in the background, is never left alone.
static bool may_doze(const SqLv2Instance *self) {
  const SqLv2Plugin *p = self->plugin;
  const SqPluginInfo *info = &p->info;
  return info->n_out && (info->n_in || info->midi_in) && !info->midi_out && !info->time_in && !info->n_side &&
         !p->generates && !self->units[0].worker.interface;
}

/// Everything of create() that the plug-in sees. The world's `life` is held.
static SqStatus build(SqLv2Instance *self, const SqProcSetup *setup) {
  const SqLv2Plugin *p = self->plugin;
  SqStatus status = sq_lv2_features_init(self, setup);
  if (status == SQ_OK)
    status = instantiate(self, setup);
  if (status == SQ_OK)
    status = connect_ports(self, setup);
  if (status != SQ_OK)
    return status;
  self->simple = p->n_atoms == 0 && p->n_triggers == 0 && !self->units[0].worker.interface;
  self->n_quick = count_quick(self, setup);
  self->dozes = may_doze(self);
  sq_doze_init(&self->doze, self->dozes, setup->rate);
  self->one_until = self->n_quick == 1 ? self->doze.until : 0;
  self->two_until = self->n_quick == 2 ? self->doze.until : 0;
  self->first = self->runs[0];
  set_defaults(self);
  status = sq_lv2_state_restore(self, setup);
  for (uint32_t i = 0; setup->params && i < p->type.n_params; i++)
    if (p->ports[p->param_ports[i]].input)
      self->controls[p->param_ports[i]] =
          sq_lv2_param_to_port(&p->ports[p->param_ports[i]], setup->params[i], self->rate_hz);
  if (status == SQ_OK)
    activate(self);
  return status;
}

SqStatus sq_lv2_instance_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  const SqLv2Plugin *plugin = sq_lv2_plugin_of(type);
  snprintf(setup->error, setup->error_size, "no memory for '%s'", type->name);
  SqLv2Instance *self = calloc(1, sizeof *self);
  if (!self)
    return SQ_LIMIT;
  self->plugin = plugin;
  self->services = setup->services;
  self->rate_hz = setup->rate;
  self->max_block = setup->max_block;
  self->offline = setup->services && setup->services->offline && setup->services->offline(setup->services->context);
  atomic_init(&self->references, 1);
  pthread_mutex_init(&self->work_lock, NULL);
  SqStatus status = allocate(self, setup);
  if (status == SQ_OK) {
    pthread_mutex_lock(&plugin->world->life);
    status = build(self, setup);
    pthread_mutex_unlock(&plugin->world->life);
  }
  if (status != SQ_OK) {
    sq_lv2_instance_free(self);
    return status;
  }
  if (setup->error_size)
    setup->error[0] = '\0';
  *instance = self;
  return SQ_OK;
}

void sq_lv2_instance_free(void *instance) {
  SqLv2Instance *self = instance;
  pthread_mutex_lock(&self->work_lock); // work under way ends first, work still queued finds it dead
  self->dead = true;
  self->offline = true; // what the last answers ask for is done here
  pthread_mutex_unlock(&self->work_lock);
  pthread_mutex_lock(&self->plugin->world->life);
  for (uint32_t i = 0; self->units && i < self->width.n_units; i++) {
    SqLv2Unit *unit = &self->units[i];
    const LV2_Descriptor *d = unit->lilv.lv2_descriptor;
    if (unit->active && unit->worker.interface)
      sq_lv2_worker_respond(unit); // an answer not yet given may hold memory of the plug-in's
    if (unit->active && d->deactivate)
      d->deactivate(unit->lilv.lv2_handle);
    if (d && d->cleanup)
      d->cleanup(unit->lilv.lv2_handle);
  }
  const LV2_Lib_Descriptor *lib = self->library;
  if (lib && lib->cleanup)
    lib->cleanup(lib->handle);
  if (self->module)
    dlclose(self->module);
  pthread_mutex_unlock(&self->plugin->world->life);
  sq_lv2_instance_release(self);
}

// ---- what it tells --------------------------------------------------------------------------------------------------

static uint32_t latency_of(const void *instance) {
  const SqLv2Instance *self = instance;
  uint32_t port = self->plugin->latency;
  float frames = port == SQ_LV2_NONE ? 0 : sq_lv2_instance_get(self, port);
  return frames > 0 && frames < 1e7f ? (uint32_t)(frames + 0.5f) : 0;
}

/// LV2 plug-ins do not tell how long they sound on.
static uint32_t tail_of(const void *instance) {
  (void)instance;
  return UINT32_MAX;
}

static float output_value(const void *instance, uint32_t param) {
  const SqLv2Instance *self = instance;
  return param < self->plugin->type.n_params ? sq_lv2_instance_get(self, self->plugin->param_ports[param]) : 0;
}

void sq_lv2_instance_fill_type(SqProcessorType *type) {
  type->create = sq_lv2_instance_create;
  type->free = sq_lv2_instance_free;
  type->reset = sq_lv2_instance_reset;
  type->process = sq_lv2_instance_process;
  type->latency = latency_of;
  type->tail = tail_of;
  type->output_value = output_value;
  type->save = sq_lv2_state_save;
}
