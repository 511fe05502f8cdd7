// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/clap/describe.h"

#define SQ_CLAP_CHOICES 64 ///< more is a list of files, not of choices
#define SQ_CLAP_TEXT 128   ///< bytes of one text of a value

// ---- values ---------------------------------------------------------------------------------------------------------

double sq_clap_param_to_own(const SqClapParam *param, double value) {
  if (!(value == value)) // not a number: the plug-in's own choice
    return param->def;
  if (param->flags & SQ_CLAP_PARAM_STEPPED)
    value = round(value);
  return fmin(fmax(param->choices ? param->min + value : value, param->min), param->max);
}

double sq_clap_param_from_own(const SqClapParam *param, double own) {
  if (!(own == own))
    own = param->def;
  own = fmin(fmax(own, param->min), param->max);
  if (param->flags & SQ_CLAP_PARAM_STEPPED)
    own = trunc(own); // as CLAP wants steps read
  return param->choices ? own - param->min : own;
}

uint32_t sq_clap_param_find(const SqClapKind *kind, uint32_t id) {
  if (id < kind->n_params && kind->params[id].id == id) // most count from 0
    return id;
  uint32_t low = 0, high = kind->n_params;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (kind->params[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < kind->n_params && kind->params[low].id == id ? low : SQ_CLAP_NONE;
}

// ---- texts of values ------------------------------------------------------------------------------------------------

bool sq_clap_param_text(const SqClapGuest *guest, uint32_t id, double own, char *text, size_t size) {
  char said[256] = "";
  text[0] = '\0';
  if (!guest->can.params || !guest->can.params->value_to_text ||
      !guest->can.params->value_to_text(guest->plugin, id, own, said, sizeof said))
    return false;
  sq_plugin_text(text, size, said, sizeof said);
  return text[0] != '\0';
}

/// The number that a text begins with, how exact it is, and what follows; the C library's functions depend on the
/// language that a plug-in may have set. False: it begins with none.
static bool number_of(const char *text, double *number, double *exact, const char **rest) {
  double sign = 1, value = 0, unit = 1;
  bool point = false, any = false;
  if (*text == '-' || *text == '+')
    sign = *text++ == '-' ? -1 : 1;
  for (;; text++) {
    if (*text >= '0' && *text <= '9') {
      value = value * 10 + (*text - '0');
      unit *= point ? 0.1 : 1;
      any = true;
    } else if ((*text == '.' || *text == ',') && !point) {
      point = true;
    } else {
      break;
    }
  }
  while (*text == ' ')
    text++;
  *number = sign * value * unit;
  *exact = 0.51 * unit + fabs(*number) * 1e-6;
  *rest = text;
  return any;
}

/// The unit in which `own` is spelled as it is (or in thousands: "2.5 kHz"); false: it is spelled otherwise.
static bool unit_of(const char *text, double own, const char **unit) {
  double number, exact;
  if (!number_of(text, &number, &exact, unit))
    return false;
  if (fabs(number - own) <= exact)
    return true;
  if (**unit != 'k' || fabs(number * 1000 - own) > exact * 1000)
    return false;
  ++*unit;
  return true;
}

/// The unit in which values are spelled at their least, greatest and default; "" when they are bare numbers; false:
/// not all are numbers of one unit.
static bool find_unit(const SqClapGuest *guest, const SqClapParam *p, char unit[16]) {
  const double at[3] = {p->def, p->min, p->max};
  for (int i = 0; i < 3; i++) {
    char text[SQ_CLAP_TEXT];
    const char *found;
    if (!sq_clap_param_text(guest, p->id, at[i], text, sizeof text) || !unit_of(text, at[i], &found) ||
        strlen(found) > 15 || (i && strcmp(unit, found) != 0))
      return false;
    memcpy(unit, found, strlen(found) + 1);
  }
  return true;
}

/// Names of all steps joined by '|' (which becomes '/' within one), kept; NULL: some step has none.
static const char *find_choices(SqClapKind *kind, const SqClapGuest *guest, const SqClapParam *p) {
  char names[SQ_CLAP_CHOICES * (SQ_CLAP_TEXT + 1)];
  size_t used = 0;
  for (double own = p->min; own <= p->max; own += 1) {
    char text[SQ_CLAP_TEXT];
    if (!sq_clap_param_text(guest, p->id, own, text, sizeof text))
      return NULL;
    for (char *c = text; *c; c++)
      if (*c == '|')
        *c = '/';
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? "|" : "", text);
  }
  return sq_texts_keep(&kind->texts, names);
}

// ---- one parameter --------------------------------------------------------------------------------------------------

/// Makes a range lawful: finite, min <= def <= max, whole steps.
static void mend(SqClapParam *p) {
  if (!isfinite(p->min))
    p->min = 0;
  if (!isfinite(p->max))
    p->max = p->min + 1;
  if (p->max < p->min) {
    double swap = p->max;
    p->max = p->min;
    p->min = swap;
  }
  if (p->flags & SQ_CLAP_PARAM_STEPPED) {
    p->min = trunc(p->min);
    p->max = trunc(p->max);
    p->def = trunc(p->def);
  }
  if (!isfinite(p->def))
    p->def = p->min;
  p->def = fmin(fmax(p->def, p->min), p->max);
}

static bool is_switch(const char *choices) {
  static const char *const pairs[] = {"off|on", "no|yes", "false|true", "disabled|enabled", "inactive|active"};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    const char *a = pairs[i], *b = choices;
    while (*a && (*b | 32) == *a)
      a++, b++;
    if (*a == '|' && *b == '|')
      for (a++, b++; *a && (*b | 32) == *a;)
        a++, b++;
    if (!*a && !*b)
      return true;
  }
  return false;
}

