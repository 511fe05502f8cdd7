// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Generators and processors: type, settings, parameters by symbol, state, zones.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "protocol/name.h"
#include "protocol/number.h"
#include "session/folder.h"
#include "session/reader.h"

static const double versions[2] = {0, 4294967295.0};
static const double frames[2] = {-1, 1e12};
static const double keys[2] = {-1000, 1000};
static const double velocities[2] = {0, 1};
static const double cents[2] = {-100000, 100000};
static const double levels[2] = {-144, 144};

/// Largest state that is read.
#define STATE_BYTES (256u << 20)

// ---- parameters -----------------------------------------------------------------------------------------------------

static bool known_params(SqReader *r, SqProc *proc, const SqJsonNode *params) {
  SqSessionParam param;
  while (r->host->param(r->host->context, proc, proc->n_params, &param)) {
    proc->params = sq_realloc(proc->params, proc->n_params + 1, sizeof *proc->params);
    double *value = &proc->params[proc->n_params++];
    *value = param.def;
    if (params && !param.output && !sq_reader_number(r, params, param.symbol, (double[]){param.min, param.max}, value))
      return false;
  }
  if (params && proc->n_params)
    proc->unknown_params = sq_reader_rest(r, params);
  return true;
}

/// Of a type that is known only when it is built: kept as text that reads back exactly.
static bool wishes(SqReader *r, SqProc *proc, const SqJsonNode *params) {
  for (const SqJsonNode *p = sq_json_first(params); p; p = sq_json_next(p)) {
    char text[SQ_NUMBER_TEXT];
    if (sq_json_kind(p) == SQ_JSON_NUMBER) {
      sq_number_format(sq_json_number(p), text, sizeof text);
      sq_proc_add_wish(proc, sq_json_key(p), text);
    } else if (sq_json_kind(p) == SQ_JSON_TEXT) {
      sq_proc_add_wish(proc, sq_json_key(p), sq_json_text(p));
    } else {
      return sq_reader_fail(r, p, SQ_BAD_ARGS, "the parameter \"%.60s\" is %s, it must be a number", sq_json_key(p),
                            sq_json_kind_words(sq_json_kind(p)));
    }
  }
  return true;
}

static bool settings(SqReader *r, SqProc *proc, const SqJsonNode *node) {
  const SqJsonNode *all;
  if (!sq_reader_child(r, node, "settings", SQ_JSON_OBJECT, &all))
    return false;
  for (const SqJsonNode *s = all ? sq_json_first(all) : NULL; s; s = sq_json_next(s)) {
    if (sq_json_kind(s) != SQ_JSON_TEXT)
      return sq_reader_fail(r, s, SQ_BAD_ARGS, "the setting \"%.60s\" is %s, it must be a text in quotes",
                            sq_json_key(s), sq_json_kind_words(sq_json_kind(s)));
    sq_proc_set_key(proc, sq_json_key(s), sq_json_text(s));
  }
  return true;
}

// ---- state ----------------------------------------------------------------------------------------------------------

/// "state/…" and no way out of the folder.
static bool is_inside(const char *file) {
  return strncmp(file, SQ_SESSION_STATES "/", sizeof SQ_SESSION_STATES) == 0 &&
         !strchr(file + sizeof SQ_SESSION_STATES, '/') && !strstr(file, "..");
}

static bool state_file(SqReader *r, SqProc *proc, const SqJsonNode *node, const char *file) {
  char path[PATH_MAX], name[512];
  if (!is_inside(file))
    return sq_reader_fail(r, node, SQ_BAD_ARGS,
                          "the state's \"file\" is \"%.60s\", it must be in " SQ_SESSION_STATES "/", file);
  size_t n = 0;
  int error = ENAMETOOLONG;
  char *data = NULL;
  if ((size_t)snprintf(path, sizeof path, "%s/%s", r->folder, file) < sizeof path)
    data = sq_folder_read(path, STATE_BYTES, &n, &error);
  if (!data)
    return sq_reader_fail(r, node, SQ_IO, "the state %.100s cannot be read: %s", file, strerror(error));
  SqShared *state = sq_shared_new(data, n);
  free(data);
  if (proc->state) { // format and version were kept in it
    memcpy(state->format, proc->state->format, sizeof state->format);
    state->version = proc->state->version;
    sq_shared_unref(proc->state);
  }
  proc->state = state;
  const char *written = strrchr(file, '.');
  sq_session_state_name(state, "", "", name, sizeof name);
  if (!written || strcmp(written, strrchr(name, '.')) != 0)
    return sq_reader_fail(r, node, SQ_BAD_ARGS,
                          "%.100s is not what was saved (its sum does not fit); take it from a copy", file);
  return true;
}

