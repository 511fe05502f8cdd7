// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "protocol/args.h"

uint32_t sq_choices_count(const char *choices) {
  uint32_t n = 1;
  for (const char *p = choices; *p; p++)
    n += *p == '|';
  return n;
}

bool sq_choice_at(const char *choices, uint32_t i, char *text, size_t size) {
  const char *p = choices;
  for (; i > 0; i--) {
    p = strchr(p, '|');
    if (!p)
      return false;
    p++;
  }
  snprintf(text, size, "%.*s", (int)strcspn(p, "|"), p);
  return true;
}

int32_t sq_choice_find(const char *choices, const char *name) {
  size_t length = strlen(name);
  int32_t i = 0;
  for (const char *p = choices;; p++, i++) {
    size_t n = strcspn(p, "|");
    if (n == length && strncasecmp(p, name, n) == 0)
      return i;
    p += n;
    if (!*p)
      return -1;
  }
}
