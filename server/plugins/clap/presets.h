// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Presets of CLAP plug-ins as their modules tell of them, looked for when somebody asks; plug-in main thread.
#ifndef SQ_PLUGINS_CLAP_PRESETS_H
#define SQ_PLUGINS_CLAP_PRESETS_H

#include "plugins/clap/instance.h"

#define SQ_CLAP_MAX_PRESETS 65536u

typedef struct SqClapPresets SqClapPresets;

void sq_clap_presets_free(SqClapPresets *presets);

/// As in SqPluginOps.
uint32_t sq_clap_presets_count(void *instance);
SqStatus sq_clap_presets_name(void *instance, uint32_t index, char *name, size_t size);
SqStatus sq_clap_presets_load(void *instance, uint32_t index);

#endif
