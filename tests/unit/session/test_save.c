// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Saving: whatever happens on the way, the folder holds the session from before or the new one, and nothing else.
#include "session/save.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "unit/session/rig.h"

typedef struct {
  char base[32], folder[64];
} Place;

static void place_open(Place *place) {
  snprintf(place->base, sizeof place->base, "/tmp/sq-save-XXXXXX");
  assert_non_null(mkdtemp(place->base));
  snprintf(place->folder, sizeof place->folder, "%s/one", place->base);
}

static uint64_t rand64(uint64_t *x) { // xorshift64 (Marsaglia 2003)
  *x ^= *x << 13;
  *x ^= *x >> 7;
  *x ^= *x << 17;
  return *x;
}

static double within(uint64_t *x, double min, double max) {
  return min + (max - min) * ((double)(rand64(x) >> 11) * 0x1p-53);
}

static void random_text(uint64_t *x, char *text, size_t size) {
  size_t n = rand64(x) % size;
  for (size_t i = 0; i < n; i++)
    text[i] = (char)(1 + rand64(x) % 255);
  text[n] = 0;
}

static SqProc *random_proc(uint64_t *x, SqDoc *doc, const char *name, bool generator, bool states) {
  static const char *const effects[] = {"eq", "compressor", "limiter", "reverb", "gain", "lv2:urn:none"};
  static const char *const generators[] = {"tone", "sampler", "input", "lv2:urn:nobody"};
  SqProc *proc = sq_proc_new(generator ? generators[rand64(x) % 4] : effects[rand64(x) % 6], name);
  const SqProcessorType *type = sq_processor_find(proc->type);
  char text[64];
  proc->handle = sq_doc_next_handle(doc);
  proc->bypass = rand64(x) & 1;
  proc->n_params = type ? type->n_params : 0;
  proc->params = type ? malloc((type->n_params + 1) * sizeof *proc->params) : NULL;
  for (uint32_t i = 0; i < proc->n_params; i++)
    proc->params[i] =
        type->params[i].output ? type->params[i].def : within(x, type->params[i].min, type->params[i].max);
  if (!type) {
    sq_proc_add_wish(proc, "a_symbol", "0.30000000000000004");
    random_text(x, text, sizeof text);
    proc->state = states ? sq_shared_new(text, strlen(text)) : NULL;
  }
  if (proc->state) {
    snprintf(proc->state->format, sizeof proc->state->format, "lv2");
    proc->state->version = (uint32_t)rand64(x);
  }
  random_text(x, text, sizeof text);
  if (rand64(x) % 3 == 0)
    sq_proc_set_key(proc, "port", text);
  for (uint64_t i = rand64(x) % 3; i > 0 && generator; i--) {
    random_text(x, text, sizeof text);
    SqZone zone = {.handle = sq_doc_next_handle(doc), .path = text, .mode = (int)(rand64(x) % 3)};
    if (text[0] != '/')
      memcpy(text, "/x", 3);
    zone.root = within(x, 0, 127);
    zone.vhi = within(x, 0, 1);
    zone.end = within(x, -1, 1e9);
    sq_proc_add_zone(proc, &zone);
  }
  return proc;
}

