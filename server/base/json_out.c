// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The writer: linear, with its own text for numbers. cJSON's Print rounds to 15 or 17 digits and turns what is not
// finite into null.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "protocol/number.h"

static void put(SqJsonOut *out, const char *text, size_t n) {
  if (out->n + n + 1 > out->cap) {
    out->cap = 2 * (out->n + n + 1) + 4096;
    out->text = sq_realloc(out->text, out->cap, 1);
  }
  memcpy(out->text + out->n, text, n);
  out->n += n;
  out->text[out->n] = 0;
}

static void put_text(SqJsonOut *out, const char *text) {
  put(out, text, strlen(text));
}

static void quoted(SqJsonOut *out, const char *text) {
  put(out, "\"", 1);
  for (const char *at = text; *at; at++) {
    const unsigned char c = (unsigned char)*at;
    char escaped[8];
    if (c >= 0x20 && c != '"' && c != '\\') {
      put(out, at, 1);
      continue;
    }
    if (c == '"' || c == '\\')
      snprintf(escaped, sizeof escaped, "\\%c", c);
    else if (c == '\n' || c == '\t')
      snprintf(escaped, sizeof escaped, "%s", c == '\n' ? "\\n" : "\\t");
    else
      snprintf(escaped, sizeof escaped, "\\u%04x", c);
    put_text(out, escaped);
  }
  put(out, "\"", 1);
}

static void new_line(SqJsonOut *out) {
  put(out, "\n", 1);
  for (uint32_t i = 0; i < out->depth; i++)
    put(out, "  ", 2);
}

static void lead(SqJsonOut *out, const char *key) {
  if (out->begun)
    put(out, ",", 1);
  if (out->depth)
    new_line(out);
  if (key) {
    quoted(out, key);
    put(out, ": ", 2);
  }
  out->begun = true;
}

void sq_json_out_begin(SqJsonOut *out, const char *key, char bracket) {
  lead(out, key);
  put(out, &bracket, 1);
  out->depth++;
  out->begun = false;
}

void sq_json_out_end(SqJsonOut *out, char bracket) {
  out->depth--;
  if (out->begun)
    new_line(out);
  put(out, &bracket, 1);
  out->begun = true;
  if (!out->depth)
    put(out, "\n", 1);
}

void sq_json_out_text(SqJsonOut *out, const char *key, const char *value) {
  lead(out, key);
  quoted(out, value);
}

void sq_json_out_number(SqJsonOut *out, const char *key, double value) {
  char text[SQ_NUMBER_TEXT] = "null"; // what is not finite has no text; it reads as its default
  if (isfinite(value))
    sq_number_format(value, text, sizeof text);
  lead(out, key);
  put_text(out, text);
}

void sq_json_out_bool(SqJsonOut *out, const char *key, bool value) {
  lead(out, key);
  put_text(out, value ? "true" : "false");
}

void sq_json_out_null(SqJsonOut *out, const char *key) {
  lead(out, key);
  put_text(out, "null");
}

void sq_json_out_rest(SqJsonOut *out, const char *rest) {
  while (rest && *rest) {
    const size_t n = strcspn(rest, (const char[]){SQ_JSON_REST_SEPARATOR, 0});
    lead(out, NULL);
    put(out, rest, n);
    rest += n + (rest[n] != 0);
  }
}
