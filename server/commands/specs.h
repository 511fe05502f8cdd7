// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Arguments that several rows share, and the keys of constructors; control thread.
#ifndef SQ_COMMANDS_SPECS_H
#define SQ_COMMANDS_SPECS_H

#include "commands/call.h"

/// Arguments of strip values, by name: what a constructor's keys may be.
extern const SqArgSpec sq_spec_gain, sq_spec_pan, sq_spec_mute;

/// The row of a number of the document that messages may move at their time.
#define SQ_ROW_NUMBER(address_, args_, property_, help_)                                                               \
  {                                                                                                                    \
    .address = (address_), .kind = SQ_ROW_VALUE, .access = SQ_ACCESS_CONTROL, .args = (args_), .n_args = 1,            \
    .help = (help_), .property = (property_), .timed = true                                                            \
  }

/// Applies key-value pairs to a new strip: its values, `output`, `label`, `color`, `channels` (only where `created`).
/// Keys that are none of these go to `other` (may be NULL: then they are an error).
typedef SqStatus (*SqOtherKey)(SqCall *call, void *context, const char *key, const SqOscArg *value);
SqStatus sq_strip_apply_pairs(SqCall *call, SqStrip *strip, SqOtherKey other, void *context);

/// The value as text: what wishes and settings of processors are kept as.
void sq_value_as_text(const SqOscArg *value, char *text, size_t size);

/// Checks a new strip's name. Errors: SQ_BAD_ARGS, SQ_EXISTS.
SqStatus sq_strip_check_name(SqCall *call, const char *name);

/// Routes `strip` to another (or to nothing, "none"); refuses loops.
SqStatus sq_strip_route(SqCall *call, SqStrip *strip, const SqArg *to);

/// Makes a processor of `type` from pairs: `name`, its parameters and settings. `*index` gets `at`, `before` or `after`
/// (UINT32_MAX: at the end). NULL on failure, with `*status` and the sentence set.
SqProc *sq_proc_from_call(SqCall *call, const SqStrip *strip, const char *type, bool generator, uint32_t first_pair,
                          uint32_t *index, SqStatus *status);

#endif
