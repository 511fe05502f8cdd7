// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The one contract that built-ins, plug-in formats and users' DSP satisfy: describe, create, process, state.
///
/// Threads: [setup] = jobs or control thread, never while the instance is in a plan; [audio] = the audio thread.
/// Audio is non-interleaved, linear amplitude: x[channel][frame]. A processor is made for a fixed largest block and
/// must take any n_frames from 1 up to it, changing from call to call.
#ifndef SQ_ENGINE_PROCESSOR_H
#define SQ_ENGINE_PROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "engine/signal.h"
#include "protocol/row.h"

// ---- events ---------------------------------------------------------------------------------------------------------

typedef enum {
  SQ_EVENT_NOTE_ON,   ///< key, value = velocity 0..1, id
  SQ_EVENT_NOTE_OFF,  ///< key, value = release velocity 0..1, id
  SQ_EVENT_NOTE_BEND, ///< id, value in semitones
  SQ_EVENT_PRESSURE,  ///< id (0: all), value 0..1
  SQ_EVENT_TIMBRE,    ///< id, value 0..1
  SQ_EVENT_PARAM,     ///< index = `stepped` parameter, value in its own unit
  SQ_EVENT_CC,        ///< index = controller 0..127, value 0..1
  SQ_EVENT_BEND,      ///< value -1..1
  SQ_EVENT_PROGRAM,   ///< index
  SQ_EVENT_MIDI,      ///< midi[0..2]
  SQ_EVENT_ALL_OFF,   ///< every note ends, released
  SQ_EVENT_SWAP       ///< data: the engine calls swap() for it; a processor never sees it in a list
} SqEventKind;

/// One thing that happens at one frame. Lists are sorted by `offset`, then by arrival.
typedef struct SqRtEvent {
  const struct SqRtEvent *next;
  uint32_t offset;  ///< frame within the block
  uint16_t kind;    ///< SqEventKind
  uint16_t channel; ///< MIDI channel 0..15
  uint32_t index;   ///< parameter, controller, program
  uint32_t id;      ///< note id; 0: identified by key alone
  float key;        ///< semitones, 60 = middle C, fractions allowed
  double value;
  void *data; ///< SWAP
  uint8_t midi[4];
} SqRtEvent;

/// Events out of a processor in one block: room given by the engine; what does not fit is counted, never written.
typedef struct SqRtEventsOut {
  SqRtEvent *events; ///< [cap]
  uint32_t n, cap, lost;
} SqRtEventsOut;

// ---- time -----------------------------------------------------------------------------------------------------------

/// Musical time at the block's first frame.
typedef struct SqRtTime {
  bool rolling;
  bool changed; ///< something but the passing of time changed since the last block
  double beats; ///< transport position
  double bpm;
  uint32_t beats_per_bar, beat_unit;
  uint64_t position_frames; ///< transport position
} SqRtTime;

// ---- one block ------------------------------------------------------------------------------------------------------

/// What a generator lends beyond its block, because that is what it will make while no event, set or swap() comes. It
/// may be played without it: passed() tells it then.
typedef struct SqRtLoan {
  uint32_t frames; ///< readable behind out[c][n_frames - 1]
  uint32_t loop;   ///< then come the last so many frames again, for ever; 0: it must be asked
} SqRtLoan;

