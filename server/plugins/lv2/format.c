// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/list.h"
#include "plugins/lv2/instance.h"

/// Visits one plug-in; false: stop.
static bool visit_one(const LilvPlugin *plugin, SqPluginVisit visit, void *context) {
  char id[1024];
  snprintf(id, sizeof id, "lv2:%s", lilv_node_as_uri(lilv_plugin_get_uri(plugin)));
  LilvNode *name = lilv_plugin_get_name(plugin);
  LilvNode *author = lilv_plugin_get_author_name(plugin);
  const LilvNode *label = lilv_plugin_class_get_label(lilv_plugin_get_class(plugin));
  SqPluginEntry entry = {id, name ? lilv_node_as_string(name) : id, label ? lilv_node_as_string(label) : "",
                         author ? lilv_node_as_string(author) : ""};
  bool more = visit(context, &entry);
  lilv_node_free(name);
  lilv_node_free(author);
  return more;
}

static SqStatus list(void *world, SqPluginVisit visit, void *context) {
  SqLv2World *w = world;
  pthread_mutex_lock(&w->lock);
  SqStatus status = sq_lv2_world_need(w);
  if (status == SQ_OK) {
    const LilvPlugins *plugins = lilv_world_get_all_plugins(w->lilv);
    LILV_FOREACH(plugins, i, plugins)
    if (!visit_one(lilv_plugins_get(plugins, i), visit, context))
      break;
  }
  pthread_mutex_unlock(&w->lock);
  return status;
}

/// Visits what the world holds of one bundle; returns how many those were.
static uint32_t visit_bundle(SqLv2World *w, const LilvNode *bundle, SqPluginVisit visit, void *context) {
  uint32_t n = 0;
  const LilvPlugins *plugins = lilv_world_get_all_plugins(w->lilv);
  LILV_FOREACH(plugins, i, plugins) {
    const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
    if (!lilv_node_equals(lilv_plugin_get_bundle_uri(plugin), bundle))
      continue;
    n++;
    if (!visit_one(plugin, visit, context))
      break;
  }
  return n;
}

/// Reads one bundle's manifest; its binaries are not run before an instance is made.
static SqStatus load(void *world, const char *path, SqPluginVisit visit, void *context, char *error,
                     size_t error_size) {
  SqLv2World *w = world;
  char folder[PATH_MAX], manifest[PATH_MAX + 16];
  if (!realpath(path, folder)) {
    snprintf(error, error_size, "cannot read %s: %s", path, strerror(errno));
    return SQ_NOT_FOUND;
  }
  snprintf(manifest, sizeof manifest, "%s/manifest.ttl", folder);
  if (access(manifest, R_OK) != 0) {
    snprintf(error, error_size, "%s is no LV2 bundle: it has no manifest.ttl that can be read", path);
    return SQ_UNSUPPORTED;
  }
  manifest[strlen(folder) + 1] = 0; // lilv's bundles end with '/'
  uint32_t n = 0;
  pthread_mutex_lock(&w->lock);
  SqStatus status = sq_lv2_world_need(w);
  if (status == SQ_OK) {
    LilvNode *bundle = lilv_new_file_uri(w->lilv, NULL, manifest);
    n = visit_bundle(w, bundle, visit, context);
    if (n == 0) {
      lilv_world_load_bundle(w->lilv, bundle);
      n = visit_bundle(w, bundle, visit, context);
    }
    lilv_node_free(bundle);
  }
  pthread_mutex_unlock(&w->lock);
  if (status == SQ_OK && n == 0) {
    snprintf(error, error_size, "%s holds no LV2 plug-in, or one that is installed in the same version", path);
    status = SQ_UNSUPPORTED;
  }
  return status;
}

const SqFormat sq_format_lv2 = {.prefix = "lv2",
                                .open = sq_lv2_world_open,
                                .close = sq_lv2_world_close,
                                .list = list,
                                .describe = sq_lv2_describe,
                                .load = load,
                                .state_values = sq_lv2_state_values};
