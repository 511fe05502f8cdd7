// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What the daemon was told at its start, seen over OSC; what may change while it runs can be set.
#include <stdio.h>
#include <string.h>

#include "commands/config.h"
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

void sq_config_changed(SqContext *ctx, const SqOption *row) {
  char text[SQ_CONFIG_TEXT], address[128];
  SqItems items = {0};
  sq_option_format(ctx->options, row, text, sizeof text);
  sq_items_text(&items, text);
  if (row == sq_option_find("log", "level")) {
    sq_log_set_level(ctx->log, (SqLogLevel)ctx->options->log.level);
    sq_control_changed(ctx->control, "/server/log", &items);
  } else if (row == sq_option_find("osc", "lease")) {
    sq_control_set_lease(ctx->control, (uint32_t)ctx->options->osc.lease);
  }
  snprintf(address, sizeof address, "/server/config/%s/%s", row->section, row->key);
  sq_control_changed(ctx->control, address, &items);
  sq_items_cleanup(&items);
}

static SqStatus config(SqCall *call) {
  SqOptions *options = call->ctx->options;
  const SqOption *row = &sq_option_rows()[call->target.number];
  char text[SQ_CONFIG_TEXT];
  if (sq_call_is_get(call)) {
    sq_option_format(options, row, text, sizeof text);
    sq_items_text(&call->results, text);
    return SQ_OK;
  }
  if (row->change != SQ_CHANGE_SET)
    return sq_call_fail(call, SQ_NOT_NOW, "%s.%s is not set by clients; set it in squeezed.conf and %s", row->section,
                        row->key, row->change == SQ_CHANGE_RELOAD ? "call /server/reload" : "start again");
  const SqStatus status = sq_option_set(options, row, call->args->args[0].text, call->why, sizeof call->why);
  if (status == SQ_OK)
    sq_config_changed(call->ctx, row);
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
  sq_config_changed(call->ctx, sq_option_find("log", "level"));
  return SQ_OK;
}

static SqStatus reload(SqCall *call) {
  if (!call->ctx->options->sources)
    return sq_call_fail(call, SQ_UNSUPPORTED,
                        "this daemon was started without a configuration that could be read again");
  sq_config_reload(call->ctx, sq_control_defer(call));
  return SQ_OK;
}

const SqRow sq_rows_config[] = {
    {.address = "/server/config/{section}/{key}",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_value,
     .n_args = 1,
     .help = "An option in force; squeezed.conf says which may change while it runs.",
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
    {.address = "/server/reload",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .alone = true,
     .replies = "pairs: each option that differs (section.key), and applied or restart",
     .help = "Reads the configuration again, as SIGHUP does, and applies what may change while it runs.",
     .handle = reload},
};
SQ_ROWS_COUNT(config)
