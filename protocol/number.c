// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// strtod_l and uselocale.
#define _GNU_SOURCE
#include "protocol/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The C locale. glibc answers this very call with a constant, so it costs nothing and need not be freed.
static locale_t c_locale(void) {
  return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static const char *skip_digits(const char *p) {
  while (*p >= '0' && *p <= '9')
    p++;
  return p;
}

/// True when `text` is [+-] digits [. digits] [e [+-] digits] with at least one digit before the exponent.
static bool is_decimal(const char *text) {
  const char *p = text + (*text == '+' || *text == '-');
  const char *whole = p;
  p = skip_digits(p);
  size_t digits = (size_t)(p - whole);
  if (*p == '.') {
    const char *part = ++p;
    p = skip_digits(p);
    digits += (size_t)(p - part);
  }
  if (digits == 0)
    return false;
  if (*p == 'e' || *p == 'E') {
    p++;
    p += *p == '+' || *p == '-';
    const char *exponent = p;
    p = skip_digits(p);
    if (p == exponent)
      return false;
  }
  return *p == '\0';
}

bool sq_number_parse(const char *text, double *out) {
  const char *word = text + (*text == '+' || *text == '-');
  if (strcmp(word, "inf") == 0 || strcmp(word, "Inf") == 0 || strcmp(word, "INF") == 0) {
    *out = *text == '-' ? -(double)INFINITY : (double)INFINITY;
    return true;
  }
  if (!is_decimal(text))
    return false;
  *out = strtod_l(text, NULL, c_locale());
  return true;
}

bool sq_number_parse_int(const char *text, int64_t *out) {
  const char *digits = text + (*text == '+' || *text == '-');
  if (digits == skip_digits(digits) || *skip_digits(digits))
    return false;
  errno = 0;
  long long value = strtoll(text, NULL, 10);
  *out = value;
  return errno == 0;
}

void sq_number_format(double value, char *text, size_t size) {
  locale_t locale = c_locale(), old = uselocale(locale);
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, size, "%.*g", digits, value);
    if (isnan(value) || strtod_l(text, NULL, locale) == value)
      break;
  }
  uselocale(old);
}

void sq_number_format_float(float value, char *text, size_t size) {
  locale_t locale = c_locale(), old = uselocale(locale);
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, size, "%.*g", digits, (double)value);
    if (isnan(value) || strtof_l(text, NULL, locale) == value)
      break;
  }
  uselocale(old);
}
