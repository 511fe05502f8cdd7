// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What is known of a plug-in, as JSON and back: how a scanner's child tells it and the catalog's file keeps it; jobs
/// threads, and the scanner.
#ifndef SQ_PLUGINS_RECORD_H
#define SQ_PLUGINS_RECORD_H

#include "base/json.h"
#include "plugins/format.h"
#include "plugins/keep.h"

/// Appends one object.
void sq_record_write(SqJsonOut *out, const SqPluginInfo *info);

/// Appends one object of a plug-in that cannot be used, with the reason.
void sq_record_write_refused(SqJsonOut *out, const char *id, const char *why);

/// Reads one object; everything lies in `keep`. Its type describes only: it cannot make an instance. NULL: it is not
/// what sq_record_write() writes, or says what cannot be.
const SqPluginInfo *sq_record_read(SqJson *json, const SqJsonNode *node, SqKeep *keep);

#endif
