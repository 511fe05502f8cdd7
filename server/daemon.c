// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/thread.h"
#include "commands/families.h"
#include "commands/recorders.h"
#include "commands/sessions.h"
#include "commands/zone.h"
#include "link/renew.h"

// ---- callbacks ------------------------------------------------------------------------------------------------------

void sq_daemon_say(void *context, int level, const char *text) {
  SqDaemon *daemon = context;
  const SqLogLevel ours = level <= 3   ? SQ_LOG_LEVEL_ERROR
                          : level <= 4 ? SQ_LOG_LEVEL_WARNING
                          : level <= 6 ? SQ_LOG_LEVEL_INFO
                                       : SQ_LOG_LEVEL_DEBUG;
  sq_log(daemon->control.ctx.log, ours, "%s", text);
}

static void packet(void *context, SqPeer *peer, const uint8_t *data, size_t size) {
  SqDaemon *daemon = context;
  sq_dispatch_packet(&daemon->control, sq_client_of(&daemon->control, peer), data, size);
}

static void closed(void *context, SqPeer *peer) {
  sq_client_gone(&((SqDaemon *)context)->control, peer);
}

static void oversize(void *context, SqPeer *peer, size_t size) {
  SqDaemon *daemon = context;
  char why[128];
  snprintf(why, sizeof why, "a packet of %zu bytes is over the bound of %u", size, SQ_PACKET_STREAM);
  sq_answer_fail(&daemon->control, sq_client_of(&daemon->control, peer), &(SqReturn){.address = ""}, SQ_LIMIT, why);
}

void sq_daemon_event(SqControl *control, const char *address, const char *text, double number) {
  SqItems items = {0};
  if (text)
    sq_items_text(&items, text);
  sq_items_float(&items, number);
  sq_control_event(control, address, &items);
  sq_items_cleanup(&items);
}

/// A zone that was just added goes again; one of a session stays, its file may come back.
static void zone_failed(SqControl *control, const SqNotice *notice, const char *path) {
  if (sq_wait_ends(control, notice->part))
    sq_control_change(control, sq_zone_take_back, &(SqZoneRef){notice->object, notice->part});
  else
    sq_log(control->ctx.log, SQ_LOG_LEVEL_WARNING, "%s, zone %d: %s", path, notice->part, notice->text);
  sq_wait_proc_over(control, notice->part, (SqStatus)notice->index, notice->text);
}

static void link_notice(void *context, const SqNotice *notice) {
  SqDaemon *daemon = context;
  SqControl *control = &daemon->control;
  char path[SQ_ADDRESS_MAX];
  sq_control_path(&control->ctx, notice->object, path, sizeof path);
  switch (notice->kind) {
  case SQ_NOTICE_READY:
    sq_wait_built(control, notice);
    break;
  case SQ_NOTICE_FAILED:
    sq_log(control->ctx.log, SQ_LOG_LEVEL_WARNING, "%s: %s", path, notice->text);
    sq_wait_built(control, notice);
    break;
  case SQ_NOTICE_PREPARED:
    sq_wait_key_over(control, notice->frame);
    break;
  case SQ_NOTICE_ZONE_READY:
    sq_wait_proc_over(control, notice->part, SQ_OK, NULL);
    break;
  case SQ_NOTICE_ZONE_FAILED:
    zone_failed(control, notice, path);
    break;
  case SQ_NOTICE_INSANE:
    sq_daemon_event(control, "/event/plugin", path, 0.0);
    break;
  case SQ_NOTICE_CLIP:
    sq_daemon_event(control, "/event/clip", "hardware", (double)notice->index + 1.0);
    break;
  case SQ_NOTICE_LATE:
    control->ctx.lates++;
    sq_daemon_event(control, "/event/late", path, notice->value / sq_link_rate(control->ctx.link));
    break;
  case SQ_NOTICE_TRANSPORT:
    sq_control_refeed(control, (double)notice->frame, notice->index);
    break;
  case SQ_NOTICE_OUT:
    break;
  }
}

// ---- starting -------------------------------------------------------------------------------------------------------

static bool make_folder(const char *path, mode_t mode) {
  char part[512];
  for (const char *at = path + 1;; at++) {
    if (*at && *at != '/')
      continue;
    snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
    if (mkdir(part, mode) != 0 && errno != EEXIST)
      return false;
    if (!*at)
      return true;
  }
}

