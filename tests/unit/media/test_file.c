// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Loading: every format that libsndfile writes, rates, bounds, instrument chunks, and what is no sound file.
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/file.h"
#include "media/sample.h"

/// For the leak sanitizer: libsndfile 1.2.0 forgets its Vorbis decoder when the opening of a broken Ogg file fails.
const char *__lsan_default_suppressions(void) {
  return "leak:vorbis_info_init";
}

static char folder[] = "/tmp/sq-test-file-XXXXXX";
static char path[100], error[512];

enum { FRAMES = 4410 };

static void name_file(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
}

/// A sine in channel c of frequency 440 (c + 1).
static float wave(uint32_t c, uint64_t i, double rate) {
  return (float)(0.5 * sin(2 * M_PI * 440 * (c + 1) * (double)i / rate));
}

static int write_sound(int format, int channels, int rate, uint32_t n_frames) {
  SF_INFO info = {.format = format, .channels = channels, .samplerate = rate};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  if (!file)
    return 0;
  float *x = malloc((size_t)n_frames * (size_t)channels * sizeof *x);
  for (uint32_t i = 0; i < n_frames; i++)
    for (int c = 0; c < channels; c++)
      x[i * (uint32_t)channels + (uint32_t)c] = wave((uint32_t)c, i, rate);
  sf_count_t written = sf_writef_float(file, x, n_frames); // 0 for 12-bit DWVW, which libsndfile only reads
  sf_close(file);
  free(x);
  return written == n_frames;
}

static SqStatus load(double rate, SqSample **sample) {
  SqFileLoad how = {.rate = rate};
  error[0] = 0;
  return sq_file_load(path, &how, sample, error, sizeof error);
}

/// Signal to noise in dB against the wave, in the middle of the sound, its level free; with `any_delay` its phase too.
static double snr_db(const SqSample *sample, double rate, bool any_delay) {
  double w = 2 * M_PI * 440 / rate, n = sample->n_frames / 2, energy = 0, in_phase = 0, quadrature = 0;
  for (uint32_t i = sample->n_frames / 4; i < sample->n_frames / 4 + (uint32_t)n; i++) {
    double y = sample->x[0][i];
    energy += y * y;
    in_phase += y * sin(w * i);
    quadrature += y * cos(w * i);
  }
  double signal = 2 / n * (in_phase * in_phase + (any_delay ? quadrature * quadrature : 0)), noise = energy - signal;
  return signal > 0 ? 10 * log10(signal / fmax(noise, 1e-9 * signal)) : -999;
}

/// What a coding must keep, in dB; 0: not to be loaded (ADPCM).
static double quality_of(int subtype) {
  switch (subtype) {
  case SF_FORMAT_PCM_S8:
  case SF_FORMAT_PCM_U8:
  case SF_FORMAT_DPCM_8:
    return 35;
  case SF_FORMAT_ULAW:
  case SF_FORMAT_ALAW:
    return 25;
  case SF_FORMAT_GSM610:
  case SF_FORMAT_VORBIS:
  case SF_FORMAT_OPUS:
  case SF_FORMAT_DWVW_12:
    return 10;
  case SF_FORMAT_MPEG_LAYER_I:
  case SF_FORMAT_MPEG_LAYER_II:
  case SF_FORMAT_MPEG_LAYER_III:
    return 10;
  case SF_FORMAT_IMA_ADPCM:
  case SF_FORMAT_MS_ADPCM:
  case SF_FORMAT_VOX_ADPCM:
  case SF_FORMAT_NMS_ADPCM_16:
  case SF_FORMAT_NMS_ADPCM_24:
  case SF_FORMAT_NMS_ADPCM_32:
  case SF_FORMAT_G721_32:
  case SF_FORMAT_G723_24:
  case SF_FORMAT_G723_40:
    return 0;
  default:
    return 55;
  }
}

