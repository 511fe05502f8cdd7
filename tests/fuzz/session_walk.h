// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the fuzzer and the corpus test do with one session.json: read it, and when it is good, write it, read that, and
/// find the same; one thread.
#ifndef SQ_TESTS_FUZZ_SESSION_WALK_H
#define SQ_TESTS_FUZZ_SESSION_WALK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "processors/list.h"
#include "session/load.h"
#include "session/write.h"

static inline bool session_param(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param) {
  (void)context;
  const SqProcessorType *type = sq_processor_find(proc->type);
  if (!type || i >= type->n_params)
    return false;
  const SqParamInfo *info = &type->params[i];
  *param = (SqSessionParam){info->symbol, info->min, info->max, info->def, info->output};
  return true;
}

static inline void session_abort(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  abort();
}

/// The text of the session in data[size], or NULL: it is refused, with words.
static inline char *session_text(const uint8_t *data, size_t size) {
  static const SqSessionHost host = {.param = session_param};
  char why[320] = "";
  SqStatus status = SQ_OK;
  SqSession *session = sq_session_read((const char *)data, size, "/nowhere", &host, &status, why, sizeof why);
  if (!session) {
    if (status == SQ_OK || strncmp(why, "line ", 5) != 0)
      session_abort("refused without a reason", why);
    return NULL;
  }
  SqDoc *doc = sq_session_place(session, 1000);
  SqSessionText text;
  sq_session_write(&text, doc, &host, "/nowhere");
  char *copy = sq_text_copy(text.text);
  sq_session_text_cleanup(&text);
  sq_doc_free(doc);
  return copy;
}

/// True when it was taken. Aborts when what was written is not what is read.
static inline bool session_walk(const uint8_t *data, size_t size) {
  char *once = session_text(data, size);
  if (!once)
    return false;
  char *twice = session_text((const uint8_t *)once, strlen(once));
  if (!twice || strcmp(once, twice) != 0)
    session_abort("written and read it is another", once);
  free(once);
  free(twice);
  return true;
}

#endif
