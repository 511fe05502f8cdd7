// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The whole daemon, composed here and nowhere else: what main starts, runs and stops; control thread.
#ifndef SQ_DAEMON_H
#define SQ_DAEMON_H

#include "base/notify.h"
#include "control/control.h"
#include "engine/rise.h"
#include "protocol/describe.h"

/// What a hosted plug-in told, on its way to the control thread.
typedef struct SqHostingNews {
  void *instance;
  uint32_t what, index; ///< SqPluginNews or SqHostNews
  double value;
} SqHostingNews;

/// Where plug-ins run (hosting.c).
typedef struct SqHosting {
  SqHosts *hosts;     ///< NULL: in this process
  char isolate[16];   ///< the configured mode
  double share, rate; ///< of a period that hosts have; 0: all the time they want
  bool ready;
  pthread_mutex_t lock;
  SqHostingNews *news; ///< [n_news], under `lock`
  uint32_t n_news;
} SqHosting;

typedef struct SqDaemon {
  SqControl control;
  SqClock clock;
  SqNotify notify;
  SqOptions *options;
  int signal_fd, notice_fd;
  int lock_fd;
  _Atomic uint32_t notices; ///< bits of SqDriverNotice, set by any thread
  _Atomic int64_t new_period;
  int64_t next_clock_ms;
  uint64_t seen_dropped; ///< datagrams that clients know to be lost
  SqHosting hosting;
  // The sound (sound.c):
  SqRtRise rise;                  ///< [audio]
  _Atomic uint64_t entered, left; ///< cycles begun and ended
  uint64_t seen_entered;          ///< a cycle that had not ended at `seen_ms`
  int64_t seen_ms;
  bool hangs;
  int64_t next_alive_ms; ///< of the service manager
  int64_t next_sound_ms;
  uint64_t seen_changes; ///< of the document
  uint32_t sound_ticks;
  char labelled[2 * SQ_MAX_NAME]; ///< what the outputs are called
  uint32_t labelled_n;
  char runtime_file[512], token_file[512];
} SqDaemon;

/// Starts everything as `options` say; prints READY. Returns SQ_EXIT_OK, or the status to exit with (said on stderr).
int sq_daemon_start(SqDaemon *daemon, SqOptions *options);

/// Runs until a signal or /server/quit.
void sq_daemon_loop(SqDaemon *daemon);

/// What is due, between two rounds of the loop: cheap when there is nothing.
void sq_daemon_tick(SqDaemon *daemon);

/// Fades out, stops and frees everything.
void sq_daemon_stop(SqDaemon *daemon);

// sound.c: the driver chosen, listened to, watched
/// Opens the driver that the options wish for. Returns SQ_EXIT_OK, or the status to exit with (said on stderr).
int sq_daemon_choose_driver(SqDaemon *daemon);
/// Takes in what the driver told since the last time.
void sq_daemon_driver_notices(SqDaemon *daemon);
/// Ten times a second: feeds the service manager's watchdog, names the outputs, tells the latency.
void sq_daemon_sound_tick(SqDaemon *daemon, int64_t now_ms);

// hosting.c
/// Path of a program of ours: it lies beside the daemon's own, wherever that is.
void sq_hosting_program(const char *name, char *path, size_t size);
void sq_hosting_start(SqDaemon *daemon, double rate, bool offline);
/// Every instance has been freed.
void sq_hosting_stop(SqDaemon *daemon);
/// Tells clients what plug-ins told.
void sq_hosting_tell(SqDaemon *daemon);
/// [audio] A cycle of `n_frames` begins.
void sq_rt_hosting_begin(SqHosting *hosting, uint32_t n_frames);

// daemon.c, for sound.c
/// The driver has another sample rate: everything made for the old one is made anew, the session stays.
void sq_daemon_renew(SqDaemon *daemon);
void sq_daemon_say(void *context, int level, const char *text);
void sq_daemon_event(SqControl *control, const char *address, const char *text, double number);

/// The contract: every row. Freed by free().
const SqRow **sq_daemon_contract(size_t *n);

#endif
