// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The shape of every fact that a client can see: one row per address, beside its handler; constant data, any thread.
///
/// From rows derive dispatch, validation, get/set/notify, save, --help, the reference page, OSCQuery, completion,
/// stubs.
#ifndef SQ_PROTOCOL_ROW_H
#define SQ_PROTOCOL_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/status.h"

typedef enum { SQ_ROW_VALUE, SQ_ROW_ACTION, SQ_ROW_COMMAND, SQ_ROW_STREAM } SqRowKind;

/// Who may call it: a meter bridge, a musician, one who may name files, one who may load code.
typedef enum { SQ_ACCESS_METER, SQ_ACCESS_CONTROL, SQ_ACCESS_FILE, SQ_ACCESS_CODE } SqAccess;

typedef enum {
  SQ_TYPE_INT,      ///< i; numbers are rounded when within 1e-3 of an integer
  SQ_TYPE_FLOAT,    ///< f
  SQ_TYPE_DOUBLE,   ///< d, or a decimal string (beats, frames)
  SQ_TYPE_BOOL,     ///< number, T, F, on/off/true/false/yes/no
  SQ_TYPE_STRING,   ///< s; numbers are formatted
  SQ_TYPE_NAME,     ///< s: the name of a new object
  SQ_TYPE_REF,      ///< s or i: name or handle of an object that exists
  SQ_TYPE_ENUM,     ///< one of `choices` by name or index
  SQ_TYPE_POSITION, ///< beats, or "bar|beat"
  SQ_TYPE_PATH,     ///< s: a file's path
  SQ_TYPE_BLOB,     ///< b
  SQ_TYPE_ANY       ///< whatever comes
} SqType;

typedef enum { SQ_SCALE_LINEAR, SQ_SCALE_LOG, SQ_SCALE_FADER } SqScale;

/// What may move a value: per frame, per event, or the user alone.
typedef enum { SQ_CLASS_SIGNAL, SQ_CLASS_STEPPED, SQ_CLASS_CONTROL } SqValueClass;

typedef struct {
  const char *name;
  SqType type;
  const char *unit; ///< "dB", "Hz", "ms", "beats" or NULL
  double min, max;  ///< min == max: no range
  double def;
  const char *choices; ///< SQ_TYPE_ENUM: "a|b|c"
  bool optional;
  SqScale scale;
  SqValueClass value_class; ///< for values
  const char *help;         ///< one sentence
  const char *hint;         ///< the next step when a number is out of range, or NULL
} SqArgSpec;

struct SqCall;
struct SqRow;

/// Value rows that are no number of the document.
#define SQ_NO_PROPERTY UINT32_MAX

/// Carries a command or action out. [control] Errors are answered by the caller of the handler as `/fail`.
typedef SqStatus (*SqRowHandler)(struct SqCall *call);

/// Arguments after the positional ones.
typedef enum {
  SQ_REST_NONE,  ///< more arguments are bad_args
  SQ_REST_PAIRS, ///< key, value, key, value …
  SQ_REST_ANY    ///< taken as they come
} SqRest;

typedef struct SqRow {
  const char *address; ///< template: "/source/{source}/note", "{strip}/gain"
  SqRowKind kind;
  SqAccess access;
  const SqArgSpec *args; ///< [n_args]; a value row has exactly the arguments of its set
  uint8_t n_args;
  SqRest rest;
  const char *rest_help; ///< which keys, where rest is not NONE
  const char *replies;   ///< what `/done` (or the reply of a query) carries, in words; NULL: nothing
  const char *help;      ///< one sentence
  SqRowHandler handle;   ///< commands and actions; for values: NULL (generic) or the custom set/get
  uint32_t property;     ///< generic values: which property of the addressed object
  bool timed;            ///< may stand in a future bundle and is then carried out on its frame by the audio thread
  bool read_only;        ///< values that only answer
  bool constructs;       ///< makes processors, and does nothing but edits: may be tried ahead of its time
  bool alone;            ///< cannot be taken back, and so not be part of a bundle
  bool needs_instance;   ///< waits while the processor it names is `building`
} SqRow;

/// A word at the start of a template that stands for several prefixes: "{any}/gain" is "/source/{source}/gain" and
/// "/master/gain" and … A prefix may begin with another family's word.
typedef struct {
  const char *word;            ///< "{any}"
  const char *const *prefixes; ///< ends with NULL
  const char *help;            ///< one sentence
} SqAddressFamily;

#endif
