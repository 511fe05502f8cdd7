// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// The daemon and its plug-in hosts: where their program is, what they tell, how long they have in a cycle.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "daemon.h"

// ---- news -----------------------------------------------------------------------------------------------------------

/// [supervisor] Kept for the control thread.
static void hear(void *context, void *instance, uint32_t what, uint32_t index, double value) {
  SqDaemon *daemon = context;
  SqHosting *hosting = &daemon->hosting;
  pthread_mutex_lock(&hosting->lock);
  hosting->news = sq_realloc(hosting->news, hosting->n_news + 1, sizeof *hosting->news);
  hosting->news[hosting->n_news++] = (SqHostingNews){instance, what, index, value};
  pthread_mutex_unlock(&hosting->lock);
  eventfd_write(daemon->notice_fd, 1);
}

/// A knob of the plug-in's own window: the value becomes the document's, and everybody is told.
static void take_value(SqContext *ctx, void *context) {
  const SqHostingNews *news = context;
  const SqHandle proc = sq_link_proc_of_instance(ctx->link, news->instance);
  if (proc)
    sq_edits_number(&ctx->edits, (SqValueRef){proc, SQ_PROC_PARAM + news->index}, news->value);
}

static const char *word_of(uint32_t what) {
  switch (what) {
  case SQ_HOST_NEWS_CRASHED:
    return "crashed";
  case SQ_HOST_NEWS_HUNG:
    return "hung";
  case SQ_HOST_NEWS_BACK:
    return "back";
  case SQ_HOST_NEWS_DISABLED:
    return "disabled";
  case SQ_NEWS_LATENCY:
    return "latency";
  case SQ_NEWS_EDITOR_CLOSED:
    return "editor_closed";
  default:
    return NULL;
  }
}

static void tell(SqDaemon *daemon, SqHostingNews *news) {
  SqControl *control = &daemon->control;
  const SqHandle proc = sq_link_proc_of_instance(control->ctx.link, news->instance);
  if (!proc)
    return;
  if (news->what == SQ_NEWS_VALUE)
    sq_control_change(control, take_value, news);
  const char *word = word_of(news->what);
  if (!word)
    return;
  char path[SQ_ADDRESS_MAX];
  sq_control_path(&control->ctx, proc, path, sizeof path);
  SqItems items = {0};
  sq_items_text(&items, path);
  sq_items_text(&items, word);
  sq_items_float(&items, news->value);
  sq_control_event(control, "/event/plugin", &items);
  sq_items_cleanup(&items);
}

void sq_hosting_tell(SqDaemon *daemon) {
  SqHosting *hosting = &daemon->hosting;
  pthread_mutex_lock(&hosting->lock);
  SqHostingNews *news = hosting->news;
  const uint32_t n = hosting->n_news;
  hosting->news = NULL;
  hosting->n_news = 0;
  pthread_mutex_unlock(&hosting->lock);
  for (uint32_t i = 0; i < n; i++)
    tell(daemon, &news[i]);
  free(news);
}

// ---- life -----------------------------------------------------------------------------------------------------------

void sq_hosting_program(const char *name, char *path, size_t size) {
  char self[400];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  self[n > 0 ? n : 0] = 0;
  char *slash = strrchr(self, '/');
  if (slash)
    *slash = 0;
  snprintf(path, size, "%s/%s", self, name);
}

static void say(void *context, int level, const char *text) {
  const SqDaemon *daemon = context;
  sq_log(daemon->control.ctx.log, (SqLogLevel)level, "%s", text);
}

void sq_hosting_start(SqDaemon *daemon, double rate, bool offline) {
  SqHosting *hosting = &daemon->hosting;
  char program[512];
  sq_hosting_program("squeezed-host", program, sizeof program);
  if (!hosting->ready)
    pthread_mutex_init(&hosting->lock, NULL);
  hosting->ready = true;
  sq_choice_at(SQ_ISOLATION_NAMES, (uint32_t)daemon->options->plugins.isolate, hosting->isolate,
               sizeof hosting->isolate);
  hosting->share = offline ? 0.0 : daemon->options->plugins.deadline / 100.0;
  hosting->rate = rate;
  const SqHostsConfig config = {.program = program,
                                .rate = rate,
                                .offline = offline,
                                .pool = (uint32_t)daemon->options->plugins.hosts,
                                .most_crashes = (uint32_t)daemon->options->plugins.crashes,
                                .context = daemon,
                                .log = say,
                                .news = hear};
  if (sq_hosts_new(&config, &hosting->hosts) == SQ_OK)
    return;
  hosting->hosts = NULL;
  say(daemon, SQ_LOG_LEVEL_WARNING, "no threads for plug-in hosts: plug-ins run in this process");
}

void sq_hosting_stop(SqDaemon *daemon) {
  sq_hosts_free(daemon->hosting.hosts);
  daemon->hosting.hosts = NULL;
  free(daemon->hosting.news);
  daemon->hosting.news = NULL;
  daemon->hosting.n_news = 0;
}

void sq_rt_hosting_begin(SqHosting *hosting, uint32_t n_frames) {
  if (!hosting->hosts)
    return;
  uint64_t deadline = 0;
  if (hosting->share > 0.0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    deadline = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec +
               (uint64_t)(hosting->share * n_frames * 1e9 / hosting->rate);
  }
  sq_rt_hops_begin(sq_hosts_hops(hosting->hosts), deadline);
}
