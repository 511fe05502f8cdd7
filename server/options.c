// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "options.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "host/hosts.h"

#define AT(member) offsetof(SqOptions, member)

// clang-format off
static const SqOption rows[SQ_OPTION_COUNT] = {
  {.section = "server", .key = "name", .type = SQ_OPTION_NAME, .offset = AT(server.name), .flag = "name", .letter = 'n',
   .def = "squeezed", .help = "Name of the JACK client and of the files in the runtime folder."},

  {.section = "osc", .key = "port", .type = SQ_OPTION_INT, .offset = AT(osc.port), .flag = "port", .letter = 'p',
   .unit = "UDP port", .min = 0, .max = 65535, .def = "7793", .help = "Where OSC is heard; 0 picks a free port."},
  {.section = "osc", .key = "bind", .type = SQ_OPTION_TEXT, .offset = AT(osc.bind), .flag = "bind", .def = "loopback",
   .help = "loopback, or numeric addresses separated by commas; any but loopback need security.allow and security.key_file."},
  {.section = "osc", .key = "tcp", .type = SQ_OPTION_BOOL, .offset = AT(osc.tcp), .def = "on",
   .help = "OSC over TCP on port + 1."},
  {.section = "osc", .key = "unix", .type = SQ_OPTION_BOOL, .offset = AT(osc.unix_socket), .def = "on",
   .help = "OSC over a Unix socket in the runtime folder."},
  {.section = "osc", .key = "lease", .type = SQ_OPTION_INT, .offset = AT(osc.lease), .unit = "seconds", .min = 1,
   .max = 86400, .def = "60", .help = "How long a UDP client that is silent is still remembered.",
   .change = SQ_CHANGE_SET},
  {.section = "osc", .key = "late", .type = SQ_OPTION_ENUM, .offset = AT(osc.late), .choices = "play|drop",
   .def = "play", .help = "A bundle that comes after its time is played at once, or refused.",
   .change = SQ_CHANGE_SET},

  {.section = "engine", .key = "driver", .type = SQ_OPTION_TEXT, .offset = AT(engine.driver), .flag = "driver",
   .letter = 'd', .choices = "auto|jack|null|offline", .def = "auto",
   .help = "What drives the audio: JACK, a timer, or clients; auto is jack, else null with a warning."},
  {.section = "engine", .key = "rate", .type = SQ_OPTION_INT, .offset = AT(engine.rate), .flag = "rate", .letter = 'r',
   .unit = "Hz", .min = 8000, .max = 384000, .def = "48000",
   .help = "Sample rate of null, offline and of a JACK server of our own."},
  {.section = "engine", .key = "period", .type = SQ_OPTION_INT, .offset = AT(engine.period), .flag = "period",
   .unit = "frames", .min = 1, .max = 8192, .def = "256",
   .help = "Frames per cycle of null, offline and of a JACK server of our own."},
  {.section = "engine", .key = "inputs", .type = SQ_OPTION_INT, .offset = AT(engine.inputs), .flag = "inputs",
   .unit = "channels", .min = 0, .max = SQ_MAX_HARDWARE, .def = "2", .help = "Hardware inputs."},
  {.section = "engine", .key = "outputs", .type = SQ_OPTION_INT, .offset = AT(engine.outputs), .flag = "outputs",
   .unit = "channels", .min = 1, .max = SQ_MAX_HARDWARE, .def = "2", .help = "Hardware outputs."},
  {.section = "engine", .key = "ceiling_db", .type = SQ_OPTION_NUMBER, .offset = AT(engine.ceiling_db), .unit = "dB",
   .min = -60, .max = 0, .def = "0", .help = "No hardware output is ever louder than this."},
  {.section = "engine", .key = "kernels", .type = SQ_OPTION_TEXT, .offset = AT(engine.kernels),
   .choices = "auto|base|avx2|avx512", .def = "auto",
   .help = "Instruction set of the mixer; auto is the best of this machine. They all make the same bits."},
  {.section = "engine", .key = "autosave", .type = SQ_OPTION_INT, .offset = AT(engine.autosave), .unit = "seconds",
   .min = 0, .max = 86400, .def = "0", .help = "How often a changed session is saved; 0 is never.",
   .change = SQ_CHANGE_SET},

  {.section = "jack", .key = "server", .type = SQ_OPTION_TEXT, .offset = AT(jack.server), .flag = "jack-server",
   .def = "", .def_words = "the default server, else one of our own, NAME-jack",
   .help = "Name of the JACK server to join or to start."},
  {.section = "jack", .key = "managed", .type = SQ_OPTION_BOOL, .offset = AT(jack.managed), .def = "on",
   .help = "Start a JACK server of our own when none runs."},
  {.section = "jack", .key = "connect", .type = SQ_OPTION_BOOL, .offset = AT(jack.connect), .def = "on",
   .help = "Connect to the sound card's ports at the start."},
  {.section = "jack", .key = "device", .type = SQ_OPTION_TEXT, .offset = AT(jack.device), .flag = "device", .def = "",
   .def_words = "the first sound card, else the dummy driver", .help = "ALSA device of a JACK server of our own."},

  {.section = "plugins", .key = "isolate", .type = SQ_OPTION_ENUM, .offset = AT(plugins.isolate),
   .choices = SQ_ISOLATION_NAMES, .def = "auto",
   .help = "Where plug-ins run: strips are dealt to a few host processes (auto), all in the daemon (none), in one host "
           "(shared), a host for each strip or for each plug-in. Each may say otherwise with …/isolate."},
  {.section = "plugins", .key = "hosts", .type = SQ_OPTION_INT, .offset = AT(plugins.hosts), .min = 0, .max = 64,
   .def = "0", .def_words = "0, one for each CPU", .help = "Host processes that auto deals strips to."},
  {.section = "plugins", .key = "deadline", .type = SQ_OPTION_NUMBER, .offset = AT(plugins.deadline), .unit = "%",
   .min = 5, .max = 95, .def = "60",
   .help = "Share of a period after which a plug-in that has not answered is not waited for: it is dry in this block."},
  {.section = "plugins", .key = "catalog", .type = SQ_OPTION_PATHS, .offset = AT(plugins.catalog), .def = "",
   .def_words = "plugins.json in the state folder", .help = "File that keeps what was found out about plug-ins."},
  {.section = "plugins", .key = "crashes", .type = SQ_OPTION_INT, .offset = AT(plugins.crashes), .min = 1,
   .max = 1000000, .def = "3", .help = "Crashes within a minute after which a plug-in is not started again."},

  {.section = "paths", .key = "state", .type = SQ_OPTION_PATHS, .offset = AT(paths.state), .flag = "state", .def = "",
   .def_words = "$XDG_STATE_HOME/squeezed, else ~/.local/state/squeezed",
   .help = "Folder of sessions, recordings and the plug-in catalog."},
  {.section = "paths", .key = "runtime", .type = SQ_OPTION_PATHS, .offset = AT(paths.runtime), .flag = "runtime",
   .def = "", .def_words = "$XDG_RUNTIME_DIR/squeezed, else /run/squeezed, else /tmp/squeezed-UID",
   .help = "Folder of the Unix socket and of NAME.json, which lists the daemon's URLs."},
  {.section = "paths", .key = "read", .type = SQ_OPTION_PATHS, .offset = AT(paths.read), .def = "",
   .def_words = "whatever the daemon's user may read",
   .help = "Folders, separated by ':', to which reading is confined.",
   .change = SQ_CHANGE_RELOAD},
  {.section = "paths", .key = "write", .type = SQ_OPTION_PATHS, .offset = AT(paths.write), .def = "",
   .def_words = "the state folder, and any path that a client on this machine names in full",
   .help = "Folders, separated by ':', to which writing is confined.",
   .change = SQ_CHANGE_RELOAD},

  {.section = "log", .key = "level", .type = SQ_OPTION_ENUM, .offset = AT(log.level), .flag = "log", .letter = 'l',
   .choices = "error|warning|info|debug", .def = "info", .help = "How much the daemon says on its standard error.",
   .change = SQ_CHANGE_SET},

  {.section = "security", .key = "allow", .type = SQ_OPTION_TEXT, .offset = AT(security.allow), .def = "",
   .def_words = "nobody", .change = SQ_CHANGE_RELOAD,
   .help = "Other machines that may come with the key: addresses and nets such as 192.168.1.0/24, separated by commas."},
  {.section = "security", .key = "key_file", .type = SQ_OPTION_PATHS, .offset = AT(security.key_file), .def = "",
   .def_words = "no key", .change = SQ_CHANGE_RELOAD,
   .help = "File, for its owner alone, whose first line (16 bytes or more) other machines send with /client/key."},
  {.section = "security", .key = "trust_loopback", .type = SQ_OPTION_BOOL, .offset = AT(security.trust_loopback),
   .def = "on", .change = SQ_CHANGE_RELOAD,
   .help = "Clients on loopback need no key; off, for a machine with many users, they count as other machines."},
  {.section = "security", .key = "code_from_loopback", .type = SQ_OPTION_BOOL,
   .offset = AT(security.code_from_loopback), .flag = "code-from-loopback", .def = "off",
   .help = "Clients on loopback UDP and TCP may load plug-ins by path, as those on the Unix socket may.",
   .change = SQ_CHANGE_RELOAD},

  {.section = "session", .key = "start", .type = SQ_OPTION_PATHS, .offset = AT(session.start), .flag = "session",
   .letter = 's', .def = "", .def_words = "begin empty", .help = "Session to load at the start."},
};
// clang-format on

