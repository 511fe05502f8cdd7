// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// The cache of sounds: one of each file, anew when the file changed, gone when nobody plays it.
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/cache.h"

static char folder[] = "/tmp/sq-test-cache-XXXXXX";
static char path[100], error[512];

static void write_sound(const char *name, float level, uint32_t n_frames) {
  SF_INFO info = {.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT, .channels = 1, .samplerate = 48000};
  snprintf(path, sizeof path, "%s/%s", folder, name);
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  for (uint32_t i = 0; i < n_frames; i++)
    sf_writef_float(file, &level, 1);
  sf_close(file);
}

static SqSample *get(SqSampleCache *cache) {
  SqSample *sample;
  assert_int_equal(sq_sample_cache_get(cache, path, &sample, error, sizeof error), SQ_OK);
  return sample;
}

static void shares_one_of_each(void **state) {
  SqSampleCache *cache = sq_sample_cache_new(48000.0);
  write_sound("a.wav", 0.5f, 100);
  SqSample *first = get(cache), *second = get(cache);
  assert_ptr_equal(first, second);
  assert_int_equal(first->refs, 3); // ours and the cache's
  write_sound("b.wav", 0.5f, 100);
  SqSample *other = get(cache);
  assert_ptr_not_equal(first, other);
  assert_int_equal(sq_sample_cache_count(cache), 2);
  sq_sample_release(first);
  sq_sample_release(second);
  sq_sample_release(other);
  sq_sample_cache_free(cache);
}

static void sees_that_a_file_changed(void **state) {
  SqSampleCache *cache = sq_sample_cache_new(48000.0);
  write_sound("c.wav", 0.5f, 100);
  SqSample *before = get(cache);
  usleep(20000); // as fine as times of files are
  write_sound("c.wav", 0.25f, 100);
  SqSample *after = get(cache);
  assert_ptr_not_equal(before, after);
  assert_true(before->x[0][0] == 0.5f && after->x[0][0] == 0.25f);
  assert_int_equal(sq_sample_cache_count(cache), 1);
  assert_int_equal(before->refs, 1); // whoever plays it goes on
  sq_sample_release(before);
  sq_sample_release(after);
  sq_sample_cache_free(cache);
}

static void forgets_what_nobody_holds(void **state) {
  SqSampleCache *cache = sq_sample_cache_new(48000.0);
  write_sound("d.wav", 0.5f, 100);
  SqSample *held = get(cache);
  write_sound("e.wav", 0.5f, 100);
  sq_sample_release(get(cache));
  sq_sample_cache_trim(cache);
  assert_int_equal(sq_sample_cache_count(cache), 1);
  assert_int_equal(held->refs, 2);
  sq_sample_release(held);
  sq_sample_cache_trim(cache);
  assert_int_equal(sq_sample_cache_count(cache), 0);
  sq_sample_cache_free(cache);
}

static void says_why_there_is_no_sound(void **state) {
  SqSampleCache *cache = sq_sample_cache_new(48000.0);
  SqSample *sample;
  assert_int_equal(sq_sample_cache_get(cache, "/no/such.wav", &sample, error, sizeof error), SQ_NOT_FOUND);
  assert_null(sample);
  assert_non_null(strstr(error, "/no/such.wav"));
  assert_int_equal(sq_sample_cache_count(cache), 0);
  sq_sample_cache_free(cache);
}

enum { THREADS = 4, ROUNDS = 50 };

static void *load_again(void *context) {
  for (int i = 0; i < ROUNDS; i++) {
    SqSample *sample;
    char why[256];
    if (sq_sample_cache_get(context, path, &sample, why, sizeof why) != SQ_OK || sample->n_frames != 3000)
      return context;
    sq_sample_release(sample);
    if (i % 8 == 0)
      sq_sample_cache_trim(context);
  }
  return NULL;
}

static void takes_many_at_once(void **state) {
  SqSampleCache *cache = sq_sample_cache_new(48000.0);
  pthread_t threads[THREADS];
  write_sound("f.wav", 0.5f, 3000);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, load_again, cache), 0);
  for (int i = 0; i < THREADS; i++) {
    void *bad;
    pthread_join(threads[i], &bad);
    assert_null(bad);
  }
  assert_true(sq_sample_cache_count(cache) <= 1);
  sq_sample_cache_free(cache);
}

static int make_folder(void **state) {
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  const char *const names[] = {"a.wav", "b.wav", "c.wav", "d.wav", "e.wav", "f.wav"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_one_of_each),        cmocka_unit_test(sees_that_a_file_changed),
      cmocka_unit_test(forgets_what_nobody_holds), cmocka_unit_test(says_why_there_is_no_sound),
      cmocka_unit_test(takes_many_at_once),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
