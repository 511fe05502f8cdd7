// SPDX-FileCopyrightText: The squeezed authors
// SPDX-License-Identifier: GPL-3.0-or-later
/// What plug-ins call things, made fit to be shown and addressed.
#include "unit/plugins/rig.h"

#include "plugins/text.h"

static const char *cleaned(const char *from, size_t size) {
  static char text[300];
  memset(text, 'x', sizeof text);
  sq_plugin_text(text, size, from, SIZE_MAX);
  return text;
}

static void test_texts(void **state) {
  (void)state;
  assert_string_equal(cleaned(NULL, 20), "");
  assert_string_equal(cleaned("plain", 20), "plain");
  assert_string_equal(cleaned("  two\twords\n", 20), "two words");
  assert_string_equal(cleaned("gr\xc3\xb6\xc3\x9f"
                              "e \xe2\x82\xac \xf0\x9f\x8e\xb9",
                              40),
                      "gr\xc3\xb6\xc3\x9f"
                      "e \xe2\x82\xac \xf0\x9f\x8e\xb9");
  assert_string_equal(cleaned("a\xff"
                              "b\xc3",
                              20),
                      "a?b?");
  assert_string_equal(cleaned("\xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80 \xe0\x80\x80", 40), "?? ??? ???? ???");
  assert_string_equal(cleaned("gr\xc3\xb6\xc3\x9f", 6), "gr\xc3\xb6"); // the last character would not be whole
  assert_string_equal(cleaned("abc", 1), "");
  char unended[4] = {'a', 'b', '\xe2', '\x82'}, text[8];
  sq_plugin_text(text, sizeof text, unended, sizeof unended);
  assert_string_equal(text, "ab??");
}

static void test_symbols(void **state) {
  (void)state;
  const char *const pairs[][2] = {{"Gain", "gain"},          {"Wet / Dry (%)", "wet_dry"}, {"3rd", "p3rd"}, {"", "p"},
                                  {"\xc3\xb6\xc3\xb6", "p"}, {"__a__b__", "a_b"},          {"!", "p"}};
  char symbol[SQ_SYMBOL];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    sq_plugin_symbol(symbol, pairs[i][0]);
    assert_string_equal(symbol, pairs[i][1]);
  }
  char name[1000];
  memset(name, 'a', sizeof name);
  name[sizeof name - 1] = '\0';
  char symbols[12][SQ_SYMBOL];
  SqParamInfo params[12] = {0};
  for (uint32_t i = 0; i < 12; i++) { // each gets a number, also behind one that is as long as it may be
    sq_plugin_symbol_unique(symbols[i], i % 2 ? name : "Gain", params, i);
    params[i].symbol = symbols[i];
    for (uint32_t k = 0; k < i; k++)
      assert_string_not_equal(symbols[i], symbols[k]);
  }
  assert_string_equal(symbols[10], "gain_6");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts), cmocka_unit_test(test_symbols)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
