// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Parameters of VST2: 0 to 1 and a text for each value. Where the texts are few words, these are the choices.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/text.h"
#include "plugins/vst2/world.h"

#define SQ_VST2_STEPS 256   ///< values at which texts are asked for
#define SQ_VST2_CHOICES 64  ///< more different texts are no choices
#define SQ_VST2_CHOICE 64   ///< bytes of one
#define SQ_VST2_HALVINGS 40 ///< of the range, when a number is looked for: finer than a float
#define SQ_VST2_NEAR 0.005  ///< of the range that texts show: what a text that is met may be away from a number

// ---- values ---------------------------------------------------------------------------------------------------------

float sq_vst2_to_norm(const SqVst2Plugin *plugin, uint32_t param, double value) {
  const SqVst2Param *p = &plugin->params[param];
  if (!(value == value))
    value = plugin->type.params[param].def;
  if (p->points)
    return p->points[(uint32_t)fmin(fmax(round(value), 0), p->n_points - 1.0)];
  return (float)fmin(fmax(value, 0), 1);
}

double sq_vst2_from_norm(const SqVst2Plugin *plugin, uint32_t param, float norm) {
  const SqVst2Param *p = &plugin->params[param];
  if (!(norm >= 0 && norm <= 1))
    norm = norm > 1 ? 1 : 0;
  if (!p->points)
    return (double)norm;
  uint32_t nearest = 0;
  for (uint32_t i = 1; i < p->n_points; i++)
    if (fabsf(p->points[i] - norm) < fabsf(p->points[nearest] - norm))
      nearest = i;
  return nearest;
}

// ---- texts ----------------------------------------------------------------------------------------------------------

/// What an exponent, if one stands at `text`, multiplies a number by.
static double read_power(const char *text) {
  int power = 0;
  if (*text != 'e' && *text != 'E')
    return 1;
  bool below = *++text == '-';
  for (text += *text == '-' || *text == '+'; *text >= '0' && *text <= '9' && power < 100; text++)
    power = power * 10 + (*text - '0');
  return pow(10, below ? -power : power);
}

/// The number that a text begins with, whatever the locale; false: it begins with none. "-inf" is one.
static bool read_number(const char *text, double *number) {
  while (*text == ' ')
    text++;
  double sign = *text == '-' ? -1 : 1, value = 0, part = 1;
  text += *text == '-' || *text == '+';
  if (strncasecmp(text, "inf", 3) == 0) {
    *number = sign * 1e30;
    return true;
  }
  bool any = false;
  for (; *text >= '0' && *text <= '9'; text++, any = true)
    value = value * 10 + (*text - '0');
  if (*text == '.' || *text == ',')
    for (text++; *text >= '0' && *text <= '9'; text++, any = true)
      value += (*text - '0') * (part /= 10);
  *number = sign * value * read_power(text);
  return any;
}

static void display_at(SqVst2Host *host, uint32_t param, float norm, char *text, size_t size) {
  host->effect->set_param(host->effect, (int32_t)param, norm);
  sq_vst2_host_text(host, SQ_VST2_PARAM_DISPLAY, (int32_t)param, text, size);
}

// ---- choices --------------------------------------------------------------------------------------------------------

/// The texts met on the way from 0 to 1, each once, and where.
typedef struct {
  char texts[SQ_VST2_CHOICES][SQ_VST2_CHOICE];
  uint32_t first[SQ_VST2_CHOICES], last[SQ_VST2_CHOICES]; ///< steps
  uint32_t n;
} SqVst2Met;

/// True for "12bit": a word, though it begins with a number.
static bool is_word(const char *text) {
  size_t n = strspn(text, "0123456789");
  return n && ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z'));
}

/// Walks through the values; false: these are no choices (a number, too many, one that comes back).
static bool meet(SqVst2Host *host, uint32_t param, SqVst2Met *met) {
  met->n = 0;
  for (uint32_t step = 0; step <= SQ_VST2_STEPS; step++) {
    char text[SQ_VST2_CHOICE];
    double number;
    display_at(host, param, (float)step / SQ_VST2_STEPS, text, sizeof text);
    if (!*text || (read_number(text, &number) && !is_word(text)))
      return false;
    if (met->n && strcmp(met->texts[met->n - 1], text) == 0) {
      met->last[met->n - 1] = step;
      continue;
    }
    for (uint32_t i = 0; i < met->n; i++)
      if (strcmp(met->texts[i], text) == 0)
        return false;
    if (met->n == SQ_VST2_CHOICES)
      return false;
    memcpy(met->texts[met->n], text, sizeof text);
    met->first[met->n] = met->last[met->n] = step;
    met->n++;
  }
  return met->n >= 2;
}

