// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one list of outcomes, shared by every function that can fail and by the `/fail` message; any thread.
#ifndef SQ_PROTOCOL_STATUS_H
#define SQ_PROTOCOL_STATUS_H

/// Number, name and symbol of each outcome. The numbers are part of the protocol and never change.
#define SQ_STATUS_LIST(X)                                                                                              \
  X(0, SQ_OK, "ok")                                                                                                    \
  X(1, SQ_BAD_ADDRESS, "bad_address")                                                                                  \
  X(2, SQ_BAD_ARGS, "bad_args")                                                                                        \
  X(3, SQ_RANGE, "range")                                                                                              \
  X(4, SQ_NOT_FOUND, "not_found")                                                                                      \
  X(5, SQ_EXISTS, "exists")                                                                                            \
  X(6, SQ_BUSY, "busy")                                                                                                \
  X(7, SQ_LATE, "late")                                                                                                \
  X(8, SQ_UNSUPPORTED, "unsupported")                                                                                  \
  X(9, SQ_IO, "io")                                                                                                    \
  X(10, SQ_LIMIT, "limit")                                                                                             \
  X(11, SQ_NOT_NOW, "not_now")                                                                                         \
  X(12, SQ_DENIED, "denied")                                                                                           \
  X(13, SQ_PLUGIN, "plugin")                                                                                           \
  X(14, SQ_TIMEOUT, "timeout")                                                                                         \
  X(15, SQ_CANCELLED, "cancelled")                                                                                     \
  X(16, SQ_INTERNAL, "internal")

typedef enum {
#define SQ_STATUS_ENUM(number, name, symbol) name = number,
  SQ_STATUS_LIST(SQ_STATUS_ENUM)
#undef SQ_STATUS_ENUM
} SqStatus;

/// The symbol of `status` as sent in `/fail` ("not_found"); never NULL.
const char *sq_status_symbol(SqStatus status);

#endif
