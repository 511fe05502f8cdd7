// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "options_parts.h"

#define SYSTEM_FILE "/etc/squeezed/squeezed.conf"

// ---- command line ---------------------------------------------------------------------------------------------------

/// Flags that are no option of the table.
typedef enum { ACT_HELP, ACT_VERSION, ACT_VALUES, ACT_CHECK, ACT_CONF, ACT_MAN, ACT_NONE } Action;

static const char *const action_flags[] = {"help",         "version",        "print-config",
                                           "check-config", "default-config", "manual"};

typedef struct Line {
  SqOptions *options;
  FILE *err;
  const char *config; ///< --config
  Action action;
  bool apply; ///< false: the first pass, which only looks for --config and actions
} Line;

static int usage(Line *line, const char *format, const char *word) {
  fprintf(line->err, "squeezed: ");
  fprintf(line->err, format, word);
  fprintf(line->err, " (squeezed --help lists what there is)\n");
  return SQ_EXIT_USAGE;
}

static int set_flag(Line *line, const SqOption *row, const char *value) {
  char why[256];
  if (!line->apply || sq_options_apply(line->options, row, value, SQ_ORIGIN_FLAG, why, sizeof why))
    return -1;
  fprintf(line->err, "squeezed: %s.%s: %s\n", row->section, row->key, why);
  return SQ_EXIT_USAGE;
}

/// --set SECTION.KEY=VALUE
static int set_any(Line *line, const char *text) {
  char section[64], key[64];
  int used = 0;
  if (sscanf(text, "%63[^.=].%63[^=]=%n", section, key, &used) != 2 || used == 0)
    return usage(line, "--set wants SECTION.KEY=VALUE, not '%s'", text);
  const SqOption *row = sq_option_find(section, key);
  if (!row)
    return usage(line, "--set: there is no option '%s'", text);
  return set_flag(line, row, text + used);
}

static int unknown_flag(Line *line, const char *name) {
  const char *names[SQ_OPTION_COUNT + ACT_NONE];
  char near[96], text[192];
  size_t n = 0;
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++)
    if (sq_option_rows()[i].flag)
      names[n++] = sq_option_rows()[i].flag;
  for (size_t i = 0; i < ACT_NONE; i++)
    names[n++] = action_flags[i];
  sq_options_suggest(name, names, n, near, sizeof near);
  snprintf(text, sizeof text, "--%s%s", name, near);
  return usage(line, "unknown option %s", text);
}

static const SqOption *row_of_flag(const char *name) {
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++)
    if (sq_option_rows()[i].flag && !strcmp(sq_option_rows()[i].flag, name))
      return &sq_option_rows()[i];
  return NULL;
}

/// The flags with a value that are no option of the table.
static int set_special(Line *line, const char *name, const char *value) {
  if (!strcmp(name, "set"))
    return set_any(line, value);
  if (!strcmp(name, "config")) {
    line->config = value;
    return -1;
  }
  if (strcmp(value, "json") != 0 && strcmp(value, "md") != 0)
    return usage(line, "--dump-namespace is json or md, not '%s'", value);
  line->options->dump_namespace = value;
  return -1;
}

/// The flag `name`. `value`: what was joined to it, or NULL; then `next` is used where one is wanted, and *took is
/// true.
static int set_named(Line *line, const char *name, const char *value, const char *next, bool *took) {
  *took = false;
  for (size_t i = 0; i < ACT_NONE; i++) {
    if (!strcmp(action_flags[i], name)) {
      line->action = line->action == ACT_NONE ? (Action)i : line->action;
      return value ? usage(line, "--%s takes no value", name) : -1;
    }
  }
  const SqOption *row = row_of_flag(name);
  if (!row && strcmp(name, "config") != 0 && strcmp(name, "set") != 0 && strcmp(name, "dump-namespace") != 0)
    return unknown_flag(line, name);
  if (row && row->type == SQ_OPTION_BOOL && !value) // a switch alone turns it on
    return set_flag(line, row, "on");
  *took = !value;
  value = value ? value : next;
  if (!value)
    return usage(line, "--%s wants a value", name);
  return row ? set_flag(line, row, value) : set_special(line, name, value);
}

