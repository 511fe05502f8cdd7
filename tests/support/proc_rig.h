// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Runs a processor type over blocks of any sizes with moving signals, events and a sidechain, and watches the
/// contract: every frame written, nothing past the end, silence only where there is silence. Test programs only.
#ifndef SQ_TESTS_PROC_RIG_H
#define SQ_TESTS_PROC_RIG_H

#include "engine/processor.h"

#define PROC_RIG_MAX_SETS 512

/// A value that is set on an engine frame: a signal parameter moves there, any other gets an event.
typedef struct {
  uint64_t frame;
  uint32_t param;
  double value;
  uint32_t length; ///< frames of smoothing; 0: at once
} ProcRigSet;

typedef struct ProcRig {
  const SqProcessorType *type;
  void *instance;
  double rate;
  uint32_t n_channels, max_block;
  double *values;      ///< [n_params] as last set
  SqRtSignal *signals; ///< [n_params]
  SqSignal *views;     ///< [n_signals]
  float *frames;       ///< [n_signals][max_block]
  float *memory;       ///< channels and their guards
  float **out;         ///< [n_channels]
  uint64_t frame;      ///< engine frame of the next block
  ProcRigSet sets[PROC_RIG_MAX_SETS];
  uint32_t n_sets, next_set;
  bool separate; ///< never in place, although the type allows it
  // what to feed besides the input
  const float *const *side; ///< [n_side], as long as the run, or NULL
  uint32_t n_side;
  const float *const *hardware;
  uint32_t n_hardware;
  // what was seen
  uint64_t silent_frames; ///< of blocks reported as silent, in all
  bool last_silent;       ///< of the last block
  bool sets_came;         ///< in the block under way
  const char *keys[4], *key_values[4];
  uint32_t n_keys;
  uint32_t seed;
} ProcRig;

/// Sines to listen to: n frames at 48 kHz on every channel.
typedef struct ProcRigSines {
  float **in, **out;
  uint32_t n_channels, n;
  double hz;
} ProcRigSines;

/// A new instance; `values` NULL: the defaults. Fails the test when it cannot be made.
void proc_rig_open(ProcRig *rig, const SqProcessorType *type, double rate, uint32_t n_channels, const double *values);
void proc_rig_close(ProcRig *rig);

/// Plans a value for an engine frame, not before those planned already.
void proc_rig_set(ProcRig *rig, uint64_t frame, const char *symbol, double value, uint32_t length);
void proc_rig_set_index(ProcRig *rig, uint64_t frame, uint32_t param, double value, uint32_t length);

/// Runs n frames of in[n_channels] (NULL: silence) into out[n_channels], cut into blocks of `period` frames, 0: of
/// random sizes.
void proc_rig_run(ProcRig *rig, const float *const *in, float *const *out, uint32_t n, uint32_t period);

/// The table index of a parameter; fails the test when there is none.
uint32_t proc_rig_param(const SqProcessorType *type, const char *symbol);

/// One channel's worth of memory, zeroed; n_channels of them in one piece, freed by test_channels_free.
float **test_channels_new(uint32_t n_channels, uint32_t n);
void test_channels_free(float **channels);

/// White noise of the given peak, the same for each seed.
void test_noise(float *x, uint32_t n, float peak, uint32_t seed);
void test_sine(float *x, uint32_t n, double hz, double rate, double amplitude);

/// Largest fourth difference of x[n]: what a click stands out in (a sine of w rad/frame has (2 sin(w/2))^4).
double test_fourth_difference(const float *x, uint32_t n);

/// How much a parameter clicks that is swept to and fro between its ends under in[n_channels] of n frames, which hold
/// sines of `hz` on channel 0: the largest fourth difference of what comes out, over that of a clean sine of its level.
double proc_rig_sweep(const SqProcessorType *type, const double *values, uint32_t param, const ProcRigSines *sines);

/// In-place FFT of n = 2^k complex values (re, im pairs).
void test_fft(double *re, double *im, uint32_t n);

#endif
