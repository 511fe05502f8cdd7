// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/match.h"

#include <string.h>

/// Which places of the text (0 to n) can be reached: the state set of Thompson's matcher (CACM 11/6, 1968).
typedef struct {
  bool at[SQ_MATCH_PART + 1];
} Places;

typedef struct {
  const char *p, *end;
} Pattern;

bool sq_match_is_pattern(const char *text) {
  return strpbrk(text, "?*[]{}") != NULL;
}

/// True when `c` is in the class [from, end) ("a-z", "!abc").
static bool in_class(const char *from, const char *end, char c) {
  bool negated = from < end && *from == '!';
  bool found = false;
  for (const char *p = from + negated; p < end; p++) {
    if (p + 2 < end && p[1] == '-') {
      found |= (unsigned char)p[0] <= (unsigned char)c && (unsigned char)c <= (unsigned char)p[2];
      p += 2;
    } else {
      found |= *p == c;
    }
  }
  return found != negated;
}

/// Moves every place over one character that is `c` (kind 'c'), any ('?') or in the class ('[').
static void step(Places *places, const char *text, size_t n, const char *from, const char *end) {
  for (size_t i = n; i > 0; i--) {
    bool fits = *from == '?' || (*from == '[' ? in_class(from + 1, end, text[i - 1]) : *from == text[i - 1]);
    places->at[i] = places->at[i - 1] && fits;
  }
  places->at[0] = false;
}

static void star(Places *places, size_t n) {
  bool reached = false;
  for (size_t i = 0; i <= n; i++)
    reached = places->at[i] |= reached;
}

/// Moves every place over any of the strings in [from, end), which are parted by commas.
static void braces(Places *places, const char *text, size_t n, const char *from, const char *end) {
  Places next = {{false}};
  for (;;) {
    const char *comma = memchr(from, ',', (size_t)(end - from));
    size_t length = (size_t)((comma ? comma : end) - from);
    for (size_t i = 0; length <= n && i <= n - length; i++)
      if (places->at[i] && memcmp(text + i, from, length) == 0)
        next.at[i + length] = true;
    if (!comma)
      break;
    from = comma + 1;
  }
  *places = next;
}

bool sq_match_part(const char *pattern, size_t n_pattern, const char *text, size_t n_text) {
  if (n_pattern > SQ_MATCH_PART || n_text > SQ_MATCH_PART)
    return false;
  Places places = {{true}};
  const char *last = pattern + n_pattern;
  for (const char *p = pattern; p < last; p++) {
    const char *end = p;
    if (*p == '[' || *p == '{') {
      end = memchr(p, *p == '[' ? ']' : '}', (size_t)(last - p));
      if (!end)
        return false;
    }
    if (*p == '*')
      star(&places, n_text);
    else if (*p == '{')
      braces(&places, text, n_text, p + 1, end);
    else
      step(&places, text, n_text, p, end);
    p = end;
  }
  return places.at[n_text];
}

/// Matches the part at the front of both and moves past it.
static bool parts(const char **pattern, const char **address) {
  size_t n = strcspn(*pattern, "/"), m = strcspn(*address, "/");
  bool same = sq_match_part(*pattern, n, *address, m);
  *pattern += n;
  *address += m;
  return same;
}

bool sq_match_address(const char *pattern, const char *address) {
  const char *retry_pattern = NULL, *retry_address = NULL; // after the last "//", as for the last '*' of a glob
  for (;;) {
    if (pattern[0] == '/' && pattern[1] == '/') {
      pattern++;
      retry_pattern = pattern;
      retry_address = address;
    }
    if (!*pattern && !*address)
      return true;
    if (*pattern == '/' && *address == '/') {
      pattern++;
      address++;
      if (parts(&pattern, &address))
        continue;
    }
    if (!retry_pattern || !*retry_address)
      return false;
    retry_address += 1 + strcspn(retry_address + 1, "/");
    pattern = retry_pattern;
    address = retry_address;
  }
}