/// Steps become a switch, choices by name, or whole numbers.
static void describe_steps(SqClapKind *kind, const SqClapGuest *guest, SqClapParam *p, SqParamInfo *info) {
  const bool numbers = info->unit != NULL;
  info->integer = true;
  info->toggled = p->min == 0 && p->max == 1;
  const bool few = p->max > p->min && p->max - p->min < SQ_CLAP_CHOICES;
  const char *choices = few && !numbers && !(p->flags & SQ_CLAP_PARAM_READONLY) ? find_choices(kind, guest, p) : NULL;
  if (!choices || is_switch(choices))
    return;
  p->choices = true;
  info->toggled = false;
  info->choices = choices;
  info->min = 0;
  info->max = p->max - p->min;
  info->def = p->def - p->min;
}

static void describe_param(SqClapKind *kind, const SqClapGuest *guest, SqClapParam *p, SqParamInfo *info) {
  char unit[16] = "";
  const bool spelled = find_unit(guest, p, unit);
  info->unit = spelled ? sq_texts_keep(&kind->texts, unit) : NULL;
  info->min = p->min;
  info->max = p->max;
  info->def = p->def;
  info->output = p->flags & SQ_CLAP_PARAM_READONLY;
  info->value_class = SQ_CLASS_STEPPED;
  if (p->flags & SQ_CLAP_PARAM_STEPPED)
    describe_steps(kind, guest, p, info);
  else if ((p->flags & SQ_CLAP_PARAM_AUTOMATABLE) && sq_proc_count_signals(&kind->type) < SQ_MAX_SIGNALS)
    info->value_class = SQ_CLASS_SIGNAL;
  if (info->unit && !*info->unit) // bare numbers have none
    info->unit = NULL;
}

// ---- the table ------------------------------------------------------------------------------------------------------

/// What is read of a parameter before ids are sorted.
typedef struct {
  SqClapParam param;
  uint32_t index;
  char name[64], group[64];
} Raw;

