// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/sessions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "session/load.h"
#include "session/save.h"

/// What a save must know of a processor when the document may have moved on.
typedef struct {
  SqHandle handle;
  const SqProcessorType *type;
  void *instance; ///< pinned; NULL: it has no state
} Known;

typedef struct Saving {
  struct Saving *next;
  SqContext *ctx;
  struct SqToken *token;
  SqDoc *doc; ///< a snapshot
  Known *known;
  uint32_t n_known;
  char folder[SQ_SESSION_PATH];
  char *previous; ///< the session's folder before this one
  bool own;
  uint64_t changes;
  char why[SQ_ARGS_WHY];
} Saving;

/// A session that was opened and is not wholly there.
typedef struct Opening {
  struct Opening *next;
  struct SqToken *token;
  SqItems items;
  SqHandle *procs; ///< [n] not yet looked at as over
  uint32_t n;
  int32_t failed;
} Opening;

struct SqSessions {
  Saving *first, **last; ///< the first is under way
  Opening *openings;
  int64_t next_autosave_ms;
  uint64_t autosaved; ///< ctx->changes then
  bool stopped;
};

static struct SqSessions *sessions_of(SqContext *ctx) {
  if (!ctx->sessions) {
    ctx->sessions = sq_alloc(1, sizeof *ctx->sessions);
    ctx->sessions->last = &ctx->sessions->first;
  }
  return ctx->sessions;
}

static void set_path(SqContext *ctx, const char *path) {
  free(ctx->session_path);
  ctx->session_path = sq_text_copy(path);
}

static void set_clean(SqContext *ctx) {
  if (!ctx->dirty)
    return;
  ctx->dirty = false;
  SqItems items = {0};
  sq_items_int(&items, 0);
  sq_control_event(ctx->control, "/event/dirty", &items);
  sq_items_cleanup(&items);
}

// ---- folders --------------------------------------------------------------------------------------------------------

SqStatus sq_sessions_folder(const SqContext *ctx, const char *text, char folder[SQ_SESSION_PATH], char *why,
                            size_t size) {
  size_t n = strlen(text);
  while (n > 1 && text[n - 1] == '/')
    n--;
  const bool bare = !memchr(text, '/', n);
  if (!n || text[0] == '.' || (!bare && text[0] != '/') || strstr(text, "/../") || strcmp(text, "/") == 0) {
    snprintf(why, size, "'%.80s' is no session; give a name, or the absolute path of its folder", text);
    return SQ_BAD_ARGS;
  }
  const int length =
      bare ? snprintf(folder, SQ_SESSION_PATH, "%s/sessions/%.*s", ctx->options->paths.state, (int)n, text)
           : snprintf(folder, SQ_SESSION_PATH, "%.*s", (int)n, text);
  if (length < 0 || length >= SQ_SESSION_PATH - 64) {
    snprintf(why, size, "the path of the session is longer than %d bytes; use a shorter one", SQ_SESSION_PATH - 64);
    return SQ_BAD_ARGS;
  }
  char *file = strrchr(folder, '/');
  if (!bare && file > folder && strcmp(file, "/" SQ_SESSION_FILE) == 0)
    *file = 0;
  return SQ_OK;
}

/// Bare names have a home of their own; elsewhere only the last folder is made, so that a slip makes no tree.
static void make_home(const SqContext *ctx, const char *folder) {
  char home[SQ_SESSION_PATH];
  const int n = snprintf(home, sizeof home, "%s/sessions", ctx->options->paths.state);
  if (n > 0 && (size_t)n < sizeof home && strncmp(folder, home, (size_t)n) == 0 && folder[n] == '/')
    mkdir(home, 0777); // what is wrong is said when the session is written
}

// ---- what session/ asks of us ---------------------------------------------------------------------------------------

static bool param_of(const SqProcessorType *type, uint32_t i, SqSessionParam *param) {
  if (!type || i >= type->n_params)
    return false;
  const SqParamInfo *info = &type->params[i];
  *param = (SqSessionParam){info->symbol, info->min, info->max, info->def, info->output};
  return true;
}

static bool builtin_param(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param) {
  (void)context;
  return param_of(sq_link_builtin(proc->type), i, param);
}

static int by_handle(const void *a, const void *b) {
  const SqHandle x = ((const Known *)a)->handle, y = ((const Known *)b)->handle;
  return (x > y) - (x < y);
}

static const Known *known_of(const Saving *saving, SqHandle handle) {
  const Known key = {.handle = handle};
  return saving->n_known ? bsearch(&key, saving->known, saving->n_known, sizeof key, by_handle) : NULL;
}

static bool known_param(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param) {
  const Known *known = known_of(context, proc->handle);
  return param_of(known ? known->type : sq_link_builtin(proc->type), i, param);
}

static SqShared *known_state(void *context, const SqProc *proc) {
  const Known *known = known_of(context, proc->handle);
  SqBlob blob = {0};
  if (!known || !known->instance || known->type->save(known->instance, &blob) != SQ_OK)
    return NULL;
  SqShared *state = sq_shared_new(blob.data, blob.size);
  memcpy(state->format, blob.format, sizeof state->format);
  state->version = blob.version;
  free(blob.data);
  return state;
}

