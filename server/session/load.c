// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/folder.h"
#include "session/reader.h"

static const double tempos[2] = {1, 1000};
static const double beats[2] = {1, 64};
static const double majors[2] = {1, 1e9};

void sq_session_free(SqSession *session) {
  if (!session)
    return;
  for (uint32_t i = 0; i < session->n; i++)
    sq_strip_unref(session->strips[i]);
  sq_shared_unref(session->unknown);
  free(session->strips);
  free(session);
}

// ---- the whole ------------------------------------------------------------------------------------------------------

/// What it is, and whether it is for us, before anything else is looked at.
static bool version(SqReader *r, const SqJsonNode *root) {
  const char *format = NULL;
  const SqJsonNode *v;
  double major = 0, minor = 0;
  if (sq_json_kind(root) != SQ_JSON_OBJECT)
    return sq_reader_fail(r, root, SQ_BAD_ARGS, "a session must be an object {}");
  if (!sq_reader_text(r, root, "format", &format))
    return false;
  if (!format || strcmp(format, SQ_SESSION_FORMAT) != 0)
    return sq_reader_fail(r, root, SQ_BAD_ARGS, "this is no session: \"format\" is not \"" SQ_SESSION_FORMAT "\"");
  if (!sq_reader_child(r, root, "version", SQ_JSON_OBJECT, &v))
    return false;
  if (!v)
    return sq_reader_fail(r, root, SQ_BAD_ARGS, "there is no \"version\"");
  if (!sq_reader_whole(r, v, "major", majors, &major) || !sq_reader_whole(r, v, "minor", (double[]){0, 1e9}, &minor))
    return false;
  if (major < 1.0)
    return sq_reader_fail(r, v, SQ_BAD_ARGS, "the version has no \"major\"");
  if (major > SQ_SESSION_MAJOR)
    return sq_reader_fail(r, v, SQ_UNSUPPORTED,
                          "the session is of version %.0f, this program reads up to %d; open it with a newer one",
                          major, SQ_SESSION_MAJOR);
  return true;
}

static bool globals(SqReader *r, const SqJsonNode *root) {
  const SqJsonNode *signature;
  double *n = r->session->numbers;
  n[SQ_GLOBAL_TEMPO] = 120.0;
  n[SQ_GLOBAL_BAR] = n[SQ_GLOBAL_UNIT] = 4.0;
  if (!sq_reader_number(r, root, "tempo", tempos, &n[SQ_GLOBAL_TEMPO]) ||
      !sq_reader_child(r, root, "signature", SQ_JSON_OBJECT, &signature))
    return false;
  return !signature || (sq_reader_whole(r, signature, "beats", beats, &n[SQ_GLOBAL_BAR]) &&
                        sq_reader_whole(r, signature, "unit", beats, &n[SQ_GLOBAL_UNIT]));
}

static bool strips(SqReader *r, const SqJsonNode *root) {
  const SqJsonNode *all;
  SqSession *session = r->session;
  if (!sq_reader_child(r, root, "strips", SQ_JSON_ARRAY, &all))
    return false;
  if (!all)
    return sq_reader_fail(r, root, SQ_BAD_ARGS, "there are no \"strips\"");
  const uint32_t n = sq_json_count(all);
  if (n > SQ_MAX_STRIPS)
    return sq_reader_fail(r, all, SQ_LIMIT, "there are %u strips, %u are possible", n, SQ_MAX_STRIPS);
  session->strips = sq_alloc(n + 1, sizeof *session->strips);
  r->nodes = sq_alloc(n + 1, sizeof *r->nodes);
  for (const SqJsonNode *node = sq_json_first(all); node; node = sq_json_next(node)) {
    SqStrip *strip = sq_reader_strip(r, node);
    if (!strip)
      return false;
    r->nodes[session->n] = node;
    session->strips[session->n++] = strip;
  }
  if (!n || session->strips[0]->kind != SQ_STRIP_MASTER)
    return sq_reader_fail(r, n ? sq_json_first(all) : all, SQ_BAD_ARGS, "the first strip must be the master");
  if (!sq_reader_links(r))
    return false;
  for (uint32_t i = 0; i < n; i++)
    session->strips[i]->unknown = sq_reader_rest(r, r->nodes[i]);
  return true;
}

