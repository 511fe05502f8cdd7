// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

uint32_t sq_link_param_index(const SqProcessorType *type, const char *symbol) {
  for (uint32_t i = 0; i < type->n_params; i++)
    if (strcmp(type->params[i].symbol, symbol) == 0)
      return i;
  return UINT32_MAX;
}

double sq_link_param_clamp(const SqParamInfo *info, double value) {
  if (info->toggled)
    return value != 0.0 ? 1.0 : 0.0;
  if (info->integer || info->choices)
    value = round(value);
  return value < info->min ? info->min : value > info->max ? info->max : value;
}

static bool choice(const char *choices, const char *text, double *value) {
  const size_t n = strlen(text);
  double index = 0.0;
  for (const char *at = choices; at; at = strchr(at, '|'), index += 1.0) {
    at += *at == '|';
    const size_t length = strcspn(at, "|");
    if (length == n && strncasecmp(at, text, n) == 0) {
      *value = index;
      return true;
    }
  }
  return false;
}

bool sq_link_param_parse(const SqParamInfo *info, const char *text, double *value) {
  if (info->choices && choice(info->choices, text, value))
    return true;
  static const char *const on[] = {"on", "true", "yes"}, *const off[] = {"off", "false", "no"};
  for (int i = 0; i < 3; i++) {
    if (strcasecmp(text, on[i]) == 0 || strcasecmp(text, off[i]) == 0) {
      *value = strcasecmp(text, on[i]) == 0 ? 1.0 : 0.0;
      return true;
    }
  }
  char *end;
  const double number = strtod(text, &end);
  if (end == text || *end || isnan(number))
    return false;
  *value = sq_link_param_clamp(info, number);
  return true;
}

void sq_link_param_text(const SqParamInfo *info, double value, char *text, size_t size) {
  if (info->choices) {
    const char *at = info->choices;
    for (int i = (int)value; i > 0 && at; i--) {
      at = strchr(at, '|');
      at = at ? at + 1 : NULL;
    }
    if (at) {
      snprintf(text, size, "%.*s", (int)strcspn(at, "|"), at);
      return;
    }
  }
  if (info->toggled)
    snprintf(text, size, "%s", value != 0.0 ? "on" : "off");
  else
    snprintf(text, size, "%.*f%s%s",
             info->integer        ? 0
             : fabs(value) < 10.0 ? 2
                                  : 1,
             value, info->unit ? " " : "", info->unit ? info->unit : "");
}
