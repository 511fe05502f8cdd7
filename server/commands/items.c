// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands/items.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void sq_items_cleanup(SqItems *items) {
  free(items->items);
  free(items->pool);
  *items = (SqItems){0};
}

void sq_items_clear(SqItems *items) {
  items->n = items->used = 0;
}

static SqItem *push(SqItems *items, char tag) {
  if (items->n == items->cap) {
    items->cap = items->cap ? 2 * items->cap : 16;
    items->items = sq_realloc(items->items, items->cap, sizeof *items->items);
  }
  SqItem *item = &items->items[items->n++];
  *item = (SqItem){.tag = tag};
  return item;
}

static uint32_t keep(SqItems *items, const void *data, uint32_t size) {
  while (items->used + size > items->pool_cap) {
    items->pool_cap = items->pool_cap ? 2 * items->pool_cap : 256;
    items->pool = sq_realloc(items->pool, items->pool_cap, 1);
  }
  const uint32_t at = items->used;
  if (size)
    memcpy(items->pool + at, data, size);
  items->used += size;
  return at;
}

void sq_items_int(SqItems *items, int32_t value) {
  push(items, 'i')->u.i = value;
}

void sq_items_int64(SqItems *items, int64_t value) {
  push(items, 'h')->u.h = value;
}

void sq_items_float(SqItems *items, double value) {
  push(items, 'f')->u.d = value;
}

void sq_items_double(SqItems *items, double value) {
  push(items, 'd')->u.d = value;
}

void sq_items_text(SqItems *items, const char *text) {
  const uint32_t at = keep(items, text, (uint32_t)strlen(text) + 1);
  push(items, 's')->u.text = at;
}

void sq_items_blob(SqItems *items, const void *data, uint32_t size) {
  const uint32_t at = keep(items, data, size);
  SqItem *item = push(items, 'b');
  item->u.text = at;
  item->size = size;
}

void sq_items_osc(SqItems *items, const SqOscArg *arg) {
  if (arg->tag == '[' || arg->tag == ']')
    return;
  const bool text = arg->tag == 's' || arg->tag == 'S';
  uint32_t at = 0;
  if (text)
    at = keep(items, arg->u.s, (uint32_t)strlen(arg->u.s) + 1);
  else if (arg->tag == 'b')
    at = keep(items, arg->u.b.data, arg->u.b.size);
  SqItem *item = push(items, arg->tag);
  item->raw = true;
  if (text || arg->tag == 'b') {
    item->u.text = at;
    item->size = text ? 0 : arg->u.b.size;
  } else if (arg->tag == 'f') {
    item->u.d = (double)arg->u.f;
  } else if (arg->tag == 'd') {
    item->u.d = arg->u.d;
  } else if (arg->tag == 'h' || arg->tag == 't') {
    item->u.h = arg->u.h;
  } else {
    item->u.i = arg->u.i;
  }
}

const char *sq_items_string(const SqItems *items, uint32_t i) {
  return items->pool + items->items[i].u.text;
}

void sq_items_append(SqItems *items, const SqItems *from) {
  for (uint32_t i = 0; i < from->n; i++) {
    const SqItem *item = &from->items[i];
    SqItem copy = *item;
    if (item->tag == 's' || item->tag == 'S')
      copy.u.text = keep(items, sq_items_string(from, i), (uint32_t)strlen(sq_items_string(from, i)) + 1);
    else if (item->tag == 'b')
      copy.u.text = keep(items, from->pool + item->u.text, item->size);
    *push(items, item->tag) = copy;
  }
}
