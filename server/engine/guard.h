// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Marks where the law of the audio thread holds, for the guard that tests preload; audio thread.
///
/// Without the guard (tests/rt/rtguard.c) the three symbols are NULL and each mark costs one load and one branch.
#ifndef SQ_ENGINE_GUARD_H
#define SQ_ENGINE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

void sq_rtguard_enter(void) __attribute__((weak));
void sq_rtguard_leave(void) __attribute__((weak));
void sq_rtguard_foreign(int on) __attribute__((weak));

/// The calling thread begins a cycle: from here on a call that may block or enter the kernel ends the process.
/// Nests.
static inline void sq_rt_guard_enter(void) {
  if (sq_rtguard_enter)
    sq_rtguard_enter();
}

/// The cycle has ended.
static inline void sq_rt_guard_leave(void) {
  if (sq_rtguard_leave)
    sq_rtguard_leave();
}

/// Whether the marks below reach anybody: constant while the process lives.
static inline bool sq_rt_guard_watches(void) {
  return sq_rtguard_foreign != NULL;
}

/// Around the call of a third party's plug-in: what it does wrong is counted instead. Pairs of true and false nest.
static inline void sq_rt_guard_foreign(bool on) {
  if (sq_rtguard_foreign)
    sq_rtguard_foreign(on);
}

#endif
