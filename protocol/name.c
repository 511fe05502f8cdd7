// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/name.h"

#include <stddef.h>
#include <string.h>

// Fixed for ever: a word added later could be the name of somebody's strip.
static const char *const reserved[] = {
    "add",     "all",    "assign", "cancel",    "clear", "close",    "copy",    "create",      "delete",
    "disable", "enable", "ensure", "export",    "find",  "free",     "get",     "import",      "info",
    "learn",   "list",   "load",   "map",       "mode",  "move",     "new",     "none",        "open",
    "recall",  "remove", "rename", "replace",   "route", "save",     "scan",    "search",      "set",
    "start",   "stop",   "store",  "subscribe", "swap",  "unassign", "unroute", "unsubscribe",
};

const char *sq_name_reserved_at(unsigned i) {
  return i < sizeof reserved / sizeof reserved[0] ? reserved[i] : NULL;
}

bool sq_name_reserved(const char *name) {
  for (unsigned i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    if (strcmp(name, reserved[i]) == 0)
      return true;
  return false;
}

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

SqStatus sq_name_check(const char *name, const char **why) {
  size_t length = strlen(name);
  *why = NULL;
  if (length == 0)
    *why = "is empty; a name is a letter or _, then letters, digits, _ or -";
  else if (length > SQ_NAME_MAX)
    *why = "is longer than 63 characters; choose a shorter name and put the rest into its label";
  else if (!is_letter(name[0]))
    *why = "does not begin with a letter or _; a name of digits would be taken for a handle";
  else if (sq_name_reserved(name))
    *why = "is a reserved verb; choose another name, for example with a _ behind it";
  for (size_t i = 1; i < length && !*why; i++)
    if (!is_letter(name[i]) && !(name[i] >= '0' && name[i] <= '9') && name[i] != '-')
      *why = "holds something other than letters, digits, _ and -; put free text into the label";
  return *why ? SQ_BAD_ARGS : SQ_OK;
}

/// Length of the UTF-8 character at `p`, or 0 when there is none.
static size_t character(const unsigned char *p) {
  if (p[0] < 0x80)
    return p[0] >= 0x20 && p[0] != 0x7f;
  size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
  bool surrogate = p[0] == 0xed && p[1] > 0x9f;
  bool beyond = p[0] == 0xf4 && p[1] > 0x8f;
  return overlong || surrogate || beyond ? 0 : n;
}

bool sq_text_is_utf8(const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  while (*p) {
    size_t n = character(p);
    if (n == 0)
      return false;
    p += n;
  }
  return true;
}

int sq_text_cut(const char *text, int max) {
  int n = (int)strnlen(text, (size_t)max + 1);
  if (n <= max)
    return n;
  n = max;
  while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
    n--;
  return n;
}