/// Where a choice is set: as most plug-ins count, if the text there is its own; else in the middle of where it was met.
static float point_of(SqVst2Host *host, uint32_t param, const SqVst2Met *met, uint32_t i) {
  char text[SQ_VST2_CHOICE];
  float even = (float)i / (float)(met->n - 1);
  display_at(host, param, even, text, sizeof text);
  if (strcmp(text, met->texts[i]) == 0)
    return even;
  return (float)(met->first[i] + met->last[i]) / (2 * SQ_VST2_STEPS);
}

static void take_choices(SqVst2Plugin *p, SqVst2Host *host, uint32_t param, const SqVst2Met *met, SqParamInfo *info) {
  size_t size = 1, at = 0;
  for (uint32_t i = 0; i < met->n; i++)
    size += strlen(met->texts[i]) + 1;
  char *all = sq_keep_array(&p->keep, size, 1);
  float *points = sq_keep_array(&p->keep, met->n, sizeof *points);
  if (!all || !points)
    return;
  for (uint32_t i = 0; i < met->n; i++) {
    points[i] = point_of(host, param, met, i);
    if (i)
      all[at++] = '|';
    for (const char *c = met->texts[i]; *c; c++)
      all[at++] = *c == '|' ? '/' : *c;
  }
  p->params[param] = (SqVst2Param){points, met->n};
  info->choices = all;
  info->integer = true;
  info->max = met->n - 1;
}

// ---- the table ------------------------------------------------------------------------------------------------------

SqStatus sq_vst2_params_build(SqVst2Plugin *plugin, SqVst2Host *host) {
  uint32_t n = (uint32_t)host->effect->n_params;
  SqParamInfo *params = sq_keep_array(&plugin->keep, n, sizeof *params);
  plugin->params = sq_keep_array(&plugin->keep, n, sizeof *plugin->params);
  SqVst2Met *met = malloc(sizeof *met);
  plugin->type.params = params;
  plugin->type.n_params = n;
  plugin->info.n_params_in = n;
  for (uint32_t i = 0; params && plugin->params && met && i < n; i++) {
    SqParamInfo *info = &params[i];
    char name[SQ_VST2_NAME], symbol[SQ_SYMBOL];
    float norm = host->effect->get_param(host->effect, (int32_t)i);
    norm = norm >= 0 && norm <= 1 ? norm : 0;
    if (!sq_vst2_host_text(host, SQ_VST2_PARAM_NAME, (int32_t)i, name, sizeof name))
      snprintf(name, sizeof name, "Parameter %u", i + 1);
    sq_plugin_symbol_unique(symbol, name, params, i);
    info->symbol = sq_keep_text(&plugin->keep, symbol);
    info->name = sq_keep_text(&plugin->keep, name);
    info->max = 1;
    info->scale = SQ_SCALE_LINEAR;
    info->value_class = SQ_CLASS_STEPPED;
    if (meet(host, i, met))
      take_choices(plugin, host, i, met, info);
    info->def = sq_vst2_from_norm(plugin, i, norm);
    host->effect->set_param(host->effect, (int32_t)i, norm);
  }
  bool well = met && !plugin->keep.no_memory;
  free(met);
  return well ? SQ_OK : SQ_LIMIT;
}

// ---- texts of values ------------------------------------------------------------------------------------------------

/// The effect that is only asked. The lock is held.
static SqVst2Host *need_asked(SqVst2Plugin *p) {
  char error[SQ_VST2_NAME];
  if (p->asked.effect)
    return &p->asked;
  p->asked = (SqVst2Host){.rate_hz = p->world->rate_hz, .max_block = 64, .shell_id = p->shell_id};
  pthread_mutex_lock(&p->world->life);
  SqStatus status = sq_vst2_host_open(&p->asked, p->entry, error, sizeof error);
  bool fits = status == SQ_OK && p->asked.effect->n_params == (int32_t)p->type.n_params;
  if (status == SQ_OK && !fits)
    sq_vst2_host_close(&p->asked);
  pthread_mutex_unlock(&p->world->life);
  return fits ? &p->asked : NULL;
}

