// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon itself: who it is, how it does, its end.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "commands/list.h"
#include "commands/specs.h"

static const SqArgSpec arg_id[] = {
    {.name = "id", .type = SQ_TYPE_ANY, .optional = true, .help = "Comes back in the answer."}};
static const SqArgSpec arg_job[] = {{.name = "job", .type = SQ_TYPE_INT, .min = 1, .max = 2147483647, .help = "Job."}};

static SqStatus ping(SqCall *call) {
  call->reply = "/pong";
  for (uint32_t i = 0; i < call->args->n_rest; i++)
    sq_items_osc(&call->results, &call->args->rest[i]);
  return SQ_OK;
}

static SqStatus version(SqCall *call) {
  call->reply = "/version.reply";
  int major = 0, minor = 0, patch = 0;
  sscanf(SQ_VERSION, "%d.%d.%d", &major, &minor, &patch);
  char text[16];
  snprintf(text, sizeof text, "%d", patch);
  sq_items_text(&call->results, "squeezed");
  sq_items_int(&call->results, major);
  sq_items_int(&call->results, minor);
  sq_items_text(&call->results, text);
  sq_items_text(&call->results, sq_control_contract_hash(call));
  return SQ_OK;
}

static SqStatus status(SqCall *call) {
  SqContext *ctx = call->ctx;
  SqDriverInfo info;
  SqLinkStats link;
  SqControlStats control;
  ctx->driver->type->info(ctx->driver, &info);
  sq_link_stats(ctx->link, &link);
  sq_control_stats(call, &control);
  call->reply = "/status.reply";
  SqItems *r = &call->results;
  sq_items_int(r, 1);
  sq_items_int(r, (int32_t)link.processors);
  sq_items_int(r, (int32_t)link.strips);
  sq_items_int(r, (int32_t)link.edges);
  sq_items_int(r, (int32_t)link.plans);
  sq_items_float(r, (double)info.load * 100.0);
  sq_items_float(r, (double)info.load * 100.0);
  sq_items_float(r, sq_link_rate(ctx->link));
  sq_items_float(r, (double)info.rate);
  sq_items_int(r, (int32_t)info.xruns);
  sq_items_int(r, (int32_t)ctx->lates);
  sq_items_int64(r, (int64_t)sq_link_frame(ctx->link));
  sq_items_int(r, (int32_t)info.period);
  sq_items_text(r, ctx->driver->type->name);
  sq_items_text(r, info.description);
  sq_items_int64(r, (int64_t)control.messages);
  sq_items_int64(r, (int64_t)control.failures);
  sq_items_int64(r, (int64_t)control.kernel_dropped);
  sq_items_int(r, (int32_t)control.clients);
  sq_items_int64(r, (int64_t)control.stored);
  sq_items_text(r, ctx->session_path ? ctx->session_path : "");
  sq_items_int(r, ctx->dirty);
  return SQ_OK;
}

static SqStatus sync(SqCall *call) {
  SqItems items = {0};
  for (uint32_t i = 0; i < call->args->n_rest; i++)
    sq_items_osc(&items, &call->args->rest[i]);
  sq_control_sync(call, &items);
  sq_items_cleanup(&items);
  return SQ_OK;
}

static SqStatus quit(SqCall *call) {
  sq_control_quit(call->ctx->control);
  return SQ_OK;
}

static SqStatus job_cancel(SqCall *call) {
  const int32_t id = (int32_t)call->args->args[0].integer;
  if (sq_jobs_cancel(call->ctx->jobs, id) != SQ_OK)
    return sq_call_fail(call, SQ_NOT_FOUND, "there is no job %d; it may be over", id);
  return SQ_OK;
}

const SqRow sq_rows_server[] = {
    {.address = "/ping",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_METER,
     .rest = SQ_REST_ANY,
     .rest_help = "anything",
     .replies = "/pong with the same arguments",
     .help = "Answers at once.",
     .handle = ping},
    {.address = "/version",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_METER,
     .replies = "/version.reply s:name i:major i:minor s:patch s:contract",
     .help = "Tells who answers, and the hash of the contract.",
     .handle = version},
    {.address = "/status",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_METER,
     .replies = "/status.reply i:1 i:processors i:strips i:edges i:plans f:load f:load f:rate f:rate i:xruns i:lates "
                "h:frame i:period s:driver s:description h:messages h:failures h:kernel_dropped i:clients h:stored "
                "s:session i:dirty",
     .help = "Tells how the daemon does; the first nine figures stand where SuperCollider's do.",
     .handle = status},
    {.address = "/sync",
     .kind = SQ_ROW_ACTION,
     .access = SQ_ACCESS_METER,
     .args = arg_id,
     .n_args = 0,
     .rest = SQ_REST_ANY,
     .rest_help = "an id",
     .replies = "/synced with the id",
     .help = "Answers when everything that this client sent before is finished.",
     .handle = sync},
    {.address = "/server/quit",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .help = "Fades out and ends the daemon.",
     .handle = quit},
    {.address = "/job/cancel",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_CONTROL,
     .args = arg_job,
     .n_args = 1,
     .help = "Asks a job to stop.",
     .handle = job_cancel},
};
SQ_ROWS_COUNT(server)
