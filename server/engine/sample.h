// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A sound in memory: immutable once made, shared by reference count; read by any thread, freed by [setup].
///
/// Made by media/sample.h and media/file.h. The audio thread only reads; who stores a reference holds a count.
#ifndef SQ_ENGINE_SAMPLE_H
#define SQ_ENGINE_SAMPLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQ_SAMPLE_PAD 64 ///< frames of silence readable before frame 0 and after the last one, for interpolation

typedef struct SqSample {
  _Atomic uint32_t refs;
  void (*free)(struct SqSample *self); ///< [setup] called when the last reference goes
  const float *const *x;               ///< [n_channels], each readable over [-SQ_SAMPLE_PAD, n_frames + SQ_SAMPLE_PAD)
  size_t stride;                       ///< frames from one channel to the next: x[c] == x[0] + c * stride
  uint32_t n_channels;
  uint32_t n_frames;
  double rate; ///< Hz, of the frames as they are here
  bool has_loop;
  uint32_t loop_start, loop_end; ///< frames [loop_start, loop_end), when has_loop
  bool has_root;
  float root;       ///< key in semitones at which it sounds as recorded, when has_root
  char *name;       ///< the file's path or the buffer's name
  double file_rate; ///< Hz, before it was brought to `rate`
} SqSample;

/// One more owner. [any thread but audio]
static inline SqSample *sq_sample_retain(SqSample *sample) {
  atomic_fetch_add_explicit(&sample->refs, 1, memory_order_relaxed);
  return sample;
}

/// One owner less; the last one frees. NULL is allowed. [setup]
static inline void sq_sample_release(SqSample *sample) {
  if (sample && atomic_fetch_sub_explicit(&sample->refs, 1, memory_order_acq_rel) == 1)
    sample->free(sample);
}

#endif
