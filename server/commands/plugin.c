// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The plug-ins that are installed. The catalog reads files: every question is a job.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_filter[] = {{.name = "filter",
                                        .type = SQ_TYPE_STRING,
                                        .optional = true,
                                        .help = "Only those whose identifier, name, category or author holds this."}};
static const SqArgSpec arg_words[] = {
    {.name = "words", .type = SQ_TYPE_STRING, .help = "Words in any order, each of which must be found."}};
static const SqArgSpec arg_id[] = {
    {.name = "id", .type = SQ_TYPE_STRING, .help = "An identifier, or a name that only one plug-in has."}};

static const SqArgSpec arg_path[] = {
    {.name = "path", .type = SQ_TYPE_PATH, .help = "An LV2 bundle's folder, by its absolute path."}};

static const SqArgSpec arg_scan[] = {
    {.name = "what",
     .type = SQ_TYPE_STRING,
     .optional = true,
     .help = "A format (clap, ladspa, vst3) or a path: what is there is looked into although it did not change."}};

/// A question to the catalog and its answer.
typedef struct Asked {
  SqContext *ctx;
  struct SqToken *token;
  const char *address; ///< of the pages
  uint32_t group;      ///< items of one line of the answer
  char *what;
  const SqPluginInfo *info;
  uint32_t looked_into; ///< modules, of a scan
  SqItems items;
  char why[SQ_ARGS_WHY];
} Asked;

/// True when any text of the entry holds `word`, letters of any case alike.
static bool holds(const SqPluginEntry *entry, const char *word) {
  return strcasestr(entry->name, word) || strcasestr(entry->id, word) || strcasestr(entry->category, word) ||
         strcasestr(entry->author, word);
}

static bool add(void *context, const SqPluginEntry *entry) {
  Asked *asked = context;
  sq_items_text(&asked->items, entry->id);
  sq_items_text(&asked->items, entry->name);
  sq_items_text(&asked->items, entry->category);
  sq_items_text(&asked->items, entry->author);
  return true;
}

static bool visit(void *context, const SqPluginEntry *entry) {
  Asked *asked = context;
  for (const char *word = asked->what; *word; word += strlen(word) + 1) // words end with 0, the list with an empty one
    if (!holds(entry, word))
      return true;
  return add(asked, entry);
}

static SqStatus run_list(SqJob *job, void *context) {
  (void)job;
  Asked *asked = context;
  const SqStatus status = sq_catalog_list(asked->ctx->catalog, NULL, visit, asked);
  if (status != SQ_OK)
    snprintf(asked->why, sizeof asked->why, "the installed plug-ins cannot be listed; the log says more");
  return status;
}

static SqStatus run_load(SqJob *job, void *context) {
  (void)job;
  Asked *asked = context;
  return sq_catalog_load(asked->ctx->catalog, asked->what, add, asked, asked->why, sizeof asked->why);
}

/// One line of three: format, path, what is wrong.
static bool add_verdict(void *context, const SqShelved *module) {
  Asked *asked = context;
  if (strcmp(module->verdict, "ok") == 0)
    return true;
  sq_items_text(&asked->items, module->format);
  sq_items_text(&asked->items, module->path);
  sq_items_text(&asked->items, module->verdict);
  return true;
}

static bool tell_progress(void *context, uint32_t at, uint32_t of, const char *path) {
  SqJob *job = context;
  sq_job_progress(job, (double)at / of, path);
  return !sq_job_cancelled(job);
}

static SqStatus run_scan(SqJob *job, void *context) {
  Asked *asked = context;
  uint32_t n = 0;
  const SqStatus status =
      sq_catalog_scan(asked->ctx->catalog, asked->what, tell_progress, job, &n, asked->why, sizeof asked->why);
  if (status == SQ_OK)
    sq_catalog_verdicts(asked->ctx->catalog, add_verdict, asked);
  asked->looked_into = n;
  return sq_job_cancelled(job) ? SQ_CANCELLED : status;
}

