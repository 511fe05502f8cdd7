// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The modules that were scanned, what is in them and what is wrong with them, kept in a file; jobs threads, one at a
/// time.
///
/// A module is looked into again only when its size or time changed. What is about to be loaded is noted in a second
/// file first: when that is found at the next start, the scan was ended by this module, and it stays out until it
/// changes.
#ifndef SQ_PLUGINS_SHELF_H
#define SQ_PLUGINS_SHELF_H

#include <stdbool.h>

#include "plugins/format.h"

typedef struct SqShelf SqShelf;

typedef struct SqShelfConfig {
  const char *program; ///< squeezed-scan
  const char *file;    ///< the catalog's file
} SqShelfConfig;

/// A plug-in that cannot be used.
typedef struct SqRefused {
  const char *id, *why;
} SqRefused;

/// One module. `plugins` and `refused` live as long as the shelf.
typedef struct SqShelved {
  const char *format, *path;
  const char *verdict; ///< "ok", or what is wrong with it
  const SqPluginInfo *const *plugins;
  uint32_t n_plugins;
  const SqRefused *refused;
  uint32_t n_refused;
} SqShelved;

/// Told before each module that is loaded; false ends the scan.
typedef bool (*SqShelfProgress)(void *context, uint32_t at, uint32_t of, const char *path);

/// Reads the file, if there is one. NULL: no memory.
SqShelf *sq_shelf_open(const SqShelfConfig *config);
void sq_shelf_close(SqShelf *shelf);

/// Takes note of a module in one of the standard places. sq_shelf_scan() then looks into those that are new or changed,
/// and forgets those that were not noted since the last scan.
void sq_shelf_note(SqShelf *shelf, const char *format, const char *path);

/// `again`: modules with this format's prefix, or under this path, are looked into although nothing changed; NULL:
/// none. Returns how many were loaded. `error`: the file could not be written.
uint32_t sq_shelf_scan(SqShelf *shelf, const char *again, SqShelfProgress progress, void *context, char *error,
                       size_t error_size);

uint32_t sq_shelf_count(const SqShelf *shelf);
SqShelved sq_shelf_at(const SqShelf *shelf, uint32_t index);

#endif
