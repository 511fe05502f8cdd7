// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Rows -> what people and programs read: one-line usages, the machine-readable contract (JSON), the reference page
/// (Markdown) and the contract's hash; any thread but audio. The order is by address, so a change is a small diff.
#ifndef SQ_PROTOCOL_DESCRIBE_H
#define SQ_PROTOCOL_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "protocol/row.h"

/// All rows of a program, in any order; nothing is copied.
typedef struct {
  const SqRow *const *rows; ///< [n]
  size_t n;
  const SqAddressFamily *families; ///< [n_families]
  size_t n_families;
} SqContract;

/// Room for the usage of any row.
#define SQ_USAGE_TEXT 512

/// Writes "/source/add s:name s:generator [k v …]". A value's usage shows its set; an argument that may be left out
/// stands in brackets, a choice shows its words: "s:tap(pre|post)".
void sq_describe_usage(const SqRow *row, char *text, size_t size);

/// The contract as JSON text; freed by the caller. NULL: no memory.
char *sq_describe_json_text(const SqContract *contract);

/// Writes the contract as JSON. Errors: SQ_IO, SQ_LIMIT no memory.
SqStatus sq_describe_json(const SqContract *contract, FILE *file);

/// Writes the reference page. Errors: SQ_IO, SQ_LIMIT no memory.
SqStatus sq_describe_markdown(const SqContract *contract, FILE *file);

/// 64-bit FNV-1a of the JSON text: what `/version` answers, so that a client knows whether its stubs still fit. 0: no
/// memory.
uint64_t sq_describe_hash(const SqContract *contract);

/// The rows by address; freed by the caller. NULL: no memory.
const SqRow **sq_describe_sorted(const SqContract *contract);

const char *sq_describe_kind(SqRowKind kind);
const char *sq_describe_access(SqAccess access);
const char *sq_describe_type(SqType type);

#endif
