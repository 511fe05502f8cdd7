// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Every plug-in of every format under one roof: finds by identifier or name, lists, tells; jobs threads only.
///
/// Any number of job threads may call at once. Never from the audio thread; from the control thread only new and free,
/// and load while no job runs.
#ifndef SQ_PLUGINS_CATALOG_H
#define SQ_PLUGINS_CATALOG_H

#include "plugins/format.h"
#include "plugins/shelf.h"

typedef struct SqCatalog SqCatalog;

/// An empty catalog; nothing is looked for before the first question. [control] NULL: no memory.
SqCatalog *sq_catalog_new(const SqFormatConfig *config);

/// From now on modules with code are looked into by children of `program` (squeezed-scan) alone, and what they say is
/// kept in `file`. Once, before any question. [control] Without it they are loaded into this process.
void sq_catalog_set_scanner(SqCatalog *catalog, const char *program, const char *file);

/// [control] Every instance of every type that it gave must have been freed.
void sq_catalog_free(SqCatalog *catalog);

/// True when `what` begins with the prefix of a format ("lv2:"). [any thread]
bool sq_catalog_is_plugin_id(const char *what);

/// Finds a plug-in by "lv2:URI", by bare URI, or by a name without regard to case: the whole name, the last part of
/// the identifier, or any piece of the name that only one plug-in has. The type lives as long as the catalog.
/// Errors: SQ_NOT_FOUND, SQ_UNSUPPORTED; error[error_size] gets a sentence that lists candidates.
SqStatus sq_catalog_find(SqCatalog *catalog, const char *what, const SqProcessorType **type, char *error,
                         size_t error_size);

/// As sq_catalog_find(), with buses, ports and abilities.
SqStatus sq_catalog_info(SqCatalog *catalog, const char *what, const SqPluginInfo **info, char *error,
                         size_t error_size);

/// The same plug-in with a type that makes instances in this process: its code is loaded now.
SqStatus sq_catalog_local(SqCatalog *catalog, const SqPluginInfo *info, const SqPluginInfo **local, char *error,
                          size_t error_size);

/// Looks into modules that are new or changed, and into those of the format or under the path `again` (NULL: none) in
/// any case. *n gets how many were looked into.
SqStatus sq_catalog_scan(SqCatalog *catalog, const char *again, SqShelfProgress progress, void *context, uint32_t *n,
                         char *error, size_t error_size);

/// Visits every module that was scanned, with its verdict ("ok", or what is wrong with it).
typedef bool (*SqVerdictVisit)(void *context, const SqShelved *module);
void sq_catalog_verdicts(SqCatalog *catalog, SqVerdictVisit visit, void *context);

/// Visits the plug-ins whose identifier, name, category or author holds `filter` without regard to case (NULL or "":
/// all), sorted by name, then identifier.
SqStatus sq_catalog_list(SqCatalog *catalog, const char *filter, SqPluginVisit visit, void *context);

/// Loads the module or bundle at `path`, wherever it lies; its plug-ins are found and listed from then on. `visit` sees
/// each. Errors, with a sentence: SQ_NOT_FOUND no such file; SQ_UNSUPPORTED no plug-ins of a format that can be loaded.
SqStatus sq_catalog_load(SqCatalog *catalog, const char *path, SqPluginVisit visit, void *context, char *error,
                         size_t error_size);

/// Reads the parameter values that a saved state of `type` holds into values[type->n_params]; others stay. To be
/// called before create(), whose `params` win over what its `state` says of parameters.
/// Errors: SQ_NOT_FOUND: not a type of this catalog; SQ_BAD_ARGS: the state is not one of it.
SqStatus sq_catalog_state_values(SqCatalog *catalog, const SqProcessorType *type, const SqBlob *state, double *values);

#endif
