// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQ_VALUES_DIGITS 16 ///< of a double's bits in hexadecimal

SqStatus sq_values_write(const SqProcessorType *type, const double *values, SqBlob *blob) {
  size_t size = 1, at = 0;
  for (uint32_t i = 0; i < type->n_params; i++)
    size += strlen(type->params[i].symbol) + SQ_VALUES_DIGITS + 2;
  char *text = malloc(size);
  if (!text)
    return SQ_LIMIT;
  text[0] = '\0';
  for (uint32_t i = 0; i < type->n_params; i++) {
    if (type->params[i].output)
      continue;
    uint64_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    int n = snprintf(text + at, size - at, "%s=%016llx\n", type->params[i].symbol, (unsigned long long)bits);
    at += n > 0 ? (size_t)n : 0;
  }
  blob->data = text;
  blob->size = at;
  return SQ_OK;
}

/// The bits that 16 digits mean; false: they are not digits.
static bool read_bits(const char *digits, double *value) {
  uint64_t bits = 0;
  for (int i = 0; i < SQ_VALUES_DIGITS; i++) {
    char c = digits[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
    bits = bits << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  memcpy(value, &bits, sizeof bits);
  return true;
}

SqStatus sq_values_read(const SqProcessorType *type, const char *text, size_t size, double *values) {
  const char *end = text + size;
  uint32_t i = 0; // lines come in the order of the table: most are found where the last one ended
  while (text < end) {
    const char *line_end = memchr(text, '\n', (size_t)(end - text));
    const char *sign = line_end ? memchr(text, '=', (size_t)(line_end - text)) : NULL;
    double value;
    if (!sign || line_end - sign != SQ_VALUES_DIGITS + 1 || !read_bits(sign + 1, &value))
      return SQ_BAD_ARGS;
    size_t n = (size_t)(sign - text);
    for (uint32_t tried = 0; tried < type->n_params; tried++, i++) {
      i = i < type->n_params ? i : 0;
      const SqParamInfo *p = &type->params[i];
      if (strncmp(p->symbol, text, n) != 0 || p->symbol[n])
        continue;
      if (!p->output && isfinite(value))
        values[i] = fmin(fmax(value, p->min), p->max);
      break;
    }
    text = line_end + 1;
  }
  return SQ_OK;
}
