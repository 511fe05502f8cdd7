// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "plugins/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "plugins/record.h"
#include "plugins/scan.h"

#define VERSION 1
#define DEPTH 4       ///< folders deep that a bundle is looked through for changes
#define SAVE_EVERY 16 ///< modules: what a scan that is ended loses at most
#define MAX_FILE (256u << 20)

typedef struct {
  char *format, *path, *verdict;
  double size, mtime; ///< bytes, ns: what tells whether it changed
  bool noted;
  SqKeep keep; ///< holds the plug-ins
  const SqPluginInfo **plugins;
  uint32_t n_plugins;
  SqRefused *refused; ///< lies in `keep`
  uint32_t n_refused;
} Module;

struct SqShelf {
  char *program, *file, *pedal;
  Module *modules;
  uint32_t n, cap;

  struct Old *old;
};

/// Plug-ins of a module as it was.
struct Old {
  SqKeep keep;
  const SqPluginInfo **plugins;
  struct Old *next;
};

static char *copy(const char *text) {
  char *to = sq_alloc(strlen(text) + 1, 1);
  memcpy(to, text, strlen(text));
  return to;
}

// ---- modules --------------------------------------------------------------------------------------------------------

static Module *find(SqShelf *shelf, const char *format, const char *path) {
  for (uint32_t i = 0; i < shelf->n; i++)
    if (strcmp(shelf->modules[i].path, path) == 0 && strcmp(shelf->modules[i].format, format) == 0)
      return &shelf->modules[i];
  return NULL;
}

static Module *add(SqShelf *shelf, const char *format, const char *path) {
  if (shelf->n == shelf->cap) {
    shelf->cap = shelf->cap ? 2 * shelf->cap : 64;
    shelf->modules = sq_realloc(shelf->modules, shelf->cap, sizeof *shelf->modules);
  }
  Module *m = &shelf->modules[shelf->n++];
  *m = (Module){.format = copy(format), .path = copy(path), .verdict = copy(""), .mtime = -1.0};
  return m;
}

/// Its plug-ins stay readable: instances of them may exist.
static void set_aside(SqShelf *shelf, Module *m) {
  struct Old *old = sq_alloc(1, sizeof *old);
  *old = (struct Old){.keep = m->keep, .plugins = m->plugins, .next = shelf->old};
  shelf->old = old;
  m->keep = (SqKeep){.last = NULL};
  m->plugins = NULL;
  m->n_plugins = m->n_refused = 0;
}

static void drop(SqShelf *shelf, uint32_t i) {
  Module *m = &shelf->modules[i];
  set_aside(shelf, m);
  free(m->format);
  free(m->path);
  free(m->verdict);
  memmove(m, m + 1, (--shelf->n - i) * sizeof *m);
}

static void judge(Module *m, const char *verdict) {
  free(m->verdict);
  m->verdict = copy(verdict);
}

/// Sums sizes and takes the newest time of a file, or of all that is in a bundle.
static void measure(const char *path, uint32_t depth, double *size, double *mtime) {
  struct stat st;
  if (stat(path, &st) != 0)
    return;
  const double time = (double)st.st_mtim.tv_sec * 1e9 + (double)st.st_mtim.tv_nsec;
  *mtime = time > *mtime ? time : *mtime;
  *size += S_ISREG(st.st_mode) ? (double)st.st_size : 0.0;
  DIR *dir = S_ISDIR(st.st_mode) && depth ? opendir(path) : NULL;
  for (struct dirent *e; dir && (e = readdir(dir));) {
    char inner[4096];
    if (e->d_name[0] != '.' && snprintf(inner, sizeof inner, "%s/%s", path, e->d_name) < (int)sizeof inner)
      measure(inner, depth - 1, size, mtime);
  }
  if (dir)
    closedir(dir);
}

// ---- reading --------------------------------------------------------------------------------------------------------

static const char *text_of(SqJson *json, const SqJsonNode *of, const char *key) {
  const SqJsonNode *node = sq_json_member(json, of, key);
  return node && sq_json_kind(node) == SQ_JSON_TEXT ? sq_json_text(node) : "";
}

static void take_plugins(SqJson *json, const SqJsonNode *array, Module *m) {
  if (!array || sq_json_kind(array) != SQ_JSON_ARRAY)
    return;
  m->plugins = sq_alloc(sq_json_count(array), sizeof(SqPluginInfo *));
  m->refused = sq_keep_array(&m->keep, sq_json_count(array) + 1, sizeof *m->refused);
  for (const SqJsonNode *at = sq_json_first(array); at; at = sq_json_next(at)) {
    if (sq_json_kind(at) == SQ_JSON_OBJECT && *text_of(json, at, "refused")) {
      if (m->refused)
        m->refused[m->n_refused++] = (SqRefused){sq_keep_text(&m->keep, text_of(json, at, "id")),
                                                 sq_keep_text(&m->keep, text_of(json, at, "refused"))};
      continue;
    }
    const SqPluginInfo *info = sq_record_read(json, at, &m->keep);
    const size_t n = strlen(m->format);
    if (info && strncmp(info->type->id, m->format, n) == 0 && info->type->id[n] == ':')
      m->plugins[m->n_plugins++] = info;
  }
}