static SqStatus run_info(SqJob *job, void *context) {
  (void)job;
  Asked *asked = context;
  return sq_catalog_info(asked->ctx->catalog, asked->what, &asked->info, asked->why, sizeof asked->why);
}

// ---- what is told of one --------------------------------------------------------------------------------------------

static void pair_text(SqItems *items, const char *key, const char *text) {
  sq_items_text(items, key);
  sq_items_text(items, text);
}

static void pair_int(SqItems *items, const char *key, uint32_t value) {
  sq_items_text(items, key);
  sq_items_int(items, (int32_t)value);
}

static void tell_plugin(const SqPluginInfo *info, SqItems *items) {
  const uint32_t flags = info->type->flags;
  const bool generator = flags & SQ_PROC_GENERATOR, effect = flags & SQ_PROC_EFFECT;
  sq_items_text(items, info->type->id);
  pair_text(items, "name", info->type->name);
  pair_text(items, "category", info->category);
  pair_text(items, "author", info->author);
  pair_text(items, "path", info->path);
  pair_text(items, "use", generator && effect ? "generator effect" : generator ? "generator" : effect ? "effect" : "");
  pair_int(items, "inputs", info->n_in);
  pair_int(items, "outputs", info->n_out);
  pair_int(items, "sidechain", info->n_side);
  pair_int(items, "further_outputs", info->n_extra_out);
  pair_int(items, "params", info->n_params_in);
  pair_int(items, "params_out", info->n_params_out);
  pair_int(items, "midi_in", info->midi_in);
  pair_int(items, "midi_out", info->midi_out);
  pair_int(items, "time_in", info->time_in);
  pair_int(items, "reports_latency", info->reports_latency);
  pair_int(items, "has_state", info->has_state);
  pair_int(items, "has_worker", info->has_worker);
}

static void tell_params(const SqProcessorType *type, SqItems *items) {
  static const char *const classes[] = {"signal", "stepped", "control"};
  for (uint32_t i = 0; i < type->n_params; i++) {
    const SqParamInfo *param = &type->params[i];
    sq_items_text(items, param->symbol);
    sq_items_text(items, param->name);
    sq_items_text(items, param->unit ? param->unit : "");
    sq_items_float(items, param->min);
    sq_items_float(items, param->max);
    sq_items_float(items, param->def);
    sq_items_text(items, param->output ? "output" : classes[param->value_class]);
    sq_items_text(items, param->choices ? param->choices : "");
  }
}

static void asked_done(void *context, int32_t id, SqStatus status) {
  (void)id;
  Asked *asked = context;
  struct SqControl *control = asked->ctx->control;
  SqItems results = {0};
  if (status == SQ_OK && asked->info) {
    tell_params(asked->info->type, &asked->items);
    tell_plugin(asked->info, &results);
  } else {
    if (asked->group == 3)
      sq_items_int(&results, (int32_t)asked->looked_into);
    sq_items_int(&results, (int32_t)(asked->items.n / asked->group));
  }
  if (status == SQ_OK) {
    status = sq_control_send_pages(control, asked->token, asked->address, &asked->items, asked->group);
    if (status != SQ_OK)
      snprintf(asked->why, sizeof asked->why, "one line of the answer is too large for UDP; ask on the Unix socket");
  }
  sq_control_finish(control, asked->token, status, asked->why, &results);
  sq_items_cleanup(&asked->items);
  sq_items_cleanup(&results);
  free(asked->what);
  free(asked);
}

/// A catalog that is made anew, for another sample rate, is to know it too.
static void load_done(void *context, int32_t id, SqStatus status) {
  const Asked *asked = context;
  SqContext *ctx = asked->ctx;
  if (status == SQ_OK) {
    ctx->modules = sq_realloc(ctx->modules, ctx->n_modules + 1, sizeof *ctx->modules);
    ctx->modules[ctx->n_modules++] = sq_text_copy(asked->what);
  }
  asked_done(context, id, status);
}

static Asked *asked_new(SqCall *call, const char *address, uint32_t group) {
  Asked *asked = sq_alloc(1, sizeof *asked);
  asked->ctx = call->ctx;
  asked->address = address;
  asked->group = group;
  return asked;
}

