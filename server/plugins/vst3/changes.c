// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/changes.h"

#include <stdlib.h>

#define SQ_VST3_QUEUES 1024 ///< parameters that may change in one block
#define SQ_VST3_POINTS 4096 ///< beside those of moving signals

// ---- one queue in ---------------------------------------------------------------------------------------------------

static SqVst3Result queue_query(void *self, const SqVst3Id id, void **object) {
  return sq_vst3_answer(self, id, sq_vst3_id_queue, object);
}

static uint32_t in_id(void *self) {
  return ((SqVst3InQueue *)self)->id;
}

static int32_t in_count(void *self) {
  return (int32_t)((SqVst3InQueue *)self)->n;
}

static SqVst3Result in_get(void *self, int32_t index, int32_t *offset, double *value) {
  SqVst3InQueue *q = self;
  if (index < 0 || (uint32_t)index >= q->n || !offset || !value)
    return SQ_VST3_BAD_ARGUMENT;
  if ((uint32_t)index < q->cursor_at || !q->cursor) {
    q->cursor = q->first;
    q->cursor_at = 0;
  }
  for (; q->cursor_at < (uint32_t)index; q->cursor_at++)
    q->cursor = q->in->points[q->cursor - 1].next;
  const SqVst3Point *point = &q->in->points[q->cursor - 1];
  *offset = point->offset;
  *value = point->value;
  return SQ_VST3_OK;
}

static SqVst3Result in_add(void *self, int32_t offset, double value, int32_t *index) {
  (void)self, (void)offset, (void)value, (void)index;
  return SQ_VST3_FALSE; // it is the host's to fill
}

static const SqVst3QueueTable in_queue_table = {queue_query, sq_vst3_retain, sq_vst3_release, in_id,
                                                in_count,    in_get,         in_add};

// ---- all in ---------------------------------------------------------------------------------------------------------

static SqVst3Result changes_query(void *self, const SqVst3Id id, void **object) {
  return sq_vst3_answer(self, id, sq_vst3_id_changes, object);
}

static int32_t changes_count(void *self) {
  return (int32_t)((SqVst3In *)self)->n_queues;
}

static void *changes_get(void *self, int32_t index) {
  SqVst3In *in = self;
  return index >= 0 && (uint32_t)index < in->n_queues ? &in->queues[index] : NULL;
}

static void *changes_add(void *self, const uint32_t *id, int32_t *index) {
  (void)self, (void)id, (void)index;
  return NULL;
}

static const SqVst3ChangesTable in_table = {changes_query, sq_vst3_retain, sq_vst3_release,
                                            changes_count, changes_get,    changes_add};

bool sq_vst3_in_init(SqVst3In *in, const SqVst3Plugin *plugin, uint32_t max_block) {
  *in = (SqVst3In){.object = {&in_table}};
  in->cap_queues = plugin->n_params < SQ_VST3_QUEUES ? plugin->n_params : SQ_VST3_QUEUES;
  in->cap_points = SQ_VST3_POINTS + plugin->n_signals * (max_block / SQ_GRID + 2);
  in->queues = calloc((size_t)in->cap_queues + 1, sizeof *in->queues);
  in->points = calloc(in->cap_points, sizeof *in->points);
  in->queue_of = calloc((size_t)plugin->n_params + 1, sizeof *in->queue_of);
  return in->queues && in->points && in->queue_of;
}

void sq_vst3_in_cleanup(SqVst3In *in) {
  free(in->queues);
  free(in->points);
  free(in->queue_of);
}

/// The queue of a parameter in this block, or NULL.
static SqVst3InQueue *need_queue(SqVst3In *in, const SqVst3Plugin *plugin, uint32_t param) {
  if (in->queue_of[param])
    return &in->queues[in->queue_of[param] - 1];
  if (in->n_queues == in->cap_queues)
    return NULL;
  SqVst3InQueue *q = &in->queues[in->n_queues++];
  in->queue_of[param] = in->n_queues;
  *q = (SqVst3InQueue){.object = {&in_queue_table}, .in = in, .id = plugin->params[param].id, .param = param};
  return q;
}