typedef struct SqRtBlock {
  uint64_t frame;    ///< engine frame of the first sample; control-rate work is done where (frame + i) % SQ_GRID == 0
  uint32_t n_frames; ///< 1..max_block
  uint64_t end;      ///< frame + n_frames
  uint32_t n_in, n_out;
  uint32_t n_side;        ///< 0 when none is connected
  const float *const *in; ///< [n_in][n_frames]; an effect that declares IN_PLACE may get in[c] == out[c]
  float **out;    ///< [n_out][n_frames], always all written. A generator that declares BORROWS may instead point
                  ///< out[c] at memory of its own that stays readable until its next process()
  SqRtLoan *loan; ///< room for one that BORROWS, or NULL
  const float *const *side;     ///< [n_side][n_frames] sidechain, or NULL when none is connected
  const float *const *hardware; ///< [n_hardware][n_frames] the driver's inputs, read-only
  uint32_t n_hardware;
  float *const *extra; ///< [n_extra][n_frames] the channels of the type's extra buses, bus after bus; NULL: none is
                       ///< heard. An entry may be NULL (nobody listens to it); the others are always all written
  uint32_t n_extra;
  const SqSignal *signals; ///< [n_signals]: one per parameter of class `signal`, in the order of the table
  const SqRtEvent *events; ///< sorted list in, or NULL
  SqRtEventsOut *events_out;
  const SqRtTime *time;
} SqRtBlock;

/// What process() says of its block.
typedef enum {
  SQ_RT_SOUND, ///< there may be sound
  SQ_RT_SILENT ///< the output was all zeros (and written as such), and stays so until an event or input comes
} SqRtResult;

// ---- description ----------------------------------------------------------------------------------------------------

typedef struct SqParamInfo {
  const char *symbol; ///< [a-z][a-z0-9_]*, unique in the processor; part of the address
  const char *name;   ///< for people
  const char *unit;   ///< or NULL
  double min, max, def;
  SqScale scale;
  SqValueClass value_class; ///< signal: comes in `signals`; stepped: comes as SQ_EVENT_PARAM; control: setup only
  const char *choices;      ///< "a|b|c" or NULL; value = index
  bool integer, toggled;
  bool output; ///< written by the processor (gain reduction, a plug-in's meter), read-only for clients
  const char *help;
} SqParamInfo;

/// An output bus beside the main one; a strip of its own hears it.
typedef struct SqProcBus {
  const char *id;   ///< the plug-in's own: stays the same when buses come and go; [A-Za-z0-9_-]+
  const char *name; ///< for people
  uint32_t channels;
} SqProcBus;

typedef enum {
  SQ_PROC_GENERATOR = 1 << 0, ///< makes sound from events or from nothing; n_in may be 0
  SQ_PROC_EFFECT = 1 << 1,
  SQ_PROC_IN_PLACE = 1 << 2, ///< in[c] == out[c] is allowed
  SQ_PROC_SEPARATE = 1 << 3, ///< faster with separate buffers (a plug-in); the plan then alternates two scratch buffers
  SQ_PROC_SIDECHAIN = 1 << 4, ///< reads `side` when connected
  SQ_PROC_NOTES = 1 << 5,     ///< understands note events
  SQ_PROC_BORROWS = 1 << 6,
  SQ_PROC_SLOW = 1 << 7, ///< create() may block: it is called on a job thread and the object is `building` meanwhile
  SQ_PROC_NEEDS_DSP_GUARD =
      1 << 8 ///< third-party code: its output is checked for non-finite samples before the first tap
} SqProcFlags;

/// State of an instance as stored in a session. `data` is text (UTF-8, as LV2's) or bytes.
typedef struct SqBlob {
  char format[16]; ///< "builtin", "lv2", …
  char id[256];    ///< the processor's identifier
  uint32_t version;
  void *data; ///< malloc'ed; owner frees
  size_t size;
} SqBlob;

struct SqServices;

/// What an instance is made for. [setup]
typedef struct SqProcSetup {
  double rate;        ///< Hz
  uint32_t max_block; ///< frames
  uint32_t n_in, n_out, n_side;
  const double *params;    ///< [n_params] the values it starts with, own units
  const SqBlob *state;     ///< or NULL
  const char *const *keys; ///< text settings [n_keys] and their values (an `input`'s port, a `player`'s path)
  const char *const *values;
  uint32_t n_keys;
  const struct SqServices *services;
  char *error; ///< [error_size] a sentence for people when create() fails
  size_t error_size;
} SqProcSetup;

typedef struct SqProcessorType SqProcessorType;

