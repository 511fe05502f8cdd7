// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/world.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/lv2/describe.h"

SqStatus sq_lv2_world_open(const SqFormatConfig *config, void **world) {
  SqLv2World *w = calloc(1, sizeof *w);
  if (!w)
    return SQ_LIMIT;
  w->urids = sq_lv2_urids_new();
  if (!w->urids) {
    free(w);
    return SQ_LIMIT;
  }
  w->rate_hz = config && config->rate_hz > 0 ? config->rate_hz : 48000;
  w->bare = config && config->bare;
  pthread_mutex_init(&w->lock, NULL);
  pthread_mutex_init(&w->life, NULL);
#define SQ_LV2_KEY_MAP(name, uri) w->keys.name = sq_lv2_urids_map(w->urids, uri);
  SQ_LV2_KEYS(SQ_LV2_KEY_MAP)
#undef SQ_LV2_KEY_MAP
  *world = w;
  return SQ_OK;
}

void sq_lv2_world_close(void *world) {
  SqLv2World *w = world;
  while (w->plugins) {
    SqLv2Plugin *next = w->plugins->next;
    sq_lv2_plugin_free(w->plugins);
    w->plugins = next;
  }
#define SQ_LV2_NODE_FREE(name, uri) lilv_node_free(w->nodes.name);
  SQ_LV2_NODES(SQ_LV2_NODE_FREE)
#undef SQ_LV2_NODE_FREE
  lilv_world_free(w->lilv);
  sq_lv2_urids_free(w->urids);
  pthread_mutex_destroy(&w->lock);
  pthread_mutex_destroy(&w->life);
  free(w);
}

SqStatus sq_lv2_world_need(SqLv2World *world) {
  if (world->lilv)
    return SQ_OK;
  world->lilv = lilv_world_new();
  if (!world->lilv)
    return SQ_LIMIT;
#define SQ_LV2_NODE_NEW(name, uri) world->nodes.name = lilv_new_uri(world->lilv, uri);
  SQ_LV2_NODES(SQ_LV2_NODE_NEW)
#undef SQ_LV2_NODE_NEW
  if (!world->bare)
    lilv_world_load_all(world->lilv);
  return SQ_OK;
}

const LilvPlugin *sq_lv2_world_plugin(SqLv2World *world, const char *uri) {
  LilvNode *node = strchr(uri, ':') ? lilv_new_uri(world->lilv, uri) : NULL; // it complains of what is not a URI
  if (!node)
    return NULL;
  const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world->lilv), node);
  lilv_node_free(node);
  return plugin;
}
