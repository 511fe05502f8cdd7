// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// One message on its way through its row's handler: what it named, what it brought, what it answers; control thread.
#ifndef SQ_COMMANDS_CALL_H
#define SQ_COMMANDS_CALL_H

#include "base/gate.h"
#include "base/jobs.h"
#include "base/log.h"
#include "commands/items.h"
#include "drivers/driver.h"
#include "link/link.h"
#include "model/edit.h"
#include "options.h"
#include "protocol/args.h"
#include "protocol/row.h"

struct SqControl;
struct SqClient;
struct SqToken;
struct SqRecorders;
struct SqContext;
struct SqClock;

/// What the address named.
typedef struct SqTarget {
  SqHandle strip; ///< source, bus or master
  SqHandle proc;  ///< in its chain, or its generator
  SqHandle send;
  uint32_t param; ///< parameter of `proc`
  SqHandle zone;  ///< of a sampler
  int32_t number; ///< {record}, {job}: its handle or number
  char word[64];  ///< {word}: as it came
} SqTarget;

/// An event that goes to a processor when the whole message or bundle has succeeded.
typedef struct SqAction {
  SqHandle proc;
  SqEvent event;
  uint64_t frame;
  uint32_t voided_by;
} SqAction;

/// What is done when it is known whether the message or bundle has succeeded: for work that no edit record can undo.
typedef struct SqAfter {
  void (*run)(struct SqContext *ctx, void *context, bool committed);
  void *context;
} SqAfter;

/// The daemon, as handlers see it. Built in control/, passed down.
typedef struct SqContext {
  SqOptions *options;
  SqLog *log;
  SqDoc *doc;
  SqLink *link;
  SqJobs *jobs;
  SqCatalog *catalog;
  SqDriver *driver;
  struct SqClock *clock;
  struct SqRecorders *recorders;
  SqEdits edits;     ///< of the message or bundle under way
  SqAction *actions; ///< [n_actions] likewise
  uint32_t n_actions, cap_actions;
  SqAfter *afters; ///< [n_afters] likewise
  uint32_t n_afters, cap_afters;
  bool dirty;       ///< changed since the session was saved
  uint64_t changes; ///< transactions that changed the document
  char **modules;   ///< [n_modules] paths given to /plugin/load
  uint32_t n_modules;
  char *session_path;                 ///< its folder, or NULL
  struct SqSessions *sessions;        ///< what is being saved and opened; NULL: nothing yet
  uint64_t notes;                     ///< played, for /status
  uint64_t lates;                     ///< events that came late
  uint32_t latency_frames;            ///< longest way from an input to the master's output
  void (*ran)(struct SqContext *ctx); ///< after each slice of the offline driver: the disk keeps up
  struct SqControl *control;          ///< behind control.h
} SqContext;

typedef enum {
  SQ_LEAF_NONE,
  SQ_LEAF_TOGGLE,
  SQ_LEAF_ADJUST,
  SQ_LEAF_NORM,
  SQ_LEAF_STR,
  SQ_LEAF_DEFAULT,
  SQ_LEAF_EFFECTIVE,
  SQ_LEAF_RAMP
} SqLeaf;

typedef struct SqCall {
  SqContext *ctx;
  const SqRow *row;
  const SqArgs *args;
  struct SqClient *client; ///< NULL: it is gone (a stored message of a client that left)
  const char *address;     ///< as sent, without tag
  SqTarget target;
  SqLeaf leaf;           ///< generic leaf of a value
  uint64_t frame;        ///< engine frame at which it is to happen; 0: now
  SqAccess access;       ///< the highest class of rows that its sender may call
  SqItems results;       ///< of `/done`, or of a get
  const char *reply;     ///< address of the reply when it is not the call's own ("/pong"), else NULL
  bool quiet;            ///< nothing to answer though it is a command (it was deferred, or answers by streams)
  char why[SQ_ARGS_WHY]; ///< sentence of a failure: cause and next step
} SqCall;

