// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/clap/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQ_CLAP_EVENTS 1024u          ///< of the engine in one block
#define SQ_CLAP_EVENTS_MAX (1u << 16) ///< with what continuous parameters may add: 4 MiB

// ---- memory ---------------------------------------------------------------------------------------------------------

/// What does not depend on the ports of the instance.
static SqStatus allocate(SqClapInstance *self, const SqProcSetup *setup) {
  const SqProcessorType *type = &self->kind->type;
  self->n_signals = sq_proc_count_signals(type);
  self->seen = calloc(self->n_signals + 1, sizeof *self->seen);
  self->sent = calloc(self->n_signals + 1, sizeof *self->sent);
  self->signal_params = calloc(self->n_signals + 1, sizeof *self->signal_params);
  self->outputs = calloc(type->n_params + 1, sizeof *self->outputs);
  self->held = calloc(type->n_params + 1, sizeof *self->held);
  self->told_memory = calloc(SQ_CLAP_TOLD, sizeof(SqClapTold));
  if (sq_width_init(&self->width, self->kind->info.n_in, self->kind->info.n_out, setup) != SQ_OK)
    return SQ_LIMIT;
  self->n_units = self->width.n_units;
  self->units = calloc(self->n_units, sizeof *self->units);
  uint64_t cap = SQ_CLAP_RELAY + SQ_CLAP_EVENTS + (uint64_t)self->n_signals * (self->max_block / SQ_GRID + 2);
  if (sq_clap_queue_init(&self->queue, cap < SQ_CLAP_EVENTS_MAX ? (uint32_t)cap : SQ_CLAP_EVENTS_MAX,
                         self->kind->ports.dialects) != SQ_OK)
    return SQ_LIMIT;
  bool all = self->seen && self->sent && self->signal_params && self->outputs && self->held && self->units &&
             self->told_memory && sq_ring_init(&self->told, self->told_memory, sizeof(SqClapTold), SQ_CLAP_TOLD);
  return all ? SQ_OK : SQ_LIMIT;
}

static void release(SqClapInstance *self) {
  for (uint32_t u = 0; self->units && u < self->n_units; u++) {
    SqClapUnit *unit = &self->units[u];
    free(unit->wires_in);
    free(unit->wires_out);
    free(unit->ins);
    free(unit->outs);
    free(unit->channels);
  }
  for (uint32_t i = 0; i < self->n_buffers; i++)
    free(self->buffers[i]);
  free(self->buffers);
  free(self->wires_side);
  free(self->wires_extra);
  free(self->spares);
  free(self->units);
  free(self->seen);
  free(self->sent);
  free(self->signal_params);
  free(self->outputs);
  free(self->held);
  free(self->told_memory);
  sq_clap_queue_cleanup(&self->queue);
  sq_width_cleanup(&self->width);
  free(self);
}

// ---- values ---------------------------------------------------------------------------------------------------------

#define SQ_CLAP_FLUSH 32u ///< values handed over at once

typedef struct {
  SqClapQueue queue;
  SqClapEvent events[SQ_CLAP_FLUSH];
} Flush;

static uint32_t flush_size(const SqClapEventsIn *list) {
  return ((const Flush *)list->context)->queue.n;
}

static const SqClapEventHeader *flush_get(const SqClapEventsIn *list, uint32_t index) {
  const Flush *flush = list->context;
  return index < flush->queue.n ? &flush->events[index].header : NULL;
}

/// Hands over what is in the list. A plug-in that is active is flushed as its audio thread: nobody else is it now.
static void flush_out(SqClapUnit *unit, Flush *flush) {
  if (!flush->queue.n)
    return;
  SqClapGuest *guest = &unit->guest;
  const SqClapEventsIn list = {flush, flush_size, flush_get};
  unit->instance->block = NULL; // what it says of notes now nobody hears
  if (guest->active)
    sq_clap_guest_begin_audio(guest);
  guest->can.params->flush(guest->plugin, &list, &unit->events_out);
  if (guest->active)
    sq_clap_guest_end_audio(guest);
  flush->queue.n = 0;
}

void sq_clap_instance_flush(SqClapUnit *unit, const SqClapTold *values, uint32_t n) {
  Flush flush;
  memset(&flush.queue, 0, sizeof flush.queue);
  flush.queue.events = flush.events;
  flush.queue.cap = SQ_CLAP_FLUSH;
  for (uint32_t i = 0; i < n; i++) {
    sq_rt_clap_queue_param(&flush.queue, 0, values[i].param, values[i].own);
    if (flush.queue.n == SQ_CLAP_FLUSH)
      flush_out(unit, &flush);
  }
  flush_out(unit, &flush);
}

