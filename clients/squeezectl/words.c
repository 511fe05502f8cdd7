// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Words of a line to the arguments of a message.
#include "clients/squeezectl/words.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// ---- lines to words -------------------------------------------------------------------------------------------------

/// Copies one word from `from` to `to` without its quotes. Returns where it ended, NULL: a quote is open.
static const char *copy_word(const char *from, char **to, bool *quoted) {
  char quote = 0;
  *quoted = *from == '"' || *from == '\'';
  for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
    if (!quote && (*from == '"' || *from == '\''))
      quote = *from;
    else if (quote && *from == quote)
      quote = 0;
    else if (*from == '\\' && from[1] && quote != '\'' && (!quote || from[1] == '"' || from[1] == '\\'))
      *(*to)++ = *++from;
    else
      *(*to)++ = *from;
  }
  *(*to)++ = '\0';
  return quote ? NULL : from;
}

bool sq_words_split(const char *line, SqWords *words) {
  size_t length = strlen(line);
  *words = (SqWords){.memory = malloc(length + 2), .words = calloc(length / 2 + 1, sizeof *words->words)};
  char *to = words->memory;
  bool good = words->memory && words->words;
  while (good) {
    while (isspace((unsigned char)*line))
      line++;
    if (!*line || *line == '#')
      return true;
    SqWord *word = &words->words[words->n++];
    word->text = to;
    line = copy_word(line, &to, &word->quoted);
    good = line != NULL;
  }
  sq_words_cleanup(words);
  return false;
}

void sq_words_cleanup(SqWords *words) {
  free(words->memory);
  free(words->words);
  *words = (SqWords){0};
}

// ---- words to arguments ---------------------------------------------------------------------------------------------

static bool add_int(lo_message message, const char *text, char tag) {
  char *end = NULL;
  errno = 0;
  long long value = strtoll(text, &end, 0);
  if (end == text || *end || errno)
    return false;
  if (tag == 'i' && (value < INT32_MIN || value > INT32_MAX))
    return false;
  return (tag == 'i' ? lo_message_add_int32(message, (int32_t)value) : lo_message_add_int64(message, value)) == 0;
}

static bool add_float(lo_message message, const char *text, char tag) {
  char *end = NULL;
  double value = strtod(text, &end);
  if (end == text || *end)
    return false;
  return (tag == 'f' ? lo_message_add_float(message, (float)value) : lo_message_add_double(message, value)) == 0;
}

static int hex(char digit) {
  const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)digit));
  return digit && at ? (int)(at - digits) : -1;
}

static bool add_blob(lo_message message, const char *text) {
  size_t n = strlen(text) / 2;
  uint8_t *data = malloc(n + 1);
  bool good = data && strlen(text) % 2 == 0;
  for (size_t i = 0; good && i < n; i++) {
    int high = hex(text[2 * i]), low = hex(text[2 * i + 1]);
    good = high >= 0 && low >= 0;
    if (good)
      data[i] = (uint8_t)(high * 16 + low);
  }
  lo_blob blob = good ? lo_blob_new((int32_t)n, data) : NULL;
  good = blob && lo_message_add_blob(message, blob) == 0;
  if (blob)
    lo_blob_free(blob);
  free(data);
  return good;
}

/// Adds `text` as the type that `tag` forces.
static bool add_forced(lo_message message, char tag, const char *text) {
  switch (tag) {
  case 'i':
  case 'h':
    return add_int(message, text, tag);
  case 'f':
  case 'd':
    return add_float(message, text, tag);
  case 's':
    return lo_message_add_string(message, text) == 0;
  case 'b':
    return add_blob(message, text);
  case 'T':
    return lo_message_add_true(message) == 0;
  case 'F':
    return lo_message_add_false(message) == 0;
  case 'N':
    return lo_message_add_nil(message) == 0;
  default:
    return lo_message_add_infinitum(message) == 0;
  }
}

/// True when `text` is written like a number ("inf", "nan" and "0x10" are words here).
static bool looks_decimal(const char *text) {
  return *text && text[strspn(text, "+-.0123456789eE")] == '\0' && strpbrk(text, "0123456789") &&
         !isalpha((unsigned char)*text);
}

static bool add_word(lo_message message, const SqWord *word) {
  const char *text = word->text;
  if (word->quoted)
    return lo_message_add_string(message, text) == 0;
  if (text[0] && text[1] == ':' && strchr("ihfdsb", text[0]))
    return add_forced(message, text[0], text + 2);
  if (text[0] && text[1] == ':' && strchr("TFNI", text[0]) && !text[2])
    return add_forced(message, text[0], "");
  if (looks_decimal(text) &&
      (add_int(message, text, 'i') || add_int(message, text, 'h') || add_float(message, text, 'f')))
    return true;
  return lo_message_add_string(message, text) == 0;
}

lo_message sq_words_message(const SqWord *words, int n, char *error, size_t size) {
  lo_message message = lo_message_new();
  for (int i = 0; message && i < n; i++)
    if (!add_word(message, &words[i])) {
      snprintf(error, size, "%s is no such value (i: and h: want an integer, f: and d: a number, b: hex digits)",
               words[i].text);
      lo_message_free(message);
      return NULL;
    }
  if (!message)
    snprintf(error, size, "no memory left");
  return message;
}
