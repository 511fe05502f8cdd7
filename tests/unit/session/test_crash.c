// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
// Saving, with every system call on the way as the last one, and with every one of them failing in every way; and the
// order of the calls, on which it hangs what a power cut leaves.
//
// The calls are caught by functions of the same name in this program, which stand before the C library's.
#define _GNU_SOURCE
#include "session/save.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unit/session/rig.h"

/// What is done to the calls of the save under test.
typedef struct {
  bool on;
  int n;       ///< calls so far
  int die_at;  ///< the process ends before this call; 0: never
  int fail_at; ///< this call fails; 0: none
  int error;   ///< with this errno
  char failed; ///< letter of the call that did
  bool short_writes;
  char log[16384]; ///< a letter and a file's name a call
} Calls;

static Calls calls;

static void note(char letter, const char *name) {
  const size_t n = strlen(calls.log);
  snprintf(calls.log + n, sizeof calls.log - n, "%c %s\n", letter, name);
}

/// True when the call is to fail, with errno set.
static bool struck(char letter, const char *name) {
  if (!calls.on)
    return false;
  calls.n++;
  if (calls.n == calls.die_at)
    _exit(9);
  if (calls.n == calls.fail_at) {
    errno = calls.error;
    calls.failed = letter;
    return true;
  }
  note(letter, name);
  return false;
}

static const char *name_of(int fd) {
  static char path[4096];
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  path[n > 0 ? n : 0] = 0;
  const char *one = strstr(path, "/one");
  return one ? one + 4 : path;
}

static const char *tail_of(const char *path) {
  const char *one = strstr(path, "/one");
  return one ? one + 4 : path;
}

#define NEXT(result, name, ...) ((result(*)(__VA_ARGS__))(uintptr_t)dlsym(RTLD_NEXT, #name))

int rename(const char *from, const char *to) {
  return struck('r', tail_of(to)) ? -1 : NEXT(int, rename, const char *, const char *)(from, to);
}

ssize_t write(int fd, const void *data, size_t n) {
  if (calls.on && fd > 2 && struck('w', name_of(fd)))
    return -1;
  if (calls.on && fd > 2 && calls.short_writes && n > 100)
    n = 100;
  return NEXT(ssize_t, write, int, const void *, size_t)(fd, data, n);
}

int fsync(int fd) {
  return struck('s', name_of(fd)) ? -1 : NEXT(int, fsync, int)(fd);
}

int mkdir(const char *path, mode_t mode) {
  return struck('m', tail_of(path)) ? -1 : NEXT(int, mkdir, const char *, mode_t)(path, mode);
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
  va_end(list);
  if (flags & O_CREAT && struck('o', tail_of(path)))
    return -1;
  return NEXT(int, open, const char *, int, ...)(path, flags, mode);
}

int close(int fd) {
  char name[256];
  snprintf(name, sizeof name, "%.200s", calls.on ? name_of(fd) : "");
  const int result = NEXT(int, close, int)(fd);
  return struck('c', name) ? -1 : result;
}

// ---- two sessions ---------------------------------------------------------------------------------------------------

typedef struct {
  char base[32], folder[64];
  SqDoc *docs[2];
  char *texts[2];
} Fixture;

static SqDoc *doc_of(const char *state, double gain) {
  SqDoc *doc = sq_doc_new(2);
  for (int i = 0; i < 2; i++) {
    char name[8], own[64];
    snprintf(name, sizeof name, "s%d", i);
    snprintf(own, sizeof own, "%s%d", state, i);
    SqStrip *strip = sq_strip_new(SQ_STRIP_SOURCE, name, 2);
    strip->handle = sq_doc_next_handle(doc);
    strip->sequence = sq_doc_next_sequence(doc);
    strip->numbers[SQ_STRIP_GAIN_DB] = gain;
    strip->generator = sq_proc_new("lv2:urn:x", "generator");
    strip->generator->handle = sq_doc_next_handle(doc);
    strip->generator->state = sq_shared_new(own, strlen(own));
    snprintf(strip->generator->state->format, sizeof strip->generator->state->format, "lv2");
    sq_doc_put(doc, strip);
  }
  return doc;
}

static char *text_of(const SqDoc *doc, const char *folder) {
  SqSessionText text;
  sq_session_write(&text, doc, &rig_host, folder);
  char *copy = sq_text_copy(text.text);
  sq_session_text_cleanup(&text);
  return copy;
}

static int open_fixture(void **state) {
  Fixture *f = calloc(1, sizeof *f);
  snprintf(f->base, sizeof f->base, "/tmp/sq-crash-XXXXXX");
  assert_non_null(mkdtemp(f->base));
  snprintf(f->folder, sizeof f->folder, "%s/one", f->base);
  f->docs[0] = doc_of("old state ", -1.0);
  f->docs[1] = doc_of("a state of the new session ", -2.0);
  for (int i = 0; i < 2; i++)
    f->texts[i] = text_of(f->docs[i], f->folder);
  *state = f;
  return 0;
}

static int close_fixture(void **state) {
  Fixture *f = *state;
  calls.on = false;
  rig_remove(f->base);
  for (int i = 0; i < 2; i++) {
    sq_doc_free(f->docs[i]);
    free(f->texts[i]);
  }
  free(f);
  return 0;
}

static SqStatus save(const Fixture *f, int which, char why[320]) {
  why[0] = 0;
  return sq_session_save(f->docs[which], &rig_host, f->folder, why, 320);
}

