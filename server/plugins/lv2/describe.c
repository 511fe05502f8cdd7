// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/instance.h"

/// Features that plug-ins may require and get.
static const char *const offered[] = {LV2_URID__map,
                                      LV2_URID__unmap,
                                      LV2_OPTIONS__options,
                                      LV2_WORKER__schedule,
                                      LV2_BUF_SIZE__boundedBlockLength,
                                      LV2_LOG__log,
                                      LV2_STATE__makePath,
                                      LV2_STATE__mapPath,
                                      LV2_STATE__freePath,
                                      LV2_STATE__loadDefaultState,
                                      LV2_STATE__threadSafeRestore,
                                      LV2_CORE__hardRTCapable,
                                      LV2_CORE__isLive,
                                      LV2_CORE__inPlaceBroken};

const char *sq_lv2_plugin_keep(SqLv2Plugin *plugin, const char *text) {
  if (!text)
    return NULL;
  if (plugin->n_strings == plugin->cap_strings) {
    uint32_t cap = plugin->cap_strings ? plugin->cap_strings * 2 : 32;
    char **grown = realloc(plugin->strings, cap * sizeof *grown);
    if (!grown) {
      plugin->no_memory = true;
      return "";
    }
    plugin->strings = grown;
    plugin->cap_strings = cap;
  }
  char *copy = strdup(text);
  if (!copy) {
    plugin->no_memory = true;
    return "";
  }
  plugin->strings[plugin->n_strings++] = copy;
  return copy;
}

void sq_lv2_plugin_free(SqLv2Plugin *plugin) {
  if (!plugin)
    return;
  for (uint32_t i = 0; i < plugin->n_strings; i++)
    free(plugin->strings[i]);
  for (uint32_t i = 0; plugin->ports && i < plugin->n_ports; i++)
    free(plugin->ports[i].points);
  free(plugin->strings);
  free(plugin->ports);
  free(plugin->param_ports);
  free(plugin->atoms);
  free(plugin->triggers);
  free((void *)(uintptr_t)plugin->type.params);
  free(plugin);
}

/// Refuses a plug-in that requires what is not offered.
static SqStatus check_features(SqLv2Plugin *p, char *error, size_t error_size) {
  SqStatus status = SQ_OK;
  LilvNodes *required = lilv_plugin_get_required_features(p->lilv);
  LILV_FOREACH(nodes, i, required) {
    const char *uri = lilv_node_as_uri(lilv_nodes_get(required, i));
    bool found = false;
    for (size_t k = 0; uri && k < sizeof offered / sizeof offered[0]; k++)
      found |= strcmp(offered[k], uri) == 0;
    if (!found && status == SQ_OK) {
      snprintf(error, error_size, "'%s' requires the feature %s, which is not offered here", p->uri, uri ? uri : "?");
      status = SQ_UNSUPPORTED;
    }
  }
  lilv_nodes_free(required);
  return status;
}

/// The first value of `predicate` as a number, or 0.
static uint32_t number_of(SqLv2Plugin *p, const LilvNode *predicate) {
  LilvNodes *values = lilv_plugin_get_value(p->lilv, predicate);
  const LilvNode *first = values ? lilv_nodes_get_first(values) : NULL;
  int number = first && lilv_node_is_int(first) ? lilv_node_as_int(first) : 0;
  lilv_nodes_free(values);
  return number > 0 ? (uint32_t)number & 0xffff : 0;
}

static const char *keep_path(SqLv2Plugin *p, const LilvNode *uri) {
  char *path = uri ? lilv_file_uri_parse(lilv_node_as_uri(uri), NULL) : NULL;
  const char *kept = sq_lv2_plugin_keep(p, path ? path : "");
  lilv_free(path);
  return kept;
}

/// Name, author, category, paths.
static void read_texts(SqLv2Plugin *p, const char *uri) {
  char id[1024];
  snprintf(id, sizeof id, "lv2:%s", uri);
  p->uri = sq_lv2_plugin_keep(p, uri);
  p->type.id = sq_lv2_plugin_keep(p, id);
  LilvNode *name = lilv_plugin_get_name(p->lilv);
  p->type.name = sq_lv2_plugin_keep(p, name ? lilv_node_as_string(name) : uri);
  lilv_node_free(name);
  LilvNode *author = lilv_plugin_get_author_name(p->lilv);
  p->info.author = sq_lv2_plugin_keep(p, author ? lilv_node_as_string(author) : "");
  lilv_node_free(author);
  p->info.category =
      sq_lv2_plugin_keep(p, lilv_node_as_string(lilv_plugin_class_get_label(lilv_plugin_get_class(p->lilv))));
  LilvNodes *comments = lilv_plugin_get_value(p->lilv, p->world->nodes.comment);
  const LilvNode *comment = comments ? lilv_nodes_get_first(comments) : NULL;
  p->type.help = sq_lv2_plugin_keep(p, comment ? lilv_node_as_string(comment) : "");
  lilv_nodes_free(comments);
  p->bundle = keep_path(p, lilv_plugin_get_bundle_uri(p->lilv));
  p->info.module = p->bundle;
  p->info.path = keep_path(p, lilv_plugin_get_library_uri(p->lilv));
}

