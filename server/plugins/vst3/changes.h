// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Parameter changes of one block: queues of points into a VST3 plug-in, last values out of it; audio thread.
#ifndef SQ_PLUGINS_VST3_CHANGES_H
#define SQ_PLUGINS_VST3_CHANGES_H

#include "plugins/vst3/describe.h"

typedef struct SqVst3Point {
  double value;
  int32_t offset;
  uint32_t next; ///< number of the point + 1; 0: the last
} SqVst3Point;

typedef struct SqVst3InQueue {
  SqVst3Queue object;
  struct SqVst3In *in;
  uint32_t id, param;
  uint32_t n, first, last;    ///< points: numbers + 1
  uint32_t cursor, cursor_at; ///< the point given last, and its place: most plug-ins ask in order
} SqVst3InQueue;

/// Into the plug-in.
typedef struct SqVst3In {
  SqVst3Changes object;
  SqVst3InQueue *queues;
  SqVst3Point *points;
  uint32_t *queue_of; ///< [n_params] number of its queue in this block + 1
  uint32_t n_queues, cap_queues, n_points, cap_points;
  uint32_t lost; ///< points that found no room
} SqVst3In;

typedef struct SqVst3OutQueue {
  SqVst3Queue object;
  uint32_t id, param;
  int32_t n, offset;
  double value; ///< the last
} SqVst3OutQueue;

/// Out of it: only the last value of each counts.
typedef struct SqVst3Out {
  SqVst3Changes object;
  const SqVst3Plugin *plugin;
  SqVst3OutQueue *queues;
  uint32_t *queue_of;
  uint32_t n_queues, cap_queues; ///< a parameter that spoke once keeps its queue: most speak in every block
  bool said;                     ///< something in this block
  SqVst3OutQueue sink;           ///< of ids that it does not have
} SqVst3Out;

/// [setup] Room for one block of `max_block` frames. False: no memory; cleanup is due all the same.
bool sq_vst3_in_init(SqVst3In *in, const SqVst3Plugin *plugin, uint32_t max_block);
void sq_vst3_in_cleanup(SqVst3In *in);
bool sq_vst3_out_init(SqVst3Out *out, const SqVst3Plugin *plugin);
void sq_vst3_out_cleanup(SqVst3Out *out);

/// Adds a point (0..1) for a parameter, in the order of frames; what comes late is put in its place. False: no room.
bool sq_vst3_in_add(SqVst3In *in, const SqVst3Plugin *plugin, uint32_t param, uint32_t offset, double value);

void sq_vst3_in_clear(SqVst3In *in);
void sq_vst3_out_clear(SqVst3Out *out);

#endif
