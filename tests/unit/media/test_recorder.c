// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Recording through the disk thread: exact takes, drained faster than time, a stalled disk, a kill, a full disk.
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "media/recorder.h"

static char folder[] = "/tmp/sq-test-recorder-XXXXXX";
static char path[100], error[512];

enum { RATE = 48000, BLOCK = 64 };

static void name_file(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
}

static float sound(uint32_t c, uint64_t frame) {
  return (float)((frame % 30000) + 1 + c) / 32768.0f;
}

/// Blocks of the engine from `from` to `to`, as a TAP step makes them.
static void play(SqRtTap *tap, uint64_t from, uint64_t to) {
  float x[2][BLOCK];
  const float *const rows[2] = {x[0], x[1]};
  for (uint64_t f = from; f < to; f += BLOCK) {
    for (uint32_t c = 0; c < 2; c++)
      for (uint32_t i = 0; i < BLOCK; i++)
        x[c][i] = sound(c, f + i);
    sq_rt_tap_write(tap, rows, 2, BLOCK, f);
  }
}

static SqRecorder *open_recorder(SqDisk *disk, SqFileFormat format) {
  SqWriterConfig config = {.path = path, .format = format, .n_channels = 2, .rate = RATE, .replace = true};
  SqRecorder *recorder;
  if (sq_recorder_open(disk, &config, &recorder, error, sizeof error) != SQ_OK)
    fail_msg("%s", error);
  return recorder;
}

static SqRecorderStatus status_of(SqRecorder *recorder) {
  SqRecorderStatus status;
  sq_recorder_status(recorder, &status);
  return status;
}

static SqRecorderState wait_for(SqDisk *disk, SqRecorder *recorder, SqRecorderState state, int most_ms) {
  int64_t end = sq_clock_now_ms() + most_ms;
  while (status_of(recorder).state != state && sq_clock_now_ms() < end) {
    struct pollfd news = {.fd = sq_disk_fd(disk), .events = POLLIN};
    poll(&news, 1, (int)(end - sq_clock_now_ms()));
    sq_disk_heard(disk);
  }
  return status_of(recorder).state;
}

/// Compares the file with the take from engine frame `from`; zeros are allowed. Returns its frames, *n_zeros of which
/// were zeros.
static uint64_t check(uint64_t from, uint64_t *n_zeros) {
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (!file)
    fail_msg("%s", sf_strerror(NULL));
  static float x[1024][2];
  uint64_t n = 0;
  *n_zeros = 0;
  for (sf_count_t got; (got = sf_readf_float(file, x[0], 1024)) > 0; n += (uint64_t)got)
    for (uint32_t i = 0; i < got; i++) {
      *n_zeros += x[i][0] == 0;
      for (uint32_t c = 0; c < 2; c++)
        if (x[i][c] != 0 && x[i][c] != sound(c, from + n + i))
          fail_msg("frame %llu is out of place", (unsigned long long)(n + i));
    }
  assert_int_equal(info.frames, n);
  sf_close(file);
  return n;
}

static void a_take_is_exact_and_its_end_is_told(void **state) {
  SqDisk *disk;
  assert_int_equal(sq_disk_open(&disk), SQ_OK);
  name_file("take.wav");
  SqRecorder *recorder = open_recorder(disk, SQ_FORMAT_WAV);
  SqRtTap *tap = sq_recorder_tap(recorder);
  play(tap, 0, 640);
  assert_int_equal(status_of(recorder).state, SQ_RECORDER_ARMED);
  sq_recorder_start(recorder, 1001);
  sq_recorder_stop(recorder, 20003);
  play(tap, 640, 12800);
  assert_int_equal(wait_for(disk, recorder, SQ_RECORDER_RUNNING, 2000), SQ_RECORDER_RUNNING);
  play(tap, 12800, 25600);
  assert_int_equal(wait_for(disk, recorder, SQ_RECORDER_DONE, 2000), SQ_RECORDER_DONE);
  SqRecorderStatus status = status_of(recorder);
  assert_int_equal(status.frames, 20003 - 1001);
  assert_int_equal(status.began, 1001);
  assert_int_equal(status.lost_frames, 0);
  assert_string_equal(status.path, path);
  uint64_t n_zeros;
  assert_int_equal(check(1001, &n_zeros), 20003 - 1001); // on file before it is closed
  assert_int_equal(n_zeros, 0);
  sq_recorder_close(recorder);
  sq_disk_close(disk);
}

static int by_value(const void *a, const void *b) {
  return (int)(*(const int64_t *)a - *(const int64_t *)b);
}

