// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// squeezectl: the daemon from a shell.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/squeezectl/ctl.h"

enum { TIMEOUT_MS = 10000 };

/// Takes one option with its value out of argv. Returns the number of words used, 0: not an option of ours, -1: wrong.
static int take_option(SqCtl *ctl, char **argv, int left, bool after_verb) {
  const char *word = argv[0], *value = left > 1 ? argv[1] : NULL;
  if (strcmp(word, "--json") == 0 || strcmp(word, "--quiet") == 0 || (!after_verb && strcmp(word, "-q") == 0)) {
    *(strcmp(word, "--json") == 0 ? &ctl->json : &ctl->quiet) = true;
    return 1;
  }
  if (strcmp(word, "-u") != 0 && strcmp(word, "-n") != 0 && strcmp(word, "--timeout") != 0)
    return 0;
  char *end = NULL;
  double seconds = value ? strtod(value, &end) : 0.0;
  bool good = value != NULL;
  if (word[1] == 'u')
    ctl->url = value;
  else if (word[1] == 'n')
    ctl->name = value;
  else if (value && end != value && !*end && seconds > 0.0 && seconds < 1e6)
    ctl->timeout_ms = (int)(seconds * 1000.0);
  else
    good = false;
  if (!good)
    fprintf(stderr, "squeezectl: %s needs a value%s\n", word, word[1] == '-' ? " in seconds" : "");
  return good ? 2 : -1;
}

/// Parses argv: options into `ctl`, everything else into `words` (which holds argc words).
/// Returns an exit status, or -1 to go on.
static int parse(SqCtl *ctl, int argc, char **argv, SqWords *words) {
  bool help = false;
  for (int i = 1; i < argc;) {
    int used = take_option(ctl, argv + i, argc - i, words->n > 0);
    if (used < 0)
      return SQ_CTL_USAGE;
    if (used == 0 && (strcmp(argv[i], "--help") == 0 || (words->n == 0 && strcmp(argv[i], "-h") == 0))) {
      help = true;
      used = 1;
    } else if (used == 0 && words->n == 0 && argv[i][0] == '-') {
      fprintf(stderr, "squeezectl: %s is no option; `squeezectl --help` lists them\n", argv[i]);
      return SQ_CTL_USAGE;
    } else if (used == 0) {
      words->words[words->n++] = (SqWord){.text = argv[i]};
      used = 1;
    }
    i += used;
  }
  const SqCtlVerb *verb = help && words->n ? sq_ctl_find(words->words[0].text) : NULL;
  if (help)
    sq_ctl_help(verb);
  return help ? SQ_CTL_OK : -1;
}

int sq_ctl_run(SqCtl *ctl, const SqWords *words) {
  const SqCtlVerb *verb = sq_ctl_find(words->words[0].text);
  const SqWords args = {.words = words->words + 1, .n = words->n - 1};
  if (!verb && words->words[0].text[0] == '/') // an address alone is sent
    return sq_ctl_send(ctl, sq_ctl_find("send"), words);
  if (!verb) {
    fprintf(stderr, "squeezectl: %s is no verb; `squeezectl --help` lists them\n", words->words[0].text);
    return SQ_CTL_USAGE;
  }
  if (args.n < verb->min_args || (verb->max_args >= 0 && args.n > verb->max_args))
    return sq_ctl_usage(ctl, verb, args.n < verb->min_args ? "words are missing" : "too many words");
  return verb->run(ctl, verb, &args);
}

int main(int argc, char **argv) {
  SqCtl ctl = {.timeout_ms = TIMEOUT_MS};
  const char *no_color = getenv("NO_COLOR");
  ctl.tty = isatty(STDOUT_FILENO) && !(no_color && *no_color);
  SqWords words = {.words = calloc((size_t)argc + 1, sizeof *words.words)};
  int status = words.words ? parse(&ctl, argc, argv, &words) : SQ_CTL_USAGE;
  if (status < 0 && words.n > 0) {
    status = sq_ctl_run(&ctl, &words);
  } else if (status < 0 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
    status = sq_ctl_prompt(&ctl);
  } else if (status < 0) {
    sq_ctl_help(NULL);
    status = SQ_CTL_OK;
  }
  sq_remote_close(ctl.remote);
  sq_words_cleanup(&words);
  if (fflush(stdout) != 0 && status == SQ_CTL_OK)
    status = SQ_CTL_FAILED;
  return status;
}
