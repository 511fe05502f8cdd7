// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A stream in memory that VST3 plug-ins write their state to and read it from; plug-in main thread.
#ifndef SQ_PLUGINS_VST3_STREAM_H
#define SQ_PLUGINS_VST3_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "plugins/vst3/abi.h"

#define SQ_VST3_STREAM_MOST (256u << 20) ///< bytes: a state beyond is a plug-in that has lost its way

typedef struct SqVst3Memory {
  SqVst3Stream object;
  uint8_t *data;
  size_t size, room, at;
  bool borrowed; ///< reads memory of somebody else
} SqVst3Memory;

/// An empty one to write to; its data is freed by cleanup unless taken.
void sq_vst3_memory_init(SqVst3Memory *memory);

/// One that reads `data`, which stays the caller's.
void sq_vst3_memory_init_read(SqVst3Memory *memory, const void *data, size_t size);

void sq_vst3_memory_cleanup(SqVst3Memory *memory);

/// Appends at its end. False: no memory.
bool sq_vst3_memory_append(SqVst3Memory *memory, const void *data, size_t size);

#endif
