// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What the daemon is told at its start: one table of options, from which come the parser of squeezed.conf, the
/// environment, the command line, --help and the commented squeezed.conf itself; control thread.
///
/// Later beats earlier: defaults, /etc/squeezed/squeezed.conf, the user's squeezed.conf, SQUEEZED_SECTION_KEY in the
/// environment, the command line.
#ifndef SQ_OPTIONS_H
#define SQ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/gate.h"
#include "base/log.h"
#include "protocol/status.h"

/// How the daemon ends; numbers as in sysexits.h, so that a service manager can tell them apart.
typedef enum {
  SQ_EXIT_OK = 0,
  SQ_EXIT_USAGE = 64,       ///< the command line
  SQ_EXIT_UNAVAILABLE = 69, ///< --driver jack, and no JACK to be had
  SQ_EXIT_INTERNAL = 70,
  SQ_EXIT_CREATE = 73, ///< a folder or file cannot be created
  SQ_EXIT_BUSY = 75,   ///< the port or the name is taken by another daemon
  SQ_EXIT_CONFIG = 78  ///< a configuration file or the environment
} SqExit;

typedef enum { SQ_LATE_PLAY, SQ_LATE_DROP } SqLatePolicy;

#define SQ_OPTION_COUNT 34

struct SqOptionSources;

/// Every option's value. Texts are never NULL, owned by the struct, freed by sq_options_cleanup().
typedef struct SqOptions {
  struct {
    char *name; ///< JACK client, log lines, NAME.json
  } server;
  struct {
    int port;   ///< UDP; 0: a free one
    char *bind; ///< "loopback", or numeric addresses separated by commas
    bool tcp, unix_socket;
    int lease; ///< seconds
    int late;  ///< SqLatePolicy
  } osc;
  struct {
    char *driver; ///< auto, jack, null, offline
    int rate, period, inputs, outputs;
    double ceiling_db;
    char *kernels; ///< auto, base, avx2, avx512
    int autosave;  ///< seconds, 0: never
  } engine;
  struct {
    char *server, *device; ///< "": whatever is there
    bool managed, connect;
  } jack;
  struct {
    int isolate; ///< SqIsolation
    int hosts, crashes;
    double deadline; ///< per cent of a period
    char *catalog;   ///< "": in the state folder
  } plugins;
  struct {
    char *state, *runtime; ///< absolute folders after loading; made by the caller
    char *read, *write;    ///< "": the rule of the help text; else folders separated by ':'
  } paths;
  struct {
    int level; ///< SqLogLevel
  } log;
  struct {
    bool trust_loopback, code_from_loopback;
    char *allow, *key_file;
  } security;
  struct {
    char *start; ///< path, "": begin empty
  } session;
  const struct SqOptionSources *sources; ///< where it was all read, to be read again; NULL: nowhere
  const char *dump_namespace;            ///< "json", "md" or NULL: print the contract and end; points into argv
  uint8_t origins[SQ_OPTION_COUNT];      ///< SqOptionOrigin of each row
} SqOptions;

typedef enum {
  SQ_OPTION_BOOL,   ///< bool: on/off, true/false, yes/no, 1/0
  SQ_OPTION_INT,    ///< int
  SQ_OPTION_NUMBER, ///< double
  SQ_OPTION_ENUM,   ///< int: index into choices
  SQ_OPTION_TEXT,   ///< char *; one of choices where there are any
  SQ_OPTION_NAME,   ///< char *: a name as the protocol allows it
  SQ_OPTION_PATHS   ///< char *: "~/" is the home folder
} SqOptionType;

typedef enum {
  SQ_ORIGIN_DEFAULT,
  SQ_ORIGIN_SYSTEM,
  SQ_ORIGIN_USER,
  SQ_ORIGIN_FILE, ///< named by --config
  SQ_ORIGIN_ENVIRONMENT,
  SQ_ORIGIN_FLAG
} SqOptionOrigin;

/// What it takes to change an option of a daemon that runs.
typedef enum {
  SQ_CHANGE_RESTART,
  SQ_CHANGE_RELOAD, ///< a file and /server/reload or SIGHUP: clients are not to widen their own rights
  SQ_CHANGE_SET     ///< likewise, or /server/config/SECTION/KEY
} SqOptionChange;

/// One option. Constant.
typedef struct SqOption {
  const char *section, *key;
  SqOptionType type;
  size_t offset;         ///< in SqOptions
  const char *flag;      ///< "port" for --port, or NULL
  char letter;           ///< 'p' for -p, or 0
  const char *unit;      ///< or NULL
  double min, max;       ///< of numbers
  const char *choices;   ///< "a|b|c" or NULL
  const char *def;       ///< as it would stand in squeezed.conf
  const char *def_words; ///< what an empty default means, or NULL
  const char *help;      ///< one sentence
  SqOptionChange change;
} SqOption;

/// The table: [SQ_OPTION_COUNT].
const SqOption *sq_option_rows(void);

/// The row of `section`.`key`, or NULL.
const SqOption *sq_option_find(const char *section, const char *key);

/// Sets a value from its text. Errors: SQ_BAD_ARGS, SQ_RANGE with a sentence in why[size]; the value then stays.
SqStatus sq_option_set(SqOptions *options, const SqOption *row, const char *text, char *why, size_t size);

/// Writes the value as squeezed.conf has it to text[size].
void sq_option_format(const SqOptions *options, const SqOption *row, char *text, size_t size);

/// Whether two sets hold the same value.
bool sq_option_equal(const SqOptions *a, const SqOptions *b, const SqOption *row);

/// Exchanges the value, and where it came from.
void sq_option_exchange(SqOptions *a, SqOptions *b, const SqOption *row);

/// Writes every default. Pairs with cleanup.
void sq_options_init(SqOptions *options);
void sq_options_cleanup(SqOptions *options);

/// Where options come from, so that tests need no environment of their own.
typedef struct SqOptionSources {
  int argc;
  char *const *argv;
  char *const *environment; ///< as `environ`
  const char *system_file;  ///< NULL: /etc/squeezed/squeezed.conf
  FILE *out, *err;
} SqOptionSources;

/// init, then all sources (kept by pointer) in order, then folders made absolute. Returns -1 to go on, or the status to
/// exit with
/// (--help and the like print to `out` and give 0; faults print one line each to `err`, with file, line and next step).
int sq_options_load(SqOptions *options, const SqOptionSources *sources);

/// One configuration file over what is there, `include` followed. Returns the number of faults printed to `err`.
int sq_options_read_file(SqOptions *options, const char *path, SqOptionOrigin origin, bool must_exist, FILE *err);

/// The environment over what is there; likewise.
int sq_options_read_environment(SqOptions *options, char *const *environment, FILE *err);

/// Who may come from elsewhere, as [security] says; the key's file is read. Errors: as sq_gate_read().
SqStatus sq_options_read_gate(const SqOptions *options, SqGate *gate, char *why, size_t size);

/// Text for people: usage; the commented squeezed.conf with its defaults; the values in force with their origin.
void sq_options_print_help(FILE *out);
void sq_options_print_conf(FILE *out);
void sq_options_print_values(const SqOptions *options, FILE *out);
/// The manual page squeezed.conf(5), in man's own language.
void sq_options_print_man(FILE *out);

/// The choice nearest to `word` among n `names` (edit distance), or NULL when none is near.
const char *sq_options_nearest(const char *word, const char *const *names, size_t n);

#endif
