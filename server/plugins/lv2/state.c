// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The state of a hosted LV2 plug-in as text: its properties and control ports, in the Turtle that presets use.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/instance.h"

#define SQ_LV2_STATE_URI "urn:squeezed:state" ///< the subject; any will do

// ---- values of ports ------------------------------------------------------------------------------------------------

static uint32_t port_by_symbol(const SqLv2Plugin *p, const char *symbol) {
  for (uint32_t i = 0; i < p->n_ports; i++)
    if (strcmp(p->ports[i].symbol, symbol) == 0)
      return i;
  return SQ_LV2_NONE;
}

/// An atom's number; false: it is none.
static bool number_of(const SqLv2Keys *k, const void *value, uint32_t size, uint32_t type, float *number) {
  if (type == k->atom_float && size == 4) {
    memcpy(number, value, 4);
  } else if ((type == k->atom_int || type == k->atom_bool) && size == 4) {
    int32_t i;
    memcpy(&i, value, 4);
    *number = (float)i;
  } else if (type == k->atom_double && size == 8) {
    double d;
    memcpy(&d, value, 8);
    *number = (float)d;
  } else if (type == k->atom_long && size == 8) {
    int64_t l;
    memcpy(&l, value, 8);
    *number = (float)l;
  } else {
    return false;
  }
  return *number == *number;
}

/// lilv asks for a port's value, and copies it before it asks for the next.
static const void *get_port(const char *symbol, void *context, uint32_t *size, uint32_t *type) {
  SqLv2Instance *self = context;
  uint32_t i = port_by_symbol(self->plugin, symbol);
  bool is_param =
      i != SQ_LV2_NONE && self->plugin->ports[i].kind == SQ_LV2_CONTROL && self->plugin->ports[i].role == SQ_LV2_PARAM;
  *size = is_param ? sizeof(float) : 0;
  *type = is_param ? self->plugin->world->keys.atom_float : 0;
  if (is_param)
    self->asked = sq_lv2_instance_get(self, i);
  return is_param ? &self->asked : NULL;
}

/// lilv gives a port's value.
static void set_port(const char *symbol, void *context, const void *value, uint32_t size, uint32_t type) {
  SqLv2Instance *self = context;
  uint32_t i = port_by_symbol(self->plugin, symbol);
  float number;
  if (i != SQ_LV2_NONE && self->plugin->ports[i].role == SQ_LV2_PARAM && self->plugin->ports[i].input &&
      self->plugin->ports[i].kind == SQ_LV2_CONTROL &&
      number_of(&self->plugin->world->keys, value, size, type, &number))
    self->controls[i] = number;
}

// ---- restore --------------------------------------------------------------------------------------------------------

/// Parses a blob's text. NULL: it is not a state of this plug-in. The lock is held.
static LilvState *parse(const SqLv2Plugin *p, const SqBlob *blob) {
  if (strcmp(blob->format, "lv2") != 0 || !blob->data || !blob->size)
    return NULL;
  char *text = malloc(blob->size + 1);
  if (!text)
    return NULL;
  memcpy(text, blob->data, blob->size);
  text[blob->size] = '\0';
  LilvState *state = lilv_state_new_from_string(p->world->lilv, sq_lv2_urids_map_feature(p->world->urids), text);
  free(text);
  const LilvNode *uri = state ? lilv_state_get_plugin_uri(state) : NULL;
  if (state && (!uri || strcmp(lilv_node_as_string(uri), p->uri) != 0)) {
    lilv_state_free(state);
    state = NULL;
  }
  return state;
}

/// Gives a state to all copies; work that it asks for is done before this returns.
static void apply(SqLv2Instance *self, const LilvState *state) {
  for (uint32_t u = 0; u < self->width.n_units; u++) {
    SqLv2Unit *unit = &self->units[u];
    lilv_state_restore(state, &unit->lilv, u == 0 ? set_port : NULL, self, 0, unit->features.restore);
    if (unit->worker.interface)
      sq_lv2_worker_respond(unit);
  }
}

SqStatus sq_lv2_state_restore(SqLv2Instance *self, const SqProcSetup *setup) {
  const SqLv2Plugin *p = self->plugin;
  LilvState *state = NULL;
  SqStatus status = SQ_OK;
  pthread_mutex_lock(&p->world->lock);
  if (!setup->state && (p->default_state || p->info.has_state)) {
    state = lilv_state_new_from_world(p->world->lilv, sq_lv2_urids_map_feature(p->world->urids),
                                      lilv_plugin_get_uri(p->lilv));
  } else if (setup->state) {
    state = parse(p, setup->state);
    if (!state) {
      snprintf(setup->error, setup->error_size, "the saved state is not one of '%s'", p->type.name);
      status = SQ_BAD_ARGS;
    }
  }
  if (state)
    apply(self, state);
  lilv_state_free(state);
  pthread_mutex_unlock(&p->world->lock);
  return status;
}

// ---- save -----------------------------------------------------------------------------------------------------------

SqStatus sq_lv2_state_save(void *instance, SqBlob *blob) {
  SqLv2Instance *self = instance;
  const SqLv2Plugin *p = self->plugin;
  SqLv2World *w = p->world;
  LV2_URID_Map *map = sq_lv2_urids_map_feature(w->urids);
  const char *dir = self->features.state_dir;
  char *text = NULL;
  pthread_mutex_lock(&w->lock);
  pthread_mutex_lock(&self->work_lock); // what is saved is not being worked on
  LilvState *state =
      lilv_state_new_from_instance(p->lilv, &self->units[0].lilv, map, dir, dir, NULL, NULL, get_port, self,
                                   LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, self->units[0].features.restore);
  atomic_store(&self->outside, 0);
  pthread_mutex_unlock(&self->work_lock);
  if (state)
    text = lilv_state_to_string(w->lilv, map, sq_lv2_urids_unmap_feature(w->urids), state, SQ_LV2_STATE_URI, NULL);
  lilv_state_free(state);
  pthread_mutex_unlock(&w->lock);
  if (!text)
    return SQ_PLUGIN;
  memset(blob, 0, sizeof *blob);
  snprintf(blob->format, sizeof blob->format, "lv2");
  snprintf(blob->id, sizeof blob->id, "%s", p->uri);
  blob->version = p->version;
  blob->data = text;
  blob->size = strlen(text);
  return SQ_OK;
}

// ---- parameters of a state ------------------------------------------------------------------------------------------

typedef struct {
  const SqLv2Plugin *plugin;
  double *values;
} SqLv2Values;

static void take_value(const char *symbol, void *context, const void *value, uint32_t size, uint32_t type) {
  SqLv2Values *v = context;
  uint32_t i = port_by_symbol(v->plugin, symbol);
  float number;
  if (i != SQ_LV2_NONE && v->plugin->ports[i].param != SQ_LV2_NONE && v->plugin->ports[i].input &&
      number_of(&v->plugin->world->keys, value, size, type, &number))
    v->values[v->plugin->ports[i].param] = sq_lv2_param_from_port(&v->plugin->ports[i], number);
}

SqStatus sq_lv2_state_values(void *world, const SqPluginInfo *info, const SqBlob *state, double *values) {
  SqLv2World *w = world;
  SqLv2Values v = {sq_lv2_plugin_of(info->type), values};
  pthread_mutex_lock(&w->lock);
  LilvState *parsed = parse(v.plugin, state);
  if (parsed)
    lilv_state_emit_port_values(parsed, take_value, &v);
  lilv_state_free(parsed);
  pthread_mutex_unlock(&w->lock);
  return parsed ? SQ_OK : SQ_BAD_ARGS;
}
