// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the tests of sessions share: parameters of the real built-ins, folders of their own; the test's thread.
#ifndef SQ_TESTS_SESSION_RIG_H
#define SQ_TESTS_SESSION_RIG_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "processors/list.h"
#include "session/load.h"
#include "session/save.h"
#include "session/write.h"

static inline bool rig_param(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param) {
  (void)context;
  const SqProcessorType *type = sq_processor_find(proc->type);
  if (!type || i >= type->n_params)
    return false;
  const SqParamInfo *info = &type->params[i];
  *param = (SqSessionParam){info->symbol, info->min, info->max, info->def, info->output};
  return true;
}

static const SqSessionHost rig_host = {.param = rig_param};

/// Removes a folder and all in it.
static inline void rig_remove(const char *folder) {
  DIR *dir = opendir(folder);
  for (const struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (n < 0 || (size_t)n >= sizeof path || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    if (unlink(path) != 0)
      rig_remove(path);
  }
  if (dir)
    closedir(dir);
  rmdir(folder);
}

#endif
