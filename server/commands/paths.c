// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// A part that is "..": relative paths must not climb.
static bool climbs(const char *text) {
  for (const char *at = text; at; at = strchr(at, '/')) {
    at += *at == '/';
    if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || !at[2]))
      return true;
    if (!*at)
      break;
  }
  return false;
}

static bool is_below(const char *path, const char *root, size_t length) {
  while (length > 1 && root[length - 1] == '/')
    length--;
  return length && strncmp(path, root, length) == 0 && (path[length] == '/' || !path[length] || length == 1);
}

/// Whether the file's folder, links followed, lies in one of `roots` (folders separated by ':'; "": everywhere).
static bool is_allowed(const char *path, const char *roots) {
  char folder[SQ_PATH_SIZE], real[PATH_MAX], root[PATH_MAX];
  if (!*roots)
    return true;
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  slash[slash == folder] = 0;
  if (!realpath(folder, real))
    return false;
  for (const char *at = roots; *at; at += strcspn(at, ":"), at += *at == ':') {
    char named[SQ_PATH_SIZE];
    snprintf(named, sizeof named, "%.*s", (int)strcspn(at, ":"), at);
    if (*named && realpath(named, root) && is_below(real, root, strlen(root)))
      return true;
  }
  return false;
}

static SqStatus join(SqCall *call, const char *folder, const char *text, char path[SQ_PATH_SIZE]) {
  if (!*text || text[strlen(text) - 1] == '/')
    return sq_call_fail(call, SQ_BAD_ARGS, "'%.80s' names no file; give an absolute path, or a name below %.160s", text,
                        folder);
  if (text[0] != '/' && climbs(text))
    return sq_call_fail(call, SQ_BAD_ARGS, "'%.80s' leaves %.160s by '..'; give an absolute path", text, folder);
  const int n =
      text[0] == '/' ? snprintf(path, SQ_PATH_SIZE, "%s", text) : snprintf(path, SQ_PATH_SIZE, "%s/%s", folder, text);
  if (n >= SQ_PATH_SIZE)
    return sq_call_fail(call, SQ_BAD_ARGS, "the path is longer than %d bytes; use a shorter one", SQ_PATH_SIZE - 1);
  return SQ_OK;
}

SqStatus sq_path_to_read(SqCall *call, const char *text, char path[SQ_PATH_SIZE]) {
  const SqContext *ctx = call->ctx;
  const char *folder = ctx->options->paths.state;
  char session[SQ_PATH_SIZE];
  struct stat st;
  if (ctx->session_path) { // a folder, or a file in one
    snprintf(session, sizeof session, "%s", ctx->session_path);
    char *slash = strrchr(session, '/');
    if (slash && (stat(session, &st) != 0 || !S_ISDIR(st.st_mode)))
      *slash = 0;
    folder = session;
  }
  const SqStatus status = join(call, folder, text, path);
  if (status != SQ_OK)
    return status;
  if (!is_allowed(path, ctx->options->paths.read))
    return sq_call_fail(call, SQ_DENIED, "%.160s may not be read; paths.read in squeezed.conf allows %.100s", path,
                        ctx->options->paths.read);
  return SQ_OK;
}

/// Makes the folder of `path`, from the end of `base` on.
static bool make_folders(const char *path, size_t base) {
  char part[SQ_PATH_SIZE];
  for (const char *at = strchr(path + base, '/'); at; at = strchr(at + 1, '/')) {
    snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
    if (at > path && mkdir(part, 0777) != 0 && errno != EEXIST)
      return false;
  }
  return true;
}

SqStatus sq_path_to_write(SqCall *call, const char *text, const char *folder, char path[SQ_PATH_SIZE]) {
  const SqOptions *options = call->ctx->options;
  char base[SQ_PATH_SIZE];
  snprintf(base, sizeof base, "%s/%s", options->paths.state, folder);
  const SqStatus status = join(call, base, text, path);
  if (status != SQ_OK)
    return status;
  if (text[0] != '/' && !make_folders(path, strlen(options->paths.state)))
    return sq_call_fail(call, SQ_IO, "cannot make the folder of %.160s: %s; give an absolute path", path,
                        strerror(errno));
  if (!is_allowed(path, options->paths.write))
    return sq_call_fail(call, SQ_DENIED, "%.160s may not be written; paths.write in squeezed.conf allows %.100s", path,
                        options->paths.write);
  return SQ_OK;
}