static double number_of(SqJson *json, const SqJsonNode *of, const char *key) {
  const SqJsonNode *node = sq_json_member(json, of, key);
  return node && sq_json_kind(node) == SQ_JSON_NUMBER ? sq_json_number(node) : -1.0;
}

static char *read_file(const char *path, size_t *size) {
  struct stat st;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *text = fd >= 0 && fstat(fd, &st) == 0 && st.st_size < MAX_FILE ? malloc((size_t)st.st_size + 1) : NULL;
  *size = 0;
  for (ssize_t n; text && (n = read(fd, text + *size, (size_t)st.st_size - *size)) > 0;)
    *size += (size_t)n;
  if (text)
    text[*size] = 0;
  if (fd >= 0)
    close(fd);
  return text;
}

/// A file that is damaged or of another version is as good as none: everything is looked into again.
static void read_shelf(SqShelf *shelf) {
  char why[256];
  size_t size;
  char *text = read_file(shelf->file, &size);
  SqJson *json = text ? sq_json_parse(text, size, why, sizeof why) : NULL;
  const SqJsonNode *root = json ? sq_json_root(json) : NULL;
  if (root && sq_json_kind(root) == SQ_JSON_OBJECT && (int)number_of(json, root, "version") == VERSION) {
    const SqJsonNode *list = sq_json_member(json, root, "modules");
    for (const SqJsonNode *at = list && sq_json_kind(list) == SQ_JSON_ARRAY ? sq_json_first(list) : NULL; at;
         at = sq_json_next(at)) {
      if (sq_json_kind(at) != SQ_JSON_OBJECT)
        continue;
      Module *m = add(shelf, text_of(json, at, "format"), text_of(json, at, "path"));
      judge(m, text_of(json, at, "verdict"));
      m->size = number_of(json, at, "size");
      m->mtime = number_of(json, at, "mtime");
      take_plugins(json, sq_json_member(json, at, "plugins"), m);
    }
  }
  sq_json_free(json);
  free(text);
}

/// A scan was ended while it loaded a module: that one did it.
static void read_pedal(SqShelf *shelf, const char *pedal) {
  size_t size;
  char *text = read_file(pedal, &size);
  char *path = text ? strchr(text, '\n') : NULL;
  if (path) {
    *path++ = 0;
    Module *m = find(shelf, text, path);
    m = m ? m : add(shelf, text, path);
    set_aside(shelf, m);
    m->size = 0.0;
    m->mtime = 0.0;
    measure(path, DEPTH, &m->size, &m->mtime);
    judge(m, "the scan was ended while it was loaded; it stays out until its file changes, or /plugin/scan PATH");
  }
  free(text);
  unlink(pedal);
}

