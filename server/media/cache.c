// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

/// One file as it was when it was loaded.
typedef struct {
  char *path;
  int64_t size, changed_s, changed_ns;
  SqSample *sample; ///< one reference
} Entry;

struct SqSampleCache {
  pthread_mutex_t lock; ///< over all below
  double rate;
  Entry *entries; ///< [n]
  uint32_t n, cap;
};

SqSampleCache *sq_sample_cache_new(double rate) {
  SqSampleCache *cache = sq_alloc(1, sizeof *cache);
  pthread_mutex_init(&cache->lock, NULL);
  cache->rate = rate;
  return cache;
}

static void drop(SqSampleCache *cache, uint32_t i) {
  sq_sample_release(cache->entries[i].sample);
  free(cache->entries[i].path);
  cache->entries[i] = cache->entries[--cache->n];
}

void sq_sample_cache_free(SqSampleCache *cache) {
  if (!cache)
    return;
  while (cache->n)
    drop(cache, cache->n - 1);
  pthread_mutex_destroy(&cache->lock);
  free(cache->entries);
  free(cache);
}

/// With the lock held: the sound of this very file, retained; what an older file of that name left is dropped.
static SqSample *find(SqSampleCache *cache, const char *path, const struct stat *st) {
  for (uint32_t i = 0; i < cache->n; i++) {
    const Entry *e = &cache->entries[i];
    if (strcmp(e->path, path) != 0)
      continue;
    if (e->size == st->st_size && e->changed_s == st->st_mtim.tv_sec && e->changed_ns == st->st_mtim.tv_nsec)
      return sq_sample_retain(e->sample);
    drop(cache, i);
    return NULL;
  }
  return NULL;
}

/// Keeps `sample`; where another job was faster its sound is taken, so that there is one of each.
static SqSample *keep(SqSampleCache *cache, const char *path, const struct stat *st, SqSample *sample) {
  pthread_mutex_lock(&cache->lock);
  SqSample *there = find(cache, path, st);
  if (!there) {
    if (cache->n == cache->cap) {
      cache->cap = cache->cap ? 2 * cache->cap : 16;
      cache->entries = sq_realloc(cache->entries, cache->cap, sizeof *cache->entries);
    }
    const size_t size = strlen(path) + 1;
    char *copy = sq_alloc(size, 1);
    memcpy(copy, path, size);
    cache->entries[cache->n++] =
        (Entry){copy, st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, sq_sample_retain(sample)};
  }
  pthread_mutex_unlock(&cache->lock);
  if (!there)
    return sample;
  sq_sample_release(sample);
  return there;
}

SqStatus sq_sample_cache_get(SqSampleCache *cache, const char *path, SqSample **sample, char *error,
                             size_t error_size) {
  struct stat st;
  *sample = NULL;
  const bool known = stat(path, &st) == 0;
  if (known) {
    pthread_mutex_lock(&cache->lock);
    *sample = find(cache, path, &st);
    pthread_mutex_unlock(&cache->lock);
  }
  if (*sample)
    return SQ_OK;
  const SqFileLoad how = {.rate = cache->rate};
  const SqStatus status = sq_file_load(path, &how, sample, error, error_size); // it says what stat() found, too
  if (status == SQ_OK && known)
    *sample = keep(cache, path, &st, *sample);
  return status;
}

void sq_sample_cache_trim(SqSampleCache *cache) {
  pthread_mutex_lock(&cache->lock);
  for (uint32_t i = 0; i < cache->n;)
    if (atomic_load_explicit(&cache->entries[i].sample->refs, memory_order_acquire) == 1)
      drop(cache, i);
    else
      i++;
  pthread_mutex_unlock(&cache->lock);
}

uint32_t sq_sample_cache_count(SqSampleCache *cache) {
  pthread_mutex_lock(&cache->lock);
  const uint32_t n = cache->n;
  pthread_mutex_unlock(&cache->lock);
  return n;
}
