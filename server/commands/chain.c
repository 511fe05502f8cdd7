// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Chains: the processors of a strip, in order.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_type[] = {
    {.name = "processor",
     .type = SQ_TYPE_STRING,
     .help = "A built-in (eq, compressor, limiter, reverb, gain) or a plug-in's identifier or name."}};
static const SqArgSpec args_ensure[] = {
    {.name = "name", .type = SQ_TYPE_NAME, .help = "Its name in this chain."},
    {.name = "processor", .type = SQ_TYPE_STRING, .help = "A built-in or a plug-in's identifier or name."}};
static const SqArgSpec arg_at[] = {
    {.name = "at", .type = SQ_TYPE_INT, .min = 0, .max = 65535, .help = "Its new place, 0 is the first."}};
static const SqArgSpec arg_bypass[] = {{.name = "bypass",
                                        .type = SQ_TYPE_BOOL,
                                        .value_class = SQ_CLASS_STEPPED,
                                        .help = "Whether the signal goes past it."}};
static const SqArgSpec args_side[] = {
    {.name = "strip", .type = SQ_TYPE_REF, .help = "The strip to listen to, or `none`."},
    {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post", .def = 1, .optional = true, .help = "Where."}};
static const SqArgSpec arg_frames[] = {{.name = "frames", .type = SQ_TYPE_INT, .unit = "frames", .help = "Delay."}};

static bool is_slow(const char *id) {
  const SqProcessorType *type = sq_link_builtin(id);
  return !type || type->flags & SQ_PROC_SLOW;
}

/// The answer for a processor that is made with the commit itself.
typedef struct {
  struct SqToken *token;
  SqHandle proc;
  SqItems items;
} Built;

static void tell_built(SqContext *ctx, void *context, bool committed) {
  Built *built = context;
  if (committed) {
    sq_items_int(&built->items, (int32_t)sq_link_latency(ctx->link, built->proc));
    sq_control_finish(ctx->control, built->token, SQ_OK, NULL, &built->items);
  } else {
    sq_control_drop(ctx->control, built->token);
  }
  sq_items_cleanup(&built->items);
  free(built);
}

/// Answers name, handle and latency, when the processor is ready: only then is the latency known.
static SqStatus answer(SqCall *call, const SqProc *proc) {
  sq_items_text(&call->results, proc->name);
  sq_items_int(&call->results, proc->handle);
  struct SqToken *token = sq_control_defer(call);
  if (is_slow(proc->type)) {
    sq_control_finish_when_ready(call->ctx->control, token, proc->handle, &call->results);
    return SQ_OK;
  }
  Built *built = sq_alloc(1, sizeof *built);
  built->token = token;
  built->proc = proc->handle;
  sq_items_append(&built->items, &call->results);
  sq_call_after(call, tell_built, built);
  return SQ_OK;
}

static SqStatus insert(SqCall *call, const char *id, const char *name) {
  const SqStrip *strip = sq_call_strip(call);
  SqStatus status;
  uint32_t index;
  SqProc *proc = sq_proc_from_call(call, strip, id, false, 0, &index, &status);
  if (!proc)
    return status;
  if (name)
    snprintf(proc->name, sizeof proc->name, "%s", name);
  proc->handle = sq_doc_next_handle(call->ctx->doc);
  SqStrip *after = sq_strip_copy(strip);
  sq_strip_insert(after, proc, index);
  sq_edits_put(&call->ctx->edits, after);
  return answer(call, proc);
}

static SqStatus add(SqCall *call) {
  return insert(call, call->args->args[0].text, NULL);
}

static SqStatus ensure(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  const char *name = call->args->args[0].text, *id = call->args->args[1].text;
  const SqProc *present = sq_strip_proc_named(strip, name);
  if (!present)
    return insert(call, id, name);
  if (strcmp(present->type, id) != 0)
    return sq_call_fail(call, SQ_EXISTS, "'%s' is a %s; remove it first, or use replace", name, present->type);
  const SqProcessorType *type = sq_link_builtin(id);
  SqStatus status;
  uint32_t index;
  const SqHandle handle = present->handle;
  SqStrip *empty = sq_strip_new(strip->kind, "x", strip->n_channels);
  SqProc *wanted = type ? sq_proc_from_call(call, empty, id, false, 0, &index, &status) : NULL;
  sq_strip_unref(empty);
  if (type && !wanted)
    return status;
  for (uint32_t i = 0; wanted && i < wanted->n_params; i++)
    sq_edits_number(&call->ctx->edits, (SqValueRef){handle, SQ_PROC_PARAM + i}, wanted->params[i]);
  sq_proc_free(wanted);
  sq_items_text(&call->results, name);
  sq_items_int(&call->results, handle);
  sq_items_int(&call->results, (int32_t)sq_link_latency(call->ctx->link, handle));
  return SQ_OK;
}

static SqStatus set(SqCall *call) {
  const SqStrip *strip = sq_call_strip(call);
  SqStrip *after = sq_strip_copy(strip);
  SqProc **old = after->chain;
  const uint32_t n_old = after->n_chain;
  after->chain = NULL;
  after->n_chain = 0;
  SqStatus status = call->args->n_rest % 2 ? sq_call_fail(call, SQ_BAD_ARGS, "give pairs: name processor …") : SQ_OK;
  for (uint32_t i = 0; i + 1 < call->args->n_rest && status == SQ_OK; i += 2) {
    char name[SQ_MAX_NAME + 1], id[512];
    sq_value_as_text(&call->args->rest[i], name, sizeof name);
    sq_value_as_text(&call->args->rest[i + 1], id, sizeof id);
    SqProc *proc = NULL;
    for (uint32_t k = 0; k < n_old; k++)
      if (old[k] && strcmp(old[k]->name, name) == 0 && strcmp(old[k]->type, id) == 0) {
        proc = old[k];
        old[k] = NULL;
        break;
      }
    if (!proc) {
      uint32_t index;
      const SqArgs *all = call->args;
      SqArgs none = {0};
      call->args = &none;
      proc = sq_proc_from_call(call, after, id, false, 0, &index, &status);
      call->args = all;
      if (proc) {
        snprintf(proc->name, sizeof proc->name, "%s", name);
        proc->handle = sq_doc_next_handle(call->ctx->doc);
      }
    }
    if (proc)
      sq_strip_insert(after, proc, UINT32_MAX);
  }
  for (uint32_t k = 0; k < n_old; k++)
    sq_proc_free(old[k]);
  free(old);
  if (status != SQ_OK) {
    sq_strip_unref(after);
    return status;
  }
  sq_items_int(&call->results, (int32_t)after->n_chain);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus remove_proc(SqCall *call) {
  SqStrip *after = sq_call_copy_strip(call);
  SqProc *proc = sq_strip_take(after, call->target.proc);
  sq_items_text(&call->results, proc->name);
  sq_items_int(&call->results, proc->handle);
  sq_proc_free(proc);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus move(SqCall *call) {
  SqStrip *after = sq_call_copy_strip(call);
  SqProc *proc = sq_strip_take(after, call->target.proc);
  sq_strip_insert(after, proc, (uint32_t)call->args->args[0].integer);
  sq_items_text(&call->results, proc->name);
  sq_items_int(&call->results, proc->handle);
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus replace(SqCall *call) {
  SqStatus status;
  uint32_t index;
  const SqStrip *strip = sq_call_strip(call);
  SqProc *proc = sq_proc_from_call(call, strip, call->args->args[0].text, false, 0, &index, &status);
  if (!proc)
    return status;
  SqStrip *after = sq_strip_copy(strip);
  uint32_t at = 0;
  while (after->chain[at]->handle != call->target.proc)
    at++;
  SqProc *old = sq_strip_take(after, call->target.proc);
  snprintf(proc->name, sizeof proc->name, "%s", old->name);
  sq_proc_free(old);
  proc->handle = sq_doc_next_handle(call->ctx->doc);
  sq_strip_insert(after, proc, at);
  sq_edits_put(&call->ctx->edits, after);
  return answer(call, proc);
}

static SqStatus sidechain(SqCall *call) {
  const SqProc *proc = sq_call_proc(call);
  if (call->args->n_given == 0) {
    const SqStrip *of = sq_doc_strip(call->ctx->doc, proc->sidechain);
    sq_items_text(&call->results, of ? of->name : "none");
    sq_items_text(&call->results, proc->sidechain_tap == SQ_TAP_PRE ? "pre" : "post");
    return SQ_OK;
  }
  const SqArg *args = call->args->args;
  SqHandle handle = 0;
  if (args[0].integer > 0 || strcmp(args[0].text, "none") != 0) {
    const SqStrip *of = sq_call_find_strip(call, &args[0]);
    if (!of)
      return SQ_NOT_FOUND;
    if (sq_doc_feeds(call->ctx->doc, call->target.strip, of->handle))
      return sq_call_fail(call, SQ_BAD_ARGS, "this would make a loop: '%s' hears this strip already", of->name);
    handle = of->handle;
  }
  SqLinkState state;
  const SqProcessorType *type = NULL;
  sq_link_proc(call->ctx->link, proc->handle, &state, &type, NULL);
  if (handle && type && !(type->flags & SQ_PROC_SIDECHAIN)) // none is what it has: a dump can be sent back
    return sq_call_fail(call, SQ_UNSUPPORTED, "%s has no sidechain input", type->id);
  SqStrip *after = sq_call_copy_strip(call);
  SqProc *to = sq_strip_proc(after, proc->handle);
  to->sidechain = handle;
  to->sidechain_tap = args[1].present ? (int)args[1].integer : SQ_TAP_POST;
  sq_edits_put(&call->ctx->edits, after);
  return SQ_OK;
}

static SqStatus latency(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the latency is what the processor says");
  sq_items_int(&call->results, (int32_t)sq_link_latency(call->ctx->link, call->target.proc));
  return SQ_OK;
}

const SqRow sq_rows_chain[] = {
    {.address = "{any}/chain/add",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_type,
     .n_args = 1,
     .rest = SQ_REST_PAIRS,
     .rest_help = "name at before after bypass, then its parameters",
     .replies = "s:name i:handle i:latency",
     .help = "Adds a processor to the chain; it fades in.",
     .handle = add,
     .constructs = true,
     .timed = true},
    {.address = "{any}/chain/ensure",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = args_ensure,
     .n_args = 2,
     .rest = SQ_REST_PAIRS,
     .rest_help = "at before after bypass, then its parameters",
     .replies = "s:name i:handle i:latency",
     .help = "Adds a processor, or brings the one of this name to these values.",
     .handle = ensure,
     .constructs = true,
     .timed = true},
    {.address = "{any}/chain/set",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .rest = SQ_REST_ANY,
     .rest_help = "s:name s:processor, again and again, in order",
     .replies = "i:how_many",
     .help = "Makes the chain be exactly this list; what is there already stays as it is.",
     .handle = set,
     .constructs = true,
     .timed = true},
    {.address = "{any}/chain/{proc}/remove",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .replies = "s:name i:handle",
     .help = "Fades the processor out and removes it.",
     .handle = remove_proc,
     .timed = true},
    {.address = "{any}/chain/{proc}/move",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_at,
     .n_args = 1,
     .replies = "s:name i:handle",
     .help = "Puts the processor at another place of its chain.",
     .handle = move,
     .timed = true},
    {.address = "{any}/chain/{proc}/replace",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_type,
     .n_args = 1,
     .rest = SQ_REST_PAIRS,
     .rest_help = "its parameters",
     .replies = "s:name i:handle i:latency",
     .help = "Crossfades to another processor under the same name.",
     .handle = replace,
     .constructs = true,
     .timed = true},
    SQ_ROW_NUMBER("{any}/chain/{proc}/bypass", arg_bypass, SQ_PROC_BYPASS,
                  "Crossfades to the signal that goes past it."),
    {.address = "{any}/chain/{proc}/sidechain",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = args_side,
     .n_args = 2,
     .help = "The strip that steers it; loops are refused.",
     .handle = sidechain,
     .property = SQ_NO_PROPERTY},
    {.address = "{device}/latency",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_frames,
     .n_args = 1,
     .help = "How many frames it delays the signal.",
     .handle = latency,
     .property = SQ_NO_PROPERTY,
     .read_only = true,
     .needs_instance = true},
};
SQ_ROWS_COUNT(chain)
