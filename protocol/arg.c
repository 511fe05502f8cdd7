// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocol/args.h"
#include "protocol/name.h"
#include "protocol/nearest.h"
#include "protocol/number.h"

/// How far from a whole number a float may be and still be one: Pd sends 1e7 as a float, sliders send 2.9999.
#define WHOLE 1e-3

typedef struct {
  const SqArgSpec *spec;
  SqLimiting limiting;
  const SqOscArg *in;
  SqArg *out;
  char *text, *why;
} Reading;

static bool is_text(const SqOscArg *in) {
  return in->tag == 's' || in->tag == 'S';
}

static void describe_text(const char *in, char *text, size_t size) {
  if (!sq_text_is_utf8(in))
    snprintf(text, size, "text that is not UTF-8");
  else
    snprintf(text, size, "the text '%.*s'%s", sq_text_cut(in, 60), in, strlen(in) > 60 ? "…" : "");
}

/// "the text 'loud'", "the number 0.5", "a blob of 12 bytes": what came.
static void describe_came(const SqOscArg *in, char *text, size_t size) {
  char number[SQ_NUMBER_TEXT];
  double value;
  int64_t integer;
  if (is_text(in))
    describe_text(in->u.s, text, size);
  else if (in->tag == 'b')
    snprintf(text, size, "a blob of %u bytes", (unsigned)in->u.b.size);
  else if (in->tag == 'T' || in->tag == 'F')
    snprintf(text, size, "%s", in->tag == 'T' ? "true (T)" : "false (F)");
  else if (in->tag == 'N' || in->tag == 'I' || in->tag == 't' || in->tag == 'm' || in->tag == 'r')
    snprintf(text, size, "%s",
             in->tag == 'N'   ? "nil (N)"
             : in->tag == 'I' ? "an impulse (I)"
             : in->tag == 't' ? "a time tag (t)"
             : in->tag == 'm' ? "a MIDI message (m)"
                              : "a colour (r)");
  else if (in->tag == 'f' && isnan(in->u.f))
    snprintf(text, size, "NaN");
  else if (!sq_arg_number(in, &value, &integer))
    snprintf(text, size, "NaN");
  else {
    if (in->tag == 'f')
      sq_number_format_float(in->u.f, number, sizeof number);
    else if (in->tag == 'h')
      snprintf(number, sizeof number, "%" PRId64, in->u.h);
    else
      sq_number_format(value, number, sizeof number);
    snprintf(text, size, "the number %s", number);
  }
}

static void describe_choices(const SqArgSpec *spec, char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, "one of ");
  for (const char *p = spec->choices; *p && used + 3 < size; p++) {
    if (*p == '|')
      used += (size_t)snprintf(text + used, size - used, ", ");
    else
      text[used++] = *p;
    text[used] = '\0';
  }
}

/// "a number from -144 to 10 dB": what is wanted.
static void describe_wanted(const SqArgSpec *spec, char *text, size_t size) {
  static const char *const plain[] = {[SQ_TYPE_INT] = "a whole number",
                                      [SQ_TYPE_FLOAT] = "a number",
                                      [SQ_TYPE_DOUBLE] = "a number (d, or a decimal string)",
                                      [SQ_TYPE_BOOL] = "on or off (1 or 0, T or F, true or false)",
                                      [SQ_TYPE_STRING] = "text",
                                      [SQ_TYPE_NAME] = "a name, for example kick_1",
                                      [SQ_TYPE_REF] = "a name or a handle",
                                      [SQ_TYPE_ENUM] = "a choice",
                                      [SQ_TYPE_POSITION] = "beats (8.5) or bar|beat (3|1)",
                                      [SQ_TYPE_PATH] = "the path of a file",
                                      [SQ_TYPE_BLOB] = "a blob",
                                      [SQ_TYPE_ANY] = "a value"};
  bool numeric = spec->type == SQ_TYPE_INT || spec->type == SQ_TYPE_FLOAT || spec->type == SQ_TYPE_DOUBLE;
  const char *unit = spec->unit ? spec->unit : "";
  if (spec->type == SQ_TYPE_ENUM) {
    describe_choices(spec, text, size);
  } else if (numeric && spec->min < spec->max) {
    char low[SQ_NUMBER_TEXT], high[SQ_NUMBER_TEXT];
    sq_number_format(spec->min, low, sizeof low);
    sq_number_format(spec->max, high, sizeof high);
    snprintf(text, size, "%s from %s to %s%s%s", plain[spec->type], low, high, *unit ? " " : "", unit);
  } else {
    snprintf(text, size, "%s%s%s", plain[spec->type], *unit ? " in " : "", unit);
  }
}

