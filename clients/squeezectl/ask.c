// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Asking and complaining, the same for all verbs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/squeezectl/ctl.h"

void sq_ctl_complain(const SqCtl *ctl, const char *what, SqStatus status, const char *text) {
  if (!ctl->json) {
    fprintf(stderr, "squeezectl: %s: %s\n", what, text);
    return;
  }
  fputs("{\"ok\":false,\"address\":", stdout);
  sq_json_print_string(stdout, what);
  printf(",\"code\":%d,\"symbol\":\"%s\",\"text\":", (int)status, sq_status_symbol(status));
  sq_json_print_string(stdout, text);
  fputs("}\n", stdout);
  fflush(stdout);
}

int sq_ctl_usage(const SqCtl *ctl, const SqCtlVerb *verb, const char *why) {
  fprintf(stderr, "squeezectl %s: %s\nusage: squeezectl %s %s\n", verb->name, why, verb->name, verb->usage);
  return SQ_CTL_USAGE;
}

int sq_ctl_connect(SqCtl *ctl) {
  char url[SQ_REMOTE_URL], error[SQ_REMOTE_TEXT] = "";
  if (ctl->remote)
    return SQ_CTL_OK;
  SqStatus status = SQ_OK;
  if (ctl->url)
    snprintf(url, sizeof url, "%s", ctl->url);
  else
    status = sq_remote_find(ctl->name, url, error);
  if (status == SQ_OK)
    status = sq_remote_open(url, &ctl->remote, error);
  if (status != SQ_OK) {
    sq_ctl_complain(ctl, "connect", status, error);
    return status == SQ_BAD_ARGS ? SQ_CTL_USAGE : SQ_CTL_LOST;
  }
  sq_remote_set_timeout(ctl->remote, ctl->timeout_ms);
  return SQ_CTL_OK;
}

int sq_ctl_ask(SqCtl *ctl, const char *address, lo_message args, const SqRemoteListener *listener) {
  SqOutcome outcome;
  int status = sq_ctl_connect(ctl);
  if (status == SQ_CTL_OK) {
    sq_remote_request(ctl->remote, address, args, listener, &outcome);
    if (outcome.status != SQ_OK) {
      sq_ctl_complain(ctl, address, outcome.status, outcome.text);
      status = outcome.lost ? SQ_CTL_LOST : SQ_CTL_FAILED;
    }
  }
  if (args)
    lo_message_free(args);
  return status;
}

bool sq_ctl_is_stream(const char *address) {
  static const char *const starts[] = {"/event/", "/meter", "/clock/", "/perf"};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (strncmp(address, starts[i], strlen(starts[i])) == 0)
      return true;
  return false;
}

void sq_ctl_print_message(const SqCtl *ctl, const SqOscMessage *message) {
  if (ctl->json) {
    sq_json_print_message(stdout, message);
  } else {
    printf("%s%s", message->address, message->n_args ? " " : "");
    sq_words_print_args(stdout, message, 0);
    fputc('\n', stdout);
  }
  fflush(stdout);
}

static void print_answer(void *context, const SqOscMessage *message) {
  const SqCtl *ctl = context;
  if (ctl->quiet || sq_ctl_is_stream(message->address))
    return;
  if (ctl->json || strcmp(message->address, "/done") != 0) {
    sq_ctl_print_message(ctl, message);
  } else if (message->n_args > 1) { // /done s:address results...
    sq_words_print_args(stdout, message, 1);
    fputc('\n', stdout);
  }
}

int sq_ctl_ask_and_print(SqCtl *ctl, const char *address, const SqWord *words, int n) {
  char error[SQ_REMOTE_TEXT];
  lo_message args = sq_words_message(words, n, error, sizeof error);
  if (!args) {
    fprintf(stderr, "squeezectl: %s\n", error);
    return SQ_CTL_USAGE;
  }
  const SqRemoteListener listener = {.handle = print_answer, .context = ctl};
  return sq_ctl_ask(ctl, address, args, &listener);
}

double sq_ctl_option(const SqWords *args, const char *name, double other) {
  for (int i = 0; i + 1 < args->n; i++)
    if (strcmp(args->words[i].text, name) == 0) {
      char *end = NULL;
      double value = strtod(args->words[i + 1].text, &end);
      return end != args->words[i + 1].text && !*end ? value : other;
    }
  return other;
}