/// Sets the sentence and returns the status: `return sq_call_fail(call, SQ_NOT_FOUND, "there is no …")`.
SqStatus sq_call_fail(SqCall *call, SqStatus status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/// True for a get: a value row called without arguments.
static inline bool sq_call_is_get(const SqCall *call) {
  return call->args->n_given == 0 && call->args->n_rest == 0;
}

/// Queues an event for a processor; it is sent when everything of this message or bundle has succeeded.
void sq_call_act(SqCall *call, SqHandle proc, const SqEvent *event, uint64_t frame, uint32_t voided_by);

/// Calls run(ctx, context, true) when everything of this message or bundle was done, run(ctx, context, false) when it
/// was taken back. Exactly once.
void sq_call_after(SqCall *call, void (*run)(SqContext *ctx, void *context, bool committed), void *context);

/// The strip, processor and send that the address named (never NULL once the address was resolved).
const SqStrip *sq_call_strip(const SqCall *call);
const SqProc *sq_call_proc(const SqCall *call);
const SqSend *sq_call_send(const SqCall *call);

/// The type of the named processor: as built, else the built-in of its identifier; NULL while it is unknown.
const SqProcessorType *sq_call_type(const SqCall *call);

/// The strip of a REF argument (name or handle); NULL with the sentence set ("there is no … 'x'; did you mean 'y'?").
const SqStrip *sq_call_find_strip(SqCall *call, const SqArg *arg);

/// A copy of the named strip, to be changed and given to sq_edits_put().
SqStrip *sq_call_copy_strip(const SqCall *call);

// ---- what control does for handlers (control/services.c) ------------------------------------------------------------

/// Sends `items` to the caller on `address`, at once (a list's line, a reply of its own).
void sq_control_send(SqCall *call, const char *address, const SqItems *items);

/// Keeps where the answer goes, for work that ends later; sets call->quiet. The token is ended exactly once.
struct SqToken *sq_control_defer(SqCall *call);
/// Answers `/done address items` or `/fail …` and frees the token.
void sq_control_finish(struct SqControl *control, struct SqToken *token, SqStatus status, const char *why,
                       const SqItems *items);
/// Sends `items` in pages `address i:index i:of …` that each fit the caller's packets, `group` items never parted, to
/// where the token's answer goes. Errors: SQ_LIMIT one group alone is larger than a packet.
SqStatus sq_control_send_pages(struct SqControl *control, const struct SqToken *token, const char *address,
                               const SqItems *items, uint32_t group);
/// Frees the token without an answer: the message failed after all.
void sq_control_drop(struct SqControl *control, struct SqToken *token);
/// Ends the token when processor or zone `proc` is ready, or fails it with the plug-in's error. `items` are copied.
void sq_control_finish_when_ready(struct SqControl *control, struct SqToken *token, SqHandle proc,
                                  const SqItems *items);

/// Children, values and meters (control/query.c).
void sq_control_list_values(SqCall *call, const char *prefix);
/// `url` (may be NULL): another place of the caller's host for the values.
SqStatus sq_control_subscribe(SqCall *call, const char *pattern, double max_hz, const char *url);
/// Sends the tree below an address as OSCQuery JSON, in pages `/query.reply s:path i:index i:of s:json`.
SqStatus sq_control_query(SqCall *call, const char *path);
void sq_control_unsubscribe(SqCall *call, const char *pattern);
/// Settings of the caller.
typedef struct SqClientSettings {
  bool full, notify, echo;
  char name[SQ_MAX_NAME + 1];
} SqClientSettings;
void sq_control_client(const SqCall *call, SqClientSettings *settings);
void sq_control_set_client(SqCall *call, const SqClientSettings *settings);
SqStatus sq_control_reply_to(SqCall *call, const char *url);
/// The caller knows this secret: the key of other machines, or the token. Adds the class that it has now to the
/// results. Errors: SQ_DENIED it is neither; SQ_NOT_NOW the caller is gone.
SqStatus sq_control_key(SqCall *call, const char *text);
void sq_control_meters(SqCall *call, double hz, bool blob);
void sq_control_meters_ack(SqCall *call);
/// Ends the daemon after the answer is sent.
void sq_control_quit(struct SqControl *control);
/// Exchanges who may come from elsewhere: who may not any more is gone, and a new key must be sent.
void sq_control_set_gate(struct SqControl *control, SqGate *gate);
/// How long a UDP client that is silent is remembered from now on.
void sq_control_set_lease(struct SqControl *control, uint32_t seconds);
/// Text for `/version` and figures for `/status`.
const char *sq_control_contract_hash(const SqCall *call);
typedef struct SqControlStats {
  uint64_t messages, failures, kernel_dropped, stored;
  uint32_t clients;
  int64_t uptime_ms;
} SqControlStats;
void sq_control_stats(const SqCall *call, SqControlStats *stats);

/// Tells every subscriber of events: "/event/added", s:path, i:handle.
void sq_control_event(struct SqControl *control, const char *address, const SqItems *items);

/// Tells subscribers that a value which is no number of the document changed: its address now answers something else.
void sq_control_changed(struct SqControl *control, const char *address, const SqItems *items);

/// The address of an object: "/source/bass", "/master", "/source/bass/chain/eq".
void sq_control_path(const SqContext *ctx, SqHandle object, char *path, size_t size);

/// Makes the edits that `change` emits outside of any message, and tells subscribers.
void sq_control_change(struct SqControl *control, void (*change)(SqContext *ctx, void *context), void *context);

/// Puts another document in place (a session was loaded) and tells everyone.
void sq_control_set_doc(struct SqControl *control, SqDoc *doc);

/// Stores a message to be carried out at a frame, or at a beat (frame 0). `tag` may be "".
SqStatus sq_control_store(SqCall *call, uint64_t frame, double beats, const char *tag, const uint8_t *packet,
                          size_t size);
/// The tag of the message under way, or "".
const char *sq_control_tag(const SqCall *call);
/// A key that the caller holds down, to be released when it goes away; and its end.
void sq_control_hold(SqCall *call, SqHandle proc, float key, uint32_t id);
void sq_control_release(SqCall *call, SqHandle proc, float key, uint32_t id);
/// `/sync`: answers `/synced items` when everything that this client sent before is over.
void sq_control_sync(SqCall *call, const SqItems *items);
/// Cancels what was stored under a tag, or for a strip (0: everything); returns how many.
uint32_t sq_control_unstore(struct SqControl *control, const char *tag, SqHandle strip);

/// Runs the offline driver `frames` on, feeding stored messages on the way.
SqStatus sq_control_run(struct SqControl *control, uint64_t frames);

#endif