/// Data that is handed to a running instance whole (a sampler's zones, an impulse response).
/// The engine exchanges it at an exact frame and sends the old one back to be freed by the control thread.
typedef struct SqProcData {
  void (*free)(struct SqProcData *self); ///< [setup]
} SqProcData;

struct SqProcessorType {
  const char *id;   ///< "eq", "lv2:http://…"
  const char *name; ///< for people
  const char *help; ///< one sentence
  uint32_t flags;   ///< SqProcFlags
  const SqParamInfo *params;
  uint32_t n_params;
  uint32_t min_channels, max_channels; ///< of its main output; 0 max: as the strip
  const void *data;                    ///< for create(): a format's own knowledge
  const SqProcBus *extra_buses;        ///< [n_extra_buses]
  uint32_t n_extra_buses;
  const struct SqPluginOps *plugin; ///< what only a plug-in can do (plugins/plugin.h); NULL: a built-in

  /// [setup] Allocates everything; `*instance` is freed by free(). Errors: any, with text in setup->error.
  SqStatus (*create)(const SqProcessorType *type, const SqProcSetup *setup, void **instance);
  /// [setup] Also after a failed state. Never called while in a plan.
  void (*free)(void *instance);
  /// [audio] As freshly created: silence inside, values kept.
  void (*reset)(void *instance);
  /// [audio] One block.
  SqRtResult (*process)(void *instance, const SqRtBlock *block);
  /// [audio] n_frames of a loan were played; comes before any other call. NULL: lends nothing beyond its block.
  void (*passed)(void *instance, uint64_t n_frames);
  /// [audio] For processors that work elsewhere (a plug-in host): hand the block over / take it back. Both or neither;
  /// then process() is not called. Every begin() of a level of the graph comes before its first collect().
  void (*begin)(void *instance, const SqRtBlock *block);
  SqRtResult (*collect)(void *instance, const SqRtBlock *block);
  /// [setup or audio, constant after create unless `latency_changed` is reported] frames of delay. NULL: 0.
  uint32_t (*latency)(const void *instance);
  /// [audio] Frames of sound that may follow the last input; UINT32_MAX: endless. NULL: 0.
  uint32_t (*tail)(const void *instance);
  /// [audio] Value of an `output` parameter. NULL: none.
  float (*output_value)(const void *instance, uint32_t param);
  /// [audio] Takes `data`, returns what it replaces (or `data` itself when refused). NULL: takes none.
  SqProcData *(*swap)(void *instance, SqProcData *data);
  /// [setup, may overlap process()] Own state beyond the parameters, appended to an empty blob. NULL: none.
  SqStatus (*save)(void *instance, SqBlob *blob);
};

/// Number of parameters of class `signal`; their order is that of the table.
static inline uint32_t sq_proc_count_signals(const SqProcessorType *type) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < type->n_params; i++)
    n += type->params[i].value_class == SQ_CLASS_SIGNAL && !type->params[i].output;
  return n;
}

// ---- what the house offers to a processor ---------------------------------------------------------------------------

/// Services for processors; every call may come from the thread named.
typedef struct SqServices {
  void *context;
  /// [setup] One line for the log; level 3 error, 4 warning, 6 info.
  void (*log)(void *context, int level, const char *text);
  /// [audio] Asks that work(instance, size, data) be called soon on a worker thread; `data` is copied (<= 4 KiB).
  /// False: the queue is full. The answer comes back by respond() in a later block.
  bool (*schedule)(void *context, void *instance, void (*work)(void *instance, uint32_t size, const void *data),
                   uint32_t size, const void *data);
  /// [setup] True while rendering offline: scheduled work is then done at once, before the next block.
  bool (*offline)(void *context);
  /// [plug-in main] A plug-in tells something of itself: `what` is an SqPluginNews (plugins/plugin.h). NULL: nobody
  /// listens.
  void (*news)(void *context, void *instance, uint32_t what, uint32_t index, double value);
  /// [setup] Hardware input/output channel for a port name; returns index or UINT32_MAX.
  uint32_t (*hardware_input)(void *context, const char *port);
} SqServices;

#endif