const SqOption *sq_option_rows(void) {
  return rows;
}

const SqOption *sq_option_find(const char *section, const char *key) {
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++)
    if (!strcmp(rows[i].section, section) && !strcmp(rows[i].key, key))
      return &rows[i];
  return NULL;
}

// ---- values ---------------------------------------------------------------------------------------------------------

static void *value_of(const SqOptions *options, const SqOption *row) {
  return (char *)(uintptr_t)options + row->offset;
}

static bool is_text(const SqOption *row) {
  return row->type == SQ_OPTION_TEXT || row->type == SQ_OPTION_NAME || row->type == SQ_OPTION_PATHS;
}

/// Index of `text` in "a|b|c", or -1.
static int choice_index(const char *choices, const char *text) {
  size_t length = strlen(text);
  int index = 0;
  for (const char *at = choices; at; index++) {
    const char *bar = strchr(at, '|');
    size_t n = bar ? (size_t)(bar - at) : strlen(at);
    if (n == length && !strncasecmp(at, text, n))
      return index;
    at = bar ? bar + 1 : NULL;
  }
  return -1;
}

static void choice_text(const char *choices, int index, char *text, size_t size) {
  const char *at = choices;
  while (index-- > 0 && at) {
    at = strchr(at, '|');
    at = at ? at + 1 : NULL;
  }
  snprintf(text, size, "%.*s", at ? (int)strcspn(at, "|") : 0, at ? at : "");
}

