// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/catalog.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
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
  SqShelf *shelf; ///< of formats whose modules are scanned; NULL: all are asked here
  bool scanned;   ///< since the start
  char **extra;   ///< [n_extra] modules in no standard place, told by clients
  uint32_t n_extra;
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
  sq_shelf_close(catalog->shelf);
  for (uint32_t i = 0; i < catalog->n_extra; i++)
    free(catalog->extra[i]);
  free(catalog->extra);
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

/// Formats whose modules are code: with a scanner, they are not loaded here to be looked at.
static bool is_scanned(const SqCatalog *c, uint32_t format) {
  return c->shelf && sq_formats_at(format)->modules;
}

typedef struct {
  SqCatalog *catalog;
  const char *format;
} Noting;

static bool note(void *context, const char *path) {
  const Noting *noting = context;
  sq_shelf_note(noting->catalog->shelf, noting->format, path);
  return true;
}

/// Looks into what is new. The lock is held.
static uint32_t scan(SqCatalog *c, const char *again, SqShelfProgress progress, void *context, char *error,
                     size_t error_size) {
  for (uint32_t i = 0; i < sq_formats_count(); i++) {
    const SqFormat *format = sq_formats_at(i);
    Noting noting = {c, format->prefix};
    if (is_scanned(c, i))
      format->modules(sq_formats_world(c->formats, i), note, &noting);
  }
  for (uint32_t i = 0; i < c->n_extra; i++) {
    const char *path = strchr(c->extra[i], ':') + 1;
    char format[16];
    snprintf(format, sizeof format, "%.*s", (int)(path - 1 - c->extra[i]), c->extra[i]);
    sq_shelf_note(c->shelf, format, path);
  }
  c->scanned = true;
  free_items(c);
  c->listed = false;
  return sq_shelf_scan(c->shelf, again, progress, context, error, error_size);
}

static void list_shelf(SqCatalog *c) {
  for (uint32_t i = 0; i < sq_shelf_count(c->shelf); i++) {
    const SqShelved m = sq_shelf_at(c->shelf, i);
    for (uint32_t k = 0; k < m.n_plugins; k++) {
      const SqPluginInfo *info = m.plugins[k];
      add_item(c, &(SqPluginEntry){info->type->id, info->type->name, info->category, info->author});
    }
  }
}

/// Fills the list with what is known, on first use. The lock is held.
static SqStatus need_known(SqCatalog *c) {
  if (c->listed)
    return SQ_OK;
  for (uint32_t i = 0; i < sq_formats_count(); i++) {
    if (is_scanned(c, i))
      continue;
    SqStatus status = sq_formats_at(i)->list(sq_formats_world(c->formats, i), add_item, c);
    if (status != SQ_OK) {
      free_items(c);
      return status;
    }
  }
  if (c->shelf)
    list_shelf(c);
  if (c->n_items)
    qsort(c->items, c->n_items, sizeof *c->items, compare_items);
  c->listed = true;
  return SQ_OK;
}

/// As need_known(), once it was looked for what is new. The lock is held.
static SqStatus need_list(SqCatalog *c) {
  char error[512];
  if (c->shelf && !c->scanned)
    scan(c, NULL, NULL, NULL, error, sizeof error);
  return need_known(c);
}

SqStatus sq_catalog_scan(SqCatalog *catalog, const char *again, SqShelfProgress progress, void *context, uint32_t *n,
                         char *error, size_t error_size) {
  error[0] = 0;
  *n = 0;
  if (!catalog->shelf)
    return SQ_OK; // nothing is kept, so nothing is old
  pthread_mutex_lock(&catalog->lock);
  *n = scan(catalog, again, progress, context, error, error_size);
  pthread_mutex_unlock(&catalog->lock);
  return error[0] ? SQ_IO : SQ_OK;
}

void sq_catalog_verdicts(SqCatalog *catalog, SqVerdictVisit visit, void *context) {
  pthread_mutex_lock(&catalog->lock);
  need_list(catalog);
  for (uint32_t i = 0; catalog->shelf && i < sq_shelf_count(catalog->shelf); i++) {
    const SqShelved module = sq_shelf_at(catalog->shelf, i);
    if (!visit(context, &module))
      break;
  }
  pthread_mutex_unlock(&catalog->lock);
}

