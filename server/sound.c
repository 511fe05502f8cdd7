// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon and its driver: chosen, called back by, listened to, watched.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "daemon.h"
#include "drivers/list.h"

/// A cycle that has not ended after this time never will: the longest one is a fifth of a second.
#define HANG_MS 2000
#define SOUND_TICK_MS 100

// ---- callbacks ------------------------------------------------------------------------------------------------------

static void process(void *context, const float *const *in, uint32_t n_in, float *const *out, uint32_t n_out,
                    uint32_t n) {
  SqDaemon *daemon = context;
  sq_assert_thread(SQ_THREAD_AUDIO);
  sq_thread_keep_flushing();
  atomic_fetch_add_explicit(&daemon->entered, 1, memory_order_relaxed);
  sq_rt_hosting_begin(&daemon->hosting, n);
  sq_rt_engine_process(sq_link_engine(daemon->control.ctx.link), in, n_in, out, n_out, n);
  sq_rt_rise_run(&daemon->rise, out, n_out, n);
  atomic_fetch_add_explicit(&daemon->left, 1, memory_order_relaxed);
}

static void cycle(void *context, uint64_t usecs) {
  SqDaemon *daemon = context;
  sq_clock_cycle(&daemon->clock, usecs, sq_link_engine(daemon->control.ctx.link)->frame);
}

static void notify(void *context, SqDriverNotice notice, int64_t value) {
  SqDaemon *daemon = context;
  const uint64_t one = 1;
  if (notice == SQ_DRIVER_PERIOD)
    atomic_store(&daemon->new_period, value);
  if (notice == SQ_DRIVER_LOST) // told while no cycle runs
    sq_rt_rise_hold(&daemon->rise);
  if (notice == SQ_DRIVER_BACK) // cycles run already, but only now the outputs are connected
    sq_rt_rise_let_go(&daemon->rise);
  atomic_fetch_or(&daemon->notices, 1u << notice);
  const ssize_t n = write(daemon->notice_fd, &one, sizeof one);
  (void)n; // it is readable already when it is full
}

// ---- choosing -------------------------------------------------------------------------------------------------------

static const SqDriverType *driver_named(const char *name) {
#define TRY(type)                                                                                                      \
  if (strcmp(type.name, name) == 0)                                                                                    \
    return &type;
  SQ_DRIVER_LIST(TRY)
#undef TRY
  return NULL;
}

static SqStatus open_driver(SqDaemon *daemon, const char *name, bool must, char *why, size_t size) {
  const SqOptions *o = daemon->options;
  const SqDriverConfig config = {.client_name = o->server.name,
                                 .server_name = o->jack.server[0] ? o->jack.server : NULL,
                                 .managed = o->jack.managed,
                                 .must = must,
                                 .rate = (uint32_t)o->engine.rate,
                                 .period = (uint32_t)o->engine.period,
                                 .n_in = (uint32_t)o->engine.inputs,
                                 .n_out = (uint32_t)o->engine.outputs,
                                 .connect = o->jack.connect,
                                 .device = o->jack.device[0] ? o->jack.device : NULL};
  const SqDriverHost host = {
      .context = daemon, .process = process, .notify = notify, .log = sq_daemon_say, .cycle = cycle};
  return driver_named(name)->open(&config, &host, &daemon->control.ctx.driver, why, size);
}

/// JACK, else the timer with one line of warning; a driver that was named must be had.
int sq_daemon_choose_driver(SqDaemon *daemon) {
  const char *wish = daemon->options->engine.driver;
  char why[512] = "";
  const bool any = strcmp(wish, "auto") == 0;
  if (open_driver(daemon, any ? "jack" : wish, !any, why, sizeof why) == SQ_OK)
    return SQ_EXIT_OK;
  if (!any) {
    fprintf(stderr, "squeezed: %s\n", why);
    return SQ_EXIT_UNAVAILABLE;
  }
  sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_WARNING, "no JACK (%s): running on a timer, without sound", why);
  if (open_driver(daemon, "null", false, why, sizeof why) == SQ_OK)
    return SQ_EXIT_OK;
  fprintf(stderr, "squeezed: %s\n", why);
  return SQ_EXIT_UNAVAILABLE;
}

// ---- listening ------------------------------------------------------------------------------------------------------

