// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Verbs about the daemon itself: status, ping, and those that are one message.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/squeezectl/ctl.h"

int sq_ctl_fixed(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  return sq_ctl_ask_and_print(ctl, verb->data, NULL, 0);
}

// ---- status ---------------------------------------------------------------------------------------------------------

/// The fields of /status.reply: SuperCollider's nine, then ours.
static const char *const status_fields[] = {
    "",       "processors", "strips",   "edges",   "plans",   "load_percent", "load_peak_percent",
    "rate",   "rate_real",  "xruns",    "late",    "frame",   "period",       "driver",
    "device", "messages",   "failures", "dropped", "clients", "stored",       "session",
    "unsaved"};
enum { N_STATUS_FIELDS = sizeof status_fields / sizeof *status_fields };

static void print_status(void *context, const SqOscMessage *message) {
  const SqCtl *ctl = context;
  if (strcmp(message->address, "/status.reply") != 0)
    return;
  if (ctl->json)
    fputc('{', stdout);
  for (uint32_t i = 1; i < message->n_args; i++) {
    char name[32];
    snprintf(name, sizeof name, "field_%u", i);
    if (i < N_STATUS_FIELDS)
      snprintf(name, sizeof name, "%s", status_fields[i]);
    if (ctl->json) {
      printf("%s\"%s\":", i > 1 ? "," : "", name);
      sq_json_print_arg(stdout, &message->args[i]);
    } else {
      const char *text = sq_words_text(&message->args[i], NULL); // 64-bit counts travel as text
      printf("%-18s", name);
      if (text)
        fputs(text, stdout);
      else
        sq_words_print_arg(stdout, &message->args[i]);
      fputc('\n', stdout);
    }
  }
  if (ctl->json)
    fputs("}\n", stdout);
}

int sq_ctl_status(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  int status = sq_ctl_connect(ctl);
  if (status == SQ_CTL_OK && !ctl->json && !ctl->quiet)
    printf("%-18s%s\n", "url", sq_remote_url(ctl->remote));
  return status != SQ_CTL_OK
             ? status
             : sq_ctl_ask(ctl, "/status", NULL, &(SqRemoteListener){.handle = print_status, .context = ctl});
}

// ---- ping -----------------------------------------------------------------------------------------------------------

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int sq_ctl_ping(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  int count = (int)sq_ctl_option(args, "-c", 1.0), status = sq_ctl_connect(ctl);
  for (int i = 0; i < count && status == SQ_CTL_OK; i++) {
    double begin = now_us();
    status = sq_ctl_ask(ctl, "/ping", NULL, NULL);
    double took = now_us() - begin;
    if (status == SQ_CTL_OK && ctl->json)
      printf("{\"url\":\"%s\",\"microseconds\":%.0f}\n", sq_remote_url(ctl->remote), took);
    else if (status == SQ_CTL_OK && !ctl->quiet)
      printf("%s answers in %.0f us\n", sq_remote_url(ctl->remote), took);
  }
  return status;
}
