// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Finds the daemon that a program means when it names none: environment, runtime folders, default port.
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/libsqueeze/squeeze.h"

enum { NOTE_SIZE = 16384, NAME_SIZE = 256 };

/// What the search knows so far.
typedef struct Finding {
  const char *wanted; ///< name, or NULL
  int n;              ///< daemons that run
  char url[SQ_REMOTE_URL];
  char names[SQ_REMOTE_TEXT / 2]; ///< of all that run, for the error
} Finding;

/// Copies the string that starts with `start` inside `text` (JSON, where URLs need no escapes but `\/`).
static bool copy_url(const char *text, const char *start, char url[SQ_REMOTE_URL]) {
  const char *from = strstr(text, start);
  if (!from)
    return false;
  size_t n = 0;
  for (; *from && *from != '"' && n + 1 < SQ_REMOTE_URL; from++)
    if (*from != '\\')
      url[n++] = *from;
  url[n] = '\0';
  return true;
}

/// True when the note's "pid" is a process that lives (one that we may not signal lives too).
static bool lives(const char *text) {
  const char *at = strstr(text, "\"pid\"");
  at = at ? strchr(at, ':') : NULL;
  long pid = at ? strtol(at + 1, NULL, 10) : 0;
  return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static void read_note(Finding *finding, const char *folder, const char *file) {
  size_t length = strlen(file);
  if (length < 6 || length >= NAME_SIZE || strcmp(file + length - 5, ".json") != 0)
    return;
  char path[1024], name[NAME_SIZE], url[SQ_REMOTE_URL];
  static const char *const kinds[] = {"osc.unix:", "osc.tcp:", "osc.udp:"};
  snprintf(name, sizeof name, "%.*s", (int)(length - 5), file);
  if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path ||
      (finding->wanted && strcmp(name, finding->wanted) != 0))
    return;
  FILE *stream = fopen(path, "re");
  char *text = calloc(1, NOTE_SIZE);
  bool good = stream && text && fread(text, 1, NOTE_SIZE - 1, stream) > 0 && lives(text);
  for (size_t i = 0; good && i < sizeof kinds / sizeof *kinds; i++)
    if (copy_url(text, kinds[i], url)) {
      size_t used = strlen(finding->names);
      snprintf(finding->names + used, sizeof finding->names - used, "%s%s", finding->n ? ", " : "", name);
      snprintf(finding->url, sizeof finding->url, "%s", url);
      finding->n++;
      break;
    }
  free(text);
  if (stream)
    fclose(stream);
}

static void read_folder(Finding *finding, const char *folder) {
  DIR *dir = opendir(folder);
  if (!dir)
    return;
  for (struct dirent *entry; (entry = readdir(dir));)
    read_note(finding, folder, entry->d_name);
  closedir(dir);
}

SqStatus sq_remote_find(const char *name, char url[SQ_REMOTE_URL], char error[SQ_REMOTE_TEXT]) {
  const char *given = getenv("SQUEEZED_URL");
  if (!name && given && *given) {
    snprintf(url, SQ_REMOTE_URL, "%s", given);
    return SQ_OK;
  }
  char folders[3][512] = {"", "/run/squeezed", ""};
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime && *runtime)
    snprintf(folders[0], sizeof folders[0], "%s/squeezed", runtime);
  snprintf(folders[2], sizeof folders[2], "/tmp/squeezed-%u", (unsigned)getuid());
  Finding finding = {.wanted = name};
  for (int i = 0; i < 3 && finding.n == 0; i++)
    if (*folders[i])
      read_folder(&finding, folders[i]);
  if (finding.n > 1) {
    snprintf(error, SQ_REMOTE_TEXT, "several daemons run (%s): choose one by -n NAME, -u URL or SQUEEZED_URL",
             finding.names);
    return SQ_NOT_NOW;
  }
  if (finding.n == 0 && name) {
    snprintf(error, SQ_REMOTE_TEXT, "no daemon named %s runs: start it by `squeezed --name %s`", name, name);
    return SQ_NOT_FOUND;
  }
  if (finding.n == 1)
    snprintf(url, SQ_REMOTE_URL, "%s", finding.url);
  else
    snprintf(url, SQ_REMOTE_URL, "osc.udp://127.0.0.1:%d/", SQ_REMOTE_PORT);
  return SQ_OK;
}
