// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a VST3 plug-in can do beside sound: texts, values, programs.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plugins/text.h"
#include "plugins/vst3/instance.h"

static const SqVst3Param *param_at(const SqVst3Instance *self, uint32_t index) {
  const SqVst3Plugin *p = self->plugin;
  return index < p->type.n_params ? &p->params[p->shown[index]] : NULL;
}

// ---- texts ----------------------------------------------------------------------------------------------------------

/// Adds the unit where the plug-in's text lacks it.
static void add_unit(char *text, size_t size, const char *unit) {
  size_t n = strlen(text), m = unit ? strlen(unit) : 0;
  if (m && !(n >= m && strcasecmp(text + n - m, unit) == 0))
    snprintf(text + n, size - n, " %s", unit);
}

static SqStatus value_text(void *instance, uint32_t index, double value, char *text, size_t size) {
  SqVst3Instance *self = instance;
  const SqVst3Param *param = param_at(self, index);
  SqVst3Controller *c = self->units[0].controller;
  if (!param || !c || size == 0)
    return SQ_BAD_ARGS;
  SqVst3String wide = {0};
  pthread_mutex_lock(&self->plugin->world->lock);
  SqVst3Result result = c->table->text_of(c, param->id, sq_vst3_param_to_normal(param, value), wide);
  pthread_mutex_unlock(&self->plugin->world->lock);
  if (result != SQ_VST3_OK || !sq_vst3_text(text, size, wide, 128))
    return SQ_UNSUPPORTED;
  if (!self->plugin->type.params[index].choices)
    add_unit(text, size, self->plugin->type.params[index].unit);
  return SQ_OK;
}

/// The number of the choice that a text is, or -1.
static int choice_of(const char *choices, const char *text) {
  size_t n = strlen(text);
  for (int i = 0; choices; i++) {
    size_t m = strcspn(choices, "|");
    if (m == n && strncasecmp(choices, text, n) == 0)
      return i;
    choices = choices[m] ? choices + m + 1 : NULL;
  }
  return -1;
}

/// The text without the unit at its end.
static void without_unit(char *to, size_t size, const char *text, const char *unit) {
  snprintf(to, size, "%s", text);
  size_t n = strlen(to), m = unit ? strlen(unit) : 0;
  if (m && n > m && strcasecmp(to + n - m, unit) == 0)
    n -= m;
  while (n && to[n - 1] == ' ')
    n--;
  to[n] = '\0';
}

static SqStatus text_value(void *instance, uint32_t index, const char *text, double *value) {
  SqVst3Instance *self = instance;
  const SqVst3Param *param = param_at(self, index);
  SqVst3Controller *c = self->units[0].controller;
  if (!param || !c)
    return SQ_BAD_ARGS;
  const SqParamInfo *info = &self->plugin->type.params[index];
  int choice = choice_of(info->choices, text);
  if (choice >= 0) {
    *value = choice;
    return SQ_OK;
  }
  char bare[SQ_VST3_UTF8];
  SqVst3String wide;
  double normal = 0;
  without_unit(bare, sizeof bare, text, info->unit);
  sq_vst3_text_to_utf16(wide, 128, bare);
  pthread_mutex_lock(&self->plugin->world->lock);
  SqVst3Result result = c->table->value_of(c, param->id, wide, &normal);
  pthread_mutex_unlock(&self->plugin->world->lock);
  if (result != SQ_VST3_OK || !(normal >= 0 && normal <= 1))
    return SQ_BAD_ARGS;
  *value = sq_vst3_param_to_plain(param, normal);
  return SQ_OK;
}

static double value_now(void *instance, uint32_t index) {
  SqVst3Instance *self = instance;
  const SqVst3Param *param = param_at(self, index);
  return param ? sq_vst3_param_to_plain(param, sq_vst3_now(self, self->plugin->shown[index])) : 0;
}

static void editor_value(void *instance, uint32_t index, double value) {
  SqVst3Instance *self = instance;
  const SqVst3Param *param = param_at(self, index);
  SqVst3Controller *c = self->units[0].controller;
  if (!param || !c)
    return;
  pthread_mutex_lock(&self->plugin->world->lock);
  c->table->set(c, param->id, sq_vst3_param_to_normal(param, value));
  pthread_mutex_unlock(&self->plugin->world->lock);
}

// ---- programs -------------------------------------------------------------------------------------------------------

static uint32_t n_presets(void *instance) {
  SqVst3Instance *self = instance;
  return self->plugin->n_programs;
}

/// 0..1 of a program.
static double program_value(const SqVst3Plugin *p, uint32_t index) {
  return p->n_programs > 1 ? (double)index / (p->n_programs - 1) : 0;
}

static bool read_name(const SqVst3Instance *self, uint32_t index, SqVst3String wide) {
  const SqVst3Plugin *p = self->plugin;
  SqVst3Controller *c = self->units[0].controller;
  SqVst3Units *units = p->program_list >= 0 ? sq_vst3_query(c, sq_vst3_id_units) : NULL;
  bool well = units && units->table->program_name(units, p->program_list, (int32_t)index, wide) == SQ_VST3_OK;
  sq_vst3_drop(units);
  return well || (c && c->table->text_of(c, p->params[p->program].id, program_value(p, index), wide) == SQ_VST3_OK);
}

static SqStatus preset_name(void *instance, uint32_t index, char *name, size_t size) {
  SqVst3Instance *self = instance;
  if (index >= self->plugin->n_programs || size == 0)
    return SQ_NOT_FOUND;
  SqVst3String wide = {0};
  pthread_mutex_lock(&self->plugin->world->lock);
  bool well = read_name(self, index, wide);
  pthread_mutex_unlock(&self->plugin->world->lock);
  if (!well || !sq_vst3_text(name, size, wide, 128))
    snprintf(name, size, "Program %u", index + 1);
  return SQ_OK;
}

static SqStatus preset_load(void *instance, uint32_t index) {
  SqVst3Instance *self = instance;
  const SqVst3Plugin *p = self->plugin;
  SqVst3Controller *c = self->units[0].controller;
  if (index >= p->n_programs || !c)
    return SQ_NOT_FOUND;
  double value = program_value(p, index);
  pthread_mutex_lock(&p->world->lock);
  sq_vst3_instance_refresh(self);
  for (uint32_t u = 0; u < self->n_units; u++)
    if (self->units[u].controller)
      self->units[u].controller->table->set(self->units[u].controller, p->params[p->program].id, value);
  sq_vst3_set_now(self, p->program, value);
  sq_vst3_in_add(&self->changes_in, p, p->program, 0, value);
  sq_vst3_instance_flush(self);
  sq_vst3_instance_refresh(self); // what the processor told of its values has been told to the controller first
  for (uint32_t k = 0; k < self->n_signals; k++)
    self->foreign[k] = true;
  pthread_mutex_unlock(&p->world->lock);
  return SQ_OK;
}

const SqPluginOps sq_vst3_ops = {.value_text = value_text,
                                 .text_value = text_value,
                                 .value = value_now,
                                 .n_presets = n_presets,
                                 .preset_name = preset_name,
                                 .preset_load = preset_load,
                                 .restore = sq_vst3_state_restore,
                                 .idle = sq_vst3_instance_idle,
                                 .editor_size = sq_vst3_editor_size,
                                 .editor_open = sq_vst3_editor_open,
                                 .editor_close = sq_vst3_editor_close,
                                 .editor_value = editor_value};
