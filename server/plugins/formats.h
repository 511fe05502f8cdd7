// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Every plug-in format of this build with a world each: what daemon, host and scanner share; any thread but audio.
#ifndef SQ_PLUGINS_FORMATS_H
#define SQ_PLUGINS_FORMATS_H

#include "plugins/format.h"

typedef struct SqFormats SqFormats;

/// Opens an empty world for each format; looks for nothing yet. NULL: no memory.
SqFormats *sq_formats_new(const SqFormatConfig *config);

/// Every instance of every type that came from here must have been freed.
void sq_formats_free(SqFormats *formats);

/// Number of formats, and the one at an index ("lv2", …).
uint32_t sq_formats_count(void);
const SqFormat *sq_formats_at(uint32_t index);

/// The world of the format at an index.
void *sq_formats_world(const SqFormats *formats, uint32_t index);

/// Index of the format whose prefix begins `id`, or of the one called `id` outright; `*rest` gets what follows the
/// colon. sq_formats_count(): none.
uint32_t sq_formats_find(const char *id, const char **rest);

/// What the plug-in of `id` (with prefix) is. `path`: its module where it is known, NULL or "": it is looked for.
/// Loads code. Errors: as SqFormat.describe.
SqStatus sq_formats_describe(const SqFormats *formats, const char *id, const char *path, const SqPluginInfo **info,
                             char *error, size_t error_size);

/// As SqFormat.state_values, for a type that came from here.
SqStatus sq_formats_state_values(const SqFormats *formats, const SqProcessorType *type, const SqBlob *state,
                                 double *values);

#endif
