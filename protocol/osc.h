// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads OSC 1.0 packets of any origin without trusting a byte of them; control thread and clients.
///
/// Nothing is copied or allocated: strings and blobs point into the packet. Encoding is liblo's work.
#ifndef SQ_PROTOCOL_OSC_H
#define SQ_PROTOCOL_OSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

/// One argument. `tag` is the OSC type tag (i h f d s S c b t m r T F N I [ ]).
typedef struct {
  char tag;
  union {
    int32_t i;     ///< i, c, r (as bits), m (as bits, big-endian order of bytes)
    int64_t h;     ///< h
    uint64_t t;    ///< t, NTP
    float f;       ///< f
    double d;      ///< d
    const char *s; ///< s, S: NUL-terminated, inside the packet
    struct {
      const uint8_t *data;
      uint32_t size;
    } b; ///< b
  } u;
} SqOscArg;

typedef struct {
  const char *address;  ///< NUL-terminated, inside the packet; may lack its leading '/'
  const SqOscArg *args; ///< [n_args], in the caller's array
  uint32_t n_args;
  bool untagged; ///< the packet had no type-tag string (old clients)
} SqOscMessage;

/// Time tag that means "at once" (1); 0 is taken for the same.
#define SQ_OSC_NOW ((uint64_t)1)

/// A message without a type-tag string (old clients) is guessed, 4 bytes at a time: small integers (|i| < 2^23, which
/// as floats would be denormal or NaN) are `i`; else printable text that ends inside the packet is `s`, save that up to
/// three characters which read as a float of 0.001 to 1,000,000 are `f` ("?" is 0.5); the rest is `f`, or `i` where
/// that is not finite.
///
/// Decodes one message of `size` bytes into `out`; arguments go to args[cap].
/// Errors: SQ_BAD_ARGS malformed or unknown tag, SQ_LIMIT more than `cap` arguments. `*why` (may be NULL) gets a
/// constant sentence.
SqStatus sq_osc_decode(const uint8_t *data, size_t size, SqOscArg *args, uint32_t cap, SqOscMessage *out,
                       const char **why);

/// True when the packet is a bundle (starts with "#bundle" and can hold a header).
bool sq_osc_is_bundle(const uint8_t *data, size_t size);

/// Cursor over a bundle's elements.
typedef struct {
  const uint8_t *data;
  size_t size, at;
  uint64_t time; ///< NTP tag of the bundle
} SqOscBundle;

/// Opens a bundle. Errors: SQ_BAD_ARGS not a bundle, or an element that lies about its size (all sizes are checked
/// here).
SqStatus sq_osc_bundle_open(const uint8_t *data, size_t size, SqOscBundle *out);

/// Next element, or false at the end.
bool sq_osc_bundle_next(SqOscBundle *bundle, const uint8_t **data, size_t *size);

#endif
