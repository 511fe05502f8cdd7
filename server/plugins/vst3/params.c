// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/text.h"
#include "plugins/vst3/describe.h"

#define SQ_VST3_SAME 1e-6 ///< of the range: float arithmetic of plug-ins differs by less, another law by more

// ---- values ---------------------------------------------------------------------------------------------------------

double sq_vst3_param_to_plain(const SqVst3Param *param, double value) {
  value = value > 0 ? fmin(value, 1) : 0;
  switch (param->law) {
  case SQ_VST3_LINEAR:
    break;
  case SQ_VST3_LOG:
    return value < 1 ? param->min * exp(param->log_ratio * value) : param->max; // the ends are exact
  case SQ_VST3_STEP: // the interface's own rule: steps + 1 equal parts of 0..1
    return param->min + fmin(floor(value * (param->n_steps + 1.0)), param->n_steps);
  case SQ_VST3_TABLE: {
    double at = value * SQ_VST3_CURVE;
    uint32_t i = at < SQ_VST3_CURVE - 1 ? (uint32_t)at : SQ_VST3_CURVE - 1;
    return param->points[i] + (param->points[i + 1] - param->points[i]) * (at - i);
  }
  }
  return param->min + (param->max - param->min) * value;
}

/// The place of `plain` on the curve, by halving.
static double find_on_curve(const SqVst3Param *param, double plain) {
  const double *points = param->points;
  bool rising = points[SQ_VST3_CURVE] > points[0];
  uint32_t low = 0, high = SQ_VST3_CURVE;
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if ((points[middle] <= plain) == rising)
      low = middle;
    else
      high = middle;
  }
  return (low + (plain - points[low]) / (points[high] - points[low])) / SQ_VST3_CURVE;
}

double sq_vst3_param_to_normal(const SqVst3Param *param, double plain) {
  double value = param->def;
  if (plain == plain)
    switch (param->law) {
    case SQ_VST3_LINEAR:
      value = (plain - param->min) / (param->max - param->min);
      break;
    case SQ_VST3_LOG:
      value = plain > 0 ? log(plain / param->min) / param->log_ratio : param->log_ratio > 0 ? 0 : 1;
      break;
    case SQ_VST3_STEP:
      value = round(plain - param->min) / param->n_steps;
      break;
    case SQ_VST3_TABLE:
      value = find_on_curve(param, plain);
      break;
    }
  return value > 0 ? fmin(value, 1) : 0;
}

// ---- the law of a parameter -----------------------------------------------------------------------------------------

static bool near(double a, double b, double size) {
  return fabs(a - b) <= SQ_VST3_SAME * fabs(size);
}

/// Reads the plug-in's own curve; false: it goes to and fro, so that no value can be found on it.
static bool read_curve(SqVst3Param *param, SqVst3Controller *controller) {
  param->points = malloc((SQ_VST3_CURVE + 1) * sizeof *param->points);
  if (!param->points)
    return false;
  bool rising = param->max > param->min;
  for (uint32_t i = 0; i <= SQ_VST3_CURVE; i++) {
    param->points[i] = controller->table->to_plain(controller, param->id, (double)i / SQ_VST3_CURVE);
    if (!isfinite(param->points[i]) || (i && (param->points[i] > param->points[i - 1]) != rising) ||
        (i && param->points[i] == param->points[i - 1]))
      return false;
  }
  return true;
}

/// Finds out how 0..1 becomes plain. What makes no sense stays 0..1.
static void find_law(SqVst3Param *param, SqVst3Controller *controller) {
  double plain[5];
  bool finite = true;
  for (int i = 0; i < 5; i++) {
    plain[i] = controller->table->to_plain(controller, param->id, i / 4.0);
    finite = finite && fabs(plain[i]) < 1e15;
  }
  double span = plain[4] - plain[0];
  param->law = SQ_VST3_LINEAR;
  param->min = 0;
  param->max = 1;
  if (param->n_steps && finite && near(span, param->n_steps, param->n_steps)) {
    param->law = SQ_VST3_STEP;
    param->min = round(plain[0]);
    param->max = param->min + param->n_steps;
    return;
  }
  if (param->n_steps && param->n_steps < SQ_VST3_STEPS) { // its plain values count something else
    param->law = SQ_VST3_STEP;
    param->max = param->n_steps;
    return;
  }
  if (!finite || span == 0)
    return;
  bool linear = true, logarithmic = plain[0] > 0 && plain[4] > 0;
  for (int i = 1; i < 4; i++) {
    linear = linear && near(plain[i], plain[0] + span * i / 4, span);
    logarithmic = logarithmic && near(plain[i], plain[0] * pow(plain[4] / plain[0], i / 4.0), plain[i]);
  }
  param->min = plain[0];
  param->max = plain[4];
  if (linear)
    return;
  if (logarithmic) {
    param->law = SQ_VST3_LOG;
    param->log_ratio = log(plain[4] / plain[0]);
  } else if (read_curve(param, controller)) {
    param->law = SQ_VST3_TABLE;
  } else {
    param->min = 0;
    param->max = 1;
  }
}

