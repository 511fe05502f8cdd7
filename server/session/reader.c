// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sq_reader_fail(SqReader *r, const SqJsonNode *node, SqStatus status, const char *format, ...) {
  if (r->status != SQ_OK)
    return false;
  r->status = status;
  int n = snprintf(r->why, r->size, "line %u: ", sq_json_line(r->json, node));
  va_list list;
  va_start(list, format);
  if (n > 0 && (size_t)n < r->size)
    vsnprintf(r->why + n, r->size - (size_t)n, format, list);
  va_end(list);
  return false;
}

/// The member when it is there and of this kind; NULL with *good: not there.
static const SqJsonNode *of_kind(SqReader *r, const SqJsonNode *object, const char *key, SqJsonKind kind, bool *good) {
  const SqJsonNode *node = sq_json_member(r->json, object, key);
  *good = true;
  if (!node || sq_json_kind(node) == SQ_JSON_NULL)
    return NULL;
  if (sq_json_kind(node) == kind)
    return node;
  *good = sq_reader_fail(r, node, SQ_BAD_ARGS, "\"%s\" is %s, it must be %s", key,
                         sq_json_kind_words(sq_json_kind(node)), sq_json_kind_words(kind));
  return NULL;
}

bool sq_reader_number(SqReader *r, const SqJsonNode *object, const char *key, const double range[2], double *value) {
  bool good;
  const SqJsonNode *node = of_kind(r, object, key, SQ_JSON_NUMBER, &good);
  if (!node)
    return good;
  const double number = sq_json_number(node);
  if (number < range[0] || number > range[1])
    return sq_reader_fail(r, node, SQ_BAD_ARGS, "\"%s\" is %g, it must be within %g and %g", key, number, range[0],
                          range[1]);
  *value = number;
  return true;
}

bool sq_reader_whole(SqReader *r, const SqJsonNode *object, const char *key, const double range[2], double *value) {
  double number = *value;
  if (!sq_reader_number(r, object, key, range, &number))
    return false;
  if (number < floor(number) || number > floor(number))
    return sq_reader_fail(r, sq_json_member(r->json, object, key), SQ_BAD_ARGS, "\"%s\" is %g, it must be whole", key,
                          number);
  *value = number;
  return true;
}

bool sq_reader_bool(SqReader *r, const SqJsonNode *object, const char *key, bool *value) {
  bool good;
  const SqJsonNode *node = of_kind(r, object, key, SQ_JSON_BOOL, &good);
  if (node)
    *value = sq_json_bool(node);
  return good;
}

bool sq_reader_flag(SqReader *r, const SqJsonNode *object, const char *key, double *value) {
  bool flag = *value > 0.0;
  const bool good = sq_reader_bool(r, object, key, &flag);
  *value = flag;
  return good;
}

bool sq_reader_text(SqReader *r, const SqJsonNode *object, const char *key, const char **value) {
  bool good;
  const SqJsonNode *node = of_kind(r, object, key, SQ_JSON_TEXT, &good);
  if (node)
    *value = sq_json_text(node);
  return good;
}

bool sq_reader_choice(SqReader *r, const SqJsonNode *object, const char *key, const char *choices, int *value) {
  const char *text = NULL;
  if (!sq_reader_text(r, object, key, &text))
    return false;
  int index = 0;
  for (const char *at = choices; text && at; at = strchr(at, '|'), index++) {
    at += *at == '|';
    const size_t n = strcspn(at, "|");
    if (strlen(text) == n && strncmp(at, text, n) == 0) {
      *value = index;
      return true;
    }
  }
  return !text || sq_reader_fail(r, sq_json_member(r->json, object, key), SQ_BAD_ARGS,
                                 "\"%s\" is \"%.40s\", it must be one of %s", key, text, choices);
}

bool sq_reader_child(SqReader *r, const SqJsonNode *object, const char *key, SqJsonKind kind,
                     const SqJsonNode **child) {
  bool good;
  *child = of_kind(r, object, key, kind, &good);
  return good;
}

SqShared *sq_reader_rest(const SqReader *r, const SqJsonNode *object) {
  char *rest = sq_json_rest(r->json, object);
  SqShared *shared = rest ? sq_shared_new(rest, strlen(rest)) : NULL;
  free(rest);
  return shared;
}
