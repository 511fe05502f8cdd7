// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Written files: every format and width, next parts, a disk that is full, a program that dies.
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/writer.h"

static char folder[] = "/tmp/sq-test-writer-XXXXXX";
static char path[100], error[512];

enum { PIECE = 1000 };

static const struct {
  SqFileFormat format;
  uint32_t bits;
} kinds[] = {{SQ_FORMAT_RF64, 32}, {SQ_FORMAT_RF64, 24}, {SQ_FORMAT_RF64, 16}, {SQ_FORMAT_WAV, 32},
             {SQ_FORMAT_WAV, 24},  {SQ_FORMAT_WAV, 16},  {SQ_FORMAT_W64, 32},  {SQ_FORMAT_W64, 16},
             {SQ_FORMAT_FLAC, 24}, {SQ_FORMAT_FLAC, 16}, {SQ_FORMAT_AIFF, 32}, {SQ_FORMAT_AIFF, 24},
             {SQ_FORMAT_AIFF, 16}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static void name_file(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
}

/// Noise that all widths hold exactly: multiples of 2^-15.
static float sound(uint64_t frame, uint32_t c) {
  uint32_t x = (uint32_t)frame * 2654435761u + c * 977u;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  return (float)((int)(x & 0xFFFF) - 32768) / 32768.0f;
}

static SqWriter *open_writer(int kind, uint32_t n_channels, uint64_t max_bytes) {
  SqWriterConfig config = {.path = path,
                           .format = kinds[kind].format,
                           .bits = kinds[kind].bits,
                           .n_channels = n_channels,
                           .rate = 48000,
                           .replace = true,
                           .max_bytes = max_bytes};
  SqWriter *writer;
  if (sq_writer_open(&config, &writer, error, sizeof error) != SQ_OK)
    fail_msg("%s", error);
  return writer;
}

static SqStatus write_piece(SqWriter *writer, uint32_t n_channels, uint64_t from, uint32_t n) {
  static float x[PIECE * 8];
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t c = 0; c < n_channels; c++)
      x[i * n_channels + c] = sound(from + i, c);
  return sq_writer_write(writer, x, n);
}

/// Frames readable in `name`, all compared with the sound from frame `from`; the header must name as many.
static uint64_t check_file(const char *name, uint64_t from) {
  SF_INFO info = {0};
  SNDFILE *file = sf_open(name, SFM_READ, &info);
  if (!file)
    fail_msg("%s: %s", name, sf_strerror(NULL));
  float *x = malloc(PIECE * (size_t)info.channels * sizeof *x);
  uint64_t n = 0;
  for (sf_count_t got; (got = sf_readf_float(file, x, PIECE)) > 0; n += (uint64_t)got)
    for (uint32_t i = 0; i < got; i++)
      for (int c = 0; c < info.channels; c++)
        if (x[i * (uint32_t)info.channels + (uint32_t)c] != sound(from + n + i, (uint32_t)c))
          fail_msg("%s: frame %llu differs", name, (unsigned long long)(n + i));
  if ((uint64_t)info.frames != n)
    fail_msg("%s: the header names %lld frames, %llu can be read", name, (long long)info.frames, (unsigned long long)n);
  free(x);
  sf_close(file);
  return n;
}

static void every_kind_is_read_back_bit_for_bit(void **state) {
  for (int k = 0; k < N_KINDS; k++)
    for (uint32_t n_channels = 1; n_channels <= 5; n_channels += 2) {
      name_file("kind");
      SqWriter *writer = open_writer(k, n_channels, 0);
      for (uint64_t f = 0; f < 10 * PIECE; f += PIECE)
        assert_int_equal(write_piece(writer, n_channels, f, PIECE), SQ_OK);
      assert_int_equal(write_piece(writer, n_channels, 10 * PIECE, 77), SQ_OK);
      assert_int_equal(sq_writer_finish(writer), SQ_OK);
      assert_int_equal(sq_writer_frames(writer), 10 * PIECE + 77);
      sq_writer_close(writer);
      assert_int_equal(check_file(path, 0), 10 * PIECE + 77);
    }
}

static void silence_is_written_and_full_scale_is_clipped(void **state) {
  name_file("clip");
  SqWriter *writer = open_writer(5, 1, 0);
  float loud[4] = {1.5f, -1.5f, 1.0f, -1.0f};
  assert_int_equal(sq_writer_write(writer, loud, 4), SQ_OK);
  assert_int_equal(sq_writer_write(writer, NULL, 5000), SQ_OK);
  sq_writer_close(writer);
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  static short x[5004];
  assert_int_equal(sf_read_short(file, x, 5004), 5004);
  sf_close(file);
  assert_true(x[0] == 32767 && x[1] == -32768 && x[2] == 32767 && x[3] == -32768 && x[4] == 0 && x[5003] == 0);
}

