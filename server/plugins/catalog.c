// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/catalog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/formats.h"

#define SQ_CATALOG_CANDIDATES 5 ///< named in an error: what fits in a line

/// One plug-in in the sorted list; one allocation holds its strings.
typedef struct {
  SqPluginEntry entry;
  char *strings;
} SqCatalogItem;

struct SqCatalog {
  SqFormats *formats;
  pthread_mutex_t lock; ///< guards the list
  SqCatalogItem *items; ///< [n_items], sorted by name
  size_t n_items, cap_items;
  bool listed;
};

SqCatalog *sq_catalog_new(const SqFormatConfig *config) {
  SqCatalog *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  pthread_mutex_init(&c->lock, NULL);
  c->formats = sq_formats_new(config);
  if (c->formats)
    return c;
  sq_catalog_free(c);
  return NULL;
}

static void free_items(SqCatalog *c) {
  for (size_t i = 0; i < c->n_items; i++)
    free(c->items[i].strings);
  free(c->items);
  c->items = NULL;
  c->n_items = c->cap_items = 0;
}

void sq_catalog_free(SqCatalog *catalog) {
  if (!catalog)
    return;
  sq_formats_free(catalog->formats);
  free_items(catalog);
  pthread_mutex_destroy(&catalog->lock);
  free(catalog);
}

bool sq_catalog_is_plugin_id(const char *what) {
  const char *rest;
  return strchr(what, ':') && sq_formats_find(what, &rest) < sq_formats_count();
}

// ---- the list -------------------------------------------------------------------------------------------------------

static bool add_item(void *context, const SqPluginEntry *entry) {
  SqCatalog *c = context;
  if (c->n_items == c->cap_items) {
    size_t cap = c->cap_items ? c->cap_items * 2 : 256;
    SqCatalogItem *grown = realloc(c->items, cap * sizeof *grown);
    if (!grown)
      return false;
    c->items = grown;
    c->cap_items = cap;
  }
  const char *from[4] = {entry->id, entry->name, entry->category, entry->author};
  const char *to[4];
  size_t total = 0;
  for (int i = 0; i < 4; i++)
    total += strlen(from[i]) + 1;
  char *strings = malloc(total);
  if (!strings)
    return false;
  char *p = strings;
  for (int i = 0; i < 4; i++) {
    size_t n = strlen(from[i]) + 1;
    memcpy(p, from[i], n);
    to[i] = p;
    p += n;
  }
  c->items[c->n_items++] = (SqCatalogItem){{to[0], to[1], to[2], to[3]}, strings};
  return true;
}

static int compare_items(const void *a, const void *b) {
  const SqPluginEntry *x = &((const SqCatalogItem *)a)->entry, *y = &((const SqCatalogItem *)b)->entry;
  int by_name = strcasecmp(x->name, y->name);
  return by_name ? by_name : strcmp(x->id, y->id);
}

/// Fills the list on first use. The lock is held.
static SqStatus need_list(SqCatalog *c) {
  if (c->listed)
    return SQ_OK;
  for (uint32_t i = 0; i < sq_formats_count(); i++) {
    SqStatus status = sq_formats_at(i)->list(sq_formats_world(c->formats, i), add_item, c);
    if (status != SQ_OK) {
      free_items(c);
      return status;
    }
  }
  if (c->n_items)
    qsort(c->items, c->n_items, sizeof *c->items, compare_items);
  c->listed = true;
  return SQ_OK;
}

/// True when `text` holds `piece`, letters of any case alike.
static bool holds(const char *text, const char *piece) {
  size_t n = strlen(piece);
  for (; *text; text++)
    if (strncasecmp(text, piece, n) == 0)
      return true;
  return n == 0;
}

/// True when any text of the entry holds `filter`.
static bool entry_holds(const SqPluginEntry *e, const char *filter) {
  return !filter || !*filter || holds(e->id, filter) || holds(e->name, filter) || holds(e->category, filter) ||
         holds(e->author, filter);
}

