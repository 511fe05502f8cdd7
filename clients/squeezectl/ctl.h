// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the verbs of squeezectl share: options, the connection, one way to ask and to complain; single thread.
#ifndef SQ_CLIENTS_SQUEEZECTL_CTL_H
#define SQ_CLIENTS_SQUEEZECTL_CTL_H

#include <stdbool.h>

#include "clients/libsqueeze/squeeze.h"
#include "clients/squeezectl/words.h"

/// Exit statuses.
enum {
  SQ_CTL_OK = 0,
  SQ_CTL_FAILED = 1, ///< the daemon said /fail
  SQ_CTL_USAGE = 2,  ///< the words were wrong
  SQ_CTL_LOST = 3    ///< no daemon, or no answer in time
};

typedef struct SqCtl {
  const char *url;  ///< -u, or NULL
  const char *name; ///< -n, or NULL
  bool json, quiet;
  bool tty; ///< stdout is a terminal and NO_COLOR is not set
  int timeout_ms;
  SqRemote *remote; ///< NULL until the first message
} SqCtl;

/// One verb. The table in verbs.c is the only list of them: dispatch, --help and completion read it.
typedef struct SqCtlVerb {
  const char *name;
  const char *usage;      ///< its arguments, "" for none
  const char *help;       ///< one sentence
  const char *more;       ///< further lines of `VERB --help`, or NULL
  int min_args, max_args; ///< max -1: any number
  int (*run)(SqCtl *ctl, const struct SqCtlVerb *verb, const SqWords *args);
  const char *data; ///< the verb's own: a noun's constructors, an address
} SqCtlVerb;

/// The table, ended by a name of NULL.
extern const SqCtlVerb sq_ctl_verbs[];

/// The verb of that name, or NULL.
const SqCtlVerb *sq_ctl_find(const char *name);

/// Runs the verb named by words[0] with the rest. Returns an exit status; complaints went to stderr.
int sq_ctl_run(SqCtl *ctl, const SqWords *words);

/// Connects when that was not yet done. Returns SQ_CTL_OK or SQ_CTL_LOST, having complained.
int sq_ctl_connect(SqCtl *ctl);

/// Asks `address` with `args` (which it frees; NULL: none), everything received goes to `listener` (NULL: nobody).
/// Returns an exit status, having complained of a failure.
int sq_ctl_ask(SqCtl *ctl, const char *address, lo_message args, const SqRemoteListener *listener);

/// Asks and prints what is answered: replies as lines, the results of /done as words.
int sq_ctl_ask_and_print(SqCtl *ctl, const char *address, const SqWord *words, int n);

/// Says on stderr (with --json as an object on stdout) that `what` failed. `status` 0: no code.
void sq_ctl_complain(const SqCtl *ctl, const char *what, SqStatus status, const char *text);

/// Complains of words[at] or of their number. Returns SQ_CTL_USAGE.
int sq_ctl_usage(const SqCtl *ctl, const SqCtlVerb *verb, const char *why);

/// Prints a message received as a line (or as JSON), and flushes it out.
void sq_ctl_print_message(const SqCtl *ctl, const SqOscMessage *message);

/// True for what comes without being asked for: events, meters, clock ticks.
bool sq_ctl_is_stream(const char *address);

/// Reads an option `--NAME VALUE` out of `args`. Returns its value as a number, or `other` when it is not there.
double sq_ctl_option(const SqWords *args, const char *name, double other);

/// Prints the help of one verb, or of the whole program (NULL).
void sq_ctl_help(const SqCtlVerb *verb);

// The verbs, by file.
int sq_ctl_status(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_ping(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_fixed(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_get(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_set(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_send(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_ls(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_dump(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_wait(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_watch(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_meters(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_noun(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_play(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);
int sq_ctl_verb_help(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args);

/// The prompt: reads lines from the terminal until end of input. Returns an exit status.
int sq_ctl_prompt(SqCtl *ctl);

/// Plays lines of a script from `file` (named `name` in complaints). Returns an exit status.
int sq_ctl_script(SqCtl *ctl, FILE *file, const char *name);

/// Prints one child of a path; `context` is the SqCtl.
void sq_ctl_print_child(void *context, const char *child);

/// Children of `path` ("/source/"), one call of `each` a child. Returns an exit status.
int sq_ctl_children(SqCtl *ctl, const char *path, void (*each)(void *context, const char *child), void *context);

#endif
