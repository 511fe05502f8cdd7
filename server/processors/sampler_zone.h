// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Which sound a sampler plays for which key and velocity: a set made by control, then read by the audio thread only.
///
/// A set is built [setup], handed to the running instance whole (SqProcessorType.swap) and comes back when replaced.
/// A change is a copy with the change in it; sounds that both sets hold go on playing.
#ifndef SQ_PROCESSORS_SAMPLER_ZONE_H
#define SQ_PROCESSORS_SAMPLER_ZONE_H

#include "engine/processor.h"
#include "engine/sample.h"

typedef enum {
  SQ_SAMPLER_ONE_SHOT, ///< plays to its end whatever happens to the key
  SQ_SAMPLER_GATE,     ///< plays to its end or to the end of the note's release
  SQ_SAMPLER_LOOP      ///< from start, then [loop_start, loop_end) for ever, until the end of the note's release
} SqSamplerMode;

#define SQ_SAMPLER_MODES "one_shot|gate|loop"

typedef struct SqSamplerZone {
  SqSample *sample;
  float root;                    ///< semitones: the key at which it sounds as recorded
  float lo, hi;                  ///< keys, both inclusive; a fractional key counts as the nearest whole one
  float vlo, vhi;                ///< velocities 0..1: vlo <= v < vhi, a vhi of 1 includes 1
  float tune_cents;              ///< added to the pitch
  float gain_db;                 ///< added to the level
  SqSamplerMode mode;            //
  uint32_t start, end;           ///< frames [start, end) of the sample
  uint32_t loop_start, loop_end; ///< frames [loop_start, loop_end), mode loop
} SqSamplerZone;

typedef struct SqSamplerZones {
  SqProcData data; ///< first: what swap() takes
  uint32_t n, cap;
  SqSamplerZone *zones; ///< [n]
} SqSamplerZones;

/// What a zone for `sample` is before anything is said: all keys and velocities, one_shot, the whole sound, root and
/// loop as the file states them (60, the whole sound when it does not). Takes no reference. [setup]
SqSamplerZone sq_sampler_zone_of(SqSample *sample);

/// An empty set. [setup] NULL: no memory.
SqSamplerZones *sq_sampler_zones_new(void);

/// Adds a zone and takes a reference to its sample. [setup] Ends past the sound are cut to its end. Errors:
/// SQ_RANGE, with a sentence in error[error_size]: an empty range, a loop outside of [0, end); SQ_LIMIT: no memory.
SqStatus sq_sampler_zones_add(SqSamplerZones *zones, const SqSamplerZone *zone, char *error, size_t error_size);

/// A set with the same zones and references of its own. [setup] NULL: no memory.
SqSamplerZones *sq_sampler_zones_copy(const SqSamplerZones *zones);

/// Gives its references and itself back; NULL is allowed. [setup] The same as zones->data.free(&zones->data).
void sq_sampler_zones_free(SqSamplerZones *zones);

/// Does `zone` answer to this key and velocity? [audio]
bool sq_rt_sampler_zone_matches(const SqSamplerZone *zone, float key, float velocity);

#endif
