// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A document, its link and its engine in one test program, without sockets or a driver: edits in, frames out.
#ifndef SQ_TESTS_MIX_RIG_H
#define SQ_TESTS_MIX_RIG_H

#include "link/link.h"

#define MIX_RATE 48000.0

typedef struct MixRig {
  SqDoc *doc;
  SqLink *link;
  SqJobs *jobs;
  SqEdits edits; ///< gathered, made heard by mix_commit()
  uint32_t n_in, n_out, seed;
  const float *const *in; ///< [n_in], as long as the run, or NULL: silence
  uint64_t in_frame;      ///< engine frame of in[..][0]
  uint64_t fades_settled; ///< notices seen, by kind
  uint32_t notices[16];
} MixRig;

/// A master of `n_channels` on `n_channels` hardware outputs, and `n_in` inputs; the engine begins at `frame`.
void mix_open(MixRig *rig, uint32_t n_channels, uint32_t n_in, uint64_t frame);
void mix_close(MixRig *rig);

/// New strips that feed the master; `type` NULL: no generator. They are heard after mix_commit().
SqHandle mix_source(MixRig *rig, const char *name, uint32_t n_channels, const char *type);
SqHandle mix_bus(MixRig *rig, const char *name, uint32_t n_channels);
void mix_remove(MixRig *rig, SqHandle strip);

/// A processor in the chain of `strip`, at `at`; returns its handle.
SqHandle mix_insert(MixRig *rig, SqHandle strip, const char *type, uint32_t at);
void mix_take(MixRig *rig, SqHandle strip, SqHandle proc);
void mix_move(MixRig *rig, SqHandle strip, SqHandle proc, uint32_t at);

SqHandle mix_send(MixRig *rig, SqHandle strip, SqHandle bus, SqTapPoint tap, double gain_db);
void mix_unsend(MixRig *rig, SqHandle strip, SqHandle send);
void mix_route(MixRig *rig, SqHandle strip, SqHandle to);
/// A number of any object; fails the test when there is none.
void mix_set(MixRig *rig, SqHandle object, uint32_t property, double value);
/// A parameter of a processor (in a chain or a generator) by its symbol.
void mix_param(MixRig *rig, SqHandle proc, const char *symbol, double value);
SqHandle mix_generator(const MixRig *rig, SqHandle strip);

/// Makes what was gathered heard from engine frame `frame` on; 0: at once.
void mix_commit(MixRig *rig, uint64_t frame);

/// Runs n frames into out[n_out] (NULL: nowhere) at `at`, in periods of `period` frames, 0: of random lengths.
void mix_run(MixRig *rig, float *const *out, uint32_t at, uint32_t n, uint32_t period);

/// One cycle of n frames, as a driver would ask for it.
void mix_cycle(MixRig *rig, float *const *out, uint32_t at, uint32_t n);

uint32_t mix_random(uint32_t *seed);

#endif