// ---- saving ---------------------------------------------------------------------------------------------------------

static void know(Saving *saving, const SqProc *proc) {
  const SqLink *link = saving->ctx->link;
  Known known = {.handle = proc->handle};
  SqLinkState state;
  if (sq_link_proc(link, proc->handle, &state, &known.type, NULL) != SQ_OK || !known.type)
    return;
  const SqProcessorType *type;
  if (!sq_link_instance(link, proc->handle, &type, &known.instance))
    known.instance = NULL;
  if (saving->n_known % 64 == 0)
    saving->known = sq_realloc(saving->known, saving->n_known + 64, sizeof *saving->known);
  saving->known[saving->n_known++] = known;
}

static void know_all(Saving *saving) {
  for (uint32_t i = 0; i < sq_doc_count(saving->doc); i++) {
    const SqStrip *strip = sq_doc_at(saving->doc, i);
    if (strip->generator)
      know(saving, strip->generator);
    for (uint32_t k = 0; k < strip->n_chain; k++)
      know(saving, strip->chain[k]);
  }
  if (saving->n_known)
    qsort(saving->known, saving->n_known, sizeof *saving->known, by_handle);
}

static SqStatus run(SqJob *job, void *context) {
  (void)job;
  Saving *saving = context;
  const SqSessionHost host = {.context = saving, .param = known_param, .state = known_state};
  return sq_session_save(saving->doc, &host, saving->folder, saving->why, sizeof saving->why);
}

static void begin(Saving *saving);

static void saving_free(Saving *saving) {
  sq_doc_free(saving->doc);
  free(saving->known);
  free(saving->previous);
  free(saving);
}

static void failed(Saving *saving) {
  SqContext *ctx = saving->ctx;
  if (saving->own && ctx->session_path && strcmp(ctx->session_path, saving->folder) == 0 && saving->previous)
    set_path(ctx, saving->previous); // save_as: the session is still the other one
  if (!saving->token)
    sq_log(ctx->log, SQ_LOG_LEVEL_ERROR, "autosave: %s", saving->why);
}

static void answer(Saving *saving, SqStatus status) {
  SqItems items = {0};
  if (!saving->token)
    return;
  sq_items_text(&items, saving->folder);
  sq_control_finish(saving->ctx->control, saving->token, status, saving->why, &items);
  sq_items_cleanup(&items);
}

static void done(void *context, int32_t id, SqStatus status) {
  (void)id;
  Saving *saving = context;
  SqContext *ctx = saving->ctx;
  struct SqSessions *sessions = ctx->sessions;
  sq_link_unpin(ctx->link);
  sessions->first = saving->next;
  if (!sessions->first)
    sessions->last = &sessions->first;
  if (status == SQ_CANCELLED)
    snprintf(saving->why, sizeof saving->why, "the daemon is ending; what was saved before is as it was");
  if (status != SQ_OK)
    failed(saving);
  else if (saving->own && ctx->changes == saving->changes)
    set_clean(ctx);
  answer(saving, status);
  saving_free(saving);
  if (sessions->first && !sessions->stopped)
    begin(sessions->first);
}

static void begin(Saving *saving) {
  sq_jobs_add(saving->ctx->jobs, &(SqJobSpec){.name = "save the session", .context = saving, .run = run, .done = done});
}

void sq_sessions_save(SqContext *ctx, const char *folder, struct SqToken *token, bool own) {
  struct SqSessions *sessions = sessions_of(ctx);
  Saving *saving = sq_alloc(1, sizeof *saving);
  saving->ctx = ctx;
  saving->token = token;
  saving->own = own;
  saving->changes = ctx->changes;
  snprintf(saving->folder, sizeof saving->folder, "%s", folder);
  make_home(ctx, folder);
  if (own && (!ctx->session_path || strcmp(ctx->session_path, folder) != 0)) {
    saving->previous = sq_text_copy(ctx->session_path ? ctx->session_path : "");
    set_path(ctx, folder);
  }
  saving->doc = sq_doc_snapshot(ctx->doc);
  know_all(saving);
  sq_link_pin(ctx->link);
  *sessions->last = saving;
  sessions->last = &saving->next;
  if (sessions->first == saving)
    begin(saving);
}

// ---- opening --------------------------------------------------------------------------------------------------------

static void exchange(SqContext *ctx, SqDoc *doc, const char *path) {
  ctx->dirty = true; // no event of becoming so
  ctx->changes++;
  sq_control_set_doc(ctx->control, doc);
  set_clean(ctx);
  set_path(ctx, path);
}

SqSession *sq_sessions_load(const char *folder, SqStatus *status, char *why, size_t size) {
  const SqSessionHost host = {.param = builtin_param};
  return sq_session_load(folder, &host, status, why, size);
}