static void one_format(int format, const char *name, int *n_loaded, int *n_refused) {
  // a rate and channel count that this format takes
  static const int rates[] = {44100, 48000, 8000};
  int channels = 0, rate = 0;
  for (int r = 0; r < 3 && !rate; r++)
    for (int c = 2; c > 0 && !rate; c--) {
      SF_INFO info = {.format = format, .channels = c, .samplerate = rates[r]};
      if (sf_format_check(&info) && (name_file("x.bin"), write_sound(format, c, rates[r], FRAMES * 2))) {
        channels = c;
        rate = rates[r];
      }
    }
  if (!rate)
    return;
  SqSample *sample;
  SqStatus status = load(0, &sample);
  double want = quality_of(format & SF_FORMAT_SUBMASK);
  if (want == 0) {
    if (status != SQ_UNSUPPORTED || !(strstr(error, "ADPCM") || strstr(error, "no sound file")))
      fail_msg("%s: status %d, '%s'", name, status, error);
    ++*n_refused;
    return;
  }
  if (status != SQ_OK)
    fail_msg("%s: %s", name, error);
  bool coded = want < 20;
  if ((int)sample->n_channels != channels || abs((int)sample->n_frames - FRAMES * 2) > (coded ? 4000 : 0))
    fail_msg("%s: %u channels, %u frames", name, sample->n_channels, sample->n_frames);
  double snr = snr_db(sample, rate, coded);
  if (snr < want)
    fail_msg("%s: %.1f dB", name, snr);
  ++*n_loaded;
  sq_sample_release(sample);
}

static void every_format_loads_and_adpcm_is_refused(void **state) {
  int n_major = 0, n_sub = 0, n_loaded = 0, n_refused = 0;
  sf_command(NULL, SFC_GET_FORMAT_MAJOR_COUNT, &n_major, sizeof n_major);
  sf_command(NULL, SFC_GET_FORMAT_SUBTYPE_COUNT, &n_sub, sizeof n_sub);
  for (int m = 0; m < n_major; m++) {
    SF_FORMAT_INFO major = {.format = m};
    sf_command(NULL, SFC_GET_FORMAT_MAJOR, &major, sizeof major);
    if (major.format == SF_FORMAT_RAW || major.format == SF_FORMAT_SD2)
      continue; // headerless, and a format of two files
    for (int s = 0; s < n_sub; s++) {
      SF_FORMAT_INFO sub = {.format = s};
      sf_command(NULL, SFC_GET_FORMAT_SUBTYPE, &sub, sizeof sub);
      char name[256];
      snprintf(name, sizeof name, "%s, %s", major.name, sub.name);
      one_format(major.format | sub.format, name, &n_loaded, &n_refused);
    }
  }
  print_message("%d codings loaded, %d refused\n", n_loaded, n_refused);
  assert_true(n_loaded > 80);
  assert_true(n_refused > 3);
}

static void float_wav_is_bit_exact_and_padded(void **state) {
  name_file("exact.wav");
  assert_true(write_sound(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 3, 48000, FRAMES));
  SqSample *sample;
  assert_int_equal(load(48000, &sample), SQ_OK);
  assert_int_equal(sample->n_frames, FRAMES);
  assert_string_equal(sample->name, path);
  for (uint32_t c = 0; c < 3; c++) {
    for (uint32_t i = 0; i < FRAMES; i++)
      assert_true(sample->x[c][i] == wave(c, i, 48000));
    for (int i = 1; i <= SQ_SAMPLE_PAD; i++)
      assert_true(sample->x[c][-i] == 0 && sample->x[c][FRAMES - 1 + i] == 0);
  }
  sq_sample_release(sq_sample_retain(sample));
  sq_sample_release(sample);
}

