// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Making, renaming, copying and removing strips: shared by the nouns source and bus; control thread.
#ifndef SQ_COMMANDS_CONSTRUCTORS_H
#define SQ_COMMANDS_CONSTRUCTORS_H

#include "commands/call.h"

/// Gives a new strip its handle and place, records it, and answers name and handle (when its generator is ready).
SqStatus sq_strip_publish(SqCall *call, SqStrip *strip);

/// Answers the name and handle of a strip that is there.
void sq_strip_answer(SqCall *call, const SqStrip *strip);

/// Brings `strip` to what `after` (taken) says: numbers move without a click, the rest changes with it. For `ensure`.
SqStatus sq_strip_bring(SqCall *call, const SqStrip *strip, SqStrip *after);

/// Fades the strip out and takes it away; what fed it goes on to the master.
SqStatus sq_strip_remove(SqCall *call, const SqStrip *strip);

#endif
