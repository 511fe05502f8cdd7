// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one wrapper of cJSON: a strict reader that knows the line of every value, and an exact writer; any thread.
///
/// Reading: RFC 8259 to the letter (cJSON alone takes "01" and raw control characters), nothing after the end, at most
/// SQ_JSON_DEPTH deep, no key twice in an object, every number finite, no NUL in a text. Bytes from 0x80 on pass as
/// they are: a file's name need not be UTF-8. Writing: keys in the order of the calls, one a line, numbers with the
/// fewest digits that read back as the same double.
#ifndef SQ_BASE_JSON_H
#define SQ_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

#define SQ_JSON_DEPTH 32 ///< a session is 6 deep; the rest is for keys of later versions

// ---- reading --------------------------------------------------------------------------------------------------------

typedef struct SqJson SqJson;
typedef struct cJSON SqJsonNode;

typedef enum { SQ_JSON_NULL, SQ_JSON_BOOL, SQ_JSON_NUMBER, SQ_JSON_TEXT, SQ_JSON_ARRAY, SQ_JSON_OBJECT } SqJsonKind;

/// Parses `text` (copied). NULL with a sentence in why[size] that names the line.
SqJson *sq_json_parse(const char *text, size_t n, char *why, size_t size);
void sq_json_free(SqJson *json);

const SqJsonNode *sq_json_root(const SqJson *json);
SqJsonKind sq_json_kind(const SqJsonNode *node);
/// The kind in words ("a number"), for sentences.
const char *sq_json_kind_words(SqJsonKind kind);

/// Members of an object or items of an array, in the order of the file.
const SqJsonNode *sq_json_first(const SqJsonNode *node);
const SqJsonNode *sq_json_next(const SqJsonNode *node);
uint32_t sq_json_count(const SqJsonNode *node);
const char *sq_json_key(const SqJsonNode *node);

/// The member of an object with this key, case counts; NULL when there is none. What was asked for counts as known.
const SqJsonNode *sq_json_member(SqJson *json, const SqJsonNode *object, const char *key);
/// Counts as known without being asked for by its key.
void sq_json_mark(SqJson *json, const SqJsonNode *node);

const char *sq_json_text(const SqJsonNode *node);
double sq_json_number(const SqJsonNode *node);
bool sq_json_bool(const SqJsonNode *node);

/// Where it stands in the file, from 1.
uint32_t sq_json_line(const SqJson *json, const SqJsonNode *node);

/// Between members in what sq_json_rest() gives: no JSON text can hold it.
#define SQ_JSON_REST_SEPARATOR '\x1e'

/// The members of `object` that were never asked for, as they stand in the file ("\"key\": value"), for
/// sq_json_out_rest(). malloc'ed; NULL: none.
char *sq_json_rest(const SqJson *json, const SqJsonNode *object);

// ---- writing --------------------------------------------------------------------------------------------------------

typedef struct SqJsonOut {
  char *text; ///< [n], the caller's to free
  size_t n, cap;
  uint32_t depth;
  bool begun; ///< a value stands before the next one
} SqJsonOut;

/// In arrays, and for the outermost value, `key` is NULL.
void sq_json_out_begin(SqJsonOut *out, const char *key, char bracket);
/// Empty objects and arrays stand on one line.
void sq_json_out_end(SqJsonOut *out, char bracket);
void sq_json_out_text(SqJsonOut *out, const char *key, const char *value);
void sq_json_out_number(SqJsonOut *out, const char *key, double value);
void sq_json_out_bool(SqJsonOut *out, const char *key, bool value);
void sq_json_out_null(SqJsonOut *out, const char *key);
/// Members kept from a file, as they stood there; NULL: none.
void sq_json_out_rest(SqJsonOut *out, const char *rest);

#endif
