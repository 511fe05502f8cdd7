// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "session/folder.h"
#include "session/write.h"

typedef struct {
  const char *folder;
  bool made_folder, made_states;
  bool *made; ///< [n_states] which state files this call wrote
  char *why;
  size_t size;
} Save;

static SqStatus fail(const Save *s, const char *what, const char *name, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  const bool denied = error == EACCES || error == EPERM || error == EROFS;
  const char *next = full     ? "make room and save again"
                     : denied ? "choose another place with /session/save_as"
                              : "see to it and save again";
  snprintf(s->why, s->size, "cannot %s %s%s%s: %s; what was saved before is as it was, %s", what, s->folder,
           name ? "/" : "", name ? name : "", strerror(error), next);
  return full ? SQ_LIMIT : denied ? SQ_DENIED : error == ENOENT ? SQ_NOT_FOUND : SQ_IO;
}

static bool path_of(const Save *s, const char *name, char *path, size_t size) {
  const int n = snprintf(path, size, "%s/%s", s->folder, name);
  return n > 0 && (size_t)n < size;
}

// ---- one file -------------------------------------------------------------------------------------------------------

/// True when the file holds exactly these bytes: then it need not be written.
static bool holds(const char *path, const char *data, size_t n) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  bool same = fd >= 0 && fstat(fd, &info) == 0 && (size_t)info.st_size == n;
  char part[4096];
  for (size_t at = 0; same && at < n;) {
    const ssize_t got = read(fd, part, sizeof part);
    same = got > 0 && (size_t)got <= n - at && memcmp(part, data + at, (size_t)got) == 0;
    at += got > 0 ? (size_t)got : 0;
  }
  if (fd >= 0)
    close(fd);
  return same;
}

// ---- the folder -----------------------------------------------------------------------------------------------------

static SqStatus write_one(Save *s, const char *name, const char *data, size_t n) {
  char path[PATH_MAX];
  const int error = path_of(s, name, path, sizeof path) ? sq_folder_write(path, data, n) : ENAMETOOLONG;
  return error ? fail(s, "write", name, error) : SQ_OK;
}

static SqStatus make_folder(Save *s, const char *path, bool *made, const char *name) {
  if (mkdir(path, 0777) == 0) {
    *made = true;
    return SQ_OK;
  }
  struct stat info;
  if (errno == EEXIST)
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? SQ_OK : fail(s, "make the folder", name, ENOTDIR);
  return fail(s, "make the folder", name, errno);
}

static SqStatus write_states(Save *s, const SqSessionText *text) {
  char folder[PATH_MAX], path[PATH_MAX];
  if (!text->n_states)
    return SQ_OK;
  if (!path_of(s, SQ_SESSION_STATES, folder, sizeof folder))
    return fail(s, "write", SQ_SESSION_STATES, ENAMETOOLONG);
  SqStatus status = make_folder(s, folder, &s->made_states, SQ_SESSION_STATES);
  for (uint32_t i = 0; i < text->n_states && status == SQ_OK; i++) {
    const SqSessionState *state = &text->states[i];
    if (!path_of(s, state->name, path, sizeof path))
      status = fail(s, "write", state->name, ENAMETOOLONG);
    else if (!holds(path, state->state->data, state->state->size)) {
      status = write_one(s, state->name, state->state->data, state->state->size);
      s->made[i] = status == SQ_OK;
    }
  }
  const int error = status == SQ_OK ? sq_folder_sync(folder) : 0;
  return error ? fail(s, "sync", SQ_SESSION_STATES, error) : status;
}

/// Takes back what this call made.
static void undo(Save *s, const SqSessionText *text) {
  char path[PATH_MAX];
  for (uint32_t i = 0; i < text->n_states; i++)
    if (s->made[i] && path_of(s, text->states[i].name, path, sizeof path))
      unlink(path);
  if (s->made_states && path_of(s, SQ_SESSION_STATES, path, sizeof path))
    rmdir(path);
  if (s->made_folder)
    rmdir(s->folder);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const SqSessionState *)a)->name, ((const SqSessionState *)b)->name);
}

/// "bass.generator.0123456789abcdef", perhaps unfinished: a name of ours, and no other file of the user's.
static bool is_state(const char *name) {
  const char *hash = strchr(name, '.');
  hash = hash ? strchr(hash + 1, '.') : NULL;
  if (!hash || strspn(hash + 1, "0123456789abcdef") != 16)
    return false;
  return hash[17] == 0 || strcmp(hash + 17, SQ_FOLDER_UNFINISHED) == 0;
}

/// States of the session before this one, and what a killed save left.
static void sweep(const Save *s, SqSessionText *text) {
  char folder[PATH_MAX];
  if (!path_of(s, SQ_SESSION_STATES, folder, sizeof folder))
    return;
  DIR *dir = opendir(folder);
  if (!dir)
    return;
  if (text->n_states)
    qsort(text->states, text->n_states, sizeof *text->states, by_name);
  for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
    SqSessionState key;
    snprintf(key.name, sizeof key.name, SQ_SESSION_STATES "/%.200s", entry->d_name);
    if (is_state(entry->d_name) &&
        !(text->n_states && bsearch(&key, text->states, text->n_states, sizeof *text->states, by_name)))
      unlinkat(dirfd(dir), entry->d_name, 0);
  }
  closedir(dir);
}

SqStatus sq_session_save(const SqDoc *doc, const SqSessionHost *host, const char *folder, char *why, size_t size) {
  SqSessionText text;
  sq_session_write(&text, doc, host, folder);
  Save s = {.folder = folder, .made = sq_alloc(text.n_states, sizeof *s.made), .why = why, .size = size};
  SqStatus status = make_folder(&s, folder, &s.made_folder, NULL);
  if (status == SQ_OK)
    status = write_states(&s, &text);
  if (status == SQ_OK)
    status = write_one(&s, SQ_SESSION_FILE, text.text, text.n);
  if (status != SQ_OK) {
    undo(&s, &text);
  } else {
    const int error = sq_folder_sync(folder);
    if (error) {
      snprintf(why, size, "the session is written into %s, but that cannot be synced: %s; save again", folder,
               strerror(error));
      status = SQ_IO;
    } else {
      sweep(&s, &text);
    }
  }
  if (status == SQ_OK && s.made_folder) { // its own name is in its parent
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(folder, '/') - folder), folder);
    sq_folder_sync(parent[0] ? parent : "/");
  }
  free(s.made);
  sq_session_text_cleanup(&text);
  return status;
}
