// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "options.h"

/// A folder of its own, and what the last load said.
typedef struct Fixture {
  char folder[64], system[96], user[128];
  SqOptions options;
  char out[16384], err[4096];
  bool loaded;
} Fixture;

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static int setup(void **state) {
  Fixture *f = calloc(1, sizeof *f);
  snprintf(f->folder, sizeof f->folder, "/tmp/sq-options-XXXXXX");
  if (!mkdtemp(f->folder))
    return -1;
  snprintf(f->system, sizeof f->system, "%s/system.conf", f->folder);
  snprintf(f->user, sizeof f->user, "%s/squeezed", f->folder);
  mkdir(f->user, 0700);
  snprintf(f->user, sizeof f->user, "%s/squeezed/squeezed.conf", f->folder);
  *state = f;
  return 0;
}

static void forget(Fixture *f) {
  if (f->loaded)
    sq_options_cleanup(&f->options);
  f->loaded = false;
}

static int teardown(void **state) {
  Fixture *f = *state;
  char path[160];
  forget(f);
  unlink(f->system);
  unlink(f->user);
  snprintf(path, sizeof path, "%s/more.conf", f->folder);
  unlink(path);
  snprintf(path, sizeof path, "%s/squeezed", f->folder);
  rmdir(path);
  rmdir(f->folder);
  free(f);
  return 0;
}

/// Loads with these words (NULL-ended) and one variable beside the fixture's folders; returns what load() does.
static int load(Fixture *f, const char *variable, const char *const *words) {
  char *argv[16] = {(char *)(uintptr_t) "squeezed"};
  char home[96], config[96];
  int argc = 1;
  for (; words && *words; words++)
    argv[argc++] = (char *)(uintptr_t)*words;
  snprintf(home, sizeof home, "HOME=%s", f->folder);
  snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", f->folder);
  char *environment[] = {home, config, (char *)(uintptr_t)variable, NULL};
  FILE *out = fmemopen(f->out, sizeof f->out, "w"), *err = fmemopen(f->err, sizeof f->err, "w");
  forget(f);
  int status = sq_options_load(&f->options, &(SqOptionSources){argc, argv, environment, f->system, out, err});
  f->loaded = true;
  fclose(out);
  fclose(err);
  return status;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state) {
  Fixture *f = *state;
  char expected[128];
  assert_int_equal(load(f, NULL, NULL), -1);
  assert_string_equal(f->err, "");
  assert_string_equal(f->options.server.name, "squeezed");
  assert_int_equal(f->options.osc.port, 7793);
  assert_string_equal(f->options.engine.driver, "auto");
  assert_int_equal(f->options.engine.rate, 48000);
  assert_int_equal(f->options.osc.late, SQ_LATE_PLAY);
  assert_int_equal(f->options.log.level, SQ_LOG_LEVEL_INFO);
  assert_true(f->options.jack.managed);
  assert_false(f->options.security.code_from_loopback);
  snprintf(expected, sizeof expected, "%s/.local/state/squeezed", f->folder);
  assert_string_equal(f->options.paths.state, expected);
}

static void test_later_sources_win(void **state) {
  Fixture *f = *state;
  write_file(f->system, "[osc]\nport = 1001\nlate = drop\n[engine]\nrate = 44100\nperiod=64\n[log]\nlevel = error\n");
  write_file(f->user, "[osc]\nport = 1002\n[engine]\nrate = 96000\n");
  assert_int_equal(load(f, "SQUEEZED_OSC_PORT=1003", NULL), -1);
  assert_int_equal(f->options.osc.port, 1003);
  assert_int_equal(f->options.engine.rate, 96000);
  assert_int_equal(f->options.engine.period, 64);
  assert_int_equal(f->options.osc.late, SQ_LATE_DROP);
  assert_int_equal(f->options.log.level, SQ_LOG_LEVEL_ERROR);
  assert_int_equal(load(f, "SQUEEZED_OSC_PORT=1003", WORDS("-p", "1004")), -1);
  assert_int_equal(f->options.osc.port, 1004);
  assert_int_equal(f->options.origins[sq_option_find("osc", "port") - sq_option_rows()], SQ_ORIGIN_FLAG);
  assert_int_equal(f->options.origins[sq_option_find("engine", "rate") - sq_option_rows()], SQ_ORIGIN_USER);
}