static bool state(SqReader *r, SqProc *proc, const SqJsonNode *node) {
  const SqJsonNode *s;
  const char *format = NULL, *id = proc->type, *file = NULL;
  double version = 1;
  if (!sq_reader_child(r, node, "state", SQ_JSON_OBJECT, &s))
    return false;
  if (!s)
    return true;
  if (!sq_reader_text(r, s, "format", &format) || !sq_reader_text(r, s, "id", &id) ||
      !sq_reader_text(r, s, "file", &file) || !sq_reader_whole(r, s, "version", versions, &version))
    return false;
  if (!format || !file)
    return sq_reader_fail(r, s, SQ_BAD_ARGS, "the state has no \"%s\"", format ? "file" : "format");
  if (strlen(format) >= sizeof proc->state->format)
    return sq_reader_fail(r, s, SQ_BAD_ARGS, "the state's \"format\" has more than %zu characters",
                          sizeof proc->state->format - 1);
  if (strcmp(id, proc->type) != 0)
    return sq_reader_fail(r, s, SQ_BAD_ARGS, "the state is one of \"%.60s\", and stands at \"%.60s\"", id, proc->type);
  proc->state = sq_shared_new("", 0);
  snprintf(proc->state->format, sizeof proc->state->format, "%s", format);
  proc->state->version = (uint32_t)version;
  return state_file(r, proc, s, file);
}

// ---- zones ----------------------------------------------------------------------------------------------------------

static bool zone(SqReader *r, SqProc *proc, const SqJsonNode *node) {
  const char *path = NULL;
  char full[PATH_MAX];
  SqZone z = {.root = -1, .hi = 127, .vhi = 1, .end = -1, .loop_start = -1, .loop_end = -1};
  if (sq_json_kind(node) != SQ_JSON_OBJECT)
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "a zone must be an object {}");
  if (!sq_reader_text(r, node, "path", &path) || !sq_reader_number(r, node, "root", keys, &z.root) ||
      !sq_reader_number(r, node, "lo", keys, &z.lo) || !sq_reader_number(r, node, "hi", keys, &z.hi) ||
      !sq_reader_number(r, node, "vlo", velocities, &z.vlo) || !sq_reader_number(r, node, "vhi", velocities, &z.vhi) ||
      !sq_reader_number(r, node, "tune", cents, &z.tune_cents) ||
      !sq_reader_number(r, node, "gain", levels, &z.gain_db) ||
      !sq_reader_choice(r, node, "mode", SQ_SESSION_MODES, &z.mode) ||
      !sq_reader_number(r, node, "start", frames, &z.start) || !sq_reader_number(r, node, "end", frames, &z.end) ||
      !sq_reader_number(r, node, "loop_start", frames, &z.loop_start) ||
      !sq_reader_number(r, node, "loop_end", frames, &z.loop_end))
    return false;
  if (!path || !path[0])
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "the zone has no \"path\"");
  const int n = snprintf(full, sizeof full, "%s%s%s", path[0] == '/' ? "" : r->folder, path[0] == '/' ? "" : "/", path);
  if (n < 0 || (size_t)n >= sizeof full)
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "the zone's \"path\" is too long");
  z.handle = ++r->next;
  z.path = full;
  z.unknown = sq_reader_rest(r, node);
  sq_proc_add_zone(proc, &z);
  return true;
}

static bool zones(SqReader *r, SqProc *proc, const SqJsonNode *node) {
  const SqJsonNode *all;
  if (!sq_reader_child(r, node, "zones", SQ_JSON_ARRAY, &all))
    return false;
  for (const SqJsonNode *z = all ? sq_json_first(all) : NULL; z; z = sq_json_next(z))
    if (!zone(r, proc, z))
      return false;
  return true;
}

// ---- whole ----------------------------------------------------------------------------------------------------------

static bool name(SqReader *r, const SqJsonNode *node, const char **to) {
  const char *why = "";
  *to = NULL;
  if (!sq_reader_text(r, node, "name", to))
    return false;
  if (!*to)
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "a processor of a chain has no \"name\"");
  return sq_name_check(*to, &why) == SQ_OK || sq_reader_fail(r, node, SQ_BAD_ARGS, "the name \"%.64s\" %s", *to, why);
}

/// The strip it listens to is found when all are known; the tap is read here.
static bool sidechain(SqReader *r, SqProc *proc, const SqJsonNode *node) {
  const SqJsonNode *side;
  proc->sidechain_tap = SQ_TAP_POST;
  if (!sq_reader_child(r, node, "sidechain", SQ_JSON_OBJECT, &side))
    return false;
  return !side || sq_reader_choice(r, side, "tap", SQ_SESSION_TAPS, &proc->sidechain_tap);
}

SqProc *sq_reader_proc(SqReader *r, const SqJsonNode *node, bool generator) {
  const char *type = NULL, *called = "generator";
  const SqJsonNode *params;
  if (sq_json_kind(node) != SQ_JSON_OBJECT) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "a processor must be an object {}");
    return NULL;
  }
  if ((!generator && !name(r, node, &called)) || !sq_reader_text(r, node, "type", &type))
    return NULL;
  if (!type || !type[0] || strlen(type) > 1000) {
    sq_reader_fail(r, node, SQ_BAD_ARGS, "a processor needs a \"type\" of 1 to 1000 characters");
    return NULL;
  }
  SqProc *proc = sq_proc_new(type, called);
  proc->handle = ++r->next;
  const bool good = sq_reader_bool(r, node, "bypass", &proc->bypass) && (generator || sidechain(r, proc, node)) &&
                    settings(r, proc, node) && sq_reader_child(r, node, "params", SQ_JSON_OBJECT, &params) &&
                    known_params(r, proc, params) && (proc->n_params || !params || wishes(r, proc, params)) &&
                    state(r, proc, node) && zones(r, proc, node);
  if (good) {
    proc->unknown = sq_reader_rest(r, node);
    return proc;
  }
  sq_proc_free(proc);
  return NULL;
}
