// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions: opened, saved, listed.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "commands/list.h"
#include "commands/sessions.h"
#include "session/load.h"

static const SqArgSpec arg_path[] = {
    {.name = "path",
     .type = SQ_TYPE_PATH,
     .help = "A name (a folder in the state folder's sessions/), or the absolute path of a session's folder."}};
static const SqArgSpec arg_maybe[] = {
    {.name = "path", .type = SQ_TYPE_PATH, .optional = true, .help = "Where it will be saved, as for open."}};
static const SqArgSpec arg_dirty[] = {
    {.name = "dirty", .type = SQ_TYPE_BOOL, .value_class = SQ_CLASS_CONTROL, .help = "Whether something changed."}};

typedef enum { TO_READ, TO_WRITE } Purpose;

/// The folder that was named, where reading or writing is allowed. The state folder's own sessions always are.
static SqStatus folder_of(SqCall *call, Purpose purpose, char folder[SQ_SESSION_PATH]) {
  const char *text = call->args->args[0].text;
  char path[SQ_PATH_SIZE];
  const SqStatus status = sq_sessions_folder(call->ctx, text, folder, call->why, sizeof call->why);
  if (status != SQ_OK || text[0] != '/')
    return status;
  return purpose == TO_READ ? sq_path_to_read(call, folder, path) : sq_path_to_write(call, folder, "sessions", path);
}

typedef enum { CLEAR, OPEN, SAVE } What;

/// What is done when the message or bundle has succeeded, after all else that it does.
typedef struct {
  What what;
  char folder[SQ_SESSION_PATH]; ///< "": none
  SqSession *session;           ///< OPEN
  struct SqToken *token;
  SqItems items;
} Deed;

static void opened(SqContext *ctx, Deed *deed) {
  const uint32_t n = sq_sessions_exchange(ctx, deed->session, deed->folder);
  deed->session = NULL;
  sq_items_text(&deed->items, deed->folder);
  sq_items_int(&deed->items, (int32_t)n);
  sq_sessions_finish_when_ready(ctx, deed->token, &deed->items);
}

static void do_it(SqContext *ctx, void *context, bool committed) {
  Deed *deed = context;
  if (!committed) {
    sq_control_drop(ctx->control, deed->token);
  } else if (deed->what == SAVE) {
    sq_sessions_save(ctx, deed->folder, deed->token, true);
  } else if (deed->what == OPEN) {
    opened(ctx, deed);
  } else {
    sq_sessions_clear(ctx, deed->folder[0] ? deed->folder : NULL);
    sq_control_finish(ctx->control, deed->token, SQ_OK, NULL, &deed->items);
  }
  sq_session_free(deed->session);
  sq_items_cleanup(&deed->items);
  free(deed);
}

static Deed *promise(SqCall *call, What what, const char *folder) {
  Deed *deed = sq_alloc(1, sizeof *deed);
  deed->what = what;
  snprintf(deed->folder, sizeof deed->folder, "%s", folder);
  deed->token = sq_control_defer(call);
  sq_call_after(call, do_it, deed);
  return deed;
}

// ---- handlers -------------------------------------------------------------------------------------------------------

static SqStatus make(SqCall *call) {
  char folder[SQ_SESSION_PATH] = "";
  const SqStatus status = call->args->args[0].present ? folder_of(call, TO_WRITE, folder) : SQ_OK;
  if (status == SQ_OK)
    promise(call, CLEAR, folder);
  return status;
}

static SqStatus open_session(SqCall *call) {
  char folder[SQ_SESSION_PATH];
  SqStatus status = folder_of(call, TO_READ, folder);
  SqSession *session = status == SQ_OK ? sq_sessions_load(folder, &status, call->why, sizeof call->why) : NULL;
  if (session)
    promise(call, OPEN, folder)->session = session;
  return status;
}

static SqStatus save_as(SqCall *call) {
  char folder[SQ_SESSION_PATH];
  const SqStatus status = folder_of(call, TO_WRITE, folder);
  if (status == SQ_OK)
    promise(call, SAVE, folder);
  return status;
}

static SqStatus save(SqCall *call) {
  if (call->args->args[0].present)
    return save_as(call);
  if (!call->ctx->session_path)
    return sq_call_fail(call, SQ_NOT_NOW, "this session has no name yet; /session/save_as NAME gives it one");
  promise(call, SAVE, call->ctx->session_path);
  return SQ_OK;
}

static SqStatus close_session(SqCall *call) {
  const char *path = call->ctx->session_path;
  if (!path)
    return sq_call_fail(call, SQ_NOT_NOW, "no session is open; /session/new begins an empty one");
  sq_items_text(&promise(call, CLEAR, "")->items, path);
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
     .help =
         "Crossfades to a saved session, after all else that a bundle does; when it is broken, the present one stays.",
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
