// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemon was told at its start, seen over OSC; what may change while it runs can be set.
#include <stdio.h>
#include <string.h>

#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_value[] = {
    {.name = "value", .type = SQ_TYPE_STRING, .value_class = SQ_CLASS_CONTROL, .help = "As in squeezed.conf."}};
static const SqArgSpec arg_level[] = {{.name = "level",
                                       .type = SQ_TYPE_ENUM,
                                       .choices = "error|warning|info|debug",
                                       .def = 2,
                                       .value_class = SQ_CLASS_CONTROL,
                                       .help = "What is said on standard error."}};

static void apply_level(SqCall *call) {
  SqContext *ctx = call->ctx;
  sq_log_set_level(ctx->log, (SqLogLevel)ctx->options->log.level);
  char text[32];
  SqItems items = {0};
  sq_choice_at(arg_level[0].choices, (uint32_t)ctx->options->log.level, text, sizeof text);
  sq_items_text(&items, text);
  sq_control_changed(ctx->control, "/server/log", &items);
  sq_control_changed(ctx->control, "/server/config/log/level", &items);
  sq_items_cleanup(&items);
}

static SqStatus config(SqCall *call) {
  SqOptions *options = call->ctx->options;
  const SqOption *row = &sq_option_rows()[call->target.number];
  char text[1024];
  if (sq_call_is_get(call)) {
    sq_option_format(options, row, text, sizeof text);
    sq_items_text(&call->results, text);
    return SQ_OK;
  }
  const bool level = row == sq_option_find("log", "level");
  if (!level && row != sq_option_find("osc", "late"))
    return sq_call_fail(call, SQ_NOT_NOW, "%s.%s counts from the start on; set it in squeezed.conf and start again",
                        row->section, row->key);
  const SqStatus status = sq_option_set(options, row, call->args->args[0].text, call->why, sizeof call->why);
  if (status == SQ_OK && level)
    apply_level(call);
  return status;
}

static SqStatus level(SqCall *call) {
  char text[32];
  if (sq_call_is_get(call)) {
    sq_choice_at(arg_level[0].choices, (uint32_t)call->ctx->options->log.level, text, sizeof text);
    sq_items_text(&call->results, text);
    return SQ_OK;
  }
  call->ctx->options->log.level = (int)call->args->args[0].integer;
  apply_level(call);
  return SQ_OK;
}

const SqRow sq_rows_config[] = {
    {.address = "/server/config/{section}/{key}",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_value,
     .n_args = 1,
     .help = "An option in force; osc.late and log.level can be set while the daemon runs.",
     .handle = config,
     .property = SQ_NO_PROPERTY},
    {.address = "/server/log",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_level,
     .n_args = 1,
     .help = "How much the daemon says on its standard error.",
     .handle = level,
     .property = SQ_NO_PROPERTY},
};
SQ_ROWS_COUNT(config)
