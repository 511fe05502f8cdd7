// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters of processors and generators: described by the processor itself.
#include <stdlib.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"
#include "commands/value.h"
#include "link/text.h"

static const SqArgSpec arg_value[] = {
    {.name = "value", .type = SQ_TYPE_FLOAT, .help = "In the parameter's own unit and range."}};
static const SqArgSpec arg_type[] = {{.name = "type", .type = SQ_TYPE_STRING, .help = "Its identifier."}};

static SqStatus params(SqCall *call) {
  const SqProcessorType *type = sq_call_type(call);
  for (uint32_t i = 0; type && i < call->args->n_rest / 2; i++) {
    const SqOscArg *value;
    const char *key = sq_args_key(call->args, i, &value);
    const uint32_t p = sq_link_param_index(type, key);
    char text[SQ_ARGS_TEXT];
    double number;
    sq_value_as_text(value, text, sizeof text);
    if (p == UINT32_MAX || type->params[p].output)
      return sq_call_fail(call, SQ_NOT_FOUND, "%s has no parameter '%s' to set", type->id, key);
    if (!sq_link_param_parse(&type->params[p], text, &number))
      return sq_call_fail(call, SQ_BAD_ARGS, "parameter '%s' cannot be '%s'", key, text);
    sq_edits_number(&call->ctx->edits, (SqValueRef){call->target.proc, SQ_PROC_PARAM + p}, number);
  }
  return SQ_OK;
}

static SqStatus type(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the type is fixed; use …/replace");
  sq_items_text(&call->results, sq_call_proc(call)->type);
  return SQ_OK;
}

const SqRow sq_rows_param[] = {
    {.address = "{device}/param/{param}",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_value,
     .n_args = 1,
     .help = "A parameter of the processor, by its symbol.",
     .property = SQ_PROPERTY_PARAM,
     .timed = true,
     .needs_instance = true},
    {.address = "{device}/params",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_CONTROL,
     .rest = SQ_REST_PAIRS,
     .rest_help = "symbol value …",
     .help = "Sets several parameters from the same frame.",
     .handle = params,
     .timed = true,
     .needs_instance = true},
    {.address = "{device}/type",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_type,
     .n_args = 1,
     .help = "What the processor is.",
     .handle = type,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
};
SQ_ROWS_COUNT(param)
