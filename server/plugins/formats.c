// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/formats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/list.h"

#define SQ_FORMAT_POINTER(name) &name,
static const SqFormat *const list[] = {SQ_FORMAT_LIST(SQ_FORMAT_POINTER)};
#define SQ_N_FORMATS (sizeof list / sizeof list[0])

struct SqFormats {
  void *worlds[SQ_N_FORMATS];
};

SqFormats *sq_formats_new(const SqFormatConfig *config) {
  SqFormats *formats = calloc(1, sizeof *formats);
  for (size_t i = 0; formats && i < SQ_N_FORMATS; i++) {
    if (list[i]->open(config, &formats->worlds[i]) == SQ_OK)
      continue;
    sq_formats_free(formats);
    return NULL;
  }
  return formats;
}

void sq_formats_free(SqFormats *formats) {
  for (size_t i = 0; formats && i < SQ_N_FORMATS; i++)
    if (formats->worlds[i])
      list[i]->close(formats->worlds[i]);
  free(formats);
}

uint32_t sq_formats_count(void) {
  return SQ_N_FORMATS;
}

const SqFormat *sq_formats_at(uint32_t index) {
  return list[index];
}

void *sq_formats_world(const SqFormats *formats, uint32_t index) {
  return formats->worlds[index];
}

uint32_t sq_formats_find(const char *id, const char **rest) {
  for (uint32_t i = 0; i < SQ_N_FORMATS; i++) {
    const size_t n = strlen(list[i]->prefix);
    if (strncmp(id, list[i]->prefix, n) != 0 || (id[n] != ':' && id[n] != '\0'))
      continue;
    *rest = id[n] ? id + n + 1 : id + n;
    return i;
  }
  return SQ_N_FORMATS;
}

static bool ignore(void *context, const SqPluginEntry *entry) {
  return true;
}

SqStatus sq_formats_describe(const SqFormats *formats, const char *id, const char *path, const SqPluginInfo **info,
                             char *error, size_t error_size) {
  const char *rest;
  const uint32_t i = sq_formats_find(id, &rest);
  if (i == SQ_N_FORMATS) {
    snprintf(error, error_size, "'%s' is of no plug-in format that is known here", id);
    return SQ_NOT_FOUND;
  }
  if (path && *path && list[i]->load) {
    const SqStatus status = list[i]->load(formats->worlds[i], path, ignore, NULL, error, error_size);
    if (status != SQ_OK)
      return status;
  }
  return list[i]->describe(formats->worlds[i], rest, info, error, error_size);
}

SqStatus sq_formats_state_values(const SqFormats *formats, const SqProcessorType *type, const SqBlob *state,
                                 double *values) {
  char error[256];
  const SqPluginInfo *info = NULL;
  const char *rest;
  const uint32_t i = sq_formats_find(type->id, &rest);
  if (i == SQ_N_FORMATS)
    return SQ_NOT_FOUND;
  const SqStatus status = list[i]->describe(formats->worlds[i], rest, &info, error, sizeof error);
  return status == SQ_OK ? list[i]->state_values(formats->worlds[i], info, state, values) : status;
}