/// True when a wish differs from what there is by more than the engine's signals can tell.
static bool differs(double wish, double is) {
  return (float)wish != (float)is;
}

void sq_clap_instance_set(SqClapInstance *self, const double *values) {
  const SqClapKind *k = self->kind;
  SqClapTold *wishes = calloc(k->n_params + 1, sizeof *wishes);
  for (uint32_t u = 0; wishes && u < self->n_units; u++) {
    SqClapGuest *guest = &self->units[u].guest;
    uint32_t n = 0;
    for (uint32_t i = 0; guest->can.params && i < k->n_params; i++) {
      const SqClapParam *p = &k->params[i];
      const bool bypass = p->flags & SQ_CLAP_PARAM_BYPASS;
      double is = p->def, wish = bypass ? 0 : p->def;
      if ((p->flags & SQ_CLAP_PARAM_READONLY) || (!bypass && (p->shown == SQ_CLAP_NONE || !values)))
        continue;
      if (!bypass)
        wish = sq_clap_param_to_own(p, values[p->shown]);
      if (!guest->can.params->get_value(guest->plugin, p->id, &is) || differs(wish, is))
        wishes[n++] = (SqClapTold){.param = p->id, .own = wish};
    }
    sq_clap_instance_flush(&self->units[u], wishes, n);
  }
  free(wishes);
}

/// Signals begin where the engine's do: at the wishes, as floats.
static void begin_signals(SqClapInstance *self, const double *values) {
  const SqProcessorType *type = &self->kind->type;
  for (uint32_t i = 0, k = 0; i < type->n_params; i++)
    if (type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output) {
      self->signal_params[k] = i;
      self->sent[k] = (float)(values ? values[i] : type->params[i].def);
      self->seen[k++].shape = SQ_CLAP_MOVED; // looked at in the first block
    }
  self->seen_bytes = self->n_signals * sizeof *self->seen;
  self->unusual |= SQ_CLAP_ATTEND;
}

static void begin_outputs(SqClapInstance *self) {
  const SqClapGuest *guest = &self->units[0].guest;
  for (uint32_t i = 0; i < self->kind->type.n_params; i++) {
    const SqClapParam *p = &self->kind->params[self->kind->shown[i]];
    if (!(p->flags & SQ_CLAP_PARAM_READONLY) || !guest->can.params->get_value(guest->plugin, p->id, &self->outputs[i]))
      self->outputs[i] = p->def;
  }
}

// ---- life -----------------------------------------------------------------------------------------------------------

static uint32_t read_latency(const SqClapGuest *guest) {
  uint32_t frames = guest->can.latency ? guest->can.latency->get(guest->plugin) : 0;
  return frames < 10000000u ? frames : 0; // nobody waits three minutes
}

bool sq_clap_instance_look_at_latency(SqClapInstance *self) {
  uint32_t frames = read_latency(&self->units[0].guest);
  return atomic_exchange_explicit(&self->latency, frames, memory_order_relaxed) != frames;
}

static SqStatus open_units(SqClapInstance *self, const SqProcSetup *setup) {
  const SqClapKind *k = self->kind;
  SqStatus status = SQ_OK;
  for (uint32_t u = 0; status == SQ_OK && u < self->n_units; u++) {
    SqClapUnit *unit = &self->units[u];
    unit->instance = self;
    unit->events_in = (SqClapEventsIn){unit, sq_rt_clap_list_size, sq_rt_clap_list_get};
    unit->events_out = (SqClapEventsOut){unit, sq_rt_clap_take};
    unit->guest.services = setup->services;
    snprintf(unit->guest.name, sizeof unit->guest.name, "%s", k->type.name);
    status = sq_clap_guest_open(&unit->guest, k->world, k->module, k->id, setup->error, setup->error_size);
    if (status == SQ_OK && k->n_params && !unit->guest.can.params) {
      snprintf(setup->error, setup->error_size, "'%s' has no parameters any more", k->type.name);
      status = SQ_PLUGIN;
    }
  }
  return status;
}