static SqStatus ask(SqCall *call, Asked *asked, SqStatus (*run)(SqJob *job, void *context)) {
  asked->token = sq_control_defer(call);
  sq_jobs_add(call->ctx->jobs, &(SqJobSpec){.name = "ask the catalog",
                                            .context = asked,
                                            .run = run,
                                            .done = run == run_load ? load_done : asked_done});
  return SQ_OK;
}

// ---- handlers -------------------------------------------------------------------------------------------------------

static SqStatus list(SqCall *call) {
  const SqArg *filter = &call->args->args[0];
  Asked *asked = asked_new(call, "/plugin/list", 4);
  const char *text = filter->present ? filter->text : "";
  asked->what = sq_alloc(1, strlen(text) + 2); // one word, then the empty one
  memcpy(asked->what, text, strlen(text));
  return ask(call, asked, run_list);
}

static SqStatus search(SqCall *call) {
  const char *text = call->args->args[0].text;
  Asked *asked = asked_new(call, "/plugin/search", 4);
  asked->what = sq_alloc(1, strlen(text) + 2);
  char *to = asked->what;
  for (const char *at = text; *at;) {
    const size_t space = strspn(at, " \t"), n = strcspn(at + space, " \t");
    memcpy(to, at + space, n);
    to += n ? n + 1 : 0;
    at += space + n;
  }
  return ask(call, asked, run_list);
}

static SqStatus info(SqCall *call) {
  Asked *asked = asked_new(call, "/plugin/info/params", 8);
  asked->what = sq_text_copy(call->args->args[0].text);
  return ask(call, asked, run_info);
}

static SqStatus scan(SqCall *call) {
  const SqArg *what = &call->args->args[0];
  Asked *asked = asked_new(call, "/plugin/scan", 3);
  asked->what = sq_text_copy(what->present ? what->text : "");
  return ask(call, asked, run_scan);
}

static SqStatus load(SqCall *call) {
  const char *path = call->args->args[0].text;
  if (path[0] != '/')
    return sq_call_fail(call, SQ_BAD_ARGS, "'%s' is not an absolute path; name the bundle's folder in full", path);
  Asked *asked = asked_new(call, "/plugin/load", 4);
  asked->what = sq_text_copy(path);
  return ask(call, asked, run_load);
}

const SqRow sq_rows_plugin[] = {
    {.address = "/plugin/list",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_filter,
     .n_args = 1,
     .replies = "i:how_many, after pages /plugin/list i:index i:of (s:id s:name s:category s:author)…",
     .help = "Lists the installed plug-ins by name.",
     .handle = list},
    {.address = "/plugin/search",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_words,
     .n_args = 1,
     .replies = "i:how_many, after pages /plugin/search i:index i:of (s:id s:name s:category s:author)…",
     .help = "Lists the installed plug-ins that all the words are found in.",
     .handle = search},
    {.address = "/plugin/info",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_id,
     .n_args = 1,
     .replies = "s:id and pairs (name, category, author, path, use, inputs, outputs, params, …), after pages "
                "/plugin/info/params i:index i:of (s:symbol s:name s:unit f:min f:max f:default "
                "s:signal|stepped|control|output s:choices)…",
     .help = "Tells what a plug-in is and which parameters it has.",
     .handle = info},
    {.address = "/plugin/scan",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .alone = true,
     .args = arg_scan,
     .n_args = 1,
     .replies = "i:looked_into i:refused, after pages /plugin/scan i:index i:of (s:format s:path s:why)… of those that "
                "cannot be used",
     .help = "Looks for plug-ins that are new or changed, each module in a process that may crash or hang.",
     .handle = scan},
    {.address = "/plugin/load",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CODE,
     .alone = true,
     .args = arg_path,
     .n_args = 1,
     .replies = "i:how_many, after pages /plugin/load i:index i:of (s:id s:name s:category s:author)…",
     .help = "Loads plug-ins from outside the standard folders; they are found by identifier and name from then on.",
     .handle = load},
};
SQ_ROWS_COUNT(plugin)
