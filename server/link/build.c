// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Making instances: built-ins at once, plug-ins on a job thread while the object is `building`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "link/internal.h"
#include "link/text.h"
#include "processors/list.h"

/// What a job needs of the document, copied, and what it brings back.
typedef struct Build {
  SqLink *link;
  SqHandle handle; ///< 0: built ahead of its time, nobody's yet
  uint64_t key;    ///< of what is built ahead
  int32_t job;
  bool over; ///< built ahead, and done
  SqStatus status;
  SqProc *node;
  bool generator;
  SqHandle strip;
  uint32_t n_channels;
  const SqProcessorType *type;
  void *instance;
  double *params;
  char error[512];
} Build;

static void ahead_done(SqLink *link, Build *build, SqStatus status);

const SqProcessorType *sq_link_builtin(const char *id) {
  return sq_processor_find(id);
}

const SqProcessorType *sq_link_builtin_at(uint32_t index) {
  return sq_processor_at(index);
}

/// The state of the document's processor, borrowed.
static SqBlob blob_of(const Build *build) {
  const SqShared *state = build->node->state;
  SqBlob blob = {.version = state->version, .data = (void *)(uintptr_t)state->data, .size = state->size};
  memcpy(blob.format, state->format, sizeof blob.format);
  snprintf(blob.id, sizeof blob.id, "%s", build->type->id);
  return blob;
}

static SqStatus create(Build *build) {
  const SqProc *node = build->node;
  const SqProcessorType *type = build->type;
  const char **keys = sq_alloc(node->n_keys + 3, sizeof *keys), **values = sq_alloc(node->n_keys + 3, sizeof *values);
  const bool state_wins = node->state && node->n_params == 0;
  char strip[16];
  snprintf(strip, sizeof strip, "%d", build->strip);
  keys[0] = "strip";
  values[0] = strip;
  keys[1] = "isolate"; // what the node says itself comes later, and wins
  values[1] = build->link->config.isolate ? build->link->config.isolate : "none";
  for (uint32_t i = 0; i < node->n_keys; i++) {
    keys[i + 3] = node->keys[i].key;
    values[i + 3] = node->keys[i].value;
  }
  keys[2] = "state_wins";
  values[2] = state_wins ? "1" : "0";
  SqBlob blob; // told of where there is a state
  if (node->state)
    blob = blob_of(build);
  const SqProcSetup setup = {.rate = build->link->config.rate,
                             .max_block = SQ_MAX_BLOCK,
                             .n_in = build->generator ? 0 : build->n_channels,
                             .n_out = build->n_channels,
                             .n_side = type->flags & SQ_PROC_SIDECHAIN ? build->n_channels : 0,
                             .params = build->params,
                             .state = node->state ? &blob : NULL,
                             .keys = keys,
                             .values = values,
                             .n_keys = node->n_keys + 3,
                             .services = build->link->services,
                             .error = build->error,
                             .error_size = sizeof build->error};
  const SqStatus status = type->create(type, &setup, &build->instance);
  for (uint32_t i = 0; status == SQ_OK && state_wins && sq_hosts_owns(type) && i < type->n_params; i++)
    if (!type->params[i].output)
      build->params[i] = type->plugin->value(build->instance, i);
  free(keys);
  free(values);
  return status;
}

/// The values it starts with: the type's own, the state's, the document's, what was wished for by symbol.
static SqStatus starting_values(Build *build) {
  const SqProcessorType *type = build->type;
  build->params = sq_alloc(type->n_params, sizeof *build->params);
  for (uint32_t i = 0; i < type->n_params; i++)
    build->params[i] = type->params[i].def;
  if (build->node->state) {
    const SqBlob blob = blob_of(build); // when it is none of the type's, create() says so
    if (!sq_hosts_owns(type))           // a host reads it itself
      sq_catalog_state_values(build->link->config.catalog, type, &blob, build->params);
  }
  if (build->node->n_params == type->n_params && type->n_params)
    memcpy(build->params, build->node->params, type->n_params * sizeof *build->params);
  for (uint32_t i = 0; i < build->node->n_wishes; i++) {
    const SqKey *wish = &build->node->wishes[i];
    const uint32_t p = sq_link_param_index(type, wish->key);
    if (p == UINT32_MAX) {
      snprintf(build->error, sizeof build->error, "%s has no parameter '%s'; see its /param/ list", type->id,
               wish->key);
      return SQ_BAD_ARGS;
    }
    if (!sq_link_param_parse(&type->params[p], wish->value, &build->params[p])) {
      snprintf(build->error, sizeof build->error, "parameter '%s' of %s cannot be '%s'", wish->key, type->id,
               wish->value);
      return SQ_BAD_ARGS;
    }
  }
  return SQ_OK;
}