static void test_flag_forms(void **state) {
  Fixture *f = *state;
  char expected[128];
  assert_int_equal(load(f, NULL,
                        WORDS("--port=0", "-nstudio", "--driver", "offline", "--set", "jack.managed=off",
                              "--set=engine.ceiling_db=-1.5", "--code-from-loopback", "/tmp/x.sqz")),
                   -1);
  assert_int_equal(f->options.osc.port, 0);
  assert_string_equal(f->options.server.name, "studio");
  assert_string_equal(f->options.engine.driver, "offline");
  assert_false(f->options.jack.managed);
  assert_true(f->options.engine.ceiling_db == -1.5);
  assert_true(f->options.security.code_from_loopback);
  assert_string_equal(f->options.session.start, "/tmp/x.sqz");
  assert_int_equal(load(f, NULL, WORDS("--state", "~/there")), -1);
  snprintf(expected, sizeof expected, "%s/there", f->folder);
  assert_string_equal(f->options.paths.state, expected);
}

static void test_file_syntax(void **state) {
  Fixture *f = *state;
  char path[96], text[256];
  snprintf(path, sizeof path, "%s/more.conf", f->folder);
  write_file(path, "[engine]\nperiod = 32\n");
  snprintf(text, sizeof text,
           "# a comment\n\n  [ jack ]  # another\n server = \"a # b\"\n  device = hw:1#2 # card\n"
           "include more.conf\n[session]\nstart =\n");
  write_file(f->system, text);
  assert_int_equal(load(f, NULL, NULL), -1);
  assert_string_equal(f->err, "");
  assert_string_equal(f->options.jack.server, "a # b");
  assert_string_equal(f->options.jack.device, "hw:1#2");
  assert_int_equal(f->options.engine.period, 32);
}

static void test_file_faults_name_file_line_and_nearest(void **state) {
  Fixture *f = *state;
  char expected[512];
  write_file(f->system, "[osc]\nprot = 1\nport = many\nport = 70000\nlate = maybe\n[enigne]\nrate = 1\n[osc]\nwhat\n");
  assert_int_equal(load(f, NULL, NULL), SQ_EXIT_CONFIG);
  snprintf(expected, sizeof expected, "squeezed: %s:2: unknown key 'prot' in [osc]; did you mean 'port'?\n", f->system);
  assert_non_null(strstr(f->err, expected));
  snprintf(expected, sizeof expected, "squeezed: %s:3: osc.port: 'many' is not a whole number\n", f->system);
  assert_non_null(strstr(f->err, expected));
  snprintf(expected, sizeof expected, "squeezed: %s:4: osc.port: 70000 is outside 0 to 65535 UDP port\n", f->system);
  assert_non_null(strstr(f->err, expected));
  snprintf(expected, sizeof expected, "squeezed: %s:5: osc.late: 'maybe' is not one of play|drop\n", f->system);
  assert_non_null(strstr(f->err, expected));
  snprintf(expected, sizeof expected, "squeezed: %s:6: unknown section [enigne]; did you mean 'engine'?\n", f->system);
  assert_non_null(strstr(f->err, expected));
  assert_null(strstr(f->err, ":7:"));
  snprintf(expected, sizeof expected, "squeezed: %s:9: 'what' is neither a [section] nor key = value\n", f->system);
  assert_non_null(strstr(f->err, expected));
}

static void test_include_that_includes_itself_ends(void **state) {
  Fixture *f = *state;
  write_file(f->system, "include system.conf\n");
  assert_int_equal(load(f, NULL, NULL), SQ_EXIT_CONFIG);
  assert_non_null(strstr(f->err, "include goes too deep"));
}

static void test_environment_faults(void **state) {
  Fixture *f = *state;
  assert_int_equal(load(f, "SQUEEZED_OSC_PROT=1", NULL), SQ_EXIT_CONFIG);
  assert_string_equal(f->err, "squeezed: environment: unknown variable SQUEEZED_OSC_PROT; did you mean "
                              "'SQUEEZED_OSC_PORT'?\n");
  assert_int_equal(load(f, "SQUEEZED_ENGINE_RATE=7", NULL), SQ_EXIT_CONFIG);
  assert_non_null(strstr(f->err, "SQUEEZED_ENGINE_RATE: 7 is outside 8000 to 384000 Hz"));
  assert_int_equal(load(f, "SQUEEZED_URL=osc.udp://localhost:1/", NULL), -1);
}