static void a_minute_is_recorded_faster_than_time_and_nothing_is_lost(void **state) {
  SqDisk *disk;
  assert_int_equal(sq_disk_open(&disk), SQ_OK);
  name_file("minute");
  SqRecorder *recorder = open_recorder(disk, SQ_FORMAT_RF64);
  sq_recorder_start(recorder, 0);
  int64_t begin = sq_clock_now_ms(), drains[60];
  for (uint64_t second = 0; second < 60; second++) {
    play(sq_recorder_tap(recorder), second * RATE, (second + 1) * RATE);
    int64_t asked = sq_clock_now_ms();
    sq_disk_drain(disk);
    drains[second] = sq_clock_now_ms() - asked;
  }
  sq_recorder_stop(recorder, 60 * RATE);
  play(sq_recorder_tap(recorder), 60 * RATE, 60 * RATE + BLOCK);
  sq_disk_drain(disk);
  int64_t took = sq_clock_now_ms() - begin;
  print_message("60 s recorded in %lld ms: %.0fx real time\n", (long long)took, 60000.0 / (double)(took ? took : 1));
  assert_int_equal(status_of(recorder).state, SQ_RECORDER_DONE); // no waiting for a clock
  assert_int_equal(status_of(recorder).lost_frames, 0);
  uint64_t n_zeros;
  assert_int_equal(check(0, &n_zeros), 60 * RATE);
  assert_int_equal(n_zeros, 0);
  qsort(drains, 60, sizeof *drains, by_value);
  assert_true(drains[15] < 15); // a drain does not wait for the thread's 20 ms, but a busy machine may let most wait
  sq_recorder_close(recorder);
  sq_disk_close(disk);
}

static void stall(SqDiskClient *client, int64_t now_ms) {
  struct timespec pause = {.tv_nsec = 200000000};
  nanosleep(&pause, NULL);
}

/// Another file of the same thread hangs: what does not fit meanwhile is silence of exactly that length.
static void a_stalled_disk_leaves_silence_in_its_place(void **state) {
  SqDisk *disk;
  assert_int_equal(sq_disk_open(&disk), SQ_OK);
  name_file("stalled");
  SqRecorder *recorder = open_recorder(disk, SQ_FORMAT_W64);
  SqDiskClient slow = {.pump = stall};
  sq_disk_add(disk, &slow);
  struct timespec pause = {.tv_nsec = 50000000};
  nanosleep(&pause, NULL);
  sq_recorder_start(recorder, 0);
  sq_recorder_stop(recorder, 400000);
  play(sq_recorder_tap(recorder), 0, 300032); // 6 s at once: half of it has no room
  sq_disk_remove(disk, &slow);
  sq_disk_drain(disk);
  play(sq_recorder_tap(recorder), 300032, 400064);
  sq_disk_drain(disk);
  SqRecorderStatus status = status_of(recorder);
  assert_int_equal(status.state, SQ_RECORDER_DONE);
  uint64_t n_zeros;
  assert_int_equal(check(0, &n_zeros), 400000);
  assert_true(n_zeros > 100000 && n_zeros == status.lost_frames);
  sq_recorder_close(recorder);
  sq_disk_close(disk);
}

static void closing_ends_a_take_with_what_has_come(void **state) {
  SqDisk *disk;
  assert_int_equal(sq_disk_open(&disk), SQ_OK);
  name_file("closed");
  SqRecorder *recorder = open_recorder(disk, SQ_FORMAT_RF64);
  sq_recorder_start(recorder, 64);
  play(sq_recorder_tap(recorder), 0, 6400);
  sq_rt_tap_write(sq_recorder_tap(recorder), NULL, 2, 640, 6400); // asleep
  play(sq_recorder_tap(recorder), 7040, 12800);
  sq_rt_tap_write(sq_recorder_tap(recorder), NULL, 2, 64, 12800);
  sq_recorder_close(recorder);
  uint64_t n_zeros;
  assert_int_equal(check(64, &n_zeros), 12864 - 64);
  assert_int_equal(n_zeros, 704);
  name_file("never");
  recorder = open_recorder(disk, SQ_FORMAT_RF64); // never started
  sq_recorder_close(recorder);
  assert_int_equal(check(0, &n_zeros), 0);
  sq_disk_close(disk);
}

