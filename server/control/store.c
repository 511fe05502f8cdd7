// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Two binary heaps (Williams, CACM 7(6), 1964): O(log n) to add and to take.
#include "control/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool sq_stored_before(const SqStored *a, const SqStored *b) {
  if (a->time < b->time || b->time < a->time)
    return a->time < b->time;
  return a->serial < b->serial;
}

static void sift_up(SqStoreHeap *heap, uint32_t i) {
  const SqStored item = heap->items[i];
  while (i > 0 && sq_stored_before(&item, &heap->items[(i - 1) / 2])) {
    heap->items[i] = heap->items[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  heap->items[i] = item;
}

static void sift_down(SqStoreHeap *heap, uint32_t i) {
  const SqStored item = heap->items[i];
  for (;;) {
    uint32_t child = 2 * i + 1;
    if (child >= heap->n)
      break;
    if (child + 1 < heap->n && sq_stored_before(&heap->items[child + 1], &heap->items[child]))
      child++;
    if (!sq_stored_before(&heap->items[child], &item))
      break;
    heap->items[i] = heap->items[child];
    i = child;
  }
  heap->items[i] = item;
}

SqStatus sq_store_add(SqStore *store, bool in_beats, const SqStored *stored) {
  SqStoreHeap *heap = in_beats ? &store->beats : &store->frames;
  if (store->frames.n + store->beats.n >= SQ_STORE_MAX)
    return SQ_LIMIT;
  if (heap->n == heap->cap) {
    heap->cap = heap->cap ? 2 * heap->cap : 64;
    heap->items = sq_realloc(heap->items, heap->cap, sizeof *heap->items);
  }
  SqStored *to = &heap->items[heap->n++];
  *to = *stored;
  if (!to->serial)
    to->serial = ++store->serial;
  to->packet = sq_alloc(stored->size, 1);
  memcpy(to->packet, stored->packet, stored->size);
  to->tag = NULL;
  if (stored->tag && stored->tag[0]) {
    const size_t n = strlen(stored->tag) + 1;
    to->tag = sq_alloc(n, 1);
    memcpy(to->tag, stored->tag, n);
  }
  sift_up(heap, heap->n - 1);
  return SQ_OK;
}

bool sq_store_take(SqStore *store, bool in_beats, double time, SqStored *stored) {
  SqStoreHeap *heap = in_beats ? &store->beats : &store->frames;
  if (heap->n == 0 || heap->items[0].time >= time)
    return false;
  *stored = heap->items[0];
  heap->items[0] = heap->items[--heap->n];
  if (heap->n)
    sift_down(heap, 0);
  return true;
}

double sq_store_next(const SqStore *store, bool in_beats) {
  const SqStoreHeap *heap = in_beats ? &store->beats : &store->frames;
  return heap->n ? heap->items[0].time : INFINITY;
}

uint32_t sq_store_drop(SqStore *store, const char *tag, int32_t strip) {
  uint32_t dropped = 0;
  for (int h = 0; h < 2; h++) {
    SqStoreHeap *heap = h ? &store->beats : &store->frames;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < heap->n; i++) {
      SqStored *item = &heap->items[i];
      if ((!tag || (item->tag && strcmp(item->tag, tag) == 0)) && (!strip || item->strip == strip)) {
        if (store->dropped)
          store->dropped(store->context, item);
        sq_stored_cleanup(item);
        dropped++;
      } else {
        heap->items[kept++] = *item;
      }
    }
    heap->n = kept;
    for (uint32_t i = kept / 2; i-- > 0;)
      sift_down(heap, i);
  }
  return dropped;
}

void sq_stored_cleanup(SqStored *stored) {
  free(stored->packet);
  free(stored->tag);
  *stored = (SqStored){0};
}

void sq_store_cleanup(SqStore *store) {
  sq_store_drop(store, NULL, 0);
  free(store->frames.items);
  free(store->beats.items);
  *store = (SqStore){0};
}

// ---- fed ------------------------------------------------------------------------------------------------------------

void sq_fed_add(SqFed *fed, const SqStored *stored, double beats, uint32_t generation) {
  if (fed->n == fed->cap) {
    fed->cap = fed->cap ? 2 * fed->cap : 64;
    fed->items = sq_realloc(fed->items, fed->cap, sizeof *fed->items);
  }
  fed->items[fed->n].stored = *stored;
  fed->items[fed->n].generation = generation;
  fed->items[fed->n++].beats = beats;
}

void sq_fed_forget(SqFed *fed, double frame) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < fed->n; i++) {
    if (fed->items[i].stored.time < frame)
      sq_stored_cleanup(&fed->items[i].stored);
    else
      fed->items[kept++] = fed->items[i];
  }
  fed->n = kept;
}

bool sq_fed_take(SqFed *fed, double frame, uint32_t generation, SqStored *stored) {
  for (uint32_t i = 0; i < fed->n; i++)
    if (fed->items[i].stored.time >= frame && (int32_t)(fed->items[i].generation - generation) < 0) {
      *stored = fed->items[i].stored;
      stored->time = fed->items[i].beats;
      fed->n--;
      memmove(fed->items + i, fed->items + i + 1, (fed->n - i) * sizeof *fed->items);
      return true;
    }
  return false;
}

void sq_fed_cleanup(SqFed *fed) {
  sq_fed_forget(fed, INFINITY);
  free(fed->items);
  *fed = (SqFed){0};
}