static SqStatus activate(SqClapInstance *self, const SqProcSetup *setup) {
  for (uint32_t u = 0; u < self->n_units; u++) {
    SqClapGuest *guest = &self->units[u].guest;
    guest->activating = true;
    guest->active = guest->plugin->activate(guest->plugin, setup->rate, 1, setup->max_block);
    guest->activating = false;
    if (!guest->active) {
      snprintf(setup->error, setup->error_size, "'%s' refuses to work at %g Hz; its own messages may say why",
               self->kind->type.name, setup->rate);
      return SQ_PLUGIN;
    }
    // what it asked for until here it has got: it is active with all its values
    atomic_fetch_and_explicit(&guest->asked, SQ_CLAP_ASKED_CALLBACK | SQ_CLAP_ASKED_PROCESS, memory_order_relaxed);
  }
  sq_clap_instance_look_at_latency(self);
  atomic_store_explicit(&self->touched, false, memory_order_relaxed);
  return SQ_OK;
}

/// Everything of create() that the plug-in sees. The world is entered.
static SqStatus build(SqClapInstance *self, const SqProcSetup *setup) {
  SqStatus status = open_units(self, setup);
  if (status == SQ_OK && setup->state) {
    status = sq_clap_state_apply(self, setup->state);
    if (status != SQ_OK)
      snprintf(setup->error, setup->error_size, "the saved state is not one of '%s'", self->kind->type.name);
  }
  if (status != SQ_OK)
    return status;
  sq_clap_instance_set(self, setup->params);
  begin_signals(self, setup->params);
  begin_outputs(self);
  status = sq_clap_instance_wire(self, setup);
  return status == SQ_OK ? activate(self, setup) : status;
}

SqStatus sq_clap_instance_create(const SqProcessorType *type, const SqProcSetup *setup, void **instance) {
  const SqClapKind *kind = sq_clap_kind_of(type);
  snprintf(setup->error, setup->error_size, "no memory for '%s'", type->name);
  SqClapInstance *self = calloc(1, sizeof *self);
  if (!self)
    return SQ_LIMIT;
  self->kind = kind;
  self->services = setup->services;
  self->rate_hz = setup->rate;
  self->max_block = setup->max_block;
  SqStatus status = allocate(self, setup);
  if (status == SQ_OK) {
    sq_clap_world_enter(kind->world);
    status = build(self, setup);
    sq_clap_world_leave(kind->world);
  }
  if (status != SQ_OK) {
    sq_clap_instance_free(self);
    return status;
  }
  if (setup->error_size)
    setup->error[0] = '\0';
  *instance = self;
  return SQ_OK;
}

void sq_clap_instance_free(void *instance) {
  SqClapInstance *self = instance;
  sq_clap_world_enter(self->kind->world);
  sq_clap_editor_close(self);
  for (uint32_t u = 0; self->units && u < self->n_units; u++)
    sq_clap_guest_close(&self->units[u].guest);
  sq_clap_world_leave(self->kind->world);
  release(self);
}

// ---- what it tells --------------------------------------------------------------------------------------------------

static uint32_t latency_of(const void *instance) {
  return atomic_load_explicit(&((const SqClapInstance *)instance)->latency, memory_order_relaxed);
}

uint32_t sq_clap_instance_tail(const void *instance) {
  const SqClapInstance *self = instance;
  uint32_t most = 0;
  for (uint32_t u = 0; u < self->n_units; u++) {
    const SqClapGuest *guest = &self->units[u].guest;
    uint32_t frames = guest->can.tail ? guest->can.tail->get(guest->plugin) : UINT32_MAX;
    most = frames > most ? frames : most;
  }
  return most >= INT32_MAX ? UINT32_MAX : most;
}

static float output_value(const void *instance, uint32_t param) {
  const SqClapInstance *self = instance;
  double own;
  if (param >= self->kind->type.n_params)
    return 0;
  __atomic_load(&self->outputs[param], &own, __ATOMIC_RELAXED);
  return (float)sq_clap_param_from_own(&self->kind->params[self->kind->shown[param]], own);
}

void sq_clap_instance_fill_type(SqProcessorType *type) {
  type->create = sq_clap_instance_create;
  type->free = sq_clap_instance_free;
  type->reset = sq_clap_instance_reset;
  type->process = sq_clap_instance_process;
  type->latency = latency_of;
  type->tail = sq_clap_instance_tail;
  type->output_value = output_value;
  type->save = sq_clap_state_save;
  type->plugin = &sq_clap_ops;
}
