// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ring.h"

#include <string.h>

bool sq_ring_init(SqRing *ring, void *memory, uint32_t item_size, uint32_t n_items) {
  if (!memory || item_size == 0 || n_items == 0 || n_items > (1u << 31) || (n_items & (n_items - 1)) != 0)
    return false;
  ring->memory = memory;
  ring->item_size = item_size;
  ring->n_items = n_items;
  atomic_init(&ring->head, 0);
  atomic_init(&ring->tail, 0);
  ring->seen_tail = 0;
  ring->seen_head = 0;
  return true;
}

static SqRingSpan span_at(SqRing *ring, uint32_t index, uint32_t n) {
  uint32_t at = index & (ring->n_items - 1);
  uint32_t n_first = ring->n_items - at;
  if (n_first > n)
    n_first = n;
  return (SqRingSpan){.first = ring->memory + (size_t)at * ring->item_size,
                      .second = n_first < n ? ring->memory : NULL,
                      .n_first = n_first,
                      .n_second = n - n_first};
}

/// Is there room for n? Looks at the reader's index only when the copy of it says no: the shared line stays quiet.
static bool has_space(SqRing *ring, uint32_t head, uint32_t n) {
  if (ring->n_items - (head - ring->seen_tail) >= n)
    return true;
  ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
  return ring->n_items - (head - ring->seen_tail) >= n;
}

uint32_t sq_ring_space(SqRing *ring) {
  uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
  ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
  return ring->n_items - (head - ring->seen_tail);
}

SqRingSpan sq_ring_write_span(SqRing *ring, uint32_t n) {
  return span_at(ring, atomic_load_explicit(&ring->head, memory_order_relaxed), n);
}

void sq_ring_write_done(SqRing *ring, uint32_t n) {
  uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
  atomic_store_explicit(&ring->head, head + n, memory_order_release);
}

bool sq_ring_write_n(SqRing *ring, const void *items, uint32_t n) {
  uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
  if (n > ring->n_items || !has_space(ring, head, n))
    return false;
  SqRingSpan span = span_at(ring, head, n);
  size_t bytes = (size_t)span.n_first * ring->item_size;
  memcpy(span.first, items, bytes);
  if (span.second)
    memcpy(span.second, (const unsigned char *)items + bytes, (size_t)span.n_second * ring->item_size);
  atomic_store_explicit(&ring->head, head + n, memory_order_release);
  return true;
}

bool sq_ring_write(SqRing *ring, const void *item) {
  return sq_ring_write_n(ring, item, 1);
}

uint32_t sq_ring_count(SqRing *ring) {
  uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
  ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
  return ring->seen_head - tail;
}

SqRingSpan sq_ring_read_span(SqRing *ring, uint32_t n) {
  return span_at(ring, atomic_load_explicit(&ring->tail, memory_order_relaxed), n);
}

void sq_ring_read_done(SqRing *ring, uint32_t n) {
  uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
  atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
}

uint32_t sq_ring_read_n(SqRing *ring, void *items, uint32_t n) {
  uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
  uint32_t count = ring->seen_head - tail;
  if (count < n) {
    ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
    count = ring->seen_head - tail;
    if (count < n)
      n = count;
  }
  if (n == 0)
    return 0;
  SqRingSpan span = span_at(ring, tail, n);
  size_t bytes = (size_t)span.n_first * ring->item_size;
  memcpy(items, span.first, bytes);
  if (span.second)
    memcpy((unsigned char *)items + bytes, span.second, (size_t)span.n_second * ring->item_size);
  atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
  return n;
}

bool sq_ring_read(SqRing *ring, void *item) {
  return sq_ring_read_n(ring, item, 1) == 1;
}
