// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Start, run, stop.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/families.h"
#include "daemon.h"

extern char **environ;

static int dump(const char *how) {
  size_t n;
  const SqRow **rows = sq_daemon_contract(&n);
  const SqContract contract = {rows, n, sq_address_families, SQ_ADDRESS_FAMILIES};
  const SqStatus status =
      strcmp(how, "md") == 0 ? sq_describe_markdown(&contract, stdout) : sq_describe_json(&contract, stdout);
  free(rows);
  return status == SQ_OK ? SQ_EXIT_OK : SQ_EXIT_INTERNAL;
}

int main(int argc, char **argv) {
  SqOptions options;
  int status = sq_options_load(&options, &(SqOptionSources){argc, argv, environ, NULL, stdout, stderr});
  if (status < 0 && options.dump_namespace)
    status = dump(options.dump_namespace);
  if (status >= 0) {
    sq_options_cleanup(&options);
    return status;
  }
  SqDaemon *daemon = calloc(1, sizeof *daemon);
  if (!daemon)
    return SQ_EXIT_INTERNAL;
  status = sq_daemon_start(daemon, &options);
  if (status == SQ_EXIT_OK)
    sq_daemon_loop(daemon);
  sq_daemon_stop(daemon);
  free(daemon);
  sq_options_cleanup(&options);
  return status;
}