SqStatus sq_catalog_list(SqCatalog *catalog, const char *filter, SqPluginVisit visit, void *context) {
  pthread_mutex_lock(&catalog->lock);
  SqStatus status = need_list(catalog);
  for (size_t i = 0; status == SQ_OK && i < catalog->n_items; i++)
    if (entry_holds(&catalog->items[i].entry, filter) && !visit(context, &catalog->items[i].entry))
      break;
  pthread_mutex_unlock(&catalog->lock);
  return status;
}

// ---- names ----------------------------------------------------------------------------------------------------------

/// How well an entry fits a name: 4 the whole name, 3 the last part of the identifier, 2 a piece of the name, 1 a piece
/// of the identifier, 0 not at all.
static int fit_of(const SqPluginEntry *e, const char *name) {
  if (strcasecmp(e->name, name) == 0)
    return 4;
  size_t n = strlen(e->id), m = strlen(name);
  if (n > m && strcasecmp(e->id + n - m, name) == 0 && strchr("/#:", e->id[n - m - 1]))
    return 3;
  if (holds(e->name, name))
    return 2;
  return holds(e->id, name) ? 1 : 0;
}

/// Number of letters that two texts share at the beginning and at the end: the nearest of wrong identifiers.
static size_t likeness(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b), front = 0, back = 0;
  while (front < n && front < m && (a[front] | 32) == (b[front] | 32))
    front++;
  while (back < n - front && back < m - front && (a[n - 1 - back] | 32) == (b[m - 1 - back] | 32))
    back++;
  return front + back;
}

/// Appends the identifiers of up to SQ_CATALOG_CANDIDATES items of fit `best`, or the most alike one when `best` is 0.
static void append_candidates(const SqCatalog *c, const char *name, int best, char *error, size_t error_size) {
  size_t used = strlen(error), n = 0, alike = 0;
  const SqPluginEntry *nearest = NULL;
  for (size_t i = 0; i < c->n_items; i++) {
    const SqPluginEntry *e = &c->items[i].entry;
    const char *bare;
    size_t l = sq_formats_find(e->id, &bare) < sq_formats_count() ? likeness(bare, name) : 0;
    if (l > alike && 2 * l >= strlen(name)) {
      alike = l;
      nearest = e;
    }
    if (best == 0 || fit_of(e, name) != best || used >= error_size)
      continue;
    if (n++ == SQ_CATALOG_CANDIDATES) {
      snprintf(error + used, error_size - used, ", …");
      return;
    }
    int wrote = snprintf(error + used, error_size - used, "%s%s (%s)", n == 1 ? "" : ", ", e->id, e->name);
    used += wrote > 0 ? (size_t)wrote : 0;
  }
  if (best == 0 && used < error_size) {
    if (nearest)
      snprintf(error + used, error_size - used, "; the nearest is %s (%s)", nearest->id, nearest->name);
    else
      snprintf(error + used, error_size - used, "; /plugin/list shows the %zu that are installed", c->n_items);
  }
}

/// True when both are one plug-in in two formats.
static bool is_twin(const SqPluginEntry *a, const SqPluginEntry *b) {
  const char *rest;
  return strcasecmp(a->name, b->name) == 0 && sq_formats_find(a->id, &rest) != sq_formats_find(b->id, &rest);
}

/// Finds the one entry that `name` means; NULL: none or several, told in the error. Of one plug-in in several formats
/// it is that of the first format.
static const SqPluginEntry *find_name(const SqCatalog *c, const char *name, char *error, size_t error_size) {
  int best = 0;
  size_t n_best = 0;
  const SqPluginEntry *found = NULL;
  for (size_t i = 0; i < c->n_items; i++) {
    const SqPluginEntry *e = &c->items[i].entry;
    int fit = fit_of(e, name);
    const char *rest;
    if (fit == 0 || fit < best)
      continue;
    if (fit == best && is_twin(e, found)) {
      found = sq_formats_find(e->id, &rest) < sq_formats_find(found->id, &rest) ? e : found;
      continue;
    }
    n_best = fit > best ? 1 : n_best + 1;
    best = fit;
    found = e;
  }
  if (n_best == 1)
    return found;
  if (n_best == 0)
    snprintf(error, error_size, "no plug-in is called '%s'", name);
  else
    snprintf(error, error_size, "%zu plug-ins are called like '%s': ", n_best, name);
  append_candidates(c, name, best, error, error_size);
  return NULL;
}