static void a_program_that_dies_leaves_what_it_updated(void **state) {
  for (int k = 0; k < N_KINDS; k++) {
    name_file("killed");
    pid_t child = fork();
    if (child == 0) {
      SqWriter *writer = open_writer(k, 2, 0);
      for (uint64_t f = 0; f < 20 * PIECE; f += PIECE)
        write_piece(writer, 2, f, PIECE);
      sq_writer_update(writer);
      for (uint64_t f = 20 * PIECE; f < 25 * PIECE; f += PIECE)
        write_piece(writer, 2, f, PIECE);
      raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
      fail_msg("kind %d: %s", k, sf_strerror(NULL));
    uint64_t least = kinds[k].format == SQ_FORMAT_FLAC ? 20 * PIECE - 4608 : 20 * PIECE, n = 0;
    float x[2];
    while (sf_readf_float(file, x, 1) == 1) {
      assert_true(x[0] == sound(n, 0) && x[1] == sound(n, 1));
      n++;
    }
    sf_close(file);
    if (n < least || (uint64_t)info.frames < least || (uint64_t)info.frames > 25 * PIECE)
      fail_msg("kind %d: %llu frames readable, %lld in the header", k, (unsigned long long)n, (long long)info.frames);
  }
}

/// The writer in a child under a limit of file size: a short write first, then EFBIG, as ENOSPC comes.
static void a_full_disk_leaves_whole_frames_and_a_reason(void **state) {
  for (int k = 0; k < N_KINDS; k++) {
    int64_t header = 0;
    for (rlim_t limit = 100001; limit < 100016; limit += 5) {
      name_file("full");
      int words[2];
      assert_int_equal(pipe(words), 0);
      pid_t child = fork();
      if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        SqWriter *writer = open_writer(k, 3, 0);
        SqStatus status = SQ_OK;
        for (uint64_t f = 0; f < 100 * PIECE && status == SQ_OK; f += PIECE)
          status = write_piece(writer, 3, f, PIECE);
        uint64_t frames = sq_writer_frames(writer);
        bool again = write_piece(writer, 3, 0, 1) == SQ_IO && sq_writer_finish(writer) == SQ_IO;
        dprintf(words[1], "%d %d %llu %s", status, again, (unsigned long long)frames, sq_writer_error(writer));
        sq_writer_close(writer);
        _exit(0);
      }
      char text[600] = "";
      int child_status;
      waitpid(child, &child_status, 0);
      ssize_t n = read(words[0], text, sizeof text - 1);
      close(words[0]);
      close(words[1]);
      assert_true(n > 10 && child_status == 0);
      int status, again, used;
      unsigned long long frames;
      assert_int_equal(sscanf(text, "%d %d %llu %n", &status, &again, &frames, &used), 3);
      if (status != SQ_IO || !again || !strstr(text + used, "recording to") || !strstr(text + used, "ulimit"))
        fail_msg("kind %d: %s", k, text);
      uint64_t readable = check_file(path, 0), size = 3 * kinds[k].bits / 8;
      if (readable != frames)
        fail_msg("kind %d: %llu frames said, %llu readable", k, frames, (unsigned long long)readable);
      // no whole frame that had room is given up (of a coded file: no whole block)
      uint64_t least = kinds[k].format == SQ_FORMAT_FLAC ? 8000 : (limit - 200) / size;
      if (readable < least)
        fail_msg("kind %d: %llu frames in %llu bytes", k, (unsigned long long)readable, (unsigned long long)limit);
      // and no piece of one is left behind it (a byte may make the length even)
      struct stat st;
      assert_int_equal(stat(path, &st), 0);
      int64_t rest = st.st_size - (int64_t)(frames * size);
      if (kinds[k].format != SQ_FORMAT_FLAC && header && llabs(rest - header) > 1)
        fail_msg("kind %d: %lld bytes besides the frames, then %lld", k, (long long)header, (long long)rest);
      header = rest;
    }
  }
}

static void a_full_file_system_is_named(void **state) {
  name_file("disk");
  mkdir(path, 0700);
  if (mount("none", path, "tmpfs", 0, "size=256k") < 0) { // not root: the limit of file size above stands for it
    rmdir(path);
    return;
  }
  char disk[100];
  snprintf(disk, sizeof disk, "%s", path);
  name_file("disk/take");
  SqWriter *writer = open_writer(0, 2, 0);
  SqStatus status = SQ_OK;
  for (uint64_t f = 0; f < 100 * PIECE && status == SQ_OK; f += PIECE)
    status = write_piece(writer, 2, f, PIECE);
  uint64_t frames = sq_writer_frames(writer), readable = check_file(path, 0);
  bool named = strstr(sq_writer_error(writer), "disk is full") != NULL;
  sq_writer_close(writer);
  assert_int_equal(umount(disk), 0);
  rmdir(disk);
  assert_int_equal(status, SQ_IO);
  assert_true(named);
  assert_true(frames == readable && frames > 30000);
}

