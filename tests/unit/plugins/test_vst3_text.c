// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/vst3/text.h"

static void utf16_goes_both_ways(void **state) {
  const uint16_t from[] = {'H', 0xf6, 0x20ac, 0xd834, 0xdd1e, 0xd834, 'x', 0, 'y'};
  char to[64];
  uint16_t back[16], small[3];
  (void)state;
  sq_vst3_text(to, sizeof to, from, 9);
  assert_string_equal(to, "Hö€𝄞?x");
  sq_vst3_text_to_utf16(back, 16, "Hö€𝄞x");
  assert_memory_equal(back, ((uint16_t[]){'H', 0xf6, 0x20ac, 0xd834, 0xdd1e, 'x', 0}), 14);
  sq_vst3_text_to_utf16(small, 3, "a𝄞"); // a pair is not cut in two
  assert_memory_equal(small, ((uint16_t[]){'a', 0}), 4);
}

static void texts_are_kept(void **state) {
  SqVst3Texts texts = {0};
  const char *first = sq_vst3_texts_keep(&texts, "first");
  (void)state;
  for (int i = 0; i < 10000; i++)
    assert_string_equal(sq_vst3_texts_keep(&texts, "another one"), "another one");
  assert_string_equal(first, "first");
  assert_null(sq_vst3_texts_keep(&texts, NULL));
  assert_false(texts.no_memory);
  sq_vst3_texts_cleanup(&texts);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(utf16_goes_both_ways), cmocka_unit_test(texts_are_kept)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