static void random_strip(uint64_t *x, SqDoc *doc, int i, const SqHandle *buses, int n_buses, bool states) {
  char name[32];
  snprintf(name, sizeof name, "s-%d", i);
  const bool bus = i < n_buses;
  SqStrip *strip = sq_strip_new(bus ? SQ_STRIP_BUS : SQ_STRIP_SOURCE, name, 1 + (uint32_t)(rand64(x) % 64));
  strip->handle = bus ? buses[i] : sq_doc_next_handle(doc);
  strip->sequence = sq_doc_next_sequence(doc) + (uint32_t)(rand64(x) % 20);
  strip->numbers[SQ_STRIP_GAIN_DB] = within(x, -144, 10);
  strip->numbers[SQ_STRIP_PAN] = within(x, -1, 1);
  strip->numbers[SQ_STRIP_MUTE] = (double)(rand64(x) & 1);
  strip->output = bus ? (i ? buses[rand64(x) % (uint64_t)i] : SQ_HANDLE_MASTER) : rand64(x) & 1 ? buses[0] : 0;
  if (rand64(x) & 1) {
    char text[40];
    random_text(x, text, sizeof text);
    strip->label = sq_text_copy(text);
  }
  if (!bus && rand64(x) % 8)
    strip->generator = random_proc(x, doc, "generator", true, states);
  for (uint64_t k = rand64(x) % 4; k > 0; k--) {
    char proc[16];
    snprintf(proc, sizeof proc, "p%u", strip->n_chain);
    sq_strip_insert(strip, random_proc(x, doc, proc, false, states), UINT32_MAX);
  }
  for (int b = 0; b < n_buses && !bus; b++)
    if (rand64(x) % 3 == 0)
      sq_strip_add_send(strip, sq_doc_next_handle(doc), buses[b])->numbers[SQ_SEND_GAIN_DB] = within(x, -144, 10);
  if (bus && i && strip->n_chain)
    strip->chain[0]->sidechain = 0;
  sq_doc_put(doc, strip);
}

/// With `states`, plug-ins have some: each is a file of its own.
static SqDoc *random_doc(uint64_t seed, bool states) {
  uint64_t x = seed * 0x9E3779B97F4A7C15u + 1;
  SqDoc *doc = sq_doc_new(2);
  SqHandle buses[4];
  const int n = 1 + (int)(rand64(&x) % 40), n_buses = n < 4 ? 1 : 4;
  for (int i = 0; i < n_buses; i++)
    buses[i] = sq_doc_next_handle(doc);
  for (int i = 0; i < n; i++)
    random_strip(&x, doc, i, buses, n_buses, states);
  sq_doc_set_number(doc, (SqValueRef){SQ_HANDLE_GLOBAL, SQ_GLOBAL_TEMPO}, within(&x, 1, 1000));
  return doc;
}

static char *text_of(const SqDoc *doc, const char *folder) {
  SqSessionText text;
  sq_session_write(&text, doc, &rig_host, folder);
  char *copy = sq_text_copy(text.text);
  sq_session_text_cleanup(&text);
  return copy;
}

static void save(const SqDoc *doc, const Place *place) {
  char why[320] = "";
  if (sq_session_save(doc, &rig_host, place->folder, why, sizeof why) != SQ_OK)
    fail_msg("%s", why);
}

/// What the folder holds now, as its text.
static char *loaded(const Place *place) {
  char why[320] = "";
  SqStatus status;
  SqSession *session = sq_session_load(place->folder, &rig_host, &status, why, sizeof why);
  if (!session)
    fail_msg("%s", why);
  SqDoc *doc = sq_session_place(session, 77);
  char *text = text_of(doc, place->folder);
  sq_doc_free(doc);
  return text;
}

static unsigned files_in(const char *folder, const char *below) {
  char path[128];
  unsigned n = 0;
  snprintf(path, sizeof path, "%s%s", folder, below);
  DIR *dir = opendir(path);
  for (const struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir))
    n += entry->d_name[0] != '.';
  if (dir)
    closedir(dir);
  return n;
}

static void test_random_documents_come_back(void **state) {
  char why[320];
  SqStatus status;
  for (uint64_t seed = 1; seed <= 300; seed++) {
    SqDoc *doc = random_doc(seed, false);
    char *before = text_of(doc, "/one");
    SqSession *session = sq_session_read(before, strlen(before), "/one", &rig_host, &status, why, sizeof why);
    if (!session)
      fail_msg("%s", why);
    SqDoc *back = sq_session_place(session, 77);
    char *after = text_of(back, "/one");
    assert_string_equal(before, after);
    free(before);
    free(after);
    sq_doc_free(doc);
    sq_doc_free(back);
  }
}

