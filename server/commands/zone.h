// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Zones of samplers, as far as others than their rows need them; control thread.
#ifndef SQ_COMMANDS_ZONE_H
#define SQ_COMMANDS_ZONE_H

#include "commands/call.h"

typedef struct SqZoneRef {
  SqHandle proc, zone;
} SqZoneRef;

/// Emits the edit that takes a zone (an SqZoneRef) out of the document: its sound could not be loaded. Nothing when it
/// is gone.
void sq_zone_take_back(SqContext *ctx, void *zone_ref);

#endif
