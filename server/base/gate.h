// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Who may come from elsewhere: the nets that are allowed and the key that they must know; any thread, one at a time.
#ifndef SQ_BASE_GATE_H
#define SQ_BASE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

struct sockaddr; // its header brings in names such as connect

/// Bytes of a key, without its NUL: fewer could be guessed.
#define SQ_KEY_MIN 16
#define SQ_KEY_MAX 128

/// Bytes that the sentence of an error needs.
#define SQ_GATE_WHY 256

/// An address or a net of them.
typedef struct SqNet {
  int family; ///< AF_INET, AF_INET6
  uint8_t bytes[16];
  unsigned bits;
} SqNet;

typedef struct SqGate {
  SqNet *nets; ///< [n_nets], owned
  uint32_t n_nets;
  char key[SQ_KEY_MAX + 1]; ///< "": none fits
  bool trusts_loopback;     ///< this machine's own addresses need neither
} SqGate;

/// Where a gate comes from.
typedef struct SqGateConfig {
  const char *allow;    ///< addresses and nets ("10.0.0.0/8, fd00::/8"), "": none
  const char *key_file; ///< its first line is the key; "": none
  bool trusts_loopback;
} SqGateConfig;

/// Reads the list and the file. Errors, with a sentence in why[size], and the gate empty: SQ_BAD_ARGS an address that
/// is none, a key too short; SQ_DENIED a file that others may read; SQ_IO it cannot be read.
SqStatus sq_gate_read(const SqGateConfig *config, SqGate *gate, char *why, size_t size);
void sq_gate_cleanup(SqGate *gate);

/// Whether what comes from this address is listened to at all.
bool sq_gate_admits(const SqGate *gate, const struct sockaddr *address);

/// Whether it counts as this machine's own: a loopback address that is trusted.
bool sq_gate_is_local(const SqGate *gate, const struct sockaddr *address);

/// Whether `text` is `secret`, in a time that does not tell how much of it fits. An empty secret is no text.
bool sq_gate_fits(const char *secret, const char *text);

#endif