// ---- one row of the table -------------------------------------------------------------------------------------------

/// The plug-in's text of a value; false: it has none.
static bool text_of(SqVst3Controller *controller, uint32_t id, double value, char text[SQ_VST3_UTF8]) {
  SqVst3String wide = {0};
  return controller->table->text_of(controller, id, value, wide) == SQ_VST3_OK &&
         sq_vst3_text(text, SQ_VST3_UTF8, wide, 128) > 0;
}

/// True when the text of step k is the number min + k: then the value says it all.
static bool is_number(const char *text, double value) {
  char number[32];
  snprintf(number, sizeof number, "%.0f", value);
  size_t n = strlen(number);
  return strncmp(text, number, n) == 0 && (text[n] < '0' || text[n] > '9');
}

/// Names of the steps as "a|b|c" (a '|' within becomes '/'). NULL: they are numbers, or not told apart.
static const char *choices_of(SqVst3Plugin *p, const SqVst3Param *param, SqVst3Controller *controller) {
  char choices[SQ_VST3_STEPS * 64], text[SQ_VST3_UTF8], before[SQ_VST3_UTF8] = "";
  size_t used = 0;
  bool numbers = true;
  for (uint32_t k = 0; k <= param->n_steps; k++) {
    if (!text_of(controller, param->id, (double)k / param->n_steps, text) || strcmp(text, before) == 0)
      return NULL;
    numbers = numbers && is_number(text, param->min + k);
    memcpy(before, text, sizeof before);
    for (char *c = text; *c; c++)
      *c = *c == '|' ? '/' : *c;
    int n = snprintf(choices + used, sizeof choices - used, "%s%s", k ? "|" : "", text);
    if (n < 0 || used + (size_t)n >= sizeof choices)
      return NULL;
    used += (size_t)n;
  }
  return numbers ? NULL : sq_vst3_texts_keep(&p->texts, choices);
}

static void describe_steps(SqVst3Plugin *p, SqVst3Param *param, SqVst3Controller *controller, SqParamInfo *info) {
  info->integer = true;
  if (param->n_steps == 1 && !(param->flags & SQ_VST3_PARAM_LIST)) {
    info->toggled = true;
    param->min = 0;
    param->max = 1;
  } else if (param->n_steps < SQ_VST3_STEPS && (info->choices = choices_of(p, param, controller))) {
    param->min = 0;
    param->max = param->n_steps;
    info->unit = NULL;
  }
}

static void describe(SqVst3Plugin *p, SqVst3Param *param, SqVst3Controller *controller, const SqVst3ParamInfo *from) {
  SqParamInfo *params = (SqParamInfo *)(uintptr_t)p->type.params, *info = &params[p->type.n_params];
  char text[SQ_VST3_UTF8], symbol[SQ_SYMBOL];
  if (!sq_vst3_text(text, sizeof text, from->title, 128) && !sq_vst3_text(text, sizeof text, from->short_title, 128))
    snprintf(text, sizeof text, "Parameter %u", p->type.n_params + 1);
  info->name = sq_vst3_texts_keep(&p->texts, text);
  sq_plugin_symbol_unique(symbol, text, params, p->type.n_params);
  info->symbol = sq_vst3_texts_keep(&p->texts, symbol);
  info->unit = sq_vst3_text(text, sizeof text, from->units, 128) ? sq_vst3_texts_keep(&p->texts, text) : NULL;
  if (param->law == SQ_VST3_STEP)
    describe_steps(p, param, controller, info);
  info->min = fmin(param->min, param->max);
  info->max = fmax(param->min, param->max);
  info->def = sq_vst3_param_to_plain(param, param->def);
  info->scale = param->law == SQ_VST3_LOG ? SQ_SCALE_LOG : SQ_SCALE_LINEAR;
  info->output = param->flags & SQ_VST3_PARAM_READ_ONLY;
  param->signal = !info->output && param->n_steps == 0 && p->n_signals < SQ_MAX_SIGNALS;
  info->value_class = param->signal ? SQ_CLASS_SIGNAL : SQ_CLASS_STEPPED;
  param->index = p->type.n_params++;
  p->shown[param->index] = (uint32_t)(param - p->params);
  if (param->signal)
    p->signals[p->n_signals++] = (uint32_t)(param - p->params);
  p->info.n_params_in += !info->output;
  p->info.n_params_out += info->output;
}

