// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the files of loading share: members of objects read with their ranges, the first fault told with its line;
/// control and job threads.
#ifndef SQ_SESSION_READER_H
#define SQ_SESSION_READER_H

#include "base/json.h"
#include "session/load.h"

typedef struct SqReader {
  SqJson *json;
  const SqSessionHost *host;
  const char *folder;
  SqSession *session;
  const SqJsonNode **nodes; ///< [session->n] the object of each strip
  SqHandle next;
  SqStatus status; ///< of the first fault
  char *why;
  size_t size;
} SqReader;

/// Tells of a fault at `node`; the first one counts. Always false.
bool sq_reader_fail(SqReader *r, const SqJsonNode *node, SqStatus status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Each reads the member `key` of `object`; false: it is there and wrong (told). What is not there, or null, stays.
bool sq_reader_number(SqReader *r, const SqJsonNode *object, const char *key, const double range[2], double *value);
bool sq_reader_whole(SqReader *r, const SqJsonNode *object, const char *key, const double range[2], double *value);
bool sq_reader_bool(SqReader *r, const SqJsonNode *object, const char *key, bool *value);
/// As 0 and 1.
bool sq_reader_flag(SqReader *r, const SqJsonNode *object, const char *key, double *value);
bool sq_reader_text(SqReader *r, const SqJsonNode *object, const char *key, const char **value);
bool sq_reader_choice(SqReader *r, const SqJsonNode *object, const char *key, const char *choices, int *value);
bool sq_reader_child(SqReader *r, const SqJsonNode *object, const char *key, SqJsonKind kind, const SqJsonNode **child);

/// The keys of `object` that nobody asked for, or NULL.
SqShared *sq_reader_rest(const SqReader *r, const SqJsonNode *object);

// load_strip.c
/// One item of "strips", but for what names other strips. NULL: told.
SqStrip *sq_reader_strip(SqReader *r, const SqJsonNode *node);
// load_proc.c
SqProc *sq_reader_proc(SqReader *r, const SqJsonNode *node, bool generator);
// load_links.c
/// Outputs, sends and sidechains, when all strips are known: by name, and without loops.
bool sq_reader_links(SqReader *r);

#endif
