// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The reader: a scan that is stricter than cJSON and remembers where each value stands, then cJSON itself.
#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/// cJSON reads numbers through 63 characters of room; the longest shortest-exact double has 24.
#define NUMBER_MAX 60

/// Where a value stands. Values are numbered in the order in which they begin; cJSON's `valueint` carries the number.
typedef struct {
  size_t key, start, end; ///< offsets; key: of its name's quote, or as start
  uint32_t line;
  bool known;
} Span;

struct SqJson {
  char *text;
  cJSON *root;
  Span *spans; ///< [n]
  uint32_t n, cap;
};

// ---- the scan -------------------------------------------------------------------------------------------------------

typedef struct {
  SqJson *json;
  const char *text;
  size_t at, n;
  uint32_t line, depth;
  char *why;
  size_t size;
} Scan;

static bool wrong(Scan *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(Scan *s, const char *format, ...) {
  char what[160];
  va_list list;
  va_start(list, format);
  vsnprintf(what, sizeof what, format, list);
  va_end(list);
  snprintf(s->why, s->size, "line %u: %s", s->line, what);
  return false;
}

static int peek(const Scan *s) {
  return s->at < s->n ? (unsigned char)s->text[s->at] : -1;
}

static void blanks(Scan *s) {
  for (int c = peek(s); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = peek(s)) {
    s->line += c == '\n';
    s->at++;
  }
}

static bool unexpected(Scan *s, const char *wanted) {
  const int c = peek(s);
  if (c < 0)
    return wrong(s, "the file ends where %s should be; it is cut off", wanted);
  if (c < 0x20 || c >= 0x7f)
    return wrong(s, "the byte 0x%02x stands where %s should be", (unsigned)c, wanted);
  return wrong(s, "'%c' stands where %s should be", c, wanted);
}

static bool escape(Scan *s) {
  const int c = peek(s);
  s->at++;
  if (c > 0 && strchr("\"\\/bfnrt", c))
    return true;
  if (c != 'u')
    return wrong(s, "a text has an escape that JSON does not know");
  unsigned code = 0;
  for (int i = 0; i < 4; i++, s->at++) {
    const int h = peek(s);
    const int digit = h >= '0' && h <= '9'   ? h - '0'
                      : h >= 'a' && h <= 'f' ? h - 'a' + 10
                      : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                             : -1;
    if (digit < 0)
      return wrong(s, "\\u in a text needs four hexadecimal digits");
    code = code * 16 + (unsigned)digit;
  }
  return code != 0 || wrong(s, "a text holds the character NUL");
}

static bool text(Scan *s, const char *wanted) {
  if (peek(s) != '"')
    return unexpected(s, wanted);
  for (s->at++;;) {
    const int c = peek(s);
    if (c < 0)
      return wrong(s, "a text has no end; the file is cut off, or a quote is missing");
    if (c < 0x20)
      return wrong(s, "a text holds a raw control character; a quote may be missing on this line");
    s->at++;
    if (c == '"')
      return true;
    if (c == '\\' && !escape(s))
      return false;
  }
}

static bool digits(Scan *s) {
  const size_t from = s->at;
  while (peek(s) >= '0' && peek(s) <= '9')
    s->at++;
  return s->at > from;
}

static bool number(Scan *s) {
  const size_t from = s->at;
  s->at += peek(s) == '-';
  const bool zero = peek(s) == '0';
  const size_t whole = s->at;
  if (!digits(s))
    return unexpected(s, "a digit");
  if (zero && s->at - whole > 1)
    return wrong(s, "a number begins with a needless 0");
  if (peek(s) == '.') {
    s->at++;
    if (!digits(s))
      return unexpected(s, "a digit");
  }
  if (peek(s) == 'e' || peek(s) == 'E') {
    s->at++;
    s->at += peek(s) == '-' || peek(s) == '+';
    if (!digits(s))
      return unexpected(s, "a digit");
  }
  return s->at - from <= NUMBER_MAX || wrong(s, "a number has more than %d characters", NUMBER_MAX);
}

static bool word(Scan *s, const char *what) {
  const size_t n = strlen(what);
  if (s->n - s->at < n || memcmp(s->text + s->at, what, n) != 0)
    return unexpected(s, "a value");
  s->at += n;
  return true;
}

static uint32_t span(Scan *s, size_t key) {
  SqJson *json = s->json;
  if (json->n == json->cap) {
    json->cap = json->cap ? 2 * json->cap : 256;
    json->spans = sq_realloc(json->spans, json->cap, sizeof *json->spans);
  }
  json->spans[json->n] = (Span){.key = key, .start = s->at, .line = s->line};
  return json->n++;
}

static bool value(Scan *s, size_t key);

static bool inside(Scan *s, bool object) {
  const char close = object ? '}' : ']';
  if (++s->depth > SQ_JSON_DEPTH)
    return wrong(s, "objects and arrays are nested more than %d deep", SQ_JSON_DEPTH);
  s->at++;
  blanks(s);
  for (bool first = true; peek(s) != close; first = false) {
    if (!first) {
      if (peek(s) != ',')
        return unexpected(s, object ? "',' or '}'" : "',' or ']'");
      s->at++;
      blanks(s);
    }
    const size_t key = s->at;
    if (object) {
      if (!text(s, "a key in quotes"))
        return false;
      blanks(s);
      if (peek(s) != ':')
        return unexpected(s, "':'");
      s->at++;
      blanks(s);
    }
    if (!value(s, object ? key : SIZE_MAX))
      return false;
    blanks(s);
  }
  s->at++;
  s->depth--;
  return true;
}

static bool value(Scan *s, size_t key) {
  const uint32_t i = span(s, key == SIZE_MAX ? s->at : key);
  bool good;
  const int c = peek(s);
  switch (c) {
  case '{':
  case '[':
    good = inside(s, c == '{');
    break;
  case '"':
    good = text(s, "a text");
    break;
  case 't':
    good = word(s, "true");
    break;
  case 'f':
    good = word(s, "false");
    break;
  case 'n':
    good = word(s, "null");
    break;
  default:
    good = c == '-' || (c >= '0' && c <= '9') ? number(s) : unexpected(s, "a value");
  }
  s->json->spans[i].end = s->at;
  return good;
}

static bool scan(SqJson *json, const char *from, size_t n, char *why, size_t size) {
  Scan s = {.json = json, .text = from, .n = n, .line = 1, .why = why, .size = size};
  blanks(&s);
  if (!value(&s, SIZE_MAX))
    return false;
  blanks(&s);
  return s.at == n || unexpected(&s, "the end of the file");
}

// ---- the tree -------------------------------------------------------------------------------------------------------

static int by_key(const void *a, const void *b) {
  const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
  const int order = strcmp(x->string, y->string);
  return order ? order : x->valueint - y->valueint;
}

/// Sorted, so that a hostile object of a million keys is no hang.
static bool unique(const SqJson *json, const cJSON *object, char *why, size_t size) {
  const uint32_t n = sq_json_count(object);
  if (n < 2)
    return true;
  const cJSON **items = sq_alloc(n, sizeof *items), *again = NULL;
  uint32_t i = 0;
  for (const cJSON *item = object->child; item; item = item->next)
    items[i++] = item;
  qsort(items, n, sizeof *items, by_key);
  for (i = 1; i < n && !again; i++)
    if (strcmp(items[i - 1]->string, items[i]->string) == 0)
      again = items[i];
  free(items);
  if (again)
    snprintf(why, size, "line %u: the key \"%.60s\" stands twice in one object", sq_json_line(json, again),
             again->string);
  return !again;
}

static bool walk(SqJson *json, cJSON *node, uint32_t *index, char *why, size_t size) {
  node->valueint = (int)(*index)++;
  if (cJSON_IsNumber(node) && !isfinite(node->valuedouble)) {
    snprintf(why, size, "line %u: the number is too large", sq_json_line(json, node));
    return false;
  }
  for (cJSON *child = node->child; child; child = child->next)
    if (!walk(json, child, index, why, size))
      return false;
  return !cJSON_IsObject(node) || unique(json, node, why, size);
}

SqJson *sq_json_parse(const char *from, size_t n, char *why, size_t size) {
  SqJson *json = sq_alloc(1, sizeof *json);
  uint32_t index = 0;
  const char *end = NULL;
  json->text = sq_alloc(n + 1, 1);
  memcpy(json->text, from, n);
  bool good = scan(json, json->text, n, why, size);
  if (good) {
    json->root = cJSON_ParseWithLengthOpts(json->text, n, &end, false);
    good = json->root != NULL;
    if (!good) {
      uint32_t line = 1;
      for (const char *at = json->text; end && at < end; at++)
        line += *at == '\n';
      snprintf(why, size, "line %u: this is no text in Unicode (half of a surrogate pair?)", line);
    }
  }
  if (good && walk(json, json->root, &index, why, size))
    return json;
  sq_json_free(json);
  return NULL;
}

void sq_json_free(SqJson *json) {
  if (!json)
    return;
  cJSON_Delete(json->root);
  free(json->spans);
  free(json->text);
  free(json);
}

// ---- looking --------------------------------------------------------------------------------------------------------

const SqJsonNode *sq_json_root(const SqJson *json) {
  return json->root;
}

SqJsonKind sq_json_kind(const SqJsonNode *node) {
  return cJSON_IsObject(node)   ? SQ_JSON_OBJECT
         : cJSON_IsArray(node)  ? SQ_JSON_ARRAY
         : cJSON_IsString(node) ? SQ_JSON_TEXT
         : cJSON_IsNumber(node) ? SQ_JSON_NUMBER
         : cJSON_IsBool(node)   ? SQ_JSON_BOOL
                                : SQ_JSON_NULL;
}

const char *sq_json_kind_words(SqJsonKind kind) {
  static const char *const words[] = {[SQ_JSON_NULL] = "null",         [SQ_JSON_BOOL] = "true or false",
                                      [SQ_JSON_NUMBER] = "a number",   [SQ_JSON_TEXT] = "a text in quotes",
                                      [SQ_JSON_ARRAY] = "an array []", [SQ_JSON_OBJECT] = "an object {}"};
  return words[kind];
}

const SqJsonNode *sq_json_first(const SqJsonNode *node) {
  return node->child;
}

const SqJsonNode *sq_json_next(const SqJsonNode *node) {
  return node->next;
}

uint32_t sq_json_count(const SqJsonNode *node) {
  uint32_t n = 0;
  for (const SqJsonNode *child = node->child; child; child = child->next)
    n++;
  return n;
}

const char *sq_json_key(const SqJsonNode *node) {
  return node->string;
}

void sq_json_mark(SqJson *json, const SqJsonNode *node) {
  json->spans[node->valueint].known = true;
}

const SqJsonNode *sq_json_member(SqJson *json, const SqJsonNode *object, const char *key) {
  const SqJsonNode *node = cJSON_GetObjectItemCaseSensitive(object, key);
  if (node)
    sq_json_mark(json, node);
  return node;
}

const char *sq_json_text(const SqJsonNode *node) {
  return node->valuestring;
}

double sq_json_number(const SqJsonNode *node) {
  return node->valuedouble;
}

bool sq_json_bool(const SqJsonNode *node) {
  return cJSON_IsTrue(node);
}

uint32_t sq_json_line(const SqJson *json, const SqJsonNode *node) {
  return json->spans[node->valueint].line;
}

char *sq_json_rest(const SqJson *json, const SqJsonNode *object) {
  size_t size = 1, at = 0;
  for (const cJSON *node = object->child; node; node = node->next) {
    const Span *span = &json->spans[node->valueint];
    size += span->known ? 0 : span->end - span->key + 1;
  }
  if (size == 1)
    return NULL;
  char *rest = sq_alloc(size, 1);
  for (const cJSON *node = object->child; node; node = node->next) {
    const Span *span = &json->spans[node->valueint];
    if (span->known)
      continue;
    if (at)
      rest[at++] = SQ_JSON_REST_SEPARATOR;
    memcpy(rest + at, json->text + span->key, span->end - span->key);
    at += span->end - span->key;
  }
  rest[at] = 0;
  return rest;
}