static void test_random_documents_come_back_from_disk(void **state) {
  Place place;
  place_open(&place);
  for (uint64_t seed = 1; seed <= 3; seed++) {
    SqDoc *doc = random_doc(seed, true);
    save(doc, &place);
    char *before = text_of(doc, place.folder), *after = loaded(&place);
    assert_string_equal(before, after);
    free(before);
    free(after);
    sq_doc_free(doc);
  }
  rig_remove(place.base);
}

static SqDoc *doc_with_state(const char *state, const char *audio) {
  SqDoc *doc = sq_doc_new(2);
  SqStrip *strip = sq_strip_new(SQ_STRIP_SOURCE, "s", 2);
  strip->handle = sq_doc_next_handle(doc);
  strip->sequence = sq_doc_next_sequence(doc);
  strip->generator = sq_proc_new("lv2:urn:x", "generator");
  strip->generator->handle = sq_doc_next_handle(doc);
  strip->generator->state = sq_shared_new(state, strlen(state));
  snprintf(strip->generator->state->format, sizeof strip->generator->state->format, "lv2");
  strip->generator->state->version = 3;
  if (audio)
    sq_proc_add_zone(strip->generator, &(SqZone){.handle = 50, .path = (char *)(uintptr_t)audio});
  sq_doc_put(doc, strip);
  return doc;
}

static void test_states_stand_beside_and_old_ones_go(void **state) {
  Place place;
  char why[320], own[128];
  SqStatus status;
  place_open(&place);
  SqDoc *one = doc_with_state("<> a <x> .\n", NULL), *two = doc_with_state("<> a <y> .\n", NULL);
  save(one, &place);
  snprintf(own, sizeof own, "%s/state/notes.txt", place.folder);
  fclose(fopen(own, "w"));
  save(one, &place);
  assert_int_equal(files_in(place.folder, "/state"), 2);
  save(two, &place);
  assert_int_equal(files_in(place.folder, "/state"), 2); // the first one's went, the user's own file stays
  assert_int_equal(access(own, F_OK), 0);
  SqSession *session = sq_session_load(place.folder, &rig_host, &status, why, sizeof why);
  assert_non_null(session);
  const SqProc *proc = session->strips[1]->generator;
  assert_string_equal(proc->state->data, "<> a <y> .\n");
  assert_string_equal(proc->state->format, "lv2");
  assert_int_equal(proc->state->version, 3);
  sq_session_free(session);
  sq_doc_free(one);
  sq_doc_free(two);
  rig_remove(place.base);
}

static void test_a_changed_state_is_told(void **state) {
  Place place;
  char why[320], path[400] = "";
  SqStatus status;
  place_open(&place);
  SqDoc *doc = doc_with_state("0123456789", NULL);
  save(doc, &place);
  snprintf(path, sizeof path, "%s/state", place.folder);
  DIR *dir = opendir(path);
  for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
    if (entry->d_name[0] != '.')
      snprintf(path, sizeof path, "%s/state/%.200s", place.folder, entry->d_name);
  closedir(dir);
  FILE *file = fopen(path, "w");
  fputs("0123456780", file);
  fclose(file);
  assert_null(sq_session_load(place.folder, &rig_host, &status, why, sizeof why));
  assert_non_null(strstr(why, "is not what was saved"));
  save(doc, &place); // the right bytes are written again
  free(loaded(&place));
  sq_doc_free(doc);
  rig_remove(place.base);
}

