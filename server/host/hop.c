// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "host/hop.h"

#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"
#include "engine/guard.h"

#define AGAIN_NS 200000L ///< between two attempts to end a wait whose futex a hostile host may put back

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void wake(_Atomic uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/// The bounded hand-over, which the law of the audio thread allows: its three system calls are here.
static void rt_wake(_Atomic uint32_t *word) {
  sq_rt_guard_leave();
  wake(word);
  sq_rt_guard_enter();
}

static void rt_wait(_Atomic uint32_t *word, uint32_t seen) {
  sq_rt_guard_leave();
  syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
  sq_rt_guard_enter();
}

static void arm(int timer, uint64_t at_ns) {
  const struct itimerspec when = {.it_value = {(time_t)(at_ns / 1000000000u), (long)(at_ns % 1000000000u)}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

// ---- the timer's thread ---------------------------------------------------------------------------------------------

/// The word is changed, so that a wait that is just beginning does not begin.
static void end_wait(_Atomic uint32_t *word) {
  atomic_fetch_xor(word, SQ_HOST_ENDED);
  wake(word);
}

static void *watch(void *context) {
  SqHops *hops = context;
  uint64_t times;
  while (!atomic_load(&hops->ending)) {
    if (read(hops->timer, &times, sizeof times) < 0) // it was set anew meanwhile
      continue;
    const uint64_t block = atomic_load(&hops->block);
    if (now_ns() < atomic_load(&hops->deadline_ns)) // of a block that is over: the next one has begun
      continue;
    atomic_store(&hops->expired, block);
    bool any = false;
    for (_Atomic uint32_t *word; (word = atomic_load(&hops->waiting)) && atomic_load(&hops->block) == block;) {
      any = true;
      end_wait(word);
      nanosleep(&(struct timespec){0, AGAIN_NS}, NULL);
    }
    if (any)
      eventfd_write(hops->expired_fd, 1);
  }
  return NULL;
}

SqStatus sq_hops_init(SqHops *hops) {
  memset(hops, 0, sizeof *hops);
  hops->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  hops->expired_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  atomic_store(&hops->block, 1);
  hops->started =
      hops->timer >= 0 && hops->expired_fd >= 0 && sq_thread_start(&hops->thread, "sq-deadline", watch, hops) == SQ_OK;
  return hops->started ? SQ_OK : SQ_LIMIT;
}

void sq_hops_cleanup(SqHops *hops) {
  if (hops->started) {
    atomic_store(&hops->ending, true);
    arm(hops->timer, 1);
    pthread_join(hops->thread, NULL);
  }
  if (hops->timer >= 0)
    close(hops->timer);
  if (hops->expired_fd >= 0)
    close(hops->expired_fd);
}

bool sq_hop_end(SqHops *hops, SqHop *hop) {
  atomic_store(&hop->dead, true);
  if (atomic_load(&hops->waiting) != &hop->shared->answered)
    return true;
  end_wait(&hop->shared->answered);
  return false;
}

// ---- the audio thread -----------------------------------------------------------------------------------------------

/// Once for each thread that comes: the C library has to ask the kernel.
static void meet(SqHops *hops) {
  struct sched_param param = {0};
  int policy = SCHED_OTHER;
  pthread_getschedparam(pthread_self(), &policy, &param);
  atomic_store(&hops->caller_priority, (policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ? param.sched_priority : 0);
  hops->caller = pthread_self();
  hops->caller_known = true;
}

void sq_rt_hops_begin(SqHops *hops, uint64_t deadline_ns) {
  if (!hops->caller_known || !pthread_equal(hops->caller, pthread_self()))
    meet(hops);
  atomic_store(&hops->deadline_ns, deadline_ns);
  atomic_fetch_add(&hops->block, 1);
  hops->armed = false;
}

static uint32_t answered(const SqHop *hop) {
  return atomic_load_explicit(&hop->shared->answered, memory_order_acquire) & SQ_HOST_CALLED;
}

/// A host that was late and has answered since may work again.
static bool is_back(SqHop *hop) {
  if (answered(hop) != hop->round)
    return false;
  hop->late = false;
  atomic_store_explicit(&hop->late_since, 0, memory_order_relaxed);
  return true;
}

/// Rounds are numbered from 1, and begin anew.
static uint32_t following(uint32_t round) {
  return round == SQ_HOST_CALLED ? 1 : round + 1;
}

static void ask(SqHop *hop) {
  SqHostShared *shared = hop->shared;
  const int cpu = sched_getcpu();
  shared->cpu = cpu < 0 ? 0 : (uint32_t)cpu;
  shared->n_jobs = hop->n_jobs;
  hop->n_jobs = 0;
  hop->open = true;
  hop->round = following(hop->round);
  atomic_store_explicit(&shared->asked, hop->round, memory_order_release);
  rt_wake(&shared->asked);
}

static void ask_all(SqHops *hops) {
  if (hops->pending && atomic_load_explicit(&hops->deadline_ns, memory_order_relaxed) && !hops->armed) {
    sq_rt_guard_leave();
    arm(hops->timer, atomic_load_explicit(&hops->deadline_ns, memory_order_relaxed));
    sq_rt_guard_enter();
    hops->armed = true;
  }
  for (SqHop *hop = hops->pending; hop; hop = hop->next_pending)
    ask(hop);
  hops->pending = NULL;
}

static bool over(const SqHops *hops, const SqHop *hop) {
  return atomic_load(&hop->dead) ||
         (atomic_load_explicit(&hops->deadline_ns, memory_order_relaxed) &&
          atomic_load(&hops->expired) == atomic_load_explicit(&hops->block, memory_order_relaxed));
}

/// Waits for the answer to what the host was asked.
static bool finish(SqHops *hops, SqHop *hop) {
  _Atomic uint32_t *word = &hop->shared->answered;
  hop->open = false;
  if (answered(hop) != hop->round) {
    atomic_store(&hops->waiting, word);
    for (uint32_t seen; ((seen = atomic_load_explicit(word, memory_order_acquire)) & SQ_HOST_CALLED) != hop->round &&
                        !over(hops, hop);)
      rt_wait(word, seen);
    atomic_store(&hops->waiting, NULL);
  }
  if (answered(hop) == hop->round) {
    hop->answered = hop->round;
    return true;
  }
  hop->late = true;
  atomic_store_explicit(&hop->late_since, now_ns(), memory_order_relaxed);
  atomic_fetch_add_explicit(&hop->missed, 1, memory_order_relaxed);
  return false;
}

uint32_t sq_rt_hop_add(SqHops *hops, SqHop *hop, uint16_t seat) {
  if (hop->open) // a chain goes on in it, and others of its round have not been collected
    finish(hops, hop);
  if (atomic_load_explicit(&hop->dead, memory_order_relaxed) || (hop->late && !is_back(hop)))
    return 0;
  if (hop->n_jobs == SQ_HOST_SEATS)
    return 0;
  if (hop->n_jobs == 0) {
    hop->next_pending = hops->pending;
    hops->pending = hop;
  }
  hop->shared->jobs[hop->n_jobs++] = seat;
  return following(hop->round);
}

bool sq_rt_hop_wait(SqHops *hops, SqHop *hop, uint32_t round) {
  if (((hop->answered - round) & SQ_HOST_CALLED) < SQ_HOST_CALLED / 2) // waited for already
    return true;
  ask_all(hops);
  return hop->open && finish(hops, hop); // not open: another seat has waited in vain
}
