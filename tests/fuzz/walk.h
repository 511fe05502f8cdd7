// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the fuzzer and the corpus test do with one packet: everything the daemon does before it knows an address.
#ifndef SQ_TESTS_FUZZ_WALK_H
#define SQ_TESTS_FUZZ_WALK_H

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "control/framing.h"
#include "protocol/args.h"
#include "protocol/match.h"
#include "protocol/name.h"
#include "protocol/osc.h"

typedef struct {
  SqOscArg args[SQ_MAX_ARGS];
  SqArgs read;
  unsigned decoded, refused, too_deep, deepest;
  uint64_t touched; ///< a sum over all that was pointed at, so that every byte of it is read
} Walk;

static inline void walk_touch(Walk *walk, const void *data, size_t size) {
  for (size_t i = 0; i < size; i++)
    walk->touched += ((const uint8_t *)data)[i];
}

/// Aborts when an argument points outside the packet.
static inline void walk_inside(const uint8_t *data, size_t size, const void *at, size_t n) {
  const uint8_t *p = at;
  if (p < data || p > data + size || n > (size_t)(data + size - p))
    abort();
}

/// Validates the arguments as a row would that wants some of every type.
static inline void walk_args(Walk *walk, uint32_t n) {
  static const SqArgSpec specs[] = {
      {.name = "level", .type = SQ_TYPE_FLOAT, .unit = "dB", .min = -144, .max = 10},
      {.name = "count", .type = SQ_TYPE_INT, .min = 0, .max = 127, .optional = true},
      {.name = "text", .type = SQ_TYPE_STRING, .optional = true},
      {.name = "tap", .type = SQ_TYPE_ENUM, .choices = "pre|post", .optional = true},
      {.name = "at", .type = SQ_TYPE_POSITION, .optional = true},
      {.name = "strip", .type = SQ_TYPE_REF, .optional = true},
      {.name = "any", .type = SQ_TYPE_ANY, .optional = true},
  };
  const SqArgsWant want = {specs, 1 + n % 7, (SqRest)(n % 3), n % 2 ? SQ_LIMIT_CLAMP : SQ_LIMIT_REFUSE};
  SqStatus status = sq_args_read(&want, walk->args, n, &walk->read);
  if (status == SQ_OK && !(walk->read.args[0].number >= -144 && walk->read.args[0].number <= 10))
    abort();
  if (status != SQ_OK && (!walk->read.why[0] || !sq_text_is_utf8(walk->read.why)))
    abort();
  for (uint32_t i = 0; status == SQ_OK && i < want.n_specs; i++)
    if (walk->read.args[i].text)
      walk_touch(walk, walk->read.args[i].text, strlen(walk->read.args[i].text));
}

static inline void walk_message(Walk *walk, const uint8_t *data, size_t size) {
  SqOscMessage message;
  const char *why = NULL;
  if (sq_osc_decode(data, size, walk->args, SQ_MAX_ARGS, &message, &why) != SQ_OK) {
    if (!why)
      abort();
    walk->refused++;
    return;
  }
  walk->decoded++;
  size_t length = strlen(message.address) + 1;
  walk_inside(data, size, message.address, length);
  for (uint32_t i = 0; i < message.n_args; i++) {
    const SqOscArg *arg = &message.args[i];
    if (arg->tag == 's' || arg->tag == 'S') {
      walk_inside(data, size, arg->u.s, strlen(arg->u.s) + 1);
    } else if (arg->tag == 'b') {
      walk_inside(data, size, arg->u.b.data, arg->u.b.size);
      walk_touch(walk, arg->u.b.data, arg->u.b.size);
    }
  }
  walk_args(walk, message.n_args);
  walk->touched += sq_match_address(message.address, "/source/kick/chain/eq/param/gain");
  walk->touched += sq_match_part(message.address + 1, length > 1 ? length - 2 : 0, "aaaaaaaaaaaaaaaaaaaaaaaa", 24);
}

/// As deep as the daemon goes; what is deeper is refused whole.
static inline void walk_packet(Walk *walk, const uint8_t *data, size_t size, unsigned depth) {
  SqOscBundle bundle;
  if (!sq_osc_is_bundle(data, size)) {
    walk_message(walk, data, size);
    return;
  }
  if (depth == SQ_BUNDLE_DEPTH) {
    walk->too_deep++;
    return;
  }
  if (depth > walk->deepest)
    walk->deepest = depth;
  if (sq_osc_bundle_open(data, size, &bundle) != SQ_OK) {
    walk->refused++;
    return;
  }
  const uint8_t *element;
  size_t n;
  while (sq_osc_bundle_next(&bundle, &element, &n)) {
    walk_inside(data, size, element, n);
    walk_packet(walk, element, n, depth + 1);
  }
}

/// The same bytes as a stream, in pieces of `piece`.
static inline void walk_stream(Walk *walk, const uint8_t *data, size_t size, size_t piece) {
  SqFraming framing = {.max = 4096};
  for (size_t at = 0; at < size; at += piece) {
    size_t n = size - at < piece ? size - at : piece, length;
    const uint8_t *packet;
    if (sq_bytes_reserve(&framing.in, n) != SQ_OK)
      abort();
    memcpy(framing.in.bytes + framing.in.end, data + at, n);
    framing.in.end += n;
    for (;;) {
      SqFrame frame = sq_framing_next(&framing, &packet, &length);
      if (frame == SQ_FRAME_PACKET) {
        if (length > framing.max)
          abort();
        walk_packet(walk, packet, length, 0);
      } else if (frame == SQ_FRAME_BROKEN) {
        at = size;
        break;
      } else if (frame == SQ_FRAME_NONE) {
        break;
      }
    }
  }
  sq_bytes_cleanup(&framing.in);
}

#endif