SqStatus sq_catalog_info(SqCatalog *catalog, const char *what, const SqPluginInfo **info, char *error,
                         size_t error_size) {
  const char *rest = what;
  const bool prefixed = sq_catalog_is_plugin_id(what);
  SqStatus status = SQ_NOT_FOUND;
  if (prefixed)
    status = sq_formats_describe(catalog->formats, what, NULL, info, error, error_size);
  else if (strchr(what, ':'))
    for (uint32_t i = 0; i < sq_formats_count() && status == SQ_NOT_FOUND; i++)
      status = sq_formats_at(i)->describe(sq_formats_world(catalog->formats, i), what, info, error, error_size);
  if (prefixed)
    sq_formats_find(what, &rest);
  if (status != SQ_NOT_FOUND)
    return status;

  char id[1024];
  pthread_mutex_lock(&catalog->lock);
  status = need_list(catalog);
  if (status != SQ_OK) {
    snprintf(error, error_size, "the installed plug-ins cannot be listed");
  } else if (strchr(rest, ':') || strchr(rest, '/')) {
    snprintf(error, error_size, "no plug-in has the identifier '%s'", what);
    append_candidates(catalog, rest, 0, error, error_size);
    status = SQ_NOT_FOUND;
  } else {
    const SqPluginEntry *found = find_name(catalog, rest, error, error_size);
    snprintf(id, sizeof id, "%s", found ? found->id : "");
    status = found ? SQ_OK : SQ_NOT_FOUND;
  }
  pthread_mutex_unlock(&catalog->lock);
  if (status != SQ_OK)
    return status;
  return sq_formats_describe(catalog->formats, id, NULL, info, error, error_size);
}

SqStatus sq_catalog_find(SqCatalog *catalog, const char *what, const SqProcessorType **type, char *error,
                         size_t error_size) {
  const SqPluginInfo *info = NULL;
  SqStatus status = sq_catalog_info(catalog, what, &info, error, error_size);
  if (status == SQ_OK)
    *type = info->type;
  return status;
}

/// Whether the path ends as modules of the format do: then its refusal is the one to be told.
static bool is_named_for(const char *path, const SqFormat *format) {
  const char *dot = strrchr(path, '.');
  return dot && strcmp(dot + 1, format->prefix) == 0;
}

SqStatus sq_catalog_load(SqCatalog *catalog, const char *path, SqPluginVisit visit, void *context, char *error,
                         size_t error_size) {
  SqStatus status = SQ_UNSUPPORTED;
  bool told = false;
  snprintf(error, error_size, "no plug-in format can load %s", path);
  for (uint32_t i = 0; i < sq_formats_count() && status == SQ_UNSUPPORTED; i++) {
    const SqFormat *format = sq_formats_at(i);
    char why[400] = "";
    if (format->load)
      status = format->load(sq_formats_world(catalog->formats, i), path, visit, context, why, sizeof why);
    if (why[0] && (!told || status != SQ_UNSUPPORTED || is_named_for(path, format)))
      snprintf(error, error_size, "%s", why);
    told |= why[0] != 0;
  }
  pthread_mutex_lock(&catalog->lock);
  free_items(catalog);
  catalog->listed = false; // it is made anew with what has come
  pthread_mutex_unlock(&catalog->lock);
  return status;
}

SqStatus sq_catalog_state_values(SqCatalog *catalog, const SqProcessorType *type, const SqBlob *state, double *values) {
  return sq_formats_state_values(catalog->formats, type, state, values);
}
