// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// squeezed-scan: loads one module and says what is in it, in a process that may crash, hang or be ended for it.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "plugins/formats.h"
#include "plugins/record.h"

#define RATE_HZ 48000.0

typedef struct {
  const SqFormats *formats;
  SqJsonOut out;
  char **ids;
  uint32_t n;
} Scan;

static bool note(void *context, const SqPluginEntry *entry) {
  Scan *scan = context;
  char **grown = realloc(scan->ids, (scan->n + 1) * sizeof *grown);
  if (!grown)
    return false;
  scan->ids = grown;
  scan->ids[scan->n] = strdup(entry->id);
  scan->n += scan->ids[scan->n] != NULL;
  return true;
}

static int write_all(int fd, const char *text, size_t n) {
  while (n) {
    const ssize_t wrote = write(fd, text, n);
    if (wrote < 0 && errno != EINTR)
      return 1;
    text += wrote > 0 ? wrote : 0;
    n -= wrote > 0 ? (size_t)wrote : 0;
  }
  return 0;
}

/// What a plug-in prints is not for the reader of our result, which goes where stdout went.
static int keep_output(void) {
  const int result = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr,
            "usage: squeezed-scan FORMAT PATH\nLoads the module at PATH (FORMAT: lv2, clap, vst3, vst2, ladspa) "
            "and prints what is in it as JSON.\n");
    return 2;
  }
  const char *rest;
  const uint32_t format = sq_formats_find(argv[1], &rest);
  if (format == sq_formats_count() || *rest) {
    fprintf(stderr, "squeezed-scan: there is no plug-in format '%s'\n", argv[1]);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int result = keep_output();
  char error[512] = "";
  Scan scan = {.formats = sq_formats_new(&(SqFormatConfig){.rate_hz = RATE_HZ, .bare = true})};
  const SqFormat *f = sq_formats_at(format);
  void *world = sq_formats_world(scan.formats, format);
  SqStatus status = f->load(world, argv[2], note, &scan, error, sizeof error);
  sq_json_out_begin(&scan.out, NULL, '{');
  sq_json_out_text(&scan.out, "verdict", status == SQ_OK ? "ok" : error[0] ? error : sq_status_symbol(status));
  sq_json_out_begin(&scan.out, "plugins", '[');
  for (uint32_t i = 0; i < scan.n; i++) {
    const SqPluginInfo *info = NULL;
    if (f->describe(world, scan.ids[i] + strlen(f->prefix) + 1, &info, error, sizeof error) == SQ_OK)
      sq_record_write(&scan.out, info);
    else
      sq_record_write_refused(&scan.out, scan.ids[i], error);
  }
  sq_json_out_end(&scan.out, ']');
  sq_json_out_end(&scan.out, '}');
  write_all(result, scan.out.text, scan.out.n);
  _exit(status == SQ_OK ? 0 : 1); // destructors of third parties have been seen to crash; all is said
}