/// One daemon per name: the lock goes with the process.
static int lock_name(SqDaemon *daemon, const SqOptions *o) {
  char path[600];
  if (!make_folder(o->paths.runtime, 0700) || !make_folder(o->paths.state, 0700)) {
    fprintf(stderr, "squeezed: cannot make the folder %s or %s: %s; set paths.runtime and paths.state\n",
            o->paths.runtime, o->paths.state, strerror(errno));
    return SQ_EXIT_CREATE;
  }
  snprintf(path, sizeof path, "%s/%s.lock", o->paths.runtime, o->server.name);
  daemon->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (daemon->lock_fd < 0) {
    fprintf(stderr, "squeezed: cannot write %s: %s\n", path, strerror(errno));
    return SQ_EXIT_CREATE;
  }
  if (flock(daemon->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    fprintf(stderr, "squeezed: a daemon named '%s' is running already; stop it, or start this one with --name OTHER\n",
            o->server.name);
    return SQ_EXIT_BUSY;
  }
  return SQ_EXIT_OK;
}

static void stranger(void *context, const char *name) {
  sq_log(((SqDaemon *)context)->control.ctx.log, SQ_LOG_LEVEL_WARNING,
         "what came from %s is ignored: security.allow does not name it", name);
}

static bool is_loopback(const char *address) {
  return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 || strcmp(address, "[::1]") == 0 ||
         strcmp(address, "localhost") == 0;
}

static int open_sockets(SqDaemon *daemon) {
  const SqOptions *o = daemon->options;
  char path[600], why[512];
  snprintf(path, sizeof path, "%s/%s.sock", o->paths.runtime, o->server.name);
  const char *addresses[SQ_TRANSPORT_BINDS];
  unsigned n = 0;
  char list[512];
  snprintf(list, sizeof list, "%s", o->osc.bind);
  char *save = NULL;
  for (char *at = strtok_r(list, ", ", &save); at && n < SQ_TRANSPORT_BINDS; at = strtok_r(NULL, ", ", &save))
    addresses[n++] = at;
  const bool loopback = strcmp(o->osc.bind, "loopback") == 0;
  if (sq_options_read_gate(o, &daemon->control.gate, why, sizeof why) != SQ_OK) {
    fprintf(stderr, "squeezed: %s\n", why);
    return SQ_EXIT_CONFIG;
  }
  const bool guarded = daemon->control.gate.n_nets && daemon->control.gate.key[0];
  for (unsigned i = 0; i < n && !loopback && !guarded; i++)
    if (!is_loopback(addresses[i])) {
      fprintf(stderr,
              "squeezed: osc.bind = %s is open to other machines; say with security.allow which of them may come, and "
              "with security.key_file what they must know, or bind to loopback\n",
              addresses[i]);
      return SQ_EXIT_CONFIG;
    }
  const SqTransportConfig config = {.port = (uint16_t)o->osc.port,
                                    .bind = loopback ? NULL : addresses,
                                    .n_bind = loopback ? 0 : n,
                                    .no_tcp = !o->osc.tcp,
                                    .lease_ms = (uint32_t)o->osc.lease * 1000U,
                                    .gate = &daemon->control.gate,
                                    .unix_path = o->osc.unix_socket ? path : NULL};
  const SqTransportCallbacks callbacks = {daemon, packet, closed, oversize, stranger};
  const SqStatus status = sq_transport_open(&config, &callbacks, &daemon->control.transport, why, sizeof why);
  if (status == SQ_OK)
    return SQ_EXIT_OK;
  fprintf(stderr, "squeezed: %s\n", why);
  return status == SQ_EXISTS ? SQ_EXIT_BUSY : status == SQ_BAD_ARGS ? SQ_EXIT_CONFIG : SQ_EXIT_CREATE;
}

/// NAME.json: how clients find us.
static void write_runtime_file(SqDaemon *daemon) {
  char temporary[560];
  snprintf(daemon->runtime_file, sizeof daemon->runtime_file, "%s/%s.json", daemon->options->paths.runtime,
           daemon->options->server.name);
  snprintf(temporary, sizeof temporary, "%s.new", daemon->runtime_file);
  FILE *file = fopen(temporary, "w");
  if (!file)
    return;
  fprintf(file, "{\n  \"name\": \"%s\",\n  \"pid\": %d,\n  \"urls\": [", daemon->options->server.name, (int)getpid());
  char url[256];
  for (unsigned i = 0; sq_transport_url(daemon->control.transport, i, url, sizeof url); i++)
    fprintf(file, "%s\n    \"%s\"", i ? "," : "", url);
  fprintf(file, "\n  ],\n  \"contract\": \"%s\"\n}\n", daemon->control.contract_hash);
  if (fclose(file) != 0 || rename(temporary, daemon->runtime_file) != 0)
    sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_WARNING, "cannot write %s", daemon->runtime_file);
}