static int by_id(const void *a, const void *b) {
  const Raw *x = a, *y = b;
  if (x->param.id != y->param.id)
    return x->param.id < y->param.id ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static int by_index(const void *a, const void *b) {
  uint32_t x = (*(const Raw *const *)a)->index, y = (*(const Raw *const *)b)->index;
  return x < y ? -1 : x > y;
}

/// Reads all infos; what cannot be explained, or bears an id twice, is left out. Sorted by id.
static uint32_t read_all(const SqClapGuest *guest, Raw *raws, uint32_t n) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < n; i++) {
    SqClapParamInfo said;
    memset(&said, 0, sizeof said);
    if (!guest->can.params->get_info(guest->plugin, i, &said) || said.id == SQ_CLAP_NONE)
      continue;
    Raw *raw = &raws[found++];
    raw->param = (SqClapParam){
        .id = said.id, .flags = said.flags, .min = said.min, .max = said.max, .def = said.def, .shown = SQ_CLAP_NONE};
    raw->index = i;
    mend(&raw->param);
    sq_plugin_text(raw->name, sizeof raw->name, said.name, sizeof said.name);
    said.module[sizeof said.module - 1] = '\0';
    const char *last = strrchr(said.module, '/');
    sq_plugin_text(raw->group, sizeof raw->group, last ? last + 1 : said.module, sizeof said.module);
  }
  qsort(raws, found, sizeof *raws, by_id);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < found; i++)
    if (!kept || raws[kept - 1].param.id != raws[i].param.id)
      raws[kept++] = raws[i];
  return kept;
}

/// Hidden ones are not shown, nor is the plug-in's own bypass: the engine's is heard at once and without a click.
static bool is_shown(const SqClapParam *p) {
  return !(p->flags & (SQ_CLAP_PARAM_HIDDEN | SQ_CLAP_PARAM_BYPASS));
}

/// Fills one row of the table people see. Two of one name are told apart by their groups.
static void show(SqClapKind *kind, const SqClapGuest *guest, Raw *const *order, uint32_t n, uint32_t at) {
  Raw *raw = order[at];
  SqParamInfo *rows = (SqParamInfo *)(uintptr_t)kind->type.params;
  uint32_t row = kind->type.n_params;
  SqParamInfo *info = &rows[row];
  bool alone = true;
  for (uint32_t i = 0; i < n && alone; i++)
    alone = i == at || !is_shown(&order[i]->param) || strcmp(order[i]->name, raw->name) != 0;
  char full[132], symbol[SQ_SYMBOL];
  snprintf(full, sizeof full, "%s%s%s", alone ? "" : raw->group, alone || !raw->group[0] ? "" : " ", raw->name);
  sq_plugin_symbol_unique(symbol, full, rows, row);
  info->symbol = sq_texts_keep(&kind->texts, symbol);
  info->name = sq_texts_keep(&kind->texts, full[0] ? full : symbol);
  describe_param(kind, guest, &raw->param, info);
  raw->param.shown = row;
  kind->type.n_params++;
  if (info->output)
    kind->info.n_params_out++;
  else
    kind->info.n_params_in++;
}

SqStatus sq_clap_params_build(SqClapKind *kind, const SqClapGuest *guest, char *error, size_t error_size) {
  uint32_t n = guest->can.params ? guest->can.params->count(guest->plugin) : 0;
  if (n > SQ_CLAP_MAX_PARAMS) {
    snprintf(error, error_size, "it says that it has %u parameters", n);
    return SQ_UNSUPPORTED;
  }
  Raw *raws = calloc(n + 1, sizeof *raws), **order = calloc(n + 1, sizeof *order);
  kind->type.params = calloc(n + 1, sizeof *kind->type.params);
  kind->params = calloc(n + 1, sizeof *kind->params);
  kind->shown = calloc(n + 1, sizeof *kind->shown);
  SqStatus status = raws && order && kind->type.params && kind->params && kind->shown ? SQ_OK : SQ_LIMIT;
  if (status == SQ_OK) {
    kind->n_params = n = read_all(guest, raws, n);
    for (uint32_t i = 0; i < n; i++)
      order[i] = &raws[i];
    qsort(order, n, sizeof *order, by_index); // people see them in the plug-in's order
    for (uint32_t i = 0; i < n; i++)
      if (is_shown(&order[i]->param))
        show(kind, guest, order, n, i);
    for (uint32_t i = 0; i < n; i++) {
      kind->params[i] = raws[i].param;
      if (raws[i].param.shown != SQ_CLAP_NONE)
        kind->shown[raws[i].param.shown] = i;
    }
  }
  free(raws);
  free(order);
  return kind->texts.no_memory ? SQ_LIMIT : status;
}
