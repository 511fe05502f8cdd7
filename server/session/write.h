// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A document as the text of session.json; job threads (the document is a snapshot).
#ifndef SQ_SESSION_WRITE_H
#define SQ_SESSION_WRITE_H

#include "session/session.h"

/// A state that stands beside session.json.
typedef struct SqSessionState {
  char name[256]; ///< within the folder: "state/bass.generator.0123456789abcdef"
  SqShared *state;
} SqSessionState;

typedef struct SqSessionText {
  char *text; ///< [n]
  size_t n;
  SqSessionState *states; ///< [n_states], in the order of the strips
  uint32_t n_states;
} SqSessionText;

/// Writes `doc` for a session in `folder` (absolute, without a slash at its end).
void sq_session_write(SqSessionText *to, const SqDoc *doc, const SqSessionHost *host, const char *folder);
void sq_session_text_cleanup(SqSessionText *text);

#endif
