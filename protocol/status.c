// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/status.h"

const char *sq_status_symbol(SqStatus status) {
  switch (status) {
#define SQ_STATUS_CASE(number, name, symbol)                                                                           \
  case name:                                                                                                           \
    return symbol;
    SQ_STATUS_LIST(SQ_STATUS_CASE)
#undef SQ_STATUS_CASE
  }
  return "internal";
}