/// --port 7000, --port=7000
static int long_flag(Line *line, const char *word, const char *next, bool *took) {
  char name[64];
  size_t length = strcspn(word, "=");
  snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
  return set_named(line, name, word[length] ? word + length + 1 : NULL, next, took);
}

/// -p 7000, -p7000, -h, -V, -c FILE
static int short_flag(Line *line, const char *word, const char *next, bool *took) {
  const char *name = word[0] == 'h' ? "help" : word[0] == 'V' ? "version" : word[0] == 'c' ? "config" : NULL;
  for (size_t i = 0; i < SQ_OPTION_COUNT && !name; i++)
    if (sq_option_rows()[i].letter && sq_option_rows()[i].letter == word[0])
      name = sq_option_rows()[i].flag;
  if (!name)
    return usage(line, "unknown option -%s", word);
  return set_named(line, name, word[1] ? word + 1 : NULL, next, took);
}

/// One pass over the words; a word without '-' is the session to start with.
static int read_line_words(Line *line, const SqOptionSources *sources) {
  for (int i = 1; i < sources->argc; i++) {
    const char *word = sources->argv[i], *next = i + 1 < sources->argc ? sources->argv[i + 1] : NULL;
    bool took = false;
    int status = -1;
    if (!strncmp(word, "--", 2) && word[2])
      status = long_flag(line, word + 2, next, &took);
    else if (word[0] == '-' && word[1])
      status = short_flag(line, word + 1, next, &took);
    else
      status = set_flag(line, sq_option_find("session", "start"), word);
    if (status >= 0)
      return status;
    i += took;
  }
  return -1;
}

// ---- folders --------------------------------------------------------------------------------------------------------

static bool replace(char **slot, const char *format, const char *a, const char *b) {
  char text[PATH_MAX];
  int n = snprintf(text, sizeof text, format, a, b);
  char *copy = n < (int)sizeof text ? strdup(text) : NULL;
  if (!copy)
    return false;
  free(*slot);
  *slot = copy;
  return true;
}

/// First of a ':' list that a service manager gives, in text[size].
static const char *first_of(const char *list, char *text, size_t size) {
  if (list)
    snprintf(text, size, "%.*s", (int)strcspn(list, ":"), list);
  return list ? text : NULL;
}

static bool default_folders(SqOptions *options, char *const *environment, const char *home) {
  char given[PATH_MAX], uid[32];
  if (!*options->paths.state) {
    const char *service = first_of(sq_options_variable(environment, "STATE_DIRECTORY"), given, sizeof given);
    const char *xdg = sq_options_variable(environment, "XDG_STATE_HOME");
    if (!(service ? replace(&options->paths.state, "%s%s", service, "")
          : xdg   ? replace(&options->paths.state, "%s%s", xdg, "/squeezed")
                  : replace(&options->paths.state, "%s%s", home, "/.local/state/squeezed")))
      return false;
  }
  if (*options->paths.runtime)
    return true;
  const char *service = first_of(sq_options_variable(environment, "RUNTIME_DIRECTORY"), given, sizeof given);
  const char *xdg = sq_options_variable(environment, "XDG_RUNTIME_DIR");
  if (service || xdg)
    return replace(&options->paths.runtime, "%s%s", service ? service : xdg, service ? "" : "/squeezed");
  if (access("/run/squeezed", W_OK) == 0 || access("/run", W_OK) == 0)
    return replace(&options->paths.runtime, "%s%s", "/run/squeezed", "");
  snprintf(uid, sizeof uid, "%ld", (long)getuid());
  return replace(&options->paths.runtime, "%s%s", "/tmp/squeezed-", uid);
}