/// A value that the driver changed, to whoever follows it.
static void changed(SqControl *control, const char *address, int64_t value) {
  SqItems items = {0};
  sq_items_int(&items, (int32_t)value);
  control->author = NULL; // the driver's doing: whoever asked for it is told too
  sq_control_changed(control, address, &items);
  sq_items_cleanup(&items);
}

void sq_daemon_driver_notices(SqDaemon *daemon) {
  SqControl *control = &daemon->control;
  uint64_t count;
  const ssize_t n = read(daemon->notice_fd, &count, sizeof count);
  (void)n;
  sq_hosting_tell(daemon);
  const uint32_t bits = atomic_exchange(&daemon->notices, 0);
  SqDriverInfo info;
  control->ctx.driver->type->info(control->ctx.driver, &info);
  if (bits & 1u << SQ_DRIVER_XRUN)
    sq_daemon_event(control, "/event/xrun", NULL, (double)info.xruns);
  if (bits & (1u << SQ_DRIVER_XRUN | 1u << SQ_DRIVER_BACK))
    sq_clock_restart(&daemon->clock);
  if (bits & 1u << SQ_DRIVER_PERIOD) {
    sq_daemon_event(control, "/event/device", "period", (double)atomic_load(&daemon->new_period));
    changed(control, "/jack/period", atomic_load(&daemon->new_period));
  }
  if (bits & 1u << SQ_DRIVER_RATE && !(fabs((double)info.rate - sq_link_rate(control->ctx.link)) < 0.5)) {
    sq_log(control->ctx.log, SQ_LOG_LEVEL_WARNING, "the sample rate is %u Hz now: everything is prepared anew",
           info.rate);
    sq_daemon_renew(daemon);
    sq_daemon_event(control, "/event/device", "rate", (double)info.rate);
    changed(control, "/jack/rate", info.rate);
  }
  if (bits & 1u << SQ_DRIVER_LOST)
    sq_daemon_event(control, "/event/device", "lost", 0.0);
  if (bits & 1u << SQ_DRIVER_STALLED)
    sq_daemon_event(control, "/event/device", "stalled", 0.0);
  if (bits & 1u << SQ_DRIVER_BACK)
    sq_daemon_event(control, "/event/device", "back", 0.0);
}

// ---- watching -------------------------------------------------------------------------------------------------------

/// A plug-in that does not return from its cycle cannot be ended: the service manager, left without an answer, starts
/// us anew. A server that is away or stands still is no reason to end.
static void watch_cycles(SqDaemon *daemon, int64_t now_ms) {
  const uint64_t left = atomic_load(&daemon->left), entered = atomic_load(&daemon->entered);
  if (entered == left || entered != daemon->seen_entered) {
    daemon->seen_entered = entered;
    daemon->seen_ms = now_ms;
    daemon->hangs = false;
  } else if (!daemon->hangs && now_ms - daemon->seen_ms >= HANG_MS) {
    daemon->hangs = true;
    sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_ERROR,
           "the audio thread has not come back from a cycle for 2 s: a plug-in hangs; restart the daemon");
  }
  if (daemon->notify.watchdog_ms && !daemon->hangs && now_ms >= daemon->next_alive_ms) {
    daemon->next_alive_ms = now_ms + daemon->notify.watchdog_ms;
    sq_notify_alive(&daemon->notify);
  }
}

/// The outputs bear the master's label in JACK's patch bays.
static void name_outputs(SqDaemon *daemon) {
  const SqContext *ctx = &daemon->control.ctx;
  const SqStrip *master = sq_doc_strip(ctx->doc, SQ_HANDLE_MASTER);
  if (!ctx->driver->type->label || !master)
    return;
  char name[2 * SQ_MAX_NAME];
  snprintf(name, sizeof name, "%s", master->label && master->label[0] ? master->label : "Master");
  if (strcmp(name, daemon->labelled) == 0 && master->n_channels == daemon->labelled_n)
    return;
  memcpy(daemon->labelled, name, sizeof name);
  daemon->labelled_n = master->n_channels;
  char texts[SQ_MAX_CHANNELS][sizeof name + 16];
  const char *labels[SQ_MAX_CHANNELS];
  for (uint32_t c = 0; c < master->n_channels; c++) {
    if (master->n_channels == 1)
      snprintf(texts[c], sizeof texts[c], "%s", name);
    else if (master->n_channels == 2)
      snprintf(texts[c], sizeof texts[c], "%s %s", name, c ? "R" : "L");
    else
      snprintf(texts[c], sizeof texts[c], "%s %u", name, c + 1);
    labels[c] = texts[c];
  }
  ctx->driver->type->label(ctx->driver, labels, master->n_channels);
}

