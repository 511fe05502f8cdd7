// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "options_parts.h"

#define INCLUDE_DEPTH 8 ///< files within files: a loop ends here

// ---- words that are nearly right ------------------------------------------------------------------------------------

/// Levenshtein's distance, two rows at a time (V. Levenshtein 1966; Wagner and Fischer 1974); words past 63 bytes are
/// cut.
static size_t distance(const char *a, const char *b) {
  size_t row[64], n = strnlen(b, 63);
  for (size_t j = 0; j <= n; j++)
    row[j] = j;
  for (size_t i = 1; a[i - 1] && i < 64; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t above = row[j], best = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
      best = above + 1 < best ? above + 1 : best;
      best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
      diagonal = above;
      row[j] = best;
    }
  }
  return row[n];
}

const char *sq_options_nearest(const char *word, const char *const *names, size_t n) {
  const char *best = NULL;
  size_t least = strlen(word) / 2 + 2;
  for (size_t i = 0; i < n; i++) {
    size_t d = distance(word, names[i]);
    if (d < least) {
      least = d;
      best = names[i];
    }
  }
  return best;
}

void sq_options_suggest(const char *word, const char *const *names, size_t n, char *text, size_t size) {
  const char *near = sq_options_nearest(word, names, n);
  snprintf(text, size, near ? "; did you mean '%s'?" : "%s", near ? near : "");
}

/// The keys of `section` (NULL: the sections themselves) in names[SQ_OPTION_COUNT]; returns how many.
static size_t names_in(const char *section, const char **names) {
  const SqOption *rows = sq_option_rows();
  size_t n = 0;
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    if (section && !strcmp(rows[i].section, section))
      names[n++] = rows[i].key;
    if (!section && (n == 0 || strcmp(names[n - 1], rows[i].section) != 0))
      names[n++] = rows[i].section;
  }
  return n;
}

bool sq_options_apply(SqOptions *options, const SqOption *row, const char *text, SqOptionOrigin origin, char *why,
                      size_t size) {
  if (sq_option_set(options, row, text, why, size) != SQ_OK)
    return false;
  options->origins[row - sq_option_rows()] = (uint8_t)origin;
  return true;
}

// ---- files ----------------------------------------------------------------------------------------------------------

typedef struct Reader {
  SqOptions *options;
  SqOptionOrigin origin;
  FILE *err;
  int faults, depth;
} Reader;

static void read_file(Reader *reader, const char *path, bool must_exist);

static void fault(Reader *reader, const char *path, int line, const char *text) {
  fprintf(reader->err, "squeezed: %s:%d: %s\n", path, line, text);
  reader->faults++;
}

static char *trim(char *text) {
  while (isspace((unsigned char)*text))
    text++;
  char *end = text + strlen(text);
  while (end > text && isspace((unsigned char)end[-1]))
    end--;
  *end = '\0';
  return text;
}

/// Cuts a comment off: '#' at the start or after a space, outside double quotes.
static void cut_comment(char *line) {
  bool quoted = false;
  for (char *at = line; *at; at++) {
    if (*at == '"')
      quoted = !quoted;
    if (*at == '#' && !quoted && (at == line || isspace((unsigned char)at[-1]))) {
      *at = '\0';
      return;
    }
  }
}

static char *unquote(char *text) {
  size_t n = strlen(text);
  if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
    text[n - 1] = '\0';
    return text + 1;
  }
  return text;
}

static void read_include(Reader *reader, const char *path, int line, char *name) {
  char full[PATH_MAX];
  const char *slash = strrchr(path, '/');
  int n = *name == '/' || !slash ? snprintf(full, sizeof full, "%s", name)
                                 : snprintf(full, sizeof full, "%.*s/%s", (int)(slash - path), path, name);
  if (n >= (int)sizeof full || reader->depth >= INCLUDE_DEPTH)
    fault(reader, path, line, "include goes too deep: does a file include itself?");
  else
    read_file(reader, full, true);
}

static void read_pair(Reader *reader, const char *path, int line, const char *section, char *text) {
  char why[512], near[96];
  const char *names[SQ_OPTION_COUNT];
  char *equals = strchr(text, '=');
  if (!equals) {
    snprintf(why, sizeof why, "'%s' is neither a [section] nor key = value", text);
    fault(reader, path, line, why);
    return;
  }
  *equals = '\0';
  char *key = trim(text), *value = unquote(trim(equals + 1));
  const SqOption *row = sq_option_find(section, key);
  if (!row) {
    sq_options_suggest(key, names, names_in(section, names), near, sizeof near);
    if (*section)
      snprintf(why, sizeof why, "unknown key '%s' in [%s]%s", key, section, near);
    else
      snprintf(why, sizeof why, "'%s' stands before the first [section]", key);
    fault(reader, path, line, why);
    return;
  }
  char reason[256];
  if (!sq_options_apply(reader->options, row, value, reader->origin, reason, sizeof reason)) {
    snprintf(why, sizeof why, "%s.%s: %s", section, key, reason);
    fault(reader, path, line, why);
  }
}

