// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages between the daemon and a plug-in host: a head, then numbers and texts in the order both know; the
/// supervisor's thread and the host's main thread.
///
/// Reading never goes past the end: what is missing reads as zero or "", and `bad` is set.
#ifndef SQ_HOST_WIRE_H
#define SQ_HOST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

#define SQ_WIRE_MAX (256u << 20) ///< bytes of one message: the largest state of a plug-in that we carry

/// What a message says. A request has `call` > 0 and gets one SQ_WIRE_ANSWER with the same number.
typedef enum {
  SQ_WIRE_HELLO,        ///< to host, once: build, rate, whether offline; answers the id of its audio thread
  SQ_WIRE_OPEN,         ///< to host, with a descriptor: make an instance in a seat
  SQ_WIRE_CLOSE,        ///< to host: free it
  SQ_WIRE_SAVE,         ///< to host: its state
  SQ_WIRE_VALUES,       ///< to host: what its input parameters are
  SQ_WIRE_TEXT,         ///< to host: a value as text
  SQ_WIRE_PARSE,        ///< to host: a text as value
  SQ_WIRE_PRESETS,      ///< to host: names of its presets
  SQ_WIRE_EDITOR,       ///< to host: open or close its window
  SQ_WIRE_EDITOR_VALUE, ///< to host: a value was set by somebody else; no answer
  SQ_WIRE_ANSWER,       ///< from host
  SQ_WIRE_NEWS,         ///< from host: SqPluginNews of a seat
  SQ_WIRE_LOG           ///< from host: level, text
} SqWireKind;

typedef struct SqWireHead {
  uint32_t kind; ///< SqWireKind
  uint32_t call; ///< number of the request; 0: none
  uint32_t seat;
  uint32_t status; ///< SqStatus, of an answer
  uint64_t size;   ///< bytes that follow
} SqWireHead;

/// A message being written or read; memory grows by itself.
typedef struct SqWire {
  SqWireHead head;
  unsigned char *data; ///< [head.size]; owner calls sq_wire_cleanup()
  size_t cap, at;      ///< at: read so far
  bool bad;            ///< something read was not there
} SqWire;

void sq_wire_cleanup(SqWire *wire);

void sq_wire_put_u32(SqWire *wire, uint32_t value);
void sq_wire_put_f64(SqWire *wire, double value);
/// NULL counts as "".
void sq_wire_put_text(SqWire *wire, const char *text);
void sq_wire_put_bytes(SqWire *wire, const void *bytes, size_t size);

uint32_t sq_wire_u32(SqWire *wire);
double sq_wire_f64(SqWire *wire);
/// Zero-ended; valid until sq_wire_cleanup().
const char *sq_wire_text(SqWire *wire);
const void *sq_wire_bytes(SqWire *wire, size_t *size);

/// Sends head and data, with a descriptor unless `fd` is -1. Waits up to `ms` for room. Errors: SQ_IO, SQ_TIMEOUT.
SqStatus sq_wire_send(int socket, SqWire *wire, int fd, int ms);

/// What has come of a message so far: one per socket.
typedef struct SqWireReader {
  SqWire wire;
  size_t head_got, data_got;
  bool whole; ///< the last one was; its data may have been taken
  int fd;     ///< that came with it, or -1; the owner takes it
} SqWireReader;

void sq_wire_reader_init(SqWireReader *reader);
void sq_wire_reader_cleanup(SqWireReader *reader);

/// Reads what is there without waiting. SQ_OK: a message is whole in reader->wire, until the next call;
/// SQ_NOT_NOW: not yet; SQ_IO: the other side is gone or talks nonsense.
SqStatus sq_wire_receive(int socket, SqWireReader *reader);

#endif