uint32_t sq_sessions_exchange(SqContext *ctx, SqSession *session, const char *folder) {
  const uint32_t n = session->n;
  exchange(ctx, sq_session_place(session, sq_doc_next_handle(ctx->doc)), folder);
  return n;
}

void sq_sessions_clear(SqContext *ctx, const char *folder) {
  SqDoc *doc = sq_doc_new(2);
  sq_doc_reserve(doc, sq_doc_next_handle(ctx->doc), 0);
  exchange(ctx, doc, folder);
}

static void expect(Opening *opening, const SqProc *proc) {
  if (opening->n % 64 == 0)
    opening->procs = sq_realloc(opening->procs, opening->n + 64, sizeof *opening->procs);
  opening->procs[opening->n++] = proc->handle;
}

/// Takes out what is made or cannot be made; true when nothing is left.
static bool is_over(const SqContext *ctx, Opening *opening) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < opening->n; i++) {
    SqLinkState state;
    if (sq_link_proc(ctx->link, opening->procs[i], &state, NULL, NULL) != SQ_OK)
      continue; // gone again
    if (state == SQ_LINK_BUILDING || sq_link_zones_loading(ctx->link, opening->procs[i]))
      opening->procs[kept++] = opening->procs[i];
    else
      opening->failed += state == SQ_LINK_FAILED;
  }
  opening->n = kept;
  return kept == 0;
}

static void opening_free(Opening *opening) {
  sq_items_cleanup(&opening->items);
  free(opening->procs);
  free(opening);
}

static void end_opening(SqContext *ctx, Opening *opening) {
  sq_items_int(&opening->items, opening->failed);
  sq_control_finish(ctx->control, opening->token, SQ_OK, NULL, &opening->items);
  opening_free(opening);
}

void sq_sessions_finish_when_ready(SqContext *ctx, struct SqToken *token, const SqItems *items) {
  Opening *opening = sq_alloc(1, sizeof *opening);
  opening->token = token;
  sq_items_append(&opening->items, items);
  for (uint32_t i = 0; i < sq_doc_count(ctx->doc); i++) {
    const SqStrip *strip = sq_doc_at(ctx->doc, i);
    if (strip->generator)
      expect(opening, strip->generator);
    for (uint32_t k = 0; k < strip->n_chain; k++)
      expect(opening, strip->chain[k]);
  }
  struct SqSessions *sessions = sessions_of(ctx);
  opening->next = sessions->openings;
  sessions->openings = opening;
}

void sq_sessions_start(SqContext *ctx) {
  const char *start = ctx->options->session.start;
  char folder[SQ_SESSION_PATH], why[SQ_ARGS_WHY];
  if (!start[0])
    return;
  SqStatus status = sq_sessions_folder(ctx, start, folder, why, sizeof why);
  SqSession *session = status == SQ_OK ? sq_sessions_load(folder, &status, why, sizeof why) : NULL;
  if (session)
    sq_log(ctx->log, SQ_LOG_LEVEL_INFO, "session %s, %u strips", folder, sq_sessions_exchange(ctx, session, folder));
  else
    sq_log(ctx->log, SQ_LOG_LEVEL_ERROR, "the session to start with (session.start): %s; beginning empty", why);
}

// ---- time -----------------------------------------------------------------------------------------------------------

static void autosave(SqContext *ctx, struct SqSessions *sessions, int64_t now_ms) {
  const int64_t every = 1000 * (int64_t)ctx->options->engine.autosave;
  char folder[SQ_SESSION_PATH], why[SQ_ARGS_WHY];
  if (!every)
    return;
  if (!sessions->next_autosave_ms)
    sessions->next_autosave_ms = now_ms + every;
  if (now_ms < sessions->next_autosave_ms)
    return;
  sessions->next_autosave_ms = now_ms + every;
  if (!ctx->dirty || sessions->autosaved == ctx->changes || sessions->first)
    return;
  sessions->autosaved = ctx->changes;
  if (sq_sessions_folder(ctx, SQ_SESSION_AUTOSAVE, folder, why, sizeof why) == SQ_OK)
    sq_sessions_save(ctx, folder, NULL, false);
}

void sq_sessions_tick(SqContext *ctx, int64_t now_ms) {
  struct SqSessions *sessions = sessions_of(ctx);
  for (Opening **at = &sessions->openings; *at;) {
    Opening *opening = *at;
    if (!is_over(ctx, opening)) {
      at = &opening->next;
      continue;
    }
    *at = opening->next;
    end_opening(ctx, opening);
  }
  autosave(ctx, sessions, now_ms);
}

void sq_sessions_stop(SqContext *ctx) {
  sessions_of(ctx)->stopped = true;
}

void sq_sessions_free(SqContext *ctx) {
  struct SqSessions *sessions = ctx->sessions;
  if (!sessions)
    return;
  while (sessions->first) { // never begun
    Saving *saving = sessions->first;
    sessions->first = saving->next;
    saving_free(saving);
  }
  while (sessions->openings) {
    Opening *opening = sessions->openings;
    sessions->openings = opening->next;
    opening_free(opening);
  }
  free(sessions);
  ctx->sessions = NULL;
}
