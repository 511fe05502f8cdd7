// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What calls the engine in time: JACK, a timer, or a client that says how far; called from control and job threads.
#ifndef SQ_DRIVERS_DRIVER_H
#define SQ_DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/status.h"

/// Runs `n` frames of the engine. [audio] in[n_in][n], out[n_out][n]; out is to be written whole.
/// `n` never exceeds SQ_MAX_BLOCK (a driver with a longer period calls it several times).
typedef void (*SqDriverProcess)(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                                uint32_t n);

typedef enum {
  SQ_DRIVER_PERIOD, ///< value = frames
  SQ_DRIVER_RATE,   ///< value = Hz: process() is not called until start(), so that the engine can be prepared anew
  SQ_DRIVER_XRUN,   ///< value = count so far; null and offline do not tell: look at info()
  SQ_DRIVER_LOST,   ///< the server is gone; the driver tries to come back by itself
  SQ_DRIVER_BACK,   ///< and is back, with ports and connections; or cycles come again after STALLED
  SQ_DRIVER_STALLED ///< no cycle for 500 ms, though the server is there
} SqDriverNotice;

/// Tells of a change. [any thread but audio]; must only store and wake the control thread.
typedef void (*SqDriverNotify)(void *context, SqDriverNotice notice, int64_t value);

/// One line for the log. [any thread but audio] level as syslog's (3 error, 4 warning, 6 info).
typedef void (*SqDriverLog)(void *context, int level, const char *text);

typedef struct SqDriverConfig {
  const char *client_name; ///< JACK client name
  const char *server_name; ///< JACK server to join or to start, NULL: the default one, else one of our own
  bool managed;            ///< jack: start a jackd child of our own when none runs
  bool must;               ///< jack: fail instead of letting the caller fall back
  uint32_t rate;           ///< wished Hz (null, offline, managed jackd)
  uint32_t period;         ///< wished frames
  uint32_t n_in, n_out;    ///< hardware channels
  bool connect;            ///< jack: connect outputs (and inputs) to the card's ports at start
  const char *device;      ///< managed jackd: ALSA device or "dummy", NULL: first card, dummy where there is none
} SqDriverConfig;

typedef struct SqDriverHost {
  void *context;
  SqDriverProcess process;
  SqDriverNotify notify;
  SqDriverLog log;
  /// [audio] A driver's cycle begins, once before its process() calls. `usecs` is the cycle's start on
  /// CLOCK_MONOTONIC_RAW in microseconds; offline: the run frames in microseconds. May be NULL, as notify and log.
  void (*cycle)(void *context, uint64_t usecs);
} SqDriverHost;

typedef struct SqDriverInfo {
  uint32_t rate, period;
  uint32_t n_in, n_out;
  uint64_t xruns;
  uint64_t cycles;       ///< since start
  float load;            ///< 0..1, of the period
  bool running;          ///< cycles come
  char description[128]; ///< "jack server 'default' (dummy driver, started by us)"
} SqDriverInfo;

typedef struct SqDriver SqDriver;

typedef struct SqDriverType {
  const char *name; ///< "jack", "null", "offline"
  /// [control at start, or jobs] Opens, but calls nothing yet. error[error_size] gets a sentence.
  SqStatus (*open)(const SqDriverConfig *config, const SqDriverHost *host, SqDriver **driver, char *error,
                   size_t error_size);
  SqStatus (*start)(SqDriver *driver, char *error, size_t error_size); ///< cycles begin
  void (*stop)(SqDriver *driver);                                      ///< no cycle is running when it returns
  void (*close)(SqDriver *driver);
  void (*info)(SqDriver *driver, SqDriverInfo *info); ///< [any thread but audio] cheap
  /// [control] offline only: runs exactly `frames`, in blocks of the period; NULL elsewhere.
  SqStatus (*run)(SqDriver *driver, uint64_t frames);
  /// [jobs] New period; jack asks the server, others obey. NULL: cannot.
  SqStatus (*set_period)(SqDriver *driver, uint32_t frames, char *error, size_t error_size);
  /// [jobs] All ports of the sound system, one per line: "name|in|audio" (or out, midi); the caller frees the text.
  /// NULL: cannot.
  SqStatus (*ports)(SqDriver *driver, char **text);
  /// [jobs] Connects or disconnects two ports by full name, or one of ours by its short name ("out_1"). NULL: cannot.
  SqStatus (*connect)(SqDriver *driver, const char *from, const char *to, bool on, char *error, size_t error_size);
  /// [jobs] Gives outputs names for people (JACK metadata): n labels for the first n outputs, soon. NULL: cannot.
  void (*label)(SqDriver *driver, const char *const *labels, uint32_t n);
  /// [jobs] The frames that a signal takes from our inputs to our outputs, for the sound system's own sums. NULL:
  /// cannot.
  void (*latency)(SqDriver *driver, uint32_t frames);
} SqDriverType;

struct SqDriver {
  const SqDriverType *type; ///< first member of every driver
};

#endif
