// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/text.h"

#include <stdlib.h>
#include <string.h>

#define SQ_TEXT_BLOCK 16384u ///< bytes of one allocation

// ---- encodings ------------------------------------------------------------------------------------------------------

/// Appends one code point at to[at]; false: no room.
static bool put(char *to, size_t size, size_t *at, uint32_t code) {
  char bytes[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n; i-- > 0; code >>= 6)
    bytes[i] = (char)(i ? 0x80 | (code & 0x3f) : lead[n] | code);
  if (*at + n >= size)
    return false;
  memcpy(to + *at, bytes, n);
  *at += n;
  return true;
}

/// Bytes of the valid sequence at `s` of which n may be read; 0: it is none. `*code` gets the code point.
static size_t take(const unsigned char *s, size_t n, uint32_t *code) {
  size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;
  if (length > n || s[0] > 0xf4 || (s[0] >= 0x80 && s[0] < 0xc2))
    return 0;
  *code = length == 1 ? s[0] : s[0] & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((s[i] & 0xc0) != 0x80)
      return 0;
    *code = *code << 6 | (s[i] & 0x3f);
  }
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  bool fits = *code >= least[length] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
  return fits ? length : 0;
}

static uint32_t printable(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? ' ' : code;
}

/// Ends the text and cuts spaces off its end.
static size_t end_text(char *to, size_t at) {
  while (at > 0 && to[at - 1] == ' ')
    at--;
  to[at] = '\0';
  return at;
}

size_t sq_vst3_text(char *to, size_t size, const uint16_t *from, size_t n) {
  size_t at = 0;
  for (size_t i = 0; from && i < n && from[i]; i++) {
    uint32_t code = from[i];
    bool high = code >= 0xd800 && code < 0xdc00;
    if (high && i + 1 < n && from[i + 1] >= 0xdc00 && from[i + 1] < 0xe000)
      code = 0x10000 + ((code & 0x3ff) << 10) + (from[++i] & 0x3ffu);
    else if (code >= 0xd800 && code < 0xe000)
      code = '?';
    code = printable(code);
    if (!(code == ' ' && at == 0) && !put(to, size, &at, code))
      break;
  }
  return end_text(to, at);
}

void sq_vst3_text_to_utf16(uint16_t *to, size_t size, const char *from) {
  size_t at = 0, length = strlen(from);
  for (size_t i = 0; i < length;) {
    uint32_t code;
    size_t step = take((const unsigned char *)from + i, length - i, &code);
    if (!step)
      code = '?';
    i += step ? step : 1;
    if (at + (code >= 0x10000 ? 2 : 1) >= size)
      break;
    if (code >= 0x10000) {
      to[at++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
      code = 0xdc00 + (code & 0x3ff);
    }
    to[at++] = (uint16_t)code;
  }
  to[at] = 0;
}

// ---- kept texts -----------------------------------------------------------------------------------------------------

struct SqVst3TextBlock {
  struct SqVst3TextBlock *next;
  size_t used, size;
  char text[];
};

void sq_vst3_texts_cleanup(SqVst3Texts *texts) {
  while (texts->blocks) {
    struct SqVst3TextBlock *next = texts->blocks->next;
    free(texts->blocks);
    texts->blocks = next;
  }
  *texts = (SqVst3Texts){0};
}

const char *sq_vst3_texts_keep(SqVst3Texts *texts, const char *text) {
  if (!text)
    return NULL;
  size_t n = strlen(text) + 1;
  if (!texts->blocks || texts->blocks->size - texts->blocks->used < n) {
    size_t size = n > SQ_TEXT_BLOCK ? n : SQ_TEXT_BLOCK;
    struct SqVst3TextBlock *block = malloc(sizeof *block + size);
    if (!block) {
      texts->no_memory = true;
      return "";
    }
    block->next = texts->blocks;
    block->used = 0;
    block->size = size;
    texts->blocks = block;
  }
  char *copy = texts->blocks->text + texts->blocks->used;
  memcpy(copy, text, n);
  texts->blocks->used += n;
  return copy;
}