static SqStatus refuse(const Reading *reading, SqStatus status, const char *hint) {
  char came[128], wanted[160];
  describe_came(reading->in, came, sizeof came);
  describe_wanted(reading->spec, wanted, sizeof wanted);
  snprintf(reading->why, SQ_ARGS_WHY, "argument '%s' is %s; send %s%s%s", reading->spec->name, came, wanted,
           hint ? "; " : "", hint ? hint : "");
  return status;
}

/// A blob where none is wanted is nearly always an array of sclang, which packs [1, 2] so.
static SqStatus refuse_type(const Reading *reading) {
  return refuse(reading, SQ_BAD_ARGS,
                reading->in->tag == 'b' ? "from sclang write $[, 1, 2, $] in place of [1, 2]" : NULL);
}

bool sq_arg_number(const SqOscArg *in, double *number, int64_t *integer) {
  *integer = 0;
  switch (in->tag) {
  case 'i':
  case 'c':
    *integer = in->u.i;
    *number = in->u.i;
    return true;
  case 'h':
    *integer = in->u.h;
    *number = (double)in->u.h;
    return true;
  case 'T':
  case 'F':
    *integer = in->tag == 'T';
    *number = (double)*integer;
    return true;
  case 's':
  case 'S':
    if (sq_number_parse_int(in->u.s, integer)) {
      *number = (double)*integer;
      return true;
    }
    if (!sq_number_parse(in->u.s, number))
      return false;
    break;
  case 'f':
    *number = (double)in->u.f;
    break;
  case 'd':
    *number = in->u.d;
    break;
  default:
    return false;
  }
  if (fabs(*number) < 9.2e18) // inside int64
    *integer = (int64_t)llrint(*number);
  return !isnan(*number);
}

/// -inf dB is silence: where a level's range ends at -144 dB or lower it is that end.
static bool is_silence(const SqArgSpec *spec, double number) {
  return isinf(number) && number < 0 && spec->min <= -144.0 && spec->min < spec->max;
}

/// Brings the number into the spec's range, or refuses it.
static SqStatus limit(const Reading *reading) {
  const SqArgSpec *spec = reading->spec;
  SqArg *out = reading->out;
  if (is_silence(spec, out->number)) {
    out->number = spec->min;
    return SQ_OK;
  }
  if (!isfinite(out->number))
    return refuse(reading, SQ_BAD_ARGS, NULL);
  if (spec->min >= spec->max || (out->number >= spec->min && out->number <= spec->max))
    return SQ_OK;
  if (reading->limiting == SQ_LIMIT_REFUSE)
    return refuse(reading, SQ_RANGE, spec->hint);
  out->number = out->number < spec->min ? spec->min : spec->max;
  out->integer = (int64_t)out->number;
  out->clamped = true;
  return SQ_OK;
}

static SqStatus read_number(const Reading *reading) {
  SqArg *out = reading->out;
  if (!sq_arg_number(reading->in, &out->number, &out->integer))
    return refuse_type(reading);
  if (reading->spec->type == SQ_TYPE_FLOAT && isfinite(out->number) && fabs(out->number) > (double)FLT_MAX &&
      reading->spec->min >= reading->spec->max)
    return refuse(reading, SQ_RANGE, NULL);
  return limit(reading);
}

static SqStatus read_int(const Reading *reading) {
  SqArg *out = reading->out;
  if (!sq_arg_number(reading->in, &out->number, &out->integer))
    return refuse_type(reading);
  if (!isfinite(out->number))
    return refuse(reading, SQ_BAD_ARGS, NULL);
  // Never wrapped: sclang sends 3e9 as -1294967296, which must not happen again on our side.
  if (out->number < INT32_MIN || out->number > INT32_MAX)
    return refuse(reading, SQ_RANGE, "it must fit in 32 bits");
  if (fabs(out->number - (double)out->integer) > WHOLE)
    return refuse(reading, SQ_BAD_ARGS, NULL);
  out->number = (double)out->integer;
  return limit(reading);
}

