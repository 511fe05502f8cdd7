// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Help of all kinds, from the table of verbs: for the terminal, as squeezectl(1), as completion for bash.
#include <stdio.h>
#include <string.h>

#include "clients/squeezectl/ctl.h"

/// One option of the program itself.
typedef struct Option {
  const char *words, *help;
} Option;

static const Option options[] = {
    {"-u URL", "osc.unix:///PATH, osc.udp://HOST:PORT/ or osc.tcp://HOST:PORT/ (also in SQUEEZED_URL)"},
    {"-n NAME", "the daemon of that name"},
    {"--json", "one JSON object an answer; one a line for streams"},
    {"--quiet", "print no results"},
    {"--timeout S", "how long to wait for an answer, 10 s if not told"},
    {"--help", "this text, or that of the verb before it"},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

static const char about[] = "Talks to squeezed, the audio server. Without a verb on a terminal it is a prompt.";
static const char statuses[] = "0 done, 1 the daemon refused, 2 wrong words, 3 no daemon or no answer";

void sq_ctl_help(const SqCtlVerb *verb) {
  if (verb) {
    printf("squeezectl %s %s\n  %s\n", verb->name, verb->usage, verb->help);
    if (verb->more)
      printf("%s", verb->more);
    return;
  }
  printf("squeezectl [OPTIONS] VERB [WORDS...]\n%s\n\nverbs:\n", about);
  for (const SqCtlVerb *each = sq_ctl_verbs; each->name; each++)
    printf("  %-10s %s\n", each->name, each->help);
  printf("\noptions, before or after the verb:\n");
  for (int i = 0; i < N_OPTIONS; i++)
    printf("  %-12s %s\n", options[i].words, options[i].help);
  printf("\nstatus: %s\n", statuses);
}

// ---- squeezectl(1) --------------------------------------------------------------------------------------------------

/// Prints text for troff: minus signs and backslashes stay what they are, no line becomes a request.
static void print_troff(const char *text) {
  bool start = true;
  for (; *text; text++) {
    if (start && (*text == '.' || *text == '\''))
      fputs("\\&", stdout);
    if (*text == '-' || *text == '\\')
      printf("\\%c", *text == '-' ? '-' : 'e');
    else
      fputc(*text, stdout);
    start = *text == '\n';
  }
}

static void print_man(void) {
  printf(".\\\" Made by `squeezectl help --man` from the table of verbs.\n"
         ".TH SQUEEZECTL 1\n.SH NAME\nsqueezectl \\- talk to the audio server squeezed\n"
         ".SH SYNOPSIS\n.B squeezectl\n[OPTIONS] VERB [WORDS...]\n.SH DESCRIPTION\n%s\n"
         "The daemon is that of \\-u or \\-n, else that of SQUEEZED_URL, else the one that runs.\n.SH OPTIONS\n",
         about);
  for (int i = 0; i < N_OPTIONS; i++) {
    printf(".TP\n.B ");
    print_troff(options[i].words);
    fputc('\n', stdout);
    print_troff(options[i].help);
    fputc('\n', stdout);
  }
  printf(".SH VERBS\n");
  for (const SqCtlVerb *verb = sq_ctl_verbs; verb->name; verb++) {
    printf(".TP\n.B %s ", verb->name);
    print_troff(verb->usage);
    printf("\n");
    print_troff(verb->help);
    printf("\n");
    if (verb->more) {
      printf(".nf\n");
      print_troff(verb->more);
      printf(".fi\n");
    }
  }
  printf(".SH EXIT STATUS\n%s\n.SH SEE ALSO\n.BR squeezed (1)\n", statuses);
}

// ---- completion -----------------------------------------------------------------------------------------------------

static void print_bash(void) {
  printf("# Completion of squeezectl for bash; made by `squeezectl help --bash`.\n"
         "_squeezectl() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} folder\n"
         "  if [[ $word == /* ]]; then\n"
         "    folder=${word%%/*}/\n"
         "    compopt -o nospace\n"
         "    COMPREPLY=($(compgen -P \"$folder\" -W \"$(squeezectl --timeout 1 ls \"$folder\" 2>/dev/null)\" -- "
         "\"${word##*/}\"))\n"
         "  elif ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W '");
  for (const SqCtlVerb *verb = sq_ctl_verbs; verb->name; verb++)
    printf("%s%s", verb == sq_ctl_verbs ? "" : " ", verb->name);
  printf("' -- \"$word\"))\n  fi\n}\ncomplete -o default -F _squeezectl squeezectl\n");
}

int sq_ctl_verb_help(SqCtl *ctl, const SqCtlVerb *verb, const SqWords *args) {
  const char *what = args->n ? args->words[0].text : "";
  const SqCtlVerb *asked = sq_ctl_find(what);
  if (strcmp(what, "--man") == 0)
    print_man();
  else if (strcmp(what, "--bash") == 0)
    print_bash();
  else if (*what && !asked)
    return sq_ctl_usage(ctl, verb, "there is no such verb; `squeezectl help` lists them");
  else
    sq_ctl_help(asked);
  return SQ_CTL_OK;
}
