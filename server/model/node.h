// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What a document is made of: strips with their chains and sends, as counted nodes that are copied before they change
/// while a snapshot shares them; control thread (a snapshot's nodes may be read by any one thread that holds it).
#ifndef SQ_MODEL_NODE_H
#define SQ_MODEL_NODE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "protocol/status.h"

/// Number of an object: positive, never reused in one run, stable across rename. 0: none.
typedef int32_t SqHandle;

typedef enum { SQ_STRIP_SOURCE, SQ_STRIP_BUS, SQ_STRIP_MASTER } SqStripKind;

/// Numbers of a strip, in its own units.
typedef enum {
  SQ_STRIP_GAIN_DB, ///< -144 (silence) .. +10
  SQ_STRIP_PAN,     ///< -1..1
  SQ_STRIP_PAN_LAW, ///< SqPanLaw
  SQ_STRIP_MUTE,
  SQ_STRIP_SOLO,
  SQ_STRIP_SOLO_SAFE,
  SQ_STRIP_NUMBERS
} SqStripNumber;

typedef enum { SQ_PAN_BALANCE, SQ_PAN_EQUAL_POWER } SqPanLaw;

/// Numbers of a send.
typedef enum { SQ_SEND_GAIN_DB, SQ_SEND_PAN, SQ_SEND_MUTE, SQ_SEND_TAP, SQ_SEND_NUMBERS } SqSendNumber;
typedef enum { SQ_TAP_PRE, SQ_TAP_POST } SqTapPoint;

/// Numbers of a processor: bypass, then its parameters from SQ_PROC_PARAM on.
enum { SQ_PROC_BYPASS = 0, SQ_PROC_PARAM = 256 };

/// Numbers of the whole: object handle SQ_HANDLE_GLOBAL.
typedef enum { SQ_GLOBAL_TEMPO, SQ_GLOBAL_BAR, SQ_GLOBAL_UNIT, SQ_GLOBAL_NUMBERS } SqGlobalNumber;
#define SQ_HANDLE_GLOBAL ((SqHandle)0)
#define SQ_HANDLE_MASTER ((SqHandle)1)

/// A shared text or state that never changes.
typedef struct SqShared {
  _Atomic uint32_t references;
  size_t size;
  char format[16];
  uint32_t version;
  char data[]; ///< size bytes and a NUL
} SqShared;

SqShared *sq_shared_new(const void *data, size_t size);
SqShared *sq_shared_ref(SqShared *shared); ///< NULL stays NULL
void sq_shared_unref(SqShared *shared);

typedef struct SqKey {
  char *key, *value;
} SqKey;

/// One zone of a sampler, as the user gave it. Below 0 root, end, loop_start and loop_end are what the file says.
typedef struct SqZone {
  SqHandle handle;
  char *path;
  double root, lo, hi, vlo, vhi, tune_cents, gain_db;
  int mode;                                ///< 0 one_shot, 1 gate, 2 loop
  double start, end, loop_start, loop_end; ///< frames at the engine's rate
  SqShared *unknown;                       ///< as SqStrip.unknown
} SqZone;

/// A processor in a chain, or the generator of a source.
typedef struct SqProc {
  SqHandle handle;
  char name[SQ_MAX_NAME + 1];
  char *type; ///< identifier: "eq", "lv2:http://…"
  bool bypass;
  uint32_t n_params;
  double *params; ///< [n_params], own units; none while building
  uint32_t n_wishes;
  SqKey *wishes; ///< [n_wishes] parameters by symbol, given before the type was known
  uint32_t n_keys;
  SqKey *keys;        ///< [n_keys] settings of creation (port, path)
  SqHandle sidechain; ///< strip, or 0
  int sidechain_tap;  ///< SqTapPoint
  SqShared *state;    ///< as last loaded or saved, or NULL
  uint32_t n_zones;
  SqZone *zones;                      ///< [n_zones]
  SqShared *unknown, *unknown_params; ///< as SqStrip.unknown: of itself, and of its parameters
} SqProc;

typedef struct SqSend {
  SqHandle handle;
  SqHandle bus;
  double numbers[SQ_SEND_NUMBERS];
  SqShared *unknown; ///< as SqStrip.unknown
} SqSend;

typedef struct SqStrip {
  _Atomic uint32_t references;
  SqHandle handle;
  SqStripKind kind;
  uint32_t sequence; ///< place in the order of sums; kept in the session, so that a loaded mix sums alike
  uint32_t n_channels;
  char name[SQ_MAX_NAME + 1];
  char *label, *color;
  SqHandle output; ///< strip it feeds; 0: nothing. The master: the hardware
  double numbers[SQ_STRIP_NUMBERS];
  SqProc *generator; ///< sources; NULL: none
  uint32_t n_chain;
  SqProc **chain; ///< [n_chain], owned
  uint32_t n_sends;
  SqSend *sends;     ///< [n_sends]
  SqShared *unknown; ///< JSON text of the session keys that this version does not know, kept for the next save; or NULL
} SqStrip;

SqStrip *sq_strip_new(SqStripKind kind, const char *name, uint32_t n_channels);
/// A deep copy with one reference.
SqStrip *sq_strip_copy(const SqStrip *strip);
SqStrip *sq_strip_ref(SqStrip *strip);
void sq_strip_unref(SqStrip *strip);

SqProc *sq_proc_new(const char *type, const char *name);
SqProc *sq_proc_copy(const SqProc *proc);
void sq_proc_free(SqProc *proc);
/// Replaces or adds a setting.
void sq_proc_set_key(SqProc *proc, const char *key, const char *value);
void sq_proc_add_wish(SqProc *proc, const char *symbol, const char *value);
/// They have come true: from here on `params` are what counts.
void sq_proc_clear_wishes(SqProc *proc);
const char *sq_proc_key(const SqProc *proc, const char *key);
/// Copies `zone`, its path too; takes its reference to `unknown`.
void sq_proc_add_zone(SqProc *proc, const SqZone *zone);
void sq_proc_remove_zone(SqProc *proc, SqHandle zone);

/// Puts `proc` at `at` (past the end: last); takes it.
void sq_strip_insert(SqStrip *strip, SqProc *proc, uint32_t at);
/// Takes the processor out of the chain without freeing it; NULL when it is not there.
SqProc *sq_strip_take(SqStrip *strip, SqHandle handle);
/// The processor of this handle (generator or chain), or NULL.
SqProc *sq_strip_proc(const SqStrip *strip, SqHandle handle);
SqProc *sq_strip_proc_named(const SqStrip *strip, const char *name);
SqSend *sq_strip_send(const SqStrip *strip, SqHandle handle);
SqSend *sq_strip_send_to(const SqStrip *strip, SqHandle bus);
SqSend *sq_strip_add_send(SqStrip *strip, SqHandle handle, SqHandle bus);
void sq_strip_remove_send(SqStrip *strip, SqHandle handle);

/// strdup that cannot fail (small strings; exhaustion ends the process); NULL stays NULL.
char *sq_text_copy(const char *text);

#endif
