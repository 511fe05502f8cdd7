// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/framing.h"

#include <stdlib.h>
#include <string.h>

#define SLIP_END 0xC0u
#define SLIP_ESC 0xDBu
#define SLIP_ESC_END 0xDCu
#define SLIP_ESC_ESC 0xDDu
#define FIRST_BLOCK ((size_t)65536) // one read of a busy stream

void sq_bytes_cleanup(SqBytes *bytes) {
  free(bytes->bytes);
  *bytes = (SqBytes){0};
}

SqStatus sq_bytes_reserve(SqBytes *bytes, size_t need) {
  if (bytes->begin == bytes->end)
    bytes->begin = bytes->end = 0;
  if (bytes->capacity - bytes->end >= need && bytes->bytes)
    return SQ_OK;
  size_t used = bytes->end - bytes->begin;
  // Moving is cheaper than growing as long as at least half of the block becomes free by it.
  if (bytes->bytes && bytes->capacity - used >= need && bytes->begin >= bytes->capacity / 2) {
    memmove(bytes->bytes, bytes->bytes + bytes->begin, used);
    bytes->begin = 0;
    bytes->end = used;
    return SQ_OK;
  }
  size_t capacity = bytes->capacity ? bytes->capacity : FIRST_BLOCK;
  while (capacity < used + need) {
    if (capacity > SIZE_MAX / 2)
      return SQ_LIMIT;
    capacity *= 2;
  }
  uint8_t *fresh = malloc(capacity);
  if (!fresh)
    return SQ_LIMIT;
  if (used)
    memcpy(fresh, bytes->bytes + bytes->begin, used);
  free(bytes->bytes);
  *bytes = (SqBytes){.bytes = fresh, .capacity = capacity, .begin = 0, .end = used};
  return SQ_OK;
}

static SqFrame next_length(SqFraming *framing, const uint8_t **data, size_t *size) {
  SqBytes *in = &framing->in;
  for (;;) {
    size_t have = in->end - in->begin;
    if (framing->skip) {
      size_t n = framing->skip < have ? framing->skip : have;
      in->begin += n;
      framing->skip -= n;
      if (framing->skip)
        return SQ_FRAME_NONE;
      have -= n;
    }
    if (have < 4)
      return SQ_FRAME_NONE;
    const uint8_t *p = in->bytes + in->begin;
    if (p[0] != 0)
      return SQ_FRAME_BROKEN;
    size_t length = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (length > framing->max) {
      in->begin += 4;
      framing->skip = length;
      *size = length;
      return SQ_FRAME_OVERSIZE;
    }
    if (have - 4 < length)
      return SQ_FRAME_NONE;
    in->begin += 4 + length;
    if (length == 0)
      continue; // keep-alives of some clients
    *data = p + 4;
    *size = length;
    return SQ_FRAME_PACKET;
  }
}

/// Undoes the escapes in place. An escape followed by anything else is left as it is (RFC 1055).
static size_t unescape(uint8_t *bytes, size_t size) {
  size_t n = 0;
  for (size_t i = 0; i < size; i++) {
    uint8_t byte = bytes[i];
    if (byte == SLIP_ESC && i + 1 < size) {
      byte = bytes[++i];
      byte = byte == SLIP_ESC_END ? SLIP_END : byte == SLIP_ESC_ESC ? SLIP_ESC : byte;
    }
    bytes[n++] = byte;
  }
  return n;
}

static SqFrame next_slip(SqFraming *framing, const uint8_t **data, size_t *size) {
  SqBytes *in = &framing->in;
  for (;;) {
    uint8_t *p = in->bytes + in->begin;
    size_t have = in->end - in->begin;
    uint8_t *end = have > framing->scan ? memchr(p + framing->scan, (int)SLIP_END, have - framing->scan) : NULL;
    if (!end) {
      framing->scan = have;
      if (!framing->skipping && have <= 2 * framing->max)
        return SQ_FRAME_NONE;
      bool first = !framing->skipping;
      in->begin = in->end;
      framing->scan = 0;
      framing->skipping = true;
      *size = have;
      return first ? SQ_FRAME_OVERSIZE : SQ_FRAME_NONE;
    }
    size_t length = (size_t)(end - p);
    in->begin += length + 1;
    framing->scan = 0;
    if (framing->skipping || length == 0) {
      framing->skipping = false;
      continue;
    }
    *data = p;
    *size = unescape(p, length);
    return *size > framing->max ? SQ_FRAME_OVERSIZE : SQ_FRAME_PACKET;
  }
}

SqFrame sq_framing_next(SqFraming *framing, const uint8_t **data, size_t *size) {
  if (framing->in.begin == framing->in.end)
    return SQ_FRAME_NONE;
  if (framing->kind == SQ_FRAMING_UNKNOWN) {
    uint8_t first = framing->in.bytes[framing->in.begin];
    if (first == SLIP_END || first == '/' || first == '#')
      framing->kind = SQ_FRAMING_SLIP;
    else if (first == 0)
      framing->kind = SQ_FRAMING_LENGTH;
    else
      return SQ_FRAME_BROKEN;
  }
  return framing->kind == SQ_FRAMING_SLIP ? next_slip(framing, data, size) : next_length(framing, data, size);
}

static size_t slip_put(uint8_t *out, const uint8_t *data, size_t size) {
  size_t n = 0;
  out[n++] = SLIP_END;
  for (size_t i = 0; i < size; i++) {
    if (data[i] == SLIP_END || data[i] == SLIP_ESC) {
      out[n++] = SLIP_ESC;
      out[n++] = data[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
    } else {
      out[n++] = data[i];
    }
  }
  out[n++] = SLIP_END;
  return n;
}

SqStatus sq_framing_wrap(SqFramingKind kind, SqBytes *out, const uint8_t *data, size_t size) {
  if (sq_bytes_reserve(out, kind == SQ_FRAMING_SLIP ? 2 * size + 2 : size + 4) != SQ_OK)
    return SQ_LIMIT;
  uint8_t *to = out->bytes + out->end;
  if (kind == SQ_FRAMING_SLIP) {
    out->end += slip_put(to, data, size);
    return SQ_OK;
  }
  to[0] = (uint8_t)(size >> 24);
  to[1] = (uint8_t)(size >> 16);
  to[2] = (uint8_t)(size >> 8);
  to[3] = (uint8_t)size;
  memcpy(to + 4, data, size);
  out->end += size + 4;
  return SQ_OK;
}
