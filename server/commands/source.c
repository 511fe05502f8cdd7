// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Sources: a generator and its channel strip.
#include <stdlib.h>
#include <string.h>

#include "commands/constructors.h"
#include "commands/list.h"

static const SqArgSpec args_add[] = {
    {.name = "name", .type = SQ_TYPE_NAME, .help = "A new name, unique among strips."},
    {.name = "generator",
     .type = SQ_TYPE_STRING,
     .help = "A built-in (tone, sampler, input), a plug-in's identifier (lv2:URI) or name, or none."}};

static const char *const keys_help =
    "gain fader pan pan_law mute solo solo_safe output label color channels, then settings and parameters of the "
    "generator";

/// Pairs that are no strip values are the generator's.
typedef struct {
  SqOscArg *pairs;
  uint32_t n;
} Others;

static SqStatus keep(SqCall *call, void *context, const char *key, const SqOscArg *value) {
  Others *others = context;
  others->pairs[others->n++] = (SqOscArg){.tag = 's', .u.s = key};
  others->pairs[others->n++] = *value;
  (void)call;
  return SQ_OK;
}

static SqStatus pass(SqCall *call, void *context, const char *key, const SqOscArg *value) {
  (void)call, (void)context, (void)key, (void)value;
  return SQ_OK;
}

static SqStatus make(SqCall *call) {
  const char *name = call->args->args[0].text, *generator = call->args->args[1].text;
  SqStatus status = sq_strip_check_name(call, name);
  if (status != SQ_OK)
    return status;
  SqStrip *strip = sq_strip_new(SQ_STRIP_SOURCE, name, 2);
  Others others = {calloc(call->args->n_rest + 1, sizeof(SqOscArg)), 0};
  if (strcmp(generator, "none") == 0)
    status = sq_strip_apply_pairs(call, strip, NULL, NULL);
  else
    status = sq_strip_apply_pairs(call, strip, keep, &others);
  if (status == SQ_OK && strcmp(generator, "none") != 0) {
    SqArgs rest = *call->args;
    rest.rest = others.pairs;
    rest.n_rest = others.n;
    const SqArgs *all = call->args;
    uint32_t index;
    call->args = &rest;
    strip->generator = sq_proc_from_call(call, strip, generator, true, 0, &index, &status);
    call->args = all;
  }
  free(others.pairs);
  if (status == SQ_OK)
    return sq_strip_publish(call, strip);
  sq_strip_unref(strip);
  return status;
}

/// The twin of add that live coders evaluate again and again: what is there is brought up to date.
static SqStatus ensure(SqCall *call) {
  const SqStrip *strip = sq_doc_named(call->ctx->doc, call->args->args[0].text);
  if (!strip)
    return make(call);
  const char *generator = call->args->args[1].text;
  const char *present = strip->generator ? strip->generator->type : "none";
  if (strip->kind != SQ_STRIP_SOURCE)
    return sq_call_fail(call, SQ_EXISTS, "'%s' is there and is no source; take another name", strip->name);
  if (strcmp(generator, present) != 0) {
    const SqStatus status = sq_strip_remove(call, strip);
    return status == SQ_OK ? make(call) : status;
  }
  return sq_strip_bring(call, strip, pass, NULL); // a generator that plays keeps its parameters
}

const SqRow sq_rows_source[] = {
    SQ_ROW_CONSTRUCTOR("/source/add", args_add, keys_help, "Makes a source.", make),
    SQ_ROW_CONSTRUCTOR("/source/ensure", args_add, keys_help,
                       "Makes a source, or brings the one of this name to these values.", ensure),
};
SQ_ROWS_COUNT(source)
