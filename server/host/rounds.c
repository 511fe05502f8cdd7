// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/rounds.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"

/// Rounds for which the caller must have been on another CPU before we follow: it costs a migration.
#define FOLLOW_AFTER 8

bool sq_rounds_init(SqRounds *rounds, int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof *rounds->shared)
    return false;
  void *memory = mmap(NULL, sizeof *rounds->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED)
    return false;
  rounds->shared = memory;
  rounds->cpu = UINT32_MAX;
  return rounds->shared->abi == SQ_HOST_ABI;
}

/// On one CPU a hop is a switch of threads; between two it is the waking of an idle one, which takes ten times as long.
static void follow(SqRounds *rounds) {
  const uint32_t cpu = rounds->shared->cpu;
  if (cpu == rounds->cpu || cpu >= CPU_SETSIZE) {
    rounds->cpu_seen = 0;
    return;
  }
  if (rounds->cpu != UINT32_MAX && ++rounds->cpu_seen < FOLLOW_AFTER)
    return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  rounds->cpu = cpu;
  rounds->cpu_seen = 0;
}

static void run(SqRounds *rounds) {
  SqHostShared *shared = rounds->shared;
  const uint32_t n = shared->n_jobs < SQ_HOST_SEATS ? shared->n_jobs : SQ_HOST_SEATS;
  atomic_fetch_add(&rounds->inside, 1);
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t number = shared->jobs[i] % SQ_HOST_SEATS;
    SqSeat *seat = atomic_load_explicit(&rounds->seats[number], memory_order_acquire);
    if (!seat)
      continue;
    const uint32_t from = seat->in->from;
    atomic_store_explicit(&shared->running, number + 1, memory_order_relaxed);
    sq_thread_keep_flushing(); // a plug-in may have put the mode back
    sq_rt_seat_run(seat, from ? atomic_load(&rounds->seats[(from - 1) % SQ_HOST_SEATS]) : NULL);
  }
  atomic_store_explicit(&shared->running, 0, memory_order_relaxed);
  atomic_fetch_add(&rounds->inside, 1);
}

static void *thread_main(void *context) {
  SqRounds *rounds = context;
  SqHostShared *shared = rounds->shared;
  sq_thread_become(SQ_THREAD_AUDIO);
  sq_thread_flush_denormals();
  atomic_store(&rounds->tid, gettid());
  for (uint32_t round = 0;;) {
    const uint32_t asked = atomic_load_explicit(&shared->asked, memory_order_acquire);
    if (asked == round) {
      syscall(SYS_futex, &shared->asked, FUTEX_WAIT, round, NULL, NULL, 0);
      continue;
    }
    round = asked;
    follow(rounds);
    run(rounds);
    atomic_store_explicit(&shared->answered, round, memory_order_release);
    syscall(SYS_futex, &shared->answered, FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  return NULL;
}

SqStatus sq_rounds_start(SqRounds *rounds) {
  const SqStatus status = sq_thread_start(&rounds->thread, "sq-host", thread_main, rounds);
  while (status == SQ_OK && !atomic_load(&rounds->tid))
    nanosleep(&(struct timespec){0, 100000L}, NULL);
  return status;
}

void sq_rounds_seat(SqRounds *rounds, uint32_t number, SqSeat *seat) {
  atomic_store(&rounds->seats[number], seat);
  const uint32_t inside = atomic_load(&rounds->inside);
  while (!seat && (inside & 1) && atomic_load(&rounds->inside) == inside)
    nanosleep(&(struct timespec){0, 100000L}, NULL);
}
