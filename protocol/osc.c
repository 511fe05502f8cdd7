// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/osc.h"

#include <math.h>
#include <string.h>

/// What is left of a packet. Every read is checked against `left` first.
typedef struct {
  const uint8_t *at;
  size_t left;
} Reader;

static uint32_t be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p) {
  return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static size_t padded(size_t size) {
  return (size + 3) & ~(size_t)3;
}

/// Takes a NUL-terminated string padded to 4 bytes; NULL when it does not end inside the packet.
static const char *take_string(Reader *reader) {
  const uint8_t *end = reader->left ? memchr(reader->at, 0, reader->left) : NULL;
  if (!end)
    return NULL;
  size_t size = padded((size_t)(end - reader->at) + 1);
  if (size > reader->left)
    return NULL;
  const char *text = (const char *)reader->at;
  reader->at += size;
  reader->left -= size;
  return text;
}

static bool take_number(Reader *reader, SqOscArg *arg, size_t size) {
  if (reader->left < size)
    return false;
  if (size == 4) {
    uint32_t bits = be32(reader->at);
    if (arg->tag == 'f')
      arg->u.f = float_of(bits);
    else
      arg->u.i = (int32_t)bits;
  } else {
    uint64_t bits = be64(reader->at);
    if (arg->tag == 'd')
      memcpy(&arg->u.d, &bits, sizeof bits);
    else if (arg->tag == 't')
      arg->u.t = bits;
    else
      arg->u.h = (int64_t)bits;
  }
  reader->at += size;
  reader->left -= size;
  return true;
}

static bool take_blob(Reader *reader, SqOscArg *arg) {
  if (reader->left < 4)
    return false;
  uint32_t size = be32(reader->at);
  reader->at += 4;
  reader->left -= 4;
  // Compared before it is rounded up, which could wrap around.
  if (size > reader->left || padded(size) > reader->left)
    return false;
  arg->u.b.data = reader->at;
  arg->u.b.size = size;
  reader->at += padded(size);
  reader->left -= padded(size);
  return true;
}

/// Reads the value of `arg->tag`. NULL, or what is wrong.
static const char *take_value(Reader *reader, SqOscArg *arg) {
  switch (arg->tag) {
  case 'i':
  case 'f':
  case 'c':
  case 'r':
  case 'm':
    return take_number(reader, arg, 4) ? NULL : "the packet ends inside a number";
  case 'h':
  case 'd':
  case 't':
    return take_number(reader, arg, 8) ? NULL : "the packet ends inside a 64-bit number";
  case 's':
  case 'S':
    arg->u.s = take_string(reader);
    return arg->u.s ? NULL : "a string does not end inside the packet";
  case 'b':
    return take_blob(reader, arg) ? NULL : "a blob is longer than the packet";
  case 'T':
  case 'F':
  case 'N':
  case 'I':
  case '[':
  case ']':
    return NULL;
  default:
    return "unknown type tag; known are i h f d s S c b t m r T F N I [ ]";
  }
}

static SqStatus decode_tagged(Reader *reader, const char *tags, SqOscArg *args, uint32_t cap, SqOscMessage *out,
                              const char **why) {
  for (; *tags; tags++) {
    if (out->n_args == cap) {
      *why = "too many arguments in one message";
      return SQ_LIMIT;
    }
    SqOscArg *arg = &args[out->n_args];
    *arg = (SqOscArg){.tag = *tags};
    *why = take_value(reader, arg);
    if (*why)
      return SQ_BAD_ARGS;
    out->n_args++;
  }
  if (reader->left) {
    *why = "bytes are left over after the last argument";
    return SQ_BAD_ARGS;
  }
  return SQ_OK;
}

/// Length of the printable text at the reader, or 0 when it is none or does not end inside.
static size_t printable(const Reader *reader) {
  for (size_t i = 0; i < reader->left; i++) {
    uint8_t byte = reader->at[i];
    if (byte == 0)
      return i;
    if (byte < 0x20 || byte == 0x7f)
      return 0;
  }
  return 0;
}

/// One argument of a message without tags, guessed as osc.h says.
static void guess(Reader *reader, SqOscArg *arg) {
  uint32_t bits = be32(reader->at);
  double value = (double)float_of(bits);
  size_t length = printable(reader);
  bool small_integer = bits < 0x800000u || bits > 0xff800000u;
  bool usual_float = fabs(value) >= 1e-3 && fabs(value) <= 1e6;
  if (!small_integer && length && padded(length + 1) <= reader->left && (length >= 4 || !usual_float)) {
    arg->tag = 's';
    arg->u.s = take_string(reader);
    return;
  }
  arg->tag = small_integer || !isfinite(value) ? 'i' : 'f';
  take_number(reader, arg, 4);
}

static SqStatus decode_untagged(Reader *reader, SqOscArg *args, uint32_t cap, SqOscMessage *out, const char **why) {
  out->untagged = true;
  while (reader->left) {
    if (out->n_args == cap) {
      *why = "too many arguments in one message";
      return SQ_LIMIT;
    }
    args[out->n_args] = (SqOscArg){0};
    guess(reader, &args[out->n_args++]); // the size is a multiple of 4, so each step has its 4 bytes
  }
  return SQ_OK;
}

static const char *check_address(const char *address) {
  if (!address)
    return "the address does not end inside the packet";
  if (!address[0])
    return "the address is empty";
  if (address[0] == '#' || address[0] == ',')
    return "the packet begins with neither an address nor a whole #bundle";
  for (const char *p = address; *p; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      return "the address holds control characters";
  return NULL;
}

SqStatus sq_osc_decode(const uint8_t *data, size_t size, SqOscArg *args, uint32_t cap, SqOscMessage *out,
                       const char **why) {
  const char *unused;
  Reader reader = {data, size};
  if (!why)
    why = &unused;
  *why = NULL;
  *out = (SqOscMessage){.args = args};
  if (size == 0 || size % 4 != 0) {
    *why = size ? "the size of the packet is not a multiple of 4" : "the packet is empty";
    return SQ_BAD_ARGS;
  }
  out->address = take_string(&reader);
  *why = check_address(out->address);
  if (*why)
    return SQ_BAD_ARGS;
  if (!reader.left || reader.at[0] != ',')
    return decode_untagged(&reader, args, cap, out, why);
  const char *tags = take_string(&reader);
  if (!tags) {
    *why = "the type tags do not end inside the packet";
    return SQ_BAD_ARGS;
  }
  return decode_tagged(&reader, tags + 1, args, cap, out, why);
}

bool sq_osc_is_bundle(const uint8_t *data, size_t size) {
  return size >= 16 && memcmp(data, "#bundle", 8) == 0;
}

SqStatus sq_osc_bundle_open(const uint8_t *data, size_t size, SqOscBundle *out) {
  if (!sq_osc_is_bundle(data, size) || size % 4 != 0)
    return SQ_BAD_ARGS;
  *out = (SqOscBundle){.data = data, .size = size, .at = 16, .time = be64(data + 8)};
  for (size_t at = 16; at < size;) {
    if (size - at < 4)
      return SQ_BAD_ARGS;
    uint32_t element = be32(data + at);
    at += 4;
    if (element == 0 || element % 4 != 0 || element > size - at)
      return SQ_BAD_ARGS;
    at += element;
  }
  return SQ_OK;
}

bool sq_osc_bundle_next(SqOscBundle *bundle, const uint8_t **data, size_t *size) {
  if (bundle->at >= bundle->size)
    return false;
  *size = be32(bundle->data + bundle->at);
  *data = bundle->data + bundle->at + 4;
  bundle->at += 4 + *size;
  return true;
}
