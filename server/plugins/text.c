// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/// Bytes of the character of UTF-8 at `at`, or 0 when it is none: shortest form, no surrogates, to U+10FFFF.
static size_t character(const unsigned char *at, size_t room) {
  if (at[0] < 0x80)
    return 1;
  size_t n = at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < n; i++)
    if (i >= room || (at[i] & 0xc0) != 0x80)
      return 0;
  if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
      (at[0] == 0xf4 && at[1] > 0x8f))
    return 0;
  return n;
}

void sq_plugin_text(char *text, size_t size, const char *from, size_t from_size) {
  size_t used = 0;
  for (size_t i = 0; from && i < from_size && from[i];) {
    const unsigned char *at = (const unsigned char *)from + i;
    size_t n = character(at, from_size - i); // a zero within a character ends the look at it: it is no continuation
    if (used + (n ? n : 1) >= size)
      break;
    if (n == 0)
      text[used] = '?';
    else if (n == 1)
      text[used] = from[i] < ' ' || from[i] == 127 ? ' ' : from[i];
    else
      memcpy(text + used, from + i, n);
    i += n ? n : 1;
    if (used || text[used] != ' ')
      used += n ? n : 1;
  }
  while (used && text[used - 1] == ' ')
    used--;
  if (size)
    text[used] = '\0';
}

bool sq_plugin_text_holds(const char *text, const char *piece) {
  const size_t n = strlen(piece);
  while (*text && strncasecmp(text, piece, n) != 0)
    text++;
  return *text || n == 0;
}

void sq_plugin_symbol(char symbol[SQ_SYMBOL], const char *name) {
  const size_t most = SQ_SYMBOL - 8; // a number may follow
  size_t used = 0;
  for (; *name && used < most; name++) {
    const char small = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    const bool digit = small >= '0' && small <= '9';
    if (!used && digit)
      symbol[used++] = 'p';
    if (digit || (small >= 'a' && small <= 'z'))
      symbol[used++] = small;
    else if (used && symbol[used - 1] != '_')
      symbol[used++] = '_';
  }
  while (used && symbol[used - 1] == '_')
    used--;
  if (!used)
    symbol[used++] = 'p';
  symbol[used] = '\0';
}

/// True for `base` itself and for `base` with a number behind it.
static bool is_numbered(const char *symbol, const char *base, size_t length) {
  return strncmp(symbol, base, length) == 0 &&
         (symbol[length] == '\0' ||
          (symbol[length] == '_' && !symbol[length + 1 + strspn(symbol + length + 1, "0123456789")]));
}

static bool taken(const char *symbol, const SqParamInfo *params, uint32_t n) {
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(params[i].symbol, symbol) == 0)
      return true;
  return false;
}

void sq_plugin_symbol_unique(char symbol[SQ_SYMBOL], const char *name, const SqParamInfo *params, uint32_t n) {
  sq_plugin_symbol(symbol, name);
  const size_t length = strlen(symbol);
  uint32_t number = 1; // begins where the last of the same name left off: thousands may be called the same
  for (uint32_t i = 0; i < n; i++)
    number += is_numbered(params[i].symbol, symbol, length);
  for (; taken(symbol, params, n); number++)
    snprintf(symbol + length, SQ_SYMBOL - length, "_%u", number > 1 ? number : 2);
}

const char *sq_texts_keep(SqTexts *texts, const char *text) {
  if (!text)
    return NULL;
  if (texts->n == texts->cap) {
    uint32_t cap = texts->cap ? texts->cap * 2 : 32;
    char **grown = realloc(texts->all, cap * sizeof *grown);
    if (!grown) {
      texts->no_memory = true;
      return "";
    }
    texts->all = grown;
    texts->cap = cap;
  }
  char *copy = strdup(text);
  if (!copy) {
    texts->no_memory = true;
    return "";
  }
  return texts->all[texts->n++] = copy;
}

void sq_texts_free(SqTexts *texts) {
  for (uint32_t i = 0; i < texts->n; i++)
    free(texts->all[i]);
  free(texts->all);
}

/// True when `text` holds `piece`, letters of any case alike.
static bool holds(const char *text, const char *piece) {
  size_t n = strlen(piece);
  for (; text && *text; text++)
    if (strncasecmp(text, piece, n) == 0)
      return true;
  return false;
}

bool sq_plugin_text_is_side(const char *name) {
  return holds(name, "sidechain") || holds(name, "side chain") || holds(name, "side-chain") ||
         holds(name, "side_chain");
}
