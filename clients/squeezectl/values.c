// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Verbs on values and messages: get, set, send, ls, dump, wait.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clients/squeezectl/ctl.h"

enum { PATH_SIZE = 1024 };

// ---- get ------------------------------------------------------------------------------------------------------------

/// What get is printing.
typedef struct Getting {
  const SqCtl *ctl;
  bool paths;  ///< print the path before the value
  int printed; ///< values so far
} Getting;

static void print_value(void *context, const SqOscMessage *message) {
  Getting *getting = context;
  SqOscMessage value = *message;
  if (sq_ctl_is_stream(message->address))
    return;
  if (strcmp(message->address, "/done") == 0) {
    // A get may answer in /done itself: /done s:address value...
    if (getting->printed || message->n_args < 2 || message->args[0].tag != 's')
      return;
    value = (SqOscMessage){
        .address = message->args[0].u.s, .args = message->args + 1, .n_args = message->n_args - 1, .untagged = false};
  }
  getting->printed++;
  if (getting->paths || getting->ctl->json) {
    sq_ctl_print_message(getting->ctl, &value);
  } else {
    sq_words_print_args(stdout, &value, 0);
    fputc('\n', stdout);
  }
}

int sq_ctl_get(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  int worst = SQ_CTL_OK;
  for (int i = 0; i < args->n; i++) {
    const char *path = args->words[i].text;
    Getting getting = {.ctl = ctl, .paths = args->n > 1 || strpbrk(path, "*?[{") != NULL};
    if (*path != '/')
      return sq_ctl_usage(ctl, verb, "a path starts with /");
    int status = sq_ctl_ask(ctl, path, NULL, &(SqRemoteListener){.handle = print_value, .context = &getting});
    worst = status > worst ? status : worst;
  }
  return worst;
}

// ---- set and send ---------------------------------------------------------------------------------------------------

int sq_ctl_set(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  if (args->words[0].text[0] != '/')
    return sq_ctl_usage(ctl, verb, "a path starts with /");
  char error[SQ_REMOTE_TEXT];
  lo_message message = sq_words_message(args->words + 1, args->n - 1, error, sizeof error);
  if (!message)
    return sq_ctl_usage(ctl, verb, error);
  int status = sq_ctl_ask(ctl, args->words[0].text, message, NULL);
  if (status == SQ_CTL_OK && ctl->json)
    puts("{\"ok\":true}");
  return status;
}

int sq_ctl_send(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  if (args->words[0].text[0] != '/')
    return sq_ctl_usage(ctl, verb, "an address starts with /");
  return sq_ctl_ask_and_print(ctl, args->words[0].text, args->words + 1, args->n - 1);
}

// ---- ls -------------------------------------------------------------------------------------------------------------

typedef struct Listing {
  const char *path;
  void (*each)(void *context, const char *child);
  void *context;
} Listing;

static void list_page(void *context, const SqOscMessage *message) {
  Listing *listing = context;
  bool done = strcmp(message->address, "/done") == 0;
  if (!done && strcmp(message->address, listing->path) != 0)
    return;
  for (uint32_t i = done ? 1 : 0; i < message->n_args; i++) // the page's index and count are numbers
    if (message->args[i].tag == 's')
      listing->each(listing->context, message->args[i].u.s);
}

int sq_ctl_children(SqCtl *ctl, const char *path, void (*each)(void *context, const char *child), void *context) {
  char whole[PATH_SIZE];
  size_t length = strlen(path);
  bool open = length > 0 && path[length - 1] == '/';
  if (snprintf(whole, sizeof whole, "%s%s%s", *path == '/' ? "" : "/", path, open ? "" : "/") >= (int)sizeof whole) {
    sq_ctl_complain(ctl, "ls", SQ_LIMIT, "the path is too long");
    return SQ_CTL_USAGE;
  }
  Listing listing = {.path = whole, .each = each, .context = context};
  return sq_ctl_ask(ctl, whole, NULL, &(SqRemoteListener){.handle = list_page, .context = &listing});
}

void sq_ctl_print_child(void *context, const char *child) {
  const SqCtl *ctl = context;
  if (ctl->json)
    sq_json_print_string(stdout, child);
  else
    fputs(child, stdout);
  fputc('\n', stdout);
}

int sq_ctl_ls(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  return sq_ctl_children(ctl, args->n ? args->words[0].text : "/", sq_ctl_print_child, ctl);
}

// ---- dump -----------------------------------------------------------------------------------------------------------

static void print_dump(void *context, const SqOscMessage *message) {
  if (strcmp(message->address, "/done") != 0 && !sq_ctl_is_stream(message->address))
    sq_ctl_print_message(context, message);
}

int sq_ctl_dump(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  lo_message path = NULL;
  if (args->n) {
    path = lo_message_new();
    lo_message_add_string(path, args->words[0].text);
  }
  return sq_ctl_ask(ctl, "/dump", path, &(SqRemoteListener){.handle = print_dump, .context = ctl});
}

// ---- wait -----------------------------------------------------------------------------------------------------------

typedef struct Awaiting {
  const char *path, *value;
  bool over;
  char last[128]; ///< the value seen last, for the complaint
} Awaiting;

static void check_value(void *context, const SqOscMessage *message) {
  Awaiting *awaiting = context;
  double is = 0.0, want = 0.0;
  const SqOscArg wanted = {.tag = 's', .u.s = awaiting->value};
  if (strcmp(message->address, awaiting->path) != 0 || message->n_args == 0)
    return;
  const SqOscArg *arg = &message->args[0];
  snprintf(awaiting->last, sizeof awaiting->last, "%s", sq_words_text(arg, ""));
  if (sq_words_number(arg, &is)) {
    snprintf(awaiting->last, sizeof awaiting->last, "%.7g", is);
    if (sq_words_number(&wanted, &want) && fabs(is - want) <= 1e-5 * fmax(1.0, fabs(want)))
      awaiting->over = true;
  }
  if (strcmp(sq_words_text(arg, ""), awaiting->value) == 0 && arg->tag == 's')
    awaiting->over = true;
}

int sq_ctl_wait(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  Awaiting awaiting = {.path = args->words[0].text, .value = args->words[1].text};
  const SqRemoteListener listener = {.handle = check_value, .context = &awaiting};
  int64_t end = sq_remote_now_ms() + ctl->timeout_ms;
  lo_message pattern = lo_message_new();
  lo_message_add_string(pattern, awaiting.path);
  int status = sq_ctl_ask(ctl, "/subscribe", pattern, &listener);
  if (status != SQ_CTL_OK)
    return status;
  while (!awaiting.over) {
    int64_t left = end - sq_remote_now_ms();
    if (left <= 0 || sq_remote_poll(ctl->remote, (int)left, &listener) == SQ_IO) {
      char text[256];
      snprintf(text, sizeof text, "did not become %.60s within %g s%s%s", awaiting.value, ctl->timeout_ms / 1000.0,
               *awaiting.last ? ", it is " : "", awaiting.last);
      sq_ctl_complain(ctl, awaiting.path, SQ_TIMEOUT, text);
      return SQ_CTL_LOST;
    }
  }
  return SQ_CTL_OK;
}
