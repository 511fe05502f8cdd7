// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The configuration of a daemon that runs: what a change of it does, and reading it again; control thread.
#ifndef SQ_COMMANDS_CONFIG_H
#define SQ_COMMANDS_CONFIG_H

#include "commands/call.h"

/// Bytes of an option's value as text: a list of folders is the longest.
#define SQ_CONFIG_TEXT 4400

/// Puts the value that options hold for `row` into force and tells subscribers.
void sq_config_changed(SqContext *ctx, const SqOption *row);

/// Reads everything that the options came from again, in a job. What may change while the daemon runs does, what else
/// differs is named as waiting for a restart, in the log and in the answer; a fault anywhere changes nothing. `token`:
/// where the answer goes (it is ended here), or NULL.
void sq_config_reload(SqContext *ctx, struct SqToken *token);

#endif