void sq_catalog_set_scanner(SqCatalog *catalog, const char *program, const char *file) {
  catalog->shelf = sq_shelf_open(&(SqShelfConfig){program, file});
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

/// What the shelf has of an identifier with prefix, or NULL. The lock is held.
static const SqPluginInfo *shelved(const SqCatalog *c, const char *id) {
  for (uint32_t i = 0; i < sq_shelf_count(c->shelf); i++) {
    const SqShelved m = sq_shelf_at(c->shelf, i);
    for (uint32_t k = 0; k < m.n_plugins; k++)
      if (strcmp(m.plugins[k]->type->id, id) == 0)
        return m.plugins[k];
  }
  return NULL;
}

/// Why an identifier cannot be used, or NULL: it is not known. The lock is held.
static const char *refused(const SqCatalog *c, const char *id) {
  const size_t n = strcspn(id, ":");
  for (uint32_t i = 0; i < sq_shelf_count(c->shelf); i++) {
    const SqShelved m = sq_shelf_at(c->shelf, i);
    for (uint32_t k = 0; k < m.n_refused; k++)
      if (strcmp(m.refused[k].id, id) == 0)
        return m.refused[k].why;
    if (strncmp(m.format, id, n) == 0 && !m.format[n] && strcmp(m.path, id + n + 1) == 0 &&
        strcmp(m.verdict, "ok") != 0)
      return m.verdict;
  }
  return NULL;
}

/// What is known of an identifier with prefix. Errors: as SqFormat.describe.
static SqStatus describe(SqCatalog *c, const char *id, const SqPluginInfo **info, char *error, size_t error_size) {
  const char *rest;
  const uint32_t format = sq_formats_find(id, &rest);
  if (format == sq_formats_count() || !is_scanned(c, format))
    return sq_formats_describe(c->formats, id, NULL, info, error, error_size);
  pthread_mutex_lock(&c->lock);
  *info = shelved(c, id);
  if (!*info && !c->scanned) { // it may have come since
    scan(c, NULL, NULL, NULL, error, error_size);
    *info = shelved(c, id);
  }
  const char *why = *info ? NULL : refused(c, id);
  if (why)
    snprintf(error, error_size, "%s", why);
  pthread_mutex_unlock(&c->lock);
  return *info ? SQ_OK : why ? SQ_UNSUPPORTED : SQ_NOT_FOUND;
}

/// As describe(), of an identifier that names its format or not.
static SqStatus describe_any(SqCatalog *c, const char *what, const SqPluginInfo **info, char *error,
                             size_t error_size) {
  if (sq_catalog_is_plugin_id(what))
    return describe(c, what, info, error, error_size);
  SqStatus status = SQ_NOT_FOUND;
  for (uint32_t i = 0; strchr(what, ':') && i < sq_formats_count() && status == SQ_NOT_FOUND; i++) {
    char id[1024];
    snprintf(id, sizeof id, "%s:%s", sq_formats_at(i)->prefix, what);
    status = describe(c, id, info, error, error_size);
  }
  return status;
}

SqStatus sq_catalog_info(SqCatalog *catalog, const char *what, const SqPluginInfo **info, char *error,
                         size_t error_size) {
  const char *rest = what;
  SqStatus status = describe_any(catalog, what, info, error, error_size);
  if (status != SQ_NOT_FOUND)
    return status;
  if (sq_catalog_is_plugin_id(what))
    sq_formats_find(what, &rest);

  char id[1024];
  pthread_mutex_lock(&catalog->lock);
  status = need_known(catalog); // a first scan takes seconds: who asks for what is known need not wait for it
  if (status == SQ_OK && !catalog->scanned && (strchr(rest, ':') || !find_name(catalog, rest, error, error_size)))
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
  return status == SQ_OK ? describe(catalog, id, info, error, error_size) : status;
}

SqStatus sq_catalog_local(SqCatalog *catalog, const SqPluginInfo *info, const SqPluginInfo **local, char *error,
                          size_t error_size) {
  const char *rest;
  const uint32_t format = sq_formats_find(info->type->id, &rest);
  if (format < sq_formats_count() && is_scanned(catalog, format))
    return sq_formats_describe(catalog->formats, info->type->id, info->module ? info->module : info->path, local, error,
                               error_size);
  *local = info;
  return SQ_OK;
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

/// A module that only a child may look into: `path` as one of `format`.
static SqStatus load_shelved(SqCatalog *c, uint32_t format, const char *path, SqPluginVisit visit, void *context,
                             char *error, size_t error_size) {
  const char *prefix = sq_formats_at(format)->prefix;
  char extra[PATH_MAX + 16], why[256];
  snprintf(extra, sizeof extra, "%s:%s", prefix, path);
  c->extra = sq_realloc(c->extra, c->n_extra + 1, sizeof *c->extra);
  c->extra[c->n_extra++] = strdup(extra);
  scan(c, path, NULL, NULL, why, sizeof why);
  uint32_t n = 0;
  for (uint32_t i = 0; i < sq_shelf_count(c->shelf); i++) {
    const SqShelved m = sq_shelf_at(c->shelf, i);
    if (strcmp(m.path, path) != 0 || strcmp(m.format, prefix) != 0)
      continue;
    snprintf(error, error_size, "%s", m.verdict);
    for (; n < m.n_plugins; n++) {
      const SqPluginInfo *info = m.plugins[n];
      visit(context, &(SqPluginEntry){info->type->id, info->type->name, info->category, info->author});
    }
  }
  if (n == 0)
    free(c->extra[--c->n_extra]);
  return n ? SQ_OK : SQ_UNSUPPORTED;
}

SqStatus sq_catalog_load(SqCatalog *catalog, const char *path, SqPluginVisit visit, void *context, char *error,
                         size_t error_size) {
  SqStatus status = SQ_UNSUPPORTED;
  bool told = false;
  char real[PATH_MAX];
  if (!realpath(path, real)) {
    snprintf(error, error_size, "cannot read %s: %s", path, strerror(errno));
    return SQ_NOT_FOUND;
  }
  snprintf(error, error_size, "no plug-in format can load %s", path);
  for (uint32_t i = 0; i < sq_formats_count() && status == SQ_UNSUPPORTED; i++) {
    const SqFormat *format = sq_formats_at(i);
    char why[PATH_MAX + 600] = "";
    if (is_scanned(catalog, i)) {
      pthread_mutex_lock(&catalog->lock);
      status = load_shelved(catalog, i, real, visit, context, why, sizeof why);
      pthread_mutex_unlock(&catalog->lock);
    } else if (format->load) {
      status = format->load(sq_formats_world(catalog->formats, i), path, visit, context, why, sizeof why);
    }
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
