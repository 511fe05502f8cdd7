// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Numbers for URIs, as LV2's urid extension wants them; any thread (unmap also the audio thread).
#ifndef SQ_PLUGINS_LV2_URID_H
#define SQ_PLUGINS_LV2_URID_H

#include <lv2/urid/urid.h>

typedef struct SqLv2Urids SqLv2Urids;

/// An empty map. NULL: no memory.
SqLv2Urids *sq_lv2_urids_new(void);
void sq_lv2_urids_free(SqLv2Urids *urids);

/// The number of `uri`, made on first sight; numbers count from 1 and never change. Takes a lock. 0: no memory.
LV2_URID sq_lv2_urids_map(SqLv2Urids *urids, const char *uri);

/// The URI of a number, valid until the map is freed, or NULL. Takes no lock: plug-ins ask in run().
const char *sq_lv2_urids_unmap(SqLv2Urids *urids, LV2_URID urid);

/// The two as features. The structs live in the map.
LV2_URID_Map *sq_lv2_urids_map_feature(SqLv2Urids *urids);
LV2_URID_Unmap *sq_lv2_urids_unmap_feature(SqLv2Urids *urids);

#endif
