// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the files of the supervisor share; supervisor and jobs threads, under `lock` unless it says otherwise.
#ifndef SQ_HOST_INTERNAL_H
#define SQ_HOST_INTERNAL_H

#include <pthread.h>
#include <sys/types.h>

#include "host/hosted.h"
#include "host/hosts.h"
#include "host/wire.h"

#define SQ_HOST_OPEN_MS 20000  ///< to make an instance: one loads 2 GB of samples
#define SQ_HOST_ASK_MS 5000    ///< to answer anything else
#define SQ_HOST_LATE_MS 60     ///< a host that missed a deadline and has not answered since is ended
#define SQ_HOST_EMPTY_MS 10000 ///< an empty host is kept for the next plug-in this long
#define SQ_HOST_SAVE_MS 2000   ///< between a plug-in's saying that its state changed and our fetching it

struct SqHosted;

/// A question to a host that has not been answered.
typedef struct SqHostCall {
  uint32_t number;
  struct SqHost *host;
  bool over, waited; ///< waited: a job waits and frees it
  int64_t until_ms;  ///< when the host is ended if it has not answered
  SqStatus status;
  SqWire answer;
  void (*then)(SqHosts *hosts, struct SqHostCall *call); ///< [supervisor, locked] when nobody waits
  struct SqHosted *hosted;                               ///< for `then`
  SqHostSeat *seat;                                      ///< for `then`
  struct SqHostCall *next;
} SqHostCall;

/// One process.
typedef struct SqHost {
  pid_t pid;
  int pidfd, socket;
  SqWireReader reader;
  SqHop hop;
  char *key; ///< what may join: "pool 0", "strip 12", "shared", "plugin 7"
  struct SqHosted *seats[SQ_HOST_SEATS];
  uint32_t n_seats; ///< taken
  uint32_t n_alive; ///< SqHostSeats that point here: it is freed with the last
  bool gone;        ///< the process ended
  bool ended;       ///< by us, because it hung
  int tid;          ///< of its audio thread
  int64_t empty_ms; ///< since when it has had no seats; 0: it has some
  struct SqHost *next;
} SqHost;

/// What the maker of a plug-in waits for.
typedef struct SqHostedFirst {
  bool over;
  SqStatus status;
  char *error;
  size_t error_size;
} SqHostedFirst;

/// A plug-in, for as long as it exists.
typedef struct SqHosted {
  SqRtHosted rt; ///< first: what the engine's functions get
  SqHosts *hosts;
  const struct SqHostedType *type;
  uint32_t number;
  SqIsolation isolation;
  char *strip;
  char **keys; ///< [2 * n_keys] settings and their values
  uint32_t n_keys;
  SqBlob state; ///< as it was last saved
  bool has_state;
  bool state_wins;             ///< of a first start: what the state says of parameters counts
  bool alone;                  ///< it brought a host down: one of its own from now on
  bool disabled;               ///< and again and again
  bool leaving;                ///< its end is under way
  int64_t crashes[8];          ///< ms, newest first
  struct SqHostedFirst *first; ///< somebody waits for its first seat; or NULL
  int64_t down_ms;             ///< since when it has had no seat; 0: it has one
  int64_t restart_ms;          ///< when it is to be started again; 0: not waiting
  int64_t save_ms;             ///< when its state is to be fetched; 0: it need not
  struct SqHosted *next;
} SqHosted;

/// The type of a plug-in that runs in a host.
typedef struct SqHostedType {
  SqProcessorType type; ///< first: its `data` is this
  SqPluginOps ops;
  const SqPluginInfo *info;
  SqHosts *hosts;
  struct SqHostedType *next;
} SqHostedType;

struct SqHosts {
  SqHostsConfig config;
  char *program;
  SqHops hops;
  pthread_mutex_t lock;
  pthread_cond_t answered;
  pthread_t thread;
  bool started, ending;
  int wake_fd; ///< the supervisor is to look again
  SqHost *list;
  SqHosted *hosted;
  SqHostedType *types;
  SqHostSeat *retired; ///< the audio thread may still be in them
  SqHostCall *calls;
  uint32_t next_call, next_number;
  int priority; ///< that hosts were last given
  SqHostsStats stats;
};

int64_t sq_hosts_now_ms(void);
void sq_hosts_wake(SqHosts *hosts);
void sq_hosts_say(SqHosts *hosts, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));

// process.c
/// Starts a process and greets it. NULL: it cannot be, logged.
SqHost *sq_host_start(SqHosts *hosts, const char *key);
/// Ends it at once; its death is then heard of as any other.
void sq_host_kill(SqHost *host);
/// Waits for its end. [control]
void sq_host_reap(SqHost *host);
/// Of a process that is gone and has no seats.
void sq_host_free(SqHosts *hosts, SqHost *host);
/// Gives its audio thread its place below the caller.
void sq_host_set_priority(const SqHosts *hosts, const SqHost *host);

// calls.c
/// Asks; the answer goes to `then`. The message is freed. A host that has not answered within `ms` is ended.
SqHostCall *sq_host_ask(SqHosts *hosts, SqHost *host, SqWire *message, int fd, int ms);
/// Asks and waits. `answer` is the caller's to clean. [jobs] The lock is given up meanwhile.
SqStatus sq_host_ask_wait(SqHosts *hosts, SqHost *host, SqWire *message, int ms, SqWire *answer);
/// [supervisor] Ends hosts that owe an answer for too long. Returns when the next one will, ms, or INT64_MAX.
int64_t sq_host_end_overdue(SqHosts *hosts, int64_t now_ms);
/// Reads the answer to SAVE; blob->data is the caller's. False: it is none.
bool sq_host_read_state(SqWire *answer, SqBlob *blob);
/// An answer came.
void sq_host_answered(SqHosts *hosts, SqHost *host, SqWire *wire);
/// No answer will come any more.
void sq_host_drop_calls(SqHosts *hosts, const SqHost *host);
void sq_host_call_free(SqHosts *hosts, SqHostCall *call);

// process.c
/// Sealed shared memory, or -1.
int sq_host_memory(size_t size);

// seating.c
/// The host that a plug-in belongs into, started when there is none. NULL: it cannot be started.
SqHost *sq_hosts_place(SqHosts *hosts, const SqHosted *hosted);
/// Asks `host` for a seat. NULL: no memory, or the host is gone. The caller sees to the answer.
SqHostCall *sq_hosts_open_seat(SqHosts *hosts, SqHost *host, SqHosted *hosted);
/// The answer to it came: the audio thread gets the seat. Errors: what the host answered, with a sentence.
SqStatus sq_hosts_seated(SqHosts *hosts, SqHostCall *call, char *error, size_t error_size);
/// Takes the seat away from the audio thread.
void sq_hosts_unseat(SqHosts *hosts, SqHosted *hosted);
/// Frees what the audio thread has left; true: nothing is left.
bool sq_hosts_sweep(SqHosts *hosts);
/// Frees a seat that the audio thread never had.
void sq_hosts_seat_free(SqHostSeat *seat, size_t size);

// life.c
void *sq_hosts_supervise(void *context);
/// Fetches the state now, without waiting.
void sq_hosts_fetch_state(SqHosts *hosts, SqHosted *hosted);

#endif