/// NAME.token: who can read it is our user, and may do by UDP what the Unix socket may.
static void write_token(SqDaemon *daemon) {
  uint8_t random[(SQ_TOKEN_SIZE - 1) / 2];
  char *token = daemon->control.access_token;
  snprintf(daemon->token_file, sizeof daemon->token_file, "%s/%s.token", daemon->options->paths.runtime,
           daemon->options->server.name);
  unlink(daemon->token_file);
  const int fd = open(daemon->token_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
    sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_WARNING, "cannot write %s", daemon->token_file);
  } else {
    for (size_t i = 0; i < sizeof random; i++)
      snprintf(token + 2 * i, 3, "%02x", random[i]);
    if (dprintf(fd, "%s\n", token) < 0)
      token[0] = 0;
  }
  if (fd >= 0)
    close(fd);
}

const SqRow **sq_daemon_contract(size_t *n) {
  *n = 0;
  while (sq_tree_row_at((uint32_t)*n))
    ++*n;
  const SqRow **rows = sq_alloc(*n, sizeof *rows);
  for (size_t i = 0; i < *n; i++)
    rows[i] = sq_tree_row_at((uint32_t)i);
  return rows;
}

static void start_control(SqDaemon *daemon) {
  SqControl *control = &daemon->control;
  control->ctx.control = control;
  control->ctx.clock = &daemon->clock;
  control->tree = sq_tree_new();
  control->args = sq_alloc((size_t)SQ_MAX_ARGS * (SQ_BUNDLE_DEPTH + 1), sizeof *control->args);
  control->last_waiting = &control->waiting;
  control->started_ms = sq_clock_now_ms();
  control->store.context = control;
  control->store.dropped = sq_control_dropped;
  size_t n;
  const SqRow **rows = sq_daemon_contract(&n);
  snprintf(control->contract_hash, sizeof control->contract_hash, "%016" PRIx64,
           sq_describe_hash(&(SqContract){rows, n, sq_address_families, SQ_ADDRESS_FAMILIES}));
  free(rows);
}

/// A page fault in a cycle is an xrun; offline nobody waits.
static void lock_memory(SqDaemon *daemon) {
  char text[160];
  const bool locked = sq_thread_lock_memory(text, sizeof text);
  sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_INFO, "%s%s", text,
         locked ? "" : "; set LimitMEMLOCK=infinity, or memlock in limits.conf, against xruns");
}

static bool pass(void *context, const SqPluginEntry *entry) {
  (void)context;
  (void)entry;
  return true;
}

/// A new catalog with all that clients had loaded by path; no job runs.
static void make_catalog(SqContext *ctx, double rate) {
  char why[512], program[512], file[600];
  ctx->catalog = sq_catalog_new(&(SqFormatConfig){.rate_hz = rate});
  if (ctx->options->plugins.catalog[0])
    snprintf(file, sizeof file, "%s", ctx->options->plugins.catalog);
  else
    snprintf(file, sizeof file, "%s/plugins.json", ctx->options->paths.state);
  sq_hosting_program("squeezed-scan", program, sizeof program);
  sq_catalog_set_scanner(ctx->catalog, program, file);
  for (uint32_t i = 0; i < ctx->n_modules; i++)
    if (sq_catalog_load(ctx->catalog, ctx->modules[i], pass, NULL, why, sizeof why) != SQ_OK)
      sq_log(ctx->log, SQ_LOG_LEVEL_WARNING, "%s", why);
}