/// Real time, killed in the third second: what the header names is less than a second behind.
static void a_kill_costs_less_than_a_second(void **state) {
  name_file("killed");
  int told[2];
  assert_int_equal(pipe(told), 0);
  pid_t child = fork();
  if (child == 0) {
    SqDisk *disk;
    if (sq_disk_open(&disk) != SQ_OK)
      _exit(1);
    SqRecorder *recorder = open_recorder(disk, SQ_FORMAT_RF64);
    sq_recorder_start(recorder, 0);
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (uint64_t f = 0;; f += 480 * 2) { // 20 ms
      play(sq_recorder_tap(recorder), f, f + 960);
      if (write(told[1], &f, sizeof f) < 0)
        _exit(1);
      next.tv_nsec += 20000000;
      next.tv_sec += next.tv_nsec / 1000000000;
      next.tv_nsec %= 1000000000;
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
  }
  struct timespec pause = {.tv_sec = 2, .tv_nsec = 300000000};
  nanosleep(&pause, NULL);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  close(told[1]);
  uint64_t played = 0, f;
  while (read(told[0], &f, sizeof f) == sizeof f)
    played = f + 960;
  close(told[0]);
  uint64_t n_zeros, n = check(0, &n_zeros);
  print_message("killed after %.2f s, %.2f s are there\n", (double)played / RATE, (double)n / RATE);
  assert_true(played > 2 * RATE && n + RATE + RATE / 10 >= played); // a second, and the disk thread's own 20 ms twice
  assert_int_equal(n_zeros, 0);
}

static void a_full_disk_is_told_within_a_second_and_spares_the_others(void **state) {
  name_file("full");
  int told[2];
  assert_int_equal(pipe(told), 0);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000001, 1000001});
    SqDisk *disk;
    if (sq_disk_open(&disk) != SQ_OK)
      _exit(1);
    SqRecorder *large = open_recorder(disk, SQ_FORMAT_RF64); // 1 MB: 125,000 frames of 8 bytes
    name_file("other");
    SqRecorder *small = open_recorder(disk, SQ_FORMAT_FLAC);
    sq_recorder_start(large, 0);
    sq_recorder_start(small, 0);
    for (uint64_t second = 0; second < 3; second++) {
      play(sq_recorder_tap(large), second * 48000, (second + 1) * 48000);
      play(sq_recorder_tap(small), second * 48000, second ? second * 48000 + 640 : 48000);
      if (second < 2)
        sq_disk_drain(disk);
    }
    int64_t begin = sq_clock_now_ms();
    SqRecorderState state_of_large = wait_for(disk, large, SQ_RECORDER_FAILED, 3000);
    int64_t took = sq_clock_now_ms() - begin;
    play(sq_recorder_tap(large), 3 * 48000, 12 * 48000); // the audio thread goes on, whatever became of the file
    sq_recorder_stop(small, 3 * 48000);
    sq_rt_tap_write(sq_recorder_tap(small), NULL, 2, 64, 3 * 48000);
    SqRecorderState state_of_small = wait_for(disk, small, SQ_RECORDER_DONE, 3000);
    SqRecorderStatus s = status_of(large);
    dprintf(told[1], "%d %d %lld %llu %s", state_of_large, state_of_small, (long long)took,
            (unsigned long long)s.frames, s.error);
    sq_recorder_close(large);
    sq_recorder_close(small);
    sq_disk_close(disk);
    _exit(0);
  }
  close(told[1]);
  int child_status;
  waitpid(child, &child_status, 0);
  char text[800] = "";
  ssize_t got = read(told[0], text, sizeof text - 1);
  close(told[0]);
  assert_true(got > 0 && child_status == 0);
  int large, small, used = 0;
  long long took;
  unsigned long long frames;
  assert_int_equal(sscanf(text, "%d %d %lld %llu %n", &large, &small, &took, &frames, &used), 4);
  assert_int_equal(large, SQ_RECORDER_FAILED);
  assert_int_equal(small, SQ_RECORDER_DONE);
  assert_true(took < 1000);
  assert_non_null(strstr(text + used, "recording to"));
  uint64_t n_zeros;
  name_file("full");
  assert_int_equal(check(0, &n_zeros), frames);
  assert_true(frames > 124900);
}

static void a_bad_path_is_refused_before_anything_is_made(void **state) {
  SqDisk *disk;
  assert_int_equal(sq_disk_open(&disk), SQ_OK);
  name_file("no/such.wav");
  SqWriterConfig config = {.path = path, .n_channels = 2, .rate = RATE};
  SqRecorder *recorder;
  assert_int_equal(sq_recorder_open(disk, &config, &recorder, error, sizeof error), SQ_NOT_FOUND);
  assert_null(recorder);
  sq_disk_close(disk);
}

static int setup(void **state) {
  return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
  static const char *const names[] = {"take.wav", "minute", "stalled", "closed", "never", "killed", "full", "other"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    name_file(names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_take_is_exact_and_its_end_is_told),
      cmocka_unit_test(a_minute_is_recorded_faster_than_time_and_nothing_is_lost),
      cmocka_unit_test(a_stalled_disk_leaves_silence_in_its_place),
      cmocka_unit_test(closing_ends_a_take_with_what_has_come),
      cmocka_unit_test(a_kill_costs_less_than_a_second),
      cmocka_unit_test(a_full_disk_is_told_within_a_second_and_spares_the_others),
      cmocka_unit_test(a_bad_path_is_refused_before_anything_is_made),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