/// "~/x" and "x" become absolute; lists are left as they are but for "~/" in front.
static bool make_absolute(char **slot, const char *home) {
  char here[PATH_MAX];
  if (!strncmp(*slot, "~/", 2))
    return replace(slot, "%s/%s", home, *slot + 2);
  if (**slot && **slot != '/' && getcwd(here, sizeof here))
    return replace(slot, "%s/%s", here, *slot);
  return true;
}

static bool resolve(SqOptions *options, char *const *environment) {
  const char *home = sq_options_variable(environment, "HOME");
  home = home ? home : "/";
  if (!default_folders(options, environment, home))
    return false;
  char **slots[] = {&options->paths.state, &options->paths.runtime,     &options->paths.read,
                    &options->paths.write, &options->security.key_file, &options->session.start};
  for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
    if (!(slots[i] == &options->session.start && !strchr(*slots[i], '/')) && // the name of a session
        !make_absolute(slots[i], home))
      return false;
  return true;
}

SqStatus sq_options_read_gate(const SqOptions *options, SqGate *gate, char *why, size_t size) {
  const SqGateConfig config = {options->security.allow, options->security.key_file, options->security.trust_loopback};
  char cause[SQ_GATE_WHY];
  const SqStatus status = sq_gate_read(&config, gate, cause, sizeof cause);
  if (status != SQ_OK)
    snprintf(why, size, "[security] %s", cause);
  return status;
}

// ---- all together ---------------------------------------------------------------------------------------------------

static int read_files(SqOptions *options, const SqOptionSources *sources, const char *config) {
  if (config)
    return sq_options_read_file(options, config, SQ_ORIGIN_FILE, true, sources->err);
  const char *system = sources->system_file ? sources->system_file : SYSTEM_FILE;
  int faults = sq_options_read_file(options, system, SQ_ORIGIN_SYSTEM, false, sources->err);
  char path[PATH_MAX];
  const char *xdg = sq_options_variable(sources->environment, "XDG_CONFIG_HOME");
  const char *home = sq_options_variable(sources->environment, "HOME");
  if (!xdg && !home)
    return faults;
  snprintf(path, sizeof path, "%s%s/squeezed/squeezed.conf", xdg ? xdg : home, xdg ? "" : "/.config");
  return faults + sq_options_read_file(options, path, SQ_ORIGIN_USER, false, sources->err);
}

static int act(const SqOptions *options, Action action, FILE *out) {
  switch (action) {
  case ACT_HELP:
    sq_options_print_help(out);
    break;
  case ACT_VERSION:
    fprintf(out, "squeezed %s\n", SQ_VERSION);
    break;
  case ACT_VALUES:
    sq_options_print_values(options, out);
    break;
  case ACT_CHECK:
    fprintf(out, "the configuration is good\n");
    break;
  case ACT_CONF:
    sq_options_print_conf(out);
    break;
  case ACT_MAN:
    sq_options_print_man(out);
    break;
  case ACT_NONE:
    return -1;
  }
  return fflush(out) ? SQ_EXIT_CREATE : SQ_EXIT_OK;
}

int sq_options_load(SqOptions *options, const SqOptionSources *sources) {
  sq_options_init(options);
  options->sources = sources;
  Line line = {.options = options, .err = sources->err, .action = ACT_NONE, .apply = false};
  int status = read_line_words(&line, sources);
  if (status >= 0)
    return status;
  bool words_only =
      line.action == ACT_HELP || line.action == ACT_VERSION || line.action == ACT_CONF || line.action == ACT_MAN;
  if (words_only)
    return act(options, line.action, sources->out);
  int faults = read_files(options, sources, line.config);
  faults += sq_options_read_environment(options, sources->environment, sources->err);
  if (faults)
    return SQ_EXIT_CONFIG;
  line.apply = true;
  status = read_line_words(&line, sources);
  if (status >= 0)
    return status;
  if (!resolve(options, sources->environment)) {
    fprintf(sources->err, "squeezed: a folder's path is too long\n");
    return SQ_EXIT_CONFIG;
  }
  return act(options, line.action, sources->out);
}
