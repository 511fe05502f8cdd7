// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Parameters of a VST3 plug-in: 0..1 for it, plain units for people. Read on the plug-in main thread; the conversions
/// run on any, as the controller that knows them may not be asked on the audio thread.
#ifndef SQ_PLUGINS_VST3_PARAMS_H
#define SQ_PLUGINS_VST3_PARAMS_H

#include <stdbool.h>

#include "engine/processor.h"
#include "plugins/vst3/abi.h"

#define SQ_VST3_PARAMS 16384 ///< more are no parameters
#define SQ_VST3_STEPS 64     ///< more values than these are not named one by one
#define SQ_VST3_CURVE 512    ///< pieces of a curve that is neither straight nor logarithmic: within 1e-4 of an octave
#define SQ_VST3_NONE UINT32_MAX

/// How 0..1 becomes a plain value.
typedef enum {
  SQ_VST3_LINEAR, ///< from min to max
  SQ_VST3_LOG,    ///< equal ratios
  SQ_VST3_STEP,   ///< whole steps: min + step
  SQ_VST3_TABLE   ///< points[SQ_VST3_CURVE + 1] with lines between, rising or falling throughout
} SqVst3Law;

typedef struct SqVst3Param {
  uint32_t id;
  uint32_t index; ///< in the table that people see, or SQ_VST3_NONE
  int32_t flags, unit;
  uint32_t n_steps;
  SqVst3Law law;
  double min, max, log_ratio;
  double def; ///< 0..1
  double *points;
  bool signal; ///< of class `signal`
} SqVst3Param;

double sq_vst3_param_to_plain(const SqVst3Param *param, double value);

/// What is not a number becomes the default.
double sq_vst3_param_to_normal(const SqVst3Param *param, double plain);

struct SqVst3Plugin;

/// Reads all parameters of a controller (NULL: none) and builds the table. Errors: SQ_UNSUPPORTED with the reason.
SqStatus sq_vst3_params_read(struct SqVst3Plugin *plugin, SqVst3Controller *controller, char *error, size_t error_size);

#endif
