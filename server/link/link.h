// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The only door between what exists (model/) and what is heard (engine/): compiles edits into plans and messages,
/// frees what comes back, reads meters; control thread.
#ifndef SQ_LINK_LINK_H
#define SQ_LINK_LINK_H

#include "base/jobs.h"
#include "engine/engine.h"
#include "host/hosts.h"
#include "model/edit.h"
#include "plugins/catalog.h"

typedef struct SqLink SqLink;

/// A processor's way into the sound.
typedef enum { SQ_LINK_BUILDING, SQ_LINK_READY, SQ_LINK_FAILED } SqLinkState;

typedef enum {
  SQ_NOTICE_PREPARED,    ///< everything that is built under key `frame` is over
  SQ_NOTICE_READY,       ///< processor `object` is made
  SQ_NOTICE_FAILED,      ///< processor `object` could not be made; `text` says why
  SQ_NOTICE_ZONE_READY,  ///< zone `part` of sampler `object` plays
  SQ_NOTICE_ZONE_FAILED, ///< it cannot; `index` is the status, `text` says why
  SQ_NOTICE_INSANE,      ///< processor `object` handed over non-finite samples
  SQ_NOTICE_CLIP,        ///< hardware output `index` was held at the ceiling
  SQ_NOTICE_LATE,        ///< an event came `value` frames late
  SQ_NOTICE_TRANSPORT,   ///< generation `index` of the transport began at `frame`; see sq_link_position()
  SQ_NOTICE_OUT          ///< processor `object` sent an event: `report`
} SqNoticeKind;

typedef struct SqNotice {
  SqNoticeKind kind;
  SqHandle object;
  SqHandle part;
  uint32_t index;
  double value;
  uint64_t frame;
  const char *text;
  const SqRtReport *report;
} SqNotice;

typedef struct SqLinkConfig {
  double rate;          ///< Hz
  uint32_t n_in, n_out; ///< hardware channels
  double ceiling_db;
  const char *kernels; ///< instruction set of the mixer; NULL, or one that is not here: the best
  bool offline;        ///< scheduled work of plug-ins is done at once
  SqCatalog *catalog;  ///< plug-ins
  SqHosts *hosts;      ///< where they run, unless they are to run in this process; NULL: all do
  const char *isolate; ///< where a plug-in runs that does not say: a name of SQ_ISOLATION_NAMES; NULL: none
  SqJobs *jobs;
  uint64_t first_plan;   ///< plans that the link before this one made: what waits for one of them waits no more
  const char *state_dir; ///< where plug-ins may put files of their state
  void *context;
  void (*notice)(void *context, const SqNotice *notice);
  void (*log)(void *context, int level, const char *text);
} SqLinkConfig;

/// A link for `doc`, which it compiles as it stands. Errors: SQ_LIMIT no memory for the engine.
SqStatus sq_link_new(const SqLinkConfig *config, SqDoc *doc, SqLink **link);
/// No driver may call the engine any more.
void sq_link_free(SqLink *link);

SqRtEngine *sq_link_engine(SqLink *link);

/// True while no driver calls the engine: messages are then carried out by us.
void sq_link_set_stopped(SqLink *link, bool stopped);

/// Another document takes the place of the present one (a session was loaded): strips that are in both by handle stay,
/// the others fade. The link does not own it.
void sq_link_set_doc(SqLink *link, SqDoc *doc);

// ---- edits ----------------------------------------------------------------------------------------------------------

/// False when the queue could not take these edits and `n_events` events for `frame` (0: now): answer `busy` and take
/// them back. Untimed numbers alone always have room: what the queue cannot take is sent as soon as it can, and then
/// only its newest value.
bool sq_link_has_room(SqLink *link, const SqEdits *edits, uint32_t n_events, uint64_t frame);

/// Makes the edits heard, from engine frame `frame` on (0: at once), all from the same frame.
void sq_link_commit(SqLink *link, const SqEdits *edits, uint64_t frame);

/// The frame of a plan that is on its way, or 0; another for a later frame must wait for it.
uint64_t sq_link_armed_frame(const SqLink *link);

/// What is posted from now on is valid only while the transport is of this generation (0: always).
void sq_link_set_voids(SqLink *link, uint32_t generation);

/// Takes in what the audio side sent back; frees, finishes fades, calls `notice`. Cheap when there is nothing.
void sq_link_collect(SqLink *link);

/// From now on changes of the transport are kept back, until the bundle that makes them has succeeded (`keep`) or not:
/// then they never were. No edits are committed in between.
void sq_link_hold(SqLink *link);
void sq_link_release(SqLink *link, bool keep);

// ---- what is built ahead of its time ------------------------------------------------------------------------------

/// Begins to build, under `key`, every processor that is new by the edits (which the document holds), has a handle of
/// `first` or above, and takes time; returns how many. SQ_NOTICE_PREPARED comes when all are over.
uint32_t sq_link_prepare(SqLink *link, uint64_t key, const SqEdits *edits, SqHandle first);

/// False while something of `key` is building.
bool sq_link_prepared(const SqLink *link, uint64_t key);

/// Commits from now on take what was built under `key` (0: no more).
void sq_link_use_prepared(SqLink *link, uint64_t key);

/// Frees what nobody took.
void sq_link_drop_prepared(SqLink *link, uint64_t key);

// ---- processors -----------------------------------------------------------------------------------------------------

/// The built-in type of this identifier, or NULL when it is a plug-in's (found when it is built) or nothing's.
const SqProcessorType *sq_link_builtin(const char *id);
const SqProcessorType *sq_link_builtin_at(uint32_t index);

