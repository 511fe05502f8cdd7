// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The binary interface of VST 2.4 on 64-bit Linux, as much of it as a host needs; constants and layouts, any thread.
#ifndef SQ_PLUGINS_VST2_ABI_H
#define SQ_PLUGINS_VST2_ABI_H

#include <stddef.h>
#include <stdint.h>

#define SQ_VST2_MAGIC 0x56737450 ///< "VstP"
#define SQ_VST2_VERSION 2400     ///< of the interface that the host speaks
#define SQ_VST2_TEXT 512         ///< bytes of room for any text: plug-ins do not keep to the limits they are told

/// What a plug-in is.
typedef enum {
  SQ_VST2_HAS_EDITOR = 1 << 0,
  SQ_VST2_CAN_REPLACE = 1 << 4,
  SQ_VST2_HAS_CHUNKS = 1 << 5,
  SQ_VST2_IS_SYNTH = 1 << 8
} SqVst2Flags;

/// What the host asks of a plug-in.
typedef enum {
  SQ_VST2_OPEN = 0,
  SQ_VST2_CLOSE = 1, ///< frees the effect
  SQ_VST2_SET_PROGRAM = 2,
  SQ_VST2_GET_PROGRAM = 3,
  SQ_VST2_THIS_PROGRAM_NAME = 5,
  SQ_VST2_PARAM_LABEL = 6,
  SQ_VST2_PARAM_DISPLAY = 7,
  SQ_VST2_PARAM_NAME = 8,
  SQ_VST2_SET_RATE = 10,
  SQ_VST2_SET_BLOCK = 11,
  SQ_VST2_MAINS = 12, ///< value 1: resume, 0: suspend
  SQ_VST2_EDITOR_RECT = 13,
  SQ_VST2_EDITOR_OPEN = 14,
  SQ_VST2_EDITOR_CLOSE = 15,
  SQ_VST2_EDITOR_IDLE = 19,
  SQ_VST2_GET_CHUNK = 23,
  SQ_VST2_SET_CHUNK = 24,
  SQ_VST2_EVENTS = 25,
  SQ_VST2_TEXT_TO_PARAM = 27,
  SQ_VST2_PROGRAM_NAME = 29, ///< of the program at an index
  SQ_VST2_OUTPUT_PIN = 34,
  SQ_VST2_CATEGORY = 35,
  SQ_VST2_EFFECT_NAME = 45,
  SQ_VST2_VENDOR = 47,
  SQ_VST2_PRODUCT = 48,
  SQ_VST2_CAN_DO = 51,
  SQ_VST2_TAIL = 52,
  SQ_VST2_IDLE = 53,
  SQ_VST2_BEGIN_PROGRAM = 67,
  SQ_VST2_END_PROGRAM = 68,
  SQ_VST2_NEXT_IN_SHELL = 70,
  SQ_VST2_START = 71,
  SQ_VST2_STOP = 72
} SqVst2Ask;

/// What a plug-in asks of the host.
typedef enum {
  SQ_VST2_HOST_AUTOMATE = 0,
  SQ_VST2_HOST_VERSION = 1,
  SQ_VST2_HOST_CURRENT_ID = 2,
  SQ_VST2_HOST_WANT_MIDI = 6,
  SQ_VST2_HOST_TIME = 7,
  SQ_VST2_HOST_EVENTS = 8,
  SQ_VST2_HOST_IO_CHANGED = 13,
  SQ_VST2_HOST_NEED_IDLE = 14,
  SQ_VST2_HOST_SIZE_WINDOW = 15,
  SQ_VST2_HOST_RATE = 16,
  SQ_VST2_HOST_BLOCK = 17,
  SQ_VST2_HOST_LEVEL = 23, ///< 1 user's thread, 2 audio, 4 offline
  SQ_VST2_HOST_VENDOR = 32,
  SQ_VST2_HOST_PRODUCT = 33,
  SQ_VST2_HOST_VENDOR_VERSION = 34,
  SQ_VST2_HOST_CAN_DO = 37,
  SQ_VST2_HOST_LANGUAGE = 38,
  SQ_VST2_HOST_DISPLAY = 42,
  SQ_VST2_HOST_BEGIN_EDIT = 43,
  SQ_VST2_HOST_END_EDIT = 44
} SqVst2HostAsk;

#define SQ_VST2_SHELL 10 ///< the category of a module that holds many