/// "[osc]": returns false (and says so) when there is no such section.
static bool read_section(Reader *reader, const char *path, int line, char *text, char *section, size_t size) {
  const char *names[SQ_OPTION_COUNT];
  size_t length = strlen(text), n = names_in(NULL, names);
  char why[256], near[96];
  if (text[length - 1] != ']') {
    fault(reader, path, line, "a [section] ends with ']'");
    return false;
  }
  text[length - 1] = '\0';
  char *name = trim(text + 1);
  for (size_t i = 0; i < n; i++) {
    if (!strcmp(names[i], name)) {
      snprintf(section, size, "%s", name);
      return true;
    }
  }
  sq_options_suggest(name, names, n, near, sizeof near);
  snprintf(why, sizeof why, "unknown section [%s]%s", name, near);
  fault(reader, path, line, why);
  return false;
}

static void read_line(Reader *reader, const char *path, int line, char *text, char section[64]) {
  cut_comment(text);
  text = trim(text);
  if (*text == '[')
    // an unknown section is one fault: its keys are then passed over
    *section = read_section(reader, path, line, text, section, 64) ? *section : '?';
  else if (!strncmp(text, "include", 7) && isspace((unsigned char)text[7]) && !strchr(text, '='))
    read_include(reader, path, line, unquote(trim(text + 7)));
  else if (*text && *section != '?')
    read_pair(reader, path, line, section, text);
}

static void read_file(Reader *reader, const char *path, bool must_exist) {
  FILE *file = fopen(path, "re");
  if (!file) {
    if (must_exist || (errno != ENOENT && errno != ENOTDIR)) {
      fprintf(reader->err, "squeezed: cannot read %s: %s\n", path, strerror(errno));
      reader->faults++;
    }
    return;
  }
  reader->depth++;
  char *text = NULL, section[64] = "";
  size_t room = 0;
  for (int line = 1; getline(&text, &room, file) >= 0; line++)
    read_line(reader, path, line, text, section);
  if (ferror(file)) {
    fprintf(reader->err, "squeezed: cannot read %s: %s\n", path, strerror(errno));
    reader->faults++;
  }
  free(text);
  fclose(file);
  reader->depth--;
}

int sq_options_read_file(SqOptions *options, const char *path, SqOptionOrigin origin, bool must_exist, FILE *err) {
  Reader reader = {options, origin, err, 0, 0};
  read_file(&reader, path, must_exist);
  return reader.faults;
}

// ---- environment ----------------------------------------------------------------------------------------------------

/// "SQUEEZED_OSC_PORT" for osc.port in name[size].
static void environment_name(const SqOption *row, char *name, size_t size) {
  snprintf(name, size, "SQUEEZED_%s_%s", row->section, row->key);
  for (char *at = name; *at; at++)
    *at = (char)toupper((unsigned char)*at);
}

/// SQUEEZED_ and the name of a section: meant for us (other programs' variables, SQUEEZED_URL say, are not).
static bool names_section(const char *entry) {
  const SqOption *rows = sq_option_rows();
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    size_t n = strlen(rows[i].section);
    if (!strncasecmp(entry + 9, rows[i].section, n) && entry[9 + n] == '_')
      return true;
  }
  return false;
}

static int read_variable(SqOptions *options, const char *entry, FILE *err) {
  char names[SQ_OPTION_COUNT][64], near[96], why[256];
  const char *list[SQ_OPTION_COUNT];
  size_t length = strcspn(entry, "=");
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    const SqOption *row = sq_option_rows() + i;
    environment_name(row, names[i], sizeof names[i]);
    list[i] = names[i];
    if (strlen(names[i]) != length || strncmp(entry, names[i], length) != 0)
      continue;
    if (entry[length] != '=' ||
        sq_options_apply(options, row, entry + length + 1, SQ_ORIGIN_ENVIRONMENT, why, sizeof why))
      return 0;
    fprintf(err, "squeezed: environment: %s: %s\n", names[i], why);
    return 1;
  }
  if (!names_section(entry))
    return 0;
  char word[64];
  snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), entry);
  sq_options_suggest(word, list, SQ_OPTION_COUNT, near, sizeof near);
  fprintf(err, "squeezed: environment: unknown variable %s%s\n", word, near);
  return 1;
}

int sq_options_read_environment(SqOptions *options, char *const *environment, FILE *err) {
  int faults = 0;
  for (char *const *entry = environment; entry && *entry; entry++)
    if (!strncmp(*entry, "SQUEEZED_", 9))
      faults += read_variable(options, *entry, err);
  return faults;
}

const char *sq_options_variable(char *const *environment, const char *name) {
  size_t n = strlen(name);
  for (char *const *entry = environment; entry && *entry; entry++)
    if (!strncmp(*entry, name, n) && (*entry)[n] == '=' && (*entry)[n + 1])
      return *entry + n + 1;
  return NULL;
}
