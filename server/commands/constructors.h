// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Making, renaming, copying and removing strips: shared by the nouns source and bus; control thread.
#ifndef SQ_COMMANDS_CONSTRUCTORS_H
#define SQ_COMMANDS_CONSTRUCTORS_H

#include "commands/specs.h"

/// Gives a new strip its handle and place, records it, and answers name and handle (when its generator is ready).
SqStatus sq_strip_publish(SqCall *call, SqStrip *strip);

/// Answers the name and handle of a strip that is there.
void sq_strip_answer(SqCall *call, const SqStrip *strip);

/// Brings `strip` to what the call's pairs say and answers as if it were new: numbers move without a click, the rest
/// changes with it. `other` and `context`: as in sq_strip_apply_pairs(). For `ensure`.
SqStatus sq_strip_bring(SqCall *call, const SqStrip *strip, SqOtherKey other, void *context);

/// The row of an address that makes a strip from pairs and answers its name and handle.
#define SQ_ROW_CONSTRUCTOR(address_, args_, keys_, help_, handle_)                                                     \
  {                                                                                                                    \
    .address = (address_), .kind = SQ_ROW_COMMAND, .access = SQ_ACCESS_CONTROL, .args = (args_),                       \
    .n_args = sizeof(args_) / sizeof(args_)[0], .rest = SQ_REST_PAIRS, .rest_help = (keys_),                           \
    .replies = "s:name i:handle", .help = (help_), .handle = (handle_), .timed = true, .constructs = true              \
  }

/// Fades the strip out and takes it away; what fed it goes on to the master.
SqStatus sq_strip_remove(SqCall *call, const SqStrip *strip);

#endif
