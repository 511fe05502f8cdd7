// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Every message between control and audio, in both directions: plain data of one size; both threads.
#ifndef SQ_ENGINE_MESSAGE_H
#define SQ_ENGINE_MESSAGE_H

#include <stdint.h>

#include "engine/processor.h"

typedef enum {
  SQ_MESSAGE_SLOT,      ///< slot `slot` now holds object `data` (NULL: nothing) in generation `generation`
  SQ_MESSAGE_PLAN,      ///< `data` is the plan from `frame` on; the one it replaces comes back as RETIRED
  SQ_MESSAGE_SET,       ///< the object's signal `index` goes to `value` in `length` frames along `curve`
  SQ_MESSAGE_EVENT,     ///< the processor in the slot gets an event
  SQ_MESSAGE_TRANSPORT, ///< playing (`index`), `value` = beats, `key` = bpm, `length` = meter (num << 16 | den)
  SQ_MESSAGE_MARK,      ///< comes back as MARKED when it is carried out
  SQ_MESSAGE_SWITCH,    ///< the engine's own: a processor that moves is dry and goes to its other place
  SQ_MESSAGE_SETTLE     ///< the engine's own: it is time to look whether the signal of a TELL has arrived
} SqMessageKind;

/// For SET: tell (SETTLED) when the signal has arrived.
#define SQ_MESSAGE_TELL 1u
/// For SET of SQ_PROC_WET: fade to dry, go on at the other place (SqRtStep.place), and come back from there.
#define SQ_MESSAGE_MOVE 2u

/// Signals of a strip, by `index`.
enum { SQ_STRIP_FADER, SQ_STRIP_AUDIBLE };
/// Signals of an edge: its level, then the gain of lane k at SQ_EDGE_LANE + k.
enum { SQ_EDGE_LEVEL, SQ_EDGE_LANE };
/// The crossfade between a processor's input and output; other indices of a processor are its parameters.
#define SQ_PROC_WET UINT32_MAX

/// Control -> audio. `frame` 0 or past: at once.
typedef struct SqRtMessage {
  uint64_t frame;
  uint64_t serial; ///< set by the engine: order of arrival
  uint32_t slot, generation;
  uint16_t kind;  ///< SqMessageKind
  uint16_t event; ///< SqEventKind
  uint16_t curve; ///< SqCurve
  uint16_t flags;
  uint32_t voided_by; ///< transport generation it was computed under; 0: valid in any
  uint32_t index;
  uint32_t length;
  uint32_t id; ///< note id, or the mark's number
  float key;
  uint16_t channel;
  uint8_t midi[3];
  double value;
  void *data;
} SqRtMessage;

typedef enum {
  SQ_REPORT_RETIRED,   ///< `data`: a plan that is no longer read
  SQ_REPORT_SETTLED,   ///< the signal asked about rests, at `value`
  SQ_REPORT_MARKED,    ///< a MARK was reached, at `frame`
  SQ_REPORT_SWAPPED,   ///< `data`: SqProcData that came out of a processor
  SQ_REPORT_INSANE,    ///< a processor handed over non-finite samples; it was silenced and reset
  SQ_REPORT_STALE,     ///< `id` messages named something that is gone
  SQ_REPORT_LATE,      ///< an event came `value` frames late
  SQ_REPORT_TRANSPORT, ///< at `frame`: playing `index`, `value` = beats, `key` = bpm
  SQ_REPORT_CLIP,      ///< hardware output `index` went over the ceiling
  SQ_REPORT_OUT        ///< a processor sent an event out (event, key, id, value, midi)
} SqReportKind;

/// Audio -> control.
typedef struct SqRtReport {
  uint64_t frame;
  uint32_t slot, generation;
  uint16_t kind; ///< SqReportKind
  uint16_t event;
  uint32_t index, id;
  float key;
  uint8_t midi[4];
  double value;
  void *data;
} SqRtReport;

#endif