static void test_audio_inside_is_relative(void **state) {
  Place place;
  char inside[160], moved[128];
  place_open(&place);
  snprintf(inside, sizeof inside, "%s/audio/kick.wav", place.folder);
  SqDoc *doc = doc_with_state("x", inside);
  char *text = text_of(doc, place.folder);
  assert_non_null(strstr(text, "\"path\": \"audio/kick.wav\""));
  free(text);
  text = text_of(doc, "/tmp/elsewhere");
  assert_non_null(strstr(text, inside));
  free(text);
  save(doc, &place);
  snprintf(moved, sizeof moved, "%s/two", place.base);
  assert_int_equal(rename(place.folder, moved), 0);
  char why[320];
  SqStatus status;
  SqSession *session = sq_session_load(moved, &rig_host, &status, why, sizeof why);
  assert_non_null(session);
  snprintf(inside, sizeof inside, "%s/audio/kick.wav", moved);
  assert_string_equal(session->strips[1]->generator->zones[0].path, inside);
  sq_session_free(session);
  sq_doc_free(doc);
  rig_remove(place.base);
}

// ---- what goes wrong ------------------------------------------------------------------------------------------------

/// Every size at which a file may end: the session from before is whole, and nothing unfinished is left.
static void test_no_room(void **state) {
  Place place;
  place_open(&place);
  SqDoc *old = doc_with_state("old", NULL), *new = random_doc(5, true);
  save(old, &place);
  char *before = text_of(old, place.folder), *text = text_of(new, place.folder);
  const unsigned states = files_in(place.folder, "/state");
  struct rlimit usual, small;
  getrlimit(RLIMIT_FSIZE, &usual);
  signal(SIGXFSZ, SIG_IGN);
  const rlim_t steps[] = {0, 1, 7, 20, 60, 500, strlen(text) / 2, strlen(text) - 1};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    char why[320] = "";
    small = (struct rlimit){steps[i], usual.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const SqStatus status = sq_session_save(new, &rig_host, place.folder, why, sizeof why);
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(status, SQ_LIMIT);
    assert_non_null(strstr(why, "File too large"));
    assert_non_null(strstr(why, "what was saved before is as it was"));
    char *now = loaded(&place);
    assert_string_equal(now, before);
    free(now);
    assert_int_equal(files_in(place.folder, ""), 2);
    assert_int_equal(files_in(place.folder, "/state"), states);
  }
  save(new, &place);
  char *now = loaded(&place);
  assert_string_equal(now, text);
  free(now);
  free(before);
  free(text);
  sq_doc_free(old);
  sq_doc_free(new);
  rig_remove(place.base);
}

static void test_a_failed_first_save_leaves_nothing(void **state) {
  Place place;
  char why[320];
  place_open(&place);
  SqDoc *doc = doc_with_state("x", NULL);
  struct rlimit usual;
  getrlimit(RLIMIT_FSIZE, &usual);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){20, usual.rlim_max});
  const SqStatus status = sq_session_save(doc, &rig_host, place.folder, why, sizeof why);
  setrlimit(RLIMIT_FSIZE, &usual);
  assert_int_equal(status, SQ_LIMIT);
  assert_int_equal(files_in(place.base, ""), 0);
  sq_doc_free(doc);
  rig_remove(place.base);
}

static void test_places_that_are_none(void **state) {
  Place place;
  char why[320], path[128];
  place_open(&place);
  SqDoc *doc = sq_doc_new(2);
  assert_int_equal(sq_session_save(doc, &rig_host, "/no/such/parent/one", why, sizeof why), SQ_NOT_FOUND);
  assert_non_null(strstr(why, "/no/such/parent/one"));
  assert_int_equal(sq_session_save(doc, &rig_host, "/proc/one", why, sizeof why), SQ_NOT_FOUND);
  snprintf(path, sizeof path, "%s/file", place.base);
  fclose(fopen(path, "w"));
  assert_int_equal(sq_session_save(doc, &rig_host, path, why, sizeof why), SQ_IO);
  assert_non_null(strstr(why, "Not a directory"));
  sq_doc_free(doc);
  rig_remove(place.base);
}