typedef struct SqVst2Effect {
  int32_t magic;
  intptr_t (*dispatcher)(struct SqVst2Effect *e, int32_t ask, int32_t index, intptr_t value, void *ptr, float number);
  void (*accumulate)(struct SqVst2Effect *e, float **in, float **out, int32_t n_frames);
  void (*set_param)(struct SqVst2Effect *e, int32_t index, float value);
  float (*get_param)(struct SqVst2Effect *e, int32_t index);
  int32_t n_programs, n_params, n_ins, n_outs;
  int32_t flags; ///< SqVst2Flags
  intptr_t reserved[2];
  int32_t latency; ///< frames
  int32_t unused[2];
  float ratio;
  void *object, *user; ///< the plug-in's, the host's
  int32_t id, version;
  void (*replace)(struct SqVst2Effect *e, float **in, float **out, int32_t n_frames);
  void (*replace_double)(struct SqVst2Effect *e, double **in, double **out, int32_t n_frames);
  char future[56];
} SqVst2Effect;

typedef intptr_t (*SqVst2Callback)(SqVst2Effect *e, int32_t ask, int32_t index, intptr_t value, void *ptr,
                                   float number);
typedef SqVst2Effect *(*SqVst2Entry)(SqVst2Callback host);

#define SQ_VST2_MIDI 1 ///< kind of an event

typedef struct SqVst2Midi {
  int32_t kind, size, frame, flags, length, offset;
  uint8_t bytes[4];
  int8_t detune;
  uint8_t off_velocity, reserved[2];
} SqVst2Midi;

typedef struct SqVst2Events {
  int32_t n;
  intptr_t reserved;
  SqVst2Midi *events[]; ///< or others: the kind tells
} SqVst2Events;

/// Bits of SqVst2Time.flags.
typedef enum {
  SQ_VST2_TIME_CHANGED = 1 << 0,
  SQ_VST2_TIME_ROLLING = 1 << 1,
  SQ_VST2_TIME_BEATS = 1 << 9,
  SQ_VST2_TIME_TEMPO = 1 << 10,
  SQ_VST2_TIME_BAR = 1 << 11,
  SQ_VST2_TIME_METRE = 1 << 13
} SqVst2TimeFlags;

typedef struct SqVst2Time {
  double frame, rate_hz, nanoseconds, beats, bpm, bar_beats, cycle_from, cycle_to;
  int32_t beats_per_bar, beat_unit, smpte_offset, smpte_rate, frames_to_clock, flags;
} SqVst2Time;

typedef struct SqVst2Rect {
  int16_t top, left, bottom, right;
} SqVst2Rect;

#define SQ_VST2_PIN_STEREO (1 << 1) ///< the first of a pair

typedef struct SqVst2Pin {
  char label[64];
  int32_t flags, arrangement;
  char short_label[8], future[48];
} SqVst2Pin;

_Static_assert(offsetof(SqVst2Effect, dispatcher) == 8 && offsetof(SqVst2Effect, get_param) == 32 &&
                   offsetof(SqVst2Effect, n_programs) == 40 && offsetof(SqVst2Effect, n_outs) == 52 &&
                   offsetof(SqVst2Effect, flags) == 56 && offsetof(SqVst2Effect, latency) == 80 &&
                   offsetof(SqVst2Effect, object) == 96 && offsetof(SqVst2Effect, user) == 104 &&
                   offsetof(SqVst2Effect, id) == 112 && offsetof(SqVst2Effect, version) == 116 &&
                   offsetof(SqVst2Effect, replace) == 120 && offsetof(SqVst2Effect, replace_double) == 128 &&
                   sizeof(SqVst2Effect) == 192,
               "the layout of an effect");
_Static_assert(sizeof(SqVst2Midi) == 32 && offsetof(SqVst2Midi, frame) == 8 && offsetof(SqVst2Midi, bytes) == 24 &&
                   offsetof(SqVst2Events, events) == 16,
               "the layout of events");
_Static_assert(sizeof(SqVst2Time) == 88 && offsetof(SqVst2Time, bpm) == 32 &&
                   offsetof(SqVst2Time, beats_per_bar) == 64 && offsetof(SqVst2Time, flags) == 84,
               "the layout of the time");
_Static_assert(sizeof(SqVst2Rect) == 8 && sizeof(SqVst2Pin) == 128, "the layout of a window and a pin");

/// One question. The index, value, ptr and number mean what the question says.
static inline intptr_t sq_vst2_ask(SqVst2Effect *e, SqVst2Ask ask, int32_t index, intptr_t value, void *ptr) {
  return e->dispatcher(e, (int32_t)ask, index, value, ptr, 0);
}

#endif
