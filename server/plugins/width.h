// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// How the main channels of a plug-in lie on those of a strip: in how many copies, and what fills the rest; jobs and
/// audio thread.
///
/// A plug-in with k main inputs and k main outputs runs ceil(N / k) times on a strip of N > k channels (a mono effect
/// on stereo is "dual mono"). Any other runs once: inputs that the strip lacks are silent, a single input gets the mean
/// of the strip's channels, a single output goes to all channels, further channels of the strip are silent. A plug-in
/// without main outputs lets the strip pass.
#ifndef SQ_PLUGINS_WIDTH_H
#define SQ_PLUGINS_WIDTH_H

#include "engine/processor.h"
#include "protocol/status.h"

typedef struct SqWidth {
  uint32_t n_units;   ///< copies that cover the strip
  uint32_t n_written; ///< channels of the strip that the outputs reach
  bool mix;           ///< one input hears the mean of all channels
  bool spread;        ///< one output goes to all channels
  bool pass;          ///< no outputs: the strip passes
  float *mixed;       ///< [max_block] when `mix`
  float *silence;     ///< [max_block] what an input hears that nothing feeds
  float *nowhere;     ///< [max_block] where an output goes that nobody hears
} SqWidth;

/// Where a plug-in does not tell its buses: how many of n_out outputs are the main ones, beside n_in main inputs.
static inline uint32_t sq_width_mains(uint32_t n_in, uint32_t n_out) {
  return n_out <= 2 || (n_out == n_in && n_out <= SQ_MAX_CHANNELS) ? n_out : n_in == 1 ? 1 : 2;
}

/// [setup] For a plug-in with n_in and n_out main channels; cleanup also after an error. Errors: SQ_LIMIT: no memory.
SqStatus sq_width_init(SqWidth *width, uint32_t n_in, uint32_t n_out, const SqProcSetup *setup);
void sq_width_cleanup(SqWidth *width);

/// [setup] Zeros for n_frames, aligned for the SIMD code of plug-ins; free() frees it. NULL: no memory.
float *sq_width_buffer(uint32_t n_frames);

/// [audio] Writes the mean of the strip's channels to `mixed`.
void sq_rt_width_mix(SqWidth *width, const SqRtBlock *block);

/// [audio] Writes the channels from n_written on.
void sq_rt_width_fill(const SqWidth *width, const SqRtBlock *block);

/// [audio] The inputs that the plug-in hears in this block.
static inline const float *const *sq_rt_width_in(SqWidth *width, const SqRtBlock *block) {
  if (!width->mix)
    return block->in;
  sq_rt_width_mix(width, block);
  return (const float *const *)&width->mixed;
}

/// [audio] After the plug-in has written its outputs.
static inline void sq_rt_width_out(const SqWidth *width, const SqRtBlock *block) {
  if (width->n_written < block->n_out)
    sq_rt_width_fill(width, block);
}

#endif
