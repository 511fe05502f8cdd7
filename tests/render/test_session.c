// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// What was saved sounds the same in a new process, bit for bit; and a session that takes another's place fades.
//
// The saved mix has strips in three groups of the sums, with holes where strips were removed: a loader that numbers
// strips anew adds in another order, and the last bits differ.
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "session/load.h"
#include "session/save.h"
#include "support/edit_storm.h"

enum { SOURCES = 40, BEFORE = 48000, PLAYED = 48000 };

static bool builtin_param(void *context, const SqProc *proc, uint32_t i, SqSessionParam *param) {
  (void)context;
  const SqProcessorType *type = sq_link_builtin(proc->type);
  if (!type || i >= type->n_params)
    return false;
  const SqParamInfo *info = &type->params[i];
  *param = (SqSessionParam){info->symbol, info->min, info->max, info->def, info->output};
  return true;
}

static const SqSessionHost host = {.param = builtin_param};

/// Pulls the document of a saved session into the rig, as the daemon does.
static void open_session(MixRig *rig, const char *folder) {
  char why[320] = "";
  SqStatus status;
  SqSession *session = sq_session_load(folder, &host, &status, why, sizeof why);
  if (!session)
    fail_msg("%s", why);
  SqDoc *doc = sq_session_place(session, sq_doc_next_handle(rig->doc)), *old = rig->doc;
  sq_edits_clear(&rig->edits);
  rig->doc = rig->edits.doc = doc;
  sq_link_set_doc(rig->link, doc);
  sq_doc_free(old);
}

static void save(const MixRig *rig, const char *folder) {
  char why[320] = "";
  if (sq_session_save(rig->doc, &host, folder, why, sizeof why) != SQ_OK)
    fail_msg("%s", why);
}

static void named(char *name, size_t size, const char *stem, int i) {
  snprintf(name, size, "%s%d", stem, i);
}

// ---- the mix --------------------------------------------------------------------------------------------------------

static void build_buses(MixRig *rig, SqHandle bus[3]) {
  for (int i = 0; i < 3; i++) {
    char name[16];
    named(name, sizeof name, "bus", i);
    bus[i] = mix_bus(rig, name, 2);
  }
  const SqHandle reverb = mix_insert(rig, bus[0], "reverb", 0);
  mix_param(rig, reverb, "decay", 1.7);
  mix_param(rig, reverb, "mix", 1.0);
  const SqHandle compressor = mix_insert(rig, bus[1], "compressor", 0);
  mix_param(rig, compressor, "threshold", -31.25);
  mix_param(rig, compressor, "ratio", 7.0);
  mix_set(rig, bus[1], SQ_STRIP_GAIN_DB, -1.0 / 3.0);
  mix_route(rig, bus[1], bus[2]);
  const SqHandle limiter = mix_insert(rig, SQ_HANDLE_MASTER, "limiter", 0);
  mix_param(rig, limiter, "ceiling", -3.1);
  mix_set(rig, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, -2.7);
}

static void build_sources(MixRig *rig, SqHandle *source, const SqHandle bus[3]) {
  for (int i = 0; i < SOURCES; i++) {
    char name[16];
    named(name, sizeof name, "source", i);
    source[i] = mix_source(rig, name, i % 3 ? 2 : 1, "tone");
    mix_set(rig, source[i], SQ_STRIP_GAIN_DB, -9.0 - 0.37 * i);
    mix_set(rig, source[i], SQ_STRIP_PAN, sin(i));
    mix_param(rig, mix_generator(rig, source[i]), "wave", i % 3);
    mix_param(rig, mix_generator(rig, source[i]), "level", -144.0);
    mix_param(rig, mix_generator(rig, source[i]), "freq", 50.0 + 10.1 * i);
    mix_route(rig, source[i], i % 4 ? SQ_HANDLE_MASTER : bus[1]);
    if (i % 5 == 0)
      mix_send(rig, source[i], bus[0], i % 2 ? SQ_TAP_PRE : SQ_TAP_POST, -11.0 + 0.1 * i);
    if (i % 6 == 1) {
      const SqHandle eq = mix_insert(rig, source[i], "eq", 0);
      mix_param(rig, eq, "b3_on", 1.0);
      mix_param(rig, eq, "b3_gain", 0.7 * i - 9.0);
      mix_param(rig, eq, "b3_freq", 333.3 + i);
    }
  }
}