/// 0 or 1: which session the folder holds.
static int held(const Fixture *f) {
  char why[320] = "";
  SqStatus status;
  SqSession *session = sq_session_load(f->folder, &rig_host, &status, why, sizeof why);
  if (!session)
    fail_msg("after call %d: %s", calls.die_at + calls.fail_at, why);
  SqDoc *doc = sq_session_place(session, 50);
  char *text = text_of(doc, f->folder);
  sq_doc_free(doc);
  const int which = strcmp(text, f->texts[1]) == 0;
  assert_string_equal(text, f->texts[which]);
  free(text);
  return which;
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

// ---- tests ----------------------------------------------------------------------------------------------------------

static void ends_before_every_call(void **state) {
  const Fixture *f = *state;
  char why[320];
  int ended = 1, at = 0, seen[2] = {0};
  while (ended) {
    assert_int_equal(save(f, 0, why), SQ_OK);
    at++;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
      calls.on = true;
      calls.die_at = at;
      _exit(save(f, 1, why) == SQ_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    ended = WEXITSTATUS(status) == 9;
    seen[held(f)]++;
  }
  printf("     %d calls: after %d the old session, after %d the new one\n", at - 1, seen[0], seen[1]);
  assert_true(seen[0] > 8 && seen[1] > 1);
  assert_int_equal(held(f), 1);
}

static void every_call_fails_in_every_way(void **state) {
  const Fixture *f = *state;
  static const int errors[] = {ENOSPC, EIO, EDQUOT, EROFS, EMFILE, EACCES};
  char why[320];
  int struck_calls = 0;
  for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++)
    for (int at = 1;; at++) {
      assert_int_equal(save(f, 0, why), SQ_OK);
      const unsigned states = files_in(f->folder, "/state");
      memset(&calls, 0, sizeof calls);
      calls.on = true;
      calls.fail_at = at;
      calls.error = errors[e];
      const SqStatus status = save(f, 1, why);
      calls.on = false;
      if (calls.n < at) { // there is no such call any more
        assert_int_equal(status, SQ_OK);
        break;
      }
      struck_calls++;
      const int which = held(f);
      if (status == SQ_OK) { // only closing what was read may fail unheard
        assert_int_equal(which, 1);
        continue;
      }
      assert_non_null(strstr(why, strerror(errors[e])));
      assert_non_null(strstr(why, f->folder));
      if (which == 0)
        assert_int_equal(files_in(f->folder, "/state"), states);
      assert_int_equal(files_in(f->folder, ""), 2);
    }
  printf("     %d calls failed\n", struck_calls);
  assert_true(struck_calls > 60);
}

static void writes_that_are_cut_short_go_on(void **state) {
  const Fixture *f = *state;
  char why[320];
  for (int at = 1; at < 200; at += 3) {
    memset(&calls, 0, sizeof calls);
    calls = (Calls){.on = true, .short_writes = true};
    const SqStatus status = save(f, at & 1, why);
    calls.on = false;
    assert_int_equal(status, SQ_OK);
    assert_int_equal(held(f), at & 1);
  }
}

static void an_interrupted_write_goes_on(void **state) {
  const Fixture *f = *state;
  char why[320];
  assert_int_equal(save(f, 0, why), SQ_OK);
  for (int at = 1; at < 100; at++) {
    memset(&calls, 0, sizeof calls);
    calls = (Calls){.on = true, .fail_at = at, .error = EINTR, .short_writes = true};
    const SqStatus status = save(f, at & 1, why);
    calls.on = false;
    if (calls.n < at)
      break;
    if (calls.failed == 'w')
      assert_int_equal(status, SQ_OK);
    const int which = held(f);
    if (status == SQ_OK)
      assert_int_equal(which, at & 1);
  }
}

/// Where a line of the log stands; -1: nowhere.
static long line_at(const char *line) {
  const char *at = strstr(calls.log, line);
  return at ? at - calls.log : -1;
}

/// What is renamed is on the disk, what the new session.json names is in its folder before it, and it is in its own.
static void the_order_of_the_calls(void **state) {
  const Fixture *f = *state;
  char why[320], line[400];
  assert_int_equal(save(f, 0, why), SQ_OK);
  memset(&calls, 0, sizeof calls);
  calls.on = true;
  assert_int_equal(save(f, 1, why), SQ_OK);
  calls.on = false;
  const long json_written = line_at("w /session.json.unfinished\n"),
             json_synced = line_at("s /session.json.unfinished\n");
  const long json_renamed = line_at("r /session.json\n"), states_synced = line_at("s /state\n");
  assert_true(json_written >= 0 && json_written < json_synced && json_synced < json_renamed);
  assert_true(states_synced >= 0 && states_synced < json_renamed);
  const char *synced = strstr(calls.log + json_renamed, "s \n");
  assert_non_null(synced); // the session's own folder
  int states = 0;
  for (const char *at = strstr(calls.log, "r /state/"); at; at = strstr(at + 1, "r /state/"), states++) {
    snprintf(line, sizeof line, "s %.*s.unfinished\n", (int)strcspn(at + 2, "\n"), at + 2);
    assert_true(line_at(line) >= 0 && line_at(line) < at - calls.log);
    assert_true(at - calls.log < states_synced);
  }
  assert_int_equal(states, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(ends_before_every_call, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(every_call_fails_in_every_way, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(writes_that_are_cut_short_go_on, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(an_interrupted_write_goes_on, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(the_order_of_the_calls, open_fixture, close_fixture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
