// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The prompt: line editing and history by libedit, completion from the daemon's live namespace.
#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/squeezectl/ctl.h"

enum { HISTORY_LINES = 1000, PATH_SIZE = 1024, SHOWN = 60 };

static const char *prompt_text(EditLine *edit) {
  return "squeezed> ";
}

// ---- completion -----------------------------------------------------------------------------------------------------

/// What fits the word under the cursor.
typedef struct Fitting {
  const char *start; ///< what is typed of the last part
  int n;
  char common[PATH_SIZE]; ///< longest start that all share
  char shown[SHOWN][64];  ///< the first of them
} Fitting;

static void fit(void *context, const char *candidate) {
  Fitting *fitting = context;
  if (strncmp(candidate, fitting->start, strlen(fitting->start)) != 0)
    return;
  if (fitting->n < SHOWN)
    snprintf(fitting->shown[fitting->n], sizeof fitting->shown[0], "%s", candidate);
  if (fitting->n++ == 0) {
    snprintf(fitting->common, sizeof fitting->common, "%s", candidate);
    return;
  }
  size_t same = 0;
  while (candidate[same] && candidate[same] == fitting->common[same])
    same++;
  fitting->common[same] = '\0';
}

static unsigned char complete(EditLine *edit, int key) {
  SqCtl *ctl = NULL;
  const LineInfo *line = el_line(edit);
  char word[PATH_SIZE];
  const char *begin = line->cursor;
  el_get(edit, EL_CLIENTDATA, &ctl);
  while (begin > line->buffer && begin[-1] != ' ')
    begin--;
  snprintf(word, sizeof word, "%.*s", (int)(line->cursor - begin), begin);
  Fitting fitting = {.start = word};
  char *slash = strrchr(word, '/');
  if (slash) {
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - word), word);
    fitting.start = slash + 1;
    if (sq_ctl_children(ctl, folder, fit, &fitting) != SQ_CTL_OK)
      return CC_REDISPLAY;
  } else if (begin == line->buffer) {
    for (const SqCtlVerb *verb = sq_ctl_verbs; verb->name; verb++)
      fit(&fitting, verb->name);
  }
  if (fitting.n == 0)
    return CC_REFRESH_BEEP;
  if (strlen(fitting.common) > strlen(fitting.start)) {
    el_insertstr(edit, fitting.common + strlen(fitting.start));
    return CC_REFRESH;
  }
  if (fitting.n == 1 && !slash) {
    el_insertstr(edit, " ");
    return CC_REFRESH;
  }
  fputc('\n', stdout);
  for (int i = 0; i < fitting.n && i < SHOWN; i++)
    printf("%s  ", fitting.shown[i]);
  puts(fitting.n > SHOWN ? "..." : "");
  return CC_REDISPLAY;
}

// ---- history --------------------------------------------------------------------------------------------------------

/// Writes the path of the history file into the state folder of the user, making the folders. False: there is none.
static bool history_path(char path[PATH_SIZE]) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  char folder[PATH_SIZE - 32];
  int n = 0;
  if (state && *state)
    n = snprintf(folder, sizeof folder, "%s/squeezed", state);
  else if (home && *home)
    n = snprintf(folder, sizeof folder, "%s/.local/state/squeezed", home);
  if (n <= 0 || n >= (int)sizeof folder)
    return false;
  for (char *at = folder + 1; (at = strchr(at, '/')); at++) {
    *at = '\0';
    (void)mkdir(folder, 0700);
    *at = '/';
  }
  snprintf(path, PATH_SIZE, "%s/history", folder);
  return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

// ---- the loop -------------------------------------------------------------------------------------------------------

/// Asks before a word that ends the daemon for everybody. True: go on.
static bool confirmed(const SqWords *words) {
  char answer[16] = "";
  if (strcmp(words->words[0].text, "quit") != 0)
    return true;
  printf("stop the daemon? `exit` leaves only this prompt [y/N] ");
  fflush(stdout);
  return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/// Runs one line. True: the user wants to leave.
static bool run_line(SqCtl *ctl, const char *line) {
  SqWords words;
  bool leave = false;
  if (!sq_words_split(line, &words)) {
    fputs("squeezectl: a quote is left open\n", stderr);
    return false;
  }
  if (words.n) {
    leave = strcmp(words.words[0].text, "exit") == 0;
    if (!leave && confirmed(&words) && sq_ctl_run(ctl, &words) == SQ_CTL_LOST) {
      sq_remote_close(ctl->remote); // the next line connects anew
      ctl->remote = NULL;
    }
  }
  sq_words_cleanup(&words);
  return leave;
}

static void loop(SqCtl *ctl, EditLine *edit, History *lines) {
  HistEvent event;
  int count = 0;
  const char *line;
  while ((line = el_gets(edit, &count)) && count > 0) {
    if (*line != '\n')
      history(lines, &event, H_ENTER, line);
    if (run_line(ctl, line))
      return;
  }
  fputc('\n', stdout);
}

int sq_ctl_prompt(SqCtl *ctl) {
  char path[PATH_SIZE];
  HistEvent event;
  int status = sq_ctl_connect(ctl);
  if (status != SQ_CTL_OK)
    return status;
  status = sq_ctl_ask(ctl, "/ping", NULL, NULL);
  if (status != SQ_CTL_OK)
    return status;
  printf("talking to %s; an address such as /status is sent, `help` lists verbs, Tab completes, `exit` leaves\n",
         sq_remote_url(ctl->remote));
  EditLine *edit = el_init("squeezectl", stdin, stdout, stderr);
  History *lines = history_init();
  bool kept = edit && lines && history_path(path);
  if (edit && lines) {
    history(lines, &event, H_SETSIZE, HISTORY_LINES);
    if (kept)
      history(lines, &event, H_LOAD, path);
    el_set(edit, EL_PROMPT, prompt_text);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_HIST, history, lines);
    el_set(edit, EL_CLIENTDATA, ctl);
    el_set(edit, EL_ADDFN, "sq-complete", "completes a path or a verb", complete);
    el_set(edit, EL_BIND, "^I", "sq-complete", NULL);
    el_set(edit, EL_SIGNAL, 1);
    loop(ctl, edit, lines);
    if (kept)
      history(lines, &event, H_SAVE, path);
  }
  if (lines)
    history_end(lines);
  if (edit)
    el_end(edit);
  return SQ_CTL_OK;
}
