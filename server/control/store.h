// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages for later, ordered by frame or by beat, without a small limit; control thread.
///
/// The audio side is fed only the next tenth of a second. Times in beats wait until the transport rolls towards them.
#ifndef SQ_CONTROL_STORE_H
#define SQ_CONTROL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/row.h"
#include "protocol/status.h"

/// More are refused with `limit`: 1,000,000 notes of 64 bytes are 200 MB.
#define SQ_STORE_MAX 1000000u

typedef struct SqStored {
  double time;     ///< engine frame, or beat
  uint64_t serial; ///< 0: given by sq_store_add(); kept when it is stored again, so that equal times stay in order
  uint64_t client;
  uint64_t key;    ///< of what is built for it ahead, or 0
  int32_t strip;   ///< that it concerns, or 0
  SqAccess access; ///< of its client when it came
  bool constructs; ///< it may make processors
  bool lacks;      ///< it names something that is not to be by its time, as far as is known
  char *tag;       ///< or NULL
  uint8_t *packet;
  size_t size;
} SqStored;

typedef struct SqStoreHeap {
  SqStored *items;
  uint32_t n, cap;
  bool some_lack; ///< one of them did, at some time
} SqStoreHeap;

typedef struct SqStore {
  SqStoreHeap frames, beats;
  uint64_t serial;
  void *context;
  void (*dropped)(void *context, const SqStored *stored); ///< by sq_store_drop(); may be NULL
} SqStore;

/// Whether `a` comes out before `b`.
bool sq_stored_before(const SqStored *a, const SqStored *b);

/// Copies the packet. Errors: SQ_LIMIT.
SqStatus sq_store_add(SqStore *store, bool in_beats, const SqStored *stored);

/// Takes the first out whose time is below `time`; owned by the caller (sq_stored_cleanup). False: none.
bool sq_store_take(SqStore *store, bool in_beats, double time, SqStored *stored);

/// Time of the first, or infinity.
double sq_store_next(const SqStore *store, bool in_beats);

/// Drops what has this tag (NULL: any) and strip (0: any); returns how many.
uint32_t sq_store_drop(SqStore *store, const char *tag, int32_t strip);

/// Things in beats that have been sent to the audio side with a frame: kept until that frame has passed, because a
/// change of the transport voids them there.
typedef struct SqFed {
  struct SqFedItem {
    SqStored stored; ///< time: the frame
    double beats;
    uint32_t generation; ///< of the transport that it was fed for
  } * items;
  uint32_t n, cap;
} SqFed;

/// Takes `stored` over.
void sq_fed_add(SqFed *fed, const SqStored *stored, double beats, uint32_t generation);
/// Forgets what lies before `frame`.
void sq_fed_forget(SqFed *fed, double frame);
/// Takes out one whose frame is not before `frame` and that was fed for an older generation of the transport: a change
/// at `frame` voided it. Its time is in beats again. False: none.
bool sq_fed_take(SqFed *fed, double frame, uint32_t generation, SqStored *stored);
void sq_fed_cleanup(SqFed *fed);

void sq_stored_cleanup(SqStored *stored);
void sq_store_cleanup(SqStore *store);

#endif
