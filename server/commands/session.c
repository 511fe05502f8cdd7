// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions: opened, saved, listed.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/list.h"
#include "commands/sessions.h"
#include "session/session.h"

static const SqArgSpec arg_path[] = {
    {.name = "path",
     .type = SQ_TYPE_PATH,
     .help = "A name (a folder in the state folder's sessions/), or the absolute path of a session's folder."}};
static const SqArgSpec arg_maybe[] = {
    {.name = "path", .type = SQ_TYPE_PATH, .optional = true, .help = "Where it will be saved, as for open."}};
static const SqArgSpec arg_dirty[] = {
    {.name = "dirty", .type = SQ_TYPE_BOOL, .value_class = SQ_CLASS_CONTROL, .help = "Whether something changed."}};

static SqStatus folder_of(SqCall *call, char folder[SQ_SESSION_PATH]) {
  return sq_sessions_folder(call->ctx, call->args->args[0].text, folder, call->why, sizeof call->why);
}

static void set_path(SqContext *ctx, const char *path) {
  free(ctx->session_path);
  ctx->session_path = sq_text_copy(path);
}

static SqStatus make(SqCall *call) {
  char folder[SQ_SESSION_PATH];
  const bool named = call->args->args[0].present;
  const SqStatus status = named ? folder_of(call, folder) : SQ_OK;
  if (status != SQ_OK)
    return status;
  sq_sessions_clear(call->ctx);
  if (named)
    set_path(call->ctx, folder);
  return SQ_OK;
}

static SqStatus open_session(SqCall *call) {
  char folder[SQ_SESSION_PATH];
  uint32_t count = 0;
  SqStatus status = folder_of(call, folder);
  if (status == SQ_OK)
    status = sq_sessions_open(call->ctx, folder, &count, call->why, sizeof call->why);
  if (status != SQ_OK)
    return status;
  sq_items_text(&call->results, folder);
  sq_items_int(&call->results, (int32_t)count);
  sq_sessions_finish_when_ready(call->ctx, sq_control_defer(call), &call->results);
  return SQ_OK;
}

static SqStatus save_into(SqCall *call, const char *folder) {
  sq_sessions_save(call->ctx, folder, sq_control_defer(call), true);
  return SQ_OK;
}

static SqStatus save_as(SqCall *call) {
  char folder[SQ_SESSION_PATH];
  const SqStatus status = folder_of(call, folder);
  return status == SQ_OK ? save_into(call, folder) : status;
}

static SqStatus save(SqCall *call) {
  if (call->args->args[0].present)
    return save_as(call);
  if (!call->ctx->session_path)
    return sq_call_fail(call, SQ_NOT_NOW, "this session has no name yet; /session/save_as NAME gives it one");
  char folder[SQ_SESSION_PATH];
  snprintf(folder, sizeof folder, "%s", call->ctx->session_path);
  return save_into(call, folder);
}

static SqStatus close_session(SqCall *call) {
  if (!call->ctx->session_path)
    return sq_call_fail(call, SQ_NOT_NOW, "no session is open; /session/new begins an empty one");
  sq_items_text(&call->results, call->ctx->session_path);
  sq_sessions_clear(call->ctx);
  return SQ_OK;
}

static SqStatus dirty(SqCall *call) {
  sq_items_int(&call->results, call->ctx->dirty);
  return SQ_OK;
}

// ---- list -----------------------------------------------------------------------------------------------------------

static int is_session(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static SqStatus list(SqCall *call) {
  char home[SQ_SESSION_PATH], file[2 * SQ_SESSION_PATH];
  struct dirent **entries = NULL;
  struct stat info;
  SqItems names = {0}, count = {0};
  snprintf(home, sizeof home, "%s/sessions", call->ctx->options->paths.state);
  const int n = scandir(home, &entries, is_session, alphasort);
  for (int i = 0; i < n; i++) {
    snprintf(file, sizeof file, "%s/%s/" SQ_SESSION_FILE, home, entries[i]->d_name);
    if (stat(file, &info) == 0)
      sq_items_text(&names, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  sq_items_int(&count, (int32_t)names.n);
  struct SqToken *token = sq_control_defer(call);
  const SqStatus status = sq_control_send_pages(call->ctx->control, token, "/session/list", &names, 1);
  sq_control_finish(call->ctx->control, token, status, "a name is too long for UDP; ask on the Unix socket", &count);
  sq_items_cleanup(&names);
  sq_items_cleanup(&count);
  return SQ_OK;
}

const SqRow sq_rows_session[] = {
    {.address = "/session/new",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_maybe,
     .n_args = 1,
     .help = "Fades to an empty session.",
     .handle = make},
    {.address = "/session/open",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_path,
     .n_args = 1,
     .replies = "s:path i:strips i:failed, when every processor was made or is known to be missing",
     .help = "Crossfades to a saved session; when it is broken, the present one stays.",
     .handle = open_session},
    {.address = "/session/save",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_maybe,
     .n_args = 1,
     .replies = "s:path, when it is on the disk",
     .help = "Saves the session as it is now.",
     .handle = save},
    {.address = "/session/save_as",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .args = arg_path,
     .n_args = 1,
     .replies = "s:path, when it is on the disk",
     .help = "Saves the session under another name and goes on with that; what was there is replaced.",
     .handle = save_as},
    {.address = "/session/close",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_FILE,
     .replies = "s:path",
     .help = "Fades to an empty session without a name; what was not saved is lost.",
     .handle = close_session},
    {.address = "/session/list",
     .kind = SQ_ROW_COMMAND,
     .access = SQ_ACCESS_METER,
     .replies = "i:how_many, after pages /session/list i:index i:of s:name…",
     .help = "Lists the sessions of the state folder.",
     .handle = list},
    {.address = "/session/dirty",
     .kind = SQ_ROW_VALUE,
     .access = SQ_ACCESS_METER,
     .args = arg_dirty,
     .n_args = 1,
     .help = "Whether something changed since the session was saved.",
     .handle = dirty,
     .property = SQ_NO_PROPERTY,
     .read_only = true},
};
SQ_ROWS_COUNT(session)