/// Notes of processes that are no more. Daemons may share the file, and scan at the same time.
static void read_pedals(SqShelf *shelf) {
  char pattern[4096];
  glob_t found;
  snprintf(pattern, sizeof pattern, "%s.loading.*", shelf->file);
  if (glob(pattern, 0, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) {
      const long pid = strtol(strrchr(found.gl_pathv[i], '.') + 1, NULL, 10);
      if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        read_pedal(shelf, found.gl_pathv[i]);
    }
  globfree(&found);
}

SqShelf *sq_shelf_open(const SqShelfConfig *config) {
  SqShelf *shelf = sq_alloc(1, sizeof *shelf);
  shelf->program = copy(config->program);
  shelf->file = copy(config->file);
  shelf->pedal = sq_alloc(strlen(config->file) + 32, 1);
  snprintf(shelf->pedal, strlen(config->file) + 32, "%s.loading.%d", config->file, (int)getpid());
  read_shelf(shelf);
  read_pedals(shelf);
  return shelf;
}

void sq_shelf_close(SqShelf *shelf) {
  while (shelf && shelf->n)
    drop(shelf, shelf->n - 1);
  while (shelf && shelf->old) {
    struct Old *next = shelf->old->next;
    sq_keep_cleanup(&shelf->old->keep);
    free(shelf->old->plugins);
    free(shelf->old);
    shelf->old = next;
  }
  if (!shelf)
    return;
  free(shelf->modules);
  free(shelf->program);
  free(shelf->file);
  free(shelf->pedal);
  free(shelf);
}

// ---- writing --------------------------------------------------------------------------------------------------------

/// Whole or not at all.
static bool write_file(const char *path, const char *text, size_t n) {
  char temporary[4096];
  if (snprintf(temporary, sizeof temporary, "%s.%d.new", path, (int)getpid()) >= (int)sizeof temporary)
    return false;
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool good = fd >= 0;
  while (good && n) {
    const ssize_t wrote = write(fd, text, n);
    good = wrote > 0 || (wrote < 0 && errno == EINTR);
    text += wrote > 0 ? wrote : 0;
    n -= wrote > 0 ? (size_t)wrote : 0;
  }
  good = good && fsync(fd) == 0;
  if (fd >= 0)
    close(fd);
  return good && rename(temporary, path) == 0;
}

static bool save(const SqShelf *shelf) {
  SqJsonOut out = {.text = NULL};
  sq_json_out_begin(&out, NULL, '{');
  sq_json_out_number(&out, "version", VERSION);
  sq_json_out_begin(&out, "modules", '[');
  for (uint32_t i = 0; i < shelf->n; i++) {
    const Module *m = &shelf->modules[i];
    sq_json_out_begin(&out, NULL, '{');
    sq_json_out_text(&out, "format", m->format);
    sq_json_out_text(&out, "path", m->path);
    sq_json_out_text(&out, "verdict", m->verdict);
    sq_json_out_number(&out, "size", m->size);
    sq_json_out_number(&out, "mtime", m->mtime);
    sq_json_out_begin(&out, "plugins", '[');
    for (uint32_t k = 0; k < m->n_plugins; k++)
      sq_record_write(&out, m->plugins[k]);
    for (uint32_t k = 0; k < m->n_refused; k++)
      sq_record_write_refused(&out, m->refused[k].id, m->refused[k].why);
    sq_json_out_end(&out, ']');
    sq_json_out_end(&out, '}');
  }
  sq_json_out_end(&out, ']');
  sq_json_out_end(&out, '}');
  const bool good = write_file(shelf->file, out.text, out.n);
  free(out.text);
  return good;
}

// ---- scanning -------------------------------------------------------------------------------------------------------

void sq_shelf_note(SqShelf *shelf, const char *format, const char *path) {
  Module *m = find(shelf, format, path);
  m = m ? m : add(shelf, format, path);
  m->noted = true;
}

static bool wanted(const Module *m, const char *again) {
  return again && *again && (strcmp(m->format, again) == 0 || strncmp(m->path, again, strlen(again)) == 0);
}

static void look_into(SqShelf *shelf, Module *m) {
  char why[512], *text;
  size_t size;
  char note[4200];
  const int n = snprintf(note, sizeof note, "%s\n%s", m->format, m->path);
  write_file(shelf->pedal, note, n > 0 && n < (int)sizeof note ? (size_t)n : 0);
  set_aside(shelf, m);
  const SqStatus status = sq_scan_module(shelf->program, m->format, m->path, &text, &size, why, sizeof why);
  SqJson *json = status == SQ_OK ? sq_json_parse(text, size, why, sizeof why) : NULL;
  if (json) {
    take_plugins(json, sq_json_member(json, sq_json_root(json), "plugins"), m);
    judge(m, text_of(json, sq_json_root(json), "verdict"));
  } else {
    judge(m, why);
  }
  sq_json_free(json);
  free(text);
  unlink(shelf->pedal);
}

uint32_t sq_shelf_scan(SqShelf *shelf, const char *again, SqShelfProgress progress, void *context, char *error,
                       size_t error_size) {
  uint32_t n = 0;
  bool changed = false, going = true;
  for (uint32_t i = shelf->n; i-- > 0;)
    if (!shelf->modules[i].noted) {
      drop(shelf, i);
      changed = true;
    }
  for (uint32_t i = 0; i < shelf->n && going; i++) {
    Module *m = &shelf->modules[i];
    double size = 0.0, mtime = 0.0;
    measure(m->path, DEPTH, &size, &mtime);
    const bool same = size == m->size && mtime == m->mtime;
    if (same && !wanted(m, again))
      continue;
    going = !progress || progress(context, i, shelf->n, m->path);
    if (!going)
      break;
    m->size = size;
    m->mtime = mtime;
    look_into(shelf, m);
    changed = true;
    if (++n % SAVE_EVERY == 0)
      save(shelf);
  }
  for (uint32_t i = 0; i < shelf->n; i++)
    shelf->modules[i].noted = false;
  if (changed && !save(shelf))
    snprintf(error, error_size, "cannot write %s: %s; it is scanned again at the next start", shelf->file,
             strerror(errno));
  return n;
}

uint32_t sq_shelf_count(const SqShelf *shelf) {
  return shelf->n;
}

SqShelved sq_shelf_at(const SqShelf *shelf, uint32_t index) {
  const Module *m = &shelf->modules[index];
  return (SqShelved){m->format, m->path, m->verdict, m->plugins, m->n_plugins, m->refused, m->n_refused};
}
