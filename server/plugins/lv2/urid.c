// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/lv2/urid.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SQ_LV2_CHUNK 1024u ///< URIs of one chunk: chunks never move, so unmap needs no lock
#define SQ_LV2_CHUNKS 256u ///< 262,144 URIs: the largest collections have some thousands

struct SqLv2Urids {
  pthread_mutex_t lock;
  _Atomic(char **) chunks[SQ_LV2_CHUNKS]; ///< each [SQ_LV2_CHUNK]
  atomic_uint n;                          ///< numbers given so far
  LV2_URID *table;                        ///< [n_table] hash table of numbers, 0: free
  uint32_t n_table;                       ///< power of two, at most half full
  LV2_URID_Map map;
  LV2_URID_Unmap unmap;
};

static LV2_URID map_callback(LV2_URID_Map_Handle handle, const char *uri) {
  return sq_lv2_urids_map(handle, uri);
}

static const char *unmap_callback(LV2_URID_Unmap_Handle handle, LV2_URID urid) {
  return sq_lv2_urids_unmap(handle, urid);
}

SqLv2Urids *sq_lv2_urids_new(void) {
  SqLv2Urids *u = calloc(1, sizeof *u);
  if (!u)
    return NULL;
  u->n_table = 1024;
  u->table = calloc(u->n_table, sizeof *u->table);
  if (!u->table) {
    free(u);
    return NULL;
  }
  pthread_mutex_init(&u->lock, NULL);
  u->map = (LV2_URID_Map){u, map_callback};
  u->unmap = (LV2_URID_Unmap){u, unmap_callback};
  return u;
}

void sq_lv2_urids_free(SqLv2Urids *urids) {
  if (!urids)
    return;
  unsigned n = atomic_load(&urids->n);
  for (unsigned i = 0; i < n; i++)
    free(atomic_load(&urids->chunks[i / SQ_LV2_CHUNK])[i % SQ_LV2_CHUNK]);
  for (unsigned i = 0; i < SQ_LV2_CHUNKS; i++)
    free(atomic_load(&urids->chunks[i]));
  free(urids->table);
  pthread_mutex_destroy(&urids->lock);
  free(urids);
}

/// FNV-1a (Fowler, Noll, Vo), 32 bits.
static uint32_t hash_of(const char *text) {
  uint32_t h = 2166136261u;
  for (; *text; text++)
    h = (h ^ (uint8_t)*text) * 16777619u;
  return h;
}

/// Where `uri` is in the table, or the free place where it would go. The lock is held.
static uint32_t place_of(SqLv2Urids *u, const char *uri) {
  uint32_t i = hash_of(uri) & (u->n_table - 1);
  while (u->table[i] && strcmp(sq_lv2_urids_unmap(u, u->table[i]), uri) != 0)
    i = (i + 1) & (u->n_table - 1);
  return i;
}

static bool grow(SqLv2Urids *u) {
  LV2_URID *old = u->table;
  uint32_t n_old = u->n_table;
  LV2_URID *table = calloc((size_t)n_old * 2, sizeof *table);
  if (!table)
    return false;
  u->table = table;
  u->n_table = n_old * 2;
  for (uint32_t i = 0; i < n_old; i++)
    if (old[i])
      u->table[place_of(u, sq_lv2_urids_unmap(u, old[i]))] = old[i];
  free(old);
  return true;
}

/// Adds a URI that is not there. The lock is held.
static LV2_URID add(SqLv2Urids *u, const char *uri) {
  unsigned n = atomic_load_explicit(&u->n, memory_order_relaxed);
  if (n >= SQ_LV2_CHUNKS * SQ_LV2_CHUNK || (2 * (n + 1) > u->n_table && !grow(u)))
    return 0;
  char **chunk = atomic_load_explicit(&u->chunks[n / SQ_LV2_CHUNK], memory_order_relaxed);
  if (!chunk) {
    chunk = calloc(SQ_LV2_CHUNK, sizeof *chunk);
    if (!chunk)
      return 0;
    atomic_store_explicit(&u->chunks[n / SQ_LV2_CHUNK], chunk, memory_order_release);
  }
  char *copy = strdup(uri);
  if (!copy)
    return 0;
  chunk[n % SQ_LV2_CHUNK] = copy;
  atomic_store_explicit(&u->n, n + 1, memory_order_release);
  u->table[place_of(u, uri)] = n + 1;
  return n + 1;
}

LV2_URID sq_lv2_urids_map(SqLv2Urids *urids, const char *uri) {
  if (!uri)
    return 0;
  pthread_mutex_lock(&urids->lock);
  LV2_URID urid = urids->table[place_of(urids, uri)];
  if (!urid)
    urid = add(urids, uri);
  pthread_mutex_unlock(&urids->lock);
  return urid;
}

const char *sq_lv2_urids_unmap(SqLv2Urids *urids, LV2_URID urid) {
  if (urid == 0 || urid > atomic_load_explicit(&urids->n, memory_order_acquire))
    return NULL;
  char **chunk = atomic_load_explicit(&urids->chunks[(urid - 1) / SQ_LV2_CHUNK], memory_order_acquire);
  return chunk[(urid - 1) % SQ_LV2_CHUNK];
}

LV2_URID_Map *sq_lv2_urids_map_feature(SqLv2Urids *urids) {
  return &urids->map;
}

LV2_URID_Unmap *sq_lv2_urids_unmap_feature(SqLv2Urids *urids) {
  return &urids->unmap;
}
