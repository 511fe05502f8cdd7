// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What drives the engine: the JACK server, its ports and its period; the offline driver's time.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_frames[] = {{.name = "frames",
                                        .type = SQ_TYPE_DOUBLE,
                                        .unit = "frames",
                                        .min = 0,
                                        .max = 1e12,
                                        .help = "How far the engine runs."}};
static const SqArgSpec arg_period[] = {
    {.name = "frames", .type = SQ_TYPE_INT, .unit = "frames", .min = 1, .max = 8192, .help = "Frames of one cycle."}};
static const SqArgSpec arg_rate[] = {{.name = "rate", .type = SQ_TYPE_INT, .unit = "Hz", .help = "Sample rate."}};
static const SqArgSpec arg_latency[] = {
    {.name = "frames", .type = SQ_TYPE_INT, .unit = "frames", .help = "From our inputs to our outputs."}};
static const SqArgSpec arg_device[] = {{.name = "device", .type = SQ_TYPE_STRING, .help = "What plays."}};
static const SqArgSpec arg_filter[] = {
    {.name = "filter", .type = SQ_TYPE_STRING, .optional = true, .help = "Only ports whose name holds this."}};
static const SqArgSpec args_ports[] = {
    {.name = "from", .type = SQ_TYPE_STRING, .help = "An output: CLIENT:PORT, or PORT alone for one of ours."},
    {.name = "to", .type = SQ_TYPE_STRING, .help = "An input, likewise."}};

/// A question to the driver, on a job thread: the sound system may take its time.
typedef struct Asked {
  SqContext *ctx;
  SqDriver *driver;
  struct SqToken *token;
  SqStatus (*run)(struct Asked *asked);
  uint32_t frames;
  bool on;
  char *from, *to; ///< or the filter
  char *text;      ///< answer
  char why[SQ_ARGS_WHY];
} Asked;

static SqStatus asked_run(SqJob *job, void *context) {
  (void)job;
  Asked *asked = context;
  return asked->run(asked);
}

static void asked_free(Asked *asked) {
  free(asked->from);
  free(asked->to);
  free(asked->text);
  free(asked);
}

