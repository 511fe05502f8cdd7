// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The nouns whose rows make the protocol, one line each; constants, any thread.
#ifndef SQ_COMMANDS_LIST_H
#define SQ_COMMANDS_LIST_H

#include "protocol/row.h"

/// Each noun has sq_rows_NOUN[] and sq_rows_NOUN_count in commands/NOUN.c.
#define SQ_COMMANDS_LIST(X)                                                                                            \
  X(server)                                                                                                            \
  X(config)                                                                                                            \
  X(jack)                                                                                                              \
  X(plugin)                                                                                                            \
  X(client)                                                                                                            \
  X(strip)                                                                                                             \
  X(constructors)                                                                                                      \
  X(source)                                                                                                            \
  X(bus)                                                                                                               \
  X(send)                                                                                                              \
  X(chain)                                                                                                             \
  X(param)                                                                                                             \
  X(note)                                                                                                              \
  X(zone)                                                                                                              \
  X(record)                                                                                                            \
  X(transport)                                                                                                         \
  X(at)                                                                                                                \
  X(query)                                                                                                             \
  X(session)                                                                                                           \
  X(meter)

#define SQ_ROWS_DECLARE(noun)                                                                                          \
  extern const SqRow sq_rows_##noun[];                                                                                 \
  extern const uint32_t sq_rows_##noun##_count;
SQ_COMMANDS_LIST(SQ_ROWS_DECLARE)
#undef SQ_ROWS_DECLARE

/// Ends a noun's file.
#define SQ_ROWS_COUNT(noun) const uint32_t sq_rows_##noun##_count = sizeof sq_rows_##noun / sizeof sq_rows_##noun[0];

#endif