/// Where it is to run: the setting of the processor, else that of the configuration.
static const char *isolation(const Build *build) {
  for (uint32_t i = 0; i < build->node->n_keys; i++)
    if (strcmp(build->node->keys[i].key, "isolate") == 0)
      return build->node->keys[i].value;
  return build->link->config.isolate ? build->link->config.isolate : "none";
}

static SqStatus find_plugin(Build *build) {
  const SqLinkConfig *config = &build->link->config;
  const SqPluginInfo *info = NULL;
  const SqStatus status = sq_catalog_info(config->catalog, build->node->type, &info, build->error, sizeof build->error);
  if (status != SQ_OK)
    return status;
  if (config->hosts && strcmp(isolation(build), "none") != 0) {
    build->type = sq_hosts_type(config->hosts, info);
    return SQ_OK;
  }
  const SqStatus loaded = sq_catalog_local(config->catalog, info, &info, build->error, sizeof build->error);
  build->type = loaded == SQ_OK ? info->type : NULL;
  return loaded;
}

static SqStatus run(SqJob *job, void *context) {
  Build *build = context;
  SqStatus status = SQ_OK;
  if (!build->type)
    status = find_plugin(build);
  if (status != SQ_OK)
    return status;
  const uint32_t role = build->generator ? SQ_PROC_GENERATOR : SQ_PROC_EFFECT;
  if (!(build->type->flags & role)) {
    snprintf(build->error, sizeof build->error, "%s is not %s", build->type->id,
             build->generator ? "a generator; put it into a chain with …/chain/add"
                              : "an effect; make a source of it with /source/add");
    return SQ_UNSUPPORTED;
  }
  status = starting_values(build);
  return status == SQ_OK ? create(build) : status;
}

/// The object that messages name: parameters of class `signal` become moving values.
static void attach(SqLink *link, SqLinkProc *proc, Build *build, bool bypass) {
  const SqProcessorType *type = build->type;
  SqRtProc *rt = sq_alloc_audio(1, sizeof *rt);
  const uint32_t n_signals = sq_proc_count_signals(type);
  if (!rt)
    abort();
  rt->object.kind = SQ_RT_PROC;
  rt->object.coast = proc->generator ? proc->strip->rt->coast : NULL;
  rt->type = type;
  rt->instance = build->instance;
  rt->n_in = proc->generator ? 0 : build->n_channels;
  rt->n_out = build->n_channels;
  rt->n_side = type->flags & SQ_PROC_SIDECHAIN ? build->n_channels : 0;
  rt->n_signals = n_signals;
  rt->signals = sq_alloc(n_signals, sizeof *rt->signals);
  rt->views = sq_alloc(n_signals, sizeof *rt->views);
  rt->signal_index = sq_alloc(type->n_params, sizeof *rt->signal_index);
  rt->outputs = sq_alloc(type->n_params, sizeof *rt->outputs);
  for (uint32_t i = 0, k = 0; i < type->n_params; i++) {
    const bool signal = type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output;
    rt->shows |= type->params[i].output && type->output_value;
    rt->signal_index[i] = signal ? k : UINT32_MAX;
    if (signal)
      sq_rt_signal_init(&rt->signals[k++], (float)build->params[i]);
  }
  if (type->begin && rt->n_in) {
    proc->dry = sq_link_aux_new(rt->n_in);
    rt->dry = proc->dry->x;
  }
  proc->type = type;
  proc->instance = build->instance;
  proc->rt = rt;
  proc->state = SQ_LINK_READY;
  const bool playing = !proc->strip->fresh;
  sq_rt_signal_init(&rt->feed, 1.0F);
  rt->wanted = bypass || playing ? 0.0F : 1.0F;
  sq_rt_signal_init(&rt->wet, rt->wanted);
  sq_link_slot_take(link, &rt->object);
  link->proc_of_slot[rt->object.slot] = proc;
  if (playing && !bypass && !proc->generator)
    sq_link_post_set(link, &rt->object, SQ_PROC_WET, 1.0, link->smoothing_frames, SQ_CURVE_SMOOTH, false);
  proc->strip->dirty = true;
  link->plan_dirty = true;
}

static void fail(SqLinkProc *proc, const char *why) {
  proc->state = SQ_LINK_FAILED;
  free(proc->error);
  proc->error = sq_text_copy(why[0] ? why : "it could not be made");
}

static void build_free(Build *build) {
  sq_proc_free(build->node);
  free(build->params);
  free(build);
}