/// The ports that pass the filter, in threes: name, direction, type.
static void list_ports(const Asked *asked, SqItems *items) {
  char *save = NULL;
  for (char *line = strtok_r(asked->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
    char *type = strrchr(line, '|');
    if (!type)
      continue;
    *type = 0;
    char *direction = strrchr(line, '|');
    if (!direction)
      continue;
    *direction = 0; // names may hold a '|'
    if (asked->from && !strstr(line, asked->from))
      continue;
    sq_items_text(items, line);
    sq_items_text(items, direction + 1);
    sq_items_text(items, type + 1);
  }
}

static void asked_done(void *context, int32_t id, SqStatus status) {
  (void)id;
  Asked *asked = context;
  struct SqControl *control = asked->ctx->control;
  SqItems items = {0}, results = {0};
  if (status == SQ_OK && asked->text) {
    list_ports(asked, &items);
    status = sq_control_send_pages(control, asked->token, "/jack/ports", &items, 3);
    sq_items_int(&results, (int32_t)(items.n / 3));
  }
  sq_control_finish(control, asked->token, status, asked->why, &results);
  sq_items_cleanup(&items);
  sq_items_cleanup(&results);
  asked_free(asked);
}

static Asked *asked_new(SqCall *call, SqStatus (*run)(Asked *asked)) {
  Asked *asked = sq_alloc(1, sizeof *asked);
  asked->ctx = call->ctx;
  asked->driver = call->ctx->driver;
  asked->run = run;
  return asked;
}

static SqStatus ask(SqCall *call, Asked *asked) {
  asked->token = sq_control_defer(call);
  sq_jobs_add(call->ctx->jobs,
              &(SqJobSpec){.name = "ask the driver", .context = asked, .run = asked_run, .done = asked_done});
  return SQ_OK;
}

// ---- ports ----------------------------------------------------------------------------------------------------------

static SqStatus run_ports(Asked *asked) {
  const SqStatus status = asked->driver->type->ports(asked->driver, &asked->text);
  if (status != SQ_OK)
    snprintf(asked->why, sizeof asked->why, "the JACK server does not answer or is gone; try again when it is back");
  return status;
}

static SqStatus ports(SqCall *call) {
  const SqArg *filter = &call->args->args[0];
  if (!call->ctx->driver->type->ports)
    return sq_call_fail(call, SQ_UNSUPPORTED, "the %s driver has no ports; start with --driver jack",
                        call->ctx->driver->type->name);
  Asked *asked = asked_new(call, run_ports);
  asked->from = filter->present ? sq_text_copy(filter->text) : NULL;
  return ask(call, asked);
}

static SqStatus run_connect(Asked *asked) {
  return asked->driver->type->connect(asked->driver, asked->from, asked->to, asked->on, asked->why, sizeof asked->why);
}

static SqStatus link_ports(SqCall *call, bool on) {
  if (!call->ctx->driver->type->connect)
    return sq_call_fail(call, SQ_UNSUPPORTED, "the %s driver has no ports to connect; start with --driver jack",
                        call->ctx->driver->type->name);
  Asked *asked = asked_new(call, run_connect);
  asked->on = on;
  asked->from = sq_text_copy(call->args->args[0].text);
  asked->to = sq_text_copy(call->args->args[1].text);
  return ask(call, asked);
}

static SqStatus connect(SqCall *call) {
  return link_ports(call, true);
}

static SqStatus disconnect(SqCall *call) {
  return link_ports(call, false);
}

// ---- values ---------------------------------------------------------------------------------------------------------

static SqStatus run_period(Asked *asked) {
  return asked->driver->type->set_period(asked->driver, asked->frames, asked->why, sizeof asked->why);
}

static SqStatus period(SqCall *call) {
  SqDriver *driver = call->ctx->driver;
  SqDriverInfo info;
  if (sq_call_is_get(call)) {
    driver->type->info(driver, &info);
    sq_items_int(&call->results, (int32_t)info.period);
    return SQ_OK;
  }
  const uint32_t frames = (uint32_t)call->args->args[0].integer;
  if (!driver->type->set_period)
    return sq_call_fail(call, SQ_UNSUPPORTED, "this driver's period cannot be changed");
  if (driver->type->run) // the offline driver runs on this very thread
    return driver->type->set_period(driver, frames, call->why, sizeof call->why);
  Asked *asked = asked_new(call, run_period);
  asked->frames = frames;
  return ask(call, asked);
}

static SqStatus rate(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the rate is the driver's; set it in squeezed.conf and start again");
  sq_items_int(&call->results, (int32_t)sq_link_rate(call->ctx->link));
  return SQ_OK;
}

static SqStatus device(SqCall *call) {
  SqDriverInfo info;
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the device is chosen at the start; set jack.device in squeezed.conf");
  call->ctx->driver->type->info(call->ctx->driver, &info);
  sq_items_text(&call->results, info.description);
  return SQ_OK;
}

static SqStatus latency(SqCall *call) {
  if (!sq_call_is_get(call))
    return sq_call_fail(call, SQ_UNSUPPORTED, "the latency is what the chains make it; see their /latency");
  sq_items_int(&call->results, (int32_t)call->ctx->latency_frames);
  return SQ_OK;
}

static SqStatus driver_run(SqCall *call) {
  const double frames = call->args->args[0].number;
  const SqStatus status = sq_control_run(call->ctx->control, (uint64_t)frames);
  if (status != SQ_OK)
    return sq_call_fail(call, status, "only the offline driver runs when it is told to; start with --driver offline");
  sq_items_int64(&call->results, (int64_t)sq_link_frame(call->ctx->link));
  return SQ_OK;
}

const SqRow sq_rows_jack[] = {
    {.address = "/driver/run",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_frames,
     .n_args = 1,
     .replies = "h:frame",
     .help = "Offline driver: runs exactly so far, then answers with the engine frame.",
     .handle = driver_run,
     .alone = true},
    {.address = "/jack/ports",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .args = arg_filter,
     .n_args = 1,
     .replies = "i:how_many, after pages /jack/ports i:index i:of (s:name s:in|out s:audio|midi)…",
     .help = "Lists all ports of the JACK server.",
     .handle = ports},
    {.address = "/jack/connect",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = args_ports,
     .n_args = 2,
     .help = "Connects two ports; a connection of ours comes back with the server.",
     .handle = connect},
    {.address = "/jack/disconnect",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = args_ports,
     .n_args = 2,
     .help = "Takes a connection of two ports away.",
     .handle = disconnect},
    {.address = "/jack/period",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_period,
     .n_args = 1,
     .help = "Frames of one cycle of the driver.",
     .handle = period,
     .property = SQ_NO_PROPERTY},
    {.address = "/jack/rate",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_rate,
     .n_args = 1,
     .help = "Sample rate of the engine.",
     .handle = rate,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    {.address = "/jack/device",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_device,
     .n_args = 1,
     .help = "What plays: the server's name, its device, who started it.",
     .handle = device,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
    {.address = "/jack/latency",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_latency,
     .n_args = 1,
     .help = "The longest way from our inputs to our outputs, as JACK is told.",
     .handle = latency,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
};
SQ_ROWS_COUNT(jack)
