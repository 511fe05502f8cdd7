// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plug-in hosts and who looks after them: starts processes, gives each plug-in a seat, ends what hangs, brings back
/// what died; [control] to make and free it, [jobs] for what may block.
///
/// One thread of its own, the supervisor, does all that need not block: it hears of deaths and missed deadlines,
/// restarts, and tells. A plug-in that brought its host down gets a host of its own; one that does so again and again
/// is started later each time (0.2, 1, 5 s), and after `most_crashes` within a minute not at all.
#ifndef SQ_HOST_HOSTS_H
#define SQ_HOST_HOSTS_H

#include "host/hop.h"
#include "plugins/format.h"
#include "plugins/plugin.h"

typedef struct SqHosts SqHosts;

/// Where a plug-in runs.
typedef enum {
  SQ_ISOLATE_AUTO,   ///< a strip's plug-ins together, strips dealt to a pool; one that crashed by itself
  SQ_ISOLATE_NONE,   ///< in the daemon
  SQ_ISOLATE_SHARED, ///< all in one host
  SQ_ISOLATE_STRIP,  ///< a host for each strip
  SQ_ISOLATE_PLUGIN  ///< a host for it alone
} SqIsolation;

#define SQ_ISOLATION_NAMES "auto|none|shared|strip|plugin" ///< in the order of SqIsolation

/// What became of a hosted plug-in, beside SqPluginNews.
typedef enum {
  SQ_HOST_NEWS_CRASHED = 64, ///< value = signal or -exit status; it is dry until it is back
  SQ_HOST_NEWS_HUNG,         ///< it was ended because it did not answer
  SQ_HOST_NEWS_BACK,         ///< value = seconds it was gone
  SQ_HOST_NEWS_DISABLED      ///< it crashed too often: it stays dry
} SqHostNews;

typedef struct SqHostsConfig {
  const char *program;   ///< path of squeezed-host
  double rate;           ///< Hz
  bool offline;          ///< no deadlines; scheduled work is done at once
  uint32_t pool;         ///< hosts that `auto` deals strips to; 0: one per CPU
  uint32_t most_crashes; ///< within a minute; 0: 3
  int open_ms;           ///< that a host has to make an instance; 0: 20 s, for one that loads 2 GB of samples
  void *context;
  void (*log)(void *context, int level, const char *text);
  /// [supervisor] `what`: SqPluginNews or SqHostNews.
  void (*news)(void *context, void *instance, uint32_t what, uint32_t index, double value);
} SqHostsConfig;

/// [control] Starts the supervisor; no host yet. Errors: SQ_LIMIT.
SqStatus sq_hosts_new(const SqHostsConfig *config, SqHosts **hosts);
/// [control] Ends all hosts. Every instance must have been freed.
void sq_hosts_free(SqHosts *hosts);

/// What the audio thread begins each cycle with; NULL when `hosts` is.
SqHops *sq_hosts_hops(SqHosts *hosts);

/// The type under which a plug-in runs in a host: its parameters and ports, our process(). Lives as long as `hosts`;
/// `info` must too. create() reads the settings `isolate` (a name of SQ_ISOLATION_NAMES), `strip` (any text) and
/// `state_wins`
/// ("1": the parameters are what the state says) from setup->keys. [jobs]
const SqProcessorType *sq_hosts_type(SqHosts *hosts, const SqPluginInfo *info);

/// True when an instance of `type` runs in a host.
bool sq_hosts_owns(const SqProcessorType *type);

typedef struct SqHostsStats {
  uint32_t hosts, seats;
  uint64_t crashes, hangs, missed; ///< since the start
} SqHostsStats;
void sq_hosts_stats(SqHosts *hosts, SqHostsStats *stats);

/// One hosted instance, for those who ask: the process that it runs in (0: none now), blocks it was not heard in.
int sq_hosted_pid(void *instance);
uint64_t sq_hosted_dry_blocks(void *instance);

#endif
