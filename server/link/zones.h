// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A sampler's zones on their way into the sound: files are loaded by jobs, sets are handed over whole; control thread.
#ifndef SQ_LINK_ZONES_H
#define SQ_LINK_ZONES_H

#include "link/internal.h"

/// Brings what the sampler plays to what the document says: at once (from the commit's frame on) when all sounds are
/// here, else when they are.
void sq_link_sync_zones(SqLink *link, SqLinkProc *proc, const SqProc *node);

/// True while sounds are loaded and none was playable yet: then the sampler counts as `building`.
bool sq_link_zones_building(const SqLinkProc *proc);

/// The sampler goes: what was not loaded by now is told as cancelled.
void sq_link_zones_gone(SqLink *link, SqLinkProc *proc);

/// Tells of zones that are ready or failed since the last call; outside of any commit.
void sq_link_tell_zones(SqLink *link);

/// Frees what was not told.
void sq_link_zones_cleanup(SqLink *link);

#endif
