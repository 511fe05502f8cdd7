// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// Plug-ins found by identifier and name, and what is said of those that are not.
#include "unit/plugins/rig.h"

#include <pthread.h>
#include <strings.h>

#include "plugins/list.h"

#define EPIANO "lv2:http://drobilla.net/plugins/mda/EPiano"

static char error[512];

static const char *found(void **state, const char *what) {
  const SqProcessorType *type = NULL;
  error[0] = '\0';
  return sq_catalog_find(*state, what, &type, error, sizeof error) == SQ_OK ? type->id : NULL;
}

static void test_ways_to_name_one_plugin(void **state) {
  const char *const ways[] = {
      EPIANO, "http://drobilla.net/plugins/mda/EPiano", "MDA ePiano", "mda epiano", "EPiano", "epian", "lv2:EPiano"};
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
    assert_string_equal(found(state, ways[i]), EPIANO);
  const SqProcessorType *a, *b;
  assert_int_equal(sq_catalog_find(*state, ways[0], &a, error, sizeof error), SQ_OK);
  assert_int_equal(sq_catalog_find(*state, ways[3], &b, error, sizeof error), SQ_OK);
  assert_ptr_equal(a, b); // described once
}

static void test_unknown_and_ambiguous_list_candidates(void **state) {
  assert_null(found(state, "lv2:http://drobilla.net/plugins/mda/EPianoo"));
  assert_non_null(strstr(error, EPIANO));
  assert_null(found(state, "http://drobilla.net/plugins/mda/ePian"));
  assert_non_null(strstr(error, EPIANO));
  assert_null(found(state, "simple amplifier")); // two are called so
  assert_non_null(strstr(error, "http://lv2plug.in/plugins/eg-amp"));
  assert_non_null(strstr(error, "http://plugin.org.uk/swh-plugins/amp"));
  assert_null(found(state, "no such thing"));
  assert_non_null(strstr(error, "/plugin/list"));
  assert_null(found(state, ""));
  assert_null(found(state, "lv2:"));
  assert_null(found(state, "urn:x"));
  char small[16];
  const SqProcessorType *type;
  assert_int_equal(sq_catalog_find(*state, "simple amplifier", &type, small, sizeof small), SQ_NOT_FOUND);
  assert_true(strlen(small) < sizeof small);
}

typedef struct {
  uint32_t n, stop;
  char last[256];
  bool sorted;
} Seen;

static bool see(void *context, const SqPluginEntry *entry) {
  Seen *s = context;
  s->sorted = s->sorted && strcasecmp(s->last, entry->name) <= 0;
  snprintf(s->last, sizeof s->last, "%s", entry->name);
  return ++s->n != s->stop;
}

static void test_list_is_sorted_and_filtered(void **state) {
  Seen all = {.sorted = true}, comps = {.sorted = true}, one = {.sorted = true}, few = {.sorted = true, .stop = 3};
  assert_int_equal(sq_catalog_list(*state, NULL, see, &all), SQ_OK);
  assert_true(all.n > 100 && all.sorted);
  assert_int_equal(sq_catalog_list(*state, "compressor", see, &comps), SQ_OK);
  assert_true(comps.n >= 5 && comps.n < all.n / 2);
  assert_int_equal(sq_catalog_list(*state, "MDA/epiano", see, &one), SQ_OK);
  assert_int_equal(one.n, 1);
  assert_int_equal(sq_catalog_list(*state, "", see, &few), SQ_OK);
  assert_int_equal(few.n, 3);
}

static void test_info_tells_buses_and_abilities(void **state) {
  const SqPluginInfo *info;
  assert_int_equal(sq_catalog_info(*state, EPIANO, &info, error, sizeof error), SQ_OK);
  assert_int_equal(info->n_in, 0);
  assert_int_equal(info->n_out, 2);
  assert_true(info->midi_in && !info->midi_out);
  assert_int_equal(info->n_params_in, 12);
  assert_string_equal(info->category, "Instrument Plugin");
  assert_true(info->type->flags & SQ_PROC_GENERATOR && info->type->flags & SQ_PROC_NOTES);
  assert_int_equal(sq_catalog_info(*state, "lv2:http://lv2plug.in/plugins/eg-fifths", &info, error, sizeof error),
                   SQ_OK);
  assert_true(info->midi_in && info->midi_out && info->n_out == 0);
  assert_int_equal(sq_catalog_info(*state, "SC4", &info, error, sizeof error), SQ_OK);
  assert_int_equal(info->n_params_out, 2);
  assert_true(info->type->flags & SQ_PROC_EFFECT);
}

static bool check_symbols(void *context, const SqPluginEntry *entry) {
  const SqPluginInfo *info = NULL;
  char why[256];
  assert_true(sq_catalog_is_plugin_id(entry->id));
  if (strncmp(entry->id, "lv2:", 4) != 0 ||
      sq_format_lv2.describe(context, entry->id + strlen("lv2:"), &info, why, sizeof why) != SQ_OK)
    return true;
  for (uint32_t i = 0; i < info->type->n_params; i++) {
    const SqParamInfo *p = &info->type->params[i];
    assert_true(p->symbol[0] >= 'a' && p->symbol[0] <= 'z');
    assert_int_equal(strspn(p->symbol, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(p->symbol));
    assert_true(p->min <= p->def && p->def <= p->max);
    for (uint32_t k = 0; k < i; k++)
      assert_string_not_equal(p->symbol, info->type->params[k].symbol);
  }
  return true;
}

static void test_every_symbol_is_an_address_part(void **state) {
  void *world;
  assert_int_equal(sq_format_lv2.open(&(SqFormatConfig){.rate_hz = RIG_RATE}, &world), SQ_OK);
  assert_int_equal(sq_catalog_list(*state, NULL, check_symbols, world), SQ_OK);
  sq_format_lv2.close(world);
}

static void *find_many(void *context) {
  char text[256];
  const SqProcessorType *type;
  for (int i = 0; i < 20; i++)
    if (sq_catalog_find(context, i % 2 ? "SC4" : EPIANO, &type, text, sizeof text) != SQ_OK)
      return context;
  return NULL;
}

static void test_many_job_threads_at_once(void **state) {
  (void)state;
  SqCatalog *catalog = rig_catalog();
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, find_many, catalog), 0);
  for (int i = 0; i < 4; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
  sq_catalog_free(catalog);
}

int main(void) {
  SqCatalog *catalog = rig_catalog();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(test_ways_to_name_one_plugin, catalog),
      cmocka_unit_test_prestate(test_unknown_and_ambiguous_list_candidates, catalog),
      cmocka_unit_test_prestate(test_list_is_sorted_and_filtered, catalog),
      cmocka_unit_test_prestate(test_info_tells_buses_and_abilities, catalog),
      cmocka_unit_test_prestate(test_every_symbol_is_an_address_part, catalog),
      cmocka_unit_test(test_many_job_threads_at_once),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  sq_catalog_free(catalog);
  return failed;
}