SqSession *sq_session_read(const char *text, size_t n, const char *folder, const SqSessionHost *host, SqStatus *status,
                           char *why, size_t size) {
  SqReader r = {.host = host, .folder = folder, .next = SQ_HANDLE_MASTER, .why = why, .size = size};
  *status = SQ_BAD_ARGS;
  r.json = sq_json_parse(text, n, why, size);
  if (!r.json)
    return NULL;
  r.session = sq_alloc(1, sizeof *r.session);
  const SqJsonNode *root = sq_json_root(r.json);
  const bool good = version(&r, root) && globals(&r, root) && strips(&r, root);
  *status = good ? SQ_OK : r.status;
  if (good) {
    r.session->unknown = sq_reader_rest(&r, root);
    r.session->n_handles = r.next;
  } else {
    sq_session_free(r.session);
    r.session = NULL;
  }
  free(r.nodes);
  sq_json_free(r.json);
  return r.session;
}

// ---- the folder -----------------------------------------------------------------------------------------------------

static SqStatus cannot(int error, const char *folder, char *why, size_t size) {
  if (error == ENOENT || error == ENOTDIR) {
    snprintf(why, size, "there is no session %s; /session/list shows those there are", folder);
    return SQ_NOT_FOUND;
  }
  snprintf(why, size, "%s/" SQ_SESSION_FILE " cannot be read: %s", folder,
           error == EFBIG    ? "it is larger than any session"
           : error == EINVAL ? "it is no regular file"
                             : strerror(error));
  return error == EFBIG ? SQ_LIMIT : SQ_IO;
}

SqSession *sq_session_load(const char *folder, const SqSessionHost *host, SqStatus *status, char *why, size_t size) {
  char path[PATH_MAX], fault[256] = "";
  size_t n = 0;
  int error = ENAMETOOLONG;
  char *text = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s/" SQ_SESSION_FILE, folder) < sizeof path)
    text = sq_folder_read(path, SQ_SESSION_MAX_BYTES, &n, &error);
  if (!text) {
    *status = cannot(error, folder, why, size);
    return NULL;
  }
  SqSession *session = sq_session_read(text, n, folder, host, status, fault, sizeof fault);
  free(text);
  if (!session)
    snprintf(why, size, SQ_SESSION_FILE " %s; nothing was changed", fault);
  return session;
}

// ---- its place in the run -------------------------------------------------------------------------------------------

/// Local handles begin at 2; the master's is 1 in every document.
static SqHandle shifted(SqHandle handle, SqHandle by) {
  return handle > SQ_HANDLE_MASTER ? handle + by : handle;
}

static void shift_proc(SqProc *proc, SqHandle by) {
  proc->handle = shifted(proc->handle, by);
  proc->sidechain = shifted(proc->sidechain, by);
  for (uint32_t i = 0; i < proc->n_zones; i++)
    proc->zones[i].handle = shifted(proc->zones[i].handle, by);
}

static void shift_strip(SqStrip *strip, SqHandle by) {
  strip->handle = shifted(strip->handle, by);
  strip->output = shifted(strip->output, by);
  if (strip->generator)
    shift_proc(strip->generator, by);
  for (uint32_t i = 0; i < strip->n_chain; i++)
    shift_proc(strip->chain[i], by);
  for (uint32_t i = 0; i < strip->n_sends; i++) {
    strip->sends[i].handle = shifted(strip->sends[i].handle, by);
    strip->sends[i].bus = shifted(strip->sends[i].bus, by);
  }
}

SqDoc *sq_session_place(SqSession *session, SqHandle first) {
  SqDoc *doc = sq_doc_new(session->strips[0]->n_channels);
  const SqHandle by = first - (SQ_HANDLE_MASTER + 1);
  for (uint32_t i = 0; i < session->n; i++) {
    shift_strip(session->strips[i], by);
    sq_strip_unref(sq_doc_put(doc, session->strips[i]));
  }
  for (uint32_t i = 0; i < SQ_GLOBAL_NUMBERS; i++)
    sq_doc_set_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, i}, session->numbers[i]);
  sq_doc_reserve(doc, shifted(session->n_handles, by), 0);
  sq_doc_set_unknown(doc, session->unknown);
  session->n = 0;
  session->unknown = NULL;
  sq_session_free(session);
  return doc;
}