/// What is made for one sample rate: catalog, link, clock.
static void prepare_engine(SqDaemon *daemon, uint64_t first_plan) {
  SqContext *ctx = &daemon->control.ctx;
  SqDriverInfo info;
  ctx->driver->type->info(ctx->driver, &info);
  make_catalog(ctx, (double)info.rate);
  sq_hosting_start(daemon, (double)info.rate, ctx->driver->type->run != NULL);
  const SqLinkConfig config = {.rate = (double)info.rate,
                               .n_in = info.n_in,
                               .n_out = info.n_out,
                               .kernels = daemon->options->engine.kernels,
                               .ceiling_db = daemon->options->engine.ceiling_db,
                               .offline = ctx->driver->type->run != NULL,
                               .catalog = ctx->catalog,
                               .hosts = daemon->hosting.hosts,
                               .isolate = daemon->hosting.isolate,
                               .jobs = ctx->jobs,
                               .first_plan = first_plan,
                               .state_dir = daemon->options->paths.state,
                               .context = daemon,
                               .notice = link_notice,
                               .log = sq_daemon_say};
  sq_link_new(&config, ctx->doc, &ctx->link);
  sq_clock_init(&daemon->clock, info.rate);
  sq_rt_rise_init(&daemon->rise, (double)info.rate);
}

void sq_daemon_renew(SqDaemon *daemon) {
  SqContext *ctx = &daemon->control.ctx;
  char why[512] = "";
  sq_recorders_renew(ctx->recorders);
  ctx->driver->type->stop(ctx->driver);
  sq_link_set_stopped(ctx->link, true);
  while (sq_jobs_pending(ctx->jobs)) { // they may use the link and the catalog
    sq_jobs_wait(ctx->jobs, 100);
    sq_jobs_collect(ctx->jobs, NULL, NULL);
  }
  SqLinkKept *kept = sq_link_keep(ctx->link);
  sq_link_free(ctx->link);
  sq_hosting_stop(daemon);
  sq_catalog_free(ctx->catalog);
  prepare_engine(daemon, sq_link_plans(kept));
  sq_link_resume(ctx->link, kept);
  sq_link_set_stopped(ctx->link, false);
  if (ctx->driver->type->start(ctx->driver, why, sizeof why) != SQ_OK)
    sq_log(ctx->log, SQ_LOG_LEVEL_ERROR, "%s", why);
}

static int start_engine(SqDaemon *daemon) {
  SqContext *ctx = &daemon->control.ctx;
  const bool offline = ctx->driver->type->run != NULL;
  char why[512] = "";
  ctx->jobs = sq_jobs_new(2);
  ctx->doc = sq_doc_new(2);
  sq_edits_init(&ctx->edits, ctx->doc);
  prepare_engine(daemon, 0);
  if (offline)
    sq_clock_set_offline(&daemon->clock, sq_clock_ntp_now());
  else
    lock_memory(daemon);
  ctx->recorders = sq_recorders_new(ctx);
  ctx->ran = sq_recorders_ran;
  if (!ctx->recorders) {
    fprintf(stderr, "squeezed: no threads could be started for the disk; raise the limit of threads (ulimit -u)\n");
    return SQ_EXIT_INTERNAL;
  }
  if (!offline)
    sq_link_set_stopped(ctx->link, false);
  if (ctx->driver->type->start(ctx->driver, why, sizeof why) == SQ_OK)
    return SQ_EXIT_OK;
  fprintf(stderr, "squeezed: %s\n", why);
  return SQ_EXIT_UNAVAILABLE;
}

static void block_signals(SqDaemon *daemon) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); // a file at its limit is an error of the write, not our end
  daemon->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  daemon->notice_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int sq_daemon_start(SqDaemon *daemon, SqOptions *options) {
  memset(daemon, 0, sizeof *daemon);
  daemon->options = options;
  daemon->control.ctx.options = options;
  daemon->lock_fd = -1;
  daemon->control.ctx.log = sq_log_new(stderr, options->server.name, (SqLogLevel)options->log.level);
  sq_thread_become(SQ_THREAD_CONTROL);
  block_signals(daemon);
  sq_notify_init(&daemon->notify); // first: no child is to speak in our name
  int status = lock_name(daemon, options);
  if (status == SQ_EXIT_OK)
    start_control(daemon);
  if (status == SQ_EXIT_OK)
    status = open_sockets(daemon);
  if (status == SQ_EXIT_OK)
    status = sq_daemon_choose_driver(daemon);
  if (status == SQ_EXIT_OK)
    status = start_engine(daemon);
  if (status != SQ_EXIT_OK)
    return status;
  sq_sessions_start(&daemon->control.ctx);
  write_token(daemon);
  write_runtime_file(daemon);
  SqDriverInfo info;
  daemon->control.ctx.driver->type->info(daemon->control.ctx.driver, &info);
  sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_INFO, "%s, %u Hz, period %u", info.description, info.rate, info.period);
  char url[256];
  sq_transport_url(daemon->control.transport, 0, url, sizeof url);
  printf("READY %s\n", url);
  fflush(stdout);
  sq_notify_ready(&daemon->notify, info.description);
  return SQ_EXIT_OK;
}

