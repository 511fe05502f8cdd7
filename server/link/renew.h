// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What outlives a link when the sample rate changes: a link is for one rate, another one takes its place; control
/// thread, while no driver calls the engine and no job is under way.
#ifndef SQ_LINK_RENEW_H
#define SQ_LINK_RENEW_H

#include "link/link.h"

typedef struct SqLinkKept SqLinkKept;

/// Number of the newest plan, for `first_plan` of the next link.
uint64_t sq_link_plans(const SqLinkKept *kept);

/// Puts the state of every processor into the document and notes time, transport and taps. The link is to be freed.
SqLinkKept *sq_link_keep(SqLink *link);

/// Gives a new link what was kept, and frees it: engine frames go on from where they were.
void sq_link_resume(SqLink *link, SqLinkKept *kept);

#endif