static bool read_bool(const char *text, bool *value) {
  static const char *const on[] = {"on", "true", "yes", "1"};
  static const char *const off[] = {"off", "false", "no", "0"};
  for (size_t i = 0; i < 4; i++) {
    if (!strcasecmp(text, on[i]) || !strcasecmp(text, off[i])) {
      *value = !strcasecmp(text, on[i]);
      return true;
    }
  }
  return false;
}

static SqStatus read_number(const SqOption *row, const char *text, double *value, char *why, size_t size) {
  char *end;
  *value = strtod(text, &end);
  bool whole = row->type != SQ_OPTION_INT || *value == floor(*value);
  if (end == text || *end || isspace((unsigned char)*text) || !isfinite(*value) || !whole) {
    snprintf(why, size, "'%s' is not a %snumber", text, row->type == SQ_OPTION_INT ? "whole " : "");
    return SQ_BAD_ARGS;
  }
  if (*value < row->min || *value > row->max) {
    snprintf(why, size, "%s is outside %g to %g%s%s", text, row->min, row->max, row->unit ? " " : "",
             row->unit ? row->unit : "");
    return SQ_RANGE;
  }
  return SQ_OK;
}

static bool is_name(const char *text) {
  size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
  return n > 0 && n <= SQ_MAX_NAME && !text[n] && (isalpha((unsigned char)text[0]) || text[0] == '_');
}

