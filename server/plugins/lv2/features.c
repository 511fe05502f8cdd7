// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/features.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugins/lv2/instance.h"

#define SQ_LV2_NOMINAL 256 ///< frames: what convolvers tune themselves to when nobody says more

// ---- log ------------------------------------------------------------------------------------------------------------

/// Hands a line to the server's log. What a plug-in says within run() is dropped, for formatting and logging are not
/// for the audio thread; so is what threads of its own say meanwhile.
static int log_vprintf(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list args) {
  const SqLv2Instance *self = handle;
  const SqLv2Keys *keys = &self->plugin->world->keys;
  if (type == keys->log_trace ||
      (atomic_load(&self->in_run) && !pthread_equal(atomic_load(&self->outside), pthread_self())))
    return 0;
  char line[512];
  int n = snprintf(line, sizeof line, "%s: ", self->plugin->type.name);
  if (n < 0 || (size_t)n >= sizeof line)
    return 0;
  int wrote = vsnprintf(line + n, sizeof line - (size_t)n, format, args);
  for (size_t end = strlen(line); end > 0 && line[end - 1] == '\n'; end--)
    line[end - 1] = '\0';
  if (self->services && self->services->log)
    self->services->log(self->services->context, type == keys->log_error ? 3 : type == keys->log_warning ? 4 : 6, line);
  return wrote;
}

static int log_printf(LV2_Log_Handle handle, LV2_URID type, const char *format, ...) {
  va_list args;
  va_start(args, format);
  int wrote = log_vprintf(handle, type, format, args);
  va_end(args);
  return wrote;
}

// ---- paths ----------------------------------------------------------------------------------------------------------

/// A new file's path below the state folder, with the folders above it made.
static char *make_path(LV2_State_Make_Path_Handle handle, const char *path) {
  const SqLv2Features *f = handle;
  if (!f->state_dir || strstr(path, ".."))
    return NULL;
  size_t n = strlen(f->state_dir) + strlen(path) + 2;
  char *full = malloc(n);
  if (!full)
    return NULL;
  snprintf(full, n, "%s/%s", f->state_dir, path);
  for (char *c = full + strlen(f->state_dir); *c; c++) {
    if (*c != '/')
      continue;
    *c = '\0';
    int failed = mkdir(full, 0777) != 0 && errno != EEXIST;
    *c = '/';
    if (failed) {
      free(full);
      return NULL;
    }
  }
  return full;
}

/// Outside of save and restore (where lilv maps them) paths are what they are.
static char *same_path(LV2_State_Map_Path_Handle handle, const char *path) {
  (void)handle;
  return strdup(path);
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path) {
  (void)handle;
  free(path);
}

// ---- options --------------------------------------------------------------------------------------------------------

static const char *key_of(const SqProcSetup *setup, const char *key) {
  for (uint32_t i = 0; i < setup->n_keys; i++)
    if (strcmp(setup->keys[i], key) == 0)
      return setup->values[i];
  return NULL;
}

static LV2_Options_Option option(LV2_URID key, LV2_URID type, const void *value) {
  return (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0, key, 4, type, value};
}

SqStatus sq_lv2_features_init(SqLv2Instance *instance, const SqProcSetup *setup) {
  SqLv2Features *f = &instance->features;
  const SqLv2Keys *k = &instance->plugin->world->keys;
  const char *nominal = key_of(setup, "nominal_block"), *dir = key_of(setup, "state_dir");
  long wish = nominal ? strtol(nominal, NULL, 10) : 0;
  f->min_block = 1;
  f->max_block = (int32_t)setup->max_block;
  f->nominal_block = wish > 0 && wish <= f->max_block ? (int32_t)wish : SQ_LV2_NOMINAL;
  if (f->nominal_block > f->max_block)
    f->nominal_block = f->max_block;
  f->sequence_size = 65536;
  f->rate = (float)setup->rate;
  uint32_t n = 0;
  f->options[n++] = option(k->min_block, k->atom_int, &f->min_block);
  f->options[n++] = option(k->max_block, k->atom_int, &f->max_block);
  f->options[n++] = option(k->nominal_block, k->atom_int, &f->nominal_block);
  f->options[n++] = option(k->sequence_size, k->atom_int, &f->sequence_size);
  f->options[n++] = option(k->sample_rate, k->atom_float, &f->rate);
  f->options[n] = (LV2_Options_Option){LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL};
  f->log = (LV2_Log_Log){instance, log_printf, log_vprintf};
  f->make_path = (LV2_State_Make_Path){f, make_path};
  f->map_path = (LV2_State_Map_Path){f, same_path, same_path};
  f->free_path = (LV2_State_Free_Path){f, free_path};
  if (dir && !(f->state_dir = strdup(dir)))
    return SQ_LIMIT;
  return SQ_OK;
}

void sq_lv2_features_cleanup(SqLv2Features *features) {
  free(features->state_dir);
}

void sq_lv2_features_fill(SqLv2Unit *unit) {
  SqLv2UnitFeatures *u = &unit->features;
  SqLv2Features *f = &unit->instance->features;
  SqLv2Urids *urids = unit->instance->plugin->world->urids;
  const LV2_Feature all[SQ_LV2_N_FEATURES] = {{LV2_WORKER__schedule, &unit->worker.schedule},
                                              {LV2_URID__map, sq_lv2_urids_map_feature(urids)},
                                              {LV2_URID__unmap, sq_lv2_urids_unmap_feature(urids)},
                                              {LV2_OPTIONS__options, f->options},
                                              {LV2_BUF_SIZE__boundedBlockLength, NULL},
                                              {LV2_LOG__log, &f->log},
                                              {LV2_STATE__loadDefaultState, NULL},
                                              {LV2_STATE__threadSafeRestore, NULL},
                                              {LV2_CORE__isLive, NULL},
                                              {LV2_STATE__makePath, &f->make_path},
                                              {LV2_STATE__freePath, &f->free_path},
                                              {LV2_STATE__mapPath, &f->map_path}};
  u->schedule_now = (LV2_Feature){LV2_WORKER__schedule, &unit->worker.schedule_now};
  for (uint32_t i = 0; i < SQ_LV2_N_FEATURES; i++) {
    u->items[i] = all[i];
    u->run[i] = &u->items[i];
    u->restore[i] = i == 0 ? &u->schedule_now : &u->items[i];
  }
  u->run[SQ_LV2_N_FEATURES] = NULL;
  u->restore[SQ_LV2_N_FEATURES - 3] = NULL; // lilv adds paths of its own, which ours must not hide
}
