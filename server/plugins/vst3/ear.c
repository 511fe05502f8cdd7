// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a VST3 controller tells its host, kept until idle() passes it on.
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "plugins/vst3/instance.h"

#define SQ_VST3_ROUNDED 1e-7 ///< of 0..1: what is nearer is the same value
#define SQ_VST3_ACTING_FLAGS (SQ_VST3_RESTART_RELOAD | SQ_VST3_RESTART_IO | SQ_VST3_RESTART_LATENCY)

// ---- the objects ----------------------------------------------------------------------------------------------------

static SqVst3Ear *of_handler2(void *self) {
  return (SqVst3Ear *)(void *)((char *)self - offsetof(SqVst3Ear, handler2));
}

static SqVst3Ear *of_units(void *self) {
  return (SqVst3Ear *)(void *)((char *)self - offsetof(SqVst3Ear, units));
}

static SqVst3Result query(SqVst3Ear *ear, const SqVst3Id id, void **object) {
  if (!object || !id)
    return SQ_VST3_BAD_ARGUMENT;
  void *found = NULL;
  if (memcmp(id, sq_vst3_id_unknown, 16) == 0 || memcmp(id, sq_vst3_id_component_handler, 16) == 0)
    found = &ear->handler;
  else if (memcmp(id, sq_vst3_id_component_handler2, 16) == 0)
    found = &ear->handler2;
  else if (memcmp(id, sq_vst3_id_unit_handler, 16) == 0)
    found = &ear->units;
  *object = found;
  return found ? SQ_VST3_OK : SQ_VST3_NO_INTERFACE;
}

static SqVst3Result handler_query(void *self, const SqVst3Id id, void **object) {
  return query(self, id, object);
}

static SqVst3Result handler2_query(void *self, const SqVst3Id id, void **object) {
  return query(of_handler2(self), id, object);
}

static SqVst3Result units_query(void *self, const SqVst3Id id, void **object) {
  return query(of_units(self), id, object);
}

static SqVst3Result gesture(SqVst3Ear *ear, SqVst3Bits *bits, uint32_t id) {
  uint32_t param = sq_vst3_plugin_param(ear->instance->plugin, id);
  if (param != SQ_VST3_NONE)
    sq_vst3_bits_set(bits, param);
  return param != SQ_VST3_NONE ? SQ_VST3_OK : SQ_VST3_BAD_ARGUMENT;
}

static SqVst3Result begin(void *self, uint32_t id) {
  SqVst3Ear *ear = self;
  return gesture(ear, &ear->instance->begun, id);
}

static SqVst3Result end(void *self, uint32_t id) {
  SqVst3Ear *ear = self;
  return gesture(ear, &ear->instance->ended, id);
}

/// A hand moved a knob: the processor hears of it in the next block, the house in idle().
static SqVst3Result perform(void *self, uint32_t id, double value) {
  SqVst3Instance *instance = ((SqVst3Ear *)self)->instance;
  uint32_t param = sq_vst3_plugin_param(instance->plugin, id);
  if (param == SQ_VST3_NONE || !(value == value))
    return SQ_VST3_BAD_ARGUMENT;
  sq_vst3_set_now(instance, param, fmin(fmax(value, 0), 1));
  sq_vst3_bits_set(&instance->mail, param);
  sq_vst3_bits_set(&instance->news, param);
  return SQ_VST3_OK;
}

static SqVst3Result restart(void *self, int32_t flags) {
  SqVst3Ear *ear = self;
  atomic_fetch_or(&ear->restart, (uint32_t)flags);
  return SQ_VST3_OK;
}

static SqVst3Result set_dirty(void *self, uint8_t on) {
  if (on)
    atomic_store(&of_handler2(self)->dirty, true);
  return SQ_VST3_OK;
}

static SqVst3Result open_editor(void *self, const char *name) {
  (void)self, (void)name;
  return SQ_VST3_FALSE; // windows are opened by people
}

static SqVst3Result group(void *self) {
  (void)self;
  return SQ_VST3_OK;
}

static SqVst3Result unit_selected(void *self, int32_t unit) {
  (void)self, (void)unit;
  return SQ_VST3_OK;
}

static SqVst3Result programs_changed(void *self, int32_t list, int32_t index) {
  (void)list, (void)index;
  atomic_fetch_or(&of_units(self)->restart, (uint32_t)SQ_VST3_RESTART_VALUES);
  return SQ_VST3_OK;
}

static const SqVst3HandlerTable handler_table = {handler_query, sq_vst3_retain, sq_vst3_release, begin, perform,
                                                 end,           restart};
static const SqVst3Handler2Table handler2_table = {
    handler2_query, sq_vst3_retain, sq_vst3_release, set_dirty, open_editor, group, group};
static const SqVst3UnitHandlerTable units_table = {units_query, sq_vst3_retain, sq_vst3_release, unit_selected,
                                                   programs_changed};

void sq_vst3_ear_init(SqVst3Ear *ear, SqVst3Instance *instance) {
  *ear = (SqVst3Ear){.handler = {&handler_table}, .handler2 = {&handler2_table}, .units = {&units_table}};
  ear->instance = instance;
}