static void a_file_that_grows_too_long_goes_on_in_a_next_one(void **state) {
  static const int of_kinds[] = {3, 5, 12};
  for (int k = 0; k < 3; k++) {
    name_file("roll.wav");
    SqWriter *writer = open_writer(of_kinds[k], 2, 50000);
    for (uint64_t f = 0; f < 30 * PIECE; f += PIECE)
      assert_int_equal(write_piece(writer, 2, f, PIECE), SQ_OK);
    uint32_t parts = sq_writer_parts(writer);
    assert_int_equal(sq_writer_frames(writer), 30 * PIECE);
    sq_writer_close(writer);
    assert_true(parts >= 2);
    uint64_t n = 0;
    for (uint32_t p = 1; p <= parts; p++) {
      char name[32];
      snprintf(name, sizeof name, p == 1 ? "roll.wav" : "roll-%u.wav", p);
      name_file(name);
      struct stat st;
      assert_int_equal(stat(path, &st), 0);
      assert_true(st.st_size <= 50000);
      n += check_file(path, n); // no frame twice, none missing
      unlink(path);
    }
    assert_int_equal(n, 30 * PIECE);
  }
}

static void fails(SqWriterConfig config, SqStatus want, const char *text) {
  SqWriter *writer;
  config.path = path;
  config.rate = 48000;
  config.n_channels = config.n_channels ? config.n_channels : 2;
  error[0] = 0;
  SqStatus status = sq_writer_open(&config, &writer, error, sizeof error);
  if (status != want || writer || !strstr(error, text) || !strchr(error, ':'))
    fail_msg("%s: status %d, '%s'", path, status, error);
}

static void what_cannot_be_written_is_said_at_once(void **state) {
  name_file("no/folder.wav");
  fails((SqWriterConfig){0}, SQ_NOT_FOUND, "there is no folder");
  name_file("there.wav");
  fclose(fopen(path, "w"));
  fails((SqWriterConfig){0}, SQ_EXISTS, "is there already");
  unlink(path);
  name_file("fifo");
  assert_int_equal(mkfifo(path, 0600), 0);
  int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  fails((SqWriterConfig){.replace = true}, SQ_IO, "not a regular file");
  close(reader);
  unlink(path);
  snprintf(path, sizeof path, "%s", folder);
  fails((SqWriterConfig){.replace = true}, SQ_IO, "not a regular file");
  name_file("kind.wav");
  fails((SqWriterConfig){.bits = 12}, SQ_UNSUPPORTED, "12 bits");
  fails((SqWriterConfig){.bits = 32, .format = SQ_FORMAT_FLAC}, SQ_UNSUPPORTED, "16 or 24");
  fails((SqWriterConfig){.format = SQ_FORMAT_FLAC, .n_channels = 9}, SQ_UNSUPPORTED, "choose rf64");
  fails((SqWriterConfig){.n_channels = 65}, SQ_UNSUPPORTED, "1 to 64");
}

static void formats_have_words_and_endings(void **state) {
  SqFileFormat format = SQ_FORMAT_AIFF;
  assert_true(sq_format_of("w64", &format) && format == SQ_FORMAT_W64);
  assert_false(sq_format_of("mp3", &format));
  assert_int_equal(sq_format_of_path("/a/b.WAV"), SQ_FORMAT_WAV);
  assert_int_equal(sq_format_of_path("b.aif"), SQ_FORMAT_AIFF);
  assert_int_equal(sq_format_of_path("b.flac"), SQ_FORMAT_FLAC);
  assert_int_equal(sq_format_of_path("/a.wav/b"), SQ_FORMAT_RF64);
}

static int setup(void **state) {
  return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
  static const char *const names[] = {"kind", "clip", "killed", "full", "kind.wav"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    name_file(names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_read_back_bit_for_bit),
      cmocka_unit_test(silence_is_written_and_full_scale_is_clipped),
      cmocka_unit_test(a_program_that_dies_leaves_what_it_updated),
      cmocka_unit_test(a_full_disk_leaves_whole_frames_and_a_reason),
      cmocka_unit_test(a_full_file_system_is_named),
      cmocka_unit_test(a_file_that_grows_too_long_goes_on_in_a_next_one),
      cmocka_unit_test(what_cannot_be_written_is_said_at_once),
      cmocka_unit_test(formats_have_words_and_endings),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
