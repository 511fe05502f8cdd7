// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One queue between exactly two threads: fixed-size items, one writer, one reader, nobody ever waits.
///
/// Threads: [setup] before either side runs; [writer] and [reader] are one thread each, either of which may be the
/// audio thread. The memory comes from outside and must outlive the ring. The scheme is Lamport's single-producer
/// single-consumer buffer with each side keeping a copy of the other's index (Giacomoni et al., "FastForward", 2008;
/// Lee et al., "MCRingBuffer", 2010), written with C11 acquire and release.
#ifndef SQ_ENGINE_RING_H
#define SQ_ENGINE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_CACHE_LINE 64 ///< bytes: what two cores must not share for writing

typedef struct SqRing {
  unsigned char *memory; ///< [n_items][item_size]
  uint32_t item_size;    ///< bytes
  uint32_t n_items;      ///< power of two
  char pad_writer[SQ_CACHE_LINE];
  _Atomic uint32_t head; ///< items ever written, modulo 2^32; stored by the writer
  uint32_t seen_tail;    ///< the writer's last look at `tail`
  char pad_reader[SQ_CACHE_LINE];
  _Atomic uint32_t tail; ///< items ever read, modulo 2^32; stored by the reader
  uint32_t seen_head;    ///< the reader's last look at `head`
  char pad_end[SQ_CACHE_LINE];
} SqRing;

/// Up to two stretches of the ring's memory: where items are, or may be put, without a copy.
typedef struct SqRingSpan {
  void *first, *second; ///< second: NULL unless the stretch goes round the end
  uint32_t n_first, n_second;
} SqRingSpan;

/// Bytes that `n_items` of `item_size` take. [any thread]
static inline size_t sq_ring_bytes(uint32_t item_size, uint32_t n_items) {
  return (size_t)item_size * n_items;
}

/// Empty, over memory[n_items][item_size]. [setup] False (and unusable) unless n_items is a power of two
/// up to 2^31 and item_size is not 0.
bool sq_ring_init(SqRing *ring, void *memory, uint32_t item_size, uint32_t n_items);

/// Copies one item in. [writer] False: full, nothing written.
bool sq_ring_write(SqRing *ring, const void *item);

/// Copies n items in, all or none. [writer] False: no room for all.
bool sq_ring_write_n(SqRing *ring, const void *items, uint32_t n);

/// Items that may be written now; may only grow until the next write. [writer]
uint32_t sq_ring_space(SqRing *ring);

/// Where the next n items go, for writing in place; n must not exceed sq_ring_space(). [writer]
SqRingSpan sq_ring_write_span(SqRing *ring, uint32_t n);

/// Hands n items written in place to the reader. [writer]
void sq_ring_write_done(SqRing *ring, uint32_t n);

/// Copies the oldest item out. [reader] False: empty, *item untouched.
bool sq_ring_read(SqRing *ring, void *item);

/// Copies up to n of the oldest items out; returns how many. [reader]
uint32_t sq_ring_read_n(SqRing *ring, void *items, uint32_t n);

/// Items that may be read now; may only grow until the next read. [reader]
uint32_t sq_ring_count(SqRing *ring);

/// The n oldest items where they lie; n must not exceed sq_ring_count(). [reader]
SqRingSpan sq_ring_read_span(SqRing *ring, uint32_t n);

/// Gives the room of the n oldest items back to the writer. [reader]
void sq_ring_read_done(SqRing *ring, uint32_t n);

#endif