static SqStatus set_text(SqOptions *options, const SqOption *row, const char *text, char *why, size_t size) {
  char canonical[64];
  if (row->type == SQ_OPTION_NAME && !is_name(text)) {
    snprintf(why, size, "'%s' is not a name: a letter or _, then letters, digits, _ and -, %d at most", text,
             SQ_MAX_NAME);
    return SQ_BAD_ARGS;
  }
  if (row->choices) {
    int index = choice_index(row->choices, text);
    if (index < 0) {
      snprintf(why, size, "'%s' is not one of %s", text, row->choices);
      return SQ_BAD_ARGS;
    }
    choice_text(row->choices, index, canonical, sizeof canonical);
    text = canonical;
  }
  char *copy = strdup(text);
  if (!copy) {
    snprintf(why, size, "no memory");
    return SQ_LIMIT;
  }
  char **slot = value_of(options, row);
  free(*slot);
  *slot = copy;
  return SQ_OK;
}

SqStatus sq_option_set(SqOptions *options, const SqOption *row, const char *text, char *why, size_t size) {
  double number;
  int index;
  SqStatus status;
  switch (row->type) {
  case SQ_OPTION_BOOL:
    if (read_bool(text, value_of(options, row)))
      return SQ_OK;
    snprintf(why, size, "'%s' is neither on nor off", text);
    return SQ_BAD_ARGS;
  case SQ_OPTION_INT:
    status = read_number(row, text, &number, why, size);
    if (status == SQ_OK)
      *(int *)value_of(options, row) = (int)number;
    return status;
  case SQ_OPTION_NUMBER:
    status = read_number(row, text, &number, why, size);
    if (status == SQ_OK)
      *(double *)value_of(options, row) = number;
    return status;
  case SQ_OPTION_ENUM:
    index = choice_index(row->choices, text);
    if (index >= 0)
      *(int *)value_of(options, row) = index;
    else
      snprintf(why, size, "'%s' is not one of %s", text, row->choices);
    return index >= 0 ? SQ_OK : SQ_BAD_ARGS;
  case SQ_OPTION_TEXT:
  case SQ_OPTION_NAME:
  case SQ_OPTION_PATHS:
    return set_text(options, row, text, why, size);
  }
  return SQ_INTERNAL;
}

void sq_option_format(const SqOptions *options, const SqOption *row, char *text, size_t size) {
  const void *value = value_of(options, row);
  switch (row->type) {
  case SQ_OPTION_BOOL:
    snprintf(text, size, "%s", *(const bool *)value ? "on" : "off");
    return;
  case SQ_OPTION_INT:
    snprintf(text, size, "%d", *(const int *)value);
    return;
  case SQ_OPTION_NUMBER:
    snprintf(text, size, "%.17g", *(const double *)value);
    return;
  case SQ_OPTION_ENUM:
    choice_text(row->choices, *(const int *)value, text, size);
    return;
  case SQ_OPTION_TEXT:
  case SQ_OPTION_NAME:
  case SQ_OPTION_PATHS:
    snprintf(text, size, "%s", *(char *const *)value);
    return;
  }
}

/// Bytes of the value's member.
static size_t size_of(const SqOption *row) {
  return is_text(row)                    ? sizeof(char *)
         : row->type == SQ_OPTION_BOOL   ? sizeof(bool)
         : row->type == SQ_OPTION_NUMBER ? sizeof(double)
                                         : sizeof(int);
}

bool sq_option_equal(const SqOptions *a, const SqOptions *b, const SqOption *row) {
  if (is_text(row))
    return strcmp(*(char *const *)value_of(a, row), *(char *const *)value_of(b, row)) == 0;
  return memcmp(value_of(a, row), value_of(b, row), size_of(row)) == 0;
}

void sq_option_exchange(SqOptions *a, SqOptions *b, const SqOption *row) {
  const size_t n = size_of(row), i = (size_t)(row - rows);
  char kept[sizeof(double)];
  memcpy(kept, value_of(a, row), n);
  memcpy(value_of(a, row), value_of(b, row), n);
  memcpy(value_of(b, row), kept, n);
  const uint8_t origin = a->origins[i];
  a->origins[i] = b->origins[i];
  b->origins[i] = origin;
}

void sq_options_init(SqOptions *options) {
  memset(options, 0, sizeof *options);
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    char why[128];
    if (sq_option_set(options, &rows[i], rows[i].def, why, sizeof why) != SQ_OK)
      abort(); // a row whose default breaks its own rule, or no memory for a few words at the very start
  }
}

void sq_options_cleanup(SqOptions *options) {
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    if (is_text(&rows[i])) {
      char **slot = value_of(options, &rows[i]);
      free(*slot);
      *slot = NULL;
    }
  }
}