static SqStatus read_bool(const Reading *reading) {
  static const char *const words[] = {"off", "on", "false", "true", "no", "yes"};
  SqArg *out = reading->out;
  const SqOscArg *in = reading->in;
  int value = -1;
  if (in->tag == 'N' || in->tag == 'I')
    value = in->tag == 'I';
  else if (sq_arg_number(in, &out->number, &out->integer) && isfinite(out->number))
    value = out->number != 0.0;
  else if (is_text(in))
    for (int i = 0; i < 6; i++)
      if (strcasecmp(in->u.s, words[i]) == 0)
        value = i % 2;
  if (value < 0)
    return refuse_type(reading);
  out->integer = value;
  out->number = value;
  return SQ_OK;
}

/// Writes a number as the text it would have been typed as.
static bool number_text(const SqOscArg *in, char *text) {
  double number;
  int64_t integer;
  if (!sq_arg_number(in, &number, &integer))
    return false;
  if (in->tag == 'f')
    sq_number_format_float(in->u.f, text, SQ_ARGS_TEXT);
  else if (in->tag == 'd')
    sq_number_format(number, text, SQ_ARGS_TEXT);
  else
    snprintf(text, SQ_ARGS_TEXT, "%" PRId64, integer);
  return true;
}

static SqStatus read_text(const Reading *reading) {
  const SqOscArg *in = reading->in;
  SqArg *out = reading->out;
  if (is_text(in)) {
    if (!sq_text_is_utf8(in->u.s))
      return refuse(reading, SQ_BAD_ARGS, "it must be UTF-8 without control characters");
    out->text = in->u.s;
  } else if (in->tag == 'c' && in->u.i >= 0x20 && in->u.i < 0x7f) {
    snprintf(reading->text, SQ_ARGS_TEXT, "%c", (char)in->u.i);
    out->text = reading->text;
  } else if (in->tag == 'T' || in->tag == 'F') {
    out->text = in->tag == 'T' ? "true" : "false";
  } else if (number_text(in, reading->text)) {
    out->text = reading->text;
  } else {
    return refuse_type(reading);
  }
  if (reading->spec->type == SQ_TYPE_PATH && !out->text[0])
    return refuse(reading, SQ_BAD_ARGS, NULL);
  return SQ_OK;
}

static SqStatus read_name(const Reading *reading) {
  SqStatus status = read_text(reading);
  const char *why;
  if (status == SQ_OK && sq_name_check(reading->out->text, &why) != SQ_OK) {
    snprintf(reading->why, SQ_ARGS_WHY, "argument '%s': '%.*s' %s", reading->spec->name,
             sq_text_cut(reading->out->text, 64), reading->out->text, why);
    return SQ_BAD_ARGS;
  }
  return status;
}

static SqStatus read_ref(const Reading *reading) {
  SqArg *out = reading->out;
  const SqOscArg *in = reading->in;
  bool number = in->tag != 'T' && in->tag != 'F' && sq_arg_number(in, &out->number, &out->integer);
  if (number && isfinite(out->number)) {
    if (fabs(out->number - (double)out->integer) > WHOLE || out->integer < 1)
      return refuse(reading, SQ_BAD_ARGS, "a handle is a whole number above 0");
    if (out->integer > INT32_MAX)
      return refuse(reading, SQ_RANGE, "a handle fits in 32 bits");
    out->number = (double)out->integer;
    snprintf(reading->text, SQ_ARGS_TEXT, "%" PRId64, out->integer);
    out->text = reading->text;
    return SQ_OK;
  }
  out->integer = 0;
  out->number = 0;
  if (!is_text(in) || !in->u.s[0])
    return refuse_type(reading);
  return read_text(reading);
}

static SqStatus unknown_choice(const Reading *reading) {
  SqNearest nearest;
  char name[SQ_ARGS_TEXT], best[SQ_ARGS_TEXT] = "", hint[SQ_ARGS_TEXT + 24];
  sq_nearest_begin(&nearest, reading->in->u.s);
  for (uint32_t i = 0; sq_choice_at(reading->spec->choices, i, name, sizeof name); i++) {
    unsigned before = nearest.distance;
    sq_nearest_try(&nearest, name);
    if (nearest.distance < before)
      snprintf(best, sizeof best, "%s", name);
  }
  snprintf(hint, sizeof hint, "did you mean '%s'?", best);
  return refuse(reading, SQ_BAD_ARGS, best[0] ? hint : NULL);
}