static void test_flag_faults(void **state) {
  Fixture *f = *state;
  assert_int_equal(load(f, NULL, WORDS("--prot", "1")), SQ_EXIT_USAGE);
  assert_non_null(strstr(f->err, "unknown option --prot; did you mean 'port'?"));
  assert_int_equal(load(f, NULL, WORDS("-x")), SQ_EXIT_USAGE);
  assert_int_equal(load(f, NULL, WORDS("--port")), SQ_EXIT_USAGE);
  assert_non_null(strstr(f->err, "--port wants a value"));
  assert_int_equal(load(f, NULL, WORDS("--port", "nine")), SQ_EXIT_USAGE);
  assert_int_equal(load(f, NULL, WORDS("--set", "osc.nothing=1")), SQ_EXIT_USAGE);
  assert_int_equal(load(f, NULL, WORDS("--name", "two words")), SQ_EXIT_USAGE);
  assert_int_equal(load(f, NULL, WORDS("--name", "")), SQ_EXIT_USAGE);
  assert_int_equal(load(f, NULL, WORDS("--config", "/nonexistent.conf")), SQ_EXIT_CONFIG);
  assert_non_null(strstr(f->err, "cannot read /nonexistent.conf: No such file or directory"));
}

static void test_actions_end_well(void **state) {
  Fixture *f = *state;
  assert_int_equal(load(f, NULL, WORDS("--version")), 0);
  assert_non_null(strstr(f->out, "squeezed 0."));
  assert_int_equal(load(f, "SQUEEZED_JACK_SERVER=hush", WORDS("--print-config", "-p", "5")), 0);
  assert_non_null(strstr(f->out, "port = 5                                 # command line\n"));
  assert_non_null(strstr(f->out, "server = hush"));
  assert_int_equal(load(f, NULL, WORDS("--check-config")), 0);
  assert_int_equal(load(f, "SQUEEZED_OSC_PORT=x", WORDS("--check-config")), SQ_EXIT_CONFIG);
  assert_int_equal(load(f, "SQUEEZED_OSC_PORT=x", WORDS("--help")), 0);
}

/// Every row stands in --help or can be --set, in squeezed.conf and in the manual; its default obeys its own rule.
static void test_every_row(void **state) {
  Fixture *f = *state;
  char word[128];
  assert_int_equal(load(f, NULL, WORDS("--help")), 0);
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    const SqOption *row = &sq_option_rows()[i];
    snprintf(word, sizeof word, "--%s", row->flag);
    assert_true(!row->flag || strstr(f->out, word));
    assert_non_null(row->help);
    assert_int_equal(row->help[strlen(row->help) - 1], '.');
    assert_true(*row->def || row->def_words);
    for (size_t j = 0; j < i; j++) {
      assert_int_not_equal(row->offset, sq_option_rows()[j].offset);
      assert_true(!row->letter || row->letter != sq_option_rows()[j].letter);
    }
  }
}

/// The generated file read back, with every key uncommented, changes nothing.
static void test_default_file_says_the_defaults(void **state) {
  Fixture *f = *state;
  char before[256], after[256];
  SqOptions plain;
  assert_int_equal(load(f, NULL, WORDS("--default-config")), 0);
  for (char *at = f->out; (at = strchr(at, '\n')); at++)
    if (at[1] == '#' && at[2] != ' ' && at[2] != '\n')
      at[1] = ' ';
  write_file(f->system, f->out);
  sq_options_init(&plain);
  SqOptions read;
  sq_options_init(&read);
  assert_int_equal(sq_options_read_file(&read, f->system, SQ_ORIGIN_SYSTEM, true, stderr), 0);
  for (size_t i = 0; i < SQ_OPTION_COUNT; i++) {
    assert_int_equal(read.origins[i], SQ_ORIGIN_SYSTEM);
    sq_option_format(&plain, &sq_option_rows()[i], before, sizeof before);
    sq_option_format(&read, &sq_option_rows()[i], after, sizeof after);
    assert_string_equal(before, after);
  }
  sq_options_cleanup(&plain);
  sq_options_cleanup(&read);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
      cmocka_unit_test_setup_teardown(test_later_sources_win, setup, teardown),
      cmocka_unit_test_setup_teardown(test_flag_forms, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_syntax, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_faults_name_file_line_and_nearest, setup, teardown),
      cmocka_unit_test_setup_teardown(test_include_that_includes_itself_ends, setup, teardown),
      cmocka_unit_test_setup_teardown(test_environment_faults, setup, teardown),
      cmocka_unit_test_setup_teardown(test_flag_faults, setup, teardown),
      cmocka_unit_test_setup_teardown(test_actions_end_well, setup, teardown),
      cmocka_unit_test_setup_teardown(test_every_row, setup, teardown),
      cmocka_unit_test_setup_teardown(test_default_file_says_the_defaults, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