// ---- latency --------------------------------------------------------------------------------------------------------

/// Frames from a strip's input to the master's output, by the longest way; memo[place + 1], UINT32_MAX: unknown.
typedef struct {
  const SqContext *ctx;
  uint32_t *memo;
} Ways;

static uint32_t chain_latency(const SqLink *link, const SqStrip *strip) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < strip->n_chain; i++)
    if (!strip->chain[i]->bypass)
      sum += sq_link_latency(link, strip->chain[i]->handle);
  return sum;
}

/// Buses come in any order, but there are no loops: the depth is that of buses into buses.
static uint32_t longest_way(const Ways *ways, const SqStrip *strip) {
  uint32_t *known = &ways->memo[strip->handle];
  if (*known != UINT32_MAX)
    return *known;
  uint32_t below = 0;
  const SqStrip *to = sq_doc_strip(ways->ctx->doc, strip->output);
  if (to)
    below = longest_way(ways, to);
  for (uint32_t i = 0; i < strip->n_sends; i++) {
    const SqStrip *bus = sq_doc_strip(ways->ctx->doc, strip->sends[i].bus);
    const uint32_t way = bus ? longest_way(ways, bus) : 0;
    below = way > below ? way : below;
  }
  return *known = below + chain_latency(ways->ctx->link, strip);
}

static uint32_t input_latency(const SqContext *ctx) {
  const uint32_t n = sq_doc_count(ctx->doc);
  SqHandle last = 0;
  bool any = false;
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *strip = sq_doc_at(ctx->doc, i);
    last = strip->handle > last ? strip->handle : last;
    any |= strip->generator && strcmp(strip->generator->type, "input") == 0;
  }
  if (!any)
    return 0;
  const Ways ways = {ctx, sq_alloc((size_t)last + 1, sizeof(uint32_t))};
  memset(ways.memo, 0xff, ((size_t)last + 1) * sizeof(uint32_t));
  uint32_t longest = 0;
  for (uint32_t i = 0; i < n; i++) {
    const SqStrip *strip = sq_doc_at(ctx->doc, i);
    if (!strip->generator || strcmp(strip->generator->type, "input") != 0)
      continue;
    const uint32_t way = longest_way(&ways, strip);
    longest = way > longest ? way : longest;
  }
  free(ways.memo);
  return longest;
}

typedef struct {
  SqDriver *driver;
  uint32_t frames;
} Tell;

static SqStatus tell_run(SqJob *job, void *context) {
  (void)job;
  const Tell *tell = context;
  tell->driver->type->latency(tell->driver, tell->frames);
  return SQ_OK;
}

static void tell_done(void *context, int32_t id, SqStatus status) {
  (void)id;
  (void)status;
  free(context);
}

static void tell_latency(SqDaemon *daemon) {
  SqContext *ctx = &daemon->control.ctx;
  if (ctx->changes == daemon->seen_changes && ++daemon->sound_ticks % 10) // a plug-in may change its own
    return;
  daemon->seen_changes = ctx->changes;
  const uint32_t frames = input_latency(ctx);
  if (frames == ctx->latency_frames)
    return;
  ctx->latency_frames = frames;
  changed(&daemon->control, "/jack/latency", frames);
  if (!ctx->driver->type->latency)
    return;
  Tell *tell = sq_alloc(1, sizeof *tell);
  *tell = (Tell){ctx->driver, frames};
  sq_jobs_add(ctx->jobs,
              &(SqJobSpec){.name = "tell JACK the latency", .context = tell, .run = tell_run, .done = tell_done});
}

void sq_daemon_sound_tick(SqDaemon *daemon, int64_t now_ms) {
  watch_cycles(daemon, now_ms);
  if (now_ms < daemon->next_sound_ms)
    return;
  daemon->next_sound_ms = now_ms + SOUND_TICK_MS;
  name_outputs(daemon);
  tell_latency(daemon);
}