/// A plug-in's parameters are known only now: the document learns them.
static void learn(SqLink *link, SqLinkProc *proc, const Build *build) {
  const SqStrip *strip = sq_doc_strip(link->doc, proc->strip->handle);
  const SqProc *node = strip ? sq_strip_proc(strip, proc->handle) : NULL;
  if (!node || node->n_params)
    return;
  SqStrip *after = sq_strip_copy(strip);
  SqProc *to = sq_strip_proc(after, proc->handle);
  to->n_params = build->type->n_params;
  to->params = sq_alloc(to->n_params, sizeof *to->params);
  memcpy(to->params, build->params, to->n_params * sizeof *to->params);
  sq_proc_clear_wishes(to);
  SqEdits edits;
  sq_edits_init(&edits, link->doc);
  sq_edits_put(&edits, after);
  sq_edits_cleanup(&edits);
}

static void done(void *context, int32_t id, SqStatus status) {
  Build *build = context;
  SqLink *link = build->link;
  if (build->key && !build->handle) {
    ahead_done(link, build, status);
    return;
  }
  SqLinkProc *proc = sq_link_find_proc(link, build->handle);
  if (!proc || proc->job != id) { // it was removed while it was made
    if (status == SQ_OK)
      sq_link_free_instance(link, build->type, build->instance);
    build_free(build);
    return;
  }
  proc->job = 0;
  SqNotice notice = {.object = build->handle};
  if (status == SQ_OK) {
    const SqStrip *strip = sq_doc_strip(link->doc, proc->strip->handle);
    const SqProc *node = strip ? sq_strip_proc(strip, proc->handle) : NULL;
    const bool bypass = node && node->bypass; // learning puts another node in its place
    learn(link, proc, build);
    sq_link_begin(link, 0, true);
    attach(link, proc, build, bypass);
    sq_link_compile(link);
    sq_link_flush(link);
    notice.kind = SQ_NOTICE_READY;
  } else {
    fail(proc, build->error);
    notice.kind = SQ_NOTICE_FAILED;
    notice.text = proc->error;
    notice.index = (uint32_t)status;
  }
  build_free(build);
  link->config.notice(link->config.context, &notice);
}

static Build *build_new(SqLink *link, const SqProc *node, bool generator, SqHandle strip, uint32_t n_channels) {
  Build *build = sq_alloc(1, sizeof *build);
  build->link = link;
  build->node = sq_proc_copy(node);
  build->generator = generator;
  build->strip = strip;
  build->n_channels = n_channels;
  build->type = sq_processor_find(node->type);
  return build;
}

static int32_t start(SqLink *link, Build *build) {
  if (link->config.state_dir)
    sq_proc_set_key(build->node, "state_dir", link->config.state_dir);
  build->job =
      sq_jobs_add(link->config.jobs, &(SqJobSpec){.name = "load plug-in", .context = build, .run = run, .done = done});
  return build->job;
}

// ---- ahead of its time ----------------------------------------------------------------------------------------------

static bool takes_time(const SqProc *node) {
  const SqProcessorType *type = sq_processor_find(node->type);
  return !type || type->flags & SQ_PROC_SLOW;
}

static void build_drop(Build *build) {
  if (build->over && build->status == SQ_OK)
    sq_link_free_instance(build->link, build->type, build->instance);
  build_free(build);
}

static void ahead_done(SqLink *link, Build *build, SqStatus status) {
  const uint64_t key = build->key;
  build->over = true;
  build->status = status;
  bool wanted = false;
  for (uint32_t i = 0; i < link->n_prepared; i++)
    wanted |= link->prepared[i] == build;
  if (!wanted) // dropped while it was built
    build_drop(build);
  else if (sq_link_prepared(link, key))
    link->config.notice(link->config.context, &(SqNotice){.kind = SQ_NOTICE_PREPARED, .frame = key});
}

static bool is_new(const SqLink *link, const SqProc *node, uint32_t since) {
  for (uint32_t i = since; i < link->n_prepared; i++)
    if (link->prepared[i]->node->handle == node->handle)
      return false;
  return !sq_link_find_proc(link, node->handle);
}

uint32_t sq_link_prepare(SqLink *link, uint64_t key, const SqEdits *edits, SqHandle first) {
  const uint32_t since = link->n_prepared;
  for (uint32_t e = 0; e < edits->n; e++) {
    const SqEdit *edit = &edits->items[e]; // what came of all of them counts, not each step
    const SqStrip *strip = edit->kind == SQ_EDIT_STRIP ? sq_doc_strip(link->doc, edit->ref.object) : NULL;
    for (uint32_t i = 0; strip && i <= strip->n_chain; i++) {
      const SqProc *node = i < strip->n_chain ? strip->chain[i] : strip->generator;
      if (!node || node->handle < first || !takes_time(node) || !is_new(link, node, since))
        continue;
      link->prepared = sq_realloc(link->prepared, link->n_prepared + 1, sizeof(Build *));
      Build *build = build_new(link, node, node == strip->generator, strip->handle, strip->n_channels);
      build->key = key;
      link->prepared[link->n_prepared++] = build;
      start(link, build);
    }
  }
  return link->n_prepared - since;
}