/// The first bus's compressor listens to a source.
static void set_sidechain(MixRig *rig, SqHandle strip, SqHandle to) {
  SqStrip *after = sq_strip_copy(sq_doc_strip(rig->doc, strip));
  after->chain[0]->sidechain = to;
  after->chain[0]->sidechain_tap = SQ_TAP_PRE;
  sq_edits_put(&rig->edits, after);
}

static void build(MixRig *rig) {
  SqHandle bus[3], source[SOURCES];
  build_buses(rig, bus);
  build_sources(rig, source, bus);
  set_sidechain(rig, bus[1], source[3]);
  mix_commit(rig, 0);
  mix_run(rig, NULL, 0, 4096, 256);
  for (int i = 1; i < SOURCES; i += i < 20 ? 3 : 7) // holes in the groups
    if (i != 3)
      mix_remove(rig, source[i]);
  mix_remove(rig, source[17]);
  mix_commit(rig, 0);
  mix_run(rig, NULL, 0, BEFORE - 4096, 256);
}

/// The same by name, whatever the handles are. All was silent before: only now does anything move.
static void play(MixRig *rig, float *out) {
  float *channels[2] = {out, out + PLAYED};
  for (uint32_t k = 0; k < 4; k++) {
    for (uint32_t i = 0; i < sq_doc_count(rig->doc); i++) {
      const SqStrip *strip = sq_doc_at(rig->doc, i);
      if (!strip->generator)
        continue;
      const int n = (int)strtol(strip->name + 6, NULL, 10);
      mix_param(rig, strip->generator->handle, "level", (n + (int)k) % 3 ? -15.0 - n / 7.0 : -144.0);
      mix_param(rig, strip->generator->handle, "freq", 70.0 * pow(1.05, n) + 13.0 * k);
    }
    mix_commit(rig, 0);
    mix_run(rig, channels, k * (PLAYED / 4), PLAYED / 4, 64);
  }
}

/// In the other process: loads, lets as much time pass, plays.
static int play_session(const char *folder, const char *path) {
  static float out[2 * PLAYED];
  MixRig rig;
  mix_open(&rig, 2, 0, 0);
  open_session(&rig, folder);
  mix_run(&rig, NULL, 0, BEFORE, 192);
  play(&rig, out);
  mix_close(&rig);
  FILE *file = fopen(path, "wb");
  if (!file)
    return 1;
  const size_t n = fwrite(out, sizeof out, 1, file);
  return fclose(file) == 0 && n == 1 ? 0 : 1;
}

