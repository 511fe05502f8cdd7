// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Where CLAP modules are: CLAP_PATH, then the standard folders, each with what is below it.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugins/clap/world.h"

#define SQ_CLAP_DEPTH 16 ///< folders within folders

/// Real paths that were visited: a folder may be linked into itself, a module into two folders.
typedef struct {
  char **paths;
  size_t n, cap;
  SqModuleVisit visit;
  void *context;
  bool stop, no_memory;
} Search;

/// Keeps `path` (which becomes the search's); false: it was there already, or there is no room.
static bool is_new(Search *s, char *path) {
  for (size_t i = 0; i < s->n; i++)
    if (strcmp(s->paths[i], path) == 0) {
      free(path);
      return false;
    }
  if (s->n == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 64;
    char **grown = realloc(s->paths, cap * sizeof *grown);
    if (!grown) {
      s->no_memory = true;
      free(path);
      return false;
    }
    s->paths = grown;
    s->cap = cap;
  }
  s->paths[s->n++] = path;
  return true;
}

/// By bytes: the order must not depend on the language of the day.
static int compare(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_listed(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static bool is_module(const char *name) {
  size_t n = strlen(name);
  return n > 5 && strcmp(name + n - 5, ".clap") == 0;
}

static void look_into(Search *s, const char *folder, uint32_t depth) {
  char *real = realpath(folder, NULL);
  if (!real || !is_new(s, real))
    return;
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, is_listed, compare);
  for (int i = 0; i < n; i++) {
    char path[4096];
    struct stat is;
    int wrote = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (!s->stop && wrote > 0 && (size_t)wrote < sizeof path && stat(path, &is) == 0) {
      char *file = S_ISREG(is.st_mode) && is_module(path) ? realpath(path, NULL) : NULL;
      if (file && is_new(s, file))
        s->stop = !s->visit(s->context, file);
      else if (S_ISDIR(is.st_mode) && depth < SQ_CLAP_DEPTH)
        look_into(s, path, depth + 1);
    }
    free(entries[i]);
  }
  free(entries);
}

SqStatus sq_clap_modules(void *world, SqModuleVisit visit, void *context) {
  (void)world;
  Search s = {.visit = visit, .context = context};
  char path[4096];
  const char *said = getenv("CLAP_PATH"), *home = getenv("HOME");
  while (said && *said) {
    size_t n = strcspn(said, ":");
    if (n && n < sizeof path) {
      snprintf(path, sizeof path, "%.*s", (int)n, said);
      look_into(&s, path, 0);
    }
    said += n + (said[n] == ':');
  }
  if (home && *home) {
    snprintf(path, sizeof path, "%s/.clap", home);
    look_into(&s, path, 0);
  }
  look_into(&s, "/usr/lib/clap", 0);
  look_into(&s, "/usr/local/lib/clap", 0);
  for (size_t i = 0; i < s.n; i++)
    free(s.paths[i]);
  free(s.paths);
  return s.no_memory ? SQ_LIMIT : SQ_OK;
}
