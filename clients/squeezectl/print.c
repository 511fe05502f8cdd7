// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages as lines that can be sent again, and as JSON.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/squeezectl/words.h"

/// Writes the shortest decimal that reads back as the same number; `digits` of it always do.
static void format_number(char text[40], double value, int digits) {
  for (int n = 6; n <= digits; n++) {
    snprintf(text, 40, "%.*g", n, value);
    double back = strtod(text, NULL);
    if (back == value || (digits == 9 && (float)back == (float)value))
      break;
  }
}

/// Prints a floating number with a point or an exponent, so that it stays one.
static void print_float(FILE *out, double value, int digits) {
  char text[40];
  format_number(text, value, digits);
  fprintf(out, "%s%s", text, strpbrk(text, ".ein") ? "" : ".0");
}

/// True when `text` needs quotes to be read back as this one string.
static bool needs_quotes(const char *text) {
  const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.:+-@~,%=#*?";
  bool forced = text[0] && text[1] == ':';
  return !*text || text[strspn(text, plain)] || *text == '#' || forced || strchr("+-.0123456789", *text);
}

static void print_string(FILE *out, const char *text) {
  if (!needs_quotes(text)) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (; *text; text++)
    fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
  fputc('"', out);
}

static void print_hex(FILE *out, const SqOscArg *arg) {
  for (uint32_t i = 0; i < arg->u.b.size; i++)
    fprintf(out, "%02x", arg->u.b.data[i]);
}

/// The digits of a whole number; false: it is none.
static bool print_whole(FILE *out, const SqOscArg *arg) {
  if (arg->tag == 'i' || arg->tag == 'c')
    fprintf(out, "%" PRId32, arg->u.i);
  else if (arg->tag == 'h')
    fprintf(out, "%" PRId64, arg->u.h);
  else if (arg->tag == 't')
    fprintf(out, "%" PRIu64, arg->u.t);
  else
    return false;
  return true;
}

void sq_words_print_arg(FILE *out, const SqOscArg *arg) {
  if (arg->tag == 'h' || arg->tag == 't')
    fprintf(out, "%c:", arg->tag);
  if (print_whole(out, arg))
    return;
  switch (arg->tag) {
  case 'f':
    print_float(out, (double)arg->u.f, 9);
    break;
  case 'd':
    fputs("d:", out);
    print_float(out, arg->u.d, 17);
    break;
  case 's':
  case 'S':
    print_string(out, arg->u.s);
    break;
  case 'b':
    fputs("b:", out);
    print_hex(out, arg);
    break;
  case 'T':
  case 'F':
  case 'N':
  case 'I':
    fprintf(out, "%c:", arg->tag);
    break;
  default:
    fprintf(out, "%c", arg->tag);
  }
}

void sq_words_print_args(FILE *out, const SqOscMessage *message, uint32_t first) {
  for (uint32_t i = first; i < message->n_args; i++) {
    if (i > first)
      fputc(' ', out);
    sq_words_print_arg(out, &message->args[i]);
  }
}

// ---- JSON -----------------------------------------------------------------------------------------------------------

void sq_json_print_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < 0x20)
      fprintf(out, "\\u%04x", (unsigned)c);
    else
      fputc(c, out);
  }
  fputc('"', out);
}

static void print_json_number(FILE *out, double value, int digits) {
  char text[40];
  format_number(text, value, digits);
  fputs(isfinite(value) ? text : "null", out);
}

void sq_json_print_arg(FILE *out, const SqOscArg *arg) {
  if (print_whole(out, arg))
    return;
  switch (arg->tag) {
  case 'f':
    print_json_number(out, (double)arg->u.f, 9);
    break;
  case 'd':
    print_json_number(out, arg->u.d, 17);
    break;
  case 's':
  case 'S':
    sq_json_print_string(out, arg->u.s);
    break;
  case 'b':
    fputc('"', out);
    print_hex(out, arg);
    fputc('"', out);
    break;
  case 'T':
  case 'F':
    fputs(arg->tag == 'T' ? "true" : "false", out);
    break;
  default:
    fputs("null", out);
  }
}

void sq_json_print_message(FILE *out, const SqOscMessage *message) {
  fputs("{\"address\":", out);
  sq_json_print_string(out, message->address);
  fputs(",\"args\":[", out);
  for (uint32_t i = 0; i < message->n_args; i++) {
    if (i > 0)
      fputc(',', out);
    sq_json_print_arg(out, &message->args[i]);
  }
  fputs("]}\n", out);
}

// ---- reading --------------------------------------------------------------------------------------------------------

bool sq_words_number(const SqOscArg *arg, double *number) {
  char *end = NULL;
  switch (arg->tag) {
  case 'i':
    *number = arg->u.i;
    return true;
  case 'h':
    *number = (double)arg->u.h;
    return true;
  case 'f':
    *number = (double)arg->u.f;
    return true;
  case 'd':
    *number = arg->u.d;
    return true;
  case 'T':
  case 'F':
    *number = arg->tag == 'T';
    return true;
  case 's':
    *number = strtod(arg->u.s, &end);
    return end != arg->u.s && !*end;
  default:
    return false;
  }
}

const char *sq_words_text(const SqOscArg *arg, const char *other) {
  return arg->tag == 's' || arg->tag == 'S' ? arg->u.s : other;
}