static void run_other_process(const char *folder, const char *path) {
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    execl("/proc/self/exe", "test_session", folder, path, (char *)NULL);
    _exit(127);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void remove_folder(const char *folder) {
  char command[300];
  DIR *dir = opendir(folder);
  for (const struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
    snprintf(command, sizeof command, "%s/%.200s", folder, entry->d_name);
    if (entry->d_name[0] != '.' && unlink(command) != 0 && errno == EISDIR)
      remove_folder(command);
  }
  if (dir)
    closedir(dir);
  rmdir(folder);
}

static void sounds_the_same_in_a_new_process(void **state) {
  static float before[2 * PLAYED], after[2 * PLAYED];
  char base[] = "/tmp/sq-session-XXXXXX", folder[64], path[64];
  assert_non_null(mkdtemp(base));
  snprintf(folder, sizeof folder, "%s/mix", base);
  snprintf(path, sizeof path, "%s/played", base);
  MixRig rig;
  mix_open(&rig, 2, 0, 0);
  build(&rig);
  save(&rig, folder);
  play(&rig, before);
  mix_close(&rig);
  run_other_process(folder, path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(after, sizeof after, 1, file), 1);
  fclose(file);
  remove_folder(base);
  double energy = 0.0;
  uint32_t differ = 0, first = UINT32_MAX;
  for (uint32_t i = 0; i < 2 * PLAYED; i++) {
    energy += (double)before[i] * before[i];
    if (memcmp(&before[i], &after[i], sizeof(float)) != 0) {
      differ++;
      first = i < first ? i : first;
    }
  }
  printf("     %d frames at %.1f dB rms, %u samples differ\n", PLAYED, 10.0 * log10(energy / (2 * PLAYED)), differ);
  if (differ)
    fail_msg("from sample %u on: %.9g is %.9g", first, (double)before[first], (double)after[first]);
  assert_true(energy / (2 * PLAYED) > 1e-4);
}

// ---- crossfade ------------------------------------------------------------------------------------------------------

/// Sines that play all the time come in through the first session, then through the second one.
static void crossfades_to_another_session(void **state) {
  enum { N = 24000 };
  static float in[2][N], out[2][N];
  char base[] = "/tmp/sq-session-XXXXXX", folder[64];
  assert_non_null(mkdtemp(base));
  snprintf(folder, sizeof folder, "%s/mix", base);
  for (uint32_t i = 0; i < N; i++)
    for (uint32_t c = 0; c < 2; c++)
      in[c][i] = (float)(0.3 * sin(2.0 * M_PI * storm_hz[c] * i / MIX_RATE));
  const float *const inputs[2] = {in[0], in[1]};
  float *const channels[2] = {out[0], out[1]};
  MixRig rig;
  mix_open(&rig, 2, 2, 0);
  rig.in = inputs;
  SqHandle a = mix_source(&rig, "a", 2, "input");
  mix_insert(&rig, SQ_HANDLE_MASTER, "eq", 0);
  mix_set(&rig, a, SQ_STRIP_GAIN_DB, -12.0);
  mix_set(&rig, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, 6.0);
  mix_commit(&rig, 0);
  save(&rig, folder);
  mix_set(&rig, a, SQ_STRIP_GAIN_DB, 3.0);
  mix_set(&rig, SQ_HANDLE_MASTER, SQ_STRIP_GAIN_DB, 0.0);
  mix_set(&rig, a, SQ_STRIP_PAN, 0.4);
  mix_commit(&rig, 0);
  for (uint32_t at = 0; at < N; at += 4000) {
    if (at >= 8000) // over and over, each time over the one that plays
      open_session(&rig, folder);
    mix_run(&rig, channels, at, at + 4000 < N ? 4000 : N - at, 128);
  }
  SqLinkStats stats;
  sq_link_stats(rig.link, &stats);
  mix_close(&rig);
  remove_folder(base);
  uint32_t where = 0;
  const double left = storm_residual(out[0], 4096, N - 512, &where),
               right = storm_residual(out[1], 4096, N - 512, NULL);
  printf("     residual %.1f and %.1f times the clean bound (allowed 20)\n", left, right);
  assert_true(left < 20.0 && right < 20.0);
  assert_int_equal(stats.strips, 2); // nothing of the old ones is left
  double peak = 0.0;
  for (uint32_t i = 16000; i < N; i++)
    peak = fabs((double)out[0][i]) > peak ? fabs((double)out[0][i]) : peak;
  assert_true(fabs(peak - 0.3 * pow(10.0, -6.0 / 20.0)) < 1e-4); // the master's gain went over too
}

int main(int argc, char **argv) {
  if (argc == 3)
    return play_session(argv[1], argv[2]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sounds_the_same_in_a_new_process),
      cmocka_unit_test(crossfades_to_another_session),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