bool sq_vst3_in_add(SqVst3In *in, const SqVst3Plugin *plugin, uint32_t param, uint32_t offset, double value) {
  SqVst3InQueue *q = in->n_points < in->cap_points ? need_queue(in, plugin, param) : NULL;
  if (!q) {
    in->lost++;
    return false;
  }
  SqVst3Point *point = &in->points[in->n_points++];
  *point = (SqVst3Point){.value = value, .offset = (int32_t)offset};
  uint32_t *at = &q->first; // behind the last that is not later: nearly always the last of all
  if (q->last && in->points[q->last - 1].offset <= point->offset)
    at = &in->points[q->last - 1].next;
  while (*at && in->points[*at - 1].offset <= point->offset)
    at = &in->points[*at - 1].next;
  point->next = *at;
  *at = in->n_points;
  if (!point->next)
    q->last = in->n_points;
  q->n++;
  return true;
}

void sq_vst3_in_clear(SqVst3In *in) {
  for (uint32_t i = 0; i < in->n_queues; i++)
    in->queue_of[in->queues[i].param] = 0;
  in->n_queues = in->n_points = 0;
}

// ---- out ------------------------------------------------------------------------------------------------------------

static uint32_t out_id(void *self) {
  return ((SqVst3OutQueue *)self)->id;
}

static int32_t out_count(void *self) {
  return ((SqVst3OutQueue *)self)->n > 0;
}

static SqVst3Result out_get(void *self, int32_t index, int32_t *offset, double *value) {
  SqVst3OutQueue *q = self;
  if (index != 0 || q->n == 0 || !offset || !value)
    return SQ_VST3_BAD_ARGUMENT;
  *offset = q->offset;
  *value = q->value;
  return SQ_VST3_OK;
}

static SqVst3Result out_add(void *self, int32_t offset, double value, int32_t *index) {
  SqVst3OutQueue *q = self;
  if (q->n == 0 || offset >= q->offset) {
    q->value = value;
    q->offset = offset;
  }
  q->n = 1;
  if (index)
    *index = 0;
  return SQ_VST3_OK;
}

static const SqVst3QueueTable out_queue_table = {queue_query, sq_vst3_retain, sq_vst3_release, out_id,
                                                 out_count,   out_get,        out_add};

static int32_t all_out_count(void *self) {
  return (int32_t)((SqVst3Out *)self)->n_queues;
}

static void *all_out_get(void *self, int32_t index) {
  SqVst3Out *out = self;
  return index >= 0 && (uint32_t)index < out->n_queues ? &out->queues[index] : NULL;
}

static void *all_out_add(void *self, const uint32_t *id, int32_t *index) {
  SqVst3Out *out = self;
  uint32_t param = id ? sq_vst3_plugin_param(out->plugin, *id) : SQ_VST3_NONE;
  if (index)
    *index = 0;
  if (param == SQ_VST3_NONE)
    return &out->sink;
  out->said = true;
  if (!out->queue_of[param]) {
    if (out->n_queues == out->cap_queues)
      return &out->sink;
    out->queues[out->n_queues++] = (SqVst3OutQueue){.object = {&out_queue_table}, .id = *id, .param = param};
    out->queue_of[param] = out->n_queues;
  }
  if (index)
    *index = (int32_t)out->queue_of[param] - 1;
  return &out->queues[out->queue_of[param] - 1];
}

static const SqVst3ChangesTable out_table = {changes_query, sq_vst3_retain, sq_vst3_release,
                                             all_out_count, all_out_get,    all_out_add};

bool sq_vst3_out_init(SqVst3Out *out, const SqVst3Plugin *plugin) {
  *out = (SqVst3Out){.object = {&out_table}, .plugin = plugin, .sink = {.object = {&out_queue_table}}};
  out->cap_queues = plugin->n_params;
  out->queues = calloc((size_t)out->cap_queues + 1, sizeof *out->queues);
  out->queue_of = calloc((size_t)plugin->n_params + 1, sizeof *out->queue_of);
  return out->queues && out->queue_of;
}

void sq_vst3_out_cleanup(SqVst3Out *out) {
  free(out->queues);
  free(out->queue_of);
}

void sq_vst3_out_clear(SqVst3Out *out) {
  for (uint32_t i = 0; i < out->n_queues; i++)
    out->queues[i].n = 0;
  out->said = false;
}