static void other_rates_are_brought_to_ours(void **state) {
  static const int rates[] = {44100, 96000, 22050, 32000};
  for (int r = 0; r < 4; r++) {
    name_file("rate.wav");
    uint32_t n = (uint32_t)rates[r] / 2;
    assert_true(write_sound(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 2, rates[r], n));
    SqSample *sample;
    assert_int_equal(load(48000, &sample), SQ_OK);
    assert_int_equal(sample->n_frames, 24000);
    assert_true(sample->rate == 48000 && sample->file_rate == rates[r]);
    double worst = 0;
    for (uint32_t i = 2000; i < 22000; i++)
      for (uint32_t c = 0; c < 2; c++)
        worst = fmax(worst, fabs((double)sample->x[c][i] - (double)wave(c, i, 48000)));
    assert_true(worst < 2e-6); // in place to the frame, and clean to -114 dB
    sq_sample_release(sample);
  }
}

static void put32(unsigned char *at, uint32_t v) {
  for (int i = 0; i < 4; i++)
    at[i] = (unsigned char)(v >> (8 * i));
}

/// A WAV of 1,000 frames of 16 bits with a `smpl` chunk written by hand: unity note 57, loop 100..899 inclusive.
static void write_smpl_wav(void) {
  unsigned char bytes[44 + 2000 + 8 + 60] = {0};
  uint32_t size = sizeof bytes;
  memcpy(bytes, "RIFF....WAVEfmt ", 16);
  put32(bytes + 4, size - 8);
  put32(bytes + 16, 16);
  put32(bytes + 20, 1 | 1 << 16); // PCM, mono
  put32(bytes + 24, 24000);
  put32(bytes + 28, 48000);
  put32(bytes + 32, 2 | 16 << 16);
  memcpy(bytes + 36, "data", 4);
  put32(bytes + 40, 2000);
  for (int i = 0; i < 1000; i++)
    bytes[44 + 2 * i] = (unsigned char)i;
  unsigned char *smpl = bytes + 2044;
  memcpy(smpl, "smpl", 4);
  put32(smpl + 4, 60);
  put32(smpl + 8 + 12, 57);
  put32(smpl + 8 + 28, 1);
  put32(smpl + 8 + 36 + 8, 100);
  put32(smpl + 8 + 36 + 12, 899);
  FILE *file = fopen(path, "wb");
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void root_and_loop_come_from_the_file(void **state) {
  name_file("smpl.wav");
  write_smpl_wav();
  SqSample *sample;
  assert_int_equal(load(0, &sample), SQ_OK);
  assert_true(sample->has_root && sample->root == 57);
  assert_true(sample->has_loop);
  assert_int_equal(sample->loop_start, 100);
  assert_int_equal(sample->loop_end, 900);
  sq_sample_release(sample);
  assert_int_equal(load(48000, &sample), SQ_OK);
  assert_int_equal(sample->loop_start, 200);
  assert_int_equal(sample->loop_end, 1800);
  sq_sample_release(sample);
}

static void fails(SqStatus want, const char *text) {
  SqSample *sample = (SqSample *)1;
  SqStatus status = load(48000, &sample);
  if (status != want || sample || !strstr(error, text) || !strstr(error, path) || !strchr(error, ':'))
    fail_msg("%s: status %d, '%s'", path, status, error);
}

static void what_is_no_sound_file_is_refused_at_once(void **state) {
  name_file("missing.wav");
  fails(SQ_NOT_FOUND, "there is no file");
  name_file("fifo");
  assert_int_equal(mkfifo(path, 0600), 0);
  fails(SQ_UNSUPPORTED, "not a regular file"); // a blocking open would hang here
  name_file("socket");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  fails(SQ_UNSUPPORTED, "not a regular file");
  close(fd);
  snprintf(path, sizeof path, "/dev/zero");
  fails(SQ_UNSUPPORTED, "not a regular file");
  snprintf(path, sizeof path, "%s", folder);
  fails(SQ_UNSUPPORTED, "a folder");
  name_file("text.wav");
  FILE *file = fopen(path, "w");
  fputs("this is no sound at all, but it is long enough to look like one to a careless reader", file);
  fclose(file);
  fails(SQ_UNSUPPORTED, "no sound file");
  name_file("empty.wav");
  fclose(fopen(path, "w"));
  fails(SQ_UNSUPPORTED, "no sound file");
  name_file("nothing.wav");
  assert_true(write_sound(SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, 48000, 0));
  fails(SQ_IO, "holds no sound");
}

static void sizes_are_bounded(void **state) {
  name_file("large.wav");
  assert_true(write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2, 24000, 20000));
  SqFileLoad how = {.rate = 48000, .max_bytes = 40000 * 2 * sizeof(float) - 8};
  SqSample *sample;
  assert_int_equal(sq_file_load(path, &how, &sample, error, sizeof error), SQ_LIMIT);
  assert_non_null(strstr(error, "cut it"));
  how.max_bytes += 16;
  assert_int_equal(sq_file_load(path, &how, &sample, error, sizeof error), SQ_OK);
  sq_sample_release(sample);
}