/// Fills the processor type once ports and parameters are known.
static void fill_type(SqLv2Plugin *p) {
  SqPluginInfo *info = &p->info;
  const LilvNode *class_uri = lilv_plugin_class_get_uri(lilv_plugin_get_class(p->lilv));
  bool instrument = class_uri && strcmp(lilv_node_as_uri(class_uri), LV2_CORE__InstrumentPlugin) == 0;
  p->generates = class_uri && (strcmp(lilv_node_as_uri(class_uri), LV2_CORE__GeneratorPlugin) == 0 ||
                               strcmp(lilv_node_as_uri(class_uri), LV2_CORE__OscillatorPlugin) == 0 ||
                               strcmp(lilv_node_as_uri(class_uri), LV2_CORE__ConstantPlugin) == 0);
  uint32_t flags = SQ_PROC_SEPARATE | SQ_PROC_SLOW | SQ_PROC_NEEDS_DSP_GUARD;
  if (info->n_out && (info->n_in == 0 || instrument))
    flags |= SQ_PROC_GENERATOR;
  if (info->n_in || info->n_out == 0)
    flags |= SQ_PROC_EFFECT;
  if (info->n_side)
    flags |= SQ_PROC_SIDECHAIN;
  if (info->midi_in)
    flags |= SQ_PROC_NOTES;
  p->type.flags = flags;
  p->type.min_channels = 1;
  p->type.max_channels = 0;
  p->type.data = p;
  sq_lv2_instance_fill_type(&p->type);
  info->type = &p->type;
}

static SqStatus build(SqLv2Plugin *p, const char *uri, char *error, size_t error_size) {
  SqLv2Nodes *n = &p->world->nodes;
  read_texts(p, uri);
  SqStatus status = check_features(p, error, error_size);
  if (status != SQ_OK)
    return status;
  char reason[256] = "";
  status = sq_lv2_ports_read(p, reason, sizeof reason);
  if (status == SQ_OK)
    status = sq_lv2_params_build(p);
  if (status == SQ_UNSUPPORTED)
    snprintf(error, error_size, "'%s' cannot be hosted: %s", uri, reason);
  if (status != SQ_OK)
    return status;
  p->version = number_of(p, n->minor_version) << 16 | number_of(p, n->micro_version);
  p->info.has_state = lilv_plugin_has_extension_data(p->lilv, n->state_interface);
  p->info.has_worker = lilv_plugin_has_extension_data(p->lilv, n->worker_interface);
  LilvNode *wants = lilv_new_uri(p->world->lilv, LV2_STATE__loadDefaultState);
  p->default_state = lilv_plugin_has_feature(p->lilv, wants);
  lilv_node_free(wants);
  fill_type(p);
  return p->no_memory ? SQ_LIMIT : SQ_OK;
}

/// Finds or builds. The lock is held.
static SqStatus need_plugin(SqLv2World *w, const char *uri, SqLv2Plugin **plugin, char *error, size_t error_size) {
  for (SqLv2Plugin *p = w->plugins; p; p = p->next)
    if (strcmp(p->uri, uri) == 0) {
      *plugin = p;
      return SQ_OK;
    }
  SqStatus status = sq_lv2_world_need(w);
  if (status != SQ_OK) {
    snprintf(error, error_size, "no memory for the LV2 world");
    return status;
  }
  const LilvPlugin *lilv = sq_lv2_world_plugin(w, uri);
  if (!lilv) {
    snprintf(error, error_size, "no LV2 plug-in '%s' is installed", uri);
    return SQ_NOT_FOUND;
  }
  SqLv2Plugin *p = calloc(1, sizeof *p);
  if (!p) {
    snprintf(error, error_size, "no memory to describe '%s'", uri);
    return SQ_LIMIT;
  }
  p->world = w;
  p->lilv = lilv;
  snprintf(error, error_size, "no memory to describe '%s'", uri);
  status = build(p, uri, error, error_size);
  if (status != SQ_OK) {
    sq_lv2_plugin_free(p);
    return status;
  }
  p->next = w->plugins;
  w->plugins = p;
  *plugin = p;
  return SQ_OK;
}

SqStatus sq_lv2_describe(void *world, const char *uri, const SqPluginInfo **info, char *error, size_t error_size) {
  SqLv2World *w = world;
  SqLv2Plugin *plugin = NULL;
  pthread_mutex_lock(&w->lock);
  SqStatus status = need_plugin(w, uri, &plugin, error, error_size);
  pthread_mutex_unlock(&w->lock);
  if (status == SQ_OK)
    *info = &plugin->info;
  return status;
}