/// Killed at any moment.
static void test_killed_while_saving(void **state) {
  Place place;
  place_open(&place);
  SqDoc *docs[2] = {random_doc(3, true), random_doc(4, true)};
  char *texts[2] = {text_of(docs[0], place.folder), text_of(docs[1], place.folder)};
  unsigned seen[2] = {0};
  uint64_t x = 99;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  save(docs[1], &place);
  save(docs[0], &place);
  clock_gettime(CLOCK_MONOTONIC, &to);
  const uint64_t both_us = (uint64_t)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
  for (int round = 0; round < 50; round++) {
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
      for (unsigned i = 1;; i++)
        sq_session_save(docs[i & 1], &rig_host, place.folder, (char[320]){0}, 320);
    usleep((unsigned)(rand64(&x) % (2 * both_us + 1)));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    char *now = loaded(&place);
    const bool first = strcmp(now, texts[0]) == 0;
    assert_true(first || strcmp(now, texts[1]) == 0);
    seen[!first]++;
    free(now);
  }
  printf("     50 kills: %u times the one, %u times the other\n", seen[0], seen[1]);
  assert_true(seen[0] && seen[1]);
  save(docs[0], &place); // sweeps what the killed ones left
  SqSessionText text;
  sq_session_write(&text, docs[0], &rig_host, place.folder);
  assert_int_equal(files_in(place.folder, "/state"), text.n_states);
  assert_int_equal(files_in(place.folder, ""), 1 + (text.n_states > 0));
  sq_session_text_cleanup(&text);
  for (int i = 0; i < 2; i++) {
    sq_doc_free(docs[i]);
    free(texts[i]);
  }
  rig_remove(place.base);
}

/// What the control thread waits for: a desk of 4,096 strips with three processors each.
static void test_a_snapshot_is_taken_in_less_than_a_millisecond(void **state) {
  SqDoc *doc = sq_doc_new(2);
  uint64_t x = 5;
  for (int i = 0; i < 4096; i++) {
    char name[16];
    snprintf(name, sizeof name, "s%d", i);
    SqStrip *strip = sq_strip_new(SQ_STRIP_SOURCE, name, 2);
    strip->handle = sq_doc_next_handle(doc);
    strip->sequence = sq_doc_next_sequence(doc);
    strip->generator = random_proc(&x, doc, "generator", true, false);
    sq_strip_insert(strip, random_proc(&x, doc, "a", false, false), 0);
    sq_strip_insert(strip, random_proc(&x, doc, "b", false, false), 1);
    sq_doc_put(doc, strip);
  }
  double best = 1e9;
  for (int i = 0; i < 20; i++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    SqDoc *snapshot = sq_doc_snapshot(doc);
    clock_gettime(CLOCK_MONOTONIC, &to);
    sq_doc_free(snapshot);
    const double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6;
    best = ms < best ? ms : best;
  }
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  char *text = text_of(doc, "/one");
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("     snapshot of 4,096 strips: %.3f ms; its text: %.1f MB in %.0f ms\n", best, (double)strlen(text) / 1e6,
         (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  assert_true(best < 1.0);
#endif
  char why[320];
  SqStatus status;
  clock_gettime(CLOCK_MONOTONIC, &from);
  SqSession *session = sq_session_read(text, strlen(text), "/one", &rig_host, &status, why, sizeof why);
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_non_null(session);
  printf("     read again in %.0f ms\n",
         (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6);
  sq_session_free(session);
  free(text);
  sq_doc_free(doc);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_documents_come_back),
      cmocka_unit_test(test_random_documents_come_back_from_disk),
      cmocka_unit_test(test_states_stand_beside_and_old_ones_go),
      cmocka_unit_test(test_a_changed_state_is_told),
      cmocka_unit_test(test_audio_inside_is_relative),
      cmocka_unit_test(test_no_room),
      cmocka_unit_test(test_a_failed_first_save_leaves_nothing),
      cmocka_unit_test(test_places_that_are_none),
      cmocka_unit_test(test_killed_while_saving),
      cmocka_unit_test(test_a_snapshot_is_taken_in_less_than_a_millisecond),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