/// The state of processor `handle`; `type` (may be NULL) is NULL while unknown, `error` the reason of a failure.
SqStatus sq_link_proc(const SqLink *link, SqHandle handle, SqLinkState *state, const SqProcessorType **type,
                      const char **error);

/// Latency in frames, and the value of an output parameter.
uint32_t sq_link_latency(const SqLink *link, SqHandle proc);
float sq_link_output_value(const SqLink *link, SqHandle proc, uint32_t param);

/// Appends the processor's own state to an empty blob; SQ_UNSUPPORTED when it has none. May block as long as a plug-in
/// likes: a job uses the two below.
SqStatus sq_link_save_state(const SqLink *link, SqHandle proc, SqBlob *blob);

/// The processor that an instance is of, or 0.
SqHandle sq_link_proc_of_instance(const SqLink *link, const void *instance);

/// An instance whose type->save() a job may call while it is pinned; false: there is none, or it has no state.
bool sq_link_instance(const SqLink *link, SqHandle proc, const SqProcessorType **type, void **instance);
/// From sq_link_pin() to the sq_link_unpin() that pairs with it no instance is freed, whatever becomes of the document.
void sq_link_pin(SqLink *link);
void sq_link_unpin(SqLink *link);

/// What a client does to a processor at one moment: a note, a controller, raw MIDI. As SqRtEvent has it.
typedef struct SqEvent {
  uint16_t kind; ///< SqEventKind
  uint16_t channel;
  uint32_t index, id;
  float key;
  double value;
  uint8_t midi[4];
} SqEvent;

/// Sends an event to a processor at `frame` (0: now). `voided_by`: transport generation or 0.
/// Errors: SQ_NOT_FOUND, SQ_BUSY the queue is full.
SqStatus sq_link_event(SqLink *link, SqHandle proc, const SqEvent *event, uint64_t frame, uint32_t voided_by);

/// Hands data (taken in any case) to a processor, to be exchanged in order with everything else.
SqStatus sq_link_swap(SqLink *link, SqHandle proc, SqProcData *data);

/// True while sounds of this sampler's zones are being loaded; SQ_NOTICE_READY follows.
bool sq_link_zones_loading(const SqLink *link, SqHandle proc);

/// Whether the zone of this handle, with other values, can play its sound (if that is loaded). Errors: SQ_RANGE, with
/// a sentence.
SqStatus sq_link_check_zone(const SqLink *link, SqHandle proc, const SqZone *zone, char *error, size_t size);

/// Fills in what the file of the zone says where the user said nothing; left as it is while that is not loaded.
void sq_link_zone_effective(const SqLink *link, SqHandle proc, SqZone *zone);

// ---- taps, meters, time ---------------------------------------------------------------------------------------------

/// Adds a tap to a strip (after the fader when `post`), or removes it: it is no longer written once
/// sq_link_settled() is true for the number returned.
uint64_t sq_link_tap(SqLink *link, SqHandle strip, SqRtTap *tap, bool post, bool on);
bool sq_link_settled(const SqLink *link, uint64_t number);
/// Ends a take whose stop has passed as the next block would, when no next block comes: no driver runs by itself, or
/// the tap is `out` of every plan.
void sq_link_tap_end(const SqLink *link, SqRtTap *tap, bool out);

/// One strip's levels since the last sq_link_meters_turn(); arrays of SQ_MAX_CHANNELS. False: no such strip.
typedef struct SqLevels {
  uint32_t n_channels;
  uint64_t frames;
  SqDspLevel pre[SQ_MAX_CHANNELS], post[SQ_MAX_CHANNELS];
} SqLevels;
/// Begins a new period of measurement for all strips; call it, then read each strip once. False: the audio thread has
/// not yet begun the one before.
bool sq_link_meters_turn(SqLink *link);
bool sq_link_levels(SqLink *link, SqHandle strip, SqLevels *levels);

uint64_t sq_link_frame(const SqLink *link);
double sq_link_rate(const SqLink *link);

/// The transport as the audio thread last reported it, or as it will be when a start that is still to come is known to
/// the frame.
typedef struct SqPosition {
  bool rolling;
  bool wanted;     ///< rolling, as it was last asked for: what the next change starts from
  uint64_t anchor; ///< engine frame at which it was at `beats`
  double beats, bpm;
  uint32_t beats_per_bar, beat_unit;
} SqPosition;
const SqPosition *sq_link_position(const SqLink *link);
/// False while a change is on its way whose frame is not known: nothing can be placed at a beat meanwhile.
bool sq_link_position_known(const SqLink *link);
/// Where it is at an engine frame, and the engine frame (not rounded) at which it gets somewhere while it rolls.
double sq_link_beats_at(const SqLink *link, uint64_t frame);
double sq_link_frame_of(const SqLink *link, double beats);
/// The generation that voids events computed for an older one.
uint32_t sq_link_transport_generation(const SqLink *link);
/// Changes it at `frame` (0: now, but not before a start that is still to come). `beats` NAN: stays where it is.
/// A start from rest at a frame to come is known at once, so that what stands at its first beat is there in time.
SqStatus sq_link_set_transport(SqLink *link, bool rolling, double beats, double bpm, uint64_t frame);

typedef struct SqLinkStats {
  uint64_t plans, messages, stale, insane, lost;
  uint32_t strips, processors, edges, garbage, queue_used, pending;
} SqLinkStats;
void sq_link_stats(const SqLink *link, SqLinkStats *stats);

#endif
