// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The variable parts of addresses: which objects a part may name, found and listed; control thread.
#ifndef SQ_CONTROL_OBJECTS_H
#define SQ_CONTROL_OBJECTS_H

#include "commands/call.h"

typedef enum {
  SQ_PART_NONE,
  SQ_PART_SOURCE,
  SQ_PART_BUS,
  SQ_PART_STRIP,
  SQ_PART_PROC,
  SQ_PART_SEND,
  SQ_PART_PARAM,
  SQ_PART_ZONE,
  SQ_PART_RECORD,
  SQ_PART_SECTION, ///< of squeezed.conf
  SQ_PART_KEY,     ///< of that section: `number` is the option's row
  SQ_PART_WORD
} SqPart;

/// The kind of part that a template's "{name}" stands for.
SqPart sq_part_of(const char *name);

/// Finds what `text` names below what `target` holds already, and adds it to the target. False: no such object;
/// `nearest` (may be NULL) then holds the best other name, or NULL.
bool sq_part_find(SqPart part, const SqContext *ctx, const char *text, SqTarget *target, const char **nearest);

/// Visits the names of all objects that this part may be, with the target completed for each.
typedef void (*SqPartVisit)(void *context, const char *name, const SqTarget *target);
void sq_part_list(SqPart part, const SqContext *ctx, const SqTarget *target, SqPartVisit visit, void *context);

/// The word for one such object ("source", "parameter").
const char *sq_part_word(SqPart part);

#endif