// ---- what is asked back ---------------------------------------------------------------------------------------------

static void tell_controller(SqVst3Instance *self) {
  SqVst3Controller *c = self->units[0].controller;
  SQ_VST3_TAKE_BITS(&self->tell, bit) {
    uint32_t param = (uint32_t)bit;
    if (c)
      c->table->set(c, self->plugin->params[param].id, sq_vst3_now(self, param));
  }
}

void sq_vst3_instance_refresh(SqVst3Instance *self) {
  SqVst3Controller *c = self->units[0].controller;
  tell_controller(self);
  for (uint32_t i = 0; c && i < self->plugin->n_params; i++) {
    double value = c->table->get(c, self->plugin->params[i].id);
    if (fabs(value - sq_vst3_now(self, i)) > SQ_VST3_ROUNDED) // many keep their values as floats
      sq_vst3_set_now(self, i, fmin(fmax(value, 0), 1));
  }
}

void sq_vst3_instance_map_midi(SqVst3Instance *self) {
  SqVst3MidiMapping *mapping = sq_vst3_query(self->units[0].controller, sq_vst3_id_midi_mapping);
  for (int16_t channel = 0; channel < 16; channel++)
    for (int16_t cc = 0; cc < SQ_VST3_N_CC; cc++) {
      uint32_t id = 0, param = SQ_VST3_NONE;
      if (mapping && mapping->table->assignment(mapping, 0, channel, cc, &id) == SQ_VST3_OK)
        param = sq_vst3_plugin_param(self->plugin, id);
      atomic_store_explicit(&self->controllers[channel][cc], param, memory_order_relaxed);
    }
  sq_vst3_drop(mapping);
}

void sq_vst3_instance_news(SqVst3Instance *self, uint32_t what, uint32_t index, double value) {
  if (self->services && self->services->news)
    self->services->news(self->services->context, self, what, index, value);
}

/// Passes gestures on, for parameters that people see.
static void pass_gestures(SqVst3Instance *self, SqVst3Bits *bits, uint32_t what) {
  SQ_VST3_TAKE_BITS(bits, bit) {
    uint32_t row = self->plugin->params[bit].index;
    if (row != SQ_VST3_NONE)
      sq_vst3_instance_news(self, what, row, 0);
  }
}

static void pass_values(SqVst3Instance *self) {
  SQ_VST3_TAKE_BITS(&self->news, bit) {
    const SqVst3Param *param = &self->plugin->params[bit];
    if (param->index != SQ_VST3_NONE)
      sq_vst3_instance_news(self, SQ_NEWS_VALUE, param->index,
                            sq_vst3_param_to_plain(param, sq_vst3_now(self, (uint32_t)bit)));
  }
}

/// A plug-in that asks for a restart in its first second asked its predecessor too, all the time: it gets one only
/// when there is a reason to be seen.
static bool restart_is_due(SqVst3Instance *self, uint32_t flags) {
  const SqVst3Unit *unit = &self->units[0];
  uint64_t first = __atomic_load_n(&self->first_frame, __ATOMIC_RELAXED);
  uint64_t now = (uint64_t)__atomic_load_n(&self->context.continuous_frames, __ATOMIC_RELAXED);
  bool young = first == UINT64_MAX || (double)(now - first) < self->rate_hz;
  if (flags & (SQ_VST3_RESTART_RELOAD | SQ_VST3_RESTART_IO))
    return !young;
  return unit->processor->table->latency(unit->processor) != self->latency || !young;
}

static void act(SqVst3Instance *self, uint32_t flags) {
  if (flags & SQ_VST3_RESTART_MIDI)
    sq_vst3_instance_map_midi(self);
  if (flags & SQ_VST3_RESTART_VALUES) {
    sq_vst3_instance_refresh(self);
    sq_vst3_instance_news(self, SQ_NEWS_VALUES, 0, 0);
  }
  if (flags & SQ_VST3_ACTING_FLAGS && restart_is_due(self, flags))
    sq_vst3_instance_news(self, SQ_NEWS_RESTART, 0, 0);
}

void sq_vst3_instance_idle(void *instance) {
  SqVst3Instance *self = instance;
  pthread_mutex_lock(&self->plugin->world->lock);
  sq_vst3_loop_run(&self->loop);
  if (sq_vst3_bits_any(&self->tell))
    tell_controller(self);
  if (sq_vst3_bits_any(&self->begun))
    pass_gestures(self, &self->begun, SQ_NEWS_GESTURE_BEGIN);
  if (sq_vst3_bits_any(&self->news))
    pass_values(self);
  if (sq_vst3_bits_any(&self->ended))
    pass_gestures(self, &self->ended, SQ_NEWS_GESTURE_END);
  uint32_t flags = atomic_exchange(&self->ear.restart, 0);
  if (flags)
    act(self, flags);
  if (atomic_exchange(&self->ear.dirty, false))
    sq_vst3_instance_news(self, SQ_NEWS_STATE, 0, 0);
  pthread_mutex_unlock(&self->plugin->world->lock);
}
