// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The arguments of one answer, before they are encoded for whoever gets it; control thread.
#ifndef SQ_COMMANDS_ITEMS_H
#define SQ_COMMANDS_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/osc.h"

/// One argument. How it travels (h as a decimal string, b not at all) is decided by the client's profile.
typedef struct SqItem {
  char tag; ///< i h f d s b; raw: any
  bool raw; ///< came from the client and goes back as it came
  union {
    int32_t i;
    int64_t h;     ///< h; raw t too
    double d;      ///< f and d
    uint32_t text; ///< s, b: offset into the pool
  } u;
  uint32_t size; ///< b
} SqItem;

typedef struct SqItems {
  SqItem *items; ///< [n]
  uint32_t n, cap;
  char *pool;
  uint32_t used, pool_cap;
} SqItems;

void sq_items_cleanup(SqItems *items);
void sq_items_clear(SqItems *items);
void sq_items_int(SqItems *items, int32_t value);
void sq_items_int64(SqItems *items, int64_t value);
void sq_items_float(SqItems *items, double value);
void sq_items_double(SqItems *items, double value);
void sq_items_text(SqItems *items, const char *text);
void sq_items_blob(SqItems *items, const void *data, uint32_t size);
/// What a client sent, to go back as it came; brackets are left out.
void sq_items_osc(SqItems *items, const SqOscArg *arg);
/// The text of an `s` item.
const char *sq_items_string(const SqItems *items, uint32_t i);
/// Adds all of `from`.
void sq_items_append(SqItems *items, const SqItems *from);

#endif
