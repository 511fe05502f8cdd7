// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One message on its way from bytes to its outcome; control thread.
#ifndef SQ_CONTROL_CARRY_H
#define SQ_CONTROL_CARRY_H

#include "control/control.h"

/// What became of one message, until it may be told.
typedef struct SqAnswer {
  SqReturn to;
  SqRowKind kind;
  SqStatus status;
  bool answers;  ///< something is sent on success even without a tag
  bool quiet;    ///< nothing is sent on success at all (deferred, or sent already)
  bool clamped;  ///< an argument was held to its range
  bool released; ///< a button was let go: nothing to do
  const char *reply;
  SqItems results;
  char why[SQ_ARGS_WHY];
} SqAnswer;

void sq_answer_init(SqAnswer *answer);

/// Sets a failure; returns its status.
SqStatus sq_answer_set(SqAnswer *answer, SqStatus status, const char *why);

/// Decodes one message and calls its handler, inside the transaction under way.
void sq_carry(SqControl *control, const SqArrival *from, const uint8_t *data, size_t size, SqAnswer *answer);

/// Sends the outcome and frees the results.
void sq_answer_tell(SqControl *control, SqClient *client, SqAnswer *answer);

#endif