SqStatus sq_vst2_value_text(SqVst2Plugin *plugin, SqVst2Host *live, float live_norm, uint32_t param, double value,
                            char *text, size_t size) {
  if (param >= plugin->type.n_params)
    return SQ_BAD_ARGS;
  char shown[SQ_VST2_NAME], label[SQ_VST2_NAME];
  float norm = sq_vst2_to_norm(plugin, param, value);
  pthread_mutex_lock(&plugin->world->lock);
  SqVst2Host *host = norm == live_norm ? live : need_asked(plugin);
  if (host == live)
    sq_vst2_host_text(host, SQ_VST2_PARAM_DISPLAY, (int32_t)param, shown, sizeof shown);
  else if (host)
    display_at(host, param, norm, shown, sizeof shown);
  if (host && sq_vst2_host_text(host, SQ_VST2_PARAM_LABEL, (int32_t)param, label, sizeof label) &&
      !plugin->params[param].points)
    snprintf(text, size, "%s %s", shown, label);
  else if (host)
    snprintf(text, size, "%s", shown);
  pthread_mutex_unlock(&plugin->world->lock);
  return host ? SQ_OK : SQ_PLUGIN;
}

/// The value whose text shows a number, or the nearest: texts are taken to grow or to fall from 0 to 1.
static bool find_number(SqVst2Host *host, uint32_t param, double wanted, float *norm) {
  char text[SQ_VST2_NAME];
  double from, to, shown = 0;
  display_at(host, param, 0, text, sizeof text);
  if (!read_number(text, &from))
    return false;
  display_at(host, param, 1, text, sizeof text);
  if (!read_number(text, &to))
    return false;
  *norm = wanted == to ? 1 : 0;
  if (wanted == from || wanted == to)
    return true;
  float low = 0, high = 1;
  for (int i = 0; i < SQ_VST2_HALVINGS; i++) {
    float middle = 0.5f * (low + high);
    display_at(host, param, middle, text, sizeof text);
    if (!read_number(text, &shown))
      return false;
    *norm = middle;
    if (shown == wanted)
      return true;
    if ((shown < wanted) == (from < to))
      low = middle;
    else
      high = middle;
  }
  display_at(host, param, *norm = high, text, sizeof text);
  return read_number(text, &shown) && fabs(shown - wanted) <= SQ_VST2_NEAR * (fabs(wanted) + 1);
}

SqStatus sq_vst2_text_value(SqVst2Plugin *plugin, uint32_t param, const char *text, double *value) {
  if (param >= plugin->type.n_params)
    return SQ_BAD_ARGS;
  SqStatus status = SQ_BAD_ARGS;
  double wanted;
  float norm = 0;
  char shown[SQ_VST2_NAME];
  pthread_mutex_lock(&plugin->world->lock);
  SqVst2Host *host = need_asked(plugin);
  const SqVst2Param *p = &plugin->params[param];
  for (uint32_t i = 0; host && i < p->n_points && status != SQ_OK; i++) {
    display_at(host, param, p->points[i], shown, sizeof shown);
    if (strcasecmp(shown, text) != 0)
      continue;
    *value = i;
    status = SQ_OK;
  }
  if (host && !p->points && read_number(text, &wanted) && find_number(host, param, wanted, &norm)) {
    *value = (double)norm;
    status = SQ_OK;
  } else if (host && !p->points) { // its own way back, believed when the text comes out
    char room[SQ_VST2_TEXT];
    snprintf(room, sizeof room, "%s", text);
    bool taken = sq_vst2_ask(host->effect, SQ_VST2_TEXT_TO_PARAM, (int32_t)param, 0, room) == 1;
    norm = host->effect->get_param(host->effect, (int32_t)param);
    if (taken && sq_vst2_host_text(host, SQ_VST2_PARAM_DISPLAY, (int32_t)param, shown, sizeof shown) &&
        strcasecmp(shown, text) == 0 && norm >= 0 && norm <= 1) {
      *value = (double)norm;
      status = SQ_OK;
    }
  }
  pthread_mutex_unlock(&plugin->world->lock);
  return host ? status : SQ_PLUGIN;
}

SqStatus sq_vst2_program_name(SqVst2Plugin *plugin, SqVst2Host *live, uint32_t index, char *name, size_t size) {
  if (sq_vst2_host_text(live, SQ_VST2_PROGRAM_NAME, (int32_t)index, name, size))
    return SQ_OK;
  pthread_mutex_lock(&plugin->world->lock);
  SqVst2Host *host = need_asked(plugin);
  if (host)
    sq_vst2_ask(host->effect, SQ_VST2_SET_PROGRAM, 0, (intptr_t)index, NULL);
  if (!host || !sq_vst2_host_text(host, SQ_VST2_THIS_PROGRAM_NAME, 0, name, size))
    snprintf(name, size, "Program %u", index + 1);
  pthread_mutex_unlock(&plugin->world->lock);
  return SQ_OK;
}
