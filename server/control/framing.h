// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Cuts a byte stream into OSC packets and wraps packets for it: 4-byte length or SLIP; control thread.
///
/// The first byte of a connection tells them apart (OSC 1.1): 0xC0 is SLIP (RFC 1055), and so are '/' and '#', which
/// liblo's single-ended SLIP begins with; 0x00 is a length, since no packet has 16 MiB.
#ifndef SQ_CONTROL_FRAMING_H
#define SQ_CONTROL_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

typedef enum { SQ_FRAMING_UNKNOWN, SQ_FRAMING_LENGTH, SQ_FRAMING_SLIP } SqFramingKind;

/// A growing run of bytes [begin, end) in an owned block.
typedef struct {
  uint8_t *bytes;
  size_t capacity, begin, end;
} SqBytes;

void sq_bytes_cleanup(SqBytes *bytes);

/// Room for `need` more bytes at the end, moving or growing the block. Errors: SQ_LIMIT out of memory.
SqStatus sq_bytes_reserve(SqBytes *bytes, size_t need);

/// The incoming side. All zero is a fresh one; clean up with sq_bytes_cleanup(&framing->in).
typedef struct {
  SqBytes in;
  size_t max;    ///< the largest packet let through
  size_t scan;   ///< SLIP: bytes of `in` from its begin already searched for the end
  size_t skip;   ///< length-prefixed: bytes of an oversize packet still to throw away
  bool skipping; ///< SLIP: throwing away until the next end
  SqFramingKind kind;
} SqFraming;

typedef enum {
  SQ_FRAME_NONE,     ///< more bytes are needed
  SQ_FRAME_PACKET,   ///< `data`, valid until the next call on this framing
  SQ_FRAME_OVERSIZE, ///< a packet over `max` is being thrown away; `size` is its size where known
  SQ_FRAME_BROKEN    ///< neither framing: the stream cannot be read on
} SqFrame;

/// Takes the next packet out of what was read.
SqFrame sq_framing_next(SqFraming *framing, const uint8_t **data, size_t *size);

/// Appends `data` to `out`, wrapped as `kind` (unknown: length). Errors: SQ_LIMIT out of memory (`out` unchanged).
SqStatus sq_framing_wrap(SqFramingKind kind, SqBytes *out, const uint8_t *data, size_t size);

#endif
