// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// A jackd of our own: a child process by name, whose words go into our log and which never outlives us; the driver's
/// own thread.
#ifndef SQ_DRIVERS_JACKD_H
#define SQ_DRIVERS_JACKD_H

#include <stdbool.h>
#include <sys/types.h>

#include "drivers/driver.h"

typedef struct SqJackd {
  _Atomic pid_t pid; ///< 0: none runs; written by the driver's thread alone
  int out_fd;        ///< its stdout and stderr; -1: none
  int64_t started_ms;
  bool dummy;            ///< runs the dummy driver
  bool no_card;          ///< the first card did not work: the dummy driver from now on
  uint32_t quick_deaths; ///< in a row: it ended within 2 s
  char line[256];        ///< its last line, for the log and for errors
  size_t filled;         ///< of a line not yet ended
  char partial[256];
} SqJackd;

void sq_jackd_init(SqJackd *jackd);

/// Starts `jackd -n server_name` with the rate, period, channels and device of `config`; returns without waiting for it
/// to be ready. [a thread that lives as long as the child: the kernel ends the child with that thread] Errors:
/// not_found (not installed), limit (no memory in /dev/shm, no process), with a sentence.
SqStatus sq_jackd_start(SqJackd *jackd, const SqDriverConfig *config, const char *server_name, char *error,
                        size_t error_size);

/// Passes its words to the log and notices its end; true while it runs. Never waits.
bool sq_jackd_poll(SqJackd *jackd, const SqDriverHost *host);

/// Ends it, also when it was stopped by a signal: asked first, killed after 2 s. Asked, because a killed JACK server
/// leaves its entry in JACK's registry, which holds eight.
void sq_jackd_stop(SqJackd *jackd, const SqDriverHost *host);

/// Lets it go on when it was stopped by a signal.
void sq_jackd_continue(SqJackd *jackd);

/// True when a child that ended said nothing but its licence: its name is still taken by a server on its way out, or
/// the registry is full.
bool sq_jackd_silent(const SqJackd *jackd);

/// Its last words as a sentence about why it ended.
void sq_jackd_why(const SqJackd *jackd, char *text, size_t text_size);

/// How long to wait before starting the next one, ms: 0, then 100 more for each that ended within 2 s, at most 500.
uint32_t sq_jackd_pause_ms(const SqJackd *jackd);

/// The first sound card in the text of /proc/asound/cards as an ALSA device ("hw:PCH"); false: there is none.
bool sq_jackd_first_card(const char *cards, char *device, size_t device_size);

/// How many ports fit: a power of two with room for `wanted` and less than `free_bytes` of shared memory; 0: too
/// little.
uint32_t sq_jackd_port_max(uint32_t wanted, uint64_t free_bytes);

#endif
