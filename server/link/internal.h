// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the files of link/ share: the runtime twin of each object of the document; control thread.
#ifndef SQ_LINK_INTERNAL_H
#define SQ_LINK_INTERNAL_H

#include "base/sparse.h"
#include "link/link.h"

struct SqLinkStrip;

/// A processor's twin. It stays in its strip's list as a ghost until its crossfade is over.
typedef struct SqLinkProc {
  SqHandle handle;
  char *id; ///< its type's identifier, as the document has it
  struct SqLinkStrip *strip;
  SqLinkState state;
  bool ghost;     ///< gone from the document, fading out
  bool faded;     ///< a ghost whose fade is over; or a mover that is dry and may take its new place
  bool moving;    ///< on its way from its place in `was` to that in `chain`; `faded` when it has arrived
  bool stays;     ///< stands in `was` and does not move
  uint32_t place; ///< SqRtProc.place once it has arrived
  bool generator;
  const SqProcessorType *type;
  void *instance;
  SqRtProc *rt;
  SqRtAux *aux;     ///< its sidechain's copy
  SqRtAux *dry;     ///< of a hosted one: what goes past it
  SqHandle side_of; ///< strip that fills it, 0: none
  bool side_post;
  int32_t job;
  char *error;
  struct SqLinkZones *zones; ///< of a sampler that has some, or NULL
} SqLinkProc;

/// An edge's twin, by what it stands for: the main output (key 0) or a send (its handle).
typedef struct SqLinkEdge {
  SqHandle key;
  SqHandle to;              ///< strip; 0: the hardware (master only)
  struct SqLinkStrip *dest; ///< the twin it adds into, which may be gone and of another twin's handle; NULL: hardware
  bool ghost, faded;
  SqRtEdge *rt;
  SqRtDelay *delay;
} SqLinkEdge;

/// One partial sum of a bus.
typedef struct SqLinkSum {
  uint32_t group; ///< sequence / SQ_GROUP of the strips that add into it
  SqRtSum *rt;
} SqLinkSum;

typedef struct SqLinkTap {
  SqRtTap *tap;
  bool post;
} SqLinkTap;

typedef struct SqLinkStrip {
  SqHandle handle;
  SqStripKind kind;
  uint32_t sequence, n_channels;
  bool gone;  ///< not in the document any more; heard until its edges have faded
  bool fresh; ///< never yet in a plan: nothing of it needs a fade
  bool dirty; ///< its program must be built anew
  bool audible;
  SqRtStrip *rt;
  SqRtProgram *program;
  SqLinkProc *generator; ///< or NULL
  SqLinkProc **chain;    ///< [n_chain] as rendered, ghosts among them
  uint32_t n_chain;
  SqLinkProc **was; ///< [n_was] the chain before the move that is under way, or NULL
  uint32_t n_was;
  SqLinkEdge *edges; ///< [n_edges]
  uint32_t n_edges;
  SqLinkSum *sums; ///< [n_sums] by group
  uint32_t n_sums;
  SqLinkTap *taps;
  uint32_t n_taps;
  uint32_t level, visit; ///< of the ordering
  uint32_t first_reader; ///< of the ordering: 1 + index of the first sidechain that reads it
} SqLinkStrip;

typedef struct SqLinkCoasts SqLinkCoasts;

typedef struct SqLinkGarbage {
  void *memory;
  void (*free)(void *memory);
  uint64_t plan; ///< may go when this plan is retired
} SqLinkGarbage;

struct SqLink {
  SqLinkConfig config;
  SqDoc *doc;
  SqRtEngine *engine;
  void *engine_memory;
  const SqServices *services;
  struct SqWorker *worker;
  bool stopped;
  SqLinkStrip **strips; ///< [n_strips] by sequence, gone ones among them
  uint32_t n_strips, cap_strips;
  SqLinkProc **sides; ///< [n_sides] with a sidechain, in the order of strips: gathered for each compilation
  uint32_t n_sides, cap_sides;
  uint32_t mark;            ///< of the newest search for loops, in SqLinkStrip.visit
  SqSparse by_handle;       ///< of SqLinkStrip *
  SqSparse procs_by_handle; ///< of SqLinkProc *
  uint32_t *free_slots;
  uint32_t n_free_slots, next_slot;
  uint32_t *generations;
  SqLinkProc **proc_of_slot; ///< [SQ_MAX_SLOTS] for reports, or NULL
  SqLinkStrip **strip_of_slot;
  SqRtMessage *batch;
  uint32_t n_batch, cap_batch;
  struct {
    bool on; ///< a bundle is under way: what is posted waits for its end
    uint32_t n_batch;
    SqPosition transport; ///< as they were
    uint32_t generation;
    bool exact;
  } held;
  uint32_t batch_begin; ///< first message of the commit under way
  bool order_dirty, plan_dirty, solo_dirty;
  bool ghosts_over;     ///< something went that has no fade to wait for
  bool edges_dirty;     ///< a twin was replaced: what feeds it must look again
  bool edges_wait;      ///< an edge must not be made before a fading one is gone: together they are a loop
  uint32_t n_ghosts;    ///< edges that fade out
  bool ending;          ///< sq_link_free() is under way
  uint64_t plan_number; ///< of the newest plan
  uint64_t serial;      ///< of the newest program
  SqLinkCoasts *coasts;
  uint64_t plans_retired; ///< this one and all before it came back
  uint64_t *on_way;       ///< [n_on_way] numbers of the plans that have not come back, ascending
  uint32_t n_on_way, cap_on_way;
  uint64_t armed_frame;  ///< of the last plan that was to wait for one; on its way while that is to come
  uint64_t commit_frame; ///< of the commit under way
  bool crossfade;        ///< new strips fade in (another document takes over)
  SqLinkGarbage *garbage;
  uint32_t n_garbage, cap_garbage;
  uint32_t pins; ///< jobs that use instances
  SqRtSum *hardware;
  SqPosition transport;
  uint32_t transport_generation;
  uint32_t transport_reported; ///< generation of the last report
  bool exact;                  ///< `transport` is what will be, whatever has not been reported yet
  uint32_t voids;              ///< generation of the transport that values and events posted now belong to; 0: any
  uint32_t stamp;              ///< `voids` while a value is posted; 0 while structure is, which no jump takes back
  uint32_t smoothing_frames;
  SqValueRef *late_sets; ///< numbers that wait for room in the queue
  uint32_t n_late_sets, cap_late_sets;
  struct Build **prepared; ///< [n_prepared] built ahead of their time
  uint32_t n_prepared;
  uint64_t prepared_key;  ///< of which the commit under way takes
  struct Build **arrived; ///< [n_arrived] taken by it, to be told when it is over
  uint32_t n_arrived;
  uint32_t meter_epoch;
  uint64_t messages, stale, insane;
  uint32_t n_procs, n_edges;
  struct SqSampleCache *samples;
  struct SqLinkZoneNews *news; ///< [n_news] that control was not told yet
  uint32_t n_news;
};

