// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// All edits and events of one message or bundle: heard together, or never made; control thread.
#ifndef SQ_CONTROL_TRANSACTION_H
#define SQ_CONTROL_TRANSACTION_H

#include "control/control.h"

void sq_transaction_begin(SqControl *control);

/// Makes everything heard from the arrival's frame on (0: now), stores what is for later and tells subscribers. Errors:
/// SQ_BUSY no room in the queue, SQ_LIMIT too much is stored; then everything is taken back and `why` says so.
SqStatus sq_transaction_commit(SqControl *control, const SqArrival *from, char *why, size_t why_size);

/// Takes everything back.
void sq_transaction_cancel(SqControl *control);

#endif
