// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/search.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  const SqPluginPlaces *places;
  SqModuleVisit visit;
  void *context;
  char **seen; ///< [n_seen] real paths of modules and folders: links may lead around in circles
  size_t n_seen, cap_seen;
  bool over, no_memory;
} SqSearch;

/// True the first time that a real path is met.
static bool first_time(SqSearch *s, const char *real) {
  for (size_t i = 0; i < s->n_seen; i++)
    if (strcmp(s->seen[i], real) == 0)
      return false;
  if (s->n_seen == s->cap_seen) {
    size_t cap = s->cap_seen ? s->cap_seen * 2 : 64;
    char **grown = realloc(s->seen, cap * sizeof *grown);
    if (!grown) {
      s->no_memory = s->over = true;
      return false;
    }
    s->seen = grown;
    s->cap_seen = cap;
  }
  char *copy = strdup(real);
  s->no_memory |= !copy;
  if (copy)
    s->seen[s->n_seen++] = copy;
  return copy != NULL;
}

static bool has_suffix(const char *name, const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n > m && strcmp(name + n - m, suffix) == 0;
}

static int not_hidden(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/// By bytes: the order is the same in every locale.
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(SqSearch *s, const char *folder, uint32_t depth) {
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, not_hidden, by_name);
  for (int i = 0; i < n; i++) {
    char path[PATH_MAX], real[PATH_MAX];
    struct stat what;
    int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    bool there = !s->over && length > 0 && (size_t)length < sizeof path && realpath(path, real) && !stat(real, &what);
    bool named = has_suffix(entries[i]->d_name, s->places->suffix);
    if (!there) {
      // a broken link, or the visitor has had enough
    } else if (named && (S_ISREG(what.st_mode) || (S_ISDIR(what.st_mode) && s->places->bundles))) {
      if (first_time(s, real))
        s->over |= !s->visit(s->context, real);
    } else if (S_ISDIR(what.st_mode) && depth > 1 && first_time(s, real)) {
      walk(s, real, depth - 1);
    }
    free(entries[i]);
  }
  free(entries);
}

/// One folder as it is written: "~/" is the home; what is not absolute is nothing.
static void walk_written(SqSearch *s, const char *text, size_t n) {
  char folder[PATH_MAX], real[PATH_MAX];
  const char *home = n >= 2 && text[0] == '~' && text[1] == '/' ? getenv("HOME") : NULL;
  int length = home ? snprintf(folder, sizeof folder, "%s%.*s", home, (int)(n - 1), text + 1)
                    : snprintf(folder, sizeof folder, "%.*s", (int)n, text);
  if (length > 0 && (size_t)length < sizeof folder && folder[0] == '/' && realpath(folder, real) && first_time(s, real))
    walk(s, real, s->places->depth);
}

SqStatus sq_plugin_search(const SqPluginPlaces *places, SqModuleVisit visit, void *context) {
  SqSearch s = {.places = places, .visit = visit, .context = context};
  const char *text = places->variable ? getenv(places->variable) : NULL;
  while (text && *text && !s.over) {
    size_t n = strcspn(text, ":");
    walk_written(&s, text, n < PATH_MAX ? n : 0);
    text += n + (text[n] == ':');
  }
  for (const char *const *folder = places->folders; *folder && !s.over; folder++)
    walk_written(&s, *folder, strlen(*folder));
  for (size_t i = 0; i < s.n_seen; i++)
    free(s.seen[i]);
  free(s.seen);
  return s.no_memory ? SQ_LIMIT : SQ_OK;
}