static bool stop_late(void *context, float ratio) {
  float *last = context;
  assert_true(ratio >= *last);
  *last = ratio;
  return ratio < 0.6f;
}

static void loading_can_be_cancelled(void **state) {
  name_file("long.wav");
  assert_true(write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 44100, 300000));
  float last = 0;
  SqFileLoad how = {.rate = 48000, .progress = stop_late, .context = &last};
  SqSample *sample;
  assert_int_equal(sq_file_load(path, &how, &sample, error, sizeof error), SQ_CANCELLED);
  assert_null(sample);
  assert_true(last >= 0.6f);
}

static void broken_numbers_become_silence(void **state) {
  float x[4] = {NAN, INFINITY, -0.0f, 0.5f};
  SqSample *sample;
  assert_int_equal(sq_sample_new(x, 1, 4, 48000, &sample), SQ_OK);
  assert_true(sample->x[0][0] == 0 && sample->x[0][1] == 0 && sample->x[0][3] == 0.5f);
  assert_false(signbit(sample->x[0][2]));
  sq_sample_release(sample);
}

/// A file cut short anywhere either loads its part or says what is wrong; nothing crashes, nothing is left open.
static void cut_files_are_survived(void **state) {
  static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
                                SF_FORMAT_OGG | SF_FORMAT_VORBIS, SF_FORMAT_AIFF | SF_FORMAT_PCM_24};
  int first = dup(0);
  close(first);
  for (int f = 0; f < 4; f++) {
    name_file("whole.bin");
    assert_true(write_sound(formats[f], 2, 44100, 2000));
    static char bytes[65536];
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    name_file("cut.bin");
    for (size_t cut = 1; cut < size; cut += 1 + size / 60) {
      file = fopen(path, "wb");
      fwrite(bytes, 1, cut, file);
      fclose(file);
      SqSample *sample;
      SqStatus status = load(0, &sample);
      if (status == SQ_OK)
        sq_sample_release(sample);
      else
        assert_true(strlen(error) > 20);
    }
  }
  int last = dup(0);
  close(last);
  assert_int_equal(last, first);
}

static int setup(void **state) {
  return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
  static const char *const names[] = {"x.bin",    "exact.wav", "rate.wav",  "smpl.wav",    "fifo",
                                      "socket",   "text.wav",  "empty.wav", "nothing.wav", "large.wav",
                                      "long.wav", "whole.bin", "cut.bin"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    name_file(names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_format_loads_and_adpcm_is_refused),
      cmocka_unit_test(float_wav_is_bit_exact_and_padded),
      cmocka_unit_test(other_rates_are_brought_to_ours),
      cmocka_unit_test(root_and_loop_come_from_the_file),
      cmocka_unit_test(what_is_no_sound_file_is_refused_at_once),
      cmocka_unit_test(sizes_are_bounded),
      cmocka_unit_test(loading_can_be_cancelled),
      cmocka_unit_test(broken_numbers_become_silence),
      cmocka_unit_test(cut_files_are_survived),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
