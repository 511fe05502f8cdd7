// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/vst3/runloop.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#include "plugins/vst3/host.h"

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static SqVst3Result add(SqVst3Watch *list, void *handler, SqVst3Watch watch) {
  if (!handler)
    return SQ_VST3_BAD_ARGUMENT;
  for (int i = 0; i < SQ_VST3_WATCHED; i++)
    if (!list[i].handler) {
      list[i] = watch;
      ((SqVst3Unknown *)handler)->table->retain(handler);
      return SQ_VST3_OK;
    }
  return SQ_VST3_NO_MEMORY;
}

static SqVst3Result drop(SqVst3Watch *list, const void *handler) {
  SqVst3Result result = SQ_VST3_FALSE;
  for (int i = 0; handler && i < SQ_VST3_WATCHED; i++)
    if (list[i].handler == handler) {
      list[i].handler = NULL;
      ((const SqVst3Unknown *)handler)->table->release((void *)(uintptr_t)handler);
      result = SQ_VST3_OK;
    }
  return result;
}

static SqVst3Result add_fd(void *self, void *handler, int fd) {
  SqVst3Loop *loop = self;
  return fd < 0 ? SQ_VST3_BAD_ARGUMENT : add(loop->fds, handler, (SqVst3Watch){.handler = handler, .fd = fd});
}

static SqVst3Result remove_fd(void *self, void *handler) {
  SqVst3Loop *loop = self;
  return drop(loop->fds, handler);
}

static SqVst3Result add_timer(void *self, void *handler, uint64_t milliseconds) {
  SqVst3Loop *loop = self;
  if (milliseconds == 0 || milliseconds > UINT32_MAX)
    return SQ_VST3_BAD_ARGUMENT;
  int64_t every = (int64_t)milliseconds * 1000000;
  return add(loop->timers, handler, (SqVst3Watch){.handler = handler, .every_ns = every, .due_ns = now_ns() + every});
}

static SqVst3Result remove_timer(void *self, void *handler) {
  SqVst3Loop *loop = self;
  return drop(loop->timers, handler);
}

static SqVst3Result query(void *self, const SqVst3Id id, void **object) {
  return sq_vst3_answer(self, id, sq_vst3_id_run_loop, object);
}

static const SqVst3RunLoopTable table = {query,     sq_vst3_retain, sq_vst3_release, add_fd,
                                         remove_fd, add_timer,      remove_timer};

void sq_vst3_loop_init(SqVst3Loop *loop) {
  memset(loop, 0, sizeof *loop);
  loop->object.table = &table;
}

void sq_vst3_loop_run(SqVst3Loop *loop) {
  struct pollfd fds[SQ_VST3_WATCHED];
  void *handlers[SQ_VST3_WATCHED];
  nfds_t n = 0;
  for (int i = 0; i < SQ_VST3_WATCHED; i++)
    if (loop->fds[i].handler) {
      handlers[n] = loop->fds[i].handler;
      fds[n++] = (struct pollfd){.fd = loop->fds[i].fd, .events = POLLIN};
    }
  if (n && poll(fds, n, 0) > 0)
    for (nfds_t i = 0; i < n; i++)
      for (int k = 0; fds[i].revents && k < SQ_VST3_WATCHED; k++)
        if (loop->fds[k].handler == handlers[i] && loop->fds[k].fd == fds[i].fd) { // one before may have dropped it
          ((SqVst3Fd *)handlers[i])->table->on_fd(handlers[i], fds[i].fd);
          break;
        }
  int64_t now = now_ns();
  for (int i = 0; i < SQ_VST3_WATCHED; i++) {
    SqVst3Watch *timer = &loop->timers[i];
    if (!timer->handler || timer->due_ns > now)
      continue;
    timer->due_ns = now + timer->every_ns; // what was missed is not caught up
    ((SqVst3Timer *)timer->handler)->table->on_timer(timer->handler);
  }
}

void sq_vst3_loop_cleanup(SqVst3Loop *loop) {
  for (int i = 0; i < SQ_VST3_WATCHED; i++) {
    drop(loop->fds, loop->fds[i].handler);
    drop(loop->timers, loop->timers[i].handler);
  }
}
