// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Which of many things changed, told from one thread to another without waiting: any thread sets, one takes.
#ifndef SQ_PLUGINS_VST3_BITS_H
#define SQ_PLUGINS_VST3_BITS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct SqVst3Bits {
  _Atomic uint64_t *words;
  uint32_t n_words;
  _Atomic bool any;
} SqVst3Bits;

static inline bool sq_vst3_bits_init(SqVst3Bits *bits, uint32_t n) {
  bits->n_words = n / 64 + 1;
  bits->words = calloc(bits->n_words, sizeof *bits->words);
  return bits->words != NULL;
}

static inline void sq_vst3_bits_cleanup(SqVst3Bits *bits) {
  free(bits->words);
}

static inline void sq_vst3_bits_set(SqVst3Bits *bits, uint32_t i) {
  atomic_fetch_or_explicit(&bits->words[i / 64], 1ull << (i % 64), memory_order_release);
  atomic_store_explicit(&bits->any, true, memory_order_release);
}

/// True when something may be set; to be asked before taking.
static inline bool sq_vst3_bits_any(const SqVst3Bits *bits) {
  return atomic_load_explicit(&bits->any, memory_order_relaxed);
}

/// To be called before the words are taken: what is set meanwhile is found next time.
static inline void sq_vst3_bits_begin(SqVst3Bits *bits) {
  atomic_exchange_explicit(&bits->any, false, memory_order_acquire);
}

static inline uint64_t sq_vst3_bits_take(SqVst3Bits *bits, uint32_t word) {
  return atomic_exchange_explicit(&bits->words[word], 0, memory_order_acquire);
}

/// Runs a statement for each bit that is taken, `i` being its number.
#define SQ_VST3_TAKE_BITS(bits, i)                                                                                     \
  for (uint32_t sq_word = (sq_vst3_bits_begin(bits), 0); sq_word < (bits)->n_words; sq_word++)                         \
    for (uint64_t sq_left = sq_vst3_bits_take(bits, sq_word), i;                                                       \
         sq_left && (i = sq_word * 64u + (uint32_t)__builtin_ctzll(sq_left), true); sq_left &= sq_left - 1)

#endif
