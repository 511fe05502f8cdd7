// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "processors/list.h"

#include <string.h>

static const SqProcessorType *const types[] = {
#define SQ_PROCESSOR_POINTER(name) &name,
    SQ_PROCESSOR_LIST(SQ_PROCESSOR_POINTER)
#undef SQ_PROCESSOR_POINTER
};

const SqProcessorType *sq_processor_at(uint32_t index) {
  return index < sizeof types / sizeof types[0] ? types[index] : NULL;
}

const SqProcessorType *sq_processor_find(const char *id) {
  for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (!strcmp(types[i]->id, id))
      return types[i];
  return NULL;
}