// ---- all ------------------------------------------------------------------------------------------------------------

/// What a plug-in offers to nobody in particular is hidden (JUCE makes 2,080 parameters for MIDI controllers); bypass
/// is the engine's, programs are presets.
static bool is_shown(const SqVst3Param *param) {
  int32_t flags = param->flags;
  return !(flags & (SQ_VST3_PARAM_HIDDEN | SQ_VST3_PARAM_PROGRAM | SQ_VST3_PARAM_BYPASS)) &&
         (flags & (SQ_VST3_PARAM_AUTOMATE | SQ_VST3_PARAM_READ_ONLY));
}

typedef struct {
  uint32_t id, index;
} SqVst3Sorted;

static int by_id(const void *a, const void *b) {
  const SqVst3Sorted *x = a, *y = b;
  return x->id != y->id ? (x->id < y->id ? -1 : 1) : x->index < y->index ? -1 : 1;
}

/// Sorts by id; of several with one id the first counts, the others are pushed out of sight.
static bool sort_ids(SqVst3Plugin *p) {
  SqVst3Sorted *sorted = calloc((size_t)p->n_params + 1, sizeof *sorted);
  if (!sorted)
    return false;
  for (uint32_t i = 0; i < p->n_params; i++)
    sorted[i] = (SqVst3Sorted){p->params[i].id, i};
  qsort(sorted, p->n_params, sizeof *sorted, by_id);
  for (uint32_t i = 0; i < p->n_params; i++) {
    p->by_id[i] = sorted[i].index;
    if (i && sorted[i].id == sorted[i - 1].id)
      p->params[sorted[i].index].flags = SQ_VST3_PARAM_HIDDEN;
  }
  free(sorted);
  return true;
}

uint32_t sq_vst3_plugin_param(const SqVst3Plugin *plugin, uint32_t id) {
  uint32_t low = 0, high = plugin->n_params;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (plugin->params[plugin->by_id[middle]].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plugin->n_params && plugin->params[plugin->by_id[low]].id == id ? plugin->by_id[low] : SQ_VST3_NONE;
}

static SqStatus allocate(SqVst3Plugin *p, uint32_t n) {
  p->params = calloc((size_t)n + 1, sizeof *p->params);
  p->by_id = calloc((size_t)n + 1, sizeof *p->by_id);
  p->shown = calloc((size_t)n + 1, sizeof *p->shown);
  p->signals = calloc(SQ_MAX_SIGNALS, sizeof *p->signals);
  p->type.params = calloc((size_t)n + 1, sizeof *p->type.params);
  return p->params && p->by_id && p->shown && p->signals && p->type.params ? SQ_OK : SQ_LIMIT;
}

SqStatus sq_vst3_params_read(SqVst3Plugin *plugin, SqVst3Controller *controller, char *error, size_t error_size) {
  SqVst3Plugin *p = plugin;
  int32_t n = controller ? controller->table->n_params(controller) : 0;
  if (n > SQ_VST3_PARAMS) {
    snprintf(error, error_size, "it claims to have %d parameters", n);
    return SQ_UNSUPPORTED;
  }
  SqVst3ParamInfo *infos = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof *infos);
  SqStatus status = infos ? allocate(p, n > 0 ? (uint32_t)n : 0) : SQ_LIMIT;
  for (int32_t i = 0; status == SQ_OK && i < n; i++) {
    SqVst3ParamInfo *info = &infos[p->n_params];
    memset(info, 0, sizeof *info);
    if (controller->table->param_info(controller, i, info) != SQ_VST3_OK)
      continue;
    p->params[p->n_params++] = (SqVst3Param){.id = info->id,
                                             .index = SQ_VST3_NONE,
                                             .flags = info->flags,
                                             .unit = info->unit,
                                             .n_steps = info->n_steps > 0 ? (uint32_t)info->n_steps : 0,
                                             .max = 1,
                                             .def = info->def > 0 ? fmin(info->def, 1) : 0};
  }
  if (status == SQ_OK && !sort_ids(p))
    status = SQ_LIMIT;
  for (uint32_t i = 0; status == SQ_OK && i < p->n_params; i++) {
    if (p->params[i].flags & SQ_VST3_PARAM_PROGRAM && p->program == SQ_VST3_NONE)
      p->program = i;
    if (!is_shown(&p->params[i]))
      continue;
    find_law(&p->params[i], controller);
    describe(p, &p->params[i], controller, &infos[i]);
  }
  free(infos);
  return status;
}
