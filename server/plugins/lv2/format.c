// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/format.h"

#include <stdio.h>

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

const SqFormat sq_format_lv2 = {.prefix = "lv2",
                                .open = sq_lv2_world_open,
                                .close = sq_lv2_world_close,
                                .list = list,
                                .describe = sq_lv2_describe,
                                .state_values = sq_lv2_state_values};
