// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one validator: OSC arguments of any client -> the typed values that a row asks for, or why not; any thread.
///
/// Type tags carry no meaning: i h f d T F c and numeric strings are all numbers, because clients disagree on what they
/// send for 1, 1.0 and true. Nothing is allocated; texts point into the packet, or into the result's own scratch.
#ifndef SQ_PROTOCOL_ARGS_H
#define SQ_PROTOCOL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/osc.h"
#include "protocol/row.h"

/// One typed value. Which members count depends on `type`:
///   INT        integer, number
///   FLOAT      number
///   DOUBLE     number; integer too where it is whole (exact to 64 bits: frames)
///   BOOL       integer and number are 0 or 1
///   STRING, PATH, NAME   text, never NULL
///   REF        text, never NULL; integer > 0 when it is a handle
///   ENUM       integer is the index, text its name
///   POSITION   text NULL: number is beats; else integer is the bar and number the beat in it, both counted from 1
///   BLOB       blob, blob_size
///   ANY        `type` becomes INT, DOUBLE, BOOL, STRING or BLOB, by what came; nil is INT with present == false
/// An optional argument that is absent (or nil) has present == false and the default of its spec.
typedef struct {
  SqType type;
  bool present;
  bool clamped; ///< the value was out of range and is now at its end
  double number;
  int64_t integer;
  const char *text;
  const uint8_t *blob;
  uint32_t blob_size;
} SqArg;

/// What to do with a number out of range: values are clamped, actions and commands refuse (SQ_RANGE).
typedef enum { SQ_LIMIT_CLAMP, SQ_LIMIT_REFUSE } SqLimiting;

#define SQ_ARGS_MAX 16   ///< positional arguments of one row
#define SQ_ARGS_WHY 320  ///< bytes of an error text
#define SQ_ARGS_TEXT 128 ///< bytes of one number or choice written as text

typedef struct {
  const SqArgSpec *specs; ///< [n_specs], n_specs <= SQ_ARGS_MAX
  uint32_t n_specs;
  SqRest rest;
  SqLimiting limiting;
} SqArgsWant;

/// What a row takes.
SqArgsWant sq_args_want(const SqRow *row);

/// The result. Large; kept by the caller and used again.
typedef struct {
  SqArg args[SQ_ARGS_MAX]; ///< one for each spec
  uint32_t n_given;        ///< how many of them the message held
  const SqOscArg *rest;    ///< [n_rest] what came after them, without brackets; pairs: key, value, key, value
  uint32_t n_rest;
  const uint8_t *completion; ///< an OSC packet to be carried out after success (sclang's completion message), or NULL
  uint32_t completion_size;
  char why[SQ_ARGS_WHY];                ///< after an error: which argument, what came, what is wanted, what to do
  char text[SQ_ARGS_MAX][SQ_ARGS_TEXT]; ///< numbers and choices as text
} SqArgs;

/// Reads `n` decoded arguments for `want`. Brackets are taken out of `args`, in place. The result points into `args`
/// and its packet. Errors: SQ_BAD_ARGS wrong type, too few, too many, NaN or Inf; SQ_RANGE.
SqStatus sq_args_read(const SqArgsWant *want, SqOscArg *args, uint32_t n, SqArgs *out);

/// Takes the brackets out, in place. Returns the new count.
uint32_t sq_args_flatten(SqOscArg *args, uint32_t n);

/// Key of the i-th pair of the rest (pairs were checked: each key is text).
const char *sq_args_key(const SqArgs *args, uint32_t i, const SqOscArg **value);

/// Reads one value for one spec: the values of pairs, of parameters, of scripts. `text` (SQ_ARGS_TEXT bytes) is the
/// scratch that out->text may point to; `why` (SQ_ARGS_WHY bytes) gets the sentence of an error. Errors as
/// sq_args_read.
SqStatus sq_arg_read(const SqArgSpec *spec, SqLimiting limiting, const SqOscArg *in, SqArg *out,
                     char text[SQ_ARGS_TEXT], char why[SQ_ARGS_WHY]);

/// Any number as text may carry it (i h f d c T F, decimal string). False: not a number (NaN is none; Inf is one).
bool sq_arg_number(const SqOscArg *in, double *number, int64_t *integer);

/// Reads "bar|beat" ("3|1", "3|2.5"). False for anything else.
bool sq_arg_bar_beat(const char *text, int64_t *bar, double *beat);

/// Number of choices in "a|b|c".
uint32_t sq_choices_count(const char *choices);

/// Copies the i-th choice. False past the last.
bool sq_choice_at(const char *choices, uint32_t i, char *text, size_t size);

/// Index of the choice called `name` (letter case is ignored), or -1.
int32_t sq_choice_find(const char *choices, const char *name);

#endif