// memory.c
SqRtEngine *sq_link_engine_new(SqLink *link);
void sq_link_engine_free(SqLink *link);
/// Takes the report of a change of the transport, and tells of it.
void sq_link_transport_reported(SqLink *link, const SqRtReport *report);
SqRtSum *sq_link_sum_new(uint32_t n_channels);
SqRtAux *sq_link_aux_new(uint32_t n_channels);
SqRtDelay *sq_link_delay_new(uint32_t n_channels, uint32_t frames);
SqRtMeter *sq_link_meter_new(uint32_t n_channels);
void sq_link_discard(SqLink *link, void *memory, void (*free_it)(void *));
void sq_link_free_retired(SqLink *link, uint64_t plan);
void sq_link_free_instance(SqLink *link, const SqProcessorType *type, void *instance); // at once, or as a job
void sq_link_discard_instance(SqLink *link, const SqProcessorType *type, void *instance);
void sq_link_free_all(SqLink *link);

// coasts.c
SqLinkCoasts *sq_link_coasts_new(void);
void sq_link_coasts_free(SqLinkCoasts *coasts);
void sq_link_coast_take(SqLink *link, SqRtStrip *strip);
void sq_link_coast_give(SqLink *link, const SqRtStrip *strip); // with the plan that still names it

// slots.c
void sq_link_slot_take(SqLink *link, SqRtObject *object);
void sq_link_slot_renew(SqLink *link, SqRtObject *object);
void sq_link_slot_give(SqLink *link, const SqRtObject *object);

// post.c
void sq_link_begin(SqLink *link, uint64_t frame, bool structure);
void sq_link_post(SqLink *link, const SqRtMessage *message);
uint64_t sq_link_frame_for(const SqLink *link, const SqRtObject *object);
void sq_link_plan_retired(SqLink *link, uint64_t number);
void sq_link_post_set(SqLink *link, const SqRtObject *object, uint32_t index, double value, uint32_t length,
                      SqCurve curve, bool tell);
void sq_link_post_plan(SqLink *link, SqRtPlan *plan);
void sq_link_flush(SqLink *link);

// graph.c
SqLinkStrip *sq_link_strip(const SqLink *link, SqHandle handle);
SqLinkProc *sq_link_find_proc(const SqLink *link, SqHandle handle);
void sq_link_sync_strip(SqLink *link, SqHandle handle); // strip and processors; edges come after all strips
void sq_link_drop_ghosts(SqLink *link);
void sq_link_drop_all(SqLink *link); // no audio thread runs any more
void sq_link_name_strip(SqLink *link, SqHandle handle, SqLinkStrip *strip);
void sq_link_name_proc(SqLink *link, SqHandle handle, SqLinkProc *proc);

// edges.c
void sq_link_sync_all_edges(SqLink *link);
void sq_link_sync_edges(SqLink *link, SqLinkStrip *strip, const SqStrip *node);
void sq_link_fade_edges(SqLink *link, SqLinkStrip *strip);
void sq_link_edge_gains(SqLink *link, SqLinkStrip *strip, SqLinkEdge *edge, const SqStrip *node);
void sq_link_edge_discard(SqLink *link, SqLinkEdge *edge);

// procs.c
void sq_link_sync_procs(SqLink *link, SqLinkStrip *strip, const SqStrip *node);
void sq_link_proc_discard(SqLink *link, SqLinkProc *proc);
SqLinkProc *sq_link_proc_new(SqLink *link, SqLinkStrip *strip, const SqProc *node, bool generator);
void sq_link_proc_build(SqLink *link, SqLinkProc *proc, const SqProc *node);
uint64_t sq_link_prepared_at(const SqLink *link, uint32_t i);
void sq_link_tell_arrived(SqLink *link);
void sq_link_procs_gone(SqLink *link, SqLinkStrip *strip);
void sq_link_end_moves(SqLink *link, SqLinkStrip *strip);
void sq_link_fade_wet(SqLink *link, const SqLinkProc *proc, double wet, bool tell);
bool sq_link_proc_fits(const SqLinkProc *proc, const SqProc *node);

// values.c
double sq_link_db_to_linear(double db);
double sq_link_strip_fader(const SqStrip *node);
void sq_link_post_number(SqLink *link, const SqEdit *edit);
/// Sends what numbers wait for room, their newest values, as long as there is some.
void sq_link_post_late(SqLink *link);
void sq_link_forget_late(SqLink *link, SqValueRef ref);
void sq_link_solo(SqLink *link);

// compile.c
void sq_link_compile(SqLink *link);

#endif
