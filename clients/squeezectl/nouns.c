// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Shortcuts by noun: `source piano gain -6` is /source/piano/gain -6.
#include <stdio.h>
#include <string.h>

#include "clients/squeezectl/ctl.h"

enum { PATH_SIZE = 1024 };

/// True when `word` stands among the blank-separated words of `list`; "*" holds all.
static bool listed(const char *list, const char *word) {
  size_t length = strlen(word);
  if (strcmp(list, "*") == 0)
    return true;
  for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
      return length > 0;
  return false;
}

/// What is listing.
typedef struct Listing {
  const SqCtl *ctl;
  const SqCtlVerb *verb;
} Listing;

/// Prints a child that is a thing, not a command.
static void print_thing(void *context, const char *child) {
  const Listing *listing = context;
  if (listed(listing->verb->data, child))
    return;
  if (listing->ctl->json)
    sq_json_print_string(stdout, child);
  else
    fputs(child, stdout);
  fputc('\n', stdout);
}

int sq_ctl_noun(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  char path[PATH_SIZE];
  int used = 0, size = 0;
  bool open = strcmp(verb->data, "*") == 0; // every word is a command
  if (args->n == 0 || (!open && args->n == 1 && strcmp(args->words[0].text, "list") == 0)) {
    Listing listing = {.ctl = ctl, .verb = verb};
    snprintf(path, sizeof path, "/%s/", verb->name);
    return open ? sq_ctl_children(ctl, path, sq_ctl_print_child, ctl)
                : sq_ctl_children(ctl, path, print_thing, &listing);
  }
  if (listed(verb->data, args->words[0].text)) {
    used = 1;
    size = snprintf(path, sizeof path, "/%s/%s", verb->name, args->words[0].text);
  } else if (args->n == 1) {
    snprintf(path, sizeof path, "/%s/%s/", verb->name, args->words[0].text);
    return sq_ctl_children(ctl, path, sq_ctl_print_child, ctl);
  } else {
    used = 2;
    size = snprintf(path, sizeof path, "/%s/%s/%s", verb->name, args->words[0].text, args->words[1].text);
  }
  if (size < 0 || size >= (int)sizeof path)
    return sq_ctl_usage(ctl, verb, "the path is too long");
  if (used == args->n && used == 2) { // a value is printed alone, an action is done
    const SqWords name = {.words = &(SqWord){.text = path}, .n = 1};
    return sq_ctl_get(ctl, verb, &name);
  }
  return sq_ctl_ask_and_print(ctl, path, args->words + used, args->n - used);
}