bool sq_link_prepared(const SqLink *link, uint64_t key) {
  for (uint32_t i = 0; i < link->n_prepared; i++)
    if (key && link->prepared[i]->key == key && !link->prepared[i]->over)
      return false;
  return true;
}

uint64_t sq_link_prepared_at(const SqLink *link, uint32_t i) {
  return link->prepared[i]->key;
}

void sq_link_use_prepared(SqLink *link, uint64_t key) {
  link->prepared_key = key;
}

static void forget(SqLink *link, uint32_t i) {
  link->n_prepared--;
  memmove(link->prepared + i, link->prepared + i + 1, (link->n_prepared - i) * sizeof(Build *));
}

void sq_link_drop_prepared(SqLink *link, uint64_t key) {
  for (uint32_t i = 0; key && i < link->n_prepared;) {
    Build *build = link->prepared[i];
    if (build->key != key) {
      i++;
      continue;
    }
    forget(link, i);
    if (build->over)
      build_drop(build);
    else
      sq_jobs_cancel(link->config.jobs, build->job); // its end frees it
  }
}

static bool same_pairs(const SqKey *a, uint32_t n_a, const SqKey *b, uint32_t n_b) {
  for (uint32_t i = 0; i < n_a && i < n_b; i++)
    if (strcmp(a[i].key, b[i].key) != 0 || strcmp(a[i].value, b[i].value) != 0)
      return false;
  return n_a == n_b;
}

/// What was built fits a processor that wants the same: type, place, settings and wishes.
static bool fits(const Build *build, const SqLinkProc *proc, const SqProc *node) {
  const SqProc *had = build->node;
  const uint32_t own = build->link->config.state_dir ? 1 : 0; // the setting that start() added
  return strcmp(had->type, node->type) == 0 && build->generator == proc->generator &&
         build->n_channels == proc->strip->n_channels && had->n_keys >= own &&
         same_pairs(had->keys, had->n_keys - own, node->keys, node->n_keys) &&
         same_pairs(had->wishes, had->n_wishes, node->wishes, node->n_wishes) && had->n_params == node->n_params &&
         had->state == node->state &&
         (node->n_params == 0 || memcmp(had->params, node->params, node->n_params * sizeof *node->params) == 0);
}

/// Gives the processor what was built for it. False: nothing was.
static bool take_prepared(SqLink *link, SqLinkProc *proc, const SqProc *node) {
  for (uint32_t i = 0; i < link->n_prepared; i++) {
    Build *build = link->prepared[i];
    if (!link->prepared_key || build->key != link->prepared_key || !fits(build, proc, node))
      continue;
    forget(link, i);
    build->handle = proc->handle;
    if (!build->over) { // it becomes a build like any other
      proc->state = SQ_LINK_BUILDING;
      proc->job = build->job;
      return true;
    }
    if (build->status == SQ_OK)
      attach(link, proc, build, node->bypass);
    else
      fail(proc, build->error);
    link->arrived = sq_realloc(link->arrived, link->n_arrived + 1, sizeof(Build *));
    link->arrived[link->n_arrived++] = build;
    return true;
  }
  return false;
}

void sq_link_tell_arrived(SqLink *link) {
  Build **arrived = link->arrived;
  const uint32_t n = link->n_arrived;
  link->arrived = NULL;
  link->n_arrived = 0;
  for (uint32_t i = 0; i < n; i++) {
    Build *build = arrived[i];
    SqLinkProc *proc = sq_link_find_proc(link, build->handle);
    SqNotice notice = {.kind = SQ_NOTICE_READY, .object = build->handle};
    if (proc && build->status == SQ_OK)
      learn(link, proc, build);
    if (build->status != SQ_OK) {
      notice.kind = SQ_NOTICE_FAILED;
      notice.text = build->error;
      notice.index = (uint32_t)build->status;
    }
    link->config.notice(link->config.context, &notice);
    build_free(build);
  }
  free(arrived);
}

// ---- at its time ----------------------------------------------------------------------------------------------------

void sq_link_proc_build(SqLink *link, SqLinkProc *proc, const SqProc *node) {
  if (link->n_prepared && take_prepared(link, proc, node))
    return;
  Build *build = build_new(link, node, proc->generator, proc->strip->handle, proc->strip->n_channels);
  build->handle = proc->handle;
  if (build->type && !(build->type->flags & SQ_PROC_SLOW)) {
    if (run(NULL, build) == SQ_OK)
      attach(link, proc, build, node->bypass);
    else
      fail(proc, build->error);
    build_free(build);
    return;
  }
  proc->state = SQ_LINK_BUILDING;
  proc->job = start(link, build);
}