static SqStatus read_enum(const Reading *reading) {
  SqArg *out = reading->out;
  const SqOscArg *in = reading->in;
  int32_t index = is_text(in) ? sq_choice_find(reading->spec->choices, in->u.s) : -1;
  if (index < 0) {
    if (!sq_arg_number(in, &out->number, &out->integer) || !isfinite(out->number))
      return is_text(in) ? unknown_choice(reading) : refuse_type(reading);
    if (fabs(out->number - (double)out->integer) > WHOLE)
      return refuse(reading, SQ_BAD_ARGS, NULL);
    if (out->integer < 0 || out->integer >= sq_choices_count(reading->spec->choices))
      return refuse(reading, SQ_RANGE, NULL);
    index = (int32_t)out->integer;
  }
  out->integer = index;
  out->number = index;
  sq_choice_at(reading->spec->choices, (uint32_t)index, reading->text, SQ_ARGS_TEXT);
  out->text = reading->text;
  return SQ_OK;
}

bool sq_arg_bar_beat(const char *text, int64_t *bar, double *beat) {
  const char *line = strchr(text, '|');
  char first[SQ_NUMBER_TEXT];
  size_t length = line ? (size_t)(line - text) : sizeof first;
  if (length >= sizeof first)
    return false;
  memcpy(first, text, length);
  first[length] = '\0';
  return sq_number_parse_int(first, bar) && sq_number_parse(line + 1, beat) && isfinite(*beat);
}

static SqStatus read_position(const Reading *reading) {
  SqArg *out = reading->out;
  if (!is_text(reading->in) || !strchr(reading->in->u.s, '|'))
    return read_number(reading);
  if (!sq_arg_bar_beat(reading->in->u.s, &out->integer, &out->number))
    return refuse(reading, SQ_BAD_ARGS, NULL);
  if (out->integer < 1 || out->number < 1.0)
    return refuse(reading, SQ_RANGE, "bars and beats are counted from 1");
  out->text = reading->in->u.s;
  return SQ_OK;
}

static SqStatus read_blob(const Reading *reading) {
  if (reading->in->tag != 'b')
    return refuse(reading, SQ_BAD_ARGS, NULL);
  reading->out->blob = reading->in->u.b.data;
  reading->out->blob_size = reading->in->u.b.size;
  return SQ_OK;
}

static SqStatus read_any(const Reading *reading) {
  const SqOscArg *in = reading->in;
  SqArg *out = reading->out;
  if (in->tag == 'b') {
    out->type = SQ_TYPE_BLOB;
    return read_blob(reading);
  }
  if (is_text(in)) {
    out->type = SQ_TYPE_STRING;
    double number;
    int64_t integer;
    if (sq_arg_number(in, &number, &integer)) { // both, for who wants a number
      out->number = number;
      out->integer = integer;
    }
    return read_text(reading);
  }
  out->type = in->tag == 'i' || in->tag == 'h' || in->tag == 'c' || in->tag == 'N' ? SQ_TYPE_INT
              : in->tag == 'T' || in->tag == 'F' || in->tag == 'I'                 ? SQ_TYPE_BOOL
                                                                                   : SQ_TYPE_DOUBLE;
  out->present = in->tag != 'N';
  if (in->tag == 'N' || in->tag == 'I') {
    out->number = in->tag == 'I';
    out->integer = in->tag == 'I';
    return SQ_OK;
  }
  if (!sq_arg_number(in, &out->number, &out->integer) || !isfinite(out->number))
    return refuse(reading, SQ_BAD_ARGS, NULL);
  return SQ_OK;
}

SqStatus sq_arg_read(const SqArgSpec *spec, SqLimiting limiting, const SqOscArg *in, SqArg *out,
                     char text[SQ_ARGS_TEXT], char why[SQ_ARGS_WHY]) {
  Reading reading = {spec, limiting, in, out, text, why};
  *out = (SqArg){.type = spec->type, .present = true};
  switch (spec->type) {
  case SQ_TYPE_INT:
    return read_int(&reading);
  case SQ_TYPE_FLOAT:
  case SQ_TYPE_DOUBLE:
    return read_number(&reading);
  case SQ_TYPE_BOOL:
    return read_bool(&reading);
  case SQ_TYPE_STRING:
  case SQ_TYPE_PATH:
    return read_text(&reading);
  case SQ_TYPE_NAME:
    return read_name(&reading);
  case SQ_TYPE_REF:
    return read_ref(&reading);
  case SQ_TYPE_ENUM:
    return read_enum(&reading);
  case SQ_TYPE_POSITION:
    return read_position(&reading);
  case SQ_TYPE_BLOB:
    return read_blob(&reading);
  case SQ_TYPE_ANY:
    return read_any(&reading);
  }
  return SQ_INTERNAL;
}