// ---- stopping -------------------------------------------------------------------------------------------------------

/// Everything fades before the cycles end: no click goes to the speakers.
static void fade_out(SqDaemon *daemon) {
  SqContext *ctx = &daemon->control.ctx;
  sq_edits_clear(&ctx->edits);
  ctx->edits.doc = ctx->doc;
  if (!ctx->link || !ctx->driver || ctx->driver->type->run)
    return;
  sq_edits_number(&ctx->edits, (SqValueRef){SQ_HANDLE_MASTER, SQ_STRIP_MUTE}, 1.0);
  sq_link_commit(ctx->link, &ctx->edits, 0);
  sq_edits_undo_to(&ctx->edits, 0);
  const uint64_t end = sq_link_frame(ctx->link) + (uint64_t)(sq_link_rate(ctx->link) / 20.0);
  for (int i = 0; i < 40 && sq_link_frame(ctx->link) < end; i++)
    usleep(5000);
}

static void remove_files(const SqDaemon *daemon) {
  if (daemon->runtime_file[0])
    unlink(daemon->runtime_file);
  if (daemon->token_file[0])
    unlink(daemon->token_file);
}

/// A cycle that never ends would hold whoever waits for the audio thread: then the end is a short one.
static void leave_hanging(SqDaemon *daemon) {
  sq_log(daemon->control.ctx.log, SQ_LOG_LEVEL_ERROR, "ending without waiting for the audio thread");
  remove_files(daemon);
  _exit(SQ_EXIT_INTERNAL);
}

void sq_daemon_stop(SqDaemon *daemon) {
  SqControl *control = &daemon->control;
  SqContext *ctx = &control->ctx;
  sq_notify_stopping(&daemon->notify);
  fade_out(daemon);
  if (control->transport)
    sq_transport_close(control->transport);
  control->transport = NULL;
  if (daemon->hangs)
    leave_hanging(daemon);
  signal(SIGALRM, SIG_DFL);
  alarm(10); // a cycle that has begun to hang just now
  if (ctx->driver)
    ctx->driver->type->stop(ctx->driver);
  alarm(0);
  if (ctx->link)
    sq_link_set_stopped(ctx->link, true);
  sq_sessions_stop(ctx);
  sq_jobs_free(ctx->jobs); // some ask the driver
  sq_sessions_free(ctx);
  if (ctx->driver)
    ctx->driver->type->close(ctx->driver);
  sq_recorders_free(ctx->recorders);
  control->store.dropped = NULL;
  sq_link_free(ctx->link);
  sq_hosting_stop(daemon);
  sq_catalog_free(ctx->catalog);
  sq_edits_cleanup(&ctx->edits);
  sq_doc_free(ctx->doc);
  sq_wait_cleanup(control);
  sq_store_cleanup(&control->store);
  sq_fed_cleanup(&control->fed);
  sq_tree_free(control->tree);
  free(control->args);
  free(control->later);
  free(ctx->actions);
  free(ctx->afters);
  free(ctx->session_path);
  sq_gate_cleanup(&control->gate);
  for (uint32_t i = 0; i < ctx->n_modules; i++)
    free(ctx->modules[i]);
  free(ctx->modules);
  remove_files(daemon);
  sq_notify_cleanup(&daemon->notify);
  close(daemon->signal_fd);
  close(daemon->notice_fd);
  if (daemon->lock_fd >= 0)
    close(daemon->lock_fd);
  sq_log_free(ctx->log);
}
