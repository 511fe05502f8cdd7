// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The features that a host hands to LV2 plug-ins: URIs, options, log, files of a state, worker; jobs threads.
#ifndef SQ_PLUGINS_LV2_FEATURES_H
#define SQ_PLUGINS_LV2_FEATURES_H

#include "plugins/lv2/world.h"

struct SqLv2Instance;
struct SqLv2Unit;

/// What the copies of one instance share.
typedef struct SqLv2Features {
  int32_t min_block, max_block, nominal_block, sequence_size;
  float rate;
  LV2_Options_Option options[6]; ///< ended by an empty one
  LV2_Log_Log log;
  LV2_State_Make_Path make_path;
  LV2_State_Map_Path map_path;
  LV2_State_Free_Path free_path;
  char *state_dir; ///< where plug-ins may put files, or NULL
} SqLv2Features;

#define SQ_LV2_N_FEATURES 12

/// The NULL-ended arrays of one copy: for instantiate() and for restoring a state (whose worker works at once).
typedef struct SqLv2UnitFeatures {
  LV2_Feature items[SQ_LV2_N_FEATURES];
  LV2_Feature schedule_now;
  const LV2_Feature *run[SQ_LV2_N_FEATURES + 1];
  const LV2_Feature *restore[SQ_LV2_N_FEATURES + 1];
} SqLv2UnitFeatures;

/// Fills the shared part. Keys of the setup: "state_dir" (a folder for files of the state), "nominal_block" (frames).
SqStatus sq_lv2_features_init(struct SqLv2Instance *instance, const SqProcSetup *setup);
void sq_lv2_features_cleanup(SqLv2Features *features);

/// Fills the arrays of one copy; its worker's features must be ready.
void sq_lv2_features_fill(struct SqLv2Unit *unit);

#endif
